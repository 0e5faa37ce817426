"""`in_unit`: works in one unit, and again where another writer got in between."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crmkit.errors import DuplicateError, InputError, NotFoundError, StaleRecordError, StoreUnavailable
from crmkit.events import Event
from crmkit.storage.memory import MemoryStore
from crmkit.unit import in_unit


def event(number):
    return Event(key=f"k{number}", at=datetime(2026, 11, 24, tzinfo=UTC))


def keys(store):
    return in_unit(store, lambda unit: [entry.key for entry in unit.outbox.read(after=0, limit=10)])


def failing(*errors):
    """Work that raises one error a call, and succeeds when they are used up."""
    left = list(errors)

    def work(unit):
        unit.emit([event(len(left))])
        if left:
            raise left.pop(0)
        return "done"

    return work


def test_the_work_is_kept_and_its_result_given_back():
    store = MemoryStore()
    assert in_unit(store, failing()) == "done"
    assert keys(store) == ["k0"]


@pytest.mark.parametrize(
    "error", [DuplicateError("there"), StaleRecordError("ticket", "t", 1), StoreUnavailable("locked")]
)
def test_it_is_repeated_where_another_writer_got_in_between(error):
    store = MemoryStore()
    assert in_unit(store, failing(error, error)) == "done"
    assert keys(store) == ["k0"]


def test_the_last_attempts_error_comes_out():
    store = MemoryStore()
    with pytest.raises(DuplicateError, match="third"):
        in_unit(store, failing(*(DuplicateError(name) for name in ("first", "second", "third"))))
    assert keys(store) == []
    with pytest.raises(DuplicateError, match="first"):
        in_unit(store, failing(DuplicateError("first")), attempts=1)


@pytest.mark.parametrize("error", [NotFoundError("ticket", "t"), InputError("no"), ZeroDivisionError()])
def test_other_errors_are_not_repeated(error):
    store = MemoryStore()
    with pytest.raises(type(error)):
        in_unit(store, failing(error))
    assert keys(store) == []


def test_no_attempt_is_a_mistake():
    with pytest.raises(InputError, match="attempts"):
        in_unit(MemoryStore(), failing(), attempts=0)
