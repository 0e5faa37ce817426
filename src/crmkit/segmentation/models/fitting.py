"""The common way to an optimum: a sample chooses the start, Newton's method on all customers finds the answer."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit.errors import InputError
from crmkit.segmentation.models.arguments import number
from crmkit.segmentation.models.fitted import Fit
from crmkit.segmentation.models.newton import FLAT, Climb, Slope, climbed
from crmkit.segmentation.refusals import NotConverged

__all__ = ["EVERY", "fit_of", "optimum", "optimum_by_differences", "penalty_of"]

Vector = NDArray[np.float64]
SlopeAt = Callable[[Vector], Slope]
T = TypeVar("T")

EVERY = 50
"""The start is the optimum of every 50th customer."""
_LARGE = 20_000
_PER_CUSTOMER = 1e-9


def penalty_of(penalty: object) -> float:
    """Returns the penalty.

    Raises:
        InputError: It is negative or no number.
    """
    if not 0 <= number(penalty) < math.inf:
        raise InputError(f"penalty is a number of 0 or more, got {penalty!r}.")
    return number(penalty)


def optimum(
    slope_of: Callable[[Any], SlopeAt], rows: Any, size: int, start: Vector, penalty: float, rounding: float = 1e-13
) -> Climb:
    """Returns the optimum over all rows; where they are many, a sample of them chooses the start.

    Args:
        slope_of: From rows to their log-likelihood's slope.
        rows: All rows, with `n` and `sampled(every)`.
        size: Number of rows that an evaluation costs.
        start: Where the search begins, on logarithms.
        penalty: Weight of the squared logarithms, per customer.
        rounding: How far a log-likelihood may be off, relative to itself.
    """
    if size >= _LARGE:
        sample = rows.sampled(EVERY)
        near = _top(slope_of(sample), sample.n, start, penalty, 1e-5, rounding)
        start = start if near.why else near.point
    return _top(slope_of(rows), rows.n, start, penalty, _PER_CUSTOMER, rounding)


def _top(slope_at: SlopeAt, n: int, start: Vector, penalty: float, per_customer: float, rounding: float) -> Climb:
    return climbed(
        lambda point: slope_at(point).penalised(point, penalty * n),
        start,
        tolerance=per_customer * n,
        roundness=rounding,
    )


def fit_of(
    model: str, climb: Climb, names: tuple[str, ...], n: int, units: Vector, shift: float, penalty: float
) -> tuple[dict[str, float], Fit]:
    """Returns parameters in the caller's units, and the facts of the fit.

    Args:
        model: Name of the model.
        climb: Where the search ended.
        names: Names of the parameters.
        n: Number of customers.
        units: What each parameter is multiplied by.
        shift: What the log-likelihood gains by the caller's units.
        penalty: Weight of the penalty.

    Raises:
        NotConverged: The search ended without an optimum.
    """
    point = climb.point
    values = np.exp(point) * units
    likelihood = climb.slope.value + penalty * n * float(point @ point) + shift
    norm = float(np.abs(climb.slope.gradient).max()) / n
    parameters = dict(zip(names, values.tolist(), strict=True))
    if climb.why:
        raise NotConverged(model, climb.why, parameters, likelihood, norm, n, climb.steps)
    covariance = np.linalg.inv(-climb.slope.hessian) * np.outer(values, values)
    rows = tuple(tuple(row) for row in covariance.tolist())
    fit = Fit(n=n, log_likelihood=likelihood, gradient_norm=norm, covariance=rows, penalty=penalty, steps=climb.steps)
    return parameters, fit


def optimum_by_differences(
    shop_of: Callable[[Any], Any], rows: Any, size: int, start: Vector, penalty: float, rounding: float = 1e-12
) -> Climb:
    """Returns the optimum where second derivatives are dear.

    They are computed at the sample's optimum, corrected by what every step shows of them, and computed once more at the
    summit.
    """
    whole = shop_of(rows)
    if size < _LARGE:
        return _top(whole.slope, rows.n, start, penalty, _PER_CUSTOMER, rounding)
    sample = rows.sampled(EVERY)
    near = _top(shop_of(sample).slope, sample.n, start, penalty, 1e-5, rounding)
    if near.why:
        return _top(whole.slope, rows.n, start, penalty, _PER_CUSTOMER, rounding)
    climb = _top(_learning(whole, near.point), rows.n, near.point, penalty, _PER_CUSTOMER, rounding)
    if climb.why:
        return _top(whole.slope, rows.n, climb.point, penalty, _PER_CUSTOMER, rounding)
    summit = attrs.evolve(climb.slope, hessian=whole.hessian(climb.point) - 2 * penalty * rows.n * np.eye(len(start)))
    curved = np.linalg.eigvalsh(-summit.hessian)
    return attrs.evolve(climb, slope=summit, why="the summit is flat" if curved[0] <= FLAT * curved[-1] else "")


def _learning(shop: Any, start: Vector) -> SlopeAt:
    """Returns the slope of a shop, with second derivatives that learn from the gradients (symmetric rank one)."""
    hessian, before = shop.hessian(start), None

    def slope_at(point: Vector) -> Slope:
        nonlocal hessian, before
        here: Slope = shop.slope(point, hessian)
        if before is not None:
            move = point - before[0]
            missed = here.gradient - before[1] - hessian @ move
            along = float(missed @ move)
            if abs(along) > 1e-8 * float(np.linalg.norm(missed) * np.linalg.norm(move)):
                hessian = hessian + np.outer(missed, missed) / along
        before = point, here.gradient
        return attrs.evolve(here, hessian=hessian)

    return slope_at
