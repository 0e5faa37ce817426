"""What every store of orders must keep so that a batch can be undone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from crmkit.errors import NotFoundError, StaleRecordError
from crmkit.orders import DEFAULT_FLOW, BeforeImage, Order, StoredOrder, apply_many, judged, undo_many
from crmkit.testing.builders import a_line, an_order

__all__ = ["UndoingContract"]

_NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def _stored(number: str, **facts: Any) -> StoredOrder:
    order = an_order(number=number, lines=(a_line(), a_line(title="灯笼 🐱")))
    values = {"customer": f"c{number}", "report": order.digest, "first_seen": _NOW, "updated_at": _NOW}
    return StoredOrder(order=order, **{**values, **facts})


def _image(number: str, begin: int, end: int, **facts: Any) -> BeforeImage:
    order = an_order(number=number)
    values = {"batch": "b1", "kind": "changed" if begin else "new", "before": order if begin else None}
    return BeforeImage(key=order.key, version_before=begin, version_after=end, **{**values, **facts})


class UndoingContract:
    """Holds the laws O16 to O21 of stores whose batches can be undone; subclass it and give `make_store`."""

    @pytest.fixture
    def make_store(self) -> Any:
        """Gives a function that returns a fresh, empty store."""
        raise NotImplementedError("Give a fixture `make_store` that returns a function making a fresh store.")

    def test_O16_removed_orders_are_gone_wherever_they_were_found(self, make_store: Any) -> None:
        store = make_store()
        gone, kept = _stored("1"), _stored("2")
        with store.unit() as unit:
            unit.orders.put_many([gone, kept])
            unit.commit()
        with store.unit() as unit:
            unit.orders.remove_many([unit.orders.get(gone.key)])
            unit.commit()
        with store.unit() as unit:
            with pytest.raises(NotFoundError):
                unit.orders.get(gone.key)
            assert [one.key for one in unit.orders.page(None, 10)] == [kept.key]
            assert unit.orders.by_numbers("taobao", ["1", "2"]) == {"2": (kept.key,)}
            assert unit.orders.of_customers(["c1"]) == ()
            unit.orders.put_many([gone])
            assert unit.orders.get(gone.key).order == gone.order

    def test_O17_what_was_changed_since_is_not_removed_and_nothing_with_it(self, make_store: Any) -> None:
        store = make_store()
        with store.unit() as unit:
            unit.orders.put_many([_stored("1"), _stored("2")])
            unit.commit()
        with store.unit() as unit:
            read = [unit.orders.get(_stored(number).key) for number in ("1", "2")]
            unit.orders.put_many([read[1]])
            unit.commit()
        with pytest.raises(StaleRecordError), store.unit() as unit:
            unit.orders.remove_many(read)
            unit.commit()
        with store.unit() as unit:
            assert len(unit.orders.page(None, 10)) == 2

    def test_O18_orders_are_found_by_the_identity_that_they_came_with(self, make_store: Any) -> None:
        store = make_store()
        with store.unit() as unit:
            unit.orders.put_many([_stored("3", customer="c1"), _stored("2"), _stored("1")])
            unit.commit()
        with store.unit() as unit:
            assert [one.order.number for one in unit.orders.of_customers(["c1", "nobody"])] == ["1", "3"]
            assert unit.orders.of_customers([]) == ()
            assert unit.orders.of_customers(["c2"])[0].order == _stored("2").order

    def test_O19_a_new_image_replaces_one_that_another_writer_has_cut_off(self, make_store: Any) -> None:
        store = make_store()
        later = _image("1", 2, 3, batch_before="b2", report_before="r" * 32)
        with store.unit() as unit:
            unit.batches.record([_image("1", 0, 1), _image("2", 0, 1)])
            unit.batches.record([later, _image("2", 1, 2)])
            unit.commit()
        with store.unit() as unit:
            assert unit.batches.images("b1", None, 10) == (later, _image("2", 0, 2))

    def test_O20_what_is_taken_back_is_gone_and_counted_and_the_batch_below_moves_on(self, make_store: Any) -> None:
        store = make_store()
        above = [_image(number, 1, 2, batch="b2", batch_before="b1") for number in ("1", "2")]
        keys = [image.key for image in above]
        with store.unit() as unit:
            unit.batches.record([_image("1", 0, 1), _image("2", 0, 5), *above])
            assert unit.batches.undoings(keys) == {}
            unit.batches.take_back(above, dict.fromkeys(keys, 3))
            unit.commit()
        with store.unit() as unit:
            assert unit.batches.images("b2", None, 10) == ()
            assert unit.batches.images("b1", None, 10) == (_image("1", 0, 3), _image("2", 0, 5))
            assert unit.batches.undoings(keys) == dict.fromkeys(keys, 1)
            unit.batches.take_back([_image("1", 0, 3)], {})
            assert unit.batches.undoings(keys) == {keys[0]: 2, keys[1]: 1}

    def test_O21_undoing_gives_back_what_was_before_and_tells_it_once(self, make_store: Any) -> None:
        store = make_store()
        first = an_order(number="1", raw={"列": "值"}, reported_at=_NOW)
        self._take(store, "b1", first)
        self._take(store, "b2", attrs.evolve(first, remark="bag"), an_order(number="2", status="shipped"))
        assert [self._undo(store, "b2") for _ in range(2)] == [["", ""], []]
        with store.unit() as unit:
            (back,) = unit.orders.page(None, 10)
            keys = [entry.key for entry in unit.outbox.read(after=0, limit=100)]
        assert (back.order, dict(back.order.raw), back.order.reported_at) == (first, {"列": "值"}, _NOW)
        assert (back.report, back.batch, back.version) == (first.digest, "b1", 3)
        assert len(keys) == len(set(keys))
        self._take(store, "b3", an_order(number="1", status="shipped"))
        assert self._undo(store, "b1") != [""]
        assert [self._undo(store, batch) for batch in ("b3", "b1")] == [[""], [""]]

    @staticmethod
    def _take(store: Any, batch: str, *orders: Order) -> None:
        with store.unit() as unit:
            apply_many(unit, [(order, "c1") for order in orders], flow=DEFAULT_FLOW, now=_NOW, batch=batch)
            unit.commit()

    @staticmethod
    def _undo(store: Any, batch: str) -> list[str]:
        with store.unit() as unit:
            done = undo_many(unit, judged(unit, unit.batches.images(batch, None, 10)), now=_NOW)
            unit.commit()
        return [one.reason for one in done]
