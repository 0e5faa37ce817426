"""A small invented shop, and the frames that pictures are made of, on every engine."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa

from crmkit import segmentation
from crmkit.segmentation import SurvivalCurve

AS_OF = datetime(2026, 11, 24)  # noqa: DTZ001 - naive moments are the shop's own
EVIL = "<script>alert('&\"')</script>\x00"
THEMES = ("light", "dark")


@cache
def orders() -> pd.DataFrame:
    """Gives forty customers over ten months; every third comes back once, every sixth twice."""
    start, rows = AS_OF - timedelta(days=294), []
    for customer in range(40):
        first = start + timedelta(days=7 * customer)
        rows.append((f"c{customer}", first, 10.0 + customer**2))
        rows += [(f"c{customer}", first + timedelta(days=25 + customer), 20.0)] if customer % 3 == 0 else []
        rows += [(f"c{customer}", first + timedelta(days=70), 30.0)] if customer % 6 == 0 else []
    return pd.DataFrame(rows, columns=["customer", "moment", "amount"])


@cache
def cohorts() -> pd.DataFrame:
    return segmentation.cohorts(orders(), as_of=AS_OF)


@cache
def curve() -> SurvivalCurve:
    return segmentation.repeat_curve(orders(), as_of=AS_OF)


@cache
def pareto() -> pd.DataFrame:
    return segmentation.pareto_curve(segmentation.rfm(orders(), as_of=AS_OF))


@cache
def flow() -> pd.DataFrame:
    return segmentation.transitions(orders(), before=AS_OF - timedelta(days=90), after=AS_OF)


def polars_of(frame: pd.DataFrame) -> Any:
    return pl.from_pandas(frame)


def lazy_of(frame: pd.DataFrame) -> Any:
    return pl.from_pandas(frame).lazy()


def arrow_of(frame: pd.DataFrame) -> Any:
    return pa.Table.from_pandas(frame, preserve_index=False)


def duckdb_of(frame: pd.DataFrame) -> Any:
    table = arrow_of(frame)
    return duckdb.from_arrow(table)


ENGINES = [polars_of, lazy_of, arrow_of, duckdb_of]


def rows_of(chart: Any) -> list[dict[str, Any]]:
    """Gives every row that a chart draws, each once."""
    return [row for rows in chart.to_dict().get("datasets", {}).values() for row in rows]
