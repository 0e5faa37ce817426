"""Which orders the ledger is done with: most of those that are taken in again, so it is asked by one light reading."""

from __future__ import annotations

from collections.abc import Sequence

from crmkit.loyalty.ports import LoyaltyUnit
from crmkit.loyalty.refunds import says_nothing_back
from crmkit.orders import Order, OrderStatus

__all__ = ["unsettled"]


def unsettled(unit: LoyaltyUnit, orders: Sequence[tuple[Order, str]]) -> list[tuple[Order, str]]:
    """Returns those orders for which `follow_many` may have something to do or to say, by one light reading.

    An order that has earned and says that nothing went back is done with, and so is one that waits for its payment.

    Args:
        unit: An open unit.
        orders: Each order with the identity that it came with.
    """
    quiet = [order.key for order, _ in orders if says_nothing_back(order)]
    earned = unit.entries.earned(quiet) if quiet else set()
    return [
        (order, owner)
        for order, owner in orders
        if order.key not in earned and order.status is not OrderStatus.PENDING_PAYMENT
    ]
