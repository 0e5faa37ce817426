"""Tables of states: the values that say which event leads where, and how they are written down."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Literal, Self, get_args

import attrs

from crmkit.errors import PolicyError
from crmkit.tickets.wording import digest_of

__all__ = ["CATEGORIES", "Category", "State", "Table", "Timer", "Transition"]

Category = Literal["running", "paused", "resolved", "terminal"]
"""running: somebody here is to act; paused: somebody else is; resolved: settled, and may come back; terminal: over."""

CATEGORIES: tuple[Category, ...] = get_args(Category)
"""The categories that a state of the table may have."""


@attrs.frozen(slots=True)
class State:
    """Is one state that a ticket can be in.

    Attributes:
        name: At most 64 signs.
        category: running, paused, resolved or terminal.

    Example:
        >>> State("at_carrier", "paused").category
        'paused'
    """

    name: str
    category: Category


def _names(given: str | Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


@attrs.frozen(slots=True)
class Transition:
    """Is one edge: in this state, on this event, the ticket goes there.

    Of several edges with one source and event the first whose guards all hold is taken, in the table's order.

    Attributes:
        source: The state it leaves.
        event: The event that it answers.
        target: The state it leads to; the same as `source` where only something is noted.
        guards: Names of conditions that all must hold.
        permission: What the actor must be allowed to do, or None.
        effects: Names of changes to other fields of the ticket.

    Example:
        >>> Transition("open", "resolve", "resolved", guards="is_assigned", permission="work").guards
        ('is_assigned',)
    """

    source: str
    event: str
    target: str
    guards: tuple[str, ...] = attrs.field(default=(), converter=_names, kw_only=True)
    permission: str | None = attrs.field(default=None, kw_only=True)
    effects: tuple[str, ...] = attrs.field(default=(), converter=_names, kw_only=True)


@attrs.frozen(slots=True)
class Timer:
    """Fires an event some time after a ticket came into a state, if it is still there.

    Coming into a state starts its timers; an edge that stays in the state does not start them again.

    Attributes:
        state: The state that starts it.
        after: How long after, in whole seconds.
        event: What it fires.
        clock: "calendar" counts every second; "business" counts as the function given to `compile` does.

    Example:
        >>> Timer("resolved", timedelta(days=4), "close").clock
        'calendar'
    """

    state: str
    after: timedelta
    event: str
    clock: Literal["calendar", "business"] = "calendar"


def _states(given: Iterable[State]) -> tuple[State, ...]:
    return tuple(given)


def _transitions(given: Iterable[Transition]) -> tuple[Transition, ...]:
    return tuple(given)


def _timers(given: Iterable[Timer]) -> tuple[Timer, ...]:
    return tuple(given)


@attrs.frozen(slots=True, kw_only=True)
class Table:
    """Is a whole table as data; `MachineSpec` adds what can be done with it.

    Attributes:
        name: For people and diagrams.
        initial: The state of a new ticket.
        states: All states.
        transitions: All edges; their order counts where several have the same source and event.
        timers: What happens by itself.
        events: Names of the host's own events, besides those of crmkit's commands.
        formerly: Former names of states, each with the state that stands for it now, so that stored tickets survive
            a change of the table.
    """

    name: str
    initial: str
    states: tuple[State, ...] = attrs.field(converter=_states)
    transitions: tuple[Transition, ...] = attrs.field(converter=_transitions)
    timers: tuple[Timer, ...] = attrs.field(default=(), converter=_timers)
    events: tuple[str, ...] = attrs.field(default=(), converter=_names)
    formerly: Mapping[str, str] = attrs.field(factory=dict)

    def to_json(self) -> str:
        """Returns the table as JSON text that `from_json` reads; durations are whole seconds."""
        document = {
            "name": self.name,
            "initial": self.initial,
            "states": [attrs.asdict(state) for state in self.states],
            "transitions": [attrs.asdict(edge) for edge in self.transitions],
            "timers": [attrs.asdict(t) | {"after": int(t.after.total_seconds())} for t in self.timers],
            "events": list(self.events),
            "formerly": dict(self.formerly),
        }
        return json.dumps(document, ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Returns the table that was written by `to_json`; its rules are checked by `compile`.

        Raises:
            PolicyError: The text is not such a table.
        """
        try:
            document = json.loads(text)
            timers = [t | {"after": timedelta(seconds=t["after"])} for t in document.pop("timers", ())]
            return cls(
                states=[State(**state) for state in document.pop("states")],
                transitions=[Transition(**edge) for edge in document.pop("transitions")],
                timers=[Timer(**timer) for timer in timers],
                **document,
            )
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise PolicyError(f"This is not a table of ticket states as to_json() writes it: {error}.") from error

    @property
    def digest(self) -> str:
        """32 hex signs that change with everything in the table; they stand in tickets and audit records."""
        return digest_of(self.to_json())
