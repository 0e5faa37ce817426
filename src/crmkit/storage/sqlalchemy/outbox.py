"""The outbox in a database."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Column, Table, bindparam, delete, select, update

from crmkit.events import Event, OutboxEntry
from crmkit.ids import IdGenerator
from crmkit.storage.sqlalchemy.columns import BigInt, Document, Instant, KeyText
from crmkit.storage.sqlalchemy.metadata import TABLE_OPTIONS, metadata
from crmkit.storage.sqlalchemy.statements import Statements

__all__ = ["SqlOutbox", "counters", "outbox"]

outbox = Table(
    "crmkit_outbox",
    metadata,
    Column("id", KeyText(26), primary_key=True),
    Column("name", KeyText(64), nullable=False),
    Column("key", KeyText(512), nullable=False),
    Column("at", Instant, nullable=False),
    Column("data", Document, nullable=False),
    Column("position", BigInt, index=True),
    **TABLE_OPTIONS,
)

counters = Table(
    "crmkit_counters",
    metadata,
    Column("name", KeyText(64), primary_key=True),
    Column("last", BigInt, nullable=False),
    **TABLE_OPTIONS,
)


class SqlOutbox:
    """Keeps outbox entries in `crmkit_outbox`; a NULL position means not yet read."""

    def __init__(self, statements: Statements, ids: IdGenerator) -> None:
        self._db = statements
        self._ids = ids

    def append(self, events: Iterable[Event]) -> None:
        """Adds events as unread entries."""
        new_id = self._ids.new
        rows = [
            {
                "id": new_id(),
                "name": event.name,
                "key": event.key,
                "at": event.at,
                "data": event.data(),
                "position": None,
            }
            for event in events
        ]
        self._db.insert(outbox, rows)

    def read(self, *, after: int, limit: int) -> tuple[OutboxEntry, ...]:
        """Returns the entries behind the cursor; see `crmkit.unit.Outbox.read`."""
        self._number_new(limit)
        query = select(outbox).where(outbox.c.position > after).order_by(outbox.c.position).limit(limit)
        return tuple(
            OutboxEntry(position=row.position, id=row.id, name=row.name, key=row.key, at=row.at, data=row.data)
            for row in self._db.rows(query)
        )

    def remove(self, *, through: int) -> int:
        """Removes read entries up to a position; see `crmkit.unit.Outbox.remove`."""
        return self._db.run(delete(outbox).where(outbox.c.position <= through)).rowcount

    def _number_new(self, limit: int) -> None:
        self._db.insert_missing(counters, [{"name": "outbox", "last": 0}], key=["name"])
        last = self._db.rows(self._db.locked(select(counters.c.last).where(counters.c.name == "outbox")))[0].last
        new = [
            row.id
            for row in self._db.rows(
                select(outbox.c.id).where(outbox.c.position.is_(None)).order_by(outbox.c.id).limit(limit)
            )
        ]
        if not new:
            return
        statement = update(outbox).where(outbox.c.id == bindparam("entry")).values(position=bindparam("number"))
        self._db.run(statement, [{"entry": id_, "number": last + n} for n, id_ in enumerate(new, start=1)])
        self._db.run(update(counters).where(counters.c.name == "outbox").values(last=last + len(new)))
