"""Every defect that a table can have is found when it is compiled."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from crmkit.errors import PolicyError
from crmkit.tickets import DEFAULT, Effect, Guard, MachineSpec, State, Timer, Transition

DAY = timedelta(days=1)
SOUND = MachineSpec(
    name="sound",
    initial="open",
    states=[State("open", "running"), State("waiting", "paused"), State("closed", "terminal")],
    transitions=[
        Transition("open", "pend", "waiting"),
        Transition("waiting", "resume", "open"),
        Transition("open", "close", "closed"),
    ],
    timers=[Timer("waiting", DAY, "resume")],
)


def more(*edges: Transition, **changes: object) -> MachineSpec:
    return attrs.evolve(SOUND, transitions=[*SOUND.transitions, *edges], **changes)


DEFECTS = {
    "unknown_source": (more(Transition("opne", "close", "closed")), "leaves an unknown state"),
    "unknown_target": (more(Transition("open", "resolve", "done")), "leads to the unknown state 'done'"),
    "unknown_event": (more(Transition("open", "clsoe", "closed")), "answers an unknown event"),
    "unknown_guard": (more(Transition("open", "note", "open", guards="is_vip")), "unknown guard 'is_vip'"),
    "unknown_effect": (more(Transition("open", "note", "open", effects="pay")), "unknown effect 'pay'"),
    "unknown_initial": (attrs.evolve(SOUND, initial="new"), "initial state 'new' is unknown"),
    "no_states": (attrs.evolve(SOUND, states=[]), "there are no states"),
    "state_twice": (attrs.evolve(SOUND, states=[*SOUND.states, State("open", "paused")]), "'open' is given 2 times"),
    "no_category": (attrs.evolve(SOUND, states=[State("open", ""), *SOUND.states[1:]]), "'open' has no category"),
    "long_name": (attrs.evolve(SOUND, states=[*SOUND.states, State("x" * 65, "paused")]), "1 to 64 signs"),
    "duplicate_edge": (more(Transition("open", "close", "waiting")), "is never reached: an earlier one"),
    "duplicate_guards": (
        more(
            Transition("open", "resolve", "closed", guards="is_assigned"),
            Transition("open", "resolve", "waiting", guards=("is_unassigned", "is_assigned")),
        ),
        "asks for no more",
    ),
    "unreachable": (
        attrs.evolve(
            SOUND,
            states=[*SOUND.states, State("lost", "running")],
            transitions=[*SOUND.transitions, Transition("lost", "close", "closed")],
        ),
        "'lost' is never reached",
    ),
    "trap": (
        more(Transition("open", "hold", "held"), states=[*SOUND.states, State("held", "paused")]),
        "'held' is paused and has no way out",
    ),
    "trap_with_a_loop": (
        more(
            Transition("open", "hold", "held"),
            Transition("held", "note", "held"),
            states=[*SOUND.states, State("held", "paused")],
        ),
        "'held' is paused and has no way out",
    ),
    "timer_without_edge": (attrs.evolve(SOUND, timers=[Timer("waiting", DAY, "close")]), "no transition there"),
    "timer_of_unknown_state": (attrs.evolve(SOUND, timers=[Timer("lost", DAY, "close")]), "an unknown state"),
    "timer_at_once": (attrs.evolve(SOUND, timers=[Timer("waiting", timedelta(0), "resume")]), "whole seconds"),
    "timer_of_half_a_second": (
        attrs.evolve(SOUND, timers=[Timer("waiting", timedelta(seconds=1.5), "resume")]),
        "whole seconds",
    ),
    "timer_of_unknown_clock": (attrs.evolve(SOUND, timers=[Timer("waiting", DAY, "resume", "lunar")]), "unknown clock"),
    "business_timer_without_clock": (
        attrs.evolve(SOUND, timers=[Timer("waiting", DAY, "resume", "business")]),
        "give compile(business=",
    ),
    "event_of_nobody": (attrs.evolve(SOUND, events=["escalate"]), "'escalate' is declared, and no transition"),
    "reserved_event": (more(Transition("open", "opened", "open"), events=["opened"]), "is kept for the audit"),
    "former_state_still_there": (attrs.evolve(SOUND, formerly={"open": "waiting"}), "is a state still"),
    "former_state_of_nothing": (attrs.evolve(SOUND, formerly={"old": "gone"}), "replaced by the unknown state"),
    "effect_without_field": (
        more(Transition("open", "note", "open", effects="set_assignee")),
        "reads `to`, which the command has not",
    ),
    "timer_without_field": (
        more(
            Transition("open", "assign", "closed", effects="set_assignee"),
            timers=[Timer("open", DAY, "assign")],
        ),
        "a timer that fires the event has none to give",
    ),
}


def test_the_sound_table_is_sound():
    assert SOUND.compile().final == {"closed"}


@pytest.mark.parametrize("defect", DEFECTS)
def test_each_defect_is_refused_and_named(defect):
    table, says = DEFECTS[defect]
    with pytest.raises(PolicyError) as refused:
        table.compile()
    assert says in str(refused.value)


def test_all_defects_are_told_at_once():
    with pytest.raises(PolicyError, match=r"unknown event.*unknown guard"):
        more(Transition("open", "clsoe", "closed"), Transition("open", "note", "open", guards="is_vip")).compile()


def test_ordered_guards_and_the_hosts_own_rules_are_sound():
    table = more(
        Transition("open", "resolve", "closed", guards=("is_vip", "is_assigned")),
        Transition("open", "resolve", "closed", guards="is_vip"),
        Transition("open", "resolve", "waiting", effects="thank"),
    )
    own = {"guards": [Guard("is_vip", lambda *_: True)], "effects": [Effect("thank", lambda *_: {})]}
    assert "resolve" in table.compile(**own).events_in("open")


def test_the_default_table_is_sound():
    assert DEFAULT.compile().final == {"closed", "merged"}
