"""Scores by k-means on ranks, solved exactly: the k groups of neighbours with the least squares within.

In one dimension every group is a run of neighbours, so the best of all partitions is found by dynamic programming over
the distinct values: no start to draw, hence no seed, and the same groups on every run and engine. Wu 1991 ("Optimal
quantization by matrix searching") and Wang and Song 2011 ("Ckmeans.1d.dp", The R Journal 3/2) describe the method.
Ranks instead of values keep one large customer from being a group of his own; equal values share the middle of their
ranks. Where no two values are equal, ranks lie evenly, and the groups are those of the quantiles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["cluster_cuts"]


def cluster_cuts(values: NDArray[np.int64], k: int, *, falling: bool) -> tuple[int, ...]:
    """Returns k - 1 cut-offs, with repeats, of the groups of k-means on the values' ranks.

    The lowest group gets score 1 and the highest k, the others evenly between; one value alone gets the middle score.

    Args:
        values: Whole numbers, one a customer.
        k: Number of scores.
        falling: Whether less is better; then the cut-offs are made to be exceeded, else to be reached.

    Example:
        >>> import numpy as np
        >>> cluster_cuts(np.array([1, 1, 1, 1, 1, 1, 2, 2, 3, 9]), 3, falling=False)
        (2, 3)
        >>> cluster_cuts(np.array([1, 1, 7]), 5, falling=False)
        (7, 7, 7, 7)
    """
    import numpy as np

    if k == 1 or not len(values):
        return (0,) * (k - 1)
    found, counts = np.unique(-values if falling else values, return_counts=True)
    if len(found) == 1:
        lowest, middle = int(found[0]), (k + 1) // 2
        starts = [lowest] * (middle - 1) + [lowest + 1] * (k - middle)
    else:
        groups = min(k, len(found))
        first = found[_starts(counts, groups)].tolist()
        scores = [1 + (2 * place * (k - 1) + groups - 1) // (2 * (groups - 1)) for place in range(groups)]
        starts = [first[sum(score <= step for score in scores)] for step in range(1, k)]
    return tuple(sorted(-start for start in starts)) if falling else tuple(starts)


def _starts(counts: NDArray[np.int64], groups: int) -> NDArray[np.int64]:
    """Returns the first place of each of the groups of the best partition, the first of them 0."""
    import numpy as np

    n = len(counts)
    below = np.cumsum(counts) - counts
    # From the middle of all ranks, so that squares stay small.
    rank = below + (counts - 1) / 2 - (counts.sum() - 1) / 2
    sums = [np.concatenate(([0.0], np.cumsum(part))) for part in (counts * 1.0, counts * rank, counts * rank * rank)]
    best = _within(sums, np.zeros(n, np.int64), np.arange(n))
    origins = []
    for _ in range(1, groups):
        best, origin = _next(sums, best)
        origins.append(origin)
    place, starts = n - 1, []
    for origin in reversed(origins):
        starts.append(int(origin[place]))
        place = starts[-1] - 1
    return np.array([0, *reversed(starts)])


def _within(sums: list[NDArray[np.float64]], start: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.float64]:
    """Returns the sum of squares from the mean of each run `start` to `last`."""
    weight, first, second = (part[last + 1] - part[start] for part in sums)
    return second - first * first / weight


def _next(sums: list[NDArray[np.float64]], best: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Returns the least sum up to each place with one group more, and where that group starts.

    The best start never falls from place to place, so places are taken by halves: each between two that are known.
    """
    import numpy as np

    n = len(best)
    found, origin = np.full(n, np.inf), np.zeros(n, np.int64)
    step = 1 << max(0, (n - 1).bit_length())
    while step:
        places = np.arange(step - 1, n, 2 * step)
        low = np.where(places - step >= 0, origin[np.maximum(places - step, 0)], 1)
        after = np.minimum(places + step, n)
        high = np.where(after < n, origin[np.minimum(after, n - 1)], n - 1)
        high = np.minimum(np.where(high > 0, high, n - 1), places)
        low = np.clip(low, 1, np.maximum(high, 1))
        _fill(sums, best, places[places > 0], low[places > 0], high[places > 0], found, origin)
        step //= 2
    return found, origin


def _fill(
    sums: list[NDArray[np.float64]],
    best: NDArray[np.float64],
    places: NDArray[np.int64],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
    found: NDArray[np.float64],
    origin: NDArray[np.int64],
) -> None:
    """Sets the least sum of each place among the starts from `low` to `high`; of equal sums the first start."""
    import numpy as np

    if not len(places):
        return
    width = high - low + 1
    at = np.cumsum(width) - width
    start = np.arange(int(width.sum())) - np.repeat(at - low, width)
    cost = best[start - 1] + _within(sums, start, np.repeat(places, width))
    least = np.minimum.reduceat(cost, at)
    hit = np.flatnonzero(cost == np.repeat(least, width))
    row = np.searchsorted(at, hit, side="right") - 1
    first = np.flatnonzero(np.diff(row, prepend=-1))
    found[places], origin[places] = least, start[hit[first]]
