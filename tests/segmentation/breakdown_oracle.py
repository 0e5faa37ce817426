"""Breakdowns by the slow definition, row by row, and results in its form."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import narwhals.stable.v2 as nw
import pandas as pd
from segmentation.frames import Columns
from segmentation.oracle import minor

from crmkit.segmentation.dimensions import PriceBands

SHANGHAI = ZoneInfo("Asia/Shanghai")
SINCE, AS_OF = datetime(2026, 10, 1, tzinfo=SHANGHAI), datetime(2026, 11, 1, tzinfo=SHANGHAI)
MEASURES = ("orders", "purchases", "customers", "new_customers", "units", "revenue", "refunds", "average_order")
MONEY = ("revenue", "refunds", "average_order")


def shop(seed: int = 1, rows: int = 400, *, money: str = "float") -> Columns:
    rng = random.Random(seed)
    found: Columns = {name: [] for name in ("customer", "moment", "amount", "order", "region", "price", "quantity")}
    for _ in range(rows):
        cents = rng.choice([rng.randint(-3000, 20000), 0, 1250])
        price = rng.choice([0, 999, 1000, 4999, 5000, 20000, None])
        kind: Any = {"float": lambda n: n / 100, "decimal": lambda n: Decimal(n).scaleb(-2), "int": int}[money]
        customer = rng.randrange(40)
        found["customer"].append(f"c{customer:02}")
        found["moment"].append(datetime(2026, 11, 3, tzinfo=UTC) - timedelta(minutes=rng.randint(0, 200 * 1440)))
        found["amount"].append(kind(cents))
        found["order"].append(f"o{rng.randrange(rows // 2)}")
        found["region"].append(rng.choice(["南", "north", "east", None]))
        found["price"].append(None if price is None else kind(price))
        found["quantity"].append(rng.randint(1, 4) if cents > 0 else -1)
    return found


def band(price: int | None, cuts: tuple[int, ...]) -> int | None:
    return None if price is None else sum(price >= cut * 100 for cut in cuts)


def counts(lines: list[dict[str, Any]], known: set[Any], *, order: bool, count_free: bool) -> dict[str, Any]:
    """Counts one group by the definition."""
    orders: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for number, line in enumerate(lines):
        orders[line["customer"], line["order"] if order else number].append(line)
    buyers, purchases = set(), 0
    for (customer, _), parts in orders.items():
        cents = [minor(part["amount"]) for part in parts]
        if sum(cents) > 0 or (count_free and sum(cents) == 0 and min(cents) >= 0):
            buyers.add(customer)
            purchases += 1
    cents = [minor(line["amount"]) for line in lines]
    size, sign = abs(sum(cents)), -1 if sum(cents) < 0 else 1
    return {
        "orders": len(orders),
        "purchases": purchases,
        "customers": len(buyers),
        "new_customers": len(buyers - known),
        "units": sum(line["quantity"] or 0 for line in lines),
        "revenue": sum(cents),
        "refunds": -sum(part for part in cents if part < 0),
        "average_order": sign * ((2 * size + purchases) // (2 * purchases)) if purchases else None,
    }


def by_hand(
    rows: Columns,
    by: tuple[str, ...],
    periods: list[tuple[datetime | None, datetime]],
    *,
    order: bool = False,
    count_free: bool = False,
    cuts: tuple[int, ...] = (10, 50),
    total: bool = True,
) -> list[tuple[Any, ...]]:
    """Applies the definitions group by group in plain Python; a row is keys, whether it is the total, and counts."""
    lines = [dict(zip(rows, row, strict=True)) for row in zip(*rows.values(), strict=True)]
    found: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    empty = counts([], set(), order=order, count_free=count_free)
    for place, (since, until) in enumerate(periods):
        seen = [line for line in lines if (since is None or line["moment"] >= since) and line["moment"] < until]
        before = [line for line in lines if since is not None and line["moment"] < since]
        known = {
            customer
            for customer in {line["customer"] for line in before}
            if counts(
                [line for line in before if line["customer"] == customer], set(), order=order, count_free=count_free
            )["purchases"]
        }
        groups: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
        for line in seen:
            same = (
                [o for o in seen if (o["customer"], o["order"]) == (line["customer"], line["order"])]
                if order
                else [line]
            )
            local = min(o["moment"] for o in same).astimezone(SHANGHAI)
            net = sum(minor(o["amount"]) for o in same)
            keys = {
                "region": line["region"],
                "hour": local.hour,
                "weekday": local.isoweekday(),
                "price": band(None if line["price"] is None else minor(line["price"]), cuts),
                "net": band(net, cuts),
            }
            if by:
                groups[tuple(keys[name] for name in by), 0].append(line)
            if total or not by:
                groups[(None,) * len(by), 1].append(line)
        for key, parts in groups.items():
            cells = found.setdefault(key, [empty] * len(periods))
            cells[place] = counts(parts, known, order=order, count_free=count_free)
    result = [(*key, is_total, *(tuple(cell.values()) for cell in cells)) for (key, is_total), cells in found.items()]
    return sorted(result, key=repr)


def rows_of(frame: Any) -> list[dict[str, Any]]:
    found = nw.from_native(frame)
    found = found.collect("pyarrow") if isinstance(found, nw.LazyFrame) else found
    columns = {}
    for name in found.columns:
        values = found[name].to_list()
        columns[name] = [None if value is None or value is pd.NA or value != value else value for value in values]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def whole(
    frame: Any, by: tuple[str, ...], *, cuts: tuple[int, ...] = (10, 50), scale: int = 2
) -> list[tuple[Any, ...]]:
    """Returns the result in the form of the definition, money in cents."""
    labels = list(PriceBands(cuts).labels)
    result = []
    for row in rows_of(frame):
        keys = [
            row[name] if name not in ("price", "net") or row[name] is None else labels.index(row[name]) for name in by
        ]
        cells = []
        for suffix in ("", "_before") if "orders_before" in row else ("",):
            cell = []
            for name in MEASURES:
                value = row[name + suffix]
                if name in MONEY and value is not None:
                    value = Decimal(str(value)).scaleb(scale)
                assert value is None or value == int(value)
                cell.append(None if value is None else int(value))
            cells.append(tuple(cell))
        result.append(
            (*(None if k is None else k if isinstance(k, str) else int(k) for k in keys), int(row["is_total"]), *cells)
        )
    return sorted(result, key=repr)
