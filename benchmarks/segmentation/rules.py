"""Saved rules: random rules on random customers, the same members on every engine and database as in plain Python.

Run it as `python benchmarks/segmentation/rules.py [pairs] [seed]`. PostgreSQL and MariaDB are found as the tests find
them; Spark is asked for one pair in a hundred. The first difference stops it and shows the rule and the customers.
"""

# ruff: noqa: E402 - the oracle lies among the tests, whose folder is put on the path first
from __future__ import annotations

import random
import shutil
import sys
import time
from collections import Counter
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from databases import mysql_url, postgres_url
from segmentation import rule_oracle
from segmentation.rule_frames import RULE_ENGINES, arrow_table, ids
from segmentation.spark import spark_table
from sqlalchemy import Engine, create_engine
from storage import rule_tables

from crmkit.segmentation import Rule
from crmkit.storage.sqlalchemy.rule_sql import members_of

RULES_PER_FRAME = 40
SPARK_EVERY = 100


def databases(stack: ExitStack) -> dict[str, Engine]:
    """Returns an engine for each database, with an empty table of facts."""
    urls = {
        "sqlite": "sqlite://",
        "postgresql": stack.enter_context(postgres_url("rules")),
        "mariadb": stack.enter_context(mysql_url("rules")),
    }
    engines = {name: create_engine(url) for name, url in urls.items()}
    for engine in engines.values():
        stack.callback(engine.dispose)
        rule_tables.facts.create(engine)
    return engines


def spark_session() -> Any:
    """Returns a local Spark, or None where there is none."""
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        return None
    if shutil.which("java") is None:
        return None
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.sql.shuffle.partitions", "1").config("spark.sql.session.timeZone", "UTC")
    session = builder.config("spark.ui.showConsoleProgress", "false").getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def on_frame(rule: Rule, frame: Any, as_of: datetime) -> list[Any]:
    return ids(rule.members(frame, as_of=as_of))


def on_database(rule: Rule, engine: Engine, as_of: datetime) -> list[Any]:
    return list(members_of(rule, rule_tables.facts, on=engine, as_of=as_of))


def check(name: str, found: list[Any], expected: list[Any], rule: dict[str, Any], columns: dict[str, Any]) -> None:
    if found == expected:
        return
    print(f"{name} differs: {Rule.load(rule).dump()}")
    for customer in set(found) ^ set(expected):
        place = columns["customer"].index(customer)
        print({field: values[place] for field, values in columns.items()}, "found" if customer in found else "missing")
    raise SystemExit(1)


def main(pairs: int, seed: int) -> None:
    seconds: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    members = asked = 0
    with ExitStack() as stack:
        engines, spark = databases(stack), spark_session()
        for number in range(-(-pairs // RULES_PER_FRAME)):
            rng = random.Random(seed * 1_000_003 + number)
            columns = rule_oracle.customers(rng, rng.choice([0, 1, 10, 25, 25, 40]))
            frames = {name: make(columns) for name, make in RULE_ENGINES.items()}
            for engine in engines.values():
                rule_tables.filled(engine, columns)
            for _ in range(RULES_PER_FRAME):
                rule, as_of = rule_oracle.a_rule(rng)
                loaded, expected = Rule.load(rule), rule_oracle.members(rule, columns)
                answers = {name: partial(on_frame, loaded, frame, as_of) for name, frame in frames.items()}
                answers |= {name: partial(on_database, loaded, engine, as_of) for name, engine in engines.items()}
                if spark is not None and asked % SPARK_EVERY == 0:
                    answers["spark"] = partial(on_frame, loaded, spark_table(spark, arrow_table(columns)), as_of)
                for name, answer in answers.items():
                    start = time.perf_counter()
                    found = answer()
                    seconds[name] += time.perf_counter() - start
                    counts[name] += 1
                    check(name, found, expected, rule, columns)
                asked, members = asked + 1, members + len(expected)
            if number % 50 == 49:
                print(f"{asked:,} pairs", flush=True)
        if spark is not None:
            spark.stop()
    print(f"{asked:,} pairs of a rule and a set of customers, {members:,} members, no difference")
    for name, count in counts.items():
        print(f"{name:16} {count:7,} pairs {1000 * seconds[name] / count:8.2f} ms each")


if __name__ == "__main__":
    main(*(int(number) for number in (sys.argv[1:] + ["20000", "1"][len(sys.argv) - 1 :])))
