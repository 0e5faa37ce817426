"""The layout: what the migrations make is what the metadata says, on every database."""

from __future__ import annotations

import multiprocessing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from crmkit import Crm
from crmkit.errors import StorageError, StoreUnavailable
from crmkit.storage.sqlalchemy import SqlAlchemyStore, metadata
from crmkit.storage.sqlalchemy.migrations import configuration
from crmkit.storage.sqlalchemy.schema import HEAD, VERSION_TABLE, current


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def empty(request, tmp_path):
    """A database without any table."""
    if request.param == "sqlite":
        store = SqlAlchemyStore(f"sqlite:///{tmp_path / 'empty.db'}")
        yield store
        store.close()
        return
    url = request.getfixturevalue(request.param).engine.url
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    name = f"{url.database}_empty"
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    store = SqlAlchemyStore(url.set(database=name))
    yield store
    store.close()
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name}"))
    admin.dispose()


def test_head_is_the_newest_migration():
    assert ScriptDirectory.from_config(configuration()).get_current_head() == HEAD


def test_migrations_make_what_the_metadata_says(empty):
    assert empty.upgrade_schema() == HEAD
    assert current(empty.engine) == HEAD
    with empty.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": False,
                "include_name": lambda name, kind, _: kind != "table" or name != VERSION_TABLE,
            },
        )
        assert compare_metadata(context, metadata) == []
        columns = {
            table.name: {column["name"]: str(column["type"]) for column in inspect(connection).get_columns(table.name)}
            for table in metadata.sorted_tables
        }
    empty.create_schema()  # finds everything in place
    with empty.engine.begin() as connection:
        metadata.drop_all(connection)
        metadata.create_all(connection)
        for table in metadata.sorted_tables:
            made = {column["name"]: str(column["type"]) for column in inspect(connection).get_columns(table.name)}
            assert made == columns[table.name]


def test_upgrading_twice_and_after_creating_changes_nothing(empty):
    empty.create_schema()
    assert empty.upgrade_schema() == HEAD
    assert empty.upgrade_schema() == HEAD


def test_tables_that_the_host_made_from_our_metadata_are_taken_as_they_are(empty):
    with empty.engine.begin() as connection:
        metadata.create_all(connection)
    empty.create_schema()
    assert current(empty.engine) == HEAD
    assert empty.upgrade_schema() == HEAD


def test_another_layout_is_refused_with_a_way_out(empty):
    empty.create_schema()
    with empty.engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '0000'"))
    with pytest.raises(StorageError, match="crmkit db upgrade"):
        empty.create_schema()


def test_a_store_without_tables_says_what_is_missing(empty):
    with pytest.raises(StorageError, match="create_schema") as refused, empty.unit() as unit:
        unit.outbox.read(after=0, limit=1)
    assert not isinstance(refused.value, StoreUnavailable)


def test_tables_can_live_in_a_schema_of_their_own(postgres):
    with postgres.engine.begin() as connection:
        connection.execute(text("DROP SCHEMA IF EXISTS shop_crm CASCADE"))
        connection.execute(text("CREATE SCHEMA shop_crm"))
    for make in ("create_schema", "upgrade_schema"):
        store = SqlAlchemyStore(postgres.engine.url, schema="shop_crm")
        getattr(store, make)()
        assert "crmkit_orders" in inspect(store.engine).get_table_names(schema="shop_crm")
        with store.unit() as unit:
            assert unit.outbox.read(after=0, limit=1) == ()
        store.close()
    with postgres.engine.begin() as connection:
        connection.execute(text("DROP SCHEMA shop_crm CASCADE"))


def _open(url: str) -> None:
    Crm.open(url).close()


def test_two_processes_that_open_at_once_create_the_tables_once(tmp_path):
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=_open, args=(url,)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0, 0]
    engine = create_engine(url)
    assert current(engine) == HEAD
    engine.dispose()


def test_a_file_that_is_no_database_gets_a_clear_error(tmp_path):
    path = tmp_path / "orders.db"
    path.write_text("this is not a database" * 100)
    with pytest.raises(StorageError, match="file is not a database"):
        Crm.open(f"sqlite:///{path}")
