"""Candidate pairs: records that share a key, each pair once, and the keys that too many share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from crmkit.identity.matching.codes import distinct

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Codes = NDArray[np.int32]

__all__ = ["MAX_KEY", "Candidates", "candidates_of"]

MAX_KEY = 64
"""A key that more identities than this share makes no pairs."""


@attrs.frozen(slots=True)
class Candidates:
    """Is the pairs worth comparing.

    Attributes:
        left, right: Places of the records, left before right; no pair comes twice.
        rule: Place of the first rule in `rules` that makes the pair.
        rules: Names of the rules.
        too_big: By rule, how many keys were shared by too many, and how many pairs that cost.
    """

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    rule: NDArray[np.int8]
    rules: tuple[str, ...]
    too_big: Mapping[str, tuple[int, int]]

    def only(self, kept: NDArray[np.bool_]) -> Candidates:
        """Returns these pairs alone."""
        return attrs.evolve(self, left=self.left[kept], right=self.right[kept], rule=self.rule[kept])


def candidates_of(
    keys: Mapping[str, Codes], identity: NDArray[np.int64], *, max_key: int = MAX_KEY
) -> tuple[Candidates, Mapping[str, Codes]]:
    """Returns the pairs that share a key, and the keys without those that too many identities share.

    Args:
        keys: By rule, the code of each record's key, -1 where it has none.
        identity: By record, a label of what is known to be one: such records count once.
        max_key: The most identities that may share a key.

    Example:
        >>> import numpy as np
        >>> found, _ = candidates_of({"phone": np.array([4, 4, -1]), "city": np.array([1, 1, 1])}, np.arange(3))
        >>> list(zip(found.left.tolist(), found.right.tolist(), found.rule.tolist()))
        [(0, 1, 0), (0, 2, 1), (1, 2, 1)]
    """
    import numpy as np

    fit: dict[str, Codes] = {}
    too_big: dict[str, tuple[int, int]] = {}
    parts: list[tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int8]]] = []
    for place, (name, codes) in enumerate(keys.items()):
        fit[name], lost = _without_hubs(codes, identity, max_key)
        if lost[0]:
            too_big[name] = lost
        left, right = _pairs(fit[name])
        for earlier in list(fit.values())[:-1]:
            new = (earlier[left] != earlier[right]) | (earlier[left] < 0)
            left, right = left[new], right[new]
        parts.append((left, right, np.full(len(left), place, np.int8)))
    lefts, rights, rules = (
        zip(*parts, strict=True) if parts else ((np.empty(0, np.int32),),) * 2 + ((np.empty(0, np.int8),),)
    )
    found = (np.concatenate(lefts), np.concatenate(rights), np.concatenate(rules))
    return Candidates(*found, tuple(keys), too_big), fit


def _without_hubs(codes: Codes, identity: NDArray[np.int64], max_key: int) -> tuple[Codes, tuple[int, int]]:
    import numpy as np

    size = int(codes.max(initial=-1)) + 1
    records = np.bincount(codes[codes >= 0], minlength=size)
    suspect = records > max_key
    if not suspect.any():
        return codes, (0, 0)
    held = np.bincount(distinct(np.where(codes >= 0, codes, -1), identity)[0], minlength=size)
    hub = suspect & (held > max_key)
    lost = int((records[hub] * (records[hub] - 1) // 2).sum())
    return np.where((codes >= 0) & ~np.append(hub, True)[codes], codes, -1).astype(np.int32), (int(hub.sum()), lost)


def _pairs(codes: Codes) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """All pairs of places with equal codes."""
    import numpy as np

    rows = np.flatnonzero(codes >= 0).astype(np.int32)
    rows = rows[np.argsort(codes[rows], kind="stable")]
    values = codes[rows]
    ends = np.searchsorted(values, values, side="right") if len(values) else np.empty(0, np.int64)
    after = ends - np.arange(len(rows)) - 1
    left = np.repeat(np.arange(len(rows)), after)
    starts = np.cumsum(after) - after
    right = left + 1 + np.arange(len(left)) - np.repeat(starts, after)
    return rows[left], rows[right]
