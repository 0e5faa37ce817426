"""ABC: which items hold most of a value, in classes that depend on neither row order nor ties."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from crmkit.errors import InputError
from crmkit.segmentation.item_values import ItemArrays, ItemRows, in_money, item_values, ratio
from crmkit.segmentation.report import Report
from crmkit.segmentation.results import texts

if TYPE_CHECKING:
    import numpy as np
    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

__all__ = ["abc"]

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def abc(
    frame: IntoFrameT,
    *,
    item: str,
    value: str,
    cuts: Sequence[int | Decimal] = (80, 95),
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
    """Returns the class of every item: A for those that hold the first 80 percent of the value, B up to 95, C the rest.

    An item's class depends on what the items strictly above it hold: A if that is below 80 percent of the total, B if
    it is below 95. So equal values share a class, and row order means nothing. Values of zero and below are C, and
    count neither in the total nor above others.

    Args:
        frame: Rows with an item (a product, a customer) and a value; rows of one item are added up. Never changed.
        item: Column of the item's id, of any type that groups.
        value: Column of values, refunds negative: floats, whole numbers or Decimals.
        cuts: Rising percents, at most 25 of them; a class more than there are cuts.
        as_of: Only rows before it count; None for all rows, whose moments are then not looked at.
        moment: Column of datetimes; read with `as_of` only.
        currency: Column of currency codes; "currency" may be missing, None is not looked at.
        since: Start of what is seen, included; with `as_of` only.
        zone: The shop's zone; with `as_of` only.
        digits: Decimals of the smallest unit, as in `rfm`.
        drop_repeats: Whether rows equal in all named columns count once; otherwise they are summed.
        strict: Whether a row that cannot be used is an error.
        report: Takes what was seen and what was left out.

    Returns:
        The same kind of frame: `item`, `value` in the caller's kind, `share` of the total, `above` (the share that the
        items strictly above hold), `class`; ordered by item, unless lazy.

    Raises:
        FrameError: A column is missing or of a wrong type.
        CurrencyMismatch: Rows are in several currencies.
        InputError: An argument contradicts itself, or `strict` and a row cannot be used.

    Example:
        >>> import pandas as pd
        >>> sold = pd.DataFrame({"sku": ["mug", "tea", "cup", "tea", "lid"], "amount": [30.0, 50.0, 15.0, 10.0, -3.0]})
        >>> print(abc(sold, item="sku", value="amount").to_string(index=False))
        item  value    share    above class
         cup   15.0 0.142857 0.857143     B
         lid   -3.0 0.000000 1.000000     C
         mug   30.0 0.285714 0.571429     A
         tea   60.0 0.571429 0.000000     A
    """
    bounds = _bounds(cuts)
    if as_of is None and since is not None:
        raise InputError("since needs as_of: what is seen lies between the two.")
    values = item_values(
        frame,
        item=item,
        value=value,
        moment=moment,
        currency=currency,
        as_of=as_of,
        since=since,
        zone=zone,
        digits=digits,
        drop_repeats=drop_repeats,
        strict=strict,
        report=report,
    )
    result: IntoFrameT = _of_arrays(values, bounds) if isinstance(values, ItemArrays) else _of_rows(values, bounds)
    return result


def _bounds(cuts: Sequence[int | Decimal]) -> tuple[Fraction, ...]:
    if not set(map(type, cuts)) <= {int, Decimal} or not 1 <= len(cuts) <= 25:
        raise InputError(f"cuts are 1 to 25 percents, whole or Decimal, got {cuts!r}.")
    bounds = tuple(Fraction(cut) / 100 for cut in cuts)
    if not all(low < high for low, high in pairwise((Fraction(0), *bounds))) or bounds[-1] > 1:
        raise InputError(f"cuts are percents that rise strictly, above 0 and up to 100, got {cuts!r}.")
    return bounds


def _of_arrays(values: ItemArrays, bounds: tuple[Fraction, ...]) -> Any:
    import numpy as np

    order, ids = values.orders.ids.ordered(values.codes)
    minor = values.minor[order]
    positive = np.maximum(minor, 0)
    above, total = _above(positive), int(positive.sum())
    limits = np.array([-(-total * bound.numerator // bound.denominator) for bound in bounds], np.int64)
    places = np.where(minor > 0, np.searchsorted(limits, above, side="right"), len(bounds))
    whole = np.full(len(minor), max(total, 1), np.float64)
    names = texts(places, tuple(_LETTERS[: len(bounds) + 1]), is_arrow=values.orders.is_arrow)
    columns = {"item": ids, "value": minor, "share": positive / whole, "above": above / whole, "class": names}
    return values.orders.plain_frame(columns, money=("value",))


def _above(positive: NDArray[np.int64]) -> NDArray[np.int64]:
    """Returns for each value the sum of those strictly above it."""
    import numpy as np

    falling = -np.sort(-positive)
    sums = np.concatenate([np.zeros(1, np.int64), np.cumsum(falling)])
    above: NDArray[np.int64] = sums[np.searchsorted(-falling, -positive, side="left")]
    return above


def _of_rows(values: ItemRows, bounds: tuple[Fraction, ...]) -> Any:
    import narwhals.stable.v2 as nw

    minor = nw.col("minor")
    rows = values.frame.with_columns(
        positive=nw.when(minor > 0).then(minor).otherwise(nw.lit(0)).cast(nw.Int64)
    ).with_columns(falling=nw.col("positive") * -1)
    sums = nw.col("positive").cum_sum().over(order_by="falling").cast(nw.Int64)
    rows = rows.with_columns(total=nw.col("positive").sum().cast(nw.Int64), before=sums - nw.col("positive"))
    # The first of equal values has only larger ones before it, whichever it is.
    rows = rows.with_columns(over=nw.col("before").min().over("falling"))
    kind = nw.lit(_LETTERS[len(bounds)])
    for place in reversed(range(len(bounds))):
        below = (nw.col("over") < _limit(nw.col("total"), bounds[place])) & (minor > 0)
        kind = nw.when(below).then(nw.lit(_LETTERS[place])).otherwise(kind)
    rows = rows.with_columns(share=ratio("positive", "total"), above=ratio("over", "total"), kind=kind)
    result = rows.select(
        "item", in_money("minor", values.orders.unit).alias("value"), "share", "above", nw.col("kind").alias("class")
    )
    return values.orders.given_back(result, "item")


def _limit(total: Any, bound: Fraction) -> Any:
    """Returns `ceil(total * bound)` in whole numbers that stay within 64 bits."""
    top, bottom = bound.numerator, bound.denominator
    return total // bottom * top + (total % bottom * top + bottom - 1) // bottom
