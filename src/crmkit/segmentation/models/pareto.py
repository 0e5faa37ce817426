"""The likelihood of Pareto/NBD and what follows from it, on arrays.

Purchases come at rate λ ~ Gamma(r, α) until a customer leaves, at rate μ ~ Gamma(s, β) (Schmittlein, Morrison and
Colombo 1987). With R = r + x everything is said by

    J(R, s) = (α+T)^−R (β+T)^−s + s ∫ from t_x to T of (α+y)^−R (β+y)^−(s+1) dy.

The textbook's difference of two 2F1 loses all digits or overflows; after Euler's transform J is a sum of two positive
terms, added in logarithms. Quadrature of the integral looks right on small shops and is off by whole units of the
log-likelihood on large ones, so it is not used. ∂J/∂α = −R·J(R+1, s) and ∂J/∂β = −s·J(R, s+1).
"""

from __future__ import annotations

from collections.abc import Callable

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit.segmentation.models.beta_geometric import running
from crmkit.segmentation.models.hypergeometric import f_one
from crmkit.segmentation.models.newton import Slope
from crmkit.segmentation.models.observations import Behaviour, pairs

__all__ = ["ParetoShop", "alive", "buys", "expected", "log_j", "pareto_shop_of"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
_BLOCK = 8_192
_STEP = 1e-5
"""Of the differences by ln r and ln s."""
_WIDE = 1e-4
"""Of the differences of gradients."""


def _parts(power: Floats, alpha: Floats, s: Floats, beta: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Returns ln t₀(y) and ln(c·κ(y)·G(y)): the logarithm of (α+y)^−R (β+y)^−s, and what it is multiplied by."""
    buying, leaving = alpha + y, beta + y
    slower = alpha < beta
    second = np.where(slower, s + 1, power)
    z = np.abs(alpha - beta) / np.maximum(buying, leaving)
    logs = np.log(buying), np.log(leaving)
    g = f_one(second, power + s + 1, z).reshape(np.broadcast_shapes(second.shape, z.shape))
    kappa = np.where(slower, logs[0] - logs[1], 0.0)
    return -power * logs[0] - s * logs[1], np.log(s / (power + s)) + kappa + np.log(g)


def _late(power: Floats, alpha: Floats, s: Floats, beta: Floats, age: Floats) -> Floats:
    base, share = _parts(power, alpha, s, beta, age)
    return base + np.log(np.maximum(-np.expm1(np.minimum(share, 0.0)), 1e-300))


def _early(power: Floats, alpha: Floats, s: Floats, beta: Floats, t_x: Floats) -> Floats:
    return np.add(*_parts(power, alpha, s, beta, t_x))


def log_j(power: Floats, alpha: Floats, s: Floats, beta: Floats, t_x: Floats, age: Floats) -> Floats:
    """Returns ln J, element by element."""
    joined: Floats = np.logaddexp(_early(power, alpha, s, beta, t_x), _late(power, alpha, s, beta, age))
    return joined


@attrs.frozen(slots=True, kw_only=True, eq=False)
class ParetoShop:
    """Holds a shop's customers.

    J is a sum of an early term, of (x, t_x) alone, and a late term, of (x, T) alone. Their logarithms and derivatives
    are computed once for each of those; a customer only adds the share of the early term in her J.

    Attributes:
        weight: Customers of each row.
        by_x: Customers by repeats.
        early: Distinct (x, t_x), and the place of every row among them.
        late: Distinct (x, T), and the place of every row among them.
    """

    weight: Floats
    by_x: Floats
    early: tuple[Whole, Floats, Whole]
    late: tuple[Whole, Floats, Whole]

    def slope(self, point: Floats, hessian: Floats | None = None) -> Slope:
        """Returns the log-likelihood and its derivatives by the logarithms, with second ones given or computed."""
        early, late = _terms(_early, self.early, point), _terms(_late, self.late, point)
        value, in_early, in_late = self._shared(early[0], late[0])
        r, _, s, _ = np.exp(point)
        gamma, digamma, _ = running(r, len(self.by_x) - 1)
        n = self.by_x.sum()
        own = np.array([r * (self.by_x @ digamma + n * point[1]), n * r, s * n * point[3], n * s])
        return Slope(
            value=float(value + self.by_x @ gamma + n * (r * point[1] + s * point[3])),
            gradient=own + _sum(early[1:], in_early) + _sum(late[1:], in_late),
            hessian=self.hessian(point) if hessian is None else hessian,
        )

    def hessian(self, point: Floats) -> Floats:
        """Returns the second derivatives; those of the terms are differences of their first ones."""
        early, late = _terms(_early, self.early, point), _terms(_late, self.late, point)
        _, in_early, in_late = self._shared(early[0], late[0])
        r, _, s, _ = np.exp(point)
        found = self._apart(early, late)
        for i, move in enumerate(_WIDE * np.eye(4)):
            for term, pairs_of, weights in ((_early, self.early, in_early), (_late, self.late, in_late)):
                up, down = _terms(term, pairs_of, point + move), _terms(term, pairs_of, point - move)
                found[i] += _sum(up[1:] - down[1:], weights) / (2 * _WIDE)
        _, digamma, trigamma = running(r, len(self.by_x) - 1)
        n = self.by_x.sum()
        found[0, 0] += r * (self.by_x @ digamma + n * point[1]) + r * r * (self.by_x @ trigamma)
        found[2, 2] += s * n * point[3]
        for i, shape in ((0, r), (2, s)):
            found[i, i + 1] += n * shape
            found[i + 1, i] += n * shape
        even: Floats = (found + found.T) / 2
        return even

    def _shared(self, early: Floats, late: Floats) -> tuple[float, Floats, Floats]:
        """Returns the sum of ln J, and how many customers' J each early and each late term makes up."""
        value, shares = 0.0, np.empty(len(self.weight))
        for start in range(0, len(self.weight), _BLOCK):
            rows = slice(start, start + _BLOCK)
            one, other = early[self.early[2][rows]], late[self.late[2][rows]]
            behind = one - other
            small = np.exp(-np.abs(behind))
            shares[rows] = np.where(behind > 0, 1.0, small) / (1 + small)
            value += float(self.weight[rows] @ (np.maximum(one, other) + np.log1p(small)))
        shares *= self.weight
        in_early = np.bincount(self.early[2], shares, len(early)).astype(np.float64)
        in_late = np.bincount(self.late[2], self.weight - shares, len(late)).astype(np.float64)
        return value, in_early, in_late

    def _apart(self, early: Floats, late: Floats) -> Floats:
        """Returns what the second derivatives gain from early and late terms changing differently."""
        found = np.zeros((4, 4))
        for start in range(0, len(self.weight), _BLOCK):
            rows = slice(start, start + _BLOCK)
            apart = early[:, self.early[2][rows]] - late[:, self.late[2][rows]]
            small = np.exp(-np.abs(apart[0]))
            found += (apart[1:] * (self.weight[rows] * small / (1 + small) ** 2)) @ apart[1:].T
        return found


def _sum(lines: Floats, weights: Floats) -> Floats:
    added: Floats = np.einsum("ij,j->i", lines, weights)
    return added


def _terms(term: Callable[..., Floats], pairs_of: tuple[Whole, Floats, Whole], point: Floats) -> Floats:
    """Returns the logarithm of a term and its four derivatives by the logarithms of the parameters, one line each."""
    given = np.exp(point)
    one = np.array([1.0, 0, 0, 0]), np.array([0, 0, 1.0, 0])
    wide = np.exp(_STEP * one[0]), np.exp(_STEP * one[1])
    variants = np.array(
        [given, given + one[0], given + one[1], given * wide[0], given / wide[0], given * wide[1], given / wide[1]]
    )
    x, times, _ = pairs_of
    r, alpha, s, beta = (part[:, None] for part in variants.T)
    logs = term(r + x, alpha, s, beta, times[None, :])
    result = np.empty((5, len(x)))
    result[0] = logs[0]
    result[1] = (logs[3] - logs[4]) / (2 * _STEP)
    result[2] = -given[1] * (given[0] + x) * np.exp(logs[1] - logs[0])
    result[3] = (logs[5] - logs[6]) / (2 * _STEP)
    result[4] = -given[3] * given[2] * np.exp(logs[2] - logs[0])
    return result


def pareto_shop_of(rows: Behaviour) -> ParetoShop:
    """Returns the customers sorted for the likelihood."""
    return ParetoShop(
        weight=rows.weight,
        by_x=np.bincount(rows.x, rows.weight).astype(np.float64),
        early=pairs(rows.x, rows.t_x),
        late=pairs(rows.x, rows.T),
    )


def alive(given: tuple[float, ...], x: Whole, t_x: Floats, age: Floats) -> Floats:
    """Returns P(alive): the first term of J, as a share of J."""
    r, alpha, s, beta = (np.asarray(part) for part in given)
    power = r + x
    some, times, places = pairs(x, t_x)
    early = _early(r + some, alpha, s, beta, times)[places]
    some, times, places = pairs(x, age)
    late = _late(r + some, alpha, s, beta, times)[places]
    base = -power * np.log(alpha + age) - s * np.log(beta + age)
    probability: Floats = np.exp(np.minimum(base - np.logaddexp(early, late), 0.0))
    return probability


def buys(given: tuple[float, ...], horizon: float, x: Whole, age: Floats) -> Floats:
    """Returns the probability that somebody who is alive buys within the horizon.

    Her rates are Gamma(r+x, α+T) and Gamma(s, β+T) then, so that not buying is J once more, from 0 to the horizon.
    """
    r, alpha, s, beta = (np.asarray(part) for part in given)
    power = np.add(r, x, dtype=np.float64)
    ahead = log_j(power, alpha + age, s, beta + age, np.zeros(len(x)), np.full(len(x), horizon))
    missed = ahead + power * np.log(alpha + age) + s * np.log(beta + age)
    bought: Floats = -np.expm1(np.minimum(missed, 0.0))
    return bought


def expected(given: tuple[float, ...], horizons: Floats, x: Whole, age: Floats) -> Floats:
    """Returns the purchases expected of somebody who is alive, one row a horizon; smooth through s = 1."""
    r, alpha, s, beta = given
    longer = np.log1p(horizons[:, None] / (beta + age))
    lasting = longer if s == 1 else -np.expm1(-(s - 1) * longer) / (s - 1)
    purchases: Floats = (r + x) / (alpha + age) * (beta + age) * lasting
    return purchases
