"""Purchase days and stages as the definition reads, in plain Python: slow, and independent of every engine."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
from segmentation.oracle import minor

Row = dict[str, Any]


def lines_of(columns: dict[str, list[Any]]) -> list[Row]:
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def purchase_days(
    rows: list[Row],
    as_of: datetime,
    *,
    zone: tzinfo | None = None,
    order: bool = False,
    count_free: bool = False,
    since: datetime | None = None,
) -> dict[Any, list[date]]:
    """Returns the distinct days with a purchase of every customer who has one, in order."""
    seen = [row for row in rows if row["moment"] < as_of and (since is None or row["moment"] >= since)]
    orders: dict[Any, list[Row]] = defaultdict(list)
    for number, row in enumerate(seen):
        orders[row["customer"], row["order"] if order else number].append(row)
    days: dict[Any, set[date]] = defaultdict(set)
    for (customer, _), lines in orders.items():
        parts = [minor(line["amount"]) for line in lines]
        if sum(parts) > 0 or (count_free and sum(parts) == 0 and min(parts) >= 0):
            first = min(line["moment"] for line in lines)
            days[customer].add((first if zone is None else first.astimezone(zone)).date())
    return {customer: sorted(found) for customer, found in days.items()}


def standing(days: list[date], today: date, limits: tuple[int, int, int]) -> tuple[Any, ...]:
    """Returns standing, days since, purchase days, last gap, recent and earlier days of one customer."""
    at_risk, dormant, lost = limits
    if not days:
        return ("prospect", None, 0, None, 0, 0)
    since = (today - days[-1]).days
    gap = (days[-1] - days[-2]).days if len(days) > 1 else None
    ages = [(today - day).days for day in days]
    recent = sum(age <= dormant for age in ages)
    earlier = sum(dormant < age <= 2 * dormant for age in ages)
    if since > lost:
        name = "lost"
    elif since > dormant:
        name = "dormant"
    elif since > at_risk:
        name = "at_risk"
    elif gap is None:
        name = "new"
    elif gap > dormant:
        name = "reactivated"
    else:
        name = "growing" if recent > earlier else "active"
    return (name, since, len(days), gap, recent, earlier)


def table(frame: Any) -> list[Row]:
    """Returns the rows of any engine's frame in the order they have, nulls as None, dates as dates."""
    if isinstance(frame, pd.DataFrame):
        rows = frame.to_dict("records")
    elif isinstance(frame, pl.DataFrame | pl.LazyFrame):
        rows = frame.lazy().collect().to_dicts()
    elif isinstance(frame, pa.Table):
        rows = frame.to_pylist()
    else:
        rows = [dict(zip(frame.columns, row, strict=True)) for row in frame.fetchall()]
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return None
    if isinstance(value, Decimal):
        return Fraction(value)
    return value.date() if isinstance(value, datetime) else value


def by_key(frame: Any, *key: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in sorted(table(frame), key=lambda row: [str(row[name]) for name in key])]


def digest(rows: Any) -> str:
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def cohort_cells(
    rows: list[Row],
    as_of: datetime,
    *,
    period: str = "month",
    zone: tzinfo | None = None,
    blocks: int | None = None,
    is_kept: bool = False,
    firsts: dict[Any, datetime] | None = None,
    **options: Any,
) -> list[tuple[Any, ...]]:
    """Returns the cells of cohorts, day by day and customer by customer, with revenue in cents."""

    def local(moment: datetime) -> date:
        return (moment if zone is None else moment.astimezone(zone)).date()

    bought = purchase_days(rows, as_of, zone=zone, **options)
    first = {who: days[0] for who, days in bought.items()}
    for who, moment in (firsts or {}).items():
        if who in first and moment < as_of:
            first[who] = min(first[who], local(moment))
    today, last_day = local(as_of), local(as_of - timedelta(microseconds=1))
    money = _money_days(rows, as_of, local, **options)
    found = []
    for start in sorted({period_start(day, period) for day in first.values()}):
        members = {who for who, day in first.items() if period_start(day, period) == start}
        k = 0
        while True:
            if blocks is None:
                begin = period_start(start, period, k)
                end = period_start(start, period, k + 1)
                spans = dict.fromkeys(members, (begin, end))
            else:
                spans = {
                    who: tuple(first[who] + timedelta(days=blocks * number) for number in (k, k + 1)) for who in members
                }
            if all(begin > last_day for begin, _ in spans.values()):
                break
            is_over = {who: end <= today for who, (_, end) in spans.items()}
            counted = {who for who in members if blocks is None or is_kept or is_over[who]}
            buyers = {who for who in counted if any(spans[who][0] <= day < spans[who][1] for day in bought[who])}
            cents = sum(
                amount
                for who in counted
                for day, amount in money[who]
                if spans[who][0] <= max(day, first[who]) < spans[who][1]
            )
            complete = all(is_over.values()) if blocks is None or is_kept else bool(counted)
            rate = len(buyers) / len(counted) if counted and (complete or is_kept) else None
            found.append((start, k, len(buyers), len(counted), rate, cents, complete))
            k += 1
    return found


def _money_days(rows: list[Row], as_of: datetime, local: Any, **options: Any) -> dict[Any, list[tuple[date, int]]]:
    """Returns day and cents of every order, at the order's earliest moment."""
    since = options.get("since")
    seen = [row for row in rows if row["moment"] < as_of and (since is None or row["moment"] >= since)]
    orders: dict[Any, list[Row]] = defaultdict(list)
    for number, row in enumerate(seen):
        orders[row["customer"], row["order"] if options.get("order") else number].append(row)
    found: dict[Any, list[tuple[date, int]]] = defaultdict(list)
    for (who, _), lines in orders.items():
        found[who].append((local(min(line["moment"] for line in lines)), sum(minor(line["amount"]) for line in lines)))
    return found


def period_start(day: date, period: str, later: int = 0) -> date:
    """Returns the first day of the period of a day, or of one so many periods later."""
    if period == "day":
        return day + timedelta(days=later)
    if period == "week":
        return day - timedelta(days=day.weekday()) + timedelta(weeks=later)
    months = {"month": 1, "quarter": 3, "year": 12}[period]
    number = ((day.year * 12 + day.month - 1) // months + later) * months
    return date(number // 12, number % 12 + 1, 1)
