"""Columns of a breakdown that lies in memory: keys that may be null, and money that may be null."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crmkit.segmentation import results
from crmkit.segmentation.amounts import Unit
from crmkit.segmentation.dimensions import Hour, KeyColumn, PriceBands, Weekday
from crmkit.segmentation.keys import Keys

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["as_frame", "key_column", "money_column", "picked", "taken"]

Part = KeyColumn | Hour | Weekday | PriceBands


def key_column(
    part: Part, codes: NDArray[np.int64], keys: Keys | None, *, is_arrow: bool
) -> tuple[NDArray[np.int64], Any]:
    """Returns the rank of each code in the order of its values, null first, and the column of values.

    Args:
        part: The dimension.
        codes: One code a group, from 1; 0 for null.
        keys: The way back to values, for a column of the frame.
        is_arrow: Whether the caller's frame is a pyarrow table.
    """
    import numpy as np

    if isinstance(part, Hour | Weekday):
        shift = 1 if isinstance(part, Hour) else 0
        return codes, results.whole(np.maximum(codes - shift, 0), codes == 0, is_arrow=is_arrow)
    if isinstance(part, PriceBands):
        return codes, _values(_texts(part.labels, is_arrow=is_arrow), codes - 1, is_arrow=is_arrow)
    assert keys is not None, "a column has its keys"
    present = np.unique(codes[codes > 0]) - 1
    order, ids = keys.ordered(present)
    rank = np.zeros(keys.size + 1, np.int64)
    rank[present[order] + 1] = np.arange(1, len(present) + 1)
    return rank[codes], _values(ids, rank[codes] - 1, is_arrow=is_arrow)


def _texts(labels: tuple[str, ...], *, is_arrow: bool) -> Any:
    if is_arrow:
        import pyarrow as pa

        return pa.array(labels, pa.string())
    import pandas as pd

    return pd.Series(list(labels))


def _values(values: Any, places: NDArray[np.int64], *, is_arrow: bool) -> Any:
    """Returns the value at each place, null where it is below zero."""
    if is_arrow:
        import pyarrow as pa

        return values.take(pa.array(places, mask=places < 0))
    if (places < 0).any() and values.dtype.kind in "iub":  # classic pandas knows no whole number that is null
        values = values.convert_dtypes()
    return values.reindex(places).reset_index(drop=True)


def taken(column: Any, order: NDArray[np.int64]) -> Any:
    """Returns a column of pandas or pyarrow in another order."""
    found = column.take(order)
    return found.reset_index(drop=True) if hasattr(found, "reset_index") else found


def picked(
    values: tuple[NDArray[np.int64], NDArray[np.bool_] | None], order: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_] | None]:
    """Returns numbers and where they are missing in another order."""
    numbers, missing = values
    return numbers[order], None if missing is None else missing[order]


def money_column(
    source: Any,
    name: Any,
    minor: NDArray[np.int64],
    missing: NDArray[np.bool_] | None,
    unit: Unit,
    *,
    is_arrow: bool,
) -> Any:
    """Returns whole units in the kind of the caller's column `name`, null where missing."""
    import numpy as np

    holes = np.zeros(len(minor), bool) if missing is None else missing
    if unit.kind == "float":
        return results.numbers(minor / 10.0**unit.digits, holes, is_arrow=is_arrow)
    if unit.kind == "int":
        return minor if missing is None else results.whole(minor, holes, is_arrow=is_arrow)
    exact = [
        None if is_missing else Decimal(number).scaleb(-unit.digits)
        for number, is_missing in zip(minor.tolist(), holes.tolist(), strict=True)
    ]
    return _decimals(source, name, exact, unit.digits, is_arrow=is_arrow)


def _decimals(source: Any, name: Any, exact: list[Decimal | None], digits: int, *, is_arrow: bool) -> Any:
    if is_arrow:
        import pyarrow as pa

        return pa.array(exact, pa.decimal128(38, digits))
    import pandas as pd

    if not isinstance(source[name].dtype, pd.ArrowDtype):
        return pd.Series(exact, dtype=object)
    import pyarrow as pa

    kind: Any = pd.ArrowDtype(pa.decimal128(38, digits))
    return pd.array(exact, dtype=kind)


def as_frame(columns: dict[str, Any], *, is_arrow: bool) -> Any:
    """Returns columns as a frame."""
    if is_arrow:
        import pyarrow as pa

        return pa.table(columns)
    import pandas as pd

    return pd.DataFrame(columns)
