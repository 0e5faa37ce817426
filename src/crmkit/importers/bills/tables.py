"""Bills as tables: where the rows are, and how a line becomes a row."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress

import attrs

from crmkit.importers.bills.form import BillFormat
from crmkit.importers.files.text import Broken, Row
from crmkit.importers.layouts import Place

__all__ = ["BillTable", "bill_rows", "fitted"]


@attrs.define(slots=True)
class BillTable:
    """Is one bill of a known format: its header, what stands above it and the rows under it.

    Attributes:
        format: The format.
        header: The file's column names, as printed.
        above: The rows above the header.
        place: The file.
        rows: The rows under the header, the trailer's among them.
        is_ragged: Short rows are no damage.
    """

    format: BillFormat
    header: list[str]
    above: list[list[str]]
    place: Place
    rows: Iterator[Row]
    is_ragged: bool = False

    @property
    def label(self) -> str:
        """The file and its sheet."""
        return self.place.source + (f"/{self.place.sheet}" if self.place.sheet else "")


def bill_rows(lines: Iterable[str], delimiter: str, format: BillFormat) -> Iterator[Row]:  # noqa: A002  # its word
    """Yields a bill's lines as rows: quoted or not, whichever gives as many cells as the header has."""
    width = 0
    for number, line in enumerate(lines, start=1):
        ways = list(_ways(line.rstrip("\r\n"), delimiter, format))
        if not width and (header := next((way for way in ways if format.is_header(way)), [])):
            width = len(header)
        yield number, next((way for way in ways if fitted(way, width, is_ragged=False) is not None), ways[0])


def _ways(line: str, delimiter: str, format: BillFormat) -> Iterator[list[str]]:  # noqa: A002  # its word
    if format.is_backticked and line.startswith("`"):
        yield re.split(f"{re.escape(delimiter)}(?=`)", line)
    if '"' in line:
        with suppress(csv.Error):
            yield next(csv.reader([line], delimiter=delimiter, strict=True), [])
    yield line.split(delimiter)


def fitted(row: list[str] | Broken, width: int, *, is_ragged: bool) -> list[str] | None:
    """Returns the row with as many cells as the header has, or None; cells that a program padded it with are let go."""
    if isinstance(row, Broken):
        return None
    if len(row) > width and not any(map(str.strip, row[width:])):
        return row[:width]
    if len(row) < width and is_ragged:
        return row + [""] * (width - len(row))
    return row if len(row) == width else None
