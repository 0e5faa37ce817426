"""A summary as the models see it: distinct (x, t_x, T) with counts, and the way back to the caller's frame."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit.segmentation import tables
from crmkit.segmentation.refusals import FrameError
from crmkit.segmentation.summaries import NAMES

__all__ = [
    "Behaviour",
    "Spending",
    "arrays_of",
    "behaviour_of",
    "checked",
    "coded",
    "columns_of",
    "in_unit",
    "pairs",
    "spending_of",
]

Floats = NDArray[np.float64]
_LARGEST = 2**62


@attrs.frozen(slots=True, kw_only=True, eq=False)
class Behaviour:
    """Holds distinct customers: repeats, recency and age, and how many customers share them.

    Attributes:
        x: Repeats.
        t_code: Place of the recency in `t_values`.
        t_values: Recencies, rising.
        age_code: Place of the age in `age_values`.
        age_values: Ages, rising.
        weight: How many customers share them.
    """

    x: NDArray[np.int64]
    t_code: NDArray[np.int64]
    t_values: Floats
    age_code: NDArray[np.int64]
    age_values: Floats
    weight: Floats

    @property
    def n(self) -> int:
        """Number of customers."""
        return int(self.weight.sum())

    @property
    def repeaters(self) -> int:
        """Number of customers who came back."""
        return int(self.weight[self.x > 0].sum())

    @property
    def t_x(self) -> Floats:
        """Recency of each row."""
        return self.t_values[self.t_code]

    @property
    def T(self) -> Floats:  # noqa: N802, as the papers write it
        """Age of each row."""
        return self.age_values[self.age_code]

    @property
    def mean_age(self) -> float:
        """Mean age of the customers."""
        return float(np.bincount(self.age_code, self.weight, len(self.age_values)) @ self.age_values) / self.n

    def scaled(self, unit: float) -> Behaviour:
        """Returns the same with times divided by `unit`."""
        return attrs.evolve(self, t_values=self.t_values / unit, age_values=self.age_values / unit)

    def sampled(self, every: int) -> Behaviour:
        """Returns every so-manieth customer, in the order of (x, t_x, T)."""
        picked = np.searchsorted(np.cumsum(self.weight), np.arange(every // 2, self.n, every), side="right")
        starts = np.flatnonzero(np.diff(picked, prepend=-1))
        rows, weight = picked[starts], np.diff(starts, append=len(picked)).astype(np.float64)
        return attrs.evolve(self, x=self.x[rows], t_code=self.t_code[rows], age_code=self.age_code[rows], weight=weight)


@attrs.frozen(slots=True, kw_only=True, eq=False)
class Spending:
    """Holds customers who came back: repeats, and mean spend of each."""

    x: NDArray[np.int64]
    m: Floats

    @property
    def n(self) -> int:
        """Number of customers."""
        return len(self.x)

    def sampled(self, every: int) -> Spending:
        """Returns every so-manieth customer."""
        return Spending(x=self.x[::every], m=self.m[::every])

    def scaled(self, unit: float) -> Spending:
        """Returns the same with amounts divided by `unit`."""
        return Spending(x=self.x, m=self.m / unit)


def columns_of(frame: Any) -> tuple[str, ...]:
    """Returns the names of customer, x, t_x, T and m in a summary, by either set of names."""
    import narwhals.stable.v2 as nw

    kind = tables.frame_kind(frame)
    if kind == "other":
        present = set(nw.from_native(frame).collect_schema().names())
    else:
        present = set(frame.columns if kind == "pandas" else frame.column_names)
    return NAMES["pymc"] if "x" not in present and "frequency" in present else NAMES["short"]


def arrays_of(frame: Any, names: tuple[str, ...]) -> list[NDArray[Any]]:
    """Returns columns of an eager frame as arrays without nulls.

    Raises:
        FrameError: A column is missing, not a number, or has nulls.
    """
    import narwhals.stable.v2 as nw

    given = nw.from_native(frame)
    present = given.collect_schema()
    found = []
    for name in names:
        if name not in present:
            raise FrameError(name, "no such column", "a column of the summary")
        if not present[name].is_numeric():
            raise FrameError(name, str(present[name]), "numbers")
        column = given[name]
        if nulls := int(column.null_count()):
            raise FrameError(name, f"{nulls:,} nulls", "a number in every row")
        values = column.to_numpy()
        found.append(values if values.dtype.kind in "iuf" else values.astype(np.float64))
    return found


def checked(x: NDArray[Any], t_x: NDArray[Any], age: NDArray[Any]) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Returns the arrays as whole repeats and binary times.

    Raises:
        FrameError: They contradict themselves.
    """
    times = [values.astype(np.float64, copy=False) for values in (t_x, age)]
    whole = x.astype(np.int64) if np.isfinite(x).all() else np.zeros(len(x), np.int64)
    wrong = (
        ("x", (whole != x) | (x < 0), "not whole or negative", "the number of repeat days, 0 or more"),
        ("t_x", ~(times[0] >= 0), "negative or NaN", "times of 0 or more"),
        ("T", ~np.isfinite(times[1]) | (times[1] < 0), "negative or not finite", "times of 0 or more"),
        ("t_x", times[0] > times[1], "t_x > T", "t_x at or before T, in one unit"),
        ("t_x", (x > 0) & (times[0] == 0), "t_x = 0 though x > 0", "a later day for every repeat"),
        ("t_x", (x == 0) & (times[0] > 0), "t_x > 0 though x = 0", "t_x = 0 where there is no repeat"),
    )
    for column, rows, found, expected in wrong:
        if count := int(np.count_nonzero(rows)):
            raise FrameError(column, f"{count:,} rows with {found}", expected)
    return whole, times[0], times[1]


def in_unit(x: NDArray[np.int64], t_x: Floats, age: Floats, unit: str) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Returns the arrays, their times being of the unit: days are whole numbers.

    Raises:
        FrameError: They are not.
    """
    if unit == "D" and (parts := int(np.count_nonzero(np.rint(age) != age))):
        raise FrameError("T", f"{parts:,} rows with parts of a day", "whole days, or unit='W' where times are weeks")
    return x, t_x, age


def behaviour_of(frame: Any, unit: str) -> Behaviour:
    """Returns the distinct (x, t_x, T) of a summary; a lazy frame is grouped by its engine.

    Raises:
        FrameError: A column is missing or contradicts itself, or nobody was watched for any time.
    """
    import narwhals.stable.v2 as nw

    names = columns_of(frame)[1:4]
    given = nw.from_native(frame)
    if isinstance(given, nw.LazyFrame):
        missing = [name for name in names if name not in given.collect_schema().names()]
        if missing:
            raise FrameError(missing[0], "no such column", "a column of the summary")
        grouped = given.group_by(*names).agg(nw.len().alias("customers")).collect()
        *values, counts = arrays_of(grouped.to_native(), (*names, "customers"))
    else:
        values, counts = arrays_of(frame, names), None
    found = _distinct(*in_unit(*checked(*values), unit), counts)
    if found.n and not found.T.max() > 0:
        raise FrameError(names[2], "0 in every row", "customers who were watched for some time")
    return found


def _distinct(x: NDArray[np.int64], t_x: Floats, age: Floats, counts: NDArray[Any] | None) -> Behaviour:
    """Returns each combination once, in rising order, so that the row order cannot matter."""
    (t_code, t_values), (age_code, age_values) = coded(t_x), coded(age)
    spans = len(t_values), len(age_values)
    if len(x) and (int(x.max()) + 1) * spans[0] * spans[1] >= _LARGEST:
        raise FrameError("x", f"{int(x.max()):,} repeats", "numbers of repeat days")
    keys = (x * spans[0] + t_code) * spans[1] + age_code
    keys, weight = _counted(keys, spans[1]) if counts is None else _added(keys, counts.astype(np.float64))
    rest = keys // spans[1]
    x = rest // spans[0]
    return Behaviour(
        x=x,
        t_code=rest - x * spans[0],
        t_values=t_values,
        age_code=keys - rest * spans[1],
        age_values=age_values,
        weight=weight,
    )


def _counted(keys: NDArray[np.int64], few: int) -> tuple[NDArray[np.int64], Floats]:
    """Returns each key once, rising, and how often it occurs; keys below `few`, half of a shop, are only counted."""
    once = keys < few
    often = keys[~once]
    if int(often.max(initial=0)) < 2**32:  # half the bytes sort in half the time
        often = often.astype(np.uint32)
    often.sort()
    starts = np.flatnonzero(np.concatenate((np.ones(min(len(often), 1), bool), often[1:] != often[:-1])))
    first = np.bincount(keys[once], minlength=1)
    some = np.flatnonzero(first)
    sizes = np.concatenate((first[some], np.diff(starts, append=len(often))))
    return np.concatenate((some, often[starts].astype(np.int64))), sizes.astype(np.float64)


def _added(keys: NDArray[np.int64], counts: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Returns each key once, rising, and the sum of its counts."""
    found, places = np.unique(keys, return_inverse=True)
    return found, np.bincount(places, counts, len(found)).astype(np.float64)


def coded(times: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Returns times as codes that rise with them, and the times of the codes; whole days and weeks need no sorting."""
    longest = float(times.max()) if len(times) else 0.0
    for step in (1, 7):
        days = times if step == 1 else np.rint(times * step)
        if longest * step > 4 * len(times) + 100_000:
            continue
        codes = days.astype(np.int64)
        if np.array_equal(codes if step == 1 else codes / step, times):
            every = np.arange(int(codes.max(initial=0)) + 1)
            return codes, every.astype(np.float64) if step == 1 else every / step
    found, codes = np.unique(times, return_inverse=True)
    return codes.astype(np.int64), found


def pairs(x: NDArray[np.int64], times: Floats) -> tuple[NDArray[np.int64], Floats, NDArray[np.int64]]:
    """Returns the distinct (x, time) and the place of every customer among them."""
    codes, values = coded(times)
    keys = x * len(values) + codes
    most = (int(x.max(initial=0)) + 1) * len(values)
    if most <= 4 * len(keys) + 100_000:  # counting is faster than sorting
        there = np.zeros(most, bool)
        there[keys] = True
        found = np.flatnonzero(there)
        places = (np.cumsum(there) - 1)[keys]
    else:
        found, places = np.unique(keys, return_inverse=True)
    some_x = found // max(1, len(values))
    return some_x, values[found - some_x * len(values)], places


def spending_of(frame: Any) -> Spending:
    """Returns repeats and mean spend of the customers who came back and spent something.

    Raises:
        FrameError: A column is missing or holds what is no number.
    """
    import narwhals.stable.v2 as nw

    names = columns_of(frame)
    x, m = names[1], names[4]
    given = nw.from_native(frame)
    for name in (x, m):
        if name not in given.collect_schema().names():
            raise FrameError(name, "no such column", "a column of the summary")
    kept = given.filter((nw.col(x) > 0) & (nw.col(m).cast(nw.Float64) > 0)).select(x, nw.col(m).cast(nw.Float64))
    eager = kept.collect() if isinstance(kept, nw.LazyFrame) else kept
    repeats, means = arrays_of(eager.to_native(), (x, m))
    real = ~np.isnan(means)  # to some engines NaN is larger than any number
    repeats, means = repeats[real], means[real]
    if not np.isfinite(means).all():
        raise FrameError(m, "infinite values", "finite mean amounts")
    return Spending(x=repeats.astype(np.int64), m=means.astype(np.float64))
