"""Transitions (流转): how many customers went from which stage to which between two moments."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any, Literal

from crmkit.segmentation import prospects, results
from crmkit.segmentation.grid import Eight, Grid
from crmkit.segmentation.ladders import LIFE_CYCLE, STANDINGS, Ladder
from crmkit.segmentation.movements import shares_of_rows, transition_table
from crmkit.segmentation.purchase_days import DayArrays, DayRows, purchase_days, rising
from crmkit.segmentation.purchases import asked
from crmkit.segmentation.report import Report
from crmkit.segmentation.rfm import rfm
from crmkit.segmentation.scores import Cuts
from crmkit.segmentation.stages import named_place
from crmkit.segmentation.standings import standing_at, with_standings
from crmkit.segmentation.thresholds import Thresholds, refuse_other_thresholds

if TYPE_CHECKING:
    import numpy as np
    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

__all__ = ["rfm_transitions", "transitions"]


def transitions(
    frame: IntoFrameT,
    *,
    before: datetime,
    after: datetime,
    stages: Thresholds = Thresholds(),  # noqa: B008 - a frozen value
    ladder: Ladder = LIFE_CYCLE,
    customers: Any = None,
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
    """Returns how many customers went from which life-cycle stage to which, from one reading of the orders.

    Every customer who has bought by one of the two moments is counted once; who had not bought by the other one is a
    prospect there (before, because the first purchase came later; after, because it was paid back). So the rows add up
    to the stages at `before` and the columns to those at `after`.

    Args:
        frame: Orders, in any row order; never changed.
        before: The earlier moment, excluded.
        after: The later moment, excluded; later rows influence nothing.
        stages: Thresholds of the stages.
        ladder: Names of the stages.
        customers: Ids of everybody, as `stages` takes them; those of them who bought by neither moment are counted as
            prospects who stayed so. None for no others than those who bought.
        customer: Column of the customer's id.
        moment: Column of datetimes.
        amount: Column of amounts, refunds negative.
        order: Column of order numbers, whose rows are netted; None where a row is an order.
        currency: Column of currency codes; "currency" may be missing, None is not looked at.
        since: Start of what is seen, included.
        zone: The shop's zone, in which days are counted; without it the zone of an aware `after`.
        count_free: Whether orders of zero are purchases.
        digits: Decimals of the smallest unit of money.
        drop_repeats: Whether rows equal in all named columns count once.
        strict: Whether a row that cannot be used is an error.
        report: Takes what was seen by `after` and what was left out.

    Returns:
        The caller's kind of frame: `from`, `to`, `customers` and `share` of those who were in `from`; only pairs that
        occur, ordered by both.

    Raises:
        FrameError: A column is missing or of a wrong type, or the listed customers are of another kind.
        CurrencyMismatch: Seen rows are in several currencies.
        InputError: `before` is not before `after`, or another argument contradicts itself.

    Example:
        >>> from datetime import datetime
        >>> import pandas as pd
        >>> orders = pd.DataFrame({
        ...     "customer": ["ann", "ann", "bo", "cy"],
        ...     "moment": pd.to_datetime(["2026-08-01", "2026-11-20", "2026-08-20", "2026-11-02"]),
        ...     "amount": [120.0, 80.5, 15.0, 42.0],
        ... })
        >>> found = transitions(orders, before=datetime(2026, 9, 1), after=datetime(2026, 11, 24))
        >>> print(found.to_string(index=False))
            from          to  customers  share
         at_risk reactivated          1    1.0
             new     dormant          1    1.0
        prospect         new          1    1.0
    """
    moments = rising((before, after), "before and after")
    question = asked(
        as_of=after,
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
    refuse_other_thresholds(stages, "stages")
    days = purchase_days(frame, question, moments, report)
    found: IntoFrameT
    if isinstance(days, DayArrays):
        found = _by_arrays(days, stages, ladder, customers, customer)
    else:
        found = _by_expressions(days, stages, ladder, customers, customer)
    return found


def _by_arrays(days: DayArrays, thresholds: Thresholds, ladder: Ladder, customers: Any, column: str) -> Any:
    import numpy as np

    names = tuple(sorted(ladder.stages))
    stage = np.array([names.index(ladder.steps[standing]) for standing in STANDINGS])
    places = np.zeros((2, days.orders.ids.size), np.int64)
    known = np.zeros(days.orders.ids.size, bool)
    for place in (0, 1):
        standing = standing_at(days, place, thresholds)
        places[place, standing.codes] = standing.places
        known[standing.codes] = True
    size = len(names)
    counts = np.bincount(stage[places[0, known]] * size + stage[places[1, known]], minlength=size * size)
    if customers is not None:
        _, ids = days.orders.ids.ordered(np.flatnonzero(known))
        others = prospects.count_without(ids, customers, column, is_arrow=days.orders.is_arrow)
        counts[stage[0] * (size + 1)] += others
    return _table(days, names, counts.astype(np.int64, copy=False).reshape(size, size))


def _table(days: DayArrays, names: tuple[str, ...], counts: NDArray[np.int64]) -> Any:
    import numpy as np

    rows, columns = np.nonzero(counts)
    is_arrow = days.orders.is_arrow
    return days.orders.plain_frame(
        {
            "from": results.texts(rows, names, is_arrow=is_arrow),
            "to": results.texts(columns, names, is_arrow=is_arrow),
            "customers": counts[rows, columns],
            "share": counts[rows, columns] / counts.sum(axis=1)[rows],
        }
    )


def _by_expressions(days: DayRows, thresholds: Thresholds, ladder: Ladder, customers: Any, column: str) -> Any:
    import narwhals.stable.v2 as nw

    found = with_standings(days, thresholds)
    found = found.filter((nw.col("purchase_days_0") > 0) | (nw.col("purchase_days_1") > 0))
    pairs = found.select(
        named_place("place_0", ladder).alias("from"), named_place("place_1", ladder).alias("to"), one=nw.lit(1)
    )
    if customers is not None:
        others = prospects.rows_without(found, customers, column)
        stage = nw.lit(ladder.steps["prospect"])
        others = others.with_columns(stage.alias("from"), stage.alias("to"), one=nw.lit(1))
        pairs = nw.concat([pairs, others.select("from", "to", "one")], how="vertical")
    return days.orders.given_back(shares_of_rows(pairs), "from", "to")


def rfm_transitions(
    frame: IntoFrameT,
    *,
    before: datetime,
    after: datetime,
    segments: Literal["grid", "eight"] | Grid | Eight = "grid",
    k: int = 5,
    method: Literal["quantile", "kmeans"] | Cuts = "quantile",
    report: Report | None = None,
    **arguments: Any,
) -> IntoFrameT:
    """Returns how many customers went from which RFM segment to which between two moments.

    Each customer is scored among those of the moment, so that with quantiles somebody may move because others did;
    fixed `Cuts` hold still.

    Args:
        frame: Orders, in any row order; never changed.
        before: The earlier moment, excluded.
        after: The later moment, excluded.
        segments: As `rfm` takes them.
        k: Number of scores.
        method: "quantile", "kmeans" or `Cuts`.
        report: Takes what was seen by `after` and what was left out.
        **arguments: The other arguments of `rfm`: columns, `since`, `zone`, `by`, `order` and so on.

    Returns:
        The caller's kind of frame: `from`, `to`, `customers` and `share` of those who were in `from`; who had not
        bought by a moment is a prospect there. Only pairs that occur, ordered by both.

    Raises:
        FrameError: A column is missing or of a wrong type.
        InputError: `before` is not before `after`, or another argument contradicts itself.

    Example:
        >>> from datetime import datetime
        >>> import pandas as pd
        >>> orders = pd.DataFrame({
        ...     "customer": ["ann", "ann", "bo", "cy"],
        ...     "moment": pd.to_datetime(["2026-08-01", "2026-11-20", "2026-08-20", "2026-11-02"]),
        ...     "amount": [120.0, 80.5, 15.0, 42.0],
        ... })
        >>> cuts = Cuts(recency=(7, 30, 90, 180), frequency=(2, 3, 5, 10))
        >>> found = rfm_transitions(orders, before=datetime(2026, 9, 1), after=datetime(2026, 11, 24), method=cuts)
        >>> print(found.to_string(index=False))
                  from                  to  customers  share
        about_to_sleep potential_loyalists          1    1.0
             promising         hibernating          1    1.0
              prospect           promising          1    1.0
    """
    rising((before, after), "before and after")
    options: dict[str, Any] = {"segments": segments, "k": k, "method": method, **arguments}
    earlier: Any = rfm(frame, as_of=before, **options)
    later: Any = rfm(frame, as_of=after, report=report, **options)
    found: IntoFrameT = transition_table(earlier, later, column="segment")
    return found
