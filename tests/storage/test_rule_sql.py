"""Saved rules in SQL: on every database the members that plain Python finds."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from segmentation import rule_oracle
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    String,
    Table,
    create_engine,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import Session
from storage import rule_tables

from crmkit.errors import InputError, StorageError
from crmkit.segmentation import FrameError, Rule, RuleError
from crmkit.storage.sqlalchemy import SqlAlchemyStore
from crmkit.storage.sqlalchemy.columns import KeyText
from crmkit.storage.sqlalchemy.rule_sql import condition_of, members_of, members_statement, snapshot_of

FRAMES, RULES = 50, 10
AS_OF = rule_oracle.AS_OF


@pytest.fixture(params=["sqlite", "postgres", "mariadb"], scope="module")
def engine(request):
    """A database with the shop's own table of facts."""
    if request.param == "sqlite":
        made = create_engine("sqlite://")
    else:
        made = create_engine(request.getfixturevalue(request.param).engine.url)
    rule_tables.facts.create(made)
    yield made
    rule_tables.facts.drop(made)
    made.dispose()


def leaf(field, op, *value, **more):
    return {"v": 1, "field": field, "op": op, **({"value": value[0]} if value else {}), **more}


def test_every_database_finds_the_members_that_plain_python_finds(engine):
    found = 0
    for seed in range(FRAMES):
        rng = random.Random(seed)
        columns = rule_oracle.customers(rng, rng.choice([0, 1, *[20] * 8]))
        rule_tables.filled(engine, columns)
        with engine.connect() as connection:
            for _ in range(RULES):
                rule, as_of = rule_oracle.a_rule(rng)
                expected = rule_oracle.members(rule, columns)
                got = members_of(Rule.load(rule), rule_tables.facts, on=connection, as_of=as_of)
                assert list(got) == expected, rule
                found += bool(expected)
    assert found > 200


def test_no_condition_is_null(engine):
    """Each condition and its opposite together have every row, once."""
    rng = random.Random(77)
    columns = rule_oracle.customers(rng, 30)
    rule_tables.filled(engine, columns)
    with engine.connect() as connection:
        for _ in range(60):
            rule, as_of = rule_oracle.a_rule(rng)
            holds = condition_of(Rule.load(rule), rule_tables.facts, dialect=engine.dialect, as_of=as_of)
            nulls = select(func.count()).select_from(rule_tables.facts).where(holds.is_(None))
            assert connection.execute(nulls).scalar_one() == 0, rule


def test_long_lists_and_wide_rules(engine):
    columns = rule_oracle.customers(random.Random(5), 40)
    rule_tables.filled(engine, columns)
    odd = [f"x{place}%s:p'\\" for place in range(9_900)]
    for rule in (
        leaf("name", "in", [*rule_oracle.TEXTS[3:], *odd]),
        leaf("name", "not_in", [*rule_oracle.TEXTS[20:], *odd]),
        leaf("whole", "in", list(range(-9_990, 4))),
        leaf("money", "in", ["1.0000", "500", "-250.0000", *(str(Decimal(cents) / 100) for cents in range(9_000))]),
        leaf("share", "in", ["0.1", "0", "0.30000000000000004", *(str(Decimal(part) / 1000) for part in range(3_000))]),
        leaf("seen_at", "in", [at.isoformat() for at in columns["seen_at"] if at] + ["2020-01-01T00:00:00Z"] * 900),
        leaf("birthday", "in", [date.fromordinal(739_040 + place).isoformat() for place in range(900)]),
        leaf("seen_at", "in", [date.fromordinal(738_944 + 2 * place).isoformat() for place in range(600)]),
        {"v": 1, "all": [{"not": {"field": "whole", "op": "==", "value": place}} for place in range(5, 1_500)]},
    ):
        expected = rule_oracle.members(rule, columns)
        assert list(members_of(Rule.load(rule), rule_tables.facts, on=engine, as_of=AS_OF)) == expected
        assert 0 < len(expected) < 40


def test_a_subquery_of_the_shop_and_ids_that_differ_in_capitals(engine):
    shop = Table(
        "shop_orders",
        MetaData(),
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("buyer", String(20).with_variant(mysql.VARCHAR(20, collation="utf8mb4_general_ci"), "mysql", "mariadb")),
        Column("fen", BigInteger),
    )
    facts = (
        select(shop.c.buyer.label("customer"), func.sum(shop.c.fen, type_=BigInteger).label("monetary"))
        .group_by(shop.c.id, shop.c.buyer)
        .subquery()
    )
    rule = Rule.load(leaf("monetary", ">=", "500.00", currency="CNY"))
    shop.create(engine)
    try:
        rows = [(1, "ann", 50000), (2, "ANN", 50001), (3, "bo", 49999), (4, None, 90000)]
        with engine.begin() as connection:
            connection.execute(insert(shop), [dict(zip(("id", "buyer", "fen"), row, strict=True)) for row in rows])
        assert members_of(rule, facts, on=engine, as_of=AS_OF, minor={"monetary": 2}) == ("ANN", "ann")
        kept = snapshot_of(rule, facts, on=engine, as_of=AS_OF, minor={"monetary": 2})
        assert (kept.rows, kept.nameless, kept.count, kept.rule) == (4, 1, 2, rule.digest)
        assert kept.engine == engine.dialect.name
    finally:
        shop.drop(engine)


def test_types_of_other_schemas(engine):
    other = Table(
        "other_facts",
        MetaData(),
        Column("customer", KeyText(20), primary_key=True),
        Column("small", SmallInteger),
        Column("single", Float(24)),
        Column("rate", Numeric(38, 10)),
        Column("at", DateTime(timezone=True)),
        Column("tier", KeyText(10)),
        Column("vip", Boolean),
    )
    other.create(engine)
    try:
        row = {"customer": "ann", "small": 3, "single": 0.5, "tier": "Gold", "vip": True}
        at = datetime(2026, 11, 24, 1, tzinfo=UTC)
        row["at"] = at if engine.dialect.name == "postgresql" else at.replace(tzinfo=None)
        with engine.begin() as connection:
            connection.execute(insert(other), [row, {**dict.fromkeys(row), "customer": "bo"}])
        for rule, expected in [
            (leaf("small", "<", 10**9), ("ann",)),
            (leaf("single", "==", "0.5"), ("ann",)),
            (leaf("rate", "is_null"), ("ann", "bo")),
            (leaf("at", "==", "2026-11-24T09:00:00+08:00"), ("ann",)),
            (leaf("at", "within_days", 0), ("ann",)),
            (leaf("tier", "in", ["gold"]), ()),
            (leaf("tier", "starts_with", "Go"), ("ann",)),
            (leaf("vip", "!=", False), ("ann",)),
        ]:
            assert members_of(Rule.load(rule), other, on=engine, as_of=AS_OF) == expected, rule
    finally:
        other.drop(engine)


def test_in_the_transaction_of_a_host_and_on_our_store(engine):
    columns = rule_oracle.customers(random.Random(8), 5)
    rule_tables.filled(engine, columns)
    everybody = Rule.load({"v": 1, "all": []})
    expected = tuple(sorted(columns["customer"]))
    with Session(engine) as session:
        session.execute(rule_tables.facts.insert(), [{"customer": 10_000}])
        assert members_of(everybody, rule_tables.facts, on=session, as_of=AS_OF) == (*expected, 10_000)
        joined = SqlAlchemyStore.joining(session)
        assert members_of(everybody, rule_tables.facts, on=joined, as_of=AS_OF) == (*expected, 10_000)
        session.rollback()
    store = SqlAlchemyStore(engine)
    assert members_of(everybody, rule_tables.facts, on=store, as_of=AS_OF) == expected


def test_what_is_refused(engine):
    facts = Table("nowhere", MetaData(), Column("customer", Integer), Column("x", Integer), Column("raw", LargeBinary))
    with pytest.raises(RuleError) as caught:
        members_of(Rule.load({"v": 1, "all": [{"field": "y", "op": "is_null"}]}), facts, on=engine, as_of=AS_OF)
    assert caught.value.path == "all[0].field"
    with pytest.raises(FrameError, match="'raw'"):
        members_of(Rule.load(leaf("raw", "is_null")), facts, on=engine, as_of=AS_OF)
    with pytest.raises(InputError, match="no column 'id'"):
        members_of(Rule.load({"v": 1, "all": []}), facts, on=engine, as_of=AS_OF, customer="id")
    with pytest.raises(StorageError):
        members_of(Rule.load({"v": 1, "all": []}), facts, on=engine, as_of=AS_OF)


def test_a_statement_can_be_nested(engine):
    columns = rule_oracle.customers(random.Random(9), 20)
    rule_tables.filled(engine, columns)
    rule = leaf("whole", ">", 3)
    inside = members_statement(Rule.load(rule), rule_tables.facts, dialect=engine.dialect, as_of=AS_OF)
    outside = select(rule_tables.facts.c.customer).where(rule_tables.facts.c.customer.not_in(inside))
    with engine.connect() as connection:
        others = set(connection.execute(outside).scalars())
    assert others == set(columns["customer"]) - set(rule_oracle.members(rule, columns))


def test_nan_and_infinity_on_postgresql(postgres):
    made = create_engine(postgres.engine.url)
    rule_tables.facts.create(made)
    try:
        with made.begin() as connection:
            rows = [(1, "NaN", "NaN"), (2, "inf", None), (3, "2", "2")]
            for customer, share, money in rows:
                connection.execute(
                    text("INSERT INTO shop_facts (customer, share, money) VALUES (:c, :s, :m)"),
                    {"c": customer, "s": float(share), "m": None if money is None else Decimal(money)},
                )
        for rule, expected in [
            (leaf("share", ">", 1), (2, 3)),
            (leaf("share", "is_null"), (1,)),
            (leaf("money", ">", 1), (3,)),
            ({"v": 1, "not": {"field": "money", "op": ">", "value": 1}}, (1, 2)),
        ]:
            assert members_of(Rule.load(rule), rule_tables.facts, on=made, as_of=AS_OF) == expected, rule
    finally:
        rule_tables.facts.drop(made)
        made.dispose()
