"""The columns of a pandas frame as arrays, whatever pandas keeps them in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal, localcontext
from typing import TYPE_CHECKING, Any

from crmkit.segmentation.refusals import FrameError
from crmkit.segmentation.rules import arrow_columns
from crmkit.segmentation.rules.by_arrays import Values
from crmkit.segmentation.rules.by_expressions import moment_kind
from crmkit.segmentation.rules.kinds import Kind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["values_of"]

EXPECTED = "numbers, texts, true and false, moments or dates"
_EXACT = Context(prec=120, Emax=999999, Emin=-999999)
_BEYOND = 10**60


def values_of(name: str, column: Any) -> Values:
    """Returns a pandas column as an array.

    Raises:
        FrameError: It holds nothing that can be compared, or several kinds of things.
    """
    import numpy as np
    import pandas as pd

    kind = column.dtype
    if isinstance(kind, pd.CategoricalDtype):
        column = column.astype(kind.categories.dtype)
        kind = column.dtype
    if isinstance(kind, pd.ArrowDtype):
        array = pa_array(column)
        return arrow_columns.values_of(name, array)
    known = ~column.isna().to_numpy()
    if isinstance(kind, pd.StringDtype):
        return texts(column.to_numpy(dtype=object, na_value=None), known)
    if kind.kind == "O":
        return _of_objects(name, column.to_numpy(), known)
    if kind.kind == "b":
        values = column.to_numpy(dtype=bool, na_value=False) if not known.all() else column.to_numpy(dtype=bool)
        return Values(kind=Kind(name="boolean"), known=known, values=values)
    if kind.kind in "iuf":
        plain = getattr(kind, "numpy_dtype", kind)
        missing = {"na_value": 0} if isinstance(kind, pd.api.extensions.ExtensionDtype) else {}
        return numbers(column.to_numpy(dtype=plain, **missing), known)
    if kind.kind == "M":
        aware = isinstance(kind, pd.DatetimeTZDtype)
        plain = column.dt.tz_convert("UTC").dt.tz_localize(None) if aware else column
        moments = plain.to_numpy()
        unit = np.datetime_data(moments.dtype)[0]
        return Values(kind=moment_kind(aware=aware, unit=unit), known=known, values=moments.view(np.int64), unit=unit)
    raise FrameError(name, str(kind), EXPECTED)


def pa_array(column: Any) -> Any:
    """Returns the Arrow array inside a pandas column."""
    import pyarrow as pa

    array = pa.array(column)
    return array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])


def numbers(values: NDArray[Any], known: NDArray[np.bool_]) -> Values:
    """Returns whole numbers or binary fractions of any width; NaN is no value."""
    import numpy as np

    if values.dtype.kind == "f":
        values = values.astype(np.float64, copy=False)
        missing = np.isnan(values)
        return Values(kind=Kind(name="fraction"), known=known & ~missing, values=np.where(missing, 0.0, values))
    if values.dtype.kind == "u" and values.dtype.itemsize == 8:
        return Values(kind=Kind(name="whole", low=0, high=2**64 - 1), known=known, values=values)
    kind = Kind(name="whole", low=-(2**63), high=2**63 - 1)
    return Values(kind=kind, known=known, values=values.astype(np.int64, copy=False))


def texts(values: NDArray[Any], known: NDArray[np.bool_]) -> Values:
    """Returns texts as codes; -1 where there is none."""
    import pandas as pd

    there = values.copy()
    there[~known] = None
    codes, found = pd.factorize(there, use_na_sentinel=True)
    return Values(kind=Kind(name="text"), known=known, values=codes, texts=tuple(found))


def _of_objects(name: str, values: NDArray[Any], known: NDArray[np.bool_]) -> Values:
    import numpy as np
    import pandas as pd

    if pd.api.types.infer_dtype(values[known], skipna=False) == "string":  # in C: a tenth of the time for a million
        return texts(values, known)
    there = values[known].tolist()
    kinds = {_kind_of(value) for value in there}
    if not kinds:
        return Values(kind=Kind(name="nothing"), known=known, values=np.zeros(len(values), np.int64))
    if kinds == {"boolean"}:
        return Values(kind=Kind(name="boolean"), known=known, values=_filled(known, list(map(bool, there)), bool))
    if kinds == {"fraction"}:
        return numbers(_filled(known, list(map(float, there)), float), known)
    if kinds <= {"whole", "decimal"}:
        return decimals(there, known)
    if kinds == {"date"}:
        start = date(1970, 1, 1).toordinal()
        days = [value.toordinal() - start for value in there]
        return Values(kind=Kind(name="date"), known=known, values=_filled(known, days, np.int64))
    if kinds in ({"aware moment"}, {"naive moment"}):
        return _moments(there, known, aware=kinds == {"aware moment"})
    raise FrameError(name, "objects: " + ", ".join(sorted(kinds)), EXPECTED)


def _kind_of(value: Any) -> str:
    import numbers as towers

    import numpy as np

    if isinstance(value, str):
        return "text"
    if isinstance(value, bool | np.bool_):
        return "boolean"
    if isinstance(value, Decimal):
        return "decimal"
    if isinstance(value, towers.Integral):
        return "whole"
    if isinstance(value, towers.Real):
        return "fraction"
    if isinstance(value, datetime):
        return "naive moment" if value.tzinfo is None else "aware moment"
    return "date" if isinstance(value, date) else type(value).__name__


def _filled(known: NDArray[np.bool_], there: Sequence[Any], dtype: Any) -> NDArray[Any]:
    import numpy as np

    values = np.zeros(len(known), dtype)
    values[known] = there
    return values


def decimals(there: Sequence[Any], known: NDArray[np.bool_]) -> Values:
    """Returns decimals and whole numbers as whole multiples of the finest of them, of 64 bits where they fit."""
    import numpy as np

    exact = [value if isinstance(value, Decimal) else Decimal(int(value)) for value in there]
    scale = max((_scale(value) for value in exact), default=0)
    with localcontext(_EXACT):
        whole = [_scaled(value, scale) for value in exact]
    fits = all(-(2**63) < number < 2**63 for number in whole)
    values = np.zeros(len(known), np.int64 if fits else object)
    values[known] = whole if fits else np.array([*whole, None], object)[:-1]
    limit = (2**63 - 1, -(2**63)) if fits else (None, None)
    high, low = (None if end is None else Decimal(end).scaleb(-scale) for end in limit)
    return Values(kind=Kind(name="decimal", scale=scale, low=low, high=high), known=known, values=values)


def _scale(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return min(40, max(0, -exponent)) if isinstance(exponent, int) else 0


def _scaled(value: Decimal, scale: int) -> int:
    """Returns a decimal in units; what no rule can reach, infinity among it, is one large number."""
    if value.is_infinite() or value.adjusted() > 50:
        beyond: int = _BEYOND * 10**scale
        return -beyond if value < 0 else beyond
    return math.floor(value.scaleb(scale))


def _moments(there: Sequence[datetime], known: NDArray[np.bool_], *, aware: bool) -> Values:
    import numpy as np

    start = datetime(1970, 1, 1, tzinfo=UTC if aware else None)
    ticks = [(value - start) // timedelta(microseconds=1) for value in there]
    return Values(kind=Kind(name="moment", aware=aware), known=known, values=_filled(known, ticks, np.int64), unit="us")
