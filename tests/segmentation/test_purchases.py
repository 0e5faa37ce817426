"""What every question stands on: the same orders and customer days from every engine."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

import narwhals.stable.v2 as nw
import pandas as pd
import pyarrow as pa
import pytest
from segmentation.frames import ENGINES, shuffled
from segmentation.test_rfm import AS_OF, SHANGHAI, shop

from crmkit.segmentation.purchases import OrderArrays, asked, orders_in

Days = list[tuple[Any, int, int, int]]


def days_of(frame: Any, **options: Any) -> Days:
    found = orders_in(frame, asked(as_of=AS_OF, **options))
    if isinstance(found, OrderArrays):
        days = found.by_customer_day()
        order, ids = found.ids.ordered(pd.unique(days.codes))
        names = dict(zip(pd.unique(days.codes)[order].tolist(), pa.array(ids).to_pylist(), strict=True))
        columns = (days.codes.tolist(), days.days.tolist(), days.purchases.tolist(), days.minor.tolist())
        return sorted((names[code], day, count, minor) for code, day, count, minor in zip(*columns, strict=True))
    rows = nw.to_native(found.by_customer_day().collect())
    return sorted(nw.from_native(rows).select("customer", "day", "purchases", "minor").iter_rows())


def by_hand(rows: dict[str, list[Any]]) -> Days:
    orders: dict[tuple[str, str], list[tuple[Any, int]]] = defaultdict(list)
    for customer, moment, amount, order, _ in zip(*rows.values(), strict=True):
        if moment < AS_OF:
            orders[customer, order].append((moment, round(amount * 100)))
    days: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0])
    for (customer, _), parts in orders.items():
        first, net = min(moment for moment, _ in parts), sum(cents for _, cents in parts)
        day = days[customer, first.astimezone(SHANGHAI).toordinal() - 719163]
        day[0] += net > 0
        day[1] += net
    return sorted((customer, day, count, net) for (customer, day), (count, net) in days.items())


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_gives_the_customer_days_of_the_definition(engine: str) -> None:
    rows = shop(5, customers=3)
    found = days_of(ENGINES[engine](shuffled(rows, 9)), order="order", zone="Asia/Shanghai")
    assert found == by_hand(rows)
    assert any(count == 0 for _, _, count, _ in found)
    assert any(count > 1 for _, _, count, _ in found)


@pytest.mark.parametrize("money", ["float", "decimal", "int"])
@pytest.mark.parametrize("options", [{}, {"since": AS_OF - timedelta(days=90)}, {"order": "order", "count_free": True}])
def test_every_engine_gives_the_same_customer_days(money: str, options: dict[str, Any]) -> None:
    rows = shop(6, money=money)
    digits = 2 if money == "decimal" else None  # else Decimals have as many as their column
    found = {name: days_of(make(shuffled(rows, 2)), digits=digits, **options) for name, make in ENGINES.items()}
    assert len({repr(days) for days in found.values()}) == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_seen_gives_no_days(engine: str) -> None:
    rows = {name: [value, value] for name, value in (("customer", "a"), ("moment", AS_OF), ("amount", 1.5))}
    assert days_of(ENGINES[engine](rows)) == []
