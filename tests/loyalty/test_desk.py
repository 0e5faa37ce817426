"""The desk in memory: how orders reach the ledger, what is refused, and persons with several accounts."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from crmkit.errors import CurrencyMismatch, InputError, NotFoundError
from crmkit.identifiers import Identifier
from crmkit.identity import IdentityRegistry
from crmkit.loyalty import KeyReused, LoyaltyDesk, NotEnoughPoints, PerSpend, Programme
from crmkit.money import Money
from crmkit.orders import Buyer
from crmkit.storage.memory import MemoryStore
from crmkit.testing import FixedClock, a_line, an_order

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
PROGRAMME = Programme(earn=[PerSpend(1, per="1 CNY")])


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def desk(store):
    return LoyaltyDesk(store, PROGRAMME, clock=FixedClock(NOW))


@pytest.fixture
def mei(store):
    return IdentityRegistry(store).resolve([Identifier("account", "mei_shop", scope="taobao")], at=NOW).id


def booked(entries):
    return [(entry.kind, entry.points) for entry in entries]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"status": "pending_payment"}, []),
        ({"status": "paid"}, [("earn", 100)]),
        ({"status": "shipped"}, [("earn", 100)]),
        ({"status": "received"}, [("earn", 100)]),
        ({"status": "completed", "refunded": "25"}, [("earn", 100), ("reverse", -25)]),
        ({"status": "refunded"}, [("earn", 100), ("reverse", -100)]),
        ({"status": "cancelled"}, []),
        ({"status": "cancelled", "paid": "100"}, [("earn", 100), ("reverse", -100)]),
        ({"status": "paid", "refund_unknown": True}, [("earn", 100)]),
        ({"status": "refunded", "refund_unknown": True}, [("earn", 100), ("reverse", -100)]),
        ({"status": "paid", "total": "0.99"}, [("earn", 0)]),
    ],
)
def test_what_an_order_says_is_what_is_booked_and_only_once(desk, facts, expected):
    order = an_order(**{"total": "100", **facts})
    assert booked(desk.follow(order)) == expected
    assert desk.follow(order) == ()


def test_the_steps_of_one_order(desk, mei):
    def follow(**facts):
        return booked(desk.follow(an_order(total="100", **facts)))

    assert follow(status="pending_payment") == []
    assert follow() == [("earn", 100)]
    assert follow(status="shipped", refunded="10") == [("reverse", -10)]
    assert follow(status="shipped") == []
    assert follow(status="shipped", refund_unknown=True) == []
    assert follow(status="completed", refunded="33.50") == [("reverse", -23)]
    assert follow(status="cancelled", paid="100", refunded="100") == [("reverse", -67)]
    assert follow() == []
    assert desk.balance(mei).available == 0


def test_an_unknown_refund_is_a_problem_until_the_amount_is_known(desk):
    unknown, known = an_order(refund_unknown=True), an_order(refunded="30")
    outcome = desk.follow_many([unknown])[0]
    assert (booked(outcome.entries), outcome.problem.code) == ([("earn", 30)], "refund_unknown")
    assert desk.follow_many([unknown])[0].problem.severity == "warning"
    outcome = desk.follow_many([known])[0]
    assert (booked(outcome.entries), outcome.problem) == ([("reverse", -30)], None)


def test_lines_say_how_much_of_a_refund_was_goods(desk):
    def order(*refunded, **facts):
        lines = tuple(a_line(unit_price="50", refunded=part) for part in refunded)
        return an_order(total="110", shipping="10", lines=lines, **facts)

    assert desk.follow(order(None, None))[0].basis == Money("100.00", "CNY")
    assert booked(desk.follow(order("20", "0", refunded="30"))) == [("reverse", -20)]
    assert booked(desk.follow(order("20", None, refunded="60"))) == [("reverse", -40)]
    assert booked(desk.follow(order("50", "50", refunded="100"))) == [("reverse", -40)]


def test_the_moment_that_counts_is_the_payment(desk):
    paid = NOW - timedelta(days=30)
    first, second = desk.earn(an_order(paid_at=paid)), desk.earn(an_order(number="2"))
    assert (first.occurred_at, first.at) == (paid, NOW)
    assert second.occurred_at == an_order().placed_at


def test_a_batch_goes_on_past_what_cannot_be_used(desk, mei):
    orders = [
        an_order(number="1"),
        an_order(number="2", currency="USD"),
        an_order(number="3", paid_at=NOW + timedelta(minutes=6)),
        an_order(number="4", paid_at=NOW + timedelta(minutes=5)),
        an_order(number="5", lines=(a_line(), a_line(unit_price="1", total="-5"))),
        an_order(number="1"),
    ]
    outcomes = desk.follow_many(orders)
    codes = [outcome.problem and outcome.problem.code for outcome in outcomes]
    assert codes == [None, "currency_mismatch", "no_award", None, "negative_line", None]
    assert [len(outcome.entries) for outcome in outcomes] == [1, 0, 0, 1, 1, 0]
    assert desk.balance(mei).available == 90
    earned = desk.earn_many([*orders, an_order(number="9", status="pending_payment"), an_order(number="1", total="29")])
    codes = [outcome.problem and outcome.problem.code for outcome in earned]
    assert codes == [None, "currency_mismatch", "no_award", None, None, None, "no_award", "key_reused"]
    twice = desk.earn_many([an_order(number="8"), an_order(number="8", total="29")])
    assert [outcome.problem and outcome.problem.code for outcome in twice] == [None, "key_reused"]
    assert earned[0].entries == earned[5].entries == outcomes[0].entries
    assert desk.balance(mei).available == 120


def test_one_order_alone_says_what_is_wrong(desk):
    with pytest.raises(CurrencyMismatch):
        desk.earn(an_order(currency="USD"))
    with pytest.raises(CurrencyMismatch):
        desk.follow(an_order(currency="USD"))
    with pytest.raises(InputError, match="after now"):
        desk.follow(an_order(paid_at=NOW + timedelta(hours=1)))
    with pytest.raises(InputError, match="pending_payment"):
        desk.earn(an_order(status="pending_payment"))


@pytest.mark.parametrize("points", [0, -1, True, 1.0, "5", Decimal(5), float("nan"), 2**63])
def test_points_are_whole_numbers_in_reach(desk, mei, points):
    for call in (
        lambda: desk.award(mei, points=points, reason="r", key="k"),
        lambda: desk.redeem(mei, points=points, key="k"),
        lambda: desk.adjust(mei, points=abs(points) if points == -1 else points, reason="", actor="lin", key="k"),
    ):
        with pytest.raises(InputError):
            call()
    assert desk.balance(mei).available == 0


def test_a_sum_that_no_store_can_hold_is_refused(desk, mei):
    desk.award(mei, points=2**63 - 1, reason="r", key="a")
    with pytest.raises(InputError, match="would hold more"):
        desk.award(mei, points=1, reason="r", key="b")
    assert desk.balance(mei).available == 2**63 - 1


def test_keys_reasons_and_instants_are_checked(desk, mei):
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - a naive instant is what is refused
    for facts in (
        {"key": ""},
        {"key": None},
        {"reason": ""},
        {"reason": "a\0b"},
        {"reason": "\ud83d"},
        {"expiry": naive},
        {"expiry": NOW},
        {"now": naive},
    ):
        with pytest.raises(InputError):
            desk.award(mei, **{"points": 1, "reason": "r", "key": "k", **facts})
    with pytest.raises(InputError):
        desk.refund(an_order().key, refund_id="r", amount=Money(0, "CNY"))
    with pytest.raises(NotFoundError):
        desk.refund(an_order().key, refund_id="r")
    desk.earn(an_order())
    with pytest.raises(CurrencyMismatch):
        desk.refund(an_order().key, refund_id="r", amount=Money(1, "USD"))


def test_a_clock_that_goes_back_books_at_the_last_instant(desk, mei):
    desk.award(mei, points=5, reason="r", key="a", now=NOW)
    slightly = desk.award(mei, points=5, reason="r", key="b", now=NOW - timedelta(minutes=5))
    clearly = desk.award(mei, points=5, reason="r", key="c", now=NOW - timedelta(minutes=6))
    assert [(one.at, one.is_late) for one in (slightly, clearly)] == [(NOW, False), (NOW, True)]
    assert desk.redeem(mei, points=15, key="d", now=NOW - timedelta(days=1))[0].at == NOW


def test_claw_back_takes_the_own_lot_first_and_forgives_what_is_nowhere(desk, mei):
    order = an_order(total="100")
    desk.earn(order, now=NOW)
    desk.award(mei, points=30, reason="r", key="a", now=NOW)
    desk.redeem(mei, points=90, key="k", now=NOW)
    entry = desk.follow(an_order(total="100", status="refunded"), now=NOW)[0]
    assert ([take.points for take in entry.takes], entry.points, entry.short) == ([10, 30], -40, 60)
    assert desk.balance(mei).available == 0
    assert desk.follow(an_order(total="100", status="refunded")) == ()
    desk.award(mei, points=7, reason="r", key="b")
    assert desk.follow(an_order(total="100", status="refunded")) == ()
    assert desk.balance(mei).available == 7


def test_refunds_by_id_and_by_sum_are_the_larger_of_the_two(desk, mei):
    def refund(name, amount):
        return desk.refund(an_order().key, refund_id=name, amount=Money(amount, "CNY")).clawed_back

    desk.follow(an_order(total="100"))
    assert refund("r1", "10") == 10
    assert desk.follow(an_order(total="100", refunded="10")) == ()
    assert booked(desk.follow(an_order(total="100", refunded="25"))) == [("reverse", -15)]
    assert refund("r2", "15") == 0
    assert refund("r3", "100") == 75
    assert refund("r4", "100") == 0
    assert desk.balance(mei).available == 0


def test_an_order_paid_by_points_alone_gives_them_back_when_it_ends(desk, mei):
    desk.award(mei, points=500, reason="r", key="a")
    desk.redeem(mei, points=500, key="k", order=an_order().key)
    assert booked(desk.follow(an_order(total="0", lines=(), paid="0"))) == [("earn", 0)]
    assert desk.balance(mei).available == 0
    assert booked(desk.follow(an_order(total="0", lines=(), paid="0", status="cancelled"))) == [("restore", 500)]
    desk.redeem(mei, points=200, key="k2", order=an_order(number="2").key)
    assert booked(desk.follow(an_order(number="2", status="cancelled"))) == [("restore", 200)]
    assert desk.balance(mei).available == 500


def test_points_of_a_person_are_spent_over_the_accounts_and_merges_can_be_undone(store, desk, mei):
    registry = IdentityRegistry(store)
    lan = registry.resolve([Identifier("account", "lan_shop", scope="taobao")], at=NOW).id
    days = [datetime(2026, month, day, tzinfo=UTC) for month, day in ((7, 1), (5, 1), (3, 2), (3, 3))]
    order = an_order(buyer=Buyer(identifiers=(Identifier("account", "eve", scope="taobao"),)))
    early = datetime(2026, 1, 1, tzinfo=UTC)
    desk.award(mei, points=300, reason="A", key="A", expiry=days[0], now=early)
    desk.award(lan, points=200, reason="B", key="B", expiry=days[1], now=early)
    merge = registry.merge(mei, lan, by="lin", reason="same person", key="m")
    assert desk.balance(mei, as_of=days[2]).available == desk.balance(lan, as_of=days[2]).available == 500
    spent = desk.redeem(lan, points=250, key="k", order=order.key, now=days[2])
    assert [(entry.account, entry.points, entry.leg) for entry in spent] == [(lan, -200, 0), (mei, -50, 1)]
    assert desk.redeem(lan, points=250, key="k", order=order.key) == spent
    with pytest.raises(NotEnoughPoints) as refused:
        desk.redeem(mei, points=251, key="more", now=days[2])
    assert refused.value.available == 250
    order = an_order(buyer=order.buyer, placed_at=days[2], refunded="15")
    given = desk.follow(order, now=days[3])
    restored = [(entry.account, entry.points) for entry in given if entry.kind == "restore"]
    assert restored == [(mei, 50), (lan, 75)]
    assert desk.balance(mei, as_of=days[3]).available == 375
    registry.unmerge(merge.id, by="lin", reason="not the same")
    assert [desk.balance(one, as_of=days[3]).available for one in (mei, lan)] == [300, 75]


def test_an_order_stays_with_the_account_that_it_has(store, desk, mei):
    first = desk.earn(an_order())
    buyer = Buyer(identifiers=(Identifier("account", "lan_shop", scope="taobao"),))
    assert desk.earn(an_order(buyer=buyer)) == first
    assert desk.follow(an_order(buyer=buyer, refunded="10"))[0].account == first.account == mei


def test_a_guest_earns_on_the_order_itself(desk):
    entry = desk.earn(an_order(buyer=Buyer()))
    assert desk.balance(entry.account).available == 30


def test_a_statement_is_told_by_pages(desk, mei):
    desk.award(mei, points=50, reason="welcome", key="a", expiry=NOW + timedelta(days=2), now=NOW)
    desk.earn(an_order(), now=NOW + timedelta(days=1))
    later = NOW + timedelta(days=3)
    page = desk.statement(mei, limit=2, now=later)
    assert [(line.kind, line.available, line.order) for line in page.lines] == [
        ("earn", 50, ""),
        ("earn", 80, "taobao/paper-lantern/1001"),
    ]
    rest = desk.statement(mei, after=page.after, now=later)
    assert [(line.kind, line.points, line.available) for line in rest.lines] == [("lapse", -50, 30)]
    assert (rest.after, rest.closing) == (None, desk.balance(mei, now=later).available)
    period = desk.statement(mei, since=NOW + timedelta(days=1), until=NOW + timedelta(days=2))
    assert (period.opening, period.closing, len(period.lines)) == (50, 80, 1)


def test_refusals_survive_pickling():
    for refused in (NotEnoughPoints(asked=100, available=80), KeyReused("key:k", "a", "b")):
        again = pickle.loads(pickle.dumps(refused))
        assert (type(again), str(again)) == (type(refused), str(refused))
