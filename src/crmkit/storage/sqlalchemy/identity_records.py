"""Records of contacts in a database, and the index by the keys that they share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, Index, Row, Table, delete, select

from crmkit.identity.records import Reading, Record
from crmkit.storage.sqlalchemy.columns import Document, Instant, KeyText, LongText
from crmkit.storage.sqlalchemy.digests import digest_of
from crmkit.storage.sqlalchemy.metadata import TABLE_OPTIONS, metadata
from crmkit.storage.sqlalchemy.statements import Statements, chunked

__all__ = ["SqlRecords", "identity_record_keys", "identity_records"]

identity_records = Table(
    "crmkit_identity_records",
    metadata,
    Column("digest", KeyText(32), primary_key=True),
    Column("key", LongText, nullable=False),
    Column("identity", KeyText(64), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("reading", Document, nullable=False),
    **TABLE_OPTIONS,
)

identity_record_keys = Table(
    "crmkit_identity_record_keys",
    metadata,
    Column("digest", KeyText(32), primary_key=True),
    Column("record", KeyText(32), primary_key=True),
    Index(None, "record"),
    **TABLE_OPTIONS,
)
"""One row per record and key that others may share."""


class SqlRecords:
    """Keeps records in `crmkit_identity_records`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def by_keys(self, keys: Iterable[str]) -> dict[str, Record]:
        """Returns records by key; see `crmkit.identity.RecordRepository`."""
        rows = self._rows(identity_records.c.digest, map(digest_of, keys))
        return {row.key: _record(row) for row in rows}

    def put_many(self, records: Iterable[Record]) -> None:
        """Writes records; see `crmkit.identity.RecordRepository`."""
        ordered = sorted(records, key=lambda record: digest_of(record.key))
        self._db.upsert(
            identity_records,
            [_row(record) for record in ordered],
            key=["digest"],
            update=["identity", "at", "reading"],
        )
        self._forget_keys([digest_of(record.key) for record in ordered])
        keys = {(digest_of(key), digest_of(record.key)) for record in ordered for key in record.keys.values()}
        rows = [{"digest": digest, "record": record} for digest, record in sorted(keys)]
        self._db.insert(identity_record_keys, rows)

    def remove(self, keys: Iterable[str]) -> None:
        """Removes records; see `crmkit.identity.RecordRepository`."""
        digests = sorted(map(digest_of, keys))
        self._forget_keys(digests)
        for chunk in chunked(digests):
            self._db.run(delete(identity_records).where(identity_records.c.digest.in_(chunk)))

    def holders(self, *, after: str, limit: int) -> tuple[str, ...]:
        """Returns identities with records; see `crmkit.identity.RecordRepository`."""
        identity = identity_records.c.identity
        query = select(identity).where(identity > after).distinct().order_by(identity).limit(limit)
        return tuple(row.identity for row in self._db.rows(query))

    def of(self, identities: Iterable[str]) -> tuple[Record, ...]:
        """Returns the records of identities, by key."""
        found = [_record(row) for row in self._rows(identity_records.c.identity, identities)]
        return tuple(sorted(found, key=lambda record: record.key))

    def _rows(self, column: Column[Any], values: Iterable[str]) -> list[Row[Any]]:
        query = select(identity_records)
        return [row for chunk in chunked(sorted(set(values))) for row in self._db.rows(query.where(column.in_(chunk)))]

    def _forget_keys(self, records: Iterable[str]) -> None:
        for chunk in chunked(records):
            self._db.run(delete(identity_record_keys).where(identity_record_keys.c.record.in_(chunk)))


def _record(row: Row[Any]) -> Record:
    return Record(key=row.key, identity=row.identity, at=row.at, reading=Reading.from_document(row.reading))


def _row(record: Record) -> dict[str, Any]:
    return {
        "digest": digest_of(record.key),
        "key": record.key,
        "identity": record.identity,
        "at": record.at,
        "reading": record.reading.to_document(),
    }
