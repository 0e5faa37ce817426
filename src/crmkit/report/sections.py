"""What the page shows about customers as a whole: results of `crmkit.segmentation`, section by section."""

from __future__ import annotations

from typing import Any

import attrs

from crmkit.errors import InputError
from crmkit.segmentation.thresholds import Thresholds

__all__ = ["ReturnSection", "RfmSection", "SpreadSection", "StageSection"]


@attrs.frozen(kw_only=True, slots=True, eq=False)
class RfmSection:
    """Is the RFM result of the orders in one currency.

    Attributes:
        currency: ISO 4217 code of the column `monetary`.
        frame: Result of `segmentation.rfm`, any frame that Narwhals takes.
        left_out: Customers seen without a purchase, who are not in the frame.
    """

    currency: str
    frame: Any
    left_out: int = 0


@attrs.frozen(kw_only=True, slots=True, eq=False)
class SpreadSection:
    """Is how the money of one currency is spread over the customers.

    Attributes:
        currency: ISO 4217 code.
        curve: Result of `segmentation.pareto_curve`, any frame that Narwhals takes; more points give a more exact Gini
            coefficient.
    """

    currency: str
    curve: Any


@attrs.frozen(kw_only=True, slots=True, eq=False)
class ReturnSection:
    """Is when people come back.

    Attributes:
        cohorts: Result of `segmentation.cohorts` by month, any frame that Narwhals takes.
        curve: Result of `segmentation.repeat_curve`, or a frame made of its `columns()`.
    """

    cohorts: Any
    curve: Any


@attrs.frozen(kw_only=True, slots=True, eq=False)
class StageSection:
    """Is where customers stand, and how they got there.

    Attributes:
        flow: Result of `segmentation.transitions` up to the report's `as_of`, any frame that Narwhals takes.
        days: Days between the two moments.
        thresholds: What the stages were made with, for the words of the page.

    Raises:
        InputError: Days below 1.
    """

    flow: Any
    days: int = attrs.field(default=90)
    thresholds: Thresholds = attrs.field(factory=Thresholds)

    @days.validator
    def _positive(self, _: Any, value: int) -> None:
        if value < 1:
            raise InputError(f"days lie between two moments, at least 1, got {value!r}.")
