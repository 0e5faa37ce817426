"""The summary by distinct shop days: every engine, the definition, and what later rows may not change."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from segmentation.frames import ENGINES, rows_of, shuffled
from segmentation.test_purchases import by_hand
from segmentation.test_rfm import AS_OF, SHANGHAI, shop

from crmkit.errors import CurrencyMismatch, InputError
from crmkit.segmentation import FrameError, Report, summary

Rows = list[tuple[Any, ...]]
local = datetime.fromisoformat  # naive moments are shop-local


def told(frame: Any) -> Rows:
    rows = []
    for row in rows_of(frame):
        m = None if row["m"] is None or row["m"] != row["m"] else float(row["m"]).hex()
        rows.append((row["customer"], int(row["x"]), int(row["t_x"]), int(row["T"]), m))
    return rows


def by_definition(rows: dict[str, list[Any]]) -> Rows:
    days: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for customer, day, purchases, cents in by_hand(rows):
        if purchases:
            days[customer].append((day, cents))
    today = AS_OF.astimezone(SHANGHAI).toordinal() - 719163
    found = []
    for customer, bought in sorted(days.items()):
        first, last = min(bought)[0], max(bought)[0]
        repeats = [cents for day, cents in bought if day > first]
        m = float(Fraction(sum(repeats), 100 * len(repeats))).hex() if repeats else None
        found.append((customer, len(repeats), last - first, today - first, m))
    return found


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_gives_the_summary_of_the_definition(engine: str) -> None:
    rows = shop(5)
    found = summary(ENGINES[engine](shuffled(rows, 9)), as_of=AS_OF, order="order", zone="Asia/Shanghai")
    assert told(found) == by_definition(rows)
    assert any(m is None for *_, m in told(found)) or len(told(found)) > 3


@pytest.mark.parametrize("money", ["float", "decimal", "int"])
@pytest.mark.parametrize("options", [{}, {"since": AS_OF - timedelta(days=90)}, {"order": "order", "count_free": True}])
def test_every_engine_gives_the_same_summary(money: str, options: dict[str, Any]) -> None:
    rows = shop(6, money=money)
    digits = 2 if money == "decimal" else None
    found = {
        name: repr(told(summary(make(shuffled(rows, 2)), as_of=AS_OF, digits=digits, **options)))
        for name, make in ENGINES.items()
    }
    assert len(set(found.values())) == 1


def weeks() -> dict[str, list[Any]]:
    days = {"ann": (0, 0, 7, 28), "bo": (3,), "cy": (1, 2)}
    start = local("2026-01-05T09:00")
    moments = [(customer, start + timedelta(days=day, hours=n)) for customer in days
               for n, day in enumerate(days[customer])]  # fmt: skip
    return {
        "customer": [customer for customer, _ in moments],
        "moment": [moment for _, moment in moments],
        "amount": [10.0, 15.0, 20.0, 25.0, 9.0, 30.0, 0.5],
    }


@pytest.mark.parametrize("engine", ENGINES)
def test_weeks_are_days_divided_by_seven(engine: str) -> None:
    rows = rows_of(summary(ENGINES[engine](weeks()), as_of=local("2026-02-16"), unit="W"))
    # two orders of one day are one decision, and their day is not a repeat
    assert [(r["customer"], r["x"], r["t_x"], r["T"]) for r in rows] == [
        ("ann", 2, 4.0, 6.0), ("bo", 0, 0.0, 39 / 7), ("cy", 1, 1 / 7, 41 / 7),
    ]  # fmt: skip
    assert rows[0]["m"] == 22.5
    assert rows[2]["m"] == 0.5


@pytest.mark.parametrize("engine", ENGINES)
def test_names_of_pymc(engine: str) -> None:
    found = summary(ENGINES[engine](weeks()), as_of=local("2026-02-16"), names="pymc")
    rows = rows_of(found.rename({"customer_id": "customer"}) if isinstance(found, pl.DataFrame | pl.LazyFrame) else
                   found.rename(columns={"customer_id": "customer"}) if isinstance(found, pd.DataFrame) else
                   found.rename_columns(["customer", *found.column_names[1:]]) if isinstance(found, pa.Table) else
                   found.project("customer_id AS customer, * EXCLUDE customer_id"))  # fmt: skip
    assert list(rows[1])[1:] == ["frequency", "recency", "T", "monetary_value"]
    assert rows[1]["monetary_value"] == 0.0


@pytest.mark.parametrize("engine", ENGINES)
def test_an_empty_frame_gives_an_empty_summary(engine: str) -> None:
    found = summary(ENGINES[engine]({"customer": [], "moment": [], "amount": []}), as_of=local("2026-01-01"))
    assert rows_of(found) == []
    native = found.collect() if isinstance(found, pl.LazyFrame) else found
    names = native.column_names if isinstance(native, pa.Table) else list(native.columns)
    assert names == ["customer", "x", "t_x", "T", "m"]


def test_later_rows_change_nothing() -> None:
    rows = shop(8)
    until = AS_OF - timedelta(days=60)
    before = {name: [v for v, m in zip(values, rows["moment"], strict=True) if m < until] for name, values in
              rows.items()}  # fmt: skip
    make = ENGINES["pandas_object"]
    assert told(summary(make(rows), as_of=until)) == told(summary(make(before), as_of=until))


def test_who_never_bought_is_counted_not_shown() -> None:
    frame = pd.DataFrame({"customer": ["a", "b"], "moment": [local("2026-01-01")] * 2, "amount": [5.0, -5.0]})
    report = Report()
    assert len(summary(frame, as_of=local("2026-02-01"), report=report)) == 1
    assert report.left_out == 1


def test_bad_arguments() -> None:
    frame = pd.DataFrame({"customer": ["a"], "moment": [local("2026-01-01")], "amount": [5.0]})
    with pytest.raises(ValueError, match="unit is 'D'"):
        summary(frame, as_of=local("2026-02-01"), unit="M")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="names is"):
        summary(frame, as_of=local("2026-02-01"), names="long")  # type: ignore[arg-type]
    with pytest.raises(FrameError):
        summary(frame, as_of=local("2026-02-01"), amount="total")


@pytest.mark.parametrize("engine", ENGINES)
def test_before_the_first_order_there_is_nobody(engine: str) -> None:
    report = Report()
    found = summary(ENGINES[engine](weeks()), as_of=local("2025-12-01"), report=report)
    assert rows_of(found) == []
    assert [problem.code for problem in report.problems] == ["nothing_seen"]
    assert report.facts.later == 7


@pytest.mark.parametrize("engine", ENGINES)
def test_what_cannot_be_used(engine: str) -> None:
    rows = {name: [*values, None] for name, values in weeks().items()}
    rows["moment"][-1], rows["amount"][-1] = local("2026-01-10"), 3.0
    report = Report()
    found = summary(ENGINES[engine](rows), as_of=local("2026-02-16"), report=report)
    assert told(found) == told(summary(ENGINES[engine](weeks()), as_of=local("2026-02-16")))
    assert report.facts.dropped["null_customer"] == 1
    with pytest.raises(InputError, match="strict"):
        summary(ENGINES[engine](rows), as_of=local("2026-02-16"), strict=True)
    mixed = {**weeks(), "currency": ["CNY"] * 6 + ["USD"]}
    with pytest.raises(CurrencyMismatch):
        summary(ENGINES[engine](mixed), as_of=local("2026-02-16"))


@pytest.mark.parametrize("engine", ENGINES)
def test_money_given_back_on_a_purchase_day_lowers_its_mean(engine: str) -> None:
    rows = weeks()
    for name, value in (("customer", "cy"), ("moment", local("2026-01-07T20:00")), ("amount", -0.25)):
        rows[name].append(value)
    (cy,) = [
        row for row in rows_of(summary(ENGINES[engine](rows), as_of=local("2026-02-16"))) if row["customer"] == "cy"
    ]
    assert (cy["x"], cy["m"]) == (1, 0.25)
