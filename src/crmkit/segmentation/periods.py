"""What a period is compared with: the one before, last year, or the one that lies alike around last year's festival.

All shifts are made on the shop's calendar and clock, so that a month with a 23-hour day still begins at midnight.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo

import attrs

from crmkit.errors import InputError
from crmkit.segmentation.days import window, zone_of
from crmkit.segmentation.festivals import CHINESE_NEW_YEAR, FESTIVALS, Festival

__all__ = ["Compare", "Period", "compared", "festival_before", "period_before", "sales_of", "year_before"]

_HALF_A_LUNAR_YEAR = 193


@attrs.frozen(slots=True)
class Period:
    """Holds what is seen, `since <= moment < until`.

    Attributes:
        since: Start, included; None for everything before `until`.
        until: End, excluded.

    Raises:
        InputError: Not datetimes, one naive and one aware, or nothing between them.

    Example:
        >>> Period(datetime(2026, 11, 1), datetime(2026, 12, 1)).until
        datetime.datetime(2026, 12, 1, 0, 0)
    """

    since: datetime | None
    until: datetime

    def __attrs_post_init__(self) -> None:
        window(self.until, self.since, None)


Compare = str | tuple[datetime, datetime] | Period | Festival | None


def period_before(period: Period, *, zone: str | tzinfo | None = None) -> Period:
    """Returns the period just before: as many calendar months where it is whole months, else as long on the clock.

    Args:
        period: The period, with a start.
        zone: The shop's zone; without it the zone of an aware `until`.

    Raises:
        InputError: The period has no start.

    Example:
        >>> period_before(Period(datetime(2026, 3, 1), datetime(2026, 5, 1)))
        Period(since=datetime.datetime(2026, 1, 1, 0, 0), until=datetime.datetime(2026, 3, 1, 0, 0))
        >>> period_before(Period(datetime(2026, 3, 2), datetime(2026, 3, 9))).since
        datetime.datetime(2026, 2, 23, 0, 0)
    """
    if period.since is None:
        raise InputError("compare='previous' needs since: a period without a start has none before it.")
    since, until = _local(period.since, period, zone), _local(period.until, period, zone)
    if _starts_a_month(since) and _starts_a_month(until):
        months = 12 * (until.year - since.year) + until.month - since.month
        before = _months_back(since, months)
    else:
        before = since - (until - since)
    return Period(_given_back(before, period, zone), _given_back(since, period, zone))


def year_before(period: Period, *, zone: str | tzinfo | None = None) -> Period:
    """Returns the same dates of last year; 29 February becomes the 28th.

    Example:
        >>> year_before(Period(datetime(2024, 2, 29), datetime(2024, 3, 1)))
        Period(since=datetime.datetime(2023, 2, 28, 0, 0), until=datetime.datetime(2023, 3, 1, 0, 0))
    """

    def shifted(moment: datetime) -> datetime:
        return _given_back(_months_back(_local(moment, period, zone), 12), period, zone)

    return Period(None if period.since is None else shifted(period.since), shifted(period.until))


def festival_before(period: Period, festival: Festival, *, zone: str | tzinfo | None = None) -> Period:
    """Returns the period that lies as far from last year's festival as this one from the nearest of its own.

    Raises:
        InputError: The period is longer than a year, or the festival's table does not reach.

    Example:
        >>> from crmkit.segmentation.festivals import CHINESE_NEW_YEAR
        >>> weeks = Period(datetime(2026, 2, 3), datetime(2026, 2, 17))  # the fortnight before 17 February 2026
        >>> festival_before(weeks, CHINESE_NEW_YEAR)  # and the one before 29 January 2025
        Period(since=datetime.datetime(2025, 1, 15, 0, 0), until=datetime.datetime(2025, 1, 29, 0, 0))
    """
    until = _local(period.until, period, zone)
    since = until if period.since is None else _local(period.since, period, zone)
    last = (until - timedelta(microseconds=1)).date()
    first = min(since.date(), last)
    if (last - first).days > 366:
        raise InputError(f"A period of more than a year has {festival.key} more than once; compare a shorter one.")
    here = _nearest(first, last, festival)
    shift = here - festival.on(here.year - 1)
    return Period(
        None if period.since is None else _given_back(since - shift, period, zone),
        _given_back(until - shift, period, zone),
    )


def sales_of(festival: Festival, year: int, *, zone: str | tzinfo | None = None) -> Period:
    """Returns the days of a festival's sales as a period, aware where a zone is given.

    Example:
        >>> from crmkit.segmentation.festivals import BLACK_FRIDAY
        >>> sales_of(BLACK_FRIDAY, 2026)
        Period(since=datetime.datetime(2026, 11, 27, 0, 0), until=datetime.datetime(2026, 12, 1, 0, 0))
    """
    shop = zone_of(zone)
    first, end = festival.sales_days(year)
    return Period(_midnight(first).replace(tzinfo=shop), _midnight(end).replace(tzinfo=shop))


def compared(period: Period, compare: Compare, *, zone: str | tzinfo | None = None) -> Period | None:
    """Returns the period that `compare` means, None for None.

    Args:
        period: What is asked about.
        compare: "previous", "year", "lunar" (aligned by Chinese New Year), the key of a festival or a `Festival`
            (aligned by it), or a period, also as `(since, until)`.
        zone: The shop's zone.

    Raises:
        InputError: It means nothing, or contradicts itself.

    Example:
        >>> compared(Period(datetime(2026, 11, 1), datetime(2026, 12, 1)), "year").since
        datetime.datetime(2025, 11, 1, 0, 0)
    """
    if compare is None or isinstance(compare, Period):
        return compare
    if isinstance(compare, tuple) and len(compare) == 2:
        return Period(*compare)
    if compare == "previous":
        return period_before(period, zone=zone)
    if compare == "year":
        return year_before(period, zone=zone)
    festival = compare if isinstance(compare, Festival) else _named(compare)
    return festival_before(period, festival, zone=zone)


def _named(compare: object) -> Festival:
    if compare == "lunar":
        return CHINESE_NEW_YEAR
    if isinstance(compare, str) and compare in FESTIVALS:
        return FESTIVALS[compare]
    known = ", ".join(map(repr, ("previous", "year", "lunar", *FESTIVALS)))
    raise InputError(f"compare is one of {known}, a Festival, a Period or (since, until), got {compare!r}.")


def _nearest(first: date, last: date, festival: Festival) -> date:
    def distance(day: date) -> int:
        return max((first - day).days, (day - last).days, 0)

    found = [festival.days.on(year) for year in range(first.year - 1, last.year + 2)]
    days = [day for day in found if day is not None]
    nearest = min(days, key=lambda day: (distance(day), day), default=None)
    if nearest is None or distance(nearest) > _HALF_A_LUNAR_YEAR:
        raise InputError(
            f"The table of {festival.key} does not reach {first.isoformat()} to {last.isoformat()}; "
            "give a Festival with ListedDates that reach."
        )
    return nearest


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time())


def _shop_zone(period: Period, zone: str | tzinfo | None) -> tzinfo | None:
    return None if period.until.tzinfo is None else zone_of(zone) or period.until.tzinfo


def _local(moment: datetime, period: Period, zone: str | tzinfo | None) -> datetime:
    """Returns what the shop's clock shows, naive."""
    shop = _shop_zone(period, zone)
    local = moment if shop is None else moment.astimezone(shop).replace(tzinfo=None)
    return datetime.combine(local.date(), local.time())  # a pandas Timestamp has arithmetic of its own


def _given_back(local: datetime, period: Period, zone: str | tzinfo | None) -> datetime:
    return local.replace(tzinfo=_shop_zone(period, zone))


def _starts_a_month(local: datetime) -> bool:
    return local == _midnight(local.date()) and local.day == 1


def _months_back(local: datetime, months: int) -> datetime:
    year, month = divmod(12 * local.year + local.month - 1 - months, 12)
    day = local.day
    while True:
        try:
            return local.replace(year=year, month=month + 1, day=day)
        except ValueError:  # the month is shorter
            day -= 1
