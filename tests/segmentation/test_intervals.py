from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from statistics import median
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from segmentation import lives
from segmentation.frames import ENGINES, shuffled
from segmentation.test_rfm import AS_OF, SHANGHAI, columns_of, shop

from crmkit.errors import InputError
from crmkit.segmentation import FrameError, Report, intervals, next_purchase, rfm

TODAY = AS_OF.astimezone(SHANGHAI).date()


@pytest.fixture(params=list(ENGINES))
def engine(request: pytest.FixtureRequest) -> Any:
    return ENGINES[request.param]


def days_ago(**customers: tuple[int, ...]) -> dict[str, list[Any]]:
    return columns_of(*((who, AS_OF - timedelta(days=day), 10.0) for who, days in customers.items() for day in days))


def gaps_of(days: list[date]) -> list[int]:
    return [(later - earlier).days for earlier, later in pairwise(days)]


def intervals_by_hand(days: dict[Any, list[date]]) -> list[tuple[Any, ...]]:
    found = []
    for who in sorted(days):
        gaps = gaps_of(days[who])
        values = (sum(gaps) / len(gaps), float(median(gaps)), gaps[-1]) if gaps else (None, None, None)
        found.append((who, len(gaps), *values, (TODAY - days[who][-1]).days))
    return found


def due_by_hand(days: dict[Any, list[date]], weight: Fraction, group: Any = None) -> list[tuple[Any, ...]]:
    every = {who: gaps_of(each) for who, each in days.items()}
    found = []
    for who in sorted(days):
        alike = [gap for other, gaps in every.items() for gap in gaps if group is None or group[other] == group[who]]
        alike = alike or [gap for gaps in every.values() for gap in gaps]
        own = every[who]
        expected = (weight * Fraction(sum(alike), len(alike)) + sum(own)) / (weight + len(own))
        last, since = days[who][-1], (TODAY - days[who][-1]).days
        due = last + timedelta(days=-(-expected.numerator // expected.denominator))
        found.append((who, len(own), float(expected), due, max(0, (TODAY - due).days), float(since / expected)))
    return found


def test_the_gaps_of_one_customer(engine: Any) -> None:
    rows = days_ago(a=(100, 90, 70, 69), b=(30, 10), c=(5, 5))
    assert lives.by_key(intervals(engine(rows), as_of=AS_OF), "customer") == [
        ("a", 3, 31 / 3, 10.0, 1, 69), ("b", 1, 20.0, 20.0, 20, 10), ("c", 0, None, None, None, 5),
    ]  # fmt: skip
    half = lives.by_key(intervals(engine(days_ago(a=(100, 90, 75))), as_of=AS_OF), "customer")
    assert half == [("a", 2, 12.5, 12.5, 15, 75)]


@pytest.mark.parametrize("options", [{}, {"order": True}, {"order": True, "count_free": True}])
def test_every_engine_agrees_with_the_definition(engine: Any, options: dict[str, Any]) -> None:
    rows = shop(61)
    days = lives.purchase_days(lives.lines_of(rows), AS_OF, zone=SHANGHAI, **options)
    arguments = {**options, **({"order": "order"} if "order" in options else {}), "zone": SHANGHAI}
    frame = engine(shuffled(rows, 7))
    assert lives.by_key(intervals(frame, as_of=AS_OF, **arguments), "customer") == intervals_by_hand(days)
    found = lives.by_key(next_purchase(frame, as_of=AS_OF, **arguments), "customer")
    expected = due_by_hand(days, Fraction(2))
    assert [(*row[:2], *row[3:5]) for row in found] == [(*row[:2], *row[3:5]) for row in expected]
    for row, other in zip(found, expected, strict=True):
        assert abs(row[2] - other[2]) < 1e-12 * other[2]
        assert abs(row[5] - other[5]) <= 1e-12 * other[5]


@pytest.mark.parametrize("money", ["float", "decimal", "int"])
def test_every_engine_gives_the_same_numbers(money: str) -> None:
    digests = set()
    for make in ENGINES.values():
        frame = make(shuffled(shop(money=money), 3))
        for ask in (intervals, next_purchase):
            digests.add((ask.__name__, lives.digest(lives.by_key(ask(frame, as_of=AS_OF, order="order"), "customer"))))
    assert len(digests) == 2


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.dictionaries(st.sampled_from("abc"), st.lists(st.integers(1, 60), min_size=1, max_size=9), min_size=1),
    st.sampled_from([1, 2, 0.5, 3.25]),
)
def test_random_days_give_what_the_slow_definition_says(customers: dict[str, list[int]], weight: float) -> None:
    rows = days_ago(**{who: tuple(days) for who, days in customers.items()})
    days = lives.purchase_days(lives.lines_of(rows), AS_OF, zone=SHANGHAI)
    has_gaps = any(len(each) > 1 for each in days.values())
    for name in ("arrow_table", "polars_lazy"):
        frame = ENGINES[name](rows)
        found = lives.by_key(intervals(frame, as_of=AS_OF, zone=SHANGHAI), "customer")
        assert found == intervals_by_hand(days)
        due = lives.by_key(next_purchase(frame, as_of=AS_OF, zone=SHANGHAI, weight=weight), "customer")
        if has_gaps:
            assert [row[3:5] for row in due] == [row[3:5] for row in due_by_hand(days, Fraction(weight))]
        else:
            assert [row[1:] for row in due] == [(0, None, None, None, None)] * len(days)


def test_own_gaps_of_10_and_14_beside_a_shop_of_40_are_26(engine: Any) -> None:
    # The shop's gaps are 10, 14, 56, 40 and 80: their mean is 40.
    rows = days_ago(own=(54, 44, 30), far=(177, 121, 81, 1), one=(3,))
    found = {row[0]: row[1:] for row in lives.by_key(next_purchase(engine(rows), as_of=AS_OF), "customer")}
    assert found["own"] == (2, 26.0, (AS_OF - timedelta(days=4)).date(), 4, 30 / 26)
    assert found["one"] == (0, 40.0, (AS_OF + timedelta(days=37)).date(), 0, 3 / 40)


def test_the_segment_gives_its_own_mean_where_it_has_gaps(engine: Any) -> None:
    rows = shop(62)
    days = lives.purchase_days(lives.lines_of(rows), AS_OF, zone=SHANGHAI)
    frame = engine(rows)
    scored = rfm(frame, as_of=AS_OF, zone=SHANGHAI)
    group = {row["customer"]: row["segment"] for row in lives.table(scored)}
    found = next_purchase(frame, as_of=AS_OF, zone=SHANGHAI, segments=scored)
    assert type(found) is type(frame)
    assert [row[3:5] for row in lives.by_key(found, "customer")] == [
        row[3:5] for row in due_by_hand(days, Fraction(2), group)
    ]
    assert len(set(group.values())) > 3
    with pytest.raises(FrameError):
        next_purchase(frame, as_of=AS_OF, segments=scored, column="no_such")


def test_the_kind_comes_back_with_columns_in_order(engine: Any) -> None:
    frame = engine(shop(63))
    for ask, names in (
        (intervals, ["customer", "gaps", "mean_gap", "median_gap", "last_gap", "open_gap"]),
        (next_purchase, ["customer", "gaps", "expected_gap", "due", "overdue_days", "overdue_ratio"]),
    ):
        found = ask(frame, as_of=AS_OF)
        assert type(found) is type(frame)
        rows = lives.table(found)
        assert list(rows[0]) == names
        if isinstance(found, pd.DataFrame | pl.DataFrame | pa.Table):
            ids = [row["customer"] for row in rows]
            assert ids == sorted(ids)


def test_nothing_seen_gives_empty_results_of_the_same_types(engine: Any) -> None:
    from segmentation.test_stages import _types

    report = Report()
    for ask in (intervals, next_purchase):
        some = ask(engine(days_ago(a=(30, 10, 4))), as_of=AS_OF)
        none = ask(engine(days_ago(a=(0,))), as_of=AS_OF, report=report)
        assert lives.table(none) == []
        assert _types(none) == _types(some)
        assert [problem.code for problem in report.problems] == ["nothing_seen"]


def test_later_rows_change_nothing(engine: Any) -> None:
    rows = days_ago(a=(30, 10), b=(7,))
    later = columns_of(("a", AS_OF + timedelta(days=3), 9.0), ("b", AS_OF, 9.0))
    both = {name: [*later[name], *values] for name, values in rows.items()}
    for ask in (intervals, next_purchase):
        assert lives.by_key(ask(engine(both), as_of=AS_OF), "customer") == lives.by_key(
            ask(engine(rows), as_of=AS_OF), "customer"
        )


@pytest.mark.parametrize("weight", [0, -1, True, float("nan"), "two", 1 / 3])
def test_weights_that_are_none_are_refused(weight: Any) -> None:
    with pytest.raises(InputError):
        next_purchase(ENGINES["pandas_object"](days_ago(a=(30, 10))), as_of=AS_OF, weight=weight)
