"""From bytes to tables: what container a file is, by its content, and the tables of known formats in it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain, islice
from typing import BinaryIO
from zoneinfo import ZoneInfo

import attrs

from crmkit.importers import archives, markup, text, workbooks
from crmkit.importers.form import TableFormat
from crmkit.importers.layouts import Layout, Place, layout_of
from crmkit.importers.recognition import HEADER_ROWS, header_in, unknown
from crmkit.importers.refusals import DamagedFileError, UnknownFormatError
from crmkit.importers.text import Broken, Row
from crmkit.problems import Problem

__all__ = ["Found", "Table", "Wanted", "holds_one_text_table", "raw_tables", "tables_in"]

_JSON = re.compile(rb'\s*(?:\{\s*["}]|\[\s*[\[{\]])')
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_DEEPEST = 3


@attrs.frozen(kw_only=True, slots=True)
class Wanted:
    """Is what a caller asked for.

    Attributes:
        formats: The formats to choose from.
        reported_at: When the sources were written, or None.
        max_bytes: Most bytes that an archive may unpack to.
    """

    formats: tuple[TableFormat, ...]
    reported_at: datetime | None = None
    max_bytes: int = archives.MAX_BYTES

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
    """

    layout: Layout
    rows: Iterator[Row]
    is_ragged: bool = False
    ends_open: list[bool] = attrs.field(factory=list)


@attrs.frozen(slots=True)
class Found:
    """Is a file or sheet that holds no table to read, and why."""

    source: str
    reason: str
    problem: Problem | None = None


@attrs.define(slots=True)
class RawTable:
    """Is a table of which nothing is known yet."""

    source: str
    sheet: str
    head: list[Row]
    rows: Iterator[Row]
    is_ragged: bool
    ends_open: list[bool] = attrs.field(factory=list)

    @property
    def head_rows(self) -> list[list[str]]:
        """The first rows that are whole."""
        return [row if isinstance(row, list) else [] for _, row in self.head]


def tables_in(stream: BinaryIO, source: str, wanted: Wanted) -> Iterator[Table | Found]:
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
        known = _known(raw, wanted)
        if isinstance(known, Table):
            read += 1
            yield known
        elif any(isinstance(row, Broken) or any(row) for _, row in raw.head):
            passed.append(known)
    if passed and not read:
        raise passed[0]
    yield from (Found(error.source, "another table") for error in passed)


def _known(raw: RawTable, wanted: Wanted) -> Table | UnknownFormatError:
    place = raw.source + (f"/{raw.sheet}" if raw.sheet else "")
    found = header_in(raw.head_rows, wanted.formats, place)
    if found is None:
        return unknown(raw.head_rows, wanted.formats, place)
    index, known = found
    reported_at = wanted.reported_at or _reported_at(raw.source, known)
    layout = layout_of(known, raw.head_rows[index], Place(raw.source, raw.sheet, reported_at))
    return Table(layout, chain(raw.head[index + 1 :], raw.rows), raw.is_ragged, raw.ends_open)


def _reported_at(source: str, format: TableFormat) -> datetime | None:  # noqa: A002  # the field's own word
    if format.reported_in_name is None:
        return None
    pattern, form, zone = format.reported_in_name
    found = re.search(pattern, source)
    try:
        return datetime.strptime(found[1], form).replace(tzinfo=ZoneInfo(zone)) if found else None
    except ValueError:
        return None


def holds_one_text_table(stream: BinaryIO) -> bool:
    """Whether a file is plain text, of which each row can be read by itself, and no container of tables."""
    stream.seek(0)
    head = stream.read(text.HEAD_BYTES)
    return not head.startswith((b"PK", _OLD_WORKBOOK)) and not markup.looks_like_markup(head)


def raw_tables(stream: BinaryIO, source: str, wanted: Wanted, depth: int = 0) -> Iterator[RawTable | Found]:
    """Yields every table in a file, through archives and sheets; not yet known of which format."""
    stream.seek(0)
    head = stream.read(text.HEAD_BYTES)
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        yield Found(source, "empty file", Place(source).problem("empty_file", "holds nothing", severity="warning"))
    elif head.startswith(b"PK\x05\x06"):
        yield Found(
            source, "empty file", Place(source).problem("empty_file", "is an empty archive", severity="warning")
        )
    elif head.startswith(b"PK"):
        yield from _in_archive(stream, source, wanted, depth)
    elif head.startswith(_OLD_WORKBOOK):
        yield from _in_workbook(stream, source)
    elif _JSON.match(head):
        raise UnknownFormatError(f"{source} is JSON, and no known format reads it; give the order file.", source)
    elif markup.looks_like_markup(head):
        page = "".join(text.decoded_lines(stream, _page_encoding(stream, source, wanted), source))
        yield _raw(source, "", markup.rows_in_markup(page, source), is_ragged=True)
    else:
        yield _in_text(stream, head, source, wanted)


def _in_archive(stream: BinaryIO, source: str, wanted: Wanted, depth: int) -> Iterator[RawTable | Found]:
    if archives.is_workbook(stream, source, wanted.max_bytes):
        yield from _in_workbook(stream, source)
        return
    if depth >= _DEEPEST:
        raise DamagedFileError(f"{source} holds archives in archives in archives; unpack it by hand.", source)
    for name, member in archives.members_of(stream, source, wanted.max_bytes):
        yield from raw_tables(member, name, wanted, depth + 1)


def _in_workbook(stream: BinaryIO, source: str) -> Iterator[RawTable]:
    for sheet, rows in workbooks.sheets_of(stream, source):
        yield _raw(source, sheet, rows, is_ragged=True)


def _raw(source: str, sheet: str, rows: Iterator[Row], *, is_ragged: bool) -> RawTable:
    return RawTable(source, sheet, list(islice(rows, HEADER_ROWS)), rows, is_ragged)


def _page_encoding(stream: BinaryIO, source: str, wanted: Wanted) -> str:
    stream.seek(0)
    marked = text.marked_encoding(stream.read(4))
    tried = (marked,) if marked else ("utf-8", *wanted.encodings)
    for encoding in tried:
        if text.first_bad_byte(stream, encoding) is None:
            return encoding
    raise text.damaged_encoding(stream, source, tried)


def _in_text(stream: BinaryIO, head: bytes, source: str, wanted: Wanted) -> RawTable:
    marked = text.marked_encoding(head)
    tried = (marked,) if marked else ("utf-8", *wanted.encodings)
    readable = [(encoding, shown) for encoding in tried if (shown := text.head_of(head, encoding)) is not None]
    if not readable:
        raise text.damaged_encoding(stream, source, tried)
    if _CONTROL.search(readable[0][1][:256]):
        raise UnknownFormatError(f"{source} is neither text nor a workbook nor an archive of them.", source)
    for encoding, shown in readable:
        for delimiter in text.DELIMITERS:
            rows = _head_rows(shown, delimiter)
            found = header_in(rows, wanted.formats, source)
            if found:
                index, known = found
                told = known.encoding_of(head) if known.encoding_of and not marked else None
                chosen = told or _checked(stream, encoding, rows[index], known)
                return _opened(stream, source, chosen, delimiter, is_quoted=known.is_quoted)
    delimiter = max(text.DELIMITERS, key=readable[0][1].split("\n", 1)[0].count)
    return _opened(stream, source, readable[0][0], delimiter)


def _head_rows(shown: str, delimiter: str) -> list[list[str]]:
    rows = text.rows_of(io.StringIO(shown.removeprefix("\ufeff"), newline=""), delimiter)
    return [row if not isinstance(row, Broken) else [] for _, row in islice(rows, HEADER_ROWS)]


def _checked(stream: BinaryIO, encoding: str, header: Sequence[str], known: TableFormat) -> str:
    """The encoding, once a plain ASCII header cannot mislead: the whole file decides between UTF-8 and legacies."""
    if encoding != "utf-8" or not known.encodings or not all(cell.isascii() for cell in header):
        return encoding
    for candidate in ("utf-8", *known.encodings):
        if text.first_bad_byte(stream, candidate) is None:
            return candidate
    return encoding


def _opened(stream: BinaryIO, source: str, encoding: str, delimiter: str, *, is_quoted: bool = True) -> RawTable:
    ends_open: list[bool] = []
    lines = _watched(text.decoded_lines(stream, encoding, source), ends_open)
    raw = _raw(source, "", text.rows_of(lines, delimiter, is_quoted=is_quoted), is_ragged=False)
    raw.ends_open = ends_open
    return raw


def _watched(lines: Iterator[str], ends_open: list[bool]) -> Iterator[str]:
    line = "\n"
    for line in lines:
        yield line
    ends_open.append(not line.endswith(("\n", "\r")))
