"""Means over a Beta distribution, by the rule that suits the row.

Near horizons take Gauss–Jacobi rules from the symmetric tridiagonal matrix of Golub and Welsch, shifted to 0 … 1 before
anything is subtracted; no Γ is involved (scipy's `roots_jacobi` overflows at b = 2,000). Far horizons of young
customers and of those with many purchases would need hundreds of nodes; they take the trapezoidal rule on the logit,
which does not mind where the singular point lies, and whose two ends are geometric series.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["beta_means", "beta_rule"]

Floats = NDArray[np.float64]
_SIZES = np.array([12, 20, 32, 48, 72])
_BLOCK = 500_000
_END = 38.0
"""e^−38 is below the last bit."""


def beta_rule(a: float, b: float, nodes: int) -> tuple[Floats, Floats]:
    """Returns nodes and weights that average a function over Beta(a, b)."""
    s = a + b - 2
    k = np.arange(1, nodes, dtype=np.float64)
    diagonal, beside = np.empty(nodes), np.empty(nodes - 1)
    diagonal[0] = a / (a + b)
    diagonal[1:] = (2 * k * k + 2 * k * (s + 1) + s * a) / ((2 * k + s) * (2 * k + s + 2))
    beside[0] = a * b / ((a + b) ** 2 * (a + b + 1))
    k = k[1:]
    beside[1:] = k * (k + b - 1) * (k + a - 1) * (k + s) / ((2 * k + s) ** 2 * (2 * k + s + 1) * (2 * k + s - 1))
    matrix = np.diag(diagonal) + np.diag(np.sqrt(beside), -1)
    found, vectors = np.linalg.eigh(matrix)
    return np.clip(found, 1e-300, 1.0), vectors[0] ** 2


def logit_rule(a: float, b: float, most: float) -> tuple[Floats, Floats]:
    """Returns nodes and weights that average over Beta(a, b) a function that changes near p = 1/most and above."""
    step = 0.25 / np.sqrt(1 + 0.3 * a)
    low = -np.log(max(most, a + b, 1.0)) - _END
    v = np.arange(low, _END + step, step)
    weights = -a * np.logaddexp(0.0, -v) - b * np.logaddexp(0.0, v)
    weights = np.exp(weights - weights.max())
    weights[0] += weights[0] / np.expm1(a * step)  # all nodes further left, where nothing changes any more
    weights[-1] += weights[-1] / np.expm1(min(b * step, 700.0))
    return 1 / (1 + np.exp(-v)), weights / weights.sum()


def beta_means(a: float, b: float, x: NDArray[np.int64], r: float, horizons: Floats, since: Floats) -> Floats:
    """Returns the mean of (1 − (1 + p·t/since)^−(r+x))/p over p ~ Beta(a, b+x), one row a horizon t.

    Customers who share x and the size of their rule share the rule.
    """
    result = np.empty((len(horizons), len(x)))
    ratio = horizons.max(initial=0.0) / since
    size = np.searchsorted(_SIZES, _needed(ratio, np.add(r, x, dtype=np.float64), np.add(a + b, x, dtype=np.float64)))
    order = np.lexsort((x, size))
    starts = np.flatnonzero((np.diff(size[order], prepend=-1) != 0) | (np.diff(x[order], prepend=-1) != 0))
    for start, end in zip(starts, [*starts[1:], len(order)], strict=True):
        rows = order[start:end]
        repeats, place = int(x[rows[0]]), size[rows[0]]
        far = place == len(_SIZES)
        most = float(ratio[rows].max()) * (r + repeats) if far else 0.0
        p, weights = logit_rule(a, b + repeats, most) if far else beta_rule(a, b + repeats, int(_SIZES[place]))
        weights, wide = weights / p, max(1, _BLOCK // len(p))
        for begin in range(0, len(rows), wide):
            some = rows[begin : begin + wide]
            for i, horizon in enumerate(horizons):
                powers = np.log1p(np.outer(horizon / since[some], p))
                powers *= -(r + repeats)
                result[i, some] = np.expm1(powers, out=powers) @ -weights
    return result


def _needed(ratio: Floats, power: Floats, narrow: Floats) -> Floats:
    """Returns the nodes of a Gauss–Jacobi rule for an error of some 1e-14.

    The first count follows from the singular point at p = −1/ratio; where purchases are many, the integrand is like
    e^−cu under a weight like e^−u, and the second count holds.
    """
    away = 2 / np.maximum(ratio, 1e-12)
    speed = np.log1p(away + np.sqrt(away * (away + 2)))
    decay = np.log1p(2 * narrow / np.maximum(power * ratio, 1e-12))
    return np.maximum(16.0 / speed, 17.5 / decay) + 8
