"""Ten thousand random lives: replay, versions and instants hold in each of them."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from crmkit import tickets
from crmkit.storage.memory import MemoryStore
from crmkit.tickets import DEFAULT, Context, Opening, State, Timer

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
SPEC = attrs.evolve(
    DEFAULT.with_state(State("at_carrier", "paused"), like="on_hold", event="ask_carrier"),
    timers=[
        Timer("resolved", timedelta(hours=30), "close"),
        Timer("pending", timedelta(hours=5), "customer_replied"),
        Timer("pending", timedelta(hours=3), "note"),
        Timer("at_carrier", timedelta(hours=2), "resume"),
    ],
)
MACHINE = SPEC.compile()
COMMANDS = [
    tickets.Assign("mei"),
    tickets.Unassign(),
    tickets.Reply("r"),
    tickets.Note("n"),
    tickets.CustomerReplied("c"),
    tickets.Pend(),
    tickets.Hold(),
    tickets.Resume(),
    tickets.Resolve("done"),
    tickets.Reopen(),
    tickets.Close(),
    tickets.MarkSpam(),
    tickets.MergeInto("t-2"),
    tickets.Absorb("t-3"),
    tickets.Retag(add=["a"], remove=["b"]),
    tickets.SetPriority("low"),
    tickets.Do("ask_carrier"),
]


def live(chance: random.Random) -> tuple[tickets.Ticket, list[tickets.AuditRecord]]:
    outcome = MACHINE.open("t-1", Opening(customer="c", subject="s", tags=["b"]), Context(NOW))
    ticket, records, now = outcome.ticket, [outcome.record], NOW
    for _ in range(12):
        now += timedelta(minutes=chance.choice((0, 20, 180, 600)))
        for outcome in MACHINE.settle(ticket, now):
            records.append(outcome.record)
            ticket = outcome.ticket
        command, legal = chance.choice(COMMANDS), MACHINE.available(ticket, tickets.SYSTEM, now)
        if command.event in legal:
            outcome = MACHINE.apply(ticket, command, Context(now))
            records.append(outcome.record)
            ticket = outcome.ticket
        else:
            with pytest.raises(tickets.IllegalTransition) as refused:
                MACHINE.apply(ticket, command, Context(now))
            assert refused.value.allowed == MACHINE.events_in(ticket.state) == legal
    return ticket, records


def test_ten_thousand_lives_replay_to_the_same_ticket():
    chance, ends = random.Random(20261124), set()
    for _ in range(10_000):
        ticket, records = live(chance)
        assert tickets.replay(records) == ticket
        assert ticket.version == len(records)
        assert all(before.at <= after.at for before, after in itertools.pairwise(records))
        assert all(before.target == after.source for before, after in itertools.pairwise(records))
        ends.add(ticket.state)
    assert ends == set(MACHINE.categories)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.integers(0, 2**32))
def test_a_part_of_the_records_is_the_ticket_of_that_time(seed):
    _, records = live(random.Random(seed))
    for count in range(1, len(records) + 1):
        part = tickets.replay(records[:count])
        assert (part.version, part.state, part.updated_at) == (count, records[count - 1].target, records[count - 1].at)


class Desk(RuleBasedStateMachine):
    """Drives a desk at random and compares it with what the pure machine says."""

    def __init__(self):
        super().__init__()
        self.desk, self.now, self.model = tickets.TicketDesk(MemoryStore(), SPEC), NOW, {}

    @rule(minutes=st.sampled_from([0, 1, 120, 2000]))
    def wait(self, minutes):
        self.now += timedelta(minutes=minutes)

    @rule(key=st.sampled_from(["k1", "k2", "k3"]))
    def open(self, key):
        ticket = self.desk.open(customer="c", subject="s", key=key, now=self.now)
        self.model.setdefault(ticket.id, 1)

    @precondition(lambda self: self.model)
    @rule(data=st.data(), command=st.sampled_from(COMMANDS[:12] + COMMANDS[14:]))
    def apply(self, data, command):
        id_ = data.draw(st.sampled_from(sorted(self.model)))
        legal = command.event in self.desk.available(id_, now=self.now)
        try:
            self.model[id_] = self.desk.apply(id_, command, now=self.now).version
            assert legal
        except tickets.IllegalTransition:
            assert not legal

    @rule()
    def tick(self):
        for ticket in self.desk.tick(now=self.now):
            self.model[ticket.id] = ticket.version
        assert self.desk.tick(now=self.now) == ()

    @invariant()
    def history_is_the_ticket(self):
        for id_, version in self.model.items():
            assert tickets.replay(self.desk.history(id_)) == self.desk.get(id_)
            assert self.desk.get(id_).version == version


TestDesk = Desk.TestCase
TestDesk.settings = settings(max_examples=60, stateful_step_count=30, deadline=None, derandomize=True)
