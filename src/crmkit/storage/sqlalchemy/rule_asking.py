"""Saved rules asked of the stored orders by SQL, for the segments of a store."""

from __future__ import annotations

from datetime import datetime, tzinfo

from sqlalchemy import func, select

from crmkit.money import decimals_of
from crmkit.segmentation.rules import Rule
from crmkit.storage.sqlalchemy.customer_facts import customer_facts
from crmkit.storage.sqlalchemy.rule_sql import members_of
from crmkit.storage.sqlalchemy.statements import translated
from crmkit.storage.sqlalchemy.store import SqlAlchemyStore

__all__ = ["SqlRuleAsker"]


class SqlRuleAsker:
    """Asks a saved rule of `customer_facts`; see `crmkit.segments.RuleAsker`.

    Args:
        store: The store whose orders are asked.

    Example:
        >>> from datetime import UTC
        >>> from zoneinfo import ZoneInfo
        >>> store = SqlAlchemyStore("sqlite://")
        >>> store.create_schema()
        >>> ask = SqlRuleAsker(store)
        >>> ask(Rule.load({"v": 1, "all": []}), as_of=datetime(2026, 11, 24, tzinfo=UTC), currency="CNY",
        ...     zone=ZoneInfo("Asia/Shanghai"), since=None)
        ('sqlite', 0, ())
    """

    def __init__(self, store: SqlAlchemyStore) -> None:
        self._store = store

    def __call__(
        self, rule: Rule, *, as_of: datetime, currency: str, zone: tzinfo, since: datetime | None
    ) -> tuple[str, int, tuple[str, ...]]:
        """Returns engine, number of customers and members; see `crmkit.segments.RuleAsker`."""
        facts = customer_facts(as_of=as_of, currency=currency, since=since)
        with translated(), self._store.engine.connect() as connection:
            customers = connection.execute(select(func.count()).select_from(facts)).scalar_one()
            minor = {"monetary": decimals_of(currency)}
            ids = members_of(rule, facts, on=connection, as_of=as_of, zone=zone, minor=minor)
        return self._store.engine.dialect.name, int(customers), ids
