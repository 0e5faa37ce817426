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
    shape: Grid | Eight, values: dict[str, NDArray[np.int64]], scores: dict[str, NDArray[np.int64]], unit: Unit
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Returns the place of each customer's segment in a list of names, and the list."""
    import numpy as np

    if isinstance(shape, Grid):
        second = scores["f"] if shape.axis == "frequency" else (scores["f"] + scores["m"] + 1) // 2
        names = shape.names
        cells = range(1, shape.k + 1)
        places = np.array([names.index(shape[r, f]) for r in cells for f in cells])
        return places[(scores["r"] - 1) * shape.k + second - 1], names
    bits = np.zeros(len(values["recency"]), np.int64)
    for weight, dimension in zip((4, 2, 1), DIMENSIONS, strict=True):
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


def named_frame(frame: Any, shape: Grid | Eight, unit: Unit) -> Any:
    """Returns the scored Narwhals frame with its column `segment`."""
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
        frame = frame.with_columns(_threshold_expression(shape, dimension, unit).alias("threshold"))
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


def _threshold_expression(shape: Eight, dimension: str, unit: Unit) -> nw.Expr:
    import narwhals.stable.v2 as nw

    value, size = nw.col(dimension), nw.col("customers")
    if shape.threshold == "median":
        return nw.when(nw.col(f"at_most_{dimension}") >= (size + 1) // 2).then(value).min()
    if shape.threshold != "mean":
        return nw.lit(_fixed(shape, dimension, unit))
    if dimension == "recency":
        return -_mean_floor(-value, size)
    return _mean_floor(value, size)


def _mean_floor(value: nw.Expr, size: nw.Expr) -> nw.Expr:
    """Divides the sum in two halves of 32 bits, so that no sum leaves 64 bits."""
    import narwhals.stable.v2 as nw

    upper = value // _HALF
    high = upper.sum().cast(nw.Int64)
    low = (value - upper * _HALF).sum().cast(nw.Int64)
    whole = high // size
    return whole * _HALF + ((high - whole * size) * _HALF + low) // size
