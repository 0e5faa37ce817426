"""RFM beside the same RFM written by hand, in one run on the same rows: seconds and ratios.

    python benchmarks/segmentation_rfm.py [rows] [repeats]

Each pair must give the same scores, or the run stops. Seconds depend on the machine; the ratios are what to compare.
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


def by_hand_pandas(frame: pd.DataFrame) -> pd.DataFrame:
    cents = np.floor(frame["amount"] * 100 + 0.5).astype("int64")
    found = (
        frame.assign(cents=cents)
        .groupby("customer")
        .agg(last=("moment", "max"), f=("cents", "size"), m=("cents", "sum"))
    )
    found["r"] = (pd.Timestamp(AS_OF).normalize() - found["last"].dt.normalize()).dt.days
    n = len(found)
    scores = {name: 1 + 5 * (values.rank(method="min").astype("int64") - 1) // n for name, values in
              (("r", -found["r"]), ("f", found["f"]), ("m", found["m"]))}  # fmt: skip
    return pd.DataFrame(scores).reset_index()


def by_hand_polars(frame: pl.LazyFrame) -> pl.DataFrame:
    cents = (pl.col("amount") * 100 + 0.5).floor().cast(pl.Int64)
    found = frame.group_by("customer").agg(last=pl.col("moment").max(), f=pl.len().cast(pl.Int64), m=cents.sum())
    days = (pl.lit(AS_OF.date()) - pl.col("last").dt.date()).dt.total_days()
    rank = {"r": -days, "f": pl.col("f"), "m": pl.col("m")}
    scores = [(1 + 5 * (value.rank("min").cast(pl.Int64) - 1) // pl.len()).alias(name) for name, value in rank.items()]
    return found.select("customer", *scores).collect()


def by_hand_duckdb(relation: Any) -> Any:
    return relation.query(
        "orders",
        """
        with c as (select customer, date '2026-01-01' - cast(max(moment) as date) as r, count(*) as f,
                          sum(cast(floor(amount * 100 + 0.5) as bigint)) as m from orders group by customer)
        select customer, 1 + 5 * (rank() over (order by r desc) - 1) // count(*) over () as r,
               1 + 5 * (rank() over (order by f) - 1) // count(*) over () as f,
               1 + 5 * (rank() over (order by m) - 1) // count(*) over () as m from c
        """,
    ).to_arrow_table()


def timed(work: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    seconds, answer = [], None
    for _ in range(repeats):
        start = time.perf_counter()
        answer = work()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), answer


def scores(answer: Any) -> np.ndarray:
    frame = answer if isinstance(answer, pd.DataFrame) else answer.to_pandas()
    return frame.sort_values("customer")[["r", "f", "m"]].to_numpy().astype("int64")


def compare(name: str, hand: Callable[[], Any], ours: Callable[[], Any], repeats: int) -> None:
    by_hand, expected = timed(hand, repeats)
    by_us, found = timed(ours, repeats)
    if not np.array_equal(scores(expected), scores(found)):
        raise SystemExit(f"{name}: the two answers differ")
    print(f"{name:<28} by hand {by_hand:7.3f} s   crmkit {by_us:7.3f} s   ratio {by_us / by_hand:5.2f}")


def main(rows: int, repeats: int) -> None:
    frame = orders(rows)
    scattered = frame.assign(customer=frame["customer"] * 1_000_003)
    text = frame.assign(customer=("c" + frame["customer"].astype("str")).astype(object))
    print(f"{rows:,} rows, {frame['customer'].nunique():,} customers, median of {repeats}")
    for name, table in (("dense ids", frame), ("scattered ids", scattered), ("text ids", text)):
        compare(
            f"pandas, {name}", lambda t=table: by_hand_pandas(t),
            lambda t=table: segmentation.rfm(t, as_of=AS_OF, segments=None), repeats,
        )  # fmt: skip
    lazy = pl.from_pandas(frame).lazy()
    compare("polars lazy, dense ids", lambda: by_hand_polars(lazy),
            lambda: segmentation.rfm(lazy, as_of=AS_OF, segments=None).collect(), repeats)  # fmt: skip
    arrow = pl.from_pandas(frame).to_arrow()
    compare("pyarrow against polars", lambda: by_hand_polars(lazy),
            lambda: segmentation.rfm(arrow, as_of=AS_OF, segments=None), repeats)  # fmt: skip
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    connection.from_arrow(arrow).create("orders_table")
    relation = connection.table("orders_table")
    compare("duckdb, dense ids", lambda: by_hand_duckdb(relation),
            lambda: segmentation.rfm(relation, as_of=AS_OF, segments=None).to_arrow_table(), repeats)  # fmt: skip
    named, _ = timed(lambda: segmentation.rfm(frame, as_of=AS_OF), repeats)
    print(f"pandas with the names of the segments: {named:.3f} s")


if __name__ == "__main__":
    given = [int(part) for part in sys.argv[1:]]
    main(*(given + [1_000_000, 5][len(given) :]))
