"""The likelihood of Gamma-Gamma and its derivatives, on arrays.

A customer's spend per purchase varies as Gamma(p, ν) around her own level, ν varies as Gamma(q, γ) in the shop (Fader
and Hardie 2013). With m the mean of x purchases,

    ln L = lnΓ(px+q) − lnΓ(px) − lnΓ(q) + q ln γ + (px−1) ln m + px ln x − (px+q) ln(γ+mx).
"""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit.segmentation.models.gammas import digamma, log_gamma, trigamma
from crmkit.segmentation.models.newton import Slope
from crmkit.segmentation.models.observations import Spending

__all__ = ["Spenders", "spenders_of"]

Floats = NDArray[np.float64]
_BLOCK = 8_192


@attrs.frozen(slots=True, kw_only=True, eq=False)
class Spenders:
    """Holds customers who came back, and what does not change with the parameters.

    Attributes:
        x: Repeats, as numbers to reckon with.
        total: x times the mean spend.
        counts: Customers by distinct repeats.
        repeats: The distinct repeats.
        log_m: Sum of ln m.
        x_logs: Sum of x (ln m + ln x).
    """

    x: Floats
    total: Floats
    counts: Floats
    repeats: Floats
    log_m: float
    x_logs: float

    def slope(self, point: Floats) -> Slope:
        """Returns the log-likelihood and its derivatives by the logarithms of p, q and γ."""
        p, q, gamma = np.exp(point)
        n = len(self.x)
        log_sum, x_log, one, x_one, two, x_two = self._sums(float(gamma))
        px, ends = p * self.repeats, np.array([q])
        value = self.counts @ (log_gamma(px + q) - log_gamma(px)) - n * float(log_gamma(ends)[0])
        value += n * q * point[2] + p * self.x_logs - self.log_m - p * x_log - q * log_sum
        both, own = digamma(px + q), digamma(px)
        gradient = np.array(
            [
                self.counts @ (self.repeats * (both - own)) + self.x_logs - x_log,
                self.counts @ both - n * float(digamma(ends)[0]) + n * point[2] - log_sum,
                n * q / gamma - p * x_one - q * one,
            ]
        )
        tri, tri_own = trigamma(px + q), trigamma(px)
        hessian = np.empty((3, 3))
        hessian[0, 0] = self.counts @ (self.repeats**2 * (tri - tri_own))
        hessian[0, 1] = hessian[1, 0] = self.counts @ (self.repeats * tri)
        hessian[1, 1] = self.counts @ tri - n * float(trigamma(ends)[0])
        hessian[0, 2] = hessian[2, 0] = -x_one
        hessian[1, 2] = hessian[2, 1] = n / gamma - one
        hessian[2, 2] = -n * q / gamma**2 + p * x_two + q * two
        scale = np.exp(point)
        return Slope(
            value=float(value),
            gradient=gradient * scale,
            hessian=hessian * np.outer(scale, scale) + np.diag(gradient * scale),
        )

    def _sums(self, gamma: float) -> Floats:
        """Returns the sums of ln(γ+mx) and of the first two powers of 1/(γ+mx), each plain and times x.

        They are added up block by block, so that what lies between stays in the processor's cache.
        """
        sums = np.zeros((2, 3))
        parts = np.empty((3, _BLOCK))
        for start in range(0, len(self.x), _BLOCK):
            rows = slice(start, start + _BLOCK)
            lines = parts[:, : len(self.x[rows])]
            np.add(self.total[rows], gamma, out=lines[2])
            np.log(lines[2], out=lines[0])
            np.divide(1.0, lines[2], out=lines[1])
            np.multiply(lines[1], lines[1], out=lines[2])
            sums[0] += lines.sum(axis=1)
            sums[1] += lines @ self.x[rows]
        return sums.T.ravel()


def spenders_of(rows: Spending) -> Spenders:
    """Returns the customers prepared for the likelihood."""
    counts = np.bincount(rows.x)
    repeats = np.flatnonzero(counts)
    logs = np.log(rows.m)
    x = rows.x.astype(np.float64)
    numbers = repeats.astype(np.float64)
    return Spenders(
        x=x,
        total=x * rows.m,
        counts=counts[repeats].astype(np.float64),
        repeats=numbers,
        log_m=float(logs.sum()),
        x_logs=float(x @ logs + counts[repeats] @ (numbers * np.log(numbers))),
    )
