"""ABC classes: the worked numbers, every engine alike, and what is refused."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

import duckdb
import narwhals.stable.v2 as nw
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from segmentation.frames import ENGINES, Columns, arrow_table, pandas_object, polars_lazy, shuffled
from segmentation.oracle import minor
from segmentation.test_rfm import AS_OF, shop

from crmkit.errors import CurrencyMismatch, InputError
from crmkit.segmentation import FrameError, Report, tables
from crmkit.segmentation.abc import abc

WORKED = [50, 30, 30, 10, 5, 5, 0, -3]


def column(frame: Any, *names: str) -> list[tuple[Any, ...]]:
    """Returns columns as rows, by item, whatever the engine."""
    found = nw.from_native(frame)
    found = found.collect() if isinstance(found, nw.LazyFrame) else found
    parts = [found[name].to_list() for name in names]
    return sorted(zip(*parts, strict=True), key=lambda row: str(row[0]))


def items_of(values: list[Any]) -> Columns:
    return {"item": [f"i{place:02}" for place in range(len(values))], "value": values}


def by_hand(rows: list[tuple[Any, Any]], cuts: tuple[int | Decimal, ...] = (80, 95)) -> list[tuple[Any, int, str]]:
    """Applies the definition item by item, in plain Python."""
    held: dict[Any, int] = {}
    for item, value in rows:
        held[item] = held.get(item, 0) + minor(value)
    total = sum(value for value in held.values() if value > 0)
    found = []
    for item, value in held.items():
        above = sum(other for other in held.values() if other > max(value, 0))
        place = next((i for i, cut in enumerate(cuts) if value > 0 and above * 100 < cut * total), len(cuts))
        found.append((item, value, "ABCDEFG"[place]))
    return sorted(found, key=lambda row: str(row[0]))


def whole(frame: Any) -> list[tuple[Any, int, str]]:
    return [
        (item, round(Decimal(str(value)) * 100), kind) for item, value, kind in column(frame, "item", "value", "class")
    ]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("money", [float, int, Decimal])
def test_the_worked_values_give_the_worked_classes(engine: str, money: Any) -> None:
    found = abc(ENGINES[engine](shuffled(items_of([money(v) for v in WORKED]), 3)), item="item", value="value")
    assert "".join(kind for _, kind in column(found, "item", "class")) == "AAABBBCC"
    assert [float(v) for _, v in column(found, "item", "value")] == WORKED
    shares = [share for _, share in column(found, "item", "share")]
    above = [share for _, share in column(found, "item", "above")]
    assert shares == [v / 130 if v > 0 else 0 for v in WORKED]
    assert above == [0, 50 / 130, 50 / 130, 110 / 130, 120 / 130, 120 / 130, 1, 1]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("cuts", [(80, 95), (50,), (Decimal("33.3"), 60, Decimal("99.9"), 100)])
def test_every_engine_agrees_with_the_definition(engine: str, cuts: Any) -> None:
    rng = random.Random(7)
    rows = [(f"s{rng.randrange(60)}", rng.choice([rng.randint(-3000, 9000), 1250, 0]) / 100) for _ in range(400)]
    columns = {"item": [item for item, _ in rows], "value": [value for _, value in rows]}
    found = {
        repr(whole(abc(ENGINES[engine](shuffled(columns, seed)), item="item", value="value", cuts=cuts)))
        for seed in (1, 2)
    }
    assert found == {repr(by_hand(rows, cuts))}


@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(st.sampled_from("abcdefghij"), st.integers(-40, 200).map(lambda n: n / 8)), min_size=1, max_size=30
    )
)
def test_arrays_and_expressions_agree_with_the_slow_definition(rows: list[tuple[str, float]]) -> None:
    columns = {"item": [item for item, _ in rows], "value": [value for _, value in rows]}
    for make in (pandas_object, arrow_table, polars_lazy):
        assert whole(abc(make(columns), item="item", value="value")) == by_hand(rows)


def test_expressions_on_pandas_agree_with_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pandas_object(items_of([float(v) for v in WORKED]))
    by_arrays = column(abc(frame, item="item", value="value"), "item", "value", "share", "above", "class")
    monkeypatch.setattr(tables, "kind_of", lambda frame: "other")
    assert column(abc(frame, item="item", value="value"), "item", "value", "share", "above", "class") == by_arrays


@pytest.mark.parametrize("engine", ENGINES)
def test_with_as_of_only_what_is_seen_counts(engine: str) -> None:
    rows, report = shop(8), Report()
    found = abc(
        ENGINES[engine](rows), item="customer", value="amount", as_of=AS_OF, since=AS_OF - timedelta(90), report=report
    )
    seen = [
        (customer, amount)
        for customer, moment, amount in zip(rows["customer"], rows["moment"], rows["amount"], strict=True)
        if AS_OF - timedelta(90) <= moment < AS_OF
    ]
    assert whole(found) == by_hand(seen)
    assert report.seen == len(seen)
    assert report.facts.customers == len({customer for customer, _ in seen})
    assert report.left_out == 0


@pytest.mark.parametrize("engine", ENGINES)
def test_rows_after_as_of_change_nothing(engine: str) -> None:
    rows = shop(9)
    later = {name: [*values, values[0]] for name, values in rows.items()}
    later["moment"][-1], later["amount"][-1] = AS_OF, 9e9
    options: dict[str, Any] = {"item": "customer", "value": "amount", "as_of": AS_OF}
    assert whole(abc(ENGINES[engine](rows), **options)) == whole(abc(ENGINES[engine](later), **options))


@pytest.mark.parametrize("engine", ENGINES)
def test_an_empty_frame_gives_an_empty_result_with_all_columns(engine: str) -> None:
    found = abc(ENGINES[engine]({"item": [], "amount": []}), item="item", value="amount")
    assert column(found, "item", "value", "share", "above", "class") == []


@pytest.mark.parametrize("engine", ENGINES)
def test_rows_without_an_item_or_a_value_are_left_out_and_counted(engine: str) -> None:
    columns = {"item": ["a", None, "b", "a"], "value": [1.0, 2.0, None, float("inf")]}
    report = Report()
    found = abc(ENGINES[engine](columns), item="item", value="value", report=report)
    assert whole(found) == [("a", 100, "A")]
    assert {problem.code: problem.value for problem in report.problems} == {
        "null_item": "1",
        "null_amount": "1",
        "not_finite": "1",
    }
    assert "have no item" in str(report)
    with pytest.raises(InputError, match="strict"):
        abc(ENGINES[engine](columns), item="item", value="value", strict=True)


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_above_zero_is_all_of_the_last_class(engine: str) -> None:
    found = abc(ENGINES[engine](items_of([0.0, -1.0])), item="item", value="value")
    assert column(found, "item", "share", "above", "class") == [("i00", 0, 0, "C"), ("i01", 0, 0, "C")]


@pytest.mark.parametrize("engine", ENGINES)
def test_one_item_and_equal_items_are_all_of_the_first_class(engine: str) -> None:
    assert whole(abc(ENGINES[engine](items_of([7.0])), item="item", value="value")) == [("i00", 700, "A")]
    equal = column(abc(ENGINES[engine](items_of([7.0] * 30)), item="item", value="value"), "item", "class")
    assert {kind for _, kind in equal} == {"A"}


@pytest.mark.parametrize("engine", ENGINES)
def test_large_whole_numbers_stay_exact(engine: str) -> None:
    rows = {"item": ["a", "a", "a", "b"], "value": [2**53, 2**53, -1, 2**53]}
    found = abc(ENGINES[engine](rows), item="item", value="value")
    assert column(found, "item", "value") == [("a", 2**54 - 1), ("b", 2**53)]


@pytest.mark.parametrize("engine", ENGINES)
def test_what_cannot_be_right_is_refused_before_any_work(engine: str) -> None:
    frame = ENGINES[engine]({"item": ["a", "b"], "value": [1.0, 2.0], "currency": ["CNY", "USD"], "text": ["x", "y"]})
    with pytest.raises(FrameError) as missing:
        abc(frame, item="sku", value="value")
    assert (missing.value.column, missing.value.found) == ("sku", "no such column")
    with pytest.raises(FrameError) as wrong:
        abc(frame, item="item", value="text", currency=None)
    assert wrong.value.column == "text"
    with pytest.raises(CurrencyMismatch, match="CNY in 1 rows, USD in 1 rows"):
        abc(frame, item="item", value="value")
    assert len(column(abc(frame, item="item", value="value", currency=None), "item")) == 2


@pytest.mark.parametrize(
    "cuts", [(), (0, 50), (95, 80), (80, 80), (80.0, 95.0), (80, 101), (True,), tuple(range(1, 27)), ("80",)]
)
def test_cuts_that_do_not_rise_in_percents_are_refused(cuts: Any) -> None:
    with pytest.raises(InputError, match="cuts"):
        abc(pandas_object(items_of([1.0])), item="item", value="value", cuts=cuts)


def test_since_without_as_of_is_refused() -> None:
    with pytest.raises(InputError, match="since needs as_of"):
        abc(pandas_object(items_of([1.0])), item="item", value="value", since=AS_OF)


def test_the_frame_comes_back_in_kind_ordered_and_unchanged() -> None:
    columns = items_of([float(v) for v in WORKED])
    kinds = {name: type(abc(make(columns), item="item", value="value")) for name, make in ENGINES.items()}
    assert kinds == {
        "pandas_object": pd.DataFrame, "pandas_str": pd.DataFrame, "pandas_arrow": pd.DataFrame,
        "polars_eager": pl.DataFrame, "polars_lazy": pl.LazyFrame,
        "arrow_table": pa.Table, "arrow_chunks": pa.Table, "duckdb_relation": duckdb.DuckDBPyRelation,
    }  # fmt: skip
    frame = pandas_object(shuffled(columns, 5))
    before = frame.copy(deep=True)
    assert abc(frame, item="item", value="value")["item"].tolist() == sorted(columns["item"])
    pd.testing.assert_frame_equal(frame, before)
    assert abc(pl.from_pandas(frame), item="item", value="value")["item"].to_list() == sorted(columns["item"])


def test_categories_without_rows_and_doubled_names_of_pandas() -> None:
    frame = pd.DataFrame({"item": pd.Categorical(["a", "b"], ["z", "a", "b"]), "value": [1.0, 2.0]})
    assert abc(frame, item="item", value="value")["item"].astype(str).tolist() == ["a", "b"]
    doubled = pd.DataFrame([["a", "b", 1.0]], columns=["item", "item", "value"])
    with pytest.raises(FrameError, match="2 columns of that name"):
        abc(doubled, item="item", value="value")
