"""Undoing what a batch did to orders: what it made is gone again, what it changed is what it was, the rest is refused.

Whoever booked the steps has to book their opposite: each undoing tells what money and goods it takes back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs

from crmkit.clock import require_aware
from crmkit.events import Event
from crmkit.money import Money
from crmkit.orders.model import Order, OrderKey
from crmkit.orders.ports import OrdersUnit
from crmkit.orders.steps import OrderEvent, StockItem, event_prefix, is_refunded_anew, items_of, progress
from crmkit.orders.stored import BeforeImage, StoredOrder

__all__ = [
    "OrderUndone",
    "PaymentUndone",
    "RefundUndone",
    "ShippingUndone",
    "StockOutUndone",
    "Undoing",
    "judged",
    "undo_many",
    "undoings_of",
]


@attrs.frozen(kw_only=True, slots=True)
class OrderUndone(OrderEvent):
    """Says that what a batch did to an order was undone.

    Attributes:
        batch: Id of the batch.
        is_removed: The batch had made the order, and it is gone; otherwise it is what it was before.
    """

    batch: str
    is_removed: bool


@attrs.frozen(kw_only=True, slots=True)
class PaymentUndone(OrderEvent):
    """Says that money was told to have come in, and did not.

    Attributes:
        amount: What is to be booked back.
        paid: What has come in, as far as is known now.
    """

    amount: Money
    paid: Money


@attrs.frozen(kw_only=True, slots=True)
class RefundUndone(OrderEvent):
    """Says that money was told to have gone back, and did not.

    Attributes:
        amount: What is to be booked back; zero where nobody said how much.
        refunded: What has gone back, as far as is known now.
    """

    amount: Money
    refunded: Money


@attrs.frozen(kw_only=True, slots=True)
class StockOutUndone(OrderEvent):
    """Says that goods were told to have left the stock, and did not."""

    items: tuple[StockItem, ...]


@attrs.frozen(kw_only=True, slots=True)
class ShippingUndone(OrderEvent):
    """Says that an order was told to be with a carrier, and is not."""


@attrs.frozen(kw_only=True, slots=True)
class Undoing:
    """Is what became of one order of a batch that is undone.

    Attributes:
        image: What the order was before the batch.
        stored: The order as it was stored until now; None where it is gone already.
        reason: Why it was refused, else "".
        events: What was told.
    """

    image: BeforeImage
    stored: StoredOrder | None
    reason: str = ""
    events: tuple[Event, ...] = ()

    @property
    def key(self) -> OrderKey:
        """The order's key."""
        return self.image.key


def judged(unit: OrdersUnit, images: Sequence[BeforeImage]) -> tuple[Undoing, ...]:
    """Returns for each image whether it can be undone; nothing is written.

    Args:
        unit: An open unit, which may be read-only.
        images: What orders were before one batch.

    Example:
        >>> from crmkit.storage.memory import MemoryStore
        >>> from crmkit.testing import an_order
        >>> gone = BeforeImage(batch="b", key=an_order().key, kind="new", version_before=0, version_after=1)
        >>> with MemoryStore().unit(read_only=True) as unit:
        ...     [one.reason for one in judged(unit, [gone])]
        ['The order taobao/paper-lantern/1001 is gone since the batch wrote it.']
    """
    current = unit.orders.by_keys(image.key for image in images)
    return tuple(_judged(image, current.get(image.key)) for image in images)


def _judged(image: BeforeImage, stored: StoredOrder | None) -> Undoing:
    reason = ""
    if stored is None:
        reason = f"The order {image.key} is gone since the batch wrote it."
    elif stored.version != image.version_after:
        by = f"the batch {stored.batch}; undo that one first" if stored.batch not in (None, image.batch) else "others"
        reason = f"The order {image.key} was changed since the batch wrote it, by {by}."
    return Undoing(image=image, stored=stored, reason=reason)


def undo_many(unit: OrdersUnit, found: Sequence[Undoing], *, now: datetime) -> tuple[Undoing, ...]:
    """Undoes in an open unit what a batch did to orders, with a constant number of statements per 1,000 of them.

    Args:
        unit: An open unit; the caller commits it.
        found: What `judged` gave; what is refused is left alone.
        now: When the events become true, aware.

    Returns:
        The same with what was told; the events are in the unit already.

    Raises:
        StaleRecordError: Another writer changed one of the orders at the same moment; repeat.

    Example:
        >>> from crmkit.orders import DEFAULT_FLOW, apply_many
        >>> from crmkit.storage.memory import MemoryStore
        >>> from crmkit.testing import FixedClock, an_order
        >>> now = FixedClock().now()
        >>> with MemoryStore().unit() as unit:
        ...     _ = apply_many(unit, [(an_order(), "c1")], flow=DEFAULT_FLOW, now=now, batch="b1")
        ...     [one] = undo_many(unit, judged(unit, unit.batches.images("b1", None, 10)), now=now)
        >>> [event.name for event in one.events]
        ['PaymentUndone', 'OrderUndone']
    """
    require_aware(now, "now")
    free = [one for one in found if not one.reason]
    if not free:
        return tuple(found)
    times = unit.batches.undoings(one.key for one in free)
    gone = [one.stored for one in free if one.image.before is None and one.stored is not None]
    back = [_restored(one, now) for one in free if one.image.before is not None]
    if gone:
        unit.orders.remove_many(gone)
    if back:
        unit.orders.put_many(back)
    unit.batches.take_back([one.image for one in free], {stored.key: stored.version + 1 for stored in back})
    done = [one if one.reason else _told(one, times, now) for one in found]
    unit.emit([event for one in done for event in one.events])
    return tuple(done)


def _restored(one: Undoing, now: datetime) -> StoredOrder:
    assert one.stored is not None
    assert one.image.before is not None
    return attrs.evolve(
        one.stored,
        order=one.image.before,
        report=one.image.report_before,
        batch=one.image.batch_before,
        updated_at=now,
    )


def _told(one: Undoing, times: Mapping[OrderKey, int], now: datetime) -> Undoing:
    assert one.stored is not None
    events = undoings_of(one.image, one.stored.order, now=now, number=times.get(one.key, 0) + 1)
    return attrs.evolve(one, events=events)


def undoings_of(image: BeforeImage, after: Order, *, now: datetime, number: int = 1) -> tuple[Event, ...]:
    """Returns what is told of one order that is again what it was before: the opposite of its steps, last step first.

    Args:
        image: What it was before.
        after: What the batch had made of it.
        now: When it became so, aware.
        number: Which undoing of the order it is, counted from 1; part of the keys.

    Example:
        >>> from crmkit.testing import FixedClock, an_order
        >>> sold = an_order(status="shipped")
        >>> image = BeforeImage(batch="b", key=sold.key, kind="new", version_before=0, version_after=1)
        >>> [event.name for event in undoings_of(image, sold, now=FixedClock().now())]
        ['ShippingUndone', 'StockOutUndone', 'PaymentUndone', 'OrderUndone']
    """
    return tuple(_opposites(image, after, _Facts(after.key, require_aware(now, "now"), number)))


def _opposites(image: BeforeImage, after: Order, facts: _Facts) -> Iterator[Event]:
    before, zero = image.before, Money.zero(after.currency)
    paid, refunded = (zero, zero) if before is None else (before.paid, before.refunded)
    if after.refunded > refunded or is_refunded_anew(before, after):
        yield RefundUndone(**facts.of("refund_undone"), amount=after.refunded - refunded, refunded=refunded)
    if progress(before) < 1 <= progress(after):
        yield ShippingUndone(**facts.of("shipping_undone"))
        yield StockOutUndone(**facts.of("stock_out_undone"), items=items_of(after))
    elif before is not None and progress(before) >= 1 and after.lines and not before.lines:
        yield StockOutUndone(**facts.of("stock_out_undone"), items=items_of(after))
    if after.paid > paid:
        yield PaymentUndone(**facts.of("payment_undone"), amount=after.paid - paid, paid=paid)
    yield OrderUndone(**facts.of("undone"), batch=image.batch, is_removed=before is None)


class _Facts:
    """Gives the facts that all events of one undoing share."""

    __slots__ = ("_number", "_parts", "_prefix")

    def __init__(self, key: OrderKey, now: datetime, number: int) -> None:
        self._prefix = event_prefix(key)
        self._number = number
        self._parts = {"platform": key.platform, "shop": key.shop, "number": key.number, "at": now, "occurred_at": now}

    def of(self, name: str) -> Any:
        return {"key": f"{self._prefix}{name}:{self._number}", **self._parts}
