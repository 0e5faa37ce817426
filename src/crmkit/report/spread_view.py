"""What the page shows of how value is spread: the curve, and what the top so many bring."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import NamedTuple

import attrs

from crmkit.charts import concentration, concentration_words
from crmkit.charts.spread import gini_of, held_by_top, spread_points
from crmkit.report.pictures import Pictures, in_both_themes
from crmkit.report.sections import SpreadSection
from crmkit.report.strings import say
from crmkit.segmentation.labels import Language

__all__ = ["SpreadView", "TopRow", "spread_view"]

FEWEST = 10
"""Customers from which on the curve says something."""

_PARTS = (Decimal("0.01"), Decimal("0.05"), Decimal("0.1"), Decimal("0.2"), Decimal("0.5"), Decimal(1))


class TopRow(NamedTuple):
    """Is what the top part of the customers brings."""

    part: Decimal
    customers: int
    value_share: Decimal


@attrs.frozen(kw_only=True, slots=True)
class SpreadView:
    """Is one section on how value is spread, ready to be written; `rows` are empty where there is too little."""

    currency: str
    customers: int
    rows: tuple[TopRow, ...]
    gini: str
    pictures: Pictures


def spread_view(section: SpreadSection, lang: Language) -> SpreadView:
    """Returns what the page shows of how value is spread."""
    points = spread_points(section.curve)
    customers = points[-1].items if points else 0
    if customers < FEWEST or not points[-1].value_share:
        return SpreadView(currency=section.currency, customers=customers, rows=(), gini="", pictures=())
    return SpreadView(
        currency=section.currency,
        customers=customers,
        rows=tuple(
            TopRow(part, math.ceil(customers * part), Decimal(str(round(held_by_top(points, float(part)), 6))))
            for part in _PARTS
            if customers * part >= 1
        ),
        gini=f"{gini_of(points):.2f}",
        pictures=in_both_themes(
            lambda theme: concentration(section.curve, lang=lang, theme=theme),
            title=say(lang, "spread"),
            desc=concentration_words(section.curve, lang=lang),
        ),
    )
