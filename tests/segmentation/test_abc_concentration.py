"""Top share, Gini and the Pareto curve: exact, alike on every engine."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction
from typing import Any

import narwhals.stable.v2 as nw
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from segmentation.frames import ENGINES, pandas_object, polars_lazy, shuffled
from segmentation.test_abc import WORKED, items_of
from segmentation.test_rfm import AS_OF, shop

from crmkit.errors import InputError
from crmkit.segmentation import Report, rfm
from crmkit.segmentation.concentration import gini, pareto_curve, top_share
from crmkit.segmentation.refusals import TooFewRows

NAMES = {"item": "item", "value": "value"}


def gini_by_pairs(values: list[int]) -> Fraction:
    """The other definition: half the mean difference of all pairs over the mean."""
    held = [max(value, 0) for value in values]
    return Fraction(sum(abs(a - b) for a in held for b in held), 2 * len(held) * sum(held))


def top_by_hand(values: list[int], share: Fraction) -> Fraction:
    held = sorted((max(value, 0) for value in values), reverse=True)
    count = -(-len(held) * share.numerator // share.denominator)
    return Fraction(sum(held[:count]), sum(held))


def rows_of_curve(frame: Any) -> list[tuple[Any, ...]]:
    found = nw.from_native(frame)
    found = found.collect() if isinstance(found, nw.LazyFrame) else found
    return sorted(zip(*(found[name].to_list() for name in found.columns), strict=True))


@pytest.mark.parametrize("engine", ENGINES)
def test_the_worked_values(engine: str) -> None:
    frame = ENGINES[engine](shuffled(items_of([float(v) for v in WORKED]), 4))
    assert top_share(frame, 0.3, **NAMES) == 110 / 130  # ceil(2.4) = 3 of 8 items
    assert top_share(frame, 0.25, **NAMES) == 80 / 130  # one of two equal ones
    assert top_share(frame, 1, **NAMES) == 1
    assert gini(frame, **NAMES) == float(gini_by_pairs(WORKED))
    assert rows_of_curve(pareto_curve(frame, points=3, **NAMES)) == [
        (3, 110.0, 3 / 8, 110 / 130), (6, 130.0, 6 / 8, 1.0), (8, 130.0, 1.0, 1.0),
    ]  # fmt: skip


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.lists(st.integers(-20, 60), min_size=1, max_size=25), st.fractions(Fraction(1, 50), 1, max_denominator=50))
def test_both_paths_agree_with_the_definitions(values: list[int], share: Fraction) -> None:
    frames = [make(items_of(values)) for make in (pandas_object, polars_lazy)]
    for frame in frames:
        if max(values) <= 0:
            with pytest.raises(TooFewRows):
                gini(frame, **NAMES)
            continue
        assert top_share(frame, share, **NAMES) == float(top_by_hand(values, share))
        assert gini(frame, **NAMES) == float(gini_by_pairs(values))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("money", ["float", "decimal", "int"])
def test_every_engine_gives_the_same_curve(engine: str, money: str) -> None:
    rows = shop(11, money=money)
    options: dict[str, Any] = {"item": "customer", "value": "amount", "as_of": AS_OF, "points": 7}
    found = rows_of_curve(pareto_curve(ENGINES[engine](shuffled(rows, 2)), **options))
    assert repr([tuple(map(float, row)) for row in found]) == repr(
        [tuple(map(float, row)) for row in rows_of_curve(pareto_curve(pandas_object(rows), **options))]
    )
    assert [row[0] for row in found] == [6, 12, 18, 23, 29, 35, 40]


def test_fewer_items_than_points_give_one_point_an_item() -> None:
    assert pareto_curve(pandas_object(items_of([3.0, 1.0])), **NAMES)["items"].tolist() == [1, 2]


def test_the_result_of_rfm_is_taken_as_it_is() -> None:
    values = rfm(pandas_object(shop(12)), as_of=AS_OF)
    assert 0.2 < top_share(values) < 1
    assert 0 < gini(values) < 1
    assert len(pareto_curve(values, points=4)) == 4


def test_a_fifth_is_a_fifth_whatever_its_double() -> None:
    frame = pandas_object(items_of([float(v) for v in range(1, 16)]))
    third = sum(range(13, 16)) / 120
    assert [top_share(frame, share, **NAMES) for share in (0.2, Decimal("0.2"), Fraction(1, 5))] == [third] * 3
    assert top_share(frame, 0.1 + 0.1 + 0.1 - 0.1, **NAMES) != third  # what is not 0.2 is not taken for it


def test_sums_beyond_64_bits_stay_exact() -> None:
    values = [random.Random(3).randrange(2**53) for _ in range(900)]
    assert gini(pandas_object(items_of(values)), **NAMES) == float(gini_by_pairs(values))
    assert top_share(pandas_object(items_of(values)), 0.5, **NAMES) == float(top_by_hand(values, Fraction(1, 2)))


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_held_is_too_few_and_an_empty_curve_is_empty(engine: str) -> None:
    empty = ENGINES[engine]({"item": [], "amount": []})
    report = Report()
    for question in (gini, top_share):
        with pytest.raises(TooFewRows, match="holds 0 items"):
            question(empty, item="item", value="amount", report=report)
    assert rows_of_curve(pareto_curve(empty, item="item", value="amount")) == []
    nothing = rows_of_curve(pareto_curve(ENGINES[engine](items_of([0.0, -2.0])), **NAMES))
    assert nothing == [(1, 0.0, 0.5, 0.0), (2, 0.0, 1.0, 0.0)]


@pytest.mark.parametrize("share", [0, -0.1, 1.01, float("nan"), float("inf"), True, "x", None])
def test_shares_that_are_none_are_refused(share: Any) -> None:
    with pytest.raises(InputError, match="share"):
        top_share(pd.DataFrame({"customer": ["a"], "monetary": [1.0]}), share)


@pytest.mark.parametrize("points", [0, -1, 1.5, True])
def test_points_are_whole(points: Any) -> None:
    with pytest.raises(InputError, match="points"):
        pareto_curve(pd.DataFrame({"customer": ["a"], "monetary": [1.0]}), points=points)
