"""What is told when segments of the store are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

import attrs

from crmkit.events import Event
from crmkit.segments.model import NOBODY, Changes, SnapshotInfo

__all__ = ["SnapshotTaken", "events_of"]


@attrs.frozen(kw_only=True, slots=True)
class SnapshotTaken(Event):
    """Says that a snapshot was kept; it comes before what it says of single customers.

    Attributes:
        snapshot: Its id.
        series: Its name.
        as_of: The moment of the answer.
        counts: Number of members by segment.
        previous: Id of the snapshot before, of the same name and question; None for the first one.
        moved: How many customers are in another segment than in that one.
    """

    snapshot: str
    series: str
    as_of: datetime
    counts: Mapping[str, int]
    previous: str | None
    moved: int


def events_of(info: SnapshotInfo, changes: Changes | None) -> Iterator[Event]:
    """Yields that a snapshot was kept, then for each customer who moved what they left and what they entered.

    Args:
        info: The new snapshot.
        changes: What changed since the one before; None where nothing is to be told of single customers.

    Example:
        >>> from datetime import UTC
        >>> from crmkit.segments import Changes, Move, Snapshot
        >>> at = datetime(2026, 11, 24, tzinfo=UTC)
        >>> info = Snapshot.of([], name="weekly", as_of=at, digest="4f", question={}, engine="pandas", made_at=at).info
        >>> changes = Changes(before=info, after=info, moves=(Move("ann", "new", "loyal"),), stayed=7)
        >>> [event.name for event in events_of(info, changes)]
        ['SnapshotTaken', 'SegmentLeft', 'SegmentEntered']
    """
    yield SnapshotTaken(
        key=f"segments:{info.id}",
        at=info.made_at,
        snapshot=info.id,
        series=info.name,
        as_of=info.as_of,
        counts=info.counts,
        previous=None if changes is None else changes.before.id,
        moved=0 if changes is None else len(changes.moves),
    )
    if changes is None:
        return
    from crmkit.segmentation.movements import movement_events

    told = movement_events(changes.frame(), at=info.as_of, kind=f"segments:{info.id}", series=info.name)
    # To be in no segment is none: nobody enters or leaves it.
    yield from (event for event in told if event.segment != NOBODY)
