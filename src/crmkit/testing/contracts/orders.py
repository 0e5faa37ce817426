"""What every store of orders must keep."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmkit.errors import DuplicateError, InputError, NotFoundError, StaleRecordError
from crmkit.orders import DEFAULT_FLOW, Batch, BeforeImage, Confirmation, Order, OrderKey, StoredOrder, apply_many
from crmkit.testing.builders import a_line, an_order
from crmkit.testing.strategies import orders

__all__ = ["OrdersContract"]

_NOW = datetime(2026, 11, 24, 8, 0, 0, 123456, tzinfo=UTC)
_LATER = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
_BEHIND = [
    OrderKey("shopify", "a", "#1"),
    OrderKey("taobao", "a", "10"),
    OrderKey("taobao", "a", "9"),
    OrderKey("taobao", "a", "a"),
    OrderKey("taobao", "a", "é"),
    OrderKey("taobao", "a", "灯"),
    OrderKey("taobao", "a", "🐱"),
    OrderKey("taobao", "b", "1"),
]


def _stored(order: Order, **facts: Any) -> StoredOrder:
    values = {"customer": "c1", "report": order.digest, "first_seen": _NOW, "updated_at": _NOW, "batch": "b1"}
    return StoredOrder(order=order, **{**values, **facts})


def _at(key: OrderKey) -> Order:
    return an_order(platform=key.platform, shop=key.shop, number=key.number)


def _image(number: str, **facts: Any) -> BeforeImage:
    values = {"batch": "b1", "key": an_order(number=number).key, "kind": "new", "version_before": 0, "version_after": 1}
    return BeforeImage(**{**values, **facts})


class OrdersContract:
    """Holds the laws O1 to O15 and O22 of stores of orders; subclass it and give the fixture `make_store`."""

    @pytest.fixture
    def make_store(self) -> Any:
        """Gives a function that returns a fresh, empty store."""
        raise NotImplementedError("Give a fixture `make_store` that returns a function making a fresh store.")

    def test_O1_what_is_not_there_is_not_found(self, make_store: Any) -> None:
        key = an_order().key
        with make_store().unit() as unit:
            with pytest.raises(NotFoundError):
                unit.orders.get(key)
            with pytest.raises(NotFoundError):
                unit.batches.get("b1")
            assert unit.orders.by_keys([key]) == {}
            assert unit.orders.digests([key]) == {}
            assert unit.orders.page(None, 10) == unit.orders.frame_rows(None, 10) == ()
            assert unit.batches.latest(10) == unit.batches.images("b1", None, 10) == ()

    def test_O2_any_order_comes_back_equal(self, make_store: Any) -> None:
        store = make_store()

        @settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        @given(st.lists(orders(), min_size=1, max_size=8, unique_by=lambda order: order.key))
        def comes_back(given_orders: list[Order]) -> None:
            with store.unit() as unit:
                unit.orders.put_many([_stored(order) for order in given_orders])
                found = unit.orders.by_keys([order.key for order in given_orders])
            for order in given_orders:
                assert found[order.key] == _stored(order, version=1)
                assert found[order.key].order.digest == order.digest
                assert dict(found[order.key].order.raw) == dict(order.raw)
                assert found[order.key].order.reported_at == order.reported_at

        comes_back()

    def test_O3_each_writing_makes_the_version_one_more_and_an_old_version_is_refused(self, make_store: Any) -> None:
        store = make_store()
        self._put(store, _stored(an_order()))
        first = self._get(store, an_order().key)
        changed = attrs.evolve(first, order=an_order(status="shipped", lines=(a_line(), a_line(sku="B"))))
        self._put(store, changed)
        second = self._get(store, an_order().key)
        assert (first.version, second.version) == (1, 2)
        assert second.order == changed.order
        with pytest.raises(StaleRecordError):
            self._put(store, changed)
        with pytest.raises(StaleRecordError):
            self._put(store, _stored(an_order(number="gone"), version=3))
        assert self._get(store, an_order().key) == second

    def test_O4_a_new_order_that_exists_is_a_duplicate(self, make_store: Any) -> None:
        store = make_store()
        self._put(store, _stored(an_order()))
        with pytest.raises(DuplicateError):
            self._put(store, _stored(an_order(status="shipped")))

    def test_O5_many_are_written_all_or_none(self, make_store: Any) -> None:
        store = make_store()
        self._put(store, _stored(an_order(number="2")))
        new, stale = _stored(an_order(number="1")), _stored(an_order(number="2", status="shipped"), version=7)
        for bad in (stale, _stored(an_order(number="2")), _stored(an_order(number="3", remark="a\0b"))):
            with pytest.raises((StaleRecordError, DuplicateError, InputError)):
                self._put(store, new, bad)
            with store.unit() as unit:
                assert [stored.order.number for stored in unit.orders.page(None, 10)] == ["2"]

    def test_O6_states_are_those_of_the_orders(self, make_store: Any) -> None:
        store = make_store()
        plain = an_order(number="1", refunded="3.10", reported_at=_NOW)
        other = an_order(number="2", status="refunded", currency="JPY", total=5000)
        self._put(store, _stored(plain, report="r" * 32), _stored(other))
        with store.unit() as unit:
            states = unit.orders.digests([plain.key, other.key, an_order(number="3").key, plain.key])
            whole = unit.orders.by_keys([plain.key, other.key])
        assert states == {key: stored.state for key, stored in whole.items()}
        assert states[plain.key].digest == plain.digest
        assert states[plain.key].report == "r" * 32
        assert (states[other.key].paid, states[other.key].refunded) == (5000, 5000)

    def test_O7_pages_go_through_all_orders_once_by_key(self, make_store: Any) -> None:
        store = make_store()
        self._put(store, *(_stored(_at(key)) for key in reversed(_BEHIND)))
        seen: list[OrderKey] = []
        rows: list[OrderKey] = []
        with store.unit() as unit:
            while page := unit.orders.page(seen[-1] if seen else None, 3):
                seen += [stored.key for stored in page]
            while light := unit.orders.frame_rows(rows[-1] if rows else None, 3):
                rows += [row.key for row in light]
        assert seen == rows == _BEHIND

    def test_O8_light_rows_say_what_the_orders_say(self, make_store: Any) -> None:
        store = make_store()
        paid = an_order(number="1", refunded="3.10", paid_at=_NOW)
        placed = an_order(number="2", status="pending_payment", currency="JPY", total=5000)
        nowhen = an_order(number="3", placed_at=None, refund_unknown=True)
        self._put(store, *(_stored(order, customer=f"c{order.number}") for order in (paid, placed, nowhen)))
        with store.unit() as unit:
            first, second, third = unit.orders.frame_rows(None, 10)
        assert (first.customer, first.moment, first.net, first.refunded, first.status) == (
            "c1",
            _NOW,
            2690,
            310,
            "paid",
        )
        assert (second.moment, second.currency, second.total, second.paid) == (placed.placed_at, "JPY", 5000, 0)
        assert (third.moment, third.refund_unknown, first.refund_unknown) == (None, True, False)

    def test_O9_an_order_keeps_the_identity_it_came_with(self, make_store: Any) -> None:
        store = make_store()
        self._put(store, _stored(an_order()))
        changed = _stored(an_order(status="shipped"), customer="c2", first_seen=_LATER, updated_at=_LATER, version=1)
        self._put(store, changed)
        found = self._get(store, an_order().key)
        assert (found.customer, found.first_seen, found.updated_at) == ("c1", _NOW, _LATER)

    def test_O10_what_no_database_can_hold_is_refused_by_all(self, make_store: Any) -> None:
        store = make_store()
        keys: list[dict[str, Any]] = [
            {"number": "7" * 256},
            {"number": ""},
            {"shop": "s" * 129},
            {"platform": "p" * 65},
            {"number": "a\0"},
        ]
        texts: list[dict[str, Any]] = [
            {"remark": "a\0b"},
            {"tags": ("\ud800",)},
            {"raw": {"a": "\0"}},
            {"lines": (a_line(title="\udfff"),)},
        ]
        for facts in [*keys, *texts]:
            with pytest.raises(InputError):
                self._put(store, _stored(an_order(**facts)))
        longest = an_order(platform="灯" * 64, shop="🐱" * 128, number="店" * 255, remark="🐱" * 70_000)
        self._put(store, _stored(longest))
        assert self._get(store, longest.key).order == longest

    def test_O11_a_batch_is_kept_with_its_version(self, make_store: Any) -> None:
        store = make_store()
        batch = Batch(id="b1", at=_NOW, sources={"订单.csv": "taobao.orders"})
        with store.unit() as unit:
            unit.batches.save(batch)
            unit.batches.save(attrs.evolve(batch, id="b2", at=_LATER))
            unit.batches.save(attrs.evolve(batch, id="b0", at=_LATER))
            unit.commit()
        done = attrs.evolve(batch, status="done", counts={"new": 3}, version=1)
        with store.unit() as unit:
            assert unit.batches.get("b1") == attrs.evolve(batch, version=1)
            unit.batches.save(done)
            unit.commit()
        with store.unit() as unit:
            assert [found.id for found in unit.batches.latest(2)] == ["b0", "b2"]
            assert unit.batches.get("b1") == attrs.evolve(done, version=2)
        for bad, error in ((done, StaleRecordError), (batch, DuplicateError)):
            with pytest.raises(error), store.unit() as unit:
                unit.batches.save(bad)

    def test_O12_before_images_come_back_by_key(self, make_store: Any) -> None:
        store = make_store()
        before = an_order(number="2", lines=(a_line(), a_line(title="灯笼 🐱")), paid_at=_NOW, raw={"列": "值"})
        changed = _image("2", kind="changed", version_before=4, version_after=5, before=before, report_before="r" * 32)
        with store.unit() as unit:
            unit.batches.record([_image("3"), changed, _image("1"), _image("1", batch="b2")])
            unit.commit()
        with store.unit() as unit:
            images = unit.batches.images("b1", None, 10)
            assert unit.batches.images("b1", images[0].key, 1) == (changed,)
        assert images == (_image("1"), changed, _image("3"))
        assert dict(images[1].before.raw) == {"列": "值"}

    def test_O13_the_first_before_image_of_a_batch_stays(self, make_store: Any) -> None:
        store = make_store()
        again = _image("1", kind="changed", version_before=1, version_after=2, before=an_order(number="1"))
        with store.unit() as unit:
            unit.batches.record([_image("1")])
            unit.batches.record([again, _image("2")])
            assert unit.batches.images("b1", None, 10) == (_image("1", version_after=2), _image("2"))

    def test_O15_keys_are_found_by_number_in_any_shop(self, make_store: Any) -> None:
        store = make_store()
        with store.unit() as unit:
            unit.orders.put_many(
                [
                    _stored(an_order(key=OrderKey("taobao", shop, number)))
                    for shop, number in (("b", "1"), ("a", "1"), ("a", "2"))
                ]
            )
            unit.commit()
        with store.unit() as unit:
            found = unit.orders.by_numbers("taobao", ["1", "2", "3"])
            assert found == {
                "1": (OrderKey("taobao", "a", "1"), OrderKey("taobao", "b", "1")),
                "2": (OrderKey("taobao", "a", "2"),),
            }
            assert unit.orders.by_numbers("shopify", ["1"]) == {}

    def test_O22_a_newer_report_that_says_nothing_new_is_noted_and_moves_no_version(self, make_store: Any) -> None:
        store = make_store()
        kept, whole = (an_order(number=number, reported_at=_NOW, told_at={"remark": _NOW}) for number in ("1", "2"))
        self._put(store, _stored(kept), _stored(whole))
        new = Confirmation(reported_at=_LATER, report="r" * 32)
        for told in (new, attrs.evolve(new, reported_at=_NOW, report="x" * 32)):
            with store.unit() as unit:
                unit.orders.confirm_many(
                    {kept.key: told, whole.key: attrs.evolve(told, is_whole=True), an_order(number="3").key: told}
                )
                unit.commit()
        for order, told_at in ((kept, {"remark": _NOW}), (whole, None)):
            found = self._get(store, order.key)
            assert (found.order, found.version, found.report) == (order, 1, "r" * 32)
            assert (found.order.reported_at, found.order.told_at) == (_LATER, told_at)
        with store.unit() as unit:
            unit.orders.confirm_many({whole.key: attrs.evolve(new, told_at={"lines": _NOW})})
            assert unit.orders.get(whole.key).order.told_at == {"lines": _NOW}

    def test_O14_taking_reports_in_again_finishes_and_then_does_nothing(self, make_store: Any) -> None:
        store = make_store()
        reports = [(an_order(number=str(number)), f"c{number}") for number in range(5)]
        self._take(store, reports[:2])
        kinds = [change.kind for change in self._take(store, reports)]
        assert kinds == ["known", "known", "new", "new", "new"]
        shipped = [(an_order(number=str(number), status="shipped"), "c9") for number in range(5)]
        assert {change.kind for change in self._take(store, shipped, "b2")} == {"changed"}
        assert {change.kind for change in self._take(store, shipped, "b2")} == {"known"}
        with store.unit() as unit:
            told = [entry.key for entry in unit.outbox.read(after=0, limit=100)]
            assert len(unit.batches.images("b1", None, 10)) == 5
            assert [image.before.status for image in unit.batches.images("b2", None, 10)] == ["paid"] * 5
        assert len(told) == len(set(told)) == 5 * 4

    @staticmethod
    def _put(store: Any, *stored: StoredOrder) -> None:
        with store.unit() as unit:
            unit.orders.put_many(stored)
            unit.commit()

    @staticmethod
    def _get(store: Any, key: OrderKey) -> StoredOrder:
        with store.unit() as unit:
            found: StoredOrder = unit.orders.get(key)
        return found

    @staticmethod
    def _take(store: Any, reports: list[tuple[Order, str]], batch: str = "b1") -> Any:
        with store.unit() as unit:
            changes = apply_many(unit, reports, flow=DEFAULT_FLOW, now=_NOW, batch=batch)
            unit.commit()
        return changes
