"""The way of links from one record of a person to another: the one whose weakest link is the strongest."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

__all__ = ["way_between"]

Pair = tuple[int, int]


def way_between(
    a: int, b: int, *, groups: Sequence[Sequence[int]], links: Mapping[Pair, float], places: Iterable[int]
) -> list[int]:
    """Returns the places from one to the other, both included; [] where nothing ties them.

    Of all ways the one whose weakest link is the strongest is taken, of those the shortest, then the one of the smaller
    places. Links by rule are stronger than any weight.

    Args:
        a: Where the way begins.
        b: Where it ends.
        groups: Places that a rule ties to each other.
        links: By pair of places, what the link weighs.
        places: All places that the way may touch.

    Example:
        >>> links = {(0, 1): 9.0, (1, 2): 8.0, (0, 2): 5.0, (2, 3): 7.0}
        >>> way_between(0, 3, groups=[], links=links, places=range(5))
        [0, 1, 2, 3]
        >>> way_between(0, 3, groups=[[0, 4, 3]], links=links, places=range(5))
        [0, 3]
    """
    weakest = _weakest(a, b, groups, links, places)
    if weakest is None:
        return []
    near: dict[int, set[int]] = {}
    for one, other in (pair for pair, weight in links.items() if weight >= weakest):
        near.setdefault(one, set()).add(other)
        near.setdefault(other, set()).add(one)
    held: dict[int, list[int]] = {}
    for at, group in enumerate(groups):
        for place in group:
            held.setdefault(place, []).append(at)
    before, left_groups, waiting = {a: a}, set(range(len(groups))), deque([a])
    while waiting and b not in before:
        here = waiting.popleft()
        reached = set(near.get(here, ()))
        for at in left_groups.intersection(held.get(here, ())):
            reached.update(groups[at])
            left_groups.discard(at)
        for place in sorted(reached - before.keys()):
            before[place] = here
            waiting.append(place)
    way = [b]
    while way[-1] != a:
        way.append(before[way[-1]])
    return way[::-1]


def _weakest(
    a: int, b: int, groups: Sequence[Sequence[int]], links: Mapping[Pair, float], places: Iterable[int]
) -> float | None:
    """The weight of the best way's weakest link: the one that ties the two when links are added strongest first."""
    parent = {place: place for place in places}

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = at = parent[parent[at]]
        return at

    for group in groups:
        for place in group[1:]:
            parent[root(place)] = root(group[0])
    if root(a) == root(b):
        return float("inf")
    for (one, other), weight in sorted(links.items(), key=lambda item: (-item[1], item[0])):
        parent[root(one)] = root(other)
        if root(a) == root(b):
            return weight
    return None
