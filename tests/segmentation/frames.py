"""The same rows as a frame of every engine, and every engine's result as plain rows."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa

Columns = dict[str, list[Any]]


def _arrow(columns: Columns) -> pa.Table:
    return pa.table({name: _typed(name, values) for name, values in columns.items()})


def _typed(name: str, values: list[Any]) -> pa.Array:
    kinds = {type(value) for value in values if value is not None}
    if Decimal in kinds:
        return pa.array(values, pa.decimal128(18, 4))
    if kinds <= {datetime} and name in ("moment", "when"):
        aware = any(value is not None and value.tzinfo is not None for value in values)
        return pa.array(values, pa.timestamp("us", tz="UTC" if aware else None))
    if not kinds:
        return pa.array(values, pa.float64() if name == "amount" else pa.string())
    return pa.array(values)


def pandas_object(columns: Columns) -> pd.DataFrame:
    frame = {}
    for name, values in columns.items():
        kinds = {type(value) for value in values if value is not None}
        if kinds & {datetime} or (not values and name in ("moment", "when")):
            aware = any(value is not None and value.tzinfo is not None for value in values)
            frame[name] = pd.Series(pd.to_datetime(pd.Series(values, dtype=object), utc=aware))
        elif kinds & {str, Decimal}:
            frame[name] = pd.Series(values, dtype=object)
        else:
            frame[name] = pd.Series(values, dtype=None if values else float)
    result = pd.DataFrame(frame)
    result.index = pd.RangeIndex(7, 7 + len(result))  # an index that is not the row number
    return result


def pandas_str(columns: Columns) -> pd.DataFrame:
    frame = pandas_object(columns)
    text = "str" if int(pd.__version__.split(".")[0]) >= 3 else "string"  # before pandas 3, "str" made words of nulls
    return frame.astype({name: text for name in frame if {type(v) for v in columns[name] if v is not None} == {str}})


def pandas_arrow(columns: Columns) -> pd.DataFrame:
    return _arrow(columns).to_pandas(types_mapper=pd.ArrowDtype)


def polars_eager(columns: Columns) -> pl.DataFrame:
    return pl.from_arrow(_arrow(columns))


def polars_lazy(columns: Columns) -> pl.LazyFrame:
    return polars_eager(columns).lazy()


def arrow_table(columns: Columns) -> pa.Table:
    return _arrow(columns)


def arrow_chunks(columns: Columns) -> pa.Table:
    table = _arrow(columns)
    cut = table.num_rows // 3
    return pa.concat_tables([table.slice(0, cut), table.slice(cut, 1), table.slice(cut + 1)])


def scans_in(relation: duckdb.DuckDBPyRelation) -> int:
    """Returns how often the plan reads the rows; some versions name the function in a box's title as well."""
    return len(re.findall(r"Function: \w*ARROW_SCAN", relation.explain()))


def duckdb_relation(columns: Columns) -> duckdb.DuckDBPyRelation:
    # One thread: starting more takes longer than these few rows do.
    return duckdb.connect(config={"threads": 1}).from_arrow(_arrow(columns))


ENGINES: dict[str, Callable[[Columns], Any]] = {
    make.__name__: make
    for make in (
        pandas_object, pandas_str, pandas_arrow, polars_eager, polars_lazy, arrow_table, arrow_chunks, duckdb_relation,
    )
}  # fmt: skip


def rows_of(frame: Any) -> list[dict[str, Any]]:
    """Returns the result's rows by customer, whatever the engine."""
    if isinstance(frame, pd.DataFrame):
        rows = frame.to_dict("records")
    elif isinstance(frame, pl.DataFrame | pl.LazyFrame):
        rows = frame.lazy().collect().to_dicts()
    elif isinstance(frame, pa.Table):
        rows = frame.to_pylist()
    else:
        rows = [dict(zip(frame.columns, row, strict=True)) for row in frame.fetchall()]
    return sorted(rows, key=lambda row: str(row["customer"]))


def integers(frame: Any, digits: int = 2) -> list[tuple[Any, ...]]:
    """Returns the result as texts and whole numbers, money in its smallest unit."""
    rows = []
    for row in rows_of(frame):
        money = Decimal(str(row["monetary"])).scaleb(digits)
        assert money == int(money)
        whole = [int(row[name]) for name in ("recency", "frequency", "r", "f", "m")]
        rows.append((row["customer"], *whole, int(money), row.get("segment")))
    return rows


def shuffled(columns: Columns, seed: int) -> Columns:
    order = list(range(len(next(iter(columns.values())))))
    random.Random(seed).shuffle(order)
    return {name: [values[i] for i in order] for name, values in columns.items()}
