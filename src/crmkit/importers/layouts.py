"""A format meets a file: which column stands where, compiled once for all rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import getitem, itemgetter
from typing import Any

import attrs

from crmkit.importers.cells import Cell, identifier, text
from crmkit.importers.columns import LineColumns
from crmkit.importers.form import TableFormat
from crmkit.importers.texts import NULL_WORDS, CellFlaw, MarkedAmount, clean, normalised, quick_amount
from crmkit.problems import Problem, Severity

__all__ = ["Layout", "Memo", "Place", "Values", "layout_of", "positions"]

Values = dict[str, Any]
_MEMO_SIZE = 32768


@attrs.frozen(slots=True)
class Place:
    """Is a table's place: file, sheet, and when its maker wrote it."""

    source: str
    sheet: str = ""
    reported_at: Any = None

    def problem(self, code: str, reason: str, **more: Any) -> Problem:
        """Returns a problem at this place."""
        return Problem(source=self.source, sheet=self.sheet, code=code, reason=reason, **more)


class Memo(dict[str, Any]):
    """Remembers what a column's texts mean; the texts of one column repeat, and looking one up costs nothing."""

    __slots__ = ("_cell", "_keeps", "_marked", "_quick")

    def __init__(self, cell: Cell, marked: list[bool] | None = None) -> None:
        self._cell = cell
        self._marked = marked
        self._quick = None if cell.is_exact else cell.quick
        self._keeps = cell.repeats

    def __missing__(self, raw: str) -> Any:
        found = self._quick(raw) if self._quick is not None else None
        if found is None:
            cell = self._cell
            value = _exact(raw) if cell.is_exact else clean(raw)
            if cell.bare is not None and raw[:1] != "'":
                cell.bare(value)
            found = cell.read(value) if value else cell.blank
            if found.__class__ is MarkedAmount and self._marked is not None:
                self._marked.append(True)
        elif not self._keeps:
            return found
        if len(self) >= _MEMO_SIZE:
            self.clear()
        self[raw] = found
        return found


def _exact(raw: str) -> str:
    if raw[:1] == "'":
        return raw[1:]
    return "" if raw.strip() in NULL_WORDS else raw


class Columns(tuple[tuple[str, int, Memo], ...]):
    """Is the columns that a file has of an order or of a line: field, position and memo of each."""

    def __init__(self, columns: Iterable[tuple[str, int, Memo]]) -> None:
        self.fields = tuple(field for field, _, _ in self)
        self._memos = tuple(memo for _, _, memo in self)
        places = [at for _, at, _ in self]
        self._cells: Callable[[Sequence[str]], Any] = (
            itemgetter(*places) if len(places) > 1 else lambda row: [row[at] for at in places]
        )

    def values_in(self, row: Sequence[str]) -> Values:
        """Returns what a row's cells mean, by field; no line of Python runs for a cell that was met before."""
        return dict(zip(self.fields, map(getitem, self._memos, self._cells(row)), strict=True))


@attrs.define(slots=True)
class Layout:
    """Is a format with the columns of one file.

    Attributes:
        format: The format.
        header: The file's column names, as printed.
        place: The table's place.
        number_at: Position of the column that makes rows one order, and its memo.
        order: The order's columns: field, position, memo.
        line: The lines' columns likewise.
        head_at: Position of the column that is filled on an order's first row only, or -1.
        keys: The columns of platform and shop where a number holds within the shop only.
        currencies: Fields of the columns that hold the currency of some amount.
        spare_number_at: Position of the column that numbers an order where the first is empty, or -1.
        marked: Holds something once an amount with the mark of a currency was met.
        order_key: Gives the raw cells of the order's columns, to see whether two rows say the same of it.
    """

    format: TableFormat
    header: tuple[str, ...]
    place: Place
    number_at: int
    numbers: Memo
    order: Columns
    line: Columns
    head_at: int
    keys: Columns
    currencies: tuple[str, ...]
    order_key: Callable[[Sequence[str]], Any]
    marked: list[bool] = attrs.field(factory=list)
    spare_number_at: int = -1

    def number(self, row: Sequence[str]) -> str:
        """Returns the number of the order whose row it is, or ""; raises `CellFlaw` where it is damaged."""
        number: str = self.numbers[row[self.number_at]]
        return self.numbers[row[self.spare_number_at]] if not number and self.spare_number_at >= 0 else number

    def read(self, columns: Columns, row: list[str], line: int, problems: list[Problem]) -> Values | None:
        """Returns a row's values by field, or None and one problem where a cell cannot be read."""
        try:
            return columns.values_in(row)
        except CellFlaw:
            return self._read_slowly(columns, row, line, problems)

    def _read_slowly(self, columns: Columns, row: list[str], line: int, problems: list[Problem]) -> Values | None:
        values: Values = {}
        for field, at, memo in columns:
            try:
                values[field] = memo[row[at]]
            except CellFlaw as flaw:
                problems.append(self.flawed(flaw, memo, at, row, line))
                if flaw.fatal:
                    return None
                values[field] = None
        return values

    def flawed(self, flaw: CellFlaw, memo: Memo, at: int, row: list[str], line: int) -> Problem:
        """Returns the problem of one cell."""
        value = clean(row[at])
        shown = "…" if memo._cell.is_personal and len(value) < 6 else value
        if memo._cell.is_personal and len(value) >= 6:
            shown = f"{value[:2]}…{value[-2:]}"
        severity: Severity = "error" if flaw.fatal else "warning"
        places = (place for place in (self.number_at, self.spare_number_at) if 0 <= place < len(row))
        number = next(filter(None, (clean(row[place])[:255] for place in places)), "")
        return self.place.problem(
            flaw.code,
            flaw.reason,
            line=line,
            column=self.header[at].strip(),
            value=shown,
            severity=severity,
            order=number,
        )


def positions(header: Iterable[str]) -> dict[str, int]:
    """Returns where each normalised column name stands; of equal names the first one counts."""
    found: dict[str, int] = {}
    for at, name in enumerate(header):
        found.setdefault(normalised(name), at)
    found.pop("", None)
    return found


class _Finder:
    """Finds columns by name: exactly first, without regard to case only where that leaves one."""

    def __init__(self, header: Sequence[str]) -> None:
        self._exact = positions(header)
        self._folded: dict[str, int | None] = {}
        for name, at in self._exact.items():
            folded = name.casefold()
            self._folded[folded] = None if folded in self._folded else at

    def __call__(self, names: Iterable[str]) -> int | None:
        wanted = [normalised(name) for name in names]
        for name in wanted:
            if name in self._exact:
                return self._exact[name]
        return next((at for name in wanted if (at := self._folded.get(name.casefold())) is not None), None)


def layout_of(format: TableFormat, header: Sequence[str], place: Place) -> Layout:  # noqa: A002  # the field's word
    """Returns the format compiled for a header that it fits."""
    find = _Finder(header)
    number_at = find(format.one_order_per)
    assert number_at is not None, "the format's header holds its number"
    marked: list[bool] = []
    order = _bound(_with_currency(format.order.declared()), find, marked)
    order = Columns(column for column in order if column[:2] != ("number", number_at))
    line = _bound(_with_currency((format.line or LineColumns()).declared()), find, marked)
    head_at = find([format.order_on]) if format.order_on else None
    spare_number_at = find([format.or_numbered_by]) if format.or_numbered_by else None
    used = sorted({at for _, at, _ in order})
    return Layout(
        format=format,
        header=tuple(header),
        place=place,
        number_at=number_at,
        numbers=Memo(_number_cell(format)),
        order=order,
        line=line,
        head_at=-1 if head_at is None else head_at,
        keys=Columns(c for c in order if c[0] in ("platform", "shop") and format.numbers_hold_in == "shop"),
        currencies=tuple({field: None for field, _, _ in (*order, *line) if field.startswith("currency:")}),
        marked=marked,
        order_key=lambda row: [row[at] for at in used],
        spare_number_at=-1 if spare_number_at is None else spare_number_at,
    )


def _number_cell(format: TableFormat) -> Cell:  # noqa: A002  # the field's own word
    declared = format.order.number
    named = declared is not None and set(declared.names) & set(format.one_order_per)
    if declared is not None and named and (declared.is_exact or declared.read is not str):
        return declared
    return identifier(*format.one_order_per)


def _with_currency(cells: dict[str, Cell]) -> dict[str, Cell]:
    """Adds the columns of currency that cells of money name, as currency:<column>."""
    named = {cell.currency for cell in cells.values() if cell.currency}
    return {**cells, **{f"currency:{name}": text(name) for name in sorted(named)}}


def _bound(cells: dict[str, Cell], find: _Finder, marked: list[bool]) -> Columns:
    """The columns that the file has; those of money that are read alike share what they remember."""
    found = ((field, find(cell.names), cell) for field, cell in cells.items())
    shared: dict[object, Memo] = {}
    columns: list[tuple[str, int, Memo]] = []
    for field, at, cell in found:
        if at is not None:
            alike = cell.read if cell.quick is quick_amount else field
            columns.append((field, at, shared.setdefault(alike, Memo(cell, marked))))
    return Columns(columns)
