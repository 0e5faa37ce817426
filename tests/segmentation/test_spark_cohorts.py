"""Cohorts, intervals and repeats on Spark: the same numbers as on the other engines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from segmentation import lives
from segmentation.frames import ENGINES
from segmentation.spark import spark, spark_frame
from segmentation.test_rfm import AS_OF, shop

from crmkit.segmentation import (
    cohort_curve,
    cohort_matrix,
    cohorts,
    gap_curve,
    intervals,
    next_purchase,
    repeat_share,
    repeat_within,
)

__all__ = ["spark"]


def rows_of(found: Any, *key: str) -> list[tuple[Any, ...]]:
    assert type(found).__module__.startswith("pyspark.")
    columns = found.columns
    rows = sorted(found.collect(), key=lambda row: [str(row[columns.index(name)]) for name in key])
    return [tuple(lives._plain(value) for value in row) for row in rows]


@pytest.mark.parametrize("money", ["float", "decimal"])
def test_spark_agrees_with_the_other_engines(spark: Any, money: str) -> None:
    spark.conf.set("spark.sql.session.timeZone", "America/New_York")
    rows = shop(71, money=money)
    rows["when"] = [datetime(2026, 1 + int(who[1:]) % 9, 3, tzinfo=UTC) for who in rows["customer"]]
    frame, beside = spark_frame(spark, rows), ENGINES["arrow_table"](rows)
    options: dict[str, Any] = {"as_of": AS_OF, "zone": "Asia/Shanghai", "order": "order"}
    for more in ({}, {"blocks": 30}, {"first_seen": "when", "since": AS_OF - timedelta(days=100), "period": "week"}):
        table = cohorts(frame, **options, **more)
        assert rows_of(table, "cohort", "k") == lives.by_key(cohorts(beside, **options, **more), "cohort", "k")
    assert rows_of(cohort_curve(table), "k") == lives.by_key(cohort_curve(cohorts(beside, **options, **more)), "k")
    for ask in (intervals, next_purchase):
        assert rows_of(ask(frame, **options), "customer") == lives.by_key(ask(beside, **options), "customer")


def test_small_answers_of_spark_are_values(spark: Any) -> None:
    rows = shop(72)
    frame, beside = spark_frame(spark, rows), ENGINES["arrow_table"](rows)
    assert gap_curve(frame, as_of=AS_OF) == gap_curve(beside, as_of=AS_OF)
    assert repeat_share(frame, as_of=AS_OF) == repeat_share(beside, as_of=AS_OF)
    assert repeat_within(frame, 30, as_of=AS_OF) == repeat_within(beside, 30, as_of=AS_OF)
    wide = cohort_matrix(cohorts(frame, as_of=AS_OF, period="quarter"), "customers")
    assert lives.table(wide) == lives.table(cohort_matrix(cohorts(beside, as_of=AS_OF, period="quarter"), "customers"))
