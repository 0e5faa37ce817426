"""The history of stages: how many customers were in each at every moment of a list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from crmkit.errors import InputError
from crmkit.segmentation import prospects, results
from crmkit.segmentation.ladders import LIFE_CYCLE, STANDINGS, Ladder
from crmkit.segmentation.literals import literal_frame, with_date
from crmkit.segmentation.purchase_days import DayArrays, DayRows, purchase_days, rising
from crmkit.segmentation.purchases import asked
from crmkit.segmentation.report import Report
from crmkit.segmentation.standings import standing_at, with_standings
from crmkit.segmentation.thresholds import Thresholds

if TYPE_CHECKING:
    from narwhals.stable.v2.typing import IntoFrameT

__all__ = ["stage_history"]


def stage_history(
    frame: IntoFrameT,
    *,
    moments: Sequence[datetime],
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
    """Returns how many customers were in each life-cycle stage at every moment, from one reading of the orders.

    Args:
        frame: Orders, in any row order; never changed.
        moments: Moments of the answer, each excluded, on rising days. What is said of one is not changed by later rows.
        thresholds: Thresholds of the stages.
        ladder: Names of the stages.
        customers: Ids of everybody, as `stages` takes them; those of them who had not bought at a moment are its
            prospects. None for no prospects.
        customer: Column of the customer's id.
        moment: Column of datetimes.
        amount: Column of amounts, refunds negative.
        order: Column of order numbers, whose rows are netted; None where a row is an order.
        currency: Column of currency codes; "currency" may be missing, None is not looked at.
        since: Start of what is seen, included.
        zone: The shop's zone, in which days are counted; without it the zone of the aware last moment.
        count_free: Whether orders of zero are purchases.
        digits: Decimals of the smallest unit of money.
        drop_repeats: Whether rows equal in all named columns count once.
        strict: Whether a row that cannot be used is an error.
        report: Takes what was seen by the last moment and what was left out.

    Returns:
        The caller's kind of frame: `as_of` (date of the moment), `stage`, `customers`, and `share` of all who are
        counted, null where nobody is; every stage of every moment, prospects only with `customers=`, ordered by both.

    Raises:
        FrameError: A column is missing or of a wrong type, or the listed customers are of another kind.
        CurrencyMismatch: Seen rows are in several currencies.
        InputError: The moments do not lie on rising days, or an argument contradicts itself.

    Example:
        >>> from datetime import datetime
        >>> import pandas as pd
        >>> orders = pd.DataFrame({
        ...     "customer": ["ann", "ann", "bo"],
        ...     "moment": pd.to_datetime(["2026-08-01", "2026-11-20", "2026-08-20"]),
        ...     "amount": [120.0, 80.5, 15.0],
        ... })
        >>> found = stage_history(orders, moments=[datetime(2026, 9, 1), datetime(2026, 11, 24)])
        >>> print(found[found["customers"] > 0].to_string(index=False))
             as_of       stage  customers  share
        2026-09-01     at_risk          1    0.5
        2026-09-01         new          1    0.5
        2026-11-24     dormant          1    0.5
        2026-11-24 reactivated          1    0.5
    """
    each = rising(moments, "moments")
    question = asked(
        as_of=each[-1],
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
    days = purchase_days(frame, question, each, report)
    today = [seen_in.today for seen_in in days.windows]
    if len(set(today)) < len(today):
        raise InputError("Two moments lie on one day of the shop's zone; a history has one line a day.")
    found: IntoFrameT
    if isinstance(days, DayArrays):
        found = _by_arrays(days, thresholds, ladder, customers, customer)
    else:
        found = _by_expressions(days, thresholds, ladder, customers, customer)
    return found


def _counted(customers: Any) -> tuple[str, ...]:
    """Returns the standings that are counted: prospects only where everybody is listed."""
    return STANDINGS[1:] if customers is None else STANDINGS


def _names(ladder: Ladder, standings: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({ladder.steps[standing] for standing in standings}))


def _by_arrays(days: DayArrays, thresholds: Thresholds, ladder: Ladder, customers: Any, column: str) -> Any:
    import numpy as np

    names = _names(ladder, _counted(customers))
    stage = np.array([0, *(names.index(ladder.steps[standing]) for standing in STANDINGS[1:])])
    rows = []
    for place in range(len(days.windows)):
        standing = standing_at(days, place, thresholds)
        rows.append(np.bincount(stage[standing.places], minlength=len(names)))
        if customers is not None:
            _, ids = days.orders.ids.ordered(standing.codes)
            others = prospects.count_without(ids, customers, column, is_arrow=days.orders.is_arrow)
            rows[-1][names.index(ladder.steps["prospect"])] += others
    counts = np.stack(rows).astype(np.int64, copy=False)
    everybody = np.repeat(counts.sum(axis=1), len(names))
    is_arrow, flat = days.orders.is_arrow, counts.ravel()
    return days.orders.plain_frame(
        {
            "as_of": results.dates(np.repeat([each.today for each in days.windows], len(names)), is_arrow=is_arrow),
            "stage": results.texts(np.tile(np.arange(len(names)), len(counts)), names, is_arrow=is_arrow),
            "customers": flat,
            "share": results.numbers(flat / np.maximum(everybody, 1), everybody == 0, is_arrow=is_arrow),
        }
    )


def _by_expressions(days: DayRows, thresholds: Thresholds, ladder: Ladder, customers: Any, column: str) -> Any:
    import narwhals.stable.v2 as nw

    found, names = with_standings(days, thresholds), _names(ladder, _counted(customers))
    if customers is not None:
        found = _with_listed(found, days, prospects.listed_rows(found, customers, column))
    moments = range(len(days.windows))
    cells = [(j, name) for j in moments for name in names]
    of = {name: [at for at, each in enumerate(STANDINGS) if at and ladder.steps[each] == name] for name in names}
    hits = []
    for number, (j, name) in enumerate(cells):
        is_there = nw.col(f"place_{j}").is_in(of[name])
        if customers is not None and ladder.steps["prospect"] == name:
            is_there = is_there | (nw.col(f"is_prospect_{j}") > 0)
        hits.append(is_there.cast(nw.Int64).alias(f"cell_{number}"))
    totals = found.select(*hits).select(nw.all().sum())
    sums = [nw.lit(0) + sum(nw.col(f"cell_{at}") for at, (i, _) in enumerate(cells) if i == j) for j in moments]
    totals = totals.with_columns(*(each.alias(f"all_{j}") for j, each in enumerate(sums)))
    lines = literal_frame(
        found,
        {
            "cell": list(range(len(cells))),
            "place": [j for j, _ in cells],
            "day": [days.windows[j].today for j, _ in cells],
            "stage": [name for _, name in cells],
        },
    )
    both = lines.join(totals, how="cross")
    picked = {
        "customers": _picked("cell", [f"cell_{number}" for number in range(len(cells))]),
        "all": _picked("place", [f"all_{j}" for j in moments]),
    }
    both = with_date(both.with_columns(**picked), "day", "as_of")
    all_of = nw.when(nw.col("all") > 0).then(nw.col("all").cast(nw.Float64))
    both = both.select("as_of", "stage", "customers", share=nw.col("customers").cast(nw.Float64) / all_of)
    return days.orders.given_back(both, "as_of", "stage")


def _with_listed(found: Any, days: DayRows, listed: Any) -> Any:
    """Adds the listed customers, and at which moments each of them is a prospect."""
    import narwhals.stable.v2 as nw

    listed = listed.select(listed="customer", is_listed=nw.lit(1))
    both = found.join(listed, left_on="customer", right_on="listed", how="full")
    return both.with_columns(
        *(nw.coalesce(f"place_{j}", nw.lit(0)).alias(f"place_{j}") for j in range(len(days.windows))),
        *(
            ((nw.coalesce(f"purchase_days_{j}", nw.lit(0)) == 0) & ~nw.col("is_listed").is_null())
            .cast(nw.Int64)
            .alias(f"is_prospect_{j}")
            for j in range(len(days.windows))
        ),
    )


def _picked(number: str, columns: list[str]) -> Any:
    """Returns the column whose place the number tells, 0 where the sum of nothing is null."""
    import narwhals.stable.v2 as nw

    cases = [nw.when(nw.col(number) == place).then(nw.col(name)) for place, name in enumerate(columns)]
    return nw.coalesce(*cases, nw.lit(0)).cast(nw.Int64)
