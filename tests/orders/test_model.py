from __future__ import annotations

import pickle
import subprocess
import sys
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given, settings

from crmkit.errors import CurrencyMismatch, InputError
from crmkit.money import Money
from crmkit.orders import Buyer, Order, Recipient
from crmkit.testing import a_line, an_order
from crmkit.testing.strategies import orders


@settings(max_examples=50)
@given(orders())
def test_an_order_survives_pickling_with_its_digest(order):
    again = pickle.loads(pickle.dumps(order))
    assert again == order
    assert again.digest == order.digest
    assert again.raw == order.raw


@settings(max_examples=40)
@given(orders(), orders())
def test_orders_are_equal_if_and_only_if_their_digests_are(one, other):
    assert (one == other) == (one.digest == other.digest)
    mixed = attrs.evolve(one, remark=other.remark, lines=one.lines, buyer=other.buyer, placed_at=other.placed_at)
    assert (one == mixed) == (one.digest == mixed.digest)


NAIVE = datetime(2026, 11, 1, tzinfo=UTC).replace(tzinfo=None)
CHANGES = [
    {"number": "1002"},
    {"status": "shipped"},
    {"total": 31, "paid": 30},
    {"paid": 29},
    {"refunded": "0.01"},
    {"refund_unknown": True},
    {"lines": ()},
    {"lines": (a_line(quantity=2, total=30),)},
    {"lines": (a_line(id="1"),)},
    {"lines": (a_line(refunded=0),)},
    {"placed_at": None},
    {"paid_at": datetime(2026, 11, 1, tzinfo=UTC)},
    {"shipped_at": datetime(2026, 11, 1, tzinfo=UTC)},
    {"buyer": Buyer(name="Mei")},
    {"buyer": Buyer(accepts_marketing=False)},
    {"recipient": Recipient()},
    {"recipient": Recipient(name="Mei")},
    {"shipping": 0},
    {"discount": 0},
    {"tax": 0},
    {"remark": "1"},
    {"buyer_note": "1"},
    {"tags": ("1",)},
    {"close_reason": "1"},
]


def test_each_field_that_is_compared_changes_the_digest():
    every = [an_order(), *(an_order(**change) for change in CHANGES)]
    assert len({order.digest for order in every}) == len(every)
    touched = {name for change in CHANGES for name in change}
    assert {a.name for a in attrs.fields(Order) if a.eq} <= touched | {
        "key",
        "currency",
        "received_at",
        "completed_at",
    } | {"cancelled_at"}


def test_source_cells_and_the_time_of_the_report_are_not_compared():
    plain = an_order()
    marked = an_order(raw={"备注": "x"}, reported_at=datetime(2026, 11, 2, tzinfo=UTC))
    assert marked == plain
    assert marked.digest == plain.digest
    assert "备注" not in repr(marked)


def test_the_digest_is_the_same_on_every_machine():
    assert an_order(remark="灯笼 🐱", placed_at=None).digest == "44901135c620934924d151aebc4658b3"
    code = "from crmkit.testing import an_order; print(an_order(remark='灯笼 🐱', placed_at=None).digest)"
    told = subprocess.run([sys.executable, "-X", "utf8", "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == an_order(remark="灯笼 🐱", placed_at=None).digest


def test_instants_compare_as_instants_also_in_a_repeated_hour():
    first = datetime(2026, 11, 1, 1, 30, tzinfo=ZoneInfo("America/New_York"))
    second = first.replace(fold=1)
    in_utc = an_order(placed_at=first.astimezone(UTC))
    assert an_order(placed_at=first) == in_utc
    assert an_order(placed_at=first).digest == in_utc.digest
    assert an_order(placed_at=second) != in_utc
    assert hash(an_order(placed_at=first, raw={})) == hash(in_utc)


def test_amounts_of_another_currency_are_refused():
    with pytest.raises(CurrencyMismatch, match="in CNY and holds amounts in USD") as caught:
        an_order(lines=(a_line(currency="USD"),))
    assert caught.value.currencies == ("CNY", "USD")


@pytest.mark.parametrize(
    "facts",
    [
        {"refunded": 31},
        {"refunded": -1},
        {"paid": -1},
        {"placed_at": NAIVE},
        {"reported_at": NAIVE},
        {"currency": "XXX", "total": Money(1, "CNY")},
    ],
)
def test_what_can_never_be_right_is_refused(facts):
    with pytest.raises(InputError):
        an_order(**facts)


@pytest.mark.parametrize("quantity", [0, -1, True, 1.0, "1"])
def test_a_quantity_is_a_whole_number_above_zero(quantity):
    with pytest.raises(InputError, match="whole number above zero"):
        a_line(quantity=quantity, total=1)


def test_what_follows_from_the_fields():
    order = an_order(refunded="3.10", lines=(a_line(quantity=2), a_line()))
    assert str(order.net) == "26.90 CNY"
    assert order.units == 3
    assert (order.platform, order.shop, order.number) == ("taobao", "paper-lantern", "1001")
    assert order.buyer.strongest is not None
    assert Buyer().strongest is None
