"""Scores from 1 to k: by nearest-rank quantiles of the frame, or by fixed cut-offs.

The quantile score is `1 + k * below // n` in whole numbers, `below` being the customers strictly below: equal values
get equal scores, always. It equals one plus the number of nearest-rank quantiles that the value exceeds, which is how
the array form counts it without sorting where values lie far apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import attrs

from crmkit.errors import InputError

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Cuts"]

Cut = int | Decimal


def _rising(cuts: Iterable[Cut] | None) -> tuple[Cut, ...] | None:
    return None if cuts is None else tuple(cuts)


def _whole(_: Any, attribute: attrs.Attribute[Any], cuts: tuple[Cut, ...] | None) -> None:
    kinds = int | Decimal if attribute.name == "monetary" else int
    for cut in cuts or ():
        if isinstance(cut, bool) or not isinstance(cut, kinds):
            raise InputError(
                f"Cut-offs of {attribute.name} are exact numbers (int, or Decimal for money), got {cut!r}."
            )
    if cuts is not None and (not cuts or any(a >= b for a, b in pairwise(cuts))):
        raise InputError(f"Cut-offs of {attribute.name} rise strictly and are not empty, got {cuts!r}.")


def _cuts() -> Any:
    return attrs.field(default=None, converter=_rising, validator=_whole)


@attrs.frozen(slots=True, kw_only=True)
class Cuts:
    """Holds fixed cut-offs, so that a customer's score does not move because others did.

    Attributes:
        recency: Days, rising; the score is k minus the number of cut-offs exceeded (`>`).
        frequency: Purchases, rising; the score is one plus the number of cut-offs reached (`>=`).
        monetary: Amounts in the caller's unit, int or Decimal, rising; scored like frequency.

    A dimension left out is scored by quantile. Each has k - 1 cut-offs.

    Raises:
        InputError: Cut-offs that do not rise or are not exact.

    Example:
        >>> Cuts(frequency=(2, 3, 5, 10)).frequency
        (2, 3, 5, 10)
    """

    recency: tuple[Cut, ...] | None = _cuts()
    frequency: tuple[Cut, ...] | None = _cuts()
    monetary: tuple[Cut, ...] | None = _cuts()

    def of(self, dimension: str, k: int) -> tuple[Cut, ...] | None:
        """Returns the cut-offs of a dimension for k scores.

        Raises:
            InputError: There are not k - 1 of them.
        """
        cuts: tuple[Cut, ...] | None = getattr(self, dimension)
        if cuts is not None and len(cuts) != k - 1:
            raise InputError(f"{k} scores need {k - 1} cut-offs of {dimension}, got {len(cuts)}.")
        return cuts


def quantile_scores(values: NDArray[np.int64], k: int) -> NDArray[np.int64]:
    """Returns the quantile score of each value, high values high; one distinct value gives the middle score."""
    import numpy as np

    n = len(values)
    if n == 0 or values.min() == values.max():
        return np.full(n, (k + 1) // 2, np.int64)
    low = int(values.min())
    if int(values.max()) - low <= 4 * n:  # counting is faster than parting and searching
        places = values - low
        counts = np.bincount(places)
        table: NDArray[np.int64] = 1 + k * (np.cumsum(counts) - counts) // n
        return table[places]
    places = np.array([(step * n + k - 1) // k - 1 for step in range(1, k)], np.int64)
    quantiles = np.partition(values, places)[places]
    return np.searchsorted(quantiles, values, side="left") + 1


def cut_scores(values: NDArray[np.int64], cuts: tuple[int, ...], *, falling: bool) -> NDArray[np.int64]:
    """Returns the score of each value by fixed cut-offs; `falling` where less is better."""
    import numpy as np

    if falling:
        return len(cuts) + 1 - np.searchsorted(np.array(cuts), values, side="left")
    return 1 + np.searchsorted(np.array(cuts), values, side="right")


def quantile_expression(column: str, k: int, size: nw.Expr, *, falling: bool) -> nw.Expr:
    """Returns the quantile score as a Narwhals expression over a frame of customers with `size` rows."""
    import narwhals.stable.v2 as nw

    value = nw.col(column) * -1 if falling else nw.col(column)  # narwhals has a unary minus only lately
    score = (value.rank("min").cast(nw.Int64) - 1) * k // size + 1
    return nw.when(value.min() == value.max()).then(nw.lit((k + 1) // 2)).otherwise(score).cast(nw.Int64)


def cut_expression(column: str, cuts: tuple[int, ...], *, falling: bool) -> nw.Expr:
    """Returns the score by fixed cut-offs as a Narwhals expression."""
    import narwhals.stable.v2 as nw

    value, score = nw.col(column), nw.lit(len(cuts) + 1 if falling else 1)
    for cut in cuts:
        step = (value > cut) if falling else (value >= cut)
        score = score - step.cast(nw.Int64) if falling else score + step.cast(nw.Int64)
    return score.cast(nw.Int64)
