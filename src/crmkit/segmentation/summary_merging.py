"""Two summaries of customers in arrays, put together: few customers are looked up among many."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs

from crmkit.errors import InputError
from crmkit.segmentation.amounts import Unit
from crmkit.segmentation.refusals import FrameError
from crmkit.segmentation.summary_arrays import NUMBERS, SummaryArrays

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]

__all__ = ["combined_arrays", "merged_arrays", "replaced_arrays"]


def merged_arrays(
    older: SummaryArrays, newer: SummaryArrays, combined: Callable[[SummaryArrays, SummaryArrays], dict[str, Any]]
) -> SummaryArrays:
    """Returns both together; `combined` says what the rows of the same customers make."""
    import numpy as np

    older, newer = _in_one_unit(older, newer)
    places = _places(older, newer)
    hit = np.flatnonzero(places >= 0)
    both = combined(older.taken(hit), newer.taken(places[hit]))
    is_new = np.ones(len(newer.purchases), bool)
    is_new[places[hit]] = False
    extra = newer.taken(is_new)
    columns: dict[str, Any] = {}
    for name in NUMBERS:
        column = getattr(older, name).copy()
        column[hit] = both[name]
        columns[name] = np.concatenate([column, getattr(extra, name)])
    whole = attrs.evolve(older, ids=_concatenated(older.ids, extra.ids, is_arrow=older.is_arrow), **columns)
    return whole.taken(_order(older, extra, whole.ids)) if len(extra.purchases) else whole


def combined_arrays(older: SummaryArrays, newer: SummaryArrays) -> dict[str, Any]:
    """Returns what the rows of the same customers make together: one day of overlap counts once."""
    import numpy as np

    before, after = older.purchases > 0, newer.purchases > 0
    is_split = before & after & (newer.first == older.last)
    last_of_older = np.where(is_split | ~before, older.previous, older.last)
    totals = older.total.astype(np.float64) + newer.total
    if len(totals) and float(np.abs(totals).max()) > 2.0**62:
        raise InputError("The amounts of one customer add up to more than 64 bits of the smallest unit.")
    return {
        "first": np.where(before, older.first, newer.first),
        "last": np.where(after, newer.last, older.last),
        "previous": np.where(~after, older.previous, np.where(newer.purchase_days > 1, newer.previous, last_of_older)),
        "purchases": older.purchases + newer.purchases,
        "purchase_days": older.purchase_days + newer.purchase_days - is_split,
        "total": older.total + newer.total,
    }


def replaced_arrays(_: SummaryArrays, anew: SummaryArrays) -> dict[str, Any]:
    """Returns the rows of the second."""
    return {name: getattr(anew, name) for name in NUMBERS}


def _in_one_unit(older: SummaryArrays, newer: SummaryArrays) -> tuple[SummaryArrays, SummaryArrays]:
    digits = max(older.unit.digits, newer.unit.digits)

    def scaled(one: SummaryArrays) -> SummaryArrays:
        factor = 10 ** (digits - one.unit.digits)
        if factor > 1 and len(one.total) and int(abs(one.total).max()) > 2**62 // factor:
            raise InputError("A total has no room for more decimals in 64 bits of the smallest unit.")
        return attrs.evolve(one, total=one.total * factor, unit=Unit(one.unit.kind, digits))

    return scaled(older), scaled(newer)


def _places(older: SummaryArrays, newer: SummaryArrays) -> Whole:
    """Returns each older customer's place among the newer ones, -1 where they are not there; few are hashed."""
    import numpy as np

    if not len(older.purchases) or not len(newer.purchases):
        return np.full(len(older.purchases), -1)
    _refuse_other_ids(older, newer)
    if older.is_arrow:
        import pyarrow.compute as pc

        there = pc.index_in(older.ids, value_set=newer.ids.cast(older.ids.type))
        found: Any = there.fill_null(-1).to_numpy(zero_copy_only=False)
    else:
        import pandas as pd

        found = pd.Index(newer.ids).get_indexer(pd.Index(older.ids))
    places: Whole = found.astype(np.int64)
    return places


def _refuse_other_ids(older: SummaryArrays, newer: SummaryArrays) -> None:
    import pandas as pd
    import pyarrow as pa

    def is_number(ids: Any) -> bool:
        if older.is_arrow:
            return bool(pa.types.is_integer(ids.type) or pa.types.is_floating(ids.type))
        return bool(pd.api.types.is_numeric_dtype(ids.dtype))

    if is_number(older.ids) != is_number(newer.ids):
        kinds = [str(one.ids.type if one.is_arrow else one.ids.dtype) for one in (older, newer)]
        raise FrameError("customer", f"{kinds[1]} in the newer summary", f"{kinds[0]}, as in the older one")


def _concatenated(older: Any, extra: Any, *, is_arrow: bool) -> Any:
    if is_arrow:
        import pyarrow as pa

        return pa.concat_arrays([older, extra.cast(older.type)]) if len(older) else extra
    import pandas as pd

    some = [ids for ids in (older, extra) if len(ids)]  # pandas lets the type of an empty part decide
    return pd.concat(some, ignore_index=True) if some else older


def _order(older: SummaryArrays, extra: SummaryArrays, ids: Any) -> Whole:
    """Returns the order by id of the older customers followed by the new ones, each of the two in order."""
    import numpy as np

    if older.is_arrow:
        import pyarrow as pa
        import pyarrow.compute as pc

        if not pa.types.is_integer(ids.type):
            order: Whole = pc.sort_indices(ids).to_numpy().astype(np.int64)
            return order
        before, after = older.ids.to_numpy(), extra.ids.to_numpy()
        at = np.searchsorted(before, after)
    else:
        try:
            at = older.ids.searchsorted(extra.ids)
        except TypeError:  # ids of several types are ordered as all ids are
            from crmkit.segmentation import keys

            return keys.of_pandas(ids).ordered(np.arange(len(ids)))[0]
    n = len(older.purchases)
    return np.insert(np.arange(n), at, n + np.arange(len(extra.purchases)))
