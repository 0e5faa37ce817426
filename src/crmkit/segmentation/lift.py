"""Campaign lift: what a campaign brought beyond what its control group did without it.

Customers are assigned before anybody is reached, and counted by assignment, reached or not: otherwise those who can be
reached are compared with everybody, and they buy more anyway.
"""

from __future__ import annotations

from math import ceil, erfc, sqrt
from statistics import NormalDist

import attrs

from crmkit.errors import InputError
from crmkit.problems import Problem
from crmkit.segmentation.arms import Arm
from crmkit.segmentation.student import student_quantile

__all__ = ["Interval", "Lift", "lift", "needed_size"]


@attrs.frozen(slots=True)
class Interval:
    """Holds the ends of a confidence interval.

    Example:
        >>> Interval(-0.01, 0.02).holds(0)
        True
    """

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Returns whether the value lies within."""
        return self.low <= value <= self.high


@attrs.frozen(slots=True, kw_only=True)
class Lift:
    """Holds what a campaign brought.

    Attributes:
        difference: Rate of the treated minus rate of the control.
        interval: Newcombe's interval of the difference.
        relative: Difference as part of the control's rate, or None where nobody in the control bought.
        extra_buyers: Difference times the treated customers.
        revenue_per_head: Difference of revenue per customer, or None where revenue is not looked at.
        revenue_interval: Welch's interval of it, or None where an arm has fewer than two customers.
        sample_ratio_p: How likely a split at least as far from the planned one is, or None where none was planned.
        problems: What speaks against reading the numbers.
    """

    difference: float
    interval: Interval
    relative: float | None
    extra_buyers: float
    revenue_per_head: float | None
    revenue_interval: Interval | None
    sample_ratio_p: float | None
    problems: tuple[Problem, ...]


def lift(
    treated: Arm,
    control: Arm,
    *,
    planned: tuple[float, float] | None = None,
    confidence: float = 0.95,
    warn_below: float = 0.01,
) -> Lift:
    """Returns how much more the treated bought than the control.

    Args:
        treated: Who were assigned to the campaign.
        control: Who were assigned to be left alone.
        planned: The planned split, treated to control, such as (2, 1); None to leave out the sample-ratio test.
        confidence: Confidence of the intervals.
        warn_below: A p of the sample-ratio test below this is a problem: the split is broken, and so may be the rest.

    The interval of the difference is method 10 of Newcombe (Statistics in Medicine 17, 1998), from Wilson's intervals
    of both rates; it holds for small counts, too. Revenue uses Welch's interval with his degrees of freedom.

    Raises:
        InputError: A confidence or a split that is none, or revenue in one arm alone.

    Example:
        >>> found = lift(Arm(customers=10_000, buyers=420), Arm(customers=5_000, buyers=150), planned=(2, 1))
        >>> round(100 * found.difference, 2), round(100 * found.interval.low, 2), round(100 * found.interval.high, 2)
        (1.2, 0.57, 1.8)
        >>> round(found.relative, 3), round(found.extra_buyers), found.sample_ratio_p
        (0.4, 120, 1.0)
    """
    _inside("confidence", confidence)
    if (treated.revenue is None) != (control.revenue is None):
        raise InputError("revenue is given for both arms or for none.")
    difference = treated.rate - control.rate
    share = None if planned is None else _sample_ratio_p(treated.customers, control.customers, planned)
    per_head, interval = _revenue(treated, control, confidence)
    return Lift(
        difference=difference,
        interval=_newcombe(treated, control, confidence),
        relative=difference / control.rate if control.buyers else None,
        extra_buyers=difference * treated.customers,
        revenue_per_head=per_head,
        revenue_interval=interval,
        sample_ratio_p=share,
        problems=_problems(treated, control, share, planned, warn_below),
    )


def needed_size(
    base: float, expected: float, *, confidence: float = 0.95, power: float = 0.8, ratio: float = 1.0
) -> tuple[int, int]:
    """Returns how many customers the treated arm and the control need, for a difference to be seen.

    Args:
        base: Rate without the campaign.
        expected: Rate with it, which differs.
        confidence: Confidence of the two-sided test.
        power: How often the difference is to be seen where it is there.
        ratio: Treated customers for each in the control.

    The formula is that of the two-proportion z-test with the pooled rate under no difference (Fleiss, Statistical
    Methods for Rates and Proportions, without continuity correction).

    Raises:
        InputError: Rates, confidence or power that are not between 0 and 1, or equal rates.

    Example:
        >>> needed_size(0.03, 0.042)
        (3782, 3782)
    """
    for name, value in (("base", base), ("expected", expected), ("confidence", confidence), ("power", power)):
        _inside(name, value)
    if base == expected:
        raise InputError("expected differs from base: no number of customers shows that there is no difference.")
    if not 0 < ratio < float("inf"):
        raise InputError(f"ratio is a number above 0, got {ratio!r}.")
    z = NormalDist().inv_cdf
    pooled = (base + ratio * expected) / (1 + ratio)
    under_none = z(0.5 + confidence / 2) * sqrt(pooled * (1 - pooled) * (1 + 1 / ratio))
    under_some = z(power) * sqrt(base * (1 - base) + expected * (1 - expected) / ratio)
    control = ((under_none + under_some) / (expected - base)) ** 2
    return ceil(control * ratio), ceil(control)


def _inside(name: str, value: float) -> None:
    if isinstance(value, bool) or not 0 < value < 1:
        raise InputError(f"{name} is a number between 0 and 1, got {value!r}.")


def _wilson(arm: Arm, z: float) -> Interval:
    n, rate = arm.customers, arm.rate
    middle, reach = rate + z * z / (2 * n), z * sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    low = 0.0 if arm.buyers == 0 else (middle - reach) / (1 + z * z / n)
    high = 1.0 if arm.buyers == n else (middle + reach) / (1 + z * z / n)
    return Interval(low, high)


def _newcombe(treated: Arm, control: Arm, confidence: float) -> Interval:
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    one, other, difference = _wilson(treated, z), _wilson(control, z), treated.rate - control.rate
    return Interval(
        difference - sqrt((treated.rate - one.low) ** 2 + (other.high - control.rate) ** 2),
        difference + sqrt((one.high - treated.rate) ** 2 + (control.rate - other.low) ** 2),
    )


def _revenue(treated: Arm, control: Arm, confidence: float) -> tuple[float | None, Interval | None]:
    if treated.revenue is None or control.revenue is None:
        return None, None
    difference = treated.revenue / treated.customers - control.revenue / control.customers
    if treated.customers < 2 or control.customers < 2:
        return difference, None
    one, other = _variance_of_mean(treated), _variance_of_mean(control)
    if one + other == 0:
        return difference, Interval(difference, difference)
    freedom = (one + other) ** 2 / (one**2 / (treated.customers - 1) + other**2 / (control.customers - 1))
    reach = student_quantile(0.5 + confidence / 2, freedom) * sqrt(one + other)
    return difference, Interval(difference - reach, difference + reach)


def _variance_of_mean(arm: Arm) -> float:
    assert arm.revenue is not None, "revenue is looked at"
    assert arm.squares is not None, "and so is how it varies"
    spread = max(arm.squares - arm.revenue**2 / arm.customers, 0.0)
    return spread / (arm.customers - 1) / arm.customers


def _sample_ratio_p(treated: int, control: int, planned: tuple[float, float]) -> float:
    """Returns the p of the chi-square test with one degree of freedom."""
    if not all(0 < part < float("inf") for part in planned):
        raise InputError(f"planned is two shares above 0, treated to control, got {planned!r}.")
    expected = (treated + control) * planned[0] / sum(planned)
    off = (treated - expected) ** 2 * (1 / expected + 1 / (treated + control - expected))
    return erfc(sqrt(off / 2))


def _problems(
    treated: Arm, control: Arm, share: float | None, planned: tuple[float, float] | None, warn_below: float
) -> tuple[Problem, ...]:
    if share is None or planned is None or share >= warn_below:
        return ()
    return (
        Problem(
            source="campaign",
            code="sample_ratio",
            value=f"{treated.customers:,} to {control.customers:,}",
            reason=f"is not the planned split {planned[0]:g} to {planned[1]:g} (p {share:.2g}); look for what was lost",
            severity="warning",
        ),
    )
