"""The memory store and its unit of work: one unit at a time, undone unless committed."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self

from crmkit.errors import StorageError
from crmkit.events import Event, EventHandler, hand_on
from crmkit.ids import IdGenerator, UlidGenerator
from crmkit.storage.members import IdentityMembers
from crmkit.storage.memory.identity import MemoryDecisions, MemoryIdentities
from crmkit.storage.memory.linking import MemoryModels, MemoryReviews
from crmkit.storage.memory.loyalty import MemoryAccounts, MemoryEntries
from crmkit.storage.memory.orders import MemoryBatches, MemoryOrders
from crmkit.storage.memory.outbox import MemoryOutbox
from crmkit.storage.memory.records import MemoryRecords
from crmkit.storage.memory.segments import MemorySnapshots
from crmkit.storage.memory.tables import Journal, Tables
from crmkit.storage.memory.tickets import MemoryTickets

__all__ = ["MemoryStore", "MemoryUnit"]


class MemoryStore:
    """Keeps everything in this process; for tests, notebooks and as the reference for other stores.

    Args:
        ids: Generator of the ids of outbox entries.

    Example:
        >>> store = MemoryStore()
        >>> with store.unit() as unit:
        ...     unit.commit()
    """

    def __init__(self, *, ids: IdGenerator | None = None) -> None:
        self.ids = ids or UlidGenerator()
        self._rows: dict[str, dict[Any, Any]] = {}
        self._lock = threading.Lock()
        self._owner: int | None = None
        self._handlers: list[EventHandler] = []

    def unit(self, *, read_only: bool = False) -> MemoryUnit:
        """Returns a new unit; it waits at its entry until no other unit is open."""
        return MemoryUnit(self)

    def subscribe(self, handler: EventHandler) -> None:
        """Calls `handler` with each event after the commit that made it true."""
        self._handlers.append(handler)

    def _enter(self) -> None:
        if self._owner == threading.get_ident():
            raise StorageError("This thread has a unit of this store open already; leave it before opening another.")
        self._lock.acquire()
        self._owner = threading.get_ident()

    def _leave(self) -> None:
        self._owner = None
        self._lock.release()

    def _tell(self, events: Iterable[Event]) -> None:
        hand_on(events, self._handlers)


class MemoryUnit:
    """Is one unit of work on a `MemoryStore`; gives every repository."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._journal = Journal()
        self._tables = Tables(store._rows, self._journal)
        self._events: list[Event] = []
        self._kept: list[Event] = []

    def __enter__(self) -> Self:
        self._store._enter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._journal.undo()
        finally:
            self._store._leave()
        self._store._tell(self._kept)

    def emit(self, events: Iterable[Event]) -> None:
        """Puts events into the outbox and hands them on once this unit is kept."""
        told = list(events)
        self.outbox.append(told)
        self._events += told

    def commit(self) -> None:
        """Keeps what was done so far."""
        self._journal.forget()
        self._kept, self._events = self._events, []

    @property
    def outbox(self) -> MemoryOutbox:
        """The events not yet removed."""
        return MemoryOutbox(self._tables, self._store.ids)

    @property
    def orders(self) -> MemoryOrders:
        """The orders."""
        return MemoryOrders(self._tables)

    @property
    def batches(self) -> MemoryBatches:
        """The batches and what orders were before them."""
        return MemoryBatches(self._tables)

    @property
    def tickets(self) -> MemoryTickets:
        """The tickets and their audit records."""
        return MemoryTickets(self._tables)

    @property
    def snapshots(self) -> MemorySnapshots:
        """The snapshots of segments."""
        return MemorySnapshots(self._tables)

    @property
    def identities(self) -> MemoryIdentities:
        """Identities, evidence and the map."""
        return MemoryIdentities(self._tables)

    @property
    def identity_decisions(self) -> MemoryDecisions:
        """Merges and vetoes."""
        return MemoryDecisions(self._tables)

    @property
    def identity_records(self) -> MemoryRecords:
        """What records say, for a linking model."""
        return MemoryRecords(self._tables)

    @property
    def identity_models(self) -> MemoryModels:
        """The adopted linking models."""
        return MemoryModels(self._tables)

    @property
    def identity_reviews(self) -> MemoryReviews:
        """The doubts that wait for a human."""
        return MemoryReviews(self._tables)

    @property
    def accounts(self) -> MemoryAccounts:
        """The points accounts."""
        return MemoryAccounts(self._tables)

    @property
    def entries(self) -> MemoryEntries:
        """The entries of the points ledger."""
        return MemoryEntries(self._tables)

    @property
    def members(self) -> IdentityMembers:
        """Which identities are one customer today."""
        return IdentityMembers(self, self._store.ids)
