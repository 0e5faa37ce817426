"""Comparisons of two faces, level by level: the strongest level that is true, or nothing where a side is silent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from crmkit.identity.matching.codes import numbered
from crmkit.identity.matching.levenshtein import distance, distances
from crmkit.identity.matching.parts import HASHED
from crmkit.identity.normalise.nicknames import NICKNAMES, are_short_forms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from crmkit.identity.matching.facing import Faces
    from crmkit.identity.matching.features import Features

    Places = NDArray[np.integer[Any]]
    Levels = NDArray[np.int8]

__all__ = ["LEVELS", "Comparer", "are_unlike"]

LEVELS: Mapping[str, tuple[str, ...]] = {
    "name": ("same", "same reading", "near", "masked, last character", "masked, length", "surname", "else"),
    "phone": ("same", "mask", "one digit", "else"),
    "email": ("same", "same user", "near", "else"),
    "account": ("same", "else"),
    "card": ("same", "else"),
    "payer": ("same", "else"),
    "birthday": ("same", "else"),
    "address": ("unit", "street", "district", "city", "else"),
}
"""The levels of each comparison, strongest first; -1 stands for nothing to compare."""
_NEAR, _ELSE_NAME = 2, 6
_EQUAL: Mapping[str, tuple[str, str, int]] = {
    "phone": ("phone", "mask", 0), "email": ("email", "email", 0), "account": ("holder", "holder", 0),
    "card": ("card", "card", 0), "payer": ("payer", "payer", 0), "birthday": ("birthday", "birthday", 0),
    "address": ("home", "city", 0),
}  # fmt: skip
"""By comparison, the column whose equality is a level, the column that must be known, and the level."""


@lru_cache(maxsize=1 << 18)
def are_unlike(left: str, right: str) -> bool:
    """Returns whether two full names are too unlike to be one name: over three edits in ten letters, in any word order.

    Example:
        >>> are_unlike("bob obrien", "obrein bob"), are_unlike("na li", "wei wang")
        (False, True)
        >>> are_unlike("bob obrien", "obrien robert")
        False
    """
    if HASHED in left:
        return _are_hashes_unlike(left, right)
    longest = max(len(left), len(right))
    if 10 * distance(left, right) <= 3 * longest:
        return False
    (a, *b), (c, *d) = left.split(" ", 1), right.split(" ", 1)
    if not b or not d:
        return True
    if shared := {a, *b} & {c, *d}:
        one, other = (next(iter(names - shared), "") for names in ({a, *b}, {c, *d}))
        if are_short_forms(one, other):
            return False
    straight = distance(a, c) + distance(b[0], d[0])
    crossed = distance(a, d[0]) + distance(b[0], c)
    return 10 * min(straight, crossed) > 3 * longest


def _are_hashes_unlike(left: str, right: str) -> bool:
    """Whether two names of which only hashes are known share neither the given name nor the initials."""
    return left != right and not any(a == b != "" for a, b in zip(left.split(HASHED), right.split(HASHED), strict=True))


class Comparer:
    """Compares faces by place."""

    def __init__(self, features: Features, faces: Faces) -> None:
        import numpy as np

        self.columns = faces.columns
        names = features.names
        name = self.columns["name"]
        wanted = ("full", "written", "surname", "given", "last", "initial", "length", "masked", "script")
        self.names = {column: names.column(column, name) for column in wanted}
        self.names["masked"] = self.names["masked"] == 1
        self.keys = [key.rpartition(HASHED)[2] for key in names.keys]
        self.givens = names.givens
        known = frozenset(word for group in NICKNAMES for word in group)
        self.short = np.array([*(given in known for given in self.givens), False], bool)
        self.bags = _bags(self.keys)
        self.mails = features.tables["email"]
        self.streets = features.tables["street"]
        houses = [s.split(" ")[0] if s.isascii() and s[:1].isdigit() else None for s in self.streets]
        self.house = np.array([*numbered(houses)[0], -1])
        numbers = features.tables["phone"]
        raw = np.array([n.encode("ascii", "replace")[:16] for n in numbers] or [b""], "S16")
        self.digits = raw.view(np.uint8).reshape(len(raw), 16)
        self.number = faces.numbers

    def levels(self, left: Places, right: Places) -> dict[str, Levels]:
        """Returns by comparison the level of each pair."""
        found: dict[str, Callable[[Places, Places], Levels]] = {
            "name": self._name, "phone": self._phone, "email": self._email, "account": self._account,
            "address": self._address,
        }  # fmt: skip
        exact = {name: self._exact(name, left, right) for name in ("card", "payer", "birthday")}
        return {name: found[name](left, right) if name in found else exact[name] for name in LEVELS}

    def equal_pairs(self) -> dict[str, dict[int, tuple[float, float]]]:
        """Returns by comparison and level of equality: the equal pairs, and those with something to compare."""
        import numpy as np

        found: dict[str, dict[int, tuple[float, float]]] = {}
        for name, (column, of, level) in _EQUAL.items():
            equal = _pairs_within(self.columns[column])
            known = _pairs_within(np.where(self.columns[of] >= 0, 0, -1)) if name != "account" else 0.0
            found[name] = {level: (equal, known or _pairs_within(self.columns["scope"]))}
        return found

    def _exact(self, name: str, left: Places, right: Places) -> Levels:
        import numpy as np

        a, b = self.columns[name][left], self.columns[name][right]
        return np.where((a < 0) | (b < 0), -1, a != b).astype(np.int8)

    def _account(self, left: Places, right: Places) -> Levels:
        import numpy as np

        a, b = self.columns["holder"][left], self.columns["holder"][right]
        apart = self.columns["scope"][left] != self.columns["scope"][right]
        return np.where((a < 0) | (b < 0), -1, np.where(a == b, 0, np.where(apart, -1, 1))).astype(np.int8)

    def _address(self, left: Places, right: Places) -> Levels:
        import numpy as np

        def same(name: str) -> NDArray[np.bool_]:
            a, b = self.columns[name][left], self.columns[name][right]
            return np.asarray((a == b) & (a >= 0))

        near = same("city") | same("postcode")
        level = np.where(near, 3, 4).astype(np.int8)
        level[same("district")] = 2
        a, b = self.columns["street"][left], self.columns["street"][right]
        level[same("area") & (a == b) & (a >= 0)] = 1
        unlike = np.flatnonzero(same("area") & (a != b) & (self.house[a] >= 0) & (self.house[a] == self.house[b]))
        level[unlike[_are_near(a[unlike], b[unlike], self.streets, 20)]] = 1
        level[near & same("unit")] = 0
        silent = (self.columns["city"][left] < 0) | (self.columns["city"][right] < 0)
        level[silent & (level == 4)] = -1
        return level

    def _phone(self, left: Places, right: Places) -> Levels:
        import numpy as np

        a, b = self.columns["phone"][left], self.columns["phone"][right]
        hidden, shown = self.columns["mask"][left], self.columns["mask"][right]
        full = (a >= 0) & (b >= 0)
        level = np.where(full, 3, np.where((hidden < 0) | (shown < 0), -1, np.where(hidden == shown, 1, 3)))
        unlike = np.flatnonzero(full & (a != b))
        apart = self.digits[self.number[a[unlike]]] != self.digits[self.number[b[unlike]]]
        wrong = apart.sum(axis=1)
        level[unlike[wrong == 1]] = 2
        level[unlike[wrong == 0]] = -1  # a recycled number: its two owners share nothing
        level[full & (a == b)] = 0
        return level.astype(np.int8)

    def _email(self, left: Places, right: Places) -> Levels:
        import numpy as np

        a, b = self.columns["email"][left], self.columns["email"][right]
        user_a, user_b = self.columns["email_user"][left], self.columns["email_user"][right]
        level = np.where((user_a < 0) | (user_b < 0), -1, np.where(user_a == user_b, 1, 3))
        both = (a >= 0) & (b >= 0)
        unlike = np.flatnonzero((level == 3) & both)
        level[unlike[_are_near(a[unlike], b[unlike], self.mails, 15)]] = 2
        level[both & (a == b)] = 0
        return level.astype(np.int8)

    def _name(self, left: Places, right: Places) -> Levels:
        import numpy as np

        full_a, full_b = self.names["full"][left], self.names["full"][right]
        level = np.full(len(left), _ELSE_NAME, np.int8)
        both = (full_a >= 0) & (full_b >= 0)
        same = both & (full_a == full_b)
        level[same] = 1
        level[same & (self.names["written"][left] == self.names["written"][right])] = 0
        unlike = np.flatnonzero(both & ~same)
        level[unlike[_are_near(full_a[unlike], full_b[unlike], self.keys, 20, self.bags)]] = _NEAR
        level[unlike[self._short_forms(left[unlike], right[unlike])]] = _NEAR
        part = np.flatnonzero(~both)
        level[part] = self._partial(left[part], right[part])
        return level

    def _short_forms(self, left: Places, right: Places) -> NDArray[np.bool_]:
        """Whether two have one surname, and given names of which one is short for the other (Bob, Robert)."""
        import numpy as np

        given, surname = self.names["given"], self.names["surname"]
        a, b = given[left], given[right]
        found = (surname[left] == surname[right]) & (surname[left] >= 0) & self.short[a] & self.short[b] & (a != b)
        for at in np.flatnonzero(found).tolist():
            found[at] = are_short_forms(self.givens[a[at]], self.givens[b[at]])
        return np.asarray(found)

    def _partial(self, left: Places, right: Places) -> Levels:
        """The levels of pairs of which one name is masked, an initial, or a surname alone."""
        import numpy as np

        def two(column: str) -> tuple[NDArray[Any], NDArray[Any]]:
            return self.names[column][left], self.names[column][right]

        (s1, s2), (n1, n2), (l1, l2), (i1, i2) = two("surname"), two("length"), two("last"), two("initial")
        t1, t2 = two("script")
        masked = (self.names["masked"][left] | self.names["masked"][right]) & (t1 == t2)
        surname = (s1 == s2) & (s1 >= 0)
        fits = surname | (((s1 < 0) | (s2 < 0)) & masked)
        clash = ((i1 >= 0) & (i2 >= 0) & (i1 != i2)) | ((n1 > 0) & (n2 > 0) & (n1 != n2) & masked)
        clash |= (l1 >= 0) & (l2 >= 0) & (l1 != l2) & masked
        length = (n1 > 0) & (n1 == n2) & masked
        level = np.full(len(left), _ELSE_NAME, np.int8)
        level[surname & ~clash] = 5
        level[surname & length & ~clash] = 4
        level[fits & length & (l1 >= 0) & (l1 == l2) & ~clash] = 3
        level[surname & (i1 >= 0) & (i1 == i2) & ~masked] = _NEAR
        level[(self.columns["name"][left] < 0) | (self.columns["name"][right] < 0)] = -1
        return level


def _pairs_within(codes: NDArray[Any]) -> float:
    """How many pairs of places bear equal codes."""
    import numpy as np

    sizes = np.bincount(codes[codes >= 0]).astype(float)
    return float((sizes * (sizes - 1) / 2).sum())


def _bags(keys: list[str]) -> NDArray[np.uint8]:
    """How often each letter stands in each key: a lower bound of the distance that costs no strings."""
    import numpy as np

    bags = np.zeros((len(keys) + 1, 32), np.uint8)
    if not keys:
        return bags
    raw = np.array([key[:48] for key in keys], "U48").view(np.uint32).reshape(len(keys), -1)
    for place in range(raw.shape[1]):
        here = np.flatnonzero(raw[:, place])
        bags[here, raw[here, place] & 31] += 1
    return bags


def _are_near(
    a: NDArray[Any], b: NDArray[Any], texts: list[str], percent: int, bags: NDArray[np.uint8] | None = None
) -> NDArray[np.bool_]:
    """Whether 100 times the distance is at most `percent` times the longer length; each pair of texts is read once."""
    import numpy as np

    low, high = np.minimum(a, b).astype(np.int64), np.maximum(a, b).astype(np.int64)
    pairs, back = np.unique(low * (len(texts) + 1) + high, return_inverse=True)
    low, high = pairs // (len(texts) + 1), pairs % (len(texts) + 1)
    sizes = np.array([len(text) for text in texts] or [0])
    most = np.maximum(sizes[low], sizes[high]) * percent // 100 if len(texts) else np.zeros(len(low), np.int64)
    possible = np.abs(sizes[low] - sizes[high]) <= most if len(texts) else np.zeros(len(low), bool)
    bags = _bags(texts) if bags is None else bags
    some = np.flatnonzero(possible)
    gap = np.abs(bags[low[some]].astype(np.int16) - bags[high[some]]).sum(axis=1)
    some = some[gap <= 2 * most[some]]
    near = np.zeros(len(pairs), bool)
    left, right = [texts[at] for at in low[some].tolist()], [texts[at] for at in high[some].tolist()]
    near[some] = distances(left, right) <= most[some]
    return near[back]
