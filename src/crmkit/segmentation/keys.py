"""Ids as small whole numbers: what grouping by arrays needs, and the way back to the ids."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["BLANKS", "LIKE_MISSING", "Keys"]

BLANKS = " \t\n\r\x0b\x0c\xa0\u3000"
"""Signs of which an id may not consist alone; the same on every engine."""
LIKE_MISSING = ("nan", "NaN", "None", "<NA>")
"""What pandas and Python make of a missing id where it becomes text."""

Ordered = Callable[["NDArray[np.int64]"], tuple["NDArray[np.int64]", Any]]


@attrs.frozen(slots=True, kw_only=True)
class Keys:
    """Holds a column of ids as codes.

    Attributes:
        codes: One code a row; -1 where there is no id.
        size: Codes lie below it; not all of them need occur.
        ordered: From codes (each once, rising) to their order by id, and the ids in that order.
        floats: Whether the ids are binary fractions.
        like_missing: Codes of ids in `LIKE_MISSING`; only those of customers are looked at.
        distinct: The ids by code, None where they are whole numbers.
    """

    codes: NDArray[np.int64]
    size: int
    ordered: Ordered
    floats: bool = False
    like_missing: tuple[int, ...] = ()
    distinct: Any = None

    def of_customers(self) -> Keys:
        """Returns the keys with blank texts for no id, and a look at those that mean a missing one."""
        import numpy as np

        if self.distinct is None:
            return self
        ids = self.distinct.to_pylist() if hasattr(self.distinct, "to_pylist") else self.distinct.tolist()
        texts = [(code, value) for code, value in enumerate(ids) if isinstance(value, str)]
        blank = [code for code, value in texts if not value.strip(BLANKS)]
        like_missing = tuple(code for code, value in texts if value in LIKE_MISSING)
        codes = np.where(np.isin(self.codes, blank), -1, self.codes) if blank else self.codes
        return attrs.evolve(self, codes=codes, like_missing=like_missing)


def dense(values: NDArray[Any], give_back: Callable[[NDArray[Any]], Any]) -> Keys | None:
    """Returns whole-number ids as codes without hashing, or None where they lie too far apart."""
    import numpy as np

    if len(values) == 0:
        return None
    low, high = int(values.min()), int(values.max())
    if high - low >= 4 * len(values) + 1000 or low < -(2**63) or high >= 2**63:
        return None
    codes = values.astype(np.int64, copy=False)
    codes = codes - low if low else codes

    def ordered(some: NDArray[np.int64]) -> tuple[NDArray[np.int64], Any]:
        return np.arange(len(some)), give_back((some + low).astype(values.dtype))

    return Keys(codes=codes, size=high - low + 1, ordered=ordered)


def of_pandas(column: Any) -> Keys:
    """Returns the ids of a pandas column of any kind.

    Raises:
        TypeError: The ids cannot be hashed.
    """
    import numpy as np
    import pandas as pd

    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iu":
        keys = dense(column.to_numpy(), pd.Series)
        if keys is not None:
            return keys
    if isinstance(column.dtype, pd.CategoricalDtype):  # codes are there already; levels without rows never show
        codes, found = column.cat.codes.to_numpy(), column.cat.categories
    else:
        codes, found = pd.factorize(column, use_na_sentinel=True)
    ids = pd.Series(found)
    floats = ids.dtype.kind == "f"
    if floats and (nan := np.isnan(ids.to_numpy(np.float64, na_value=np.nan))).any():  # Arrow takes NaN for a value
        codes = np.where(nan[codes], -1, codes)

    def ordered(some: NDArray[np.int64]) -> tuple[NDArray[np.int64], Any]:
        picked = ids.take(some).reset_index(drop=True)
        try:
            inside = picked.sort_values(kind="stable")
        except TypeError:  # ids of several types have no order of their own: first by type, then by text
            inside = picked.sort_values(kind="stable", key=lambda part: part.map(lambda x: (type(x).__name__, str(x))))
        return inside.index.to_numpy(), inside.reset_index(drop=True)

    texts = ids if ids.dtype.kind not in "iufbmM" else None
    return Keys(codes=codes.astype(np.int64), size=len(ids), ordered=ordered, floats=floats, distinct=texts)


def of_arrow(column: Any) -> Keys:
    """Returns the ids of a pyarrow column of any kind."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_integer(kind) and column.null_count == 0:
        keys = dense(column.to_numpy(), lambda values: pa.array(values, kind))
        if keys is not None:
            return keys
    if pa.types.is_null(kind):
        column, kind = column.cast(pa.string()), pa.string()
    floats = pa.types.is_floating(kind)
    if floats:
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, kind), column)
    encoded = column.dictionary_encode().combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.chunk(0) if encoded.num_chunks else pa.array([], kind).dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)

    def ordered(some: NDArray[np.int64]) -> tuple[NDArray[np.int64], Any]:
        picked = encoded.dictionary.take(pa.array(some))
        inside = pc.sort_indices(picked)
        return inside.to_numpy().astype(np.int64), picked.take(inside)

    texts = encoded.dictionary if pa.types.is_string(kind) or pa.types.is_large_string(kind) else None
    return Keys(codes=codes, size=len(encoded.dictionary), ordered=ordered, floats=floats, distinct=texts)
