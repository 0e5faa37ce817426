"""Our schema changes as Alembic migrations; `crmkit db upgrade` runs them."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

__all__ = ["configuration", "run"]


def configuration() -> Config:
    """Returns the Alembic configuration of the migrations shipped with crmkit."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def run(connection: Connection, schema: str | None = None, *, revision: str = "head") -> None:
    """Runs the missing migrations on an open connection, inside its transaction where the database allows it."""
    config = configuration()
    config.attributes["connection"] = connection
    config.attributes["schema"] = schema
    command.upgrade(config, revision)
