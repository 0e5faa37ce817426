"""The machine on tables of a host's own: guards, effects, former states, categories."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta, timezone

import attrs
import pytest

from crmkit import tickets
from crmkit.errors import InputError, PolicyError
from crmkit.tickets import DEFAULT, Actor, Context, Do, Effect, Guard, MachineSpec, Opening, State, Transition

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
CTX = Context(NOW, Actor("mei"))


def opened(machine, **more):
    return machine.open("t-1", Opening(customer="c", subject="s", **more), CTX)


# The statuses of django-helpdesk and the moves it allows from each (its default settings), as a table of our own.
HELPDESK_MOVES = {
    "Open": ["Resolved", "Closed", "Duplicate"],
    "Reopened": ["Resolved", "Closed", "Duplicate"],
    "Resolved": ["Reopened", "Closed"],
    "Closed": ["Reopened"],
    "Duplicate": ["Reopened"],
}
HELPDESK = MachineSpec(
    name="helpdesk",
    initial="Open",
    states=[
        State("Open", "running"),
        State("Reopened", "running"),
        State("Resolved", "resolved"),
        State("Closed", "terminal"),
        State("Duplicate", "terminal"),
    ],
    # Staying in a state is a move that each of its forms offers.
    transitions=[
        Transition(source, f"to {target}", target)
        for source, targets in HELPDESK_MOVES.items()
        for target in [source, *targets]
    ],
    events=[f"to {target}" for target in HELPDESK_MOVES],
)


def test_a_helpdesk_table_of_another_product_loads_with_15_of_25_pairs():
    machine = MachineSpec.from_json(HELPDESK.to_json()).compile()
    legal = 0
    for source in HELPDESK_MOVES:
        ticket = attrs.evolve(opened(machine).ticket, state=source)
        for target in HELPDESK_MOVES:
            try:
                assert machine.apply(ticket, Do(f"to {target}"), CTX).ticket.state == target
                legal += 1
            except tickets.IllegalTransition:
                assert target not in [source, *HELPDESK_MOVES[source]]
    assert legal == 15
    for ended in ("Closed", "Duplicate"):
        assert machine.events_in(ended) == (f"to {ended}", "to Reopened")


def test_guards_are_tried_in_the_tables_order_and_one_edge_fires():
    tried = []

    def guard(name, answer):
        return Guard(name, lambda *_: tried.append(name) or answer)

    spec = MachineSpec(
        name="ordered",
        initial="open",
        states=[State("open", "running"), State("a", "terminal"), State("b", "terminal"), State("c", "terminal")],
        transitions=[
            Transition("open", "close", "a", guards=("no", "never_asked")),
            Transition("open", "close", "b", guards="yes"),
            Transition("open", "close", "c", guards="also"),
        ],
    )
    names = [guard("no", False), guard("never_asked", True), guard("yes", True), guard("also", True)]
    machine = spec.compile(guards=names)
    outcome = machine.apply(opened(machine).ticket, tickets.Close(), CTX)
    assert (outcome.ticket.state, tried) == ("b", ["no", "yes"])
    assert outcome.record.seq == 2


def test_guard_failed_names_the_first_guard_that_failed():
    spec = attrs.evolve(
        DEFAULT,
        transitions=[
            attrs.evolve(edge, guards=("is_unassigned", "assignee_is_actor")) if edge.event == "resolve" else edge
            for edge in DEFAULT.transitions
        ],
    )
    machine = spec.compile()
    with pytest.raises(tickets.GuardFailed) as refused:
        machine.apply(opened(machine).ticket, tickets.Resolve(), CTX)
    assert (refused.value.name, refused.value.state) == ("assignee_is_actor", "new")
    assert "resolve" not in machine.available(opened(machine).ticket, Actor("mei"), NOW)


def test_the_ticket_that_came_in_is_not_changed_and_the_one_that_goes_out_is_frozen():
    machine = DEFAULT.compile()
    before = opened(machine).ticket
    copy = attrs.evolve(before)
    outcome = machine.apply(before, tickets.Assign("mei"), CTX)
    assert before == copy
    for value, field in ((outcome.ticket, "state"), (outcome.record, "seq"), (outcome, "ticket")):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(value, field, "x")
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            delattr(value, field)
        assert pickle.loads(pickle.dumps(value)) == value
    assert type(outcome.ticket) is tickets.Ticket
    assert type(outcome.record) is tickets.AuditRecord
    assert hash(outcome.ticket) == hash(attrs.evolve(outcome.ticket))


def test_the_same_call_gives_the_same_outcome():
    machine = DEFAULT.compile()
    ticket = opened(machine).ticket
    first, second = (machine.apply(ticket, tickets.Reply("hi"), CTX) for _ in range(2))
    assert first == second
    assert [event.key for event in first.events] == [event.key for event in second.events]


def test_an_instant_before_the_last_change_counts_as_that_change():
    machine = DEFAULT.compile()
    early = Context(NOW - timedelta(hours=1), Actor("mei"))
    outcome = machine.apply(opened(machine).ticket, tickets.Assign("mei"), early)
    assert outcome.record.at == outcome.ticket.entered_at == NOW


def test_an_effect_may_not_set_what_the_machine_sets():
    transitions = [*DEFAULT.transitions, Transition("new", "cheat", "new", effects="cheat")]
    spec = attrs.evolve(DEFAULT, transitions=transitions, events="cheat")
    machine = spec.compile(effects=[Effect("cheat", lambda *_: {"version": 99})])
    with pytest.raises(PolicyError, match="'cheat' sets 'version'"):
        machine.apply(opened(machine).ticket, Do("cheat"), CTX)


def test_a_stored_ticket_survives_a_renamed_state():
    before = DEFAULT.with_state(State("at_carrier", "paused"), like="on_hold", event="ask_carrier").compile()
    waiting = before.apply(opened(before).ticket, Do("ask_carrier"), CTX).ticket
    after = attrs.evolve(DEFAULT, formerly={"at_carrier": "on_hold"}).compile()
    assert before.digest != after.digest
    assert after.categories["at_carrier"] == "paused"
    assert "at_carrier" in after.states_of("running", "paused")
    assert "resume" in after.available(waiting, Actor("mei"), NOW)
    noted = after.apply(waiting, tickets.Note("x"), CTX)
    assert (noted.ticket.state, noted.record.source, noted.ticket.machine) == ("on_hold", "on_hold", after.digest)
    assert after.apply(waiting, tickets.Resume(), CTX).ticket.state == "open"
    with pytest.raises(tickets.IllegalTransition):
        DEFAULT.compile().apply(waiting, tickets.Resume(), CTX)


def test_a_state_of_the_hosts_own_behaves_like_the_one_it_is_like():
    spec = DEFAULT.with_state(State("at_carrier", "paused"), like="on_hold", event="ask_carrier")
    machine = spec.compile()
    for source in ("new", "open", "pending", "on_hold"):
        assert "ask_carrier" in machine.events_in(source)
    assert machine.events_in("at_carrier") == machine.events_in("on_hold")[:-1]
    with pytest.raises(PolicyError, match="no state 'on_hodl'"):
        DEFAULT.with_state(State("x", "paused"), like="on_hodl", event="y")
    with pytest.raises(tickets.Forbidden):
        machine.apply(opened(machine).ticket, Do("ask_carrier"), Context(NOW, Actor("c", permissions=())))


def test_opening_tells_one_record_and_one_event():
    outcome = opened(DEFAULT.compile(), text="Where?", order="o-1", channel="mail", tags="late")
    assert (outcome.ticket.state, outcome.ticket.version, outcome.left, outcome.entered) == ("new", 1, None, "running")
    (event,) = outcome.events
    assert (event.name, event.key, event.order) == ("TicketOpened", "t-1:1:TicketOpened", "o-1")
    assert "Where?" not in str(event.data())


def test_events_of_a_life():
    machine = DEFAULT.compile()
    ticket, told = opened(machine).ticket, []
    life = [tickets.Reply("hi"), tickets.Reply("psst", public=False), tickets.Note("n"), tickets.Resolve()]
    life += [tickets.CustomerReplied("no"), tickets.MergeInto("t-2")]
    for command in life:
        outcome = machine.apply(ticket, command, CTX)
        ticket = outcome.ticket
        told.append([event.name for event in outcome.events])
    assert told == [
        ["TicketReplied", "TicketStateChanged"],
        ["TicketReplied"],
        [],
        ["TicketStateChanged", "TicketResolved"],
        ["TicketReplied", "TicketStateChanged", "TicketReopened"],
        ["TicketMerged", "TicketStateChanged", "TicketClosed"],
    ]


def test_a_naive_instant_and_a_bad_id_are_refused():
    with pytest.raises(InputError):
        Context(datetime(2026, 11, 24))  # noqa: DTZ001  # the naive instant is what is tested
    with pytest.raises(InputError):
        DEFAULT.compile().open("x" * 65, Opening(customer="c", subject="s"), CTX)


def test_instants_of_any_zone_are_compared_as_instants():
    machine, china = DEFAULT.compile(), timezone(timedelta(hours=8))
    ticket = opened(machine).ticket
    outcome = machine.apply(ticket, tickets.Note("x"), Context((NOW + timedelta(hours=1)).astimezone(china)))
    assert outcome.record.at == NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    "error",
    [
        tickets.IllegalTransition("t", "closed", "reopen", ("note",)),
        tickets.GuardFailed("t", "open", "resolve", "is_assigned"),
        tickets.Forbidden("t", "assign", "c", "work"),
        tickets.Conflict("t", "k", "assign"),
    ],
)
def test_refusals_carry_facts_and_cross_processes(error):
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again)) == (type(error), str(error))
    assert error.code in ("illegal_transition", "guard_failed", "forbidden", "conflict")
    assert isinstance(error, tickets.IllegalTransition.__mro__[1])
