"""RFM: how long ago, how often and for how much each customer bought, with scores and a segment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any, Literal

from crmkit.errors import InputError
from crmkit.segmentation import by_arrays, by_expressions, questions, tables
from crmkit.segmentation.customer_summaries import CustomerSummary, summary_in
from crmkit.segmentation.days import days_of_ticks, fitted, window
from crmkit.segmentation.grid import Eight, Grid, shape_of
from crmkit.segmentation.plan import Columns, Plan, cuts_of
from crmkit.segmentation.purchases import Asked, refusal
from crmkit.segmentation.report import Report
from crmkit.segmentation.results import given_back
from crmkit.segmentation.rfm_arrays import ValueArrays, scored_arrays
from crmkit.segmentation.rfm_rows import compared_rows, scored_rows
from crmkit.segmentation.scores import Cuts
from crmkit.segmentation.summary_arrays import SummaryArrays

if TYPE_CHECKING:
    from narwhals.stable.v2.typing import IntoFrameT

__all__ = ["rfm"]

Segments = Literal["grid", "eight"] | Grid | Eight | Callable[[Any], Any] | None


def rfm(
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
    k: int = 5,
    method: Literal["quantile", "kmeans"] | Cuts = "quantile",
    segments: Segments = "grid",
    by: Literal["order", "day"] = "order",
    monetary: Literal["total", "mean"] = "total",
    count_free: bool = False,
    digits: int | None = None,
    drop_repeats: bool = False,
    strict: bool = False,
    report: Report | None = None,
) -> IntoFrameT:
    """Returns recency, frequency and monetary value of every customer who bought, with scores and a segment.

    Takes any frame that Narwhals takes and gives the same kind back: columns `customer, recency, frequency, monetary,
    r, f, m, segment`, ordered by customer; a lazy frame stays lazy and has no order.

    Args:
        frame: Orders, in any row order; never changed. Or a `CustomerSummary`, which knows how they were read: then
            the arguments that say so are left out, and `as_of` is its `until`.
        as_of: The moment of the answer, excluded; later rows influence nothing. Aware where the moments are aware,
            naive and shop-local where they are naive.
        customer: Column of the customer's id, of any type that groups.
        moment: Column of datetimes.
        amount: Column of amounts, refunds negative: floats, whole numbers or Decimals.
        order: Column of order numbers, whose rows are netted; None where a row is an order.
        currency: Column of currency codes; "currency" may be missing, None is not looked at.
        since: Start of what is seen, included; None for everything before `as_of`.
        zone: The shop's zone, in which days are counted; without it the zone of an aware `as_of`.
        k: Number of scores.
        method: "quantile"; "kmeans" on the customers' ranks, solved exactly and without a seed (on a lazy frame, this
            runs a query); or `Cuts` with fixed cut-offs for some dimensions.
        segments: "grid" (eleven names on r and f), "eight" (above the mean or not), a `Grid`, an `Eight`, a function
            from the scored frame to the frame with its segments, or None for scores alone.
        by: Frequency counts orders, or distinct shop days ("day").
        monetary: "total", or "mean" for the net total by the frequency, compared as an exact fraction. With segments by
            the mean of the means, a lazy frame runs a query.
        count_free: Whether orders of zero are purchases.
        digits: Decimals of the smallest unit of money: 2 for floats, and up to six of their own for Decimals.
        drop_repeats: Whether rows equal in all named columns count once; otherwise they are summed.
        strict: Whether a row that cannot be used is an error (on a lazy frame, this runs a query).
        report: Takes what was seen and what was left out.

    Returns:
        The same kind of frame. Recency in days from the last purchase to the date of `as_of`; monetary is the net total
        in the kind of the amounts, or its mean as a binary fraction on every engine: a mean has no smallest unit.

    Raises:
        FrameError: A column is missing or of a wrong type, or moments and `as_of` are not both naive or both aware.
        CurrencyMismatch: Seen rows are in several currencies.
        InputError: An argument contradicts itself, or `strict` and a row cannot be used.

    Example:
        >>> from datetime import UTC, datetime
        >>> import pandas as pd
        >>> orders = pd.DataFrame({
        ...     "customer": ["ann", "ann", "bo"],
        ...     "moment": pd.to_datetime(["2026-11-01", "2026-11-20", "2026-03-05"], utc=True),
        ...     "amount": [120.0, 80.5, 15.0],
        ... })
        >>> print(rfm(orders, as_of=datetime(2026, 11, 24, tzinfo=UTC)).to_string(index=False))
        customer  recency  frequency  monetary  r  f  m        segment
             ann        4          2     200.5  3  3  3 need_attention
              bo      264          1      15.0  1  1  1           lost
    """
    plan = Plan(
        window=window(as_of, since, zone),
        k=k,
        cuts=cuts_of(method),
        shape=shape_of(segments, k),
        by=by,
        count_free=count_free,
        digits=digits,
        drop_repeats=drop_repeats,
        monetary=monetary,
        is_clustered=method == "kmeans",
    )
    columns = Columns(customer=customer, moment=moment, amount=amount, order=order, currency=currency)
    collector = Report() if report is None else report
    kind = tables.frame_kind(frame)
    if isinstance(frame, CustomerSummary):
        result: Any = _by_summary(frame, Asked(columns=columns, plan=plan), collector)
    elif kind in ("pandas", "pyarrow"):
        result = _by_arrays(frame, columns, plan, collector, strict, arrow=kind == "pyarrow")
    else:
        result = _by_expressions(frame, columns, plan, collector, strict)
    named: IntoFrameT = segments(result) if callable(segments) and plan.shape is None else result
    return named


def _by_arrays(frame: Any, columns: Columns, plan: Plan, report: Report, strict: bool, *, arrow: bool) -> Any:
    import attrs

    columns = columns.found_in(frame.column_names if arrow else frame.columns)
    rows = (tables.arrow_rows if arrow else tables.pandas_rows)(frame, columns, plan.digits)
    moments = rows.moments
    plan = attrs.evolve(
        plan, window=fitted(plan.window, aware=moments.aware, column=columns.moment, found=moments.found)
    )
    found = by_arrays.seen(rows, plan)
    if strict and (places := by_arrays.first_bad(found, columns)):
        raise InputError(refusal(places))
    summed = by_arrays.summary(found, rows.customers.size, moments.unit, plan)
    order, ids = rows.customers.ordered(summed.codes)
    values = ValueArrays(
        ids=ids,
        recency=plan.window.today - days_of_ticks(summed.last[order], moments.unit, plan.window.zone),
        frequency=summed.purchases[order],
        total=summed.total[order],
        unit=rows.amounts.unit,
        source=frame,
        amount=columns.amount,
        is_arrow=arrow,
    )
    result, flat = scored_arrays(values, plan)
    report.ask_with(lambda: by_arrays.facts(rows, found, len(ids), summed.left_out, flat))
    return result


def _by_expressions(frame: Any, columns: Columns, plan: Plan, report: Report, strict: bool) -> Any:
    import narwhals.stable.v2 as nw

    given = nw.from_native(frame)
    eager = isinstance(given, nw.DataFrame)
    # polars plans a query better than it runs single steps, and gives an eager frame back on collect
    through_lazy = eager and given.implementation.is_polars()
    door = by_expressions.opened(given.lazy() if through_lazy else given, columns, plan)
    questions.refuse_several_currencies(door)
    if strict and (rows := questions.first_bad(door)):
        raise InputError(refusal(rows))
    values = compared_rows(by_expressions.summary(door), plan)
    report.ask_with(lambda: questions.facts(door, values))
    result = scored_rows(values, plan, door.unit)
    if through_lazy:
        result = result.collect()
    return (result.sort("customer") if eager else result).to_native()


def _by_summary(stored: CustomerSummary[Any], question: Asked, report: Report) -> Any:
    import attrs
    import narwhals.stable.v2 as nw

    inner, plan = Report(), question.plan
    found, today = summary_in(stored, question, inner), stored.basis.today
    counted = "purchase_days" if plan.by == "day" else "purchases"
    if isinstance(found, SummaryArrays):
        values = ValueArrays(
            ids=found.ids,
            recency=today - found.last,
            frequency=getattr(found, counted),
            total=found.total,
            unit=found.unit,
            source=found.source,
            amount=found.amount,
            is_arrow=found.is_arrow,
        )
        result, flat = scored_arrays(values, plan)
        report.ask_with(lambda: attrs.evolve(inner.facts, flat=flat))
        return result
    money = ["money"] if found.unit.kind == "decimal" else []
    rows = found.frame.select(
        "customer", *money, recency=today - nw.col("last"), frequency=nw.col(counted), monetary=nw.col("minor")
    )
    compared = compared_rows(rows, plan)
    report.ask_with(lambda: attrs.evolve(inner.facts, flat=questions.flat_of(compared)[1]))
    return given_back(scored_rows(compared, plan, found.unit), "customer", is_eager=found.is_eager)
