"""The SQLAlchemy store: units of work on SQLite, PostgreSQL, MariaDB and MySQL, or inside a host's transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Engine, NestedTransaction, create_engine, event, exc
from sqlalchemy.engine import URL, make_url
from sqlalchemy.orm import Session, SessionTransaction
from sqlalchemy.pool import StaticPool

from crmkit.errors import InputError, StorageError
from crmkit.events import Event, EventHandler, hand_on
from crmkit.ids import IdGenerator, UlidGenerator
from crmkit.storage.members import IdentityMembers
from crmkit.storage.sqlalchemy.batches import SqlBatches
from crmkit.storage.sqlalchemy.identity import SqlIdentities
from crmkit.storage.sqlalchemy.identity_decisions import SqlDecisions
from crmkit.storage.sqlalchemy.identity_linking import SqlModels, SqlReviews
from crmkit.storage.sqlalchemy.identity_records import SqlRecords
from crmkit.storage.sqlalchemy.loyalty import SqlAccounts, SqlEntries
from crmkit.storage.sqlalchemy.orders import SqlOrders
from crmkit.storage.sqlalchemy.outbox import SqlOutbox
from crmkit.storage.sqlalchemy.schema import create_or_check, upgrade
from crmkit.storage.sqlalchemy.segments import SqlSnapshots
from crmkit.storage.sqlalchemy.statements import Statements, translated
from crmkit.storage.sqlalchemy.tickets import SqlTickets

__all__ = ["SqlAlchemyStore", "SqlUnit"]

_BUSY_SECONDS = 30


class SqlAlchemyStore:
    """Keeps everything in tables `crmkit_*` of one database or schema.

    Args:
        target: A database URL (the store makes and owns the engine) or the host's Engine.
        schema: The schema that the tables lie in; None for the connection's own.
        ids: Generator of record ids.

    Example:
        >>> store = SqlAlchemyStore("sqlite://")
        >>> store.create_schema()
        >>> with store.unit() as unit:
        ...     unit.commit()
    """

    def __init__(
        self, target: str | URL | Engine, *, schema: str | None = None, ids: IdGenerator | None = None
    ) -> None:
        engine = target if isinstance(target, Engine) else _own_engine(_url(target))
        self._owns_engine = not isinstance(target, Engine)
        if engine.dialect.name in ("mysql", "mariadb"):
            # Under MySQL's own default a unit that had to wait for another would go on with what it read before.
            engine = engine.execution_options(isolation_level="READ COMMITTED")
        self.engine = engine.execution_options(schema_translate_map={None: schema}) if schema else engine
        self.schema = schema
        self.ids = ids or UlidGenerator()
        self._handlers: list[EventHandler] = []

    @staticmethod
    def joining(
        host: Session | Connection, *, schema: str | None = None, ids: IdGenerator | None = None
    ) -> JoinedStore:
        """Returns a store whose units are part of the host's transaction.

        `commit()` of a unit only flushes: everything stands or falls with the host's own commit. A unit that is left
        without `commit()` is taken back by a savepoint. Under asyncio call it inside `AsyncSession.run_sync`.

        Args:
            host: The host's Session, or a Connection that is in a transaction.
            schema: The schema that the tables lie in.
            ids: Generator of record ids.
        """
        return JoinedStore(host, schema=schema, ids=ids)

    def unit(self, *, read_only: bool = False) -> SqlUnit:
        """Returns a new unit on a connection of its own."""
        return SqlUnit(_OwnTransaction(self.engine, read_only), self.ids, self._tell)

    def subscribe(self, handler: EventHandler) -> None:
        """Calls `handler` with each event after the commit that made it true."""
        self._handlers.append(handler)

    def create_schema(self) -> None:
        """Creates the tables in an empty database, and checks the layout of one that has them.

        Raises:
            StorageError: The tables are of another version: run `crmkit db upgrade`.
        """
        create_or_check(self.engine, self.schema)

    def upgrade_schema(self) -> str:
        """Brings an older layout up to date by the migrations shipped with crmkit; returns the version."""
        return upgrade(self.engine, self.schema)

    def close(self) -> None:
        """Closes the connections of an engine that the store made itself."""
        if self._owns_engine:
            self.engine.dispose()

    def _tell(self, events: list[Event]) -> None:
        hand_on(events, self._handlers)


class JoinedStore:
    """Opens units inside a transaction that the host began and will end; made by `SqlAlchemyStore.joining`."""

    def __init__(
        self, host: Session | Connection, *, schema: str | None = None, ids: IdGenerator | None = None
    ) -> None:
        self._host = host
        self._schema = schema
        self.ids = ids or UlidGenerator()
        self._handlers: list[EventHandler] = []
        self._waiting: list[tuple[SessionTransaction | None, list[Event]]] = []

    def unit(self, *, read_only: bool = False) -> SqlUnit:
        """Returns a new unit inside the host's transaction."""
        return SqlUnit(_HostTransaction(self._host, self._schema), self.ids, self._wait)

    def subscribe(self, handler: EventHandler) -> None:
        """Calls `handler` with each event after the host's session has committed.

        Raises:
            InputError: The host gave a bare Connection, which tells nobody when it has committed: read the outbox.
        """
        if not isinstance(self._host, Session):
            raise InputError(
                "A bare Connection does not tell when it has committed; join a Session or read the outbox."
            )
        if not self._handlers:
            event.listen(self._host, "after_commit", self._committed)
            event.listen(self._host, "after_soft_rollback", self._rolled_back)
            event.listen(self._host, "after_transaction_end", self._ended)
        self._handlers.append(handler)

    def _wait(self, events: list[Event]) -> None:
        if self._handlers and isinstance(self._host, Session):
            inner = self._host.get_nested_transaction() or self._host.get_transaction()
            self._waiting.append((inner, events))

    def _committed(self, session: Session) -> None:
        if session.in_nested_transaction():
            return
        told, self._waiting = self._waiting, []
        hand_on([one for _, events in told for one in events], self._handlers)

    def _rolled_back(self, session: Session, ended: SessionTransaction) -> None:
        self._waiting = [(inner, events) for inner, events in self._waiting if not _is_inside(inner, ended)]

    def _ended(self, session: Session, ended: SessionTransaction) -> None:
        # A session that is closed without a commit says no more than this; after a commit nothing waits any more.
        if ended.parent is None:
            self._waiting = []


def _is_inside(inner: SessionTransaction | None, outer: SessionTransaction) -> bool:
    """Whether what was done in `inner` is gone when `outer` (itself, or a savepoint around it) is rolled back."""
    while inner is not None:
        if inner is outer:
            return True
        inner = inner.parent
    return False


class _OwnTransaction:
    """Begins, keeps and ends a transaction of our own."""

    def __init__(self, engine: Engine, read_only: bool) -> None:
        self._engine = engine
        self._read_only = read_only
        self._connection: Connection | None = None

    def begin(self) -> Connection:
        with translated():
            connection = self._connection = self._engine.connect()
            try:
                if connection.dialect.name == "sqlite":
                    connection.exec_driver_sql("BEGIN" if self._read_only else "BEGIN IMMEDIATE")
            except BaseException:
                connection.close()
                raise
        return connection

    def keep(self) -> None:
        assert self._connection is not None
        with translated():
            self._connection.commit()

    def end(self) -> None:
        assert self._connection is not None
        self._connection.close()


class _HostTransaction:
    """Works under a savepoint of the host's transaction."""

    def __init__(self, host: Session | Connection, schema: str | None) -> None:
        self._host = host
        self._schema = schema
        self._savepoint: NestedTransaction | None = None

    def begin(self) -> Connection:
        with translated():
            if isinstance(self._host, Session):
                self._host.flush()
                connection = self._host.connection()
            else:
                connection = self._host
            if connection.dialect.name == "sqlite":
                _begin_for_savepoint(connection)
            self._savepoint = connection.begin_nested()
            if self._schema:
                return connection.execution_options(schema_translate_map={None: self._schema})
            return connection

    def keep(self) -> None:
        assert self._savepoint is not None
        with translated():
            self._savepoint.commit()

    def end(self) -> None:
        if self._savepoint is not None and self._savepoint.is_active:
            with translated():
                self._savepoint.rollback()


def _begin_for_savepoint(connection: Connection) -> None:
    """Opens SQLite's transaction, which its driver would only open at the first write: a savepoint outside of one
    would commit when it is released."""
    driver: Any = connection.connection.driver_connection
    if not getattr(driver, "in_transaction", False):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


class SqlUnit:
    """Is one unit of work on a database; gives every repository."""

    def __init__(
        self,
        transaction: _OwnTransaction | _HostTransaction,
        ids: IdGenerator,
        tell: Callable[[list[Event]], None],
    ) -> None:
        self._transaction = transaction
        self._ids = ids
        self._tell = tell
        self._statements: Statements | None = None
        self._events: list[Event] = []

    def __enter__(self) -> Self:
        self._statements = Statements(self._transaction.begin())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._statements = None
        self._transaction.end()

    def emit(self, events: Iterable[Event]) -> None:
        """Puts events into the outbox and hands them on once they are true."""
        told = list(events)
        self.outbox.append(told)
        self._events += told

    def commit(self) -> None:
        """Keeps what was done; inside a host's transaction it leaves that to the host's own commit."""
        self._open()
        self._transaction.keep()
        told, self._events = self._events, []
        self._statements = None
        self._tell(told)

    def _open(self) -> Statements:
        if self._statements is None:
            raise StorageError("This unit is not open: use it inside `with store.unit() as unit:`, before commit().")
        return self._statements

    @property
    def outbox(self) -> SqlOutbox:
        """The events not yet removed."""
        return SqlOutbox(self._open(), self._ids)

    @property
    def orders(self) -> SqlOrders:
        """The orders."""
        return SqlOrders(self._open())

    @property
    def batches(self) -> SqlBatches:
        """The batches and what orders were before them."""
        return SqlBatches(self._open())

    @property
    def tickets(self) -> SqlTickets:
        """The tickets and their audit records."""
        return SqlTickets(self._open())

    @property
    def snapshots(self) -> SqlSnapshots:
        """The snapshots of segments."""
        return SqlSnapshots(self._open())

    @property
    def identities(self) -> SqlIdentities:
        """Identities, evidence and the map."""
        return SqlIdentities(self._open())

    @property
    def identity_decisions(self) -> SqlDecisions:
        """Merges and vetoes."""
        return SqlDecisions(self._open())

    @property
    def identity_records(self) -> SqlRecords:
        """What records say, for a linking model."""
        return SqlRecords(self._open())

    @property
    def identity_models(self) -> SqlModels:
        """The adopted linking models."""
        return SqlModels(self._open())

    @property
    def identity_reviews(self) -> SqlReviews:
        """The doubts that wait for a human."""
        return SqlReviews(self._open())

    @property
    def accounts(self) -> SqlAccounts:
        """The points accounts."""
        return SqlAccounts(self._open())

    @property
    def entries(self) -> SqlEntries:
        """The entries of the points ledger."""
        return SqlEntries(self._open())

    @property
    def members(self) -> IdentityMembers:
        """Which identities are one customer today."""
        return IdentityMembers(self, self._ids)


def _url(target: str | URL) -> URL:
    try:
        return make_url(target)
    except exc.ArgumentError as error:
        raise InputError(f"{target!r} is not a database URL such as 'sqlite:///shop.db': {error}") from error


def _own_engine(url: URL) -> Engine:
    options: dict[str, Any] = {}
    if url.get_backend_name() == "sqlite":
        options["connect_args"] = {"timeout": _BUSY_SECONDS}
        if url.database in (None, "", ":memory:"):
            options |= {"poolclass": StaticPool}
            options["connect_args"]["check_same_thread"] = False
    elif url.get_backend_name() in ("mysql", "mariadb"):
        options["isolation_level"] = "READ COMMITTED"
        options["pool_pre_ping"] = True
        if "charset" not in url.query:
            url = url.update_query_dict({"charset": "utf8mb4"})
    else:
        options["pool_pre_ping"] = True
    try:
        engine = create_engine(url, **options)
    except (exc.ArgumentError, ImportError) as error:
        raise InputError(
            f"The database URL {url.render_as_string(hide_password=True)!r} cannot be used: {error}. "
            "PostgreSQL needs the extra 'postgres', MariaDB and MySQL the extra 'mysql'."
        ) from error
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()
