"""Month cohorts beside the same cohorts written by hand, in one run on the same rows: seconds and ratios.

    python benchmarks/segmentation/cohorts.py [rows] [repeats]

Each pair must give the same customers and revenue by cell, or the run stops. Seconds depend on the machine; the ratios
are what to compare.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl

from crmkit import segmentation

AS_OF = datetime(2026, 1, 1, tzinfo=UTC)


def orders(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(7)
    seconds = rng.integers(0, 2 * 365 * 86400, rows)
    return pd.DataFrame(
        {
            "customer": rng.integers(0, max(1, rows // 4), rows),
            "moment": pd.to_datetime(AS_OF) - pd.to_timedelta(1 + seconds, unit="s"),
            "amount": np.round(rng.gamma(2.0, 40.0, rows), 2) + 0.01,
        }
    )


def by_hand_polars(frame: pl.LazyFrame) -> pl.DataFrame:
    month = pl.col("moment").dt.year().cast(pl.Int64) * 12 + pl.col("moment").dt.month() - 1
    cents = (pl.col("amount") * 100 + 0.5).floor().cast(pl.Int64)
    rows = frame.select("customer", month=month, cents=cents)
    rows = rows.with_columns(cohort=pl.col("month").min().over("customer"))
    cells = rows.group_by("cohort", k=pl.col("month") - pl.col("cohort")).agg(
        customers=pl.col("customer").n_unique().cast(pl.Int64), cents=pl.col("cents").sum()
    )
    size = pl.col("customers").filter(pl.col("k") == 0).first().over("cohort")
    return cells.with_columns(rate=pl.col("customers") / size).sort("cohort", "k").collect()


def by_hand_duckdb(relation: Any) -> Any:
    return relation.query(
        "orders",
        """
        with o as (select customer, year(moment) * 12 + month(moment) - 1 as month,
                          cast(floor(amount * 100 + 0.5) as bigint) as cents from orders),
             f as (select customer, min(month) as cohort from o group by customer)
        select cohort, month - cohort as k, count(distinct customer) as customers, sum(cents) as cents
        from o join f using (customer) group by all order by all
        """,
    ).to_arrow_table()


def timed(work: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    seconds, answer = [], None
    for _ in range(repeats):
        start = time.perf_counter()
        answer = work()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), answer


def cells(answer: Any) -> np.ndarray:
    """Returns customers and cents of every cell in which somebody bought, by cohort and k."""
    frame = answer if isinstance(answer, pd.DataFrame) else answer.to_pandas()
    if "revenue" in frame:
        frame = frame.assign(cents=(frame["revenue"] * 100).round())
    frame = frame[frame["customers"] > 0].sort_values(["cohort", "k"])
    return frame[["k", "customers", "cents"]].to_numpy().astype("int64")


def compare(name: str, hand: tuple[float, Any], ours: Callable[[], Any], repeats: int) -> None:
    by_hand, expected = hand
    by_us, found = timed(ours, repeats)
    if not np.array_equal(cells(expected), cells(found)):
        raise SystemExit(f"{name}: the two answers differ")
    print(f"{name:<34} by hand {by_hand:7.3f} s   crmkit {by_us:7.3f} s   ratio {by_us / by_hand:5.2f}")


def main(rows: int, repeats: int) -> None:
    frame = orders(rows)
    lazy = pl.from_pandas(frame).lazy()
    arrow = pl.from_pandas(frame).to_arrow()
    print(f"{rows:,} rows, {frame['customer'].nunique():,} customers, median of {repeats}")
    polars = timed(lambda: by_hand_polars(lazy), repeats)
    compare("pandas against polars", polars, lambda: segmentation.cohorts(frame, as_of=AS_OF), repeats)
    compare("pyarrow against polars", polars, lambda: segmentation.cohorts(arrow, as_of=AS_OF), repeats)
    compare("polars lazy", polars, lambda: segmentation.cohorts(lazy, as_of=AS_OF).collect(), repeats)
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    connection.from_arrow(arrow).create("orders_table")
    relation = connection.table("orders_table")
    compare(
        "duckdb", timed(lambda: by_hand_duckdb(relation), repeats),
        lambda: segmentation.cohorts(relation, as_of=AS_OF).to_arrow_table(), repeats,
    )  # fmt: skip


if __name__ == "__main__":
    given = [int(part) for part in sys.argv[1:]]
    main(*(given + [1_000_000, 5][len(given) :]))
