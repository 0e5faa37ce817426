"""What does not fit into memory lies in a file of the temporary folder until it is read back, in whole orders."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from array import array
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from heapq import merge
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from crmkit.importers.files.rooms import is_room
from crmkit.importers.gathering import Key, Part
from crmkit.importers.layouts import Layout

__all__ = ["Repeats", "Spill"]

_AT_ONCE = 2000
_RUN = 1 << 18
_BLOCK = 1 << 14
_FAMILY = 1 << 48
_APART = "\x1f"
_SET_UP = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;
PRAGMA temp_store = FILE; PRAGMA cache_size = -16000;
CREATE TABLE rows (n INTEGER PRIMARY KEY, k TEXT NOT NULL, t INTEGER NOT NULL, line INTEGER NOT NULL, cells);
"""
_INDEX = "CREATE INDEX rows_of_an_order ON rows (k)"
_ORDERS = """
SELECT first.n, first.k, one.t, one.line, one.cells FROM rows AS first JOIN rows AS one ON one.k = first.k
WHERE first.n = (SELECT min(n) FROM rows AS any_one WHERE any_one.k = first.k) ORDER BY first.n, one.n
"""


class Spill:
    """Takes the rows of many tables in the order of the files and gives them back order by order.

    The orders come as `read` gives them: family by family, and in the order in which the files first name them. Only
    the rows of one order are in memory; the others lie in one file, which is removed when the spill is left.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._families: list[str] = []
        self._layouts: list[Layout] = []
        self._waiting: list[tuple[int, str, int, int, str | bytes | None]] = []
        self._counts: dict[str, int] = {}

    def __enter__(self) -> Spill:
        with is_room():
            folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="crmkit-")))
            self._rows = sqlite3.connect(folder / "rows", isolation_level=None, check_same_thread=False)
            self._stack.callback(self._rows.close)
            self._rows.executescript(_SET_UP)
            self._rows.execute("BEGIN")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._stack.close()

    @property
    def families(self) -> tuple[str, ...]:
        """The families of the tables so far, in their order."""
        return tuple(self._families)

    def begin(self, layout: Layout) -> None:
        """Takes the rows that follow as those of another table."""
        family = layout.format.family
        if family not in self._families:
            self._families.append(family)
            self._counts[family] = 0
        self._layouts.append(layout)

    def add(self, key: Key, line: int, row: Sequence[str] | None) -> None:
        """Takes a row of an order; None for one that is damaged."""
        family = self._layouts[-1].format.family
        at = self._families.index(family)
        count = self._counts[family] = self._counts[family] + 1
        told = None if row is None else _packed(row)
        self._waiting.append((at * _FAMILY + count, json.dumps([at, *key]), len(self._layouts) - 1, line, told))
        if len(self._waiting) >= _AT_ONCE:
            self._write()

    def _write(self) -> None:
        with is_room():
            self._rows.executemany("INSERT INTO rows VALUES (?, ?, ?, ?, ?)", self._waiting)
        self._waiting.clear()

    def orders(self) -> Iterator[tuple[str, Key, list[Part]]]:
        """Yields every order: its family, its key, and what each table says of it."""
        self._write()
        with is_room():
            self._rows.execute(_INDEX)
        parts: list[Part] = []
        current, told, table = -1, "", -1
        for first, key, at, line, cells in self._read():
            if first != current:
                if parts:
                    yield self._order(told, parts)
                current, parts, table, told = first, [], -1, key
            if at != table:
                parts.append(Part(self._layouts[at]))
                table = at
            if cells is None:
                parts[-1].is_whole = False
            else:
                parts[-1].rows.append((line, _unpacked(cells)))
        if parts:
            yield self._order(told, parts)

    def _order(self, key: str, parts: list[Part]) -> tuple[str, Key, list[Part]]:
        at, platform, shop, number = json.loads(key)
        return self._families[at], (platform, shop, number), parts

    def _read(self) -> Iterator[tuple[int, str, int, int, str | bytes | None]]:
        with is_room():
            found = self._rows.execute(_ORDERS)
        while True:
            with is_room():
                rows = found.fetchmany(_AT_ONCE)
            if not rows:
                return
            yield from rows


def _packed(row: Sequence[str]) -> str | bytes:
    """The cells as one text; as JSON where a cell holds what parts them, or what no database takes for text."""
    joined = _APART.join(row)
    is_text = joined.isascii() or joined.encode("utf-8", "replace").decode() == joined
    if is_text and joined.count(_APART) == len(row) - 1:
        return joined
    return json.dumps(list(row)).encode()


def _unpacked(cells: str | bytes) -> list[str]:
    if isinstance(cells, str):
        return cells.split(_APART)
    found: list[str] = json.loads(cells)
    return found


class Repeats:
    """Tells whether a number came twice, however many there are: sorted runs of them lie in a temporary file."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._numbers = array("q")
        self._runs: list[tuple[int, int]] = []
        self._file: BinaryIO | None = None
        self._found = False

    def __enter__(self) -> Repeats:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def add(self, number: int) -> None:
        """Takes a number of 64 bits."""
        self._numbers.append(number)
        if len(self._numbers) >= _RUN:
            self._put_down()

    def found(self) -> bool:
        """Whether one came twice, so far."""
        self._put_down()
        if not self._found and len(self._runs) > 1:
            self._found = any(one == other for one, other in pairwise(merge(*map(self._run, self._runs))))
        return self._found

    def _put_down(self) -> None:
        numbers = sorted(self._numbers)
        del self._numbers[:]
        self._found = self._found or any(one == other for one, other in pairwise(numbers))
        if self._found or not numbers:
            return
        with is_room():
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="crmkit-")  # noqa: SIM115  # the stack closes it
                self._stack.callback(self._file.close)
            self._file.seek(0, 2)
            self._runs.append((self._file.tell(), len(numbers)))
            self._file.write(array("q", numbers).tobytes())

    def _run(self, run: tuple[int, int]) -> Iterator[int]:
        begin, count = run
        assert self._file is not None, "runs lie in the file"
        for at in range(0, count, _BLOCK):
            with is_room():
                self._file.seek(begin + at * 8)
                block = self._file.read(min(_BLOCK, count - at) * 8)
            yield from array("q", block)
