"""What every sink of goods and every sink of money must keep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import attrs
import pytest

from crmkit.events import Event
from crmkit.identifiers import Identifier
from crmkit.intake import OrderIntake
from crmkit.money import Money
from crmkit.orders import BeforeImage, Buyer, Order, Sinks, steps, undoings_of
from crmkit.storage.memory import MemoryStore
from crmkit.testing.builders import a_line, an_order
from crmkit.testing.clocks import FixedClock

__all__ = ["FulfilmentSinkContract", "LedgerSinkContract"]

_NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
_LAMPS = (a_line(sku="灯-1", quantity=2), a_line(sku="LAMP-2", quantity=1), a_line(sku="灯-1", quantity=3))


def _sold(number: str = "1001", **fields: Any) -> Order:
    buyer = Buyer(identifiers=(Identifier("email", "mei@example.com"),))
    return an_order(number=number, buyer=buyer, lines=_LAMPS, **fields)


def _undone(before: Order | None, after: Order, number: int = 1) -> tuple[Event, ...]:
    kind: Any = "new" if before is None else "changed"
    image = BeforeImage(batch="b", key=after.key, kind=kind, version_before=0, version_after=1, before=before)
    return undoings_of(image, after, now=_NOW, number=number)


class _Falling:
    """Is a sink that fails once."""

    def __init__(self) -> None:
        self._calls = 0

    def book(self, events: Any) -> None:
        self._calls += 1
        if self._calls == 1:
            raise ConnectionError("the host's other books are out of reach")


def _taken_with_a_fall(sinks: Sinks, orders: list[Order]) -> None:
    """Takes orders in with sinks of which one fails once, and then by the same call again; and once more."""
    intake = OrderIntake(MemoryStore(), clock=FixedClock(_NOW), sinks=sinks)
    with pytest.raises(ConnectionError):
        intake.take(orders)
    assert [intake.take(orders).new for _ in range(2)] == [len(orders), 0]


class FulfilmentSinkContract:
    """Holds the laws G1 to G5 of sinks of goods; subclass it, give `make_sink`, `units_out` and `shipped`."""

    @pytest.fixture
    def make_sink(self) -> Any:
        """Gives a function that returns a fresh sink with empty books."""
        raise NotImplementedError("Give a fixture `make_sink` that returns a function making a fresh sink.")

    def units_out(self, sink: Any) -> Mapping[str, int]:
        """Returns how many units of each SKU have left the stock by the sink's books, without zeros."""
        raise NotImplementedError("Return what the books say: SKU → units that left the stock.")

    def shipped(self, sink: Any) -> Iterable[str]:
        """Returns the numbers of the orders that were handed to a carrier by the sink's books."""
        raise NotImplementedError("Return the numbers of the orders that the books call shipped.")

    def test_G1_goods_are_booked_by_sku(self, make_sink: Any) -> None:
        sink = make_sink()
        self._book(sink, steps(None, _sold(), now=_NOW))
        assert self._told(sink) == ({}, set())
        self._book(sink, steps(_sold(), _sold(status="shipped"), now=_NOW))
        self._book(sink, steps(None, _sold("1002", status="completed"), now=_NOW))
        assert self._told(sink) == ({"灯-1": 10, "LAMP-2": 2}, {"1001", "1002"})

    def test_G2_a_key_is_booked_once(self, make_sink: Any) -> None:
        sink = make_sink()
        told = steps(None, _sold(status="shipped"), now=_NOW)
        self._book(sink, (*told, *told))
        self._book(sink, (*told, *steps(None, _sold("1002", status="shipped"), now=_NOW)))
        assert self._told(sink) == ({"灯-1": 10, "LAMP-2": 2}, {"1001", "1002"})

    def test_G3_what_is_undone_is_back_once(self, make_sink: Any) -> None:
        sink = make_sink()
        sold = _sold(status="shipped")
        self._book(sink, steps(None, sold, now=_NOW))
        for _ in range(2):
            self._book(sink, _undone(None, sold))
        assert self._told(sink) == ({}, set())

    def test_G4_what_happens_again_after_that_is_booked_again(self, make_sink: Any) -> None:
        sink = make_sink()
        sold = _sold(status="shipped")
        for number in range(3):
            self._book(sink, steps(None, sold, now=_NOW, undoings=number))
            self._book(sink, _undone(None, sold, number + 1))
        self._book(sink, steps(None, sold, now=_NOW, undoings=3))
        assert self._told(sink) == ({"灯-1": 5, "LAMP-2": 1}, {"1001"})

    def test_G5_a_failure_after_it_has_booked_doubles_nothing(self, make_sink: Any) -> None:
        sink = make_sink()
        sinks = Sinks(fulfilment=sink, ledger=_Falling())
        _taken_with_a_fall(sinks, [_sold(str(number), status="shipped") for number in range(3)])
        assert self._told(sink) == ({"灯-1": 15, "LAMP-2": 3}, {"0", "1", "2"})

    @staticmethod
    def _book(sink: Any, events: Iterable[Event]) -> None:
        Sinks(fulfilment=sink).book(events)

    def _told(self, sink: Any) -> tuple[dict[str, int], set[str]]:
        return dict(self.units_out(sink)), set(self.shipped(sink))


class LedgerSinkContract:
    """Holds the laws M1 to M6 of sinks of money; subclass it, give `make_sink` and `balance`."""

    @pytest.fixture
    def make_sink(self) -> Any:
        """Gives a function that returns a fresh sink with empty books."""
        raise NotImplementedError("Give a fixture `make_sink` that returns a function making a fresh sink.")

    def balance(self, sink: Any) -> Mapping[str, Decimal]:
        """Returns what came in less what went back by the sink's books, by currency, without zeros."""
        raise NotImplementedError("Return what the books say: currency → amount that came in less what went back.")

    def test_M1_what_came_in_less_what_went_back_is_booked(self, make_sink: Any) -> None:
        sink = make_sink()
        waiting, paid = _sold(status="pending_payment"), _sold(total="30.00")
        self._book(sink, steps(None, waiting, now=_NOW))
        assert self.balance(sink) == {}
        self._book(sink, steps(waiting, paid, now=_NOW))
        self._book(sink, steps(paid, attrs.evolve(paid, refunded=Money("10.00", "CNY")), now=_NOW))
        assert self.balance(sink) == {"CNY": Decimal("20.00")}

    def test_M2_a_key_is_booked_once(self, make_sink: Any) -> None:
        sink = make_sink()
        told = steps(None, _sold(total="30.00", refunded="5.00"), now=_NOW)
        self._book(sink, (*told, *told))
        self._book(sink, (*told, *steps(None, _sold("1002", total="1.00"), now=_NOW)))
        assert self.balance(sink) == {"CNY": Decimal("26.00")}

    def test_M3_currencies_never_mix(self, make_sink: Any) -> None:
        sink = make_sink()
        orders = [_priced("1", "JPY", 500), _priced("2", "KWD", "1.125"), _priced("3", "CNY", "0.01")]
        self._book(sink, [event for order in orders for event in steps(None, order, now=_NOW)])
        assert self.balance(sink) == {"CNY": Decimal("0.01"), "JPY": Decimal(500), "KWD": Decimal("1.125")}

    def test_M4_what_is_undone_is_back_once(self, make_sink: Any) -> None:
        sink = make_sink()
        paid = _sold(total="30.00")
        less = attrs.evolve(paid, refunded=Money("10.00", "CNY"))
        self._book(sink, (*steps(None, paid, now=_NOW), *steps(paid, less, now=_NOW)))
        for _ in range(2):
            self._book(sink, _undone(paid, less))
        assert self.balance(sink) == {"CNY": Decimal("30.00")}
        self._book(sink, _undone(None, paid, 2))
        assert self.balance(sink) == {}

    def test_M5_what_happens_again_after_that_is_booked_again(self, make_sink: Any) -> None:
        sink = make_sink()
        paid = _sold(total="30.00", refunded="10.00")
        for number in range(3):
            self._book(sink, steps(None, paid, now=_NOW, undoings=number))
            self._book(sink, _undone(None, paid, number + 1))
        self._book(sink, steps(None, paid, now=_NOW, undoings=3))
        assert self.balance(sink) == {"CNY": Decimal("20.00")}

    def test_M6_a_failure_after_it_has_booked_doubles_nothing(self, make_sink: Any) -> None:
        sink = make_sink()
        sinks = _Both(sink, _Falling())
        _taken_with_a_fall(Sinks(ledger=sinks), [_sold(str(number), total="30.00") for number in range(3)])
        assert self.balance(sink) == {"CNY": Decimal("90.00")}

    @staticmethod
    def _book(sink: Any, events: Iterable[Event]) -> None:
        Sinks(ledger=sink).book(events)


class _Both:
    """Is two sinks, one after the other."""

    def __init__(self, *sinks: Any) -> None:
        self._sinks = sinks

    def book(self, events: Any) -> None:
        for sink in self._sinks:
            sink.book(events)


def _priced(number: str, currency: str, amount: int | str) -> Order:
    return an_order(number=number, currency=currency, total=amount)
