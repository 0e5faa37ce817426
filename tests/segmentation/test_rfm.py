from __future__ import annotations

import hashlib
import random
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import narwhals.stable.v2 as nw
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from segmentation import oracle
from segmentation.frames import ENGINES, integers, pandas_object, rows_of, shuffled

from crmkit.segmentation import Cuts, Eight, Grid, Report, questions, rfm, tables

AS_OF = datetime(2026, 11, 24, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(params=list(ENGINES))
def engine(request: pytest.FixtureRequest) -> Any:
    return ENGINES[request.param]


def columns_of(*rows: tuple[Any, ...], names: str = "customer moment amount") -> dict[str, list[Any]]:
    return {name: [row[i] for row in rows] for i, name in enumerate(names.split())}


def shop(seed: int = 1, customers: int = 40, rows: int = 300, *, money: str = "float") -> dict[str, list[Any]]:
    rng = random.Random(seed)
    found = []
    for _ in range(rows):
        cents = rng.choice([rng.randint(-3000, 20000), 0, 1250])
        amount: Any = {"float": cents / 100, "decimal": Decimal(cents).scaleb(-2), "int": cents}[money]
        moment = AS_OF - timedelta(seconds=rng.randint(-10 * 86400, 400 * 86400))
        found.append((f"c{rng.randrange(customers):03}", moment, amount, f"o{rng.randrange(rows // 2)}", "CNY"))
    return columns_of(*found, names="customer moment amount order currency")


def digest(frame: Any, digits: int = 2) -> str:
    return hashlib.sha256(repr(integers(frame, digits)).encode()).hexdigest()


@pytest.mark.parametrize("money", ["float", "decimal", "int"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"order": "order"},
        {"order": "order", "count_free": True, "since": AS_OF - timedelta(days=200)},
        {"zone": "Asia/Shanghai", "by": "day"},
        {"as_of": AS_OF.astimezone(timezone(timedelta(hours=8)))},
        {"segments": "eight", "zone": "America/St_Johns"},
        {"segments": Eight("median"), "drop_repeats": True},
        {"segments": Eight((60, 5, Decimal(300)))},
        {"method": Cuts(recency=(7, 30, 90, 180), frequency=(2, 3, 5, 10), monetary=(10, 100, Decimal("250.5"), 500))},
        {"k": 3, "segments": Grid({(r, f): f"{r}{f}" for r in (1, 2, 3) for f in (1, 2, 3)}, axis="value")},
    ],
    ids=["plain", "order", "free", "by_day", "offset", "eight", "median", "fixed", "cuts", "grid3"],
)
def test_every_engine_gives_the_same_integers_whatever_the_row_order(money: str, options: dict[str, Any]) -> None:
    rows, arguments = shop(money=money), {"as_of": AS_OF, **options}
    digits = 0 if money == "int" else 2
    digests = {
        name: {digest(rfm(make(shuffled(rows, seed)), **arguments), digits) for seed in (1, 2)}
        for name, make in ENGINES.items()
    }
    assert len(set.union(*digests.values())) == 1, digests


@pytest.mark.parametrize("options", [{}, {"order": True}, {"order": True, "count_free": True}, {"by": "day"}])
def test_every_engine_agrees_with_the_definition(engine: Any, options: dict[str, Any]) -> None:
    rows = shop(3)
    arguments = {**options, **({"order": "order"} if "order" in options else {})}
    found = integers(rfm(engine(rows), as_of=AS_OF, zone=SHANGHAI, **arguments))
    lines = [dict(zip(rows, row, strict=True)) for row in zip(*rows.values(), strict=True)]
    assert found == oracle.rfm(lines, AS_OF, zone=SHANGHAI, **options)


_LINES = st.lists(
    st.fixed_dictionaries(
        {
            "customer": st.sampled_from("abcdefgh"),
            "moment": st.integers(-60 * 24, 8 * 24).map(lambda hours: AS_OF + timedelta(hours=hours)),
            "amount": st.integers(-500, 2000).map(lambda tenths: tenths / 8),
            "order": st.sampled_from("123456"),
        }
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(_LINES, st.booleans(), st.booleans(), st.sampled_from(["order", "day"]))
def test_arrays_and_expressions_agree_with_the_slow_definition(lines: Any, order: bool, free: bool, by: Any) -> None:
    columns = {name: [line[name] for line in lines] for name in lines[0]}
    expected = oracle.rfm(lines, AS_OF, zone=SHANGHAI, order=order, by=by, count_free=free)
    options: dict[str, Any] = {"zone": SHANGHAI, "order": "order" if order else None, "by": by, "count_free": free}
    assert integers(rfm(pandas_object(columns), as_of=AS_OF, **options)) == expected
    assert integers(rfm(ENGINES["polars_lazy"](columns), as_of=AS_OF, **options)) == expected


@settings(max_examples=40, deadline=None, derandomize=True)
@given(_LINES, st.integers(1, 9))
def test_k_scores_follow_the_rank_rule(lines: Any, k: int) -> None:
    columns = {name: [line[name] for line in lines] for name in lines[0]}
    expected = oracle.rfm(lines, AS_OF, zone=UTC, k=k)
    found = integers(rfm(pandas_object(columns), as_of=AS_OF, k=k, segments=None))
    assert [row[:-1] for row in found] == [row[:-1] for row in expected]


def test_expressions_on_pandas_and_pyarrow_agree_with_their_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pandas_object", "arrow_table"):
        frame = ENGINES[name](shop(5))
        by_arrays = integers(rfm(frame, as_of=AS_OF))
        with monkeypatch.context() as patch:
            patch.setattr(tables, "kind_of", lambda frame: "other")
            assert integers(rfm(frame, as_of=AS_OF)) == by_arrays


def test_the_frame_comes_back_in_kind_and_lazy_stays_lazy() -> None:
    rows = shop(2)
    kinds = {name: type(rfm(make(rows), as_of=AS_OF)) for name, make in ENGINES.items()}
    assert kinds == {
        "pandas_object": pd.DataFrame, "pandas_str": pd.DataFrame, "pandas_arrow": pd.DataFrame,
        "polars_eager": pl.DataFrame, "polars_lazy": pl.LazyFrame,
        "arrow_table": pa.Table, "arrow_chunks": pa.Table, "duckdb_relation": duckdb.DuckDBPyRelation,
    }  # fmt: skip


def test_columns_come_in_the_stated_order_and_eager_rows_by_customer(engine: Any) -> None:
    result = rfm(engine(shop(2)), as_of=AS_OF)
    names = list(result.collect_schema()) if isinstance(result, pl.LazyFrame) else nw.from_native(result).columns
    assert names == ["customer", "recency", "frequency", "monetary", "r", "f", "m", "segment"]
    if isinstance(result, pd.DataFrame | pl.DataFrame | pa.Table):
        ids = list(result["customer"].to_pylist() if isinstance(result, pa.Table) else result["customer"])
        assert ids == sorted(ids)


def test_the_input_is_not_changed() -> None:
    frame = pandas_object(shop(4))
    before = frame.copy(deep=True)
    rfm(frame, as_of=AS_OF, order="order")
    pd.testing.assert_frame_equal(frame, before)


def test_champions_can_be_picked_as_the_readme_does() -> None:
    result = rfm(pandas_object(shop(6, money="decimal")), as_of=AS_OF)
    best = result[result["segment"] == "champions"]
    assert isinstance(best["customer"].iloc[0], str)
    assert isinstance(best["monetary"].iloc[0], Decimal)


def test_bought_once_stays_at_one_however_many_they_are(engine: Any) -> None:
    purchases = [1] * 6 + [2, 2, 3, 9]
    rows = [(f"c{i}", AS_OF - timedelta(days=1 + n), 10.0) for i, many in enumerate(purchases) for n in range(many)]
    found = rows_of(rfm(engine(columns_of(*rows)), as_of=AS_OF))
    assert [row["f"] for row in found] == [1, 1, 1, 1, 1, 1, 4, 4, 5, 5]


def test_without_ties_the_score_is_ntile(engine: Any) -> None:
    rows = [(f"c{i:02}", AS_OF - timedelta(days=20 - i), 1.0 + i) for i in range(20)]
    found = rows_of(rfm(engine(columns_of(*rows)), as_of=AS_OF))
    assert [row["m"] for row in found] == [1 + i // 4 for i in range(20)] == [row["r"] for row in found]
    assert {row["f"] for row in found} == {3}


def test_a_recency_of_30_scores_4_by_cuts_and_31_scores_3(engine: Any) -> None:
    rows = [("a", AS_OF - timedelta(days=30), 1.0), ("b", AS_OF - timedelta(days=31), 1.0)]
    cuts = Cuts(recency=(7, 30, 90, 180), frequency=(2, 3, 5, 10))
    found = rows_of(rfm(engine(columns_of(*rows)), as_of=AS_OF, method=cuts))
    assert [(row["r"], row["f"]) for row in found] == [(4, 1), (3, 1)]


def test_shop_days_of_the_specification(engine: Any) -> None:
    rows = columns_of(
        ("a", datetime(2024, 12, 31, 15, 59, tzinfo=UTC), 1.0), ("b", datetime(2024, 12, 31, 16, 30, tzinfo=UTC), 1.0)
    )  # fmt: skip
    offset = datetime(2025, 1, 1, tzinfo=timezone(timedelta(hours=8)))
    for arguments in (
        {"as_of": offset},
        {"as_of": datetime(2025, 1, 1, tzinfo=SHANGHAI)},
        {"as_of": offset, "zone": SHANGHAI},
    ):
        found = rows_of(rfm(engine(rows), **arguments))
        assert [(row["customer"], row["recency"]) for row in found] == [("a", 1)]


def test_days_of_23_and_25_hours_are_one_day(engine: Any) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    rows = columns_of(
        ("spring", datetime(2026, 3, 28, 23, 30, tzinfo=berlin).astimezone(UTC), 1.0),
        ("night", datetime(2026, 3, 29, 3, 30, tzinfo=berlin).astimezone(UTC), 1.0),
    )
    found = rows_of(rfm(engine(rows), as_of=datetime(2026, 3, 30, tzinfo=berlin)))
    assert {row["customer"]: row["recency"] for row in found} == {"spring": 2, "night": 1}


def test_money_is_rounded_by_floor_of_the_size_plus_a_half(engine: Any) -> None:
    rows = columns_of(*[("a", AS_OF - timedelta(days=1), amount) for amount in (0.125, 0.125, -0.125, 5.0)])
    assert rows_of(rfm(engine(rows), as_of=AS_OF))[0]["monetary"] == 5.13


def test_decimals_of_a_few_decimals_are_exact(engine: Any) -> None:
    rows = columns_of(*[("a", AS_OF - timedelta(days=1), Decimal(text)) for text in ("0.1255", "0.0001", "-0.0250")])
    assert rows_of(rfm(engine(rows), as_of=AS_OF))[0]["monetary"] == Decimal("0.1006")


def test_refunds_net_their_order_and_lower_money_without_one(engine: Any) -> None:
    day = AS_OF - timedelta(days=1)
    rows = columns_of(
        ("full", day, 10.0, "1"), ("full", day, -10.0, "1"), ("part", day, 10.0, "2"), ("part", day, -4.0, "2"),
        ("free", day, 0.0, "3"), ("loose", day, 10.0, "4"), ("loose", day, -12.0, "5"),
        names="customer moment amount order",
    )  # fmt: skip
    report = Report()
    found = {row["customer"]: row for row in rows_of(rfm(engine(rows), as_of=AS_OF, order="order", report=report))}
    assert {name: row["monetary"] for name, row in found.items()} == {"part": 6.0, "loose": -2.0}
    assert report.left_out == 2
    free = rows_of(rfm(engine(rows), as_of=AS_OF, order="order", count_free=True))
    assert [row["customer"] for row in free] == ["free", "loose", "part"]


def test_lines_of_one_order_are_one_purchase_at_their_earliest_moment(engine: Any) -> None:
    rows = columns_of(
        ("a", AS_OF - timedelta(days=9), 10.0, "1"), ("a", AS_OF - timedelta(days=2), 5.0, "1"),
        names="customer moment amount order",
    )  # fmt: skip
    (found,) = rows_of(rfm(engine(rows), as_of=AS_OF, order="order"))
    assert (found["recency"], found["frequency"], found["monetary"]) == (9, 1, 15.0)


def test_later_rows_influence_nothing(engine: Any) -> None:
    rows = shop(8)
    kept = [i for i, moment in enumerate(rows["moment"]) if moment < AS_OF]
    before = {name: [values[i] for i in kept] for name, values in rows.items()}
    assert len(kept) < len(rows["moment"])
    rows["currency"] = ["CNY" if moment < AS_OF else "USD" for moment in rows["moment"]]
    for options in ({}, {"order": "order"}, {"segments": "eight"}):
        assert digest(rfm(engine(rows), as_of=AS_OF, **options)) == digest(rfm(engine(before), as_of=AS_OF, **options))


def test_eight_segments_are_those_of_exact_means(engine: Any) -> None:
    found = integers(rfm(engine(shop(9)), as_of=AS_OF, segments="eight"))
    assert [row[-1] for row in found] == oracle.eight([(row[1], row[2], row[6]) for row in found])


def test_eight_segments_do_not_overflow(engine: Any) -> None:
    large = 2**52
    rows = [(f"c{i:04}", AS_OF - timedelta(days=1 + i % 3), large + i - 1500 * (i % 2)) for i in range(3000)]
    found = integers(rfm(engine(columns_of(*rows)), as_of=AS_OF, segments="eight"), 0)
    assert [row[-1] for row in found] == oracle.eight([(row[1], row[2], row[6]) for row in found])


def test_whole_amounts_of_32_bits_are_widened_first() -> None:
    day = [datetime(2026, 1, 1, tzinfo=UTC)] * 3000
    table = pa.table({"customer": ["a"] * 3000, "moment": day, "amount": pa.array([2_000_000_000] * 3000, pa.int32())})
    for frame in (table, table.to_pandas(), pl.from_arrow(table), duckdb.connect().from_arrow(table)):
        assert rows_of(rfm(frame, as_of=AS_OF))[0]["monetary"] == 6_000_000_000_000


def test_a_function_of_the_caller_names_the_segments() -> None:
    result = rfm(pandas_object(shop(2)), as_of=AS_OF, segments=lambda scored: scored.assign(segment="all"))
    assert set(result["segment"]) == {"all"}
    assert "segment" not in rfm(pandas_object(shop(2)), as_of=AS_OF, segments=None)


def test_repeats_are_counted_and_summed_unless_told_otherwise(engine: Any) -> None:
    row = ("a", AS_OF - timedelta(days=1), 2.5)
    report = Report()
    (found,) = rows_of(rfm(engine(columns_of(row, row, row)), as_of=AS_OF, report=report))
    assert (found["frequency"], found["monetary"], report.repeats) == (3, 7.5, 2)
    (once,) = rows_of(rfm(engine(columns_of(row, row, row)), as_of=AS_OF, report=report, drop_repeats=True))
    assert (once["frequency"], once["monetary"], report.repeats) == (1, 2.5, 2)


def test_a_report_on_a_lazy_frame_costs_nothing_until_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    original = questions.facts
    monkeypatch.setattr(questions, "facts", lambda *given: asked.append(1) or original(*given))
    report = Report()
    rfm(ENGINES["polars_lazy"](shop(2)), as_of=AS_OF, report=report)
    assert not asked
    assert report.rows == 300
    assert report.seen < 300
    assert len(asked) == 1
