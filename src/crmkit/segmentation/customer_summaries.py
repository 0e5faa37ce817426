"""Stored summaries: one row a customer that answers in place of the orders, and grows by the summary of newer ones."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any, Generic, TypeVar

import attrs

from crmkit.errors import InputError
from crmkit.segmentation import earlier_orders, tables
from crmkit.segmentation.purchases import Asked, OrderArrays, asked, orders_in
from crmkit.segmentation.report import Facts, Report
from crmkit.segmentation.summary_arrays import SummaryArrays, summary_of_orders, summary_of_table
from crmkit.segmentation.summary_basis import SummaryBasis, zone_text
from crmkit.segmentation.summary_merging import combined_arrays, merged_arrays, replaced_arrays
from crmkit.segmentation.summary_rows import (
    SummaryRows,
    combined_rows,
    merged_rows,
    replaced_rows,
    rows_of_orders,
    rows_of_table,
)

__all__ = ["CustomerSummary", "summary_in"]

Frame = TypeVar("Frame")


@attrs.frozen(slots=True, eq=False)
class CustomerSummary(Generic[Frame]):
    """Holds what is known of every customer who was seen; give it in place of orders to what it can answer.

    `rfm`, `stages`, `intervals`, `next_purchase`, `summary` and `churn` take it, so that many questions cost one
    reading of the orders. Store the frame (Parquet keeps its types) and `basis.stored()` beside it, and merge the
    summary of newer orders into it: the answer is the same as from all orders, whatever the moment of the cut, because
    sums, first and last days add up, and one day that both saw counts once.

    Two things are not in a summary. An order that came before `until` and arrives later is not seen by the newer one:
    its report counts it in `facts.before`. And with order numbers, an order whose rows lie on both sides of the cut is
    two orders: a refund of one that was already counted lowers the total, but cannot take the purchase back. The newer
    one's report says how many there are, `strict=True` refuses them, and `replaced` puts in customers whose orders
    were all read again.

    Attributes:
        frame: Columns `customer`; `first`, `last` and `previous`, purchase days as dates, null where there is none;
            `purchases`; `purchase_days`, distinct ones; and `total`, the net total in the kind of the amounts, exact up
            to 2^51 of the smallest unit where they are binary fractions. Who was seen without a purchase is there too.
        basis: Which orders were seen, and how they were read.

    Example:
        >>> from datetime import datetime
        >>> import pandas as pd
        >>> from crmkit.segmentation import CustomerSummary, rfm
        >>> orders = pd.DataFrame({
        ...     "customer": ["ann", "ann", "bo", "ann"],
        ...     "moment": pd.to_datetime(["2026-11-01", "2026-11-20", "2026-03-05", "2026-11-23"]),
        ...     "amount": [120.0, 80.5, 15.0, 30.0]})
        >>> stored = CustomerSummary.from_orders(orders[:3], as_of=datetime(2026, 11, 21))
        >>> newer = CustomerSummary.from_orders(orders[3:], since=stored.until, as_of=datetime(2026, 11, 24))
        >>> today = stored.merged(newer)
        >>> print(today.frame.to_string(index=False))
        customer      first       last   previous  purchases  purchase_days  total
             ann 2026-11-01 2026-11-23 2026-11-20          3              3  230.5
              bo 2026-03-05 2026-03-05        NaT          1              1   15.0
        >>> found = rfm(today, as_of=today.until)
        >>> found.equals(rfm(orders, as_of=today.until))
        True
    """

    frame: Frame
    basis: SummaryBasis
    # What the frame was made of, so that it need not be read and checked again.
    _arrays: SummaryArrays | None = attrs.field(default=None, repr=False, kw_only=True, alias="_arrays")

    @property
    def until(self) -> datetime:
        """The moment up to which orders were seen, excluded."""
        return self.basis.until

    @classmethod
    def from_orders(
        cls,
        frame: Frame,
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
    ) -> CustomerSummary[Frame]:
        """Returns the summary of orders, in the same kind of frame; a lazy frame stays lazy and has no order.

        Args:
            frame: Orders, in any row order; never changed.
            as_of: The moment up to which orders are seen, excluded.
            customer: Column of the customer's id.
            moment: Column of datetimes.
            amount: Column of amounts, refunds negative.
            order: Column of order numbers, whose rows are netted; None where a row is an order.
            currency: Column of currency codes; "currency" may be missing, None is not looked at.
            since: The `until` of the summary that this one is to be merged into; None for all orders.
            zone: The shop's zone, in which days are counted; without it the zone of an aware `as_of`.
            count_free: Whether orders of zero are purchases.
            digits: Decimals of the smallest unit of money.
            drop_repeats: Whether rows equal in all named columns count once.
            strict: Whether a row that cannot be used is an error, and with `since` and `order` also an order that comes
                out below zero: a refund of an earlier one.
            report: Takes what was seen and what was left out.

        Raises:
            FrameError: A column is missing or of a wrong type.
            CurrencyMismatch: Seen rows are in several currencies.
            InputError: An argument contradicts itself, or `strict` and something cannot be used.
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
        inner = Report()
        orders = orders_in(frame, question, inner)
        earlier_orders.refuse_or_report(orders, question, inner, report)
        found = summary_of_orders(orders) if isinstance(orders, OrderArrays) else rows_of_orders(orders)
        basis = SummaryBasis(
            until=orders.window.as_of,
            since=orders.window.since,
            zone=zone_text(orders.window.zone),
            currency=orders.currency,
            kind=orders.unit.kind,
            digits=orders.unit.digits,
            by_order=order is not None,
            count_free=count_free,
        )
        return CustomerSummary(found.given_back(), basis, _arrays=found if isinstance(found, SummaryArrays) else None)

    def merged(self, newer: CustomerSummary[Frame]) -> CustomerSummary[Frame]:
        """Returns the summary of both windows together; `newer` begins where this one ends.

        Raises:
            InputError: There is a gap or an overlap between the two, or they were read in two ways.
            CurrencyMismatch: They are in different currencies.
            FrameError: A frame is not what a summary made.
        """
        return self._with(newer, self.basis.merged(newer.basis), (combined_arrays, combined_rows))

    def replaced(self, anew: CustomerSummary[Frame]) -> CustomerSummary[Frame]:
        """Returns the summary with some customers read anew, from all their orders in the same window.

        Example:
            >>> from datetime import datetime
            >>> import pandas as pd
            >>> from crmkit.segmentation import CustomerSummary, Report
            >>> orders = pd.DataFrame({
            ...     "customer": ["ann", "bo", "ann"], "order": ["1", "2", "1"], "amount": [20.0, 15.0, -20.0],
            ...     "moment": pd.to_datetime(["2026-11-01", "2026-11-02", "2026-11-23"])})
            >>> cut, now, read = datetime(2026, 11, 21), datetime(2026, 11, 24), CustomerSummary.from_orders
            >>> report = Report()
            >>> newer = read(orders[2:], since=cut, as_of=now, order="order", report=report)
            >>> print(report.problems[0])
            frame '1' orders come out below zero: refunds of orders before since=, which stay purchases there
            >>> today = read(orders[:2], as_of=cut, order="order").merged(newer)
            >>> today.frame["purchases"].tolist()
            [1, 1]
            >>> again = orders[orders["customer"].isin(newer.frame["customer"])]
            >>> today.replaced(read(again, as_of=now, order="order")).frame["purchases"].tolist()
            [0, 1]

        Raises:
            InputError: The windows are different, or they were read in two ways.
            CurrencyMismatch: They are in different currencies.
            FrameError: A frame is not what a summary made.
        """
        return self._with(anew, self.basis.replaced(anew.basis), (replaced_arrays, replaced_rows))

    def _with(
        self, other: CustomerSummary[Frame], basis: SummaryBasis, combined: tuple[Any, Any]
    ) -> CustomerSummary[Frame]:
        ours, theirs = _opened(self), _opened(other)
        found: SummaryArrays | SummaryRows
        if isinstance(ours, SummaryArrays) and isinstance(theirs, SummaryArrays):
            found = merged_arrays(ours, theirs, combined[0])
        elif isinstance(ours, SummaryRows) and isinstance(theirs, SummaryRows):
            found = merged_rows(ours, theirs, combined[1])
        else:
            raise InputError("The two summaries are frames of different kinds; make both of the same.")
        return CustomerSummary(found.given_back(), basis, _arrays=found if isinstance(found, SummaryArrays) else None)


def _opened(summary: CustomerSummary[Any]) -> SummaryArrays | SummaryRows:
    if summary._arrays is not None:
        return summary._arrays
    kind = tables.kind_of(summary.frame)
    if kind == "other":
        return rows_of_table(summary.frame, summary.basis)
    return summary_of_table(summary.frame, summary.basis, is_arrow=kind == "pyarrow")


def summary_in(
    summary: CustomerSummary[Any], question: Asked, report: Report | None = None
) -> SummaryArrays | SummaryRows:
    """Returns the customers of a stored summary who bought, for a question that it can answer exactly.

    Raises:
        InputError: The question is asked as of another moment, or in another way than the summary was made.
        FrameError: The frame is not what a summary made.
    """
    plan = question.plan
    summary.basis.refuse_question(plan.window, count_free=plan.count_free, digits=plan.digits)
    found = _opened(summary)
    if report is not None:
        report.ask_with(lambda: _facts(found))
    return found.bought()


def _facts(found: SummaryArrays | SummaryRows) -> Facts:
    """Returns counts of customers, the rows of a summary."""
    import narwhals.stable.v2 as nw

    if isinstance(found, SummaryArrays):
        rows, buyers = len(found.purchases), int((found.purchases > 0).sum())
    else:
        frame = found.frame.select(one=nw.lit(1), buyer=(nw.col("purchases") > 0).cast(nw.Int64))
        counted = frame.select(nw.col("one").sum(), nw.col("buyer").sum())
        counted = counted.collect() if hasattr(counted, "collect") else counted
        rows, buyers = (int(counted[name].to_list()[0] or 0) for name in ("one", "buyer"))
    return Facts(
        rows=rows, before=0, later=0, dropped={}, repeats=0, customers=buyers, left_out=rows - buyers, flat=(),
        float_ids=False,
    )  # fmt: skip
