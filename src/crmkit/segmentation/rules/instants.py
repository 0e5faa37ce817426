"""From shop days to instants: which stretches of time are the days from one date to another in a zone.

The clock is looked at here once, in plain Python, and every engine and database compares instants alone: none of them
needs to know the zone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

__all__ = ["stretches"]

_STEP = timedelta(minutes=15)
_REACH = timedelta(hours=36)
_MIDNIGHT = time(0)

_FIRST, _LAST = date(1, 1, 4), date(9999, 12, 28)

Stretch = tuple[datetime | None, datetime | None]


@lru_cache(maxsize=1024)
def stretches(first: date | None, last: date | None, zone: tzinfo | None) -> tuple[Stretch, ...]:
    """Returns the moments whose date lies from `first` to `last`, as stretches with their start and without their end.

    It is one stretch, but for zones that put the clock back over midnight, and none for a day that a zone left out.
    None is an end that is open, and so are the last days of the calendar. Without a zone the moments are naive.

    Example:
        >>> from zoneinfo import ZoneInfo
        >>> [(start.isoformat(), end.isoformat()) for start, end in stretches(
        ...     date(2026, 3, 8), date(2026, 3, 8), ZoneInfo("America/New_York"))]
        [('2026-03-08T05:00:00+00:00', '2026-03-09T04:00:00+00:00')]
    """
    first = None if first is None or first < _FIRST else first
    last = None if last is None or last > _LAST else last
    if first is not None and last is not None and first > last:
        return ()
    if zone is None:
        return ((None if first is None else _midnight(first), None if last is None else _midnight(_day_after(last))),)
    edges = sorted(
        {
            *([] if first is None else _edges(first, zone)),
            *([] if last is None else _edges(_day_after(last), zone)),
        }
    )
    if not edges:
        return ((None, None),)
    lowest, highest = first or date.min, last or date.max
    inside = [lowest <= edge.astimezone(zone).date() <= highest for edge in edges]
    return _joined([None, *edges], [first is None, *inside], [*edges, None])


def _joined(starts: list[datetime | None], inside: list[bool], ends: list[datetime | None]) -> tuple[Stretch, ...]:
    found: list[Stretch] = []
    for start, is_inside, end in zip(starts, inside, ends, strict=True):
        if not is_inside:
            continue
        if found and found[-1][1] == start:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return tuple(found)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, _MIDNIGHT)


def _day_after(day: date) -> date:
    return day + timedelta(days=1)


def _edges(day: date, zone: tzinfo) -> Iterator[datetime]:
    """Yields the instants around the start of a day at which the date may change: midnights and moved clocks."""
    around = _midnight(day).replace(tzinfo=UTC)
    edge, end = around - _REACH, around + _REACH
    offset = _offset(edge, zone)
    while edge < end:
        following = edge + _STEP
        moved = _offset(following, zone)
        ends_at = following if moved == offset else _change(edge, following, zone)
        if edge <= around - offset < ends_at:
            yield around - offset
        if moved != offset:
            yield ends_at
        edge, offset = ends_at, _offset(ends_at, zone)


def _change(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """Returns the first second at which the offset is no longer that of `before`."""
    offset = _offset(before, zone)
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(before + timedelta(seconds=middle), zone) == offset else (low, middle)
    return before + timedelta(seconds=high)


def _offset(instant: datetime, zone: tzinfo) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()
