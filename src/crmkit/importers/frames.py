"""Orders as frames, for analysts: one row an order, or one row a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, overload

from crmkit.errors import InputError
from crmkit.importers.typed_frames import Backend, Kind, frame_of
from crmkit.money import Money, decimals_of
from crmkit.orders import Order

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["line_frame", "order_frame"]

MoneyAs = Literal["decimal", "minor"]

_ORDER_COLUMNS: dict[str, Kind] = {
    "customer": "text",
    "moment": "instant",
    "amount": "money",
    "order": "text",
    "currency": "category",
    "status": "state",
    "platform": "category",
    "shop": "text",
    "number": "text",
    "total": "money",
    "paid": "money",
    "refunded": "money",
    "refund_unknown": "truth",
    "units": "whole",
    "lines": "whole",
    "placed_at": "instant",
    "paid_at": "instant",
    "shipped_at": "instant",
    "received_at": "instant",
    "completed_at": "instant",
    "cancelled_at": "instant",
    "accepts_marketing": "truth or none",
}
_LINE_COLUMNS: dict[str, Kind] = {
    "customer": "text",
    "moment": "instant",
    "order": "text",
    "line": "whole",
    "sku": "text",
    "product_id": "text",
    "title": "text",
    "variant": "text",
    "quantity": "whole",
    "unit_price": "money",
    "amount": "money",
    "currency": "category",
    "line_status": "state",
    "status": "state",
}


def customer_of(order: Order) -> str:
    """Returns the buyer's strongest identifier as text, or the order itself for a guest."""
    found = order.buyer.strongest
    return str(found) if found is not None else f"record:{order.key}"


@overload
def order_frame(orders: Iterable[Order], *, money: MoneyAs = ...) -> pd.DataFrame: ...
@overload
def order_frame(orders: Iterable[Order], *, money: MoneyAs = ..., backend: Backend) -> Any: ...
def order_frame(orders: Iterable[Order], *, money: MoneyAs = "decimal", backend: Backend = "pandas") -> Any:
    r"""Returns one row an order: who, when, how much stays, which order, in which currency; then the rest.

    Args:
        orders: The orders, such as `report.orders`.
        money: "decimal" for exact decimals, "minor" for whole minor units of the currency (cents, yen), as int64.
        backend: Whose frame it is: "pandas", "polars" or "pyarrow".

    Returns:
        A frame with `customer` (the strongest identifier, or `record:` and the order for a guest), `moment` (placed,
        else paid; UTC), `amount` (paid less refunded), `order`, `currency`, `status`, `platform`, `shop`, `number`,
        `total`, `paid`, `refunded`, `refund_unknown`, `units`, `lines`, the six instants and `accepts_marketing`.
        Currency, state and platform are categories, instants know their zone; an empty frame has the same types.

    Raises:
        MissingExtraError: The backend is not installed.

    Example:
        >>> from crmkit import importers
        >>> data = "order_number,currency,unit_price,quantity,email,placed_at,paid_at\n" \
        ...        "1,EUR,5,2,mei@example.com,2026-11-01T09:00Z,2026-11-01T09:05Z\n"
        >>> orders = importers.read(data.encode(), name="o.csv").orders
        >>> importers.order_frame(orders)[["customer", "amount", "currency"]].values.tolist()
        [['email:mei@example.com', Decimal('10.00'), 'EUR']]
        >>> importers.order_frame(orders, money="minor", backend="polars")["amount"].to_list()
        [1000]
    """
    amount = _amount(money)
    return frame_of(_ORDER_COLUMNS, [_order_row(order, amount) for order in orders], money, backend)


@overload
def line_frame(orders: Iterable[Order], *, money: MoneyAs = ...) -> pd.DataFrame: ...
@overload
def line_frame(orders: Iterable[Order], *, money: MoneyAs = ..., backend: Backend) -> Any: ...
def line_frame(orders: Iterable[Order], *, money: MoneyAs = "decimal", backend: Backend = "pandas") -> Any:
    """Returns one row a line: who, when, which order, what, how many and for how much.

    Args:
        orders: The orders.
        money: "decimal" or "minor", as for `order_frame`.
        backend: "pandas", "polars" or "pyarrow".

    Returns:
        A frame; `line` counts from 1 within its order.

    Raises:
        MissingExtraError: The backend is not installed.

    Example:
        >>> line_frame([]).columns.tolist()[:4]
        ['customer', 'moment', 'order', 'line']
    """
    amount = _amount(money)
    return frame_of(_LINE_COLUMNS, [row for order in orders for row in _line_rows(order, amount)], money, backend)


def _amount(money: str) -> Any:
    """The function that gives an amount as the caller wants it."""
    if money == "decimal":
        return _decimal
    if money == "minor":
        return _minor
    raise InputError(f"money is 'decimal' or 'minor', got {money!r}.")


def _decimal(money: Money) -> Decimal:
    return money.amount


def _minor(money: Money) -> int:
    return int(money.amount.scaleb(decimals_of(money.currency)))


def _order_row(order: Order, amount: Any) -> tuple[Any, ...]:
    instants = (order.placed_at, order.paid_at, order.shipped_at, order.received_at, order.completed_at)
    return (
        customer_of(order),
        order.placed_at or order.paid_at,
        amount(order.net),
        str(order.key),
        order.currency,
        order.status.value,
        order.platform,
        order.shop,
        order.number,
        amount(order.total),
        amount(order.paid),
        amount(order.refunded),
        order.refund_unknown,
        order.units,
        len(order.lines),
        *instants,
        order.cancelled_at,
        order.buyer.accepts_marketing,
    )


def _line_rows(order: Order, amount: Any) -> Iterator[tuple[Any, ...]]:
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
            amount(line.unit_price),
            amount(line.total),
            order.currency,
            line.status.value if line.status else None,
            order.status.value,
        )
