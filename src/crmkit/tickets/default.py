"""The table that crmkit comes with: eight states that most shops know."""

from __future__ import annotations

from collections.abc import Iterator

from crmkit.tickets.model import WORK
from crmkit.tickets.spec import MachineSpec
from crmkit.tickets.table import State, Transition

__all__ = ["DEFAULT"]

_STATES = (
    State("new", "running"),
    State("open", "running"),
    State("pending", "paused"),
    State("on_hold", "paused"),
    State("resolved", "resolved"),
    State("closed", "terminal"),
    State("merged", "terminal"),
    State("spam", "terminal"),
)
_LIVE = ("new", "open", "pending", "on_hold")


def _work(source: str, event: str, target: str, *effects: str, guards: tuple[str, ...] = ()) -> Transition:
    return Transition(source, event, target, permission=WORK, effects=effects, guards=guards)


def _edges() -> Iterator[Transition]:
    for state in _LIVE:
        began = "open" if state == "new" else state
        yield _work(state, "assign", began, "set_assignee")
        yield _work(state, "unassign", state, "clear_assignee")
        yield _work(state, "reply", began)
        yield Transition(state, "customer_replied", state if state == "new" else "open")
        if state != "pending":
            yield _work(state, "pend", "pending")
        if state != "on_hold":
            yield _work(state, "hold", "on_hold")
        if state in ("pending", "on_hold"):
            yield _work(state, "resume", "open")
        yield _work(state, "resolve", "resolved")
        yield _work(state, "mark_spam", "spam")
        yield _work(state, "merge_into", "merged", "set_merged_into", guards=("target_is_another",))
        yield _work(state, "absorb", state)
    yield _work("resolved", "assign", "resolved", "set_assignee")
    yield _work("resolved", "reply", "resolved")
    yield Transition("resolved", "customer_replied", "open")
    yield _work("resolved", "reopen", "open")
    yield _work("resolved", "close", "closed")
    yield _work("resolved", "merge_into", "merged", "set_merged_into", guards=("target_is_another",))
    yield _work("spam", "reopen", "open")
    for state in (*_LIVE, "resolved"):
        yield _work(state, "set_priority", state, "set_priority")
    for known in _STATES:
        yield _work(known.name, "note", known.name)
        yield _work(known.name, "retag", known.name, "retag")


DEFAULT = MachineSpec(name="crmkit", initial="new", states=_STATES, transitions=tuple(_edges()))
"""The default table. It has no timers; a shop that wants resolved tickets closed after four days writes
`attrs.evolve(DEFAULT, timers=[Timer("resolved", timedelta(days=4), "close")])`."""
