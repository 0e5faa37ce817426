"""The rows of a frame that count, with their places in it, so that further columns can be read along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import attrs

from crmkit.segmentation import by_arrays
from crmkit.segmentation.by_arrays import Seen
from crmkit.segmentation.plan import Plan
from crmkit.segmentation.tables import Rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["seen_with_places"]


def seen_with_places(rows: Rows, plan: Plan, extra: Sequence[NDArray[Any]]) -> tuple[Seen, NDArray[np.int64]]:
    """Returns the rows inside the window that can be used, and where they are in the frame.

    Args:
        rows: The named columns.
        plan: What is seen, and whether repeats count once.
        extra: Further columns in which repeats are equal, one element a row of the frame.

    Raises:
        CurrencyMismatch: They are in several currencies.
    """
    import numpy as np

    places = np.arange(len(rows.customers.codes))
    if rows.orders is not None:
        places = np.where(rows.orders.codes < 0, -1, places)
    # Places travel where order numbers do, so that one function says which rows count.
    numbered = attrs.evolve(rows.customers, codes=places, size=len(places))
    found = by_arrays.seen(attrs.evolve(rows, orders=numbered), attrs.evolve(plan, drop_repeats=False))
    assert found.orders is not None, "every row has its place for an order"
    kept = found.orders
    found = attrs.evolve(found, orders=None if rows.orders is None else rows.orders.codes[kept])
    if not plan.drop_repeats:
        return found, kept
    first = ~_repeated(found, [part[kept] for part in extra])
    names = ("customers", "ticks", "minor", "orders", "currencies")
    parts: dict[str, Any] = {name: part[first] for name in names if (part := getattr(found, name)) is not None}
    return attrs.evolve(found, repeats=int((~first).sum()), **parts), kept[first]


def _repeated(found: Seen, extra: Sequence[NDArray[Any]]) -> NDArray[np.bool_]:
    import pandas as pd

    parts = (found.customers, found.ticks, found.minor, found.orders, found.currencies, *extra)
    frame = pd.DataFrame({str(place): part for place, part in enumerate(parts) if part is not None})
    return frame.duplicated().to_numpy()
