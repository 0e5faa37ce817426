"""What every store of points must keep, and the desk on top of it; needs accounts, entries, members and `emit`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from crmkit.errors import DuplicateError, NotFoundError, StaleRecordError
from crmkit.events import Event
from crmkit.identifiers import Identifier
from crmkit.loyalty import (
    Entry,
    KeyReused,
    LoyaltyDesk,
    NotEnoughPoints,
    Part,
    PerSpend,
    Programme,
    Take,
    balance,
    lots,
    takes,
    verify,
)
from crmkit.money import Money
from crmkit.orders import Order, OrderKey
from crmkit.testing.builders import an_order

__all__ = ["LoyaltyContract"]

_ZONE_HOURS = timedelta(hours=8)
_NOW = datetime(2026, 11, 24, 8, 0, 0, 123456, tzinfo=UTC)
_PROGRAMME = Programme(earn=[PerSpend(1, per="1 CNY")], zone="Asia/Shanghai")
_FULL = Entry(
    id="e-1",
    account="a-1",
    seq=1,
    kind="earn",
    points=2**62,
    at=_NOW,
    occurred_at=_NOW - timedelta(days=400, microseconds=1),
    key="earn:淘宝/" + "9" * 700,
    leg=3,
    content="c" * 32,
    available_at=_NOW + timedelta(days=1),
    expires_at=_NOW + timedelta(days=365, microseconds=1),
    takes=(Take("e-0", 7),),
    order=OrderKey("淘宝", "a/b", "9" * 700),
    refund="退-1",
    basis=Money("134.90", "CNY"),
    refunded=Money("0.01", "CNY"),
    parts=(Part(rule="per_spend", points=5, text="1 per 1.00 CNY 🐱", line=2), Part(rule="x", points=-5)),
    short=9,
    reason="对不起 🐱 ",
    actor="Mei ",
    is_late=True,
    programme="p" * 32,
    undoes="u" * 64,
)


def _entry(account: str, seq: int, **facts: Any) -> Entry:
    values = {"id": f"{account}-{seq}", "kind": "earn", "points": 1, "at": _NOW, "occurred_at": _NOW}
    return Entry(**{**values, "account": account, "seq": seq, "key": f"key:{account}-{seq}", **facts})


def _day(month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A local moment of Shanghai in 2026."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC) - _ZONE_HOURS


def _order(number: str = "1", total: str = "100.00", **facts: Any) -> Order:
    return an_order(number=number, total=total, **facts)


class LoyaltyContract:
    """Holds laws of the points ledger on a store; subclass it and give the fixture `make_store`."""

    @pytest.fixture
    def make_store(self) -> Any:
        """Gives a function that returns a fresh, empty store."""
        raise NotImplementedError("Give a fixture `make_store` that returns a function making a fresh store.")

    # The store by itself

    def test_LS1_entries_are_read_as_they_were_written(self, make_store: Any) -> None:
        store = make_store()
        plain = _entry("a-1", 2)
        with store.unit() as unit:
            unit.entries.append_many([plain, _FULL])
            unit.commit()
        with store.unit(read_only=True) as unit:
            assert unit.entries.of_accounts(["a-1", "nobody"]) == (_FULL, plain)
            assert unit.entries.of_orders([_FULL.order, OrderKey("淘宝", "a", "b")]) == {_FULL.order: (_FULL,)}
            assert unit.entries.by_keys([plain.key, "none"]) == {plain.key: (plain,)}

    def test_LS2_a_taken_place_or_key_is_a_duplicate_and_nothing_is_kept(self, make_store: Any) -> None:
        store = make_store()
        with store.unit() as unit:
            unit.entries.append_many([_entry("a", 1, key="k", leg=0), _entry("b", 1, key="k", leg=1)])
            unit.commit()
        for bad in (_entry("a", 1, id="x", key="other"), _entry("a", 2, key="k", leg=1)):
            with pytest.raises(DuplicateError), store.unit() as unit:
                unit.entries.append_many([_entry("c", 1), bad])
        with store.unit() as unit:
            assert [entry.id for entry in unit.entries.of_accounts(["a", "b", "c"])] == ["a-1", "b-1"]
            assert [entry.leg for entry in unit.entries.by_keys(["k"])["k"]] == [0, 1]

    def test_LS3_accounts_are_opened_once_and_saved_over_the_version_read(self, make_store: Any) -> None:
        store = make_store()
        with store.unit() as unit:
            assert unit.accounts.lock(["a"], opening=False) == {}
            fresh = unit.accounts.lock(["b", "a"], opening=True)
            assert list(fresh) == ["a", "b"]
            unit.accounts.save_many([attrs.evolve(fresh["a"], seq=4, last_at=_NOW)])
            unit.commit()
        with store.unit() as unit:
            read = unit.accounts.lock(["a", "c"], opening=True)["a"]
            assert (read.seq, read.last_at, read.balance, read.version) == (4, _NOW, fresh["a"].balance, 2)
            with pytest.raises(StaleRecordError):
                unit.accounts.save_many([fresh["a"]])
        with store.unit() as unit:
            assert set(unit.accounts.by_ids(["a", "b", "c"])) == {"a", "b"}

    def test_LS4_many_keys_at_once_find_the_same_as_few(self, make_store: Any) -> None:
        store = make_store()
        orders = [OrderKey("taobao", "shop", str(number)) for number in range(2500)]
        some = [_entry(f"a{n}", 1, order=order) for n, order in enumerate(orders)]
        with store.unit() as unit:
            unit.entries.append_many(some)
            unit.accounts.lock([entry.account for entry in some], opening=True)
            unit.commit()
        with store.unit() as unit:
            assert len(unit.entries.of_orders(orders)) == len(unit.entries.by_keys([e.key for e in some])) == 2500
            assert len(unit.entries.of_accounts([e.account for e in some])) == 2500
            assert len(unit.accounts.by_ids([e.account for e in some])) == 2500

    def test_LS6_orders_that_have_earned_are_found_and_undone_ones_are_not(self, make_store: Any) -> None:
        store = make_store()
        earned, undone, spent, nothing = (OrderKey("taobao", "shop", number) for number in "1234")
        with store.unit() as unit:
            unit.entries.append_many(
                [
                    _entry("a", 1, order=earned),
                    _entry("a", 2, order=undone),
                    _entry("a", 3, order=undone, kind="reverse", points=0, undoes="a-2"),
                    _entry("a", 4, order=spent, kind="redeem", points=0),
                ]
            )
            assert unit.entries.earned([earned, undone, spent, nothing]) == {earned}
            assert unit.entries.earned([]) == set()

    def test_LS5_leaving_without_commit_keeps_nothing(self, make_store: Any) -> None:
        store = make_store()
        heard: list[Event] = []
        store.subscribe(heard.append)
        with store.unit() as unit:
            unit.accounts.lock(["a"], opening=True)
            unit.entries.append_many([_entry("a", 1, order=_FULL.order)])
        with store.unit() as unit:
            assert unit.accounts.by_ids(["a"]) == {}
            assert unit.entries.of_accounts(["a"]) == ()
            assert unit.entries.of_orders([_FULL.order]) == {}
        assert heard == []

    # The ledger on the store

    def test_L1_what_came_in_less_what_went_out_is_what_there_is(self, make_store: Any) -> None:
        desk, mei = self._desk(make_store)
        desk.award(mei, points=300, reason="r", key="a", expiry=_day(7, 1), now=_day(1, 1))
        desk.award(mei, points=80, reason="r", key="b", now=_day(1, 2))
        desk.redeem(mei, points=150, key="c", now=_day(2, 1))
        for moment in (_day(1, 1), _day(2, 1), _day(6, 30), _day(7, 1), _day(12, 31)):
            told = desk.balance(mei, as_of=moment)
            booked = sum(entry.points for entry in self._entries(desk) if entry.at <= moment)
            assert booked == told.available + told.pending + told.held + told.lapsed

    def test_L3_nothing_goes_below_zero(self, make_store: Any) -> None:
        desk, mei = self._desk(make_store)
        with pytest.raises(NotEnoughPoints):
            desk.redeem(mei, points=1, key="k")
        desk.award(mei, points=30, reason="r", key="a")
        for call in (desk.redeem, lambda *a, **k: desk.adjust(*a, **k, reason="r", actor="lin")):
            with pytest.raises(NotEnoughPoints) as refused:
                call(mei, points=31 if call == desk.redeem else -31, key="k")
            assert (refused.value.asked, refused.value.available) == (31, 30)
        assert desk.adjust(mei, points=-30, reason="r", actor="lin", key="k")[0].points == -30
        assert desk.balance(mei).available == 0

    def test_L5_kept_numbers_are_what_the_entries_say(self, make_store: Any) -> None:
        desk, mei = self._desk(make_store)
        desk.award(mei, points=50, reason="r", key="a", expiry=_day(3, 1), now=_day(1, 1))
        desk.follow_many([_order(str(n)) for n in range(3)], now=_NOW)
        desk.follow(_order("1", refunded="40"), now=_NOW)
        desk.redeem(mei, points=120, key="c", now=_NOW)
        with desk._store.unit() as unit:
            account = unit.accounts.by_ids([mei])[mei]
            assert verify(account, unit.entries.of_accounts([mei])) == ()
        assert (account.balance.available, account.balance.lapsed, account.seq) == (140, 50, 6)

    def test_L6_an_answer_as_of_a_moment_never_changes(self, make_store: Any) -> None:
        desk, mei = self._desk(make_store)
        desk.award(mei, points=50, reason="r", key="a", expiry=_day(3, 1), now=_day(1, 1))
        moments = [_day(1, 1) - timedelta(microseconds=1), _day(1, 1), _day(2, 1), _day(3, 1)]
        before = [desk.balance(mei, as_of=moment) for moment in moments]
        desk.award(mei, points=7, reason="r", key="b", now=_day(4, 1))
        desk.redeem(mei, points=7, key="c", now=_day(4, 2))
        assert [desk.balance(mei, as_of=moment) for moment in moments] == before
        assert [told.available for told in before] == [0, 50, 50, 0]

    def test_L8_the_soonest_to_lapse_is_spent_first_and_what_lapsed_never(self, make_store: Any) -> None:
        desk, mei = self._desk(make_store)
        names = {
            desk.award(mei, points=points, reason=name, key=name, expiry=end, now=at).id: name
            for name, points, end, at in (
                ("A", 300, _day(7, 1), _day(1, 1)),
                ("B", 120, _day(4, 1), _day(1, 2)),
                ("C", 80, None, _day(1, 3)),
            )
        }
        spent = desk.redeem(mei, points=150, key="r1", now=_day(2, 1))
        assert [(names[take.lot], take.points) for take in spent[0].takes] == [("B", 120), ("A", 30)]
        assert desk.balance(mei, as_of=_day(2, 1)).available == 350
        assert desk.balance(mei, as_of=_day(7, 1)).available == 80
        with pytest.raises(NotEnoughPoints) as refused:
            desk.redeem(mei, points=100, key="r2", now=_day(7, 1, 0, 5))
        assert (refused.value.asked, refused.value.available) == (100, 80)
        told = desk.balance(mei, as_of=_day(7, 1, 3))
        assert (told.available, told.lapsed) == (80, 270)
        left = {names[lot.id]: lot.left for lot in lots(self._entries(desk), as_of=_day(7, 1, 3))}
        assert left == {"A": 270, "B": 0, "C": 80}

    def test_L9_stored_takes_are_those_that_the_rules_give(self, make_store: Any) -> None:
        desk, mei = self._desk(make_store)
        for number in range(12):
            end = _NOW + timedelta(days=number % 4 + 2) if number % 3 else None
            desk.award(mei, points=10 + number, reason="r", key=f"a{number}", expiry=end, now=_NOW)
            desk.redeem(mei, points=7 + number % 2, key=f"r{number}", now=_NOW + timedelta(hours=8 * number))
        desk.follow(_order("9"), now=_NOW + timedelta(days=4))
        desk.follow(_order("9", refunded="50"), now=_NOW + timedelta(days=4))
        entries = self._entries(desk)
        derived = takes(entries)
        assert {entry.id: entry.takes for entry in entries if entry.points < 0} == derived
        assert len(derived) == 13

    def test_L10_a_key_is_one_thing_for_ever(self, make_store: Any) -> None:
        desk, mei = self._desk(make_store)
        first = desk.award(mei, points=200, reason="sorry", key="ticket:7", now=_NOW)
        assert desk.award(mei, points=200, reason="sorry", key="ticket:7", now=_NOW + timedelta(days=900)) == first
        for points, reason in ((201, "sorry"), (200, "other")):
            with pytest.raises(KeyReused):
                desk.award(mei, points=points, reason=reason, key="ticket:7")
        with pytest.raises(KeyReused):
            desk.redeem(mei, points=200, key="ticket:7")
        with pytest.raises(NotEnoughPoints):
            desk.redeem(mei, points=201, key="till")
        spent = desk.redeem(mei, points=150, key="till", now=_NOW)
        assert desk.redeem(mei, points=150, key="till") == spent
        assert desk.balance(mei).available == 50

    def test_L11_an_order_earns_once_and_a_refund_is_booked_once(self, make_store: Any) -> None:
        desk, mei = self._desk(make_store)
        heard: list[Event] = []
        desk._store.subscribe(heard.append)
        first = desk.earn(_order(), now=_NOW)
        assert desk.earn(_order(status="shipped"), now=_NOW + timedelta(days=1)) == first
        assert desk.follow(_order()) == ()
        with pytest.raises(KeyReused):
            desk.earn(_order(total="99.00"))
        quote = desk.refund(_order().key, refund_id="r-1", amount=Money("30.00", "CNY"))
        assert desk.refund(_order().key, refund_id="r-1", amount=Money("30.00", "CNY")) == quote
        with pytest.raises(KeyReused):
            desk.refund(_order().key, refund_id="r-1", amount=Money("31.00", "CNY"))
        assert (quote.clawed_back, desk.balance(mei).available) == (30, 70)
        assert [event.name for event in heard] == ["PointsEarned", "PointsTakenBack"]
        assert len({event.key for event in heard}) == 2

    def test_L12_refunds_are_cumulative_in_any_pieces_and_any_order(self, make_store: Any) -> None:
        small = Programme(earn=[PerSpend(1, per="10 CNY")])
        desk, mei = self._desk(make_store, small)
        desk.earn(_order(total="50.00"))
        quarter = Money("12.50", "CNY")
        taken = [desk.refund(_order().key, refund_id=f"r{n}", amount=quarter).clawed_back for n in range(4)]
        assert taken == [1, 1, 1, 2]
        desk.earn(_order("2", "50.00"))
        pieces = ("33.33", "0.01", "16.65", "0.01")
        for number, piece in enumerate(pieces):
            desk.refund(_order("2").key, refund_id=f"p{number}", amount=Money(piece, "CNY"))
        desk.follow(_order("3", "50.00", refunded="25.00"))
        desk.follow(_order("3", "50.00", refunded="12.50"))
        assert desk.balance(mei).available == 3
        desk.follow(_order("3", "50.00", status="refunded"))
        assert desk.balance(mei).available == 0

    def test_L13_never_more_is_taken_back_than_granted_nor_given_back_than_spent(self, make_store: Any) -> None:
        desk, mei = self._desk(make_store)
        desk.award(mei, points=500, reason="r", key="a")
        desk.redeem(mei, points=40, key="k", order=_order().key)
        desk.earn(_order(shipping="10", total="110", lines=()))
        for number in range(3):
            desk.refund(_order().key, refund_id=f"r{number}", amount=Money("60.00", "CNY"))
        desk.refund(_order().key, refund_id="rest")
        desk.follow(_order(shipping="10", total="110", lines=(), status="refunded"))
        kinds = {kind: sum(e.points for e in self._entries(desk) if e.kind == kind) for kind in ("reverse", "restore")}
        assert kinds == {"reverse": -100, "restore": 40}
        assert desk.balance(mei).available == 500

    def test_L14_what_is_taken_back_follows_the_day_it_was_granted(self, make_store: Any) -> None:
        desk, mei = self._desk(make_store)
        desk.earn(_order())
        changed = LoyaltyDesk(desk._store, Programme(earn=[PerSpend(9, per="1 CNY")]))
        entry = changed.follow(_order(refunded="50"))[0]
        assert (entry.points, changed.balance(mei).available) == (-50, 50)
        assert entry.programme != self._entries(desk)[0].programme

    def test_L15_points_that_come_back_keep_their_date_or_get_a_grace(self, make_store: Any) -> None:
        desk, mei = self._desk(make_store)
        first = desk.award(mei, points=1500, reason="L1", key="1", expiry=_day(4, 1), now=_day(1, 1))
        second = desk.award(mei, points=500, reason="L2", key="2", expiry=_day(6, 1), now=_day(1, 1))
        order = _order(placed_at=_day(3, 1))
        desk.redeem(mei, points=2000, key="k", order=order.key, now=_day(3, 1))
        desk.earn(order, now=_day(3, 1))
        given = desk.follow(attrs.evolve(order, refunded=order.paid), now=_day(4, 10, 12))
        assert [(entry.kind, entry.points) for entry in given] == [("reverse", -100), ("restore", 2000)]
        found = {lot.id: lot for lot in lots(self._entries(desk), as_of=_day(4, 10, 12))}
        assert (found[first.id].left, found[second.id].left, found[second.id].expires_at) == (0, 500, _day(6, 1))
        fresh = found[given[1].id]
        assert (fresh.points, fresh.expires_at) == (1500, _day(5, 11))

    def test_L22_merging_persons_moves_no_entry(self, make_store: Any) -> None:
        desk, mei = self._desk(make_store)
        before = self._entries(desk)
        assert before == ()
        lan = self._customer(desk._store, "lan")
        desk.award(mei, points=300, reason="r", key="a", now=_NOW)
        desk.award(lan, points=200, reason="r", key="b", now=_NOW)
        assert [desk.balance(one).available for one in (mei, lan)] == [300, 200]
        assert balance(self._entries(desk, mei, lan), as_of=_NOW).available == 500

    def test_L29_the_same_call_again_finishes_what_was_cut_off(self, make_store: Any) -> None:
        desk, mei = self._desk(make_store)
        orders = [_order(str(number), refunded="10" if number % 2 else "0") for number in range(5)]
        desk.follow_many(orders[:2], now=_NOW)
        with desk._store.unit() as unit:
            unit.accounts.lock([mei], opening=True)
        desk.follow_many(orders, now=_NOW)
        assert desk.balance(mei).available == 480
        assert all(outcome.entries == () for outcome in desk.follow_many(orders, now=_NOW))
        assert len(self._entries(desk)) == 7

    def test_L31_eight_spenders_of_one_balance_spend_it_once(self, make_store: Any) -> None:
        desk, mei = self._desk(make_store)
        desk.award(mei, points=1000, reason="r", key="a")

        def spend(number: int) -> int:
            try:
                return -sum(entry.points for entry in desk.redeem(mei, points=90, key=f"k{number}"))
            except NotEnoughPoints:
                return 0

        with ThreadPoolExecutor(8) as pool:
            spent = list(pool.map(spend, range(24)))
        assert sorted(spent) == [0] * 13 + [90] * 11
        assert desk.balance(mei).available == 10

    def test_L32_one_call_in_eight_threads_books_once(self, make_store: Any) -> None:
        desk, mei = self._desk(make_store)
        desk.award(mei, points=100, reason="r", key="a", now=_NOW)
        with ThreadPoolExecutor(8) as pool:
            earned = set(pool.map(lambda _: desk.earn(_order(), now=_NOW).id, range(8)))
            spent = set(pool.map(lambda _: desk.redeem(mei, points=150, key="k", now=_NOW)[0].id, range(8)))
        assert (len(earned), len(spent), desk.balance(mei).available) == (1, 1, 50)

    def test_L33_an_unknown_customer_is_not_found(self, make_store: Any) -> None:
        desk, _ = self._desk(make_store)
        for call in (desk.balance, desk.statement, lambda one: desk.redeem(one, points=1, key="k")):
            with pytest.raises(NotFoundError):
                call("nobody")

    @classmethod
    def _desk(cls, make_store: Any, programme: Programme = _PROGRAMME) -> tuple[LoyaltyDesk, str]:
        """A desk on a fresh store, and the customer that `an_order` is bought by."""
        store = make_store()
        return LoyaltyDesk(store, programme), cls._customer(store, "mei_shop")

    @staticmethod
    def _customer(store: Any, name: str) -> str:
        with store.unit() as unit:
            buyer = [Identifier("account", name, scope="taobao")]
            found: str = unit.members.identity_of(buyer, record="", at=_NOW, now=_NOW)
            unit.commit()
        return found

    @staticmethod
    def _entries(desk: LoyaltyDesk, *accounts: str) -> tuple[Entry, ...]:
        with desk._store.unit() as unit:
            buyer = [Identifier("account", "mei_shop", scope="taobao")]
            mei = unit.members.identity_of(buyer, record="", at=_NOW, now=_NOW)
            return unit.entries.of_accounts(accounts or [mei])
