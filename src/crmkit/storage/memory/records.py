"""Records of contacts in memory, and the index by the keys that they share."""

from __future__ import annotations

from collections.abc import Iterable

from crmkit.identity.records import Record
from crmkit.storage.memory.tables import Table, Tables

__all__ = ["Index", "MemoryRecords"]


class Index:
    """Keeps for each key the ids that belong to it; for keys that few ids belong to."""

    def __init__(self, table: Table[str, tuple[str, ...]]) -> None:
        self._ids = table

    def of(self, keys: Iterable[str]) -> set[str]:
        """Returns the ids that belong to one of the keys."""
        return {id_ for key in keys for id_ in self._ids.get(key) or ()}

    def add(self, key: str, id_: str) -> None:
        """Notes that an id belongs to a key."""
        there = self._ids.get(key) or ()
        if id_ not in there:
            self._ids.put(key, (*there, id_))

    def remove(self, key: str, id_: str) -> None:
        """Forgets that an id belongs to a key."""
        left = tuple(there for there in self._ids.get(key) or () if there != id_)
        if left:
            self._ids.put(key, left)
        else:
            self._ids.remove(key)


class MemoryRecords:
    """Keeps records by key."""

    def __init__(self, tables: Tables) -> None:
        self._records: Table[str, Record] = tables.table("identity_records")
        self._hubs: Table[str, bool] = tables.table("identity_hubs")
        self._of = Index(tables.table("identity_records_of"))
        self._sharing = Index(tables.table("identity_records_sharing"))

    def by_keys(self, keys: Iterable[str]) -> dict[str, Record]:
        """Returns records by key; see `crmkit.identity.RecordRepository`."""
        return {key: record for key in keys if (record := self._records.get(key)) is not None}

    def put_many(self, records: Iterable[Record]) -> None:
        """Writes records; see `crmkit.identity.RecordRepository`."""
        for record in records:
            self.remove([record.key])
            self._records.put(record.key, record)
            self._of.add(record.identity, record.key)
            for key in record.keys.values():
                if key not in self._hubs:
                    self._sharing.add(key, record.key)

    def remove(self, keys: Iterable[str]) -> None:
        """Removes records; see `crmkit.identity.RecordRepository`."""
        for record in self.by_keys(keys).values():
            self._records.remove(record.key)
            self._of.remove(record.identity, record.key)
            for key in record.keys.values():
                self._sharing.remove(key, record.key)

    def holders(self, *, after: str, limit: int) -> tuple[str, ...]:
        """Returns identities with records; see `crmkit.identity.RecordRepository`."""
        found = {record.identity for record in self._records.values() if record.identity > after}
        return tuple(sorted(found)[:limit])

    def of(self, identities: Iterable[str]) -> tuple[Record, ...]:
        """Returns the records of identities, by key."""
        found = self.by_keys(self._of.of(identities))
        return tuple(found[key] for key in sorted(found))

    def sharing(self, keys: Iterable[str]) -> set[str]:
        """Returns the identities whose records bear one of these keys, unless that one is a hub."""
        return {record.identity for record in self.by_keys(self._sharing.of(keys)).values()}
