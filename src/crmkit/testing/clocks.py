"""Clocks for tests: one that stands still, one that ticks at each look."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crmkit.clock import require_aware

__all__ = ["FixedClock", "TickingClock"]

_START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


class FixedClock:
    """Stands still until it is set.

    Example:
        >>> clock = FixedClock()
        >>> clock.now().isoformat()
        '2026-11-24T08:00:00+00:00'
    """

    def __init__(self, moment: datetime = _START) -> None:
        self.moment = require_aware(moment, "moment")

    def now(self) -> datetime:
        """Returns the moment it stands at."""
        return self.moment

    def advance(self, step: timedelta) -> None:
        """Moves it forward."""
        self.moment += step


class TickingClock:
    """Goes forward by one step at each look.

    Example:
        >>> clock = TickingClock()
        >>> (clock.now() - clock.now()).total_seconds()
        -1.0
    """

    def __init__(self, start: datetime = _START, step: timedelta = timedelta(seconds=1)) -> None:
        self._next = require_aware(start, "start")
        self._step = step

    def now(self) -> datetime:
        """Returns the next moment."""
        moment = self._next
        self._next += self._step
        return moment
