"""The one bridge from stored orders to a frame."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from crmkit.garbage import collector_paused
from crmkit.identity import IdentityUnit
from crmkit.money import decimals_of
from crmkit.orders import OrderKey, OrderRow, OrdersUnit
from crmkit.unit import Store

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FrameUnit", "order_frame"]

_PAGE = 5000
_COLUMNS = (
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
    "paid_at",
)


class FrameUnit(OrdersUnit, IdentityUnit, Protocol):
    """Is the slice of a unit that frames of orders need: orders, and who is behind them today."""


def order_frame(store: Store[FrameUnit]) -> pd.DataFrame:
    """Returns all stored orders as a pandas frame, one row an order, with the person behind each as of now.

    Args:
        store: Where the orders are.

    Returns:
        Columns `customer` (person id), `moment` (when it was placed, else paid; aware, UTC), `amount` (net, Decimal),
        `order` (platform/shop/number), `currency`, then `status`, `platform`, `shop`, `number`, `total`, `paid`,
        `refunded` (Decimals), `refund_unknown`, `paid_at`; rows by order key. `segmentation.rfm` takes it as it is.

    Example:
        >>> from crmkit.storage.memory import MemoryStore
        >>> order_frame(MemoryStore()).columns[:5].tolist()
        ['customer', 'moment', 'amount', 'order', 'currency']
    """
    import pandas as pd

    with collector_paused():
        rows = [row for page in _pages(store) for row in page]
    frame = pd.DataFrame.from_records(rows, columns=list(_COLUMNS))
    for name in ("moment", "paid_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True).astype("datetime64[us, UTC]")
    for name in ("amount", "total", "paid", "refunded"):
        frame[name] = frame[name].astype(object)
    return frame


def _pages(store: Store[FrameUnit]) -> Iterator[list[tuple[Any, ...]]]:
    after: OrderKey | None = None
    while True:
        with store.unit(read_only=True) as unit:
            rows = unit.orders.frame_rows(after, _PAGE)
            customers = {row.customer for row in rows}
            person_of = {identity.id: identity.person for identity in unit.identities.find(ids=customers)}
        yield [_cells(row, person_of.get(row.customer, row.customer)) for row in rows]
        if len(rows) < _PAGE:
            return
        after = rows[-1].key


def _cells(row: OrderRow, person: str) -> tuple[Any, ...]:
    digits = decimals_of(row.currency)
    return (
        person,
        row.placed_at or row.paid_at,
        _decimal(row.net, digits),
        str(row.key),
        row.currency,
        row.status.value,
        row.key.platform,
        row.key.shop,
        row.key.number,
        _decimal(row.total, digits),
        _decimal(row.paid, digits),
        _decimal(row.refunded, digits),
        row.refund_unknown,
        row.paid_at,
    )


def _decimal(minor: int, digits: int) -> Decimal:
    return Decimal(minor).scaleb(-digits)
