"""Repeat rates, by three definitions that have three names: ever, within so many days, and the curve over everybody."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import attrs

from crmkit.errors import InputError
from crmkit.segmentation.purchases import Asked, OrderArrays, OrderRows, asked, orders_in
from crmkit.segmentation.report import Report
from crmkit.segmentation.spells import spells_of
from crmkit.segmentation.survival import SurvivalCurve

__all__ = ["RepeatRate", "repeat_curve", "repeat_share", "repeat_within"]


@attrs.frozen(slots=True, kw_only=True)
class RepeatRate:
    """Holds how many of so many customers came back.

    Attributes:
        repeaters: Those who came back.
        customers: Those who could have.

    Example:
        >>> RepeatRate(repeaters=1, customers=4).share
        0.25
    """

    repeaters: int
    customers: int

    @property
    def share(self) -> float | None:
        """Repeaters by customers, None where there are no customers."""
        return self.repeaters / self.customers if self.customers else None


def repeat_share(
    frame: Any,
    *,
    as_of: datetime,
    by: Literal["order", "day"] = "order",
    report: Report | None = None,
    **columns: Any,
) -> RepeatRate:
    """Returns how many of all customers have bought twice or more, ever.

    It falls whenever many new customers arrive, who had no time to come back; `repeat_within` does not.

    Args:
        frame: Orders, in any row order; never changed. On a lazy frame this runs a query.
        as_of: The moment of the answer, excluded; later rows influence nothing.
        by: Whether two orders of one day are two purchases ("order") or one ("day").
        report: Takes what was seen and what was left out.
        **columns: The arguments that say how orders are read: `customer`, `moment`, `amount`, `order`, `currency`,
            `since`, `zone`, `count_free`, `digits`, `drop_repeats`, `strict`; as for `stages`.

    Raises:
        FrameError: A column is missing or of a wrong type.
        InputError: An argument contradicts itself.

    Example:
        >>> from datetime import datetime
        >>> import pandas as pd
        >>> orders = pd.DataFrame({
        ...     "customer": ["ann", "ann", "bo", "bo", "cy"],
        ...     "moment": pd.to_datetime(["2026-10-01", "2026-10-11", "2026-11-04", "2026-11-04", "2026-11-20"]),
        ...     "amount": [20.0, 30.0, 25.0, 40.0, 10.0],
        ... })
        >>> repeat_share(orders, as_of=datetime(2026, 11, 24))
        RepeatRate(repeaters=2, customers=3)
        >>> repeat_share(orders, as_of=datetime(2026, 11, 24), by="day").repeaters
        1
    """
    if by not in ("order", "day"):
        raise InputError(f"by is 'order' or 'day', got {by!r}.")
    orders = orders_in(frame, asked(as_of=as_of, **columns), report)
    if isinstance(orders, OrderArrays):
        import numpy as np

        codes = orders.by_customer_day().bought().codes if by == "day" else orders.codes[orders.bought]
        counts = np.bincount(codes)
        return RepeatRate(repeaters=int((counts > 1).sum()), customers=int((counts > 0).sum()))
    return _counted(orders, by)


def _counted(orders: OrderRows, by: str) -> RepeatRate:
    import narwhals.stable.v2 as nw

    if by == "day":
        rows = orders.by_customer_day().select("customer", count=(nw.col("purchases") > 0).cast(nw.Int64))
    else:
        rows = orders.frame.select("customer", count=nw.col("bought"))
    counts = rows.group_by("customer").agg(nw.col("count").sum())
    found = counts.select(
        repeaters=(nw.col("count") > 1).cast(nw.Int64), customers=(nw.col("count") > 0).cast(nw.Int64)
    ).select(nw.all().sum())
    found = found.collect() if isinstance(found, nw.LazyFrame) else found
    return RepeatRate(**{name: int(found[name][0] or 0) for name in ("repeaters", "customers")})


def repeat_within(
    frame: Any,
    days: int,
    *,
    as_of: datetime,
    report: Report | None = None,
    **columns: Any,
) -> RepeatRate:
    """Returns how many customers had a second purchase day within so many days, of those who had the time.

    Counted are customers whose first purchase lies at least `days` before `as_of`, so that new ones change nothing.

    Args:
        frame: Orders, in any row order; never changed. On a lazy frame this runs a query.
        days: Days after the first purchase, from 1 on.
        as_of: The moment of the answer, excluded; later rows influence nothing.
        report: Takes what was seen and what was left out.
        **columns: The arguments that say how orders are read, as for `repeat_share`.

    Raises:
        FrameError: A column is missing or of a wrong type.
        InputError: An argument contradicts itself.

    Example:
        >>> from datetime import datetime
        >>> import pandas as pd
        >>> orders = pd.DataFrame({
        ...     "customer": ["ann", "ann", "bo", "bo", "cy"],
        ...     "moment": pd.to_datetime(["2026-10-01", "2026-10-11", "2026-09-04", "2026-11-04", "2026-11-20"]),
        ...     "amount": [20.0, 30.0, 25.0, 40.0, 10.0],
        ... })
        >>> repeat_within(orders, 30, as_of=datetime(2026, 11, 24))
        RepeatRate(repeaters=1, customers=2)
    """
    whole: Any = days
    if not isinstance(whole, int) or isinstance(whole, bool) or whole < 1:
        raise InputError(f"days is a whole number from 1 on, got {days!r}.")
    orders = orders_in(frame, asked(as_of=as_of, **columns), report)
    if isinstance(orders, OrderArrays):
        return _within_arrays(orders, days)
    return _within_expressions(orders, days)


def _within_arrays(orders: OrderArrays, days: int) -> RepeatRate:
    import numpy as np

    bought = orders.by_customer_day().bought()
    starts = np.flatnonzero(np.diff(bought.codes, prepend=-1))
    sizes = np.diff(starts, append=len(bought.codes))
    first = bought.days[starts]
    had_time = orders.window.today - first >= days
    second = bought.days[np.minimum(starts + 1, max(len(bought.days) - 1, 0))]
    came_back = (sizes > 1) & (second - first <= days)
    return RepeatRate(repeaters=int((had_time & came_back).sum()), customers=int(had_time.sum()))


def _within_expressions(orders: OrderRows, days: int) -> RepeatRate:
    import narwhals.stable.v2 as nw

    day = nw.col("day")
    rows = orders.by_customer_day().filter(nw.col("purchases") > 0).select("customer", "day")
    rows = rows.with_columns(first=day.min().over("customer"))
    rows = rows.filter(orders.window.today - nw.col("first") >= days)
    marks = rows.select(
        customers=(day == nw.col("first")).cast(nw.Int64),
        # Only the second day counts, and the first day after the first one is the earliest of those within reach.
        is_near=((day > nw.col("first")) & (day - nw.col("first") <= days)).cast(nw.Int64),
        customer=nw.col("customer"),
    )
    each = marks.group_by("customer").agg(nw.col("customers").max(), nw.col("is_near").max())
    found = each.select(nw.col("customers").sum(), nw.col("is_near").sum().alias("repeaters"))
    found = found.collect() if isinstance(found, nw.LazyFrame) else found
    return RepeatRate(**{name: int(found[name][0] or 0) for name in ("repeaters", "customers")})


def repeat_curve(
    frame: Any,
    *,
    as_of: datetime,
    report: Report | None = None,
    **columns: Any,
) -> SurvivalCurve:
    """Returns the curve of the second purchase over everybody: who has not come back yet is counted as long as seen.

    It agrees with `repeat_within` and uses the young customers, too: `curve.ended_within(90)` is the share that comes
    back within 90 days. On a lazy frame this runs a query.

    Args:
        frame: Orders, in any row order; never changed.
        as_of: The moment of the answer, excluded; later rows influence nothing.
        report: Takes what was seen and what was left out.
        **columns: The arguments that say how orders are read, as for `repeat_share`.

    Raises:
        FrameError: A column is missing or of a wrong type.
        InputError: An argument contradicts itself.

    Example:
        >>> from datetime import datetime
        >>> import pandas as pd
        >>> orders = pd.DataFrame({
        ...     "customer": ["ann", "ann", "ann", "bo", "cy"],
        ...     "moment": pd.to_datetime(["2026-10-01", "2026-10-11", "2026-11-01", "2026-09-04", "2026-11-20"]),
        ...     "amount": [20.0, 30.0, 25.0, 40.0, 10.0],
        ... })
        >>> repeat_curve(orders, as_of=datetime(2026, 11, 24)).ended_within(30)
        0.5
    """
    question: Asked = asked(as_of=as_of, **columns)
    return SurvivalCurve.from_spells(spells_of(frame, question, report, which="first"))
