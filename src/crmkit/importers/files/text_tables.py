"""Tables in text: which encoding and which delimiter show the header of a known format."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import BinaryIO

import attrs

from crmkit.importers.bills.form import BillFormat, Known
from crmkit.importers.bills.tables import bill_rows
from crmkit.importers.files import text
from crmkit.importers.files.text import Broken, Row
from crmkit.importers.form import TableFormat
from crmkit.importers.recognition import HEADER_ROWS, header_in
from crmkit.importers.refusals import UnknownFormatError

__all__ = ["RawTable", "raw_table", "table_in_text"]

_QUOTED = re.compile('"(?:[^"]|"")+"')
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")


@attrs.define(slots=True)
class RawTable:
    """Is a table of which nothing is known yet.

    Attributes:
        source: The file.
        sheet: The sheet, for workbooks.
        head: Its first rows.
        rows: The rows after them.
        is_ragged: Short rows are no damage.
        ends_open: Tells, once the rows are read, whether the file's last line had no end.
        encoding: Encoding of the text, "" for workbooks.
        delimiter: What parts the cells of the text, "" where nothing does.
    """

    source: str
    sheet: str
    head: list[Row]
    rows: Iterator[Row]
    is_ragged: bool
    ends_open: list[bool] = attrs.field(factory=list)
    encoding: str = ""
    delimiter: str = ""

    @property
    def head_rows(self) -> list[list[str]]:
        """The first rows that are whole."""
        return [row if isinstance(row, list) else [] for _, row in self.head]


def raw_table(
    source: str, sheet: str, rows: Iterator[Row], *, is_ragged: bool, encoding: str = "", delimiter: str = ""
) -> RawTable:
    """Returns a table with its first rows read."""
    head = list(islice(rows, HEADER_ROWS))
    return RawTable(source, sheet, head, rows, is_ragged, encoding=encoding, delimiter=delimiter)


def table_in_text(
    stream: BinaryIO, head: bytes, source: str, formats: Sequence[Known], encodings: tuple[str, ...]
) -> RawTable:
    """Returns the table in a text file: in the encoding and with the delimiter that show a known header.

    Raises:
        DamagedFileError: Its bytes are not of an encoding that its format has.
        UnknownFormatError: It is no text.
    """
    marked = text.marked_encoding(head)
    tried = (marked,) if marked else ("utf-8", *encodings)
    readable = [(encoding, shown) for encoding in tried if (shown := text.head_of(head, encoding)) is not None]
    if not readable:
        raise text.damaged_encoding(stream, source, tried)
    if _CONTROL.search(readable[0][1][:256]):
        raise UnknownFormatError(f"{source} is neither text nor a workbook nor an archive of them.", source)
    strange: list[tuple[str, ...]] = []
    for encoding, shown in readable:
        for delimiter in text.DELIMITERS:
            rows = _head_rows(shown, delimiter)
            if found := header_in(rows, formats, source):
                index, known = found
                if not marked and encoding not in (own := ("utf-8", *known.encodings)):
                    strange.append(own)
                    continue
                if isinstance(known, BillFormat):
                    bill = bill_rows(text.decoded_lines(stream, encoding, source), delimiter, known)
                    return raw_table(source, "", bill, is_ragged=False, encoding=encoding, delimiter=delimiter)
                told = known.encoding_of(head) if known.encoding_of and not marked else None
                told = told or _checked(stream, encoding, rows[index], known)
                is_quoted = known.is_quoted or delimiter != "\t" or encoding == "utf-16" or _quotes_again(shown)
                return _opened(stream, source, told, delimiter, is_quoted=is_quoted)
    strange += _of_another_encoding(head, source, formats, encodings) if not marked else []
    if strange:
        raise text.damaged_encoding(stream, source, strange[0])
    delimiter = max(text.DELIMITERS, key=readable[0][1].split("\n", 1)[0].count)
    return _opened(stream, source, readable[0][0], delimiter)


def _of_another_encoding(
    head: bytes, source: str, formats: Sequence[Known], encodings: tuple[str, ...]
) -> list[tuple[str, ...]]:
    """The encodings of the formats whose header stands there before a byte that is of none of them."""
    for encoding in ("utf-8", *encodings):
        shown = text.beginning_of(head, encoding)
        for delimiter in text.DELIMITERS:
            found = header_in(_head_rows(shown, delimiter), formats, source)
            if found and encoding in (own := ("utf-8", *found[1].encodings)):
                return [own]
    return []


def _quotes_again(shown: str) -> bool:
    """Whether a spreadsheet has quoted tab text: it does so with every cell that holds a comma or a quote."""
    cells = [cell for line in shown.splitlines() for cell in line.split("\t") if '"' in cell]
    return any(cell.count('"') > 2 or "," in cell for cell in cells) and all(map(_QUOTED.fullmatch, cells))


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
    blocks = _watched(text.decoded_blocks(stream, encoding, source), ends_open)
    rows = text.rows_in_blocks(blocks, delimiter, is_quoted=is_quoted)
    raw = raw_table(source, "", rows, is_ragged=False, encoding=encoding, delimiter=delimiter)
    raw.ends_open = ends_open
    return raw


def _watched(blocks: Iterator[list[str]], ends_open: list[bool]) -> Iterator[list[str]]:
    line = "\n"
    for block in blocks:
        line = block[-1]
        yield block
    ends_open.append(not line.endswith(("\n", "\r")))
