"""ABC, concentration, breakdowns and affinity on Spark: the integers of the other engines."""

from __future__ import annotations

from typing import Any

import pytest
from segmentation.breakdown_oracle import AS_OF as BREAKDOWN_AS_OF
from segmentation.breakdown_oracle import SINCE, whole
from segmentation.breakdown_oracle import shop as breakdown_shop
from segmentation.frames import pandas_object
from segmentation.spark import spark, spark_frame
from segmentation.test_abc import column
from segmentation.test_abc_concentration import rows_of_curve
from segmentation.test_affinity import AS_OF as AFFINITY_AS_OF
from segmentation.test_affinity import pairs
from segmentation.test_affinity import shop as affinity_shop
from segmentation.test_rfm import AS_OF, shop

from crmkit.segmentation import Hour, PriceBands, abc, affinity, breakdown, gini, pareto_curve, top_share

__all__ = ["spark"]


@pytest.mark.parametrize("money", ["float", "decimal", "int"])
def test_abc_and_concentration_on_spark(spark: Any, money: str) -> None:
    rows = shop(13, money=money)
    here, there = pandas_object(rows), spark_frame(spark, rows)
    options: dict[str, Any] = {"item": "customer", "value": "amount"}
    found = abc(there, **options, as_of=AS_OF)
    assert type(found).__module__.startswith("pyspark.")
    names = ("item", "value", "share", "above", "class")
    assert column(found.toPandas(), *names) == column(abc(here, **options, as_of=AS_OF), *names)
    assert (gini(there, **options), top_share(there, **options)) == (gini(here, **options), top_share(here, **options))
    curve = pareto_curve(there, **options, points=5)
    assert rows_of_curve(curve.toPandas()) == rows_of_curve(pareto_curve(here, **options, points=5))


@pytest.mark.parametrize("session_zone", ["UTC", "America/New_York"])
def test_breakdown_on_spark(spark: Any, session_zone: str) -> None:
    spark.conf.set("spark.sql.session.timeZone", session_zone)
    rows = breakdown_shop(9, 150)
    rows["price"] = [0.0 if price is None else price for price in rows["price"]]
    bands = PriceBands((10, 50), of="price", name="price")
    options: dict[str, Any] = {
        "by": ["region", Hour(), bands], "since": SINCE, "as_of": BREAKDOWN_AS_OF, "compare": "previous",
        "order": "order", "quantity": "quantity", "zone": "Asia/Shanghai",
    }  # fmt: skip
    by = ("region", "hour", "price")
    found = breakdown(spark_frame(spark, rows), **options)
    assert type(found).__module__.startswith("pyspark.")
    assert whole(found.toPandas(), by) == whole(breakdown(pandas_object(rows), **options), by)


def test_affinity_on_spark(spark: Any) -> None:
    rows = affinity_shop(9, 200)
    for options in ({}, {"per": "customer"}):
        found = affinity(spark_frame(spark, rows), as_of=AFFINITY_AS_OF, min_count=3, **options)
        assert pairs(found.toPandas()) == pairs(
            affinity(pandas_object(rows), as_of=AFFINITY_AS_OF, min_count=3, **options)
        )
