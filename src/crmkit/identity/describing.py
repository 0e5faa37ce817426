"""What can be said of found persons without knowing the truth: their sizes, and where doubt is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from crmkit.identity.matching.tables import new_frame, opened

if TYPE_CHECKING:
    from crmkit.identity.matching.answers import Linked

__all__ = ["LinkDescription", "describe"]

_GUARDS = ("name", "surname", "size", "distinct", "veto")
_WEAK = 2.0
_SHOWN = 10


@attrs.frozen(slots=True, kw_only=True)
class LinkDescription:
    """Says how persons look and where they may be wrong.

    Attributes:
        records: Number of records; `persons` of persons.
        sizes: By number of records, how many persons have so many; ascending.
        weak: Persons whose weakest link by weight is less than two bits over the threshold.
        weakest: Ids of the persons with the weakest links and what those weigh, the ten weakest at most.
        vetoed: Persons beside which a guard or a veto keeps another that a link spoke for.
        review: Pairs that wait for a human; `in_review` the persons they are about.
    """

    records: int
    persons: int
    sizes: Mapping[int, int]
    weak: int
    weakest: tuple[tuple[Any, float], ...]
    vetoed: int
    review: int
    in_review: int
    _like: Any = attrs.field(default=None, repr=False, eq=False, alias="like")

    @property
    def largest(self) -> int:
        """Records of the largest person."""
        return max(self.sizes, default=0)

    @property
    def weak_rate(self) -> float:
        """Share of the persons whose weakest link is weak."""
        return self._share(self.weak)

    @property
    def veto_rate(self) -> float:
        """Share of the persons with a veto inside their component."""
        return self._share(self.vetoed)

    @property
    def review_rate(self) -> float:
        """Share of the persons that a waiting pair is about."""
        return self._share(self.in_review)

    def _share(self, count: int) -> float:
        return count / self.persons if self.persons else 0.0

    def to_frame(self) -> Any:
        """Returns one row per measure, `measure, value`; sizes as `persons of n`."""
        rows: dict[str, float] = {
            "records": self.records, "persons": self.persons, "largest": self.largest, "weak": self.weak,
            "weak_rate": self.weak_rate, "vetoed": self.vetoed, "veto_rate": self.veto_rate, "review": self.review,
            "review_rate": self.review_rate, **{f"persons of {size}": count for size, count in self.sizes.items()},
        }  # fmt: skip
        return new_frame({"measure": list(rows), "value": [float(value) for value in rows.values()]}, self._like)


def describe(linked: Linked) -> LinkDescription:
    """Returns what an answer of `dedupe`, `link` or `cluster` shows of its own quality, without any truth.

    None of it proves anything: many weak links, vetoes or large persons say where to look first.

    Example:
        >>> import pandas as pd
        >>> from crmkit.identity import dedupe
        >>> orders = pd.DataFrame({"no": ["o1", "o2", "o3"], "mail": ["mei@x.example.com", "MEI@x.example.com", None]})
        >>> told = describe(dedupe(orders, columns={"record_id": "no", "email": "mail"}))
        >>> told.persons, dict(told.sizes), told.weak, told.review_rate
        (2, {1: 1, 2: 1}, 0, 0.0)
    """
    persons, pairs, review = opened(linked.persons), opened(linked.pairs), opened(linked.review)
    person = dict(zip(persons["record_id"].to_list(), persons["person_id"].to_list(), strict=True))
    sizes = Counter(Counter(person.values()).values())
    weakest: dict[Any, float] = {}
    for record, weight in zip(pairs["left"].to_list(), pairs["weight"].to_list(), strict=True):
        if weight is not None and weight == weight:  # a rule's link weighs nothing
            weakest[person[record]] = min(weight, weakest.get(person[record], weight))
    ends = zip(review["left"].to_list(), review["right"].to_list(), review["reason"].to_list(), strict=True)
    waiting = [(person[a], person[b], reason) for a, b, reason in ends]
    ordered = sorted(weakest.items(), key=lambda item: (item[1], str(item[0])))
    return LinkDescription(
        records=len(person),
        persons=len(set(person.values())),
        sizes=dict(sorted(sizes.items())),
        weak=sum(weight < linked.model.accept + _WEAK for weight in weakest.values()),
        weakest=tuple(ordered[:_SHOWN]),
        vetoed=len({each for *both, reason in waiting if reason in _GUARDS for each in both}),
        review=len(waiting),
        in_review=len({each for *both, _ in waiting for each in both}),
        like=linked.persons,
    )
