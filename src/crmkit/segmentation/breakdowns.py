"""Breakdowns: orders, customers and revenue by region, product, channel, price band, hour or weekday."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from crmkit.errors import InputError
from crmkit.segmentation import breakdown_arrays, breakdown_rows, tables
from crmkit.segmentation.breakdown_question import MEASURES, BreakdownQuestion
from crmkit.segmentation.dimensions import Dimension, dimensions
from crmkit.segmentation.periods import Compare, Period, compared
from crmkit.segmentation.plan import Plan
from crmkit.segmentation.purchases import asked
from crmkit.segmentation.report import Report

if TYPE_CHECKING:
    from narwhals.stable.v2.typing import IntoFrameT

__all__ = ["breakdown"]


def breakdown(
    frame: IntoFrameT,
    *,
    by: Iterable[str | Dimension],
    as_of: datetime,
    since: datetime | None = None,
    compare: Compare = None,
    total: bool = True,
    customer: str = "customer",
    moment: str = "moment",
    amount: str = "amount",
    order: str | None = None,
    quantity: str | None = None,
    currency: str | None = "currency",
    zone: str | tzinfo | None = None,
    count_free: bool = False,
    digits: int | None = None,
    drop_repeats: bool = False,
    strict: bool = False,
    report: Report | None = None,
) -> IntoFrameT:
    """Returns orders, customers, units and revenue by one or more dimensions, and what they were in another period.

    Every group is counted by itself: an order with lines in two groups is an order of both, and a customer who bought
    in both is a customer of both. So orders, purchases and customers do not add up to the total, which is counted by
    itself as well.

    Args:
        frame: Orders or their lines, in any row order; never changed.
        by: Names of columns, `Hour()`, `Weekday()`, `PriceBands(…)`, in any mixture; none for the total alone.
        as_of: End of the period, excluded.
        since: Start of the period, included; None for everything before `as_of`.
        compare: The other period: "previous", "year", "lunar", the key of a festival or a `Festival` (the days that
            lie alike around last year's), a `Period`, or (since, until). Each period is counted as it was seen at its
            own end.
        total: Whether the last row is the total.
        customer: Column of the customer's id.
        moment: Column of datetimes.
        amount: Column of amounts, refunds negative.
        order: Column of order numbers, whose rows are netted within each group; None where a row is an order.
        quantity: Column of quantities, for `units`.
        currency: Column of currency codes; "currency" may be missing, None is not looked at.
        zone: The shop's zone, for hours, weekdays and periods; without it the zone of an aware `as_of`.
        count_free: Whether orders of zero are purchases.
        digits: Decimals of the smallest unit of money.
        drop_repeats: Whether rows equal in all named columns count once; otherwise they are summed.
        strict: Whether a row that cannot be used is an error.
        report: Takes what was seen and what was left out of the period itself.

    Returns:
        The same kind of frame. The dimensions under their names, null where a row has none and in the total;
        `is_total`; `orders`; `purchases` (orders with a net amount above zero in the group); `customers` with a
        purchase; `new_customers` among them, whose first purchase lies in the period; `units` where asked for;
        `revenue` (net); `refunds` (what the negative rows took, above zero); `average_order` (revenue by purchase, a
        half rounded away from zero, null without one). With `compare`, each once more as `orders_before` and so on.
        Ordered by the dimensions with the total last, unless lazy. An empty frame gives no row.

    Raises:
        FrameError: A column is missing or of a wrong type.
        CurrencyMismatch: Seen rows are in several currencies.
        InputError: An argument contradicts itself, or `strict` and a row cannot be used.

    Example:
        >>> from datetime import datetime
        >>> import pandas as pd
        >>> orders = pd.DataFrame({
        ...     "customer": ["ann", "ann", "bo"],
        ...     "moment": pd.to_datetime(["2026-10-02", "2026-11-20", "2026-11-05"]),
        ...     "amount": [120.0, 80.5, 15.0],
        ...     "region": ["south", "south", "north"],
        ... })
        >>> months = breakdown(orders, by=["region"], since=datetime(2026, 11, 1), as_of=datetime(2026, 12, 1),
        ...     compare="previous")
        >>> print(months[["region", "customers", "new_customers", "revenue", "revenue_before"]].to_string(index=False))
        region  customers  new_customers  revenue  revenue_before
         north          1              1     15.0             0.0
         south          1              0     80.5           120.0
           NaN          2              1     95.5           120.0
    """
    basis = asked(
        as_of=as_of,
        since=since,
        customer=customer,
        moment=moment,
        amount=amount,
        order=order,
        currency=currency,
        zone=zone,
        count_free=count_free,
        digits=digits,
        drop_repeats=drop_repeats,
        strict=strict,
    )
    before = compared(Period(since, as_of), compare, zone=zone)
    plans: list[Plan] = [basis.plan]
    if before is not None:
        _refuse_look_ahead(before, as_of)
        plans.append(
            asked(
                as_of=before.until,
                since=before.since,
                zone=basis.plan.window.zone,
                count_free=count_free,
                digits=digits,
                drop_repeats=drop_repeats,
            ).plan
        )
    taken = ("is_total", *MEASURES, *(f"{name}_before" for name in MEASURES))
    question = BreakdownQuestion(
        columns=basis.columns,
        dimensions=dimensions(by, taken),
        quantity=quantity,
        plans=tuple(plans),
        has_total=total,
        strict=strict,
    )
    collector = Report() if report is None else report
    kind = tables.frame_kind(frame)
    result: Any
    if kind in ("pandas", "pyarrow"):
        result = breakdown_arrays.broken_down(frame, question, collector, is_arrow=kind == "pyarrow")
    else:
        result = breakdown_rows.broken_down(frame, question, collector)
    given: IntoFrameT = result
    return given


def _refuse_look_ahead(before: Period, as_of: datetime) -> None:
    if (before.until.tzinfo is None) != (as_of.tzinfo is None):
        raise InputError("compare and as_of are both naive or both aware, never one of each.")
    if before.until > as_of:
        raise InputError(
            f"The period to compare with ends at {before.until.isoformat()}, after as_of ({as_of.isoformat()}): "
            "nothing later than as_of may influence the answer."
        )
