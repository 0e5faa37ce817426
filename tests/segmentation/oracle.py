"""RFM as the definition reads, row by row in plain Python: slow, and independent of every engine."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, tzinfo
from fractions import Fraction
from math import floor
from typing import Any

from crmkit.segmentation import GRID


def minor(amount: Any) -> int:
    if isinstance(amount, float):
        size = floor(abs(amount) * 100.0 + 0.5)
        return -size if amount < 0 else size
    return int(amount * 100)


def rfm(
    rows: list[dict[str, Any]],
    as_of: datetime,
    *,
    since: datetime | None = None,
    zone: tzinfo | None = None,
    order: bool = False,
    by: str = "order",
    k: int = 5,
    count_free: bool = False,
) -> list[tuple[Any, ...]]:
    def day(moment: datetime) -> Any:
        return (moment if zone is None else moment.astimezone(zone)).date()

    seen = [row for row in rows if row["moment"] < as_of and (since is None or row["moment"] >= since)]
    orders: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for number, row in enumerate(seen):
        orders[row["customer"], row["order"] if order else number].append(row)
    bought: dict[Any, list[datetime]] = defaultdict(list)
    total: dict[Any, int] = defaultdict(int)
    for (customer, _), lines in orders.items():
        parts = [minor(line["amount"]) for line in lines]
        total[customer] += sum(parts)
        if sum(parts) > 0 or (count_free and sum(parts) == 0 and min(parts) >= 0):
            bought[customer].append(min(line["moment"] for line in lines))
    values = {
        customer: (
            (day(as_of) - day(max(moments))).days,
            len({day(moment) for moment in moments}) if by == "day" else len(moments),
            total[customer],
        )
        for customer, moments in bought.items()
    }
    scores = [_scores([value[i] * (-1 if i == 0 else 1) for value in values.values()], k) for i in range(3)]
    found = []
    for index, (customer, value) in enumerate(values.items()):
        r, f, m = (scores[i][index] for i in range(3))
        found.append((customer, value[0], value[1], r, f, m, value[2], GRID[r, f] if k == 5 else None))
    return sorted(found, key=lambda row: str(row[0]))


def _scores(values: list[int], k: int) -> list[int]:
    if len(set(values)) == 1:
        return [(k + 1) // 2] * len(values)
    return [1 + k * sum(other < value for other in values) // len(values) for value in values]


def eight(values: list[tuple[int, int, int]]) -> list[str]:
    names = {
        (1, 1, 1): "key_value", (1, 0, 1): "key_develop", (0, 1, 1): "key_keep", (0, 0, 1): "key_retain",
        (1, 1, 0): "general_value",
        (1, 0, 0): "general_develop", (0, 1, 0): "general_keep", (0, 0, 0): "general_retain",
    }  # fmt: skip
    means = [Fraction(sum(value[i] for value in values), len(values)) for i in range(3)]
    return [names[int(r < means[0]), int(f > means[1]), int(m > means[2])] for r, f, m in values]
