"""From a survival curve to the points that a picture of it shows."""

from __future__ import annotations

import math
from typing import Any

import attrs

from crmkit.charts.reading import columns_of, shares, whole_numbers
from crmkit.errors import InputError
from crmkit.segmentation.refusals import FrameError
from crmkit.segmentation.survival import SurvivalCurve

__all__ = ["CurvePoint", "curve_points", "marked_days", "point_at"]

_COLUMNS = ("days", "at_risk", "ended", "censored", "survival")
_MARKS = (7, 14, 30, 60, 90, 180, 365, 730, 1095, 1460, 1825, 3650)
_Z = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""


@attrs.frozen(kw_only=True, slots=True)
class CurvePoint:
    """Is a curve at one length.

    Attributes:
        days: Days after the purchase.
        at_risk: Customers watched for so long; `ended` of them bought again on this day, `censored` were watched no
            longer.
        came_back: Share who bought again by then.
        low: Lower end of its 95 % interval.
        high: Upper end.
    """

    days: int
    at_risk: int
    ended: int
    censored: int
    came_back: float
    low: float
    high: float


def curve_points(curve: Any) -> tuple[CurvePoint, ...]:
    """Returns the points of a curve by days, each with the 95 % interval of the share that came back.

    The interval is Greenwood's on the scale of log(-log S), which stays between 0 and 1 (Kalbfleisch and Prentice, The
    Statistical Analysis of Failure Time Data, section 1.4).

    Args:
        curve: A `SurvivalCurve`, or any frame made of its `columns()`.

    Raises:
        FrameError: A column is missing or holds what cannot be.
        InputError: A length is there twice.

    Example:
        >>> (point,) = curve_points(SurvivalCurve.of([10] * 4, [True, False, False, False]))
        >>> point.came_back, round(point.low, 3), round(point.high, 3)
        (0.25, 0.039, 0.872)
    """
    rows = _rows(curve)
    found: list[CurvePoint] = []
    spread = 0.0
    for days, at_risk, ended, censored, survival in rows:
        if found and days == found[-1].days:
            raise InputError(f"The curve has {days} days twice; give one curve.")
        if ended + censored > at_risk:
            raise FrameError("at_risk", str(at_risk), f"at least the {ended + censored} that leave after {days} days")
        spread += ended / (at_risk * (at_risk - ended)) if ended < at_risk else 0.0
        low, high = _interval(survival, spread)
        found.append(
            CurvePoint(
                days=days, at_risk=at_risk, ended=ended, censored=censored, came_back=1 - survival, low=low, high=high
            )
        )
    return tuple(found)


def _rows(curve: Any) -> list[tuple[int, int, int, int, float]]:
    given = curve.columns() if isinstance(curve, SurvivalCurve) else columns_of(curve, _COLUMNS, "repeat_curve")
    counts = [whole_numbers(name, given[name], least=name == "at_risk") for name in _COLUMNS[:-1]]
    return sorted(zip(*counts, shares("survival", given["survival"]), strict=True))


def _interval(survival: float, spread: float) -> tuple[float, float]:
    if not 0 < survival < 1 - 1e-12:
        return 1 - survival, 1 - survival
    width = _Z * math.sqrt(spread) / abs(math.log(survival))
    return 1 - survival ** math.exp(-width), 1 - survival ** math.exp(width)


def point_at(points: tuple[CurvePoint, ...], days: int) -> CurvePoint | None:
    """Returns the curve after so many days; None before its first point.

    Example:
        >>> points = curve_points(SurvivalCurve.of([10, 20], [True, True]))
        >>> point_at(points, 5), point_at(points, 19).came_back
        (None, 0.5)
    """
    from bisect import bisect_right

    place = bisect_right([point.days for point in points], days)
    return points[place - 1] if place else None


def marked_days(points: tuple[CurvePoint, ...], most: int = 5) -> tuple[int, ...]:
    """Returns round lengths to read the curve at, up to the last one that somebody was watched for.

    Example:
        >>> marked_days(curve_points(SurvivalCurve.of([3, 100, 400], [True, True, False])))
        (30, 60, 90, 180, 365)
        >>> marked_days(curve_points(SurvivalCurve.of([3], [True])))
        (3,)
    """
    last = points[-1].days if points else 0
    found = [days for days in _MARKS if days <= last][-most:]
    return tuple(found) if found else (last,) if points else ()
