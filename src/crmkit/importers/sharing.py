"""What all lines cost together, shared by them without loss."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from crmkit.importers.layouts import Values
from crmkit.money import decimals_of

__all__ = ["allotted"]

_NIL = Decimal(0)


def allotted(goods: Decimal, lines: Sequence[Values], currency: str) -> list[Decimal]:
    """Returns each line's share of what all cost together, by list price and largest remainder.

    Equal remainders go by the lines' own fields, so that the order of the rows does not matter. It is what
    `Money.allot` does, in whole cents, because it runs for every order.
    """
    if len(lines) < 2:
        return [goods] * len(lines)
    decimals = decimals_of(currency)
    scale = 10**decimals
    minor = int(goods * scale)
    weights = [int((line.get("price") or _NIL) * scale) * (line.get("quantity") or 1) for line in lines]
    if not any(weights) or min(weights) < 0:
        weights = [line.get("quantity") or 1 for line in lines]
    whole = sum(weights)
    parts = [abs(minor) * weight // whole for weight in weights]
    left = abs(minor) - sum(parts)
    if left:
        ranks = [_rank(abs(minor) * weight % whole, line) for weight, line in zip(weights, lines, strict=True)]
        for index in sorted(range(len(lines)), key=ranks.__getitem__)[:left]:
            parts[index] += 1
    sign = -1 if minor < 0 else 1
    return [Decimal(sign * part).scaleb(-decimals) for part in parts]


def _rank(remainder: int, line: Values) -> tuple[int, tuple[str, ...]]:
    return -remainder, tuple(str(line.get(field) or "") for field in ("price", "id", "sku", "title", "variant"))
