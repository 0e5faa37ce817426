"""By what orders are broken down: columns, price bands, hours and weekdays of the shop's clock."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise

import attrs

from crmkit.errors import InputError

__all__ = ["Dimension", "Hour", "KeyColumn", "PriceBands", "Weekday", "dimensions"]


@attrs.frozen(slots=True)
class Hour:
    """Breaks down by the hour that the shop's clock shows, 0 to 23.

    Example:
        >>> Hour().name
        'hour'
    """

    name: str = "hour"


@attrs.frozen(slots=True)
class Weekday:
    """Breaks down by the weekday of the shop's calendar, 1 for Monday to 7 for Sunday.

    Example:
        >>> Weekday("day_of_week").name
        'day_of_week'
    """

    name: str = "weekday"


@attrs.frozen(slots=True)
class KeyColumn:
    """Breaks down by a column of the frame, as its name alone does."""

    name: str


def _cuts(cuts: Iterable[int | Decimal]) -> tuple[int | Decimal, ...]:
    return tuple(cuts)


def _exact(_: object, __: object, cuts: tuple[int | Decimal, ...]) -> None:
    if not set(map(type, cuts)) <= {int, Decimal} or not cuts:
        raise InputError(f"Cut-offs of price bands are exact numbers (int or Decimal), at least one, got {cuts!r}.")
    if any(low >= high for low, high in pairwise(cuts)):
        raise InputError(f"Cut-offs of price bands rise strictly, got {cuts!r}.")


@attrs.frozen(slots=True)
class PriceBands:
    """Breaks down by bands of price: a cut-off belongs to the band above it.

    Attributes:
        cuts: Rising cut-offs in the caller's unit; one band more than there are cut-offs.
        of: Column of prices; None for the net amount of the order.
        name: Name of the result's column.

    Raises:
        InputError: Cut-offs that do not rise or are not exact.

    Example:
        >>> PriceBands((50, 100), of="price").labels
        ('<50', '50-<100', '>=100')
    """

    cuts: tuple[int | Decimal, ...] = attrs.field(converter=_cuts, validator=_exact)
    of: str | None = attrs.field(default=None, kw_only=True)
    name: str = attrs.field(default="price_band", kw_only=True)

    @property
    def labels(self) -> tuple[str, ...]:
        """What the bands are called, the lowest first."""
        inner = (f"{low}-<{high}" for low, high in pairwise(self.cuts))
        return (f"<{self.cuts[0]}", *inner, f">={self.cuts[-1]}")


Dimension = KeyColumn | Hour | Weekday | PriceBands


def dimensions(by: Iterable[str | Dimension], taken: Iterable[str]) -> tuple[Dimension, ...]:
    """Returns what to break down by, each under a name of its own.

    Raises:
        InputError: Two have one name, a name is one of the result's own, or something is no dimension.
    """
    if isinstance(by, str):
        by = (by,)
    found = tuple(KeyColumn(part) if isinstance(part, str) else part for part in by)
    for part in found:
        if not isinstance(part, Dimension):
            raise InputError(f"by takes names of columns, Hour(), Weekday() and PriceBands(…), got {part!r}.")
    names = [part.name for part in found]
    for name in names:
        if names.count(name) > 1 or name in taken:
            raise InputError(f"{name!r} would be the name of two columns of the result; give one of them another name.")
    return found
