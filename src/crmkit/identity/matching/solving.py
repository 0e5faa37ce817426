"""The steps of linking in a row, from features to persons."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import attrs

from crmkit.identity.matching.blocking import Candidates, candidates_of
from crmkit.identity.matching.clustering import Bonds, Clustered, Sources, cluster
from crmkit.identity.matching.codes import combined
from crmkit.identity.matching.comparing import Comparer
from crmkit.identity.matching.crowds import RULES, Crowds, crowds_of
from crmkit.identity.matching.facing import Faces, faces_of
from crmkit.identity.matching.features import Features
from crmkit.identity.matching.model_document import LinkModel
from crmkit.identity.matching.rarity import counted, rarities
from crmkit.identity.matching.scoring import Scored, score
from crmkit.identity.matching.speaking import Speaking, speaking_of
from crmkit.identity.matching.training import patterns_of, train

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Solved", "block_keys", "solve", "uncrowded"]

Progress = Callable[[str, int, int], None]
_STEPS = ("speak", "block", "compare", "train", "score", "cluster")


@attrs.frozen(slots=True)
class Solved:
    """Is everything that came of the features."""

    speaking: Speaking
    faces: Faces
    candidates: Candidates
    scored: Scored
    clustered: Clustered
    model: LinkModel
    seconds: Mapping[str, float]


def block_keys(faces: Faces) -> dict[str, NDArray[np.int32]]:
    """Returns the default blocking rules' keys by face."""
    c = faces.columns
    keys = {"account": c["holder"]}
    for rule, parts in RULES.items():
        keys[rule] = c["home"] if rule == "unit" else combined(*(c[part] for part in parts))
    return keys


def solve(
    features: Features, *, model: LinkModel | None = None, source: NDArray[np.int64] | None = None,
    across: bool = False, distinct: frozenset[int] = frozenset(), progress: Progress | None = None,
    bonds: Bonds | None = None, crowds: Crowds | None = None,
) -> Solved:  # fmt: skip
    """Returns the persons of records; a model is trained where none is given.

    Args:
        features: The records.
        model: What decides; None trains one on these records.
        source: Code of each record's source.
        across: Make links between sources only.
        distinct: Codes of the sources that have each person once.
        progress: Is told each step.
        bonds: What is known of the records besides what they say: who is one, who is not.
        crowds: The keys that too many share, where more is known of them than these records tell.
    """
    clock = _Clock(progress)
    policy = LinkModel() if model is None else model.checked()
    with clock("speak"):
        speaking = speaking_of(features, agent_surnames=policy.agent_surnames)
        crowds = crowds_of(features, max_key=policy.max_key) if crowds is None else crowds
        faces = faces_of(
            features, speaking, max_owners=policy.max_owners, source=source, crowds=crowds.inside,
            apart=None if bonds is None else bonds.apart,
        )  # fmt: skip
        sources = None if source is None else Sources(source[faces.first], across, distinct)
    with clock("block"):
        blocks = uncrowded(block_keys(faces), faces, crowds)
        candidates, _ = candidates_of(blocks, faces.first, max_key=len(faces))
        candidates = attrs.evolve(candidates, too_big=crowds.too_big)
        if sources is not None and across:
            candidates = candidates.only(sources.of[candidates.left] != sources.of[candidates.right])
    with clock("compare"):
        comparer = Comparer(features, faces)
        patterns = patterns_of(comparer.levels(candidates.left, candidates.right))
    with clock("train"):
        if model is None:
            model = train(comparer, candidates, blocks, patterns, len(faces))
            model = attrs.evolve(model, frequencies=counted(features, faces))
    with clock("score"):
        faces.rarity = rarities(features, faces, model.frequencies)
        scored = score(candidates, patterns, model, faces)
    with clock("cluster"):
        clustered = cluster(features, faces, candidates, scored, model, bonds=bonds, sources=sources)
    return Solved(speaking, faces, candidates, scored, clustered, model, clock.seconds)


def uncrowded(keys: dict[str, NDArray[np.int32]], faces: Faces, crowds: Crowds) -> dict[str, NDArray[np.int32]]:
    """Returns the keys by face without those of crowds."""
    import numpy as np

    found = dict(keys)
    for rule, inside in crowds.inside.items():
        found[rule] = np.where(inside[faces.first], -1, keys[rule]).astype(np.int32)
    return found


class _Clock:
    """Takes the time of each step and tells the caller."""

    def __init__(self, progress: Progress | None) -> None:
        self.progress = progress
        self.seconds: dict[str, float] = {}
        self.step = ""
        self.since = 0.0

    def __call__(self, step: str) -> _Clock:
        self.step = step
        if self.progress is not None:
            self.progress(step, _STEPS.index(step), len(_STEPS))
        return self

    def __enter__(self) -> None:
        self.since = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.seconds[self.step] = time.perf_counter() - self.since
