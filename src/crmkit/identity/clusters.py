"""The identity map as a fold: identities, evidence and decisions in, persons out. Pure, and blind to arrival order.

A manual veto outweighs a manual link, which outweighs a rule link. Rule links go strongest identifier first; ties
fall to the smaller key and to the identity seen first, so nothing depends on what came when.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import attrs

from crmkit.identity.model import Decision, Evidence, Identity, rank

__all__ = ["MAX_KEY", "Refusal", "Verdict", "components", "decide", "hubs_of", "partition", "rule_links"]

MAX_KEY = 64
"""An identifier that more identities than this could share speaks for none of them."""


@attrs.frozen(slots=True, kw_only=True)
class Refusal:
    """Is a union that a veto forbade.

    Attributes:
        a: Id of one identity; `b` of the other: the link stood between them.
        link: The identifier key, or the id of the merge decision, that would have joined them.
        veto: Id of the veto in force.
        against: Ids of the two identities that the veto names; they had already been joined to `a` and `b`.
    """

    a: str
    b: str
    link: str
    veto: str
    against: tuple[str, str]


@attrs.frozen(slots=True, kw_only=True)
class Verdict:
    """Is the outcome of the fold.

    Attributes:
        persons: Identity id to person id.
        refused: The unions that vetoes forbade, in the order in which they were tried.
    """

    persons: Mapping[str, str]
    refused: tuple[Refusal, ...] = ()


class _Groups:
    """Is a union-find whose groups know the vetoes that lie on them."""

    def __init__(self, names: Iterable[str], vetoes: Iterable[Decision] = ()) -> None:
        self.parent = {name: name for name in names}
        self.size = dict.fromkeys(self.parent, 1)
        self.vetoes: dict[str, list[Decision]] = defaultdict(list)
        for veto in vetoes:
            self.vetoes[veto.a].append(veto)
            self.vetoes[veto.b].append(veto)

    def root(self, name: str) -> str:
        while (above := self.parent[name]) != name:
            self.parent[name] = name = self.parent[above]
        return name

    def veto(self, a: str, b: str) -> Decision | None:
        """The earliest veto between the groups of two roots."""
        fewer = min(self.vetoes.get(a, []), self.vetoes.get(b, []), key=len)
        between = [veto for veto in fewer if {self.root(veto.a), self.root(veto.b)} == {a, b}]
        return min(between, key=_by_age, default=None)

    def join(self, a: str, b: str) -> Decision | None:
        """Joins the groups of two names, or returns the veto that forbids it."""
        a, b = self.root(a), self.root(b)
        if a == b:
            return None
        if (veto := self.veto(a, b)) is not None:
            return veto
        big, small = (a, b) if self.size[a] >= self.size[b] else (b, a)
        self.parent[small] = big
        self.size[big] += self.size[small]
        if small in self.vetoes:
            self.vetoes[big] += self.vetoes.pop(small)
        return None


def _by_age(decision: Decision) -> tuple[datetime, str]:
    return decision.at, decision.key


def hubs_of(evidence: Iterable[Evidence], *, max_key: int = MAX_KEY) -> frozenset[str]:
    """Returns the keys of the identifiers that more than `max_key` identities hold in a form that could link them."""
    counts: dict[str, int] = defaultdict(int)
    for item in evidence:
        if item.can_link:
            counts[item.identifier.key] += 1
    return frozenset(key for key, count in counts.items() if count > max_key)


def decide(
    identities: Sequence[Identity],
    evidence: Iterable[Evidence],
    decisions: Iterable[Decision],
    *,
    max_key: int = MAX_KEY,
    hubs: frozenset[str] = frozenset(),
) -> Verdict:
    """Returns which identities are one person, and which unions were refused by which veto.

    Args:
        identities: The identities to sort into persons.
        evidence: What they were seen with, one item per identity and identifier.
        decisions: Merges and vetoes; withdrawn ones, and ones about other identities, have no say.
        max_key: An identifier held by more identities links nothing.
        hubs: Keys of identifiers known to be held by too many, though not all holders are among `identities`.

    Example:
        >>> from datetime import UTC, datetime
        >>> from crmkit.identifiers import Identifier
        >>> at = datetime(2026, 11, 1, tzinfo=UTC)
        >>> made = [Identity(id=i, key=f"account:taobao:{i}", first_seen=at, person=i, component=i) for i in "ab"]
        >>> mail = Identifier("email", "mei@example.com")
        >>> seen = [Evidence(identity=i, identifier=mail, first_seen=at, last_seen=at) for i in "ab"]
        >>> decide(made, seen, []).persons
        {'a': 'a', 'b': 'a'}
    """
    ordered = sorted(identities, key=lambda i: (i.first_seen, i.key))
    age = {identity.id: place for place, identity in enumerate(ordered)}
    said = sorted((d for d in decisions if d.holds and d.a in age and d.b in age), key=_by_age)
    groups = _Groups(age, [d for d in said if d.kind == "veto"])
    refused: list[Refusal] = []
    for decision in said:
        if decision.kind == "merge":
            _try(groups, decision.a, decision.b, decision.id, refused)
    for link, holders in rule_links(evidence, age, hubs, max_key):
        _join_holders(groups, holders, link, refused)
    first: dict[str, str] = {}
    persons = {identity.id: first.setdefault(groups.root(identity.id), identity.id) for identity in ordered}
    return Verdict(persons=persons, refused=tuple(refused))


def partition(
    identities: Sequence[Identity],
    evidence: Iterable[Evidence],
    decisions: Iterable[Decision],
    *,
    max_key: int = MAX_KEY,
    hubs: frozenset[str] = frozenset(),
) -> Mapping[str, str]:
    """Returns the map from identity id to person id: the same as `decide(...).persons`.

    Example:
        >>> partition([], [], [])
        {}
    """
    return decide(identities, evidence, decisions, max_key=max_key, hubs=hubs).persons


def components(
    identities: Iterable[Identity],
    evidence: Iterable[Evidence],
    decisions: Iterable[Decision],
    *,
    max_key: int = MAX_KEY,
    hubs: frozenset[str] = frozenset(),
    tied: Iterable[Sequence[str]] = (),
) -> dict[str, str]:
    """Returns for each identity the smallest id among all that links tie to it, vetoes and withdrawals apart.

    Persons never reach across components, so one component can be partitioned without looking at the others.
    `tied` are further identities that have to be looked at together.

    Example:
        >>> components([], [], [])
        {}
    """
    names = sorted(identity.id for identity in identities)
    groups = _Groups(names)
    for decision in decisions:
        if decision.kind == "merge" and decision.a in groups.parent and decision.b in groups.parent:
            groups.join(decision.a, decision.b)
    for _, holders in _holders(evidence, hubs, max_key):
        for item in holders[1:]:
            groups.join(holders[0].identity, item.identity)
    for together in tied:
        for other in together[1:]:
            groups.join(together[0], other)
    first: dict[str, str] = {}
    return {name: first.setdefault(groups.root(name), name) for name in names}


def _holders(evidence: Iterable[Evidence], hubs: frozenset[str], max_key: int) -> list[tuple[str, list[Evidence]]]:
    """The evidence that can link by identifier key, strongest first; hubs are out."""
    by_key: dict[str, list[Evidence]] = defaultdict(list)
    for item in evidence:
        if item.can_link:
            by_key[item.identifier.key].append(item)
    linking = [(key, items) for key, items in by_key.items() if key not in hubs and 1 < len(items) <= max_key]
    return sorted(linking, key=lambda pair: rank(pair[1][0].identifier))


def rule_links(
    evidence: Iterable[Evidence], age: Mapping[str, int], hubs: frozenset[str], max_key: int
) -> Iterable[tuple[str, list[str]]]:
    """Gives the identifiers that link today, strongest first, each with its holders, the oldest first.

    Example:
        >>> list(rule_links([], {}, frozenset(), MAX_KEY))
        []
    """
    for key, items in _holders(evidence, hubs, max_key):
        valid = [item.identity for item in items if item.identifier.links_alone and item.identity in age]
        yield key, sorted(valid, key=age.__getitem__)


def _join_holders(groups: _Groups, holders: Sequence[str], link: str, refused: list[Refusal]) -> None:
    """Joins each holder to the first group of earlier holders that no veto keeps it from."""
    heads: list[str] = []
    for holder in holders:
        for head in heads:
            if _try(groups, head, holder, link, refused):
                break
        else:
            heads.append(holder)


def _try(groups: _Groups, a: str, b: str, link: str, refused: list[Refusal]) -> bool:
    veto = groups.join(a, b)
    if veto is None:
        return True
    sides = (veto.a, veto.b) if groups.root(veto.a) == groups.root(a) else (veto.b, veto.a)
    refused.append(Refusal(a=a, b=b, link=link, veto=veto.id, against=sides))
    return False
