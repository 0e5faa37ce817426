"""Groups of records that grow by links, unless a guard refuses: unlike names, too many records, a veto."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import attrs

from crmkit.identity.matching.comparing import are_unlike

__all__ = ["Groups", "Refused"]


@attrs.frozen(slots=True)
class Refused:
    """Is a union that a guard forbade.

    Attributes:
        left, right: Places of the two that the link stood between.
        weight: What the link weighed.
        guard: "name", "surname", "size", "distinct" or "veto".
    """

    left: int
    right: int
    weight: float
    guard: str


class Groups:
    """Is a union-find whose groups know their names, their sizes and their vetoes.

    Attributes:
        names: By group, how many records bear each full name.
        surnames: By group, how many records bear each surname and no full name.
        sources: By group, the sources it has a record of that may have but one.
        refused: The unions that guards forbade; `joined` those that were made.
    """

    def __init__(
        self, label: Sequence[int], size: Sequence[int], keys: Sequence[str], *, surname_of: Sequence[int] = (),
        max_person: int,
        vetoes: Iterable[tuple[int, int]] = (), sources: Mapping[int, frozenset[int]] | None = None,
    ) -> None:  # fmt: skip
        self.parent = list(label)
        self.size = list(size)
        self.keys = keys
        self.surname_of = surname_of
        self.max_person = max_person
        self.names: dict[int, dict[int, int]] = {}
        self.surnames: dict[int, dict[int, int]] = {}
        self.sources = dict(sources or {})
        self.vetoes: dict[int, set[int]] = {}
        for a, b in vetoes:
            self.vetoes.setdefault(a, set()).add(b)
            self.vetoes.setdefault(b, set()).add(a)
        self.refused: list[Refused] = []
        self.joined: list[tuple[int, int, float]] = []

    def root(self, at: int) -> int:
        """The place that stands for a place's group."""
        parent = self.parent
        while (above := parent[at]) != at:
            parent[at] = at = parent[above]
        return at

    def join(self, a: int, b: int, weight: float, *, by_model: bool = True, named: bool = True) -> bool:
        """Joins the groups of two places, or notes which guard refused it; unlike names count only if `named`."""
        places = (a, b)
        a, b = self.root(a), self.root(b)
        if a == b:
            return True
        guard = self.guard(a, b, by_model=by_model, named=named)
        if guard:
            self.refused.append(Refused(min(places), max(places), weight, guard))
            return False
        self.joined.append((*places, weight))
        low, high = (a, b) if a < b else (b, a)
        self.parent[high] = low
        self.size[low] += self.size[high]
        for counts in (self.names, self.surnames):
            _pour(counts, high, low)
        if high in self.sources:
            self.sources[low] = self.sources.get(low, frozenset()) | self.sources.pop(high)
        if high in self.vetoes:
            self.vetoes.setdefault(low, set()).update(self.vetoes.pop(high))
        return True

    def guard(self, a: int, b: int, *, by_model: bool, named: bool = True) -> str:
        """The guard that keeps two groups apart, or ""."""
        if self.vetoes and any(self.root(other) == b for other in self.vetoes.get(a, ())):
            return "veto"
        if self.sources and self.sources.get(a, frozenset()) & self.sources.get(b, frozenset()):
            return "distinct"
        if by_model and self.size[a] + self.size[b] > self.max_person:
            return "size"
        if not named:
            return ""
        left, right = self.names.get(a), self.names.get(b)
        if left and right:
            return "name" if _apart(left, right, self._unlike) else ""
        left, right = self._surnames(a), self._surnames(b)
        return "surname" if left and right and _apart(left, right, int.__ne__) else ""

    def _surnames(self, group: int) -> dict[int, int]:
        found = dict(self.surnames.get(group, {}))
        for name, count in self.names.get(group, {}).items():
            if (surname := self.surname_of[name]) >= 0:
                found[surname] = found.get(surname, 0) + count
        return found

    def _unlike(self, a: int, b: int) -> bool:
        return are_unlike(self.keys[a], self.keys[b])


def _pour(counts: dict[int, dict[int, int]], source: int, target: int) -> None:
    more = counts.pop(source, None)
    if more is None:
        return
    there = counts.setdefault(target, {})
    for value, count in more.items():
        there[value] = there.get(value, 0) + count


def _apart(left: dict[int, int], right: dict[int, int], unlike: Callable[[int, int], Any]) -> bool:
    if left.keys() == right.keys():
        return False
    a = _dominant(left)
    b = _dominant(right)
    return a not in right and b not in left and bool(unlike(a, b))


def _dominant(counts: dict[int, int]) -> int:
    if len(counts) == 1:
        return next(iter(counts))
    return min(counts, key=lambda value: (-counts[value], value))
