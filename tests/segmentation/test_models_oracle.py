"""The closed forms against arithmetic with fifty digits and more, over decades of every parameter."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pandas as pd
import pytest

from crmkit.segmentation.models import beta_geometric, gammas, pareto
from crmkit.segmentation.models.hypergeometric import f_one
from crmkit.segmentation.models.newton import Slope
from crmkit.segmentation.models.observations import behaviour_of, spending_of
from crmkit.segmentation.models.spending import spenders_of

mp = mpmath.mp


def log_spaced(rng: np.random.Generator, low: float, high: float) -> float:
    return float(10 ** rng.uniform(low, high))


def test_gamma_functions() -> None:
    values = 10 ** np.random.default_rng(1).uniform(-3, 4, 200)
    with mpmath.workdps(40):
        for found, order in ((gammas.digamma(values), 0), (gammas.trigamma(values), 1)):
            true = [mpmath.psi(order, value) for value in values.tolist()]
            assert max(abs(f - t) / (abs(t) + 0.1) for f, t in zip(found.tolist(), true, strict=True)) < 5e-15


def test_the_continued_fraction() -> None:
    rng = np.random.default_rng(2)
    b = 10 ** rng.uniform(-2, 3.3, 150)
    c, z = b + 10 ** rng.uniform(-2, 3, 150) + 1, 1 - 10 ** rng.uniform(-4, -0.01, 150)
    found = f_one(b, c, z)
    with mpmath.workdps(60):
        true = [mpmath.hyp2f1(1, *map(mpmath.mpf, row)) for row in zip(b.tolist(), c.tolist(), z.tolist(), strict=True)]
        assert max(abs(f / t - 1) for f, t in zip(found.tolist(), true, strict=True)) < 2e-12
    assert f_one(np.array([1.0]), np.array([3.0]), np.array([0.0])).tolist() == [1.0]


def textbook_j(power: Any, alpha: Any, s: Any, beta: Any, t_x: Any, age: Any) -> Any:
    """The difference of two 2F1 of the textbook, with digits enough to bear it."""

    def part(y: Any) -> Any:
        if alpha >= beta:
            z = (alpha - beta) / (alpha + y)
            return mpmath.hyp2f1(power + s, s + 1, power + s + 1, z) / (alpha + y) ** (power + s)
        z = (beta - alpha) / (beta + y)
        return mpmath.hyp2f1(power + s, power, power + s + 1, z) / (beta + y) ** (power + s)

    return s / (power + s) * (part(t_x) - part(age)) + (alpha + age) ** -power * (beta + age) ** -s


def worst_row(count: int, seed: int) -> float:
    """The worst relative error of a row's likelihood over five decades of each parameter; NaN is the worst of all."""
    rng = np.random.default_rng(seed)
    worst = 0.0
    for _ in range(count):
        r, s = log_spaced(rng, -2.5, 2.5), log_spaced(rng, -2.5, 2.5)
        alpha, beta = log_spaced(rng, -2, 3), log_spaced(rng, -2, 3)
        x = int(log_spaced(rng, 0, 3.3)) - 1
        age = log_spaced(rng, 0, 3.5)
        t_x = age * rng.uniform() if x else 0.0
        given = r + x, alpha, s, beta, t_x, age
        found = pareto.log_j(*(np.array([part]) for part in given))[0]
        with mpmath.workdps(250):
            true = mpmath.log(textbook_j(mpmath.mpf(r) + x, *map(mpmath.mpf, given[1:])))
            worst = max(worst, float(abs(found - true))) if np.isfinite(found) else float("inf")
    return worst


def test_rows_of_pareto_nbd_over_five_decades() -> None:
    assert worst_row(150, 3) < 1e-10  # the benchmark draws a thousand


@pytest.mark.parametrize("t", [7.0, 39.0, 365.0, 3650.0, 7300.0])
@pytest.mark.parametrize("x", [0, 1, 3, 30, 100, 1000, 5000])
def test_expected_purchases_of_bg_nbd(x: int, t: float) -> None:
    rng = np.random.default_rng(x + int(t))
    for _ in range(3):
        r, a, b = (log_spaced(rng, -1, 0.8) for _ in range(3))
        alpha, age = log_spaced(rng, 0, 3), max(float(x), log_spaced(rng, 0, 3.3))
        found = beta_geometric.expected((r, alpha, a, b), np.array([t]), np.array([x]), np.array([age]), 0)[0, 0]
        with mpmath.workdps(80):
            power, since, chances = mpmath.mpf(r) + x, mpmath.mpf(alpha) + age, mpmath.mpf(b) + x
            front = (a + chances - 1) / (mpmath.mpf(a) - 1)
            textbook = mpmath.hyp2f1(power, chances, a + chances - 1, t / (since + t))
            true = front * (1 - (since / (since + t)) ** power * textbook)
        assert found == pytest.approx(float(true), rel=1e-9 if x <= 100 else 1e-8)


SHOP = pd.DataFrame(
    [(0, 0, 30), (0, 0, 200), (1, 20, 100), (1, 20, 100), (4, 90, 120), (40, 300, 365), (2, 5, 400)],
    columns=["x", "t_x", "T"],
)


def derivatives_of(function: Any, point: list[float]) -> tuple[list[float], list[list[float]]]:
    size = range(len(point))
    unit = [[int(i == j) for j in size] for i in size]
    first = [float(mpmath.diff(function, tuple(point), tuple(unit[i]))) for i in size]
    second = [
        [float(mpmath.diff(function, tuple(point), tuple(u + v for u, v in zip(unit[i], unit[j], strict=True))))
         for j in size]
        for i in size
    ]  # fmt: skip
    return first, second


def check(slope: Slope, function: Any, point: list[float], close: float) -> None:
    with mpmath.workdps(50):
        value = float(function(*map(mpmath.mpf, point)))
        first, second = derivatives_of(function, point)
    assert slope.value == pytest.approx(value, rel=1e-13)
    assert slope.gradient == pytest.approx(np.array(first), rel=close, abs=1e-8)
    assert slope.hessian == pytest.approx(np.array(second), rel=1e-4 if close > 1e-11 else 1e-9, abs=1e-5)


@pytest.mark.parametrize("shift", [0, 1])
def test_the_likelihood_of_the_beta_geometric_models(shift: int) -> None:
    def likelihood(*logs: Any) -> Any:
        r, alpha, a, b = map(mpmath.exp, logs)
        total = mpmath.mpf(0)
        for x, t_x, age in SHOP.itertuples(index=False):
            chances = x + shift
            front = mpmath.gamma(r + x) * alpha**r / mpmath.gamma(r)
            still = mpmath.beta(a, b + chances) / mpmath.beta(a, b) * (alpha + age) ** -(r + x)
            gone = mpmath.beta(a + 1, b + chances - 1) / mpmath.beta(a, b) * (alpha + t_x) ** -(r + x) if chances else 0
            total += mpmath.log(front * (still + gone))
        return total

    point = [-0.7, 3.1, 0.2, 0.9]
    check(beta_geometric.shop_of(behaviour_of(SHOP, "D"), shift).slope(np.array(point)), likelihood, point, 1e-11)


@pytest.mark.parametrize("point", [[-0.5, 3.5, -0.4, 3.0], [-0.5, 2.5, -0.4, 4.0]])
def test_the_likelihood_of_pareto_nbd(point: list[float]) -> None:
    def likelihood(*logs: Any) -> Any:
        r, alpha, s, beta = map(mpmath.exp, logs)
        total = mpmath.mpf(0)
        for x, t_x, age in SHOP.itertuples(index=False):
            front = mpmath.gamma(r + x) / mpmath.gamma(r) * alpha**r * beta**s
            total += mpmath.log(front * textbook_j(r + x, alpha, s, beta, mpmath.mpf(t_x), mpmath.mpf(age)))
        return total

    check(pareto.pareto_shop_of(behaviour_of(SHOP, "D")).slope(np.array(point)), likelihood, point, 1e-8)


def test_the_likelihood_of_gamma_gamma() -> None:
    rows = pd.DataFrame({"x": [1, 1, 3, 8, 200], "m": [0.01, 35.0, 12.5, 80.0, 41.0]})

    def likelihood(*logs: Any) -> Any:
        p, q, gamma = map(mpmath.exp, logs)
        return sum(
            mpmath.loggamma(p * x + q) - mpmath.loggamma(p * x) - mpmath.loggamma(q) + q * mpmath.log(gamma)
            + (p * x - 1) * mpmath.log(m) + p * x * mpmath.log(x) - (p * x + q) * mpmath.log(gamma + m * x)
            for x, m in rows.itertuples(index=False)
        )  # fmt: skip

    point = [1.5, 1.2, 2.5]
    check(spenders_of(spending_of(rows)).slope(np.array(point)), likelihood, point, 1e-11)


def test_alive_and_buys_of_pareto_nbd_by_integration() -> None:
    r, alpha, s, beta, x, t_x, age, ahead = 0.6, 12.0, 0.7, 9.0, 3, 20.0, 39.0, 26.0
    given, one = (r, alpha, s, beta), np.array([x])
    power = r + x
    with mpmath.workdps(30):
        inside = mpmath.quad(lambda y: (alpha + y) ** -power * (beta + y) ** -(s + 1), [t_x, age])
        still = (alpha + age) ** -power * (beta + age) ** -s
        alive = still / (still + s * inside)
        # not buying although alive now: alive and idle for all of the time, or leaving idle at u
        since, left = alpha + age, beta + age
        idle = since**power * left**s * (
            (since + ahead) ** -power * (left + ahead) ** -s
            + s * mpmath.quad(lambda u: (since + u) ** -power * (left + u) ** -(s + 1), [0, ahead])
        )  # fmt: skip
    assert pareto.alive(given, one, np.array([t_x]), np.array([age]))[0] == pytest.approx(float(alive), rel=1e-12)
    assert pareto.buys(given, ahead, one, np.array([age]))[0] == pytest.approx(float(1 - idle), rel=1e-12)
