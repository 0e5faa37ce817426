"""Files become orders one after the other: `scan` holds neither the files nor the orders in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import BinaryIO

import attrs

from crmkit.importers.bills.form import Known
from crmkit.importers.bills.reading import Told, entries_in
from crmkit.importers.bills.tables import BillTable
from crmkit.importers.composing import Composition
from crmkit.importers.documents.form import JsonFormat
from crmkit.importers.documents.gathering import Shelf
from crmkit.importers.documents.records import Records
from crmkit.importers.documents.scanning import comes_in_runs, records_in_runs
from crmkit.importers.files.archives import MAX_BYTES
from crmkit.importers.files.sources import Source, is_data, name_of, opened
from crmkit.importers.files.tables import Found, Table, Wanted, holds_one_text_table, tables_in
from crmkit.importers.gathering import Key, Part, Tally, keyed_rows, parts_in_runs
from crmkit.importers.reading import note, order_of, tables_of, wanted_by, zone_named
from crmkit.importers.spilling import Repeats, Spill
from crmkit.orders import BillEntry, Order
from crmkit.problems import Problem

__all__ = ["scan"]

_Tables = Iterable[Table | BillTable | Records | Found]
_Item = Order | BillEntry | Problem


def scan(
    *sources: Source,
    name: str | None = None,
    shop: str | None = None,
    format: str | Known | JsonFormat | None = None,  # noqa: A002  # the field's own word
    strict: bool = False,
    keep_raw: bool = True,
    reported_at: datetime | None = None,
    zone: str | None = None,
    max_bytes: int = MAX_BYTES,
) -> Iterator[Order | BillEntry | Problem]:
    r"""Yields orders and problems one after the other; its memory does not grow with the files.

    It gives the same orders as `read`, in the same order. A text file is passed through twice: first to see that the
    rows of each order lie together, as most platforms write them; then for the orders. Where they lie apart, and where
    several tables may tell of the same orders (several sources, archives, workbooks, pages), the rows lie in a
    temporary file until they are read back order by order; it is removed at the end, and also when the caller stops
    before it. JSON Lines in which each order
    comes once are read line by line; other JSON is held as a whole.

    Args:
        sources: As for `read`; the other arguments likewise.
        name: The file's name, for a single source that has none.
        shop: The shop of all orders.
        format: Read every file as this format.
        strict: An order that does not add up is left out.
        keep_raw: Keep the source cells.
        reported_at: When the files were written.
        zone: IANA zone of the shop, for formats that tell days only.
        max_bytes: Most bytes that an archive may unpack to.

    Yields:
        Each order and each entry of a bill, and each problem where it is met.

    Raises:
        SpillError: The temporary folder is missing or full.

    Example:
        >>> data = "order_number,currency,unit_price,quantity\n1,EUR,5,1\n2,EUR,x,1\n".encode()
        >>> [type(item).__name__ for item in scan(data, name="orders.csv")]
        ['Order', 'Problem']
    """
    how = Composition(shop=shop, strict=strict, keep_raw=keep_raw, zone=zone_named(zone))
    wanted = attrs.evolve(wanted_by(format, reported_at, max_bytes), in_pieces=True)
    if len(sources) != 1 or is_data(sources[0]):
        yield from _through_a_file(tables_of(sources, name, wanted), how)
        return
    label = name_of(sources[0], name)
    with opened(sources[0], label) as stream:
        if holds_one_text_table(stream) and _lies_together(stream, label, wanted):
            yield from _in_runs(tables_in(stream, label, wanted), how)
        elif comes_in_runs(stream, wanted.json_formats):
            yield from _in_json_runs(records_in_runs(stream, label, wanted.json_formats, reported_at), how)
        else:
            yield from _through_a_file(tables_in(stream, label, wanted), how)


def _lies_together(stream: BinaryIO, label: str, wanted: Wanted) -> bool:
    """Whether no order's rows are interrupted by another's, and no entry of a bill comes twice."""
    for found in tables_in(stream, label, wanted):
        if isinstance(found, BillTable) and _tells_twice(found):
            return False
        if not isinstance(found, Table):
            continue
        current: Key | None = None
        tally = Tally()
        with Repeats() as repeats:
            for key, _, _ in keyed_rows(found, tally):
                tally.problems.clear()
                if key != current:
                    current = key
                    repeats.add(hash(key))
            if repeats.found():
                return False
    return True


def _tells_twice(bill: BillTable) -> bool:
    tally = Tally()
    with Repeats() as repeats:
        for entry in entries_in(bill, tally, Told(remembers=False), shop="", keep_raw=False):
            tally.problems.clear()
            repeats.add(hash(entry.key))
        return repeats.found()


def _in_runs(tables: _Tables, how: Composition) -> Iterator[_Item]:
    told = Told(remembers=False)
    for found in tables:
        tally = Tally()
        if not isinstance(found, Table):
            yield from _beside(found, tally, told, how)
            continue
        for key, part in parts_in_runs(found, tally):
            order = order_of(key, [part], tally, how)
            yield from _problems(tally)
            if order is not None:
                yield order
        yield from _problems(tally)


def _in_json_runs(found: Iterable[Records], how: Composition) -> Iterator[_Item]:
    tally = Tally()
    for records in found:
        shelf, groups = Shelf(), dict[str, dict[Key, list[Part]]]()
        shelf.add(records, tally)
        shelf.fill(groups, tally)
        for group in groups.values():
            for key, parts in group.items():
                order = order_of(key, parts, tally, how)
                yield from _problems(tally)
                if order is not None:
                    yield order
        yield from _problems(tally)


def _beside(found: BillTable | Records | Found, tally: Tally, told: Told, how: Composition) -> Iterator[_Item]:
    """What a bill, or a file that holds no table, has to say."""
    assert not isinstance(found, Records), "JSON is no text table"
    if isinstance(found, Found):
        note(found, tally)
    else:
        for entry in entries_in(found, tally, told, shop=how.shop or "", keep_raw=how.keep_raw):
            yield from _problems(tally)
            yield entry
    yield from _problems(tally)


def _problems(tally: Tally) -> Iterator[Problem]:
    yield from tally.problems
    tally.problems.clear()


def _through_a_file(tables: _Tables, how: Composition) -> Iterator[_Item]:
    tally, shelf, told = Tally(), Shelf(), Told()
    with Spill() as spill:
        for found in tables:
            if isinstance(found, Records):
                shelf.add(found, tally)
                yield from _problems(tally)
            elif isinstance(found, Table):
                spill.begin(found.layout)
                for key, line, row in keyed_rows(found, tally):
                    spill.add(key, line, row)
                    yield from _problems(tally)
                yield from _problems(tally)
            else:
                yield from _beside(found, tally, told, how)
        for key, parts in _gathered(spill, shelf, tally):
            order = order_of(key, parts, tally, how)
            yield from _problems(tally)
            if order is not None:
                yield order
        yield from _problems(tally)


def _gathered(spill: Spill, shelf: Shelf, tally: Tally) -> Iterator[tuple[Key, list[Part]]]:
    """Every order with its parts: those of tables, each with what JSON says of it too, then those of JSON alone."""
    groups: dict[str, dict[Key, list[Part]]] = {family: {} for family in spill.families}
    shelf.fill(groups, tally)
    for family, key, parts in spill.orders():
        while (before := next(iter(groups))) != family:
            yield from groups.pop(before).items()
        yield key, [*parts, *groups[family].pop(key, ())]
    for group in groups.values():
        yield from group.items()
