"""Vetoes: which one stands between two customers, and which ones keep the groups of a split apart. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from itertools import combinations

from crmkit.errors import InputError
from crmkit.identity.model import Decision, Neighbourhood
from crmkit.identity.modelling import ties_between

__all__ = ["checked_groups", "is_between", "members_with", "pairs_apart", "veto_between"]


def members_with(customer: str, hood: Neighbourhood) -> list[str]:
    """Returns the ids of the identities that are one person with a customer, itself included."""
    person = next(identity.person for identity in hood.identities if identity.id == customer)
    return [identity.id for identity in hood.identities if identity.person == person]


def is_between(decision: Decision, side_of: Mapping[str, int]) -> bool:
    """Returns whether it is a veto in force that names identities of two different sides."""
    a, b = side_of.get(decision.a), side_of.get(decision.b)
    return decision.kind == "veto" and decision.holds and a is not None and b is not None and a != b


def veto_between(a: str, b: str, hood: Neighbourhood, decisions: Iterable[Decision]) -> Decision | None:
    """Returns the first veto in force between the persons of two customers."""
    side_of = dict.fromkeys(members_with(b, hood), 1) | dict.fromkeys(members_with(a, hood), 0)
    return next((decision for decision in decisions if is_between(decision, side_of)), None)


def checked_groups(groups: Sequence[Sequence[str]]) -> dict[str, int]:
    """Returns the number of its group for each identity.

    Raises:
        InputError: Fewer than two groups, an empty one, or an identity named twice.
    """
    side_of = {identity: number for number, group in enumerate(groups) for identity in group}
    if len(groups) < 2 or not all(groups):
        raise InputError("A split needs two or more groups, each of one identity or more.")
    if len(side_of) != sum(map(len, groups)):
        raise InputError("A split names each identity once.")
    return side_of


def pairs_apart(
    person: str, side_of: Mapping[str, int], hood: Neighbourhood, decisions: Iterable[Decision]
) -> list[tuple[str, str, str]]:
    """Returns the vetoes still missing, each as two identities in order of age and a key of its own.

    Every pair of identities across groups that one identifier or one merge ties together is vetoed: were it left, that
    tie could be stronger than the one inside a group. Two groups without a direct tie get one veto, between their
    oldest identities.

    Raises:
        InputError: The groups are not exactly the identities of one person, and are not apart already.
    """
    persons = {identity.id: identity.person for identity in hood.identities}
    if _are_apart(side_of, persons):
        return []
    members = {id_ for id_, owner in persons.items() if owner == persons[person]}
    if members != set(side_of):
        odd = ", ".join(sorted(members ^ set(side_of))[:5])
        raise InputError(f"A split names exactly the identities of the person {person!r}; too few or too many: {odd}.")
    decisions = tuple(decisions)
    age = {i.id: place for place, i in enumerate(sorted(hood.identities, key=lambda i: (i.first_seen, i.key)))}
    pairs = {pair for pair in _ties(hood, decisions, age) if pair[0] in side_of and pair[1] in side_of}
    apart = {(a, b) for a, b in pairs if side_of[a] != side_of[b]}
    tied = {frozenset((side_of[a], side_of[b])) for a, b in apart}
    oldest = [
        min((i for i in side_of if side_of[i] == side), key=age.__getitem__)
        for side in range(max(side_of.values()) + 1)
    ]
    apart |= {
        _in_order(oldest[x], oldest[y], age)
        for x, y in combinations(range(len(oldest)), 2)
        if frozenset((x, y)) not in tied
    }
    vetoed = {frozenset((d.a, d.b)) for d in decisions if d.kind == "veto" and d.holds}
    times = _times_vetoed(decisions)
    missing = sorted((p for p in apart if frozenset(p) not in vetoed), key=lambda p: (age[p[0]], age[p[1]]))
    return [(a, b, _key(a, b, times[frozenset((a, b))])) for a, b in missing]


def _are_apart(side_of: Mapping[str, int], persons: Mapping[str, str]) -> bool:
    sides: dict[str, set[int]] = defaultdict(set)
    for identity, side in side_of.items():
        sides[persons[identity]].add(side)
    return all(len(met) == 1 for met in sides.values())


def _ties(hood: Neighbourhood, decisions: Iterable[Decision], age: Mapping[str, int]) -> Iterable[tuple[str, str]]:
    holders: dict[str, list[str]] = defaultdict(list)
    for item in hood.evidence:
        if item.can_link and item.identifier.key not in hood.hubs:
            holders[item.identifier.key].append(item.identity)
    for held_by in holders.values():
        for a, b in combinations(held_by, 2):
            yield _in_order(a, b, age)
    for a, b in ties_between(hood):
        yield _in_order(a, b, age)
    for decision in decisions:
        if decision.kind == "merge" and decision.holds and decision.a in age and decision.b in age:
            yield _in_order(decision.a, decision.b, age)


def _in_order(a: str, b: str, age: Mapping[str, int]) -> tuple[str, str]:
    return (a, b) if age[a] <= age[b] else (b, a)


def _times_vetoed(decisions: Iterable[Decision]) -> dict[frozenset[str], int]:
    times: dict[frozenset[str], int] = defaultdict(int)
    for decision in decisions:
        if decision.kind == "veto":
            times[frozenset((decision.a, decision.b))] += 1
    return times


def _key(a: str, b: str, times: int) -> str:
    """A key that is the same for the same pair, and another one when an earlier veto of the pair was withdrawn."""
    return f"split:{blake2b(f'{a}|{b}'.encode(), digest_size=16).hexdigest()}:{times + 1}"
