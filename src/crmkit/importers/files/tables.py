"""From bytes to tables: what container a file is, by its content, and the tables of known formats in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

import attrs

from crmkit.importers.bills.form import BillFormat, Known
from crmkit.importers.bills.tables import BillTable
from crmkit.importers.documents.form import JsonFormat
from crmkit.importers.documents.records import Document, Records, records_in
from crmkit.importers.documents.text import JsonText, json_in, looks_like_json
from crmkit.importers.documents.values import copied
from crmkit.importers.files import archives, markup, text, workbooks
from crmkit.importers.files.text import Broken, Row
from crmkit.importers.files.text_tables import RawTable, raw_table, table_in_text
from crmkit.importers.form import TableFormat
from crmkit.importers.layouts import Layout, Place, layout_of
from crmkit.importers.recognition import header_in, unknown
from crmkit.importers.refusals import DamagedFileError, UnknownFormatError
from crmkit.problems import Problem

__all__ = ["Found", "Table", "Wanted", "holds_one_text_table", "raw_tables", "table_of_data", "tables_in"]

_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
_DEEPEST = 3


@attrs.frozen(kw_only=True, slots=True)
class Wanted:
    """Is what a caller asked for.

    Attributes:
        formats: The formats to choose from.
        reported_at: When the sources were written, or None.
        max_bytes: Most bytes that an archive may unpack to.
        json_formats: The formats of JSON to choose from.
        in_pieces: Hold no large sheet as a whole.
    """

    formats: tuple[Known, ...]
    reported_at: datetime | None = None
    max_bytes: int = archives.MAX_BYTES
    json_formats: tuple[JsonFormat, ...] = ()
    in_pieces: bool = False

    @property
    def encodings(self) -> tuple[str, ...]:
        """Legacy encodings of the formats, each once."""
        return tuple(dict.fromkeys(encoding for known in self.formats for encoding in known.encodings))


@attrs.define(slots=True)
class Table:
    """Is one table of a known format: its layout and the rows under its header.

    Attributes:
        layout: The format, compiled for the file's header.
        rows: The rows under the header.
        is_ragged: Short rows are no damage (spreadsheets and HTML leave empty cells out).
        ends_open: Tells, once the rows are read, whether the file's last line had no end.
        raw: The table as it was found.
    """

    layout: Layout
    rows: Iterator[Row]
    is_ragged: bool = False
    ends_open: list[bool] = attrs.field(factory=list)
    raw: RawTable | None = None


@attrs.frozen(slots=True)
class Found:
    """Is a file or sheet that holds no table to read, and why."""

    source: str
    reason: str
    problem: Problem | None = None


def tables_in(stream: BinaryIO, source: str, wanted: Wanted) -> Iterator[Table | BillTable | Records | Found]:
    """Yields the tables of known formats in a file, and what is none.

    Raises:
        DamagedFileError: The container or its encoding is broken.
        UnknownFormatError: No table is of a known format.
        AmbiguousFormatError: Several formats fit a table.
    """
    passed: list[UnknownFormatError] = []
    read = 0
    for raw in raw_tables(stream, source, wanted):
        if isinstance(raw, Found):
            read += 1
            yield raw
            continue
        known = records_in(raw, wanted.json_formats) if isinstance(raw, Document) else _known(raw, wanted)
        if not isinstance(known, UnknownFormatError):
            read += 1
            yield known
        elif isinstance(raw, Document) or any(isinstance(row, Broken) or any(row) for _, row in raw.head):
            passed.append(known)
    if passed and not read:
        raise passed[0]
    if not read:
        yield Found(source, "empty file", Place(source).problem("empty_file", "holds nothing", severity="warning"))
    yield from (Found(error.source, "another table") for error in passed)


def table_of_data(value: Any, source: str, wanted: Wanted) -> Records:
    """Returns what is known of JSON data as a host's framework gives it.

    Raises:
        UnknownFormatError: No object in it is of a known format.
        AmbiguousFormatError: Several formats fit an object.
    """
    known = records_in(Document(source, JsonText([(None, copied(value))]), wanted.reported_at), wanted.json_formats)
    if isinstance(known, UnknownFormatError):
        raise known
    return known


def _known(raw: RawTable, wanted: Wanted) -> Table | BillTable | UnknownFormatError:
    place = raw.source + (f"/{raw.sheet}" if raw.sheet else "")
    found = header_in(raw.head_rows, wanted.formats, place)
    if found is None:
        return unknown(raw.head_rows, wanted.formats, place)
    index, known = found
    if isinstance(known, BillFormat):
        above, header = raw.head_rows[:index], raw.head_rows[index]
        rows = chain(raw.head[index + 1 :], raw.rows)
        return BillTable(known, header, above, Place(raw.source, raw.sheet), rows, raw.is_ragged)
    reported_at = wanted.reported_at or _reported_at(raw.source, known)
    layout = layout_of(known, raw.head_rows[index], Place(raw.source, raw.sheet, reported_at))
    return Table(layout, chain(raw.head[index + 1 :], raw.rows), raw.is_ragged, raw.ends_open, raw)


def _reported_at(source: str, format: TableFormat) -> datetime | None:  # noqa: A002  # the field's own word
    if format.reported_in_name is None:
        return None
    pattern, form, zone = format.reported_in_name
    found = re.search(pattern, source)
    if found and form == "%s":
        return datetime.fromtimestamp(int(found[1]), ZoneInfo(zone))
    try:
        return datetime.strptime(found[1], form).replace(tzinfo=ZoneInfo(zone)) if found else None
    except ValueError:
        return None


def holds_one_text_table(stream: BinaryIO) -> bool:
    """Whether a file is plain text, of which each row can be read by itself, and no container of tables."""
    stream.seek(0)
    head = stream.read(text.HEAD_BYTES)
    is_container = head.startswith((b"PK", _OLD_WORKBOOK, archives.GZIP)) or markup.looks_like_markup(head)
    return not is_container and not looks_like_json(head)


def raw_tables(
    stream: BinaryIO, source: str, wanted: Wanted, depth: int = 0, budget: archives.Budget | None = None
) -> Iterator[RawTable | Document | Found]:
    """Yields every table in a file, through archives and sheets; not yet known of which format."""
    budget = budget or archives.Budget(wanted.max_bytes)
    stream.seek(0)
    head = stream.read(text.HEAD_BYTES)
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        yield Found(source, "empty file", Place(source).problem("empty_file", "holds nothing", severity="warning"))
    elif head.startswith(b"PK\x05\x06"):
        yield Found(
            source, "empty file", Place(source).problem("empty_file", "is an empty archive", severity="warning")
        )
    elif head.startswith(archives.GZIP):
        _refuse_depth(source, depth)
        with archives.gunzipped(stream, source, budget) as member:
            yield from raw_tables(member, source, wanted, depth + 1, budget)
    elif head.startswith(b"PK"):
        yield from _in_archive(stream, source, wanted, depth, budget)
    elif head.startswith(_OLD_WORKBOOK):
        yield from _in_workbook(stream, source, wanted)
    elif looks_like_json(head):
        yield Document(source, json_in(stream, source), wanted.reported_at)
    elif markup.looks_like_markup(head):
        yield _in_page(stream, source, wanted)
    else:
        yield table_in_text(stream, head, source, wanted.formats, wanted.encodings)


def _in_archive(
    stream: BinaryIO, source: str, wanted: Wanted, depth: int, budget: archives.Budget
) -> Iterator[RawTable | Document | Found]:
    if archives.is_workbook(stream, source, budget.left):
        yield from _in_workbook(stream, source, wanted)
        return
    _refuse_depth(source, depth)
    for name, member in archives.members_of(stream, source, budget):
        yield from raw_tables(member, name, wanted, depth + 1, budget)


def _refuse_depth(source: str, depth: int) -> None:
    if depth >= _DEEPEST:
        raise DamagedFileError(f"{source} holds archives in archives in archives; unpack it by hand.", source)


def _in_workbook(stream: BinaryIO, source: str, wanted: Wanted) -> Iterator[RawTable]:
    for sheet, rows in workbooks.sheets_of(stream, source, in_pieces=wanted.in_pieces):
        yield raw_table(source, sheet, rows, is_ragged=True)


def _in_page(stream: BinaryIO, source: str, wanted: Wanted) -> RawTable:
    """The tables of a page, in the first encoding that fits it and that the format of its header has."""
    stream.seek(0)
    marked = text.marked_encoding(stream.read(4))
    tried = (marked,) if marked else ("utf-8", *wanted.encodings)
    first: RawTable | None = None
    for encoding in tried:
        if text.first_bad_byte(stream, encoding) is not None:
            continue
        markup.refuse_unclosed(markup.in_pieces(text.decoded_lines(stream, encoding, source)), source)
        rows = markup.rows_in_markup(markup.in_pieces(text.decoded_lines(stream, encoding, source)), source)
        raw = raw_table(source, "", rows, is_ragged=True, encoding=encoding)
        found = header_in(raw.head_rows, wanted.formats, source)
        if found and (marked or encoding in ("utf-8", *found[1].encodings)):
            return raw
        first = first or raw
    if first is None:
        raise text.damaged_encoding(stream, source, tried)
    return first
