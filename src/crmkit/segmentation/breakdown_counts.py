"""What a breakdown counts in each group, by arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmkit.segmentation.by_arrays import exact_sums

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["COUNTS", "Lines", "average", "counted"]

COUNTS = ("orders", "purchases", "customers", "new_customers", "units", "revenue", "refunds")
"""What is counted; the average order follows from it."""

Numbers = dict[str, "NDArray[np.int64]"]


@attrs.frozen(slots=True, kw_only=True)
class Lines:
    """Holds what one period saw, one element a line.

    Attributes:
        keys: For each dimension its codes, from 1; 0 where a line has none.
        customers: Codes of customers.
        orders: Codes of orders, dense.
        revenue: Net amounts in whole units.
        units: Quantities in whole units.
        known: For each customer's code whether there was a purchase before the period.
    """

    keys: list[NDArray[np.int64]]
    customers: NDArray[np.int64]
    orders: NDArray[np.int64]
    revenue: NDArray[np.int64]
    units: NDArray[np.int64]
    known: NDArray[np.bool_]


def counted(lines: Lines, groups: NDArray[np.int64], size: int, *, count_free: bool) -> Numbers:
    """Returns the counts of each group below `size`.

    Args:
        lines: The lines of one period.
        groups: The group of each line.
        size: Number of groups.
        count_free: Whether what never cost anything is a purchase.
    """
    import numpy as np
    import pandas as pd

    refunds = np.maximum(-lines.revenue, 0)
    # An order may lie in several groups: what is in one of them is counted as an order there.
    orders = int(lines.orders.max(initial=-1)) + 1
    cells, pairs = pd.factorize(groups * max(orders, 1) + lines.orders)
    of_group = pairs // max(orders, 1)
    net = exact_sums(cells, lines.revenue, len(pairs))
    bought = net > 0
    if count_free:
        returned = np.bincount(cells[refunds > 0], minlength=len(pairs)) > 0
        bought |= (net == 0) & ~returned
    who = np.zeros(len(pairs), np.int64)
    who[cells] = lines.customers  # an order is one customer's
    customers = max(len(lines.known), 1)
    buyers = pd.unique(of_group[bought] * customers + who[bought])
    is_new = ~lines.known[buyers % customers]

    def count(codes: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.bincount(codes, minlength=size).astype(np.int64, copy=False)

    return {
        "orders": count(of_group),
        "purchases": count(of_group[bought]),
        "customers": count(buyers // customers),
        "new_customers": count(buyers[is_new] // customers),
        "units": exact_sums(groups, lines.units, size),
        "revenue": exact_sums(groups, lines.revenue, size),
        "refunds": exact_sums(groups, refunds, size),
    }


def average(counts: Numbers, suffix: str) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Returns revenue by purchase, a half rounded away from zero, and where there is none."""
    import numpy as np

    revenue, purchases = counts[f"revenue{suffix}"], counts[f"purchases{suffix}"]
    many = np.maximum(purchases, 1)
    return (np.abs(revenue) * 2 + many) // (many * 2) * np.where(revenue < 0, -1, 1), purchases == 0
