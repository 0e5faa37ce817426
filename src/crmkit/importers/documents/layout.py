"""A JSON format meets a file: it reads an order's object as a table's layout reads a row."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from datetime import datetime
from decimal import Decimal
from typing import Any

import attrs

from crmkit.importers.cells import Cell
from crmkit.importers.documents.form import JsonFormat
from crmkit.importers.documents.values import ABSENT, Branch, Node, NodeFlaw, scalar
from crmkit.importers.layouts import Place, Values
from crmkit.importers.texts import CellFlaw, quick_identifier
from crmkit.problems import Problem

__all__ = ["JsonLayout"]

Steps = tuple[tuple[str, ...], ...]
Paths = tuple[tuple[str, Cell, Steps], ...]


def _compiled(field: str, cell: Cell) -> tuple[str, Cell, Steps]:
    return field, cell, tuple(tuple(name.split(".")) if name else () for name in cell.names)


class JsonLayout:
    """Is a JSON format at one place; it answers whatever drafts ask of a table's `Layout`.

    Attributes:
        format: The format.
        place: Where problems say that it stands.
        order: The order's cells by field.
        line: The lines' cells by field.
    """

    __slots__ = ("_by_field", "currencies", "format", "head_at", "header", "keys", "line", "order", "place")

    def __init__(self, format: JsonFormat, place: Place) -> None:  # noqa: A002  # the field's own word
        self.format, self.place = format, place
        self.order: Paths = tuple(_compiled(*item) for item in format.order.declared().items())
        self.line: Paths = tuple(_compiled(*item) for item in format.line.declared().items())
        self._by_field = {column[0]: (column,) for column in self.order}
        self.header: tuple[str, ...] = ()
        self.keys: tuple[str, ...] = ()
        self.currencies: tuple[str, ...] = ()
        self.head_at = -1

    def read(self, columns: Paths, row: Node, line: int, problems: list[Problem]) -> Values | None:
        """Returns an object's values by field, those of missing keys left out; None where one cannot be read."""
        values: Values = {}
        for field, cell, paths in columns:
            try:
                found = _read(cell, paths, row)
            except CellFlaw as flaw:
                problems.append(self.flawed(flaw, cell, row, line))
                if flaw.fatal:
                    return None
                found = None
            if found is not ABSENT:
                values[field] = found
        return values

    def told_at(self, moment: datetime) -> JsonLayout:
        """Returns the layout at the place of one report, which tells itself when it was written."""
        own = copy(self)
        own.place = attrs.evolve(self.place, reported_at=moment)
        return own

    def told(self, field: str, row: Node) -> Any:
        """Returns one value of the order, or None where it is missing or cannot be read."""
        columns = self._by_field.get(field, ())
        return (self.read(columns, row, 0, []) or {}).get(field)

    def flawed(self, flaw: CellFlaw, cell: Cell | None, row: Node, line: int) -> Problem:
        """Returns the problem of one value."""
        path, value = row.path, ""
        if isinstance(flaw, NodeFlaw):
            path, value = flaw.path, str(flaw.value)
        elif cell is not None:
            node = _first(cell, row)
            path, value = node.path, "" if isinstance(cell, Branch) else node.text()
        if cell is not None and cell.is_personal:
            value = f"{value[:2]}…{value[-2:]}" if len(value) >= 6 else "…"
        return self.place.problem(
            flaw.code,
            str(flaw),
            line=line,
            column=path,
            value=value,
            severity="error" if flaw.fatal else "warning",
            order=row.order,
        )


def _first(cell: Cell, row: Node) -> Node:
    """The first of a cell's paths at which something stands; what else is there, null or "", if anything is."""
    found = Node(ABSENT, cell.names[0])
    for name in cell.names:
        node = row.at(name)
        if node.value is not ABSENT and node.value is not None and node.value != "":
            return node
        if found.value is ABSENT:
            found = node
    return found


def _found(value: Any, paths: Steps, cell: Cell, row: Node) -> Any:
    """What `_first` finds, without a node for each path: it runs for every value of every order."""
    first = ABSENT
    for path in paths:
        here = value
        for step in path:
            if here.__class__ is dict:
                here = here.get(step, ABSENT)
            elif here is ABSENT or here is None:
                break
            else:
                return _first(cell, row).value
        if here is not ABSENT and here is not None and here != "":
            return here
        if first is ABSENT:
            first = here
    return first


def _read(cell: Cell, paths: Steps, row: Node) -> Any:
    value = _found(row.value, paths, cell, row)
    if value is ABSENT:
        return ABSENT
    if value is None:
        return cell.blank
    if isinstance(cell, Branch):
        return cell.read(_first(cell, row))
    if value.__class__ is not str:
        if cell.quick is quick_identifier and isinstance(value, float | int | Decimal) and not _is_exact(value):
            raise CellFlaw("damaged_identifier", "came as a number with a fraction or an exponent; its digits are lost")
        value = _first(cell, row).text()
    elif cell.quick is not None and (found := cell.quick(value)) is not None and value.isprintable():
        return found
    else:
        value = _first(cell, row).text()
    if not value:
        return cell.blank
    found = cell.quick(value) if cell.quick is not None else None
    return cell.read(value) if found is None else found


def _is_exact(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def number_of(format: JsonFormat, value: Mapping[str, Any]) -> str:  # noqa: A002  # the field's own word
    """Returns the number of an order, "" where it has none; raises `CellFlaw` where it is none."""
    row = Node(value)
    for path in format.number:
        node = row.at(path)
        if node.value is ABSENT or node.value is None:
            continue
        if isinstance(node.value, str):
            return node.text()
        if not _is_exact(node.value):
            reason = "is no text and no whole number, so its digits are lost"
            raise NodeFlaw("damaged_identifier", reason, path=node.path, value=str(node.value)[:80])
        return scalar(node.value)
    return ""
