"""Saved rules as conditions of SQL: true or false for every row, never null.

Each comparison asks first whether there is a value. Texts compare by code point whatever the collation of the column,
and days of the shop become instants before the database sees them, so that it needs no zones.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from functools import partial
from typing import Any, Literal

from sqlalchemy import ColumnElement, Dialect, FromClause, and_, bindparam, false, not_, or_, true
from sqlalchemy.sql.elements import Grouping

from crmkit.segmentation.rules import Leaf, Rule
from crmkit.segmentation.rules.asked import Question, asked, bound_to, fields_of, of_texts
from crmkit.segmentation.rules.binding import BoundLeaf, Contains, IsNull, OneOf, Ranges, StartsWith, Test
from crmkit.segmentation.rules.kinds import Range
from crmkit.segmentation.rules.model import fold
from crmkit.storage.sqlalchemy.rule_columns import SqlColumn, column_in

__all__ = ["condition_of"]

_MOST_PARAMETERS = 500

Condition = ColumnElement[bool]


class _Half(Grouping[bool]):
    """Keeps its parentheses: SQLAlchemy would make one chain of all of the same word and nest it to the right."""

    inherit_cache = True
    operator = None


def condition_of(
    rule: Rule,
    facts: FromClause,
    *,
    dialect: Dialect,
    as_of: datetime,
    zone: str | tzinfo | None = None,
    currency: str | None = "currency",
    minor: Mapping[str, int] | None = None,
) -> Condition:
    """Returns a rule as a condition on a table or subquery, true or false for every row and never null.

    Args:
        rule: The rule.
        facts: A table, view or subquery with one row a customer, whose typed columns are the fields.
        dialect: The dialect of the database that will run it (`engine.dialect`).
        as_of: The moment of the answer, as for `Rule.members`; so are `zone`, `currency` and `minor`.
        zone: The shop's zone.
        currency: Column of currency codes.
        minor: Columns of whole smallest units, with their decimals.

    Raises:
        RuleError: A field is no column, or a value cannot be compared with it.
        FrameError: A field's type holds nothing that can be compared.

    Example:
        >>> from datetime import UTC
        >>> from sqlalchemy import BigInteger, Column, MetaData, Table, create_engine
        >>> facts = Table("facts", MetaData(), Column("customer", BigInteger), Column("orders", BigInteger))
        >>> rule = Rule.load({"v": 1, "field": "orders", "op": ">", "value": 2})
        >>> print(condition_of(rule, facts, dialect=create_engine("sqlite://").dialect,
        ...                    as_of=datetime(2026, 11, 24, tzinfo=UTC)))
        facts.orders IS NOT NULL AND facts.orders >= :param_1
    """
    question = asked(rule.node, as_of=as_of, customer="", zone=zone, currency=currency, minor=minor)
    return _condition(question, facts, dialect)


def _condition(question: Question, facts: FromClause, dialect: Dialect) -> Condition:
    names = list(facts.c.keys())
    fields = [name for name in fields_of(question.node) if name in names]
    columns = {name: column_in(facts, name, dialect) for name in fields}
    bound = bound_to(question, {name: column.kind for name, column in columns.items()}, names)
    tells = question.currency is not None and question.currency in names
    currency = None
    if tells and any(leaf.currency is not None for leaf in bound.values()):
        currency = column_in(facts, str(question.currency), dialect)
        of_texts(str(question.currency), currency.kind)
    return fold(question.node, partial(_leaf, bound, columns, currency), _joined, not_)


def _leaf(
    bound: Mapping[str, BoundLeaf],
    columns: Mapping[str, SqlColumn],
    currency: SqlColumn | None,
    path: str,
    leaf: Leaf,
) -> Condition:
    found, column = bound[path], columns[leaf.field]
    if isinstance(found.test, IsNull):
        return column.value.is_(None)
    known: list[Condition] = [column.value.is_not(None)]
    if found.currency is not None and currency is not None:
        known += [currency.value.is_not(None), currency.value == currency.bound(found.currency)]
    passed = _test(found.test, column)
    return and_(*known, Grouping(not_(Grouping(passed))) if found.negated else passed)


def _test(test: Test, column: SqlColumn) -> Condition:
    """Returns the condition of a test on values that are there."""
    if isinstance(test, StartsWith):
        return column.start(len(test.text)) == column.bound(test.text)
    if isinstance(test, Contains):
        return column.place(test.text) > 0
    if isinstance(test, OneOf):
        return _one_of(test.values, column)
    assert isinstance(test, Ranges)
    return _joined("any", [_range(part, column) for part in test.ranges])


def _one_of(values: tuple[Any, ...], column: SqlColumn) -> Condition:
    if not values:
        return false()
    if column.kind.name == "boolean":
        return _joined("any", [column.value.is_(true() if value else false()) for value in values])
    # Beyond some hundred, values stand in the text of the statement: databases limit the number of parameters.
    in_text = len(values) > _MOST_PARAMETERS
    listed = bindparam(
        "listed",
        [column.written(value) for value in values],
        type_=column.bound_type,
        unique=True,
        expanding=True,
        literal_execute=in_text,
    )
    return column.value.in_(listed)


def _range(part: Range, column: SqlColumn) -> Condition:
    value = column.value
    if part.low is not None and part.low == part.high:
        return value == column.bound(part.low)
    ends: list[Condition] = []
    if part.low is not None:
        low = column.bound(part.low)
        ends.append(value > low if part.low_open else value >= low)
    if part.high is not None:
        high = column.bound(part.high)
        ends.append(value < high if part.high_open else value <= high)
    return _joined("all", ends)


def _joined(word: Literal["all", "any"], parts: list[Condition]) -> Condition:
    """Joins parts by halves: SQLite takes no expression that is nested a thousand deep, as a long chain is."""
    if not parts:
        return true() if word == "all" else false()
    if len(parts) > 8:
        middle = len(parts) // 2
        parts = [_Half(_joined(word, half)) for half in (parts[:middle], parts[middle:])]
    return and_(*parts) if word == "all" else or_(*parts)
