"""Price bands from the frame: nearest-rank cut-offs, alike on every engine; and moments at the ends of time."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from segmentation.breakdown_oracle import AS_OF, SINCE, rows_of
from segmentation.frames import ENGINES, Columns, pandas_object, polars_lazy, shuffled

from crmkit.errors import InputError
from crmkit.segmentation import Hour, PriceBands, Report, TooFewRows, Weekday, breakdown, price_bands


def priced(prices: list[Any]) -> Columns:
    return {
        "customer": [f"c{n % 7}" for n in range(len(prices))], "moment": [SINCE] * len(prices),
        "amount": [1.0] * len(prices), "price": prices,
    }  # fmt: skip


def cuts_by_hand(cents: list[int], parts: int) -> tuple[Decimal, ...]:
    rising = sorted(price for price in cents if price > 0)
    ranks = {rising[-(-len(rising) * step // parts) - 1] for step in range(1, parts)} - {rising[0]}
    return tuple(Decimal(cut).scaleb(-2) for cut in sorted(ranks))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("parts", [2, 4, 10])
def test_cut_offs_are_nearest_ranks_on_every_engine(engine: str, parts: int) -> None:
    rng = random.Random(parts)
    cents = [rng.choice([0, 999, 1500, rng.randint(1, 20000)]) for _ in range(93)]
    frame = ENGINES[engine](shuffled(priced([price / 100 for price in cents]), 4))
    found = price_bands(frame, as_of=AS_OF, of="price", parts=parts, name="tier")
    assert found == PriceBands(cuts_by_hand(cents, parts), of="price", name="tier")


@pytest.mark.parametrize("engine", ENGINES)
def test_bands_of_orders_hold_about_as_many_each(engine: str) -> None:
    rows: Columns = {
        "customer": ["a"] * 200, "moment": [SINCE] * 200, "amount": [float(1 + n // 2) for n in range(200)],
        "order": [str(n // 2) for n in range(200)],
    }  # fmt: skip
    bands = price_bands(ENGINES[engine](rows), as_of=AS_OF, order="order", parts=4)
    assert bands.cuts == (Decimal(50), Decimal(100), Decimal(150))
    found = rows_of(breakdown(ENGINES[engine](rows), by=[bands], as_of=AS_OF, order="order", total=False))
    assert sorted(row["orders"] for row in found) == [24, 25, 25, 26]  # a cut-off belongs to the band above it


def test_equal_prices_are_in_one_band() -> None:
    bands = price_bands(pandas_object(priced([5.0] * 50 + [9.0])), as_of=AS_OF, of="price")
    assert bands.cuts == (Decimal(5),)
    found = rows_of(breakdown(pandas_object(priced([5.0] * 50 + [9.0])), by=[bands], as_of=AS_OF, total=False))
    assert Counter({row["price_band"]: row["orders"] for row in found}) == {">=5.00": 51}


def test_whole_numbers_give_whole_cut_offs() -> None:
    assert price_bands(pandas_object(priced([1, 2, 3, 4])), as_of=AS_OF, of="price", parts=2).cuts == (2.0,)
    table = pa.table(priced([1, 2, 3, 4]))
    assert price_bands(table, as_of=AS_OF, of="price", parts=2) == PriceBands((2,), of="price")


@pytest.mark.parametrize("engine", ENGINES)
def test_no_price_is_too_few(engine: str) -> None:
    with pytest.raises(TooFewRows, match="no price above zero"):
        price_bands(ENGINES[engine](priced([0.0, -1.0])), as_of=AS_OF, of="price")


@pytest.mark.parametrize("parts", [1, 0, 2.5, True, 1001])
def test_parts_are_whole(parts: Any) -> None:
    with pytest.raises(InputError, match="parts"):
        price_bands(pandas_object(priced([1.0])), as_of=AS_OF, of="price", parts=parts)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("moment", [datetime(1970, 1, 1, 0, 30, tzinfo=UTC), datetime(2262, 4, 11, 23, tzinfo=UTC)])
def test_moments_at_the_ends_of_time_do_not_wrap(unit: str, moment: datetime) -> None:
    ticks = np.array([np.datetime64(moment.replace(tzinfo=None), unit)])
    table = pa.table({"customer": ["a"], "amount": [1.0], "moment": pa.array(ticks, pa.timestamp(unit, "UTC"))})
    for frame in (table, table.to_pandas(), polars_lazy({"customer": ["a"], "amount": [1.0], "moment": [moment]})):
        options: dict[str, Any] = {"by": [Hour(), Weekday()], "zone": "Asia/Shanghai", "total": False}
        found = rows_of(breakdown(frame, as_of=datetime(2262, 4, 11, 23, 30, tzinfo=UTC), **options))
        local = moment.hour + 8
        expected = (local % 24, (moment.isoweekday() + local // 24 - 1) % 7 + 1)
        assert [(row["hour"], row["weekday"]) for row in found] == [expected]


@pytest.mark.parametrize("engine", ENGINES)
def test_ids_that_look_like_floats_are_taken_and_told(engine: str) -> None:
    rows: Columns = {"customer": [123.0, 123.0, 7.0], "moment": [SINCE] * 3, "amount": [1.0] * 3}
    report = Report()
    found = rows_of(breakdown(ENGINES[engine](rows), by=[], as_of=AS_OF, report=report))
    assert [row["customers"] for row in found] == [2]
    assert [problem.code for problem in report.problems] == ["float_ids"]


def test_spaces_belong_to_a_key() -> None:
    rows: Columns = {"customer": ["a", "a"], "moment": [SINCE] * 2, "amount": [1.0] * 2, "region": ["x", " x"]}
    assert pd.Series(
        [row["region"] for row in rows_of(breakdown(pandas_object(rows), by="region", as_of=AS_OF, total=False))]
    ).tolist() == [" x", "x"]
