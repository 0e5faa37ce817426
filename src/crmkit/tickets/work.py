"""What the desk does inside one open unit; others call it where tickets share a unit with their own work."""

from __future__ import annotations

from datetime import datetime

from crmkit.errors import StaleRecordError
from crmkit.tickets.commands import Absorb, Command, MergeInto
from crmkit.tickets.machine import Machine, Outcome
from crmkit.tickets.model import Actor, AuditRecord, Context, Opening, Ticket
from crmkit.tickets.ports import TicketsUnit
from crmkit.tickets.refusals import Conflict
from crmkit.tickets.wording import digest_of, require_text

__all__ = ["apply_command", "open_ticket", "settle_ticket"]


def open_ticket(
    unit: TicketsUnit, machine: Machine, ticket_id: str, opening: Opening, *, by: Actor, now: datetime, key: str | None
) -> Ticket:
    """Opens a ticket in an open unit, or returns the one that was opened under the same key.

    Args:
        unit: The open unit; the caller commits.
        machine: The table that says where tickets begin.
        ticket_id: Id of the new ticket.
        opening: What it is opened with.
        by: Who opens it.
        now: The instant.
        key: The caller's key of this opening, or None.

    Raises:
        Conflict: The key opened a ticket with other content.

    Example:
        >>> from datetime import UTC
        >>> from crmkit.storage.memory import MemoryStore
        >>> from crmkit.tickets import DEFAULT, SYSTEM
        >>> machine, now = DEFAULT.compile(), datetime(2026, 11, 24, 8, tzinfo=UTC)
        >>> opening = Opening(customer="c-1", subject="Parcel is late")
        >>> with MemoryStore().unit() as unit:
        ...     ticket = open_ticket(unit, machine, "t-1", opening, by=SYSTEM, now=now, key="mail-17")
        ...     unit.commit()
        >>> ticket.state
        'new'
    """
    digest = _digest("open", key)
    done = unit.tickets.keyed(digest) if digest else None
    if done is not None:
        same = all(done.changes.get(name) == value for name, value in opening.changes().items())
        if not same or done.details != opening.details():
            raise Conflict(done.ticket, key or "", done.event)
        return unit.tickets.get(done.ticket)
    outcome = machine.open(ticket_id, opening, Context(now, by, key=digest))
    _keep(unit, [outcome])
    return outcome.ticket


def apply_command(
    unit: TicketsUnit,
    machine: Machine,
    ticket_id: str,
    command: Command,
    *,
    by: Actor,
    now: datetime,
    key: str | None = None,
    expected_version: int | None = None,
) -> Ticket:
    """Applies a command in an open unit; timers that are due by `now` fire first.

    Args:
        unit: The open unit; the caller commits.
        machine: The table.
        ticket_id: Id of the ticket.
        command: What is asked.
        by: Who asks.
        now: The instant.
        key: The caller's key: under the same key the same command is applied once.
        expected_version: The version that the caller has seen, or None.

    Returns:
        The ticket afterwards; where the key was used before, the ticket as it stands now.

    Raises:
        NotFoundError: There is no such ticket, or none to merge into.
        IllegalTransition, GuardFailed, Forbidden: The machine refuses; nothing is kept.
        Conflict: The key was used on this ticket for something else.
        StaleRecordError: The stored version is not the expected one.

    Example:
        >>> from datetime import UTC
        >>> from crmkit import tickets
        >>> from crmkit.storage.memory import MemoryStore
        >>> store = MemoryStore()
        >>> desk = tickets.TicketDesk(store)
        >>> ticket, now = desk.open(customer="c-1", subject="Parcel is late"), datetime(2026, 11, 24, 8, tzinfo=UTC)
        >>> with store.unit() as unit:
        ...     after = apply_command(unit, desk.machine, ticket.id, tickets.Pend(), by=tickets.SYSTEM, now=now)
        ...     unit.commit()
        >>> after.state
        'pending'
    """
    digest = _digest(f"apply:{ticket_id}", key)
    done = unit.tickets.keyed(digest) if digest else None
    if done is not None:
        if done.event != command.event or done.details != command.details():
            raise Conflict(ticket_id, key or "", done.event)
        return unit.tickets.get(ticket_id)
    other = command.target if isinstance(command, MergeInto) and command.target != ticket_id else None
    # Both tickets of a merge are locked in the order of their ids, so that two merges cannot wait for each other.
    wanted = sorted({ticket_id, other} - {None}) if other else [ticket_id]
    found = {id_: unit.tickets.get(id_, for_change=True) for id_ in wanted}
    ticket = found[ticket_id]
    if expected_version is not None and ticket.version != expected_version:
        raise StaleRecordError(kind="ticket", key=ticket_id, expected=expected_version, found=ticket.version)
    outcomes = _applied(machine, ticket, command, Context(now, by, key=digest))
    absorbed = _applied(machine, found[other], Absorb(ticket_id), Context(now, by)) if other else []
    for some in sorted(filter(None, [outcomes, absorbed]), key=lambda some: some[0].ticket.id):
        _keep(unit, some)
    return outcomes[-1].ticket


def settle_ticket(unit: TicketsUnit, machine: Machine, ticket_id: str, *, now: datetime) -> Ticket:
    """Fires the timers of a ticket that are due by `now`, in an open unit; does nothing where none is.

    Raises:
        NotFoundError: There is no such ticket.

    Example:
        >>> from datetime import UTC
        >>> from crmkit import tickets
        >>> from crmkit.storage.memory import MemoryStore
        >>> store = MemoryStore()
        >>> desk = tickets.TicketDesk(store)
        >>> ticket = desk.open(customer="c-1", subject="Parcel is late")
        >>> with store.unit() as unit:
        ...     after = settle_ticket(unit, desk.machine, ticket.id, now=datetime(2026, 11, 24, 8, tzinfo=UTC))
        >>> after == ticket
        True
    """
    ticket = unit.tickets.get(ticket_id, for_change=True)
    outcomes = list(machine.settle(ticket, now))
    if outcomes:
        _keep(unit, outcomes)
        ticket = outcomes[-1].ticket
    return ticket


def _applied(machine: Machine, ticket: Ticket, command: Command, ctx: Context) -> list[Outcome]:
    outcomes = list(machine.settle(ticket, ctx.now))
    settled = outcomes[-1].ticket if outcomes else ticket
    return [*outcomes, machine.apply(settled, command, ctx)]


def _keep(unit: TicketsUnit, outcomes: list[Outcome]) -> None:
    records: list[AuditRecord] = [outcome.record for outcome in outcomes]
    unit.tickets.save(outcomes[-1].ticket, records)
    unit.emit([event for outcome in outcomes for event in outcome.events])


def _digest(scope: str, key: str | None) -> str:
    return "" if key is None else digest_of(scope, require_text("key", key, needed=True))
