"""Reports that tell nothing new still tell when it was so: a report older than they are must not win later. Pure."""

from __future__ import annotations

from crmkit.orders.model import Order
from crmkit.orders.stored import Confirmation, OrderState, StoredOrder

__all__ = ["confirmation", "later_word"]


def confirmation(state: OrderState, report: Order, merged: Order | None = None) -> Confirmation | None:
    """Returns what a report that tells nothing new confirms, or None where it is no newer than what is stored.

    Args:
        state: What is stored.
        report: The report.
        merged: The stored order with the report merged in, where the report is not in the very words of the stored
            order or of the report taken in last.

    Example:
        >>> from crmkit.testing import FixedClock, an_order
        >>> from crmkit.orders import StoredOrder
        >>> now = FixedClock().now()
        >>> stored = StoredOrder(order=an_order(), customer="c", report="r", first_seen=now, updated_at=now)
        >>> confirmation(stored.state, an_order()) is None
        True
        >>> confirmation(stored.state, an_order(reported_at=now)).is_whole
        True
    """
    at = report.reported_at
    if at is None or (state.reported_at is not None and at <= state.reported_at):
        return None
    told_at = None if merged is None else merged.told_at
    return Confirmation(reported_at=at, report=report.digest, is_whole=report.digest == state.digest, told_at=told_at)


def later_word(stored: StoredOrder, filled: Order | None) -> Confirmation | None:
    """Returns what an older report confirms that adds nothing, or None: a field was still so when it was written.

    Args:
        stored: The order as stored.
        filled: The same with the older report filled in.
    """
    at = stored.order.reported_at
    if at is None or filled is None or not filled.told_at or filled.told_at == stored.order.told_at:
        return None
    return Confirmation(reported_at=at, report=stored.report, told_at=filled.told_at)
