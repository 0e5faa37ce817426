"""Amounts whose marks depend on the order's country: a cell reads them in every way, the country decides."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

import attrs

from crmkit.importers import cells
from crmkit.importers.drafts import Draft
from crmkit.importers.platforms.countries import Country

__all__ = ["LEAST_LIKELY", "Readings", "amount_in", "doubt", "grouped", "readings", "share_unit"]

LEAST_LIKELY = 1000
"""Prices below it are unlikely in rupiah and dong."""
_KEPT_BY_SPREADSHEETS = 1_000_000
"""From here on an amount has two points, which no spreadsheet takes for decimal marks."""
_GROUPED = re.compile(
    r"(-?)(?:Rp|₫|đ|VND|IDR)?\s*(-?)"
    r"(?:(\d{1,3}(?:([.,])\d{3})(?:\4\d{3})*|\d{4,15})(?:(?!\4)[.,]0{1,2})?|(\d{1,3})|0[.,]0{1,2})\s*[₫đ]?",
    re.ASCII,
)


def grouped(value: str) -> Decimal:
    """An amount without decimals, in which both marks part thousands: 3.480.000, 75,000, 75000."""
    found = _GROUPED.fullmatch(value.replace("\xa0", " ").strip())
    if found is None:
        raise cells.CellFlaw("bad_money", "is not a whole amount of money")
    digits = (found[3] or found[5] or "0").replace(".", "").replace(",", "")
    return Decimal(found[1] + found[2] + digits)


_WAYS = {"point": cells.money("").read, "comma": cells.money("", decimal=",").read, "grouped": grouped}
_GROUPED_IN = ("IDR", "VND")
_WHOLE = ("IDR", "TWD", "VND")
_COMMA_IN = ("EUR", "BRL")


@attrs.frozen(kw_only=True, slots=True)
class Readings:
    """Is one amount in three ways of writing.

    Attributes:
        text: As printed.
        point: A point stands before decimals (1,234.50); None where the text is none.
        comma: A comma does (1.234,50).
        grouped: There are no decimals and both marks part thousands (1.234.500).
    """

    text: str
    point: Decimal | None
    comma: Decimal | None
    grouped: Decimal | None


def readings(value: str) -> Readings:
    """Returns an amount in every way that it can be read; a cell's reader.

    Example:
        >>> told = readings("75.000")
        >>> told.point, told.comma, told.grouped
        (Decimal('75.000'), Decimal('75000'), Decimal('75000'))
    """
    found: dict[str, Decimal | None] = {}
    for way, read in _WAYS.items():
        try:
            found[way] = read(value)
        except cells.CellFlaw:
            found[way] = None
    if not any(amount is not None for amount in found.values()):
        raise cells.CellFlaw("bad_money", "is not an amount of money")
    return Readings(text=value, **found)


def amount_in(country: Country, told: Readings | None, draft: Draft, column: str) -> Decimal | None:
    """Returns the amount as the country writes it; where it cannot be, the draft says so and is left out.

    A point with one or two digits behind it parts no thousands, whatever the country.
    """
    if told is None:
        return None
    if country.currency in _GROUPED_IN:
        amount = told.grouped
    elif country.currency in _COMMA_IN and told.comma is not None:
        amount = told.comma
    else:
        amount = told.point
    if amount is None:
        reason = f"is not an amount of {country.currency}"
        draft.say("bad_money", reason, column=column, value=told.text, error=True)
    return amount


def doubt(
    draft: Draft, amount: Decimal | None, currency: str, column: str, beside: Iterable[Decimal | None], *, adds_up: bool
) -> None:
    """Says where a spreadsheet may have taken the point of 48.000 for a decimal mark and written 48 back.

    It does so with every amount below a million, so one of some thousands `beside` proves that it did not: then the
    order comes through with a warning. Without such proof, or where the amounts do not add up, it is left out.
    """
    if amount is None or currency not in _GROUPED_IN or not 0 < amount < LEAST_LIKELY:
        return
    is_proven = adds_up and any(LEAST_LIKELY <= abs(other) < _KEPT_BY_SPREADSHEETS for other in beside if other)
    told = "" if is_proven else " Nothing beside it says that it did not: take the file as the platform gives it."
    reason = f"has an amount of {amount} {currency}; was the file saved again by a spreadsheet?{told}"
    draft.say("doubtful_amount", reason, column=column, value=str(amount), error=not is_proven)


def share_unit(currency: str, amount: Decimal) -> str:
    """Returns a currency with the decimals in which shares of this amount are written: nobody writes sen."""
    return "VND" if currency in _WHOLE and amount == amount.to_integral_value() else currency
