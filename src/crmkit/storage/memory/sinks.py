"""Sinks in memory: books of goods and money that a test can look into."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal

from crmkit.orders import (
    FulfilmentEvent,
    LedgerEvent,
    PaymentReceived,
    RefundUndone,
    Shipped,
    ShippingUndone,
    StockOut,
    StockOutUndone,
)

__all__ = ["MemoryFulfilment", "MemoryLedger"]


class MemoryFulfilment:
    """Books goods in this process; see `crmkit.orders.FulfilmentSink`.

    Example:
        >>> from crmkit import Crm
        >>> from crmkit.testing import a_line, an_order
        >>> stock = MemoryFulfilment()
        >>> crm = Crm.open("memory:", fulfilment=stock)
        >>> taken = crm.take([an_order(status="shipped", lines=(a_line(sku="LAMP-1", quantity=2),))])
        >>> stock.units_out, stock.shipped
        ({'LAMP-1': 2}, {'1001'})
        >>> _ = crm.revert(taken.batch)
        >>> stock.units_out
        {}
    """

    def __init__(self) -> None:
        self.booked: dict[str, FulfilmentEvent] = {}

    def book(self, events: Sequence[FulfilmentEvent]) -> None:
        """Books goods; see `crmkit.orders.FulfilmentSink`."""
        for event in events:
            self.booked.setdefault(event.key, event)

    @property
    def units_out(self) -> Mapping[str, int]:
        """How many units of each SKU have left the stock; those that came back do not count."""
        units: Counter[str] = Counter()
        for event in self.booked.values():
            if isinstance(event, StockOut | StockOutUndone):
                sign = 1 if isinstance(event, StockOut) else -1
                for item in event.items:
                    units[item.sku] += sign * item.quantity
        return {sku: number for sku, number in sorted(units.items()) if number}

    @property
    def shipped(self) -> set[str]:
        """The numbers of the orders that were handed to a carrier."""
        times: Counter[str] = Counter()
        for event in self.booked.values():
            times[event.number] += isinstance(event, Shipped) - isinstance(event, ShippingUndone)
        return {number for number, count in times.items() if count}


class MemoryLedger:
    """Books money in this process; see `crmkit.orders.LedgerSink`.

    Example:
        >>> from crmkit import Crm
        >>> from crmkit.testing import an_order
        >>> money = MemoryLedger()
        >>> _ = Crm.open("memory:", ledger=money).take([an_order(total="30.00", refunded="10.00")])
        >>> money.balance
        {'CNY': Decimal('20.00')}
    """

    def __init__(self) -> None:
        self.booked: dict[str, LedgerEvent] = {}

    def book(self, events: Sequence[LedgerEvent]) -> None:
        """Books money; see `crmkit.orders.LedgerSink`."""
        for event in events:
            self.booked.setdefault(event.key, event)

    @property
    def balance(self) -> Mapping[str, Decimal]:
        """What came in less what went back, by currency."""
        sums: dict[str, Decimal] = {}
        for event in self.booked.values():
            sign = 1 if isinstance(event, PaymentReceived | RefundUndone) else -1
            currency = event.amount.currency
            sums[currency] = sums.get(currency, Decimal(0)) + sign * event.amount.amount
        return {currency: amount for currency, amount in sorted(sums.items()) if amount}
