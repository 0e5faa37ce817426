"""The default table, edge by edge: each pair of state and event is listed here or refused."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest

from crmkit import tickets
from crmkit.tickets import DEFAULT, Actor, Context, Opening

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
MACHINE = DEFAULT.compile()
COMMANDS = [
    tickets.Assign("mei"),
    tickets.Unassign(),
    tickets.Reply("on its way"),
    tickets.Note("called the carrier"),
    tickets.CustomerReplied("where?"),
    tickets.Pend(),
    tickets.Hold("carrier"),
    tickets.Resume(),
    tickets.Resolve("refunded"),
    tickets.Reopen(),
    tickets.Close(),
    tickets.MarkSpam(),
    tickets.MergeInto("t-2"),
    tickets.Absorb("t-3"),
    tickets.Retag(add="late"),
    tickets.SetPriority("high"),
]
# One row an event; the columns are the states; "." is refused.
EDGES = """
                 new      open     pending  on_hold  resolved closed merged spam
assign           open     open     pending  on_hold  resolved .      .      .
unassign         new      open     pending  on_hold  .        .      .      .
reply            open     open     pending  on_hold  resolved .      .      .
note             new      open     pending  on_hold  resolved closed merged spam
customer_replied new      open     open     open     open     .      .      .
pend             pending  pending  .        pending  .        .      .      .
hold             on_hold  on_hold  on_hold  .        .        .      .      .
resume           .        .        open     open     .        .      .      .
resolve          resolved resolved resolved resolved .        .      .      .
reopen           .        .        .        .        open     .      .      open
close            .        .        .        .        closed   .      .      .
mark_spam        spam     spam     spam     spam     .        .      .      .
merge_into       merged   merged   merged   merged   merged   .      .      .
absorb           new      open     pending  on_hold  .        .      .      .
retag            new      open     pending  on_hold  resolved closed merged spam
set_priority     new      open     pending  on_hold  resolved .      .      .
"""
STATES, *ROWS = [line.split() for line in EDGES.strip().splitlines()]
PAIRS = [(state, row[0], target) for row in ROWS for state, target in zip(STATES, row[1:], strict=True)]


def ticket_in(state: str) -> tickets.Ticket:
    opened = MACHINE.open("t-1", Opening(customer="c", subject="s"), Context(NOW)).ticket
    return attrs.evolve(opened, state=state)


@pytest.mark.parametrize(("state", "event", "target"), PAIRS)
def test_every_pair_of_state_and_event(state, event, target):
    command = next(command for command in COMMANDS if command.event == event)
    if target == ".":
        with pytest.raises(tickets.IllegalTransition) as refused:
            MACHINE.apply(ticket_in(state), command, Context(NOW))
        assert refused.value.allowed == MACHINE.events_in(state)
        assert event not in refused.value.allowed
    else:
        outcome = MACHINE.apply(ticket_in(state), command, Context(NOW))
        assert (outcome.ticket.state, outcome.record.source, outcome.record.target) == (target, state, target)
        assert event in MACHINE.available(ticket_in(state), Actor("mei"), NOW)


def test_the_table_above_is_the_whole_table():
    assert {command.event for command in COMMANDS} == set(tickets.COMMANDS) == {row[0] for row in ROWS}
    assert tuple(STATES) == tuple(state.name for state in DEFAULT.states)
    assert len(DEFAULT.transitions) == sum(target != "." for _, _, target in PAIRS)


def test_categories():
    assert MACHINE.categories == {
        "new": "running",
        "open": "running",
        "pending": "paused",
        "on_hold": "paused",
        "resolved": "resolved",
        "closed": "terminal",
        "merged": "terminal",
        "spam": "terminal",
    }


@pytest.mark.parametrize("state", STATES)
def test_a_customer_can_reply_and_nothing_else(state):
    customer = Actor("c", permissions=())
    legal = MACHINE.available(ticket_in(state), customer, NOW)
    assert set(legal) <= {"customer_replied"}
    for command in COMMANDS:
        if command.event in MACHINE.events_in(state) and command.event not in legal:
            with pytest.raises(tickets.Forbidden) as refused:
                MACHINE.apply(ticket_in(state), command, Context(NOW, customer))
            assert refused.value.permission == tickets.WORK


def test_effects_change_their_fields():
    ctx = Context(NOW, Actor("mei"))
    ticket = ticket_in("open")
    for command in (tickets.Assign("jun"), tickets.SetPriority("urgent"), tickets.Retag(add=["b", "a"], remove="b")):
        ticket = MACHINE.apply(ticket, command, ctx).ticket
    assert (ticket.assignee, ticket.priority, ticket.tags) == ("jun", "urgent", ("a",))
    assert MACHINE.apply(ticket, tickets.Unassign(), ctx).ticket.assignee is None
    assert MACHINE.apply(ticket, tickets.MergeInto("t-2"), ctx).ticket.merged_into == "t-2"
    with pytest.raises(tickets.GuardFailed) as refused:
        MACHINE.apply(ticket, tickets.MergeInto("t-1"), ctx)
    assert refused.value.name == "target_is_another"
