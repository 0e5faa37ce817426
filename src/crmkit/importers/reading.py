"""Files become orders: `read` all of them, `scan` one after the other, `sniff` what a file is."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crmkit.clock import require_aware
from crmkit.errors import InputError
from crmkit.importers.archives import MAX_BYTES
from crmkit.importers.composing import Composition, compose
from crmkit.importers.drafts import draft_of
from crmkit.importers.form import TableFormat
from crmkit.importers.gathering import Key, Part, Tally, keyed_rows, parts_in_runs
from crmkit.importers.recognition import Guess, guesses
from crmkit.importers.registry import find_format, known_formats
from crmkit.importers.report import ImportReport, Rows
from crmkit.importers.sources import Source, name_of, opened
from crmkit.importers.tables import Found, RawTable, Table, Wanted, holds_one_text_table, raw_tables, tables_in
from crmkit.orders import Order
from crmkit.problems import Problem

__all__ = ["read", "scan", "sniff"]


def read(
    *sources: Source,
    name: str | None = None,
    shop: str | None = None,
    format: str | TableFormat | None = None,  # noqa: A002  # the field's own word
    strict: bool = False,
    keep_raw: bool = True,
    reported_at: datetime | None = None,
    zone: str | None = None,
    max_bytes: int = MAX_BYTES,
) -> ImportReport:
    r"""Reads any mix of files that belong together and returns their orders and everything that could not be used.

    Args:
        sources: Paths, bytes or open files; zip archives are read through.
        name: The file's name, for a single source that has none.
        shop: The shop of all orders; it wins over the files' own. Without both it is "default".
        format: Read every file as this format and no other.
        strict: An order that does not add up is left out.
        keep_raw: Keep the source cells of each order.
        reported_at: When the files were written; without it the file name tells, where the format has it there.
        zone: IANA zone of the shop, for formats whose files tell days and no zone; the others know theirs.
        max_bytes: Most bytes that an archive may unpack to.

    Returns:
        The report; it holds a problem for each row that could not be used.

    Raises:
        DamagedFileError: A container or its encoding is broken.
        UnknownFormatError: A file is of no known format.
        AmbiguousFormatError: Several formats fit a file; `format` decides.
        OSError: A path cannot be opened.

    Example:
        >>> data = "order_number,currency,unit_price,quantity\n1001,EUR,19.90,2\n".encode()
        >>> report = read(data, name="orders.csv")
        >>> print(report, "|", report.orders[0].total)
        1 order · 0 problems | 39.80 EUR
    """
    wanted = _wanted(format, reported_at, max_bytes)
    how = Composition(shop=shop, strict=strict, keep_raw=keep_raw, zone=_zone(zone))
    with _collector_paused():
        return _report(_all_tables(sources, name, wanted), how)


def _report(tables: Iterable[Table | Found], how: Composition) -> ImportReport:
    tally = Tally()
    groups: dict[str, dict[Key, list[Part]]] = {}
    formats: dict[str, str] = {}
    for found in tables:
        if isinstance(found, Found):
            _note(found, tally)
            continue
        place = found.layout.place
        formats[place.source + (f"/{place.sheet}" if place.sheet else "")] = found.layout.format.name
        _gather(found, groups.setdefault(found.layout.format.family, {}), tally)
    orders = tuple(_composed(groups, tally, how))
    return ImportReport(
        orders=orders,
        problems=tuple(tally.problems),
        formats=formats,
        skipped=dict(tally.skipped),
        rows=Rows(read=tally.read, taken=tally.taken, refused=tally.refused, skipped=tally.skipped_rows),
    )


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Keeps the cycle collector still: a report is many new values in no cycle, and walking them costs a third."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _note(found: Found, tally: Tally) -> None:
    if found.problem is not None:
        tally.problems.append(found.problem)
    else:
        tally.skipped[found.reason] += 1


def _wanted(
    format: str | TableFormat | None,  # noqa: A002  # the field's own word
    reported_at: datetime | None,
    max_bytes: int,
) -> Wanted:
    if reported_at is not None:
        require_aware(reported_at, "reported_at")
    chosen = tuple(known_formats().values()) if format is None else (find_format(format),)
    return Wanted(formats=chosen, reported_at=reported_at, max_bytes=max_bytes)


def _zone(zone: str | None) -> ZoneInfo | None:
    try:
        return None if zone is None else ZoneInfo(zone)
    except (ValueError, ZoneInfoNotFoundError):
        raise InputError(f"There is no zone {zone!r}; give an IANA name such as 'Europe/Berlin'.") from None


def _all_tables(sources: Iterable[Source], name: str | None, wanted: Wanted) -> Iterator[Table | Found]:
    for source in _several(sources, name):
        label = name_of(source, name)
        with opened(source, label) as stream:
            yield from tables_in(stream, label, wanted)


def _several(sources: Iterable[Source], name: str | None) -> list[Source]:
    found = list(sources)
    if not found:
        raise InputError("Give at least one file to read.")
    if name is not None and len(found) > 1:
        raise InputError("name= names a single source; give paths or open files, which have names of their own.")
    return found


def _gather(table: Table, groups: dict[Key, list[Part]], tally: Tally) -> None:
    own: dict[Key, Part] = {}
    layout = table.layout
    for key, line, row in keyed_rows(table, tally):
        part = own.get(key)
        if part is None:
            part = own[key] = Part(layout)
            if key in groups:
                groups[key].append(part)
            else:
                groups[key] = [part]
        if row is None:
            part.is_whole = False
        else:
            part.rows.append((line, row))


def _composed(groups: dict[str, dict[Key, list[Part]]], tally: Tally, how: Composition) -> Iterator[Order]:
    for family in groups.values():
        for key, parts in family.items():
            order = _order(key, parts, tally, how)
            if order is not None:
                yield order


def _order(key: Key, parts: list[Part], tally: Tally, how: Composition) -> Order | None:
    """The order of these parts; its rows are counted as what becomes of them."""
    rows = sum(len(part.rows) for part in parts)
    draft = draft_of(key, parts, tally)
    if draft is None:
        tally.refused += rows
        return None
    order = compose(draft, how)
    tally.tell(draft.problems)
    if isinstance(order, str):
        tally.skip(order, rows)
        return None
    if order is None:
        tally.refused += rows
    else:
        tally.taken += rows
    return order


def scan(
    *sources: Source,
    name: str | None = None,
    shop: str | None = None,
    format: str | TableFormat | None = None,  # noqa: A002  # the field's own word
    strict: bool = False,
    keep_raw: bool = True,
    reported_at: datetime | None = None,
    zone: str | None = None,
    max_bytes: int = MAX_BYTES,
) -> Iterator[Order | Problem]:
    r"""Yields orders and problems one after the other; a single text file is never held in memory as a whole.

    It gives the same orders as `read`. A text file is passed through twice: first to see that the rows of each order
    lie together, as every platform writes them, which keeps one number an order in memory; then for the orders. What
    belongs together is read as a whole, as `read` does: several sources, archives, workbooks and pages, whose tables
    may tell of the same orders, and a text file in which the rows of an order lie apart.

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
        Each order, and each problem where it is met.

    Example:
        >>> data = "order_number,currency,unit_price,quantity\n1,EUR,5,1\n2,EUR,x,1\n".encode()
        >>> [type(item).__name__ for item in scan(data, name="orders.csv")]
        ['Order', 'Problem']
    """
    options: dict[str, Any] = {"name": name, "shop": shop, "format": format, "strict": strict, "keep_raw": keep_raw}
    options |= {"reported_at": reported_at, "zone": zone, "max_bytes": max_bytes}
    if len(sources) != 1:
        report = read(*sources, **options)
        yield from report.orders
        yield from report.problems
        return
    how = Composition(shop=shop, strict=strict, keep_raw=keep_raw, zone=_zone(zone))
    wanted = _wanted(format, reported_at, max_bytes)
    label = name_of(sources[0], name)
    with opened(sources[0], label) as stream:
        if holds_one_text_table(stream) and _lies_together(stream, label, wanted):
            yield from _in_runs(tables_in(stream, label, wanted), how)
            return
        with _collector_paused():
            report = _report(tables_in(stream, label, wanted), how)
    yield from report.orders
    yield from report.problems


def _lies_together(stream: BinaryIO, label: str, wanted: Wanted) -> bool:
    """Whether no order's rows are interrupted by another's; it keeps a number of eight bytes for each order."""
    for found in tables_in(stream, label, wanted):
        if isinstance(found, Found):
            continue
        met: set[int] = set()
        current: Key | None = None
        apart = False
        for key, _, _ in keyed_rows(found, Tally()):
            if key != current:
                current, told = key, hash(key)
                apart = apart or told in met
                met.add(told)
        if apart:
            return False
    return True


def _in_runs(tables: Iterable[Table | Found], how: Composition) -> Iterator[Order | Problem]:
    for found in tables:
        tally = Tally()
        if isinstance(found, Found):
            _note(found, tally)
            yield from tally.problems
            continue
        for key, part in parts_in_runs(found, tally):
            order = _order(key, [part], tally, how)
            yield from tally.problems
            tally.problems.clear()
            if order is not None:
                yield order
        yield from tally.problems


def sniff(source: Source, *, name: str | None = None) -> list[Guess]:
    r"""Returns the formats that a file may be, the likeliest first; reads its beginning only.

    Args:
        source: A path, bytes or an open file.
        name: The file's name.

    Raises:
        DamagedFileError: The container or its encoding is broken.

    Example:
        >>> guess = sniff(b"order_number,currency,unit_price,quantity\n")[0]
        >>> guess.format, guess.confidence >= 0.5
        ('crmkit', True)
    """
    label = name_of(source, name)
    wanted = _wanted(None, None, MAX_BYTES)
    found: list[Guess] = []
    with opened(source, label) as stream, _kept(stream):
        for raw in raw_tables(stream, label, wanted):
            if isinstance(raw, RawTable):
                found += guesses(raw.head_rows, wanted.formats, raw.sheet)
    return sorted(found, key=lambda guess: (-guess.confidence, guess.format, guess.sheet))


@contextmanager
def _kept(stream: Any) -> Iterator[None]:
    """Puts an open file back to where it was."""
    with ExitStack() as stack:
        stack.callback(stream.seek, stream.tell())
        yield
