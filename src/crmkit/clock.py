"""Clocks are arguments: nothing in crmkit reads the time of day by itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

from crmkit.errors import InputError

__all__ = ["Clock", "SystemClock", "require_aware"]


class Clock(Protocol):
    """Tells the present instant as an aware datetime."""

    def now(self) -> datetime:
        """Returns the present instant, timezone-aware."""
        ...


class SystemClock:
    """Tells the machine's time in UTC.

    Example:
        >>> SystemClock().now().tzinfo
        datetime.timezone.utc
    """

    __slots__ = ()

    def now(self) -> datetime:
        """Returns the present instant in UTC."""
        return datetime.now(UTC)


def require_aware(moment: datetime, name: str) -> datetime:
    """Returns `moment` unchanged if it has a time zone.

    Args:
        moment: The instant to check.
        name: The argument's name, for the message.

    Raises:
        InputError: `moment` is naive.

    Example:
        >>> require_aware(datetime(2026, 11, 24, tzinfo=UTC), "now").year
        2026
    """
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise InputError(f"{name} must be an aware datetime (with a time zone), got {moment.isoformat()}.")
    return moment
