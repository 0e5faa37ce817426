"""What a column can be compared with, and the exact bound that a value of a rule becomes on it."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from decimal import Context, Decimal, localcontext
from typing import Any, Literal

import attrs

__all__ = ["Kind", "Name", "Range", "Unfit", "cut", "number_range"]

Name = Literal["whole", "decimal", "fraction", "text", "boolean", "moment", "date", "nothing"]

_EXACT = Context(prec=120, Emax=999999, Emin=-999999)

WORDS: dict[Name, str] = {
    "whole": "whole numbers",
    "decimal": "decimals",
    "fraction": "binary fractions",
    "text": "texts",
    "boolean": "true and false",
    "moment": "moments",
    "date": "dates",
    "nothing": "no value at all",
}


class Unfit(Exception):
    """Says that a value cannot be compared with a column; the binder adds the path."""


@attrs.frozen(slots=True, kw_only=True)
class Kind:
    """Says what a column holds.

    Attributes:
        name: Whole numbers, decimals, binary fractions, texts, true and false, moments, dates, or nothing.
        digits: A column of whole units holds amounts of `10**-digits` (decimals of money in cents).
        scale: Decimals of a column of decimals; None where any number of them.
        low: Smallest value that the column's type can hold, or None.
        high: Largest value that the column's type can hold, or None.
        aware: Whether moments are instants; naive ones are shop-local.
    """

    name: Name
    digits: int = 0
    scale: int | None = None
    low: Any = None
    high: Any = None
    aware: bool = False

    @property
    def is_number(self) -> bool:
        """Whether values are numbers."""
        return self.name in ("whole", "decimal", "fraction")

    def __str__(self) -> str:
        if self.name == "moment":
            return "aware moments" if self.aware else "naive, shop-local moments"
        return WORDS[self.name]


@attrs.frozen(slots=True)
class Range:
    """Holds the values from `low` to `high`, each None for no end; open ends do not belong to it."""

    low: Any = None
    high: Any = None
    low_open: bool = False
    high_open: bool = False


def number_range(kind: Kind, given: Range) -> Range | None:
    """Returns a range of exact numbers in the values of a column, or None where it holds none of them."""
    with localcontext(_EXACT):
        scaled = attrs.evolve(given, low=_scaled(given.low, kind.digits), high=_scaled(given.high, kind.digits))
        if kind.name == "fraction":
            found = _fractions(scaled)
        elif kind.name == "whole":
            found = _whole(scaled, 0)
        elif kind.scale is None:
            found = scaled
        else:
            found = _whole(scaled, kind.scale)
            found = Range(_unscaled(found.low, kind.scale), _unscaled(found.high, kind.scale))
    return cut(found, kind)


def cut(found: Range, kind: Kind) -> Range | None:
    """Returns the range without ends that the column's type cannot reach, or None where nothing is left."""
    low, high = found.low, found.high
    if low is not None and high is not None and (low > high or (low == high and (found.low_open or found.high_open))):
        return None
    if kind.high is not None and low is not None and (low > kind.high or (low == kind.high and found.low_open)):
        return None
    if kind.low is not None and high is not None and (high < kind.low or (high == kind.low and found.high_open)):
        return None
    if kind.low is not None and low is not None and (low < kind.low or (low == kind.low and not found.low_open)):
        found = attrs.evolve(found, low=None, low_open=False)
    if kind.high is not None and high is not None and (high > kind.high or (high == kind.high and not found.high_open)):
        found = attrs.evolve(found, high=None, high_open=False)
    return found


def _scaled(number: Any, digits: int) -> Decimal | None:
    return None if number is None else Decimal(number).scaleb(digits)


def _unscaled(number: int | None, scale: int) -> Decimal | None:
    return None if number is None else Decimal(number).scaleb(-scale)


def _whole(given: Range, scale: int) -> Range:
    """Returns the closed range of whole multiples of `10**-scale` that lie inside."""
    low, high = given.low, given.high
    if low is not None:
        exact = low.scaleb(scale)
        floor = int(exact.to_integral_value(rounding="ROUND_FLOOR"))
        low = floor if floor == exact and not given.low_open else floor + 1
    if high is not None:
        exact = high.scaleb(scale)
        ceiling = int(exact.to_integral_value(rounding="ROUND_CEILING"))
        high = ceiling if ceiling == exact and not given.high_open else ceiling - 1
    return Range(low, high)


def _fractions(given: Range) -> Range:
    """Returns bounds among binary fractions, each of which counts as the decimal that it is written as.

    So 0.3 is three tenths, as people and databases of decimals have it, and no threshold is off by one in the last bit.
    """
    low, low_open, high, high_open = given.low, given.low_open, given.high, given.high_open
    if low is not None:
        low, written = _nearest(given.low)
        if written != given.low:
            low_open = written < given.low
    if high is not None:
        high, written = _nearest(given.high)
        if written != given.high:
            high_open = written > given.high
    return Range(low, high, low_open, high_open)


def _nearest(number: Decimal) -> tuple[float, Decimal]:
    nearest = float(number)
    return nearest, Decimal(repr(nearest)) if math.isfinite(nearest) else Decimal(nearest)


def moment_of(text: str, kind: Kind) -> datetime | date:
    """Returns the moment or date that a text names on a column of moments.

    Raises:
        Unfit: It is neither, or naive on an aware column, or the reverse.
    """
    day = date_of(text)
    if day is not None:
        return day
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Unfit(f"{text!r} is no moment such as 2026-11-24T09:30:00+08:00 and no date") from None
    if (moment.tzinfo is not None) != kind.aware:
        expected = "an offset, as in 2026-11-24T09:30:00+08:00" if kind.aware else "no offset: they are shop-local"
        raise Unfit(f"{text!r} is compared with {kind}, so it has {expected}")
    try:
        return moment.astimezone(UTC) if kind.aware else moment
    except OverflowError:
        raise Unfit(f"{text!r} lies beyond the calendar") from None


def date_of(text: str) -> date | None:
    """Returns the date that a text such as 2026-11-24 is, or None."""
    if len(text) != 10:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
