"""RFM from a stored summary and one per cent of new orders, beside RFM from all orders; and many questions beside one.

    python benchmarks/segmentation/summaries.py [rows] [repeats]

Every pair must give the same frame, or the run stops. Seconds depend on the machine; the ratios are what to compare.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import duckdb
import pandas as pd
import polars as pl
from cohorts import AS_OF, orders, timed

from crmkit import segmentation
from crmkit.segmentation import CustomerSummary

NEW = 0.01


def collected(frame: Any) -> Any:
    if isinstance(frame, pl.LazyFrame):
        return frame.collect()
    return frame.to_arrow_table() if isinstance(frame, duckdb.DuckDBPyRelation) else frame


def plain(frame: Any) -> pd.DataFrame:
    frame = frame if isinstance(frame, pd.DataFrame) else frame.to_pandas()
    return frame.sort_values("customer").reset_index(drop=True)


def morning(
    name: str, full: Any, new: Any, cut: Any, kept: Callable[[Any], Any], shown: Callable[[Any], Any], repeats: int
) -> None:
    """Compares what a shop runs every morning with and without a stored summary."""
    made = CustomerSummary.from_orders(full, as_of=cut)
    stored = CustomerSummary(kept(made.frame), made.basis)

    def incremental() -> Any:
        newer = CustomerSummary.from_orders(new, since=cut, as_of=AS_OF)
        return shown(segmentation.rfm(stored.merged(newer), as_of=AS_OF))

    by_all, expected = timed(lambda: shown(segmentation.rfm(full, as_of=AS_OF)), repeats)
    by_summary, found = timed(incremental, repeats)
    pd.testing.assert_frame_equal(plain(expected), plain(found))
    told = f"{name:<24} all orders {by_all:7.3f} s   stored and new {by_summary:7.3f} s"
    print(f"{told}   ratio {by_summary / by_all:5.2f}", flush=True)


def many(name: str, frame: Any, repeats: int, kept: Callable[[Any], Any]) -> None:
    """Compares four questions of one reading, and of four, with RFM alone."""

    def by_reading() -> Any:
        made = CustomerSummary.from_orders(frame, as_of=AS_OF)
        once = CustomerSummary(kept(made.frame), made.basis)
        for question in (segmentation.rfm, segmentation.stages, segmentation.intervals):
            collected(question(once, as_of=AS_OF))
        collected(segmentation.cohorts(frame, as_of=AS_OF))

    def one_by_one() -> Any:
        for question in (segmentation.rfm, segmentation.stages, segmentation.intervals, segmentation.cohorts):
            collected(question(frame, as_of=AS_OF))

    alone, _ = timed(lambda: collected(segmentation.rfm(frame, as_of=AS_OF)), repeats)
    shared, _ = timed(by_reading, repeats)
    apart, _ = timed(one_by_one, max(1, repeats // 3))
    print(
        f"{name:<24} RFM alone {alone:7.3f} s   four from a summary {shared / alone:5.2f} x   one by one "
        f"{apart / alone:5.2f} x",
        flush=True,
    )


def main(rows: int, repeats: int) -> None:
    frame = orders(rows)
    cut = (AS_OF - timedelta(days=int(2 * 365 * NEW))).replace(hour=15)
    new = frame[frame["moment"] >= cut].reset_index(drop=True)
    print(f"{rows:,} rows, {len(new):,} of them new, {frame['customer'].nunique():,} customers, median of {repeats}")
    lazy, lazy_new = (pl.from_pandas(part).lazy() for part in (frame, new))
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    for name, part in (("orders_table", lazy), ("new_table", lazy_new)):
        connection.from_arrow(part.collect().to_arrow()).create(name)

    def in_a_table(relation: Any) -> Any:
        connection.execute("drop table if exists stored")
        relation.create("stored")
        return connection.table("stored")

    morning("polars lazy", lazy, lazy_new, cut, lambda made: made.collect().lazy(), collected, repeats)
    relations = (connection.table("orders_table"), connection.table("new_table"))
    morning("duckdb", *relations, cut, in_a_table, collected, repeats)
    morning("pandas, dense ids", frame, new, cut, lambda made: made, collected, repeats)
    arrows = (lazy.collect().to_arrow(), lazy_new.collect().to_arrow())
    morning("pyarrow, dense ids", *arrows, cut, lambda made: made, collected, repeats)
    text, text_new = (part.assign(customer="c" + part["customer"].astype("str")) for part in (frame, new))
    morning("pandas, text ids", text, text_new, cut, lambda made: made, collected, repeats)
    many("polars lazy", lazy, repeats, lambda made: made.collect().lazy())
    many("duckdb", relations[0], repeats, in_a_table)


if __name__ == "__main__":
    given = [int(part) for part in sys.argv[1:]]
    main(*(given + [1_000_000, 5][len(given) :]))
