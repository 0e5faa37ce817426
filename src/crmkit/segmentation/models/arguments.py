"""Arguments that must be numbers."""

from __future__ import annotations

import math
from numbers import Real

from crmkit.errors import InputError

__all__ = ["ahead", "number"]


def number(value: object) -> float:
    """Returns the value as a binary fraction, NaN where it is no number, so that every comparison refuses it."""
    return float(value) if isinstance(value, Real) and not isinstance(value, bool) else math.nan


def ahead(t: object) -> float:
    """Returns a horizon.

    Raises:
        InputError: It is negative, or no finite number.
    """
    if not 0 <= number(t) < math.inf:
        raise InputError(f"A horizon is a finite number of 0 or more in the model's unit, got {t!r}.")
    return number(t)
