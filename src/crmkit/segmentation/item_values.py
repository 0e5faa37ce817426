"""What each item holds of a value: rows with or without moments, added up exactly by item, on every engine."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import attrs

from crmkit.segmentation import tables
from crmkit.segmentation.amounts import Unit
from crmkit.segmentation.by_arrays import exact_sums
from crmkit.segmentation.purchases import OrderArrays, OrderRows, asked, orders_in
from crmkit.segmentation.refusals import FrameError
from crmkit.segmentation.report import Facts, Report

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "ItemArrays",
    "ItemRows",
    "distinct_values",
    "distinct_values_in",
    "in_money",
    "item_values",
    "ratio",
]

_ALWAYS = "\x01always"
_THEN, _LATER = (datetime.combine(date(1970, 1, day), time()) for day in (1, 2))


@attrs.frozen(slots=True, kw_only=True)
class ItemArrays:
    """Holds one element an item, by rising code: its code and what it holds in whole units."""

    orders: OrderArrays
    codes: NDArray[np.int64]
    minor: NDArray[np.int64]

    def distribution(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Returns the distinct values, the largest first, and how many items have each."""
        return distinct_values(self.minor)


@attrs.frozen(slots=True, kw_only=True)
class ItemRows:
    """Holds a lazy Narwhals frame `item, minor`, one row an item."""

    orders: OrderRows
    frame: Any

    def distribution(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Returns the distinct values, the largest first, and how many items have each; this runs a query."""
        return distinct_values_in(self.frame)


def distinct_values(minor: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Returns the distinct values, the largest first, and how often each occurs."""
    import numpy as np

    values, counts = np.unique(minor, return_counts=True)
    return values[::-1], counts[::-1].astype(np.int64, copy=False)


def distinct_values_in(frame: Any) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Returns the distinct values of column `minor` of a Narwhals frame in the same way; this runs a query."""
    import narwhals.stable.v2 as nw
    import numpy as np

    counted = frame.select("minor", one=nw.lit(1)).group_by("minor").agg(nw.col("one").sum())
    counted = counted.collect() if hasattr(counted, "collect") else counted
    values, counts = (np.array(counted[name].to_list(), np.int64) for name in ("minor", "one"))
    order = np.argsort(-values)
    return values[order], counts[order]


def in_money(column: str, unit: Unit) -> Any:
    """Returns the Narwhals expression of whole units in the kind of the caller's amounts."""
    import narwhals.stable.v2 as nw

    minor = nw.col(column)
    if unit.kind == "float":
        # By a column, since polars divides by a constant through its reciprocal, which is off in the last bit.
        return minor / ((minor * 0).cast(nw.Float64) + 10.0**unit.digits)
    return minor * nw.lit(Decimal(1).scaleb(-unit.digits)) if unit.kind == "decimal" else minor


def ratio(part: str, whole: str) -> Any:
    """Returns the Narwhals expression of `part / whole` of two whole columns, 0 where the whole is not above zero."""
    import narwhals.stable.v2 as nw

    positive = nw.when(nw.col(whole) > 0).then(nw.col(whole)).otherwise(nw.lit(1)).cast(nw.Float64)
    # By a column that no engine takes for a constant: polars divides by a constant through its reciprocal.
    return nw.col(part).cast(nw.Float64) / (positive + (nw.col(part) * 0).cast(nw.Float64))


def item_values(
    frame: Any,
    *,
    item: str,
    value: str,
    moment: str,
    currency: str | None,
    as_of: datetime | None,
    since: datetime | None,
    zone: str | tzinfo | None,
    digits: int | None,
    drop_repeats: bool,
    strict: bool,
    report: Report | None,
) -> ItemArrays | ItemRows:
    """Returns what each item holds; without `as_of` every row counts and no moment is read."""
    if as_of is None:
        frame = _with_one_moment(frame, (item, value, *((currency,) if currency else ())))
        moment, as_of, since, zone = _ALWAYS, _LATER, None, None
    question = asked(
        as_of=as_of,
        customer=item,
        moment=moment,
        amount=value,
        currency=currency,
        since=since,
        zone=zone,
        digits=digits,
        drop_repeats=drop_repeats,
        strict=strict,
    )
    inner = Report()
    orders = orders_in(frame, question, inner)
    if report is not None:
        report.ask_with(lambda: _of_items(inner.facts))
    return _by_arrays(orders) if isinstance(orders, OrderArrays) else _by_expressions(orders)


def _of_items(facts: Facts) -> Facts:
    return attrs.evolve(facts, customers=facts.customers + facts.left_out, left_out=0, flat=(), who="item")


def _by_arrays(orders: OrderArrays) -> ItemArrays:
    import numpy as np

    size = orders.ids.size
    codes = np.flatnonzero(np.bincount(orders.codes, minlength=size))
    return ItemArrays(orders=orders, codes=codes, minor=exact_sums(orders.codes, orders.minor, size)[codes])


def _by_expressions(orders: OrderRows) -> ItemRows:
    import narwhals.stable.v2 as nw

    rows = orders.frame.select("minor", item=nw.col("customer"))
    held = rows.group_by("item").agg(nw.col("minor").sum())
    return ItemRows(orders=orders, frame=held.select("item", nw.col("minor").cast(nw.Int64)))


def _with_one_moment(frame: Any, names: tuple[str, ...]) -> Any:
    """Gives every row the same moment, so that a frame without moments passes the door for orders."""
    kind = tables.frame_kind(frame)
    if kind == "pandas":
        import numpy as np

        narrow = frame.loc[:, [name in names for name in frame.columns]]
        return narrow.assign(**{_ALWAYS: np.full(len(frame), np.datetime64(_THEN, "us"))})
    if kind == "pyarrow":
        import numpy as np
        import pyarrow as pa

        return frame.append_column(_ALWAYS, pa.array(np.full(frame.num_rows, np.datetime64(_THEN, "us"))))
    return _with_one_moment_in_rows(frame, names)


def _with_one_moment_in_rows(frame: Any, names: Iterable[str]) -> Any:
    import narwhals.stable.v2 as nw

    given = nw.from_native(frame)
    schema = given.collect_schema()
    for name in names:
        if name not in schema and name != "currency":
            raise FrameError(name, "no such column", f"one of {', '.join(map(repr, schema))}" if schema else "one")
    return given.with_columns(nw.lit(_THEN).cast(nw.Datetime("us")).alias(_ALWAYS)).to_native()
