"""How repositories speak to a database: one connection, errors of our own tree, the few dialect differences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Executable, Row, Select, Table, exc
from sqlalchemy.dialects import mysql, postgresql, sqlite

from crmkit.errors import DuplicateError, StorageError, StoreUnavailable

__all__ = ["Statements", "chunked", "translated"]

T = TypeVar("T")
_MISSING_TABLE = ("no such table", "no such column", "doesn't exist", "does not exist", "UndefinedTable")


@contextmanager
def translated() -> Iterator[None]:
    """Turns errors of SQLAlchemy and the drivers into errors of crmkit; the driver's own stays as the cause."""
    try:
        yield
    except exc.IntegrityError as error:
        raise DuplicateError(f"The database refused a row that exists already: {error.orig}") from error
    except (exc.OperationalError, exc.ProgrammingError) as error:
        text = str(error.orig)
        if any(sign in text for sign in _MISSING_TABLE):
            raise StorageError(
                f"The database has not the tables this version needs ({text}); create them with "
                "SqlAlchemyStore.create_schema() or run `crmkit db upgrade`."
            ) from error
        if isinstance(error, exc.ProgrammingError):
            raise StorageError(f"The database did not understand a statement: {text}") from error
        raise StoreUnavailable(
            f"The database is locked or gone: {text}. Nothing of this unit was kept; repeat the call."
        ) from error
    except (exc.InterfaceError, exc.TimeoutError, exc.InternalError) as error:
        raise StoreUnavailable(
            f"The database cannot be reached: {error}. Nothing of this unit was kept; repeat the call."
        ) from error
    except exc.DBAPIError as error:
        raise StorageError(f"The database could not do a statement: {error.orig}") from error


def chunked(values: Iterable[T], size: int = 1000) -> Iterator[list[T]]:
    """Cuts `values` into lists of at most `size`, so that no statement has more parameters than a database takes.

    Example:
        >>> list(chunked([1, 2, 3], 2))
        [[1, 2], [3]]
    """
    chunk: list[T] = []
    for value in values:
        chunk.append(value)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


class Statements:
    """Runs statements on one connection."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.dialect = connection.dialect.name

    def run(self, statement: Executable, rows: Sequence[Mapping[str, Any]] | None = None) -> CursorResult[Any]:
        """Runs a statement, once or for many rows."""
        with translated():
            return self.connection.execute(statement, rows) if rows is not None else self.connection.execute(statement)

    def rows(self, statement: Select[Any]) -> Sequence[Row[Any]]:
        """Returns all rows of a query."""
        with translated():
            return self.connection.execute(statement).all()

    def insert(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Inserts rows; a row that exists raises `DuplicateError`."""
        if rows:
            self.run(table.insert(), list(rows))

    def insert_missing(self, table: Table, rows: Sequence[Mapping[str, Any]], *, key: Sequence[str]) -> None:
        """Inserts those rows whose key columns are not there yet; the others are left as they stand."""
        if not rows:
            return
        statement: Any
        if self.dialect == "postgresql":
            statement = postgresql.insert(table).on_conflict_do_nothing(index_elements=list(key))
        elif self.dialect == "sqlite":
            statement = sqlite.insert(table).on_conflict_do_nothing(index_elements=list(key))
        else:
            statement = mysql.insert(table)
            statement = statement.on_duplicate_key_update({key[0]: table.c[key[0]]})
        self.run(statement, list(rows))

    def upsert(
        self, table: Table, rows: Sequence[Mapping[str, Any]], *, key: Sequence[str], update: Sequence[str]
    ) -> None:
        """Inserts rows, and where the key columns exist already overwrites the columns `update`."""
        if not rows:
            return
        statement: Any
        if self.dialect == "postgresql":
            pg = postgresql.insert(table)
            statement = pg.on_conflict_do_update(index_elements=list(key), set_={c: pg.excluded[c] for c in update})
        elif self.dialect == "sqlite":
            lite = sqlite.insert(table)
            statement = lite.on_conflict_do_update(index_elements=list(key), set_={c: lite.excluded[c] for c in update})
        else:
            my = mysql.insert(table)
            statement = my.on_duplicate_key_update({c: my.inserted[c] for c in update})
        self.run(statement, list(rows))

    def locked(self, statement: Select[Any]) -> Select[Any]:
        """Returns the query with its rows locked until the transaction ends (SQLite locks the whole file already)."""
        return statement if self.dialect == "sqlite" else statement.with_for_update()
