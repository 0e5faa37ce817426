"""The SQL store: SQLAlchemy Core on SQLite, PostgreSQL, MariaDB and MySQL."""

from crmkit.storage.sqlalchemy.metadata import metadata
from crmkit.storage.sqlalchemy.store import JoinedStore, SqlAlchemyStore, SqlUnit

__all__ = ["JoinedStore", "SqlAlchemyStore", "SqlUnit", "metadata"]
