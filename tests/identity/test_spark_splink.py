"""Splink on Spark with our model weighs every pair as we do; `nox -s splink` runs it, for it takes minutes."""

from __future__ import annotations

import os
from typing import Any

import pytest
from identity.splinking import predictions, shop_of, weights_of, worst
from segmentation.spark import spark

__all__ = ["spark"]

pytestmark = pytest.mark.skipif(os.environ.get("CRMKIT_TEST_SPLINK") != "1", reason="minutes: `nox -s splink` runs it")


@pytest.mark.filterwarnings("ignore::FutureWarning:splink", "ignore::DeprecationWarning")
def test_five_thousand_pairs_weigh_the_same(spark: Any) -> None:
    from splink.backends.spark import SparkAPI

    # Edit distance is Spark's own; Splink's jar has the functions that our model does without.
    api = SparkAPI(
        spark_session=spark, break_lineage_method="persist", num_partitions_on_repartition=2,
        register_udfs_automatically=False,
    )  # fmt: skip
    shop = shop_of("even", 5000)
    predicted = predictions(shop, shop.found.model, api, "spark")
    assert len(predicted) >= 5000
    assert worst(shop.weights(), weights_of(predicted)) < 1e-9
