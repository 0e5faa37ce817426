"""What the ticket desk needs of a store."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from crmkit.tickets.model import AuditRecord, Ticket
from crmkit.unit import Unit

__all__ = ["TicketRepository", "TicketsUnit"]


class TicketRepository(Protocol):
    """Is all tickets of one tenant with their audit records; the laws are those of `TicketsContract`."""

    def get(self, ticket_id: str, *, for_change: bool = False) -> Ticket:
        """Returns the ticket; `for_change` lets the store lock it until the unit ends.

        Raises:
            NotFoundError: There is no such ticket.
        """
        ...

    def save(self, ticket: Ticket, records: Sequence[AuditRecord]) -> None:
        """Writes the ticket and adds its new audit records, all or nothing.

        The version before the records, `ticket.version - len(records)`, must be the stored one; 0 is a new ticket.

        Raises:
            StaleRecordError: Another version is stored.
            DuplicateError: The ticket is new and its id is taken, or a record's key was used before.
        """
        ...

    def keyed(self, key: str) -> AuditRecord | None:
        """Returns the audit record that bears this digest of a caller's key, or None."""
        ...

    def history(self, ticket_id: str) -> tuple[AuditRecord, ...]:
        """Returns the ticket's audit records by `seq`; none for an unknown ticket."""
        ...

    def of_customers(self, customers: Collection[str]) -> tuple[Ticket, ...]:
        """Returns the tickets of these customers, in the order of (opened_at, id)."""
        ...

    def page(
        self,
        *,
        states: Collection[str],
        due_by: datetime | None = None,
        after: tuple[datetime, str] | None = None,
        limit: int,
    ) -> tuple[Ticket, ...]:
        """Returns up to `limit` tickets in one of `states`, in the order of (opened_at, id).

        Args:
            states: The states; none gives no ticket.
            due_by: Only those whose `due_at` is at or before this instant.
            after: Only those behind this (opened_at, id): the cursor.
            limit: The most tickets returned.
        """
        ...


class TicketsUnit(Unit, Protocol):
    """Is the slice of a unit that the ticket desk needs."""

    @property
    def tickets(self) -> TicketRepository:
        """The tickets and their audit records."""
        ...
