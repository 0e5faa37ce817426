"""Stored summaries, mean spend and k-means on Spark: the numbers of the other engines."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from segmentation.frames import ENGINES
from segmentation.spark import spark, spark_frame
from segmentation.test_customer_summary import plain
from segmentation.test_rfm import AS_OF, shop

from crmkit.segmentation import CustomerSummary, intervals, next_purchase, rfm, stages, transitions

__all__ = ["spark"]


@pytest.mark.parametrize("money", ["float", "decimal"])
def test_pieces_make_the_whole_on_spark(spark: Any, money: str) -> None:
    spark.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    rows, cut = shop(money=money), AS_OF - timedelta(days=31, hours=5)
    frame, read = spark_frame(spark, rows), CustomerSummary.from_orders
    stored = read(frame, as_of=cut).merged(read(frame, since=cut, as_of=AS_OF))
    whole = read(ENGINES["pandas_object"](rows), as_of=AS_OF)
    for question in (rfm, stages, intervals, next_purchase):
        answer = question(stored, as_of=AS_OF).toPandas()
        assert plain(answer) == plain(question(whole, as_of=AS_OF)), question.__name__


@pytest.mark.parametrize("options", [{"segments": "eight"}, {"method": "kmeans"}])
def test_means_are_exact_on_spark(spark: Any, options: dict[str, Any]) -> None:
    rows = shop(5)
    answer = rfm(spark_frame(spark, rows), as_of=AS_OF, monetary="mean", **options).toPandas()
    assert plain(answer) == plain(rfm(ENGINES["pandas_object"](rows), as_of=AS_OF, monetary="mean", **options))


def test_listed_customers_are_prospects_on_spark(spark: Any) -> None:
    rows, before = shop(5), AS_OF - timedelta(days=300)
    options: dict[str, Any] = {"before": before, "after": AS_OF, "customers": ["c001", "z1"]}
    answer = transitions(spark_frame(spark, rows), **options).toPandas().sort_values(["from", "to"])
    expected = transitions(ENGINES["pandas_object"](rows), **options)
    assert answer.values.tolist() == expected.values.tolist()
