"""Local days: when a day of the shop's time zone is over."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

__all__ = ["end_of_day"]


def end_of_day(moment: datetime, *, after: int, zone: str) -> datetime:
    """Returns the first instant behind the local day that lies `after` days on.

    Where that day's midnight does not exist it is the first time of the day that does.

    Args:
        moment: An instant, aware; its local date is counted from.
        after: Days.
        zone: IANA name.

    Example:
        >>> end_of_day(datetime(2026, 4, 10, 4, tzinfo=UTC), after=30, zone="Asia/Shanghai").isoformat()
        '2026-05-10T16:00:00+00:00'
        >>> end_of_day(datetime(2026, 4, 23, 7, tzinfo=UTC), after=0, zone="Africa/Cairo").isoformat()
        '2026-04-23T22:00:00+00:00'
    """
    local = moment.astimezone(ZoneInfo(zone))
    return datetime.combine(local.date() + timedelta(days=after + 1), time(), local.tzinfo).astimezone(UTC)
