"""Edit distance of many pairs of short ASCII texts at once: the bit-parallel method of Myers (1999), Hyyrö (2003)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["distance", "distances"]

_CHUNK = 2048
_WORD = 63


def distance(left: str, right: str) -> int:
    """Returns the least number of insertions, deletions and replacements that make one text the other.

    Example:
        >>> distance("wang xiaoming", "wang xiaomin"), distance("", "ab")
        (1, 2)
    """
    if left == right:
        return 0
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        corner, row[0] = row[0], i
        for j, b in enumerate(right, 1):
            corner, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, corner + (a != b))
    return row[-1]


def distances(left: Sequence[str], right: Sequence[str]) -> NDArray[np.int64]:
    """Returns the distance of each text on the left to the one at the same place on the right.

    Texts of ASCII up to 63 characters are compared all at once; others one by one, with the same result.

    Example:
        >>> distances(["bob", "anna"], ["rob", "hanna"]).tolist()
        [1, 1]
    """
    import numpy as np

    found = np.zeros(len(left), np.int64)
    fast = np.array([len(a) <= _WORD and len(b) <= _WORD and a.isascii() and b.isascii() and a != "" != b
                     for a, b in zip(left, right, strict=True)], bool)  # fmt: skip
    for place in np.flatnonzero(~fast).tolist():
        found[place] = distance(left[place], right[place])
    places = np.flatnonzero(fast)
    for start in range(0, len(places), _CHUNK):
        some = places[start : start + _CHUNK]
        found[some] = _together([left[i] for i in some.tolist()], [right[i] for i in some.tolist()])
    return found


def _matrix(texts: list[str]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    import numpy as np

    raw = np.array([text.encode("ascii") for text in texts], dtype="S")
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    return np.ascontiguousarray(raw).view(np.uint8).reshape(len(texts), -1), lengths


def _together(left: list[str], right: list[str]) -> NDArray[np.int64]:
    import numpy as np

    pattern, m = _matrix(left)
    text, n = _matrix(right)
    rows, one = np.arange(len(left)), np.uint64(1)
    masks = np.zeros((len(left), 128), np.uint64)
    for place in range(pattern.shape[1]):
        here = pattern[:, place] > 0
        masks[rows[here], pattern[here, place]] |= one << np.uint64(place)
    last = one << (m - 1).astype(np.uint64)
    plus, minus = np.full(len(left), ~np.uint64(0)), np.zeros(len(left), np.uint64)
    score = m.copy()
    for place in range(text.shape[1]):
        equal = masks[rows, text[:, place]]
        xv = equal | minus
        xh = (((equal & plus) + plus) ^ plus) | equal
        rise, fall = minus | ~(xh | plus), plus & xh
        step = ((rise & last) > 0).astype(np.int64) - ((fall & last) > 0)
        score += np.where(place < n, step, 0)
        rise = (rise << one) | one
        fall = fall << one
        plus, minus = fall | ~(xv | rise), rise & xv
    return score
