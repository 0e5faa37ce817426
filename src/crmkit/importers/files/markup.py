"""HTML tables saved as .xls: the cells of all tables, nothing fetched, nothing run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html.parser import HTMLParser

from crmkit.importers.files.text import Row
from crmkit.importers.refusals import DamagedFileError

__all__ = ["in_pieces", "looks_like_markup", "refuse_unclosed", "rows_in_markup"]

_WIDEST_CELL = 1000
_MOST_CELLS = 30_000_000
_LONGEST_PAGE = 1 << 28
_MOST_UNCLOSED = 100
_CHUNK = 1 << 16
_LONGEST_MARK = 3
"""As much of the piece before as may begin one of the marks below."""
_LONGEST_TAG = 1 << 17
_LONGEST_SCRIPT = 1 << 22


def looks_like_markup(head: bytes) -> bool:
    """Whether the beginning of a file is that of an HTML page or table."""
    start = head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()[:4096]
    return start.startswith((b"<html", b"<table", b"<!doctype html", b"<meta", b"<head", b"<style")) or (
        start.startswith((b"<?xml", b"<!--")) and (b"<html" in start or b"<table" in start)
    )


class _Tables(HTMLParser):
    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self._source = source
        self._cells = 0
        self.rows: list[list[str]] = []
        self._row: list[str] | None = None
        self._cell: list[str] | None = None
        self._span = 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self._end_row()
            self._row = []
        elif tag in ("td", "th"):
            self._end_cell()
            self._row = [] if self._row is None else self._row
            self._cell = []
            span = dict(attrs).get("colspan") or "1"
            self._span = min(int(span), _WIDEST_CELL) if span.isdecimal() and len(span) < 9 else 1
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._end_cell()
        elif tag in ("tr", "table"):
            self._end_row()

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def close(self) -> None:
        super().close()
        self._end_row()

    def _end_cell(self) -> None:
        if self._cell is not None and self._row is not None:
            self._cells += self._span
            if self._cells > _MOST_CELLS:
                raise _absurd(self._source, f"more than {_MOST_CELLS:,} cells")
            self._row += ["".join(self._cell).strip(), *[""] * (self._span - 1)]
        self._cell = None

    def _end_row(self) -> None:
        self._end_cell()
        if self._row is not None:
            self.rows.append(self._row)
        self._row = None


def _absurd(source: str, what: str) -> DamagedFileError:
    return DamagedFileError(f"{source} has {what}, which no table of orders has; save it as .xlsx or .csv.", source)


class _Unclosed:
    """Counts what would take a parser a time that grows with the square: it looks for the end of each again."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._open = dict.fromkeys((("<", ">"), ("<!--", "-->"), ("<?", ">"), ("<![", "]")), 0)
        self._signs = 0
        self._before = ""

    def note(self, piece: str) -> None:
        """Notes a piece of the page and refuses the page where it is too long."""
        self._signs += len(piece)
        if self._signs > _LONGEST_PAGE:
            raise _absurd(self._source, f"more than {_LONGEST_PAGE:,} signs")
        before = len(self._before)
        whole = self._before + piece
        for (begin, end), count in self._open.items():
            closed = whole.rfind(end, max(before + 1 - len(end), 0))
            if closed < 0:
                self._open[begin, end] = count + whole.count(begin, max(before + 1 - len(begin), 0))
            else:
                self._open[begin, end] = whole.count(begin, closed + len(end))
        self._before = whole[-_LONGEST_MARK:]

    def end(self) -> None:
        """Refuses the page if it has too many that nothing closed up to its end."""
        if max(self._open.values()) > _MOST_UNCLOSED:
            raise _absurd(self._source, f"more than {_MOST_UNCLOSED} tags that do not close")


def in_pieces(lines: Iterable[str]) -> Iterator[str]:
    """Yields a page's lines some together, each piece of a size that a parser takes at once."""
    held: list[str] = []
    size = 0
    for line in lines:
        for at in range(0, len(line), _CHUNK):
            held.append(line[at : at + _CHUNK])
            size += len(held[-1])
            if size >= _CHUNK:
                yield "".join(held)
                held, size = [], 0
    yield "".join(held)


def refuse_unclosed(pieces: Iterable[str], source: str = "") -> None:
    """Passes a page through and refuses it where parsing it would take a time without bounds.

    Raises:
        DamagedFileError: The page has absurdly many signs or unclosed tags.
    """
    unclosed = _Unclosed(source)
    for piece in pieces:
        unclosed.note(piece)
    unclosed.end()


def rows_in_markup(pieces: Iterable[str], source: str = "") -> Iterator[Row]:
    """Yields the rows of all tables of a page, which comes in pieces; no more than one piece and its rows is held.

    Raises:
        DamagedFileError: The page has absurdly many cells, or a tag without an end.

    Example:
        >>> page = ["<table><tr><th>No</th><th>SKU</th></tr>", "<tr><td>1</td><td>A&amp;B</td></tr></table>"]
        >>> list(rows_in_markup(page))
        [(1, ['No', 'SKU']), (2, ['1', 'A&B'])]
    """
    parser, number = _Tables(source), 0
    for piece in pieces:
        parser.feed(piece)
        if len(parser.rawdata) > (_LONGEST_SCRIPT if parser.cdata_elem else _LONGEST_TAG):
            raise _absurd(source, f"a tag of more than {_LONGEST_TAG:,} signs")
        yield from enumerate(parser.rows, start=number + 1)
        number += len(parser.rows)
        parser.rows.clear()
    parser.close()
    yield from enumerate(parser.rows, start=number + 1)
