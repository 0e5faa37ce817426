"""Units inside the host's own transaction: they stand or fall with it, on every database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, func, select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from crmkit.errors import InputError, StorageError
from crmkit.storage.sqlalchemy import SqlAlchemyStore
from crmkit.testing.contracts.outbox import Happened

HOST = MetaData()
SALES = Table("host_sales", HOST, Column("id", Integer, primary_key=True), Column("what", String(20)))


def event(number: int) -> Happened:
    return Happened(key=f"k{number}", at=datetime(2026, 11, 1, tzinfo=UTC), what="x")


def emit(store, number: int, *, commit: bool = True) -> None:
    with store.unit() as unit:
        unit.emit([event(number)])
        if commit:
            unit.commit()


def keys(store) -> list[str]:
    with store.unit() as unit:
        return [entry.key for entry in unit.outbox.read(after=0, limit=100)]


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def database(request, tmp_path):
    if request.param == "sqlite":
        store = SqlAlchemyStore(create_engine(f"sqlite:///{tmp_path / 'host.db'}"))
        store.create_schema()
    else:
        from conftest import emptied

        store = emptied(request.getfixturevalue(request.param))
    HOST.create_all(store.engine)
    yield store
    HOST.drop_all(store.engine)
    store.engine.dispose()


def count(engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(SALES))


def test_host_commit_keeps_both(database):
    with Session(database.engine) as session, session.begin():
        session.execute(SALES.insert().values(id=1, what="order"))
        emit(SqlAlchemyStore.joining(session), 1)
    assert (count(database.engine), keys(database)) == (1, ["k1"])


def test_host_rollback_takes_back_both(database):
    with pytest.raises(ZeroDivisionError), Session(database.engine) as session, session.begin():
        session.execute(SALES.insert().values(id=1, what="order"))
        emit(SqlAlchemyStore.joining(session), 1)
        raise ZeroDivisionError
    assert (count(database.engine), keys(database)) == (0, [])


def test_rollback_also_where_crmkit_wrote_first(database):
    with pytest.raises(ZeroDivisionError), Session(database.engine) as session, session.begin():
        emit(SqlAlchemyStore.joining(session), 1)
        raise ZeroDivisionError
    assert keys(database) == []


def test_a_unit_left_without_commit_takes_back_only_itself(database):
    with Session(database.engine) as session, session.begin():
        joined = SqlAlchemyStore.joining(session)
        session.execute(SALES.insert().values(id=1, what="order"))
        emit(joined, 1, commit=False)
        emit(joined, 2)
    assert (count(database.engine), keys(database)) == (1, ["k2"])


def test_a_connection_can_be_joined(database):
    with database.engine.connect() as connection:
        with connection.begin():
            connection.execute(SALES.insert().values(id=1, what="order"))
            emit(SqlAlchemyStore.joining(connection), 1)
        with connection.begin() as transaction:
            emit(SqlAlchemyStore.joining(connection), 2)
            transaction.rollback()
    assert (count(database.engine), keys(database)) == (1, ["k1"])


def test_handlers_hear_after_the_host_has_committed(database):
    heard: list[str] = []
    with Session(database.engine) as session:
        joined = SqlAlchemyStore.joining(session)
        joined.subscribe(lambda told: heard.append(told.key))
        with session.begin():
            with session.begin_nested():
                emit(joined, 1)
            assert heard == []
        assert heard == ["k1"]
        emit(joined, 2)
        session.rollback()
        emit(joined, 3)
        session.commit()
    assert heard == ["k1", "k3"]


def test_a_rolled_back_savepoint_of_the_host_takes_its_events_along(database):
    heard: list[str] = []
    with Session(database.engine) as session, session.begin():
        joined = SqlAlchemyStore.joining(session)
        joined.subscribe(lambda told: heard.append(told.key))
        emit(joined, 1)
        with session.begin_nested() as savepoint:
            with session.begin_nested():
                emit(joined, 2)
            emit(joined, 3)
            savepoint.rollback()
    assert heard == ["k1"]
    assert keys(database) == ["k1"]


def test_a_session_closed_without_commit_hands_on_nothing_later(database):
    heard: list[str] = []
    with Session(database.engine) as session:
        joined = SqlAlchemyStore.joining(session)
        joined.subscribe(lambda told: heard.append(told.key))
        emit(joined, 1)
        session.close()
        emit(joined, 2)
        session.commit()
    assert heard == ["k2"]


def test_a_handler_that_raises_stops_neither_the_others_nor_the_work(database, caplog):
    heard: list[str] = []

    def fails(told):
        raise ZeroDivisionError

    database.subscribe(fails)
    database.subscribe(lambda told: heard.append(told.key))
    emit(database, 1)
    database._handlers.clear()
    assert heard == ["k1"]
    assert "k1" in caplog.text
    assert keys(database) == ["k1"]


def test_a_bare_connection_cannot_hand_on_events(database):
    with database.engine.connect() as connection, pytest.raises(InputError, match="outbox"):
        SqlAlchemyStore.joining(connection).subscribe(print)


def test_a_unit_is_closed_after_its_commit(database):
    with database.unit() as unit:
        unit.commit()
        with pytest.raises(StorageError, match="not open"):
            unit.emit([event(1)])


def test_inside_run_sync_of_an_async_session(tmp_path):
    path = tmp_path / "host.db"
    plain = SqlAlchemyStore(f"sqlite:///{path}")
    plain.create_schema()
    HOST.create_all(plain.engine)

    async def sell(number: int, *, fail: bool) -> None:
        engine = create_async_engine(f"sqlite+aiosqlite:///{path}")
        try:
            async with AsyncSession(engine) as session, session.begin():
                await session.execute(SALES.insert().values(id=number, what="order"))
                await session.run_sync(lambda sync: emit(SqlAlchemyStore.joining(sync), number))
                if fail:
                    raise ZeroDivisionError
        finally:
            await engine.dispose()

    asyncio.run(sell(1, fail=False))
    with pytest.raises(ZeroDivisionError):
        asyncio.run(sell(2, fail=True))
    assert (count(plain.engine), keys(plain)) == (1, ["k1"])
    plain.close()
