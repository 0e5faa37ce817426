"""The two curves: the same numbers as the functions they come from, however many points there are."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest
from charts.chart_data import curve, pareto, rows_of
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit import segmentation
from crmkit.charts import concentration, concentration_words, repeat_curve, repeat_words, svg
from crmkit.charts.curve_points import curve_points, marked_days
from crmkit.charts.spread import gini_of, held_by_top, spread_points
from crmkit.charts.thinning import thinned
from crmkit.errors import InputError
from crmkit.segmentation import FrameError, SurvivalCurve

SPELLS = st.lists(st.tuples(st.integers(0, 60), st.booleans()), min_size=1, max_size=40)
VALUES = st.lists(st.integers(0, 10_000), min_size=1, max_size=250).filter(any)


def fitted(spells: list[tuple[int, bool]]) -> SurvivalCurve:
    return SurvivalCurve.of([days for days, _ in spells], [over for _, over in spells])


def spread_of(values: list[int], points: int = 100) -> pd.DataFrame:
    frame = pd.DataFrame({"customer": range(len(values)), "monetary": values})
    return segmentation.pareto_curve(frame, points=points)


# Ten spells (length, over) and the ends of their 95 % interval by lifelines 0.30.3, as the share that ended.
LENGTHS = (3, 5, 5, 8, 13, 13, 21, 34, 34, 55)
IS_OVER = (True, False, True, True, True, False, True, True, False, False)
INTERVALS = (
    (3, 0.014718607, 0.526990729), (5, 0.054127354, 0.591309218), (8, 0.112851505, 0.695414926),
    (13, 0.185427862, 0.782807298), (21, 0.281546575, 0.885958222), (34, 0.398598097, 0.954334467),
    (55, 0.398598097, 0.954334467),
)  # fmt: skip


def test_the_interval_is_that_of_lifelines() -> None:
    points = curve_points(SurvivalCurve.of(LENGTHS, IS_OVER))
    assert [(point.days, round(point.low, 9), round(point.high, 9)) for point in points] == list(INTERVALS)


@settings(max_examples=30)
@given(SPELLS)
def test_points_rise_and_lie_in_their_interval(spells: list[tuple[int, bool]]) -> None:
    points = curve_points(fitted(spells))
    assert all(earlier.came_back <= later.came_back + 1e-12 for earlier, later in pairwise(points))
    assert all(0 <= point.low <= point.came_back + 1e-12 <= point.high + 2e-12 <= 1 + 3e-12 for point in points)
    assert sum(point.ended + point.censored for point in points) == len(spells)
    assert all(0 < days <= max(points[-1].days, 1) for days in marked_days(points) if points[-1].days)


def test_the_picture_begins_at_nothing_and_marks_who_was_watched_no_longer() -> None:
    spec = repeat_curve(curve()).to_dict()
    line = next(layer for layer in spec["layer"] if layer["mark"]["type"] == "line")
    ticks = next(layer for layer in spec["layer"] if layer["mark"]["type"] == "tick")
    rows = spec["datasets"][line["data"]["name"]]
    assert (rows[0]["days"], rows[0]["came_back"]) == (0, 0.0)
    censored = [days for days, number in zip(curve().days, curve().censored, strict=True) if number]
    assert [row["days"] for row in spec["datasets"][ticks["data"]["name"]]] == censored


def test_a_curve_whose_customers_all_came_back_at_once_is_drawn() -> None:
    at_once = SurvivalCurve.of([0, 0, 5], [True, True, True])
    rows = [row for row in rows_of(repeat_curve(at_once)) if row["days"] == 0]
    assert {row["part"] for row in rows} == {"67%"}
    assert "Half of them come back within 0 days." in repeat_words(at_once)


def test_nobody_has_come_back_yet_is_said() -> None:
    words = repeat_words(SurvivalCurve.of([40], [False]))
    assert "Fewer than half have come back so far." in words
    assert "Within 30 days 0% bought again" in words


def test_at_risk_cannot_be_fewer_than_leave() -> None:
    with pytest.raises(FrameError) as refused:
        repeat_curve(pd.DataFrame(curve().columns()).assign(at_risk=1, ended=1, censored=1))
    assert refused.value.column == "at_risk"


def test_a_hundred_thousand_points_are_thinned() -> None:
    assert len(thinned(range(100_000))) == 1_000


def test_a_long_curve_is_thinned_without_another_shape() -> None:
    n = 20_000
    frame = pd.DataFrame({"items": range(1, n + 1)})
    frame["item_share"] = frame["items"] / n
    frame["value_share"] = frame["item_share"] ** 0.3
    chart = concentration(frame)
    rows = rows_of(chart)
    assert len(rows) < 1_100
    kept = thinned(list(frame["item_share"]))
    drawn = frame.iloc[kept]
    for place in (0.0005, 0.01, 0.2, 0.5, 0.999):
        right = drawn["value_share"][drawn["item_share"] >= place].iloc[0]
        left = drawn["value_share"][drawn["item_share"] <= place].max()
        nearby = place + 1 / 500
        assert left <= place**0.3 + 1e-9
        assert right <= nearby**0.3 + 1e-9
    picture = svg(chart, title="Many", desc=concentration_words(frame))
    ElementTree.fromstring(picture)
    assert len(picture) < 60_000


@settings(max_examples=40)
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=300, unique=True).map(sorted), st.integers(1, 20))
def test_thinning_keeps_ends_and_leaves_no_gap_wider_than_a_part(places: list[int], parts: int) -> None:
    kept = thinned(places, buckets=parts)
    assert kept == sorted(set(kept))
    assert (kept[0], kept[-1]) == (0, len(places) - 1)
    assert len(kept) <= max(2 * parts, 1)
    width = (places[-1] - places[0]) / parts
    for left, right in pairwise(kept):
        # Points that were left out lie within one part of both kept neighbours.
        assert right == left + 1 or places[right] - places[left] <= width * (1 + 1e-9)


@settings(max_examples=30)
@given(VALUES, st.sampled_from([0.01, 0.1, 0.2, 0.5, 1.0]))
def test_the_top_is_that_of_top_share(values: list[int], part: float) -> None:
    frame = pd.DataFrame({"customer": range(len(values)), "monetary": values})
    points = spread_points(segmentation.pareto_curve(frame))
    assert held_by_top(points, part) == pytest.approx(segmentation.top_share(frame, part), abs=1e-9)


@settings(max_examples=30)
@given(VALUES, st.sampled_from([7, 100, 1000]))
def test_gini_is_right_to_one_part(values: list[int], points: int) -> None:
    frame = pd.DataFrame({"customer": range(len(values)), "monetary": values})
    exact, read = segmentation.gini(frame), gini_of(spread_points(segmentation.pareto_curve(frame, points=points)))
    if len(values) <= points:
        assert read == pytest.approx(exact, abs=1e-9)
    else:
        assert exact - 1 / points <= read <= exact + 1e-9


def test_the_picture_says_top_and_gini_in_both_languages() -> None:
    assert {"The top 20% bring 80%", "Gini coefficient 0.60"} <= told(spread_of([80, 5, 5, 5, 5]), lang="en")
    assert {"前20%贡献80%", "基尼系数0.60"} <= told(spread_of([80, 5, 5, 5, 5]), lang="zh")
    words = concentration_words(spread_of([80, 5, 5, 5, 5]), of="products", lang="zh")
    assert words.startswith("5种商品中前20%贡献金额的80%。")


def told(frame: pd.DataFrame, **how: Any) -> set[str]:
    return {row["told"] for row in rows_of(concentration(frame, **how)) if "told" in row}


def test_nobody_brings_anything() -> None:
    frame = spread_of([0, 0])
    assert "There are no customers to show." in told(frame)
    assert concentration_words(frame) == "There are no customers to show."


def test_shares_that_fall_and_other_items_are_refused() -> None:
    with pytest.raises(FrameError, match="shares that fall"):
        concentration(pareto().assign(value_share=list(pareto()["value_share"])[::-1]))
    with pytest.raises(InputError, match="of is"):
        concentration(pareto(), of="shops")  # type: ignore[arg-type]  # the mistake that is tested


def test_the_dot_lies_on_the_curve() -> None:
    rows = rows_of(concentration(spread_of([50, 30, 10, 5, 5, 3])))
    dot = next(row for row in rows if "part" in row)
    assert math.isclose(dot["x"], 2 / 6, abs_tol=1e-6)
    assert any(row is not dot and (row["x"], row["y"]) == (dot["x"], dot["y"]) for row in rows)
