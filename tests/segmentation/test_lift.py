"""Campaign lift: the worked numbers, independent oracles, and what is refused."""

from __future__ import annotations

import pickle
from collections import Counter
from math import sqrt
from typing import Any

import numpy as np
import pytest
from scipy import special, stats

from crmkit.errors import InputError
from crmkit.segmentation import Arm, arm_of, lift, needed_size
from crmkit.segmentation.student import student_quantile

TREATED, CONTROL = Arm(customers=10_000, buyers=420), Arm(customers=5_000, buyers=150)


def test_the_worked_campaign() -> None:
    found = lift(TREATED, CONTROL, planned=(2, 1))
    assert round(100 * found.difference, 10) == 1.2
    assert (round(100 * found.interval.low, 2), round(100 * found.interval.high, 2)) == (0.57, 1.80)
    assert found.relative == pytest.approx(0.4, abs=1e-12)
    assert found.extra_buyers == pytest.approx(120, abs=1e-9)
    assert (found.sample_ratio_p, found.problems) == (1.0, ())
    assert (found.revenue_per_head, found.revenue_interval) == (None, None)
    assert pickle.loads(pickle.dumps(found)) == found


def test_the_worked_sample_ratio() -> None:
    found = lift(TREATED, Arm(customers=5_210, buyers=150), planned=(2, 1))
    assert found.sample_ratio_p is not None
    assert round(found.sample_ratio_p, 3) == 0.016
    assert found.sample_ratio_p == pytest.approx(stats.chisquare([10_000, 5_210], [10_140, 5_070]).pvalue, rel=1e-12)
    assert found.problems == ()
    warned = lift(TREATED, Arm(customers=5_210, buyers=150), planned=(2, 1), warn_below=0.02)
    assert [(problem.code, problem.value) for problem in warned.problems] == [("sample_ratio", "10,000 to 5,210")]
    broken = lift(TREATED, Arm(customers=5_300, buyers=150), planned=(2, 1))
    assert [problem.code for problem in broken.problems] == ["sample_ratio"]


@pytest.mark.parametrize(
    ("treated", "control", "low", "high"),
    [  # method 10 in table II of Newcombe's paper
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_newcombes_own_examples(treated: Any, control: Any, low: float, high: float) -> None:
    arms = [Arm(customers=customers, buyers=buyers) for buyers, customers in (treated, control)]
    found = lift(*arms).interval
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)
    turned = lift(*reversed(arms)).interval
    assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low), abs=1e-15)


def arm(spent: np.ndarray[Any, Any]) -> Arm:
    return Arm(
        customers=len(spent), buyers=int((spent > 0).sum()), revenue=float(spent.sum()), squares=float((spent**2).sum())
    )


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
@pytest.mark.parametrize("sizes", [(2, 3), (8, 5), (3000, 900)])
def test_revenue_per_head_is_welchs(confidence: float, sizes: tuple[int, int]) -> None:
    rng = np.random.default_rng(4)
    one, other = rng.gamma(1.5, 40, sizes[0]), rng.gamma(1.2, 70, sizes[1])
    found = lift(arm(one), arm(other), confidence=confidence)
    expected = stats.ttest_ind(one, other, equal_var=False).confidence_interval(confidence)
    assert found.revenue_interval is not None
    ends = (found.revenue_interval.low, found.revenue_interval.high)
    assert ends == pytest.approx((expected.low, expected.high), rel=1e-9)
    assert found.revenue_per_head == pytest.approx(one.mean() - other.mean(), rel=1e-12)
    counted = Arm.of(one)
    assert (counted.customers, counted.buyers) == (len(one), len(one))
    assert (counted.revenue, counted.squares) == pytest.approx((one.sum(), (one**2).sum()), rel=1e-12)


def test_equal_spending_has_no_width_and_single_customers_no_interval() -> None:
    same = lift(arm(np.array([5.0, 5.0])), arm(np.array([3.0, 3.0, 3.0])))
    assert same.revenue_interval is not None
    assert (same.revenue_interval.low, same.revenue_interval.high) == (2.0, 2.0)
    alone = lift(arm(np.array([5.0])), arm(np.array([3.0, 4.0])))
    assert (alone.revenue_per_head, alone.revenue_interval) == (1.5, None)


def test_nobody_in_the_control_leaves_the_relative_lift_open() -> None:
    found = lift(Arm(customers=100, buyers=3), Arm(customers=100, buyers=0))
    assert found.relative is None
    assert found.interval.holds(0.03)


@pytest.mark.parametrize("freedom", [1, 1.5, 2, 7.3, 30, 1000.5, 1e5, 1e7])
@pytest.mark.parametrize("probability", [0.5, 0.6, 0.9, 0.975, 0.9995])
def test_students_quantile(freedom: float, probability: float) -> None:
    expected = special.stdtrit(freedom, probability)
    assert student_quantile(probability, freedom) == pytest.approx(
        expected, rel=1e-8 if freedom > 1000 else 1e-11, abs=1e-12
    )


def test_the_needed_size_has_the_power_that_was_asked_for() -> None:
    treated, control = needed_size(0.03, 0.042)
    assert (
        treated == control == 3782
    )  # 1.959964·sqrt(2·0.036·0.964) + 0.841621·sqrt(0.0291 + 0.040236), over 0.012, squared
    twice = needed_size(0.03, 0.042, ratio=2)
    assert twice[0] == pytest.approx(2 * twice[1], abs=1)
    assert twice[1] < control < twice[0]
    rng = np.random.default_rng(11)
    n, runs = treated, 4000
    one, other = rng.binomial(n, 0.042, runs) / n, rng.binomial(n, 0.03, runs) / n
    pooled = (one + other) / 2
    seen = np.abs(one - other) / np.sqrt(2 * pooled * (1 - pooled) / n) > 1.959964
    assert abs(seen.mean() - 0.8) < 4 * sqrt(0.16 / runs)


def test_arms_are_steady_in_share_and_independent_between_campaigns() -> None:
    shares = {"treated": 2, "control": 1}
    customers = [f"c{n}" for n in range(30_000)]
    spring = [arm_of("spring", customer, shares) for customer in customers]
    assert spring == [arm_of("spring", customer, shares) for customer in customers]
    autumn = [arm_of("autumn", customer, shares) for customer in customers]
    counts = Counter(zip(spring, autumn, strict=True))
    expected = {(a, b): 30_000 * shares[a] * shares[b] / 9 for a in shares for b in shares}
    assert stats.chisquare([counts[key] for key in expected], list(expected.values())).pvalue > 0.001
    assert arm_of("a", "1:b", shares) == arm_of("a", "1:b", shares)
    assert {arm_of("x", n, {"none": 0, "all": 1}) for n in range(50)} == {"all"}


def test_arms_do_not_move_between_releases() -> None:
    found = "".join(arm_of("spring", n, {"t": 1, "c": 1}) for n in range(40))
    assert found == "cctctctttttcccctccttcctccctccccttttttctt"


@pytest.mark.parametrize(
    "counts",
    [
        {"customers": 0, "buyers": 0},
        {"customers": 5, "buyers": 6},
        {"customers": 5, "buyers": -1},
        {"customers": 5.0, "buyers": 1},
        {"customers": 5, "buyers": True},
        {"customers": 5, "buyers": 1, "revenue": 9.0},
        {"customers": 2, "buyers": 1, "revenue": 9.0, "squares": 9.0},
        {"customers": 2, "buyers": 1, "revenue": float("nan"), "squares": 9.0},
    ],
)
def test_counts_that_cannot_be_are_refused(counts: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        Arm(**counts)


@pytest.mark.parametrize("options", [{"confidence": 1}, {"confidence": 0}, {"confidence": True}, {"planned": (2, 0)}])
def test_questions_that_cannot_be_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        lift(TREATED, CONTROL, **options)


def test_an_arm_is_counted_from_what_each_spent() -> None:
    assert Arm.of([0.0, 3.0, 0.0]) == Arm(customers=3, buyers=1, revenue=3.0, squares=9.0)
    for spent in ([], [float("nan"), 1.0]):
        with pytest.raises(InputError):
            Arm.of(spent)


def test_revenue_of_one_arm_alone_is_refused() -> None:
    with pytest.raises(InputError, match="both arms"):
        lift(TREATED, arm(np.array([1.0, 2.0])))


@pytest.mark.parametrize(
    "arguments", [(0.03, 0.03), (0, 0.1), (0.1, 1.0), (0.1, 0.2, {"power": 1.0}), (0.1, 0.2, {"ratio": 0})]
)
def test_sizes_that_cannot_be_are_refused(arguments: Any) -> None:
    *rates, options = (*arguments, {}) if len(arguments) == 2 else arguments
    with pytest.raises(InputError):
        needed_size(*rates, **options)


@pytest.mark.parametrize("shares", [{}, {"a": 0}, {"a": 1.5}, {"a": -1, "b": 2}])
def test_shares_that_cannot_be_are_refused(shares: Any) -> None:
    with pytest.raises(InputError, match="shares"):
        arm_of("x", "y", shares)
