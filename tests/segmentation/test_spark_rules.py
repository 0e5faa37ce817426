"""Saved rules on Spark."""

from __future__ import annotations

import random

import pytest
from segmentation import rule_oracle
from segmentation.rule_frames import arrow_table, ids
from segmentation.spark import spark, spark_table  # noqa: F401  (a fixture)

from crmkit.segmentation import Rule


@pytest.mark.parametrize("seed", range(3))
def test_spark_finds_the_members_that_plain_python_finds(spark, seed):  # noqa: F811
    rng = random.Random(500 + seed)
    columns = rule_oracle.customers(rng, 20)
    frame = spark_table(spark, arrow_table(columns))
    for _ in range(5):
        rule, as_of = rule_oracle.a_rule(rng)
        assert ids(Rule.load(rule).members(frame, as_of=as_of)) == rule_oracle.members(rule, columns), rule
