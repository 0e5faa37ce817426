"""Two processes at one database, and one that is killed half-way: the map is that of one that was left in peace."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from identity.process import resolve_all

from crmkit.identity import IdentityRegistry
from crmkit.storage.memory import MemoryStore
from crmkit.storage.sqlalchemy import SqlAlchemyStore
from crmkit.testing import RECORD_COLUMNS, a_model, some_records

ROWS = some_records(7, 12)


def take(registry: IdentityRegistry) -> None:
    registry.take(pd.DataFrame(ROWS), columns=RECORD_COLUMNS)


@contextmanager
def another(store: SqlAlchemyStore, what: str) -> Iterator[Callable[[], str]]:
    """A process that has begun; called, what it says next."""
    url = store.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, str(Path(__file__).with_name("process.py")), url, what, "1"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.stdin.write("begin\n")
        process.stdin.flush()
        yield process.stdout.readline
        process.kill()


def kept(store) -> dict[str, tuple[str, str, str]]:
    """By record its identity and its person, by the keys that they have in each store, and their number beside it."""
    with store.unit() as unit:
        records = unit.identity_records.by_keys(row["record_id"] for row in ROWS)
        hood = unit.identities.neighbourhood(ids={record.identity for record in records.values()})
        key = {identity.id: identity.key for identity in hood.identities}
        person = {identity.id: key[identity.person] for identity in hood.identities}
        assert len(set(key.values())) == len(key)
    return {k: (key[r.identity], person[r.identity], str(len(key))) for k, r in records.items()}


@pytest.fixture(scope="module")
def in_peace() -> dict[str, tuple[str, str, str]]:
    store = MemoryStore()
    registry = IdentityRegistry(store)
    registry.adopt(a_model())
    take(registry)
    assert len(kept(store)) == len(ROWS)
    return kept(store)


def test_two_processes_and_the_same_new_buyers(store, in_peace):
    if isinstance(store, MemoryStore):
        pytest.skip("lives in one process")
    registry = IdentityRegistry(store)
    registry.adopt(a_model())
    with another(store, "resolve") as told:
        resolve_all(registry, 2)
        assert told() == ""  # it has come to its end
    assert kept(store) == in_peace


def test_a_take_that_was_killed_is_finished_by_the_same_call(sqlite_store, in_peace):
    registry = IdentityRegistry(sqlite_store)
    registry.adopt(a_model())
    with another(sqlite_store, "take") as told:
        assert told() == "3\n"
    assert 0 < len(kept(sqlite_store)) < len(ROWS)
    take(registry)
    assert kept(sqlite_store) == in_peace


def test_an_adoption_that_was_killed_is_finished_by_the_same_call(sqlite_store, in_peace):
    registry = IdentityRegistry(sqlite_store)
    take(registry)
    with another(sqlite_store, "adopt") as told:
        assert told() == "2\n"
    begun = registry.adopted()
    assert begun is not None
    assert begun.cursor
    registry.adopt(a_model())
    assert registry.adopted().cursor is None
    assert kept(sqlite_store) == in_peace
