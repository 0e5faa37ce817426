"""Money: an exact amount in one currency, which never mixes with another one silently.

The decimals of each currency are those of ISO 4217 (list one, with the codes withdrawn since 2023 that old
exports still hold: ANG, BGN, HRK, SLL, ZWL).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
    InvalidOperation,
    localcontext,
)
from typing import Literal

import attrs

from crmkit.errors import CurrencyMismatch, InputError

__all__ = ["Money", "RoundingMode", "decimals_of"]

RoundingMode = Literal["half_up", "half_even", "floor", "ceiling", "down", "up"]
"""How an amount is brought to its currency's decimals; `down` is towards zero, `up` away from it."""

_MODES: dict[str, str] = {
    "half_up": ROUND_HALF_UP,
    "half_even": ROUND_HALF_EVEN,
    "floor": ROUND_FLOOR,
    "ceiling": ROUND_CEILING,
    "down": ROUND_DOWN,
    "up": ROUND_UP,
}

_TWO = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP "
    "CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR "
    "IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD "
    "NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN "
    "SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD XCG YER ZAR ZMW ZWG ZWL"
)
_NONE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"
_DECIMALS: dict[str, int] = {
    **dict.fromkeys(_TWO.split(), 2),
    **dict.fromkeys(_NONE.split(), 0),
    **dict.fromkeys(_THREE.split(), 3),
}
_QUANTA = {code: Decimal(1).scaleb(-digits) for code, digits in _DECIMALS.items()}
_FACTORS = {code: Decimal(10**digits) for code, digits in _DECIMALS.items()}
_EXACT = Context(prec=60)
_LARGEST_MINOR = 2**63 - 1
_USUAL = Decimal(10**12)
"""Amounts below it are fitted without the checks that only larger ones need."""


def decimals_of(currency: str) -> int:
    """Returns how many decimals the currency has (ISO 4217).

    Raises:
        InputError: The code is not known.

    Example:
        >>> decimals_of("CNY"), decimals_of("JPY"), decimals_of("KWD")
        (2, 0, 3)
    """
    try:
        return _DECIMALS[currency]
    except (KeyError, TypeError):
        raise InputError(f"{currency!r} is not a currency code of ISO 4217 (three capitals, such as 'CNY').") from None


def _decimal(amount: Decimal | int | str) -> Decimal:
    if amount.__class__ is Decimal and amount.is_finite():
        return amount
    if isinstance(amount, bool) or not isinstance(amount, Decimal | int | str):
        raise InputError(f"An amount is a Decimal, int or str, never a {type(amount).__name__}: floats are not exact.")
    try:
        number = Decimal(amount)
    except InvalidOperation:
        raise InputError(f"{str(amount)[:40]!r} is not an amount of money.") from None
    if not number.is_finite():
        raise InputError(f"{amount!r} is not an amount of money: it is not finite.")
    return number


def _fitted(amount: Decimal, currency: str, rounding: str | None) -> Decimal:
    if rounding is None and currency in _QUANTA and -_USUAL < amount < _USUAL:
        usual = amount.quantize(_QUANTA[currency], context=_EXACT)
        if usual == amount:
            return usual if usual else abs(usual)
    decimals = decimals_of(currency)
    quantum = _QUANTA[currency]
    if amount.adjusted() > 20:
        raise InputError(f"An amount of 10^{amount.adjusted()} {currency} is larger than any store can hold.")
    fitted = amount.quantize(quantum, rounding=rounding or ROUND_HALF_EVEN, context=_EXACT)
    if rounding is None and fitted != amount:
        raise InputError(
            f"{amount} {currency} has more than {decimals} decimals; "
            "round it with Money.round(amount, currency, mode=…)."
        )
    if abs(fitted).scaleb(decimals, context=_EXACT) > _LARGEST_MINOR:
        raise InputError(f"{fitted} {currency} is larger than any store can hold.")
    return fitted + 0 if fitted else abs(fitted)


@attrs.frozen(slots=True, init=False, order=False)
class Money:
    """Holds an exact amount in one currency, with that currency's own decimals.

    Args:
        amount: Decimal, int or text; floats are refused, and so are more decimals than the currency has.
        currency: ISO 4217 code.

    Raises:
        InputError: Unknown currency, float, not a number, or too many decimals.

    Example:
        >>> price = Money("19.90", "CNY")
        >>> print(price + Money("0.10", "CNY"), price * 3, price.minor)
        20.00 CNY 59.70 CNY 1990
        >>> [str(part) for part in Money("10.00", "CNY").allot([1, 1, 1])]
        ['3.34 CNY', '3.33 CNY', '3.33 CNY']
    """

    amount: Decimal
    currency: str

    def __init__(self, amount: Decimal | int | str, currency: str) -> None:
        self.__attrs_init__(_fitted(_decimal(amount), currency, None), currency)

    @classmethod
    def of_minor(cls, minor: int, currency: str) -> Money:
        """Returns the money of `minor` units of the currency's smallest unit (cents, fen, yen).

        Example:
            >>> print(Money.of_minor(1990, "CNY"), Money.of_minor(1990, "JPY"))
            19.90 CNY 1990 JPY
        """
        decimals_of(currency)
        return cls._of_fitted(_EXACT.multiply(Decimal(minor), _QUANTA[currency]), currency)

    @classmethod
    def _of_fitted(cls, amount: Decimal, currency: str) -> Money:
        """Makes money of an amount that has the currency's decimals and is in reach: nothing is looked at again."""
        money = cls.__new__(cls)
        money.__attrs_init__(amount, currency)
        return money

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Returns nothing, in `currency`."""
        return cls.of_minor(0, currency)

    @classmethod
    def round(cls, amount: Decimal | int | str, currency: str, *, mode: RoundingMode = "half_up") -> Money:
        """Returns `amount` rounded to the currency's decimals; the only place where money is ever rounded.

        Args:
            amount: Exact amount with any number of decimals.
            currency: ISO 4217 code.
            mode: half_up (away from zero at the half), half_even, floor, ceiling, down (to zero), up (from zero).

        Example:
            >>> print(Money.round("0.125", "CNY"), Money.round("0.125", "CNY", mode="half_even"))
            0.13 CNY 0.12 CNY
        """
        if mode not in _MODES:
            raise InputError(f"mode is one of {', '.join(_MODES)}, got {mode!r}.")
        money = cls.__new__(cls)
        money.__attrs_init__(_fitted(_decimal(amount), currency, _MODES[mode]), currency)
        return money

    @classmethod
    def sum(cls, parts: Iterable[Money], *, currency: str) -> Money:
        """Returns the exact sum; of nothing it is zero in `currency`.

        Raises:
            CurrencyMismatch: A part is in another currency.

        Example:
            >>> print(Money.sum([], currency="CNY"))
            0.00 CNY
        """
        total = cls.zero(currency)
        for part in parts:
            total = total + part
        return total

    @property
    def minor(self) -> int:
        """The amount as a whole number of the currency's smallest unit."""
        return int(_EXACT.multiply(self.amount, _FACTORS[self.currency]))

    @property
    def is_zero(self) -> bool:
        """Whether the amount is nothing."""
        return not self.amount

    def allot(self, weights: Sequence[int | Decimal]) -> tuple[Money, ...]:
        """Splits the amount by weights without loss, by largest remainder; ties go to the earlier part.

        Args:
            weights: Non-negative ints or Decimals, not all zero.

        Returns:
            One Money a weight; their sum is this amount to the last unit.

        Raises:
            InputError: No weights, a negative one, a float, or all zero.

        Example:
            >>> [str(part.amount) for part in Money("15.00", "CNY").allot([Decimal("99.90"), Decimal("50.00")])]
            ['10.00', '5.00']
        """
        exact = [_decimal(weight) for weight in weights]
        if any(weight < 0 for weight in exact) or not any(exact):
            raise InputError("allot needs at least one weight above zero and none below.")
        with localcontext(_EXACT):
            scale = -min(min(int(weight.as_tuple().exponent) for weight in exact), 0)
            whole = [int(weight.scaleb(scale)) for weight in exact]
        total, minor = sum(whole), abs(self.minor)
        parts = [minor * weight // total for weight in whole]
        rest = [minor * weight % total for weight in whole]
        for index in sorted(range(len(whole)), key=lambda i: -rest[i])[: minor - sum(parts)]:
            parts[index] += 1
        sign = -1 if self.amount < 0 else 1
        return tuple(Money.of_minor(sign * part, self.currency) for part in parts)

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            both = tuple(sorted({self.currency, other.currency}))
            raise CurrencyMismatch(
                f"{self} and {other} are in two currencies; convert one of them first.", currencies=both
            )

    def __add__(self, other: Money) -> Money:
        if not isinstance(other, Money):
            return NotImplemented
        self._same(other)
        return _in_reach(_EXACT.add(self.amount, other.amount), self.currency)

    def __sub__(self, other: Money) -> Money:
        if not isinstance(other, Money):
            return NotImplemented
        self._same(other)
        return _in_reach(_EXACT.subtract(self.amount, other.amount), self.currency)

    def __mul__(self, times: int) -> Money:
        if isinstance(times, bool) or not isinstance(times, int):
            raise InputError("Money is multiplied by whole numbers; for others use Money.round(amount * factor, …).")
        return Money(self.amount * times, self.currency)

    __rmul__ = __mul__

    def __neg__(self) -> Money:
        return Money.of_minor(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.amount < other.amount

    def __le__(self, other: Money) -> bool:
        self._same(other)
        return self.amount <= other.amount

    def __gt__(self, other: Money) -> bool:
        self._same(other)
        return self.amount > other.amount

    def __ge__(self, other: Money) -> bool:
        self._same(other)
        return self.amount >= other.amount

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def __repr__(self) -> str:
        return f"Money('{self.amount}', '{self.currency}')"


def _in_reach(amount: Decimal, currency: str) -> Money:
    """Returns the sum or difference of two fitted amounts, which fits too: only its size is to be looked at."""
    return Money._of_fitted(amount, currency) if -_USUAL < amount < _USUAL else Money(amount, currency)
