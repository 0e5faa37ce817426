"""Timers: instants that are stored with the ticket and fire at their own time, whoever looks first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from crmkit import tickets
from crmkit.storage.memory import MemoryStore
from crmkit.tickets import DEFAULT, Guard, Timer, Transition

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
DAY = timedelta(days=1)
REMINDING = attrs.evolve(
    DEFAULT,
    transitions=[
        *DEFAULT.transitions,
        Transition("pending", "remind", "pending"),
        Transition("pending", "give_up", "resolved", guards="is_assigned"),
    ],
    events=["remind", "give_up"],
    timers=[
        Timer("pending", 3 * DAY, "give_up"),
        Timer("pending", DAY, "remind"),
        Timer("pending", 2 * DAY, "remind"),
        Timer("resolved", 4 * DAY, "close"),
    ],
)


def waiting(spec=REMINDING, *, assigned=True):
    desk = tickets.TicketDesk(MemoryStore(), spec)
    ticket = desk.open(customer="c", subject="s", now=NOW)
    if assigned:
        desk.apply(ticket.id, tickets.Assign("mei"), now=NOW)
    return desk, desk.apply(ticket.id, tickets.Pend(), now=NOW)


def events(desk, ticket):
    return [(record.event, (record.at - NOW) / DAY) for record in desk.history(ticket.id) if record.at > NOW]


def test_all_timers_of_a_life_fire_at_their_own_instants_even_when_nobody_looked():
    desk, ticket = waiting()
    assert ticket.due_at == NOW + DAY
    (after,) = desk.tick(now=NOW + 30 * DAY)
    assert events(desk, ticket) == [("remind", 1), ("remind", 2), ("give_up", 3), ("close", 7)]
    assert (after.state, after.due_at, after.fired) == ("closed", None, 0)
    assert tickets.replay(desk.history(ticket.id)) == after
    assert {record.actor for record in desk.history(ticket.id)[3:]} == {"timer"}


def test_looking_often_or_once_is_the_same():
    desk, ticket = waiting()
    for hours in range(0, 24 * 8, 5):
        desk.tick(now=NOW + timedelta(hours=hours))
    other, twin = waiting()
    other.tick(now=NOW + 8 * DAY)
    assert events(desk, ticket) == events(other, twin)


def test_staying_in_the_state_does_not_start_its_timers_again_and_coming_back_does():
    desk, ticket = waiting()
    noted = desk.apply(ticket.id, tickets.Note("x"), now=NOW + timedelta(hours=20))
    assert noted.due_at == NOW + DAY
    desk.apply(ticket.id, tickets.CustomerReplied("?"), now=NOW + timedelta(hours=21))
    assert desk.get(ticket.id).due_at is None
    again = desk.apply(ticket.id, tickets.Pend(), now=NOW + timedelta(hours=22))
    assert (again.due_at, again.fired) == (NOW + timedelta(hours=46), 0)


def test_at_one_instant_the_timer_is_before_the_event():
    desk, ticket = waiting()
    desk.apply(ticket.id, tickets.CustomerReplied("?"), now=NOW + DAY)
    assert [event for event, _ in events(desk, ticket)] == ["remind", "customer_replied"]


def test_available_tells_what_is_legal_after_the_due_timers_and_writes_nothing():
    desk, ticket = waiting()
    assert "resume" in desk.available(ticket.id, now=NOW)
    assert desk.available(ticket.id, now=NOW + 9 * DAY) == ("note", "retag")
    assert desk.get(ticket.id) == ticket


def test_a_timer_that_a_guard_holds_back_is_noted_and_has_fired():
    desk, ticket = waiting(assigned=False)
    (after,) = desk.tick(now=NOW + 30 * DAY)
    assert events(desk, ticket)[-1] == ("timer_skipped", 3)
    assert (after.state, after.due_at) == ("pending", None)
    assert desk.history(ticket.id)[-1].details == {"event": "give_up"}
    assert tickets.replay(desk.history(ticket.id)) == after
    assert desk.tick(now=NOW + 60 * DAY) == ()


def test_a_due_instant_of_a_former_table_comes_to_rest():
    desk, ticket = waiting()
    newer = tickets.TicketDesk(desk._store, attrs.evolve(REMINDING, timers=()))
    (after,) = newer.tick(now=NOW + DAY)
    assert (after.state, after.due_at) == ("pending", None)
    assert newer.history(ticket.id)[-1].event == "timer_skipped"
    assert tickets.replay(newer.history(ticket.id)) == after


def test_business_time_is_counted_by_the_hosts_function():
    def weekdays(start, after):
        moment, left = start, after / DAY
        while left:
            moment += DAY
            left -= moment.weekday() < 5
        return moment

    spec = attrs.evolve(DEFAULT, timers=[Timer("resolved", 4 * DAY, "close", "business")])
    desk = tickets.TicketDesk(MemoryStore(), spec.compile(business=weekdays))
    ticket = desk.open(customer="c", subject="s", now=NOW)
    assert desk.apply(ticket.id, tickets.Resolve(), now=NOW).due_at == NOW + 6 * DAY


def test_a_guard_with_a_timer_sees_the_timer_as_actor():
    spec = attrs.evolve(
        DEFAULT,
        transitions=[
            attrs.evolve(edge, guards="by_timer") if edge.event == "close" else edge for edge in DEFAULT.transitions
        ],
        timers=[Timer("resolved", DAY, "close")],
    )
    machine = spec.compile(guards=[Guard("by_timer", lambda ticket, command, ctx: ctx.actor == tickets.TIMER)])
    desk = tickets.TicketDesk(MemoryStore(), machine)
    ticket = desk.open(customer="c", subject="s", now=NOW)
    desk.apply(ticket.id, tickets.Resolve(), now=NOW)
    with pytest.raises(tickets.GuardFailed):
        desk.apply(ticket.id, tickets.Close(), now=NOW)
    assert [after.state for after in desk.tick(now=NOW + DAY)] == ["closed"]


def test_the_limit_leaves_the_rest_for_the_next_call():
    desk = tickets.TicketDesk(MemoryStore(), REMINDING)
    for _ in range(5):
        desk.apply(desk.open(customer="c", subject="s", now=NOW).id, tickets.Pend(), now=NOW)
    assert [len(desk.tick(now=NOW + DAY, limit=2)) for _ in range(4)] == [2, 2, 1, 0]
