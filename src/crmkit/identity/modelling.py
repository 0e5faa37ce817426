"""The fold under a linking model: the records of a neighbourhood in, persons, ties and doubts out. Pure.

The steps are those of `dedupe`. What people decided and what identifiers prove comes first: a manual veto outweighs a
manual link, that one a link by an identifier, and that one the model.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from crmkit.identity.clusters import MAX_KEY, Refusal, rule_links
from crmkit.identity.linking_values import Link, Review, Ruling, review_id
from crmkit.identity.model import Decision, Identity, Neighbourhood
from crmkit.identity.records import Reading, Record, crowds_among

if TYPE_CHECKING:
    from crmkit.identity.matching.features import Features
    from crmkit.identity.matching.model_document import LinkModel
    from crmkit.identity.matching.solving import Solved

__all__ = ["Case", "decide_by_model", "record_ties", "ties_between"]

_WEIGHED = ("email", "payer_id")


def record_ties(records: Iterable[Record], hubs: frozenset[str]) -> list[list[str]]:
    """Returns the identities that have to be looked at together, because their records share a key.

    Example:
        >>> record_ties([], frozenset())
        []
    """
    holders: dict[str, dict[str, None]] = defaultdict(dict)
    for record in records:
        for key in record.keys.values():
            if key not in hubs:
                holders[key][record.identity] = None
    return [list(identities) for identities in holders.values() if len(identities) > 1]


class Case:
    """Is one neighbourhood made ready for the steps of linking.

    Attributes:
        identities: By age, the oldest first.
        records: One or more for each identity, sorted by key; an identity without any has an empty one.
    """

    def __init__(self, hood: Neighbourhood, decisions: Iterable[Decision]) -> None:
        self.identities = sorted(hood.identities, key=lambda i: (i.first_seen, i.key))
        self.age = {identity.id: place for place, identity in enumerate(self.identities)}
        said = (d for d in decisions if d.holds and d.a in self.age and d.b in self.age)
        self.decisions = sorted(said, key=lambda d: (d.at, d.key))
        real = [record for record in hood.records if record.identity in self.age]
        self.recorded = {record.identity for record in real}
        self.records = sorted([*real, *map(_empty, self._without_records())], key=lambda record: record.key)
        self.hubs = hood.hubs | crowds_among(real, max_key=MAX_KEY)
        self.evidence = hood.evidence
        self.first: dict[str, int] = {}
        for place, record in enumerate(self.records):
            self.first.setdefault(record.identity, place)

    def _without_records(self) -> list[Identity]:
        return [identity for identity in self.identities if identity.id not in self.recorded]

    def links(self) -> dict[tuple[int, int], str]:
        """The records that are one person unless a veto forbids it, the weightiest first, and what says so."""
        found: dict[tuple[int, int], str] = {}
        for decision in self.decisions:
            if decision.kind == "merge":
                found.setdefault((self.first[decision.a], self.first[decision.b]), decision.id)
        for key, holders in rule_links(self.evidence, self.age, self.hubs, MAX_KEY):
            weighed = key.partition(":")[0] in _WEIGHED
            for a, b in combinations(holders, 2):
                # Where both have records, a mailbox and a payer are the model's to judge, with the names beside them.
                if not (weighed and a in self.recorded and b in self.recorded):
                    found.setdefault((self.first[a], self.first[b]), key)
        return found

    def vetoes(self) -> dict[tuple[int, int], Decision]:
        """The records of those who are not one person, and the oldest decision that says so."""
        found: dict[tuple[int, int], Decision] = {}
        for decision in self.decisions:
            if decision.kind == "veto":
                found.setdefault((self.first[decision.a], self.first[decision.b]), decision)
        return found

    def features(self) -> Features:
        """What the records can be compared by, in their order."""
        from crmkit.identity.matching.encoding import features_of_records

        return features_of_records(self.records)

    def solved(self, model: LinkModel) -> Solved:
        """What the steps of linking make of it."""
        import numpy as np

        from crmkit.identity.matching.clustering import Bonds
        from crmkit.identity.matching.encoding import crowds_by_key
        from crmkit.identity.matching.solving import solve

        same = np.array([self.age[record.identity] for record in self.records], np.int64)
        bonds = Bonds(same, tuple(self.links()), tuple(self.vetoes()))
        crowds = crowds_by_key(self.records, self.hubs)
        return solve(self.features(), model=model, bonds=bonds, crowds=crowds)


def _empty(identity: Identity) -> Record:
    return Record(key=f"\x00{identity.key}", identity=identity.id, at=identity.first_seen, reading=Reading())


def decide_by_model(
    hood: Neighbourhood, decisions: Iterable[Decision], model: LinkModel, *, digest: str | None = None
) -> Ruling:
    """Returns who is one person by a model, whatever order the records came in.

    Args:
        hood: Whole components with their records.
        decisions: Merges and vetoes about their identities.
        model: The adopted model.
        digest: Its digest, where it is known: a large model takes a while to digest.

    Example:
        >>> from crmkit.identity import LinkModel
        >>> decide_by_model(Neighbourhood(), [], LinkModel()).persons
        {}
    """
    case = Case(hood, decisions)
    if len(case.identities) < 2:
        return Ruling(persons={identity.id: identity.id for identity in case.identities})
    solved = case.solved(model)
    label = solved.clustered.label[solved.faces.face].tolist()
    group_of = {record.identity: label[place] for place, record in enumerate(case.records)}
    first: dict[int, str] = {}
    persons = {each.id: first.setdefault(group_of[each.id], each.id) for each in case.identities}
    digest = model.digest if digest is None else digest
    return Ruling(
        persons=persons,
        refused=_refused(case, solved, persons),
        links=_links(case, solved, digest),
        reviews=_reviews(case, solved, persons, digest),
    )


def _links(case: Case, solved: Solved, digest: str) -> tuple[Link, ...]:
    first = solved.faces.first
    found = []
    for left, right, weight in solved.clustered.by_model:
        one, other = case.records[first[left]], case.records[first[right]]
        found.append(Link(a=one.identity, b=other.identity, records=(one.key, other.key), weight=weight, digest=digest))
    return tuple(found)


def _refused(case: Case, solved: Solved, persons: Mapping[str, str]) -> tuple[Refusal, ...]:
    links, first = case.links(), solved.faces.first
    found: dict[tuple[str, str], Refusal] = {}
    said = {_ordered(*(int(solved.faces.face[at]) for at in pair)): link for pair, link in links.items()}
    for refused in solved.clustered.refused:
        a, b = (case.records[first[at]].identity for at in (refused.left, refused.right))
        pair = _ordered(refused.left, refused.right)
        rule = "same account, mailbox or payer" if refused.weight == float("inf") else f"model:{refused.weight:.3f}"
        veto, against = _veto_of(case, persons, a, b) if refused.guard == "veto" else (f"guard:{refused.guard}", (a, b))
        refusal = Refusal(a=a, b=b, link=said.get(pair, rule), veto=veto, against=against)
        found.setdefault((persons[a], persons[b]), refusal)
    return tuple(found.values())


def _veto_of(case: Case, persons: Mapping[str, str], a: str, b: str) -> tuple[str, tuple[str, str]]:
    for veto in case.vetoes().values():
        for one, other in ((veto.a, veto.b), (veto.b, veto.a)):
            if persons[one] == persons[a] and persons[other] == persons[b]:
                return veto.id, (one, other)
    return "veto", (a, b)  # the two have since joined others of whom the veto says nothing


def _ordered(a: int, b: int) -> tuple[int, int]:
    return (a, b) if a < b else (b, a)


def _reviews(case: Case, solved: Solved, persons: Mapping[str, str], digest: str) -> tuple[Review, ...]:
    from crmkit.identity.matching.answers import doubts

    decided = {frozenset((persons[d.a], persons[d.b])) for d in case.decisions if d.kind == "veto"}
    found = []
    for left, right, weight, reason in doubts(solved):
        one, other = sorted((case.records[left], case.records[right]), key=lambda r: case.age[r.identity])
        if frozenset((persons[one.identity], persons[other.identity])) in decided:
            continue
        found.append(Review(id=review_id(one.identity, other.identity), a=one.identity, b=other.identity,
                            records=(one.key, other.key), weight=weight, reason=reason, digest=digest))  # fmt: skip
    return tuple(found)


def ties_between(hood: Neighbourhood) -> Sequence[tuple[str, str]]:
    """Returns the pairs of identities whose records share a key.

    Example:
        >>> ties_between(Neighbourhood())
        []
    """
    return [pair for together in record_ties(hood.records, hood.hubs) for pair in combinations(together, 2)]
