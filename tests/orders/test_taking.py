from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from crmkit.errors import InputError, NotFoundError
from crmkit.orders import DEFAULT_FLOW, OrderBook, apply_many, classify, plan_many, refusal_of, require_storable
from crmkit.storage.memory import MemoryStore
from crmkit.testing import FixedClock, a_line, an_order

NOW = datetime(2026, 11, 24, tzinfo=UTC)
T1, T2 = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)


@pytest.fixture
def book(store):
    return OrderBook(store, clock=FixedClock())


def told(store):
    with store.unit() as unit:
        return [entry.key.rsplit(":", 1)[1] for entry in unit.outbox.read(after=0, limit=10_000)]


def test_new_changed_known(store, book):
    assert book.apply(an_order(), "c1").kind == "new"
    assert book.apply(an_order(), "c1").kind == "known"
    change = book.apply(an_order(status="shipped"), "c2")
    assert (change.kind, change.customer, change.before) == ("changed", "c1", an_order())
    stored = book.get(an_order().key)
    assert (stored.order, stored.customer, stored.version) == (an_order(status="shipped"), "c1", 2)
    assert told(store) == ["placed", "paid", "stock_out", "shipped"]


def test_an_order_that_is_not_there_is_not_found(book):
    with pytest.raises(NotFoundError, match=r"no order 'taobao/paper-lantern/1001'"):
        book.get(an_order().key)


@pytest.mark.parametrize(
    ("stored", "report", "reason"),
    [
        ({"status": "completed"}, {"status": "paid"}, "is completed and cannot become paid"),
        ({"reported_at": T2}, {"reported_at": T1, "status": "pending_payment"}, "was written at 2026-11-01"),
        ({"refunded": 5}, {"refunded": 0}, "knows 0.00 CNY of refunds, and more is stored"),
        ({}, {"currency": "USD"}, "stored in CNY and reported in USD"),
        ({}, {"remark": "a\0b"}, "NUL"),
        ({"reported_at": T1, "status": "completed"}, {"reported_at": T2, "status": "paid"}, "OrderFlow"),
    ],
)
def test_an_older_or_contradicting_report_is_refused_and_nothing_moves(stored, report, reason):
    book = OrderBook(MemoryStore())
    book.apply(an_order(**stored), "c1")
    change = book.apply(an_order(**report), "c1")
    assert change.kind == "refused"
    assert reason in change.reason
    assert book.get(an_order().key).version == 1


@pytest.mark.parametrize(
    ("stored", "report"),
    [
        ({"refunded": 5, "reported_at": T1}, {"refunded": 0, "reported_at": T2}),
        ({"refunded": 5}, {"refunded": 7}),
        ({"refunded": 5}, {"refunded": 0, "refund_unknown": True, "status": "completed"}),
        ({"reported_at": T2}, {"status": "completed"}),
        ({"reported_at": T2}, {"reported_at": T2, "remark": "x"}),
        ({}, {"status": "cancelled"}),
    ],
)
def test_a_report_that_may_be_newer_is_taken(stored, report):
    book = OrderBook(MemoryStore())
    book.apply(an_order(**stored), "c1")
    assert book.apply(an_order(**report), "c1").kind == "changed"


def test_a_host_may_allow_a_move_backwards():
    book = OrderBook(MemoryStore(), flow=DEFAULT_FLOW.with_move("completed", "received"))
    book.apply(an_order(status="completed"), "c1")
    assert book.apply(an_order(status="received"), "c1").kind == "changed"


def test_a_report_that_says_less_is_known_the_second_time(store, book):
    book.apply(an_order(remark="no bag"), "c1")
    less = an_order(remark="", status="shipped")
    assert [book.apply(less, "c1").kind for _ in range(2)] == ["changed", "known"]
    assert book.get(less.key).order.remark == "no bag"
    assert book.apply(an_order(remark="", status="shipped", lines=()), "c1").kind == "known"
    assert book.get(less.key).version == 2


def test_reports_of_one_order_in_one_call_build_on_each_other(store, book):
    path = [an_order(status=status) for status in ("pending_payment", "paid", "paid", "completed", "paid")]
    changes = book.apply_many([(order, f"c{n}") for n, order in enumerate(path)], batch="b1")
    assert [change.kind for change in changes] == ["new", "changed", "known", "changed", "refused"]
    assert {change.customer for change in changes} == {"c0"}
    assert book.get(path[0].key).version == 1
    assert told(store) == ["placed", "paid", "stock_out", "shipped", "received", "completed"]
    later = [(an_order(refunded=n, status="completed"), "c0") for n in (1, 2)]
    assert [change.kind for change in book.apply_many(later, batch="b2")] == ["changed", "changed"]
    with store.unit() as unit:
        (image,) = unit.batches.images("b2", None, 10)
    assert (image.before.status, image.before.refunded.minor, image.version_before, image.version_after) == (
        "completed",
        0,
        1,
        2,
    )


def test_one_bad_order_does_not_hold_up_the_others(store, book):
    reports = [(an_order(number=number), "c1") for number in ("1", "7" * 300, "2")]
    assert [change.kind for change in book.apply_many(reports)] == ["new", "refused", "new"]


def test_planning_says_what_applying_does_and_writes_nothing(store):
    reports = [(an_order(number=str(n), status=("paid", "completed")[n % 2]), "c1") for n in range(6)]
    with store.unit() as unit:
        apply_many(unit, reports[:3], flow=DEFAULT_FLOW, now=NOW)
        unit.commit()
    with store.unit(read_only=True) as unit:
        planned = plan_many(unit, reports, flow=DEFAULT_FLOW, now=NOW)
        assert len(unit.orders.page(None, 10)) == 3
    with store.unit() as unit:
        assert apply_many(unit, reports, flow=DEFAULT_FLOW, now=NOW) == planned


def test_classify_judges_by_states_alone():
    known, changed = an_order(number="1"), an_order(number="2", status="shipped")
    store = MemoryStore()
    OrderBook(store).apply_many(
        [(known, "c"), (an_order(number="2"), "c"), (an_order(number="3", status="refunded"), "c")]
    )
    reports = [known, changed, an_order(number="3"), an_order(number="4")]
    with store.unit() as unit:
        verdicts = classify(unit.orders.digests([order.key for order in reports]), reports, DEFAULT_FLOW)
    assert [verdict.kind for verdict in verdicts] == ["known", "changed", "refused", "new"]
    assert [bool(verdict.reason) for verdict in verdicts] == [False, False, True, False]


def test_taking_in_nothing_does_nothing(store, book):
    assert book.apply_many([]) == ()
    with store.unit() as unit:
        assert apply_many(unit, [], flow=DEFAULT_FLOW, now=NOW, batch="b1") == ()


def test_a_thousand_orders_take_few_statements(sqlite_store):
    count = []
    event.listen(sqlite_store.engine, "before_cursor_execute", lambda *call: count.append(call[2]))

    def statements(reports, **facts):
        count.clear()
        OrderBook(sqlite_store).apply_many(reports, **facts)
        return len([text for text in count if not text.startswith("BEGIN")])

    def reports(status, size):
        two = (a_line(total=15), a_line(total=15))
        some = [an_order(number=str(n), status=status, lines=two if n % 5 < 3 else ()) for n in range(size)]
        return [(order, "c1") for order in some]

    assert statements(reports("paid", 1000), batch="b1") <= 6
    assert statements(reports("paid", 1000)) == 1
    assert statements(reports("completed", 1000), batch="b2") <= 11
    assert statements(reports("refunded", 5), batch="b3") <= 11


@pytest.mark.parametrize(
    "facts",
    [
        {"number": ""},
        {"platform": "p" * 65},
        {"placed_at": datetime.min.replace(tzinfo=UTC)},
        {"placed_at": datetime.max.replace(tzinfo=UTC)},
        {"lines": (a_line(quantity=2**63, total=1),)},
        {"buyer_note": "\udc80"},
        {"raw": {"\0": ""}},
    ],
)
def test_what_no_database_can_hold_is_refused_with_a_reason(facts):
    order = an_order(**facts)
    assert refusal_of(order)
    with pytest.raises(InputError):
        require_storable(order)
    assert refusal_of(an_order(placed_at=T1 + timedelta(microseconds=1))) == ""
