"""Life-cycle stages (客户生命周期): where each customer stands between the first purchase and the last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from crmkit.errors import InputError
from crmkit.segmentation import prospects, results
from crmkit.segmentation.customer_summaries import CustomerSummary, summary_in
from crmkit.segmentation.ladders import LIFE_CYCLE, STANDINGS, Ladder
from crmkit.segmentation.purchase_days import DayArrays, DayRows, purchase_days
from crmkit.segmentation.purchases import Asked, asked
from crmkit.segmentation.report import Report
from crmkit.segmentation.results import given_back
from crmkit.segmentation.standings import NO_GAP, VALUES, place_expression, places_of, standing_at, with_standings
from crmkit.segmentation.summary_arrays import SummaryArrays
from crmkit.segmentation.thresholds import Thresholds, refuse_other_thresholds

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw
    import numpy as np
    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

__all__ = ["named_place", "stages"]

_NULLABLE = ("days_since", "last_gap")


def stages(
    frame: IntoFrameT | CustomerSummary[IntoFrameT],
    *,
    as_of: datetime,
    thresholds: Thresholds = Thresholds(),  # noqa: B008 - a frozen value
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
    """Returns the life-cycle stage of every customer who bought, with the numbers that it is made of.

    Takes any frame that Narwhals takes and gives the same kind back, ordered by customer; a lazy frame stays lazy and
    has no order.

    Args:
        frame: Orders, in any row order; never changed. Or a `CustomerSummary`: then the arguments that say how orders
            are read are left out, `as_of` is its `until`, and there are no `recent_days` and `earlier_days`.
        as_of: The moment of the answer, excluded; later rows influence nothing.
        thresholds: Days without a purchase after which a customer is at risk, dormant, lost.
        ladder: Names of the stages; `GROWTH_LADDER` and `RELATIONSHIP_LADDER` are others.
        customers: Ids of everybody, as a list or a frame with the column that `customer` names; those of them who have
            not bought are added as prospects. None for no prospects. A list, and a frame of DuckDB or of another engine
            than the orders', is read at once.
        customer: Column of the customer's id.
        moment: Column of datetimes.
        amount: Column of amounts, refunds negative.
        order: Column of order numbers, whose rows are netted; None where a row is an order.
        currency: Column of currency codes; "currency" may be missing, None is not looked at.
        since: Start of what is seen, included. It makes earlier customers look new.
        zone: The shop's zone, in which days are counted; without it the zone of an aware `as_of`.
        count_free: Whether orders of zero are purchases.
        digits: Decimals of the smallest unit of money.
        drop_repeats: Whether rows equal in all named columns count once.
        strict: Whether a row that cannot be used is an error.
        report: Takes what was seen and what was left out.

    Returns:
        Columns `customer`; `stage`; `days_since` the last purchase; `purchase_days`, distinct days with a purchase;
        `last_gap`, days between the last two of them; `recent_days` and `earlier_days`, purchase days among the last
        `thresholds.dormant` days and among as many before. Days are null for a prospect, the gap with one day, too.

    Raises:
        FrameError: A column is missing or of a wrong type, or the listed customers are of another kind.
        CurrencyMismatch: Seen rows are in several currencies.
        InputError: An argument contradicts itself, or `strict` and a row cannot be used; or a summary is asked for a
            ladder that tells who is growing, which only orders can answer.

    Example:
        >>> from datetime import datetime
        >>> import pandas as pd
        >>> orders = pd.DataFrame({
        ...     "customer": ["ann", "ann", "bo", "cy"],
        ...     "moment": pd.to_datetime(["2026-11-01", "2026-11-20", "2026-03-05", "2026-11-02"]),
        ...     "amount": [120.0, 80.5, 15.0, 42.0],
        ... })
        >>> found = stages(orders, as_of=datetime(2026, 11, 24), customers=["ann", "dee"])
        >>> print(found[["customer", "stage", "days_since", "purchase_days", "last_gap"]].to_string(index=False))
        customer    stage  days_since  purchase_days  last_gap
             ann   active           4              2        19
              bo     lost         264              1      <NA>
              cy      new          22              1      <NA>
             dee prospect        <NA>              0      <NA>
        >>> LIFE_CYCLE.label("lost")
        '流失'
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
    refuse_other_thresholds(thresholds, "thresholds")
    found: IntoFrameT
    if isinstance(frame, CustomerSummary):
        found = stages_of_summary(frame, question, report, thresholds, ladder, customers)
        return found
    days = purchase_days(frame, question, report=report)
    if isinstance(days, DayArrays):
        found = _by_arrays(days, thresholds, ladder, customers, customer)
    else:
        found = _by_expressions(days, thresholds, ladder, customers, customer)
    return found


def _by_arrays(days: DayArrays, thresholds: Thresholds, ladder: Ladder, customers: Any, column: str) -> Any:
    standing, orders = standing_at(days, 0, thresholds), days.orders
    order, ids = orders.ids.ordered(standing.codes)
    values = {name: getattr(standing, name)[order] for name in VALUES}
    columns = with_prospects(ids, values, standing.places[order], ladder, customers, column, is_arrow=orders.is_arrow)
    return orders.plain_frame(columns)


def with_prospects(
    ids: Any,
    values: dict[str, NDArray[np.int64]],
    places: NDArray[np.int64],
    ladder: Ladder,
    customers: Any,
    column: str,
    *,
    is_arrow: bool,
) -> dict[str, Any]:
    """Returns the columns of the result, with the listed customers who have not bought."""
    import numpy as np

    if customers is not None:
        ids, order = prospects.ids_with(ids, customers, column, is_arrow=is_arrow)
        # Place -1 reads the element behind the last one, where nobody stands.
        values = {name: np.append(each, NO_GAP if name in _NULLABLE else 0)[order] for name, each in values.items()}
        places = np.append(places, 0)[order]
    none = {"days_since": values["purchase_days"] == 0, "last_gap": values["last_gap"] == NO_GAP}
    columns = {
        name: results.whole(each, none[name], is_arrow=is_arrow) if name in none else each
        for name, each in values.items()
    }
    names = tuple(ladder.steps[each] for each in STANDINGS)
    return {"customer": ids, "stage": results.texts(places, names, is_arrow=is_arrow), **columns}


def _by_expressions(days: DayRows, thresholds: Thresholds, ladder: Ladder, customers: Any, column: str) -> Any:
    import narwhals.stable.v2 as nw

    found = with_standings(days, thresholds).filter(nw.col("purchase_days_0") > 0)
    found = found.select(
        "customer", named_place("place_0", ladder).alias("stage"), *(nw.col(f"{name}_0").alias(name) for name in VALUES)
    )
    return days.orders.given_back(with_prospect_rows(found, VALUES, ladder, customers, column), "customer")


def with_prospect_rows(found: Any, values: Sequence[str], ladder: Ladder, customers: Any, column: str) -> Any:
    """Returns the result with the listed customers who have not bought."""
    import narwhals.stable.v2 as nw

    if customers is None:
        return found
    others = prospects.rows_without(found, customers, column)
    nothing = (nw.lit(None, dtype=nw.Int64) if name in _NULLABLE else nw.lit(0).cast(nw.Int64) for name in values)
    others = others.with_columns(
        nw.lit(ladder.steps["prospect"]).alias("stage"),
        *(each.alias(name) for name, each in zip(values, nothing, strict=True)),
    )
    return nw.concat([found, others.select(*found.collect_schema().names())], how="vertical")


def stages_of_summary(
    stored: CustomerSummary[Any],
    question: Asked,
    report: Report | None,
    thresholds: Thresholds,
    ladder: Ladder,
    customers: Any,
) -> Any:
    """Returns the stages of the customers of a stored summary.

    Raises:
        InputError: The ladder tells who is growing.
    """
    import narwhals.stable.v2 as nw
    import numpy as np

    if ladder.steps["growing"] != ladder.steps["active"]:
        raise InputError("This ladder tells who is growing, by purchase days that a CustomerSummary does not hold.")
    found, today = summary_in(stored, question, report), stored.basis.today
    column = question.columns.customer
    if isinstance(found, SummaryArrays):
        gap = np.where(found.purchase_days > 1, found.last - found.previous, NO_GAP)
        values = {"days_since": today - found.last, "purchase_days": found.purchase_days, "last_gap": gap}
        places = places_of(values["days_since"], found.purchase_days, gap, thresholds)
        return found.table(
            with_prospects(found.ids, values, places, ladder, customers, column, is_arrow=found.is_arrow)
        )
    last = nw.col("last")
    rows = found.frame.select("customer", "purchase_days", days_since=today - last, last_gap=last - nw.col("previous"))
    names = ("days_since", "purchase_days", "last_gap")
    since, number, gap_before = (nw.col(name) for name in names)
    rows = rows.with_columns(place=place_expression(since, number, gap_before, thresholds))
    rows = rows.select("customer", named_place("place", ladder).alias("stage"), *names)
    return given_back(with_prospect_rows(rows, names, ladder, customers, column), "customer", is_eager=found.is_eager)


def named_place(column: str, ladder: Ladder) -> nw.Expr:
    """Returns the stage of a standing's place as an expression."""
    import narwhals.stable.v2 as nw

    stage = nw.lit(ladder.steps[STANDINGS[-1]])
    for place, standing in reversed(list(enumerate(STANDINGS[:-1]))):
        stage = nw.when(nw.col(column) == place).then(nw.lit(ladder.steps[standing])).otherwise(stage)
    return stage
