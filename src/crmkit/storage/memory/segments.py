"""Snapshots of segments in memory."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime

from crmkit.errors import DuplicateError, NotFoundError
from crmkit.segments.model import Member, SnapshotInfo
from crmkit.storage.memory.tables import Table, Tables

__all__ = ["MemorySnapshots"]


class MemorySnapshots:
    """Keeps snapshots by id, and their members by the same id."""

    def __init__(self, tables: Tables) -> None:
        self._infos: Table[str, SnapshotInfo] = tables.table("segment_snapshots")
        self._members: Table[str, tuple[Member, ...]] = tables.table("segment_members")

    def get(self, id_: str) -> SnapshotInfo:
        """Returns a snapshot's facts; see `crmkit.segments.SnapshotRepository`."""
        found = self._infos.get(id_)
        if found is None:
            raise NotFoundError("snapshot", id_)
        return found

    def page(
        self, name: str | None, *, before: datetime | None = None, digest: str | None = None, limit: int
    ) -> tuple[SnapshotInfo, ...]:
        """Returns snapshots, the newest first; see `crmkit.segments.SnapshotRepository`."""
        found = [
            info
            for info in self._infos.values()
            if (name is None or info.name == name)
            and (before is None or info.as_of < before)
            and (digest is None or info.digest == digest)
        ]
        return tuple(sorted(found, key=lambda info: (info.as_of, info.made_at, info.id), reverse=True)[:limit])

    def members(self, id_: str, *, after: str | None = None, limit: int) -> tuple[Member, ...]:
        """Returns a page of members; see `crmkit.segments.SnapshotRepository`."""
        found = self._members.get(id_) or ()
        start = 0 if after is None else bisect_right(found, after, key=lambda member: member[0])
        return found[start : start + limit]

    def claim(self, name: str) -> None:
        """Does nothing: one unit is open at a time; see `crmkit.segments.SnapshotRepository`."""

    def put(self, info: SnapshotInfo, some: Sequence[Member]) -> None:
        """Writes a snapshot, all or none; see `crmkit.segments.SnapshotRepository`."""
        if info.id in self._infos:
            raise DuplicateError(f"There is a snapshot {info.id!r} already.")
        self._infos.put(info.id, info)
        self._members.put(info.id, tuple(sorted(some)))

    def remove(self, id_: str) -> None:
        """Removes a snapshot; see `crmkit.segments.SnapshotRepository`."""
        self.get(id_)
        self._infos.remove(id_)
        self._members.remove(id_)
