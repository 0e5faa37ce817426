"""Reports into a store: plan, apply, take, on every store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest
from store_content import content_of

from crmkit import Crm, Identifier, Money, importers, loyalty
from crmkit.demo import AS_OF, files
from crmkit.errors import InputError, StoreUnavailable
from crmkit.orders import Buyer, OrderKey, OrderStatus
from crmkit.testing import FixedClock, an_order

PROGRAMME = loyalty.Programme(earn=[loyalty.PerSpend(1, per="1 CNY")])
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def demo():
    return importers.read(*files())


@pytest.fixture
def crm(store):
    return Crm(store, programme=PROGRAMME, clock=FixedClock(NOW))


def buyer(*identifiers: Identifier) -> Buyer:
    return Buyer(identifiers=identifiers)


def an_order_of(number: str, *identifiers: Identifier, **fields):
    return an_order(key=OrderKey("taobao", "lantern", number), buyer=buyer(*identifiers), **fields)


def test_a_plan_writes_nothing_and_says_what_would_be(crm, demo):
    plan = crm.plan(demo)
    assert plan.counts == {"new": len(demo.orders), "changed": 0, "known": 0, "refused": 0}
    assert "payments" in str(plan)
    assert str(plan).startswith(f"{len(demo.orders)} orders: {len(demo.orders)} new, 0 changed")
    assert content_of(crm.store)["orders"] == {}


def test_applying_a_plan_twice_is_the_same_as_once(crm, demo):
    plan = crm.plan(demo)
    first = crm.apply(plan)
    held = content_of(crm.store)
    second = crm.apply(plan)
    assert first.new == len(demo.orders)
    assert (second.new, second.changed, second.known) == (0, 0, len(demo.orders))
    assert second.is_nothing_new
    assert "nothing new" in str(second)
    assert (second.batch, second.customers) == (first.batch, first.customers)
    assert content_of(crm.store) == held


def test_take_is_plan_and_apply(crm, demo):
    applied = crm.apply(crm.plan(demo))
    reference = Crm.open(programme=PROGRAMME, clock=FixedClock(NOW))
    assert str(reference.take(demo)) == str(applied)
    assert content_of(crm.store) == content_of(reference.store)


def test_every_store_holds_the_same_after_the_demo(crm, demo):
    crm.take(demo)
    reference = Crm.open(programme=PROGRAMME, clock=FixedClock(NOW))
    reference.take(demo)
    assert content_of(crm.store) == content_of(reference.store)


def test_people_who_buy_at_both_shops_are_one_customer(crm, demo):
    taken = crm.take(demo)
    frame = crm.order_frame()
    platforms = frame.groupby("customer")["platform"].nunique()
    assert (platforms > 1).sum() == 12
    assert taken.customers == frame["customer"].nunique()
    assert taken.merges == 12


def test_points_follow_the_orders(crm):
    mei = Identifier("account", "mei", scope="taobao")
    paid = an_order_of("1", mei, total=Money("30.00", "CNY"), paid=Money("30.00", "CNY"), lines=())
    taken = crm.take([paid])
    assert taken.points == 30
    customer = crm.identity.lookup(kind="account", value="mei", scope="taobao").id
    assert crm.loyalty.balance(customer).available == 30
    back = attrs.evolve(paid, refunded=Money("10.00", "CNY"))
    assert crm.take([back]).points == -10
    assert crm.take([back]).points == 0
    assert crm.loyalty.balance(customer).available == 20


def test_an_order_in_another_currency_than_the_programme_is_kept_and_reported(crm):
    euro = an_order_of(
        "1",
        Identifier("email", "a@example.com"),
        currency="EUR",
        total=Money("5", "EUR"),
        paid=Money("5", "EUR"),
        lines=(),
    )
    taken = crm.take([euro])
    assert (taken.new, taken.points) == (1, 0)
    assert [problem.order for problem in taken.problems] == ["1"]
    assert crm.orders.get(euro.key).order == euro


def test_an_older_report_is_refused_and_listed(crm):
    done = an_order_of("1", status=OrderStatus.COMPLETED, reported_at=NOW)
    crm.take([done])
    old = attrs.evolve(done, status=OrderStatus.PAID, reported_at=NOW - timedelta(days=1))
    taken = crm.take([old])
    assert (taken.refused, len(taken.problems)) == (1, 1)
    assert taken.problems[0].code == "refused_order"
    assert crm.orders.get(done.key).order.status is OrderStatus.COMPLETED


def test_merges_count_accounts_that_join_somebody_known(crm):
    mail, account = Identifier("email", "a@example.com"), Identifier("account", "mei", scope="taobao")
    first = crm.take([an_order_of("1", mail, placed_at=NOW - timedelta(days=2))])
    older = crm.take([an_order_of("2", account, mail, placed_at=NOW - timedelta(days=9))])
    again = crm.take([an_order_of("3", mail, account, placed_at=NOW - timedelta(days=1))])
    assert [(t.customers, t.merges) for t in (first, older, again)] == [(1, 0), (1, 1), (1, 0)]


def test_an_item_report_alone_makes_no_order_and_its_pair_later_does(crm):
    orders, items, _ = files()
    alone = crm.take(importers.read(items))
    assert (alone.new, alone.customers, content_of(crm.store)["orders"]) == (0, 0, {})
    assert {problem.code for problem in alone.problems} == {"refused_order"}
    both = crm.take(importers.read(items, orders))
    assert (both.new, both.refused) == (148, 0)
    reference = Crm.open(programme=PROGRAMME, clock=FixedClock(NOW))
    reference.take(importers.read(orders, items))
    assert content_of(crm.store) == content_of(reference.store)


def test_an_item_report_after_its_order_report_adds_lines_and_touches_no_money(crm):
    orders, items, _ = files()
    shop = "lantern"
    crm.take(importers.read(orders, shop=shop))
    money = {stored: crm.orders.get(stored).order.net for stored in content_of(crm.store)["orders"]}
    later = crm.take(importers.read(items, shop=shop))
    assert (later.new, later.refused) == (0, 0)
    held = content_of(crm.store)
    assert {key: crm.orders.get(key).order.net for key in held["orders"]} == money
    assert sum(len(crm.orders.get(key).order.lines) for key in list(held["orders"])[:20]) >= 20
    assert all(not key.startswith("record:") for _, _, key in held["orders"].values())


def test_a_later_report_without_a_buyer_makes_no_guest(crm):
    known = an_order_of("1", Identifier("email", "a@example.com"), status=OrderStatus.PAID)
    crm.take([known])
    crm.take([attrs.evolve(known, buyer=Buyer(), status=OrderStatus.SHIPPED)])
    assert content_of(crm.store)["persons"] == {frozenset({"email:world:a@example.com"})}
    assert crm.orders.get(known.key).order.buyer == known.buyer


def test_one_number_of_a_platform_is_one_order_whatever_shop_a_file_names(crm):
    mei = Identifier("account", "mei", scope="taobao")
    named = an_order(key=OrderKey("taobao", "lantern", "77"), buyer=buyer(mei))
    unnamed, renamed = (attrs.evolve(named, key=OrderKey("taobao", shop, "77")) for shop in ("default", "lanterns"))
    assert crm.take([unnamed, named]).new == 1
    assert [crm.take([report]).new for report in (unnamed, named, renamed)] == [0, 0, 0]
    held = content_of(crm.store)
    assert list(held["orders"]) == [named.key]
    assert len(held["entries"]) == 1


def test_two_shops_that_nobody_names_do_not_overwrite_each_other(crm):
    def sold(shop: str, mail: str, **fields):
        return an_order(key=OrderKey("shopify", shop, "#1001"), buyer=buyer(Identifier("email", mail)), **fields)

    one = sold("default", "a@example.com")
    crm.take([one])
    other = sold("default", "b@example.com", remark="of another shop")
    assert crm.plan([other]).counts["refused"] == 1
    refused = crm.take([other])
    assert (refused.changed, refused.refused, refused.points) == (0, 1, 0)
    assert [problem.code for problem in refused.problems] == ["another_buyer"]
    held = content_of(crm.store)
    assert held["persons"] == {frozenset({"email:world:a@example.com"})}
    assert crm.orders.get(one.key).order == one
    assert crm.take([sold("second", "b@example.com")]).new == 1
    assert crm.take([sold("default", "a@example.com", status=OrderStatus.SHIPPED)]).changed == 1


def test_a_guest_whose_buyer_a_later_report_names_is_that_buyer(crm):
    mei = Identifier("account", "mei", scope="taobao")
    guest = an_order_of("1")
    crm.take([guest, an_order_of("2", mei)])
    assert crm.order_frame()["customer"].nunique() == 2
    crm.take([attrs.evolve(guest, buyer=buyer(mei), remark="now with its buyer")])
    assert crm.order_frame()["customer"].nunique() == 1
    person = crm.identity.lookup(kind="account", value="mei", scope="taobao")
    assert crm.loyalty.balance(person.id).available == 60


def test_goods_on_invoice_earn_when_they_are_paid_and_not_when_they_are_shipped(crm):
    sent = an_order_of("1", Identifier("email", "a@example.com"), status=OrderStatus.SHIPPED, paid=Money("0", "CNY"))
    assert crm.take([sent]).points == 0
    assert crm.take([attrs.evolve(sent, paid=sent.total)]).points == 30


def test_what_could_not_be_booked_is_booked_when_it_can_be(store):
    order = an_order_of("1", Identifier("email", "a@example.com"))
    assert Crm(store, clock=FixedClock(NOW)).take([order]).points == 0
    later = Crm(store, programme=PROGRAMME, clock=FixedClock(NOW))
    assert [later.take([order]).points for _ in range(2)] == [30, 0]


def test_an_order_that_no_store_can_hold_is_refused_alone(crm):
    bad = an_order_of("1", Identifier("account", "me\0i", scope="taobao"))
    taken = crm.take([bad, an_order_of("2", Identifier("account", "mei", scope="taobao"))])
    assert (taken.new, taken.refused, taken.customers) == (1, 1, 1)
    assert len(content_of(crm.store)["persons"]) == 1


def test_guests_without_identifiers_are_customers_of_their_own(crm):
    crm.take([an_order_of("1"), an_order_of("2")])
    assert crm.order_frame()["customer"].nunique() == 2


def test_events_are_told_once_and_in_order(crm):
    order = an_order_of("1", Identifier("email", "a@example.com"), status=OrderStatus.SHIPPED)
    heard: list[str] = []
    crm.subscribe(lambda event: heard.append(event.name))
    crm.take([order])
    crm.take([order])
    told = [name for name in heard if name in ("OrderPlaced", "PaymentReceived", "StockOut", "Shipped")]
    assert told == ["OrderPlaced", "PaymentReceived", "StockOut", "Shipped"]
    outbox = crm.events()
    assert [entry.name for entry in outbox] == heard
    assert crm.events(after=outbox[-1].position) == ()


def test_a_store_that_fails_half_way_is_finished_by_the_same_call(store, demo, monkeypatch):
    monkeypatch.setattr("crmkit.intake.service._CHUNK", 50)
    crm = Crm(store, programme=PROGRAMME, clock=FixedClock(NOW))
    calls = iter(range(1000))

    def gone(*args, **options):
        if next(calls) == 2:
            raise StoreUnavailable("the database is gone")
        return follow_many(*args, **options)

    from crmkit.loyalty import follow_many

    monkeypatch.setattr("crmkit.intake.service.follow_many", gone)
    monkeypatch.setattr("crmkit.intake.service.in_unit", once)
    with pytest.raises(StoreUnavailable):
        crm.take(demo)
    assert len(content_of(store)["orders"]) == 100
    crm.take(demo)
    reference = Crm.open(programme=PROGRAMME, clock=FixedClock(NOW))
    reference.take(demo)
    assert content_of(store) == content_of(reference.store)


def once(store, work):
    with store.unit() as unit:
        result = work(unit)
        unit.commit()
        return result


def test_statements_do_not_grow_with_the_orders(sqlite_store):
    from sqlalchemy import event

    count = []
    event.listen(sqlite_store.engine, "before_cursor_execute", lambda *_: count.append(1))
    crm = Crm(sqlite_store, programme=PROGRAMME, clock=FixedClock(NOW))

    def statements(first: int, number: int) -> int:
        orders = [
            an_order_of(str(first + n), Identifier("account", f"b{(first + n) // 2}", scope="taobao"))
            for n in range(number)
        ]
        count.clear()
        crm.take(orders)
        return len(count)

    few, many = statements(0, 10), statements(1000, 1000)
    later = statements(5000, 1000)
    assert many <= 60
    assert many <= few + 6
    assert later <= many


def test_known_orders_take_four_statements_a_chunk_and_write_nothing(sqlite_store, monkeypatch):
    from sqlalchemy import event

    texts: list[str] = []
    event.listen(sqlite_store.engine, "before_cursor_execute", lambda *call: texts.append(call[2].split()[0]))
    monkeypatch.setattr("crmkit.intake.service._CHUNK", 100)
    crm = Crm(sqlite_store, programme=PROGRAMME, clock=FixedClock(NOW))
    orders = [an_order_of(str(n), Identifier("account", f"b{n // 2}", scope="taobao")) for n in range(1000)]
    crm.take(orders)
    counts = []
    for number in (100, 1000):
        plan = crm.plan(orders[:number])
        texts.clear()
        assert crm.apply(plan).known == number
        assert set(texts) <= {"BEGIN", "SELECT"}
        counts.append(len(texts))
    per_chunk = (counts[1] - counts[0]) / 9
    assert per_chunk <= 4
    assert counts[0] <= per_chunk + 2


def test_a_newer_report_in_the_same_words_is_noted_by_one_statement_a_chunk(sqlite_store):
    from sqlalchemy import event

    texts: list[str] = []
    event.listen(sqlite_store.engine, "before_cursor_execute", lambda *call: texts.append(call[2].split()[0]))
    crm = Crm(sqlite_store, programme=PROGRAMME, clock=FixedClock(NOW))
    orders = [an_order_of(str(n), Identifier("account", "mei", scope="taobao"), reported_at=NOW) for n in range(500)]
    crm.take(orders)
    later = [attrs.evolve(order, reported_at=NOW + timedelta(days=1)) for order in orders]
    texts.clear()
    assert crm.take(later).is_nothing_new
    assert texts.count("UPDATE") == 1
    stored = crm.orders.get(orders[0].key)
    assert (stored.order.reported_at, stored.version) == (NOW + timedelta(days=1), 1)


def test_loyalty_without_a_programme_says_what_to_do():
    with pytest.raises(InputError, match="programme="):
        _ = Crm.open().loyalty


def test_the_analysts_call_on_the_stored_orders(crm, demo):
    from crmkit import segmentation

    crm.take(demo)
    stored = segmentation.rfm(crm.order_frame(), as_of=AS_OF)
    read = segmentation.rfm(importers.order_frame(demo.orders), as_of=AS_OF)
    assert stored["monetary"].sum() == read["monetary"].sum()
    assert len(stored) <= len(read)
    assert set(stored["segment"]) >= {"champions", "new"}
