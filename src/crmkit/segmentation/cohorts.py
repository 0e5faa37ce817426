"""Cohorts: of those who first bought in one period, how many bought again in each later one, and for how much."""

from __future__ import annotations

from datetime import datetime, time, tzinfo
from typing import TYPE_CHECKING, Any, Literal

import attrs

from crmkit.errors import InputError
from crmkit.segmentation.calendar_periods import CalendarPeriod, checked
from crmkit.segmentation.cohort_arrays import cohorts_by_arrays
from crmkit.segmentation.cohort_rows import cohorts_by_expressions
from crmkit.segmentation.cohort_shape import Shape
from crmkit.segmentation.purchases import Asked, OrderArrays, asked, orders_in
from crmkit.segmentation.report import Report

if TYPE_CHECKING:
    from narwhals.stable.v2.typing import IntoFrameT

__all__ = ["cohorts"]


def cohorts(
    frame: IntoFrameT,
    *,
    as_of: datetime,
    period: CalendarPeriod = "month",
    blocks: int | None = None,
    first_seen: str | None = None,
    incomplete: Literal["hide", "keep"] = "hide",
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
    """Returns for every cohort and every period since its first purchase how many customers bought, and for how much.

    A cohort is the customers whose first purchase lies in one calendar period; k counts the periods since. With
    `blocks` k counts blocks of so many days since each customer's own first purchase instead.

    Args:
        frame: Orders, in any row order; never changed.
        as_of: The moment of the answer, excluded; later rows influence nothing.
        period: "day", "week" (from Monday), "month", "quarter" or "year" of the first purchase.
        blocks: Days of a rolling block, None for calendar periods.
        first_seen: Column with the moment of the customer's very first purchase, where the frame does not reach back
            that far; where it is null, or later than a purchase that is seen, that purchase counts.
        incomplete: "hide" makes the rate of a cell null whose period is not over, since half a month is no fall in
            retention, and counts in a rolling block only customers for whom it is over. "keep" shows all as they are.
        customer: Column of the customer's id.
        moment: Column of datetimes.
        amount: Column of amounts, refunds negative.
        order: Column of order numbers, whose rows are netted; None where a row is an order.
        currency: Column of currency codes; "currency" may be missing, None is not looked at.
        since: Start of what is seen, included; only together with `first_seen`, or old customers would look new.
        zone: The shop's zone, in which days are counted; without it the zone of an aware `as_of`.
        count_free: Whether orders of zero are purchases.
        digits: Decimals of the smallest unit of money.
        drop_repeats: Whether rows equal in all named columns count once.
        strict: Whether a row that cannot be used is an error.
        report: Takes what was seen and what was left out.

    Returns:
        The caller's kind of frame, ordered by `cohort` (the first date of its period) and `k`: `customers` who bought
        in the cell, `size` of the cohort, `rate` = customers / size, `revenue` (net total, what came before the first
        purchase at k = 0), and `complete`, whether the cell's period is over. Cells in which nobody bought are zeros.

    Raises:
        FrameError: A column is missing or of a wrong type.
        CurrencyMismatch: Seen rows are in several currencies.
        InputError: `since` without `first_seen`, or another argument contradicts itself.

    Example:
        >>> from datetime import datetime
        >>> import pandas as pd
        >>> orders = pd.DataFrame({
        ...     "customer": ["ann", "bo", "ann", "cy"],
        ...     "moment": pd.to_datetime(["2026-09-05", "2026-09-20", "2026-11-02", "2026-11-20"]),
        ...     "amount": [20.0, 30.0, 25.0, 40.0],
        ... })
        >>> print(cohorts(orders, as_of=datetime(2026, 11, 24)).to_string(index=False))
            cohort  k  customers  size  rate  revenue  complete
        2026-09-01  0          2     2   1.0     50.0      True
        2026-09-01  1          0     2   0.0      0.0      True
        2026-09-01  2          1     2   NaN     25.0     False
        2026-11-01  0          1     1   NaN     40.0     False
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
    _refuse(since, first_seen, blocks, incomplete)
    orders: Any = orders_in(frame, question, report)
    earlier: Any = None if first_seen is None else orders_in(frame, _first_question(question, first_seen))
    local = orders.window.as_of if orders.window.zone is None else orders.window.as_of.astimezone(orders.window.zone)
    shape = Shape(
        period=checked(period),
        blocks=blocks,
        is_kept=incomplete == "keep",
        today=orders.window.today,
        last_day=orders.window.today - (local.time() == time(0)),
    )
    by = cohorts_by_arrays if isinstance(orders, OrderArrays) else cohorts_by_expressions
    found: IntoFrameT = by(orders, shape, earlier)
    return found


def _refuse(since: datetime | None, first_seen: str | None, blocks: Any, incomplete: str) -> None:
    if since is not None and first_seen is None:
        raise InputError(
            "since cuts off history, and old customers would look new; name the column of first purchases, "
            "first_seen=, or drop since."
        )
    if blocks is not None and (not isinstance(blocks, int) or isinstance(blocks, bool) or blocks < 1):
        raise InputError(f"blocks is a whole number of days from 1 on, got {blocks!r}.")
    if incomplete not in ("hide", "keep"):
        raise InputError(f"incomplete is 'hide' or 'keep', got {incomplete!r}.")


def _first_question(question: Asked, column: str) -> Asked:
    """Returns the question that reads the very first purchases: the same rows by another moment, from the start on."""
    columns = attrs.evolve(question.columns, moment=column, order=None, currency=None)
    plan = attrs.evolve(question.plan, window=attrs.evolve(question.plan.window, since=None), drop_repeats=False)
    return attrs.evolve(question, columns=columns, plan=plan, strict=False)
