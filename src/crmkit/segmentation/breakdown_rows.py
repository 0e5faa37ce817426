"""Breakdowns by Narwhals expressions: lines to orders, orders to customers, customers to groups, in one query."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

import attrs

from crmkit.errors import InputError
from crmkit.segmentation import amounts, by_expressions, questions
from crmkit.segmentation.amounts import Unit
from crmkit.segmentation.breakdown_question import QUANTITY_DIGITS, BreakdownQuestion
from crmkit.segmentation.by_expressions import Door
from crmkit.segmentation.days import with_day, with_hour
from crmkit.segmentation.dimensions import Hour, KeyColumn, PriceBands, Weekday
from crmkit.segmentation.item_values import in_money
from crmkit.segmentation.plan import Plan
from crmkit.segmentation.purchases import refusal
from crmkit.segmentation.refusals import FrameError
from crmkit.segmentation.report import Facts, Report

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

__all__ = ["broken_down"]

_COUNTS = ("orders", "purchases", "customers", "new_customers", "units", "revenue", "refunds")


def broken_down(frame: Any, question: BreakdownQuestion, report: Report) -> Any:
    """Returns the breakdown as the caller's kind of frame."""
    import narwhals.stable.v2 as nw

    given = nw.from_native(frame)
    is_eager = isinstance(given, nw.DataFrame)
    given = given.lazy() if is_eager and given.implementation.is_polars() else given
    _refuse_missing(given, question)
    doors = [by_expressions.opened(given, question.columns, plan) for plan in question.plans]
    for door in doors:
        questions.refuse_several_currencies(door)
        if question.strict and (bad := questions.first_bad(door)):
            raise InputError(refusal(bad))
    report.ask_with(lambda: _facts(doors[0], question))
    units = _quantity(doors[0], question)
    lines = nw.concat([_lines(door, question, place) for place, door in enumerate(doors)])
    groups = _groups(_with_totals(lines, question), doors, question)
    if is_eager:
        groups = groups.collect() if hasattr(groups, "collect") else groups
        groups = groups.sort("is_total", *_keys(question))
    return _named(groups, question, doors[0].unit, units[0]).to_native()


def _refuse_missing(frame: Any, question: BreakdownQuestion) -> None:
    schema = frame.collect_schema()
    for name in question.extra_columns():
        if name not in schema:
            raise FrameError(name, "no such column", f"one of {', '.join(map(repr, schema))}" if schema else "one")
    numbers = {part.of for part in question.dimensions if isinstance(part, PriceBands)} | {question.quantity}
    for name in question.extra_columns():
        if name in numbers and not schema[name].is_numeric():
            raise FrameError(name, str(schema[name]), "float, integer or Decimal numbers")


def _keys(question: BreakdownQuestion) -> list[str]:
    return [f"k{place}" for place in range(len(question.dimensions))]


def _quantity(door: Door, question: BreakdownQuestion) -> tuple[Unit, nw.Expr | None]:
    if question.quantity is None:
        return Unit("int", 0), None
    kind = door.frame.collect_schema()[question.quantity]
    return amounts.expression(question.quantity, kind, QUANTITY_DIGITS if kind.is_float() else None)


def _lines(door: Door, question: BreakdownQuestion, place: int) -> Any:
    """Returns one row a line: period, keys, customer, order, and what it moves."""
    import narwhals.stable.v2 as nw

    rows = door.frame.filter(door.usable)
    if door.plan.drop_repeats:
        named = dict.fromkeys((*door.columns.named(), *question.extra_columns()))
        rows = rows.unique(subset=list(named), keep="any")
    schema = door.frame.collect_schema()
    keys: dict[str, nw.Expr] = {}
    for name, part in zip(_keys(question), question.dimensions, strict=True):
        if isinstance(part, KeyColumn):
            key = nw.col(part.name)
            keys[name] = key.fill_nan(None) if schema[part.name].is_float() else key
        elif isinstance(part, PriceBands) and part.of is not None:
            unit, price = amounts.expression(part.of, schema[part.of], door.plan.digits)
            keys[name] = _band(price, part, unit)
    units = _quantity(door, question)[1]
    minor = door.minor
    order = {} if door.columns.order is None else {"order": nw.col(door.columns.order)}
    rows = rows.select(
        **keys,
        **order,
        customer=door.customer,
        moment=door.moment,
        revenue=minor,
        refunds=nw.when(minor < 0).then(minor * -1).otherwise(nw.lit(0)).cast(nw.Int64),
        units=nw.lit(0).cast(nw.Int64) if units is None else units.fill_null(0).cast(nw.Int64),
        period=nw.lit(place).cast(nw.Int64),
    )
    rows = _with_keys_of_orders(rows, door, question)
    return rows.select(*_keys(question), *order, "customer", "revenue", "refunds", "units", "period")


def _band(minor: nw.Expr, bands: PriceBands, unit: Unit) -> nw.Expr:
    """Returns the number of the band, from 0; null where there is no price."""
    import narwhals.stable.v2 as nw

    reached = reduce(add, [(minor >= unit.minor(cut)).cast(nw.Int64) for cut in bands.cuts])
    return nw.when(~minor.is_null()).then(reached).cast(nw.Int64)


def _with_keys_of_orders(rows: Any, door: Door, question: BreakdownQuestion) -> Any:
    """Adds the keys that an order has as a whole: hour and weekday of its moment, the band of its net amount."""
    import narwhals.stable.v2 as nw

    over = None if door.columns.order is None else ("customer", "order")
    if over is not None:
        rows = rows.with_columns(moment=nw.col("moment").min().over(*over))
    for name, part in zip(_keys(question), question.dimensions, strict=True):
        if isinstance(part, Hour):
            rows = with_hour(rows, "moment", name, door.plan.window.zone)
        elif isinstance(part, Weekday):
            rows = with_day(rows, "moment", name, door.plan.window.zone)
            rows = rows.with_columns(((nw.col(name) + 3) % 7 + 1).cast(nw.Int64).alias(name))
        elif isinstance(part, PriceBands) and part.of is None:
            net = nw.col("revenue") if over is None else nw.col("revenue").sum().over(*over)
            rows = rows.with_columns(net=net.cast(nw.Int64))
            rows = rows.with_columns(_band(nw.col("net"), part, door.unit).alias(name))
    return rows


def _with_totals(lines: Any, question: BreakdownQuestion) -> Any:
    """Returns the lines once for their groups and once for the total, where keys are null of their own type."""
    import narwhals.stable.v2 as nw

    copies = []
    for is_total in question.grouped:
        keys = [nw.when(nw.lit(value=False)).then(nw.col(name)).alias(name) for name in _keys(question)]
        copies.append(lines.with_columns(*(keys if is_total else []), is_total=nw.lit(int(is_total)).cast(nw.Int64)))
    return nw.concat(copies) if len(copies) > 1 else copies[0]


def _groups(lines: Any, doors: list[Door], question: BreakdownQuestion) -> Any:
    """Returns one row a group, with the counts of every period."""
    import narwhals.stable.v2 as nw

    by = ["is_total", *_keys(question)]
    cells = _cells(lines, [*by, "period", "customer"], doors[0])
    sums = ("orders", "purchases", "units", "revenue", "refunds")
    people = cells.group_by(*by, "period", "customer").agg(*(nw.col(name).sum() for name in sums))
    people = _with_novelty(people, doors)
    columns: dict[str, nw.Expr] = {}
    for place, suffix in enumerate(question.suffixes):
        for name in _COUNTS:
            value = nw.when(nw.col("period") == place).then(nw.col(name)).otherwise(nw.lit(0))
            columns[name + suffix] = value.cast(nw.Int64)
    counted = people.select(*by, **columns).group_by(*by).agg(*(nw.col(name).sum() for name in columns))
    return counted.with_columns(*(nw.col(name).cast(nw.Int64) for name in columns))


def _cells(lines: Any, by: list[str], door: Door) -> Any:
    """Returns one row an order within a group, with whether it is a purchase there."""
    import narwhals.stable.v2 as nw

    lines = lines.with_columns(returned=(nw.col("refunds") > 0).cast(nw.Int64))
    if door.columns.order is not None:
        parts = [nw.col(name).sum() for name in ("units", "revenue", "refunds")]
        lines = lines.group_by(*by, "order").agg(*parts, nw.col("returned").max())
    bought = nw.col("revenue") > 0
    if door.plan.count_free:  # free is what never cost anything, not what was paid back
        bought = bought | ((nw.col("revenue") == 0) & (nw.col("returned") == 0))
    return lines.with_columns(orders=nw.lit(1).cast(nw.Int64), purchases=bought.cast(nw.Int64))


def _with_novelty(people: Any, doors: list[Door]) -> Any:
    """Adds whether somebody bought, and whether for the first time."""
    import narwhals.stable.v2 as nw

    known = [_known(door, place) for place, door in enumerate(doors) if door.plan.window.since is not None]
    buys = nw.col("purchases") > 0
    if not known:
        return people.with_columns(customers=buys.cast(nw.Int64), new_customers=buys.cast(nw.Int64))
    before = nw.concat(known) if len(known) > 1 else known[0]
    people = people.join(before, on=["period", "customer"], how="left")
    is_new = buys & nw.col("known").is_null()
    return people.with_columns(customers=buys.cast(nw.Int64), new_customers=is_new.cast(nw.Int64))


def _known(door: Door, place: int) -> Any:
    """Returns who had bought before the period began, as seen then."""
    import narwhals.stable.v2 as nw

    earlier = by_expressions.opened(door.frame, door.columns, _until_start(door.plan))
    buyers = by_expressions.orders_of(earlier).filter(nw.col("bought")).select("customer")
    return buyers.unique(subset=["customer"], keep="any").with_columns(
        period=nw.lit(place).cast(nw.Int64), known=nw.lit(1)
    )


def _until_start(plan: Plan) -> Plan:
    since = plan.window.since
    assert since is not None, "a period without a start has nothing before it"
    return attrs.evolve(plan, window=attrs.evolve(plan.window, as_of=since, since=None))


def _named(groups: Any, question: BreakdownQuestion, unit: Unit, quantity: Unit) -> Any:
    import narwhals.stable.v2 as nw

    columns = []
    for name, part in zip(_keys(question), question.dimensions, strict=True):
        key = _label(nw.col(name), part) if isinstance(part, PriceBands) else nw.col(name)
        columns.append(key.alias(part.name))
    columns.append((nw.col("is_total") == 1).alias("is_total"))
    for suffix in question.suffixes:
        groups = groups.with_columns(_average(suffix).alias(f"average_order{suffix}"))
        for name in question.measures:
            kind = quantity if name == "units" else unit if name in ("revenue", "refunds", "average_order") else None
            column = name + suffix
            columns.append((nw.col(column) if kind is None else in_money(column, kind)).alias(column))
    return groups.select(*columns)


def _label(band: nw.Expr, bands: PriceBands) -> nw.Expr:
    import narwhals.stable.v2 as nw

    label: nw.Expr = nw.when(band == len(bands.labels) - 1).then(nw.lit(bands.labels[-1]))
    for place, text in enumerate(bands.labels[:-1]):
        label = nw.when(band == place).then(nw.lit(text)).otherwise(label)
    return label


def _average(suffix: str) -> nw.Expr:
    """Returns revenue by purchase in whole units, a half rounded away from zero, null without a purchase."""
    import narwhals.stable.v2 as nw

    revenue, purchases = nw.col(f"revenue{suffix}"), nw.col(f"purchases{suffix}")
    many = nw.when(purchases > 0).then(purchases).otherwise(nw.lit(1)).cast(nw.Int64)
    sign = nw.when(revenue < 0).then(nw.lit(-1)).otherwise(nw.lit(1)).cast(nw.Int64)
    size = (revenue.abs() * 2 + many) // (many * 2) * sign
    return nw.when(purchases > 0).then(size).cast(nw.Int64)


def _facts(door: Door, question: BreakdownQuestion) -> Facts:
    import narwhals.stable.v2 as nw

    found = attrs.evolve(questions.facts(door, by_expressions.summary(door)), flat=())
    units = _quantity(door, question)[1]
    if units is None:
        return found
    rows = door.frame.filter(door.usable).select(missing=units.is_null().cast(nw.Int64))
    counted = rows.select(nw.col("missing").sum())
    counted = counted.collect() if hasattr(counted, "collect") else counted
    missing = int(counted["missing"].to_list()[0] or 0)
    remark = ("no_quantity", str(missing), "rows have no usable quantity and count as no unit")
    return attrs.evolve(found, remarks=(remark,) if missing else ())
