"""ln Γ and its derivatives for the few distinct arguments that a fit needs, without scipy."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["digamma", "log_gamma", "trigamma"]

Floats = NDArray[np.float64]
_FAR = 12.0


def log_gamma(values: Floats) -> Floats:
    """Returns ln Γ, element by element."""
    return np.array([math.lgamma(value) for value in values.tolist()])


def digamma(values: Floats) -> Floats:
    """Returns the first derivative of ln Γ for values above 0, to some 1e-15.

    Moves the values beyond 12 by ψ(v) = ψ(v+1) − 1/v, where the asymptotic series is short.
    """
    steps = np.maximum(np.ceil(_FAR - values), 0.0)
    far = values + steps
    q = 1 / (far * far)
    tail = q * (1 / 12 - q * (1 / 120 - q * (1 / 252 - q * (1 / 240 - q * (1 / 132 - q * (691 / 32760 - q / 12))))))
    return np.log(far) - 0.5 / far - tail - _passed(values, steps, 1)


def trigamma(values: Floats) -> Floats:
    """Returns the second derivative of ln Γ for values above 0, to some 1e-15."""
    steps = np.maximum(np.ceil(_FAR - values), 0.0)
    far = values + steps
    q = 1 / (far * far)
    tail = q * (1 / 6 - q * (1 / 30 - q * (1 / 42 - q * (1 / 30 - q * (5 / 66 - q * (691 / 2730 - q * 7 / 6))))))
    return 1 / far + 0.5 * q + tail / far + _passed(values, steps, 2)


def _passed(values: Floats, steps: Floats, power: int) -> Floats:
    passed = np.zeros(len(values))
    for k in range(int(steps.max(initial=0.0))):
        passed += np.where(k < steps, 1 / (values + k) ** power, 0.0)
    return passed
