"""Saved rules on Spark."""

from __future__ import annotations

import random

import pytest
from segmentation import rule_oracle
from segmentation.rule_frames import arrow_table, ids
from segmentation.spark import spark  # noqa: F401  (a fixture)

from crmkit.segmentation import Rule


def rule_frame(session, columns):
    """Returns customers as a Spark frame."""
    from pyspark.sql import types

    kinds = {
        "int64": types.LongType(),
        "double": types.DoubleType(),
        "string": types.StringType(),
        "bool": types.BooleanType(),
        "date32[day]": types.DateType(),
        "timestamp[us, tz=UTC]": types.TimestampType(),
        "timestamp[us]": types.TimestampNTZType(),
        "decimal128(18, 4)": types.DecimalType(18, 4),
    }
    table = arrow_table(columns)
    schema = types.StructType([types.StructField(field.name, kinds[str(field.type)]) for field in table.schema])
    return session.createDataFrame([tuple(row.values()) for row in table.to_pylist()], schema)


@pytest.mark.parametrize("seed", range(3))
def test_spark_finds_the_members_that_plain_python_finds(spark, seed):  # noqa: F811
    rng = random.Random(500 + seed)
    columns = rule_oracle.customers(rng, 20)
    frame = rule_frame(spark, columns)
    for _ in range(5):
        rule, as_of = rule_oracle.a_rule(rng)
        assert ids(Rule.load(rule).members(frame, as_of=as_of)) == rule_oracle.members(rule, columns), rule
