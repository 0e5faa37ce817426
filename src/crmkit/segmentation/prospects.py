"""Customers of a list who have not bought: the prospects, beside those who have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from crmkit.segmentation import tables
from crmkit.segmentation.literals import literal_frame
from crmkit.segmentation.refusals import FrameError

__all__ = ["count_without", "ids_with", "listed_rows", "rows_without"]

_EXPECTED = "ids of the kind that the orders have"


def ids_with(bought: Any, customers: Any, column: str, *, is_arrow: bool) -> tuple[Any, Any]:
    """Returns the ids of all customers in order, and each one's place among `bought`, -1 where it is not there.

    Args:
        bought: Ids of those who have bought, each once, as a pandas series or an Arrow array.
        customers: Ids of everybody, as a list or a frame with the column; nulls and repeats do not count.
        column: Name of the column.
        is_arrow: Whether `bought` is an Arrow array.
    """
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    from crmkit.segmentation import keys

    listed = _listed(customers, column)
    if is_arrow:
        bought = bought.combine_chunks() if isinstance(bought, pa.ChunkedArray) else bought
        others = pa.array(listed, from_pandas=True)
        _refuse_other_kind(column, _is_number(bought.to_pandas()), _is_number(listed), listed)
        both = [bought, others.cast(bought.type)] if len(bought) else [others if len(others) else bought]
        found = keys.of_arrow(pa.chunked_array(both))
    else:
        bought = pd.Series(bought)
        _refuse_other_kind(column, _is_number(bought), _is_number(listed), listed)
        some = [ids for ids in (bought, listed) if len(ids)]  # pandas lets the type of an empty part decide
        found = keys.of_pandas(pd.concat(some, ignore_index=True) if some else bought)
    used = found.codes[found.codes >= 0]
    codes, first = np.unique(used, return_index=True)
    order, ids = found.ordered(codes)
    places = np.flatnonzero(found.codes >= 0)[first]
    return ids, np.where(places < len(bought), places, -1)[order]


def count_without(bought: Any, customers: Any, column: str, *, is_arrow: bool) -> int:
    """Returns how many of the listed customers are not among `bought`; the arguments are those of `ids_with`."""
    _, places = ids_with(bought, customers, column, is_arrow=is_arrow)
    return int((places < 0).sum())


def _listed(customers: Any, column: str) -> Any:
    """Returns the ids as a pandas series without nulls, each once."""
    import pandas as pd

    kind = tables.kind_of(customers)
    if kind == "pandas" or kind == "pyarrow":
        names = customers.column_names if kind == "pyarrow" else list(customers.columns)
        if names.count(column) != 1:
            raise FrameError(column, "no such column in customers", "one column of ids")
        ids = customers[column].to_pandas() if kind == "pyarrow" else customers[column]
        ids = pd.Series(ids.to_numpy()) if isinstance(ids.dtype, pd.CategoricalDtype) else ids
    else:
        ids = pd.Series(_values(customers, column))
    return ids.dropna().drop_duplicates().reset_index(drop=True)


def _values(customers: Any, column: str) -> list[Any]:
    """Returns the ids of a list, or of a frame of any engine."""
    import narwhals.stable.v2 as nw

    frame = nw.from_native(customers, pass_through=True)
    if isinstance(frame, nw.DataFrame | nw.LazyFrame):
        ids = _ids_of(frame, column)
        return list((ids.collect() if isinstance(ids, nw.LazyFrame) else ids)["customer"].to_list())
    if isinstance(customers, Iterable) and not isinstance(customers, str):
        return list(customers)
    raise FrameError(column, type(customers).__name__, "a list of ids, or a frame of the kind of the orders")


def _ids_of(frame: Any, column: str) -> Any:
    import narwhals.stable.v2 as nw

    if column not in frame.collect_schema():
        raise FrameError(column, "no such column in customers", "one column of ids")
    return frame.select(customer=nw.col(column))


def _is_number(ids: Any) -> bool | None:
    """Tells whether ids are numbers, None where there are none."""
    import pandas as pd

    if not len(ids):
        return None
    return bool(pd.api.types.is_numeric_dtype(ids.dtype)) or pd.api.types.infer_dtype(ids) in ("integer", "floating")


def _refuse_other_kind(column: str, ours: bool | None, theirs: bool | None, listed: Any) -> None:
    if None not in (ours, theirs) and ours != theirs:
        raise FrameError(column, f"customers of {listed.dtype}", _EXPECTED)


def rows_without(bought: Any, customers: Any, column: str) -> Any:
    """Returns a lazy Narwhals frame `customer` of the listed who are not among `bought`."""
    everybody = listed_rows(bought, customers, column)
    return everybody.join(bought.select("customer"), on="customer", how="anti")


def listed_rows(bought: Any, customers: Any, column: str) -> Any:
    """Returns a lazy Narwhals frame `customer` of the listed, each once, which can be joined with `bought`."""
    import narwhals.stable.v2 as nw

    given = nw.from_native(customers, pass_through=True)
    is_ours = isinstance(given, nw.DataFrame | nw.LazyFrame) and given.implementation == bought.implementation
    if is_ours and not bought.implementation.is_duckdb():
        everybody = _ids_of(given, column).lazy()
    else:  # of another kind, or perhaps of another connection, which cannot be joined
        ids = dict.fromkeys(each for each in _values(customers, column) if each is not None)
        if not ids:
            return bought.select("customer").filter(nw.col("customer").is_null())
        everybody = literal_frame(bought, {"customer": list(ids)})
    ours, theirs = (frame.collect_schema()["customer"] for frame in (bought, everybody))
    if theirs != ours:
        if not (theirs.is_integer() and ours.is_integer()):
            raise FrameError(column, f"customers of {theirs}", _EXPECTED)
        everybody = everybody.select(nw.col("customer").cast(ours))
    return everybody.filter(~nw.col("customer").is_null()).unique(subset=["customer"], keep="any")
