"""The outbox in memory."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from crmkit.events import Event, OutboxEntry
from crmkit.ids import IdGenerator
from crmkit.storage.memory.tables import Table, Tables

__all__ = ["MemoryOutbox"]


class MemoryOutbox:
    """Keeps outbox entries by id; position 0 means not yet read."""

    def __init__(self, tables: Tables, ids: IdGenerator) -> None:
        self._entries: Table[str, OutboxEntry] = tables.table("outbox")
        self._counters: Table[str, int] = tables.table("counters")
        self._ids = ids

    def append(self, events: Iterable[Event]) -> None:
        """Adds events as unread entries."""
        for event in events:
            entry = OutboxEntry(
                position=0, id=self._ids.new(), name=event.name, key=event.key, at=event.at, data=event.data()
            )
            self._entries.put(entry.id, entry)

    def read(self, *, after: int, limit: int) -> tuple[OutboxEntry, ...]:
        """Returns the entries behind the cursor; see `crmkit.unit.Outbox.read`."""
        last = self._counters.get("outbox") or 0
        for entry in sorted((e for e in self._entries.values() if not e.position), key=lambda e: e.id):
            last += 1
            self._entries.put(entry.id, attrs.evolve(entry, position=last))
        self._counters.put("outbox", last)
        behind = sorted((e for e in self._entries.values() if e.position > after), key=lambda e: e.position)
        return tuple(behind[:limit])

    def remove(self, *, through: int) -> int:
        """Removes read entries up to a position; see `crmkit.unit.Outbox.remove`."""
        gone = [e.id for e in self._entries.values() if 0 < e.position <= through]
        for id_ in gone:
            self._entries.remove(id_)
        return len(gone)
