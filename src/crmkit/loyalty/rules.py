"""Earn rules: frozen values that look at one purchase and one member, and say what they give and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Literal, Protocol

import attrs

from crmkit.errors import InputError, PolicyError
from crmkit.loyalty.model import Member, Part
from crmkit.money import Money
from crmkit.orders import Order

__all__ = ["EarnRule", "PerSpend", "Purchase", "Rounding", "rounded"]

Rounding = Literal["floor", "ceil", "half_up", "half_even"]
"""How the points of one rule become whole: down, up, to the nearest (halves up, or to the even neighbour)."""


def _half_up(exact: Fraction) -> int:
    return (exact + Fraction(1, 2)).__floor__()


_ROUNDINGS: dict[str, Callable[[Fraction], int]] = {
    "floor": Fraction.__floor__,
    "ceil": Fraction.__ceil__,
    "half_up": _half_up,
    "half_even": lambda exact: round(exact),
}


def rounded(exact: Fraction, rounding: Rounding) -> int:
    """Returns a number of points as a whole one.

    Example:
        >>> [rounded(Fraction(5, 2), how) for how in ("floor", "ceil", "half_up", "half_even")]
        [2, 3, 3, 2]
    """
    return _ROUNDINGS[rounding](exact)


@attrs.frozen(kw_only=True, slots=True)
class Purchase:
    """Is a paid order as rules see it.

    Attributes:
        order: The order.
        basis: Its paid goods: after all discounts, without shipping and tax, at most what was paid.
        lines: The share of each order line in the basis, in the order of the lines; none where the order has no lines.
        occurred_at: When it was paid.
    """

    order: Order
    basis: Money
    lines: tuple[Money, ...]
    occurred_at: datetime


class EarnRule(Protocol):
    """Is anything that gives points for a purchase; its laws are those of `crmkit.testing.EarnRuleContract`.

    A rule is a frozen value: two equal rules have equal `repr`s, because the programme's version is made of them.
    """

    @property
    def name(self) -> str:
        """Short name for people and entries ("per_spend")."""
        ...

    @property
    def currency(self) -> str | None:
        """The currency that the rule counts in (ISO 4217), or None where it counts no money."""
        ...

    def award(self, purchase: Purchase, member: Member) -> Sequence[Part]:
        """Returns what the purchase earns by this rule, whole points in each part; nothing where it does not apply."""
        ...


def _exact(points: object) -> Fraction:
    if isinstance(points, bool) or not isinstance(points, int | Decimal | Fraction | str):
        raise PolicyError(f"points must be an int, Decimal, Fraction or text, got {points!r}: floats are not exact.")
    try:
        return Fraction(points)
    except (ValueError, OverflowError, ZeroDivisionError):
        raise PolicyError(f"points must be a finite number, got {points!r}.") from None


def _money(per: Money | str) -> Money:
    if isinstance(per, Money):
        return per
    try:
        amount, currency = per.split()
        return Money(amount, currency)
    except (AttributeError, ValueError) as error:
        raise PolicyError(f"per must be an amount and a currency such as '1 CNY', got {per!r} ({error}).") from None


@attrs.frozen(slots=True)
class PerSpend:
    """Gives points for paid goods.

    Args:
        points: Points per `per`: int, Decimal, Fraction or text; floats are refused.
        per: The amount that earns them ("1 CNY", or Money), above zero.
        blocks: Count whole amounts of `per` only; otherwise in proportion.
        rounding: How the result becomes whole: floor, ceil, half_up or half_even.

    Raises:
        PolicyError: A float, points below zero, an amount that is not above zero, an unknown rounding.

    Example:
        >>> from crmkit.loyalty import Programme, evaluate
        >>> from crmkit.testing import an_order
        >>> evaluate(Programme(earn=[PerSpend(10, per="50 CNY")]), an_order(total="134.90")).points
        20
        >>> evaluate(Programme(earn=[PerSpend(10, per="50 CNY", blocks=False)]), an_order(total="134.90")).points
        26
    """

    points: Fraction = attrs.field(converter=_exact)
    per: Money = attrs.field(default=Money(1, "CNY"), converter=_money, kw_only=True)
    blocks: bool = attrs.field(default=True, kw_only=True)
    rounding: Rounding = attrs.field(default="floor", kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.points < 0:
            raise PolicyError(f"PerSpend gives points for spending; {self.points} is below zero.")
        if self.per.amount <= 0:
            raise PolicyError(f"PerSpend needs an amount above zero to count by, got {self.per}.")
        if self.rounding not in _ROUNDINGS:
            raise PolicyError(f"rounding must be one of {', '.join(_ROUNDINGS)}, got {self.rounding!r}.")

    @property
    def name(self) -> str:
        """The rule's name."""
        return "per_spend"

    @property
    def currency(self) -> str:
        """The currency of `per`."""
        return self.per.currency

    def award(self, purchase: Purchase, member: Member) -> tuple[Part, ...]:
        """Returns one part for the whole order, or nothing where the basis earns nothing.

        Raises:
            CurrencyMismatch: The purchase is in another currency.
        """
        if purchase.basis.currency != self.per.currency:
            _ = purchase.basis + self.per  # Money knows what to say about two currencies
        times = Fraction(purchase.basis.minor, self.per.minor)
        points = rounded(self.points * (times.__floor__() if self.blocks else times), self.rounding)
        if not points:
            return ()
        return (Part(rule=self.name, points=points, text=f"{self.points} per {self.per}"),)


def require_parts(rule: EarnRule, parts: Sequence[Part]) -> tuple[Part, ...]:
    """Returns what a rule gave, if it is whole points in reach.

    Raises:
        InputError: The rule gave a float, or more than 10^15 points.
    """
    for part in parts:
        if type(part.points) is not int:
            raise InputError(f"The rule {rule.name!r} gave {part.points!r}; points are whole numbers (int).")
    if abs(sum(part.points for part in parts)) > 10**15:
        raise InputError(f"The rule {rule.name!r} gave more than 10^15 points for one order; look at its rate.")
    return tuple(parts)
