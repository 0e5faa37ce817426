"""The money on the page adds up, to the last unit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit.errors import CurrencyMismatch, InputError
from crmkit.money import Money, decimals_of
from crmkit.report import CurrencyTotals, PointsSummary, status_counts, totals_of
from crmkit.segmentation.refusals import FrameError

STATUSES = ("pending_payment", "paid", "shipped", "received", "completed", "cancelled", "refunded")
COLUMNS = ["currency", "status", "total", "paid", "refunded", "refund_unknown"]


@st.composite
def orders(draw: st.DrawFn) -> tuple[Any, ...]:
    currency = draw(st.sampled_from(["CNY", "JPY", "KWD"]))
    status = draw(st.sampled_from(STATUSES))
    total = draw(st.integers(0, 10**9))
    paid = 0 if status in ("pending_payment", "cancelled") else draw(st.integers(0, 10**9))
    refunded = draw(st.integers(0, paid))
    money = [Decimal(minor).scaleb(-decimals_of(currency)) for minor in (total, paid, refunded)]
    return (currency, status, *money, draw(st.booleans()))


def frame_of(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=COLUMNS).astype(object)


@settings(max_examples=40)
@given(st.lists(orders(), max_size=20))
def test_the_lines_add_up(rows: list[tuple[Any, ...]]) -> None:
    found = totals_of(frame_of(rows))
    assert sum(one.orders for one in found) == len(rows)
    assert {one.currency for one in found} == {row[0] for row in rows}
    for one in found:
        mine = [row for row in rows if row[0] == one.currency]
        assert one.placed.amount == sum(row[2] for row in mine)
        assert one.placed - one.waiting - one.cancelled - one.other == one.paid
        assert one.paid - one.refunded == one.net
        assert one.net.amount == sum(row[3] - row[4] for row in mine)
        assert one.refund_unknown_orders == sum(row[5] for row in mine)
        assert 0 <= one.refund_unknown.amount <= one.net.amount


@settings(max_examples=40)
@given(st.lists(orders(), max_size=20))
def test_the_statuses_count_the_same_orders(rows: list[tuple[Any, ...]]) -> None:
    counts = status_counts(frame_of(rows))
    assert sum(counts.values()) == len(rows)
    assert list(counts) == [status for status in STATUSES if status in counts]


def test_other_engines_give_the_same() -> None:
    rows = [
        ("CNY", "paid", Decimal("9.90"), Decimal("9.00"), Decimal("1.00"), True),
        ("CNY", "lent", Decimal(1), Decimal(0), Decimal(0), False),
    ]
    table = pl.DataFrame(rows, schema=COLUMNS, orient="row", infer_schema_length=None)
    assert totals_of(table) == totals_of(table.lazy()) == totals_of(frame_of(rows))
    assert status_counts(table) == {"paid": 1, "lent": 1}


def test_a_missing_column_is_named() -> None:
    with pytest.raises(FrameError, match="refunded"):
        totals_of(frame_of([]).drop(columns="refunded"))


def test_amounts_that_are_not_exact_are_refused() -> None:
    row = ("CNY", "paid", 1.5, 1.5, 0.0, False)
    with pytest.raises((InputError, TypeError)):
        totals_of(pd.DataFrame([row], columns=COLUMNS))


def test_two_currencies_never_meet() -> None:
    with pytest.raises(CurrencyMismatch):
        CurrencyTotals(currency="CNY", orders=1, placed=Money(1, "CNY"), paid=Money(1, "USD"))


def test_no_more_goes_back_than_was_paid() -> None:
    cny = Money(1, "CNY")
    with pytest.raises(InputError, match="refund"):
        CurrencyTotals(currency="CNY", orders=1, placed=cny, paid=cny, refunded=cny * 2)


@given(*[st.integers(0, 10**6)] * 5)
def test_points_add_up(issued: int, redeemed: int, taken_back: int, lapsed: int, owed: int) -> None:
    points = PointsSummary(issued=issued, redeemed=redeemed, taken_back=taken_back, lapsed=lapsed, owed=owed)
    assert issued - redeemed - taken_back - lapsed + points.other == owed
