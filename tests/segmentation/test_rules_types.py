"""Saved rules on columns of every width that an engine has."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from segmentation.rule_frames import ids

from crmkit.segmentation import Rule

NOW = datetime(2026, 11, 24, tzinfo=UTC)
LARGE = "123456789012345678901234567890.12"


def members(frame, field, op, *value):
    rule = Rule.load({"v": 1, "field": field, "op": op, **({"value": value[0]} if value else {})})
    return ids(rule.members(frame, as_of=NOW))


@pytest.fixture(scope="module")
def columns():
    return pl.DataFrame(
        {
            "customer": [1, 2, 3],
            "u64": pl.Series([2**64 - 1, 5, None], dtype=pl.UInt64),
            "i128": pl.Series([2**100, -5, None], dtype=pl.Int128),
            "f32": pl.Series([0.1, float("nan"), None], dtype=pl.Float32),
            "i8": pl.Series([127, -5, None], dtype=pl.Int8),
            "wide": pl.Series([Decimal(LARGE), Decimal("1.00"), None], dtype=pl.Decimal(38, 2)),
            "enum": pl.Series(["b", "a", None], dtype=pl.Enum(["b", "a"])),
            "category": pl.Series(["b", "a", None], dtype=pl.Categorical),
            "ms": pl.Series([NOW, NOW + timedelta(milliseconds=1), None], dtype=pl.Datetime("ms", "Asia/Shanghai")),
            "ns": pl.Series([NOW, NOW + timedelta(microseconds=1), None], dtype=pl.Datetime("ns", "UTC")),
            "nothing": pl.Series([None] * 3),
        }
    )


CASES = [
    (("u64", ">", 2**63), [1]),
    (("u64", "in", [5, 2**64 - 1, 2**70, -1]), [1, 2]),
    (("u64", "<", -1), []),
    (("u64", ">=", "-1"), [1, 2]),
    (("f32", "<", "0.2"), [1]),
    (("f32", "is_null"), [2, 3]),
    (("i8", "<=", 1000), [1, 2]),
    (("i8", "in", [127, 1000]), [1]),
    (("wide", "==", LARGE), [1]),
    (("wide", ">", "1.005"), [1]),
    (("wide", "in", ["1", "2"]), [2]),
    (("wide", "<", 10**37), [1, 2]),
    (("enum", ">", "a"), [1]),  # by code point, not by place in the list
    (("enum", "contains", "a"), [2]),
    (("category", "<", "b"), [2]),
    (("category", "not_in", ["b"]), [2]),
    (("ms", "<=", "2026-11-24T00:00:00.0005Z"), [1]),
    (("ms", "in", ["2026-11-24"]), [1, 2]),
    (("ns", "==", "2026-11-24T00:00:00Z"), [1]),
    (("ns", "<", "2300-01-01"), [1, 2]),
    (("ns", ">", "1000-01-01T00:00:00Z"), [1, 2]),
    (("nothing", "contains", "x"), []),
    (("nothing", "!=", 1), []),
    (("nothing", "is_null"), [1, 2, 3]),
]


@pytest.mark.parametrize(("leaf", "expected"), CASES, ids=[" ".join(map(str, leaf[:2])) for leaf, _ in CASES])
def test_columns_of_every_width(columns, leaf, expected):
    arrow = columns.drop("i128").to_arrow()
    frames = [columns, columns.lazy(), arrow, arrow.to_pandas(types_mapper=pd.ArrowDtype)]
    # DuckDB has no type for nothing and makes it a whole number; before 2 it compares nanoseconds up to 2262 only.
    is_beyond = leaf[0] == "ns" and leaf[1] in ("<", ">") and int(duckdb.__version__.split(".")[0]) < 2
    if leaf[0] != "nothing" and not is_beyond:
        frames.append(duckdb.connect().from_arrow(arrow))
    for frame in frames:
        assert members(frame, *leaf) == expected, type(frame)


def test_whole_numbers_of_128_bits(columns):
    duck = duckdb.connect().sql("SELECT * FROM (VALUES (1, (2::HUGEINT << 100)), (2, 5), (3, NULL)) t(customer, i128)")
    for frame in (columns, duck):
        assert members(frame, "i128", ">", 2**70) == [1]
        assert members(frame, "i128", "in", [5, -5, 7]) == [2]


def test_moments_of_nanoseconds_that_duckdb_takes_from_pandas():
    at = pd.to_datetime([NOW, NOW + timedelta(days=1), None], utc=True).astype("datetime64[ns, UTC]")
    frame = pd.DataFrame({"customer": [1, 2, 3], "at": at})
    for kind in (frame, duckdb.connect().from_df(frame), pa.Table.from_pandas(frame)):
        assert members(kind, "at", "within_days", 0) == [1]
        assert members(kind, "at", "<", "2400-01-01T00:00:00Z") == [1, 2]


def test_texts_that_pandas_keeps_as_str():
    for dtype in ("string", "string[pyarrow]", "object", "category"):
        frame = pd.DataFrame({"customer": [1, 2, 3], "name": pd.Series(["a", None, "é"], dtype=dtype)})
        assert members(frame, "name", "is_null") == [2]
        assert members(frame, "name", ">", "b") == [3]
        assert members(frame, "name", "not_in", ["a"]) == [3]
