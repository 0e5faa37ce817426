from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit.errors import InputError
from crmkit.events import plain
from crmkit.money import Money
from crmkit.orders import OrderStatus, StockItem, merged, steps
from crmkit.testing import a_line, an_order
from crmkit.testing.strategies import orders

NOW = datetime(2026, 11, 24, tzinfo=UTC)
START = datetime(2026, 11, 1, 8, tzinfo=timezone(timedelta(hours=8)))
LINEAR = ["pending_payment", "paid", "shipped", "received", "completed"]
MOMENTS = ["placed_at", "paid_at", "shipped_at", "received_at", "completed_at"]


def names(events):
    return [event.name for event in events]


def walk(ends, partial):
    """An order in each of its states, from placed to its end, with instants as it goes and an early part refund."""
    states, facts = [], {}
    for number, status in enumerate(LINEAR):
        facts[MOMENTS[number]] = START + timedelta(days=number)
        states.append(an_order(status=status, **facts))
    states = states[: ends[0]]
    facts = {name: getattr(states[-1], name) for name in MOMENTS}
    if partial and states[-1].paid.amount:
        states.append(attrs.evolve(states[-1], refunded=Money("5.00", "CNY")))
    if ends[1] and (ends[1] == "cancelled" or ends[0] > 1):
        paid = states[-1].paid
        refunded = paid if ends[1] == "refunded" else states[-1].refunded
        states.append(an_order(status=ends[1], paid=paid, refunded=refunded, cancelled_at=START, **facts))
    return states


walks = st.builds(walk, st.tuples(st.integers(1, 5), st.sampled_from(["", "cancelled", "refunded"])), st.booleans())


@given(walks, st.data())
def test_any_split_of_a_path_tells_the_same(states, data):
    def told(path):
        events, before = [], None
        for order in path:
            events += steps(before, order, now=NOW)
            before = order
        return events

    kept = [order for order in states[:-1] if data.draw(st.booleans())]
    whole, split = told(states), told([*kept, states[-1]])
    milestones = [{event.key for event in events if event.name != "Refunded"} for events in (whole, split)]
    assert milestones[0] == milestones[1]
    back = [sum((event.amount.minor for event in e if event.name == "Refunded"), 0) for e in (whole, split)]
    assert back[0] == back[1] == states[-1].refunded.minor
    assert len({event.key for event in split}) == len(split)


@settings(max_examples=40)
@given(orders(), orders())
def test_the_same_report_again_tells_nothing(one, other):
    assert steps(one, one, now=NOW) == ()
    report = attrs.evolve(other, key=one.key)
    if report.currency == one.currency:
        after = merged(one, report)
        assert steps(after, merged(after, report), now=NOW) == ()


@settings(max_examples=40)
@given(orders())
def test_events_can_lie_in_an_outbox(order):
    for event in steps(None, order, now=NOW):
        assert plain(event.data())
        assert len(event.key) <= 512
        assert event.at == NOW


def test_first_seen_as_completed_tells_everything_in_order():
    events = steps(None, an_order(status="completed"), now=NOW)
    assert names(events) == ["OrderPlaced", "PaymentReceived", "StockOut", "Shipped", "Received", "Completed"]
    assert [event.key.rsplit(":", 1)[1] for event in events] == [
        "placed",
        "paid",
        "stock_out",
        "shipped",
        "received",
        "completed",
    ]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (None, "pending_payment", ["OrderPlaced"]),
        ("pending_payment", "paid", ["PaymentReceived"]),
        ("paid", "shipped", ["StockOut", "Shipped"]),
        ("shipped", "completed", ["Received", "Completed"]),
        ("pending_payment", "cancelled", ["Cancelled"]),
        ("paid", "refunded", ["Refunded"]),
        (None, "refunded", ["OrderPlaced", "PaymentReceived", "Refunded"]),
    ],
)
def test_only_the_step_is_told(before, after, told):
    stored = None if before is None else an_order(status=before)
    assert names(steps(stored, an_order(status=after), now=NOW)) == told


def test_goods_sent_before_the_money_came_are_told_by_what_happened():
    invoiced = an_order(status="shipped", paid=0)
    assert names(steps(None, invoiced, now=NOW)) == ["OrderPlaced", "StockOut", "Shipped"]
    assert names(steps(invoiced, an_order(status="completed"), now=NOW)) == ["PaymentReceived", "Received", "Completed"]


def test_a_refunded_order_tells_the_shipping_that_its_instants_show():
    order = an_order(status="refunded", shipped_at=START, cancelled_at=START)
    assert names(steps(None, order, now=NOW)) == [
        "OrderPlaced",
        "PaymentReceived",
        "StockOut",
        "Shipped",
        "Cancelled",
        "Refunded",
    ]


def test_a_growing_refund_tells_what_was_added_and_the_sum_is_in_the_key():
    first, second = an_order(refunded="5.00"), an_order(refunded="7.50")
    (grown,) = steps(first, second, now=NOW)
    assert (str(grown.amount), str(grown.refunded)) == ("2.50 CNY", "7.50 CNY")
    assert grown.key == "order:taobao/paper-lantern/1001:refunded:750"
    assert steps(second, first, now=NOW) == ()


def test_a_whole_refund_of_unknown_amount_is_told_as_unknown():
    order = an_order(status="refunded", refunded=0, refund_unknown=True)
    (told,) = steps(an_order(), order, now=NOW)
    assert (told.is_unknown, told.amount.minor, told.key[-11:]) == (True, 0, ":refunded:0")


def test_a_second_payment_has_a_key_of_its_own():
    deposit = an_order(status="pending_payment", paid=10)
    assert [event.key[-5:] for event in steps(None, deposit, now=NOW)] == ["laced", ":paid"]
    (balance,) = steps(deposit, an_order(), now=NOW)
    assert (balance.key[-10:], str(balance.amount), str(balance.paid)) == (":paid:3000", "20.00 CNY", "30.00 CNY")


def test_a_step_happened_when_the_order_says_else_when_it_was_reported_else_now():
    paid_at, reported_at = START, START + timedelta(hours=1)
    facts = {"placed_at": None, "paid_at": paid_at}
    placed, paid = steps(None, an_order(**facts, reported_at=reported_at), now=NOW)
    assert (placed.occurred_at, paid.occurred_at, paid.at) == (reported_at, paid_at, NOW)
    placed, _ = steps(None, an_order(**facts), now=NOW)
    assert placed.occurred_at == NOW


def test_what_left_the_stock_is_told():
    order = an_order(status="shipped", lines=(a_line(sku="A", quantity=2), a_line(sku="B", product_id="7")))
    out = next(event for event in steps(None, order, now=NOW) if event.name == "StockOut")
    assert out.items == (StockItem("A", 2), StockItem("B", 1, product_id="7"))
    assert out.data()["items"][1] == {"sku": "B", "quantity": 1, "product_id": "7"}


def test_keys_tell_orders_apart_whatever_their_names_hold():
    one = steps(None, an_order(platform="a/b", shop="c"), now=NOW)[0]
    other = steps(None, an_order(platform="a", shop="b/c"), now=NOW)[0]
    assert one.key != other.key


def test_now_has_a_time_zone():
    with pytest.raises(InputError):
        steps(None, an_order(), now=NOW.replace(tzinfo=None))


def test_every_state_is_known_to_the_steps():
    for status in OrderStatus:
        assert steps(None, an_order(status=status), now=NOW)[0].name == "OrderPlaced"
