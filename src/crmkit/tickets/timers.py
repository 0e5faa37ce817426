"""When the timers of a state fire: instants made of the table and the moment the ticket came in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from crmkit.tickets.table import Table, Timer

__all__ = ["BusinessClock", "TimerPlan"]

BusinessClock = Callable[[datetime, timedelta], datetime]
"""Tells when so much business time has passed since an instant."""


class TimerPlan:
    """Knows the timers of each state, in the order in which they fire."""

    def __init__(self, table: Table, business: BusinessClock | None) -> None:
        self._business = business
        self._timers = {
            state.name: tuple(timer for timer in table.timers if timer.state == state.name) for state in table.states
        }

    def has(self, state: str) -> bool:
        """Whether the state has timers at all."""
        return bool(self._timers.get(state))

    def due(self, state: str, since: datetime, fired: int) -> datetime | None:
        """Returns when the next timer fires for a ticket that came in `since` and saw `fired` of them, or None."""
        planned = self._planned(state, since)
        return planned[fired][0] if fired < len(planned) else None

    def event(self, state: str, since: datetime, fired: int) -> str | None:
        """Returns the event of that timer, or None where the table has no such timer (any more)."""
        planned = self._planned(state, since)
        return planned[fired][1] if fired < len(planned) else None

    def _planned(self, state: str, since: datetime) -> list[tuple[datetime, str]]:
        instants = [(self._instant(timer, since), timer.event) for timer in self._timers.get(state, ())]
        return sorted(instants, key=lambda planned: planned[0])  # stable: at equal instants the table's order counts

    def _instant(self, timer: Timer, since: datetime) -> datetime:
        if timer.clock == "business" and self._business is not None:
            return self._business(since, timer.after).astimezone(UTC)
        return since.astimezone(UTC) + timer.after
