"""Tables in memory with an undo journal: what a unit wrote is taken back unless it commits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

__all__ = ["Journal", "Table", "Tables"]

K = TypeVar("K")
V = TypeVar("V")
_ABSENT: Any = object()


class Journal:
    """Remembers what stood where before it was written, newest last."""

    __slots__ = ("_undo",)

    def __init__(self) -> None:
        self._undo: list[tuple[dict[Any, Any], Any, Any]] = []

    def remember(self, rows: dict[Any, Any], key: Any) -> None:
        """Notes what `rows` holds for `key` now."""
        self._undo.append((rows, key, rows.get(key, _ABSENT)))

    def undo(self) -> None:
        """Takes back everything, newest first."""
        while self._undo:
            rows, key, old = self._undo.pop()
            if old is _ABSENT:
                rows.pop(key, None)
            else:
                rows[key] = old

    def forget(self) -> None:
        """Keeps everything."""
        self._undo.clear()


class Table(Generic[K, V]):
    """Is one named set of immutable rows by key; every write goes through the journal."""

    __slots__ = ("_journal", "_rows")

    def __init__(self, rows: dict[K, V], journal: Journal) -> None:
        self._rows = rows
        self._journal = journal

    def get(self, key: K) -> V | None:
        """Returns the row of `key`, or None."""
        return self._rows.get(key)

    def put(self, key: K, row: V) -> None:
        """Writes the row of `key`; rows are never changed in place."""
        self._journal.remember(self._rows, key)
        self._rows[key] = row

    def remove(self, key: K) -> None:
        """Removes the row of `key`, if there is one."""
        if key in self._rows:
            self._journal.remember(self._rows, key)
            del self._rows[key]

    def items(self) -> Iterator[tuple[K, V]]:
        """Goes through keys and rows in the order of their first writing."""
        return iter(self._rows.items())

    def values(self) -> Iterator[V]:
        """Goes through the rows in the order of their first writing."""
        return iter(self._rows.values())

    def __contains__(self, key: object) -> bool:
        return key in self._rows

    def __len__(self) -> int:
        return len(self._rows)


class Tables:
    """Gives each repository of a unit its tables by name; a table exists from its first use on."""

    __slots__ = ("_journal", "_rows")

    def __init__(self, rows: dict[str, dict[Any, Any]], journal: Journal) -> None:
        self._rows = rows
        self._journal = journal

    def table(self, name: str) -> Table[Any, Any]:
        """Returns the table `name`."""
        return Table(self._rows.setdefault(name, {}), self._journal)
