"""Sinks: ours keep the laws, and what is taken in reaches them in order, once, or not at all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from store_content import content_of

from crmkit import Crm, Identifier
from crmkit.orders import Buyer, OrderKey
from crmkit.storage.memory import MemoryFulfilment, MemoryLedger
from crmkit.testing import FixedClock, FulfilmentSinkContract, LedgerSinkContract, an_order

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


class TestMemoryFulfilment(FulfilmentSinkContract):
    @pytest.fixture
    def make_sink(self):
        return MemoryFulfilment

    def units_out(self, sink):
        return sink.units_out

    def shipped(self, sink):
        return sink.shipped


class TestMemoryLedger(LedgerSinkContract):
    @pytest.fixture
    def make_sink(self):
        return MemoryLedger

    def balance(self, sink):
        return sink.balance


class Diary:
    """Writes down what it is given, and fails when told to."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.fails = False

    def book(self, events) -> None:
        if self.fails:
            raise ConnectionError("the host's books are out of reach")
        self.calls.append([event.key.removeprefix("order:taobao/lantern/") for event in events])


@pytest.fixture
def diary():
    return Diary()


@pytest.fixture
def crm(store, diary):
    return Crm(store, clock=FixedClock(NOW), fulfilment=diary, ledger=diary)


def sold(number: str, **fields):
    buyer = Buyer(identifiers=(Identifier("account", "mei", scope="taobao"),))
    return an_order(key=OrderKey("taobao", "lantern", number), buyer=buyer, **fields)


def test_a_sink_is_given_what_it_books_in_the_order_of_the_steps(crm, diary):
    crm.take([sold("1", status="completed", refunded="5"), sold("2")])
    assert diary.calls == [["1:stock_out", "1:shipped"], ["1:paid", "1:refunded:500", "2:paid"]]
    crm.take([sold("1", status="completed", refunded="5"), sold("2")])
    assert len(diary.calls) == 2
    crm.orders.apply(sold("2", status="shipped"), "somebody")
    assert diary.calls[2:] == [["2:stock_out", "2:shipped"]]


def test_a_sink_that_raises_keeps_the_orders_out_and_the_same_call_finishes(crm, diary, monkeypatch):
    monkeypatch.setattr("crmkit.intake.service._CHUNK", 2)
    orders = [sold(str(number)) for number in range(4)]
    crm.take(orders[:2])
    diary.fails = True
    with pytest.raises(ConnectionError):
        crm.take(orders)
    assert len(content_of(crm.store)["orders"]) == 2
    diary.fails = False
    assert crm.take(orders).new == 2
    assert diary.calls == [["0:paid", "1:paid"], ["2:paid", "3:paid"]]


def test_undoing_reaches_the_sinks_and_one_that_raises_keeps_the_orders(crm, diary):
    taken = crm.take([sold("1", status="shipped")])
    diary.fails = True
    with pytest.raises(ConnectionError):
        crm.revert(taken.batch)
    assert len(content_of(crm.store)["orders"]) == 1
    diary.fails = False
    assert crm.revert(taken.batch).removed == 1
    assert diary.calls[2:] == [["1:shipping_undone:1", "1:stock_out_undone:1"], ["1:payment_undone:1"]]


def test_books_follow_orders_that_are_taken_undone_and_taken_again(store):
    stock, money = MemoryFulfilment(), MemoryLedger()
    crm = Crm(store, clock=FixedClock(NOW), fulfilment=stock, ledger=money)
    orders = [sold("1", status="shipped"), sold("2", refunded="12.50")]
    for _ in range(2):
        taken = crm.take(orders)
        assert (stock.units_out, stock.shipped) == ({"LANTERN-RED": 1}, {"1"})
        assert {currency: str(amount) for currency, amount in money.balance.items()} == {"CNY": "47.50"}
        crm.revert(taken.batch)
        assert (stock.units_out, stock.shipped, money.balance) == ({}, set(), {})
