"""Mean spend per purchase as an exact fraction: total over frequency, compared in whole numbers only.

A fraction is its whole part and 62 digits of two behind the point. Two fractions whose denominators are below 2^31
differ by more than 2^-62, so that equal ones have equal digits and different ones do not: no quotient is rounded.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import attrs

from crmkit.errors import InputError
from crmkit.segmentation.amounts import Unit
from crmkit.segmentation.grid import Eight

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Bound", "above_fraction", "bound_of", "mean_of_means", "mean_ranks", "with_mean_ranks"]

_DIGIT = 2**21
"""Three digits of 21 bits; a quotient of numbers below 2^53 is floored rightly even by engines that divide doubles."""
_FINEST = 10**9
_LARGEST = 2**63 - 1
_HALF = 2**32


@attrs.frozen(slots=True)
class Bound:
    """Holds a fixed mean in whole units: `whole + above / below`."""

    whole: int
    above: int
    below: int

    def reached(self, whole: Any, rest: Any, frequency: Any) -> Any:
        """Tells whether `whole + rest / frequency` is at least the bound; arrays and expressions alike."""
        return (whole > self.whole) | ((whole == self.whole) & (rest * self.below >= frequency * self.above))

    def exceeded(self, whole: Any, rest: Any, frequency: Any) -> Any:
        """Tells whether `whole + rest / frequency` is above the bound; arrays and expressions alike."""
        return (whole > self.whole) | ((whole == self.whole) & (rest * self.below > frequency * self.above))


def bound_of(amount: int | Decimal, unit: Unit) -> Bound:
    """Returns an amount in the caller's unit as a bound.

    Raises:
        InputError: It has more than nine decimals of the smallest unit.
    """
    exact = Fraction(amount) * 10**unit.digits
    if exact.denominator > _FINEST:
        raise InputError(f"Bounds of a mean have up to nine decimals of the smallest unit, got {amount!r}.")
    whole = exact.numerator // exact.denominator
    return Bound(whole, exact.numerator - whole * exact.denominator, exact.denominator)


def parts(total: NDArray[np.int64], frequency: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Returns the whole part of the mean and what remains, `0 <= rest < frequency`."""
    whole = total // frequency
    return whole, total - whole * frequency


def _digits(rest: NDArray[np.int64], frequency: NDArray[np.int64]) -> NDArray[np.int64]:
    """Returns the digits behind the point as one whole number."""
    found = rest * 0
    for _ in range(3):
        scaled = rest * _DIGIT
        digit = scaled // frequency
        rest = scaled - digit * frequency
        found = found * _DIGIT + digit
    return found


def mean_ranks(total: NDArray[np.int64], frequency: NDArray[np.int64]) -> NDArray[np.int64]:
    """Returns whole numbers that rise with the mean, equal where the means are equal."""
    import numpy as np

    whole, rest = parts(total, frequency)
    _, first = np.unique(whole, return_inverse=True)
    found, second = np.unique(_digits(rest, frequency), return_inverse=True)
    ranks: NDArray[np.int64] = first * np.int64(max(1, len(found))) + second
    return ranks


def with_mean_ranks(values: Any) -> Any:
    """Returns the frame with `total` beside `monetary`, which becomes a whole number that rises with the mean."""
    import narwhals.stable.v2 as nw

    # Step by step, each a column of its own: in SQL a division repeats its operands, and would repeat those of others.
    frequency, total = nw.col("frequency"), nw.col("total")
    values = values.with_columns(total=nw.col("monetary"), whole=nw.col("monetary") // frequency)
    values = values.with_columns(rest=total - nw.col("whole") * frequency)
    values = values.with_columns(
        more=nw.col("rest") // frequency
    )  # Spark divides as doubles; the second time it is exact
    values = values.with_columns(
        whole=(nw.col("whole") + nw.col("more")).cast(nw.Int64), rest=nw.col("rest") - nw.col("more") * frequency
    )
    values = values.with_columns(left=nw.col("rest").cast(nw.Int64), digits=nw.lit(0).cast(nw.Int64))
    for _ in range(3):
        values = values.with_columns(digit=nw.col("left") * _DIGIT // frequency)
        values = values.with_columns(
            left=(nw.col("left") * _DIGIT - nw.col("digit") * frequency).cast(nw.Int64),
            digits=(nw.col("digits") * _DIGIT + nw.col("digit")).cast(nw.Int64),
        )
    ranks = [nw.col(name).rank("min").cast(nw.Int64).alias(f"{name}_rank") for name in ("whole", "digits")]
    values = values.with_columns(*ranks)
    return values.with_columns(monetary=nw.col("whole_rank") * 2**31 + nw.col("digits_rank"))


def mean_of_means(frequency: list[int], total: list[int], count: list[int]) -> Fraction:
    """Returns the mean of all customers' means, from sums by frequency."""
    if not count:
        return Fraction(0)
    return sum((Fraction(t, f) for f, t in zip(frequency, total, strict=True)), Fraction(0)) / sum(count)


def above_fraction(
    shape: Eight, total: NDArray[np.int64], frequency: NDArray[np.int64], unit: Unit
) -> NDArray[np.bool_]:
    """Tells whose mean is above the threshold of the eight segments, the mean of the means or a fixed amount."""
    import numpy as np

    if isinstance(shape.threshold, tuple):
        exceeded: NDArray[np.bool_] = bound_of(shape.threshold[2], unit).exceeded(*parts(total, frequency), frequency)
        return exceeded
    every, places = np.unique(frequency, return_inverse=True)
    counts = np.bincount(places, minlength=len(every)).tolist()
    high, low = np.zeros(len(every), np.int64), np.zeros(len(every), np.int64)
    np.add.at(high, places, total >> 32)
    np.add.at(low, places, total & (_HALF - 1))
    sums = [h * _HALF + part for h, part in zip(high.tolist(), low.tolist(), strict=True)]
    limits = limits_of(every.tolist(), mean_of_means(every.tolist(), sums, counts))
    above: NDArray[np.bool_] = total > np.array(limits, np.int64)[places]
    return above


def limits_of(frequency: list[int], threshold: Fraction) -> list[int]:
    """Returns for each frequency the largest total whose mean is not above the threshold."""
    return [min(f * threshold.numerator // threshold.denominator, _LARGEST) for f in frequency]


def with_above_mean(values: Any) -> Any:
    """Returns the frame with `is_above_mean`, whether the mean is above the mean of all means; this runs a query."""
    import narwhals.stable.v2 as nw

    from crmkit.segmentation.literals import literal_frame

    total = nw.col("total")
    high = total // _HALF
    rows = values.select("frequency", high=high, low=total - high * _HALF, one=nw.lit(1))
    found = rows.group_by("frequency").agg(*(nw.col(name).sum() for name in ("high", "low", "one")))
    found = found.collect() if hasattr(found, "collect") else found
    frequency, highs, lows, counts = (list(map(int, found[name].to_list())) for name in found.columns)
    sums = [h * _HALF + part for h, part in zip(highs, lows, strict=True)]
    limits = limits_of(frequency, mean_of_means(frequency, sums, counts))
    if not frequency:
        return values.with_columns(is_above_mean=total < total)
    table = literal_frame(values, {"frequency": frequency, "limit": limits})
    values = values.join(table, on="frequency", how="left")
    return values.with_columns(is_above_mean=total > nw.col("limit"))


def threshold_expression(shape: Eight, unit: Unit) -> nw.Expr:
    """Returns whether the mean is above a fixed threshold, as an expression over `whole`, `rest`, `frequency`."""
    import narwhals.stable.v2 as nw

    assert isinstance(shape.threshold, tuple), "the mean of means is a column of its own"
    above: nw.Expr = bound_of(shape.threshold[2], unit).exceeded(nw.col("whole"), nw.col("rest"), nw.col("frequency"))
    return above
