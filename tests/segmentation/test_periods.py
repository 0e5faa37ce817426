"""Periods that are compared, and the festivals that they are aligned by."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from math import radians, sin
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crmkit.errors import InputError
from crmkit.segmentation.festivals import (
    BLACK_FRIDAY,
    CHINESE_NEW_YEAR,
    CYBER_MONDAY,
    DOUBLE_11,
    DOUBLE_12,
    FESTIVALS,
    MID_YEAR_618,
    Festival,
    ListedDates,
    NthWeekday,
    YearlyDate,
)
from crmkit.segmentation.periods import Period, compared, festival_before, period_before, sales_of, year_before

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")

_SUN_AND_MOON = (
    (-0.40720, 0, 1, 0, 0), (0.17241, 1, 0, 0, 1), (0.01608, 0, 2, 0, 0), (0.01039, 0, 0, 2, 0),
    (0.00739, -1, 1, 0, 1), (-0.00514, 1, 1, 0, 1), (0.00208, 2, 0, 0, 2), (-0.00111, 0, 1, -2, 0),
    (-0.00057, 0, 1, 2, 0), (0.00056, 1, 2, 0, 1), (-0.00042, 0, 3, 0, 0), (0.00042, 1, 0, 2, 1),
    (0.00038, 1, 0, -2, 1), (-0.00024, -1, 2, 0, 1), (-0.00007, 2, 1, 0, 0), (0.00004, 0, 2, -2, 0),
    (0.00004, 3, 0, 0, 0), (0.00003, 1, 1, -2, 0), (0.00003, 0, 2, 2, 0), (-0.00003, 1, 1, 2, 0),
    (0.00003, -1, 1, 2, 0), (-0.00002, -1, 1, -2, 0), (-0.00002, 1, 3, 0, 0), (0.00002, 0, 4, 0, 0),
)  # fmt: skip
_PLANETS = (
    (0.000325, 299.77, 0.107408), (0.000165, 251.88, 0.016321), (0.000164, 251.83, 26.651886),
    (0.000126, 349.42, 36.412478), (0.000110, 84.66, 18.206239), (0.000062, 141.74, 53.303771),
    (0.000060, 207.14, 2.453732), (0.000056, 154.84, 7.306860), (0.000047, 34.52, 27.261239),
    (0.000042, 207.19, 0.121824), (0.000040, 291.34, 1.844379), (0.000037, 161.72, 24.198154),
    (0.000035, 239.56, 25.513099), (0.000023, 331.55, 3.592518),
)  # fmt: skip


def new_moon(k: int) -> float:
    """Returns the k-th new moon since January 2000 as a Julian day (Meeus, Astronomical Algorithms, chapter 49)."""
    t = k / 1236.85
    jde = 2451550.09766 + 29.530588861 * k + 0.00015437 * t**2 - 0.00000015 * t**3
    e = 1 - 0.002516 * t - 0.0000074 * t**2
    sun = radians(2.5534 + 29.1053567 * k - 0.0000014 * t**2)
    moon = radians(201.5643 + 385.81693528 * k + 0.0107582 * t**2 + 0.00001238 * t**3)
    latitude = radians(160.7108 + 390.67050284 * k - 0.0016118 * t**2)
    node = radians(124.7746 - 1.56375588 * k + 0.0020672 * t**2)
    jde += sum(size * e**power * sin(a * sun + b * moon + c * latitude) for size, a, b, c, power in _SUN_AND_MOON)
    jde -= 0.00017 * sin(node)
    jde += sum(size * sin(radians(start + speed * k)) for size, start, speed in _PLANETS)
    return jde - 72 / 86400  # the earth's clock is some 72 seconds behind


def sun_longitude(julian: float) -> float:
    """Returns the sun's apparent longitude in degrees, to a hundredth (the same book, chapter 25)."""
    t = (julian - 2451545.0) / 36525
    mean = 280.46646 + 36000.76983 * t + 0.0003032 * t**2
    m = radians(357.52911 + 35999.05029 * t - 0.0001537 * t**2)
    centre = (1.914602 - 0.004817 * t) * sin(m) + (0.019993 - 0.000101 * t) * sin(2 * m) + 0.000289 * sin(3 * m)
    return (mean + centre - 0.00569 - 0.00478 * sin(radians(125.04 - 1934.136 * t))) % 360


def in_china(julian: float) -> date:
    return (datetime(2000, 1, 1, 12, tzinfo=UTC) + timedelta(days=julian - 2451545.0)).astimezone(SHANGHAI).date()


def julian(day: date) -> float:
    """Returns the Julian day of midnight in China."""
    return 2451544.5 + (day - date(2000, 1, 1)).days - 8 / 24


def has_no_middle(start: date, end: date) -> bool:
    """Whether the sun crosses no multiple of 30 degrees from midnight to midnight."""
    return sun_longitude(julian(start)) // 30 == sun_longitude(julian(end)) // 30


def new_year(year: int) -> date:
    """Returns the first day of the lunar year by the rule of the calendar.

    The winter solstice lies in the eleventh month. Where thirteen months lead to the next eleventh one, the first
    without a multiple of 30 degrees is a leap month.
    """
    first = int((year - 2000) * 12.3685) - 4
    moons = [in_china(new_moon(first + n)) for n in range(20)]
    solstices = [solstice(y) for y in (year - 1, year)]
    eleventh = [max(i for i, moon in enumerate(moons) if moon <= day) for day in solstices]
    months = list(pairwise(moons))[eleventh[0] : eleventh[1]]
    leap = next((i for i, month in enumerate(months) if has_no_middle(*month)), 99) if len(months) == 13 else 99
    return months[3 if leap <= 2 else 2][0]


def solstice(year: int) -> date:
    return next(day for n in range(18, 26) if sun_longitude(julian((day := date(year, 12, n)) + timedelta(1))) >= 270)


@pytest.mark.parametrize("year", range(2015, 2041))
def test_chinese_new_year_is_where_moon_and_sun_put_it(year: int) -> None:
    assert CHINESE_NEW_YEAR.on(year) == new_year(year)


def test_new_years_near_midnight_are_those_of_chinas_clock() -> None:
    moons = {
        year: [m for m in map(new_moon, range(160, 500)) if in_china(m) == CHINESE_NEW_YEAR.on(year)]
        for year in (2027, 2030)
    }
    hours = {year: ((moon[0] + 0.5) * 24 + 8) % 24 for year, moon in moons.items()}
    assert 23.9 < hours[2027] < 24  # four minutes before the next day
    assert 0 < hours[2030] < 0.2  # seven minutes after the day before


def test_the_rules_of_shopping_festivals() -> None:
    assert [festival.on(2026).isoformat() for festival in (MID_YEAR_618, DOUBLE_11, DOUBLE_12)] == [
        "2026-06-18",
        "2026-11-11",
        "2026-12-12",
    ]
    fridays = {2018: 23, 2019: 29, 2020: 27, 2021: 26, 2022: 25, 2023: 24, 2024: 29, 2025: 28, 2026: 27}
    for year, day in fridays.items():
        assert BLACK_FRIDAY.on(year) == date(year, 11, day)
        assert CYBER_MONDAY.on(year) == date(year, 11, day) + timedelta(days=3)
        assert (BLACK_FRIDAY.on(year).isoweekday(), CYBER_MONDAY.on(year).isoweekday()) == (5, 1)
    assert NthWeekday(5, 7, 2).on(2026) == date(2026, 5, 10)  # mother's day
    assert list(FESTIVALS) == ["chinese_new_year", "618", "double_11", "double_12", "black_friday", "cyber_monday"]
    assert all(pickle.loads(pickle.dumps(festival)) == festival for festival in FESTIVALS.values())


def test_sales_days_as_a_period() -> None:
    found = sales_of(MID_YEAR_618, 2026, zone="Asia/Shanghai")
    assert found == Period(datetime(2026, 6, 1, tzinfo=SHANGHAI), datetime(2026, 6, 21, tzinfo=SHANGHAI))
    assert sales_of(CYBER_MONDAY, 2026) == sales_of(BLACK_FRIDAY, 2026)


def naive(*parts: int) -> datetime:
    return datetime.combine(date(*parts[:3]), datetime.min.time())


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ((2026, 11, 1), (2026, 12, 1), (2026, 10, 1)),  # a month of 30 days after one of 31
        ((2026, 3, 1), (2026, 4, 1), (2026, 2, 1)),
        ((2026, 1, 1), (2027, 1, 1), (2025, 1, 1)),
        ((2026, 4, 1), (2026, 7, 1), (2026, 1, 1)),
        ((2026, 11, 2), (2026, 11, 9), (2026, 10, 26)),
        ((2026, 11, 1), (2026, 11, 24), (2026, 10, 9)),
    ],
)
def test_previous_is_months_for_months_and_days_for_days(since: Any, until: Any, expected: Any) -> None:
    assert period_before(Period(naive(*since), naive(*until))) == Period(naive(*expected), naive(*since))


def test_shifts_keep_the_shops_clock_across_a_change_of_its_time() -> None:
    april = Period(datetime(2026, 4, 1, tzinfo=BERLIN), datetime(2026, 5, 1, tzinfo=BERLIN))
    in_utc = Period(april.since.astimezone(UTC), april.until.astimezone(UTC))  # type: ignore[union-attr]
    march = period_before(in_utc, zone="Europe/Berlin")
    assert march.since == datetime(2026, 3, 1, tzinfo=BERLIN)
    assert march.until - march.since == timedelta(days=31)  # of one clock; on the instants it is an hour less
    assert march.until.astimezone(UTC) - march.since.astimezone(UTC) == timedelta(days=30, hours=23)
    days = Period(datetime(2026, 3, 29, tzinfo=BERLIN), datetime(2026, 3, 31, tzinfo=BERLIN))
    assert period_before(days).since == datetime(2026, 3, 27, tzinfo=BERLIN)


def test_last_year_has_the_same_dates() -> None:
    assert year_before(Period(naive(2026, 2, 1), naive(2026, 3, 1))) == Period(naive(2025, 2, 1), naive(2025, 3, 1))
    assert year_before(Period(naive(2024, 2, 29), naive(2024, 3, 1))).since == naive(2023, 2, 28)
    assert year_before(Period(None, naive(2026, 3, 1))) == Period(None, naive(2025, 3, 1))


@pytest.mark.parametrize("year", range(2016, 2041))
def test_lunar_alignment_keeps_the_distance_to_the_festival(year: int) -> None:
    here, there = CHINESE_NEW_YEAR.on(year), CHINESE_NEW_YEAR.on(year - 1)
    for first, last in ((-40, -10), (-14, 0), (-3, 8), (5, 60)):
        period = Period(
            naive(*(here + timedelta(first)).timetuple()[:3]), naive(*(here + timedelta(last)).timetuple()[:3])
        )
        found = compared(period, "lunar")
        assert found is not None
        assert found.since is not None
        assert ((found.since.date() - there).days, (found.until.date() - there).days) == (first, last)


def test_black_friday_is_compared_with_black_friday() -> None:
    found = compared(sales_of(BLACK_FRIDAY, 2024, zone=SHANGHAI), BLACK_FRIDAY, zone=SHANGHAI)
    assert found == sales_of(BLACK_FRIDAY, 2023, zone=SHANGHAI)
    assert found == compared(sales_of(BLACK_FRIDAY, 2024, zone=SHANGHAI), "black_friday", zone="Asia/Shanghai")
    assert compared(sales_of(DOUBLE_11, 2025), "double_11") == sales_of(DOUBLE_11, 2024)


def test_a_period_is_aligned_by_the_festival_nearest_to_it() -> None:
    autumn = Period(naive(2025, 10, 1), naive(2025, 10, 8))  # 2026-02-17 is nearer than 2025-01-29
    shift = CHINESE_NEW_YEAR.on(2026) - CHINESE_NEW_YEAR.on(2025)
    assert festival_before(autumn, CHINESE_NEW_YEAR).until == autumn.until - shift


def test_a_table_that_does_not_reach_is_refused() -> None:
    with pytest.raises(InputError, match="2041"):
        CHINESE_NEW_YEAR.on(2041)
    with pytest.raises(InputError, match="2014"):
        festival_before(Period(naive(2015, 2, 1), naive(2015, 3, 1)), CHINESE_NEW_YEAR)
    with pytest.raises(InputError, match="does not reach"):
        festival_before(Period(naive(2040, 10, 1), naive(2040, 11, 1)), CHINESE_NEW_YEAR)
    with pytest.raises(InputError, match="more than a year"):
        festival_before(Period(naive(2024, 1, 1), naive(2026, 1, 1)), CHINESE_NEW_YEAR)
    own = Festival(key="fair", en="Fair", zh="展会", days=ListedDates((date(2025, 5, 5), date(2026, 5, 9))))
    assert compared(Period(naive(2026, 5, 9), naive(2026, 5, 10)), own) == Period(naive(2025, 5, 5), naive(2025, 5, 6))


@pytest.mark.parametrize("compare", ["last_week", "christmas", 7, (naive(2026, 1, 1),), []])
def test_what_compare_cannot_mean_is_refused(compare: Any) -> None:
    with pytest.raises(InputError, match="compare is one of"):
        compared(Period(naive(2026, 1, 1), naive(2026, 2, 1)), compare)


def test_periods_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(InputError, match="before as_of"):
        Period(naive(2026, 2, 1), naive(2026, 2, 1))
    with pytest.raises(InputError, match="naive or both aware"):
        Period(naive(2026, 1, 1), datetime(2026, 2, 1, tzinfo=UTC))
    with pytest.raises(InputError, match="needs since"):
        period_before(Period(None, naive(2026, 2, 1)))
    assert compared(Period(None, naive(2026, 2, 1)), None) is None
    assert YearlyDate(1, 1).on(2026) == date(2026, 1, 1)
