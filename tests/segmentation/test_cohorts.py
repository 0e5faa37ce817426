from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from segmentation import lives
from segmentation.frames import ENGINES, scans_in, shuffled
from segmentation.test_rfm import AS_OF, SHANGHAI, columns_of, shop

from crmkit.errors import CurrencyMismatch, InputError
from crmkit.segmentation import FrameError, Report, cohort_curve, cohort_matrix, cohorts, rfm

NAMES = ["cohort", "k", "customers", "size", "rate", "revenue", "complete"]
PERIODS = ["day", "week", "month", "quarter", "year"]


@pytest.fixture(params=list(ENGINES))
def engine(request: pytest.FixtureRequest) -> Any:
    return ENGINES[request.param]


def cells(frame: Any) -> list[tuple[Any, ...]]:
    """Returns the cells by cohort and k, revenue in cents."""
    found = []
    for row in lives.table(frame):
        cents = row["revenue"] * 100 if isinstance(row["revenue"], Fraction) else round(row["revenue"] * 100)
        found.append((*list(row.values())[:5], int(cents), bool(row["complete"])))
    return sorted(found)


def at(*lines: tuple[str, str, float]) -> dict[str, list[Any]]:
    return columns_of(*((who, datetime.fromisoformat(day).replace(tzinfo=UTC), amount) for who, day, amount in lines))


OPTIONS: list[dict[str, Any]] = [
    *({"period": period} for period in PERIODS),
    {"order": True},
    {"order": True, "count_free": True, "period": "week"},
    {"is_kept": True},
    {"blocks": 30},
    {"blocks": 7, "period": "quarter", "order": True},
    {"blocks": 30, "is_kept": True},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("as_of", [AS_OF, AS_OF.replace(day=1, hour=0), AS_OF.replace(day=1, hour=3)], ids=str)
def test_every_engine_agrees_with_the_definition(engine: Any, options: dict[str, Any], as_of: datetime) -> None:
    rows = shop(41)
    arguments: dict[str, Any] = {**options}
    if arguments.pop("is_kept", False):
        arguments["incomplete"] = "keep"
    if "order" in arguments:
        arguments["order"] = "order"
    found = cells(cohorts(engine(shuffled(rows, 3)), as_of=as_of, zone=SHANGHAI, **arguments))
    assert found == lives.cohort_cells(lives.lines_of(rows), as_of, zone=SHANGHAI, **options)


@pytest.mark.parametrize("money", ["float", "decimal", "int"])
@pytest.mark.parametrize("options", [{}, {"blocks": 20, "order": "order", "drop_repeats": True}])
def test_every_engine_gives_the_same_table(money: str, options: dict[str, Any]) -> None:
    found = [cohorts(make(shuffled(shop(money=money), 2)), as_of=AS_OF, **options) for make in ENGINES.values()]
    assert len({lives.digest(lives.by_key(table, "cohort", "k")) for table in found}) == 1


_LINES = st.lists(
    st.fixed_dictionaries(
        {
            "customer": st.sampled_from("abcd"),
            "moment": st.integers(-100, 3).map(lambda days: AS_OF + timedelta(days=days, hours=days % 24)),
            "amount": st.sampled_from([-5.0, 0.0, 5.0, 12.5]),
            "order": st.sampled_from("123456"),
        }
    ),
    min_size=1,
    max_size=30,
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(_LINES, st.booleans(), st.sampled_from(OPTIONS[:5] + OPTIONS[7:]))
def test_random_rows_give_what_the_slow_definition_says(lines: Any, order: bool, options: dict[str, Any]) -> None:
    columns = {name: [line[name] for line in lines] for name in lines[0]}
    options = {**options, "order": order}
    expected = lives.cohort_cells(lines, AS_OF, zone=SHANGHAI, **options)
    arguments = {**options, "order": "order" if order else None}
    arguments |= {"incomplete": "keep"} if arguments.pop("is_kept", False) else {}
    for name in ("pandas_object", "polars_lazy"):
        assert cells(cohorts(ENGINES[name](columns), as_of=AS_OF, zone=SHANGHAI, **arguments)) == expected


def test_cells_without_a_purchase_are_zeros_and_half_a_month_is_no_rate(engine: Any) -> None:
    rows = at(
        ("a", "2026-09-05", 20.0), ("b", "2026-09-20", 30.0), ("a", "2026-11-02", 25.0), ("c", "2026-11-20", 40.0)
    )
    found = cohorts(engine(rows), as_of=AS_OF)
    september, november = date(2026, 9, 1), date(2026, 11, 1)
    assert cells(found) == [
        (september, 0, 2, 2, 1.0, 5000, True),
        (september, 1, 0, 2, 0.0, 0, True),
        (september, 2, 1, 2, None, 2500, False),
        (november, 0, 1, 1, None, 4000, False),
    ]
    kept = cells(cohorts(engine(rows), as_of=AS_OF, incomplete="keep"))
    assert [cell[4] for cell in kept] == [1.0, 0.0, 0.5, 1.0]
    assert [cell[6] for cell in kept] == [True, True, False, False]


def test_a_period_that_ends_at_as_of_is_complete_and_the_next_has_not_begun(engine: Any) -> None:
    rows = at(("a", "2026-10-05", 20.0))
    (cell,) = cells(cohorts(engine(rows), as_of=datetime(2026, 11, 1, tzinfo=UTC)))
    assert cell[-1] is True
    second = cells(cohorts(engine(rows), as_of=datetime(2026, 11, 1, 0, 0, 1, tzinfo=UTC)))
    assert [(cell[1], cell[-1]) for cell in second] == [(0, True), (1, False)]


def test_weeks_begin_on_monday(engine: Any) -> None:
    rows = at(("a", "2026-11-08", 1.0), ("b", "2026-11-09", 1.0))  # a Sunday and a Monday
    found = cells(cohorts(engine(rows), as_of=AS_OF, period="week"))
    assert [cell[0] for cell in found if cell[1] == 0] == [date(2026, 11, 2), date(2026, 11, 9)]


def test_rolling_blocks_count_only_customers_who_were_seen_long_enough(engine: Any) -> None:
    rows = at(
        ("a", "2026-09-01", 10.0), ("a", "2026-09-30", 10.0), ("a", "2026-10-01", 10.0),
        ("b", "2026-09-29", 10.0), ("b", "2026-10-29", 10.0),
    )  # fmt: skip
    found = cells(cohorts(engine(rows), as_of=AS_OF, blocks=30))
    cohort = date(2026, 9, 1)
    # The second block of b ends on 28 November, after as_of; the first of a holds 29 days after the first purchase.
    assert found == [
        (cohort, 0, 2, 2, 1.0, 3000, True), (cohort, 1, 1, 1, 1.0, 1000, True), (cohort, 2, 0, 0, None, 0, False),
    ]  # fmt: skip
    kept = cells(cohorts(engine(rows), as_of=AS_OF, blocks=30, incomplete="keep"))
    assert kept[1] == (cohort, 1, 2, 2, 1.0, 2000, False)


def test_revenue_adds_up_to_the_net_total_of_rfm(engine: Any) -> None:
    frame = engine(shop(42))
    for period in PERIODS:
        cents = sum(cell[5] for cell in cells(cohorts(frame, as_of=AS_OF, period=period, order="order")))
        monetary = (row["monetary"] for row in lives.table(rfm(frame, as_of=AS_OF, order="order")))
        assert cents == sum(round(money * 100) for money in monetary)


def test_since_needs_the_first_purchases_of_old_customers(engine: Any) -> None:
    rows = shop(43)
    since = AS_OF - timedelta(days=120)
    with pytest.raises(InputError, match="first_seen"):
        cohorts(engine(rows), as_of=AS_OF, since=since)
    lines = lives.lines_of(rows)
    firsts = {who: datetime(2026, 1 + int(who[1:]) % 9, 3, tzinfo=UTC) for who in sorted(set(rows["customer"]))[5:]}
    rows["first"] = [firsts.get(line["customer"]) for line in lines]
    # Arrow and pandas take the type from the name of the column in these tests.
    rows["when"] = rows.pop("first")
    for options in ({}, {"blocks": 30}):
        found = cells(cohorts(engine(rows), as_of=AS_OF, since=since, first_seen="when", order="order", **options))
        assert found == lives.cohort_cells(lines, AS_OF, since=since, firsts=firsts, order=True, **options)
        assert min(cell[0] for cell in found) == date(2026, 1, 1)
        assert any(cell[1] == 0 and cell[2] < cell[3] for cell in found)


def test_later_rows_change_nothing(engine: Any) -> None:
    rows = shop(44)
    rows["currency"] = ["CNY" if moment < AS_OF else "USD" for moment in rows["moment"]]
    seen = {name: [value for value, moment in zip(values, rows["moment"], strict=True) if moment < AS_OF]
            for name, values in rows.items()}  # fmt: skip
    assert cells(cohorts(engine(rows), as_of=AS_OF, order="order")) == cells(
        cohorts(engine(seen), as_of=AS_OF, order="order")
    )


def test_the_frame_comes_back_in_kind_with_its_columns_and_ordered(engine: Any) -> None:
    frame = engine(shop(45))
    found = cohorts(frame, as_of=AS_OF)
    assert type(found) is type(frame)
    rows = lives.table(found)
    assert list(rows[0]) == NAMES
    if isinstance(found, pd.DataFrame | pl.DataFrame | pa.Table):
        keys = [(row["cohort"], row["k"]) for row in rows]
        assert keys == sorted(keys)


def test_nothing_seen_gives_no_cells_of_the_same_types(engine: Any) -> None:
    from segmentation.test_stages import _types

    report = Report()
    some = cohorts(engine(at(("a", "2026-11-01", 1.0))), as_of=AS_OF)
    for row in (("a", "2026-12-01", 1.0), ("a", "2026-11-01", -1.0)):
        none = cohorts(engine(at(row)), as_of=AS_OF, report=report)
        assert lives.table(none) == []
        assert _types(none) == _types(some)
    assert report.left_out == 1


def test_wrong_arguments_and_frames_are_refused(engine: Any) -> None:
    frame = engine(at(("a", "2026-11-01", 1.0)))
    for wrong in ({"period": "fortnight"}, {"blocks": 0}, {"blocks": True}, {"incomplete": "drop"}):
        with pytest.raises(InputError):
            cohorts(frame, as_of=AS_OF, **wrong)  # type: ignore[arg-type]
    with pytest.raises(FrameError):
        cohorts(frame, as_of=AS_OF, first_seen="no_such")
    with pytest.raises(FrameError):
        cohorts(frame, as_of=AS_OF.replace(tzinfo=None))
    with pytest.raises(FrameError):
        cohort_curve(frame)
    mixed = {**at(("a", "2026-11-01", 1.0), ("b", "2026-11-01", 1.0)), "currency": ["CNY", "USD"]}
    with pytest.raises(CurrencyMismatch):
        cohorts(engine(mixed), as_of=AS_OF)


def test_many_periods_are_counted_without_a_mark_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    from crmkit.segmentation import cohort_arrays

    frame = ENGINES["pandas_object"](shop(46))
    by_marks = [cells(cohorts(frame, as_of=AS_OF, **options)) for options in ({"period": "day"}, {"blocks": 3})]
    monkeypatch.setattr(cohort_arrays, "_MOST_MARKS", 10)
    assert [cells(cohorts(frame, as_of=AS_OF, **options)) for options in ({"period": "day"}, {"blocks": 3})] == by_marks


def test_the_matrix_is_the_triangle_of_the_cells(engine: Any) -> None:
    table = cohorts(engine(shop(47)), as_of=AS_OF, period="quarter")
    long = {(row["cohort"], row["k"]): row for row in lives.table(table)}
    for values in ("rate", "customers", "revenue"):
        wide = lives.table(cohort_matrix(table, values))
        assert [row["cohort"] for row in wide] == sorted({cohort for cohort, _ in long})
        for row in wide:
            assert row["size"] == long[row["cohort"], 0]["size"]
            for k in range(max(k for _, k in long) + 1):
                cell = long.get((row["cohort"], k))
                assert row[str(k)] == (None if cell is None else cell[values])
    with pytest.raises(InputError):
        cohort_matrix(table, "size")  # type: ignore[arg-type]


def test_the_curve_weighs_complete_cells_by_size(engine: Any) -> None:
    for options in ({}, {"blocks": 30}, {"incomplete": "keep"}):
        table = cohorts(engine(shop(48)), as_of=AS_OF, **options)  # type: ignore[arg-type]
        rows = lives.table(table)
        expected = []
        for k in sorted({row["k"] for row in rows if row["complete"]}):
            whole = [row for row in rows if row["k"] == k and row["complete"]]
            size, customers = (sum(row[name] for row in whole) for name in ("size", "customers"))
            expected.append((k, len(whole), size, customers, customers / size))
        curve = cohort_curve(table)
        assert type(curve) is type(table)
        assert sorted(lives.by_key(curve, "k")) == expected


def test_the_orders_of_an_engine_are_read_once() -> None:
    table = cohorts(ENGINES["polars_lazy"](shop(49)), as_of=AS_OF, currency=None)
    assert table.explain().count("DF [") == 1
    relation = cohorts(ENGINES["duckdb_relation"](shop(49)), as_of=AS_OF, currency=None)
    if int(duckdb.__version__.split(".")[0]) > 1:  # before DuckDB 2, a plan repeats what its branches share
        assert scans_in(relation) == 1


def test_the_benchmark_gives_the_same_cells_as_by_hand() -> None:
    program = Path(__file__).parents[2] / "benchmarks" / "segmentation" / "cohorts.py"
    answer = subprocess.run([sys.executable, str(program), "5000", "1"], capture_output=True, check=True)
    assert answer.stdout.decode().count("ratio") == 4
