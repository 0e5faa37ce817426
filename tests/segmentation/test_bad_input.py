from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from segmentation.frames import ENGINES, integers, pandas_object, rows_of

from crmkit.errors import CurrencyMismatch, InputError
from crmkit.segmentation import Cuts, FrameError, Report, rfm

AS_OF = datetime(2026, 11, 24, tzinfo=UTC)
DAY = AS_OF - timedelta(days=1)
LOCAL = AS_OF.replace(tzinfo=None)
NAMES = ["customer", "recency", "frequency", "monetary", "r", "f", "m", "segment"]


@pytest.fixture(params=list(ENGINES))
def engine(request: pytest.FixtureRequest) -> Any:
    return ENGINES[request.param]


def orders(*rows: tuple[Any, ...], names: str = "customer moment amount") -> dict[str, list[Any]]:
    return {name: [row[i] for row in rows] for i, name in enumerate(names.split())}


def with_column(frame: Any, name: str, value: Any) -> Any:
    """Returns the frame with one column replaced by a constant of another type."""
    if isinstance(frame, pd.DataFrame):
        return frame.assign(**{name: value})
    if isinstance(frame, pa.Table):
        place = frame.column_names.index(name)
        return frame.set_column(place, name, pa.array([value] * frame.num_rows))
    if isinstance(frame, pl.DataFrame | pl.LazyFrame):
        return frame.with_columns(pl.lit(value).alias(name))
    literal = "true" if value is True else f"'{value}'"
    return frame.project(", ".join(f"{literal} AS {c}" if c == name else c for c in frame.columns))


def test_an_empty_frame_gives_an_empty_result_with_the_same_types(engine: Any) -> None:
    full = engine(orders(("a", DAY, 1.0), ("b", DAY, 2.0)))
    empty = full.limit(0) if hasattr(full, "limit") else full.head(0) if hasattr(full, "head") else full.slice(0, 0)
    for segments in ("grid", "eight"):
        some, none = (_arrow(rfm(frame, as_of=AS_OF, segments=segments)) for frame in (full, empty))
        assert none.num_rows == 0
        assert none.column_names == NAMES
        assert none.schema.types == some.schema.types or isinstance(full, pd.DataFrame)
        if isinstance(full, pd.DataFrame):  # where objects are none, Arrow has no type for them
            assert (rfm(full, as_of=AS_OF).dtypes == rfm(empty, as_of=AS_OF).dtypes).all()


def _arrow(frame: Any) -> pa.Table:
    if isinstance(frame, pa.Table):
        return frame
    if isinstance(frame, pd.DataFrame):
        return pa.Table.from_pandas(frame, preserve_index=False)
    if isinstance(frame, pl.DataFrame | pl.LazyFrame):
        return frame.lazy().collect().to_arrow()
    return frame.to_arrow_table()


def test_a_frame_of_empty_lists_has_no_types_and_is_still_fine() -> None:
    columns: dict[str, list[Any]] = {"customer": [], "moment": [], "amount": []}
    for frame in (pd.DataFrame(columns), pl.DataFrame(columns), pl.LazyFrame(columns), pa.table(columns)):
        for as_of in (AS_OF, LOCAL):
            assert rows_of(rfm(frame, as_of=as_of)) == []
    nothing = pd.DataFrame(columns, dtype=object)
    assert list(rfm(nothing, as_of=AS_OF).columns) == NAMES


@pytest.mark.parametrize("column", ["customer", "moment", "amount", "order", "currency"])
def test_a_missing_column_is_named(engine: Any, column: str) -> None:
    frame = engine(orders(("a", DAY, 1.0, "1"), names="customer moment amount order"))
    with pytest.raises(FrameError) as error:
        rfm(frame, as_of=AS_OF, **{column: "no_such"})
    assert error.value.column == "no_such"
    assert error.value.found == "no such column"
    assert str(pickle.loads(pickle.dumps(error.value))) == str(error.value)


@pytest.mark.parametrize(
    ("column", "value"), [("moment", "2026-11-23"), ("amount", "12.50"), ("amount", True), ("moment", True)]
)
def test_a_wrong_type_is_named_with_what_would_be_right(engine: Any, column: str, value: Any) -> None:
    with pytest.raises(FrameError) as error:
        rfm(with_column(engine(orders(("a", DAY, 1.0))), column, value), as_of=AS_OF)
    assert error.value.column == column
    assert error.value.expected in ("datetimes", "float, integer or Decimal amounts")


def test_rows_that_cannot_be_used_are_left_out_and_counted_by_reason(engine: Any) -> None:
    rows = orders(
        ("a", DAY, 10.0), (None, DAY, 10.0), ("a", None, 10.0), ("a", DAY, None), ("a", DAY, float("nan")),
        ("a", DAY, float("inf")), ("b", DAY, -float("inf")), ("c", DAY, 1e30), (None, AS_OF, None),
        ("z", AS_OF, float("nan")),
    )  # fmt: skip
    report = Report()
    (found,) = rows_of(rfm(engine(rows), as_of=AS_OF, report=report))
    assert (found["customer"], found["monetary"]) == ("a", 10.0)
    assert {problem.code: problem.value for problem in report.problems if problem.severity == "error"} == {
        "null_customer": "1", "null_moment": "1", "null_amount": "2", "not_finite": "2", "amount_too_large": "1",
    }  # fmt: skip
    assert (report.rows, report.seen, report.facts.later) == (10, 1, 2)
    assert "1 customers" in str(report)


def test_strict_refuses_rows_that_cannot_be_used(engine: Any) -> None:
    rows = orders(*[(None, DAY, 10.0)] * 7, ("a", DAY, 1.0), (None, AS_OF, 1.0))
    with pytest.raises(InputError, match="strict=True"):
        rfm(engine(rows), as_of=AS_OF, strict=True)
    assert len(rows_of(rfm(engine(orders(("a", DAY, 1.0))), as_of=AS_OF, strict=True))) == 1


def test_one_customer_is_flat_and_scores_3(engine: Any) -> None:
    report = Report()
    (found,) = rows_of(rfm(engine(orders(("a", DAY, 10.0))), as_of=AS_OF, report=report))
    assert (found["r"], found["f"], found["m"]) == (3, 3, 3)
    assert [problem.value for problem in report.problems if problem.code == "flat"] == [
        "recency",
        "frequency",
        "monetary",
    ]
    (eight,) = rows_of(rfm(engine(orders(("a", DAY, 10.0))), as_of=AS_OF, segments="eight"))
    assert eight["segment"] == "general_retain"


def test_fewer_customers_than_scores_follow_the_rule(engine: Any) -> None:
    rows = orders(("a", DAY, 1.0), ("b", DAY, 2.0), ("c", DAY, 3.0))
    assert [row["m"] for row in rows_of(rfm(engine(rows), as_of=AS_OF))] == [1, 2, 4]


def test_a_negative_total_stays_and_is_lowest(engine: Any) -> None:
    rows = orders(("a", DAY, 1.0), ("a", DAY, -9.0), ("b", DAY, 2.0), ("c", DAY, 3.0))
    found = rows_of(rfm(engine(rows), as_of=AS_OF, segments="eight"))
    assert (found[0]["monetary"], found[0]["m"], found[0]["segment"][:7]) == (-8.0, 1, "general")


def test_an_as_of_before_the_first_order_gives_nothing_and_says_so(engine: Any) -> None:
    report = Report()
    assert rows_of(rfm(engine(orders(("a", AS_OF, 1.0))), as_of=AS_OF, report=report)) == []
    assert [problem.code for problem in report.problems] == ["nothing_seen"]


def test_unpaid_orders_are_no_purchase(engine: Any) -> None:
    report = Report()
    rows = orders(("a", DAY, Decimal("10.00")), ("b", DAY, Decimal("0.00")))
    assert [row["customer"] for row in rows_of(rfm(engine(rows), as_of=AS_OF, report=report))] == ["a"]
    assert report.left_out == 1


def test_several_currencies_are_refused_with_counts(engine: Any) -> None:
    names = "customer moment amount currency"
    rows = orders(
        ("a", DAY, 1.0, "CNY"), ("b", DAY, 1.0, "USD"), ("c", DAY, 1.0, "CNY"), ("d", AS_OF, 1.0, "EUR"), names=names
    )
    with pytest.raises(CurrencyMismatch, match="CNY in 2 rows, USD in 1 rows") as error:
        rfm(engine(rows), as_of=AS_OF)
    assert error.value.currencies == ("CNY", "USD")
    assert len(rows_of(rfm(engine(rows), as_of=AS_OF, currency=None))) == 3
    one = orders(("a", DAY, 1.0, "CNY"), ("d", AS_OF, 1.0, "EUR"), names=names)
    assert len(rows_of(rfm(engine(one), as_of=AS_OF))) == 1
    half = orders(("a", DAY, 1.0, "CNY"), ("d", DAY, 1.0, None), names=names)
    with pytest.raises(CurrencyMismatch, match=r"\(none\) in 1 rows"):
        rfm(engine(half), as_of=AS_OF)


def test_naive_and_aware_never_mix(engine: Any) -> None:
    aware, naive = engine(orders(("a", DAY, 1.0))), engine(orders(("a", DAY.replace(tzinfo=None), 1.0)))
    for frame, as_of in ((aware, LOCAL), (naive, AS_OF)):
        with pytest.raises(FrameError):
            rfm(frame, as_of=as_of)
    with pytest.raises(FrameError):
        rfm(aware, as_of=LOCAL, zone="Asia/Shanghai")
    assert rows_of(rfm(naive, as_of=LOCAL))[0]["recency"] == 1
    with pytest.raises(InputError):
        rfm(aware, as_of=AS_OF, since=LOCAL - timedelta(days=3))


def test_a_column_of_mixed_datetimes_is_refused_with_counts() -> None:
    moments = pd.Series([DAY, DAY, DAY.replace(tzinfo=None)], dtype=object)
    with pytest.raises(FrameError, match="2 aware datetime, 1 naive datetime"):
        rfm(pd.DataFrame({"customer": ["a"] * 3, "moment": moments, "amount": 1.0}), as_of=AS_OF)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow", "duckdb"])
def test_moments_of_1970_and_2262_never_wrap(unit: str, kind: str) -> None:
    moments = [datetime(1970, 1, 1), datetime(1677, 9, 22), datetime(2262, 4, 11, 23, 40)]  # noqa: DTZ001  naive is the case
    if kind == "polars" and unit == "s":
        pytest.skip("polars has no moments of whole seconds")
    if kind == "duckdb" and unit == "ns" and int(duckdb.__version__.split(".")[0]) < 2:
        pytest.skip("before DuckDB 2, no moment after 2262 can be compared with nanoseconds")
    for zone in (None, "UTC"):
        table = pa.table(
            {
                "customer": ["a", "b", "c"],
                "moment": pa.array(moments, pa.timestamp("us")).cast(pa.timestamp(unit)).cast(pa.timestamp(unit, zone)),
                "amount": [1.0, 2.0, 3.0],
            }
        )
        frames = {
            "pandas": lambda table=table: table.to_pandas(),
            "polars": lambda table=table: pl.from_arrow(table),
            "pyarrow": lambda table=table: table,
            "duckdb": lambda table=table: duckdb.connect().from_arrow(table),
        }
        for as_of in (datetime(2262, 4, 20), datetime(9999, 1, 1)):  # noqa: DTZ001
            shop = None if zone is None else "Asia/Shanghai"
            at = as_of if zone is None else as_of.replace(tzinfo=UTC)
            found = rows_of(rfm(frames[kind](), as_of=at, zone=shop))
            late = date(2262, 4, 11) if zone is None else date(2262, 4, 12)
            expected = [(as_of.date() - day).days for day in (date(1970, 1, 1), date(1677, 9, 22), late)]
            assert [row["recency"] for row in found] == expected


def test_ids_that_are_floats_are_taken_with_a_remark(engine: Any) -> None:
    report = Report()
    rows = orders((123.0, DAY, 1.0), (float("nan"), DAY, 1.0), (124.5, DAY, 2.0))
    found = rows_of(rfm(engine(rows), as_of=AS_OF, report=report))
    assert [row["customer"] for row in found] == [123.0, 124.5]
    assert {problem.code for problem in report.problems} >= {"float_ids", "null_customer"}


def test_ids_of_text_are_taken_as_they_are_unless_blank(engine: Any) -> None:
    rows = orders((" 123", DAY, 1.0), ("123", DAY, 2.0), ("", DAY, 2.0))
    assert [row["customer"] for row in rows_of(rfm(engine(rows), as_of=AS_OF))] == [" 123", "123"]


@pytest.mark.parametrize("ids", [[3, 1, 2], [10**17, -(10**17), 5], [2**62, 2**62 + 1, 2**62 + 2]])
def test_whole_ids_near_and_far(engine: Any, ids: list[int]) -> None:
    found = rfm(engine(orders(*[(i, DAY, 1.0) for i in ids])), as_of=AS_OF)
    assert sorted(row["customer"] for row in rows_of(found)) == sorted(ids)


def test_ids_of_other_types_on_pandas() -> None:
    for ids in ([UUID(int=2), UUID(int=1), UUID(int=1)], ["b", 1, 1], [("b", 1), ("a", 2), ("a", 2)]):
        found = rfm(
            pd.DataFrame({"customer": pd.Series(ids, dtype=object), "moment": [DAY] * 3, "amount": 1.0}), as_of=AS_OF
        )
        assert list(found["frequency"]) == [2, 1]
    wide = pd.DataFrame(
        {
            "customer": pd.array([1, None, 1], dtype="Int64"),
            "moment": [DAY] * 3,
            "amount": pd.array([1, 2, None], dtype="Int64"),
        }
    )
    assert integers(rfm(wide, as_of=AS_OF), 0)[0][:3] == (1, 1, 1)
    with pytest.raises(FrameError, match="cannot be grouped"):
        rfm(pd.DataFrame({"customer": [["a"], ["b"]], "moment": [DAY] * 2, "amount": 1.0}), as_of=AS_OF)


def test_categorical_ids_bring_no_phantoms() -> None:
    ids = pd.Categorical(["b", "a", None], categories=["z", "b", "a", "y"])
    found = rfm(pd.DataFrame({"customer": ids, "moment": [DAY] * 3, "amount": 1.0}), as_of=AS_OF)
    assert list(found["customer"]) == ["a", "b"]
    table = pa.table(
        {"customer": pa.array(["b", "a", None]).dictionary_encode(), "moment": [DAY] * 3, "amount": [1.0] * 3}
    )
    assert rfm(table, as_of=AS_OF)["customer"].to_pylist() == ["a", "b"]
    assert rfm(pl.from_arrow(table), as_of=AS_OF)["customer"].to_list() == ["a", "b"]


def test_doubled_columns_and_indexes_of_several_levels() -> None:
    frame = pandas_object(orders(("a", DAY, 1.0), ("b", DAY, 2.0)))
    doubled = pd.concat([frame, frame[["amount"]]], axis=1)
    with pytest.raises(FrameError, match="2 columns of that name"):
        rfm(doubled, as_of=AS_OF)
    frame.index = pd.MultiIndex.from_tuples([("x", 1), ("x", 1)])
    assert list(rfm(frame, as_of=AS_OF)["customer"]) == ["a", "b"]
    table = pa.Table.from_arrays(
        [pa.array(["a"]), pa.array([DAY]), pa.array([1.0]), pa.array([1.0])], ["customer", "moment", "amount", "amount"]
    )
    with pytest.raises(FrameError):
        rfm(table, as_of=AS_OF)


def test_decimals_of_pandas_that_are_no_numbers_are_left_out() -> None:
    amounts = pd.Series([Decimal("1.10"), Decimal("NaN"), Decimal("Infinity"), None, 2, Decimal("1e30")], dtype=object)
    report = Report()
    frame = pd.DataFrame({"customer": ["a"] * 6, "moment": [DAY] * 6, "amount": amounts})
    assert rfm(frame, as_of=AS_OF, report=report)["monetary"].iloc[0] == Decimal("3.10")
    assert dict(report.facts.dropped) == {"null_amount": 2, "not_finite": 1, "amount_too_large": 1}
    with pytest.raises(FrameError, match="1 str"):
        rfm(frame.assign(amount=pd.Series(["1"] + [Decimal(1)] * 5, dtype=object)), as_of=AS_OF)


def test_decimals_finer_than_told_are_left_out_and_counted(engine: Any) -> None:
    rows, report = orders(("a", DAY, Decimal("1.25")), ("a", DAY, Decimal("1.255"))), Report()
    assert rows_of(rfm(engine(rows), as_of=AS_OF, digits=2, report=report))[0]["monetary"] == Decimal("1.25")
    assert dict(report.facts.dropped) == {"amount_too_fine": 1}
    assert rows_of(rfm(engine(rows), as_of=AS_OF, digits=8))[0]["monetary"] == Decimal("2.505")


def test_small_and_unsigned_numbers_of_every_width() -> None:
    for kind in (np.int8, np.uint8, np.int16, np.uint32, np.uint64, np.float32):
        table = pa.table({"customer": ["a"] * 300, "moment": [DAY] * 300, "amount": pa.array(np.full(300, 100, kind))})
        for frame in (
            table,
            table.to_pandas(),
            table.to_pandas(types_mapper=pd.ArrowDtype),
            pl.from_arrow(table),
            duckdb.connect().from_arrow(table),
        ):
            assert rows_of(rfm(frame, as_of=AS_OF))[0]["monetary"] == 30000


def test_sums_beyond_a_double_stay_exact(engine: Any) -> None:
    rows = orders(*[("a", DAY, 2**53)] * 3, ("a", DAY, -1), ("b", DAY, 1))
    assert [row["monetary"] for row in rows_of(rfm(engine(rows), as_of=AS_OF))] == [3 * 2**53 - 1, 1]


@pytest.mark.parametrize(
    "arguments",
    [
        {"as_of": date(2026, 1, 1)},
        {"since": AS_OF},
        {"zone": "Mars/Olympus"},
        {"k": 0},
        {"k": 4},
        {"k": 3, "method": Cuts(recency=(1, 2, 3)), "segments": None},
        {"method": "ntile"},
        {"segments": "twelve"},
        {"by": "week"},
        {"digits": -1},
    ],
)
def test_arguments_that_contradict_themselves_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        rfm(pandas_object(orders(("a", DAY, 1.0))), **{"as_of": AS_OF, **arguments})


def test_a_report_without_a_call_says_so() -> None:
    with pytest.raises(LookupError):
        _ = Report().rows
