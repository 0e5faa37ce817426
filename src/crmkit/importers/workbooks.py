"""Spreadsheets (xlsx, xls) as rows of text, through python-calamine: values only, nothing is evaluated."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from datetime import time as daytime
from typing import Any, BinaryIO

from crmkit.errors import MissingExtraError
from crmkit.importers.refusals import DamagedFileError
from crmkit.importers.text import Row

__all__ = ["sheets_of"]

_LOCKED = "EncryptedPackage".encode("utf-16-le")


def sheets_of(stream: BinaryIO, source: str) -> Iterator[tuple[str, Iterator[Row]]]:
    """Yields every sheet's name and rows.

    Raises:
        MissingExtraError: python-calamine is not installed.
        DamagedFileError: The workbook cannot be read, or is locked with a password.
    """
    try:
        from python_calamine import CalamineWorkbook
    except ImportError as error:
        raise MissingExtraError("excel", f"Reading the workbook {source}") from error
    stream.seek(0)
    if _LOCKED in stream.read(1 << 20):
        raise DamagedFileError(f"{source} is locked with a password; save it without one and read it again.", source)
    stream.seek(0)
    try:
        book = CalamineWorkbook.from_filelike(stream)
        names = list(book.sheet_names)
    except Exception as error:  # the library's errors have no common root but Exception
        raise _damaged(source, error) from error
    for name in names:
        yield name, _rows(book, name, source)


def _damaged(source: str, error: Exception) -> DamagedFileError:
    return DamagedFileError(
        f"{source} is a workbook that cannot be read ({error}); take the file as the platform gives it.", source
    )


def _rows(book: Any, name: str, source: str) -> Iterator[Row]:
    try:
        cells = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except Exception as error:  # the library's errors have no common root but Exception
        raise _damaged(f"{source}/{name}", error) from error
    for number, row in enumerate(cells, start=1):
        yield number, [cell if cell.__class__ is str else _text(cell) for cell in row]


def _text(cell: Any) -> str:
    """A cell's value as the spreadsheet shows it; numbers with 15 digits, as many as they are good for."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return _number(cell)
    if isinstance(cell, datetime):
        return str((cell + timedelta(microseconds=500_000)).replace(microsecond=0))
    if isinstance(cell, date | daytime):
        return cell.isoformat()
    return str(cell)


def _number(cell: float) -> str:
    if abs(cell) >= 1e15:
        return f"{cell:.14E}"
    return str(int(cell)) if cell == int(cell) else _plain(f"{cell:.15g}")


def _plain(shown: str) -> str:
    from decimal import Decimal

    return f"{Decimal(shown):f}" if "e" in shown else shown
