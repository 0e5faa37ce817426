"""Stored summaries: whatever the moment of the cut, the answer is that of all orders, on every engine."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from segmentation.frames import ENGINES, Columns, pandas_object, polars_lazy, rows_of
from segmentation.test_rfm import AS_OF, columns_of, shop

from crmkit.errors import CurrencyMismatch, InputError
from crmkit.segmentation import (
    GROWTH_LADDER,
    RELATIONSHIP_LADDER,
    BgNbd,
    CustomerSummary,
    FrameError,
    GammaGamma,
    Ladder,
    Report,
    SummaryBasis,
    churn,
    cohorts,
    intervals,
    next_purchase,
    rfm,
    stages,
    summary,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = datetime(2026, 11, 1)  # noqa: DTZ001  a naive shop
read = CustomerSummary.from_orders


@pytest.fixture(params=list(ENGINES))
def engine(request: pytest.FixtureRequest) -> Any:
    return ENGINES[request.param]


def plain(frame: Any) -> list[tuple[Any, ...]]:
    """Returns rows by customer as plain values, nothing as None, dates as dates."""
    return [tuple(_plain(value) for value in row.values()) for row in rows_of(frame)]


def _plain(value: Any) -> Any:
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, datetime):
        return value.date()
    return Decimal(str(value)).normalize() if isinstance(value, int | float | Decimal) else value


def cut_up(make: Any, columns: Columns, cuts: list[datetime], as_of: datetime, **options: Any) -> Any:
    """Returns the summary of all rows, made piece by piece, each from a frame of rows that it need not see."""
    if make is ENGINES["duckdb_relation"]:  # two in-memory databases cannot be joined
        whole = make(columns)
        make = lambda _: whole  # noqa: E731
    found = None
    for since, until in pairwise([None, *cuts, as_of]):
        piece = read(make(columns), as_of=until, since=since, **options)
        found = piece if found is None else found.merged(piece)
    return found


@pytest.mark.parametrize("money", ["float", "decimal", "int"])
@pytest.mark.parametrize("options", [{}, {"zone": "Asia/Shanghai", "count_free": True, "drop_repeats": True}])
def test_answers_from_pieces_are_those_from_all_orders(engine: Any, money: str, options: dict[str, Any]) -> None:
    rows = shop(money=money)
    cuts = [AS_OF - timedelta(days=days, hours=hours) for days, hours in ((300, 5), (31, 0), (7, 13))]
    stored = cut_up(engine, rows, cuts, AS_OF, **options)
    assert plain(stored.frame) == plain(read(engine(rows), as_of=AS_OF, **options).frame)
    assert type(stored.frame) is type(engine(rows))
    for question in (rfm, stages, intervals, next_purchase, summary):
        full, ours = question(engine(rows), as_of=AS_OF, **options), question(stored, as_of=AS_OF)
        missing = {"stages": ["recent_days", "earlier_days"], "intervals": ["median_gap"], "summary": ["m"]}
        names = [name for name in _names(full) if name not in missing.get(question.__name__, [])]
        assert _names(ours) == names
        kept = [{name: row[name] for name in names} for row in rows_of(full)]
        assert plain(ours) == [tuple(map(_plain, row.values())) for row in kept], question.__name__


def _names(frame: Any) -> list[str]:
    return list(frame.column_names if isinstance(frame, pa.Table) else pl_names(frame))


def pl_names(frame: Any) -> list[str]:
    return frame.collect_schema().names() if isinstance(frame, pl.LazyFrame) else list(frame.columns)


@pytest.mark.parametrize(
    "options",
    [
        {"by": "day", "monetary": "mean"},
        {"segments": "eight", "monetary": "mean"},
        {"method": "kmeans"},
        {"k": 3, "segments": None},
    ],
)
def test_rfm_of_a_summary_takes_every_option_of_scoring(engine: Any, options: dict[str, Any]) -> None:
    rows = shop(5)
    stored = cut_up(engine, rows, [AS_OF - timedelta(days=40, hours=3)], AS_OF)
    assert plain(rfm(stored, as_of=AS_OF, **options)) == plain(rfm(engine(rows), as_of=AS_OF, **options))


_LINES = st.lists(
    st.fixed_dictionaries(
        {
            "customer": st.sampled_from("abcdef"),
            "moment": st.integers(-12 * 24, 2 * 24).map(lambda hours: AS_OF + timedelta(hours=hours)),
            "amount": st.integers(-500, 2000).map(lambda tenths: tenths / 8),
            "order": st.sampled_from("123456"),
        }
    ),
    min_size=1,
    max_size=30,
)
_CUTS = st.lists(st.integers(1, 13 * 24), max_size=4, unique=True).map(
    lambda hours: [AS_OF - timedelta(hours=each) for each in sorted(hours, reverse=True)]
)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(_LINES, _CUTS, st.booleans(), st.booleans())
def test_pieces_cut_anywhere_make_the_whole(lines: Any, cuts: Any, free: bool, order: bool) -> None:
    columns = {name: [line[name] for line in lines] for name in lines[0]}
    # An order lies on one side of a cut: its number carries its moment.
    columns["order"] = [f"{line['order']}-{line['moment']}" for line in lines]
    options: dict[str, Any] = {"zone": SHANGHAI, "count_free": free, "order": "order" if order else None}
    expected = rfm(pandas_object(columns), as_of=AS_OF, **options)
    stage = stages(pandas_object(columns), as_of=AS_OF, **options)
    for make in (pandas_object, polars_lazy):
        stored = cut_up(make, columns, cuts, AS_OF, **options)
        assert plain(rfm(stored, as_of=AS_OF)) == plain(expected)
        ours = stages(stored, as_of=AS_OF, customers=["a", "z"])
        bought = [row for row in plain(ours) if row[1] != "prospect"]
        assert bought == [row[:5] for row in plain(stage)]


def test_a_summary_comes_back_from_a_file(tmp_path: Any) -> None:
    rows = shop(2)
    expected = plain(rfm(pandas_object(rows), as_of=AS_OF))
    made = {
        "pandas": (ENGINES["pandas_object"], pd.DataFrame.to_parquet, pd.read_parquet),
        "polars": (ENGINES["polars_eager"], pl.DataFrame.write_parquet, pl.scan_parquet),
    }
    for name, (make, write, back) in made.items():
        stored = read(make(rows), as_of=AS_OF)
        write(stored.frame, tmp_path / f"{name}.parquet")
        basis = SummaryBasis.of(json.loads(json.dumps(stored.basis.stored())))
        assert basis == stored.basis
        for table in (back(tmp_path / f"{name}.parquet"), pd.read_parquet(tmp_path / f"{name}.parquet")):
            assert plain(rfm(CustomerSummary(table, basis), as_of=AS_OF)) == expected


def test_rows_in_any_order_and_categories_are_read() -> None:
    rows = shop(2)
    stored = read(pandas_object(rows), as_of=AS_OF)
    order = list(range(len(stored.frame)))
    random.Random(1).shuffle(order)
    mixed = stored.frame.iloc[order].astype({"customer": "category"})
    again = CustomerSummary(mixed, stored.basis)
    assert plain(rfm(again, as_of=AS_OF)) == plain(rfm(stored, as_of=AS_OF))
    assert again.merged(read(pandas_object(rows), since=AS_OF, as_of=AS_OF + timedelta(1))).frame["customer"].is_unique


def test_a_refund_of_an_earlier_order_is_reported_refused_and_mended(engine: Any) -> None:
    cut, now = DAY + timedelta(5), DAY + timedelta(9)
    rows = columns_of(
        ("a", DAY, 20.0, "1"),
        ("b", DAY + timedelta(1), 15.0, "2"),
        ("a", DAY + timedelta(6), -20.0, "1"),
        ("b", DAY + timedelta(7), 5.0, "3"),
        names="customer moment amount order",
    )
    frame = engine(rows)
    report = Report()
    newer = read(frame, since=cut, as_of=now, order="order", report=report)
    assert [(problem.code, problem.value) for problem in report.problems] == [("refunds_of_earlier_orders", "1")]
    assert report.facts.before == 2
    with pytest.raises(InputError, match="1 orders come out below zero"):
        read(frame, since=cut, as_of=now, order="order", strict=True)
    both = read(frame, as_of=cut, order="order").merged(newer)
    assert [row["purchases"] for row in rows_of(both.frame)] == [1, 2]
    whole = read(frame, as_of=now, order="order")
    assert [row["total"] for row in rows_of(both.frame)] == [row["total"] for row in rows_of(whole.frame)]
    assert plain(both.replaced(whole).frame) == plain(whole.frame)
    assert len(rows_of(rfm(whole, as_of=now))) == 1


def test_a_gap_an_overlap_and_other_readings_are_refused() -> None:
    rows = shop(2)
    cut, now = AS_OF - timedelta(days=30), AS_OF
    older = read(pandas_object(rows), as_of=cut)
    for since in (None, cut - timedelta(1), cut + timedelta(1)):
        with pytest.raises(InputError, match="begins at"):
            older.merged(read(pandas_object(rows), since=since, as_of=now))
    others: list[dict[str, Any]] = [{"zone": "Asia/Tokyo"}, {"order": "order"}, {"count_free": True}, {"digits": 3}]
    for options in others:
        with pytest.raises(InputError, match="two ways"):
            older.merged(read(pandas_object(rows), since=cut, as_of=now, **options))
    with pytest.raises(InputError, match="different kinds"):
        older.merged(read(ENGINES["polars_eager"](rows), since=cut, as_of=now))
    with pytest.raises(InputError, match="same since and until"):
        older.replaced(read(pandas_object(rows), as_of=now))
    dollars = {**rows, "currency": ["USD"] * len(rows["customer"])}
    with pytest.raises(CurrencyMismatch) as mixed:
        older.merged(read(pandas_object(dollars), since=cut, as_of=now))
    assert mixed.value.currencies == ("CNY", "USD")


@pytest.mark.parametrize("make", [pandas_object, polars_lazy, ENGINES["arrow_table"], ENGINES["duckdb_relation"]])
def test_the_currency_is_known_on_every_kind_of_engine(make: Any) -> None:
    rows = shop(2)
    assert read(make(rows), as_of=AS_OF).basis.currency == "CNY"
    assert read(make(rows), as_of=AS_OF, currency=None).basis.currency is None


def test_questions_that_a_summary_cannot_answer_are_refused() -> None:
    stored = read(pandas_object(shop(2)), as_of=AS_OF)
    wrong: list[dict[str, Any]] = [
        {"as_of": AS_OF - timedelta(1)},
        {"as_of": AS_OF + timedelta(1)},
        {"as_of": AS_OF.replace(tzinfo=None)},
        {"as_of": AS_OF, "since": AS_OF - timedelta(9)},
        {"as_of": AS_OF, "zone": "Asia/Shanghai"},
        {"as_of": AS_OF, "count_free": True},
        {"as_of": AS_OF, "digits": 3},
    ]
    for options in wrong:
        with pytest.raises(InputError, match="summary"):
            rfm(stored, **options)
    with pytest.raises(InputError, match="does not hold the single ones"):
        cohorts(stored, as_of=AS_OF)  # type: ignore[type-var]
    for ladder in (GROWTH_LADDER, RELATIONSHIP_LADDER):
        with pytest.raises(InputError, match="who is growing"):
            stages(stored, as_of=AS_OF, ladder=ladder)
    flat = Ladder(steps={**GROWTH_LADDER.steps, "growing": "maturity"})
    assert set(stages(stored, as_of=AS_OF, ladder=flat)["stage"]) <= set(flat.stages)


def test_frames_that_no_summary_made_are_refused(engine: Any) -> None:
    rows = {"customer": ["a"], "first": [DAY.date()], "last": [DAY.date()], "previous": [DAY.date()]}
    good: Columns = {**rows, "purchases": [1], "purchase_days": [1], "total": [5.0]}
    basis = SummaryBasis(until=DAY + timedelta(9))
    assert len(rows_of(rfm(CustomerSummary(engine(good), basis), as_of=basis.until))) == 1
    for name, wrong in (("last", ["x"]), ("total", [Decimal("5.0")]), ("total", ["x"]), ("purchases", None)):
        bad = {**good, name: wrong} if wrong else {key: each for key, each in good.items() if key != name}
        with pytest.raises(FrameError) as refused:
            rfm(CustomerSummary(engine(bad), basis), as_of=basis.until)
        assert refused.value.column == name


def test_a_customer_who_is_there_twice_is_refused() -> None:
    stored = read(pandas_object(shop(2)), as_of=AS_OF)
    for double in (pd.concat([stored.frame] * 2), pd.concat([stored.frame.head(1), stored.frame])):
        with pytest.raises(InputError, match="twice"):
            rfm(CustomerSummary(double, stored.basis), as_of=AS_OF)


def test_totals_that_a_double_cannot_hold_are_refused() -> None:
    rows = columns_of(*[("a", DAY, 8e13)] * 2)
    with pytest.raises(InputError, match="2\\^51"):
        read(pandas_object(rows), as_of=DAY + timedelta(1))
    whole = columns_of(("a", DAY, Decimal(8 * 10**13)), ("a", DAY, Decimal("0.01")))
    stored = read(pandas_object(whole), as_of=DAY + timedelta(1))
    assert rfm(stored, as_of=stored.until)["monetary"].tolist() == [Decimal("80000000000000.01")]


def test_decimals_of_two_scales_are_put_together() -> None:
    one = columns_of(("a", DAY, Decimal("1.25")), ("b", DAY, Decimal("3.10")))
    two = columns_of(("a", DAY + timedelta(2), Decimal("0.125")))
    stored = read(pandas_object(one), as_of=DAY + timedelta(1))
    newer = read(pandas_object(two), since=stored.until, as_of=DAY + timedelta(3))
    both = stored.merged(newer)
    assert both.basis.digits == 3
    assert both.frame["total"].tolist() == [Decimal("1.375"), Decimal("3.100")]


@pytest.mark.parametrize("make", [pandas_object, ENGINES["arrow_table"], polars_lazy])
def test_ids_of_another_kind_are_refused_and_empty_frames_are_not(make: Any) -> None:
    cut, now = DAY + timedelta(1), DAY + timedelta(3)
    words, nothing = columns_of(("a", DAY, 1.0)), {"customer": [], "moment": [], "amount": []}
    numbers = columns_of((7, DAY + timedelta(2), 1.0))
    older = read(make(words), as_of=cut)
    if make is not polars_lazy:
        with pytest.raises(FrameError, match="newer summary"):
            older.merged(read(make(numbers), since=cut, as_of=now))
    assert plain(older.merged(read(make(nothing), since=cut, as_of=now)).frame) == plain(older.frame)
    begun = read(make(nothing), as_of=cut).merged(read(make(words), since=cut, as_of=now))
    assert rows_of(begun.frame) == []


def test_models_are_fitted_on_a_summary_and_money_is_refused() -> None:
    rows = shop(4, customers=60)
    stored = cut_up(pandas_object, rows, [AS_OF - timedelta(days=50)], AS_OF)
    ours, full = summary(stored, as_of=AS_OF, unit="W"), summary(pandas_object(rows), as_of=AS_OF, unit="W")
    assert BgNbd.fit(ours, unit="W") == BgNbd.fit(full, unit="W")
    assert plain(churn(stored, as_of=AS_OF, horizon=30)) == plain(churn(pandas_object(rows), as_of=AS_OF, horizon=30))
    with pytest.raises(FrameError, match="'m'"):
        GammaGamma.fit(ours)


def test_the_report_counts_customers() -> None:
    rows = columns_of(("a", DAY, 5.0), ("b", DAY, -1.0))
    for make in (pandas_object, polars_lazy):
        stored, report = read(make(rows), as_of=DAY + timedelta(1)), Report()
        rfm(stored, as_of=stored.until, report=report)
        assert (report.rows, report.left_out, report.facts.customers) == (2, 1, 1)
        assert report.facts.flat == ("recency", "frequency", "monetary")


@pytest.mark.parametrize("zone", [UTC, SHANGHAI, (AS_OF + timedelta(0)).astimezone().tzinfo])
def test_a_basis_is_stored_as_json(zone: Any) -> None:
    stored = read(pandas_object(shop(2)), as_of=AS_OF, zone=zone)
    assert SummaryBasis.of(json.loads(json.dumps(stored.basis.stored()))).today == stored.basis.today
    with pytest.raises(InputError, match="stored basis"):
        SummaryBasis.of({"until": AS_OF.isoformat(), "colour": 1})
