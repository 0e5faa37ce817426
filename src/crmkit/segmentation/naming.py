"""Segment of each customer from its values and scores, in the array form and in the Narwhals form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmkit.segmentation.amounts import Unit
from crmkit.segmentation.grid import EIGHT, Eight, Grid
from crmkit.segmentation.plan import DIMENSIONS

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["named_arrays", "named_frame"]

_BY_BITS = tuple(EIGHT[bits >> 2 & 1, bits >> 1 & 1, bits & 1] for bits in range(8))
_HALF = 2**32


def named_arrays(
    shape: Grid | Eight,
    values: dict[str, NDArray[np.int64]],
    scores: dict[str, NDArray[np.int64]],
    unit: Unit,
    much: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Returns the place of each customer's segment in a list of names, and the list.

    `much` tells who is high in money where `values` hold no amounts.
    """
    import numpy as np

    if isinstance(shape, Grid):
        second = scores["f"] if shape.axis == "frequency" else (scores["f"] + scores["m"] + 1) // 2
        names = shape.names
        cells = range(1, shape.k + 1)
        places = np.array([names.index(shape[r, f]) for r in cells for f in cells])
        return places[(scores["r"] - 1) * shape.k + second - 1], names
    bits = np.zeros(len(values["recency"]), np.int64)
    for weight, dimension in zip((4, 2, 1), DIMENSIONS, strict=True):
        if dimension == "monetary" and much is not None:
            bits += weight * much
            continue
        falling = dimension == "recency"
        threshold = _threshold(shape, dimension, values[dimension], unit)
        high = values[dimension] < threshold if falling else values[dimension] > threshold
        bits += weight * high
    return bits, _BY_BITS


def _threshold(shape: Eight, dimension: str, values: NDArray[np.int64], unit: Unit) -> int:
    import numpy as np

    if not len(values):
        return 0
    if shape.threshold == "median":
        place = (len(values) + 1) // 2 - 1
        return int(np.partition(values, place)[place])
    if shape.threshold == "mean":
        # x > mean is x > floor(mean), x < mean is x < ceiling(mean): no product, hence no overflow.
        total = (int(np.sum(values >> 32)) << 32) + int(np.sum(values & (_HALF - 1)))
        return -(-total // len(values)) if dimension == "recency" else total // len(values)
    return _fixed(shape, dimension, unit)


def _fixed(shape: Eight, dimension: str, unit: Unit) -> int:
    assert isinstance(shape.threshold, tuple), "the two names were dealt with by the callers"
    days, purchases, amount = shape.threshold
    if dimension == "recency":
        return days
    return purchases if dimension == "frequency" else -unit.minor(-amount)


def named_frame(frame: Any, shape: Grid | Eight, unit: Unit, much: nw.Expr | None = None) -> Any:
    """Returns the scored Narwhals frame with its column `segment`.

    `much` tells who is high in money where the frame's `monetary` is no amount.
    """
    import narwhals.stable.v2 as nw

    if isinstance(shape, Grid):
        second = nw.col("f") if shape.axis == "frequency" else (nw.col("f") + nw.col("m") + 1) // 2
        cell = (nw.col("r") - 1) * shape.k + second
        cells = range(1, shape.k + 1)
        groups = {
            name: [(r - 1) * shape.k + f for r in cells for f in cells if shape[r, f] == name] for name in shape.names
        }
        return frame.with_columns(_chosen(cell, groups).alias("segment"))
    if shape.threshold == "median":
        frame = frame.with_columns(
            nw.col(name).rank("max").cast(nw.Int64).alias(f"at_most_{name}") for name in DIMENSIONS
        )
    for weight, dimension in zip((4, 2, 1), DIMENSIONS, strict=True):
        if dimension == "monetary" and much is not None:
            frame = frame.with_columns((much.cast(nw.Int64) * weight).alias("high_monetary"))
            continue
        frame = _with_threshold(frame, shape, dimension, unit)
        value, threshold = nw.col(dimension), nw.col("threshold")
        high = value < threshold if dimension == "recency" else value > threshold
        frame = frame.with_columns((high.cast(nw.Int64) * weight).alias(f"high_{dimension}"))
    bits = nw.col("high_recency") + nw.col("high_frequency") + nw.col("high_monetary")
    return frame.with_columns(_chosen(bits, {name: [bit] for bit, name in enumerate(_BY_BITS)}).alias("segment"))


def _chosen(number: nw.Expr, groups: dict[str, list[int]]) -> nw.Expr:
    import narwhals.stable.v2 as nw

    (_, last), *others = ((numbers, name) for name, numbers in reversed(groups.items()))
    chosen = nw.lit(last)
    for numbers, name in others:
        chosen = nw.when(number.is_in(numbers)).then(nw.lit(name)).otherwise(chosen)
    return chosen


def _with_threshold(frame: Any, shape: Eight, dimension: str, unit: Unit) -> Any:
    """Adds the column `threshold` of a dimension, the same in every row."""
    import narwhals.stable.v2 as nw

    value, size = nw.col(dimension), nw.col("customers")
    found: nw.Expr
    if shape.threshold == "median":
        found = nw.when(nw.col(f"at_most_{dimension}") >= (size + 1) // 2).then(value).min()
    elif shape.threshold != "mean":
        found = nw.lit(_fixed(shape, dimension, unit))
    elif dimension == "recency":
        frame, found = _with_mean_floor(frame, -value), -nw.col("mean_floor")
    else:
        frame, found = _with_mean_floor(frame, value), nw.col("mean_floor")
    return frame.with_columns(found.alias("threshold"))


def _with_mean_floor(frame: Any, value: nw.Expr) -> Any:
    """Adds the whole part of the mean, from a sum in two halves of 32 bits, so that no sum leaves 64 bits.

    It goes step by step, each a column of its own: in SQL a division within a division takes some thousand characters.
    """
    import narwhals.stable.v2 as nw

    size, high, low, whole = (nw.col(name) for name in ("customers", "high", "low", "whole"))
    frame = frame.with_columns((value // _HALF).alias("upper"))
    frame = frame.with_columns(
        nw.col("upper").sum().cast(nw.Int64).alias("high"),
        (value - nw.col("upper") * _HALF).sum().cast(nw.Int64).alias("low"),
    )
    frame = frame.with_columns((high // size).alias("whole"))
    frame = frame.with_columns(((high - whole * size) * _HALF + low).alias("rest"))
    return frame.with_columns((whole * _HALF + nw.col("rest") // size).alias("mean_floor"))
