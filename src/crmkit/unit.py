"""Unit of work, by the slice: what every store gives and every service asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Protocol, Self, TypeVar

from crmkit.errors import DuplicateError, InputError, StaleRecordError, StoreUnavailable
from crmkit.events import Event, EventHandler, OutboxEntry

__all__ = ["Outbox", "OutboxUnit", "Store", "Unit", "in_unit"]


class Unit(Protocol):
    """Is one all-or-nothing piece of work on a store.

    Used as a context manager. Leaving it without `commit()` keeps nothing. After `commit()` it does no more work.
    Feature slices derive from it and add one read-only property per repository.
    """

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def emit(self, events: Iterable[Event]) -> None:
        """Puts events into the outbox; they are handed on only if and after this unit's work is kept."""
        ...

    def commit(self) -> None:
        """Keeps everything done in this unit (inside a host's transaction: leaves that to the host's commit)."""
        ...


class Outbox(Protocol):
    """Is the list of events that a host's own relay drains with a cursor."""

    def read(self, *, after: int, limit: int) -> tuple[OutboxEntry, ...]:
        """Returns up to `limit` entries with `position > after`, by position.

        Positions are given to kept entries at their first reading, in the order of their ids, so that an entry of
        a slow transaction can never slip in behind a cursor. Reading therefore writes: commit the unit.
        """
        ...

    def remove(self, *, through: int) -> int:
        """Removes the entries with `position <= through`; returns how many."""
        ...


class OutboxUnit(Unit, Protocol):
    """Is the slice of a unit that a relay needs."""

    @property
    def outbox(self) -> Outbox:
        """The events not yet removed."""
        ...


U_co = TypeVar("U_co", bound=Unit, covariant=True)


class Store(Protocol[U_co]):
    """Opens units of work on one tenant's data.

    One thread has at most one unit of a store open at a time.
    """

    def unit(self, *, read_only: bool = False) -> U_co:
        """Returns a new unit; `read_only=True` promises not to write, so that writers need not wait."""
        ...

    def subscribe(self, handler: EventHandler) -> None:
        """Calls `handler` with each event once it is true: after our commit, or after the host's."""
        ...


U = TypeVar("U", bound=Unit)
T = TypeVar("T")


def in_unit(store: Store[U], work: Callable[[U], T], *, attempts: int = 3) -> T:
    """Runs `work` in a unit, commits, and returns its result; repeats it where another writer got in between.

    Args:
        store: Where the unit is opened.
        work: Does everything inside the unit; must be repeatable, because nothing of a failed attempt is kept.
        attempts: How often it is tried on a duplicate, stale or unavailable record before the error is passed on.

    Raises:
        DuplicateError, StaleRecordError, StoreUnavailable: The last attempt's error.
    """
    for left in range(attempts - 1, -1, -1):
        try:
            with store.unit() as unit:
                result = work(unit)
                unit.commit()
                return result
        except (DuplicateError, StaleRecordError, StoreUnavailable):
            if not left:
                raise
    raise InputError("attempts is a whole number above zero.")
