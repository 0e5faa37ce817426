"""What can be wrong with a table of states, found before the first ticket meets it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping

import attrs

from crmkit.tickets.commands import COMMANDS
from crmkit.tickets.rules import Effect, Guard
from crmkit.tickets.table import CATEGORIES, Table, Transition

__all__ = ["OPENED", "SKIPPED", "defects"]

OPENED = "opened"
"""The event of a ticket's first audit record."""

SKIPPED = "timer_skipped"
"""The event of an audit record that tells of a timer whose event was held back."""

_LONGEST = 64


def defects(
    table: Table, guards: Mapping[str, Guard], effects: Mapping[str, Effect], *, has_business_clock: bool
) -> list[str]:
    """Returns one sentence for each thing that is wrong with the table; an empty list is a sound table.

    Args:
        table: The table.
        guards: The guards it may name.
        effects: The effects it may name.
        has_business_clock: There is a function for timers that count business time.
    """
    found = list(_bad_names(table))
    found += _unknown_names(table, guards, effects)
    found += _bad_timers(table, has_business_clock)
    if not found:  # the ones below would only repeat what is wrong above
        found += _hidden_edges(table)
        found += _dead_ends(table)
        found += _missing_fields(table, guards, effects)
    return found


def _bad_names(table: Table) -> Iterator[str]:
    if not table.states:
        yield "there are no states"
    for name, times in Counter(state.name for state in table.states).items():
        if times > 1:
            yield f"the state {name!r} is given {times} times"
    for state in table.states:
        if state.category not in CATEGORIES:
            yield f"the state {state.name!r} has no category of {', '.join(CATEGORIES)}, but {state.category!r}"
    for name in [*(state.name for state in table.states), *table.events]:
        if not 0 < len(name) <= _LONGEST:
            yield f"the name {name!r} must have 1 to {_LONGEST} signs"
    for event in table.events:
        if event in (OPENED, SKIPPED):
            yield f"the event name {event!r} is kept for the audit"
        elif event not in {edge.event for edge in table.transitions}:
            yield f"the event {event!r} is declared, and no transition answers it"


def _unknown_names(table: Table, guards: Collection[str], effects: Collection[str]) -> Iterator[str]:
    states = {state.name for state in table.states}
    events = {*COMMANDS, *table.events}
    if table.initial not in states:
        yield f"the initial state {table.initial!r} is unknown"
    for edge in table.transitions:
        where = f"the transition {edge.source!r} on {edge.event!r}"
        if edge.source not in states:
            yield f"{where} leaves an unknown state"
        if edge.target not in states:
            yield f"{where} leads to the unknown state {edge.target!r}"
        if edge.event not in events:
            yield f"{where} answers an unknown event; declare the host's own in `events`"
        yield from (f"{where} names the unknown guard {name!r}" for name in edge.guards if name not in guards)
        yield from (f"{where} names the unknown effect {name!r}" for name in edge.effects if name not in effects)
    for old, new in table.formerly.items():
        if old in states:
            yield f"{old!r} is given as a former name and is a state still"
        if new not in states:
            yield f"the former state {old!r} is replaced by the unknown state {new!r}"


def _bad_timers(table: Table, has_business_clock: bool) -> Iterator[str]:
    states = {state.name for state in table.states}
    edges = {(edge.source, edge.event) for edge in table.transitions}
    for timer in table.timers:
        where = f"the timer of {timer.state!r} for {timer.event!r}"
        if timer.state not in states:
            yield f"{where} belongs to an unknown state"
        elif (timer.state, timer.event) not in edges:
            yield f"{where} fires an event that has no transition there"
        if timer.after.total_seconds() < 1 or timer.after.microseconds:
            yield f"{where} must wait for whole seconds, one at least, got {timer.after}"
        if timer.clock not in ("calendar", "business"):
            yield f"{where} has the unknown clock {timer.clock!r}"
        elif timer.clock == "business" and not has_business_clock:
            yield f"{where} counts business time; give compile(business=…) a function that does"


def _hidden_edges(table: Table) -> Iterator[str]:
    seen: dict[tuple[str, str], list[Transition]] = {}
    for edge in table.transitions:
        before = seen.setdefault((edge.source, edge.event), [])
        if any(set(earlier.guards) <= set(edge.guards) for earlier in before):
            yield (
                f"the transition {edge.source!r} on {edge.event!r} to {edge.target!r} is never reached: an earlier one "
                "asks for no more; give the earlier one a guard, or put the one with more guards first"
            )
        before.append(edge)


def _dead_ends(table: Table) -> Iterator[str]:
    leads: dict[str, set[str]] = {state.name: set() for state in table.states}
    for edge in table.transitions:
        leads[edge.source].add(edge.target)
    reached, new = {table.initial}, {table.initial}
    while new:
        new = {target for state in new for target in leads[state]} - reached
        reached |= new
    for state in table.states:
        if state.name not in reached:
            yield f"the state {state.name!r} is never reached from {table.initial!r}"
        if state.category != "terminal" and not leads[state.name] - {state.name}:
            yield f"the state {state.name!r} is {state.category} and has no way out; make it terminal or add one"


def _missing_fields(table: Table, guards: Mapping[str, Guard], effects: Mapping[str, Effect]) -> Iterator[str]:
    """Finds rules that read a field which the command, or the bare event of a timer, does not have."""
    timed = {(timer.state, timer.event) for timer in table.timers}
    for edge in table.transitions:
        needed = [(name, field) for name in edge.guards for field in guards[name].needs]
        needed += [(name, field) for name in edge.effects for field in effects[name].needs]
        command = COMMANDS.get(edge.event)
        given = {a.name for a in attrs.fields(command)} if command else None
        for name, field in needed:
            where = f"the transition {edge.source!r} on {edge.event!r}: the rule {name!r} reads `{field}`"
            if given is not None and field not in given:
                yield f"{where}, which the command has not"
            elif (edge.source, edge.event) in timed:
                yield f"{where}, and a timer that fires the event has none to give"
