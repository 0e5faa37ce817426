"""When each customer is due to buy again: the own gaps, drawn towards the shop's where there are few of them."""

from __future__ import annotations

from datetime import datetime, tzinfo
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from crmkit.errors import InputError
from crmkit.segmentation import results
from crmkit.segmentation.literals import with_date
from crmkit.segmentation.purchases import OrderArrays, OrderRows, asked, orders_in
from crmkit.segmentation.refusals import FrameError
from crmkit.segmentation.report import Report

if TYPE_CHECKING:
    from narwhals.stable.v2.typing import IntoFrameT

__all__ = ["next_purchase"]


def next_purchase(
    frame: IntoFrameT,
    *,
    as_of: datetime,
    weight: int | float | Decimal | Fraction = 2,
    segments: Any = None,
    column: str = "segment",
    customer: str = "customer",
    moment: str = "moment",
    amount: str = "amount",
    order: str | None = None,
    currency: str | None = "currency",
    since: datetime | None = None,
    zone: str | tzinfo | None = None,
    count_free: bool = False,
    digits: int | None = None,
    drop_repeats: bool = False,
    strict: bool = False,
    report: Report | None = None,
) -> IntoFrameT:
    """Returns when every customer who bought is expected again, and by how much they are overdue.

    The expected gap is `(weight * G + sum of own gaps) / (weight + number of own gaps)`, with G the mean observed gap
    of the shop: as if everybody had `weight` gaps of the shop's mean before their own.

    Args:
        frame: Orders, in any row order; never changed.
        as_of: The moment of the answer, excluded; later rows influence nothing.
        weight: How many gaps the shop's mean counts for, above 0.
        segments: A result with `customer` and a column of segments, of the same kind of frame; then G is the mean of
            the customer's segment, and the shop's where a segment has no gap. None for the shop's alone.
        column: Name of the column of segments.
        customer: Column of the customer's id.
        moment: Column of datetimes.
        amount: Column of amounts, refunds negative.
        order: Column of order numbers, whose rows are netted; None where a row is an order.
        currency: Column of currency codes; "currency" may be missing, None is not looked at.
        since: Start of what is seen, included.
        zone: The shop's zone, in which days are counted; without it the zone of an aware `as_of`.
        count_free: Whether orders of zero are purchases.
        digits: Decimals of the smallest unit of money.
        drop_repeats: Whether rows equal in all named columns count once.
        strict: Whether a row that cannot be used is an error.
        report: Takes what was seen and what was left out.

    Returns:
        The caller's kind of frame, ordered by customer: `customer`; `gaps`, their number; `expected_gap` in days;
        `due`, the date of the last purchase and the expected gap, rounded up to whole days; `overdue_days` since then,
        0 where it is to come; and `overdue_ratio`, the days since the last purchase by the expected gap. All but the
        number are null where the shop has no gap at all.

    Raises:
        FrameError: A column is missing or of a wrong type.
        CurrencyMismatch: Seen rows are in several currencies.
        InputError: An argument contradicts itself, or `strict` and a row cannot be used.

    Example:
        >>> from datetime import datetime
        >>> import pandas as pd
        >>> orders = pd.DataFrame({
        ...     "customer": ["ann", "ann", "ann", "bo"],
        ...     "moment": pd.to_datetime(["2026-10-01", "2026-10-11", "2026-10-25", "2026-11-14"]),
        ...     "amount": [20.0, 30.0, 25.0, 40.0],
        ... })
        >>> print(next_purchase(orders, as_of=datetime(2026, 11, 24)).to_string(index=False))
        customer  gaps  expected_gap        due  overdue_days  overdue_ratio
             ann     2          12.0 2026-11-06            18       2.500000
              bo     0          12.0 2026-11-26             0       0.833333
    """
    question = asked(
        as_of=as_of,
        customer=customer,
        moment=moment,
        amount=amount,
        order=order,
        currency=currency,
        since=since,
        zone=zone,
        count_free=count_free,
        digits=digits,
        drop_repeats=drop_repeats,
        strict=strict,
    )
    share = _checked(weight)
    orders = orders_in(frame, question, report)
    by = _by_arrays if isinstance(orders, OrderArrays) else _by_expressions
    found: IntoFrameT = by(orders, share, segments, column)  # type: ignore[arg-type]
    return found


def _checked(weight: int | float | Decimal | Fraction) -> Fraction:
    try:
        share = Fraction(str(weight))
    except ValueError:
        share = Fraction(0)
    if share <= 0 or isinstance(weight, bool) or share.denominator > 1000 or share > 10**6:
        raise InputError(f"weight is a number of gaps above 0, with up to three decimals; got {weight!r}.")
    return share


def _by_arrays(orders: OrderArrays, weight: Fraction, segments: Any, column: str) -> Any:
    import narwhals.stable.v2 as nw
    import numpy as np

    days = orders.by_customer_day().bought()
    starts = np.flatnonzero(np.diff(days.codes, prepend=-1))
    sizes = np.diff(starts, append=len(days.codes))
    last = days.days[starts + sizes - 1]
    values = {"gaps": sizes - 1, "total": last - days.days[starts], "last": last}
    each = nw.from_native(orders.frame(values, codes=days.codes[starts]))
    each = _with_expectation(each, weight, segments, column)
    each = each.sort("customer") if segments is not None else each  # a join keeps no order
    gaps, last, above, below = (each[name].to_numpy().astype(np.int64) for name in ("gaps", "last", "above", "below"))
    none, since = below == 0, orders.window.today - last
    above, below = np.where(none, 1, above), np.where(none, 1, below)
    due = last + (above + below - 1) // below
    arrow = orders.is_arrow
    return orders.plain_frame(
        {
            "customer": each["customer"].to_native(),
            "gaps": gaps,
            "expected_gap": results.numbers(above / below, none, is_arrow=arrow),
            "due": results.dates(due, none, is_arrow=arrow),
            "overdue_days": results.whole(np.maximum(orders.window.today - due, 0), none, is_arrow=arrow),
            "overdue_ratio": results.numbers(since * below / above, none, is_arrow=arrow),
        }
    )


def _with_expectation(each: Any, weight: Fraction, segments: Any, column: str) -> Any:
    """Adds the expected gap as the quotient of two whole numbers, `above` and `below`, both 0 without any gap."""
    import narwhals.stable.v2 as nw

    gaps, total = nw.col("gaps"), nw.col("total")
    each = each.with_columns(all_gaps=gaps.sum().cast(nw.Int64), all_days=total.sum().cast(nw.Int64))
    if segments is not None:
        each = each.join(_segments(segments, column), on="customer", how="left")
        each = each.with_columns(segment=nw.col("segment").fill_null(""))
        each = each.with_columns(own_gaps=gaps.sum().over("segment"), own_days=total.sum().over("segment"))
        has_own = nw.col("own_gaps") > 0
        each = each.with_columns(
            nw.when(has_own).then(nw.col(own)).otherwise(nw.col(shop)).cast(nw.Int64).alias(shop)
            for own, shop in (("own_days", "all_days"), ("own_gaps", "all_gaps"))
        )
    number, length, (times, parts) = nw.col("all_gaps"), nw.col("all_days"), weight.as_integer_ratio()
    return each.with_columns(
        above=(length * times + number * total * parts).cast(nw.Int64),
        below=(number * (gaps * parts + times)).cast(nw.Int64),
    )


def _segments(segments: Any, column: str) -> Any:
    import narwhals.stable.v2 as nw

    found: Any = nw.from_native(segments)
    names = found.collect_schema().names()
    for needed in ("customer", column):
        if needed not in names:
            raise FrameError(needed, "no such column in segments", "a result with customer and its segment")
    found = found.select("customer", segment=nw.col(column).cast(nw.String))
    return found.unique(subset=["customer"], keep="any")


def _by_expressions(orders: OrderRows, weight: Fraction, segments: Any, column: str) -> Any:
    import narwhals.stable.v2 as nw

    each = _each(orders)
    if segments is not None and isinstance(each, nw.LazyFrame):
        given: Any = nw.from_native(segments)
        segments = given.lazy().to_native()
    each = _with_expectation(each, weight, segments, column)
    above, below, since = nw.col("above"), nw.col("below"), orders.window.today - nw.col("last")
    is_known = below > 0
    # One instead of nothing, which no engine can divide by.
    due = nw.col("last") + (above + below - 1) // nw.when(is_known).then(below).otherwise(nw.lit(1))
    each = with_date(each.with_columns(due_day=nw.when(is_known).then(due).cast(nw.Int64)), "due_day", "due")
    late = orders.window.today - nw.col("due_day")
    overdue = nw.when(is_known).then(nw.when(late > 0).then(late).otherwise(nw.lit(0)))
    result = each.select(
        "customer",
        "gaps",
        nw.when(is_known).then(above.cast(nw.Float64) / below.cast(nw.Float64)).alias("expected_gap"),
        "due",
        overdue.cast(nw.Int64).alias("overdue_days"),
        nw.when(is_known).then((since * below).cast(nw.Float64) / above.cast(nw.Float64)).alias("overdue_ratio"),
    )
    return orders.given_back(result, "customer")


def _each(orders: OrderRows) -> Any:
    """Returns each customer's number of gaps, their sum (from the first day to the last) and the last day."""
    import narwhals.stable.v2 as nw

    rows = orders.by_customer_day().filter(nw.col("purchases") > 0)
    rows = rows.select("customer", "day", first=nw.col("day"), one=nw.lit(1).cast(nw.Int64))
    each = rows.group_by("customer").agg(nw.col("day").max(), nw.col("first").min(), nw.col("one").sum())
    return each.select(
        "customer",
        gaps=nw.col("one").cast(nw.Int64) - 1,
        total=(nw.col("day") - nw.col("first")).cast(nw.Int64),
        last=nw.col("day").cast(nw.Int64),
    )
