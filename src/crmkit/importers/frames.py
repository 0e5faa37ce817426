"""Orders as frames, for analysts: one row an order, or one row a line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from crmkit.orders import Order

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["line_frame", "order_frame"]

_MOMENTS = ("moment", "placed_at", "paid_at", "shipped_at", "received_at", "completed_at", "cancelled_at")
_ORDER_COLUMNS = [
    "customer",
    "moment",
    "amount",
    "order",
    "currency",
    "status",
    "platform",
    "shop",
    "number",
    "total",
    "paid",
    "refunded",
    "refund_unknown",
    "units",
    "lines",
    "placed_at",
    "paid_at",
    "shipped_at",
    "received_at",
    "completed_at",
    "cancelled_at",
    "accepts_marketing",
]
_LINE_COLUMNS = [
    "customer",
    "moment",
    "order",
    "line",
    "sku",
    "product_id",
    "title",
    "variant",
    "quantity",
    "unit_price",
    "amount",
    "currency",
    "line_status",
    "status",
]


def customer_of(order: Order) -> str:
    """Returns the buyer's strongest identifier as text, or the order itself for a guest."""
    found = order.buyer.strongest
    return str(found) if found is not None else f"record:{order.key}"


def order_frame(orders: Iterable[Order]) -> pd.DataFrame:
    r"""Returns one row an order: who, when, how much stays, which order, in which currency; then the rest.

    Args:
        orders: The orders, such as `report.orders`.

    Returns:
        A pandas frame with `customer` (the strongest identifier, or `record:` and the order for a guest), `moment`
        (placed, else paid; UTC), `amount` (paid less refunded, Decimal), `order`, `currency`, `status`, `platform`,
        `shop`, `number`, `total`, `paid`, `refunded`, `refund_unknown`, `units`, `lines`, the six instants and
        `accepts_marketing`.

    Example:
        >>> from crmkit import importers
        >>> data = "order_number,currency,unit_price,quantity,email,placed_at,paid_at\n" \
        ...        "1,EUR,5,2,mei@example.com,2026-11-01T09:00Z,2026-11-01T09:05Z\n"
        >>> frame = importers.order_frame(importers.read(data.encode(), name="o.csv").orders)
        >>> frame[["customer", "amount", "currency"]].values.tolist()
        [['email:mei@example.com', Decimal('10.00'), 'EUR']]
    """
    return _frame(_ORDER_COLUMNS, [_order_row(order) for order in orders])


def _order_row(order: Order) -> tuple[Any, ...]:
    instants = (order.placed_at, order.paid_at, order.shipped_at, order.received_at, order.completed_at)
    return (
        customer_of(order),
        order.placed_at or order.paid_at,
        order.net.amount,
        str(order.key),
        order.currency,
        order.status.value,
        order.platform,
        order.shop,
        order.number,
        order.total.amount,
        order.paid.amount,
        order.refunded.amount,
        order.refund_unknown,
        order.units,
        len(order.lines),
        *instants,
        order.cancelled_at,
        order.buyer.accepts_marketing,
    )


def line_frame(orders: Iterable[Order]) -> pd.DataFrame:
    """Returns one row a line: who, when, which order, what, how many and for how much.

    Args:
        orders: The orders.

    Returns:
        A pandas frame; `line` counts from 1 within its order, amounts are Decimals.

    Example:
        >>> line_frame([]).columns.tolist()[:4]
        ['customer', 'moment', 'order', 'line']
    """
    return _frame(_LINE_COLUMNS, [row for order in orders for row in _line_rows(order)])


def _line_rows(order: Order) -> Iterable[tuple[Any, ...]]:
    customer, moment = customer_of(order), order.placed_at or order.paid_at
    for number, line in enumerate(order.lines, start=1):
        yield (
            customer,
            moment,
            str(order.key),
            number,
            line.sku,
            line.product_id,
            line.title,
            line.variant,
            line.quantity,
            line.unit_price.amount,
            line.total.amount,
            order.currency,
            line.status.value if line.status else None,
            order.status.value,
        )


def _frame(names: list[str], rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame.from_records(rows, columns=names)
    for name in _MOMENTS:
        if name in names:
            frame[name] = pd.to_datetime(frame[name], utc=True)
    return frame
