"""Results: columns in memory as pandas or Arrow has them, and an engine's frame in the caller's kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["dates", "given_back", "numbers", "texts", "whole"]


def texts(places: NDArray[np.int64], names: tuple[str, ...], *, is_arrow: bool) -> Any:
    """Returns the name at each place."""
    import numpy as np

    if is_arrow:
        import pyarrow as pa

        return pa.array(names, pa.string()).take(pa.array(places))
    import pandas as pd

    return pd.Series(list(names), dtype=None if names else object).take(np.asarray(places)).reset_index(drop=True)


def whole(values: NDArray[np.int64], missing: NDArray[np.bool_], *, is_arrow: bool) -> Any:
    """Returns whole numbers, null where missing; pandas gets its nullable Int64."""
    if is_arrow:
        import pyarrow as pa

        return pa.array(values, pa.int64(), mask=missing)
    import pandas as pd

    return pd.array(values, dtype="Int64").copy() if not missing.any() else _masked(values, missing)


def _masked(values: NDArray[np.int64], missing: NDArray[np.bool_]) -> Any:
    import pandas as pd

    numbers: Any = pd.arrays.IntegerArray(values.copy(), missing.copy())
    return numbers


def numbers(values: NDArray[np.float64], missing: NDArray[np.bool_], *, is_arrow: bool) -> Any:
    """Returns fractions, null where missing, which in pandas is NaN."""
    import numpy as np

    if is_arrow:
        import pyarrow as pa

        return pa.array(values, pa.float64(), mask=missing)
    return np.where(missing, np.nan, values)


def dates(days: NDArray[np.int64], missing: NDArray[np.bool_] | None = None, *, is_arrow: bool) -> Any:
    """Returns days since 1970-01-01 as dates; pandas has none and gets naive midnights."""
    import numpy as np

    if is_arrow:
        import pyarrow as pa

        return pa.array(days.astype(np.int32), pa.int32(), mask=missing).cast(pa.date32())
    import pandas as pd

    moments = days.astype("datetime64[D]").astype("datetime64[s]").astype("datetime64[us]")
    if missing is not None:
        moments[missing] = np.datetime64("NaT", "us")
    return pd.Series(moments)


def given_back(result: Any, *by: str, is_eager: bool) -> Any:
    """Returns a Narwhals result as the caller's kind of frame; an eager one ordered by these columns."""
    if not is_eager:
        return result.to_native()
    result = result.collect() if hasattr(result, "collect") else result
    return result.sort(*by).to_native()
