"""Tables that can be checked, drawn, extended and compiled."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

import attrs

from crmkit.errors import PolicyError
from crmkit.tickets.checks import defects
from crmkit.tickets.diagram import mermaid
from crmkit.tickets.machine import Machine
from crmkit.tickets.rules import EFFECTS, GUARDS, Effect, Guard
from crmkit.tickets.table import State, Table, Transition
from crmkit.tickets.timers import BusinessClock

__all__ = ["MachineSpec"]


@attrs.frozen(slots=True)
class MachineSpec(Table):
    """Is a table of states that a ticket can go through, as a value: it can be compared, written down and compiled.

    Example:
        >>> spec = MachineSpec(
        ...     name="two states",
        ...     initial="open",
        ...     states=[State("open", "running"), State("closed", "terminal")],
        ...     transitions=[Transition("open", "close", "closed")],
        ... )
        >>> spec.compile().final
        frozenset({'closed'})
        >>> MachineSpec.from_json(spec.to_json()) == spec
        True
    """

    def compile(
        self,
        *,
        guards: Iterable[Guard] = (),
        effects: Iterable[Effect] = (),
        business: BusinessClock | None = None,
    ) -> Machine:
        """Checks the whole table and returns the machine that runs it.

        Args:
            guards: The host's own guards, besides `GUARDS`.
            effects: The host's own effects, besides `EFFECTS`.
            business: Tells when business time has passed, for timers with `clock="business"`.

        Raises:
            PolicyError: The table contradicts itself; the message tells everything that was found.
        """
        known_guards = {**GUARDS, **{guard.name: guard for guard in guards}}
        known_effects = {**EFFECTS, **{effect.name: effect for effect in effects}}
        found = defects(self, known_guards, known_effects, has_business_clock=business is not None)
        if found:
            raise PolicyError(f"The table {self.name!r} is not sound: {'; '.join(found)}.")
        return Machine(self, known_guards, known_effects, business)

    def to_mermaid(self) -> str:
        """Returns the text of a Mermaid state diagram."""
        return mermaid(self)

    def with_state(self, state: State, *, like: str, event: str) -> Self:
        """Returns the table with one more state that behaves like another one.

        Args:
            state: The new state, with a category of its own.
            like: The state whose ways out it gets, and from whose places it can be come to.
            event: The host's own event that leads to it.

        Raises:
            PolicyError: There is no state `like`.

        Example:
            >>> from crmkit.tickets import DEFAULT
            >>> spec = DEFAULT.with_state(State("at_carrier", "paused"), like="on_hold", event="ask_carrier")
            >>> "ask_carrier" in spec.compile().events_in("open")
            True
        """
        if like not in {known.name for known in self.states}:
            raise PolicyError(f"There is no state {like!r} that {state.name!r} could be like.")
        out = [
            attrs.evolve(edge, source=state.name, target=state.name if edge.target == like else edge.target)
            for edge in self.transitions
            if edge.source == like
        ]
        into: dict[str, Transition] = {}
        for edge in self.transitions:
            if edge.target == like != edge.source:
                into.setdefault(edge.source, Transition(edge.source, event, state.name, permission=edge.permission))
        permission = next((edge.permission for edge in into.values()), None)
        into[like] = Transition(like, event, state.name, permission=permission)
        return attrs.evolve(
            self,
            states=(*self.states, state),
            transitions=(*self.transitions, *out, *into.values()),
            events=(*self.events, event),
        )
