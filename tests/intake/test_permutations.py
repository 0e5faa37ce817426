"""The newest report wins: whatever the order in which exports of the same orders come in, a store ends the same."""

from __future__ import annotations

import csv
import io
import itertools
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmkit import Crm, Identifier, importers, loyalty
from crmkit.demo import files
from crmkit.orders import Address, Buyer, Order, OrderKey, Recipient
from crmkit.storage.memory import MemoryFulfilment, MemoryLedger, MemoryStore
from crmkit.storage.sqlalchemy import SqlAlchemyStore
from crmkit.testing import FixedClock, a_line, an_order

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
T = [datetime(2026, 11, day, 12, tzinfo=UTC) for day in (1, 5, 9)]
PROGRAMME = loyalty.Programme(earn=[loyalty.PerSpend(1, per="1 CNY")])
PATHS = [
    ("pending_payment", "pending_payment", "paid"),
    ("pending_payment", "paid", "shipped"),
    ("pending_payment", "cancelled", "cancelled"),
    ("paid", "shipped", "completed"),
    ("paid", "paid", "refunded"),
    ("shipped", "shipped", "shipped"),
    ("shipped", "completed", "completed"),
    ("received", "completed", "refunded"),
]
ORDERS = list(itertools.permutations(range(3)))


def held(store) -> dict[str, object]:
    """What a store says of orders and people; records of guests apart, whom a later report made known."""
    with store.unit() as unit:
        stored = unit.orders.page(None, 1000)
        identities = unit.identities.find(ids={one.customer for one in stored})
        people = defaultdict(set)
        for identity in unit.identities.find(persons={identity.person for identity in identities}):
            people[identity.person].add(identity.key)
    named = {frozenset(key for key in keys if not key.startswith("record:")) for keys in people.values()}
    return {
        "orders": {one.key: one.order for one in stored},
        "reported": {one.key: one.order.reported_at for one in stored},
        "people": named - {frozenset()},
    }


def orders_of(crm: Crm) -> dict[str, object]:
    """Without the people: an order keeps the identity that its first report gave it."""
    found = held(crm.store)
    return {name: found[name] for name in ("orders", "reported")}


def points(crm: Crm) -> dict[str, int]:
    """Points by the key of the buyer."""
    found = {}
    with crm.store.unit() as unit:
        identities = unit.identities.find(ids={one.customer for one in unit.orders.page(None, 1000)})
    for identity in identities:
        if not identity.key.startswith("record:"):
            found[identity.key] = crm.loyalty.balance(identity.id).available
    return found


def ends(make_store, reports, *, programme=None, compared=orders_of) -> list[object]:
    """What stores hold at the end, for each order in which three reports can come in."""
    found = []
    for order in ORDERS:
        crm = Crm(make_store(), programme=programme, clock=FixedClock(NOW))
        for number in order:
            crm.take(reports[number])
        found.append(compared(crm))
        getattr(crm.store, "close", lambda: None)()
    return found


def assert_all_equal(found: list[object]) -> None:
    for order, one in zip(ORDERS, found, strict=True):
        assert one == found[0], f"the reports came in as {order}"


IDENTIFIERS = [
    Identifier("account", "mei", scope="taobao"),
    Identifier("phone", "+8613800000001"),
    Identifier("phone", "+8613800000002"),
    Identifier("phone", "138****0001", form="masked"),
    Identifier("email", "mei@example.com"),
]
TEXTS = st.sampled_from(["", "a", "b", "a*"])


@st.composite
def gappy(draw: st.DrawFn, status: str, at: datetime) -> Order:
    """A report of one order that tells some things, masks others and lacks the rest."""
    fields = {
        "remark": draw(st.sampled_from(["", "one", "two"])),
        "buyer_note": draw(st.sampled_from(["", "one", "two"])),
        "tags": draw(st.sampled_from([(), ("x",), ("y", "z")])),
        "shipping": draw(st.sampled_from([None, 0, 5])),
        "discount": draw(st.sampled_from([None, 1])),
        "placed_at": draw(st.sampled_from([None, T[0] - timedelta(days=1)])),
        "completed_at": draw(st.sampled_from([None, T[2]])),
        "raw": draw(st.sampled_from([{}, {"列": "1"}, {"列": "2"}])),
        "lines": draw(st.sampled_from([(), (a_line(sku="A"),), (a_line(sku="B"),)])),
        "total": draw(st.sampled_from([30, 31])),
    }
    identifiers = draw(
        st.lists(st.sampled_from(IDENTIFIERS), max_size=3, unique_by=lambda item: (item.kind, item.form))
    )
    buyer = Buyer(
        identifiers=tuple(identifiers), name=draw(TEXTS), accepts_marketing=draw(st.sampled_from([None, True, False]))
    )
    recipient = draw(
        st.none() | st.builds(Recipient, name=TEXTS, phone=TEXTS, address=st.builds(Address, text=TEXTS, city=TEXTS))
    )
    if status not in ("pending_payment", "cancelled"):
        fields["paid"] = draw(st.sampled_from([0, 30]))
    unknown = draw(st.booleans())
    if status == "refunded":
        fields["refunded"] = 0 if unknown else fields["paid"]
    elif fields.get("paid") and not unknown:
        fields["refunded"] = draw(st.sampled_from([0, 5, 30]))
    return an_order(
        status=status, buyer=buyer, recipient=recipient, refund_unknown=unknown, reported_at=at, number="1", **fields
    )


@st.composite
def lives(draw: st.DrawFn) -> list[list[Order]]:
    """Three reports of one order, older to newer, each with its own gaps."""
    path = draw(st.sampled_from(PATHS))
    return [[draw(gappy(status, at))] for status, at in zip(path, T, strict=True)]


@settings(max_examples=150)
@given(lives())
def test_reports_with_gaps_end_the_same_in_memory(reports):
    assert_all_equal(ends(MemoryStore, reports))


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lives())
def test_reports_with_gaps_end_the_same_in_a_file(tmp_path_factory, reports):
    def make():
        store = SqlAlchemyStore(f"sqlite:///{tmp_path_factory.mktemp('shop') / 'shop.db'}")
        store.create_schema()
        return store

    assert_all_equal(ends(make, reports))


@settings(max_examples=2, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lives())
def test_reports_with_gaps_end_the_same_on_every_store(store_maker, reports):
    assert_all_equal(ends(store_maker, reports))


def snapshot(number: int, status: str, at: datetime, refunded: int = 0) -> Order:
    """A whole report, as an export of all columns gives it."""
    steps = ["paid", "shipped", "received", "completed", "refunded"]
    reached = steps.index(status) if status in steps else -1
    when = {"paid_at": 0, "shipped_at": 1, "received_at": 2, "completed_at": 3}
    moments = {
        name: T[0] - timedelta(hours=9 - place)
        for name, place in when.items()
        if place <= reached and status != "refunded"
    }
    return an_order(
        key=OrderKey("taobao", "lantern", str(number)),
        status=status,
        reported_at=at,
        refunded=30 if status == "refunded" else refunded,
        buyer=Buyer(identifiers=(Identifier("account", f"buyer{number % 3}", scope="taobao"),)),
        **moments,
    )


@st.composite
def exports(draw: st.DrawFn) -> list[list[Order]]:
    """Three exports of the same shop, older to newer; an order is in an export once it is placed."""
    found: list[list[Order]] = [[], [], []]
    for number in range(draw(st.integers(1, 4))):
        path, begins, refunded = draw(st.sampled_from(PATHS)), draw(st.integers(0, 2)), 0
        for place, (status, at) in enumerate(zip(path, T, strict=True)):
            if place >= begins:
                if status not in ("pending_payment", "cancelled"):
                    refunded = draw(st.sampled_from([amount for amount in (0, 5, 12, 30) if amount >= refunded]))
                found[place].append(snapshot(number, status, at, refunded))
    return found


def books(crm: Crm) -> dict[str, object]:
    return {**held(crm.store), "points": points(crm)}


@settings(max_examples=60)
@given(exports())
def test_exports_end_with_the_same_points_in_memory(reports):
    assert_all_equal(ends(MemoryStore, reports, programme=PROGRAMME, compared=books))


@settings(max_examples=2, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(exports())
def test_exports_end_with_the_same_points_on_every_store(store_maker, reports):
    assert_all_equal(ends(store_maker, reports, programme=PROGRAMME, compared=books))


@settings(max_examples=60)
@given(exports())
def test_exports_end_with_the_same_stock_and_money(reports):
    found = []
    for order in ORDERS:
        stock, money = MemoryFulfilment(), MemoryLedger()
        crm = Crm(MemoryStore(), clock=FixedClock(NOW), fulfilment=stock, ledger=money)
        for number in order:
            crm.take(reports[number])
        found.append((stock.units_out, stock.shipped, money.balance))
    assert_all_equal(found)


# The same through files, with the three ways in which a report says when it was written.


def by_column(reports: list[list[Order]], folder: Path) -> list[object]:
    for place, orders in enumerate(reports):
        importers.write(orders, folder / f"export{place}.csv")
    return [importers.read(folder / f"export{place}.csv") for place in range(3)]


def by_argument(reports: list[list[Order]], folder: Path) -> list[object]:
    for place, orders in enumerate(reports):
        importers.write([attrs.evolve(order, reported_at=None) for order in orders], folder / f"export{place}.csv")
    return [importers.read(folder / f"export{place}.csv", reported_at=T[place]) for place in range(3)]


@pytest.mark.parametrize("written", [by_column, by_argument])
def test_files_end_the_same_on_every_store(store_maker, written, tmp_path):
    first = [snapshot(1, "paid", T[0]), snapshot(2, "pending_payment", T[0])]
    second = [snapshot(1, "shipped", T[1], 5), snapshot(2, "paid", T[1]), snapshot(3, "paid", T[1])]
    third = [snapshot(1, "completed", T[2], 12), snapshot(2, "refunded", T[2]), snapshot(3, "shipped", T[2])]
    reports = written([first, second, third], tmp_path)
    assert all(not report.problems for report in reports)
    found = ends(store_maker, reports, programme=PROGRAMME, compared=books)
    assert_all_equal(found)
    last = found[0]["orders"]
    assert Counter(str(order.status) for order in last.values()) == {"completed": 1, "refunded": 1, "shipped": 1}


def named_exports() -> list[object]:
    """Three exports of Taobao's own format, of which the file names tell when they were written."""
    text = Path(files()[0]).read_bytes().decode("gb18030")
    header, *rows = list(csv.reader(io.StringIO(text)))
    state, back = header.index("订单状态"), header.index("退款金额")
    paid = [row for row in rows if "交易成功" in row[state]][:6]
    assert len(paid) == 6
    found = []
    for place, (word, refunded) in enumerate(
        [("买家已付款，等待卖家发货", ""), ("卖家已发货，等待买家确认", "1.00"), ("交易成功", "2.50")]
    ):
        out = io.StringIO()
        table = csv.writer(out)
        table.writerow(header)
        for row in paid:
            cells = list(row)
            cells[state], cells[back] = word, refunded or "0.00"
            table.writerow(cells)
        name = f"ExportOrderList20261123{place + 10}00.csv"
        found.append(importers.read(out.getvalue().encode("gb18030"), name=name))
    return found


def test_file_names_tell_which_export_is_newer(store_maker):
    reports = named_exports()
    times = [{order.reported_at for order in report.orders} for report in reports]
    assert all(len(told) == 1 for told in times)
    assert len(set().union(*times)) == 3
    found = ends(store_maker, reports, programme=PROGRAMME, compared=books)
    assert_all_equal(found)
    orders = found[0]["orders"].values()
    assert {str(order.status) for order in orders} == {"completed"}


def test_an_older_report_that_tells_nothing_more_is_refused_and_listed():
    crm = Crm(MemoryStore(), clock=FixedClock(NOW))
    crm.take([snapshot(1, "completed", T[2])])
    taken = crm.take([snapshot(1, "paid", T[0])])
    assert (taken.refused, [problem.code for problem in taken.problems]) == (1, ["refused_order"])


def test_an_older_report_that_tells_more_fills_the_gaps_and_moves_nothing_else(store):
    crm = Crm(store, clock=FixedClock(NOW))
    newest = attrs.evolve(snapshot(1, "completed", T[2]), recipient=Recipient(name="M*"), remark="new")
    older = attrs.evolve(snapshot(1, "paid", T[0]), recipient=Recipient(name="Mei"), remark="old", buyer_note="bag")
    crm.take([newest])
    taken = crm.take([older])
    assert (taken.changed, taken.refused) == (1, 0)
    order = crm.orders.get(newest.key).order
    assert order == attrs.evolve(newest, recipient=Recipient(name="Mei"), buyer_note="bag")
    assert (order.reported_at, order.told_at) == (T[2], {"name": T[0], "buyer_note": T[0]})
    assert crm.take([older]).refused == 1
    crm.revert(taken.batch)
    assert crm.orders.get(newest.key).order == newest
