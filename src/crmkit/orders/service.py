"""Taking reports of orders into a store: what is new or changed is written and told, the rest is left alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from itertools import islice

import attrs

from crmkit.clock import Clock, SystemClock, require_aware
from crmkit.events import Event
from crmkit.orders.confirming import confirmation, later_word
from crmkit.orders.flow import DEFAULT_FLOW, OrderFlow
from crmkit.orders.merging import filled, merged
from crmkit.orders.model import Order, OrderKey
from crmkit.orders.ports import OrdersUnit
from crmkit.orders.sinks import Sinks
from crmkit.orders.steps import steps
from crmkit.orders.stored import BeforeImage, Confirmation, OrderState, StoredOrder
from crmkit.orders.verdicts import CHANGED, NEW, Kind, Verdict, classify, judge, may_fill
from crmkit.unit import Store, in_unit

__all__ = ["Change", "OrderBook", "apply_many", "plan_many"]

_CHUNK = 1000


@attrs.frozen(kw_only=True, slots=True)
class Change:
    """Is what became of one report.

    Attributes:
        kind: "new", "changed", "known" or "refused".
        order: The order as it is stored now; of a refused or known report, the report.
        customer: Id of the identity that the stored order came with; of a refused new one, the one it was given.
        before: The order as it was before, or None where it was new, known or refused.
        reason: Why it was refused, else "".
        events: The steps told, in order.
    """

    kind: Kind
    order: Order
    customer: str
    before: Order | None = None
    reason: str = ""
    events: tuple[Event, ...] = ()


def plan_many(
    unit: OrdersUnit, incoming: Sequence[tuple[Order, str]], *, flow: OrderFlow, now: datetime
) -> tuple[Change, ...]:
    """Returns what `apply_many` would do now; nothing is written.

    Args:
        unit: An open unit, which may be read-only.
        incoming: Each report with the id of the identity it comes with.
        flow: The moves that are allowed.
        now: When the events would become true, aware.

    Example:
        >>> from crmkit.storage.memory import MemoryStore
        >>> from crmkit.testing import FixedClock, an_order
        >>> with MemoryStore().unit(read_only=True) as unit:
        ...     [change] = plan_many(unit, [(an_order(), "c1")], flow=DEFAULT_FLOW, now=FixedClock().now())
        >>> change.kind, [event.name for event in change.events]
        ('new', ['OrderPlaced', 'PaymentReceived'])
    """
    return _Taking(unit, incoming, flow, now).take(None)


def apply_many(
    unit: OrdersUnit,
    incoming: Sequence[tuple[Order, str]],
    *,
    flow: OrderFlow,
    now: datetime,
    batch: str | None = None,
) -> tuple[Change, ...]:
    """Takes reports into an open unit, in their order, with a constant number of statements per 1,000 of them.

    Args:
        unit: An open unit; the caller commits it.
        incoming: Each report with the id of the identity it comes with; a known order keeps the one it has.
        flow: The moves that are allowed.
        now: When the events become true, aware.
        batch: Id of the batch that the before-images are kept under, or None to keep none.

    Returns:
        One change a report; the events are in the unit already.

    Raises:
        DuplicateError, StaleRecordError: Another writer took in one of the orders at the same moment; repeat.

    Example:
        >>> from crmkit.storage.memory import MemoryStore
        >>> from crmkit.testing import FixedClock, an_order
        >>> reports = [(an_order(status="paid"), "c1"), (an_order(status="shipped"), "c1")]
        >>> with MemoryStore().unit() as unit:
        ...     changes = apply_many(unit, reports, flow=DEFAULT_FLOW, now=FixedClock().now())
        ...     unit.commit()
        >>> [change.kind for change in changes]
        ['new', 'changed']
    """
    taking = _Taking(unit, incoming, flow, now)
    changes = taking.take(batch)
    if taking.written:
        unit.orders.put_many(tuple(taking.written.values()))
    if confirmed := {key: told for key, told in taking.confirmed.items() if key not in taking.written}:
        unit.orders.confirm_many(confirmed)
    if batch is not None and taking.images:
        unit.batches.record(tuple(taking.images.values()))
    if events := [event for change in changes for event in change.events]:
        unit.emit(events)
    return changes


class _Taking:
    """Walks through reports; later ones of the same order build on the earlier ones."""

    def __init__(self, unit: OrdersUnit, incoming: Sequence[tuple[Order, str]], flow: OrderFlow, now: datetime) -> None:
        orders = [order for order, _ in incoming]
        self._incoming = incoming
        self._flow = flow
        self._now = require_aware(now, "now")
        self._states = unit.orders.digests(dict.fromkeys(order.key for order in orders))
        self._verdicts = classify(self._states, orders, flow)
        judged = list(zip(orders, self._verdicts, strict=True))
        older = {order.key for order, verdict in judged if verdict.reason and self._may_fill(order)}
        changed = {order.key for order, verdict in judged if verdict is CHANGED} | older
        self._current = unit.orders.by_keys(changed) if changed else {}
        fresh = {order.key for order, verdict in judged if verdict is NEW} | changed
        self._undoings = unit.batches.undoings(fresh) if fresh else {}
        self.written: dict[OrderKey, StoredOrder] = {}
        self.images: dict[OrderKey, BeforeImage] = {}
        self.confirmed: dict[OrderKey, Confirmation] = {}

    def take(self, batch: str | None) -> tuple[Change, ...]:
        judged = zip(self._incoming, self._verdicts, strict=True)
        return tuple(self._one(order, customer, verdict, batch) for (order, customer), verdict in judged)

    def _one(self, report: Order, customer: str, verdict: Verdict, batch: str | None) -> Change:
        stored = self._current.get(report.key)
        state = self._states.get(report.key)
        if stored is not None and (state is None or report.key in self.written or state.version != stored.version):
            # An earlier report of this call, or another writer, has changed it since the states were read.
            state = stored.state
            verdict = judge(state, report, self._flow)
        kept = customer if state is None else state.customer
        is_older = stored is not None and verdict.kind == "refused" and may_fill(state, report)
        if verdict.kind in ("known", "refused") and not is_older:
            self._confirm(state if verdict.kind == "known" else None, report)
            return Change(kind=verdict.kind, order=report, customer=kept, reason=verdict.reason)
        before = None if stored is None else stored.order
        order = report if before is None else (filled if is_older else merged)(before, report)
        if state is not None and order.digest == state.digest:
            kind: Kind = "refused" if is_older else "known"
            self._confirm(state, report, order, stored if is_older else None)
            return Change(kind=kind, order=report, customer=kept, reason=verdict.reason)
        newest = stored.report if stored is not None and is_older else report.digest
        self._write(order, newest, kept, stored, batch)
        events = steps(before, order, now=self._now, undoings=self._undoings.get(report.key, 0))
        kind = "changed" if is_older else verdict.kind
        return Change(kind=kind, order=order, customer=kept, before=before, events=events)

    def _confirm(
        self, state: OrderState | None, report: Order, order: Order | None = None, filled: StoredOrder | None = None
    ) -> None:
        if state is None or report.key in self.written:
            return
        told = confirmation(state, report, order) if filled is None else later_word(filled, order)
        if told is not None:
            self.confirmed[report.key] = told

    def _may_fill(self, order: Order) -> bool:
        return may_fill(self._states.get(order.key), order)

    def _write(self, order: Order, report: str, customer: str, stored: StoredOrder | None, batch: str | None) -> None:
        key, first = order.key, self._now if stored is None else stored.first_seen
        version = 0 if stored is None else stored.version
        self._current[key] = self.written[key] = StoredOrder(
            order=order,
            customer=customer,
            report=report,
            first_seen=first,
            updated_at=self._now,
            batch=batch,
            version=version,
        )
        if batch is not None and key not in self.images:
            self.images[key] = BeforeImage(
                batch=batch,
                key=key,
                kind="new" if stored is None else "changed",
                version_before=version,
                version_after=version + 1,
                before=None if stored is None else stored.order,
                report_before="" if stored is None else stored.report,
                batch_before=None if stored is None else stored.batch,
            )


class OrderBook:
    """Keeps orders: takes in reports and finds what is stored.

    Args:
        store: Where the orders are.
        flow: The moves that are allowed.
        clock: Tells when events become true.
        sinks: Where goods and money are booked.

    Example:
        >>> from crmkit.storage.memory import MemoryStore
        >>> from crmkit.testing import an_order
        >>> book = OrderBook(MemoryStore())
        >>> book.apply(an_order(), "customer-1").kind, book.apply(an_order(), "customer-1").kind
        ('new', 'known')
        >>> print(book.get(an_order().key).order.status)
        paid
    """

    def __init__(
        self,
        store: Store[OrdersUnit],
        *,
        flow: OrderFlow = DEFAULT_FLOW,
        clock: Clock | None = None,
        sinks: Sinks | None = None,
    ) -> None:
        self._store = store
        self._sinks = sinks or Sinks()
        self._flow = flow
        self._clock = clock or SystemClock()

    def get(self, key: OrderKey) -> StoredOrder:
        """Returns an order as it is stored.

        Raises:
            NotFoundError: There is none with this key.
        """
        with self._store.unit(read_only=True) as unit:
            return unit.orders.get(key)

    def apply(self, order: Order, customer: str) -> Change:
        """Takes in one report; see `apply_many`."""
        return self.apply_many([(order, customer)])[0]

    def apply_many(self, incoming: Iterable[tuple[Order, str]], *, batch: str | None = None) -> tuple[Change, ...]:
        """Takes in reports, 1,000 in a unit; killed half-way, the same call again finishes the work.

        Args:
            incoming: Each report with the id of the identity it comes with.
            batch: Id of the batch that the before-images are kept under, or None to keep none.
        """
        changes: list[Change] = []
        reports = iter(incoming)
        while chunk := list(islice(reports, _CHUNK)):
            changes += in_unit(self._store, partial(self._take, chunk, batch))
        return tuple(changes)

    def _take(self, chunk: list[tuple[Order, str]], batch: str | None, unit: OrdersUnit) -> tuple[Change, ...]:
        changes = apply_many(unit, chunk, flow=self._flow, now=self._clock.now(), batch=batch)
        self._sinks.book(event for change in changes for event in change.events)
        return changes
