"""A local Spark, started once, and the same rows as a Spark frame."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC
from typing import Any

import pyarrow as pa
import pytest
from segmentation.frames import Columns, _arrow

IS_DEMANDED = os.environ.get("CRMKIT_TEST_SPARK") == "1"


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """A session of Spark here; skipped where Java or PySpark is missing, unless CRMKIT_TEST_SPARK=1 demands it."""
    if not IS_DEMANDED:
        pytest.importorskip("pyspark", reason="PySpark is not installed")
        if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
            pytest.skip("Spark needs Java, which is not here")
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


def spark_frame(session: Any, columns: Columns) -> Any:
    """Returns rows as a Spark frame."""
    return spark_table(session, _arrow(columns))


def spark_table(session: Any, table: pa.Table) -> Any:
    """Returns an Arrow table as a Spark frame: aware moments as timestamps, naive ones as timestamps without a zone."""
    from pyspark.sql import types

    kinds = {
        "int64": types.LongType(),
        "double": types.DoubleType(),
        "string": types.StringType(),
        "bool": types.BooleanType(),
        "date32[day]": types.DateType(),
        "timestamp[us, tz=UTC]": types.TimestampType(),
        "timestamp[us]": types.TimestampNTZType(),
    }
    schema = types.StructType(
        [
            types.StructField(field.name, kinds.get(str(field.type)) or types.DecimalType(18, 4))
            for field in table.schema
        ]
    )
    rows = [tuple(row.values()) for row in table.to_pylist()]
    return session.createDataFrame(
        [tuple(v.astimezone(UTC) if getattr(v, "tzinfo", None) else v for v in row) for row in rows], schema
    )
