"""Spreadsheets (xlsx, xls) as rows of text, through python-calamine: values only, nothing is evaluated."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from datetime import time as daytime
from typing import Any, BinaryIO

from crmkit.errors import MissingExtraError
from crmkit.importers.files.archives import BROKEN
from crmkit.importers.files.old_workbooks import claims_of
from crmkit.importers.files.text import Row
from crmkit.importers.files.workbook_pieces import Piece, pieces_of, sound_book
from crmkit.importers.refusals import DamagedFileError

__all__ = ["sheets_of"]

_MOST_CELLS = 30_000_000
_MOST_TEXT = 1 << 29
_DECLARATIONS = re.compile(rb"<!(?:DOCTYPE|ENTITY)|<\x00!\x00[DE]\x00|\x00<\x00!\x00[DE]")
_CHUNK = 1 << 20
_PLACE = re.compile(rb"""<(?:\w+:)?(?:c|row)\s(?:[^<>]*?\s)?r\s*=\s*["']([A-Za-z]{0,9})(\d{1,9})["']""")
_OLD_CONTAINER = b"\xd0\xcf\x11\xe0"
_LOCKED = "EncryptedPackage".encode("utf-16-le").ljust(64, b"\0")


def sheets_of(stream: BinaryIO, source: str, *, in_pieces: bool = False) -> Iterator[tuple[str, Iterator[Row]]]:
    """Yields every sheet's name and rows; in pieces, a large sheet is never held in memory as a whole.

    Raises:
        MissingExtraError: python-calamine is not installed.
        DamagedFileError: The workbook cannot be read, is locked with a password, or has a cell absurdly far out.
    """
    try:
        from python_calamine import CalamineWorkbook
    except ImportError as error:
        raise MissingExtraError("excel", f"Reading the workbook {source}") from error
    if _is_locked(stream):
        raise DamagedFileError(f"{source} is locked with a password; save it without one and read it again.", source)
    _refuse_far_cells(stream, source)
    if in_pieces and (pieces := pieces_of(stream, source)) is not None:
        for name, found in pieces:
            yield name, _rows_of(found)
        return
    stream.seek(0)
    with sound_book(source):
        book = CalamineWorkbook.from_filelike(stream)
        names = list(book.sheet_names)
    for name in names:
        yield name, _rows(book, name, source)


def _is_locked(stream: BinaryIO) -> bool:
    """Whether a container holds an encrypted workbook; the stream's name may stand anywhere in it."""
    stream.seek(0)
    block = stream.read(_CHUNK)
    if not block.startswith(_OLD_CONTAINER):
        return False
    while block:
        if _LOCKED in block:
            return True
        more = stream.read(_CHUNK)
        block = block[-len(_LOCKED) :] + more if more else b""
    return False


def _refuse_far_cells(stream: BinaryIO, source: str) -> None:
    """Refuses a sheet whose furthest cell would make it fill the memory: its empty cells are read as well."""
    stream.seek(0)
    if stream.read(len(_OLD_CONTAINER)) == _OLD_CONTAINER:
        _refuse_claims(stream, source)
        return
    if not zipfile.is_zipfile(stream):
        return
    try:
        with zipfile.ZipFile(stream) as archive:
            for entry in archive.infolist():
                _refuse_part(archive, entry, source)
    except DamagedFileError:
        raise
    except BROKEN as error:
        raise _damaged(source, error) from error


def _refuse_claims(stream: BinaryIO, source: str) -> None:
    """Refuses an old workbook that claims more than it can hold."""
    try:
        claims = claims_of(stream)
    except (ValueError, OSError) as error:
        raise _damaged(source, error) from error
    rows, columns, texts = claims or (0, 0, 0)
    if rows * columns > _MOST_CELLS:
        raise _far(source, rows, columns)
    if texts > stream.seek(0, io.SEEK_END):
        raise _damaged(source, ValueError(f"it claims {texts:,} texts, more than it has bytes"))


def _far(source: str, rows: int, columns: int) -> DamagedFileError:
    return DamagedFileError(
        f"{source} has a cell in row {rows:,} and one in column {columns:,}, which is more than a sheet of orders has; "
        "delete what stands so far out, or take the file as the platform gives it.",
        source,
    )


def _refuse_part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, source: str) -> None:
    name = entry.filename.lower()
    if name.startswith("xl/") and name.endswith("sheet1.bin"):
        raise DamagedFileError(f"{source} is a binary workbook (.xlsb), which is not read; save it as .xlsx.", source)
    if not name.endswith(".xml"):
        return
    with archive.open(entry) as part:
        if _DECLARATIONS.search(part.read(_CHUNK)):
            raise DamagedFileError(f"{source} declares XML entities, as no spreadsheet does; save it again.", source)
    if not name.endswith("sharedstrings.xml"):
        _refuse_far_cells_in(archive, entry.filename, source)
    elif entry.file_size > _MOST_TEXT:
        raise DamagedFileError(
            f"{source} has {entry.file_size:,} bytes of texts, more than orders have; save it as .csv.", source
        )


def _refuse_far_cells_in(archive: zipfile.ZipFile, name: str, source: str) -> None:
    rows, columns, kept = 1, 1, b""
    with archive.open(name) as sheet:
        while block := sheet.read(_CHUNK):
            block = kept + block
            found = _PLACE.findall(block)
            kept = block[max(block.rfind(b"<"), len(block) - _CHUNK) :] if b"<" in block else b""
            rows = max(rows, max((int(row) for _, row in found), default=0))
            columns = max(columns, max(map(_column, {letters for letters, _ in found}), default=0))
            if rows * columns > _MOST_CELLS:
                raise _far(source, rows, columns)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _damaged(source: str, error: Exception) -> DamagedFileError:
    return DamagedFileError(
        f"{source} is a workbook that cannot be read ({error}); take the file as the platform gives it.", source
    )


def _rows(book: Any, name: str, source: str) -> Iterator[Row]:
    with sound_book(f"{source}/{name}"):
        cells = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    for number, row in enumerate(cells, start=1):
        yield number, [cell if cell.__class__ is str else _text(cell) for cell in row]


def _rows_of(pieces: Iterator[Piece]) -> Iterator[Row]:
    """The rows of a sheet's pieces; rows that are left out between them are blank, as in the whole sheet."""
    number = 0
    for begin, left, cells in pieces:
        for blank in range(number, begin):
            yield blank + 1, [""]
        for at, row in enumerate(cells, start=begin + 1):
            yield at, [""] * left + [cell if cell.__class__ is str else _text(cell) for cell in row]
        number = begin + len(cells)


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
