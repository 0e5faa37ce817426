"""Cases for a human: two persons side by side, why they may be one, and what would change if they were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

import attrs

from crmkit.errors import InputError
from crmkit.identity.explaining import Explanation

if TYPE_CHECKING:
    from crmkit.identity.matching.trace import Trace

__all__ = ["ReviewCase", "ReviewSide", "review_cases"]

_SHOWN = ("name", "phone", "email", "account", "address", "card", "payer", "birthday", "shop")
"""What stands side by side, in this order."""
_LATE = 2**62


@attrs.frozen(slots=True, kw_only=True)
class ReviewSide:
    """Is one of the two persons of a case.

    Attributes:
        record: Id of the record that the case is about; `person` of the person it belongs to.
        records: How many records the person has.
        first: Day of the first of them, YYYY-MM-DD, or "" where no moments are known; `last` of the last.
        values: By comparison (and "shop") the distinct values of all of them with their counts, the record's own first;
            masked, unless they were asked for as they are.
    """

    record: str
    person: str
    records: int
    first: str = ""
    last: str = ""
    values: Mapping[str, tuple[tuple[str, int], ...]] = attrs.field(factory=dict, repr=False)


@attrs.frozen(slots=True, kw_only=True)
class ReviewCase:
    """Is one question for a human.

    Attributes:
        reason: "band", "household", or the guard that refused the two, as in `linked.review`; or the caller's own.
        explanation: Why the two records may be one person's.
        left: The one person; `right` the other.
        merged: Id of the person that the two would be: of the one whose first record is older.
    """

    reason: str
    explanation: Explanation
    left: ReviewSide
    right: ReviewSide
    merged: str

    @property
    def records(self) -> int:
        """How many records the one person would have."""
        return self.left.records + self.right.records


def review_cases(
    linked: Any, *, pairs: Iterable[tuple[Any, Any, str]] | None = None, persons: Mapping[Any, str] | None = None,
    limit: int | None = None, show_values: bool = False,
) -> tuple[ReviewCase, ...]:  # fmt: skip
    """Returns the cases of `linked.review` in its order, the strongest first.

    Args:
        linked: What `dedupe` or `link` returned; its frame must not have been changed since.
        pairs: Other pairs to ask about instead: the two records and the reason.
        persons: By record the person that it belongs to today, where that is kept elsewhere; None takes the answer's.
        limit: So many at most; None for all.
        show_values: Tell values as they are; without it they are masked.

    Raises:
        InputError: The links were made elsewhere.
        NotFoundError: A record of `pairs` that was not linked.

    Example:
        >>> import pandas as pd
        >>> from crmkit.identity import dedupe
        >>> mails = ["mei.example@example.com", "mei.example@example.com"]
        >>> orders = pd.DataFrame({"no": ["o1", "o2"], "mail": mails, "to": ["王小明", "Bob Example"]})
        >>> found = dedupe(orders, columns={"record_id": "no", "email": "mail", "name": "to", "account": "no"})
        >>> [(case.reason, case.left.values["name"], case.records) for case in review_cases(found)]
        [('name', (('王*明', 1),), 2)]
    """
    from crmkit.identity.matching.grounds import Explainer
    from crmkit.identity.matching.tables import opened

    trace: Trace | None = linked.trace
    if trace is None:
        raise InputError("These links were made elsewhere, so the records behind them are not known.")
    waiting = opened(linked.review).select("left", "right", "reason").iter_rows() if pairs is None else iter(pairs)
    rows = list(islice(waiting, limit))
    places = [(trace.place(left), trace.place(right)) for left, right, _ in rows]
    if persons is None:
        answer = opened(linked.persons)
        persons = dict(zip(answer["record_id"].to_list(), answer["person_id"].to_list(), strict=True))
    explainer = Explainer(trace, show_values=show_values)
    explainer.compare(places)
    told = _Persons(trace, persons, [at for pair in places for at in pair], show_values=show_values)
    return tuple(
        ReviewCase(
            reason=reason,
            explanation=explainer.pair(*pair),
            left=told.side(pair[0]),
            right=told.side(pair[1]),
            merged=told.older(*pair),
        )
        for (_, _, reason), pair in zip(rows, places, strict=True)
    )


class _Persons:
    """Gives the persons of some records, with the values of all their records read at once."""

    def __init__(self, trace: Trace, persons: Mapping[Any, str], places: Sequence[int], *, show_values: bool) -> None:
        from crmkit.identity.matching.showing import values_of

        self.trace = trace
        self.person = [persons.get(record, record) for record in trace.features.ids]
        self.members: dict[Any, list[int]] = {self.person[at]: [] for at in places}
        for at, person in enumerate(self.person):
            if person in self.members:
                self.members[person].append(at)
        every = sorted(at for members in self.members.values() for at in members)
        rows = [int(trace.features.row[at]) for at in every]
        told = values_of(trace.frame, trace.columns, rows, _SHOWN, show=show_values) if rows else []
        self.values = dict(zip(every, told, strict=True))

    def side(self, at: int) -> ReviewSide:
        """What is told of a record's person."""
        person = self.person[at]
        members = self.members[person]
        days = sorted(_days(int(self.trace.features.seen[member]) for member in members))
        return ReviewSide(
            record=str(self.trace.features.ids[at]),
            person=str(person),
            records=len(members),
            first=days[0] if days else "",
            last=days[-1] if days else "",
            values={name: self._distinct(name, at, members) for name in _SHOWN},
        )

    def _distinct(self, name: str, at: int, members: Sequence[int]) -> tuple[tuple[str, int], ...]:
        counts = Counter(value for member in members if (value := self.values[member][name]))
        own = self.values[at][name]
        return tuple(sorted(counts.items(), key=lambda item: (item[0] != own, -item[1], item[0])))

    def older(self, left: int, right: int) -> str:
        """The person of the two whose first record is older; places are in the order of the ids, which breaks ties."""
        return str(min((self.person[left], self.person[right]), key=self._first))

    def _first(self, person: Any) -> tuple[int, int]:
        return min((int(self.trace.features.seen[at]), at) for at in self.members[person])


def _days(moments: Iterator[int]) -> Iterator[str]:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    for ticks in moments:
        if ticks < _LATE:
            yield (epoch + timedelta(microseconds=ticks // 1000)).date().isoformat()
