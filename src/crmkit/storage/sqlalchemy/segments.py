"""Snapshots of segments in a database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Row, Table, delete, select

from crmkit.errors import NotFoundError
from crmkit.segments.model import Member, SnapshotInfo
from crmkit.storage.sqlalchemy.columns import BigInt, Document, Instant, KeyText
from crmkit.storage.sqlalchemy.metadata import TABLE_OPTIONS, metadata
from crmkit.storage.sqlalchemy.statements import Statements, chunked

__all__ = ["SqlSnapshots", "members", "names", "snapshots"]

snapshots = Table(
    "crmkit_segment_snapshots",
    metadata,
    Column("id", KeyText(32), primary_key=True),
    Column("name", KeyText(128), nullable=False),
    Column("as_of", Instant, nullable=False),
    Column("digest", KeyText(32), nullable=False),
    Column("question", Document, nullable=False),
    Column("engine", KeyText(32), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("customers", BigInt, nullable=False),
    Column("counts", Document, nullable=False),
    Index(None, "name", "as_of", "id"),
    **TABLE_OPTIONS,
)

members = Table(
    "crmkit_segment_members",
    metadata,
    Column("snapshot", KeyText(32), primary_key=True),
    Column("customer", KeyText(64), primary_key=True),
    Column("segment", KeyText(64), nullable=False),
    **TABLE_OPTIONS,
)

names = Table("crmkit_segment_names", metadata, Column("name", KeyText(128), primary_key=True), **TABLE_OPTIONS)
"""One row per name, for writers of its snapshots to take turns on."""

_c = snapshots.c
_m = members.c
_CHUNK = 5000


class SqlSnapshots:
    """Keeps snapshots in `crmkit_segment_snapshots` and their members in `crmkit_segment_members`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def get(self, id_: str) -> SnapshotInfo:
        """Returns a snapshot's facts; see `crmkit.segments.SnapshotRepository`."""
        rows = self._db.rows(select(snapshots).where(_c.id == id_))
        if not rows:
            raise NotFoundError("snapshot", id_)
        return _info(rows[0])

    def page(
        self, name: str | None, *, before: datetime | None = None, digest: str | None = None, limit: int
    ) -> tuple[SnapshotInfo, ...]:
        """Returns snapshots, the newest first; see `crmkit.segments.SnapshotRepository`."""
        query = select(snapshots)
        if name is not None:
            query = query.where(_c.name == name)
        if before is not None:
            query = query.where(_c.as_of < before)
        if digest is not None:
            query = query.where(_c.digest == digest)
        query = query.order_by(_c.as_of.desc(), _c.made_at.desc(), _c.id.desc())
        return tuple(map(_info, self._db.rows(query.limit(limit))))

    def members(self, id_: str, *, after: str | None = None, limit: int) -> tuple[Member, ...]:
        """Returns a page of members; see `crmkit.segments.SnapshotRepository`."""
        query = select(_m.customer, _m.segment).where(_m.snapshot == id_)
        if after is not None:
            query = query.where(_m.customer > after)
        return tuple((row.customer, row.segment) for row in self._db.rows(query.order_by(_m.customer).limit(limit)))

    def claim(self, name: str) -> None:
        """Keeps other writers of a name away; see `crmkit.segments.SnapshotRepository`."""
        self._db.insert_missing(names, [{"name": name}], key=["name"])
        self._db.rows(self._db.locked(select(names.c.name).where(names.c.name == name)))

    def put(self, info: SnapshotInfo, some: Sequence[Member]) -> None:
        """Writes a snapshot, all or none; see `crmkit.segments.SnapshotRepository`."""
        self._db.insert(snapshots, [_row(info)])
        for chunk in chunked(some, _CHUNK):
            rows = [{"snapshot": info.id, "customer": customer, "segment": segment} for customer, segment in chunk]
            self._db.insert(members, rows)

    def remove(self, id_: str) -> None:
        """Removes a snapshot; see `crmkit.segments.SnapshotRepository`."""
        if self._db.run(delete(snapshots).where(_c.id == id_)).rowcount != 1:
            raise NotFoundError("snapshot", id_)
        self._db.run(delete(members).where(_m.snapshot == id_))


def _row(info: SnapshotInfo) -> dict[str, Any]:
    return {
        "id": info.id,
        "name": info.name,
        "as_of": info.as_of,
        "digest": info.digest,
        "question": dict(info.question),
        "engine": info.engine,
        "made_at": info.made_at,
        "customers": info.customers,
        "counts": dict(info.counts),
    }


def _info(row: Row[Any]) -> SnapshotInfo:
    return SnapshotInfo(**row._mapping)
