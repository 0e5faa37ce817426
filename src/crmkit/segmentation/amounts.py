"""Exact amounts: every amount becomes a whole number of its smallest unit before anything is added up.

Binary fractions are rounded per row by `sign * floor(|amount| * 10**digits + 0.5)`, the one rule that gives the same
number on every engine; decimals and whole numbers are taken exactly.
"""

from __future__ import annotations

from decimal import Context, Decimal, localcontext
from typing import TYPE_CHECKING, Any, Literal

import attrs

from crmkit.errors import InputError

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["FINE", "LARGEST", "MISSING", "Amounts", "Unit"]

LARGEST = 2**53
"""Larger rows are left out: a binary fraction is no longer exact there, and 1,023 such rows still fit in 64 bits."""

MISSING, NOT_FINITE, TOO_LARGE, FINE = 1, 2, 3, 4
"""Why an amount cannot be used; 0 means it can."""

Kind = Literal["float", "int", "decimal"]
_EXACT = Context(prec=60)
_MOST_DIGITS = 6


@attrs.frozen(slots=True)
class Unit:
    """Says what the caller's amounts are and in which unit they are added up.

    Attributes:
        kind: Binary fractions, whole numbers or decimals; results are given in the same kind.
        digits: An amount of 1 is `10**digits` units.
    """

    kind: Kind
    digits: int

    def minor(self, amount: Decimal | int) -> int:
        """Returns the smallest number of units that is at least `amount`."""
        with localcontext(_EXACT):
            exact = Decimal(amount).scaleb(self.digits)
            return int(exact.to_integral_value(rounding="ROUND_CEILING"))


@attrs.frozen(slots=True)
class Amounts:
    """Holds the amounts of all rows in whole units, and why some cannot be used."""

    unit: Unit
    minor: NDArray[np.int64]
    reason: NDArray[np.uint8] | None = None


def unit_of(kind: Kind, digits: int | None, scale: int = 2) -> Unit:
    """Returns the unit for amounts of a kind; decimals bring their own number of decimals, up to six."""
    if digits is not None and digits not in range(13):
        raise InputError(f"digits is a whole number from 0 to 12, got {digits!r}.")
    if kind == "int":
        return Unit(kind, 0)
    if kind == "float":
        return Unit(kind, 2 if digits is None else digits)
    return Unit(kind, min(scale, _MOST_DIGITS) if digits is None else digits)


def of_floats(values: NDArray[np.float64], digits: int | None) -> Amounts:
    """Returns binary fractions in whole units by the one rounding rule."""
    import numpy as np

    unit = unit_of("float", digits)
    size = np.abs(values)
    size *= 10.0**unit.digits
    usable = size <= LARGEST  # false for NaN and infinity, too
    reason = None
    if not usable.all():
        reason = np.where(usable, 0, np.where(np.isfinite(values), TOO_LARGE, NOT_FINITE)).astype(np.uint8)
        reason[np.isnan(values)] = MISSING
        size[~usable] = 0
    size += 0.5
    minor = size.astype(np.int64)  # cutting off is the floor here: nothing is below zero
    np.negative(minor, out=minor, where=values < 0)
    return Amounts(unit, minor, reason)


def of_whole(values: NDArray[Any], missing: NDArray[np.bool_] | None, unit: Unit) -> Amounts:
    """Returns whole numbers of any width as 64-bit ones."""
    import numpy as np

    reason = np.zeros(len(values), np.uint8)
    if values.dtype.itemsize >= 8:
        reason[(values > LARGEST) | (values < -LARGEST if values.dtype.kind == "i" else False)] = TOO_LARGE
    if missing is not None:
        reason[missing] = MISSING
    minor = np.where(reason == 0, values, 0).astype(np.int64) if reason.any() else values.astype(np.int64)
    return Amounts(unit, minor, reason if reason.any() else None)


def of_decimals(values: list[Decimal | int], digits: int | None) -> tuple[Unit, list[int | None]]:
    """Returns finite decimals in whole units, None where one is finer than the unit."""
    unit = unit_of("decimal", digits)
    with localcontext(_EXACT):
        whole = _scaled(values, unit.digits)
        if None in whole and digits is None:
            scale = max(-int(Decimal(value).normalize().as_tuple().exponent) for value in values)
            unit = unit_of("decimal", None, scale)
            whole = _scaled(values, unit.digits)
    return unit, whole


def _scaled(values: list[Decimal | int], digits: int) -> list[int | None]:
    factor = Decimal(10) ** digits
    exact = [value * factor for value in values]
    whole: list[int | None] = list(map(int, exact))
    if whole == exact:
        return whole
    return [number if number == value else None for number, value in zip(whole, exact, strict=True)]


def expression(column: str, dtype: nw.dtypes.DType, digits: int | None) -> tuple[Unit, nw.Expr]:
    """Returns the unit and a Narwhals expression in whole units, null where the amount cannot be used."""
    import narwhals.stable.v2 as nw

    amount = nw.col(column)
    if dtype.is_float():
        unit = unit_of("float", digits)
        amount = amount.cast(nw.Float64)
        size = amount.abs() * 10.0**unit.digits
        usable = nw.when(size <= LARGEST).then(size)  # false for infinity and NaN on every engine
        sign = nw.when(amount < 0).then(nw.lit(-1)).otherwise(nw.lit(1))
        return unit, (usable + 0.5).floor().cast(nw.Int64) * sign
    if dtype.is_integer():
        wide = dtype in {nw.UInt64, nw.Int128, nw.UInt128}
        amount = nw.when(amount <= LARGEST).then(amount).cast(nw.Int64) if wide else amount.cast(nw.Int64)
        return unit_of("int", digits), nw.when(amount.is_between(-LARGEST, LARGEST)).then(amount)
    unit = unit_of("decimal", digits, getattr(dtype, "scale", 0))
    within = nw.when(amount.abs() <= LARGEST // 10**unit.digits).then(amount)
    exact = within * 10**unit.digits
    whole = exact.cast(nw.Int64)
    return unit, whole if unit.digits >= getattr(dtype, "scale", 0) else nw.when(exact == whole).then(whole)


def total_expression(column: str, unit: Unit) -> nw.Expr:
    """Returns a Narwhals expression of totals of ours in whole units, none left out: they were whole before."""
    import narwhals.stable.v2 as nw

    total = nw.col(column)
    if unit.kind == "int":
        return total.cast(nw.Int64)
    if unit.kind == "decimal":
        return (total * int(10**unit.digits)).cast(nw.Int64)
    sign = nw.when(total < 0).then(nw.lit(-1)).otherwise(nw.lit(1))
    size: nw.Expr = (total.cast(nw.Float64).abs() * 10.0**unit.digits + 0.5).floor()
    return size.cast(nw.Int64) * sign


def money_of(unit: Unit, minor: nw.Expr, exact: nw.Expr) -> nw.Expr:
    """Returns the expression of an amount in the caller's kind, from its whole units and its Decimals."""
    import narwhals.stable.v2 as nw

    if unit.kind == "float":
        # By a column, since polars divides by a constant through its reciprocal, which is off in the last bit.
        return minor / ((minor * 0).cast(nw.Float64) + 10.0**unit.digits)
    return exact if unit.kind == "decimal" else minor
