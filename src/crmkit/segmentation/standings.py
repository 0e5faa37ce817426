"""Where each customer stands at a moment: days since, purchase days, the last gap, and the standing they make.

With s days since the last purchase, n distinct purchase days and g the gap before the last of them, the first line
that is true counts: no purchase, s > lost, s > dormant, s > at_risk, n = 1, g > dormant, more purchase days in the
last `dormant` days than in as many before, or none of these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crmkit.segmentation.ladders import STANDINGS
from crmkit.segmentation.purchase_days import DayArrays, DayRows
from crmkit.segmentation.thresholds import Thresholds

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["NO_GAP", "VALUES", "Standing", "place_expression", "places_of", "standing_at", "with_standings"]

NO_GAP = -1
VALUES = ("days_since", "purchase_days", "last_gap", "recent_days", "earlier_days")
"""What a standing is made of."""

_PLACE = {standing: place for place, standing in enumerate(STANDINGS)}


@attrs.frozen(slots=True, kw_only=True)
class Standing:
    """Holds where customers stand, by rising code.

    Attributes:
        codes: The customers' codes, each once.
        days_since: Days from the last purchase to the date of the moment.
        purchase_days: Distinct days with a purchase.
        last_gap: Days between the last two of them, `NO_GAP` where there is one.
        recent_days: Purchase days among the last `dormant` days.
        earlier_days: Purchase days among as many days before those.
        places: Place of the standing in `STANDINGS`.
    """

    codes: NDArray[np.int64]
    days_since: NDArray[np.int64]
    purchase_days: NDArray[np.int64]
    last_gap: NDArray[np.int64]
    recent_days: NDArray[np.int64]
    earlier_days: NDArray[np.int64]
    places: NDArray[np.int64]


def standing_at(days: DayArrays, place: int, thresholds: Thresholds) -> Standing:
    """Returns where every customer stands who has bought at one of the moments."""
    import numpy as np

    codes, bought = days.at(place)
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    sizes = np.diff(starts, append=len(codes))
    ends = starts + sizes - 1
    last, age = bought[ends], days.windows[place].today - bought
    gap = np.where(sizes > 1, last - bought[np.maximum(ends - 1, 0)], NO_GAP)
    recent, earlier = (
        np.add.reduceat(some.astype(np.int64), starts) if len(starts) else np.zeros(0, np.int64)
        for some in (age <= thresholds.dormant, (age > thresholds.dormant) & (age <= 2 * thresholds.dormant))
    )
    since = days.windows[place].today - last
    places = places_of(since, sizes, gap, thresholds, is_growing=recent > earlier)
    return Standing(
        codes=codes[starts],
        days_since=since,
        purchase_days=sizes,
        last_gap=gap,
        recent_days=recent,
        earlier_days=earlier,
        places=places,
    )


def places_of(
    since: NDArray[np.int64],
    purchase_days: NDArray[np.int64],
    last_gap: NDArray[np.int64],
    thresholds: Thresholds,
    *,
    is_growing: NDArray[np.bool_] | None = None,
) -> NDArray[np.int64]:
    """Returns the place in `STANDINGS` of customers who bought; nobody grows where that is not known."""
    import numpy as np

    conditions = {
        "lost": since > thresholds.lost,
        "dormant": since > thresholds.dormant,
        "at_risk": since > thresholds.at_risk,
        "new": purchase_days == 1,
        "reactivated": last_gap > thresholds.dormant,
        "growing": np.zeros(len(since), bool) if is_growing is None else is_growing,
    }
    places = np.select(list(conditions.values()), [_PLACE[name] for name in conditions], _PLACE["active"])
    return places.astype(np.int64, copy=False)


def with_standings(days: DayRows, thresholds: Thresholds) -> Any:
    """Returns a lazy frame of one row a customer: `customer`, and for moment j the columns `days_since_j`, … `place_j`.

    Every customer of the window is there; who has not bought at moment j has `purchase_days_j` 0, `place_j` of a
    prospect and nulls for the days.
    """
    import narwhals.stable.v2 as nw

    day, moments = nw.col("day"), range(len(days.windows))
    bought = [nw.col(f"bought_{j}") > 0 for j in moments]
    rows = days.frame.with_columns(*(nw.when(bought[j]).then(day).alias(f"day_{j}") for j in moments))
    rows = rows.with_columns(*(nw.col(f"day_{j}").max().over("customer").alias(f"last_{j}") for j in moments))
    columns: list[nw.Expr] = []
    for j in moments:
        age = days.windows[j].today - day
        is_recent = bought[j] & (age <= thresholds.dormant)
        is_earlier = bought[j] & (age > thresholds.dormant) & (age <= 2 * thresholds.dormant)
        columns += [
            nw.col(f"last_{j}"),
            nw.when(bought[j] & (day < nw.col(f"last_{j}"))).then(day).alias(f"previous_{j}"),
            nw.col(f"bought_{j}").cast(nw.Int64).alias(f"purchase_days_{j}"),
            is_recent.cast(nw.Int64).alias(f"recent_days_{j}"),
            is_earlier.cast(nw.Int64).alias(f"earlier_days_{j}"),
        ]
    most = [nw.col(f"{name}_{j}").max() for j in moments for name in ("last", "previous")]
    sums = [nw.col(f"{name}_{j}").sum() for j in moments for name in ("purchase_days", "recent_days", "earlier_days")]
    found = rows.select("customer", *columns).group_by("customer").agg(*most, *sums)
    found = found.with_columns(*(each for j in moments for each in _values(j, days.windows[j].today)))
    return found.with_columns(*(_place(j, thresholds).alias(f"place_{j}") for j in moments))


def _values(j: int, today: int) -> list[nw.Expr]:
    import narwhals.stable.v2 as nw

    last = nw.col(f"last_{j}")
    sums = [nw.col(f"{name}_{j}").cast(nw.Int64) for name in ("purchase_days", "recent_days", "earlier_days")]
    return [
        (today - last).cast(nw.Int64).alias(f"days_since_{j}"),
        (last - nw.col(f"previous_{j}")).cast(nw.Int64).alias(f"last_gap_{j}"),
        *sums,
    ]


def _place(j: int, thresholds: Thresholds) -> nw.Expr:
    import narwhals.stable.v2 as nw

    growing = nw.col(f"recent_days_{j}") > nw.col(f"earlier_days_{j}")
    since, number, gap = (nw.col(f"{name}_{j}") for name in ("days_since", "purchase_days", "last_gap"))
    return place_expression(since, number, gap, thresholds, is_growing=growing)


def place_expression(
    since: nw.Expr, number: nw.Expr, last_gap: nw.Expr, thresholds: Thresholds, *, is_growing: nw.Expr | None = None
) -> nw.Expr:
    """Returns the place in `STANDINGS`; nobody grows where that is not known."""
    import narwhals.stable.v2 as nw

    conditions = {
        "prospect": number == 0,
        "lost": since > thresholds.lost,
        "dormant": since > thresholds.dormant,
        "at_risk": since > thresholds.at_risk,
        "new": number == 1,
        "reactivated": last_gap > thresholds.dormant,
        **({} if is_growing is None else {"growing": is_growing}),
    }
    place = nw.lit(_PLACE["active"])
    for name, holds in reversed(conditions.items()):
        place = nw.when(holds).then(nw.lit(_PLACE[name])).otherwise(place)
    return place
