"""Undoing a batch: as if it had never been, except for what others have built on it, on every store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest
from store_content import content_of

from crmkit import Crm, Identifier, Money, importers, loyalty
from crmkit.demo import files
from crmkit.errors import NotFoundError, StoreUnavailable
from crmkit.loyalty import verify
from crmkit.orders import Buyer, OrderKey, OrderStatus
from crmkit.testing import FixedClock, an_order

PROGRAMME = loyalty.Programme(earn=[loyalty.PerSpend(1, per="1 CNY")])
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
MEI, MAIL = Identifier("account", "mei", scope="taobao"), Identifier("email", "mei@example.com")


@pytest.fixture(scope="module")
def demo():
    return importers.read(*files())


@pytest.fixture
def crm(store):
    return Crm(store, programme=PROGRAMME, clock=FixedClock(NOW))


def sold(number: str, *identifiers: Identifier, **fields):
    buyer = Buyer(identifiers=identifiers or (MEI,))
    return an_order(key=OrderKey("taobao", "lantern", number), buyer=buyer, **fields)


def held(crm) -> dict[str, object]:
    """What a store says of orders, people and points, without the traces of how it came to be so."""
    content = content_of(crm.store)
    return {
        "orders": {key: (digest, who) for key, (digest, _, who) in content["orders"].items()},
        "persons": content["persons"],
    }


def points(crm, identifier: Identifier = MEI) -> int:
    person = crm.identity.lookup(kind=identifier.kind, value=identifier.value, scope=identifier.scope)
    return crm.loyalty.balance(person.id).available


def proven(crm) -> None:
    """Every account is what its entries say."""
    with crm.store.unit() as unit:
        told = unit.outbox.read(after=0, limit=1_000_000)
        ids = {entry.data["account"] for entry in told if "account" in entry.data}
        assert ids
        for account in unit.accounts.by_ids(ids).values():
            assert verify(account, unit.entries.of_accounts([account.id])) == ()


def test_a_batch_of_new_orders_is_gone(crm):
    crm.take([sold("1")])
    before = held(crm)
    taken = crm.take([sold("2", status="shipped"), sold("3", MAIL)])
    undone = crm.revert(taken.batch)
    assert (undone.removed, undone.restored, undone.refused, undone.points) == (2, 0, (), -60)
    assert str(undone) == "2 orders removed, 0 restored, 0 refused · -60 points"
    assert held(crm) == before
    assert points(crm) == 30
    with pytest.raises(NotFoundError):
        crm.orders.get(sold("2").key)
    proven(crm)


def test_twice_is_the_same_as_once(crm):
    taken = crm.take([sold("1"), sold("2")])
    crm.revert(taken.batch)
    before = content_of(crm.store)
    again = crm.revert(taken.batch)
    assert again.is_nothing_new
    assert str(again) == "0 orders removed, 0 restored, 0 refused · nothing to undo"
    assert content_of(crm.store) == before
    with crm.store.unit() as unit:
        batch = unit.batches.get(taken.batch)
    assert (batch.status, batch.counts) == ("undone", {"new": 2, "changed": 0, "removed": 2})


def test_a_changed_order_gets_back_what_it_was(crm):
    first = sold("1", remark="no bag", raw={"列": "值"})
    crm.take([first])
    taken = crm.take([attrs.evolve(first, status=OrderStatus.SHIPPED, refunded=Money("10", "CNY"), remark="bag")])
    assert points(crm) == 20
    undone = crm.revert(taken.batch)
    assert (undone.removed, undone.restored, undone.points) == (0, 1, 10)
    back = crm.orders.get(first.key)
    assert (back.order, dict(back.order.raw), back.version) == (first, {"列": "值"}, 3)
    assert points(crm) == 30
    assert crm.take([first]).is_nothing_new
    proven(crm)


def test_what_was_changed_since_is_refused_and_the_rest_goes_on(crm):
    taken = crm.take([sold("1"), sold("2"), sold("3")])
    later = crm.take([sold("2", status="shipped")])
    crm.orders.apply(sold("3", status="completed"), "somebody")
    undone = crm.revert(taken.batch)
    assert (undone.removed, [problem.order for problem in undone.refused]) == (1, ["2", "3"])
    assert {problem.code for problem in undone.refused} == {"changed_since"}
    assert later.batch in undone.refused[0].reason
    assert set(content_of(crm.store)["orders"]) == {sold("2").key, sold("3").key}
    assert points(crm) == 60
    again = crm.revert(taken.batch)
    assert (again.orders, again.refused) == (0, undone.refused)


def test_batches_are_undone_one_after_the_other(crm):
    crm.take([sold("1", MAIL)])
    before = held(crm)
    batches = [
        crm.take([sold("2", status=status, remark=status)]).batch for status in ("pending_payment", "paid", "shipped")
    ]
    assert crm.revert(batches[0]).refused
    for batch in reversed(batches):
        assert crm.revert(batch).orders == 1
    assert held(crm) == before
    assert points(crm, MAIL) == 30
    assert crm.take([sold("2", status="shipped")]).new == 1
    assert points(crm) == 30
    proven(crm)


def test_the_same_orders_again_are_as_the_first_time(crm):
    orders = [sold("1"), sold("2", MAIL, status="completed"), sold("3", MEI, MAIL, refunded="10")]
    first = crm.take(orders)
    before, balance = held(crm), points(crm)
    crm.revert(first.batch)
    again = crm.take(orders)
    assert (again.new, again.points, again.batch) == (3, first.points, first.batch)
    assert (held(crm), points(crm)) == (before, balance)
    keys = [entry.key for entry in crm.events(limit=10_000)]
    assert len(keys) == len(set(keys))
    assert "order:taobao/lantern/2:stock_out@2" in keys
    with crm.store.unit() as unit:
        assert unit.batches.get(again.batch).counts == {"new": 3, "changed": 0}
    assert crm.revert(first.batch).removed == 3
    proven(crm)


def test_two_customers_whom_a_batch_joined_part_again(crm):
    crm.take([sold("1", MEI), sold("2", MAIL)])
    before = held(crm)
    taken = crm.take([sold("3", MEI, MAIL)])
    assert crm.order_frame()["customer"].nunique() == 1
    undone = crm.revert(taken.batch)
    assert (undone.parted, undone.left) == (1, ())
    assert held(crm) == before
    assert crm.order_frame()["customer"].nunique() == 2
    names = [entry.name for entry in crm.events(limit=1000)]
    assert names.count("PersonsParted") == 1


def test_customers_stay_joined_where_another_order_says_so(crm):
    taken = crm.take([sold("1", MEI, MAIL)])
    crm.take([sold("2", MEI, MAIL), sold("3", MAIL)])
    undone = crm.revert(taken.batch)
    assert (undone.removed, undone.parted, undone.left) == (1, 0, ())
    assert crm.order_frame()["customer"].nunique() == 1


def test_customers_stay_joined_where_they_were_seen_at_another_time(crm):
    crm.take([sold("1", MAIL)])
    taken = crm.take([sold("2", MEI, MAIL)])
    person = crm.identity.resolve([MEI, MAIL], at=NOW + timedelta(days=1))
    undone = crm.revert(taken.batch)
    assert {(problem.code, problem.column) for problem in undone.left} == {
        ("seen_elsewhere", "account"),
        ("seen_elsewhere", "email"),
    }
    assert len(crm.identity.person(person.id).identities) == 2


def test_a_merge_by_hand_stays(crm):
    crm.take([sold("1", MEI)])
    taken = crm.take([sold("2", MAIL)])
    mei, mail = (crm.identity.lookup(kind=one.kind, value=one.value, scope=one.scope).id for one in (MEI, MAIL))
    crm.identity.merge(mei, mail, by="lin", reason="told us", key="call-1")
    crm.revert(taken.batch)
    assert len(crm.identity.person(mei).identities) == 2


def test_the_first_sighting_goes_back_with_the_order_that_was_it(crm):
    crm.take(
        [sold("1", MEI, MAIL, placed_at=NOW - timedelta(days=3)), sold("2", MAIL, placed_at=NOW - timedelta(days=5))]
    )
    owner = crm.order_frame()["customer"].unique().tolist()
    taken = crm.take([sold("3", MEI, placed_at=NOW - timedelta(days=9))])
    assert crm.order_frame()["customer"].unique().tolist() != owner
    crm.revert(taken.batch)
    assert crm.order_frame()["customer"].unique().tolist() == owner


def test_a_guest_whose_buyer_the_batch_named_is_a_guest_again(crm):
    guest = attrs.evolve(sold("1"), buyer=Buyer())
    crm.take([guest, sold("2")])
    taken = crm.take([attrs.evolve(guest, buyer=Buyer(identifiers=(MEI,)), remark="named")])
    assert crm.order_frame()["customer"].nunique() == 1
    crm.revert(taken.batch)
    assert crm.order_frame()["customer"].nunique() == 2


def test_points_that_are_spent_already_are_forgiven(crm):
    taken = crm.take([sold("1")])
    person = crm.identity.lookup(kind="account", value="mei", scope="taobao")
    crm.loyalty.redeem(person.id, points=20, key="till:1")
    undone = crm.revert(taken.batch)
    assert (undone.points, undone.short) == (-10, 20)
    assert points(crm) == 0
    assert crm.take([sold("1")]).points == 30
    assert points(crm) == 30
    proven(crm)


def test_points_given_back_for_a_refund_are_spent_again(crm):
    crm.take([sold("0")])
    person = crm.identity.lookup(kind="account", value="mei", scope="taobao")
    crm.loyalty.redeem(person.id, points=20, key="till:1", order=sold("1").key)
    crm.take([sold("1", status="paid")])
    taken = crm.take([sold("1", status="refunded", refunded="30")])
    assert points(crm) == 30
    crm.revert(taken.batch)
    assert points(crm) == 40
    crm.take([sold("1", status="refunded", refunded="30", remark="really")])
    assert points(crm) == 30
    proven(crm)


def test_a_store_without_a_programme_gives_its_points_back_too(store):
    taken = Crm(store, programme=PROGRAMME, clock=FixedClock(NOW)).take([sold("1")])
    assert Crm(store, clock=FixedClock(NOW)).revert(taken.batch).points == -30


def test_an_unknown_batch_is_not_found(crm):
    with pytest.raises(NotFoundError, match="batch"):
        crm.revert("no-such-batch")


def test_another_writer_between_two_takings_of_a_batch_is_not_undone(crm):
    first = sold("1", remark="a")
    batch = crm.take([first]).batch
    crm.take([attrs.evolve(first, remark="b")])
    assert crm.take([first]).batch == batch
    undone = crm.revert(batch)
    assert undone.restored == 1
    assert crm.orders.get(first.key).order.remark == "b"


def test_the_opposite_of_each_step_is_told(crm):
    crm.take([sold("1", status="paid")])
    taken = crm.take([sold("1", status="shipped", refunded="5"), sold("2", status="shipped")])
    seen = crm.events(limit=10_000)[-1].position
    crm.revert(taken.batch)
    told = [entry for entry in crm.events(after=seen) if entry.name.endswith("Undone")]
    assert [(entry.data["number"], entry.name) for entry in told] == [
        ("1", "RefundUndone"),
        ("1", "ShippingUndone"),
        ("1", "StockOutUndone"),
        ("1", "OrderUndone"),
        ("2", "ShippingUndone"),
        ("2", "StockOutUndone"),
        ("2", "PaymentUndone"),
        ("2", "OrderUndone"),
    ]
    assert told[0].data["amount"] == {"amount": "5.00", "currency": "CNY"}


def test_a_revert_that_fails_half_way_is_finished_by_the_same_call(crm, monkeypatch):
    monkeypatch.setattr("crmkit.intake.reverting._CHUNK", 3)
    taken = crm.take([sold(str(number)) for number in range(10)])
    calls = iter(range(100))

    def gone(*args, **options):
        if next(calls) == 2:
            raise StoreUnavailable("the database is gone")
        return undo_points(*args, **options)

    from crmkit.loyalty import undo_many as undo_points

    monkeypatch.setattr("crmkit.intake.reverting.undo_points", gone)
    monkeypatch.setattr("crmkit.intake.reverting.in_unit", once)
    with pytest.raises(StoreUnavailable):
        crm.revert(taken.batch)
    assert len(content_of(crm.store)["orders"]) == 4
    done = []
    assert crm.revert(taken.batch, progress=lambda *numbers: done.append(numbers)).removed == 4
    assert done[-1][0] == 4
    assert content_of(crm.store)["orders"] == {}
    assert points(crm) == 0
    proven(crm)


def once(store, work):
    with store.unit() as unit:
        result = work(unit)
        unit.commit()
        return result


def test_the_demo_is_undone_and_taken_again(crm, demo):
    first = crm.take(demo)
    before = held(crm)
    undone = crm.revert(first.batch)
    assert (undone.removed, undone.points, undone.short) == (first.new, -first.points, 0)
    assert held(crm) == {"orders": {}, "persons": set()}
    again = crm.take(demo)
    assert (again.new, again.points) == (first.new, first.points)
    assert held(crm) == before
    proven(crm)


def test_statements_do_not_grow_with_the_orders(sqlite_store):
    from sqlalchemy import event

    count = []
    event.listen(sqlite_store.engine, "before_cursor_execute", lambda *_: count.append(1))
    crm = Crm(sqlite_store, programme=PROGRAMME, clock=FixedClock(NOW))

    def statements(first: int, number: int) -> int:
        orders = [
            sold(str(first + n), Identifier("account", f"b{(first + n) // 2}", scope="taobao")) for n in range(number)
        ]
        batch = crm.take(orders).batch
        count.clear()
        crm.revert(batch)
        return len(count)

    few, many = statements(0, 10), statements(1000, 1000)
    assert many <= 60
    assert many <= few + 6
