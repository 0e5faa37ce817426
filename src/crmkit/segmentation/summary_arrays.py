"""A summary of customers in arrays: made from orders, read back, given back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crmkit.errors import InputError
from crmkit.segmentation import results, tables
from crmkit.segmentation.amounts import Unit
from crmkit.segmentation.by_arrays import exact_sums
from crmkit.segmentation.days import days_of_ticks
from crmkit.segmentation.purchases import OrderArrays
from crmkit.segmentation.refusals import FrameError
from crmkit.segmentation.summary_basis import SummaryBasis

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]

__all__ = ["NUMBERS", "SummaryArrays", "summary_of_orders", "summary_of_table"]

NUMBERS = ("first", "last", "previous", "purchases", "purchase_days", "total")
_SAFE = 2**51
"""A binary fraction of a larger number of smallest units does not come back as the same number."""


@attrs.frozen(slots=True, kw_only=True, eq=False)
class SummaryArrays:
    """Holds one element a customer who was seen, rising by id; days are 0 where there is none.

    Attributes:
        ids: The customers, as the caller's kind of column.
        first: First purchase day, days since 1970-01-01.
        last: Last purchase day.
        previous: The purchase day before it.
        purchases: Purchases; 0 where only money moved.
        purchase_days: Distinct purchase days.
        total: Net total in whole units.
        unit: Unit of `total`.
        source: A frame of the caller, and `amount`, the column of it whose kind the money has.
        is_arrow: Whether it is a pyarrow table.
    """

    ids: Any
    first: Whole
    last: Whole
    previous: Whole
    purchases: Whole
    purchase_days: Whole
    total: Whole
    unit: Unit
    source: Any
    amount: str
    is_arrow: bool

    def taken(self, some: Any) -> SummaryArrays:
        """Returns the customers at these places, or those that a mask marks."""
        import numpy as np

        places = np.flatnonzero(some) if some.dtype == bool else some
        return attrs.evolve(self, ids=self.ids_at(places), **{name: getattr(self, name)[places] for name in NUMBERS})

    def ids_at(self, places: Whole) -> Any:
        """Returns the ids at these places."""
        return self.ids.take(places) if self.is_arrow else self.ids.take(places).reset_index(drop=True)

    def bought(self) -> SummaryArrays:
        """Returns those who have bought."""
        is_buyer = self.purchases > 0
        return self if is_buyer.all() else self.taken(is_buyer)

    def table(self, columns: dict[str, Any], money: tuple[str, ...] = ()) -> Any:
        """Returns columns as the caller's kind of frame, money in the kind of its amounts."""
        if self.is_arrow:
            return tables.arrow_result(columns, self.unit, money)
        return tables.pandas_result(self.source, columns, self.amount, self.unit, money)

    def given_back(self) -> Any:
        """Returns the summary as a frame that can be stored and read back."""
        if self.unit.kind == "float" and len(self.total) and int(abs(self.total).max()) > _SAFE:
            raise InputError(
                "The net total of one customer is beyond 2^51 of its smallest unit, which a binary fraction does not "
                "hold exactly; give Decimals, or fewer digits."
            )
        none, one = self.purchases == 0, self.purchase_days < 2
        dates = {
            name: results.dates(getattr(self, name), missing if missing.any() else None, is_arrow=self.is_arrow)
            for name, missing in (("first", none), ("last", none), ("previous", one))
        }
        counts = {"purchases": self.purchases, "purchase_days": self.purchase_days, "total": self.total}
        return self.table({"customer": self.ids, **dates, **counts}, ("total",))


def summary_of_orders(orders: OrderArrays) -> SummaryArrays:
    """Returns the summary of orders in memory: everybody who was seen, also those who did not buy."""
    import numpy as np

    size = orders.ids.size
    buyers, days = orders.codes, orders.days
    if not orders.bought.all():
        buyers, days = buyers[orders.bought], days[orders.bought]
    purchases = np.bincount(buyers, minlength=size).astype(np.int64, copy=False)
    columns = {name: np.zeros(size, np.int64) for name in ("first", "last", "previous", "purchase_days")}
    if len(days):
        low = int(days.min())
        span = int(days.max()) - low + 1
        pairs = np.sort(buyers * span + (days - low))
        pairs = pairs[np.append(True, pairs[1:] != pairs[:-1])]
        codes = pairs // span
        at = pairs - codes * span + low
        starts = np.flatnonzero(np.append(True, codes[1:] != codes[:-1]))
        sizes = np.diff(starts, append=len(codes))
        ends, who = starts + sizes - 1, codes[starts]
        columns["first"][who], columns["last"][who], columns["purchase_days"][who] = at[starts], at[ends], sizes
        columns["previous"][who] = np.where(sizes > 1, at[np.maximum(ends - 1, 0)], 0)
    columns |= {"purchases": purchases, "total": exact_sums(orders.codes, orders.minor, size)}
    seen = np.flatnonzero(np.bincount(orders.codes, minlength=size))
    order, ids = orders.ids.ordered(seen)
    return SummaryArrays(
        ids=ids,
        **{name: column[seen][order] for name, column in columns.items()},
        unit=orders.unit,
        source=orders.source,
        amount=orders.columns.amount,
        is_arrow=orders.is_arrow,
    )


def summary_of_table(frame: Any, basis: SummaryBasis, *, is_arrow: bool) -> SummaryArrays:
    """Returns a stored summary as arrays.

    Raises:
        FrameError: A column is missing or is not what the summary made.
        InputError: A customer is in it twice.
    """
    import numpy as np

    columns: dict[str, Any] = {}
    for name in ("first", "last", "previous"):
        found = tables.moments_in(frame, name, is_arrow=is_arrow)
        ticks = found.ticks if found.missing is None else np.where(found.missing, 0, found.ticks)
        columns[name] = days_of_ticks(ticks, found.unit, None)
    for name in ("purchases", "purchase_days"):
        columns[name] = _whole(frame, name, is_arrow=is_arrow)
    money = tables.amounts_in(frame, "total", None if basis.kind == "int" else basis.digits, is_arrow=is_arrow)
    if money.unit.kind != basis.kind or money.reason is not None:
        raise FrameError("total", f"{money.unit.kind} amounts, or some missing", f"{basis.kind} amounts as stored")
    columns["total"] = money.minor
    ids = frame["customer"] if is_arrow else frame["customer"].reset_index(drop=True)
    ids = ids.combine_chunks() if is_arrow else ids
    stored = SummaryArrays(ids=ids, **columns, unit=basis.unit, source=frame, amount="total", is_arrow=is_arrow)
    return _ordered(stored)


def _whole(frame: Any, name: str, *, is_arrow: bool) -> Whole:
    import numpy as np

    found = tables.amounts_in(frame, name, None, is_arrow=is_arrow)
    if found.unit.kind != "int" or found.reason is not None or (len(found.minor) and found.minor.min() < 0):
        raise FrameError(name, f"{found.unit.kind} numbers, or some missing", "whole numbers from 0 on")
    whole: Whole = found.minor.astype(np.int64, copy=False)
    return whole


def _ordered(found: SummaryArrays) -> SummaryArrays:
    """Returns the customers by rising id, each of them there once."""
    import numpy as np

    rising, is_once = _rising(found.ids, is_arrow=found.is_arrow)
    if rising and is_once:
        return found
    keys = tables.keys_in(found.source, "customer", is_arrow=found.is_arrow)
    if len(keys.codes) and keys.codes.min() < 0:
        raise FrameError("customer", "a row without a customer", "one row a customer")
    places = np.full(keys.size, -1)
    places[keys.codes] = np.arange(len(keys.codes))
    some = np.flatnonzero(places >= 0)
    if len(some) < len(keys.codes):
        raise InputError("A customer is in the summary twice; a summary has one row a customer.")
    order, _ = keys.ordered(some)
    return found.taken(places[some][order])


def _rising(ids: Any, *, is_arrow: bool) -> tuple[bool, bool]:
    """Tells whether ids rise, and whether each is there once; the second only where they rise."""
    if is_arrow:
        import pyarrow as pa
        import pyarrow.compute as pc

        if ids.null_count or pa.types.is_dictionary(ids.type):
            return False, False
        rising = len(ids) < 2 or bool(pc.all(pc.less(ids[:-1], ids[1:])).as_py())
        return rising, rising
    import pandas as pd

    if isinstance(ids.dtype, pd.CategoricalDtype) or ids.isna().any():
        return False, False
    index = pd.Index(ids)
    try:
        return bool(index.is_monotonic_increasing), bool(index.is_unique)
    except TypeError:  # ids of several types have no order of their own
        return False, False
