"""Saved rules on a database: the same members from a table of customer facts as from a frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Connection, Dialect, Engine, FromClause, Select, func, select
from sqlalchemy.orm import Session

from crmkit.errors import InputError
from crmkit.segmentation.rules import Rule, Snapshot
from crmkit.storage.sqlalchemy.rule_conditions import condition_of
from crmkit.storage.sqlalchemy.statements import translated
from crmkit.storage.sqlalchemy.store import JoinedStore, SqlAlchemyStore

__all__ = ["condition_of", "members_of", "members_statement", "snapshot_of"]

Database = SqlAlchemyStore | JoinedStore | Engine | Connection | Session


def members_statement(
    rule: Rule,
    facts: FromClause,
    *,
    dialect: Dialect,
    as_of: datetime,
    customer: str = "customer",
    zone: str | tzinfo | None = None,
    currency: str | None = "currency",
    minor: Mapping[str, int] | None = None,
) -> Select[Any]:
    """Returns the query for the members' ids, to run, to join or to nest; the arguments are those of `condition_of`.

    Raises:
        InputError: There is no column of ids.

    Example:
        >>> from datetime import UTC
        >>> from sqlalchemy import BigInteger, Column, MetaData, Table, create_engine
        >>> facts = Table("facts", MetaData(), Column("customer", BigInteger), Column("orders", BigInteger))
        >>> sqlite = create_engine("sqlite://").dialect
        >>> query = members_statement(Rule.load({"v": 1, "field": "orders", "op": "is_null"}), facts,
        ...                           dialect=sqlite, as_of=datetime(2026, 11, 24, tzinfo=UTC))
        >>> print(query.whereclause)
        facts.customer IS NOT NULL AND facts.orders IS NULL
    """
    condition = condition_of(rule, facts, dialect=dialect, as_of=as_of, zone=zone, currency=currency, minor=minor)
    ids = _ids(facts, customer)
    return select(ids).where(ids.is_not(None), condition)


def _ids(facts: FromClause, customer: str) -> ColumnElement[Any]:
    if customer not in facts.c:
        raise InputError(f"The facts have no column {customer!r} of ids; there are {', '.join(facts.c.keys())}.")
    return facts.c[customer]


def members_of(
    rule: Rule,
    facts: FromClause,
    *,
    on: Database,
    as_of: datetime,
    customer: str = "customer",
    zone: str | tzinfo | None = None,
    currency: str | None = "currency",
    minor: Mapping[str, int] | None = None,
) -> tuple[Any, ...]:
    """Returns the ids of the customers for whom a rule is true, each once, ordered.

    Args:
        rule: The rule.
        facts: A table, view or subquery with one row a customer; the shop's own, or one that crmkit made.
        on: Our store, or the host's engine, connection or session; a transaction of the host stays as it is.
        as_of: The moment of the answer, as for `Rule.members`; so are `zone`, `currency` and `minor`.
        customer: Column of the customer's id.
        zone: The shop's zone.
        currency: Column of currency codes.
        minor: Columns of whole smallest units, with their decimals.

    Raises:
        RuleError: A field is no column, or a value cannot be compared with it.
        StoreUnavailable: The database cannot be reached.

    Example:
        >>> from datetime import UTC
        >>> from sqlalchemy import BigInteger, Column, MetaData, Table, create_engine
        >>> facts = Table("facts", MetaData(), Column("customer", BigInteger), Column("orders", BigInteger))
        >>> engine = create_engine("sqlite://")
        >>> with engine.begin() as connection:
        ...     facts.create(connection)
        ...     _ = connection.execute(facts.insert(), [{"customer": 1, "orders": 5}, {"customer": 2, "orders": None}])
        ...     members_of(Rule.load({"v": 1, "not": {"field": "orders", "op": ">", "value": 7}}), facts,
        ...                on=connection, as_of=datetime(2026, 11, 24, tzinfo=UTC))
        (1, 2)
    """
    with _connected(on) as connection:
        statement = members_statement(
            rule,
            facts,
            dialect=connection.dialect,
            as_of=as_of,
            customer=customer,
            zone=zone,
            currency=currency,
            minor=minor,
        )
        return _ordered(connection, statement)


def _ordered(connection: Connection, statement: Select[Any]) -> tuple[Any, ...]:
    # Made distinct and ordered here: a database may take two ids for one that differ in capitals only.
    with translated():
        return tuple(sorted(set(connection.execute(statement).scalars())))


def snapshot_of(
    rule: Rule, facts: FromClause, *, on: Database, as_of: datetime, customer: str = "customer", **options: Any
) -> Snapshot:
    """Returns who the members are now, as a value to keep; the arguments are those of `members_of`.

    Example:
        >>> from datetime import UTC
        >>> from sqlalchemy import BigInteger, Column, MetaData, Table, create_engine
        >>> facts = Table("facts", MetaData(), Column("customer", BigInteger), Column("orders", BigInteger))
        >>> engine = create_engine("sqlite://")
        >>> with engine.begin() as connection:
        ...     facts.create(connection)
        ...     kept = snapshot_of(Rule.load({"v": 1, "all": []}), facts, on=connection,
        ...                        as_of=datetime(2026, 11, 24, tzinfo=UTC))
        >>> kept.engine, kept.rows, kept.ids
        ('sqlite', 0, ())
    """
    with _connected(on) as connection:
        ids = _ids(facts, customer)
        with translated():
            rows, named = connection.execute(select(func.count(), func.count(ids)).select_from(facts)).one()
        found = members_of(rule, facts, on=connection, as_of=as_of, customer=customer, **options)
        return Snapshot(
            rule=rule.digest, as_of=as_of, engine=connection.dialect.name, rows=rows, nameless=rows - named, ids=found
        )


@contextmanager
def _connected(on: Database) -> Iterator[Connection]:
    if isinstance(on, Connection):
        yield on
    elif isinstance(on, Session):
        yield on.connection()
    elif isinstance(on, JoinedStore):
        with _connected(on._host) as connection:
            yield connection
    else:
        engine = on if isinstance(on, Engine) else on.engine
        with translated(), engine.connect() as connection:
            yield connection
