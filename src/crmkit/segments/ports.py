"""What the segments of a store need of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Protocol

from crmkit.analytics.frames import FrameUnit
from crmkit.segments.model import Member, SnapshotInfo
from crmkit.unit import Unit

if TYPE_CHECKING:
    from crmkit.segmentation import Rule

__all__ = ["RuleAsker", "SegmentBookUnit", "SegmentsUnit", "SnapshotRepository"]


class SnapshotRepository(Protocol):
    """Is all snapshots of one tenant with their members; the laws are those of `SegmentsContract`."""

    def get(self, id_: str) -> SnapshotInfo:
        """Returns what a snapshot is of.

        Raises:
            NotFoundError: There is no such snapshot.
        """
        ...

    def page(
        self, name: str | None, *, before: datetime | None = None, digest: str | None = None, limit: int
    ) -> tuple[SnapshotInfo, ...]:
        """Returns up to `limit` snapshots, the newest `as_of` first, then the latest made, then by id from the last.

        Args:
            name: Those of this name; None for all names.
            before: Those whose `as_of` is earlier than this.
            digest: Those that answer this question.
            limit: The most that are returned.
        """
        ...

    def members(self, id_: str, *, after: str | None = None, limit: int) -> tuple[Member, ...]:
        """Returns up to `limit` members with a customer behind `after`, by customer in the order of code points.

        A snapshot that is not there has none.
        """
        ...

    def claim(self, name: str) -> None:
        """Keeps other writers of snapshots of this name away until the unit ends."""
        ...

    def put(self, info: SnapshotInfo, some: Sequence[Member]) -> None:
        """Writes a snapshot with all its members, or nothing.

        Raises:
            DuplicateError: There is one with this id.
        """
        ...

    def remove(self, id_: str) -> None:
        """Removes a snapshot and its members.

        Raises:
            NotFoundError: There is no such snapshot.
        """
        ...


class SegmentsUnit(Unit, Protocol):
    """Is the slice of a unit that keeps snapshots."""

    @property
    def snapshots(self) -> SnapshotRepository:
        """The snapshots of segments."""
        ...


class SegmentBookUnit(SegmentsUnit, FrameUnit, Protocol):
    """Is the slice of a unit that `SegmentBook` needs: snapshots, and the orders and persons that they are made of."""


class RuleAsker(Protocol):
    """Asks a saved rule where the orders lie, so that they need not be read; what it answers is what a frame would."""

    def __call__(
        self, rule: Rule, *, as_of: datetime, currency: str, zone: tzinfo, since: datetime | None
    ) -> tuple[str, int, tuple[str, ...]]:
        """Returns the engine's name, how many customers bought, and the ids of those for whom the rule is true.

        It is asked rules alone whose fields are `frequency`, `monetary`, `first_purchase`, `last_purchase` or
        `currency`.
        """
        ...
