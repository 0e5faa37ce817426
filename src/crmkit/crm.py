"""The composition root: one store, and every service wired to it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, tzinfo
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self

from crmkit.clock import Clock, SystemClock
from crmkit.errors import InputError
from crmkit.events import EventHandler, OutboxEntry
from crmkit.identity import IdentityRegistry
from crmkit.ids import IdGenerator, UlidGenerator
from crmkit.intake import OrderIntake, Plan, Reversion, Taken, reconcile_stored
from crmkit.intake.ports import Progress, Report
from crmkit.loyalty import LoyaltyDesk, Programme
from crmkit.money import Money
from crmkit.orders import (
    DEFAULT_FLOW,
    BillEntry,
    FulfilmentSink,
    LedgerSink,
    Order,
    OrderBook,
    OrderFlow,
    Reconciliation,
    Sinks,
)
from crmkit.segments import By, SegmentBook, Snapshot
from crmkit.storage.memory import MemoryStore
from crmkit.tickets import TicketDesk

if TYPE_CHECKING:
    import pandas as pd

    from crmkit.segmentation import Cuts, Thresholds
    from crmkit.storage.sqlalchemy import JoinedStore, SqlAlchemyStore

__all__ = ["Crm"]


class Crm:
    """Gives every service on one store; itself it has no rule.

    Args:
        store: A memory store, a SQL store, or one that joins the host's transaction.
        programme: How orders earn points; without one no points are booked and `loyalty` is refused.
        flow: The moves that orders may make.
        clock: Where the time comes from.
        ids: Generator of the ids of new records.
        fulfilment: Where the host books goods; see `crmkit.orders.FulfilmentSink`.
        ledger: Where the host books money; see `crmkit.orders.LedgerSink`.

    Example:
        >>> from crmkit import loyalty
        >>> from crmkit.testing import an_order
        >>> programme = loyalty.Programme(earn=[loyalty.PerSpend(1, per="1 CNY")])
        >>> with Crm.open("memory:", programme=programme) as crm:
        ...     print(crm.take([an_order()]))
        1 orders · 0 problems · 1 customers
    """

    def __init__(
        self,
        store: MemoryStore | SqlAlchemyStore | JoinedStore,
        *,
        programme: Programme | None = None,
        flow: OrderFlow = DEFAULT_FLOW,
        clock: Clock | None = None,
        ids: IdGenerator | None = None,
        fulfilment: FulfilmentSink | None = None,
        ledger: LedgerSink | None = None,
    ) -> None:
        self.store = store
        self._sinks = Sinks(fulfilment=fulfilment, ledger=ledger)
        self._programme = programme
        self._flow = flow
        self._clock = clock or SystemClock()
        self._ids = ids or UlidGenerator(self._clock)

    @classmethod
    def open(
        cls,
        url: str = "memory:",
        *,
        programme: Programme | None = None,
        flow: OrderFlow = DEFAULT_FLOW,
        clock: Clock | None = None,
        schema: str | None = None,
        fulfilment: FulfilmentSink | None = None,
        ledger: LedgerSink | None = None,
    ) -> Self:
        """Opens a database by its URL, and creates the tables where there are none yet.

        Args:
            url: A database URL of SQLAlchemy ("sqlite:///shop.db", "postgresql+psycopg://…"), or "memory:".
            programme: How orders earn points.
            flow: The moves that orders may make.
            clock: Where the time comes from.
            schema: The database schema that the tables lie in.
            fulfilment: Where the host books goods.
            ledger: Where the host books money.

        Raises:
            StorageError: The tables are of another version: run `crmkit db upgrade`.
            StoreUnavailable: The database cannot be reached.
        """
        if url == "memory:":
            return cls(MemoryStore(), programme=programme, flow=flow, clock=clock, fulfilment=fulfilment, ledger=ledger)
        from crmkit.storage.sqlalchemy import SqlAlchemyStore

        store = SqlAlchemyStore(url, schema=schema)
        try:
            store.create_schema()
        except BaseException:
            store.close()
            raise
        return cls(store, programme=programme, flow=flow, clock=clock, fulfilment=fulfilment, ledger=ledger)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the database connections that `open` made."""
        close = getattr(self.store, "close", None)
        if close is not None:
            close()

    @cached_property
    def identity(self) -> IdentityRegistry:
        """Who is who: resolve, merge, unmerge."""
        return IdentityRegistry(self.store, clock=self._clock, ids=self._ids)

    @cached_property
    def orders(self) -> OrderBook:
        """The orders as they are stored."""
        return OrderBook(self.store, flow=self._flow, clock=self._clock, sinks=self._sinks)

    @cached_property
    def loyalty(self) -> LoyaltyDesk:
        """Points: earn, award, redeem, balance, statement.

        Raises:
            InputError: There is no programme.
        """
        if self._programme is None:
            raise InputError(
                "There is no points programme: open with programme=loyalty.Programme(earn=[loyalty.PerSpend(1, "
                'per="1 CNY")]).'
            )
        return LoyaltyDesk(self.store, self._programme, clock=self._clock, ids=self._ids)

    @cached_property
    def tickets(self) -> TicketDesk:
        """Complaints and questions: open, apply, available, history."""
        return TicketDesk(self.store, clock=self._clock, ids=self._ids)

    @cached_property
    def segments(self) -> SegmentBook:
        """Snapshots of segments: take, latest, history, changes."""
        ask_rule = None
        if not isinstance(self.store, MemoryStore):
            from crmkit.storage.sqlalchemy import SqlAlchemyStore
            from crmkit.storage.sqlalchemy.rule_asking import SqlRuleAsker

            # Inside a host's transaction the frame is read through its units: only they know the host's schema.
            ask_rule = SqlRuleAsker(self.store) if isinstance(self.store, SqlAlchemyStore) else None
        return SegmentBook(self.store, clock=self._clock, ask_rule=ask_rule)

    @cached_property
    def _intake(self) -> OrderIntake:
        return OrderIntake(
            self.store,
            programme=self._programme,
            flow=self._flow,
            clock=self._clock,
            ids=self._ids,
            sinks=self._sinks,
        )

    def plan(self, report: Report | Iterable[Order]) -> Plan:
        """Returns what taking a report in would do; nothing is written."""
        return self._intake.plan(report)

    def apply(self, plan: Plan, *, progress: Progress | None = None) -> Taken:
        """Does what a plan says; killed half-way, the same call finishes it; twice, nothing more happens."""
        return self._intake.apply(plan, progress=progress)

    def take(self, report: Report | Iterable[Order], *, progress: Progress | None = None) -> Taken:
        """Plans and applies in one go.

        Args:
            report: What `importers.read` gives, or any orders.
            progress: Is told how many of how many orders are done.
        """
        return self._intake.take(report, progress=progress)

    def revert(self, batch: str, *, progress: Progress | None = None) -> Reversion:
        """Undoes exactly one batch; killed half-way, the same call finishes it; twice, nothing more happens.

        What the batch made is gone, what it changed is what it was before, what it earned is taken back. Orders that
        were changed since are refused and listed.

        Args:
            batch: Id of the batch, as in `taken.batch`.
            progress: Is told how many of how many orders are done.

        Raises:
            NotFoundError: There is no such batch; one that wrote nothing is not kept.
        """
        return self._intake.revert(batch, progress=progress)

    def reconcile(
        self,
        entries: Iterable[BillEntry],
        *,
        paid_since: datetime | None = None,
        paid_until: datetime | None = None,
        tolerance: Money | None = None,
    ) -> Reconciliation:
        """Returns how the stored orders and the entries of bills agree, by order number and amount.

        Args:
            entries: Entries of bills, as in `importers.read(…).entries`.
            paid_since: With `paid_until`, the period whose orders should be in the bills; without it only orders that
                an entry names are looked at.
            paid_until: Its end, excluded.
            tolerance: Differences up to this amount count as none.
        """
        return reconcile_stored(self.store, entries, paid_since=paid_since, paid_until=paid_until, tolerance=tolerance)

    def order_frame(self) -> pd.DataFrame:
        """Returns all stored orders as a frame; see `crmkit.analytics.order_frame`."""
        from crmkit.analytics import order_frame

        return order_frame(self.store)

    def segment(
        self,
        name: str = "",
        *,
        as_of: datetime,
        by: By = "rfm",
        currency: str | None = None,
        zone: str | tzinfo | None = None,
        since: datetime | None = None,
        cuts: Cuts | None = None,
        thresholds: Thresholds | None = None,
    ) -> Snapshot:
        """Returns who belongs to which segment, kept under `name` if there is one; see `SegmentBook.take`.

        Args:
            name: What the shop calls it ("weekly"); empty for an answer that is not kept.
            as_of: The moment of the answer, excluded; aware.
            by: "rfm" (eleven segments), "eight", "stages", a `Grid`, an `Eight`, a `Ladder` or a saved `Rule`.
            currency: Code of the currency whose orders count; needed where there are several.
            zone: The shop's zone; without it the zone of `as_of`.
            since: Start of what is seen, included.
            cuts: Fixed cut-offs of the scores.
            thresholds: Days after which a customer is at risk, dormant, lost.

        Raises:
            InputError: A naive moment, one to come for a snapshot that is kept, or arguments that do not fit.
            CurrencyMismatch: The orders are in several currencies, and none is named.
        """
        return self.segments.take(
            name,
            as_of=as_of,
            by=by,
            currency=currency,
            zone=zone,
            since=since,
            cuts=cuts,
            thresholds=thresholds,
        )

    def subscribe(self, handler: EventHandler) -> None:
        """Calls `handler` with each event once it is true."""
        self.store.subscribe(handler)

    def events(self, *, after: int = 0, limit: int = 1000) -> tuple[OutboxEntry, ...]:
        """Returns the outbox entries behind a cursor, for a relay."""
        with self.store.unit() as unit:
            entries = unit.outbox.read(after=after, limit=limit)
            unit.commit()
        return entries
