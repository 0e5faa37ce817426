"""From a frame of orders to the money on the page."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import attrs

from crmkit.money import Money
from crmkit.report.model import CurrencyTotals
from crmkit.segmentation.refusals import FrameError

__all__ = ["status_counts", "totals_of"]

_COLUMNS = ("currency", "status", "total", "paid", "refunded", "refund_unknown")


@attrs.define(slots=True)
class _Sums:
    orders: int = 0
    placed: Decimal = Decimal(0)
    waiting: Decimal = Decimal(0)
    cancelled: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)
    unknown: int = 0
    unknown_at_most: Decimal = Decimal(0)

    def add(self, status: str, total: Decimal, paid: Decimal, refunded: Decimal, unknown: bool) -> None:
        self.orders += 1
        self.placed += total
        self.paid += paid
        self.refunded += refunded
        if status == "pending_payment":
            self.waiting += total - paid
        elif status == "cancelled":
            self.cancelled += total - paid
        if unknown:
            self.unknown += 1
            self.unknown_at_most += paid - refunded


def totals_of(orders: Any) -> tuple[CurrencyTotals, ...]:
    """Returns the money of a frame of orders, one value for each currency, the one with most orders first.

    Args:
        orders: One row an order, any frame that Narwhals takes, with the columns of `order_frame()`: `currency`,
            `status`, `total`, `paid`, `refunded` (exact: Decimals or ints) and `refund_unknown`.

    Raises:
        FrameError: A column is missing.
        InputError: Amounts that are not exact, or an unknown currency.

    Example:
        >>> import pandas as pd
        >>> orders = pd.DataFrame(
        ...     [("CNY", "completed", Decimal(30), Decimal(30), Decimal(5), False),
        ...      ("CNY", "pending_payment", Decimal(9), Decimal(0), Decimal(0), False)],
        ...     columns=["currency", "status", "total", "paid", "refunded", "refund_unknown"],
        ... )
        >>> [(t.orders, str(t.placed), str(t.waiting), str(t.net)) for t in totals_of(orders)]
        [(2, '39.00 CNY', '9.00 CNY', '25.00 CNY')]
    """
    sums: defaultdict[str, _Sums] = defaultdict(_Sums)
    for currency, status, total, paid, refunded, unknown in _rows(orders, _COLUMNS):
        sums[currency].add(str(status), total, paid, refunded, bool(unknown))
    found = sorted(sums, key=lambda currency: (-sums[currency].orders, currency))
    return tuple(_totals(currency, sums[currency]) for currency in found)


def status_counts(orders: Any) -> dict[str, int]:
    """Returns how many orders of a frame have each status, in the order of an order's life.

    Args:
        orders: As for `totals_of`; only the column `status` is read.

    Raises:
        FrameError: There is no such column.

    Example:
        >>> import pandas as pd
        >>> status_counts(pd.DataFrame({"status": ["completed", "paid", "completed"]}))
        {'paid': 1, 'completed': 2}
    """
    counts = Counter(str(status) for (status,) in _rows(orders, ("status",)))
    life = ("pending_payment", "paid", "shipped", "received", "completed", "cancelled", "refunded")
    return {status: counts[status] for status in (*life, *sorted(set(counts) - set(life))) if counts[status]}


def _totals(currency: str, sums: _Sums) -> CurrencyTotals:
    return CurrencyTotals(
        currency=currency,
        orders=sums.orders,
        placed=Money(sums.placed, currency),
        waiting=Money(sums.waiting, currency),
        cancelled=Money(sums.cancelled, currency),
        paid=Money(sums.paid, currency),
        refunded=Money(sums.refunded, currency),
        refund_unknown_orders=sums.unknown,
        refund_unknown=Money(sums.unknown_at_most, currency),
    )


def _rows(orders: Any, columns: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    import narwhals.stable.v2 as nw

    table: Any = nw.from_native(orders)
    names = table.collect_schema().names()
    for name in columns:
        if name not in names:
            raise FrameError(name, "no such column", "a frame of orders, as order_frame() gives it")
    chosen = table.select(*columns)
    eager = chosen.collect() if isinstance(chosen, nw.LazyFrame) else chosen
    yield from eager.iter_rows()
