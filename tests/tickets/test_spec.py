"""Tables written down: JSON, digest, Mermaid."""

from __future__ import annotations

import json
from datetime import timedelta

import attrs
import pytest

from crmkit.errors import PolicyError
from crmkit.tickets import DEFAULT, MachineSpec, State, Timer, Transition

FULL = attrs.evolve(
    DEFAULT.with_state(State("等快递", "paused"), like="on_hold", event="ask_carrier"),
    timers=[Timer("resolved", timedelta(days=4), "close"), Timer("等快递", timedelta(hours=30), "resume")],
    formerly={"waiting": "等快递"},
)


@pytest.mark.parametrize("spec", [DEFAULT, FULL])
def test_json_there_and_back(spec):
    again = MachineSpec.from_json(spec.to_json())
    assert again == spec
    assert again.digest == spec.digest
    assert again.to_mermaid() == spec.to_mermaid()
    json.loads(spec.to_json())


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"name": "x"}', '{"name":"x","initial":"a","states":[{"nme":"a"}],"transitions":[]}', "null"],
)
def test_what_is_no_table_is_refused(text):
    with pytest.raises(PolicyError, match="not a table"):
        MachineSpec.from_json(text)


def test_the_digest_changes_with_every_part():
    others = [
        attrs.evolve(DEFAULT, name="x"),
        attrs.evolve(DEFAULT, initial="open"),
        attrs.evolve(DEFAULT, states=DEFAULT.states[::-1]),
        attrs.evolve(DEFAULT, transitions=DEFAULT.transitions[1:]),
        attrs.evolve(DEFAULT, timers=FULL.timers[:1]),
        attrs.evolve(DEFAULT, timers=[attrs.evolve(FULL.timers[0], clock="business")]),
        attrs.evolve(DEFAULT, formerly={"a": "open"}),
        attrs.evolve(DEFAULT, events=["x"]),
    ]
    digests = {spec.digest for spec in [DEFAULT, *others]}
    assert len(digests) == len(others) + 1
    assert all(len(digest) == 32 for digest in digests)


def test_mermaid_of_a_small_table():
    spec = MachineSpec(
        name="small",
        initial="open",
        states=[State("open", "running"), State('at "carrier"', "paused"), State("end", "terminal")],
        transitions=[
            Transition("open", "hold", 'at "carrier"'),
            Transition('at "carrier"', "resume", "open"),
            Transition("open", "note", "open"),
            Transition("open", "close", "end", guards=("is_assigned", "assignee_is_actor")),
            Transition("open", "resolve", "end"),
        ],
        timers=[Timer('at "carrier"', timedelta(days=1, hours=6), "resume")],
    )
    assert spec.to_mermaid() == (
        "stateDiagram-v2\n"
        "    state \"at 'carrier'\" as s1\n"
        '    state "end" as s2\n'
        "    [*] --> open\n"
        "    open --> s1 : hold\n"
        "    s1 --> open : resume (after 1 d 6 h)\n"
        "    open --> open : note\n"
        "    open --> s2 : close [is_assigned and assignee_is_actor], resolve\n"
        "    %% running: open\n"
        "    %% paused: s1\n"
        "    s2 --> [*]\n"
    )
