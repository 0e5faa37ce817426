"""From weighted pairs to persons: rule links first, then the strongest pairs, then persons as a whole, under guards."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import attrs

from crmkit.identity.matching.codes import combined, joined_labels
from crmkit.identity.matching.guarding import Groups, Refused

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from crmkit.identity.matching.blocking import Candidates
    from crmkit.identity.matching.facing import Faces
    from crmkit.identity.matching.features import Features
    from crmkit.identity.matching.model_document import LinkModel
    from crmkit.identity.matching.scoring import Scored

    Places = NDArray[np.int64]

__all__ = ["Bonds", "Clustered", "Sources", "cluster"]

FIRST_PASS = 3.0
"""So many bits above the threshold a pair joins at once; below, persons are weighed as a whole."""
_DOUBTED = ("name", "email", "account", "card")
_RULES = ("email", "payer")


@attrs.frozen(slots=True)
class Sources:
    """Says where faces come from, and what that forbids.

    Attributes:
        of: Code of the source by face.
        across: Only links between two sources are made.
        distinct: Codes of the sources of which a person has one record at most.
    """

    of: Places
    across: bool = False
    distinct: frozenset[int] = frozenset()


@attrs.frozen(slots=True)
class Bonds:
    """Says what is known of records besides what they say.

    Attributes:
        same: A label by record; records of one label are one person whatever they say.
        links: Records that are one person unless a veto forbids it, the weightiest first.
        vetoes: Records that are not one person.
    """

    same: Places
    links: tuple[tuple[int, int], ...] = ()
    vetoes: tuple[tuple[int, int], ...] = ()

    @property
    def apart(self) -> Places:
        """By record the label where a veto names it, else -1: such records are never taken for another's."""
        import numpy as np

        named = {int(self.same[at]) for pair in self.vetoes for at in pair}
        return np.where(np.isin(self.same, sorted(named)), self.same, -1)


@attrs.frozen(slots=True)
class Clustered:
    """Is the outcome.

    Attributes:
        label: By face, the smallest face of its person.
        account: By face, the smallest face that its account ties it to, or a mailbox or payer of the same full name.
        by_rule, by_model: The unions made: two faces and the weight, infinite for a rule.
        refused: The unions that guards forbade, in the order in which they were tried.
        household: Whether a pair was held back because its two may be of one household.
    """

    label: Places
    account: Places
    by_rule: tuple[tuple[int, int, float], ...]
    by_model: tuple[tuple[int, int, float], ...]
    refused: tuple[Refused, ...]
    household: NDArray[np.bool_]


def cluster(
    features: Features, faces: Faces, candidates: Candidates, scored: Scored, model: LinkModel, *,
    bonds: Bonds | None = None, sources: Sources | None = None,
) -> Clustered:  # fmt: skip
    """Returns the persons: a function of the faces, links and vetoes, whatever order they came in."""
    import numpy as np

    account = _accounts(faces, bonds) if sources is None or not sources.across else np.arange(len(faces))
    links, vetoes = ((), ()) if bonds is None else (bonds.links, bonds.vetoes)
    groups = _groups(features, faces, account, model, _of_faces(vetoes, account[faces.face]), sources)
    for a, b in _of_faces(links, faces.face):
        groups.join(a, b, np.inf, by_model=False, named=False)
    for a, b in _rule_links(faces, account, sources, with_accounts=bool(vetoes)):
        groups.join(a, b, np.inf, by_model=False)
    rules = len(groups.joined)
    household = _household(scored, faces, candidates)
    strong = np.flatnonzero((scored.weight >= model.accept + FIRST_PASS) & ~household)
    born = scored.bits["birthday"] > 0 if "birthday" in scored.bits else np.zeros(len(candidates.left), bool)
    _join(groups, candidates.left[strong], candidates.right[strong], scored.weight[strong], ~born[strong])
    rows, weight = _persons(_roots(groups), candidates, scored, model, ~household)
    rows, weight = rows[weight >= model.accept], weight[weight >= model.accept]
    _join(groups, candidates.left[rows], candidates.right[rows], weight, ~born[rows])
    joined = groups.joined
    return Clustered(
        _roots(groups), account, tuple(joined[:rules]), tuple(joined[rules:]), tuple(groups.refused), household
    )


def _of_faces(pairs: Iterable[tuple[int, int]], place: Places) -> list[tuple[int, int]]:
    return [(int(place[a]), int(place[b])) for a, b in pairs]


def _accounts(faces: Faces, bonds: Bonds | None) -> Places:
    """The smallest face that one account, or one mailbox or payer of one full name, ties each face to."""
    import numpy as np

    named = [combined(faces.columns[kind], faces.columns["full"]) for kind in _RULES]
    ties: list[NDArray[Any]] = [faces.columns["holder"], *named]
    if bonds is not None:
        free = faces.columns["apart"] < 0  # whom a veto names is tied by rules one by one, under the veto
        one = joined_labels(len(faces.face), [faces.face, bonds.same])
        ties = [*(np.where(free, codes, -1) for codes in ties), faces.face[one[faces.first]]]
    return joined_labels(len(faces), ties)


def _groups(
    features: Features, faces: Faces, account: Places, model: LinkModel, vetoes: Any, sources: Sources | None
) -> Groups:
    import numpy as np

    size = np.bincount(account, faces.count, minlength=len(faces)).astype(np.int64)
    held: dict[int, frozenset[int]] = {}
    if sources is not None and sources.distinct:
        for group, source in zip(account.tolist(), sources.of.tolist(), strict=True):
            if source in sources.distinct:
                held[group] = held.get(group, frozenset()) | {source}
    full, surname = faces.columns["full"], faces.columns["surname"]
    surname_of = np.full(len(features.names.keys), -1)
    surname_of[full[full >= 0]] = surname[full >= 0]
    groups = Groups(
        account.tolist(), size.tolist(), features.names.keys, surname_of=surname_of.tolist(),
        max_person=model.max_person, vetoes=vetoes, sources=held,
    )  # fmt: skip
    for codes, table in ((full, groups.names), (np.where(full >= 0, -1, surname), groups.surnames)):
        known = codes >= 0
        width = int(codes.max(initial=0)) + 1
        keys, back = np.unique(account[known] * width + codes[known], return_inverse=True)
        counts = np.bincount(back, faces.count[known], minlength=len(keys)).astype(np.int64)
        for group, value, count in zip((keys // width).tolist(), (keys % width).tolist(), counts.tolist(), strict=True):
            table.setdefault(group, {})[value] = count
    return groups


def _rule_links(
    faces: Faces, account: Places, sources: Sources | None, *, with_accounts: bool = False
) -> list[tuple[int, int]]:
    """Pairs of faces that bear one mailbox or one payer (or one account, across sources), by kind and face."""
    import numpy as np

    across = sources is not None and sources.across
    found: list[tuple[int, int]] = []
    for kind in ("holder", *_RULES) if across or with_accounts else _RULES:
        codes = faces.columns[kind]
        rows = np.flatnonzero(codes >= 0)
        rows = rows[np.argsort(codes[rows], kind="stable")]
        near = (codes[rows[1:]] == codes[rows[:-1]]) & (account[rows[1:]] != account[rows[:-1]])
        if across and sources is not None:
            near &= sources.of[rows[1:]] != sources.of[rows[:-1]]
        found += zip(rows[:-1][near].tolist(), rows[1:][near].tolist(), strict=True)
    return found


def _roots(groups: Groups) -> NDArray[np.int64]:
    import numpy as np

    label = np.array(groups.parent, np.int64)
    while True:
        above = label[label]
        if np.array_equal(above, label):
            return label
        label = above


def _join(groups: Groups, left: Any, right: Any, weight: NDArray[np.float64], named: NDArray[np.bool_]) -> None:
    """Joins pairs, strongest first, ties by place; of the pairs between two groups only the strongest is tried.

    Two of one birthday (`named` is false) are not kept apart by unlike names.
    """
    import numpy as np

    roots = _roots(groups)
    a, b = roots[left], roots[right]
    apart = np.flatnonzero(a != b)
    apart = apart[np.lexsort((right[apart], left[apart], -weight[apart]))]
    low, high = np.minimum(a[apart], b[apart]), np.maximum(a[apart], b[apart])
    _, first = np.unique(low * (len(roots) + 1) + high, return_index=True)
    tried = apart[np.sort(first)]
    columns = (left[tried].tolist(), right[tried].tolist(), weight[tried].tolist(), named[tried].tolist())
    for one, other, bits, by_name in zip(*columns, strict=True):
        groups.join(one, other, bits, named=by_name)


def _household(scored: Scored, faces: Faces, candidates: Candidates) -> NDArray[np.bool_]:
    """Pairs of one home and surname, with unlike or hidden given names and nothing strong in common."""
    import numpy as np

    left, right = candidates.left, candidates.right

    def same(name: str) -> NDArray[np.bool_]:
        codes = faces.columns[name]
        return np.asarray((codes[left] == codes[right]) & (codes[left] >= 0))

    full = faces.columns["full"]
    named = (full[left] >= 0) & (full[right] >= 0) & (full[left] == full[right])
    strong = same("email") | same("card") | same("payer") | same("mask") | same("phone")
    return np.asarray(same("unit") & same("city") & same("surname") & ~named & ~strong)


def _persons(
    roots: Places, candidates: Candidates, scored: Scored, model: LinkModel, kept: NDArray[np.bool_]
) -> tuple[Places, NDArray[np.float64]]:
    """The best candidate of each two groups, and what they weigh as a whole.

    Per comparison the best bits among their candidates count, and for names, mailboxes, accounts and cards half of the
    worst doubt besides.
    """
    import numpy as np

    a, b = roots[candidates.left], roots[candidates.right]
    rows = np.flatnonzero((a != b) & kept)
    key = np.minimum(a[rows], b[rows]) * (len(roots) + 1) + np.maximum(a[rows], b[rows])
    order = np.lexsort((rows, -scored.weight[rows], key))
    rows, key = rows[order], key[order]
    if not len(rows):
        return rows, np.empty(0)
    starts = np.flatnonzero(np.append(True, key[1:] != key[:-1]))
    weight = np.full(len(starts), model.prior_bits)
    for name, column in scored.bits.items():
        bits = column[rows].astype(float)
        best = np.maximum.reduceat(bits, starts)
        weight += best
        if name in _DOUBTED:
            worst = np.minimum.reduceat(bits, starts)
            weight += np.where(worst < best, np.minimum(worst, 0) / 2, 0)
    return rows[starts], weight
