"""Shop days as instants: in every zone, the stretches hold exactly the moments whose local date is meant."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crmkit.segmentation.rules.instants import stretches

# Zones that put the clock on or back at, over or near midnight, that left out a day, or whose offset has seconds.
ZONES = [
    "Asia/Shanghai", "America/St_Johns", "America/Sao_Paulo", "Pacific/Apia", "Europe/Berlin", "America/Havana",
    "Africa/Cairo", "Asia/Tehran", "America/Nuuk", "Africa/Monrovia", "Australia/Lord_Howe",
]  # fmt: skip


@pytest.mark.parametrize("name", ZONES)
def test_the_stretches_hold_the_moments_of_the_days(name):
    zone, rng = ZoneInfo(name), random.Random(name)
    for _ in range(60):
        first = date(1970, 1, 1) + timedelta(days=rng.randrange(22_000))
        last = first + timedelta(days=rng.choice([0, 0, 1, 5, 200]))
        found = stretches(first, last, zone)
        for edge in (first, last, last + timedelta(days=1)):
            around = datetime(edge.year, edge.month, edge.day, tzinfo=zone).astimezone(UTC)
            for _ in range(40):
                moment = around + timedelta(seconds=rng.randrange(-5_000, 5_000) * rng.choice([1, 1, 20]))
                inside = any(start <= moment < end for start, end in found)
                assert inside == (first <= moment.astimezone(zone).date() <= last), (first, last, moment)


def test_a_clock_put_back_over_midnight_and_a_day_left_out():
    newfoundland = stretches(date(2010, 11, 7), date(2010, 11, 7), ZoneInfo("America/St_Johns"))
    assert [(start.isoformat(), end.isoformat()) for start, end in newfoundland] == [
        ("2010-11-07T02:30:00+00:00", "2010-11-07T02:31:00+00:00"),  # one minute, then it was the 6th once more
        ("2010-11-07T03:30:00+00:00", "2010-11-08T03:30:00+00:00"),
    ]
    assert stretches(date(2011, 12, 30), date(2011, 12, 30), ZoneInfo("Pacific/Apia")) == ()


def test_a_day_of_25_hours_is_one_stretch():
    (stretch,) = stretches(date(2026, 10, 25), date(2026, 10, 25), ZoneInfo("Europe/Berlin"))
    assert stretch[1] - stretch[0] == timedelta(hours=25)


def test_open_ends_and_the_ends_of_the_calendar():
    zone = ZoneInfo("Asia/Shanghai")
    midnight = datetime(2026, 11, 24, tzinfo=zone)
    assert stretches(date(2026, 11, 24), None, zone) == ((midnight, None),)
    assert stretches(None, date(2026, 11, 23), zone) == ((None, midnight),)
    assert stretches(date.min, date.max, zone) == ((None, None),)
    assert stretches(date(2026, 1, 2), date(2026, 1, 1), zone) == ()
