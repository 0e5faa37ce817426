"""Training without labels: how often each level is seen among strangers (u), and by EM among one person's pairs (m)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from crmkit.identity.matching.comparing import LEVELS
from crmkit.identity.matching.model_document import Level, LinkModel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from crmkit.identity.matching.blocking import Candidates
    from crmkit.identity.matching.comparing import Comparer

    Table = dict[str, NDArray[np.float64]]
    Counted = Mapping[str, Mapping[int, tuple[float, float]]]

__all__ = ["Patterns", "em", "patterns_of", "posterior", "start", "train"]

_FLOOR = 1e-9
_SAMPLE = 250_000
_ROUNDS, _REFINEMENTS = 60, 3
_FEW = 30.0
_WEIGHT_M, _WEIGHT_U, _WEIGHT_COUNTED = 3.0, 1e4, 1e5
"""How many pairs the start values count for: of one person, of strangers sampled, of strangers counted."""
_MOST = 2e-3
_HELD_OUT: Mapping[str, tuple[str, ...]] = {
    "account": ("account",), "phone": ("phone",), "email": ("email",), "user": ("email",), "card": ("card",),
    "payer": ("payer",), "mask, district": ("phone", "address"), "mask, surname": ("phone", "name"),
    "name, city": ("name", "address"), "unit": ("address",), "street, surname": ("address", "name"),
    "street, given name": ("address", "name"),
    "birthday, surname": ("birthday", "name"), "birthday, given name": ("birthday", "name"),
    "birthday, district": ("birthday", "address"),
}  # fmt: skip
"""By blocking rule, the comparisons that its pairs agree on by choice, and so tell nothing about."""
_ALL_BLOCKED: Mapping[str, tuple[int, ...]] = {
    "phone": (0,), "email": (0,), "account": (0,), "card": (0,), "payer": (0,), "address": (0,),
}  # fmt: skip
"""By comparison, the levels whose agreeing pairs are all candidates, so that their u can be refined."""


@attrs.frozen(slots=True)
class Patterns:
    """Is the distinct rows of levels, and how many pairs bear each.

    Attributes:
        levels: By comparison, the level of each pattern.
        of: The pattern of each pair.
        count: Pairs by pattern.
    """

    levels: Mapping[str, NDArray[np.int8]]
    of: NDArray[np.int64]
    count: NDArray[np.int64]


def patterns_of(levels: Mapping[str, NDArray[np.int8]]) -> Patterns:
    """Returns the patterns of pairs.

    Example:
        >>> import numpy as np
        >>> found = patterns_of({"card": np.array([0, 1, 0], np.int8)})
        >>> found.of.tolist(), found.count.tolist()
        ([0, 1, 0], [2, 1])
    """
    import numpy as np

    size = len(next(iter(levels.values())))
    key, span = np.zeros(size, np.int64), 1
    for name, column in levels.items():
        key += (column.astype(np.int64) + 1) * span
        span *= len(LEVELS[name]) + 1
    seen = np.zeros(span, bool)
    seen[key] = True
    codes = np.flatnonzero(seen)
    place = np.zeros(span, np.int64)
    place[codes] = np.arange(len(codes))
    of = place[key]
    first = np.zeros(len(codes), np.int64)
    first[of] = np.arange(size)
    return Patterns({name: column[first] for name, column in levels.items()}, of, np.bincount(of, minlength=len(codes)))


_START: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "name": ((0.66, 0.03, 0.07, 0.04, 0.08, 0.06, 0.06), (2e-5, 2e-6, 1e-4, 1e-4, 4e-3, 1.5e-3, 0.994374)),
    "phone": ((0.74, 0.07, 0.04, 0.15), (4e-7, 1.5e-5, 5e-6, 0.9999796)),
    "email": ((0.89, 0.01, 0.07, 0.03), (1.5e-6, 4e-5, 7e-5, 0.9998885)),
    "account": ((0.9, 0.1), (2e-6, 0.999998)),
    "card": ((0.98, 0.02), (4e-6, 0.999996)),
    "payer": ((0.97, 0.03), (3e-6, 0.999997)),
    "birthday": ((0.97, 0.03), (4e-4, 0.9996)),
    "address": ((0.55, 0.22, 0.14, 0.02, 0.07), (1e-5, 1e-5, 1e-2, 4e-2, 0.94998)),
}
"""By comparison m and u of populations of shops: where training starts, and what it keeps where it sees nothing."""


def start() -> tuple[Table, Table]:
    """Returns the m and the u that training starts from.

    Example:
        >>> m, u = start()
        >>> m["card"].tolist(), u["card"].tolist()
        ([0.98, 0.02], [4e-06, 0.999996])
    """
    import numpy as np

    m = {name: np.array(both[0]) for name, both in _START.items()}
    return m, {name: np.array(both[1]) for name, both in _START.items()}


def posterior(levels: Mapping[str, NDArray[np.int8]], m: Table, u: Table, prior: float) -> NDArray[np.float64]:
    """Returns the probability of each pattern to be of one person.

    Example:
        >>> import numpy as np
        >>> levels = {"a": np.array([0, 0, 1, 1], np.int8), "b": np.array([0, 1, 0, 1], np.int8)}
        >>> m = {"a": np.array([0.9, 0.1]), "b": np.array([0.8, 0.2])}
        >>> u = {"a": np.array([0.02, 0.98]), "b": np.array([0.05, 0.95])}
        >>> posterior(levels, m, u, 0.1).round(6).tolist()
        [0.987654, 0.512821, 0.153551, 0.002381]
    """
    import numpy as np

    odds = np.full(len(next(iter(levels.values()))), np.log(prior) - np.log1p(-prior))
    for name, column in levels.items():
        ratio = np.log(np.maximum(m[name], _FLOOR)) - np.log(np.maximum(u[name], _FLOOR))
        odds += np.append(ratio, 0.0)[column]
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -500, 500))))


def em(
    levels: Mapping[str, NDArray[np.int8]],
    count: NDArray[np.int64],
    m: Table,
    u: Table,
    prior: float,
    *,
    rounds: int = _ROUNDS,
) -> tuple[Table, float, dict[str, NDArray[np.float64]]]:
    """Returns m and the share of one person's pairs after so many rounds with u held, and the expected counts.

    Example:
        >>> import numpy as np
        >>> levels = {"a": np.array([0, 0, 1, 1], np.int8), "b": np.array([0, 1, 0, 1], np.int8)}
        >>> m = {"a": np.array([0.9, 0.1]), "b": np.array([0.8, 0.2])}
        >>> u = {"a": np.array([0.02, 0.98]), "b": np.array([0.05, 0.95])}
        >>> m, prior, _ = em(levels, np.array([400, 150, 250, 9200]), m, u, 0.1, rounds=3)
        >>> m["a"].round(6).tolist(), round(prior, 6)
        ([0.95447, 0.04553], 0.044618)
    """
    import numpy as np

    total = count.sum()
    weights: dict[str, NDArray[np.float64]] = {}
    for _ in range(rounds):
        expected = posterior(levels, m, u, prior) * count
        before, m = m, dict(m)
        for name, column in levels.items():
            known = column >= 0
            weights[name] = np.bincount(column[known], expected[known], minlength=len(m[name])).astype(float)
            if (seen := weights[name].sum()) > 0:
                m[name] = weights[name] / seen
        prior = float(np.clip(expected.sum() / total, _FLOOR, 1 - _FLOOR))
        if max(float(np.abs(m[name] - before[name]).max()) for name in levels) < 1e-5:
            break
    return m, prior, weights


def train(
    comparer: Comparer, candidates: Candidates, blocks: Mapping[str, NDArray[np.int32]], patterns: Patterns, size: int
) -> LinkModel:
    """Returns a model trained on the pairs of a population, without labels.

    Args:
        comparer: Compares any two faces; asked for 250,000 pairs at random (the same for the same faces).
        candidates: The pairs worth comparing.
        blocks: By rule, the keys that made them.
        patterns: Their levels.
        size: The number of faces.
    """
    counted = comparer.equal_pairs()
    u = _among_strangers(comparer, counted, size)
    m, seen = _by_sessions(candidates, blocks, patterns, u)
    everything = max(size * (size - 1) / 2, 1.0)
    prior = 1e-6
    for _ in range(_REFINEMENTS + 1):
        prior = _prior(patterns, m, u, prior, everything)
        _refine(u, patterns, posterior(patterns.levels, m, u, prior), counted)
    levels = {
        name: tuple(
            Level(name=kind, m=max(float(m[name][at]), _FLOOR), u=max(float(u[name][at]), _FLOOR), trained=seen[name])
            for at, kind in enumerate(kinds)
        )
        for name, kinds in LEVELS.items()
    }
    return LinkModel(comparisons=levels, prior=prior)


def _among_strangers(comparer: Comparer, counted: Counted, size: int) -> Table:
    """The share of each level among pairs at random; equality of whole values is counted, not sampled."""
    import numpy as np

    _, first = start()
    if size < 2:
        return first
    random = np.random.Generator(np.random.PCG64(size))
    left, right = random.integers(0, size, _SAMPLE), random.integers(0, size, _SAMPLE)
    apart = left != right
    levels = comparer.levels(np.minimum(left, right)[apart], np.maximum(left, right)[apart])
    # A few records have fewer pairs than the sample has draws: they count as many as they are.
    truth = min(1.0, size * (size - 1) / 2 / _SAMPLE)
    found: Table = {}
    for name, column in levels.items():
        seen = np.bincount(column[column >= 0], minlength=len(LEVELS[name])) * truth
        shares = (seen + _WEIGHT_U * first[name]) / (seen.sum() + _WEIGHT_U)
        exact = {at: _share(pairs, known, first[name][at]) for at, (pairs, known) in counted.get(name, {}).items()}
        rest = [at for at in range(len(shares)) if at not in exact]
        shares[rest] *= max(1 - sum(exact.values()), _FLOOR) / shares[rest].sum()
        for at, share in exact.items():
            shares[at] = share
        found[name] = shares
    return found


def _share(pairs: float, known: float, first: float, weight: float = _WEIGHT_COUNTED) -> float:
    return max((pairs + weight * first) / max(known + weight, 1.0), _FLOOR)


def _by_sessions(
    candidates: Candidates, blocks: Mapping[str, NDArray[np.int32]], patterns: Patterns, u: Table
) -> tuple[Table, dict[str, bool]]:
    """The mean m over one session of EM per rule, each without the comparisons that its rule looks at."""
    import numpy as np

    first, _ = start()
    found: dict[str, list[NDArray[np.float64]]] = {name: [] for name in LEVELS}
    for rule, keys in blocks.items():
        a, b = keys[candidates.left], keys[candidates.right]
        count = np.bincount(patterns.of[(a == b) & (a >= 0)], minlength=len(patterns.count))
        kept = count > 0
        levels = {n: c[kept] for n, c in patterns.levels.items() if n not in _HELD_OUT[rule]}
        if count.sum() < _FEW:
            continue
        _, _, weights = em(levels, count[kept], first, u, 0.3)
        for name in levels:
            if (seen := weights[name].sum()) >= _FEW:
                found[name].append((weights[name] + _WEIGHT_M * first[name]) / (seen + _WEIGHT_M))
    m = {name: np.mean(sessions, axis=0) if sessions else first[name] for name, sessions in found.items()}
    return m, {name: bool(sessions) for name, sessions in found.items()}


def _prior(patterns: Patterns, m: Table, u: Table, prior: float, everything: float) -> float:
    """The share of one person's pairs among all pairs, not among the candidates alone."""
    for _ in range(20):
        before = prior
        matched = float((posterior(patterns.levels, m, u, prior) * patterns.count).sum())
        # In a frame of a few records even one pair would be a large share, and make strangers of one name a person.
        prior = min(max(matched / everything, _FLOOR), _MOST)
        if abs(prior - before) < 1e-4 * before:
            break
    return prior


def _refine(
    u: Table, patterns: Patterns, expected: NDArray[np.float64], counted: Counted, weight: float = _WEIGHT_COUNTED
) -> None:
    """Sets u of the wholly blocked levels to the expected share of strangers among all pairs where both sides speak."""
    _, first = start()
    for name, levels in counted.items():
        for at, (_, known) in levels.items():
            here = patterns.levels[name] == at
            if at in _ALL_BLOCKED.get(name, ()):
                strangers = float(((1 - expected[here]) * patterns.count[here]).sum())
                u[name][at] = _share(strangers, known, first[name][at], weight)
