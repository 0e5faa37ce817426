"""The machine: a compiled table of states that turns a ticket and a command into the next ticket."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import attrs

from crmkit.errors import PolicyError
from crmkit.tickets.checks import OPENED, SKIPPED
from crmkit.tickets.commands import Command, Do
from crmkit.tickets.drafts import draft_of
from crmkit.tickets.events import TicketEvent, told
from crmkit.tickets.model import TIMER, Actor, AuditRecord, Context, Opening, Ticket, require_ticket_id
from crmkit.tickets.refusals import Forbidden, GuardFailed, IllegalTransition
from crmkit.tickets.rules import SETTABLE, Effect, Guard
from crmkit.tickets.table import Category, Table, Transition
from crmkit.tickets.timers import BusinessClock, TimerPlan

__all__ = ["Machine", "Outcome"]


@attrs.frozen(slots=True)
class Outcome:
    """Is what one event made of a ticket.

    Attributes:
        ticket: The ticket after it.
        record: Its audit record.
        left: Category of the state before; None for a new ticket.
        entered: Category of the state after.
    """

    ticket: Ticket
    record: AuditRecord
    left: Category | None
    entered: Category

    @property
    def events(self) -> tuple[TicketEvent, ...]:
        """The domain events that the record tells."""
        return told(self.ticket, self.record, self.left, self.entered)


class _Edge:
    """Is a transition with its names looked up."""

    __slots__ = ("effects", "entered", "enters", "guards", "left", "permission", "target", "timed")

    def __init__(
        self, edge: Transition, categories: Mapping[str, Category], guards: Any, effects: Any, timed: bool
    ) -> None:
        self.target = edge.target
        self.left, self.entered = categories[edge.source], categories[edge.target]
        self.enters = edge.source != edge.target
        self.guards: tuple[Guard, ...] = tuple(guards[name] for name in edge.guards)
        self.effects: tuple[Effect, ...] = tuple(effects[name] for name in edge.effects)
        self.permission = edge.permission
        self.timed = timed


_TicketDraft: Any = draft_of(Ticket)
_RecordDraft: Any = draft_of(AuditRecord)
_OutcomeDraft: Any = draft_of(Outcome)
_new = object.__new__


class Machine:
    """Runs a table; made by `MachineSpec.compile`. Pure: it stores nothing and reads no clock.

    Attributes:
        spec: The table.
        digest: The table's digest.
        categories: Category of each state, former names included.
        final: The states that no transition leaves.

    Example:
        >>> from datetime import UTC
        >>> from crmkit.tickets import DEFAULT, Assign
        >>> machine, ctx = DEFAULT.compile(), Context(datetime(2026, 11, 24, 8, tzinfo=UTC), Actor("mei"))
        >>> opened = machine.open("t-1", Opening(customer="c-1", subject="Parcel is late"), ctx)
        >>> outcome = machine.apply(opened.ticket, Assign(to="mei"), ctx)
        >>> outcome.ticket.state, outcome.record.changes, [event.name for event in outcome.events]
        ('open', {'assignee': 'mei'}, ['TicketAssigned', 'TicketStateChanged'])
    """

    def __init__(
        self,
        spec: Table,
        guards: Mapping[str, Guard],
        effects: Mapping[str, Effect],
        business: BusinessClock | None,
    ) -> None:
        self.spec, self.digest, self._timers = spec, spec.digest, TimerPlan(spec, business)
        self.categories: dict[str, Category] = {state.name: state.category for state in spec.states}
        edges: dict[str, dict[str, list[_Edge]]] = {name: {} for name in self.categories}
        for edge in spec.transitions:
            compiled = _Edge(edge, self.categories, guards, effects, self._timers.has(edge.target))
            edges[edge.source].setdefault(edge.event, []).append(compiled)
        self._edges = {name: {event: tuple(some) for event, some in found.items()} for name, found in edges.items()}
        left = {edge.source for edge in spec.transitions if edge.source != edge.target}
        self.final = frozenset(self.categories) - left
        self.categories |= {old: self.categories[new] for old, new in spec.formerly.items()}

    def states_of(self, *categories: Category) -> tuple[str, ...]:
        """Returns the states of these categories in the table's order, then their former names."""
        return tuple(name for name, category in self.categories.items() if category in categories)

    @property
    def timed_states(self) -> tuple[str, ...]:
        """The states whose tickets may have a due instant: all, because a table before this one may have set it."""
        return tuple(self.categories)

    def events_in(self, state: str) -> tuple[str, ...]:
        """Returns the events that the table answers in this state, in the table's order."""
        return tuple(self._edges.get(self._present(state), ()))

    def open(self, ticket_id: str, opening: Opening, ctx: Context) -> Outcome:
        """Returns a new ticket in the initial state."""
        state, changes = self.spec.initial, opening.changes()
        due = self._timers.due(state, ctx.now, 0)
        record = AuditRecord(
            ticket=require_ticket_id(ticket_id),
            seq=1,
            at=ctx.now,
            actor=ctx.actor.id,
            event=OPENED,
            source="",
            target=state,
            changes=changes | {"due_at": _text(due)} if due else changes,
            details=opening.details(),
            machine=self.digest,
            key=ctx.key,
        )
        ticket = Ticket(
            id=ticket_id,
            state=state,
            opened_at=ctx.now,
            updated_at=ctx.now,
            entered_at=ctx.now,
            due_at=due,
            machine=self.digest,
            **changes | {"tags": opening.tags},
        )
        return Outcome(ticket, record, None, self.categories[state])

    def apply(self, ticket: Ticket, command: Command, ctx: Context) -> Outcome:
        """Returns what the command makes of the ticket.

        Edges are tried in the table's order and exactly one is followed. An instant before the ticket's last change
        counts as the instant of that change, so that the audit never goes back.

        Args:
            ticket: The ticket as stored; its due timers have been settled.
            command: What is asked.
            ctx: The instant and who asks.

        Raises:
            IllegalTransition: The table does not answer the event in this state.
            GuardFailed: A guard does not hold.
            Forbidden: The actor lacks the permission.
        """
        edges = self._edges.get(ticket.state)
        if edges is None:
            edges = self._edges.get(self._present(ticket.state), {})
        for edge in edges.get(command.event, ()):
            for guard in edge.guards:
                if not guard.holds(ticket, command, ctx):
                    break
            else:
                if edge.permission is not None and not ctx.actor.may(edge.permission):
                    raise Forbidden(ticket.id, command.event, ctx.actor.id, edge.permission)
                return self._follow(edge, ticket, command, ctx)
        raise self._refusal(ticket, command, ctx)

    def _follow(self, edge: _Edge, ticket: Ticket, command: Command, ctx: Context) -> Outcome:
        """Fills in the three values field by field: this is the hot path, see `drafts`."""
        at = ctx.now if ctx.now > ticket.updated_at else ticket.updated_at
        values = _effects(edge, ticket, command, ctx) if edge.effects else {}
        changes = {name: list(v) if type(v) is tuple else v for name, v in values.items()} if values else {}
        after = _new(_TicketDraft)
        after.id = ticket.id
        after.customer = ticket.customer
        after.subject = ticket.subject
        after.state = edge.target
        after.priority = ticket.priority
        after.assignee = ticket.assignee
        after.tags = ticket.tags
        after.order = ticket.order
        after.channel = ticket.channel
        after.opened_at = ticket.opened_at
        after.updated_at = at
        if edge.enters:
            due = self._timers.due(edge.target, at, 0) if edge.timed else None
            if due != ticket.due_at:
                changes["due_at"] = _text(due)
            after.entered_at = at
            after.due_at = due
            after.fired = 0
        else:
            after.entered_at = ticket.entered_at
            after.due_at = ticket.due_at
            after.fired = ticket.fired
        after.merged_into = ticket.merged_into
        after.version = seq = ticket.version + 1
        after.machine = self.digest
        for name, value in values.items():
            setattr(after, name, value)
        after.__class__ = Ticket
        record = _new(_RecordDraft)
        record.ticket = ticket.id
        record.seq = seq
        record.at = at
        record.actor = ctx.actor.id
        record.event = command.event
        record.source = ticket.state if ticket.state in self._edges else self._present(ticket.state)
        record.target = edge.target
        record.changes = changes
        record.details = command.details()
        record.machine = self.digest
        record.key = ctx.key
        record.__class__ = AuditRecord
        outcome = _new(_OutcomeDraft)
        outcome.ticket = after
        outcome.record = record
        outcome.left = edge.left
        outcome.entered = edge.entered
        outcome.__class__ = Outcome
        return outcome  # type: ignore[no-any-return]  # the draft has just become an Outcome

    def available(self, ticket: Ticket, actor: Actor, now: datetime) -> tuple[str, ...]:
        """Returns the events that this actor can cause now, in the table's order.

        Guards that judge the command itself are left out, for there is none yet.
        """
        ctx = Context(now, actor)
        return tuple(
            event
            for event, edges in self._edges.get(self._present(ticket.state), {}).items()
            if any(_open_to(edge, ticket, ctx) for edge in edges)
        )

    def settle(self, ticket: Ticket, now: datetime) -> Iterator[Outcome]:
        """Goes through what the ticket's timers have done by `now`, each at its own instant, the earliest first.

        A timer whose event is held back by a guard is noted in the audit and has fired.
        """
        while ticket.due_at is not None and ticket.due_at <= now:
            outcome = self._fire(ticket, ticket.due_at)
            yield outcome
            ticket = outcome.ticket

    def _fire(self, ticket: Ticket, due: datetime) -> Outcome:
        state, ctx = self._present(ticket.state), Context(due, TIMER)
        event = self._timers.event(state, ticket.entered_at, ticket.fired) or SKIPPED
        try:
            outcome = self.apply(ticket, Do(event), ctx)
        except (GuardFailed, IllegalTransition):
            outcome = self._skip(ticket, state, event, ctx)
        if outcome.ticket.state != state:
            return outcome
        fired = ticket.fired + 1
        following = self._timers.due(state, ticket.entered_at, fired)
        changes = {**outcome.record.changes, "fired": fired, "due_at": _text(following)}
        return attrs.evolve(
            outcome,
            ticket=attrs.evolve(outcome.ticket, fired=fired, due_at=following),
            record=attrs.evolve(outcome.record, changes=changes),
        )

    def _skip(self, ticket: Ticket, state: str, event: str, ctx: Context) -> Outcome:
        at, category = max(ctx.now, ticket.updated_at), self.categories.get(state, "running")
        record = AuditRecord(
            ticket=ticket.id,
            seq=ticket.version + 1,
            at=at,
            actor=ctx.actor.id,
            event=SKIPPED,
            source=state,
            target=state,
            details={"event": event},
            machine=self.digest,
        )
        after = attrs.evolve(ticket, state=state, updated_at=at, version=record.seq, machine=self.digest)
        return Outcome(after, record, category, category)

    def _present(self, state: str) -> str:
        return self.spec.formerly.get(state, state)

    def _refusal(self, ticket: Ticket, command: Command, ctx: Context) -> IllegalTransition | GuardFailed:
        state = self._present(ticket.state)
        edges = self._edges.get(state, {}).get(command.event)
        if not edges:
            return IllegalTransition(ticket.id, state, command.event, self.events_in(state))
        name = next(guard.name for guard in edges[0].guards if not guard.holds(ticket, command, ctx))
        return GuardFailed(ticket.id, state, command.event, name)


def _effects(edge: _Edge, ticket: Ticket, command: Command, ctx: Context) -> dict[str, Any]:
    """Returns the fields that really have a new value, whatever several effects say one after the other."""
    values: dict[str, Any] = {}
    for effect in edge.effects:
        for name, value in effect.changes(ticket, command, ctx).items():
            if name not in SETTABLE:
                allowed = ", ".join(sorted(SETTABLE))
                raise PolicyError(f"The effect {effect.name!r} sets {name!r}; effects may set {allowed}.")
            if value != getattr(ticket, name):
                values[name] = value
            else:
                values.pop(name, None)
    return values


def _open_to(edge: _Edge, ticket: Ticket, ctx: Context) -> bool:
    if edge.permission is not None and not ctx.actor.may(edge.permission):
        return False
    return all(guard.needs or guard.holds(ticket, None, ctx) for guard in edge.guards)


def _text(due: datetime | None) -> str | None:
    return None if due is None else due.isoformat()
