"""The likelihood of BG/NBD and MBG/NBD, its derivatives, and what follows from it, on arrays.

Purchases come at rate λ ~ Gamma(r, α); after a purchase a customer leaves with probability p ~ Beta(a, b). In BG/NBD
(Fader, Hardie and Lee 2005) the first purchase ends nobody, in MBG/NBD (Batislam, Denizel and Filiztekin 2007) it may:
with c = x chances to leave in the one and c = x + 1 in the other, both are

    ln L = lnΓ(r+x) − lnΓ(r) + r ln α − (r+x) ln(α+T) + [b]_c − [a+b]_c + ln(1 + e^z),
    z = ln a − ln(b+c−1) + (r+x) ln((α+T)/(α+t_x)),    [q]_c = lnΓ(q+c) − lnΓ(q),

without the last term where c = 0. At whole numbers [q]_c is a running sum of logarithms, so that no special function
is needed, and nothing here can overflow.
"""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit.segmentation.models.newton import Slope
from crmkit.segmentation.models.observations import Behaviour
from crmkit.segmentation.models.quadrature import beta_means

__all__ = ["Shop", "alive", "buys", "expected", "shop_of"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
_BLOCK = 8_192


def running(q: float, most: int) -> tuple[Floats, Floats, Floats]:
    """Returns lnΓ(q+c) − lnΓ(q) and its first two derivatives for c = 0 … most."""
    terms = q + np.arange(most)
    inverse = 1 / terms
    return tuple(np.concatenate(([0.0], np.cumsum(part))) for part in (np.log(terms), inverse, -inverse * inverse))  # type: ignore[return-value]


@attrs.frozen(slots=True, kw_only=True, eq=False)
class Shop:
    """Holds a shop's customers, sorted into what changes with the parameters and what does not.

    Attributes:
        x: Repeats of the rows that may have left.
        t_code: Place of their recency.
        age_code: Place of their age.
        weight: Customers in them.
        t_values: Recencies.
        age_values: Ages.
        by_x: Customers by repeats, all rows.
        by_age: Customers by age, all rows.
        repeats_by_age: Their repeats by age.
        shift: 0 for BG/NBD, 1 for MBG/NBD.
    """

    x: Whole
    t_code: Whole
    age_code: Whole
    weight: Floats
    t_values: Floats
    age_values: Floats
    by_x: Floats
    by_age: Floats
    repeats_by_age: Floats
    shift: int

    def slope(self, point: Floats) -> Slope:
        """Returns the log-likelihood and its derivatives by the logarithms of r, α, a and b."""
        r, alpha, a, b = np.exp(point)
        parts = [self._by_repeats(r, a, b), self._by_ages(r, alpha), self._by_departures(r, alpha, a, b)]
        value = sum(part[0] for part in parts)
        gradient = np.sum([part[1] for part in parts], axis=0)
        hessian = np.sum([part[2] for part in parts], axis=0)
        value += self.by_x.sum() * r * point[1]
        gradient[0] += self.by_x.sum() * point[1]
        gradient[1] += self.by_x.sum() * r / alpha
        hessian[0, 1] += self.by_x.sum() / alpha
        hessian[1, 1] -= self.by_x.sum() * r / alpha**2
        hessian = np.triu(hessian) + np.triu(hessian, 1).T
        scale = np.exp(point)
        return Slope(
            value=float(value),
            gradient=gradient * scale,
            hessian=hessian * np.outer(scale, scale) + np.diag(gradient * scale),
        )

    def _by_repeats(self, r: float, a: float, b: float) -> tuple[float, Floats, Floats]:
        most = len(self.by_x) - 1
        chances = np.arange(most + 1) + self.shift
        of_r = [float(self.by_x @ part) for part in running(r, most)]
        of_b = [float(self.by_x @ part[chances]) for part in running(b, most + self.shift)]
        of_ab = [float(self.by_x @ part[chances]) for part in running(a + b, most + self.shift)]
        hessian = np.zeros((4, 4))
        hessian[0, 0] = of_r[2]
        hessian[2:, 2:] = -of_ab[2]
        hessian[3, 3] += of_b[2]
        gradient = np.array([of_r[1], 0.0, -of_ab[1], of_b[1] - of_ab[1]])
        return of_r[0] + of_b[0] - of_ab[0], gradient, hessian

    def _by_ages(self, r: float, alpha: float) -> tuple[float, Floats, Floats]:
        since = alpha + self.age_values
        logs, inverse = np.log(since), 1 / since
        power = r * self.by_age + self.repeats_by_age
        gradient, hessian = np.zeros(4), np.zeros((4, 4))
        gradient[:2] = -(self.by_age @ logs), -(power @ inverse)
        hessian[0, 1] = -(self.by_age @ inverse)
        hessian[1, 1] = power @ (inverse * inverse)
        return -float(power @ logs), gradient, hessian

    def _by_departures(self, r: float, alpha: float, a: float, b: float) -> tuple[float, Floats, Floats]:
        """Adds up ln(1 + e^z), block by block, so that what lies between stays in the processor's cache."""
        chances = b + np.arange(len(self.by_x)) + (self.shift - 1)
        chances[chances <= 0] = 1.0  # no row that may have left is there
        by_x = np.log(a) - np.log(chances), -1 / chances
        ages, times = alpha + self.age_values, alpha + self.t_values
        tables = (*by_x, np.log(ages), np.log(times), 1 / ages, 1 / times)
        value, gradient, hessian = 0.0, np.zeros(4), np.zeros((4, 4))
        for start in range(0, len(self.x), _BLOCK):
            one = self._block(slice(start, start + _BLOCK), r, 1 / a, tables)
            value, gradient, hessian = value + one[0], gradient + one[1], hessian + one[2]
        return value, gradient, hessian

    def _block(self, rows: slice, r: float, by_a: float, tables: tuple[Floats, ...]) -> tuple[float, Floats, Floats]:
        leaving, by_b, log_ages, log_times, one_ages, one_times = tables
        x, t, age, weight = self.x[rows], self.t_code[rows], self.age_code[rows], self.weight[rows]
        slopes = np.empty((4, len(x)))
        np.subtract(log_ages[age], log_times[t], out=slopes[0])
        power = r + x
        z = power * slopes[0]
        z += leaving[x]
        small = np.exp(-np.abs(z))
        gone = np.where(z > 0, 1.0, small)
        gone /= 1 + small
        value = float(weight @ (np.maximum(z, 0) + np.log1p(small)))
        both = gone * (1 - gone) * weight
        gone *= weight
        one_age, one_time = one_ages[age], one_times[t]
        nearer = one_age - one_time
        np.multiply(power, nearer, out=slopes[1])
        slopes[2] = by_a
        slopes[3] = by_b[x]
        gradient = slopes @ gone
        hessian = (slopes * both) @ slopes.T
        hessian[0, 1] += gone @ nearer
        hessian[1, 1] -= gone @ (slopes[1] * (one_age + one_time))
        hessian[2, 2] -= by_a * gradient[2]
        hessian[3, 3] += gone @ (slopes[3] * slopes[3])
        return value, gradient, hessian


def shop_of(rows: Behaviour, shift: int) -> Shop:
    """Returns the customers sorted for the likelihood; `shift` is 0 for BG/NBD and 1 for MBG/NBD."""
    may = rows.x + shift > 0
    some: Any = slice(None) if may.all() else may
    ages = len(rows.age_values)
    return Shop(
        x=rows.x[some],
        t_code=rows.t_code[some],
        age_code=rows.age_code[some],
        weight=rows.weight[some],
        t_values=rows.t_values,
        age_values=rows.age_values,
        by_x=np.bincount(rows.x, rows.weight).astype(np.float64),
        by_age=np.bincount(rows.age_code, rows.weight, ages).astype(np.float64),
        repeats_by_age=np.bincount(rows.age_code, rows.weight * rows.x, ages).astype(np.float64),
        shift=shift,
    )


def alive(given: tuple[float, ...], x: Whole, t_x: Floats, age: Floats, shift: int) -> Floats:
    """Returns P(alive): `expit(−z)`, and 1 where there was no chance to leave."""
    r, alpha, a, b = given
    chances = x + shift
    longer = np.log((alpha + age) / (alpha + t_x))
    z = np.log(a) - np.log(np.where(chances > 0, b + chances - 1, 1.0)) + (r + x) * longer
    small = np.exp(-np.abs(z))
    return np.where(chances > 0, np.where(z > 0, small, 1.0) / (1 + small), 1.0)


def buys(given: tuple[float, ...], horizon: float, x: Whole, age: Floats) -> Floats:
    """Returns the probability that somebody who is alive buys within the horizon."""
    r, alpha, _, _ = given
    bought: Floats = -np.expm1(-(r + x) * np.log1p(horizon / (alpha + age)))
    return bought


def expected(given: tuple[float, ...], horizons: Floats, x: Whole, age: Floats, shift: int) -> Floats:
    """Returns the purchases expected of somebody who is alive, one row a horizon.

    It is the mean over p ~ Beta(a, b+c) of (1 − (1 + p·t/(α+T))^−(r+x))/p, smooth through a = 1 where the textbook's
    hypergeometric form divides by zero, and finite where that form overflows.
    """
    r, alpha, a, b = given
    return beta_means(a, b + shift, x, r, horizons, alpha + age)
