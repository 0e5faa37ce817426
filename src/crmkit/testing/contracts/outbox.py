"""What every store's unit of work and outbox must keep."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from crmkit.events import Event

__all__ = ["OutboxContract"]


@attrs.frozen(kw_only=True, slots=True)
class Happened(Event):
    """Is an event for the tests of outboxes."""

    what: str


def _event(number: int) -> Happened:
    return Happened(
        key=f"k{number}", at=datetime(2026, 11, 1, 0, 0, number, 123456, tzinfo=UTC), what=f"事件 {number} 🐱"
    )


class OutboxContract:
    """Holds the laws U1 to U7 of units and outboxes; subclass it and give the fixture `make_store`."""

    @pytest.fixture
    def make_store(self) -> Any:
        """Gives a function that returns a fresh, empty store."""
        raise NotImplementedError("Give a fixture `make_store` that returns a function making a fresh store.")

    def test_U1_leaving_without_commit_keeps_nothing(self, make_store: Any) -> None:
        store = make_store()
        with store.unit() as unit:
            unit.emit([_event(1)])
        assert self._read(store) == ()

    def test_U2_an_error_keeps_nothing(self, make_store: Any) -> None:
        store = make_store()
        with pytest.raises(ZeroDivisionError), store.unit() as unit:
            unit.emit([_event(1)])
            raise ZeroDivisionError
        assert self._read(store) == ()

    def test_U3_committed_events_are_read_as_they_were_told(self, make_store: Any) -> None:
        store = make_store()
        self._emit(store, 1, 2)
        first, second = self._read(store)
        assert (first.name, first.key, first.at, first.data) == (
            "Happened",
            "k1",
            _event(1).at,
            {"what": "事件 1 🐱"},
        )
        assert second.key == "k2"

    def test_U4_positions_rise_and_never_change(self, make_store: Any) -> None:
        store = make_store()
        self._emit(store, 1, 2)
        before = self._read(store)
        self._emit(store, 3)
        after = self._read(store)
        assert after[:2] == before
        assert [entry.position for entry in after] == sorted({entry.position for entry in after})

    def test_U5_a_cursor_and_a_limit_walk_through_everything_once(self, make_store: Any) -> None:
        store = make_store()
        self._emit(store, *range(1, 8))
        cursor, seen = 0, []
        while page := self._read(store, after=cursor, limit=3):
            seen += [entry.key for entry in page]
            cursor = page[-1].position
        assert seen == [f"k{n}" for n in range(1, 8)]

    def test_U6_removing_takes_what_was_read_and_no_position_comes_back(self, make_store: Any) -> None:
        store = make_store()
        self._emit(store, 1, 2)
        first, second = self._read(store)
        with store.unit() as unit:
            assert unit.outbox.remove(through=first.position) == 1
            unit.commit()
        assert self._read(store) == (second,)
        self._emit(store, 3)
        assert self._read(store)[-1].position > second.position

    def test_U7_handlers_hear_events_after_the_commit_and_only_then(self, make_store: Any) -> None:
        store = make_store()
        heard: list[Event] = []
        store.subscribe(heard.append)
        with store.unit() as unit:
            unit.emit([_event(1)])
            assert heard == []
        assert heard == []
        self._emit(store, 2)
        assert [event.key for event in heard] == ["k2"]

    @staticmethod
    def _emit(store: Any, *numbers: int) -> None:
        with store.unit() as unit:
            unit.emit([_event(number) for number in numbers])
            unit.commit()

    @staticmethod
    def _read(store: Any, *, after: int = 0, limit: int = 100) -> Any:
        with store.unit() as unit:
            entries = unit.outbox.read(after=after, limit=limit)
            unit.commit()
        return entries
