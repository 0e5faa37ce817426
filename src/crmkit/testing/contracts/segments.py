"""What every store of snapshots must keep; needs the segments slice of a unit and nothing else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crmkit.errors import DuplicateError, NotFoundError, StaleRecordError, StoreUnavailable
from crmkit.segments import Snapshot

__all__ = ["SegmentsContract"]

_START = datetime(2026, 11, 24, 8, 0, 0, 123456, tzinfo=UTC)
_MEMBERS = (("Ann", "champions"), ("ann", "lost"), ("ann ", "沉睡客户"), ("zoë", "new"), ("陈", "new"), ("🐱", "new"))


def _snapshot(name: str = "weekly", day: int = 0, **more: Any) -> Snapshot:
    facts: dict[str, Any] = {
        "members": _MEMBERS,
        "name": name,
        "as_of": _START + timedelta(days=day),
        "digest": "d" * 32,
        "question": {"by": "grid", "cells": {"5,1": "新客户 🐱 "}, "since": None, "cuts": [2, 3]},
        "engine": "pandas",
        "made_at": _START + timedelta(days=day, microseconds=1),
        "customers": 9_000_000_000,
        **more,
    }
    return Snapshot.of(facts.pop("members"), **facts)


def _put(store: Any, *some: Snapshot) -> None:
    with store.unit() as unit:
        for one in some:
            unit.snapshots.put(one.info, one.members)
        unit.commit()


def _page(store: Any, name: str | None, **asked: Any) -> list[str]:
    with store.unit(read_only=True) as unit:
        return [info.id for info in unit.snapshots.page(name, **{"limit": 100, **asked})]


def _members(store: Any, id_: str, limit: int = 10_000) -> tuple[Any, ...]:
    with store.unit(read_only=True) as unit:
        found: tuple[Any, ...] = unit.snapshots.members(id_, limit=limit)
        return found


class SegmentsContract:
    """Holds the laws N1 to N10 of stores that keep snapshots; subclass it and give the fixture `make_store`."""

    @pytest.fixture
    def make_store(self) -> Any:
        """Gives a function that returns a fresh, empty store."""
        raise NotImplementedError("Give a fixture `make_store` that returns a function making a fresh store.")

    def test_N1_a_snapshot_is_read_as_it_was_written(self, make_store: Any) -> None:
        store, one = make_store(), _snapshot("每周 ")
        _put(store, one)
        with store.unit(read_only=True) as unit:
            info = unit.snapshots.get(one.id)
            assert info == one.info
            assert list(info.counts.items()) == [("new", 3), ("champions", 1), ("lost", 1), ("沉睡客户", 1)]
            assert unit.snapshots.members(one.id, limit=100) == one.members

    def test_N2_an_unknown_snapshot_is_not_found_and_has_no_members(self, make_store: Any) -> None:
        store = make_store()
        _put(store, _snapshot())
        with store.unit() as unit:
            for act in (unit.snapshots.get, unit.snapshots.remove):
                with pytest.raises(NotFoundError):
                    act("d" * 32)
            assert unit.snapshots.members("d" * 32, limit=10) == ()
            assert unit.snapshots.page("monthly", limit=10) == ()

    def test_N3_pages_begin_with_the_newest_moment_then_with_the_latest_made(self, make_store: Any) -> None:
        store = make_store()
        days = [_snapshot(day=day) for day in (1, 3, 2)]
        later = _snapshot(day=2, digest="e" * 32, made_at=_START + timedelta(days=9))
        other = _snapshot("monthly", day=2, made_at=_START + timedelta(days=8))
        _put(store, *days, other, later)
        first, third, second = (one.id for one in days)
        assert _page(store, "weekly") == [third, later.id, second, first]
        assert _page(store, None) == [third, later.id, other.id, second, first]
        assert _page(store, "weekly", limit=2) == [third, later.id]
        assert _page(store, "weekly", before=days[1].as_of) == [later.id, second, first]
        assert _page(store, "weekly", digest="d" * 32) == [third, second, first]
        assert _page(store, None, before=days[1].as_of, digest="e" * 32, limit=5) == [later.id]

    def test_N4_members_are_walked_through_once_by_code_point(self, make_store: Any) -> None:
        store, one, other = make_store(), _snapshot(), _snapshot(day=1, members=[("bo", "new")])
        _put(store, one, other)
        walked, after = [], None
        with store.unit(read_only=True) as unit:
            while page := unit.snapshots.members(one.id, after=after, limit=2):
                walked += page
                after = page[-1][0]
        assert walked == sorted(_MEMBERS)

    def test_N5_a_taken_id_is_a_duplicate_and_changes_nothing(self, make_store: Any) -> None:
        store, one = make_store(), _snapshot()
        _put(store, one)
        with pytest.raises(DuplicateError):
            _put(store, _snapshot(members=[("bo", "new")]))
        assert _members(store, one.id) == one.members

    def test_N6_leaving_without_commit_keeps_nothing(self, make_store: Any) -> None:
        store, one = make_store(), _snapshot()
        with store.unit() as unit:
            unit.snapshots.claim("weekly")
            unit.snapshots.put(one.info, one.members)
        assert _page(store, None) == []
        assert _members(store, one.id) == ()
        _put(store, one)
        with store.unit() as unit:
            unit.snapshots.remove(one.id)
        assert _members(store, one.id) == one.members

    def test_N7_what_is_removed_is_gone_with_its_members_and_can_be_written_again(self, make_store: Any) -> None:
        store, one, other = make_store(), _snapshot(), _snapshot(day=1)
        _put(store, one, other)
        with store.unit() as unit:
            unit.snapshots.remove(one.id)
            unit.commit()
        assert _page(store, "weekly") == [other.id]
        assert (_members(store, one.id), _members(store, other.id)) == ((), other.members)
        again = _snapshot(members=[("bo", "new")])
        _put(store, again)
        assert _members(store, one.id) == (("bo", "new"),)

    def test_N8_many_members_are_written_at_once(self, make_store: Any) -> None:
        store = make_store()
        many = _snapshot(members=[(f"c{number:05}", "new") for number in range(6001)])
        nobody = _snapshot(day=1, members=[])
        _put(store, many, nobody)
        assert _members(store, many.id) == many.members
        assert (_members(store, nobody.id), _page(store, "weekly")) == ((), [nobody.id, many.id])

    def test_N9_names_are_compared_sign_by_sign(self, make_store: Any) -> None:
        store = make_store()
        some = [_snapshot(name) for name in ("weekly", "Weekly", "weekly ", "weékly", "weekly\u200b")]
        _put(store, *some)
        with store.unit() as unit:
            for one in some:
                unit.snapshots.claim(one.name)
            unit.commit()
        assert [_page(store, one.name) for one in some] == [[one.id] for one in some]

    def test_N10_who_has_claimed_a_name_sees_what_was_written_before_them(self, make_store: Any) -> None:
        store = make_store()

        def follow(number: int) -> None:
            for _ in range(50):
                try:
                    with store.unit() as unit:
                        unit.snapshots.claim("weekly")
                        newest = unit.snapshots.page("weekly", limit=1)
                        day = len(unit.snapshots.page("weekly", limit=100)) + 1
                        told = {"engine": newest[0].id if newest else "first", "digest": f"{number:032}"}
                        one = _snapshot(day=day, members=[("bo", "new")], **told)
                        unit.snapshots.put(one.info, one.members)
                        unit.commit()
                        return
                except (DuplicateError, StaleRecordError, StoreUnavailable):
                    continue

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(follow, range(8)))
        with store.unit(read_only=True) as unit:
            newest_first = unit.snapshots.page("weekly", limit=100)
        assert len(newest_first) == 8
        assert [info.engine for info in newest_first] == [*(info.id for info in newest_first[1:]), "first"]
