"""Periods of the calendar: arrays and expressions name the same first days as Python's own calendar."""

from __future__ import annotations

from datetime import date

import narwhals.stable.v2 as nw
import numpy as np
import polars as pl
import pytest

from crmkit.segmentation.calendar_periods import starts_of, with_start

EPOCH = date(1970, 1, 1).toordinal()


@pytest.mark.parametrize(("period", "months"), [("month", 1), ("quarter", 3), ("year", 12)])
def test_a_period_of_months_begins_on_its_first_of_month(period: str, months: int) -> None:
    numbers = np.arange(1600 * 12 // months, 2400 * 12 // months)
    expected = [date(n * months // 12, n * months % 12 + 1, 1).toordinal() - EPOCH for n in numbers.tolist()]
    assert starts_of(period, numbers).tolist() == expected
    assert _by_expressions(period, numbers) == expected


@pytest.mark.parametrize(("period", "days", "start"), [("week", 7, -3), ("day", 1, 0)])
def test_weeks_begin_on_mondays(period: str, days: int, start: int) -> None:
    numbers = np.arange(-4000, 4000)
    expected = [number * days + start for number in numbers.tolist()]
    assert starts_of(period, numbers).tolist() == expected
    assert _by_expressions(period, numbers) == expected
    assert period == "day" or date.fromordinal(EPOCH + expected[0]).weekday() == 0


def _by_expressions(period: str, numbers: np.ndarray) -> list[int]:
    frame = nw.from_native(pl.DataFrame({"number": numbers}))
    return list(with_start(frame, period, "number", "start")["start"].to_list())
