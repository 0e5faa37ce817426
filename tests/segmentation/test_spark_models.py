"""The models on Spark: the same summary, grouped by the engine, and answers joined by it."""

from __future__ import annotations

from typing import Any

import pytest
from segmentation.spark import spark, spark_frame
from segmentation.test_models_backtest import CUTOFF, MODEL, frame, orders

from crmkit.segmentation import BgNbd, churn, summary

__all__ = ["spark"]


def test_summary_fit_and_churn(spark: Any) -> None:
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    rows = orders(60)
    found = summary(spark_frame(spark, rows), as_of=CUTOFF)
    assert type(found).__module__.startswith("pyspark.")
    expected = summary(frame(rows), as_of=CUTOFF)
    collected = found.toPandas().sort_values("customer")
    for name in ("customer", "x", "t_x", "T"):
        assert collected[name].tolist() == expected[name].tolist()
    assert collected["m"].dropna().tolist() == expected["m"].dropna().tolist()
    assert BgNbd.fit(found).parameters == pytest.approx(BgNbd.fit(expected).parameters, rel=1e-9)
    told = churn(spark_frame(spark, rows), as_of=CUTOFF, horizon=90, model=MODEL).toPandas().sort_values("customer")
    truth = churn(frame(rows), as_of=CUTOFF, horizon=90, model=MODEL)
    assert told["churn"].tolist() == pytest.approx(truth["churn"].tolist(), rel=1e-12)
