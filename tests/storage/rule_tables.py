"""Customers as a table of every database, with text columns that a shop's own schema may have."""

from __future__ import annotations

import math
import warnings
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Double, Engine, MetaData, Numeric, String, Table
from sqlalchemy.dialects import mysql
from sqlalchemy.exc import SAWarning

from crmkit.storage.sqlalchemy.columns import Instant

Columns = dict[str, list[Any]]

_TEXT = String(50).with_variant(
    mysql.VARCHAR(50, charset="utf8mb4", collation="utf8mb4_general_ci"), "mysql", "mariadb"
)
_LOCAL = DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")

facts = Table(
    "shop_facts",
    MetaData(),
    Column("customer", BigInteger, primary_key=True, autoincrement=False),
    Column("whole", BigInteger),
    Column("big", BigInteger),
    Column("money", Numeric(18, 4)),
    Column("share", Double),
    Column("name", _TEXT),
    Column("is_vip", Boolean),
    Column("seen_at", Instant),
    Column("local_at", _LOCAL),
    Column("birthday", Date),
    Column("currency", _TEXT),
)


def filled(engine: Engine, columns: Columns) -> None:
    """Puts these customers in the place of those of before."""
    rows = [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
    if engine.dialect.name != "postgresql":
        for row in rows:  # only PostgreSQL keeps NaN
            row["share"] = None if row["share"] is None or math.isnan(row["share"]) else row["share"]
    with engine.begin() as connection, warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # SQLite keeps decimals as binary fractions, and says so
        connection.execute(facts.delete())
        if rows:
            connection.execute(facts.insert(), rows)
