"""Answers about the customers of a summary, written beside them in the caller's kind of frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crmkit.errors import InputError
from crmkit.segmentation import tables
from crmkit.segmentation.models.observations import arrays_of, checked, columns_of, in_unit
from crmkit.segmentation.refusals import FrameError

__all__ = ["answered", "spend_written"]

Floats = NDArray[np.float64]
Answer = Callable[[NDArray[np.int64], Floats, Floats], dict[str, Floats]]


def answered(frame: Any, unit: str, answer: Answer) -> Any:
    """Returns the summary with the answers as further columns, in the caller's kind of frame.

    A lazy frame stays lazy: its engine finds the distinct customers, and the answers are joined to them.
    """
    import narwhals.stable.v2 as nw

    names = columns_of(frame)[1:4]

    def found_in(some: Any) -> dict[str, Floats]:
        return answer(*in_unit(*checked(*arrays_of(some, names)), unit))

    if tables.kind_of(frame) == "pandas":
        return frame.assign(**found_in(frame))
    given = nw.from_native(frame)
    if isinstance(given, nw.LazyFrame):
        if missing := [name for name in names if name not in given.collect_schema().names()]:
            raise FrameError(missing[0], "no such column", "a column of the summary")
        distinct = given.select(*names).unique().collect()
        beside = _with(distinct, found_in(distinct.to_native()))
        new = [name for name in beside.columns if name not in names]
        return _without(given, new).join(_lazy(given, beside), on=list(names), how="left").to_native()
    return _with(given, found_in(frame)).to_native()


def _with(frame: Any, found: dict[str, Floats]) -> Any:
    """Returns an eager frame with answers, in place of columns of their names."""
    import narwhals.stable.v2 as nw

    made = [nw.new_series(name, values, nw.Float64, backend=frame.implementation) for name, values in found.items()]
    return _without(frame, list(found)).with_columns(*made)


def _without(frame: Any, names: list[str]) -> Any:
    return frame.drop([name for name in names if name in frame.collect_schema().names()])


def _lazy(given: Any, beside: Any) -> Any:
    """Returns a small table as a lazy frame of the same engine and, where it has one, the same session."""
    import narwhals.stable.v2 as nw

    engine = given.implementation
    if engine.is_polars():
        return beside.lazy()
    if engine.is_duckdb():  # only a query of the relation itself knows its connection
        answers = beside.to_native()  # noqa: F841, found by name
        return nw.from_native(given.to_native().query("customers_of_the_summary", "SELECT * FROM answers"))
    if engine.is_pyspark():
        return nw.from_native(given.to_native().sparkSession.createDataFrame(beside.to_pandas()))
    raise InputError(f"Answers cannot be joined to a lazy frame of {engine}; collect it first.")


def spend_written(frame: Any, p: float, q: float, gamma: float) -> Any:
    """Returns the summary with the expected spend per purchase, p(γ + xm)/(px + q − 1)."""
    import narwhals.stable.v2 as nw

    names = columns_of(frame)
    given = nw.from_native(frame)
    for name in (names[1], names[4]):
        if name not in given.collect_schema().names():
            raise FrameError(name, "no such column", "a column of the summary")
    x = nw.col(names[1]).cast(nw.Float64)
    total = nw.when(x > 0).then(x * nw.col(names[4]).cast(nw.Float64)).otherwise(nw.lit(0.0))
    over = x * p + (q - 1)
    spend = nw.when(over > 0).then((total + gamma) * p / over).otherwise(nw.lit(float("inf")))
    return given.with_columns(spend.alias("spend")).to_native()
