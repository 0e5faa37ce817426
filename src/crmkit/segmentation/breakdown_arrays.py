"""Breakdowns by arrays, for pandas and pyarrow: groups, orders and customers are whole numbers that are counted."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import attrs

from crmkit.errors import InputError
from crmkit.segmentation import by_arrays, tables
from crmkit.segmentation.amounts import Amounts
from crmkit.segmentation.breakdown_columns import as_frame, key_column, money_column, picked, taken
from crmkit.segmentation.breakdown_counts import COUNTS, Lines, average, counted
from crmkit.segmentation.breakdown_question import QUANTITY_DIGITS, BreakdownQuestion
from crmkit.segmentation.by_arrays import Seen, exact_sums
from crmkit.segmentation.days import days_of_ticks, fitted, hours_of_ticks
from crmkit.segmentation.dimensions import Hour, KeyColumn, PriceBands, Weekday
from crmkit.segmentation.keys import Keys
from crmkit.segmentation.plan import Plan
from crmkit.segmentation.purchases import refusal
from crmkit.segmentation.report import Facts, Report
from crmkit.segmentation.seen_places import seen_with_places

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["broken_down"]

_QUANTITY = "\x01quantity"


@attrs.frozen(slots=True, kw_only=True)
class Source:
    """Holds the caller's frame as arrays, one element a row of it.

    Attributes:
        frame: The frame.
        is_arrow: Whether it is a pyarrow table.
        rows: The named columns.
        keys: Codes of the columns to break down by, by name.
        numbers: Prices and quantities, by name.
        question: What is asked.
    """

    frame: Any
    is_arrow: bool
    rows: tables.Rows
    keys: dict[str, Keys]
    numbers: dict[str, Amounts]
    question: BreakdownQuestion


def broken_down(frame: Any, question: BreakdownQuestion, report: Report, *, is_arrow: bool) -> Any:
    """Returns the breakdown as the caller's kind of frame."""
    source = _source(frame, question, is_arrow=is_arrow)
    question = source.question
    seen = [_seen(source, plan) for plan in question.plans]
    if question.strict:
        for found, _ in seen:
            if places := by_arrays.first_bad(found, question.columns):
                raise InputError(refusal(places))
    report.ask_with(partial(_facts, source, *seen[0]))
    lines = [_lines(source, plan, *found) for plan, found in zip(question.plans, seen, strict=True)]
    return _result(source, lines)


def _source(frame: Any, question: BreakdownQuestion, *, is_arrow: bool) -> Source:
    columns = question.columns.found_in(frame.column_names if is_arrow else frame.columns)
    digits = question.plans[0].digits
    rows = (tables.arrow_rows if is_arrow else tables.pandas_rows)(frame, columns, digits)
    keys, numbers = {}, {}
    for part in question.dimensions:
        if isinstance(part, KeyColumn):
            keys[part.name] = tables.keys_in(frame, part.name, is_arrow=is_arrow)
        elif isinstance(part, PriceBands) and part.of is not None:
            numbers[part.of] = tables.amounts_in(frame, part.of, digits, is_arrow=is_arrow)
    if question.quantity is not None:
        numbers[_QUANTITY] = _quantities(frame, question.quantity, is_arrow=is_arrow)
    moments = rows.moments
    plans = [
        attrs.evolve(plan, window=fitted(plan.window, aware=moments.aware, column=columns.moment, found=moments.found))
        for plan in question.plans
    ]
    question = attrs.evolve(question, columns=columns, plans=tuple(plans))
    return Source(frame=frame, is_arrow=is_arrow, rows=rows, keys=keys, numbers=numbers, question=question)


def _quantities(frame: Any, name: str, *, is_arrow: bool) -> Amounts:
    found = tables.amounts_in(frame, name, None, is_arrow=is_arrow)
    return tables.amounts_in(frame, name, QUANTITY_DIGITS, is_arrow=is_arrow) if found.unit.kind == "float" else found


def _seen(source: Source, plan: Plan) -> tuple[Seen, NDArray[np.int64]]:
    extra: list[NDArray[Any]] = [keys.codes for keys in source.keys.values()]
    for numbers in source.numbers.values():
        extra += [numbers.minor, *([] if numbers.reason is None else [numbers.reason])]
    return seen_with_places(source.rows, plan, extra)


def _lines(source: Source, plan: Plan, found: Seen, kept: NDArray[np.int64]) -> Lines:
    import numpy as np

    if found.orders is None:
        orders, ticks, net = np.arange(len(kept)), found.ticks, found.minor
    else:
        orders, pairs, _ = by_arrays.order_numbers(found)
        first = np.full(len(pairs), np.iinfo(np.int64).max)
        np.minimum.at(first, orders, found.ticks)
        ticks, net = first[orders], exact_sums(orders, found.minor, len(pairs))[orders]
    keys = [_codes(source, plan, part, kept, ticks, net) for part in source.question.dimensions]
    quantity = source.numbers.get(_QUANTITY)
    return Lines(
        keys=keys,
        customers=found.customers,
        orders=orders,
        revenue=found.minor,
        units=np.zeros(len(kept), np.int64) if quantity is None else quantity.minor[kept],
        known=_known(source, plan),
    )


def _codes(
    source: Source,
    plan: Plan,
    part: Any,
    kept: NDArray[np.int64],
    ticks: NDArray[np.int64],
    net: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Returns the codes of one dimension, from 1; 0 where a line has none."""
    import numpy as np

    unit, zone = source.rows.moments.unit, plan.window.zone
    if isinstance(part, KeyColumn):
        return source.keys[part.name].codes[kept] + 1
    if isinstance(part, Hour):
        return hours_of_ticks(ticks, unit, zone) + 1
    if isinstance(part, Weekday):
        return (days_of_ticks(ticks, unit, zone) + 3) % 7 + 1
    prices = Amounts(source.rows.amounts.unit, net) if part.of is None else source.numbers[part.of]
    values = net if part.of is None else prices.minor[kept]
    cuts = np.array([prices.unit.minor(cut) for cut in part.cuts], np.int64)
    codes = np.searchsorted(cuts, values, side="right") + 1
    if prices.reason is not None:
        codes[prices.reason[kept] != 0] = 0
    return codes


def _known(source: Source, plan: Plan) -> NDArray[np.bool_]:
    """Returns for each customer's code whether there was a purchase before the period, as seen at its start."""
    import numpy as np

    known = np.zeros(source.rows.customers.size, bool)
    if plan.window.since is not None:
        window = attrs.evolve(plan.window, as_of=plan.window.since, since=None)
        earlier = attrs.evolve(plan, window=window)
        codes, _, _, bought = by_arrays.orders_of(by_arrays.seen(source.rows, earlier), earlier)
        known[codes[bought]] = True
    return known


def _result(source: Source, lines: list[Lines]) -> Any:
    """Returns all groups, and behind them the total, as a frame."""
    import numpy as np

    question = source.question
    parts, keys, totals = [], [np.zeros((0, len(question.dimensions)), np.int64)], [np.zeros(0, bool)]
    if False in question.grouped:
        codes, rows = _grouped(lines)
        parts.append(_counted(source, lines, codes, len(rows)))
        keys.append(rows)
        totals.append(np.zeros(len(rows), bool))
    if True in question.grouped and any(len(part.customers) for part in lines):
        parts.append(_counted(source, lines, [np.zeros(len(part.customers), np.int64) for part in lines], 1))
        keys.append(np.zeros((1, len(question.dimensions)), np.int64))
        totals.append(np.ones(1, bool))
    names = [name + suffix for suffix in question.suffixes for name in COUNTS]
    counts = {name: np.concatenate([np.zeros(0, np.int64), *(part[name] for part in parts)]) for name in names}
    return _framed(source, np.concatenate(keys), np.concatenate(totals), counts)


def _grouped(lines: list[Lines]) -> tuple[list[NDArray[np.int64]], NDArray[np.int64]]:
    """Returns the group of each line by period, and for each group its codes by dimension."""
    import numpy as np
    import pandas as pd

    all_keys = [np.concatenate(parts) for parts in zip(*(part.keys for part in lines), strict=True)]
    groups = np.zeros(len(all_keys[0]), np.int64)
    for codes in all_keys:  # made dense at every step, so that many dimensions do not run out of 64 bits
        groups, _ = pd.factorize(groups * (int(codes.max(initial=0)) + 1) + codes)
    first = np.zeros(int(groups.max(initial=-1)) + 1, np.int64)
    first[groups[::-1]] = np.arange(len(groups))[::-1]
    ends = np.cumsum([len(part.customers) for part in lines])
    return np.split(groups, ends[:-1]), np.stack([codes[first] for codes in all_keys], axis=1)


def _counted(source: Source, lines: list[Lines], groups: list[NDArray[np.int64]], size: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for suffix, part, codes in zip(source.question.suffixes, lines, groups, strict=True):
        counts = counted(part, codes, size, count_free=source.question.plans[0].count_free)
        found |= {name + suffix: values for name, values in counts.items()}
    return found


def _framed(source: Source, keys: NDArray[np.int64], totals: NDArray[np.bool_], counts: dict[str, Any]) -> Any:
    import numpy as np

    question, is_arrow = source.question, source.is_arrow
    ranks, columns = [], {}
    for part, codes in zip(question.dimensions, keys.T, strict=True):
        rank, columns[part.name] = key_column(part, codes, source.keys.get(part.name), is_arrow=is_arrow)
        ranks.append(rank)
    order = np.lexsort((*reversed(ranks), totals))
    money = partial(money_column, source.frame, source.question.columns.amount, is_arrow=is_arrow)
    unit, quantity = source.rows.amounts.unit, source.numbers.get(_QUANTITY)
    result: dict[str, Any] = {name: taken(values, order) for name, values in columns.items()}
    result["is_total"] = totals[order]
    for suffix in question.suffixes:
        for name in question.measures:
            values = average(counts, suffix) if name == "average_order" else (counts[name + suffix], None)
            if name == "units" and quantity is not None:
                result[name + suffix] = money_column(
                    source.frame, question.quantity, *picked(values, order), quantity.unit, is_arrow=is_arrow
                )
            elif name in ("revenue", "refunds", "average_order"):
                result[name + suffix] = money(*picked(values, order), unit)
            else:
                result[name + suffix] = values[0][order]
    return as_frame(result, is_arrow=is_arrow)


def _facts(source: Source, found: Seen, kept: NDArray[np.int64]) -> Facts:
    import numpy as np

    plan = source.question.plans[0]
    codes, _, _, bought = by_arrays.orders_of(found, plan)
    buyers = len(np.unique(codes[bought]))
    facts = by_arrays.facts(source.rows, found, buyers, len(np.unique(codes)) - buyers, ())
    quantity = source.numbers.get(_QUANTITY)
    missing = 0 if quantity is None or quantity.reason is None else int((quantity.reason[kept] != 0).sum())
    remark = ("no_quantity", str(missing), "rows have no usable quantity and count as no unit")
    return attrs.evolve(facts, remarks=(remark,) if missing else ())
