"""The values of segments in a store: snapshots of who belongs to which, and what changed between two of them."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import attrs

from crmkit.clock import require_aware
from crmkit.errors import InputError
from crmkit.segments.texts import digest_of, require_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MEMBER", "NOBODY", "Changes", "Member", "Move", "Snapshot", "SnapshotInfo"]

Member = tuple[str, str]
"""A customer (person id) and the code of the one segment that they belong to."""

MEMBER = "member"
"""The segment of those for whom a rule is true."""

NOBODY = "prospect"
"""Where a customer stands who is in no segment: not bought yet, or not in the rule."""


def _name(_: Any, attribute: attrs.Attribute[Any], value: object) -> None:
    require_text(attribute.name, value, longest=128)


def _counts(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(counts)


def _instant(value: datetime) -> datetime:
    return require_aware(value, "the moment of a snapshot").astimezone(UTC)


@attrs.frozen(kw_only=True, slots=True)
class SnapshotInfo:
    """Says what a snapshot is of, without its members.

    Attributes:
        name: What the shop calls it ("weekly"), up to 128 signs; empty for one that is not kept.
        as_of: The moment of the answer, excluded, in UTC.
        digest: Digest of what was asked: two snapshots with one digest were asked the same.
        question: What was asked, as plain JSON values; a saved rule lies under `rule`.
        engine: What counted ("pandas", "sqlite", "postgresql").
        made_at: When it was made.
        customers: How many customers with a purchase were looked at.
        counts: From the code of each segment that has members to their number, the largest first.
        id: The same for one name, `as_of` and question on every machine.

    Raises:
        InputError: A naive moment, or a name that cannot be kept.
    """

    name: str = attrs.field(validator=_name)
    as_of: datetime = attrs.field(converter=_instant)
    digest: str
    question: Mapping[str, Any] = attrs.field(converter=dict)
    engine: str
    made_at: datetime = attrs.field(converter=_instant)
    customers: int
    counts: Mapping[str, int] = attrs.field(converter=_counts)
    id: str = attrs.field(default=attrs.Factory(lambda info: info._id(), takes_self=True))

    def _id(self) -> str:
        return digest_of(self.name, self.as_of.isoformat(), self.digest)

    @property
    def count(self) -> int:
        """Number of members of all segments."""
        return sum(self.counts.values())


def _ordered(members: Iterable[Member]) -> tuple[Member, ...]:
    found = tuple(sorted((customer, segment) for customer, segment in members))
    for (customer, _), (following, _) in pairwise(found):
        if customer == following:
            raise InputError(f"The customer {customer!r} is in a snapshot twice; each has one segment.")
    return found


@attrs.frozen(slots=True)
class Snapshot:
    """Holds who belongs to which segment at one moment; of a rule, who keeps it, in the one segment "member".

    The ids are those of persons when it was made; they stay valid for ever, also after merges.

    Attributes:
        info: What it is of.
        members: Customer and segment, by customer.

    Raises:
        InputError: A customer is in it twice.

    Example:
        >>> from datetime import UTC
        >>> at = datetime(2026, 11, 24, tzinfo=UTC)
        >>> snapshot = Snapshot.of([("bo", "lost"), ("ann", "champions")], name="weekly", as_of=at, digest="4f",
        ...                        question={"by": "grid"}, engine="pandas", made_at=at)
        >>> snapshot.counts, snapshot.customers("lost"), snapshot.segment_of("ann")
        ({'champions': 1, 'lost': 1}, ('bo',), 'champions')
    """

    info: SnapshotInfo
    members: tuple[Member, ...] = attrs.field(converter=_ordered, repr=False)

    @classmethod
    def of(cls, members: Iterable[Member], *, customers: int | None = None, **facts: Any) -> Snapshot:
        """Returns a snapshot of these members, counted; the facts are those of `SnapshotInfo`."""
        ordered = _ordered(members)
        for customer, segment in ordered:
            require_text("the id of a customer", customer, longest=64, is_needed=True)
            require_text("the code of a segment", segment, longest=64, is_needed=True)
            if segment == NOBODY:
                raise InputError(f"{NOBODY!r} says that somebody is in no segment; give the segment another code.")
        counts = Counter(segment for _, segment in ordered)
        largest_first = dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
        looked_at = len(ordered) if customers is None else customers
        return cls(SnapshotInfo(customers=looked_at, counts=largest_first, **facts), ordered)

    @property
    def id(self) -> str:
        """Its id: the same for one name, `as_of` and question on every machine."""
        return self.info.id

    @property
    def name(self) -> str:
        """What the shop calls it."""
        return self.info.name

    @property
    def as_of(self) -> datetime:
        """The moment of the answer, excluded."""
        return self.info.as_of

    @property
    def counts(self) -> Mapping[str, int]:
        """Number of members by segment, the largest first."""
        return self.info.counts

    def customers(self, segment: str) -> tuple[str, ...]:
        """Returns the ids of the members of a segment, ordered; none for a segment that nobody is in."""
        return tuple(customer for customer, own in self.members if own == segment)

    def segment_of(self, customer: str) -> str | None:
        """Returns the segment of a person, or None for somebody who is in none."""
        place = bisect_left(self.members, (customer, ""))
        if place < len(self.members) and self.members[place][0] == customer:
            return self.members[place][1]
        return None

    def frame(self) -> pd.DataFrame:
        """Returns the members as a pandas frame with columns `customer` and `segment`, by customer."""
        import pandas as pd

        customers, segments = zip(*self.members, strict=True) if self.members else ((), ())
        texts = {"customer": customers, "segment": segments}
        return pd.DataFrame({name: pd.Series(values, dtype="str") for name, values in texts.items()})


@attrs.frozen(slots=True)
class Move:
    """Says that a customer is in another segment than before.

    Attributes:
        customer: The person's id today.
        source: Where they were; "prospect" for nowhere.
        target: Where they are; "prospect" for nowhere.
    """

    customer: str
    source: str
    target: str


@attrs.frozen(slots=True, kw_only=True)
class Changes:
    """Holds what changed between two snapshots, told of the persons of today.

    Attributes:
        before: The earlier snapshot.
        after: The later one.
        moves: Who is in another segment, by customer.
        stayed: How many are in the segment where they were.
        merged: How many of the earlier snapshot are part of another of its customers today; they did not move.

    Example:
        >>> from datetime import UTC
        >>> at = datetime(2026, 11, 24, tzinfo=UTC)
        >>> info = Snapshot.of([], name="weekly", as_of=at, digest="4f", question={}, engine="pandas", made_at=at).info
        >>> changes = Changes(before=info, after=info, moves=(Move("ann", "new", "loyal"),), stayed=7)
        >>> changes.entered("loyal"), changes.left("new"), changes.entered("new")
        (('ann',), ('ann',), ())
    """

    before: SnapshotInfo
    after: SnapshotInfo
    moves: tuple[Move, ...] = attrs.field(repr=False)
    stayed: int
    merged: int = 0

    def entered(self, segment: str) -> tuple[str, ...]:
        """Returns who is in a segment and was not before, ordered."""
        return tuple(move.customer for move in self.moves if move.target == segment)

    def left(self, segment: str) -> tuple[str, ...]:
        """Returns who was in a segment and is not any more, ordered."""
        return tuple(move.customer for move in self.moves if move.source == segment)

    def frame(self) -> pd.DataFrame:
        """Returns the moves as a pandas frame `customer, from, to`, as `segmentation.movements` gives it."""
        import pandas as pd

        ends = {"customer": "customer", "from": "source", "to": "target"}
        return pd.DataFrame(
            {name: pd.Series([getattr(move, end) for move in self.moves], dtype="str") for name, end in ends.items()}
        )

    def __str__(self) -> str:
        lines = [f"{self.stayed:,} stayed, {len(self.moves):,} moved"]
        entered, left = (Counter(getattr(move, end) for move in self.moves) for end in ("target", "source"))
        for segment in sorted((set(entered) | set(left)) - {NOBODY}):
            lines.append(f"{segment}: {entered[segment]:,} entered, {left[segment]:,} left")
        return "\n".join(lines)
