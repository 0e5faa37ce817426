"""Fixtures shared by all tests: one fresh store of every kind."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from databases import mysql_url, postgres_url
from hypothesis import HealthCheck, settings

from crmkit.storage.memory import MemoryStore
from crmkit.storage.sqlalchemy import SqlAlchemyStore, metadata

# A busy machine is no failure: seconds are measured in benchmarks, not in tests.
settings.register_profile("calm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("calm")

SHARE = int(os.environ.get("CRMKIT_TEST_SHARE", "1"))
"""Of the cases of each parametrised test, one in so many runs; each test runs at least one."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves cases out where a run asks for a share: which ones differs from test to test, so that none goes unseen."""
    if SHARE <= 1:
        return
    names = [item.nodeid.partition("[")[0] for item in items]
    many, seen = Counter(names), Counter[str]()
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for name, item in zip(names, items, strict=True):
        is_kept = seen[name] % SHARE == crc32(name.encode()) % min(SHARE, many[name])
        (kept if is_kept else left_out).append(item)
        seen[name] += 1
    items[:] = kept
    config.hook.pytest_deselected(items=left_out)


STORES = ["memory", "sqlite", "postgres", "mariadb"]


@pytest.fixture(scope="session")
def postgres(worker_id: str) -> Iterator[SqlAlchemyStore]:
    with postgres_url(worker_id) as url:
        store = SqlAlchemyStore(url)
        store.create_schema()
        yield store
        store.close()


@pytest.fixture(scope="session")
def mariadb(worker_id: str) -> Iterator[SqlAlchemyStore]:
    with mysql_url(worker_id) as url:
        store = SqlAlchemyStore(url)
        store.create_schema()
        yield store
        store.close()


def emptied(store: SqlAlchemyStore) -> SqlAlchemyStore:
    """Removes all rows and all handlers, so that a test has the store for itself."""
    with store.engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
    store._handlers.clear()
    return store


@pytest.fixture(params=STORES)
def store_maker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Any]]:
    """A function that makes a fresh, empty store of one kind; the test runs once for each kind."""
    made: list[SqlAlchemyStore] = []

    def make() -> Any:
        if request.param == "memory":
            return MemoryStore()
        if request.param == "sqlite":
            store = SqlAlchemyStore(f"sqlite:///{tmp_path / f'shop{len(made)}.db'}")
            store.create_schema()
            made.append(store)
            return store
        return emptied(request.getfixturevalue(request.param))

    yield make
    for store in made:
        store.close()


@pytest.fixture
def store(store_maker: Callable[[], Any]) -> Any:
    """A fresh, empty store; the test runs once for each kind."""
    return store_maker()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[SqlAlchemyStore]:
    """A fresh SQLite store in a file."""
    store = SqlAlchemyStore(f"sqlite:///{tmp_path / 'shop.db'}")
    store.create_schema()
    yield store
    store.close()
