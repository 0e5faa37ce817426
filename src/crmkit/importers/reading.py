"""Files become orders: `read` gives all of them, `sniff` tells what a file is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crmkit.clock import require_aware
from crmkit.errors import InputError
from crmkit.garbage import collector_paused
from crmkit.importers.bills.form import Known
from crmkit.importers.bills.reading import Told, entries_in
from crmkit.importers.bills.tables import BillTable
from crmkit.importers.composing import Composition, compose
from crmkit.importers.documents.form import JsonFormat
from crmkit.importers.documents.gathering import Shelf
from crmkit.importers.documents.records import Document, Records, json_guesses
from crmkit.importers.documents.text import JsonText
from crmkit.importers.drafts import draft_of
from crmkit.importers.files.archives import MAX_BYTES
from crmkit.importers.files.sources import Source, is_data, name_of, opened
from crmkit.importers.files.tables import Found, Table, Wanted, raw_tables, table_of_data, tables_in
from crmkit.importers.files.text_tables import RawTable
from crmkit.importers.gathering import Key, Part, Tally, keyed_rows
from crmkit.importers.recognition import Guess, guesses
from crmkit.importers.registry import find_format, known_formats
from crmkit.importers.report import ImportReport, Rows
from crmkit.orders import BillEntry, Order

__all__ = ["note", "order_of", "read", "sniff", "tables_of", "wanted_by", "zone_named"]


def read(
    *sources: Source,
    name: str | None = None,
    shop: str | None = None,
    format: str | Known | JsonFormat | None = None,  # noqa: A002  # the field's own word
    strict: bool = False,
    keep_raw: bool = True,
    reported_at: datetime | None = None,
    zone: str | None = None,
    max_bytes: int = MAX_BYTES,
) -> ImportReport:
    r"""Reads any mix of files that belong together: orders, entries of bills, and everything that could not be used.

    Args:
        sources: Paths, bytes, open files, or JSON as a dict or list; zip archives are read through.
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
    wanted = wanted_by(format, reported_at, max_bytes)
    how = Composition(shop=shop, strict=strict, keep_raw=keep_raw, zone=zone_named(zone))
    with collector_paused():
        return _report(tables_of(sources, name, wanted), how)


def _report(tables: Iterable[Table | BillTable | Records | Found], how: Composition) -> ImportReport:
    tally, shelf = Tally(), Shelf()
    groups: dict[str, dict[Key, list[Part]]] = {}
    formats: dict[str, str] = {}
    entries: list[BillEntry] = []
    told = Told()
    for found in tables:
        if isinstance(found, Found):
            note(found, tally)
            continue
        if isinstance(found, BillTable):
            formats[found.label] = found.format.name
            entries += entries_in(found, tally, told, shop=how.shop or "", keep_raw=how.keep_raw)
            continue
        if isinstance(found, Records):
            if found.formats:
                formats[found.place.source] = ", ".join(found.formats)
            shelf.add(found, tally)
            continue
        place = found.layout.place
        formats[place.source + (f"/{place.sheet}" if place.sheet else "")] = found.layout.format.name
        _gather(found, groups.setdefault(found.layout.format.family, {}), tally)
    shelf.fill(groups, tally)
    orders = tuple(_composed(groups, tally, how))
    return ImportReport(
        orders=orders,
        problems=tuple(tally.problems),
        formats=formats,
        entries=tuple(entries),
        skipped=dict(tally.skipped),
        rows=Rows(read=tally.read, taken=tally.taken, refused=tally.refused, skipped=tally.skipped_rows),
    )


def note(found: Found, tally: Tally) -> None:
    """Tells what is to be said of a file that holds no table, or counts it."""
    if found.problem is not None:
        tally.problems.append(found.problem)
    else:
        tally.skipped[found.reason] += 1


def wanted_by(
    format: str | Known | JsonFormat | None,  # noqa: A002  # the field's own word
    reported_at: datetime | None,
    max_bytes: int,
) -> Wanted:
    """Returns what a caller asks for, checked."""
    if reported_at is not None:
        require_aware(reported_at, "reported_at")
    chosen = tuple(known_formats().values()) if format is None else (find_format(format),)
    return Wanted(
        formats=tuple(known for known in chosen if not isinstance(known, JsonFormat)),
        json_formats=tuple(known for known in chosen if isinstance(known, JsonFormat)),
        reported_at=reported_at,
        max_bytes=max_bytes,
    )


def zone_named(zone: str | None) -> ZoneInfo | None:
    """Returns the zone that a caller names, or None."""
    try:
        return None if zone is None else ZoneInfo(zone)
    except (ValueError, ZoneInfoNotFoundError):
        raise InputError(f"There is no zone {zone!r}; give an IANA name such as 'Europe/Berlin'.") from None


def tables_of(
    sources: Iterable[Source], name: str | None, wanted: Wanted
) -> Iterator[Table | BillTable | Records | Found]:
    """Yields the tables of all sources, and what is none."""
    for source in _several(sources, name):
        label = name_of(source, name)
        if is_data(source):
            yield table_of_data(source, label, wanted)
            continue
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
            order = order_of(key, parts, tally, how)
            if order is not None:
                yield order


def order_of(key: Key, parts: list[Part], tally: Tally, how: Composition) -> Order | None:
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


def sniff(source: Source, *, name: str | None = None) -> list[Guess]:
    r"""Returns the formats that a file may be, the likeliest first; reads its beginning only.

    Args:
        source: A path, bytes, an open file, or JSON as a dict or list.
        name: The file's name.

    Raises:
        DamagedFileError: The container or its encoding is broken.

    Example:
        >>> guess = sniff(b"order_number,currency,unit_price,quantity\n")[0]
        >>> guess.format, guess.confidence >= 0.5
        ('crmkit', True)
    """
    label = name_of(source, name)
    wanted = wanted_by(None, None, MAX_BYTES)
    found: list[Guess] = []
    if is_data(source):
        return json_guesses(Document(label, JsonText([(None, source)])), wanted.json_formats)
    with opened(source, label) as stream, _kept(stream):
        for raw in raw_tables(stream, label, wanted):
            if isinstance(raw, RawTable):
                found += guesses(raw.head_rows, wanted.formats, raw.sheet)
            elif isinstance(raw, Document):
                found += json_guesses(raw, wanted.json_formats)
    return sorted(found, key=lambda guess: (-guess.confidence, guess.format, guess.sheet))


@contextmanager
def _kept(stream: Any) -> Iterator[None]:
    """Puts an open file back to where it was."""
    with ExitStack() as stack:
        stack.callback(stream.seek, stream.tell())
        yield
