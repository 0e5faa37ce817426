"""What the ledger tells: one event per entry that moves points."""

from __future__ import annotations

import attrs

from crmkit.events import Event
from crmkit.loyalty.model import Entry
from crmkit.loyalty.storable import digest_of

__all__ = [
    "PointsAdjusted",
    "PointsAwarded",
    "PointsEarned",
    "PointsEvent",
    "PointsRedeemed",
    "PointsRestored",
    "PointsTakenBack",
    "event_of",
]


@attrs.frozen(kw_only=True, slots=True)
class PointsEvent(Event):
    """Is one movement of points.

    Attributes:
        account: Id of the account.
        entry: Id of the entry.
        points: Signed.
        order: The order's key as text, or None.
        reason: Why, for people.
    """

    account: str
    entry: str
    points: int
    order: str | None
    reason: str


@attrs.frozen(kw_only=True, slots=True)
class PointsEarned(PointsEvent):
    """Says that an order earned points."""


@attrs.frozen(kw_only=True, slots=True)
class PointsAwarded(PointsEvent):
    """Says that the shop granted points by hand."""


@attrs.frozen(kw_only=True, slots=True)
class PointsRedeemed(PointsEvent):
    """Says that points were spent."""


@attrs.frozen(kw_only=True, slots=True)
class PointsTakenBack(PointsEvent):
    """Says that a refunded order's points were taken back."""


@attrs.frozen(kw_only=True, slots=True)
class PointsRestored(PointsEvent):
    """Says that points spent on a refunded order were given back."""


@attrs.frozen(kw_only=True, slots=True)
class PointsAdjusted(PointsEvent):
    """Says that points were corrected by hand."""


_KINDS: dict[str, type[PointsEvent]] = {
    "earn": PointsEarned,
    "redeem": PointsRedeemed,
    "reverse": PointsTakenBack,
    "restore": PointsRestored,
    "adjust": PointsAdjusted,
}


def event_of(entry: Entry) -> PointsEvent:
    """Returns what the ledger tells of an entry; the event's key follows from the entry's own."""
    kind = _KINDS[entry.kind] if entry.kind != "earn" or entry.order is not None else PointsAwarded
    return kind(
        key=f"points:{digest_of(entry.key)}:{entry.leg}",
        at=entry.at,
        account=entry.account,
        entry=entry.id,
        points=entry.points,
        order=None if entry.order is None else str(entry.order),
        reason=entry.reason,
    )
