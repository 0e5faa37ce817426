"""Stored orders against bills, on every store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crmkit import Crm, Money
from crmkit.errors import InputError
from crmkit.orders import BillEntry, BillKind, OrderKey
from crmkit.testing import FixedClock, an_order

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def sold(number: str, paid_at: datetime, shop: str = "lantern"):
    money = Money("30.00", "CNY")
    return an_order(key=OrderKey("taobao", shop, number), total=money, paid=money, lines=(), paid_at=paid_at)


def came(entry: str, number: str, amount: str) -> BillEntry:
    return BillEntry(
        platform="alipay", id=entry, kind=BillKind.PAYMENT, amount=Money(amount, "CNY"), at=NOW, orders=(number,)
    )


@pytest.fixture
def crm(store):
    crm = Crm(store, clock=FixedClock(NOW))
    crm.take([sold(f"n{day:04}", NOW - timedelta(days=day)) for day in range(1, 1203)])
    return crm


def test_the_orders_that_a_bill_names_are_held_against_it(crm) -> None:
    found = crm.reconcile([came("1", "n0001", "30.00"), came("2", "n1202", "25.00"), came("3", "gone", "9.00")])
    told = {line.number: (str(line.match), line.difference.amount) for line in found.lines}
    assert told == {"n0001": ("matched", 0), "n1202": ("short", -5), "gone": ("unknown", 9)}


def test_a_period_shows_what_no_bill_holds(crm) -> None:
    entries = [came("1", "n0002", "30.00")]
    found = crm.reconcile(entries, paid_since=NOW - timedelta(days=3), paid_until=NOW - timedelta(days=1))
    assert {line.number: str(line.match) for line in found.lines} == {"n0002": "matched", "n0003": "unbilled"}


def test_a_naive_instant_is_refused(crm) -> None:
    with pytest.raises(InputError, match="paid_since"):
        crm.reconcile([], paid_since=datetime(2026, 11, 1))  # noqa: DTZ001  naive is the case
