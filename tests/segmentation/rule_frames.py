"""Customers as a frame of every engine, with the same type on all of them even where a column holds nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa

Columns = dict[str, list[Any]]

TYPES = {
    "customer": pa.int64(), "whole": pa.int64(), "big": pa.int64(), "money": pa.decimal128(18, 4),
    "share": pa.float64(), "name": pa.string(), "is_vip": pa.bool_(),
    "seen_at": pa.timestamp("us", "UTC"), "local_at": pa.timestamp("us"),
    "birthday": pa.date32(), "currency": pa.string(),
}  # fmt: skip


def arrow_table(columns: Columns) -> pa.Table:
    return pa.table({name: pa.array(values, TYPES[name]) for name, values in columns.items()})


def arrow_chunks(columns: Columns) -> pa.Table:
    table = arrow_table(columns)
    cut = table.num_rows // 3
    table = pa.concat_tables([table.slice(0, cut), table.slice(cut, 1), table.slice(cut + 1)])
    return table.set_column(table.column_names.index("name"), "name", table["name"].dictionary_encode())


def pandas_object(columns: Columns) -> pd.DataFrame:
    found = {}
    for name, values in columns.items():
        if name == "share":
            found[name] = pd.Series([float("nan") if value is None else value for value in values], dtype=float)
        elif name in ("seen_at", "local_at"):
            found[name] = pd.to_datetime(pd.Series(values, dtype=object), utc=name == "seen_at").astype(
                "datetime64[us, UTC]" if name == "seen_at" else "datetime64[us]"
            )
        elif name in ("whole", "customer") and None not in values:
            found[name] = pd.Series(values, dtype="int64")
        else:
            found[name] = pd.Series(values, dtype=object)
    result = pd.DataFrame(found)
    result.index = pd.RangeIndex(7, 7 + len(result))
    return result


def pandas_nullable(columns: Columns) -> pd.DataFrame:
    frame = pandas_object(columns)
    frame["share"] = frame["share"].astype("Float64")
    frame["name"] = frame["name"].astype("string")
    frame["is_vip"] = frame["is_vip"].astype("boolean")
    for name in ("whole", "big"):
        frame[name] = pd.array(columns[name], dtype="Int64")
    frame["currency"] = frame["currency"].astype("category")
    return frame


def pandas_arrow(columns: Columns) -> pd.DataFrame:
    return arrow_table(columns).to_pandas(types_mapper=pd.ArrowDtype)


def polars_eager(columns: Columns) -> pl.DataFrame:
    return pl.from_arrow(arrow_table(columns))


def polars_lazy(columns: Columns) -> pl.LazyFrame:
    return polars_eager(columns).with_columns(pl.col("currency").cast(pl.Categorical)).lazy()


def duckdb_relation(columns: Columns) -> duckdb.DuckDBPyRelation:
    return duckdb.connect().from_arrow(arrow_table(columns))


RULE_ENGINES: dict[str, Callable[[Columns], Any]] = {
    make.__name__: make
    for make in (
        pandas_object, pandas_nullable, pandas_arrow, arrow_table, arrow_chunks, polars_eager, polars_lazy,
        duckdb_relation,
    )
}  # fmt: skip


def ids(frame: Any) -> list[Any]:
    """Returns the ids of a result, ordered."""
    if isinstance(frame, pd.DataFrame):
        return sorted(frame["customer"].tolist())
    if isinstance(frame, pa.Table):
        return sorted(frame["customer"].to_pylist())
    if isinstance(frame, pl.DataFrame | pl.LazyFrame):
        return sorted(frame.lazy().collect()["customer"].to_list())
    return sorted(row[0] for row in (frame.fetchall() if hasattr(frame, "fetchall") else frame.collect()))
