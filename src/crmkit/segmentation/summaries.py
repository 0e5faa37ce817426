"""The summary of every customer that models of lifetime value are fitted on: repeats, recency, age and mean spend."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any, Literal

from crmkit.errors import InputError
from crmkit.segmentation.customer_summaries import CustomerSummary, summary_in
from crmkit.segmentation.purchases import Asked, OrderArrays, OrderRows, asked, orders_in
from crmkit.segmentation.report import Report
from crmkit.segmentation.results import given_back
from crmkit.segmentation.summary_arrays import SummaryArrays

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw
    from narwhals.stable.v2.typing import IntoFrameT

__all__ = ["DAYS", "NAMES", "TimeUnit", "summarised", "summary"]

TimeUnit = Literal["D", "W"]

DAYS = {"D": 1, "W": 7}
"""Days of each unit of time."""

NAMES = {
    "short": ("customer", "x", "t_x", "T", "m"),
    "pymc": ("customer_id", "frequency", "recency", "T", "monetary_value"),
}
"""The columns of a summary: as the papers write them, and as pymc-marketing and lifetimes call them."""


def summary(
    frame: IntoFrameT | CustomerSummary[IntoFrameT],
    *,
    as_of: datetime,
    unit: TimeUnit = "D",
    names: Literal["short", "pymc"] = "short",
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
    """Returns what the models of lifetime value need to know of every customer who bought, by distinct shop days.

    Two orders of one day are one decision, so days are counted, not orders. The same kind of frame comes back, ordered
    by customer; a lazy frame stays lazy and has no order.

    Args:
        frame: Orders, in any row order; never changed. Or a `CustomerSummary`: then the arguments that say how orders
            are read are left out, `as_of` is its `until`, and there is no `m`, which needs the spend of single days.
        as_of: The moment of the answer, excluded; later rows influence nothing.
        unit: Times in days ("D", whole numbers) or weeks ("W", days divided by seven).
        names: "short", or "pymc" for the column names of pymc-marketing, with `m` 0 where there is no repeat.
        customer: Column of the customer's id.
        moment: Column of datetimes.
        amount: Column of amounts, refunds negative.
        order: Column of order numbers, whose rows are netted; None where a row is an order.
        currency: Column of currency codes; "currency" may be missing, None is not looked at.
        since: Start of what is seen, included. It makes earlier customers look new.
        zone: The shop's zone, in which days are counted; without it the zone of an aware `as_of`.
        count_free: Whether orders of zero are purchases.
        digits: Decimals of the smallest unit of money.
        drop_repeats: Whether rows equal in all named columns count once; otherwise they are summed.
        strict: Whether a row that cannot be used is an error.
        report: Takes what was seen and what was left out.

    Returns:
        Columns `customer`; `x`, days with a purchase after the first; `t_x`, time from the first to the last of them;
        `T`, time from the first to the date of `as_of`; and `m`, mean net amount of the x repeat days, null where
        there is none. `m` is a binary fraction on every engine: a mean has no smallest unit.

    Raises:
        FrameError: A column is missing or of a wrong type, or moments and `as_of` are not both naive or both aware.
        CurrencyMismatch: Seen rows are in several currencies.
        InputError: An argument contradicts itself, or `strict` and a row cannot be used.

    Example:
        >>> from datetime import datetime
        >>> import pandas as pd
        >>> orders = pd.DataFrame({
        ...     "customer": ["ann", "ann", "ann", "bo"],
        ...     "moment": pd.to_datetime(["2026-01-05", "2026-02-02", "2026-03-02", "2026-03-02"]),
        ...     "amount": [99.0, 20.0, 25.0, 15.0],
        ... })
        >>> print(summary(orders, as_of=datetime(2026, 3, 9), unit="W").to_string(index=False))
        customer  x  t_x   T    m
             ann  2  8.0 9.0 22.5
              bo  0  0.0 1.0  NaN
    """
    if unit not in DAYS:
        raise InputError(f"unit is 'D' (days) or 'W' (weeks), got {unit!r}.")
    if names not in NAMES:
        raise InputError(f"names is 'short' or 'pymc', got {names!r}.")
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
    result: IntoFrameT = summarised(frame, question, report, unit=unit, names=names)
    return result


def summarised(frame: Any, question: Asked, report: Report | None = None, *, unit: TimeUnit, names: str) -> Any:
    """Returns the summary of the orders that a question sees."""
    if isinstance(frame, CustomerSummary):
        return _by_summary(frame, question, report, DAYS[unit], NAMES[names])
    orders = orders_in(frame, question, report)
    if isinstance(orders, OrderArrays):
        return _by_arrays(orders, DAYS[unit], NAMES[names])
    return _by_expressions(orders, DAYS[unit], NAMES[names])


def _by_arrays(orders: OrderArrays, step: int, names: tuple[str, ...]) -> Any:
    import numpy as np

    days = orders.by_customer_day().bought()
    starts = np.flatnonzero(np.diff(days.codes, prepend=-1))
    sizes = np.diff(starts, append=len(days.codes))
    first, x = days.days[starts], sizes - 1
    spent = np.add.reduceat(days.minor, starts) - days.minor[starts] if len(starts) else np.zeros(0, np.int64)
    divisor = np.where(x > 0, x, 1) * _divisor(orders)
    last = days.days[starts + sizes - 1] if len(starts) else first
    m = np.where(x > 0, spent / divisor, 0.0 if names == NAMES["pymc"] else np.nan)
    times = (last - first, orders.window.today - first)
    t_x, age = times if step == 1 else (time / step for time in times)
    values = {names[1]: x, names[2]: t_x, names[3]: age, names[4]: m}
    result = orders.frame(values, codes=days.codes[starts])
    return _arrow(result, names) if orders.is_arrow else result.rename(columns={"customer": names[0]})


def _arrow(table: Any, names: tuple[str, ...]) -> Any:
    """Returns the table with null instead of NaN, as Arrow tells the two apart."""
    import pyarrow as pa

    table = table.rename_columns(list(names))
    return table.set_column(4, names[4], pa.array(table[names[4]].to_numpy(), from_pandas=True))


def _divisor(orders: OrderArrays | OrderRows) -> int:
    return 1 if orders.unit.kind == "int" else int(10**orders.unit.digits)


def _by_expressions(orders: OrderRows, step: int, names: tuple[str, ...]) -> Any:
    import narwhals.stable.v2 as nw

    day, first, x = nw.col("day"), nw.col("first"), nw.col("x")
    rows = orders.by_customer_day().filter(nw.col("purchases") > 0).select("customer", "day", "minor")
    rows = rows.with_columns(first=day.min().over("customer"))
    rows = rows.with_columns(spent=nw.when(day > first).then(nw.col("minor")).otherwise(nw.lit(0)))
    found = rows.group_by("customer").agg(
        nw.col("first").min(), nw.col("day").max().alias("last"), nw.len().alias("days"), nw.col("spent").sum()
    )
    found = found.with_columns(
        x=nw.col("days").cast(nw.Int64) - 1,
        t_x=(nw.col("last") - first).cast(nw.Int64),
        T=(orders.window.today - first).cast(nw.Int64),
        spent=nw.col("spent").cast(nw.Int64),
    )
    mean = nw.col("spent").cast(nw.Float64) / nw.when(x > 0).then(x * _divisor(orders)).cast(nw.Float64)
    if names == NAMES["pymc"]:
        mean = nw.when(x > 0).then(mean).otherwise(nw.lit(0.0))
    times = [_in_unit(nw.col(name), step) for name in ("t_x", "T")]
    result = found.select(
        nw.col("customer").alias(names[0]),
        x.alias(names[1]),
        times[0].alias(names[2]),
        times[1].alias(names[3]),
        mean.alias(names[4]),
    )
    return orders.given_back(result, names[0])


def _in_unit(days: nw.Expr, step: int) -> nw.Expr:
    """Returns days in the unit; seven as a column, since polars divides by a constant through its reciprocal."""
    import narwhals.stable.v2 as nw

    return days if step == 1 else days.cast(nw.Float64) / ((days * 0).cast(nw.Float64) + float(step))


def _by_summary(
    stored: CustomerSummary[Any], question: Asked, report: Report | None, step: int, names: tuple[str, ...]
) -> Any:
    import narwhals.stable.v2 as nw

    found, today = summary_in(stored, question, report), stored.basis.today
    if isinstance(found, SummaryArrays):
        times = (found.last - found.first, today - found.first)
        t_x, age = times if step == 1 else (time / step for time in times)
        columns = zip(names, (found.ids, found.purchase_days - 1, t_x, age), strict=False)  # all but m
        return found.table(dict(columns))
    first = nw.col("first")
    expressions = [nw.col("purchase_days") - 1, _in_unit(nw.col("last") - first, step), _in_unit(today - first, step)]
    named = [each.alias(name) for each, name in zip(expressions, names[1:4], strict=True)]
    return given_back(found.frame.select(nw.col("customer").alias(names[0]), *named), names[0], is_eager=found.is_eager)
