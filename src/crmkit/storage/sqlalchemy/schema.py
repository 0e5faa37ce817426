"""Which layout the database has, how it is created, and how an older one is brought up to date."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Column, Connection, Engine, MetaData, Table, inspect, select, text

from crmkit.errors import StorageError
from crmkit.storage.sqlalchemy.columns import KeyText
from crmkit.storage.sqlalchemy.metadata import TABLE_OPTIONS, metadata
from crmkit.storage.sqlalchemy.statements import translated

__all__ = ["HEAD", "VERSION_TABLE", "create_or_check", "current", "upgrade"]

HEAD = "0003"
"""The newest migration; a test holds it against the migrations folder."""

VERSION_TABLE = "crmkit_alembic_version"
_version = Table(
    VERSION_TABLE, MetaData(), Column("version_num", KeyText(32), primary_key=True, nullable=False), **TABLE_OPTIONS
)
_LOCK = 7_265_109_110  # any number that nobody else is likely to lock


def create_or_check(engine: Engine, schema: str | None = None) -> None:
    """Creates all tables in an empty database; in another one checks that the layout is this version's.

    Raises:
        StorageError: The tables are of another version.
    """
    with _alone(engine) as connection:
        found = _stamp(connection, schema)
        if found is None and not _has_tables(connection, schema):
            metadata.create_all(connection)
            _mark(connection)
        elif found is None and _has_all_tables(connection, schema):  # the host made them from our metadata
            _mark(connection)
        elif found != HEAD:
            raise StorageError(
                f"The database has the layout {found or 'of an unknown version'}, this crmkit needs {HEAD}: "
                "make a backup and run `crmkit db upgrade`."
            )


def current(engine: Engine, schema: str | None = None) -> str | None:
    """Returns the version of the layout in the database, or None where there is none."""
    with translated(), engine.connect() as connection:
        return _stamp(connection, schema)


def upgrade(engine: Engine, schema: str | None = None) -> str:
    """Brings the database to this version's layout by the migrations that are missing; returns the version."""
    from crmkit.storage.sqlalchemy.migrations import run

    with _alone(engine) as connection:
        if _stamp(connection, schema) is None and _has_all_tables(connection, schema):
            _mark(connection)
        run(connection, schema)
    return HEAD


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """Holds a lock, so that two processes that start at once do not both create the tables."""
    with translated(), engine.connect() as connection:
        name = connection.dialect.name
        if name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        elif name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        else:
            connection.execute(text("SELECT GET_LOCK(:lock, 30)"), {"lock": f"crmkit-{_LOCK}"})
        try:
            yield connection
            connection.commit()
        finally:
            if name in ("mysql", "mariadb"):
                connection.execute(text("SELECT RELEASE_LOCK(:lock)"), {"lock": f"crmkit-{_LOCK}"})


def _mark(connection: Connection) -> None:
    _version.create(connection, checkfirst=True)
    connection.execute(_version.insert().values(version_num=HEAD))


def _has_all_tables(connection: Connection, schema: str | None) -> bool:
    return {table.name for table in metadata.sorted_tables} <= set(inspect(connection).get_table_names(schema=schema))


def _has_tables(connection: Connection, schema: str | None) -> bool:
    return any(name.startswith("crmkit_") for name in inspect(connection).get_table_names(schema=schema))


def _stamp(connection: Connection, schema: str | None) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE, schema=schema):
        return None
    row = connection.execute(select(_version.c.version_num)).first()
    return None if row is None else str(row[0])
