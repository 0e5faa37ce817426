"""The door for pandas and pyarrow: columns are checked and become arrays, results become the same kind of frame."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import attrs

from crmkit.segmentation import amounts, keys, ways_out
from crmkit.segmentation.amounts import Amounts, Unit
from crmkit.segmentation.keys import Keys
from crmkit.segmentation.plan import Columns
from crmkit.segmentation.refusals import FrameError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "Moments",
    "Rows",
    "amounts_in",
    "arrow_result",
    "arrow_rows",
    "frame_kind",
    "keys_in",
    "kind_of",
    "moments_in",
    "pandas_result",
    "pandas_rows",
]


@attrs.frozen(slots=True, kw_only=True)
class Moments:
    """Holds moments as whole ticks since 1970, in UTC where aware; `missing` marks what is no moment.

    `aware` is None where no row has a moment and the column's type says nothing.
    """

    ticks: NDArray[np.int64]
    unit: str
    aware: bool | None
    missing: NDArray[np.bool_] | None
    found: str


@attrs.frozen(slots=True, kw_only=True)
class Rows:
    """Holds the named columns of a frame as arrays."""

    customers: Keys
    moments: Moments
    amounts: Amounts
    orders: Keys | None
    currencies: Keys | None


def pandas_rows(frame: Any, columns: Columns, digits: int | None) -> Rows:
    """Returns the named columns of a pandas frame.

    Raises:
        FrameError: A column is missing, doubled or of a wrong type.
    """
    for name in columns.named():
        count = int((frame.columns == name).sum())
        if count != 1:
            raise ways_out.missing_column(name, count, frame.columns, columns)
    moment, amount = frame[columns.moment], frame[columns.amount]
    return Rows(
        moments=_pandas_moments(columns.moment, moment),
        amounts=_pandas_amounts(columns.amount, amount, digits),
        customers=_pandas_keys(frame, columns.customer).of_customers(),
        orders=_pandas_keys(frame, columns.order) if columns.order else None,
        currencies=_pandas_keys(frame, columns.currency) if columns.currency else None,
    )


def keys_in(frame: Any, name: str, *, is_arrow: bool) -> Keys:
    """Returns one more column of ids of a frame whose named columns are checked.

    Raises:
        FrameError: It is missing, doubled or cannot be grouped.
    """
    _refuse_missing(frame, name, is_arrow=is_arrow)
    return _arrow_keys(frame, name) if is_arrow else _pandas_keys(frame, name)


def amounts_in(frame: Any, name: str, digits: int | None, *, is_arrow: bool) -> Amounts:
    """Returns one more column of numbers in whole units.

    Raises:
        FrameError: It is missing, doubled or of a wrong type.
    """
    _refuse_missing(frame, name, is_arrow=is_arrow)
    return _arrow_amounts(name, frame[name], digits) if is_arrow else _pandas_amounts(name, frame[name], digits)


def moments_in(frame: Any, name: str, *, is_arrow: bool) -> Moments:
    """Returns one more column of moments or dates.

    Raises:
        FrameError: It is missing, doubled or of a wrong type.
    """
    _refuse_missing(frame, name, is_arrow=is_arrow)
    return _arrow_moments(name, frame[name]) if is_arrow else _pandas_moments(name, frame[name])


def _refuse_missing(frame: Any, name: str, *, is_arrow: bool) -> None:
    count = frame.column_names.count(name) if is_arrow else int((frame.columns == name).sum())
    if count != 1:
        raise ways_out.missing_column(name, count, frame.column_names if is_arrow else frame.columns)


def _pandas_keys(frame: Any, name: str) -> Keys:
    try:
        return keys.of_pandas(frame[name])
    except TypeError as error:
        raise FrameError(
            name, f"values that cannot be grouped ({error})", "ids such as texts or whole numbers"
        ) from error


def _pandas_moments(name: str, column: Any) -> Moments:
    import numpy as np
    import pandas as pd

    kind = column.dtype
    if isinstance(kind, pd.ArrowDtype):
        return _arrow_moments(name, _arrow_of(column))
    aware: bool | None = isinstance(kind, pd.DatetimeTZDtype)
    if not aware and kind.kind != "M":
        if not column.isna().all():
            if not _holds_dates(column):
                raise ways_out.wrong_moments(name, _found(column))
            return _arrow_moments(name, _arrow_of(column))
        aware, column = None, pd.Series(np.full(len(column), "NaT", "datetime64[us]"))
    moments = column.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy() if aware else column.to_numpy()
    missing = np.isnat(moments)
    return Moments(
        ticks=moments.view(np.int64),
        unit=np.datetime_data(moments.dtype)[0],
        aware=aware,
        missing=missing if missing.any() else None,
        found=str(kind),
    )


def _holds_dates(column: Any) -> bool:
    """Tells whether a column holds dates as objects, as pandas reads them from Parquet."""
    return _holds_objects(column) and set(map(type, column.dropna())) == {date}


def _holds_objects(column: Any) -> bool:
    return bool(column.dtype.kind == "O" and column.dtype.name == "object")


def _found(column: Any) -> str:
    """Tells what a column holds; for one of objects, with counts."""
    if not _holds_objects(column):
        return str(column.dtype)
    names = column.dropna().map(_kind_name).value_counts()
    return "objects: " + ", ".join(f"{count:,} {name}" for name, count in sorted(names.items()))


def _kind_name(value: object) -> str:
    if isinstance(value, datetime):
        return "naive datetime" if value.tzinfo is None else "aware datetime"
    return type(value).__name__


def _pandas_amounts(name: str, column: Any, digits: int | None) -> Amounts:
    import numpy as np
    import pandas as pd

    kind = column.dtype
    if isinstance(kind, pd.ArrowDtype):
        return _arrow_amounts(name, _arrow_of(column), digits)
    if _holds_objects(column):
        return _object_amounts(name, column, digits)
    missing = column.isna().to_numpy()
    if kind.kind == "f":
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return amounts.of_floats(values, digits)
    if kind.kind not in "iu":
        raise ways_out.wrong_amounts(name, str(kind), column.dropna().head(1))
    values = (
        column.to_numpy(dtype=getattr(kind, "numpy_dtype", kind), na_value=0) if missing.any() else column.to_numpy()
    )
    return amounts.of_whole(values, missing if missing.any() else None, amounts.unit_of("int", digits))


def _object_amounts(name: str, column: Any, digits: int | None) -> Amounts:
    """Reads Decimals that lie in a pandas frame as objects; whole numbers between them are exact as well."""
    import numpy as np

    values = column.to_numpy()
    reason = np.where(column.isna().to_numpy(), amounts.MISSING, 0).astype(np.uint8)
    usable = values[reason == 0].tolist()
    if not set(map(type, usable)) <= {Decimal, int}:
        raise ways_out.wrong_amounts(
            name, _found(column), (value for value in usable if type(value) not in (Decimal, int))
        )
    if not all(map(Decimal.is_finite, map(Decimal, usable))):
        infinite = np.array([isinstance(value, Decimal) and value.is_infinite() for value in values])
        reason[infinite] = amounts.NOT_FINITE
        usable = values[reason == 0].tolist()
    unit, whole = amounts.of_decimals(usable, digits)
    places = np.flatnonzero(reason == 0)
    reason[places] = [
        amounts.FINE if number is None else amounts.TOO_LARGE if abs(number) > amounts.LARGEST else 0
        for number in whole
    ]
    minor = np.zeros(len(values), np.int64)
    minor[reason == 0] = [number for number in whole if number is not None and abs(number) <= amounts.LARGEST]
    return Amounts(unit, minor, reason if reason.any() else None)


def _arrow_of(column: Any) -> Any:
    import pyarrow as pa

    array = pa.array(column)
    return array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])


def arrow_rows(table: Any, columns: Columns, digits: int | None) -> Rows:
    """Returns the named columns of a pyarrow table.

    Raises:
        FrameError: A column is missing, doubled or of a wrong type.
    """
    for name in columns.named():
        count = table.column_names.count(name)
        if count != 1:
            raise ways_out.missing_column(name, count, table.column_names, columns)
    return Rows(
        moments=_arrow_moments(columns.moment, table[columns.moment]),
        amounts=_arrow_amounts(columns.amount, table[columns.amount], digits),
        customers=_arrow_keys(table, columns.customer).of_customers(),
        orders=_arrow_keys(table, columns.order) if columns.order else None,
        currencies=_arrow_keys(table, columns.currency) if columns.currency else None,
    )


def _arrow_keys(table: Any, name: str) -> Keys:
    import pyarrow as pa

    try:
        return keys.of_arrow(table[name])
    except (pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
        raise FrameError(name, str(table[name].type), "ids such as texts or whole numbers") from error


def _arrow_moments(name: str, column: Any) -> Moments:
    import numpy as np
    import pyarrow as pa

    kind = column.type
    if pa.types.is_null(kind) or pa.types.is_date(kind):
        column = column.cast(pa.timestamp("ms" if pa.types.is_date64(kind) else "s"))
    elif not pa.types.is_timestamp(kind):
        raise ways_out.wrong_moments(name, str(kind))
    missing = column.is_null().to_numpy() if column.null_count else None
    ticks = column.cast(pa.int64())
    return Moments(
        ticks=(ticks.fill_null(0) if missing is not None else ticks).to_numpy().astype(np.int64, copy=False),
        unit=column.type.unit,
        aware=None if pa.types.is_null(kind) else column.type.tz is not None,
        missing=missing,
        found=str(kind),
    )


def _arrow_amounts(name: str, column: Any, digits: int | None) -> Amounts:
    import numpy as np
    import pyarrow as pa

    kind = column.type
    if pa.types.is_null(kind):
        column, kind = column.cast(pa.float64()), pa.float64()
    missing = column.is_null().to_numpy() if column.null_count else None
    if pa.types.is_floating(kind):
        values = column.to_numpy().astype(np.float64, copy=False)
        return amounts.of_floats(values, digits)
    if pa.types.is_integer(kind):
        values = (column.fill_null(0) if column.null_count else column).to_numpy()
        return amounts.of_whole(values, missing, amounts.unit_of("int", digits))
    if not pa.types.is_decimal(kind):
        raise ways_out.wrong_amounts(name, str(kind), column.drop_null()[:1].to_pylist())
    return _arrow_decimals(column, missing, digits)


def _arrow_decimals(column: Any, missing: NDArray[np.bool_] | None, digits: int | None) -> Amounts:
    """Reads 128-bit decimals as the two 64-bit words that they are."""
    import numpy as np
    import pyarrow as pa

    scale = column.type.scale
    unit = amounts.unit_of("decimal", digits, scale)
    words = np.concatenate(
        [_words(chunk.cast(pa.decimal128(38, scale))) for chunk in column.chunks] or [np.zeros((0, 2), np.int64)]
    )
    low, fits = words[:, 0], words[:, 1] == words[:, 0] >> 63
    step = 10 ** abs(unit.digits - scale)
    if unit.digits >= scale:
        fits = fits & (np.abs(low) <= amounts.LARGEST // step)
        minor, fine = np.where(fits, low, 0) * step, np.zeros(len(low), bool)
    else:
        minor = np.where(fits, low, 0) // step
        fine = fits & (minor * step != low)
        fits = fits & (np.abs(minor) <= amounts.LARGEST)
    reason = np.where(fits, np.where(fine, amounts.FINE, 0), amounts.TOO_LARGE).astype(np.uint8)
    if missing is not None:
        reason[missing] = amounts.MISSING
    minor[reason != 0] = 0
    return Amounts(unit, minor, reason if reason.any() else None)


def _words(chunk: Any) -> NDArray[np.int64]:
    import numpy as np

    data = chunk.buffers()[1]
    if data is None:
        return np.zeros((len(chunk), 2), np.int64)
    return np.frombuffer(data, np.int64)[2 * chunk.offset :][: 2 * len(chunk)].reshape(-1, 2)


def kind_of(frame: object) -> str:
    """Returns whose frame it is, "pandas", "pyarrow" or "other", without importing the library it comes from."""
    name = f"{type(frame).__module__}.{type(frame).__name__}"
    if name.startswith("pandas.") and type(frame).__name__ == "DataFrame":
        return "pandas"
    return "pyarrow" if name == "pyarrow.lib.Table" else "other"


def frame_kind(frame: object) -> str:
    """Returns whose frame it is, as `kind_of` does.

    Raises:
        FrameError: It is plainly none, such as a path.
    """
    ways_out.refuse_no_frame(frame)
    return kind_of(frame)


def pandas_result(source: Any, columns: dict[str, Any], amount: Any, unit: Unit, money: tuple[str, ...]) -> Any:
    """Returns results as a pandas frame; the columns of money come out in the kind of the caller's amounts."""
    import pandas as pd

    def in_kind(minor: NDArray[np.int64]) -> Any:
        if unit.kind == "float":
            return minor / 10.0**unit.digits
        if unit.kind == "decimal" and isinstance(source[amount].dtype, pd.ArrowDtype):
            return pd.array(_decimals(minor, unit), dtype=_decimal_type(unit))
        return pd.Series(_decimals(minor, unit), dtype=object) if unit.kind == "decimal" else minor

    return pd.DataFrame({name: in_kind(values) if name in money else values for name, values in columns.items()})


def _decimal_type(unit: Unit) -> Any:
    import pandas as pd
    import pyarrow as pa

    return pd.ArrowDtype(pa.decimal128(38, unit.digits))


def _decimals(minor: NDArray[np.int64], unit: Unit) -> list[Decimal]:
    return [Decimal(number).scaleb(-unit.digits) for number in minor.tolist()]


def arrow_result(columns: dict[str, Any], unit: Unit, money: tuple[str, ...]) -> Any:
    """Returns results as a pyarrow table; the columns of money come out in the kind of the caller's amounts."""
    import pyarrow as pa

    def in_kind(minor: NDArray[np.int64]) -> Any:
        if unit.kind == "float":
            return pa.array(minor / 10.0**unit.digits)
        return pa.array(_decimals(minor, unit), pa.decimal128(38, unit.digits)) if unit.kind == "decimal" else minor

    return pa.table({name: in_kind(values) if name in money else values for name, values in columns.items()})
