"""Stages, transitions and their history on Spark: the same integers as on the other engines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from segmentation import lives
from segmentation.frames import ENGINES
from segmentation.spark import spark, spark_frame
from segmentation.test_rfm import AS_OF, shop

from crmkit.segmentation import Thresholds, stage_history, stages, transitions

__all__ = ["spark"]

BEFORE = AS_OF - timedelta(days=60)


def test_spark_agrees_with_the_other_engines(spark: Any) -> None:
    spark.conf.set("spark.sql.session.timeZone", "America/New_York")
    rows = shop(31)
    frame, beside = spark_frame(spark, rows), ENGINES["arrow_table"](rows)
    options: dict[str, Any] = {"zone": "Asia/Shanghai", "order": "order"}
    pairs = [
        (lambda f: stages(f, as_of=AS_OF, customers=["c001", "zz"], **options), ("customer",)),
        (
            lambda f: transitions(f, before=BEFORE, after=AS_OF, stages=Thresholds(14, 40, 90), **options),
            ("from", "to"),
        ),
        (lambda f: stage_history(f, moments=[BEFORE, AS_OF], **options), ("as_of", "stage")),
    ]
    for ask, key in pairs:
        found = ask(frame)
        assert type(found).__module__.startswith("pyspark.")
        columns = found.columns
        plain = sorted(
            ([*row] for row in found.collect()), key=lambda row: [str(row[columns.index(name)]) for name in key]
        )
        assert [tuple(row) for row in plain] == lives.by_key(ask(beside), *key)


@pytest.mark.parametrize("session_zone", ["UTC", "America/New_York", "Asia/Shanghai"])
def test_naive_moments_are_shop_local_on_spark_whatever_zone_its_session_has(spark: Any, session_zone: str) -> None:
    spark.conf.set("spark.sql.session.timeZone", session_zone)
    local, second = datetime(2026, 11, 24, tzinfo=UTC).replace(tzinfo=None), timedelta(seconds=1)
    moments = [local - second, local, local - timedelta(days=9), local - timedelta(days=9) - second]
    frame = spark_frame(spark, {"customer": ["a", "b", "a", "c"], "moment": moments, "amount": [2.5] * 4})
    (row,) = stages(frame, as_of=local, since=local - timedelta(days=9)).collect()
    assert (row["customer"], row["stage"], row["days_since"], row["last_gap"]) == ("a", "active", 1, 8)
