"""Random rules, random customers, and who keeps a rule by the book: slowly, in plain Python."""

from __future__ import annotations

import math
import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
AS_OF = datetime(2026, 11, 24, 9, 30, tzinfo=SHANGHAI)

TEXTS = [
    "", "a", "A", "a ", " a", "ab", "aB", "é", "e\u0301", "É", "ß", "ss", "%", "_", "a%b", "a_b", "\\", "a\\b", "'",
    '"', ":x", "湖南", "湖北", "湖", "😀", "\uffff", "\ufb01", "İ", "i", "I", "champions", "Champions",
    "10", "9", "null",
]  # fmt: skip
CODES = ["CNY", "USD", "cny"]
FIELDS = {
    "whole": "number", "big": "number", "money": "number", "share": "number", "name": "text", "is_vip": "boolean",
    "seen_at": "moment", "local_at": "local", "birthday": "date",
}  # fmt: skip


def _big(rng: random.Random) -> int:
    return rng.choice([0, 2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63), 2**63 - 2, 10**18 + 1])


def _share(rng: random.Random) -> float:
    return rng.choice([0.1, 0.3, 0.1 + 0.2, 1.0, -0.0, 0.0, 2.5, 1e300, 5e-324, -7.25, float("nan"), 1 / 3, 0.1 * 3])


def _money(rng: random.Random) -> Decimal:
    whole = Decimal(rng.choice([0, 1, 10000, 5000000, -2500000, 12345, 99999999999999, 5000001, 4999999]))
    return whole.scaleb(-4)


def _moment(rng: random.Random) -> datetime:
    day = AS_OF.replace(hour=0, minute=0) - timedelta(days=rng.choice([-1, 0, 0, 1, 6, 7, 8, 29, 30, 31, 400]))
    steps = [timedelta(0), timedelta(microseconds=-1), timedelta(microseconds=1), timedelta(hours=9, minutes=30)]
    return (day + rng.choice(steps)).astimezone(UTC)


def a_value(field: str, rng: random.Random) -> Any:
    if field == "whole":
        return rng.randrange(-3, 12)
    if field == "name":
        return rng.choice(TEXTS)
    if field == "is_vip":
        return rng.random() < 0.5
    if field == "local_at":
        return _moment(rng).astimezone(SHANGHAI).replace(tzinfo=None)
    if field == "birthday":
        return _moment(rng).astimezone(SHANGHAI).date()
    return {"big": _big, "money": _money, "share": _share, "seen_at": _moment}[field](rng)


def customers(rng: random.Random, size: int) -> dict[str, list[Any]]:
    """Returns columns of customers: every field is missing in some rows, and in a few frames in all."""
    holes = {field: rng.choice([0.0, 0.2, 0.2, 0.5, 1.0 if rng.random() < 0.3 else 0.2]) for field in FIELDS}
    columns: dict[str, list[Any]] = {"customer": rng.sample(range(-50, 500), size)}
    for field in FIELDS:
        columns[field] = [None if rng.random() < holes[field] else a_value(field, rng) for _ in range(size)]
    columns["currency"] = [rng.choice([*CODES, "CNY", "CNY", None]) for _ in range(size)]
    return columns


def _number(field: str, rng: random.Random) -> Any:
    value = a_value(field, rng) if rng.random() < 0.8 else a_value("whole", rng)
    if isinstance(value, float) and not math.isfinite(value):
        value = 0.5
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if exact != 0 and abs(exact.adjusted()) > 30:
        exact = Decimal("0.30000000000000001")
    exact += rng.choice(
        [Decimal(0)] * 5 + [Decimal("0.5"), Decimal("0.00005"), Decimal("-0.0001"), Decimal("1E-17"), Decimal(1)]
    )
    if rng.random() < 0.05:
        exact = rng.choice([Decimal(10) ** 30, -(Decimal(10) ** 30), Decimal(2**63), Decimal(-(2**63)) - 1])
    if exact == exact.to_integral_value() and rng.random() < 0.7:
        return int(exact)
    return format(exact, "f") if rng.random() < 0.7 else exact


def _literal(field: str, rng: random.Random, *, day: bool = False) -> Any:
    kind = FIELDS[field]
    if kind == "number":
        return _number(field, rng)
    value = a_value(field, rng)
    if kind == "moment":
        shown = value.astimezone(rng.choice([UTC, SHANGHAI, ZoneInfo("America/New_York")]))
        return shown.date().isoformat() if day else shown.isoformat()
    if kind == "local":
        return value.date().isoformat() if day else value.isoformat()
    return value.isoformat() if kind == "date" else value


def a_leaf(rng: random.Random, days_of: str) -> dict[str, Any]:
    field = rng.choice(list(FIELDS))
    kind = FIELDS[field]
    has_days = kind in (days_of, "date")
    ops = ["==", "!=", "in", "not_in", "is_null"]
    if kind != "boolean":
        ops += ["<", "<=", ">", ">=", "between"]
    if kind == "text":
        ops += ["starts_with", "contains"] * 4
    if has_days:
        ops += ["within_days"] * 3
    op, day = rng.choice(ops), has_days and rng.random() < 0.3
    leaf: dict[str, Any] = {"field": field, "op": op}
    if op == "within_days":
        leaf["value"] = rng.choice([0, 1, 7, 30, 400])
    elif op == "between":
        ends = [_literal(field, rng, day=day) for _ in range(2)]
        leaf["value"] = _of_one_kind(sorted(ends, key=lambda end: comparable(field, end, None)))
    elif op in ("in", "not_in"):
        leaf["value"] = _of_one_kind([_literal(field, rng, day=day) for _ in range(rng.randrange(5))])
    elif op in ("starts_with", "contains"):
        leaf["value"] = rng.choice([text for text in TEXTS if text])[: rng.randrange(1, 4)]
    elif op != "is_null":
        leaf["value"] = _literal(field, rng, day=day)
    if kind == "number" and "value" in leaf and rng.random() < 0.2:
        leaf["currency"] = rng.choice(CODES[:2])
    return leaf


def _of_one_kind(values: list[Any]) -> list[Any]:
    if len({isinstance(value, str) for value in values}) > 1:
        return [value if isinstance(value, str) else format(Decimal(value), "f") for value in values]
    return values


def a_node(rng: random.Random, days_of: str, depth: int = 0) -> dict[str, Any]:
    draw = rng.random()
    if depth > 3 or draw < 0.35:
        return a_leaf(rng, days_of)
    if draw < 0.55:
        return {"not": a_node(rng, days_of, depth + 1)}
    return {rng.choice(["all", "any"]): [a_node(rng, days_of, depth + 1) for _ in range(rng.choice([0, 1, 2, 2, 3]))]}


def a_rule(rng: random.Random) -> tuple[dict[str, Any], datetime]:
    """Returns a rule and the moment to ask it for; one rule counts days of aware moments or of naive ones."""
    aware = rng.random() < 0.6
    rule = {"v": 1, **a_node(rng, "moment" if aware else "local")}
    return rule, AS_OF if aware else AS_OF.replace(tzinfo=None)


def comparable(field: str, value: Any, like: Any) -> Any:
    """Returns a value of a rule as what is compared with a row's value."""
    kind = FIELDS[field]
    if kind == "number":
        return Decimal(value)
    if kind in ("moment", "local"):
        if len(value) == 10:
            return date.fromisoformat(value)
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if kind == "date" else value


def keeps(node: dict[str, Any], row: dict[str, Any], *, has_currency: bool) -> bool:
    """Whether a row keeps a rule."""
    if "all" in node:
        return all(keeps(part, row, has_currency=has_currency) for part in node["all"])
    if "any" in node:
        return any(keeps(part, row, has_currency=has_currency) for part in node["any"])
    if "not" in node:
        return not keeps(node["not"], row, has_currency=has_currency)
    return _leaf_holds(node, row, has_currency=has_currency)


def _leaf_holds(leaf: dict[str, Any], row: dict[str, Any], *, has_currency: bool) -> bool:
    field, op, given = leaf["field"], leaf["op"], leaf.get("value")
    seen = row[field]
    if isinstance(seen, float):
        seen = None if math.isnan(seen) else Decimal(repr(seen))
    if op == "is_null":
        return seen is None
    if seen is None or (has_currency and "currency" in leaf and row["currency"] != leaf["currency"]):
        return False
    if op == "within_days":
        return 0 <= (AS_OF.date() - _day(field, seen)).days <= given
    if op == "starts_with":
        return bool(seen[: len(given)] == given)
    if op == "contains":
        return any(seen[at : at + len(given)] == given for at in range(len(seen)))
    if op in ("in", "not_in"):
        found = any(_compared(field, seen, value)[0] == _compared(field, seen, value)[1] for value in given)
        return found if op == "in" else not found
    if op == "between":
        low, high = (_compared(field, seen, value) for value in given)
        return bool(low[0] >= low[1] and high[0] <= high[1])
    mine, yours = _compared(field, seen, given)
    answers = {"==": mine == yours, "!=": mine != yours, "<": mine < yours, "<=": mine <= yours}
    return bool((answers | {">": mine > yours, ">=": mine >= yours})[op])


def _day(field: str, seen: Any) -> date:
    if FIELDS[field] == "moment":
        return seen.astimezone(SHANGHAI).date()
    return seen.date() if FIELDS[field] == "local" else seen


def _compared(field: str, seen: Any, given: Any) -> tuple[Any, Any]:
    value = comparable(field, given, seen)
    if type(value) is date:
        return _day(field, seen), value
    if isinstance(seen, str):
        return [ord(sign) for sign in seen], [ord(sign) for sign in value]
    return (Decimal(seen) if FIELDS[field] == "number" else seen), value


def members(rule: dict[str, Any], columns: dict[str, list[Any]]) -> list[Any]:
    rows = [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
    has_currency = "currency" in columns
    return sorted(row["customer"] for row in rows if keeps(rule, row, has_currency=has_currency))
