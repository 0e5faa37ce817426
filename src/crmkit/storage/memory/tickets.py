"""The tickets in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from crmkit.errors import DuplicateError, NotFoundError, StaleRecordError
from crmkit.storage.memory.tables import Table, Tables
from crmkit.tickets import AuditRecord, Ticket

__all__ = ["MemoryTickets"]


class MemoryTickets:
    """Keeps tickets by id, records by (ticket, seq), and the ids of each customer's tickets."""

    def __init__(self, tables: Tables) -> None:
        self._tickets: Table[str, Ticket] = tables.table("tickets")
        self._records: Table[tuple[str, int], AuditRecord] = tables.table("ticket_audit")
        self._keys: Table[str, tuple[str, int]] = tables.table("ticket_keys")
        self._of: Table[str, tuple[str, ...]] = tables.table("tickets_of_customer")

    def get(self, ticket_id: str, *, for_change: bool = False) -> Ticket:
        """Returns the ticket; see `crmkit.tickets.TicketRepository.get`."""
        ticket = self._tickets.get(ticket_id)
        if ticket is None:
            raise NotFoundError("ticket", ticket_id)
        return ticket

    def save(self, ticket: Ticket, records: Sequence[AuditRecord]) -> None:
        """Writes a ticket with its new records; see `crmkit.tickets.TicketRepository.save`."""
        before, stored = ticket.version - len(records), self._tickets.get(ticket.id)
        if before == 0 and stored is not None:
            raise DuplicateError(f"A ticket {ticket.id!r} exists already; open the new one under another id.")
        if before and (stored is None or stored.version != before):
            found = None if stored is None else stored.version
            raise StaleRecordError(kind="ticket", key=ticket.id, expected=before, found=found)
        if any(record.key in self._keys for record in records if record.key):
            raise DuplicateError(f"A key of the ticket {ticket.id!r} was used before; read what it did with `keyed`.")
        self._tickets.put(ticket.id, ticket)
        if before == 0:
            self._of.put(ticket.customer, (*(self._of.get(ticket.customer) or ()), ticket.id))
        for record in records:
            self._records.put((record.ticket, record.seq), record)
            if record.key:
                self._keys.put(record.key, (record.ticket, record.seq))

    def keyed(self, key: str) -> AuditRecord | None:
        """Returns the record with this key; see `crmkit.tickets.TicketRepository.keyed`."""
        place = self._keys.get(key)
        return None if place is None else self._records.get(place)

    def history(self, ticket_id: str) -> tuple[AuditRecord, ...]:
        """Returns the ticket's records; see `crmkit.tickets.TicketRepository.history`."""
        ticket = self._tickets.get(ticket_id)
        records = (self._records.get((ticket_id, seq + 1)) for seq in range(ticket.version if ticket else 0))
        return tuple(record for record in records if record is not None)

    def of_customers(self, customers: Collection[str]) -> tuple[Ticket, ...]:
        """Returns the tickets of these customers; see `crmkit.tickets.TicketRepository.of_customers`."""
        return _in_order([self.get(id_) for customer in set(customers) for id_ in self._of.get(customer) or ()])

    def page(
        self,
        *,
        states: Collection[str],
        due_by: datetime | None = None,
        after: tuple[datetime, str] | None = None,
        limit: int,
    ) -> tuple[Ticket, ...]:
        """Returns tickets in order; see `crmkit.tickets.TicketRepository.page`."""
        wanted = [
            ticket
            for ticket in self._tickets.values()
            if ticket.state in states
            and (due_by is None or (ticket.due_at is not None and ticket.due_at <= due_by))
            and (after is None or (ticket.opened_at, ticket.id) > after)
        ]
        return _in_order(wanted)[:limit]


def _in_order(tickets: list[Ticket]) -> tuple[Ticket, ...]:
    return tuple(sorted(tickets, key=lambda ticket: (ticket.opened_at, ticket.id)))
