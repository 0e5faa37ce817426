"""Repeat rates and the survival curve: the worked example, an independent oracle, and the values of lifelines."""

from __future__ import annotations

import random
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from segmentation import lives
from segmentation.frames import ENGINES, shuffled
from segmentation.test_rfm import AS_OF, SHANGHAI, columns_of, shop

from crmkit.errors import InputError
from crmkit.segmentation import (
    FrameError,
    RepeatRate,
    Report,
    SurvivalCurve,
    gap_curve,
    repeat_curve,
    repeat_share,
    repeat_within,
)

TODAY = AS_OF.astimezone(SHANGHAI).date()

# Sixty spells (length, over) and their survival by lifelines 0.30.3, KaplanMeierFitter().fit(lengths, over).
LENGTHS = [
    9, 20, 60, 4, 70, 26, 50, 10, 25, 36, 12, 40, 19, 39, 17, 36, 90, 20, 38, 40, 20, 20, 22, 38, 27, 10, 50, 29, 10,
    35, 4, 50, 5, 1, 32, 10, 20, 10, 6, 12, 20, 10, 31, 40, 6, 90, 9, 0, 40, 29, 36, 0, 90, 20, 18, 0, 90, 10, 18, 90,
]  # fmt: skip
OVER = [
    0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0,
    0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1,
]  # fmt: skip
BY_LIFELINES = {
    0: 0.9666666666666667, 1: 0.9666666666666667, 4: 0.9494047619047618, 5: 0.9494047619047618, 6: 0.9314914645103324,
    9: 0.9314914645103324, 10: 0.8554513449584685, 12: 0.8350834557927908, 17: 0.8142063693979709,
    18: 0.7933292830031511, 19: 0.771887951030093, 20: 0.6646812911648023, 22: 0.6646812911648023,
    25: 0.6409426736232025, 26: 0.6172040560816023, 27: 0.5934654385400021, 29: 0.5697268209984022,
    31: 0.5449560896506457, 32: 0.5201853583028889, 35: 0.5201853583028889, 36: 0.46816682247260005,
    38: 0.4406275976212706, 39: 0.4406275976212706, 40: 0.4091541977911799, 50: 0.3273233582329438,
    60: 0.2805628784853804, 70: 0.2805628784853804, 90: 0.11222515139415218,
}  # fmt: skip


@pytest.fixture(params=list(ENGINES))
def engine(request: pytest.FixtureRequest) -> Any:
    return ENGINES[request.param]


def spells_by_hand(days: dict[Any, list[Any]], *, only_first: bool = False) -> list[tuple[int, bool]]:
    found = []
    for each in days.values():
        ends = [*each[1:], TODAY]
        spells = [((end - start).days, end is not TODAY) for start, end in zip(each, ends, strict=True)]
        found += spells[:1] if only_first else spells
    return found


def curve_by_hand(spells: list[tuple[int, bool]]) -> dict[int, Fraction]:
    share, found = Fraction(1), {}
    for t in sorted({length for length, _ in spells}):
        at_risk = sum(length >= t for length, _ in spells)
        share *= 1 - Fraction(sum(length == t and over for length, over in spells), at_risk)
        found[t] = share
    return found


def test_the_worked_example() -> None:
    curve = SurvivalCurve.of([10, 20, 20, 5, 40, 100], [True, True, True, False, False, False])
    assert curve.days == (5, 10, 20, 40, 100)
    assert curve.at_risk == (6, 5, 4, 2, 1)
    assert curve.ended == (0, 1, 2, 0, 0)
    assert curve.censored == (1, 0, 0, 1, 1)
    assert [curve.survival_at(days) for days in (0, 9, 10, 19, 20, 1000)] == [1.0, 1.0, 0.8, 0.8, 0.4, 0.4]
    assert curve.median == 20
    assert SurvivalCurve.of([10, 20, 30], [True, False, False]).median is None


def test_the_curve_is_that_of_lifelines() -> None:
    curve = SurvivalCurve.of(LENGTHS, [bool(mark) for mark in OVER])
    assert curve.days == tuple(BY_LIFELINES)
    assert max(abs(a - b) for a, b in zip(curve.survival, BY_LIFELINES.values(), strict=True)) < 1e-12
    assert curve.median == 36


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=40))
def test_the_curve_is_the_product_over_those_at_risk(spells: list[tuple[int, bool]]) -> None:
    curve = SurvivalCurve.of([length for length, _ in spells], [over for _, over in spells])
    expected = curve_by_hand(spells)
    assert curve.days == tuple(expected)
    assert all(
        abs(Fraction(a) - b) < Fraction(1, 10**12) for a, b in zip(curve.survival, expected.values(), strict=True)
    )
    assert curve.median == next((t for t, share in expected.items() if share <= Fraction(1, 2)), None)


def test_lengths_that_are_none_are_refused() -> None:
    for lengths, over in (([-1], [True]), ([1.5], [True]), ([1, 2], [True])):
        with pytest.raises(InputError):
            SurvivalCurve.of(lengths, over)  # type: ignore[arg-type]
    assert SurvivalCurve.of([], []).survival == ()
    assert SurvivalCurve.of([], []).median is None


@pytest.mark.parametrize("options", [{}, {"order": True}, {"order": True, "count_free": True}])
def test_every_engine_counts_the_spells_of_the_definition(engine: Any, options: dict[str, Any]) -> None:
    rows = shop(51)
    days = lives.purchase_days(lives.lines_of(rows), AS_OF, zone=SHANGHAI, **options)
    arguments = {**options, **({"order": "order"} if "order" in options else {}), "zone": SHANGHAI}
    frame = engine(shuffled(rows, 6))
    for curve, only_first in (
        (gap_curve(frame, as_of=AS_OF, **arguments), False),
        (repeat_curve(frame, as_of=AS_OF, **arguments), True),
    ):
        spells = spells_by_hand(days, only_first=only_first)
        assert curve == SurvivalCurve.of([length for length, _ in spells], [over for _, over in spells])
    for within in (1, 30, 90, 400):
        had_time = [each for each in days.values() if (TODAY - each[0]).days >= within]
        back = [each for each in had_time if len(each) > 1 and (each[1] - each[0]).days <= within]
        found = repeat_within(frame, within, as_of=AS_OF, **arguments)
        assert found == RepeatRate(repeaters=len(back), customers=len(had_time))
    by_day = repeat_share(frame, as_of=AS_OF, by="day", **arguments)
    assert by_day == RepeatRate(repeaters=sum(len(each) > 1 for each in days.values()), customers=len(days))


def test_two_orders_of_a_day_are_a_repeat_ever_and_one_purchase_day(engine: Any) -> None:
    day = AS_OF - timedelta(days=40)
    frame = engine(columns_of(("a", day, 5.0), ("a", day, 6.0), ("b", day, 5.0), ("c", day, -5.0)))
    assert repeat_share(frame, as_of=AS_OF) == RepeatRate(repeaters=1, customers=2)
    assert repeat_share(frame, as_of=AS_OF, by="day").repeaters == 0
    assert repeat_within(frame, 30, as_of=AS_OF) == RepeatRate(repeaters=0, customers=2)
    assert repeat_curve(frame, as_of=AS_OF).ended == (0,)


def test_new_customers_pull_the_share_down_and_nothing_else() -> None:
    """The middle definition and the curve agree; the first one falls when many new customers arrive."""
    rng = random.Random(8)
    rows = []
    for number in range(4000):
        first = AS_OF - timedelta(days=rng.randint(1, 400))
        rows.append((f"c{number}", first, 10.0))
        if rng.random() < 0.5 and (second := first + timedelta(days=rng.randint(1, 60))) < AS_OF:
            rows.append((f"c{number}", second, 10.0))
    crowd = [(f"n{number}", AS_OF - timedelta(days=rng.randint(1, 5)), 10.0) for number in range(4000)]
    old, new = (ENGINES["pandas_object"](columns_of(*lines)) for lines in (rows, rows + crowd))
    share, later_share = (repeat_share(frame, as_of=AS_OF).share or 0.0 for frame in (old, new))
    within, later_within = (repeat_within(frame, 60, as_of=AS_OF).share or 0.0 for frame in (old, new))
    assert later_share < share * 0.6
    assert later_within == within
    assert abs(repeat_curve(new, as_of=AS_OF).ended_within(60) - within) < 0.02


def test_nothing_seen_is_no_rate_and_an_empty_curve(engine: Any) -> None:
    frame = engine(columns_of(("a", AS_OF, 5.0)))
    report = Report()
    nothing = RepeatRate(repeaters=0, customers=0)
    assert repeat_share(frame, as_of=AS_OF, report=report) == repeat_within(frame, 9, as_of=AS_OF) == nothing
    assert nothing.share is None
    assert gap_curve(frame, as_of=AS_OF).days == repeat_curve(frame, as_of=AS_OF).days == ()
    assert [problem.code for problem in report.problems] == ["nothing_seen"]


def test_wrong_arguments_are_refused(engine: Any) -> None:
    frame = engine(columns_of(("a", AS_OF - timedelta(days=1), 5.0)))
    for days in (0, -1, 1.5, True):
        with pytest.raises(InputError):
            repeat_within(frame, days, as_of=AS_OF)  # type: ignore[arg-type]
    with pytest.raises(InputError):
        repeat_share(frame, as_of=AS_OF, by="week")  # type: ignore[arg-type]
    with pytest.raises(FrameError):
        gap_curve(frame, as_of=AS_OF, amount="no_such")
    with pytest.raises(TypeError):
        repeat_share(frame, as_of=AS_OF, custom="who")
