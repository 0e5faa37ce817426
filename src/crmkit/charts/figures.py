"""Numbers for people: thousands apart, money with its currency, shares in per cent."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from crmkit.errors import InputError
from crmkit.money import Money
from crmkit.segmentation.labels import Language

__all__ = ["amount", "count", "money", "share"]

_NO_BREAK = "\N{NO-BREAK SPACE}"
_MINUS = "\N{MINUS SIGN}"
_CENT = Decimal("0.01")
_WIDE = Context(prec=400)
"""Room for the largest number that a float can hold."""


def check_language(lang: Any) -> Language:
    """Returns `lang` if it is one that there are words for.

    Raises:
        InputError: It is not "en" or "zh".
    """
    if lang == "en" or lang == "zh":
        return lang  # type: ignore[no-any-return]  # the comparison narrows it, which mypy does not do for Any
    raise InputError(f"lang is 'en' or 'zh', got {lang!r}.")


def count(number: int) -> str:
    """Returns a whole number with thousands apart.

    Example:
        >>> count(1204)
        '1,204'
    """
    return f"{number:,}".replace("-", _MINUS)


def share(part: Decimal | None) -> str:
    """Returns a share in per cent: one decimal below ten, "<0.1%" where rounding would say nothing.

    Example:
        >>> share(Decimal("0.38")), share(Decimal("0.0123")), share(Decimal("0.00001")), share(Decimal(0)), share(None)
        ('38%', '1.2%', '<0.1%', '0%', '–')
    """
    if part is None:
        return "–"
    hundredths = part * 100
    if 0 < hundredths < Decimal("0.1"):
        return "<0.1%"
    step = Decimal("0.1") if 0 < abs(hundredths) < 10 else Decimal(1)
    text = f"{hundredths.quantize(step, rounding=ROUND_HALF_UP):f}".removesuffix(".0")
    return text.replace("-", _MINUS) + "%"


def money(value: Money, lang: Language = "en") -> str:
    r"""Returns an amount with its currency; the sign ¥ is only used in Chinese and only for CNY, as yen bear it too.

    Example:
        >>> money(Money("-1234.50", "CNY"), "zh"), money(Money("1200", "JPY"), "zh")
        ('−¥1,234.50', 'JPY\xa01,200')
        >>> money(Money("1234.50", "CNY"))
        'CNY\xa01,234.50'
    """
    sign = _MINUS if value.amount < 0 else ""
    digits = f"{abs(value.amount):,}"
    if lang == "zh" and value.currency == "CNY":
        return f"{sign}¥{digits}"
    return f"{value.currency}{_NO_BREAK}{sign}{digits}"


def amount(value: Decimal, currency: str | None, lang: Language = "en") -> str:
    r"""Returns a sum of a frame: in its currency where that is known, else whole or with two decimals.

    Example:
        >>> amount(Decimal("12.345"), "EUR"), amount(Decimal("12.500000000001"), None), amount(Decimal(12), None)
        ('EUR\xa012.35', '12.50', '12')
    """
    if currency is not None:
        return money(Money.round(value, currency), lang)
    if int(value.as_tuple().exponent) < 0:
        value = value.quantize(_CENT, ROUND_HALF_UP, _WIDE)
    return f"{value if value else abs(value):,f}".replace("-", _MINUS)
