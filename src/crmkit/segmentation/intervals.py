"""Intervals: each customer's gaps between purchase days."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from crmkit.segmentation import results
from crmkit.segmentation.customer_summaries import CustomerSummary, summary_in
from crmkit.segmentation.purchases import Asked, OrderArrays, OrderRows, asked, orders_in
from crmkit.segmentation.report import Report
from crmkit.segmentation.results import given_back
from crmkit.segmentation.summary_arrays import SummaryArrays

if TYPE_CHECKING:
    from narwhals.stable.v2.typing import IntoFrameT

__all__ = ["intervals"]


def intervals(
    frame: IntoFrameT | CustomerSummary[IntoFrameT],
    *,
    as_of: datetime,
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
    """Returns the gaps between the purchase days of every customer who bought.

    Args:
        frame: Orders, in any row order; never changed. Or a `CustomerSummary`: then the arguments that say how orders
            are read are left out, `as_of` is its `until`, and there is no `median_gap`.
        as_of: The moment of the answer, excluded; later rows influence nothing.
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
        The caller's kind of frame, ordered by customer: `customer`; `gaps`, their number; `mean_gap` and `median_gap`
        in days, the median exact to the half day; `last_gap`; and `open_gap`, the days since the last purchase, which
        are not over. What needs a gap is null where there is none.

    Raises:
        FrameError: A column is missing or of a wrong type.
        CurrencyMismatch: Seen rows are in several currencies.
        InputError: An argument contradicts itself, or `strict` and a row cannot be used.

    Example:
        >>> from datetime import datetime
        >>> import pandas as pd
        >>> orders = pd.DataFrame({
        ...     "customer": ["ann", "ann", "ann", "bo"],
        ...     "moment": pd.to_datetime(["2026-10-01", "2026-10-11", "2026-11-10", "2026-11-04"]),
        ...     "amount": [20.0, 30.0, 25.0, 40.0],
        ... })
        >>> print(intervals(orders, as_of=datetime(2026, 11, 24)).to_string(index=False))
        customer  gaps  mean_gap  median_gap  last_gap  open_gap
             ann     2      20.0        20.0        30        14
              bo     0       NaN         NaN      <NA>        20
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
    found: IntoFrameT
    if isinstance(frame, CustomerSummary):
        found = _by_summary(frame, question, report)
        return found
    orders = orders_in(frame, question, report)
    found = _by_arrays(orders) if isinstance(orders, OrderArrays) else _by_expressions(orders)
    return found


def _by_arrays(orders: OrderArrays) -> Any:
    import numpy as np

    days = orders.by_customer_day().bought()
    starts = np.flatnonzero(np.diff(days.codes, prepend=-1))
    sizes = np.diff(starts, append=len(days.codes))
    ends, gaps = starts + sizes - 1, sizes - 1
    between = np.diff(days.days, append=0)  # the element at each customer's end is none of a gap
    between[ends] = np.iinfo(np.int64).max
    ranked = between[np.lexsort((between, days.codes))]
    # The two in the middle, of an odd number the same one twice.
    low, high = (ranked[starts + np.maximum(place, 0)] for place in ((gaps - 1) // 2, gaps // 2))
    none = gaps == 0
    last = days.days[ends]
    columns = {
        "gaps": gaps,
        "mean_gap": results.numbers((last - days.days[starts]) / np.maximum(gaps, 1), none, is_arrow=False),
        "median_gap": np.where(none, np.nan, (np.where(none, 0, low) + np.where(none, 0, high)) / 2),
        "last_gap": np.where(none, -1, last - days.days[np.maximum(ends - 1, 0)]),
        "open_gap": orders.window.today - last,
    }
    order, ids = orders.ids.ordered(days.codes[starts])
    columns, none = {name: column[order] for name, column in columns.items()}, none[order]
    for name in ("mean_gap", "median_gap"):
        columns[name] = results.numbers(columns[name], none, is_arrow=orders.is_arrow)
    columns["last_gap"] = results.whole(columns["last_gap"], none, is_arrow=orders.is_arrow)
    return orders.plain_frame({"customer": ids, **columns})


def _by_expressions(orders: OrderRows) -> Any:
    import narwhals.stable.v2 as nw

    day = nw.col("day")
    rows = orders.by_customer_day().filter(nw.col("purchases") > 0).select("customer", "day")
    rows = rows.with_columns(gap=(day - day.shift(1).over("customer", order_by="day")).cast(nw.Int64))
    rows = rows.with_columns(last=day.max().over("customer"))
    rows = rows.select(
        "customer",
        "last",
        "gap",
        some=(~nw.col("gap").is_null()).cast(nw.Int64),
        middle=nw.col("gap").cast(nw.Float64),
        last_gap=nw.when(day == nw.col("last")).then(nw.col("gap")),
    )
    found = rows.group_by("customer").agg(
        nw.col("last").max(), nw.col("some").sum(), nw.col("gap").sum(), nw.col("last_gap").max(),
        nw.col("middle").median(),
    )  # fmt: skip
    number = nw.col("some").cast(nw.Int64)
    mean = nw.when(number > 0).then(nw.col("gap").cast(nw.Float64) / number.cast(nw.Float64))
    found = found.select(
        "customer",
        number.alias("gaps"),
        mean.alias("mean_gap"),
        nw.when(number > 0).then(nw.col("middle")).alias("median_gap"),
        nw.col("last_gap").cast(nw.Int64),
        (orders.window.today - nw.col("last")).cast(nw.Int64).alias("open_gap"),
    )
    return orders.given_back(found, "customer")


def _by_summary(stored: CustomerSummary[Any], question: Asked, report: Report | None) -> Any:
    import narwhals.stable.v2 as nw
    import numpy as np

    found, today = summary_in(stored, question, report), stored.basis.today
    if isinstance(found, SummaryArrays):
        gaps, arrow = found.purchase_days - 1, found.is_arrow
        none = gaps == 0
        mean = (found.last - found.first) / np.maximum(gaps, 1)
        return found.table(
            {
                "customer": found.ids,
                "gaps": gaps,
                "mean_gap": results.numbers(mean, none, is_arrow=arrow),
                "last_gap": results.whole(np.where(none, -1, found.last - found.previous), none, is_arrow=arrow),
                "open_gap": today - found.last,
            }
        )
    number, last = nw.col("purchase_days") - 1, nw.col("last")
    length = (last - nw.col("first")).cast(nw.Float64)
    rows = found.frame.select(
        "customer",
        number.alias("gaps"),
        nw.when(number > 0).then(length / number.cast(nw.Float64)).alias("mean_gap"),
        (last - nw.col("previous")).alias("last_gap"),
        (today - last).alias("open_gap"),
    )
    return given_back(rows, "customer", is_eager=found.is_eager)
