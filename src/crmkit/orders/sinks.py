"""Sinks: where a host books what the steps of orders say about goods and money.

A sink is called inside the unit that writes the orders, after everything else and before the commit. One that writes in
the same transaction (`SqlAlchemyStore.joining`) stands or falls with the orders. One that writes elsewhere may have
booked what the store did not keep: the same call again gives it the same events with the same keys, and it books none
of them twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import attrs

from crmkit.events import Event
from crmkit.orders.steps import PaymentReceived, Refunded, Shipped, StockOut
from crmkit.orders.undoing import PaymentUndone, RefundUndone, ShippingUndone, StockOutUndone

__all__ = ["FulfilmentEvent", "FulfilmentSink", "LedgerEvent", "LedgerSink", "Sinks"]

FulfilmentEvent = StockOut | Shipped | ShippingUndone | StockOutUndone
"""What is told about goods."""

LedgerEvent = PaymentReceived | Refunded | PaymentUndone | RefundUndone
"""What is told about money."""


class FulfilmentSink(Protocol):
    """Books goods: what left the stock (出库) and what was handed to a carrier (发货).

    The laws are those of `crmkit.testing.FulfilmentSinkContract`.
    """

    def book(self, events: Sequence[FulfilmentEvent]) -> None:
        """Books events in their order; one whose key is booked already changes nothing.

        What it raises keeps the orders of this unit out of the store, and reaches whoever took them in.
        """
        ...


class LedgerSink(Protocol):
    """Books money: what came in (回款) and what went back (退款).

    The laws are those of `crmkit.testing.LedgerSinkContract`.
    """

    def book(self, events: Sequence[LedgerEvent]) -> None:
        """Books events in their order; one whose key is booked already changes nothing.

        What it raises keeps the orders of this unit out of the store, and reaches whoever took them in.
        """
        ...


@attrs.frozen(kw_only=True, slots=True)
class Sinks:
    """Holds the sinks that a host gave.

    Attributes:
        fulfilment: Books goods, or None.
        ledger: Books money, or None.
    """

    fulfilment: FulfilmentSink | None = None
    ledger: LedgerSink | None = None

    def book(self, events: Iterable[Event]) -> None:
        """Gives each sink what it books, in the order in which it was told; a sink with nothing to book is not called.

        Example:
            >>> from crmkit.orders import steps
            >>> from crmkit.storage.memory import MemoryFulfilment
            >>> from crmkit.testing import FixedClock, a_line, an_order
            >>> stock = MemoryFulfilment()
            >>> sold = an_order(status="shipped", lines=(a_line(sku="LAMP-1", quantity=2),))
            >>> Sinks(fulfilment=stock).book(steps(None, sold, now=FixedClock().now()))
            >>> stock.units_out
            {'LAMP-1': 2}
        """
        told = tuple(events)
        if self.fulfilment is not None and (goods := [one for one in told if isinstance(one, FulfilmentEvent)]):
            self.fulfilment.book(goods)
        if self.ledger is not None and (money := [one for one in told if isinstance(one, LedgerEvent)]):
            self.ledger.book(money)
