"""The steps that lie between two states of an order: what the host has to book, in order, each with a stable key."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import attrs

from crmkit.clock import require_aware
from crmkit.events import Event
from crmkit.money import Money
from crmkit.orders.model import Order, OrderKey, OrderStatus

__all__ = [
    "Cancelled",
    "Completed",
    "OrderEvent",
    "OrderPlaced",
    "PaymentReceived",
    "Received",
    "Refunded",
    "Shipped",
    "StockItem",
    "StockOut",
    "event_prefix",
    "is_refunded_anew",
    "items_of",
    "progress",
    "steps",
]


@attrs.frozen(kw_only=True, slots=True)
class OrderEvent(Event):
    """Is one step of one order.

    Attributes:
        platform: Platform of the order; `shop` and `number` likewise.
        occurred_at: The order's own instant of the step, else when the report was written, else when it was taken in.
    """

    platform: str
    shop: str
    number: str
    occurred_at: datetime


@attrs.frozen(kw_only=True, slots=True)
class OrderPlaced(OrderEvent):
    """Says that an order was placed, and what the buyer was to pay."""

    total: Money


@attrs.frozen(kw_only=True, slots=True)
class PaymentReceived(OrderEvent):
    """Says that money came in.

    Attributes:
        amount: What came in with this step.
        paid: What has come in so far, before refunds.
    """

    amount: Money
    paid: Money


@attrs.frozen(slots=True)
class StockItem:
    """Is what one line takes from the stock."""

    sku: str
    quantity: int
    product_id: str = attrs.field(default="", kw_only=True)


@attrs.frozen(kw_only=True, slots=True)
class StockOut(OrderEvent):
    """Says that the goods left the stock.

    An order whose report knows no lines tells it without items; once a report tells them, they follow under a key of
    their own.
    """

    items: tuple[StockItem, ...]


@attrs.frozen(kw_only=True, slots=True)
class Shipped(OrderEvent):
    """Says that everything was handed to a carrier."""


@attrs.frozen(kw_only=True, slots=True)
class Received(OrderEvent):
    """Says that the goods arrived."""


@attrs.frozen(kw_only=True, slots=True)
class Completed(OrderEvent):
    """Says that the order was closed by success."""


@attrs.frozen(kw_only=True, slots=True)
class Cancelled(OrderEvent):
    """Says that the order ended with no money kept."""


@attrs.frozen(kw_only=True, slots=True)
class Refunded(OrderEvent):
    """Says that money went back.

    Attributes:
        amount: What went back with this step; zero where nobody says how much.
        refunded: What has gone back so far.
        is_unknown: The source says that money went back and not how much.
    """

    amount: Money
    refunded: Money
    is_unknown: bool = False


_RANK = {
    OrderStatus.PENDING_PAYMENT: 0,
    OrderStatus.PAID: 0,
    OrderStatus.SHIPPED: 1,
    OrderStatus.RECEIVED: 2,
    OrderStatus.COMPLETED: 3,
}


def steps(before: Order | None, after: Order, *, now: datetime, undoings: int = 0) -> tuple[Event, ...]:
    """Returns the events of the step from one state of an order to the next; of no step, none.

    Steps that no report told, because it came late, are told in their order. Money is told by amounts: what came in
    or went back since, with the sum so far in the key. A cancelled or refunded order tells the shipping, the arrival
    and the closing that its instants show.

    Args:
        before: The order as stored, or None for a new one.
        after: The order as it is now.
        now: When the events become true here, aware.
        undoings: How often the order was undone before. What happens again after that is another happening, and its
            key says so: "…:paid@2".

    Example:
        >>> from datetime import UTC
        >>> from crmkit.orders import OrderKey
        >>> paid = Order(key=OrderKey("taobao", "paper-lantern", "1001"), status=OrderStatus.PAID, currency="CNY",
        ...              total=Money("30.00", "CNY"), paid=Money("30.00", "CNY"))
        >>> [event.key for event in steps(None, paid, now=datetime(2026, 11, 1, tzinfo=UTC))]
        ['order:taobao/paper-lantern/1001:placed', 'order:taobao/paper-lantern/1001:paid']
    """
    return tuple(_told(before, after, _Step(after, require_aware(now, "now"), undoings)))


def _told(before: Order | None, after: Order, step: _Step) -> Iterator[Event]:
    old, new = progress(before), progress(after)
    if before is None:
        yield OrderPlaced(**step.facts("placed", after.placed_at), total=after.total)
    yield from _payment(before, after, step)
    if old < 1 <= new:
        yield StockOut(**step.facts("stock_out", after.shipped_at), items=items_of(after))
        yield Shipped(**step.facts("shipped", after.shipped_at))
    elif old >= 1 and after.lines and before is not None and not before.lines:
        yield StockOut(**step.facts("stock_out:lines", after.shipped_at), items=items_of(after))
    if old < 2 <= new:
        yield Received(**step.facts("received", after.received_at))
    if old < 3 <= new:
        yield Completed(**step.facts("completed", after.completed_at))
    if _is_cancelled(after) and not (before is not None and _is_cancelled(before)):
        yield Cancelled(**step.facts("cancelled", after.cancelled_at))
    yield from _refund(before, after, step)


def _payment(before: Order | None, after: Order, step: _Step) -> Iterator[Event]:
    so_far = Money.zero(after.currency) if before is None else before.paid
    if after.paid > so_far:
        name = "paid" if so_far.is_zero else f"paid:{after.paid.minor}"
        yield PaymentReceived(**step.facts(name, after.paid_at), amount=after.paid - so_far, paid=after.paid)


def _refund(before: Order | None, after: Order, step: _Step) -> Iterator[Event]:
    so_far = Money.zero(after.currency) if before is None else before.refunded
    is_refunded = after.status is OrderStatus.REFUNDED
    if after.refunded > so_far or is_refunded_anew(before, after):
        yield Refunded(
            **step.facts(f"refunded:{after.refunded.minor}", after.cancelled_at if is_refunded else None),
            amount=after.refunded - so_far,
            refunded=after.refunded,
            is_unknown=after.refund_unknown,
        )


def is_refunded_anew(before: Order | None, after: Order) -> bool:
    """Returns whether everything went back with this step, and nobody says how much it was."""
    was = before is not None and before.status is OrderStatus.REFUNDED
    return after.status is OrderStatus.REFUNDED and not was and after.refund_unknown and after.refunded.is_zero


def items_of(order: Order) -> tuple[StockItem, ...]:
    """Returns what the lines of an order take from the stock; a line that was cancelled takes nothing."""
    sent = (line for line in order.lines if line.status is not OrderStatus.CANCELLED)
    return tuple(StockItem(line.sku, line.quantity, product_id=line.product_id) for line in sent)


def progress(order: Order | None) -> int:
    """Returns how far the goods have come: 1 left the stock, 2 arrived, 3 closed by success."""
    if order is None:
        return 0
    if order.status in _RANK:
        return _RANK[order.status]
    if order.completed_at is not None:
        return 3
    return 2 if order.received_at is not None else int(order.shipped_at is not None)


def _is_cancelled(order: Order) -> bool:
    if order.status is OrderStatus.REFUNDED:
        return order.cancelled_at is not None
    return order.status is OrderStatus.CANCELLED


class _Step:
    """Gives the facts that all events of one report share."""

    __slots__ = ("_again", "_otherwise", "_parts", "_prefix")

    def __init__(self, order: Order, now: datetime, undoings: int) -> None:
        key = order.key
        self._prefix = event_prefix(key)
        self._again = f"@{undoings + 1}" if undoings else ""
        self._parts = {"platform": key.platform, "shop": key.shop, "number": key.number, "at": now}
        self._otherwise = order.reported_at or now

    def facts(self, name: str, moment: datetime | None) -> Any:
        return {"key": self._prefix + name + self._again, "occurred_at": moment or self._otherwise, **self._parts}


def event_prefix(key: OrderKey) -> str:
    """Returns what the keys of all events of an order begin with; a slash inside a name is written as %2F."""
    platform, shop = (part.replace("%", "%25").replace("/", "%2F") for part in (key.platform, key.shop))
    return f"order:{platform}/{shop}/{key.number}:"
