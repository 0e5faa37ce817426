"""The tickets in a database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Row, Table, and_, bindparam, or_, select, update

from crmkit.errors import NotFoundError, StaleRecordError
from crmkit.storage.sqlalchemy.columns import BigInt, Document, Instant, KeyText, LongText
from crmkit.storage.sqlalchemy.metadata import TABLE_OPTIONS, metadata
from crmkit.storage.sqlalchemy.statements import Statements, chunked
from crmkit.tickets import AuditRecord, Ticket
from crmkit.tickets.wording import digest_of

__all__ = ["SqlTickets", "audit", "tickets"]

tickets = Table(
    "crmkit_tickets",
    metadata,
    Column("id", KeyText(64), primary_key=True),
    Column("customer", LongText, nullable=False),
    Column("customer_digest", KeyText(32), nullable=False, index=True),
    Column("subject", LongText, nullable=False),
    Column("state", KeyText(64), nullable=False),
    Column("priority", KeyText(16), nullable=False),
    Column("assignee", KeyText(255)),
    Column("tags", Document, nullable=False),
    Column("order_ref", LongText),
    Column("channel", KeyText(64), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("entered_at", Instant, nullable=False),
    Column("due_at", Instant, index=True),
    Column("fired", BigInt, nullable=False),
    Column("merged_into", KeyText(64)),
    Column("version", BigInt, nullable=False),
    Column("machine", KeyText(32), nullable=False),
    Index(None, "state", "opened_at", "id"),
    **TABLE_OPTIONS,
)

audit = Table(
    "crmkit_ticket_audit",
    metadata,
    Column("ticket", KeyText(64), primary_key=True),
    Column("seq", BigInt, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("actor", KeyText(255), nullable=False),
    Column("event", KeyText(64), nullable=False),
    Column("source", KeyText(64), nullable=False),
    Column("target", KeyText(64), nullable=False),
    Column("changes", Document, nullable=False),
    Column("details", Document, nullable=False),
    Column("machine", KeyText(32), nullable=False),
    Column("key_digest", KeyText(32), unique=True),
    **TABLE_OPTIONS,
)


# Built once: building these statements anew takes longer than running them. SQLite, which locks the whole file at the
# beginning of a writing unit, leaves FOR UPDATE out.
_GET = select(tickets).where(tickets.c.id == bindparam("asked"))
_LOCK = _GET.with_for_update()
_UPDATE = update(tickets).where(tickets.c.id == bindparam("asked"), tickets.c.version == bindparam("before"))
_KEYED = select(audit).where(audit.c.key_digest == bindparam("asked"))
_HISTORY = select(audit).where(audit.c.ticket == bindparam("asked")).order_by(audit.c.seq)


class SqlTickets:
    """Keeps tickets in `crmkit_tickets` and their records in `crmkit_ticket_audit`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def get(self, ticket_id: str, *, for_change: bool = False) -> Ticket:
        """Returns the ticket; see `crmkit.tickets.TicketRepository.get`."""
        row = self._db.run(_LOCK if for_change else _GET, [{"asked": ticket_id}]).one_or_none()
        if row is None:
            raise NotFoundError("ticket", ticket_id)
        return _ticket(row)

    def save(self, ticket: Ticket, records: Sequence[AuditRecord]) -> None:
        """Writes a ticket with its new records; see `crmkit.tickets.TicketRepository.save`."""
        before = ticket.version - len(records)
        if before == 0:
            self._db.insert(tickets, [_ticket_row(ticket)])
        else:
            row = _ticket_row(ticket) | {"asked": ticket.id, "before": before}
            if self._db.run(_UPDATE, [row]).rowcount != 1:
                raise StaleRecordError(kind="ticket", key=ticket.id, expected=before, found=self._version(ticket.id))
        self._db.insert(audit, [_record_row(record) for record in records])

    def keyed(self, key: str) -> AuditRecord | None:
        """Returns the record with this key; see `crmkit.tickets.TicketRepository.keyed`."""
        row = self._db.run(_KEYED, [{"asked": key}]).one_or_none()
        return None if row is None else _record(row)

    def history(self, ticket_id: str) -> tuple[AuditRecord, ...]:
        """Returns the ticket's records; see `crmkit.tickets.TicketRepository.history`."""
        return tuple(map(_record, self._db.run(_HISTORY, [{"asked": ticket_id}])))

    def of_customers(self, customers: Collection[str]) -> tuple[Ticket, ...]:
        """Returns the tickets of these customers; see `crmkit.tickets.TicketRepository.of_customers`."""
        found: list[Ticket] = []
        for chunk in chunked(sorted({digest_of(customer) for customer in customers})):
            found += map(_ticket, self._db.rows(select(tickets).where(tickets.c.customer_digest.in_(chunk))))
        return tuple(sorted(found, key=lambda ticket: (ticket.opened_at, ticket.id)))

    def page(
        self,
        *,
        states: Collection[str],
        due_by: datetime | None = None,
        after: tuple[datetime, str] | None = None,
        limit: int,
    ) -> tuple[Ticket, ...]:
        """Returns tickets in order; see `crmkit.tickets.TicketRepository.page`."""
        query = select(tickets).where(tickets.c.state.in_(sorted(states)))
        if due_by is not None:
            query = query.where(tickets.c.due_at <= due_by)
        if after is not None:
            opened_at, id_ = after
            later = and_(tickets.c.opened_at == opened_at, tickets.c.id > id_)
            query = query.where(or_(tickets.c.opened_at > opened_at, later))
        query = query.order_by(tickets.c.opened_at, tickets.c.id).limit(limit)
        return tuple(map(_ticket, self._db.rows(query)))

    def _version(self, ticket_id: str) -> int | None:
        rows = self._db.rows(select(tickets.c.version).where(tickets.c.id == ticket_id))
        return rows[0].version if rows else None


def _ticket_row(ticket: Ticket) -> dict[str, Any]:
    return {
        "id": ticket.id,
        "customer": ticket.customer,
        "customer_digest": digest_of(ticket.customer),
        "subject": ticket.subject,
        "state": ticket.state,
        "priority": ticket.priority,
        "assignee": ticket.assignee,
        "tags": list(ticket.tags),
        "order_ref": ticket.order,
        "channel": ticket.channel,
        "opened_at": ticket.opened_at,
        "updated_at": ticket.updated_at,
        "entered_at": ticket.entered_at,
        "due_at": ticket.due_at,
        "fired": ticket.fired,
        "merged_into": ticket.merged_into,
        "version": ticket.version,
        "machine": ticket.machine,
    }


def _ticket(row: Row[Any]) -> Ticket:
    values = dict(row._mapping)
    del values["customer_digest"]
    return Ticket(tags=tuple(values.pop("tags")), order=values.pop("order_ref"), **values)


def _record_row(record: AuditRecord) -> dict[str, Any]:
    return {
        "ticket": record.ticket,
        "seq": record.seq,
        "at": record.at,
        "actor": record.actor,
        "event": record.event,
        "source": record.source,
        "target": record.target,
        "changes": dict(record.changes),
        "details": dict(record.details),
        "machine": record.machine,
        "key_digest": record.key or None,
    }


def _record(row: Row[Any]) -> AuditRecord:
    values = dict(row._mapping)
    return AuditRecord(key=values.pop("key_digest") or "", **values)
