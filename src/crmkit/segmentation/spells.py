"""Spells between purchase days: how many of each length ended in a purchase, and how many were not over yet."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

import attrs

from crmkit.segmentation.purchases import Asked, OrderArrays, OrderRows, orders_in
from crmkit.segmentation.report import Report

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Spells", "counted", "spells_of"]

Which = Literal["all", "first"]


@attrs.frozen(slots=True, kw_only=True)
class Spells:
    """Holds spells by length: `ended_at[t]` ended after t days, `censored_at[t]` were not over after t days.

    Attributes:
        ended_at: Number of spells that ended, one element a length from 0 on.
        censored_at: Number of spells that were not over, as long as `ended_at`.
    """

    ended_at: NDArray[np.int64]
    censored_at: NDArray[np.int64]

    @property
    def ended(self) -> int:
        """Spells that ended."""
        return int(self.ended_at.sum())

    @property
    def censored(self) -> int:
        """Spells that were not over."""
        return int(self.censored_at.sum())

    def nearest_rank(self, share: Fraction) -> int:
        """Returns the `ceil(n * share)`-th smallest of the spells that ended."""
        import numpy as np

        rank = -(-self.ended * share.numerator // share.denominator)
        return int(np.searchsorted(np.cumsum(self.ended_at), rank))


def spells_of(frame: Any, question: Asked, report: Report | None = None, *, which: Which = "all") -> Spells:
    """Returns the spells between purchase days, or only each customer's first; on a lazy frame this runs a query.

    Every customer has one spell that is not over, from the last purchase day to the date of `as_of`; with "first",
    those have one who bought on a single day.
    """
    orders = orders_in(frame, question, report)
    if isinstance(orders, OrderArrays):
        return _by_arrays(orders, which)
    return _by_expressions(orders, which)


def counted(ended: NDArray[np.int64], censored: NDArray[np.int64]) -> Spells:
    """Returns lengths as counts by length."""
    import numpy as np

    size = 1 + max(int(ended.max(initial=0)), int(censored.max(initial=0)))
    return Spells(
        ended_at=np.bincount(ended, minlength=size).astype(np.int64, copy=False),
        censored_at=np.bincount(censored, minlength=size).astype(np.int64, copy=False),
    )


def _by_arrays(orders: OrderArrays, which: Which) -> Spells:
    import numpy as np

    days = orders.by_customer_day().bought()
    same = days.codes[1:] == days.codes[:-1]
    gaps = days.days[1:] - days.days[:-1]
    ends = np.append(~same, True)[: len(days.codes)]
    if which == "first":
        starts = np.append(True, ~same)[: len(days.codes)]
        return counted(gaps[same & starts[:-1]], orders.window.today - days.days[starts & ends])
    return counted(gaps[same], orders.window.today - days.days[ends])


def _by_expressions(orders: OrderRows, which: Which) -> Spells:
    import narwhals.stable.v2 as nw
    import numpy as np

    day = nw.col("day")
    rows = orders.by_customer_day().filter(nw.col("purchases") > 0).select("customer", "day")
    rows = rows.with_columns(next=day.shift(-1).over("customer", order_by="day"))
    if which == "first":
        rows = rows.with_columns(first=day.min().over("customer")).filter(day == nw.col("first"))
    over = ~nw.col("next").is_null()
    spells = rows.select(
        length=nw.when(over).then(nw.col("next") - day).otherwise(orders.window.today - day).cast(nw.Int64),
        ended=over.cast(nw.Int64),
        one=nw.lit(1),
    )
    found = spells.group_by("length", "ended").agg(nw.col("one").sum())
    found = found.collect() if hasattr(found, "collect") else found
    length, ended, count = (np.array(found[name].to_list(), np.int64) for name in ("length", "ended", "one"))
    size = int(length.max(initial=0)) + 1
    both = [
        np.bincount(length[ended == is_ended], count[ended == is_ended], minlength=size).astype(np.int64)
        for is_ended in (1, 0)
    ]
    return Spells(ended_at=both[0], censored_at=both[1])
