"""Bills are read row by row: every row ends in entries, in a problem or in a count, and the trailer proves the sums."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import attrs

from crmkit.errors import InputError
from crmkit.importers.bills.form import BillHead, BillRow
from crmkit.importers.bills.tables import BillTable, fitted
from crmkit.importers.files.text import Broken
from crmkit.importers.gathering import Tally
from crmkit.importers.layouts import Memo, Values, positions
from crmkit.importers.raw import SourceCells
from crmkit.importers.texts import CellFlaw, clean, normalised
from crmkit.money import Money
from crmkit.orders import BillEntry, BillKind

__all__ = ["Told", "entries_in"]

_NIL = Decimal(0)


@attrs.define(slots=True)
class Told:
    """Remembers which entries were met, over all bills: an entry that two bills tell is one entry.

    Attributes:
        remembers: False where it is known that no entry comes twice, so that memory does not grow.
    """

    remembers: bool = True
    _met: dict[str, tuple[Money, BillKind]] = attrs.field(factory=dict)

    def fresh(self, entries: Sequence[BillEntry], row: BillRow) -> list[BillEntry]:
        """Returns those entries that are new, and remarks where one was told otherwise before."""
        if not self.remembers:
            return list(entries)
        new: list[BillEntry] = []
        for entry in entries:
            says = (entry.amount, entry.kind)
            before = self._met.get(entry.key)
            if before is None:
                self._met[entry.key] = says
                new.append(entry)
            elif before != says:
                reason = (
                    f"tells {entry.id} as {entry.kind} of {entry.amount}; it was told as {before[1]} of {before[0]}"
                )
                row.warn("contradiction", f"{reason} before, which counts", order=entry.order)
        return new


class _Reader:
    """Reads one bill's rows."""

    def __init__(self, table: BillTable, tally: Tally, shop: str, *, keep_raw: bool) -> None:
        self._table, self._tally, self._shop, self._keep_raw = table, tally, shop, keep_raw
        self._header = tuple(table.header)
        self._columns = _bound(table)
        self._head: BillHead = table.format.head_of(table.above)
        self._sums = dict.fromkeys(table.format.totals, _NIL)
        self._others = {name: _NIL for name, total in table.format.totals.items() if total.or_adds is not None}
        self._asides: list[list[str]] = []
        self._outside = 0

    def entries(self, told: Told) -> Iterator[BillEntry]:
        follows = False
        for line, row in self._table.rows:
            if not isinstance(row, Broken):
                if not any(map(str.strip, row)):
                    continue
                follows = self._table.format.is_aside(row, follows)
                if follows:
                    self._asides.append(row)
                    continue
            self._tally.read += 1
            yield from self._of_row(line, row, told)
        self._audit()

    def _of_row(self, line: int, row: list[str] | Broken, told: Told) -> list[BillEntry]:
        cells = fitted(row, len(self._header), is_ragged=self._table.is_ragged)
        values = None if cells is None else self._values(cells, line)
        if cells is None:
            self._refuse("damaged_row", "has another number of cells than the header, or its quotes do not close", line)
        if cells is None or values is None:
            return []
        self._add(values)
        raw = SourceCells([(self._header, cells)]) if self._keep_raw else {}
        made = BillRow(values, self._table.format, self._head, self._table.place, line, self._shop, raw)
        try:
            found = self._table.format.entries(made)
        except CellFlaw as flaw:
            self._refuse(flaw.code, flaw.reason, line)
            return []
        except InputError as error:
            self._refuse("bad_money", f"cannot be an entry: {error}", line)
            return []
        return self._counted(found, made, told)

    def _counted(self, found: Sequence[BillEntry] | str, row: BillRow, told: Told) -> list[BillEntry]:
        if isinstance(found, str):
            self._tally.skip(found, 1)
            new: list[BillEntry] = []
        else:
            new = told.fresh(found, row)
            if new:
                self._tally.taken += 1
                self._outside += not self._is_inside(new[0])
            else:
                self._tally.skip("entries told before", 1)
        self._tally.problems += row.problems
        return new

    def _values(self, cells: list[str], line: int) -> Values | None:
        values: Values = {}
        for field, at, memo in self._columns:
            try:
                values[field] = memo[cells[at]]
            except CellFlaw as flaw:
                self._refuse(flaw.code, flaw.reason, line, column=self._header[at].strip(), value=clean(cells[at]))
                return None
        for field in ("id", "at"):
            if not values.get(field):
                self._refuse("missing_number" if field == "id" else "bad_moment", f"has no {field} of an entry", line)
                return None
        return values

    def _refuse(self, code: str, reason: str, line: int, **more: Any) -> None:
        self._tally.refused += 1
        self._tally.problems.append(self._table.place.problem(code, reason, line=line, **more))

    def _add(self, values: Values) -> None:
        for name, total in self._table.format.totals.items():
            self._sums[name] += total.adds(values)
            if total.or_adds is not None:
                self._others[name] += total.or_adds(values)

    def _is_inside(self, entry: BillEntry) -> bool:
        since, until = self._head.since, self._head.until
        return (since is None or since <= entry.at) and (until is None or entry.at < until)

    def _audit(self) -> None:
        """Says what is to be said once the bill is read: is it whole, and do its numbers hold."""
        known = self._table.format
        stated = known.stated([*self._table.above, *self._asides])
        tell, problem = self._tally.problems.append, self._table.place.problem
        if stated is None:
            reason = "has no whole trailer with its totals, so it looks cut; fetch it again"
            tell(problem("cut_file", reason, severity=known.trailer_missing))
        for name, number in (stated or {}).items():
            total = known.totals.get(name)
            if total is not None and number not in (self._sums[name], self._others.get(name)):
                reason = f"states {name} {number}, and its rows give {self._sums[name]}"
                tell(problem("does_not_add_up", reason, column=name, value=str(number), severity=total.severity))
        if self._outside:
            reason = f"has {self._outside:,} rows outside the period that it names"
            tell(problem("does_not_add_up", reason, severity="warning"))


def _bound(table: BillTable) -> list[tuple[str, int, Memo]]:
    """The format's fields, each with the first column that the file has for it; case counts only where it tells."""
    exact = positions(table.header)
    folded = {name.casefold(): at for name, at in reversed(exact.items())}
    columns: list[tuple[str, int, Memo]] = []
    for field, cell in table.format.fields.items():
        names = [normalised(name) for name in cell.names]
        at = next((exact[name] for name in names if name in exact), None)
        if at is None:
            at = next((folded[name.casefold()] for name in names if name.casefold() in folded), None)
        if at is not None:
            columns.append((field, at, Memo(cell)))
    return columns


def entries_in(table: BillTable, tally: Tally, told: Told, *, shop: str, keep_raw: bool) -> Iterator[BillEntry]:
    """Yields a bill's new entries; the tally counts every row, and gets the problems once the bill is read."""
    yield from _Reader(table, tally, shop, keep_raw=keep_raw).entries(told)
