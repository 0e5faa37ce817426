"""Weights of pairs in bits under a frozen model: a table look-up by pattern, and what rare and common values add."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from crmkit.identity.matching.codes import distinct
from crmkit.identity.matching.comparing import LEVELS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from crmkit.identity.matching.blocking import Candidates
    from crmkit.identity.matching.facing import Faces
    from crmkit.identity.matching.model_document import LinkModel
    from crmkit.identity.matching.training import Patterns

    Codes = NDArray[np.int32]

__all__ = ["Scored", "frequencies", "frequency_bits", "probability", "rarity", "score"]

_FREQUENCIES: Mapping[str, tuple[str, tuple[int, ...]]] = {
    "name": ("full", (0, 1)), "phone": ("phone", (0,)), "email": ("email", (0,)), "card": ("card", (0,)),
    "address": ("home", (0,)),
}  # fmt: skip
"""By comparison, the column whose values are rare or common, and the levels on which that counts."""


@attrs.frozen(slots=True)
class Scored:
    """Is what each pair weighs.

    Attributes:
        weight: Bits in all, the prior included.
        bits: By comparison, the bits of each pair; 0 where nothing was to compare.
        known: By comparison, whether there was something to compare.
    """

    weight: NDArray[np.float64]
    bits: Mapping[str, NDArray[np.float32]]
    known: Mapping[str, NDArray[np.bool_]]


def probability(weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns the probability that a weight in bits stands for.

    Example:
        >>> import numpy as np
        >>> probability(np.array([0.0, 4.248])).round(3).tolist()
        [0.5, 0.95]
    """
    import numpy as np

    return 1 / (1 + np.exp2(-np.clip(weight, -500, 500)))


def frequency_bits(values: Codes, owners: Codes | None = None) -> NDArray[np.float64]:
    """Returns by value how many bits its rarity adds: log2 e - log2 tf, with e the sum of squared frequencies.

    With owners, a value's frequency counts its distinct owners and not its records.

    Example:
        >>> import numpy as np
        >>> frequency_bits(np.array([0, 0, 0, 1])).round(3).tolist()
        [-0.263, 1.322]
    """
    import numpy as np

    size = int(values.max(initial=-1)) + 1
    if owners is None:
        held = np.bincount(values[values >= 0], minlength=size)
    else:
        held = np.maximum(np.bincount(distinct(values, owners)[0], minlength=size), 1)
    frequency = np.maximum(held, 1) / max(held.sum(), 1)
    return np.asarray(np.log2((frequency**2).sum() or 1.0) - np.log2(frequency))


def rarity(
    name: str, faces: Faces, left: NDArray[np.integer[Any]], right: NDArray[np.integer[Any]]
) -> NDArray[np.float64]:
    """Returns by pair what the rarity of its value adds to the levels of a comparison on which that counts.

    One flat may be written under two cities: then the more common of the two counts, or the one that is known.
    """
    import numpy as np

    found = faces.rarity.get(name)
    if found is None:
        return np.zeros(len(left))
    return np.asarray(np.nan_to_num(np.fmin(found[left], found[right])))


def frequencies(levels: Mapping[str, int], left: int, right: int, faces: Faces) -> dict[str, float]:
    """Returns by comparison what rarity adds for a pair of these levels, as `score` adds it.

    Args:
        levels: By comparison the pair's level.
        left: The one face.
        right: The other.
        faces: All faces.
    """
    import numpy as np

    counted = {name: at for name, (_, at) in _FREQUENCIES.items()}
    a, b = np.array([left]), np.array([right])
    return {name: float(rarity(name, faces, a, b)[0]) for name, at in levels.items() if at in counted.get(name, ())}


def score(candidates: Candidates, patterns: Patterns, model: LinkModel, faces: Faces) -> Scored:
    """Returns the weights of pairs."""
    import numpy as np

    bits: dict[str, NDArray[np.float32]] = {}
    known: dict[str, NDArray[np.bool_]] = {}
    weight = np.full(len(candidates.left), model.prior_bits)
    for name in LEVELS:  # and not in the document's order: sums of floats depend on it
        kinds = model.comparisons.get(name, ())
        levels = patterns.levels[name]
        table = np.array([*(kind.bits for kind in kinds), 0.0])
        level = levels[patterns.of] if kinds else np.full(len(weight), -1)
        found = table[level]
        known[name] = level >= 0
        if name in _FREQUENCIES:
            here = np.flatnonzero(np.isin(level, _FREQUENCIES[name][1]))
            found[here] += rarity(name, faces, candidates.left[here], candidates.right[here])
        weight += found
        bits[name] = found.astype(np.float32)
    return Scored(weight, bits, known)
