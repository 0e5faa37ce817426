"""HTML tables saved as .xls: the cells of all tables, nothing fetched, nothing run."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

from crmkit.importers.files.text import Row
from crmkit.importers.refusals import DamagedFileError

__all__ = ["looks_like_markup", "rows_in_markup"]

_WIDEST_CELL = 1000
_MOST_CELLS = 30_000_000
_LONGEST_PAGE = 1 << 28
_MOST_UNCLOSED = 100
_CHUNK = 1 << 16
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


def _refuse_unclosed(page: str, source: str) -> None:
    """Refuses what would take a parser a time that grows with the square: it looks for the end of each again."""
    if len(page) > _LONGEST_PAGE:
        raise _absurd(source, f"{len(page):,} signs")
    for begin, end in (("<", ">"), ("<!--", "-->"), ("<?", ">"), ("<![", "]")):
        if page.count(begin, page.rfind(end) + 1) > _MOST_UNCLOSED:
            raise _absurd(source, f"more than {_MOST_UNCLOSED} tags that do not close")


def rows_in_markup(page: str, source: str = "") -> Iterator[Row]:
    """Yields the rows of all tables of a page.

    Raises:
        DamagedFileError: The page has absurdly many cells or unclosed tags.

    Example:
        >>> list(rows_in_markup("<table><tr><th>No</th><th>SKU</th></tr><tr><td>1</td><td>A&amp;B</td></tr></table>"))
        [(1, ['No', 'SKU']), (2, ['1', 'A&B'])]
    """
    _refuse_unclosed(page, source)
    parser, number = _Tables(source), 0
    for at in range(0, len(page), _CHUNK):
        parser.feed(page[at : at + _CHUNK])
        if len(parser.rawdata) > (_LONGEST_SCRIPT if parser.cdata_elem else _LONGEST_TAG):
            raise _absurd(source, f"a tag of more than {_LONGEST_TAG:,} signs")
        yield from enumerate(parser.rows, start=number + 1)
        number += len(parser.rows)
        parser.rows.clear()
    parser.close()
    yield from enumerate(parser.rows, start=number + 1)
