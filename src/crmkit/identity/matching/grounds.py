"""The grounds of a link: levels compared anew, rules, guards, and the way of links between two of one person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import attrs

from crmkit.identity.explaining import Explanation, Outcome, explanation
from crmkit.identity.matching.comparing import LEVELS
from crmkit.identity.matching.scoring import frequencies
from crmkit.identity.matching.showing import values_of
from crmkit.identity.matching.trace import Trace
from crmkit.identity.matching.ways import way_between

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Explainer"]

_RULES = ("holder", "email", "payer")
_KINDS = {"holder": "account", "email": "email", "payer": "payer"}


class Explainer:
    """Tells pairs of records of one answer.

    Args:
        trace: What the answer came from; without a frame no values are told.
        show_values: Tell values as they are; without it they are masked.
    """

    def __init__(self, trace: Trace, *, show_values: bool = False) -> None:
        self.trace = trace
        self.features, self.solved = trace.features, trace.solved
        self.show_values = show_values
        self.joined = {_ordered(a, b): bits for a, b, bits in self.solved.clustered.by_model}
        self.tied = {_ordered(a, b) for a, b, _ in self.solved.clustered.by_rule}
        self._levels: dict[tuple[int, int], dict[str, int]] = {}
        self._shown: dict[int, dict[str, str]] = {}

    def compare(self, pairs: Sequence[tuple[int, int]]) -> None:
        """Compares many pairs of records at once, which is quicker than one by one; they are told afterwards."""
        import numpy as np

        face = self.solved.faces.face
        wanted = sorted({_ordered(int(face[a]), int(face[b])) for a, b in pairs} - self._levels.keys())
        if wanted:
            left, right = np.array([a for a, _ in wanted]), np.array([b for _, b in wanted])
            compared = self.trace.comparer.levels(left, right)
            for at, one in enumerate(wanted):
                self._levels[one] = {name: int(column[at]) for name, column in compared.items()}
        places = sorted({at for pair in pairs for at in pair} - self._shown.keys())
        if places and self.trace.frame is not None:
            rows = [int(self.features.row[at]) for at in places]
            told = values_of(self.trace.frame, self.trace.columns, rows, tuple(LEVELS), show=self.show_values)
            self._shown.update(zip(places, told, strict=True))

    def pair(self, left: int, right: int) -> Explanation:
        """The explanation of two records by place, with the path where they have no link of their own."""
        face = self.solved.faces.face
        a, b = _ordered(int(face[left]), int(face[right]))
        if self.solved.clustered.label[a] != self.solved.clustered.label[b]:
            return self._told(left, right, *self._apart(a, b))
        told = self._link(left, right)
        if told.decision != "model" or (a, b) in self.joined:
            return told
        if told.weight >= told.accept and self._candidate(a, b) is not None:
            return told
        path = self._path(left, right)
        return (
            attrs.evolve(told, decision="path", path=path) if path else attrs.evolve(told, decision="rule", by="known")
        )

    def _link(self, left: int, right: int) -> Explanation:
        """The explanation of two records of one person, as if they had a link of their own."""
        face = self.solved.faces.face
        pair = _ordered(int(face[left]), int(face[right]))
        if rule := self._rule(*pair):
            return self._told(left, right, "rule", rule)
        if pair in self.tied:  # by no value that they share: somebody said so
            return self._told(left, right, "manual")
        return self._told(left, right, "model", joined=self.joined.get(pair))

    def _told(
        self, left: int, right: int, decision: Outcome, by: str = "", guards: tuple[str, ...] = (),
        joined: float | None = None,
    ) -> Explanation:  # fmt: skip
        self.compare([(left, right)])
        a, b = _ordered(int(self.solved.faces.face[left]), int(self.solved.faces.face[right]))
        levels = self._levels[a, b]
        told = explanation(
            self.solved.model, levels, left=self.features.ids[left], right=self.features.ids[right],
            frequency=frequencies(levels, a, b, self.solved.faces), values=self._values(left, right, levels),
            decision=decision, by=by, guards=guards, digest=self.trace.digest,
        )  # fmt: skip
        # What one pair weighs is kept in 32 bits where persons are compared; so much is no other weight.
        if joined is not None and abs(joined - told.weight) > 1e-4:
            return attrs.evolve(told, joined=joined)
        return told

    def _values(self, left: int, right: int, levels: Mapping[str, int]) -> dict[str, tuple[str, str]]:
        if self.trace.frame is None:
            return {}
        one, other = self._shown[left], self._shown[right]
        return {name: (one[name], other[name]) for name, level in levels.items() if level >= 0}

    def _rule(self, a: int, b: int) -> str:
        """The kind of the strong value that two faces of one person share, or ""."""
        columns = self.solved.faces.columns
        return next((_KINDS[kind] for kind in _RULES if columns[kind][a] == columns[kind][b] >= 0), "")

    def _candidate(self, a: int, b: int) -> int | None:
        import numpy as np

        candidates = self.solved.candidates
        found = np.flatnonzero((candidates.left == a) & (candidates.right == b))
        return int(found[0]) if len(found) else None

    def _apart(self, a: int, b: int) -> tuple[Outcome, str, tuple[str, ...]]:
        """Why two faces are of two persons."""
        clustered, model = self.solved.clustered, self.solved.model
        label = clustered.label
        sides = {int(label[a]), int(label[b])}
        found = [r for r in clustered.refused if {int(label[r.left]), int(label[r.right])} == sides]
        guards = tuple(dict.fromkeys(r.guard for r in found))
        at = self._candidate(a, b)
        weight = -float("inf") if at is None else float(self.solved.scored.weight[at])
        own = [r.guard for r in found if (r.left, r.right) == (a, b)]
        if own or (guards and weight >= model.accept):
            return "refused", (own or guards)[0], guards
        if at is None:
            return "none", "not compared", guards
        if clustered.household[at] and weight >= model.review:
            return "review", "household", guards
        if weight >= model.accept:
            return "none", "persons", guards
        return ("review", "band", guards) if weight >= model.review else ("none", "", guards)

    def _path(self, left: int, right: int) -> tuple[Explanation, ...]:
        """The explanations of the links from one record to the other."""
        faces = self.solved.faces
        a, b = int(faces.face[left]), int(faces.face[right])
        members = self._members(a)
        steps = way_between(a, b, groups=self._groups(members), links=self._links(members), places=members.tolist())
        # The ends are the records asked for; in between, a face's first record stands for it.
        places = [left, *(int(faces.first[at]) for at in steps[1:-1]), right] if steps else []
        return tuple(self._link(one, other) for one, other in pairwise(places))

    def _members(self, face: int) -> NDArray[np.int64]:
        import numpy as np

        label = self.solved.clustered.label
        return np.flatnonzero(label == label[face])

    def _groups(self, members: NDArray[np.int64]) -> list[list[int]]:
        """The faces of a person that share an account, a mailbox or a payer."""
        groups: dict[tuple[str, int], list[int]] = {}
        for kind in _RULES:
            for at, code in zip(members.tolist(), self.solved.faces.columns[kind][members].tolist(), strict=True):
                if code >= 0:
                    groups.setdefault((kind, code), []).append(at)
        return [group for group in groups.values() if len(group) > 1]

    def _links(self, members: NDArray[np.int64]) -> dict[tuple[int, int], float]:
        """What ties a person's faces by weight: the unions made, and all pairs that would be accepted."""
        import numpy as np

        candidates, weight = self.solved.candidates, self.solved.scored.weight
        inside = np.zeros(len(self.solved.faces), bool)
        inside[members] = True
        fit = inside[candidates.left] & inside[candidates.right] & (weight >= self.solved.model.accept)
        at = np.flatnonzero(fit & ~self.solved.clustered.household)
        pairs = zip(candidates.left[at].tolist(), candidates.right[at].tolist(), weight[at].tolist(), strict=True)
        found = {(a, b): bits for a, b, bits in pairs}
        found |= {pair: bits for pair, bits in self.joined.items() if inside[pair[0]]}
        return found | {pair: float("inf") for pair in self.tied if inside[pair[0]]}


def _ordered(a: int, b: int) -> tuple[int, int]:
    return (a, b) if a < b else (b, a)
