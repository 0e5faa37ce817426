"""How well predictions agree with what happened: ranking, sharpness, calibration, size of the errors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["auc", "brier", "deciles", "log_loss"]

Floats = NDArray[np.float64]
Marks = NDArray[np.bool_]


def deciles(probability: Floats, bought: Marks, count: int = 10) -> list[tuple[float, float, int]]:
    """Returns mean probability, share that bought and number of the customers in tenths by probability, lowest first.

    Equal probabilities are never parted.
    """
    below = np.searchsorted(np.sort(probability), probability, side="left")
    place = count * below // max(1, len(probability))
    n = np.bincount(place, minlength=count)
    sums, hits = (np.bincount(place, part, count) for part in (probability, bought.astype(np.float64)))
    return [(float(sums[i] / n[i]), float(hits[i] / n[i]), int(n[i])) for i in np.flatnonzero(n)]


def brier(probability: Floats, bought: Marks) -> float:
    """Returns the mean squared distance of the probability from what happened."""
    return float(np.mean((probability - bought) ** 2))


def log_loss(probability: Floats, bought: Marks) -> float:
    """Returns the mean surprise, in natural units; probabilities are kept from 0 and 1 by 1e-15."""
    p = np.clip(probability, 1e-15, 1 - 1e-15)
    return float(-np.mean(np.where(bought, np.log(p), np.log1p(-p))))


def auc(score: Floats, bought: Marks) -> float:
    """Returns how often a buyer scores higher than somebody who did not buy, ties counted half; NaN without both."""
    hits = int(np.count_nonzero(bought))
    misses = len(bought) - hits
    if not hits or not misses:
        return float("nan")
    ordered = np.sort(score)
    low, high = (np.searchsorted(ordered, score[bought], side=side) for side in ("left", "right"))
    ranks = float(low.sum() + high.sum() + hits) / 2
    return (ranks - hits * (hits + 1) / 2) / (hits * misses)
