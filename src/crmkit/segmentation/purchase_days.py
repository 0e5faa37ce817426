"""Days on which customers bought, as they stood at one moment or at each of several, from one reading of the orders.

A later refund can undo a purchase, so what stood at an earlier moment is counted from the rows seen by then.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import attrs

from crmkit.errors import InputError
from crmkit.segmentation import by_arrays, by_expressions
from crmkit.segmentation.days import Window, window, with_day
from crmkit.segmentation.purchases import Asked, OrderArrays, OrderRows, orders_in
from crmkit.segmentation.report import Report

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["DayArrays", "DayRows", "purchase_days"]


@attrs.frozen(slots=False, kw_only=True)  # cached properties need a dictionary
class DayArrays:
    """Holds the purchase days of a frame in memory.

    Attributes:
        orders: The orders as they stand at the last moment.
        windows: What is seen at each moment, in rising order.
    """

    orders: OrderArrays
    windows: tuple[Window, ...]

    def at(self, place: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Returns customers' codes and days with a purchase at one of the moments, each pair once, ordered by both."""
        import numpy as np

        codes, days, places = self._pairs
        some = np.zeros(len(codes), bool)
        some[places[self._bought(place)]] = True
        return codes[some], days[some]

    @cached_property
    def _pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Returns customer and day of each pair, and the pair of each order."""
        import numpy as np

        orders = self.orders
        if not len(orders.codes):
            nothing = np.zeros(0, np.int64)
            return nothing, nothing, nothing
        first = int(orders.days.min())
        span = int(orders.days.max()) - first + 1
        pairs, places = np.unique(orders.codes * span + (orders.days - first), return_inverse=True)
        return pairs // span, pairs % span + first, places

    @cached_property
    def _order_of_row(self) -> NDArray[np.int64]:
        return by_arrays.order_numbers(self.orders.seen)[0]

    def _bought(self, place: int) -> NDArray[np.bool_]:
        """Tells for each order whether it is a purchase at that moment."""
        import numpy as np

        orders = self.orders
        if place == len(self.windows) - 1:
            return orders.bought
        _, high = self.windows[place].ticks(orders.tick_unit)
        rows = orders.seen
        seen = np.ones(len(rows.ticks), bool) if high is None else rows.ticks < high
        if rows.orders is None:
            return orders.bought & seen
        numbers, minor, size = self._order_of_row[seen], rows.minor[seen], len(orders.codes)
        net = by_arrays.exact_sums(numbers, minor, size)
        bought: NDArray[np.bool_] = net > 0
        if not orders.plan.count_free:
            return bought
        is_seen, refunded = (np.bincount(some, minlength=size) > 0 for some in (numbers, numbers[minor < 0]))
        bought |= is_seen & (net == 0) & ~refunded
        return bought


@attrs.frozen(slots=True, kw_only=True)
class DayRows:
    """Holds the purchase days of any other engine.

    Attributes:
        orders: The orders as they stand at the last moment.
        windows: What is seen at each moment, in rising order.
        frame: Lazy Narwhals frame `customer, day, bought_0, bought_1, …`, one row a customer and day, 1 where the day
            has a purchase at that moment.
    """

    orders: OrderRows
    windows: tuple[Window, ...]
    frame: Any


def purchase_days(
    frame: Any, question: Asked, moments: Sequence[datetime] = (), report: Report | None = None
) -> DayArrays | DayRows:
    """Returns the purchase days at each of the moments, or at the question's `as_of`, which is the last of them.

    Raises:
        InputError: The moments do not rise.
    """
    plan = question.plan
    orders = orders_in(frame, question, report)
    earlier = (window(moment, plan.window.since, plan.window.zone).as_of for moment in moments[:-1])
    windows = (*(attrs.evolve(orders.window, as_of=moment) for moment in earlier), orders.window)
    if isinstance(orders, OrderArrays):
        return DayArrays(orders=orders, windows=windows)
    rows = _days_now(orders) if len(windows) == 1 else _days_at(orders, windows)
    return DayRows(orders=orders, windows=windows, frame=rows)


def rising(moments: Sequence[datetime], name: str) -> tuple[datetime, ...]:
    """Returns the moments, checked.

    Raises:
        InputError: There is none, naive and aware ones are mixed, or they do not rise.
    """
    found = tuple(moments)
    if not found:
        raise InputError(f"{name} holds no moment.")
    for moment in found:
        window(moment, None, None)
    if len({moment.tzinfo is None for moment in found}) > 1:
        raise InputError(f"{name} are all naive or all aware, never some of each.")
    if any(later <= earlier for earlier, later in pairwise(found)):
        raise InputError(f"{name} rise, each later than the one before; got {', '.join(m.isoformat() for m in found)}.")
    return found


def _days_now(orders: OrderRows) -> Any:
    import narwhals.stable.v2 as nw

    rows = orders.frame.select("customer", "day", bought_0=nw.col("bought"))
    return rows.group_by("customer", "day").agg(nw.col("bought_0").max())


def _days_at(orders: OrderRows, windows: tuple[Window, ...]) -> Any:
    """Returns the days from the rows seen at each moment; all of them in one pass over the rows."""
    import narwhals.stable.v2 as nw

    door = orders.door
    places = range(len(windows))
    rows = by_expressions.used_rows(door)
    seen = [_is_seen(door, each) for each in windows]
    columns: dict[str, Any] = {"customer": door.customer, "moment": door.moment}
    columns |= {f"seen_{j}": seen[j].cast(nw.Int64) for j in places}
    columns |= {f"minor_{j}": nw.when(seen[j]).then(door.minor).otherwise(nw.lit(0)) for j in places}
    keys = ["customer"]
    if door.columns.order is not None:
        columns |= {"order": nw.col(door.columns.order)}
        columns |= {f"refund_{j}": (seen[j] & (door.minor < 0)).cast(nw.Int64) for j in places}
        keys.append("order")
    rows = rows.select(**columns)
    if door.columns.order is not None:
        sums = [nw.col(f"minor_{j}").sum() for j in places]
        most = [nw.col(f"{name}_{j}").max() for j in places for name in ("seen", "refund")]
        rows = rows.group_by(*keys).agg(nw.col("moment").min(), *sums, *most)
    bought = [_is_bought(door, j).cast(nw.Int64).alias(f"bought_{j}") for j in places]
    days = with_day(rows.select("customer", "moment", *bought), "moment", "day", door.plan.window.zone)
    return days.group_by("customer", "day").agg(*(nw.col(f"bought_{j}").max() for j in places))


def _is_bought(door: by_expressions.Door, place: int) -> Any:
    import narwhals.stable.v2 as nw

    minor, seen = nw.col(f"minor_{place}"), nw.col(f"seen_{place}") > 0
    if not door.plan.count_free:
        return minor > 0
    free = seen & (minor == 0)
    return (minor > 0) | (free if door.columns.order is None else free & (nw.col(f"refund_{place}") == 0))


def _is_seen(door: by_expressions.Door, seen_in: Window) -> Any:
    """Returns whether a row is seen at an earlier moment, by the same comparison as at the last one."""
    plan = attrs.evolve(door.plan, window=seen_in)
    high = by_expressions.opened(door.frame, door.columns, plan).high
    return ~door.moment.is_null() if high is None else high
