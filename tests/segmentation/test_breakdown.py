"""Breakdowns: the slow definition, every engine alike, periods, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import narwhals.stable.v2 as nw
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from segmentation.breakdown_oracle import (
    AS_OF,
    MEASURES,
    SHANGHAI,
    SINCE,
    by_hand,
    rows_of,
    shop,
    whole,
)
from segmentation.frames import ENGINES, Columns, arrow_table, pandas_object, polars_lazy, shuffled

from crmkit.errors import CurrencyMismatch, InputError
from crmkit.segmentation import FrameError, Report, tables
from crmkit.segmentation.breakdowns import breakdown
from crmkit.segmentation.dimensions import Hour, PriceBands, Weekday
from crmkit.segmentation.festivals import CHINESE_NEW_YEAR
from crmkit.segmentation.periods import Period, compared

DIMENSIONS: dict[str, Any] = {
    "region": "region",
    "hour": Hour(),
    "weekday": Weekday(),
    "price": PriceBands((10, 50), of="price", name="price"),
    "net": PriceBands((10, 50), name="net"),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("by", [("region",), ("hour", "weekday"), ("price", "region"), ("net",), ()])
@pytest.mark.parametrize("order", [True, False])
def test_every_engine_agrees_with_the_definition(engine: str, by: tuple[str, ...], order: bool) -> None:
    rows = shop(3, 160)
    found = breakdown(
        ENGINES[engine](shuffled(rows, 5)),
        by=[DIMENSIONS[name] for name in by],
        since=SINCE,
        as_of=AS_OF,
        zone="Asia/Shanghai",
        compare="previous",
        order="order" if order else None,
        quantity="quantity",
    )
    before = datetime(2026, 9, 1, tzinfo=SHANGHAI)
    assert whole(found, by) == by_hand(rows, by, [(SINCE, AS_OF), (before, SINCE)], order=order)


@pytest.mark.parametrize("money", ["float", "decimal", "int"])
@pytest.mark.parametrize("options", [{"count_free": True}, {"total": False}, {"order": "order", "count_free": True}])
def test_every_engine_gives_the_same_integers(money: str, options: dict[str, Any]) -> None:
    rows = shop(4, money=money)
    by = ("region", "net")
    cuts = (1000, 5000) if money == "int" else (10, 50)
    bands = PriceBands(cuts, name="net")
    if money == "decimal":
        options = {**options, "digits": 2}  # else averages are as fine as the column
    found = {
        name: repr(
            whole(
                breakdown(
                    make(shuffled(rows, seed)), by=["region", bands], as_of=AS_OF, quantity="quantity", **options
                ),
                by,
                cuts=cuts,
                scale=0 if money == "int" else 2,
            )
        )
        for seed, (name, make) in enumerate(ENGINES.items())
    }
    expected = by_hand(
        rows,
        by,
        [(None, AS_OF)],
        order="order" in options,
        count_free="count_free" in options,
        total="total" not in options,
    )
    if money != "int":
        assert set(found.values()) == {repr(expected)}
    assert len(set(found.values())) == 1


def test_expressions_on_pandas_agree_with_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = arrow_table(shop(5))
    options: dict[str, Any] = {
        "by": ["region", Hour()],
        "since": SINCE,
        "as_of": AS_OF,
        "compare": "year",
        "quantity": "quantity",
    }
    by_arrays = whole(breakdown(frame, **options), ("region", "hour"))
    monkeypatch.setattr(tables, "kind_of", lambda frame: "other")
    assert whole(breakdown(pl.from_arrow(frame), **options), ("region", "hour")) == by_arrays


def small(*rows: tuple[Any, ...]) -> Columns:
    names = ("customer", "day", "amount", "order", "product")
    columns = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    columns["moment"] = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day) for day in columns.pop("day")]
    return columns


@pytest.mark.parametrize("engine", ENGINES)
def test_distinct_counts_are_counted_again_for_the_total(engine: str) -> None:
    rows = small(
        ("ann", 1, 10.0, "1", "tea"),
        ("ann", 1, 20.0, "1", "mug"),
        ("bo", 2, 5.0, "2", "tea"),
        ("ann", 3, 5.0, "3", "tea"),
    )
    found = rows_of(
        breakdown(ENGINES[engine](rows), by=["product"], as_of=datetime(2026, 2, 1, tzinfo=UTC), order="order")
    )
    counted = sorted(
        (row["product"] or "", row["orders"], row["customers"], row["new_customers"], row["revenue"]) for row in found
    )
    assert counted == [("", 3, 2, 2, 40.0), ("mug", 1, 1, 1, 20.0), ("tea", 3, 2, 2, 20.0)]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_product_that_was_given_back_is_no_purchase_of_it(engine: str) -> None:
    rows = small(("ann", 1, 10.0, "1", "tea"), ("ann", 1, 20.0, "1", "mug"), ("ann", 4, -20.0, "1", "mug"))
    found = rows_of(
        breakdown(ENGINES[engine](rows), by=["product"], as_of=datetime(2026, 2, 1, tzinfo=UTC), order="order")
    )
    kept = sorted(
        (row["product"] or "", row["orders"], row["purchases"], row["revenue"], row["refunds"], row["average_order"])
        for row in found
    )
    assert kept == [("", 1, 1, 10.0, 20.0, 10.0), ("mug", 1, 0, 0.0, 20.0, None), ("tea", 1, 1, 10.0, 0.0, 10.0)]


@pytest.mark.parametrize("engine", ENGINES)
def test_new_is_who_had_not_bought_before_the_period(engine: str) -> None:
    rows = small(
        ("ann", 1, 10.0, "1", "tea"),
        ("bo", 1, 9.0, "2", "tea"),
        ("bo", 2, -9.0, "2", "tea"),
        ("ann", 40, 1.0, "3", "tea"),
        ("bo", 40, 1.0, "4", "tea"),
    )
    since, as_of = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
    found = rows_of(
        breakdown(ENGINES[engine](rows), by=[], since=since, as_of=as_of, compare="previous", order="order")
    )
    assert len(found) == 1
    assert (found[0]["customers"], found[0]["new_customers"]) == (2, 1)  # what bo had bought was given back
    assert (found[0]["customers_before"], found[0]["new_customers_before"], found[0]["revenue_before"]) == (1, 1, 10.0)


@pytest.mark.parametrize("engine", ["pandas_object", "arrow_table", "polars_eager"])
def test_eager_rows_are_ordered_with_the_total_last(engine: str) -> None:
    found = rows_of(breakdown(ENGINES[engine](shuffled(shop(6), 1)), by=["region", Weekday()], as_of=AS_OF))
    assert [row["is_total"] for row in found] == [False] * (len(found) - 1) + [True]
    keys = [(row["region"] or "", row["weekday"]) for row in found[:-1]]
    assert keys == sorted(keys)
    assert keys[0][0] == ""  # a row without a region is a group of its own
    assert found[-1]["region"] is None
    assert list(found[0]) == ["region", "weekday", "is_total", *(m for m in MEASURES if m != "units")]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_band_begins_at_its_cut_off(engine: str) -> None:
    rows = {
        "customer": ["a"] * 5, "moment": [SINCE] * 5, "amount": [1.0] * 5, "price": [9.99, 10.0, 49.995, 49.994, None],
    }  # fmt: skip
    found = rows_of(breakdown(ENGINES[engine](rows), by=[PriceBands((10, 50), of="price")], as_of=AS_OF, total=False))
    assert sorted((row["price_band"] or "", row["orders"]) for row in found) == [
        ("", 1),
        ("10-<50", 2),
        ("<10", 1),
        (">=50", 1),
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_hours_and_weekdays_are_those_of_the_shop(engine: str) -> None:
    rows = {"customer": ["a"], "moment": [datetime(2026, 10, 4, 16, 30, tzinfo=UTC)], "amount": [1.0]}
    found = rows_of(
        breakdown(ENGINES[engine](rows), by=[Hour(), Weekday()], as_of=AS_OF, zone="Asia/Shanghai", total=False)
    )
    assert [(row["hour"], row["weekday"]) for row in found] == [(0, 1)]  # Monday, just after midnight
    found = rows_of(breakdown(ENGINES[engine](rows), by=[Hour(), Weekday()], as_of=AS_OF, zone="UTC", total=False))
    assert [(row["hour"], row["weekday"]) for row in found] == [(16, 7)]


@pytest.mark.parametrize("engine", ["pandas_object", "polars_lazy", "duckdb_relation"])
@pytest.mark.parametrize("compare", ["year", "lunar", CHINESE_NEW_YEAR, (SINCE - timedelta(90), SINCE + timedelta(3))])
def test_every_comparison_counts_its_own_period(engine: str, compare: Any) -> None:
    rows = shop(7, 200)
    rows["moment"] = [moment - timedelta(days=380 * (place % 2)) for place, moment in enumerate(rows["moment"])]
    found = breakdown(
        ENGINES[engine](rows), by=["region"], since=SINCE, as_of=AS_OF, compare=compare, quantity="quantity"
    )
    other = compared(Period(SINCE, AS_OF), compare)
    assert other is not None
    expected = by_hand(rows, ("region",), [(SINCE, AS_OF), (other.since, other.until)])
    assert whole(found, ("region",)) == expected
    assert any(row[-1][0] for row in expected)


def test_later_rows_change_nothing() -> None:
    rows = shop(8)
    later = {name: [*values, values[0]] for name, values in rows.items()}
    later["moment"][-1], later["amount"][-1] = AS_OF, 999.0
    for make in (pandas_object, polars_lazy):
        options: dict[str, Any] = {
            "by": ["region"],
            "since": SINCE,
            "as_of": AS_OF,
            "compare": "previous",
            "quantity": "quantity",
        }
        assert whole(breakdown(make(rows), **options), ("region",)) == whole(
            breakdown(make(later), **options), ("region",)
        )


@pytest.mark.parametrize("engine", ENGINES)
def test_repeats_count_once_where_that_is_asked_for(engine: str) -> None:
    rows = {
        "customer": ["a"] * 3, "moment": [SINCE] * 3, "amount": [5.0] * 3, "region": ["x", "x", "y"],
    }  # fmt: skip
    report = Report()
    found = rows_of(breakdown(ENGINES[engine](rows), by=["region"], as_of=AS_OF, drop_repeats=True, report=report))
    assert sorted((row["region"] or "", row["revenue"]) for row in found) == [("", 10.0), ("x", 5.0), ("y", 5.0)]
    found = rows_of(breakdown(ENGINES[engine](rows), by=["region"], as_of=AS_OF))
    assert sorted((row["region"] or "", row["revenue"]) for row in found) == [("", 15.0), ("x", 10.0), ("y", 5.0)]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_report_counts_what_was_left_out(engine: str) -> None:
    rows = {
        "customer": ["a", None, "b", "c", "d", "e"], "amount": [1.0, 1.0, None, float("inf"), -2.0, 1.0],
        "moment": [SINCE, SINCE, SINCE, SINCE, SINCE, AS_OF], "quantity": [1.0, 1.0, 1.0, 1.0, None, 1.0],
    }  # fmt: skip
    report = Report()
    found = rows_of(breakdown(ENGINES[engine](rows), by=[], as_of=AS_OF, quantity="quantity", report=report))
    assert [(row["orders"], row["units"], row["revenue"]) for row in found] == [(2, 1.0, -1.0)]
    assert (report.rows, report.seen, report.facts.later, report.facts.customers, report.left_out) == (6, 2, 1, 1, 1)
    assert {problem.code: problem.value for problem in report.problems} == {
        "null_customer": "1", "null_amount": "1", "not_finite": "1", "no_quantity": "1",
    }  # fmt: skip
    with pytest.raises(InputError, match="strict"):
        breakdown(ENGINES[engine](rows), by=[], as_of=AS_OF, strict=True)


@pytest.mark.parametrize("engine", ENGINES)
def test_an_empty_frame_gives_no_row_but_all_columns(engine: str) -> None:
    empty: Columns = {"customer": [], "moment": [], "amount": [], "region": []}
    found = breakdown(ENGINES[engine](empty), by=["region"], as_of=AS_OF.replace(tzinfo=None), compare="year")
    result = nw.from_native(found)
    names = [name + suffix for suffix in ("", "_before") for name in MEASURES if name != "units"]
    assert result.collect_schema().names() == ["region", "is_total", *names]
    assert rows_of(found) == []


@pytest.mark.parametrize("engine", ENGINES)
def test_whole_number_keys_stay_whole(engine: str) -> None:
    rows = {"customer": ["a", "b"], "moment": [SINCE] * 2, "amount": [5.0, 6.0], "store": [7, 8]}
    found = rows_of(breakdown(ENGINES[engine](rows), by=["store"], as_of=AS_OF))
    assert sorted(repr(row["store"]) for row in found) == ["7", "8", "None"]


@pytest.mark.parametrize("engine", ENGINES)
def test_averages_round_a_half_away_from_zero(engine: str) -> None:
    rows = {"customer": ["a"] * 3, "moment": [SINCE] * 3, "amount": [0.02, 0.03, -0.10]}
    assert [row["average_order"] for row in rows_of(breakdown(ENGINES[engine](rows), by=[], as_of=AS_OF))] == [-0.03]
    rows = {"customer": ["a"] * 2, "moment": [SINCE] * 2, "amount": [Decimal("0.02"), Decimal("0.03")]}
    found = rows_of(breakdown(ENGINES[engine](rows), by=[], as_of=AS_OF, digits=2))
    assert [row["average_order"] for row in found] == [Decimal("0.03")]


@pytest.mark.parametrize("engine", ENGINES)
def test_what_cannot_be_right_is_refused(engine: str) -> None:
    frame = ENGINES[engine](
        {
            "customer": ["a", "b"],
            "moment": [SINCE] * 2,
            "amount": [5.0, 6.0],
            "currency": ["CNY", "USD"],
            "text": ["x", "y"],
        }
    )
    options: dict[str, Any] = {"as_of": AS_OF, "currency": None}
    with pytest.raises(CurrencyMismatch):
        breakdown(frame, by=[], as_of=AS_OF)
    for by, column in (
        (["region"], "region"),
        ([PriceBands((1,), of="cost")], "cost"),
        ([PriceBands((1,), of="text")], "text"),
    ):
        with pytest.raises(FrameError) as error:
            breakdown(frame, by=by, **options)
        assert error.value.column == column
    with pytest.raises(FrameError, match="text"):
        breakdown(frame, by=[], quantity="text", **options)
    with pytest.raises(FrameError, match="naive"):
        breakdown(frame, by=[], as_of=AS_OF.replace(tzinfo=None), currency=None)


@pytest.mark.parametrize(
    ("by", "match"),
    [
        (["region", "region"], "name of two"),
        (["revenue"], "name of two"),
        ([7], "by takes"),
        (["hour", Hour()], "name of two"),
    ],
)
def test_dimensions_that_cannot_be_named_are_refused(by: Any, match: str) -> None:
    with pytest.raises(InputError, match=match):
        breakdown(pandas_object(shop(1, 5)), by=by, as_of=AS_OF)


@pytest.mark.parametrize("cuts", [(), (5, 5), (9, 3), (1.5,), (True,)])
def test_bands_that_do_not_rise_are_refused(cuts: Any) -> None:
    with pytest.raises(InputError, match="price bands"):
        PriceBands(cuts)


def test_a_period_after_as_of_is_refused() -> None:
    frame = pandas_object(shop(1, 5))
    with pytest.raises(InputError, match="after as_of"):
        breakdown(frame, by=[], since=SINCE, as_of=AS_OF, compare=(SINCE, AS_OF + timedelta(seconds=1)))
    with pytest.raises(InputError, match="both naive or both aware"):
        breakdown(frame, by=[], as_of=AS_OF, compare=Period(None, AS_OF.replace(tzinfo=None)))


def test_previous_without_a_start_is_refused() -> None:
    with pytest.raises(InputError, match="needs since"):
        breakdown(pandas_object(shop(1, 5)), by=[], as_of=AS_OF, compare="previous")


def test_the_frame_comes_back_in_kind_and_the_input_is_not_changed() -> None:
    rows = shop(2, 30)
    kinds = {name: type(breakdown(make(rows), by=["region"], as_of=AS_OF)) for name, make in ENGINES.items()}
    assert kinds == {
        "pandas_object": pd.DataFrame, "pandas_str": pd.DataFrame, "pandas_arrow": pd.DataFrame,
        "polars_eager": pl.DataFrame, "polars_lazy": pl.LazyFrame,
        "arrow_table": pa.Table, "arrow_chunks": pa.Table, "duckdb_relation": duckdb.DuckDBPyRelation,
    }  # fmt: skip
    frame = pandas_object(rows)
    before = frame.copy(deep=True)
    breakdown(frame, by=["region", Hour()], as_of=AS_OF, order="order")
    pd.testing.assert_frame_equal(frame, before)


def test_categories_without_rows_are_no_groups() -> None:
    frame = pandas_object(shop(2, 30)).assign(region=pd.Categorical(["x"] * 30, ["x", "phantom"]))
    found = breakdown(frame, by=["region"], as_of=AS_OF)
    assert found["region"].astype(object).where(found["region"].notna(), None).tolist() == ["x", None]
