"""Refunds of orders that an earlier summary has counted: found where an order comes out below zero."""

from __future__ import annotations

from typing import Any

import attrs

from crmkit.errors import InputError
from crmkit.segmentation.purchases import Asked, OrderArrays, OrderRows
from crmkit.segmentation.report import Facts, Report

__all__ = ["refuse_or_report"]

_REMARK = "orders come out below zero: refunds of orders before since=, which stay purchases there"


def refuse_or_report(orders: OrderArrays | OrderRows, question: Asked, inner: Report, report: Report | None) -> None:
    """Refuses refunds of orders before `since` where the question is strict; else they are a remark of the report.

    Raises:
        InputError: `strict`, and there are such refunds; on a lazy frame this runs a query.
    """
    is_asked = question.columns.order is not None and question.plan.window.since is not None
    if is_asked and question.strict and (count := _below_zero(orders)):
        raise InputError(
            f"{count:,} {_REMARK}. Make their customers anew from all their orders (CustomerSummary.replaced), or drop "
            "strict."
        )
    if report is not None:
        report.ask_with(lambda: _remarked(inner.facts, _below_zero(orders) if is_asked else 0))


def _below_zero(orders: OrderArrays | OrderRows) -> int:
    import narwhals.stable.v2 as nw

    if isinstance(orders, OrderArrays):
        return int((orders.minor < 0).sum())
    found: Any = orders.frame.filter(nw.col("minor") < 0).select(count=nw.len())
    found = found.collect() if hasattr(found, "collect") else found
    return int(found["count"].to_list()[0])


def _remarked(facts: Facts, count: int) -> Facts:
    remark = ("refunds_of_earlier_orders", f"{count:,}", _REMARK)
    # A summary scores nobody, so that nothing is flat in it.
    return attrs.evolve(facts, flat=(), remarks=(*facts.remarks, remark) if count else facts.remarks)
