"""Cohorts by arrays: a mark for each customer and period, then counting by cohort."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crmkit.segmentation import results
from crmkit.segmentation.by_arrays import exact_sums
from crmkit.segmentation.calendar_periods import periods_of_days, starts_of
from crmkit.segmentation.cohort_shape import Shape
from crmkit.segmentation.purchases import OrderArrays

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["cohorts_by_arrays"]

_NEVER = 2**62
_MOST_MARKS = 2**29


@attrs.frozen(slots=True, kw_only=True)
class _Cells:
    """Holds counts by cohort and place, both from 0 on; `lives` is the number of cells of each cohort's row."""

    customers: NDArray[np.int64]
    minor: NDArray[np.int64]
    size: NDArray[np.int64]
    complete: NDArray[np.bool_]
    lives: NDArray[np.int64]


def cohorts_by_arrays(orders: OrderArrays, shape: Shape, earlier: OrderArrays | None) -> Any:
    """Returns the cohorts of orders in memory."""
    import numpy as np

    own = _firsts(orders)
    buyers = own < _NEVER
    first = own if earlier is None else np.minimum(own, _firsts(earlier, every=True))
    if not buyers.any():
        return _table(orders, shape, 0, None)
    lowest = int(first[buyers].min())
    table = periods_of_days(shape.period, np.arange(lowest, max(shape.today, int(orders.days.max())) + 1))
    base = int(table[0])
    cohort = np.full(len(first), -1)
    cohort[buyers] = table[first[buyers] - lowest] - base
    if shape.blocks is None:
        places = table[np.maximum(orders.days - lowest, 0)] - base
        if not orders.bought.all():  # rows before the first purchase, such as a refund, belong to its period
            places = np.maximum(places, cohort[orders.codes])
        cells = _calendar(orders, shape, cohort, places, base)
    else:
        cells = _rolling(orders, shape, cohort, first)
    return _table(orders, shape, base, cells)


def _firsts(orders: OrderArrays, *, every: bool = False) -> NDArray[np.int64]:
    """Returns the first day of a purchase, or of any row, of each code."""
    import numpy as np

    first = np.full(orders.ids.size, _NEVER)
    everything = every or bool(orders.bought.all())
    codes, days = (
        (orders.codes, orders.days) if everything else (orders.codes[orders.bought], orders.days[orders.bought])
    )
    np.minimum.at(first, codes, days)
    return first


def _calendar(
    orders: OrderArrays, shape: Shape, cohort: NDArray[np.int64], places: NDArray[np.int64], base: int
) -> _Cells:
    import numpy as np

    width = shape.last - base + 1
    customers = _distinct(orders.codes, places, orders.bought, cohort, width)
    minor = _sums(orders.codes, places, orders.minor, cohort, width)
    cohorts_, k = np.arange(width)[:, None], np.arange(width)[None, :]
    place = np.minimum(cohorts_ + k, width - 1)
    size = np.bincount(cohort[cohort >= 0], minlength=width).astype(np.int64, copy=False)
    return _Cells(
        customers=np.take_along_axis(customers, place, 1),
        minor=np.take_along_axis(minor, place, 1),
        size=np.repeat(size[:, None], width, 1),
        complete=cohorts_ + k < shape.running - base,
        lives=np.where(size > 0, width - np.arange(width), 0),
    )


def _rolling(orders: OrderArrays, shape: Shape, cohort: NDArray[np.int64], first: NDArray[np.int64]) -> _Cells:
    import numpy as np

    assert shape.blocks is not None, "calendar periods are the other branch"
    some = np.flatnonzero(cohort >= 0)
    over, begun = np.zeros(len(cohort), np.int64), np.zeros(len(cohort), np.int64)
    over[some] = (shape.today - first[some]) // shape.blocks
    begun[some] = (shape.last_day - first[some]) // shape.blocks + 1
    known = cohort[orders.codes] >= 0
    codes, days, minor = (part[known] for part in (orders.codes, orders.days, orders.minor))
    bought = orders.bought[known]
    k = np.maximum(days - first[codes], 0) // shape.blocks
    if not shape.is_kept:
        is_over = k < over[codes]
        codes, k, minor = (part[is_over] for part in (codes, k, minor))
        bought = bought[is_over]
    height, width = int(cohort.max()) + 1, int(begun.max())
    leaving = np.bincount(cohort[some] * (width + 1) + over[some], minlength=height * (width + 1))
    leaving = leaving.reshape(height, width + 1).astype(np.int64, copy=False)
    total = leaving.sum(axis=1)
    staying = total[:, None] - np.cumsum(leaving, axis=1)[:, :width]
    lives = np.zeros(height, np.int64)
    np.maximum.at(lives, cohort[some], begun[some])
    return _Cells(
        customers=_distinct(codes, k, bought, cohort, width, height),
        minor=_sums(codes, k, minor, cohort, width, height),
        size=np.repeat(total[:, None], width, 1) if shape.is_kept else staying,
        complete=staying == total[:, None] if shape.is_kept else staying > 0,
        lives=lives,
    )


def _distinct(
    codes: NDArray[np.int64],
    places: NDArray[np.int64],
    bought: NDArray[np.bool_],
    cohort: NDArray[np.int64],
    width: int,
    height: int | None = None,
) -> NDArray[np.int64]:
    """Returns how many customers of each cohort bought at each place."""
    import numpy as np

    height = width if height is None else height
    if not bought.all():
        codes, places = codes[bought], places[bought]
    size = len(cohort)
    if width * size > _MOST_MARKS:
        pairs = np.unique(places * size + codes)
        cells = cohort[pairs % size] * width + pairs // size
        return np.bincount(cells, minlength=height * width).astype(np.int64, copy=False).reshape(height, width)
    marks = np.zeros(width * size, bool)
    marks[places * size + codes] = True
    by_place = [np.bincount(cohort[row], minlength=height) for row in marks.reshape(width, size)]
    return np.stack(by_place, axis=1).astype(np.int64, copy=False)


def _sums(
    codes: NDArray[np.int64],
    places: NDArray[np.int64],
    minor: NDArray[np.int64],
    cohort: NDArray[np.int64],
    width: int,
    height: int | None = None,
) -> NDArray[np.int64]:
    """Returns the net total of each cohort at each place."""
    height = width if height is None else height
    rows = cohort[codes]
    known = rows >= 0
    if not known.all():
        rows, places, minor = rows[known], places[known], minor[known]
    return exact_sums(rows * width + places, minor, height * width).reshape(height, width)


def _table(orders: OrderArrays, shape: Shape, base: int, cells: _Cells | None) -> Any:
    import numpy as np

    lives = np.zeros(0, np.int64) if cells is None else cells.lives
    rows = np.repeat(np.arange(len(lives)), lives)
    k = np.arange(len(rows)) - np.repeat(np.cumsum(lives) - lives, lives)
    nothing = np.zeros(0, np.int64)
    customers, minor, size, complete = (
        (nothing, nothing, nothing, nothing.astype(bool))
        if cells is None
        else (part[rows, k] for part in (cells.customers, cells.minor, cells.size, cells.complete))
    )
    hidden = (size == 0) if shape.is_kept else (size == 0) | ~complete
    columns = {
        "cohort": results.dates(starts_of(shape.period, rows + base), is_arrow=orders.is_arrow),
        "k": k,
        "customers": customers,
        "size": size,
        "rate": results.numbers(customers / np.maximum(size, 1), hidden, is_arrow=orders.is_arrow),
        "revenue": minor,
        "complete": complete,
    }
    return orders.plain_frame(columns, money=("revenue",))
