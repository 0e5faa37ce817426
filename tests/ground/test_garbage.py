"""The cycle collector: it is still in long work, and neither costs a short call nor touches what a host has frozen."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from crmkit.garbage import collector_paused, heap_set_aside


@pytest.fixture(autouse=True)
def nothing_frozen() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()
    gc.enable()


def test_a_short_block_does_not_count_what_is_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[int] = []
    monkeypatch.setattr(gc, "get_freeze_count", lambda: counted.append(1) or 0)
    gc.collect()
    with collector_paused():
        pass
    assert counted == []
    with collector_paused():
        kept = [[] for _ in range(100_000)]
    assert (counted, len(kept)) == ([1], 100_000)


def test_what_a_long_block_makes_is_looked_through_by_a_full_collection_only() -> None:
    gc.collect()
    with collector_paused():
        kept = [[number] for number in range(100_000)]
    oldest = {id(each) for each in gc.get_objects(generation=2)}
    assert gc.get_freeze_count() == 0
    assert all(id(each) in oldest for each in kept[:1000])


def test_what_a_host_has_frozen_stays_frozen() -> None:
    gc.collect()
    gc.freeze()
    frozen = gc.get_freeze_count()
    with heap_set_aside(), collector_paused():
        kept = [[number] for number in range(100_000)]
    assert (gc.get_freeze_count(), len(kept)) == (frozen, 100_000)


def test_a_collector_that_is_off_stays_off_and_one_that_is_on_comes_back_after_an_error() -> None:
    gc.disable()
    with collector_paused():
        pass
    assert not gc.isenabled()
    gc.enable()
    with pytest.raises(KeyError), collector_paused():
        raise KeyError
    assert gc.isenabled()


def test_the_heap_is_set_aside_for_the_block_only() -> None:
    gc.collect()
    with pytest.raises(KeyError), heap_set_aside():
        assert gc.get_freeze_count() > 1000
        raise KeyError
    assert gc.get_freeze_count() == 0
