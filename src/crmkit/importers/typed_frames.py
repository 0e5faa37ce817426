"""Rows become a typed frame of pandas, Polars or PyArrow: the same columns, and the same types without a single row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Literal

from crmkit.errors import InputError, MissingExtraError
from crmkit.orders import OrderStatus

__all__ = ["Backend", "Kind", "frame_of"]

Backend = Literal["pandas", "polars", "pyarrow"]
Kind = Literal["text", "category", "state", "money", "instant", "whole", "truth", "truth or none"]

_STATES = [state.value for state in OrderStatus]
_DIGITS = 38
_DECIMALS = 4
"""No currency of ISO 4217 has more."""


def frame_of(kinds: Mapping[str, Kind], rows: Sequence[tuple[Any, ...]], money: str, backend: str) -> Any:
    """Returns rows as a frame of typed columns.

    Args:
        kinds: Column → what it holds.
        rows: A value for each column; instants are aware.
        money: "decimal" for exact decimals, "minor" for whole numbers.
        backend: "pandas", "polars" or "pyarrow".

    Raises:
        InputError: There is no such backend.
        MissingExtraError: It is not installed.

    Example:
        >>> frame_of({"units": "whole"}, [(2,), (3,)], "decimal", "pandas")["units"].sum()
        np.int64(5)
    """
    make = _BACKENDS.get(backend)
    if make is None:
        raise InputError(f"A frame is one of {', '.join(_BACKENDS)}, got {backend!r}.")
    columns = dict(zip(kinds, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(kinds, ())
    try:
        return make(kinds, columns, money == "minor")
    except ModuleNotFoundError as error:
        if error.name != backend:
            raise
        raise MissingExtraError(backend, f"A frame of {backend}") from error


_Columns = Mapping[str, Sequence[Any]]


def _pandas(kinds: Mapping[str, Kind], columns: _Columns, is_minor: bool) -> Any:
    import pandas as pd

    text = "str" if int(pd.__version__.partition(".")[0]) >= 3 else "object"
    types = {"text": text, "money": "int64" if is_minor else "object", "whole": "int64", "truth": "bool"}
    types |= {"truth or none": "boolean"}

    def column(kind: Kind, values: Sequence[Any]) -> Any:
        if kind == "instant":
            moments = pd.to_datetime(pd.Series(values, dtype="object"), utc=True)
            return moments.astype("datetime64[us, UTC]")  # pandas 3 would take the coarsest unit that holds them
        if kind in ("state", "category"):
            return pd.Categorical(values, categories=_STATES if kind == "state" else sorted(set(values)))
        return pd.Series(values, dtype=types[kind])

    return pd.DataFrame({name: column(kinds[name], list(values)) for name, values in columns.items()})


def _polars(kinds: Mapping[str, Kind], columns: _Columns, is_minor: bool) -> Any:
    import polars as pl

    types: dict[str, Any] = {"text": pl.String, "category": pl.Categorical, "state": pl.Enum(_STATES)}
    types |= {"money": pl.Int64 if is_minor else pl.Decimal(_DIGITS, _DECIMALS), "whole": pl.Int64}
    types |= {"instant": pl.Datetime("us", "UTC"), "truth": pl.Boolean, "truth or none": pl.Boolean}
    made = {name: pl.Series(name, _told(kinds[name], values), types[kinds[name]]) for name, values in columns.items()}
    return pl.DataFrame(made)


def _pyarrow(kinds: Mapping[str, Kind], columns: _Columns, is_minor: bool) -> Any:
    import pyarrow as pa

    types = {"text": pa.string(), "whole": pa.int64(), "truth": pa.bool_(), "truth or none": pa.bool_()}
    types |= {"money": pa.int64() if is_minor else pa.decimal128(_DIGITS, _DECIMALS)}
    types |= {"instant": pa.timestamp("us", tz="UTC")}

    def column(kind: Kind, values: Sequence[Any]) -> Any:
        told = _told(kind, values)
        if kind in ("state", "category"):
            return pa.array(told, pa.string()).dictionary_encode()
        return pa.array(told, types[kind])

    return pa.table({name: column(kinds[name], values) for name, values in columns.items()})


def _told(kind: Kind, values: Sequence[Any]) -> list[Any]:
    return list(map(_in_utc, values)) if kind == "instant" else list(values)


def _in_utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


_BACKENDS: Mapping[str, Callable[[Mapping[str, Kind], _Columns, bool], Any]] = MappingProxyType(
    {"pandas": _pandas, "polars": _polars, "pyarrow": _pyarrow}
)
