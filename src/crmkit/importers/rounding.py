"""Amounts with more decimals than their currency has: brought to it, as the platform does when it charges."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from crmkit.importers.drafts import Draft
from crmkit.importers.layouts import Values
from crmkit.money import Money, decimals_of

__all__ = ["round_to_currency"]


def round_to_currency(draft: Draft, order: Iterable[str], line: Iterable[str]) -> None:
    """Rounds these amounts of a draft and of its lines half up to the decimals of its currency.

    A draft without a known currency stays as it is; composing says what is wrong with it.
    """
    currency = (draft.values.get("currency") or draft.format.currency or "").upper()
    try:
        decimals_of(currency)
    except ValueError:
        return
    _round(draft.values, order, currency)
    line = tuple(line)
    for values in draft.lines:
        _round(values, line, currency)


def _round(values: Values, fields: Iterable[str], currency: str) -> None:
    for field in fields:
        amount = values.get(field)
        if isinstance(amount, Decimal) and -(10**18) < amount < 10**18:
            values[field] = Money.round(amount, currency).amount
