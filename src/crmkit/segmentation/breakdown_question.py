"""What a breakdown asks of a frame, the same for arrays and expressions."""

from __future__ import annotations

import attrs

from crmkit.segmentation.dimensions import Dimension, KeyColumn, PriceBands
from crmkit.segmentation.plan import Columns, Plan

__all__ = ["MEASURES", "QUANTITY_DIGITS", "BreakdownQuestion"]

MEASURES = (
    "orders",
    "purchases",
    "customers",
    "new_customers",
    "units",
    "revenue",
    "refunds",
    "average_order",
)
"""The result's columns, in their order."""

QUANTITY_DIGITS = 3
"""Quantities that are binary fractions are counted in thousandths."""


@attrs.frozen(slots=True, kw_only=True)
class BreakdownQuestion:
    """Holds what is broken down and by what.

    Attributes:
        columns: The caller's columns.
        dimensions: By what.
        quantity: Column of quantities, or None.
        plans: The period itself, then the one it is compared with.
        has_total: Whether the total is a row.
        strict: Whether a row that cannot be used is an error.
    """

    columns: Columns
    dimensions: tuple[Dimension, ...]
    quantity: str | None
    plans: tuple[Plan, ...]
    has_total: bool
    strict: bool

    @property
    def suffixes(self) -> tuple[str, ...]:
        """What is behind the measures of each period."""
        return ("", "_before")[: len(self.plans)]

    @property
    def grouped(self) -> tuple[bool, ...]:
        """Which groupings the result has: by the dimensions (False) and all in one (True)."""
        if not self.dimensions:
            return (True,)
        return (False, True) if self.has_total else (False,)

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures of one period."""
        return tuple(name for name in MEASURES if name != "units" or self.quantity is not None)

    def extra_columns(self) -> tuple[str, ...]:
        """Returns the columns beside the named ones that must be there, each once."""
        keys = [part.name for part in self.dimensions if isinstance(part, KeyColumn)]
        prices = [part.of for part in self.dimensions if isinstance(part, PriceBands) and part.of is not None]
        return tuple(dict.fromkeys((*keys, *prices, *((self.quantity,) if self.quantity else ()))))
