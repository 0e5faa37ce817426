"""The sums under a picture are the same whatever engine counts them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit.charts import RfmCell, rfm_cells, rfm_words, segment_shares
from crmkit.errors import InputError
from crmkit.segmentation.grid import GRID
from crmkit.segmentation.refusals import FrameError

SCORES = st.integers(1, 5)
CUSTOMERS = st.lists(st.tuples(SCORES, SCORES, st.integers(-5000, 100_000)), max_size=40)


def rows_of(customers: list[tuple[int, int, int]]) -> dict[str, list[Any]]:
    return {
        "r": [r for r, _, _ in customers],
        "f": [f for _, f, _ in customers],
        "monetary": [Decimal(minor) / 100 for _, _, minor in customers],
        "segment": [GRID[r, f] for r, f, _ in customers],
    }


def pandas_of(rows: dict[str, list[Any]]) -> Any:
    return pd.DataFrame(rows)


def categorical_of(rows: dict[str, list[Any]]) -> Any:
    return pd.DataFrame(rows).astype({"segment": pd.CategoricalDtype(GRID.names)})


def polars_of(rows: dict[str, list[Any]]) -> Any:
    return pl.DataFrame(rows, schema_overrides={"monetary": pl.Decimal(20, 2)})


def lazy_of(rows: dict[str, list[Any]]) -> Any:
    return polars_of(rows).lazy()


def arrow_of(rows: dict[str, list[Any]]) -> Any:
    return pa.table({**rows, "monetary": pa.array(rows["monetary"], pa.decimal128(20, 2))})


def duckdb_of(rows: dict[str, list[Any]]) -> Any:
    table = arrow_of(rows)
    return duckdb.from_arrow(table)


ENGINES = [pandas_of, categorical_of, polars_of, lazy_of, arrow_of, duckdb_of]
SOME = [(5, 5, 10_000), (5, 5, 2_050), (5, 1, 990), (1, 1, 0), (2, 5, -300), (3, 2, 40_000)]


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_gives_the_same_cells(engine: Callable[..., Any]) -> None:
    assert rfm_cells(engine(rows_of(SOME))) == (
        RfmCell(r=5, f=5, customers=2, value=Decimal("120.50"), segments=("champions",)),
        RfmCell(r=5, f=1, customers=1, value=Decimal("9.90"), segments=("new",)),
        RfmCell(r=3, f=2, customers=1, value=Decimal(400), segments=("about_to_sleep",)),
        RfmCell(r=2, f=5, customers=1, value=Decimal(-3), segments=("cannot_lose",)),
        RfmCell(r=1, f=1, customers=1, value=Decimal(0), segments=("lost",)),
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_a_frame_without_rows_has_no_cells(engine: Callable[..., Any]) -> None:
    empty = engine(rows_of(SOME))
    none = (
        empty.filter("r > 5") if engine is duckdb_of else empty.head(0) if hasattr(empty, "head") else empty.slice(0, 0)
    )
    assert rfm_cells(none) == ()
    assert segment_shares(none) == ()
    assert rfm_words(none) == "There are no customers to show."


@pytest.mark.parametrize("engine", ENGINES)
def test_shares_come_in_the_known_order(engine: Callable[..., Any]) -> None:
    shares = segment_shares(engine(rows_of(SOME)))
    assert [one.segment for one in shares] == ["champions", "new", "about_to_sleep", "cannot_lose", "lost"]


@settings(max_examples=40)
@given(CUSTOMERS)
def test_nothing_is_lost_and_nothing_is_doubled(customers: list[tuple[int, int, int]]) -> None:
    frame = pandas_of(rows_of(customers)).astype({"monetary": object})
    total = sum((Decimal(minor) for _, _, minor in customers), Decimal(0)) / 100
    for parts in (rfm_cells(frame), segment_shares(frame)):
        assert sum(part.customers for part in parts) == len(customers)
        assert sum((part.value for part in parts), Decimal(0)) == total
    if customers:
        assert abs(sum(one.customer_share for one in segment_shares(frame)) - 1) < Decimal("1e-20")


def test_a_cell_of_several_segments_names_them_all() -> None:
    frame = pd.DataFrame({"r": [5, 5, 5], "f": [5, 5, 5], "monetary": [1, 2, 3], "segment": ["b", "a", None]})
    assert rfm_cells(frame) == (RfmCell(r=5, f=5, customers=3, value=Decimal(6), segments=("a", "b")),)
    assert rfm_cells(frame.drop(columns="segment")) == (RfmCell(r=5, f=5, customers=3, value=Decimal(6)),)


@pytest.mark.parametrize("engine", [pd.DataFrame, pl.DataFrame, pa.table])
def test_customers_in_no_segment_are_counted(engine: Any) -> None:
    frame = engine({"r": [5, 1], "f": [5, 1], "monetary": [1, 2], "segment": ["champions", None]})
    assert [(one.segment, one.customers) for one in segment_shares(frame)] == [("champions", 1), ("", 1)]


@pytest.mark.parametrize("column", ["r", "f", "monetary"])
def test_a_missing_column_is_named(column: str) -> None:
    with pytest.raises(FrameError) as refused:
        rfm_cells(pandas_of(rows_of(SOME)).drop(columns=column))
    assert refused.value.column == column


def test_shares_need_segments() -> None:
    with pytest.raises(FrameError):
        segment_shares(pandas_of(rows_of(SOME)).drop(columns="segment"))


def test_an_amount_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="monetary"):
        rfm_cells(pd.DataFrame({"r": [1], "f": [1], "monetary": [float("inf")]}))
