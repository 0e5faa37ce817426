"""What a ticket's audit tells the outside: one event for each thing that others may want to act on."""

from __future__ import annotations

from typing import Any

import attrs

from crmkit.events import Event
from crmkit.tickets.checks import OPENED
from crmkit.tickets.model import AuditRecord, Ticket
from crmkit.tickets.table import Category

__all__ = [
    "TicketAssigned",
    "TicketClosed",
    "TicketEvent",
    "TicketMerged",
    "TicketOpened",
    "TicketReopened",
    "TicketReplied",
    "TicketResolved",
    "TicketStateChanged",
    "told",
]


@attrs.frozen(kw_only=True, slots=True)
class TicketEvent(Event):
    """Is something that happened to one ticket; carries no text that people wrote.

    Attributes:
        ticket: Id of the ticket.
        customer: The identity that the ticket came with.
        actor: Who did it.
        version: The ticket's version after it.
    """

    ticket: str
    customer: str
    actor: str
    version: int


@attrs.frozen(kw_only=True, slots=True)
class TicketOpened(TicketEvent):
    """Tells that a ticket was opened.

    Attributes:
        state: The state it began in.
        order: The order it is about, or None.
        channel: How it came in, or "".
    """

    state: str
    order: str | None
    channel: str


@attrs.frozen(kw_only=True, slots=True)
class TicketAssigned(TicketEvent):
    """Tells that a ticket has another assignee.

    Attributes:
        assignee: Who works on it now, or None.
    """

    assignee: str | None


@attrs.frozen(kw_only=True, slots=True)
class TicketReplied(TicketEvent):
    """Tells that something was written to the other side.

    Attributes:
        by_customer: The customer wrote; else an agent.
        public: The customer can read it.
    """

    by_customer: bool
    public: bool


@attrs.frozen(kw_only=True, slots=True)
class TicketStateChanged(TicketEvent):
    """Tells that a ticket went from one state to another.

    Attributes:
        source: The state before.
        target: The state now.
        category: The category of the state now.
        cause: The event that led there ("customer_replied").
    """

    source: str
    target: str
    category: Category
    cause: str


@attrs.frozen(kw_only=True, slots=True)
class _CameTo(TicketEvent):
    state: str


class TicketResolved(_CameTo):
    """Tells that a ticket came into a state of the category resolved.

    Attributes:
        state: That state.
    """

    __slots__ = ()


class TicketReopened(_CameTo):
    """Tells that a resolved or terminal ticket is running or paused again.

    Attributes:
        state: Its state now.
    """

    __slots__ = ()


class TicketClosed(_CameTo):
    """Tells that a ticket came into a terminal state.

    Attributes:
        state: Which one: closed, merged, spam, or the host's own.
    """

    __slots__ = ()


@attrs.frozen(kw_only=True, slots=True)
class TicketMerged(TicketEvent):
    """Tells that a ticket was merged into another.

    Attributes:
        into: Id of the other ticket.
    """

    into: str


_OPEN = ("running", "paused")


def told(ticket: Ticket, record: AuditRecord, left: Category | None, entered: Category) -> tuple[TicketEvent, ...]:
    """Returns the events that one audit record tells, each with a key made of ticket, seq and name.

    Args:
        ticket: The ticket after the record.
        record: The record.
        left: Category of the state before; None for the first record.
        entered: Category of the state after.
    """
    facts: list[tuple[type[TicketEvent], dict[str, Any]]] = []
    if record.event == OPENED:
        facts.append((TicketOpened, {"state": ticket.state, "order": ticket.order, "channel": ticket.channel}))
    elif "assignee" in record.changes:
        facts.append((TicketAssigned, {"assignee": ticket.assignee}))
    if record.event in ("reply", "customer_replied"):
        facts.append((TicketReplied, _reply(record)))
    if "merged_into" in record.changes:
        facts.append((TicketMerged, {"into": ticket.merged_into}))
    if record.event != OPENED and record.source != record.target:
        facts += _state_change(record, left, entered)
    return tuple(
        kind(
            key=f"{ticket.id}:{record.seq}:{kind.__name__}",
            at=record.at,
            ticket=ticket.id,
            customer=ticket.customer,
            actor=record.actor,
            version=record.seq,
            **data,
        )
        for kind, data in facts
    )


def _reply(record: AuditRecord) -> dict[str, Any]:
    by_customer = record.event == "customer_replied"
    return {"by_customer": by_customer, "public": by_customer or bool(record.details.get("public", True))}


def _state_change(
    record: AuditRecord, left: Category | None, entered: Category
) -> list[tuple[type[TicketEvent], dict[str, Any]]]:
    change = {"source": record.source, "target": record.target, "category": entered, "cause": record.event}
    facts: list[tuple[type[TicketEvent], dict[str, Any]]] = [(TicketStateChanged, change)]
    if entered == "resolved" and left != "resolved":
        facts.append((TicketResolved, {"state": record.target}))
    elif entered == "terminal" and left != "terminal":
        facts.append((TicketClosed, {"state": record.target}))
    elif entered in _OPEN and left not in _OPEN:
        facts.append((TicketReopened, {"state": record.target}))
    return facts
