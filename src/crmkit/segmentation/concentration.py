"""How unequal a value is spread: the share of the top, the Gini coefficient and the points of the Pareto curve.

An item that holds nothing or less counts as an item that holds zero. All sums are whole numbers, so that the answers
are the same on every engine to the last bit.
"""

from __future__ import annotations

from datetime import datetime, tzinfo
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from crmkit.errors import InputError
from crmkit.segmentation.item_values import ItemArrays, ItemRows, in_money, item_values, ratio
from crmkit.segmentation.refusals import TooFewRows
from crmkit.segmentation.report import Report

if TYPE_CHECKING:
    import numpy as np
    from narwhals.stable.v2.typing import IntoFrame, IntoFrameT
    from numpy.typing import NDArray

__all__ = ["gini", "pareto_curve", "top_share"]

_SAFE = 2**62


def top_share(
    frame: IntoFrame,
    share: float | Decimal | Fraction = 0.2,
    *,
    item: str = "customer",
    value: str = "monetary",
    as_of: datetime | None = None,
    moment: str = "moment",
    currency: str | None = "currency",
    since: datetime | None = None,
    zone: str | tzinfo | None = None,
    digits: int | None = None,
    drop_repeats: bool = False,
    strict: bool = False,
    report: Report | None = None,
) -> float:
    """Returns what part of the value the top `share` of the items holds: 0.8 where a fifth holds four fifths.

    The top are the `ceil(n * share)` items that hold most, of all n. Where the last of them has equals, it does not
    matter which is taken: equal items hold the same. On a lazy frame this runs a query.

    Args:
        frame: Rows with an item (a customer, a product) and a value; the result of `rfm` by default.
        share: Part of the items, above 0 and up to 1; 0.2 means exactly one fifth.
        item: As in `abc`, and so is every argument below.
        value: Column of values.
        as_of: Only rows before it count; None for all.
        moment: Column of datetimes; read with `as_of` only.
        currency: Column of currency codes.
        since: Start of what is seen.
        zone: The shop's zone.
        digits: Decimals of the smallest unit.
        drop_repeats: Whether equal rows count once.
        strict: Whether a row that cannot be used is an error.
        report: Takes what was seen and what was left out.

    Raises:
        TooFewRows: No item holds anything.
        FrameError: A column is missing or of a wrong type.
        CurrencyMismatch: Rows are in several currencies.
        InputError: `share` is not between 0 and 1.

    Example:
        >>> import pandas as pd
        >>> spent = pd.DataFrame({"customer": list("abcde"), "monetary": [80.0, 5.0, 5.0, 5.0, 5.0]})
        >>> top_share(spent, 0.2), top_share(spent, 0.4)
        (0.8, 0.85)
    """
    part = _share(share)
    values, counts = _spread(
        "top_share",
        frame,
        item=item,
        value=value,
        as_of=as_of,
        moment=moment,
        currency=currency,
        since=since,
        zone=zone,
        digits=digits,
        drop_repeats=drop_repeats,
        strict=strict,
        report=report,
    )
    top = -(-int(counts.sum()) * part.numerator // part.denominator)
    return float(Fraction(_held_by(values, counts, top), _dot(values, counts)))


def gini(
    frame: IntoFrame,
    *,
    item: str = "customer",
    value: str = "monetary",
    as_of: datetime | None = None,
    moment: str = "moment",
    currency: str | None = "currency",
    since: datetime | None = None,
    zone: str | tzinfo | None = None,
    digits: int | None = None,
    drop_repeats: bool = False,
    strict: bool = False,
    report: Report | None = None,
) -> float:
    """Returns the Gini coefficient: 0 where all items hold the same, near 1 where one holds everything.

    It is `sum((2i - n - 1) * x_i) / (n * sum(x))` over the values in rising order, without a correction for small n,
    so that one of n items holding everything gives `1 - 1/n`. On a lazy frame this runs a query.

    Args:
        frame: Rows with an item (a customer, a product) and a value; the result of `rfm` by default.
        item: As in `abc`, and so is every argument below.
        value: Column of values.
        as_of: Only rows before it count; None for all.
        moment: Column of datetimes; read with `as_of` only.
        currency: Column of currency codes.
        since: Start of what is seen.
        zone: The shop's zone.
        digits: Decimals of the smallest unit.
        drop_repeats: Whether equal rows count once.
        strict: Whether a row that cannot be used is an error.
        report: Takes what was seen and what was left out.

    Raises:
        TooFewRows: No item holds anything.
        FrameError: A column is missing or of a wrong type.
        CurrencyMismatch: Rows are in several currencies.

    Example:
        >>> import pandas as pd
        >>> gini(pd.DataFrame({"customer": list("abcd"), "monetary": [0.0, 0.0, 0.0, 9.0]}))
        0.75
    """
    values, counts = _spread(
        "gini",
        frame,
        item=item,
        value=value,
        as_of=as_of,
        moment=moment,
        currency=currency,
        since=since,
        zone=zone,
        digits=digits,
        drop_repeats=drop_repeats,
        strict=strict,
        report=report,
    )
    n = int(counts.sum())
    # Of equal values the ranks are consecutive, so their weights add up to the number times the middle one.
    last = n - counts.cumsum()
    weights = (2 * last + counts - n) * counts
    return float(Fraction(_dot(values, weights, bound=n * n), n * _dot(values, counts)))


def pareto_curve(
    frame: IntoFrameT,
    *,
    item: str = "customer",
    value: str = "monetary",
    points: int = 100,
    as_of: datetime | None = None,
    moment: str = "moment",
    currency: str | None = "currency",
    since: datetime | None = None,
    zone: str | tzinfo | None = None,
    digits: int | None = None,
    drop_repeats: bool = False,
    strict: bool = False,
    report: Report | None = None,
) -> IntoFrameT:
    """Returns points of the Pareto curve: what the top items hold together, the largest first.

    The Lorenz curve is the same one turned: `1 - item_share` against `1 - value_share`. Both begin in the origin,
    which is no row here.

    Args:
        frame: Rows with an item (a customer, a product) and a value; the result of `rfm` by default.
        item: As in `abc`, and so is every argument below but `points`.
        value: Column of values.
        points: Number of points, evenly apart in items; one an item where there are fewer items.
        as_of: Only rows before it count; None for all.
        moment: Column of datetimes; read with `as_of` only.
        currency: Column of currency codes.
        since: Start of what is seen.
        zone: The shop's zone.
        digits: Decimals of the smallest unit.
        drop_repeats: Whether equal rows count once.
        strict: Whether a row that cannot be used is an error.
        report: Takes what was seen and what was left out.

    Returns:
        The same kind of frame: `items` (how many), `value` (what they hold), `item_share`, `value_share`; ordered by
        items, unless lazy.

    Raises:
        FrameError: A column is missing or of a wrong type.
        CurrencyMismatch: Rows are in several currencies.
        InputError: `points` is not a whole number from 1.

    Example:
        >>> import pandas as pd
        >>> spent = pd.DataFrame({"customer": list("abcde"), "monetary": [80.0, 5.0, 5.0, 5.0, 5.0]})
        >>> print(pareto_curve(spent, points=2).to_string(index=False))
         items  value  item_share  value_share
             3   90.0         0.6          0.9
             5  100.0         1.0          1.0
    """
    if type(points) is not int or points < 1:
        raise InputError(f"points is a whole number from 1, got {points!r}.")
    values = item_values(
        frame,
        item=item,
        value=value,
        as_of=as_of,
        moment=moment,
        currency=currency,
        since=since,
        zone=zone,
        digits=digits,
        drop_repeats=drop_repeats,
        strict=strict,
        report=report,
    )
    curve: IntoFrameT = (
        _curve_of_arrays(values, points) if isinstance(values, ItemArrays) else _curve_of_rows(values, points)
    )
    return curve


def _share(share: float | Decimal | Fraction) -> Fraction:
    try:
        part = Fraction(str(share)) if isinstance(share, float) else Fraction(share)  # 0.2 is a fifth, not its double
    except (TypeError, ValueError, OverflowError):
        part = Fraction(0)
    if isinstance(share, bool) or not 0 < part <= 1:
        raise InputError(f"share is a number above 0 and up to 1, got {share!r}.")
    return part


def _spread(needed_for: str, frame: Any, **options: Any) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Returns the distinct values, the largest first and none below zero, and how many items have each."""
    values, counts = item_values(frame, **options).distribution()
    values = values.clip(0)
    if not len(values) or values[0] == 0:
        raise TooFewRows(needed_for, f"{int(counts.sum()):,} items and none above zero", "an item that holds something")
    return values, counts


def _dot(values: NDArray[np.int64], weights: NDArray[np.int64], *, bound: int | None = None) -> int:
    """Returns the exact sum of the products; in Python's own numbers where 64 bits could be too few."""
    import numpy as np

    most = int(weights.sum()) if bound is None else bound
    if int(values[0]) * most < _SAFE:
        return int(np.dot(values, weights))
    return int(np.dot(values.astype(object), weights.astype(object)))


def _held_by(values: NDArray[np.int64], counts: NDArray[np.int64], top: int) -> int:
    import numpy as np

    whole = int(np.searchsorted(counts.cumsum(), top, side="right"))
    rest = top - int(counts[:whole].sum())
    held = _dot(values[:whole], counts[:whole]) if whole else 0
    return held + (rest * int(values[whole]) if rest else 0)


def _curve_of_arrays(values: ItemArrays, points: int) -> Any:
    import numpy as np

    falling = -np.sort(-np.maximum(values.minor, 0))
    sums, n = np.cumsum(falling), len(falling)
    number = np.arange(1, n + 1)
    kept = number * points // max(n, 1) > (number - 1) * points // max(n, 1)
    whole = np.full(int(kept.sum()), max(int(sums[-1]) if n else 1, 1), np.float64)
    columns = {
        "items": number[kept],
        "value": sums[kept],
        "item_share": number[kept] / np.full(len(whole), float(max(n, 1))),
        "value_share": sums[kept] / whole,
    }
    return values.orders.plain_frame(columns, money=("value",))


def _curve_of_rows(values: ItemRows, points: int) -> Any:
    import narwhals.stable.v2 as nw

    minor, one = nw.col("minor"), nw.col("one")
    held = nw.when(minor > 0).then(minor).otherwise(nw.lit(0)).cast(nw.Int64)
    rows = values.frame.select(held=held, falling=held * -1, one=nw.lit(1).cast(nw.Int64))
    # Equal values may come in any order: what the first so many hold is the same.
    rows = rows.with_columns(
        items=one.cum_sum().over(order_by="falling").cast(nw.Int64),
        value=nw.col("held").cum_sum().over(order_by="falling").cast(nw.Int64),
        n=nw.len().cast(nw.Int64),
        total=nw.col("held").sum().cast(nw.Int64),
    )
    items, n = nw.col("items"), nw.col("n")
    rows = rows.filter(items * points // n > (items - 1) * points // n)
    result = rows.select(
        "items",
        in_money("value", values.orders.unit).alias("value"),
        item_share=ratio("items", "n"),
        value_share=ratio("value", "total"),
    )
    return values.orders.given_back(result, "items")
