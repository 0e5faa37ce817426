"""What a call asks for, checked before any work."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

import attrs

from crmkit.errors import CurrencyMismatch, InputError
from crmkit.segmentation.amounts import Unit
from crmkit.segmentation.days import Window
from crmkit.segmentation.grid import Eight, Grid
from crmkit.segmentation.scores import Cut, Cuts

__all__ = ["DIMENSIONS", "Columns", "Plan", "refuse_currencies"]

DIMENSIONS = ("recency", "frequency", "monetary")


@attrs.frozen(slots=True, kw_only=True)
class Columns:
    """Holds the names of the columns in the caller's frame.

    Attributes:
        customer: Id of the customer, of any type that groups.
        moment: When it happened.
        amount: How much, refunds negative.
        order: Order number, or None where a row is an order.
        currency: Currency code, or None where the frame has no such column.
    """

    customer: str
    moment: str
    amount: str
    order: str | None
    currency: str | None

    def named(self) -> tuple[str, ...]:
        """Returns the columns that must be there, each once."""
        names = (self.customer, self.moment, self.amount, self.order, self.currency)
        return tuple(dict.fromkeys(name for name in names if name is not None))

    def argument_of(self, name: str) -> str:
        """Returns the argument by which a column was named."""
        return next((field for field, given in attrs.asdict(self).items() if given == name), "customer")

    def found_in(self, present: Iterable[Any]) -> Columns:
        """Returns the columns for a frame: `currency` is optional under its default name."""
        missing = self.currency == "currency" and "currency" not in set(present)
        return attrs.evolve(self, currency=None) if missing else self


@attrs.frozen(slots=True, kw_only=True)
class Plan:
    """Holds how one RFM is computed.

    Attributes:
        window: What is seen, and the zone of its days.
        k: Number of scores.
        cuts: Fixed cut-offs by dimension; quantiles where a dimension has none.
        shape: Grid or eight segments, or None.
        by: Frequency counts orders or distinct shop days.
        count_free: Whether orders of zero are purchases.
        digits: Decimals of the smallest unit, None for the column's own (2 for binary fractions).
        drop_repeats: Whether equal rows count once.
        monetary: What is compared as money, the net total or its mean a purchase.
        is_clustered: Whether k-means stands where quantiles do.
    """

    window: Window
    k: int
    cuts: Cuts
    shape: Grid | Eight | None
    by: Literal["order", "day"]
    count_free: bool
    digits: int | None
    drop_repeats: bool
    monetary: Literal["total", "mean"] = "total"
    is_clustered: bool = False

    def __attrs_post_init__(self) -> None:
        if self.k not in range(1, 1001):
            raise InputError(f"k, the number of scores, is a whole number from 1 to 1000, got {self.k!r}.")
        if self.by not in ("order", "day"):
            raise InputError(f"by is 'order' or 'day', got {self.by!r}.")
        if self.monetary not in ("total", "mean"):
            raise InputError(f"monetary is 'total' or 'mean', got {self.monetary!r}.")
        for dimension in DIMENSIONS:
            self.cuts.of(dimension, self.k)

    @property
    def is_mean(self) -> bool:
        """Whether money is the mean a purchase."""
        return self.monetary == "mean"

    def cut_offs(self, dimension: str, unit: Unit) -> tuple[int, ...] | None:
        """Returns the fixed cut-offs of a dimension as whole numbers, None for quantiles."""
        cuts: tuple[Cut, ...] | None = self.cuts.of(dimension, self.k)
        if cuts is None:
            return None
        return tuple(unit.minor(cut) for cut in cuts) if dimension == "monetary" else tuple(int(cut) for cut in cuts)


def cuts_of(method: object) -> Cuts:
    """Returns the cut-offs that `method` means: none for "quantile" and "kmeans"."""
    if isinstance(method, Cuts):
        return method
    if method in ("quantile", "kmeans"):
        return Cuts()
    raise InputError(f"method is 'quantile', 'kmeans' or Cuts(…), got {method!r}.")


def refuse_currencies(counts: Iterable[tuple[str | None, int]]) -> None:
    """Refuses amounts of several currencies.

    Raises:
        CurrencyMismatch: More than one currency is seen; it lists them with their numbers of rows.
    """
    found = sorted((("" if code is None else str(code)), count) for code, count in counts if count)
    if len(found) > 1:
        listed = ", ".join(f"{code or '(none)'} in {count:,} rows" for code, count in found)
        raise CurrencyMismatch(
            f"Amounts of several currencies cannot be added up: {listed}. Filter or convert the frame first.",
            currencies=tuple(code for code, _ in found),
        )


Segmenter = Callable[[Any], Any]
