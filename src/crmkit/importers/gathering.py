"""Rows are gathered by order: every row ends in an order, in a problem, or in the count of what was skipped."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice

import attrs

from crmkit.importers.files.tables import Table
from crmkit.importers.files.text import Broken, Row
from crmkit.importers.judging import Count, judging
from crmkit.importers.layouts import Layout
from crmkit.importers.texts import CellFlaw, clean
from crmkit.problems import Problem

__all__ = ["Part", "Tally", "keyed_rows", "parts_in_runs"]

Key = tuple[str, str, str]
"""Platform and shop as the rows tell them, "" where they do not, and the number."""


@attrs.define(slots=True)
class Tally:
    """Counts what becomes of the rows: `read == taken + refused + skipped_rows`.

    Attributes:
        read: Rows under the headers.
        taken: Rows that became part of an order.
        refused: Rows of a problem.
        skipped: Rows and files left out on purpose, by reason.
        skipped_rows: Rows left out on purpose, counted for themselves so that a lost row shows.
    """

    read: int = 0
    taken: int = 0
    refused: int = 0
    skipped: Counter[str] = attrs.field(factory=Counter)
    skipped_rows: int = 0
    problems: list[Problem] = attrs.field(factory=list)
    told: set[tuple[str, str]] = attrs.field(factory=set)

    def skip(self, reason: str, rows: int) -> None:
        """Counts rows that are left out on purpose."""
        self.skipped[reason] += rows
        self.skipped_rows += rows

    def tell(self, problems: list[Problem]) -> None:
        """Adds an order's problems; what holds for the whole file is told once."""
        for problem in problems:
            if problem.code in _ONCE_A_FILE:
                key = (problem.source, problem.code if problem.code != "missing_column" else problem.reason)
                if key in self.told:
                    continue
                self.told.add(key)
            self.problems.append(problem)


_ONCE_A_FILE = frozenset({"amounts_unknown", "missing_column", "days_only", "damaged_text", "not_priced_yet"})


class Part:
    """Is what one table says of one order: its rows; `is_whole` is false where one of them was damaged.

    `line_rows` are its lines where they are not in its rows, as in JSON.
    """

    __slots__ = ("is_whole", "layout", "line_rows", "rows")

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.rows: list[tuple[int, list[str]]] = []
        self.line_rows: list[tuple[int, list[str]]] | None = None
        self.is_whole = True


def keyed_rows(table: Table, tally: Tally) -> Iterator[tuple[Key, int, list[str] | None]]:
    """Yields each row with the key of its order; None for a row that is damaged but tells whose it is."""
    layout, width = table.layout, len(table.layout.header)
    numbers, at, keyed = layout.numbers, layout.number_at, bool(layout.keys)
    skips, fills_down = judging(layout, layout.format.skips), layout.format.fills_down
    spare_at, counted = layout.spare_number_at, Count(layout) if layout.format.counts else None
    damage = _Damage(table, tally)
    told, spare = _spare(table)
    rows, above = 0, ""
    for line, row in told:
        if not row:
            continue
        rows += 1
        if counted is not None:
            counted.note(row)
        if skips is not None and (reason := skips(row)):
            tally.skip(reason, 1)
            continue
        cells = _fitting(row, width, spare)
        if cells is None:
            cells, key = damage.fit(line, row)
            if key is None and fills_down and cells is None and above:
                key = ("", "", above)
            if key is not None:
                yield key, line, None
            if cells is None:
                above = key[2] if key else ""
                continue
        if damage.is_open:
            damage.note()
        try:
            number = numbers[cells[at]]
            if not number and spare_at >= 0:
                number = layout.number(cells)
        except CellFlaw as flaw:
            tally.refused += 1
            tally.problems.append(layout.flawed(flaw, numbers, at, cells, line))
            above = ""
            continue
        if fills_down:
            number = above = number or (above if any(map(str.strip, cells)) else "")
        if number:
            if counted is not None:
                counted.met.add(hash(number))
            yield (_shop_key(layout, cells, number) if keyed else ("", "", number)), line, cells
        else:
            _unnumbered(layout, line, cells, tally)
    tally.read += rows
    damage.end(rows)
    if counted is not None and rows:
        counted.end(tally.problems)


def _spare(table: Table) -> tuple[Iterator[Row], int]:
    """The rows, and how many empty cells each has more than the header, as Taobao's item reports end with a comma.

    The first two rows must show it: in a row that is alone with it a delimiter has come between, and its cells moved.
    """
    first = list(islice(table.rows, 4))
    shown = [row for _, row in first if row][:2]
    width = len(table.layout.header)
    found = {len(row) - width if isinstance(row, list) and not any(row[width:]) else 0 for row in shown}
    return chain(first, table.rows), max(found.pop(), 0) if len(found) == 1 else 0


def _fitting(row: list[str] | Broken, width: int, spare: int) -> list[str] | None:
    """The row if it has a cell for each column, without the empty ones that every row has more."""
    if row.__class__ is list:
        if len(row) == width:
            return row
        if spare and len(row) == width + spare and not any(row[width:]):
            return row[:width]
    return None


def _shop_key(layout: Layout, row: list[str], number: str) -> Key:
    told = {field: memo[row[at]] for field, at, memo in layout.keys}
    return told.get("platform", ""), told.get("shop", ""), number


def _unnumbered(layout: Layout, line: int, row: list[str], tally: Tally) -> None:
    if not any(clean(cell) for cell in row):
        tally.skip("blank rows", 1)
        return
    tally.refused += 1
    column = layout.header[layout.number_at].strip()
    tally.problems.append(layout.place.problem("missing_number", "has no order number", line=line, column=column))


class _Damage:
    """Judges rows that do not fit their header, and whether the file looks cut."""

    def __init__(self, table: Table, tally: Tally) -> None:
        self._table, self._layout, self._tally = table, table.layout, tally
        self._width = len(table.layout.header)
        self._last: tuple[int, str] | None = None
        self._tail = 0

    @property
    def is_open(self) -> bool:
        """Whether a damaged row came last."""
        return self._last is not None

    def note(self) -> None:
        """Notes that a whole row has come: what was damaged before it was no cut."""
        self._settle(is_cut=False)

    def fit(self, line: int, row: list[str] | Broken) -> tuple[list[str] | None, Key | None]:
        """Returns the row if it can be made to fit, else the key of the order whose row it is, if it tells."""
        width = self._width
        if not isinstance(row, Broken):
            if self._table.is_ragged and len(row) > width and not any(map(str.strip, row[width:])):
                return row[:width], None
            if len(row) < width and self._table.is_ragged:
                return row + [""] * (width - len(row)), None
        cells = _lenient(row, self._table) if isinstance(row, Broken) else row
        self._tally.refused += 1
        number = self._number(cells)
        if isinstance(row, Broken) and row.is_cut and self._last is None:
            self._last, self._tail = (line, number), 1
        elif self._last is not None and self._tail:
            self._tail += 1
        else:
            self._settle(is_cut=False)
            self._last = (line, number)
        return None, ("", "", number) if number and not self._layout.keys else None

    def _number(self, cells: list[str]) -> str:
        try:
            needed = max(self._layout.number_at, self._layout.spare_number_at)
            return self._layout.number(cells) if needed < len(cells) else ""
        except CellFlaw:
            return ""

    def _settle(self, *, is_cut: bool) -> None:
        if self._last is None:
            return
        line, number = self._last
        self._last, self._tail = None, 0
        if is_cut:
            problem = ("cut_file", "is where the file ends in the middle of a row; it looks cut, fetch it again")
        else:
            problem = ("damaged_row", "has another number of cells than the header, or its quotes do not close")
        self._tally.problems.append(self._layout.place.problem(*problem, line=line, order=number))

    def end(self, rows: int) -> None:
        """Says what is to be said once the table is read."""
        is_cut = self._last is not None and (bool(self._tail) or any(self._table.ends_open))
        self._settle(is_cut=is_cut)
        place = self._layout.place
        if not rows:
            self._tally.problems.append(place.problem("no_rows", "has a header and no rows", severity="warning"))
        elif not is_cut and any(self._table.ends_open):
            platform = self._layout.format.ends_in_newline
            code = "cut_file" if platform else "no_line_end"
            reason = "has no line break at its end" + (", so it looks cut" if platform else "; was it sent whole?")
            self._tally.problems.append(place.problem(code, reason, severity="warning"))


def _lenient(row: Broken, table: Table) -> list[str]:
    """The cells of a damaged line as far as they can be told, for the order's number only."""
    wide = max((",", "\t", ";", "|"), key=row.text.count)
    try:
        return next(csv.reader([row.text], delimiter=wide), [])
    except csv.Error:
        return []


def parts_in_runs(table: Table, tally: Tally) -> Iterator[tuple[Key, Part]]:
    """Yields one part for each run of rows of one order, in constant memory."""
    current: Key | None = None
    part = Part(table.layout)
    for key, line, row in keyed_rows(table, tally):
        if key != current:
            if current is not None:
                yield current, part
            current, part = key, Part(table.layout)
        if row is None:
            part.is_whole = False
        else:
            part.rows.append((line, row))
    if current is not None:
        yield current, part
