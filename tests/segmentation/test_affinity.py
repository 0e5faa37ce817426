"""Basket affinity and the hand-over of baskets: the worked numbers, the slow definition, every engine alike."""

from __future__ import annotations

import random
import sys
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from segmentation.breakdown_oracle import rows_of
from segmentation.frames import ENGINES, Columns, arrow_table, pandas_object, polars_lazy, shuffled
from segmentation.oracle import minor

from crmkit.errors import CurrencyMismatch, InputError, MissingExtraError
from crmkit.segmentation import FrameError, Report
from crmkit.segmentation.affinity import affinity
from crmkit.segmentation.baskets import to_baskets, to_csr

AS_OF = datetime(2026, 11, 24, tzinfo=UTC)
NAMES = ("a", "b", "n_ab", "n_a", "n_b", "n", "support", "confidence", "confidence_back", "lift", "leverage")


def shop(seed: int = 1, rows: int = 500, *, money: Any = float, items: int = 12) -> Columns:
    rng = random.Random(seed)
    found: Columns = {name: [] for name in ("customer", "moment", "amount", "order", "item")}
    for _ in range(rows):
        order = rng.randrange(rows // 4)
        found["customer"].append(f"c{order % 30:02}")
        found["moment"].append(AS_OF - timedelta(hours=rng.randint(-100, 3000)))
        found["amount"].append(money(rng.choice([5, 8, 20, 0, -5, -8])))
        found["order"].append(f"o{order}")
        found["item"].append(rng.choice([None, *(f"i{n:02}" for n in range(items) for _ in range(items - n))]))
    return found


def baskets_by_hand(
    rows: Columns, *, per: str = "order", order: bool = True, count_free: bool = False
) -> dict[Any, dict[Any, int]]:
    """Returns the items of each basket, and in how many orders each is, by the definition."""

    def bought(parts: list[int]) -> bool:
        return sum(parts) > 0 or (count_free and sum(parts) == 0 and min(parts) >= 0)

    orders: dict[Any, list[int]] = defaultdict(list)
    cells: dict[Any, dict[Any, list[int]]] = defaultdict(lambda: defaultdict(list))
    for customer, moment, amount, number, item in zip(*rows.values(), strict=True):
        if moment < AS_OF:
            key = (number, customer) if order else customer
            orders[key].append(minor(amount))
            cells[key][item].append(minor(amount))
    found: dict[Any, dict[Any, int]] = defaultdict(lambda: defaultdict(int))
    for key, items in cells.items():
        if order and not bought(orders[key]):
            continue
        for item, parts in items.items():
            if item is not None and bought(parts):
                found[key if per == "order" else key[1] if order else key][item] += 1
    return found


def pairs_by_hand(baskets: dict[Any, dict[Any, int]], min_count: int, max_basket: int) -> list[tuple[Any, ...]]:
    kept = [sorted(items) for items in baskets.values() if len(items) <= max_basket]
    n, single, both = len(kept), defaultdict(int), defaultdict(int)
    for items in kept:
        for one in items:
            single[one] += 1
        for pair in combinations(items, 2):
            both[pair] += 1
    found = []
    for (a, b), n_ab in both.items():
        if n_ab >= min_count:
            n_a, n_b = single[a], single[b]
            leverage = Fraction(n_ab, n) - Fraction(n_a * n_b, n * n)
            shares = (
                Fraction(n_ab, n),
                Fraction(n_ab, n_a),
                Fraction(n_ab, n_b),
                Fraction(n_ab * n, n_a * n_b),
                leverage,
            )
            found.append((a, b, n_ab, n_a, n_b, n, *map(float, shares)))
    return sorted(found, key=lambda row: (-row[9], -row[2], row[0], row[1]))


def pairs(frame: Any) -> list[tuple[Any, ...]]:
    found = [tuple(row[name] for name in NAMES) for row in rows_of(frame)]
    return sorted(found, key=lambda row: (-row[9], -row[2], row[0], row[1]))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "options",
    [{}, {"count_free": True}, {"per": "customer"}, {"per": "customer", "order": None}, {"max_basket": 4}],
    ids=["order", "free", "customer", "no_order", "large"],
)
def test_every_engine_agrees_with_the_definition(engine: str, options: dict[str, Any]) -> None:
    rows = shop(2)
    found = pairs(affinity(ENGINES[engine](shuffled(rows, 3)), as_of=AS_OF, min_count=3, **options))
    told = {"per": options.get("per", "order"), "order": "order" not in options, "count_free": "count_free" in options}
    expected = pairs_by_hand(baskets_by_hand(rows, **told), 3, options.get("max_basket", 50))
    assert found == expected
    assert len(expected) > 5


@pytest.mark.parametrize("money", [float, int, Decimal])
def test_the_kind_of_money_does_not_matter(money: Any) -> None:
    rows = shop(4)
    expected = pairs(affinity(pandas_object(rows), as_of=AS_OF))
    for make in ENGINES.values():
        assert pairs(affinity(make(shop(4, money=money)), as_of=AS_OF)) == expected


def worked() -> Columns:
    """1000 orders: a in 100, b in 50, both in 20."""
    baskets = [["a", "b"]] * 20 + [["a"]] * 80 + [["b"]] * 30 + [["c"]] * 870
    lines = [(f"o{number}", item) for number, items in enumerate(baskets) for item in items]
    return {
        "order": [order for order, _ in lines], "item": [item for _, item in lines],
        "customer": ["x"] * len(lines), "amount": [1.0] * len(lines), "moment": [AS_OF - timedelta(1)] * len(lines),
    }  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
def test_the_worked_numbers(engine: str) -> None:
    found = pairs(affinity(ENGINES[engine](shuffled(worked(), 2)), as_of=AS_OF))
    assert found == [("a", "b", 20, 100, 50, 1000, 0.02, 0.2, 0.4, 4.0, 0.015)]


@pytest.mark.parametrize("engine", ["pandas_object", "arrow_table", "polars_eager"])
def test_eager_rows_come_by_lift_then_count_then_name(engine: str) -> None:
    found = [
        tuple(row[name] for name in NAMES)
        for row in rows_of(affinity(ENGINES[engine](shop(5)), as_of=AS_OF, min_count=1))
    ]
    assert found == sorted(found, key=lambda row: (-row[9], -row[2], row[0], row[1]))
    assert len({row[9] for row in found}) < len(found)  # there are ties


@pytest.mark.parametrize("engine", ENGINES)
def test_what_was_given_back_and_what_is_no_item_is_out(engine: str) -> None:
    lines = [
        ("1", "tea", 5.0), ("1", "cup", 8.0), ("1", "cup", -8.0), ("1", "mat", 9.0), ("1", None, -1.0),
        ("2", "tea", 5.0), ("2", "mat", 9.0), ("2", None, -14.0),  # the whole order was paid back
        ("3", "tea", 5.0), ("3", "tea", 5.0), ("3", "mat", 1.0), ("3", "gift", 0.0),
    ]  # fmt: skip
    rows: Columns = {
        "order": [line[0] for line in lines], "item": [line[1] for line in lines],
        "amount": [line[2] for line in lines], "customer": ["x"] * len(lines),
        "moment": [AS_OF - timedelta(1)] * len(lines),
    }  # fmt: skip
    report = Report()
    frame = ENGINES[engine](rows)
    assert [row[:6] for row in pairs(affinity(frame, as_of=AS_OF, min_count=1, report=report))] == [
        ("mat", "tea", 2, 2, 2, 2)
    ]
    assert {problem.code: problem.value for problem in report.problems} == {"null_item": "2"}
    assert to_baskets(frame, as_of=AS_OF) == [("mat", "tea"), ("mat", "tea")]
    assert to_baskets(frame, as_of=AS_OF, count_free=True) == [("mat", "tea"), ("gift", "mat", "tea")]


@pytest.mark.parametrize("engine", ENGINES)
def test_large_baskets_are_left_out_and_reported(engine: str) -> None:
    rows = worked()
    for number in range(60):
        for name, value in (
            ("order", "huge"),
            ("item", f"h{number}"),
            ("customer", "x"),
            ("amount", 1.0),
            ("moment", AS_OF - timedelta(1)),
        ):
            rows[name].append(value)
    report = Report()
    found = pairs(affinity(ENGINES[engine](rows), as_of=AS_OF, report=report))
    assert [row[:6] for row in found] == [("a", "b", 20, 100, 50, 1000)]
    assert [(problem.code, problem.value) for problem in report.problems] == [("large_baskets", "1")]
    with_it = pairs(affinity(ENGINES[engine](rows), as_of=AS_OF, max_basket=60, min_count=1))
    assert len(with_it) == 1 + 60 * 59 // 2


def test_later_rows_change_nothing() -> None:
    rows = shop(6)
    later = {name: [*values, *values[:5]] for name, values in rows.items()}
    later["moment"][-5:] = [AS_OF] * 5
    for make in (pandas_object, polars_lazy):
        assert pairs(affinity(make(later), as_of=AS_OF)) == pairs(affinity(make(rows), as_of=AS_OF))


@pytest.mark.parametrize("engine", ENGINES)
def test_baskets_are_those_of_the_definition(engine: str) -> None:
    rows = shop(7, 200)
    by_order = baskets_by_hand(rows)
    expected = [tuple(sorted(by_order[key])) for key in sorted(by_order)]
    assert to_baskets(ENGINES[engine](shuffled(rows, 1)), as_of=AS_OF) == expected
    by_customer = baskets_by_hand(rows, per="customer")
    found = to_csr(ENGINES[engine](shuffled(rows, 2)), as_of=AS_OF)
    assert found.baskets == tuple(sorted(by_customer))
    assert found.items == tuple(sorted({item for items in by_customer.values() for item in items}))
    dense = found.matrix.toarray().tolist()
    assert dense == [[by_customer[key].get(item, 0) for item in found.items] for key in found.baskets]
    assert max(map(max, dense)) > 1
    orders = to_csr(ENGINES[engine](rows), as_of=AS_OF, per="order")
    assert orders.matrix.sum() == sum(map(len, expected))
    assert orders.matrix.max() == 1


def test_orders_of_one_number_are_told_apart_by_customer() -> None:
    rows: Columns = {
        "customer": ["a", "b"], "order": ["1", "1"], "item": ["x", "y"], "amount": [1.0, 1.0],
        "moment": [AS_OF - timedelta(1)] * 2,
    }  # fmt: skip
    for make in (pandas_object, arrow_table, polars_lazy):
        assert to_baskets(make(rows), as_of=AS_OF) == [("x",), ("y",)]
        assert to_csr(make(rows), as_of=AS_OF, per="order").baskets == ("1", "1")


def test_without_scipy_the_matrix_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.sparse", None)
    with pytest.raises(MissingExtraError, match="models"):
        to_csr(pandas_object(shop(1, 20)), as_of=AS_OF)


@pytest.mark.parametrize("engine", ENGINES)
def test_an_empty_frame_gives_no_pairs_and_no_baskets(engine: str) -> None:
    empty = ENGINES[engine]({"customer": [], "moment": [], "amount": [], "order": [], "item": []})
    as_of = AS_OF.replace(tzinfo=None)
    found = affinity(empty, as_of=as_of)
    assert rows_of(found) == []
    assert to_baskets(empty, as_of=as_of) == []
    assert to_csr(empty, as_of=as_of).matrix.shape == (0, 0)


@pytest.mark.parametrize("engine", ENGINES)
def test_what_cannot_be_right_is_refused(engine: str) -> None:
    rows = {**shop(1, 20), "currency": ["CNY", "USD"] * 10}
    frame = ENGINES[engine](rows)
    with pytest.raises(CurrencyMismatch):
        affinity(frame, as_of=AS_OF)
    with pytest.raises(FrameError) as missing:
        affinity(frame, as_of=AS_OF, currency=None, item="sku")
    assert missing.value.column == "sku"
    holes = ENGINES[engine](
        {**shop(1, 20), "amount": [None, *shop(1, 20)["amount"][1:]], "moment": [AS_OF - timedelta(1)] * 20}
    )
    with pytest.raises(InputError, match="strict"):
        affinity(holes, as_of=AS_OF, strict=True)


@pytest.mark.parametrize(
    "options",
    [{"min_count": 0}, {"min_count": 1.5}, {"max_basket": 1}, {"max_basket": True}, {"per": "day"}, {"order": None}],
)
def test_arguments_that_contradict_themselves_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        affinity(pandas_object(shop(1, 20)), as_of=AS_OF, **options)


def test_the_frame_comes_back_in_kind_and_the_input_is_not_changed() -> None:
    rows = shop(2, 60)
    kinds = {name: type(affinity(make(rows), as_of=AS_OF, min_count=1)) for name, make in ENGINES.items()}
    assert kinds == {
        "pandas_object": pd.DataFrame, "pandas_str": pd.DataFrame, "pandas_arrow": pd.DataFrame,
        "polars_eager": pl.DataFrame, "polars_lazy": pl.LazyFrame,
        "arrow_table": pa.Table, "arrow_chunks": pa.Table, "duckdb_relation": duckdb.DuckDBPyRelation,
    }  # fmt: skip
    frame = pandas_object(rows)
    before = frame.copy(deep=True)
    affinity(frame, as_of=AS_OF)
    pd.testing.assert_frame_equal(frame, before)
