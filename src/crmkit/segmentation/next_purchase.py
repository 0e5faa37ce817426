"""When each customer is due to buy again: the own gaps, drawn towards the shop's where there are few of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import attrs

from crmkit.errors import InputError
from crmkit.segmentation import results
from crmkit.segmentation.customer_summaries import CustomerSummary, summary_in
from crmkit.segmentation.literals import with_date
from crmkit.segmentation.purchases import Asked, OrderArrays, OrderRows, asked, orders_in
from crmkit.segmentation.refusals import FrameError
from crmkit.segmentation.report import Report
from crmkit.segmentation.results import given_back
from crmkit.segmentation.summary_arrays import SummaryArrays
from crmkit.segmentation.summary_rows import SummaryRows

if TYPE_CHECKING:
    from narwhals.stable.v2.typing import IntoFrameT
from crmkit.segmentation.ways_out import refuse_no_frame

__all__ = ["next_purchase"]


def next_purchase(
    frame: IntoFrameT | CustomerSummary[IntoFrameT],
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
        frame: Orders, in any row order; never changed. Or a `CustomerSummary`: then the arguments that say how orders
            are read are left out, and `as_of` is its `until`.
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
    each = _each_customer(frame, question, report)
    answer = _by_arrays if each.made is not None else _by_expressions
    found: IntoFrameT = answer(each, share, segments, column)
    return found


@attrs.frozen(slots=True, kw_only=True)
class _Each:
    """Holds a Narwhals frame `customer, gaps, total` (days from the first to the last) and `last`, one row a customer.

    `made` turns columns into the caller's kind of frame where they lie in memory, else it is None.
    """

    frame: Any
    today: int
    made: Callable[[dict[str, Any]], Any] | None = None
    is_arrow: bool = False
    is_eager: bool = False


def _each_customer(frame: Any, question: Asked, report: Report | None) -> _Each:
    if isinstance(frame, CustomerSummary):
        return _each_of_summary(summary_in(frame, question, report), frame.basis.today)
    orders = orders_in(frame, question, report)
    if isinstance(orders, OrderArrays):
        return _each_of_arrays(orders)
    return _Each(frame=_each_of_rows(orders), today=orders.window.today, is_eager=orders.is_eager)


def _checked(weight: int | float | Decimal | Fraction) -> Fraction:
    try:
        share = Fraction(str(weight))
    except ValueError:
        share = Fraction(0)
    if share <= 0 or isinstance(weight, bool) or share.denominator > 1000 or share > 10**6:
        raise InputError(f"weight is a number of gaps above 0, with up to three decimals; got {weight!r}.")
    return share


def _each_of_arrays(orders: OrderArrays) -> _Each:
    import narwhals.stable.v2 as nw
    import numpy as np

    days = orders.by_customer_day().bought()
    starts = np.flatnonzero(np.diff(days.codes, prepend=-1))
    sizes = np.diff(starts, append=len(days.codes))
    last = days.days[starts + sizes - 1]
    values = {"gaps": sizes - 1, "total": last - days.days[starts], "last": last}
    frame = nw.from_native(orders.frame(values, codes=days.codes[starts]))
    return _Each(frame=frame, today=orders.window.today, made=orders.plain_frame, is_arrow=orders.is_arrow)


def _each_of_summary(found: SummaryArrays | SummaryRows, today: int) -> _Each:
    import narwhals.stable.v2 as nw

    if isinstance(found, SummaryArrays):
        values = {"gaps": found.purchase_days - 1, "total": found.last - found.first, "last": found.last}
        frame = nw.from_native(found.table({"customer": found.ids, **values}))
        return _Each(frame=frame, today=today, made=found.table, is_arrow=found.is_arrow)
    last = nw.col("last")
    rows = found.frame.select("customer", gaps=nw.col("purchase_days") - 1, total=last - nw.col("first"), last=last)
    return _Each(frame=rows, today=today, is_eager=found.is_eager)


def _by_arrays(customers: _Each, weight: Fraction, segments: Any, column: str) -> Any:
    import numpy as np

    assert customers.made is not None, "frames in memory say how they are made"
    each = _with_expectation(customers.frame, weight, segments, column)
    each = each.sort("customer") if segments is not None else each  # a join keeps no order
    gaps, last, above, below = (each[name].to_numpy().astype(np.int64) for name in ("gaps", "last", "above", "below"))
    none, since = below == 0, customers.today - last
    above, below = np.where(none, 1, above), np.where(none, 1, below)
    due = last + (above + below - 1) // below
    arrow = customers.is_arrow
    return customers.made(
        {
            "customer": each["customer"].to_native(),
            "gaps": gaps,
            "expected_gap": results.numbers(above / below, none, is_arrow=arrow),
            "due": results.dates(due, none, is_arrow=arrow),
            "overdue_days": results.whole(np.maximum(customers.today - due, 0), none, is_arrow=arrow),
            "overdue_ratio": results.numbers(since * below / above, none, is_arrow=arrow),
        }
    )


def _with_expectation(each: Any, weight: Fraction, segments: Any, column: str) -> Any:
    """Adds the expected gap as the quotient of two whole numbers, `above` and `below`, both 0 without any gap."""
    import narwhals.stable.v2 as nw

    gaps, total = nw.col("gaps"), nw.col("total")
    each = each.with_columns(all_gaps=gaps.sum().cast(nw.Int64), all_days=total.sum().cast(nw.Int64))
    if segments is not None:
        named = _segments(segments, column)
        _refuse_other_ids(each, named)
        each = each.join(named, on="customer", how="left")
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


def _refuse_other_ids(each: Any, named: Any) -> None:
    import narwhals.stable.v2 as nw

    ids, others = (frame.collect_schema()["customer"] for frame in (each, named))
    texts = (nw.String, nw.Categorical, nw.Enum)
    if (ids.is_numeric() and isinstance(others, texts)) or (others.is_numeric() and isinstance(ids, texts)):
        raise FrameError("customer", f"{others} in segments", f"ids of the same type as in the orders, {ids}")


def _segments(segments: Any, column: str) -> Any:
    import narwhals.stable.v2 as nw

    refuse_no_frame(segments, "segments")
    found: Any = nw.from_native(segments)
    names = found.collect_schema().names()
    for needed in ("customer", column):
        if needed not in names:
            raise FrameError(needed, "no such column in segments", "a result with customer and its segment")
    found = found.select("customer", segment=nw.col(column).cast(nw.String))
    return found.unique(subset=["customer"], keep="any")


def _by_expressions(customers: _Each, weight: Fraction, segments: Any, column: str) -> Any:
    import narwhals.stable.v2 as nw

    each = customers.frame
    if segments is not None and isinstance(each, nw.LazyFrame):
        refuse_no_frame(segments, "segments")
        given: Any = nw.from_native(segments)
        segments = given.lazy().to_native()
    each = _with_expectation(each, weight, segments, column)
    above, below, since = nw.col("above"), nw.col("below"), customers.today - nw.col("last")
    is_known = below > 0
    # One instead of nothing, which no engine can divide by.
    due = nw.col("last") + (above + below - 1) // nw.when(is_known).then(below).otherwise(nw.lit(1))
    each = with_date(each.with_columns(due_day=nw.when(is_known).then(due).cast(nw.Int64)), "due_day", "due")
    late = customers.today - nw.col("due_day")
    overdue = nw.when(is_known).then(nw.when(late > 0).then(late).otherwise(nw.lit(0)))
    result = each.select(
        "customer",
        "gaps",
        nw.when(is_known).then(above.cast(nw.Float64) / below.cast(nw.Float64)).alias("expected_gap"),
        "due",
        overdue.cast(nw.Int64).alias("overdue_days"),
        nw.when(is_known).then((since * below).cast(nw.Float64) / above.cast(nw.Float64)).alias("overdue_ratio"),
    )
    return given_back(result, "customer", is_eager=customers.is_eager)


def _each_of_rows(orders: OrderRows) -> Any:
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
