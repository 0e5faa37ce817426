"""The steps of linking in a row, from features to persons."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import attrs

from crmkit.identity.matching.blocking import Candidates, candidates_of
from crmkit.identity.matching.clustering import Clustered, Sources, cluster
from crmkit.identity.matching.codes import combined
from crmkit.identity.matching.comparing import Comparer
from crmkit.identity.matching.facing import Faces, faces_of
from crmkit.identity.matching.features import Features
from crmkit.identity.matching.model_document import LinkModel
from crmkit.identity.matching.scoring import Scored, score
from crmkit.identity.matching.speaking import Speaking, speaking_of
from crmkit.identity.matching.training import patterns_of, train

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Solved", "block_keys", "solve"]

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
    return {
        "account": c["holder"],
        "phone": c["phone"],
        "email": c["email"],
        "card": c["card"],
        "payer": c["payer"],
        "user": c["email_user"],
        "mask, district": combined(c["mask"], c["district"]),
        "mask, surname": combined(c["mask"], c["surname"]),
        "name, city": combined(c["full"], c["city"]),
        "unit": c["home"],
        "street, surname": combined(c["street"], c["area"], c["surname"]),
        "street, given name": combined(c["street"], c["area"], c["given"]),
        "birthday, surname": combined(c["birthday"], c["surname"]),
        "birthday, given name": combined(c["birthday"], c["given"]),
        "birthday, district": combined(c["birthday"], c["district"]),
    }


def solve(
    features: Features, *, model: LinkModel | None = None, source: NDArray[np.int64] | None = None,
    across: bool = False, distinct: frozenset[int] = frozenset(), progress: Progress | None = None,
) -> Solved:  # fmt: skip
    """Returns the persons of records; a model is trained where none is given."""
    clock = _Clock(progress)
    policy = LinkModel() if model is None else model.checked()
    with clock("speak"):
        speaking = speaking_of(features, agent_surnames=policy.agent_surnames)
        faces = faces_of(features, speaking, max_owners=policy.max_owners, source=source)
        sources = None if source is None else Sources(source[faces.first], across, distinct)
    with clock("block"):
        candidates, blocks = candidates_of(block_keys(faces), _identities(faces), max_key=policy.max_key)
        if sources is not None and across:
            candidates = candidates.only(sources.of[candidates.left] != sources.of[candidates.right])
    with clock("compare"):
        comparer = Comparer(features, faces)
        patterns = patterns_of(comparer.levels(candidates.left, candidates.right))
    with clock("train"):
        if model is None:
            model = train(comparer, candidates, blocks, patterns, len(faces))
    with clock("score"):
        scored = score(candidates, patterns, model, faces)
    with clock("cluster"):
        clustered = cluster(features, faces, candidates, scored, model, sources=sources)
    return Solved(speaking, faces, candidates, scored, clustered, model, clock.seconds)


def _identities(faces: Faces) -> NDArray[np.int64]:
    import numpy as np

    holder = faces.columns["holder"]
    return np.where(holder >= 0, holder, int(holder.max(initial=-1)) + 1 + np.arange(len(faces)))


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
