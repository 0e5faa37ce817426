"""Fewer points for the same curve: what no screen can show apart is left out."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["BUCKETS", "thinned"]

BUCKETS = 500
"""Parts that the width of a curve is cut into; a picture is about as many pixels wide."""


def thinned(places: Sequence[float], buckets: int = BUCKETS) -> list[int]:
    """Returns which points of a rising curve to draw: the first and the last of each of `buckets` parts of the width.

    Between two points a curve that only rises, or only falls, has no other extremes, so the drawn line leaves the full
    one by less than one part of the width. Up to `2 * buckets` points are all kept.

    Args:
        places: Horizontal places, rising.
        buckets: Number of parts.

    Example:
        >>> thinned([0, 1, 2, 3, 50, 100], buckets=2)
        [0, 3, 4, 5]
        >>> len(thinned(range(100_000))), thinned([1, 2, 3])
        (1000, [0, 1, 2])
    """
    if len(places) <= 2 * buckets:
        return list(range(len(places)))
    first, width = places[0], places[-1] - places[0]
    if not width:
        return [0, len(places) - 1]
    kept: list[int] = []
    opened = -1
    for at, place in enumerate(places):
        bucket = min(int((place - first) / width * buckets), buckets - 1)
        if bucket != opened:
            if at and kept[-1] != at - 1:
                kept.append(at - 1)
            kept.append(at)
            opened = bucket
    if kept[-1] != len(places) - 1:
        kept.append(len(places) - 1)
    return kept
