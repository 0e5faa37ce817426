"""The ticket desk: opens a unit, asks the machine, writes, commits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from crmkit.clock import Clock, SystemClock, require_aware
from crmkit.errors import InputError, NotFoundError
from crmkit.ids import IdGenerator, UlidGenerator
from crmkit.tickets.commands import Command
from crmkit.tickets.default import DEFAULT
from crmkit.tickets.machine import Machine
from crmkit.tickets.model import SYSTEM, Actor, AuditRecord, Opening, Ticket
from crmkit.tickets.ports import TicketRepository, TicketsUnit
from crmkit.tickets.spec import MachineSpec
from crmkit.tickets.work import apply_command, open_ticket, settle_ticket
from crmkit.unit import Store, in_unit

__all__ = ["TicketDesk"]


class TicketDesk:
    """Opens tickets and applies commands to them, on any store that keeps tickets.

    Who acts is given as `by`: an `Actor`, the plain id of an agent, or None for the host's own code, which may do
    everything. The same call with the same `key` twice is the same as once.

    Args:
        store: Any store whose units have `tickets`.
        spec: The table, or a machine that was compiled with the host's own guards and effects.
        clock: Where `now` comes from if it is not given.
        ids: Makes the ids of new tickets.

    Raises:
        PolicyError: The table contradicts itself.

    Example:
        >>> from crmkit import tickets
        >>> from crmkit.storage.memory import MemoryStore
        >>> desk = tickets.TicketDesk(MemoryStore())
        >>> ticket = desk.open(customer="account:taobao:mei_shop", subject="Parcel is late")
        >>> desk.apply(ticket.id, tickets.Assign(to="mei")).state
        'open'
        >>> [record.event for record in desk.history(ticket.id)]
        ['opened', 'assign']
    """

    def __init__(
        self,
        store: Store[TicketsUnit],
        spec: MachineSpec | Machine = DEFAULT,
        *,
        clock: Clock | None = None,
        ids: IdGenerator | None = None,
    ) -> None:
        self._store = store
        self.machine = spec.compile() if isinstance(spec, MachineSpec) else spec
        self._clock = clock or SystemClock()
        self._ids = ids or UlidGenerator()

    def open(
        self,
        *,
        customer: str,
        subject: str,
        text: str = "",
        order: str | None = None,
        channel: str = "",
        priority: str = "normal",
        tags: Iterable[str] = (),
        key: str | None = None,
        by: Actor | str | None = None,
        now: datetime | None = None,
    ) -> Ticket:
        """Opens a ticket.

        Args:
            customer: The identity it comes with.
            subject: One line for people.
            text: The first message.
            order: The order it is about, as the host writes it.
            channel: How it came in ("mail").
            priority: low, normal, high or urgent.
            tags: Any tags.
            key: The caller's key: the same key gives the ticket that it opened before.
            by: Who opens it.
            now: The instant; without it the clock's.

        Raises:
            InputError: An empty customer or subject, an unknown priority, a naive instant.
            Conflict: The key has opened a ticket with other content.
        """
        opening = Opening(
            customer=customer, subject=subject, text=text, order=order, channel=channel, priority=priority, tags=tags
        )
        at, actor, ticket_id = self._at(now), _actor(by), self._ids.new()
        return in_unit(
            self._store,
            lambda unit: open_ticket(unit, self.machine, ticket_id, opening, by=actor, now=at, key=key),
        )

    def apply(
        self,
        ticket_id: str,
        command: Command,
        *,
        by: Actor | str | None = None,
        key: str | None = None,
        expected_version: int | None = None,
        now: datetime | None = None,
    ) -> Ticket:
        """Applies a command; timers of the ticket that are due by then fire first.

        Args:
            ticket_id: Id of the ticket.
            command: What is asked.
            by: Who asks.
            key: The caller's key: under the same key the same command is applied once.
            expected_version: The version that the caller has seen; another one in the store refuses the call.
            now: The instant; without it the clock's.

        Returns:
            The ticket afterwards; where the key was used before, the ticket as it stands now.

        Raises:
            NotFoundError: There is no such ticket.
            IllegalTransition, GuardFailed, Forbidden: The table refuses; nothing is kept.
            Conflict: The key was used on this ticket for something else.
            StaleRecordError: Somebody else has changed the ticket since `expected_version`.
        """
        at, actor = self._at(now), _actor(by)
        return in_unit(
            self._store,
            lambda unit: apply_command(
                unit,
                self.machine,
                ticket_id,
                command,
                by=actor,
                now=at,
                key=key,
                expected_version=expected_version,
            ),
        )

    def tick(self, *, now: datetime | None = None, limit: int = 1000) -> tuple[Ticket, ...]:
        """Fires the timers that are due, each ticket in a unit of its own; calling it again is harmless.

        Args:
            now: The instant; without it the clock's.
            limit: The most tickets taken in this call; where so many come back, there may be more.

        Returns:
            The tickets afterwards, in the order of (opened_at, id).
        """
        at = self._at(now)
        with self._reading() as tickets:
            due = tickets.page(states=self.machine.timed_states, due_by=at, limit=_positive(limit))
        return tuple(self._settle(ticket.id, at) for ticket in due)

    def get(self, ticket_id: str) -> Ticket:
        """Returns the ticket as it is stored.

        Raises:
            NotFoundError: There is no such ticket.
        """
        with self._reading() as tickets:
            return tickets.get(ticket_id)

    def available(
        self, ticket_id: str, *, by: Actor | str | None = None, now: datetime | None = None
    ) -> tuple[str, ...]:
        """Returns the events that this actor can cause now, in the table's order ("assign", "resolve").

        Raises:
            NotFoundError: There is no such ticket.
        """
        at = self._at(now)
        ticket = self.get(ticket_id)
        for outcome in self.machine.settle(ticket, at):
            ticket = outcome.ticket
        return self.machine.available(ticket, _actor(by), at)

    def history(self, ticket_id: str) -> tuple[AuditRecord, ...]:
        """Returns the ticket's audit records, the first one first; `replay` makes the ticket of them.

        Raises:
            NotFoundError: There is no such ticket.
        """
        with self._reading() as tickets:
            records = tickets.history(ticket_id)
        if not records:
            raise NotFoundError("ticket", ticket_id)
        return records

    def of_customers(self, customers: str | Iterable[str]) -> tuple[Ticket, ...]:
        """Returns all tickets of these customers, in the order of (opened_at, id).

        Args:
            customers: The identities that one person is known by, or a single one.
        """
        wanted = {customers} if isinstance(customers, str) else set(customers)
        with self._reading() as tickets:
            return tickets.of_customers(wanted)

    def open_tickets(self, *, limit: int = 100, after: Ticket | None = None) -> tuple[Ticket, ...]:
        """Returns a page of the running and paused tickets, the longest open first: in the order of (opened_at, id).

        Args:
            limit: The most tickets returned.
            after: The last ticket of the page before.
        """
        cursor = None if after is None else (after.opened_at, after.id)
        with self._reading() as tickets:
            return tickets.page(
                states=self.machine.states_of("running", "paused"), after=cursor, limit=_positive(limit)
            )

    def _settle(self, ticket_id: str, at: datetime) -> Ticket:
        return in_unit(self._store, lambda unit: settle_ticket(unit, self.machine, ticket_id, now=at))

    @contextmanager
    def _reading(self) -> Iterator[TicketRepository]:
        with self._store.unit(read_only=True) as unit:
            yield unit.tickets

    def _at(self, now: datetime | None) -> datetime:
        return (self._clock.now() if now is None else require_aware(now, "now")).astimezone(UTC)


def _actor(by: Actor | str | None) -> Actor:
    if by is None:
        return SYSTEM
    return Actor(by) if isinstance(by, str) else by


def _positive(limit: int) -> int:
    if limit < 1:
        raise InputError(f"limit must be a whole number above zero, got {limit!r}.")
    return limit
