"""What an old workbook (.xls) claims, before a reader believes it: its furthest cell, and how many texts it has.

A reader makes room for what the file says; one that lies would take all memory there is.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from typing import BinaryIO

__all__ = ["Claims", "claims_of"]

_FREE = 0xFFFFFFFA
_BEGINNINGS = frozenset((0x0009, 0x0209, 0x0409, 0x0809))
_CELLS = frozenset(
    (0x0002, 0x0003, 0x0004, 0x0005, 0x0006, 0x0201, 0x0203, 0x0204, 0x0205, 0x0206, 0x0406, 0x027E, 0x00D6, 0x00FD)
)
_SEVERAL_CELLS = frozenset((0x00BD, 0x00BE))
_SIZES = frozenset((0x0000, 0x0200))
_TEXTS = 0x00FC

Claims = tuple[int, int, int]
"""The rows and columns of the largest sheet, and the number of texts."""


class _Container:
    """Reads the streams of a compound file."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        stream.seek(0)
        head = stream.read(512)
        self._size = 1 << struct.unpack_from("<H", head, 30)[0]
        self._small_size = 1 << struct.unpack_from("<H", head, 32)[0]
        self._cutoff, small, _, more, _ = struct.unpack_from("<5I", head, 56)
        if not (64 <= self._size <= 1 << 16 and 1 <= self._small_size <= self._size):
            raise ValueError("it has sectors of an absurd size")
        tables = [at for at in struct.unpack_from("<109I", head, 76) if at < _FREE]
        while more < _FREE and len(tables) < 1 << 20:
            *further, more = self._numbers(more)
            tables += [at for at in further if at < _FREE]
        self._table = array("I")
        for at in tables:
            self._table.extend(self._numbers(at))
        self._small_table = [number for at in self._chain(small) for number in self._numbers(at)]
        self._entries = b"".join(map(self._sector, self._chain(struct.unpack_from("<I", head, 48)[0])))

    def _sector(self, at: int) -> bytes:
        self._stream.seek((at + 1) * self._size)
        return self._stream.read(self._size)

    def _numbers(self, at: int) -> tuple[int, ...]:
        sector = self._sector(at)
        return struct.unpack(f"<{len(sector) // 4}I", sector[: len(sector) // 4 * 4])

    def _chain(self, at: int, table: array[int] | list[int] | None = None) -> Iterator[int]:
        table = self._table if table is None else table
        for _ in range(len(table)):
            if at >= len(table):
                return
            yield at
            at = table[at]

    def stream_named(self, *names: str) -> bytes | None:
        """Returns the bytes of the first stream with one of these names, or None."""
        root = b""
        for at in range(0, len(self._entries) - 127, 128):
            entry = self._entries[at : at + 128]
            length, kind = struct.unpack_from("<HB", entry, 64)
            begin, size = struct.unpack_from("<2I", entry, 116)
            if kind == 5:
                root = b"".join(map(self._sector, self._chain(begin)))
            elif kind == 2 and entry[: max(length - 2, 0)].decode("utf-16-le", "replace") in names:
                return self._bytes(begin, size, root)
        return None

    def _bytes(self, begin: int, size: int, root: bytes) -> bytes:
        if size >= self._cutoff:
            return b"".join(map(self._sector, self._chain(begin)))[:size]
        step = self._small_size
        return b"".join(root[at * step : (at + 1) * step] for at in self._chain(begin, self._small_table))[:size]


def claims_of(stream: BinaryIO) -> Claims | None:
    """Returns what an old workbook claims, or None where the container holds none.

    Raises:
        ValueError: The container contradicts itself.
    """
    try:
        book = _Container(stream).stream_named("Workbook", "Book", "WORKBOOK", "BOOK")
    except struct.error as error:
        raise ValueError(f"its container is cut ({error})") from error
    return None if book is None else _claims(book)


def _claims(book: bytes) -> Claims:
    rows, columns, most, texts = 0, 0, (0, 0), 0
    at = 0
    while at + 4 <= len(book):
        kind, size = struct.unpack_from("<HH", book, at)
        at += 4
        if kind in _BEGINNINGS:
            rows, columns = 0, 0
        elif kind in _CELLS and size >= 4:
            rows, columns = _further(rows, columns, *struct.unpack_from("<HH", book.ljust(at + 4, b"\0"), at))
        elif kind in _SEVERAL_CELLS and size >= 6 and at + size <= len(book):
            row, last = struct.unpack_from("<H", book, at)[0], struct.unpack_from("<H", book, at + size - 2)[0]
            rows, columns = _further(rows, columns, row, last)
        elif kind in _SIZES and at + size <= len(book):
            told = struct.unpack_from("<2I2H" if size >= 12 else "<4H", book.ljust(at + 12, b"\0"), at)
            rows, columns = _further(rows, columns, *_ends(*told))
        elif kind == _TEXTS and at + 8 <= len(book):
            texts = max(texts, struct.unpack_from("<I", book, at + 4)[0])
        if rows * columns > most[0] * most[1]:
            most = rows, columns
        at += size
    return most[0], most[1], texts


def _ends(begin: int, end: int, first: int, last: int) -> tuple[int, int]:
    """The last row and column that a sheet says it has; readers subtract, so one that begins after its end has all."""
    return (end - 1, last - 1) if begin <= end and first <= last else (1 << 32, 1 << 16)


def _further(rows: int, columns: int, row: int, column: int) -> tuple[int, int]:
    return max(rows, row + 1), max(columns, column + 1)
