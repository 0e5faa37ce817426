"""RFM on Spark: the same integers, whatever zone the session has, and one shuffle of the raw rows."""

from __future__ import annotations

import re
from typing import Any

import pytest
from segmentation.frames import ENGINES
from segmentation.spark import spark, spark_frame
from segmentation.test_rfm import AS_OF, digest, shop

from crmkit.segmentation import rfm

__all__ = ["spark"]


@pytest.mark.parametrize(
    ("session_zone", "money", "options"),
    [
        ("UTC", "float", {"order": "order"}),
        ("America/New_York", "decimal", {"zone": "Asia/Shanghai", "by": "day"}),
        ("Asia/Tokyo", "int", {"zone": "America/St_Johns", "segments": "eight"}),
    ],
)
def test_spark_gives_the_integers_of_the_other_engines(
    spark: Any, session_zone: str, money: str, options: dict[str, Any]
) -> None:
    spark.conf.set("spark.sql.session.timeZone", session_zone)
    rows, digits = shop(money=money), 0 if money == "int" else 2
    found = rfm(spark_frame(spark, rows), as_of=AS_OF, **options)
    assert type(found).__module__.startswith("pyspark.")
    expected = digest(rfm(ENGINES["pandas_object"](rows), as_of=AS_OF, **options), digits)
    assert digest(found.toPandas(), digits) == expected


def test_the_raw_rows_are_shuffled_once(spark: Any) -> None:
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    found = rfm(spark_frame(spark, shop()), as_of=AS_OF)
    spark.conf.set("spark.sql.adaptive.enabled", "false")
    try:
        plan = found._jdf.queryExecution().executedPlan().toString()
    finally:
        spark.conf.set("spark.sql.adaptive.enabled", "true")
    lines = plan.splitlines()
    shuffles = [line for line in lines if re.search(r"\bExchange hashpartitioning", line)]
    assert len(shuffles) == 1, plan
    # What comes before it has one row a customer and partition already.
    below = lines[lines.index(shuffles[0]) + 1]
    assert "HashAggregate" in below
    assert "partial_" in below
