"""Tables in text: strict decoding, and rows of which not one is lost when quotes do not close."""

from __future__ import annotations

import codecs
import csv
import io
import threading
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import BinaryIO, Literal

import attrs

from crmkit.importers.refusals import DamagedFileError

__all__ = [
    "DELIMITERS",
    "Broken",
    "Row",
    "beginning_of",
    "decoded_blocks",
    "decoded_lines",
    "first_bad_byte",
    "head_of",
    "marked_encoding",
    "rows_in_blocks",
    "rows_of",
]

DELIMITERS = (",", "\t", ";", "|")
HEAD_BYTES = 65536
_CHUNK = 1 << 20
_FIRST_BLOCK = 1 << 13
_BLOCK = 1 << 18
_AT_ONCE = 1024
_LONGEST_CELL = 1 << 22
LONGEST_LINE = 1 << 24
_limit = threading.Lock()
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"\x84\x31\x95\x33", "gb18030"),
)


@attrs.frozen(slots=True)
class Broken:
    """Is a row that is none: its quotes do not close where they should.

    Attributes:
        text: The physical line at which it begins.
        is_cut: The file ends within it.
    """

    text: str
    is_cut: bool


Row = tuple[int, "list[str] | Broken"]
"""A 1-based row number as a spreadsheet shows it, and the cells."""


def _torn_end(error: UnicodeError) -> tuple[str, int]:
    """Lets go of a character that the end of the file tears: its row is open, and the report says that it is cut."""
    if isinstance(error, UnicodeDecodeError) and error.end == len(error.object) and _is_incomplete(error):
        return "", error.end
    raise error


def _is_incomplete(error: UnicodeDecodeError) -> bool:
    return error.reason in ("incomplete multibyte sequence", "unexpected end of data", "truncated data")


_STRICT = "crmkit.strict_but_for_a_torn_end"
codecs.register_error(_STRICT, _torn_end)


def marked_encoding(head: bytes) -> str | None:
    """Returns the encoding that a byte-order mark at the beginning names, or None."""
    return next((encoding for mark, encoding in _MARKS if head.startswith(mark)), None)


def head_of(head: bytes, encoding: str) -> str | None:
    """Returns the beginning of a file as text, or None where its bytes are not of this encoding."""
    try:
        return codecs.getincrementaldecoder(encoding)(_STRICT).decode(head, len(head) < HEAD_BYTES)
    except UnicodeDecodeError:
        return None


def beginning_of(head: bytes, encoding: str) -> str:
    """Returns the beginning of a file as text, up to the first byte that is not of this encoding."""
    try:
        return codecs.getincrementaldecoder(encoding)(_STRICT).decode(head)
    except UnicodeDecodeError as error:
        return head[: error.start].decode(encoding, "ignore")


def first_bad_byte(stream: BinaryIO, encoding: str) -> int | None:
    """Returns the offset of the first byte that is not of this encoding, or None; reads in constant memory."""
    stream.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)(_STRICT)
    done = 0
    while True:
        block = stream.read(_CHUNK)
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(block, not block)
        except UnicodeDecodeError as error:
            return done - pending + error.start
        if not block:
            return None
        done += len(block)


def decoded_lines(stream: BinaryIO, encoding: str, source: str) -> Iterator[str]:
    """Yields the lines with their ends, strictly decoded; of a character that the end of the file tears, nothing.

    Raises:
        DamagedFileError: A byte is not of the encoding.
    """
    return chain.from_iterable(decoded_blocks(stream, encoding, source))


def decoded_blocks(stream: BinaryIO, encoding: str, source: str) -> Iterator[list[str]]:
    """Yields what `decoded_lines` does, many lines at once: passing each on costs as much as reading it."""
    stream.seek(0)
    wrapper = io.TextIOWrapper(stream, encoding=encoding, errors=_STRICT, newline="")
    try:
        yield from _blocks(wrapper, source)
    except UnicodeDecodeError as error:
        wrapper.detach()
        raise damaged_encoding(stream, source, (encoding,)) from error
    finally:
        if not stream.closed and wrapper.buffer is stream:
            wrapper.detach()


def _blocks(wrapper: io.TextIOWrapper, source: str) -> Iterator[list[str]]:
    rest, size = wrapper.read(_FIRST_BLOCK).removeprefix("\ufeff"), _BLOCK
    while block := wrapper.read(size):
        lines = io.StringIO(rest + block, newline="").readlines()
        # The last line may go on, or its carriage return be half of a line's end.
        rest = "" if lines[-1].endswith("\n") else lines.pop()
        if max(map(len, (rest, *lines))) > LONGEST_LINE:
            raise DamagedFileError(
                f"{source} has a line of more than {LONGEST_LINE:,} signs, which no table of orders has.", source
            )
        if lines:
            yield lines
    if rest:
        yield io.StringIO(rest, newline="").readlines()


def damaged_encoding(stream: BinaryIO, source: str, encodings: tuple[str, ...]) -> DamagedFileError:
    """Returns the error for bytes of no encoding; the place is that of the encoding that comes furthest."""
    furthest, encoding = max((first_bad_byte(stream, tried) or 0, tried) for tried in encodings)
    return DamagedFileError(
        f"{source} holds bytes at byte {furthest:,} that are not text in {' or '.join(encodings)} ({encoding} comes so "
        "far); take the file as the platform gives it, or save it as UTF-8.",
        source=source,
        offset=furthest,
        encodings=encodings,
    )


class _Feed:
    """Hands lines to csv readers, one after the other, and keeps those of unfinished rows, to give them back.

    Attributes:
        done: How many lines the present reader has made whole rows of.
    """

    __slots__ = ("_again", "_base", "_kept", "_lines", "done")

    def __init__(self, blocks: Iterable[list[str]]) -> None:
        self._lines = chain.from_iterable(self._fetched(blocks))
        self._kept: list[str] = []
        self._again: list[str] = []
        self._base = self.done = 0

    def __iter__(self) -> Iterator[str]:
        return chain(self._again, self._lines)

    def _fetched(self, blocks: Iterable[list[str]]) -> Iterator[list[str]]:
        """Passes the blocks on; what is before the present row is let go."""
        for block in blocks:
            self._kept = self._kept[self._base + self.done :] + block
            self._base = -self.done
            yield block

    def give_back(self, taken: int) -> str:
        """Returns the first line of the row that failed after so many lines; the next reader begins after it."""
        first, *self._again = self._kept[self._base + self.done : self._base + taken] or [""]
        self._base += self.done + 1
        self.done = 0
        return first


def _allow_long_cells() -> None:
    """Raises the limit of the csv module, which is the process's own; a greater one that somebody has set stays."""
    if csv.field_size_limit() < _LONGEST_CELL:
        with _limit:
            csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_CELL))


def rows_of(lines: Iterable[str], delimiter: str, *, is_quoted: bool = True) -> Iterator[Row]:
    r"""Yields the rows of delimited text; where quotes do not close, one `Broken` for the line, and goes on after it.

    Where the text is not quoted, a quote is a sign like others and every line is a row.

    Example:
        >>> [row for _, row in rows_of(['a,b\n', '1,"x\n', '2,3\n'], ",")]
        [['a', 'b'], Broken(text='1,"x\n', is_cut=True), ['2', '3']]
    """
    waiting = iter(lines)
    return rows_in_blocks(iter(lambda: list(islice(waiting, _AT_ONCE)), []), delimiter, is_quoted=is_quoted)


def rows_in_blocks(blocks: Iterable[list[str]], delimiter: str, *, is_quoted: bool = True) -> Iterator[Row]:
    """Yields what `rows_of` does, from lines that come many at once."""
    _allow_long_cells()
    feed = _Feed(blocks)
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if is_quoted else csv.QUOTE_NONE
    number = 0
    while True:
        reader = csv.reader(feed, delimiter=delimiter, quoting=quoting, strict=True)
        try:
            for row in reader:
                number += 1
                feed.done = reader.line_num
                yield number, row
        except csv.Error as error:
            number += 1
            yield number, Broken(feed.give_back(reader.line_num), "unexpected end" in str(error))
            continue
        return
