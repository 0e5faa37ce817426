"""Stored orders against the entries of bills."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from crmkit.clock import require_aware
from crmkit.money import Money
from crmkit.orders import BillEntry, Order, OrderKey, OrdersUnit, Reconciliation, reconcile
from crmkit.orders.joining import named, without_echoes
from crmkit.unit import Store

__all__ = ["reconcile_stored"]

_PAGE = 1000


def reconcile_stored(
    store: Store[OrdersUnit],
    entries: Iterable[BillEntry],
    *,
    paid_since: datetime | None = None,
    paid_until: datetime | None = None,
    tolerance: Money | None = None,
) -> Reconciliation:
    """Returns how stored orders and the entries of bills agree; see `crmkit.orders.reconcile`.

    The orders are those that an entry names, and those paid within the period, if one is given: of these it also
    shows which no bill holds. Every stored order is looked at once, a page at a time.

    Args:
        store: Where the orders are.
        entries: Entries of bills, as in `report.entries`.
        paid_since: Beginning of the period, included.
        paid_until: Its end, excluded.
        tolerance: Differences up to this amount count as none.

    Raises:
        InputError: A naive instant, or a tolerance below zero.

    Example:
        >>> from crmkit.storage.memory import MemoryStore
        >>> reconcile_stored(MemoryStore(), []).lines
        ()
    """
    period = (paid_since, paid_until)
    for name, moment in zip(("paid_since", "paid_until"), period, strict=True):
        if moment is not None:
            require_aware(moment, name)
    told = list({entry.key: entry for entry in entries}.values())
    numbers = {number for _, several in named(without_echoes(told)[0]) for number in several}
    return reconcile(_orders(store, numbers, period), told, tolerance=tolerance)


def _orders(
    store: Store[OrdersUnit], numbers: Collection[str], period: tuple[datetime | None, datetime | None]
) -> Iterator[Order]:
    after: OrderKey | None = None
    while True:
        with store.unit(read_only=True) as unit:
            rows = unit.orders.frame_rows(after, _PAGE)
            wanted = [row.key for row in rows if row.key.number in numbers or _lies_in(row.paid_at, period)]
            found = unit.orders.by_keys(wanted) if wanted else {}
        yield from (found[key].order for key in wanted if key in found)
        if len(rows) < _PAGE:
            return
        after = rows[-1].key


def _lies_in(moment: datetime | None, period: tuple[datetime | None, datetime | None]) -> bool:
    since, until = period
    if moment is None or (since is None and until is None):
        return False
    return (since is None or since <= moment) and (until is None or moment < until)
