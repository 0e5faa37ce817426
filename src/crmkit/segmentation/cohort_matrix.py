"""The two ways to look at cohorts: as a triangle, and as one curve over all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from crmkit.errors import InputError
from crmkit.segmentation.refusals import FrameError

if TYPE_CHECKING:
    from narwhals.stable.v2.typing import IntoFrameT

__all__ = ["cohort_curve", "cohort_matrix"]

Values = Literal["rate", "customers", "revenue"]

_COLUMNS = ("cohort", "k", "customers", "size", "rate", "revenue", "complete")


def cohort_matrix(table: Any, values: Values = "rate") -> Any:
    """Returns cohorts as a triangle: one row a cohort, one column for each k.

    Args:
        table: What `cohorts` gave; a lazy frame is collected, since no engine can turn rows into columns lazily.
        values: "rate", "customers" or "revenue".

    Returns:
        `cohort`, `size` (of k = 0), and columns "0", "1", … with null where a cohort is not that old or the rate is
        hidden: a frame of the same kind, which is eager (a pyarrow table for DuckDB and Spark).

    Raises:
        FrameError: A column of `cohorts` is missing.
        InputError: Other values.

    Example:
        >>> from datetime import datetime
        >>> import pandas as pd
        >>> from crmkit.segmentation import cohorts
        >>> orders = pd.DataFrame({
        ...     "customer": ["ann", "bo", "ann", "cy"],
        ...     "moment": pd.to_datetime(["2026-09-05", "2026-09-20", "2026-10-02", "2026-10-20"]),
        ...     "amount": [20.0, 30.0, 25.0, 40.0],
        ... })
        >>> print(cohort_matrix(cohorts(orders, as_of=datetime(2026, 11, 1))).to_string(index=False))
            cohort  size   0   1
        2026-09-01     2 1.0 0.5
        2026-10-01     1 1.0 NaN
    """
    import narwhals.stable.v2 as nw

    if values not in ("rate", "customers", "revenue"):
        raise InputError(f"values is 'rate', 'customers' or 'revenue', got {values!r}.")
    cells = _cells(table)
    cells = cells.collect() if isinstance(cells, nw.LazyFrame) else cells
    last = int(cells["k"].max()) if len(cells) else -1
    wide = cells.filter(nw.col("k") == 0).select("cohort", "size").sort("cohort")
    for k in range(last + 1):
        column = cells.filter(nw.col("k") == k).select("cohort", nw.col(values).alias(str(k)))
        wide = wide.join(column, on="cohort", how="left")
    return wide.sort("cohort").to_native()


def cohort_curve(table: IntoFrameT) -> IntoFrameT:
    """Returns one curve over all cohorts: of everybody who could be seen at k, how many bought.

    Only complete cells count, each with the weight of its size, so that a young cohort does not pull the end down.

    Args:
        table: What `cohorts` gave.

    Returns:
        The same kind of frame, ordered by k: `k`, `cohorts` and `size` behind it, `customers` who bought, and
        `rate` = customers / size.

    Raises:
        FrameError: A column of `cohorts` is missing.

    Example:
        >>> from datetime import datetime
        >>> import pandas as pd
        >>> from crmkit.segmentation import cohorts
        >>> orders = pd.DataFrame({
        ...     "customer": ["ann", "bo", "ann", "cy", "cy"],
        ...     "moment": pd.to_datetime(["2026-09-05", "2026-09-20", "2026-10-02", "2026-10-20", "2026-11-01"]),
        ...     "amount": [20.0, 30.0, 25.0, 40.0, 10.0],
        ... })
        >>> print(cohort_curve(cohorts(orders, as_of=datetime(2026, 12, 1))).to_string(index=False))
         k  cohorts  size  customers     rate
         0        2     3          3 1.000000
         1        2     3          2 0.666667
         2        1     2          0 0.000000
    """
    import narwhals.stable.v2 as nw

    cells = _cells(table)
    cells = cells.filter(nw.col("complete")).select("k", "size", "customers", one=nw.lit(1).cast(nw.Int64))
    sums = cells.group_by("k").agg(nw.col("one").sum(), nw.col("size").sum(), nw.col("customers").sum())
    size, customers = (nw.col(name).cast(nw.Int64) for name in ("size", "customers"))
    sums = sums.select("k", nw.col("one").cast(nw.Int64).alias("cohorts"), size, customers)
    rate = nw.col("customers").cast(nw.Float64) / nw.col("size").cast(nw.Float64)
    curve = sums.with_columns(rate=nw.when(nw.col("size") > 0).then(rate))
    result: IntoFrameT = (curve.sort("k") if isinstance(curve, nw.DataFrame) else curve).to_native()
    return result


def _cells(table: Any) -> Any:
    import narwhals.stable.v2 as nw

    cells: Any = nw.from_native(table)
    names = cells.collect_schema().names()
    for name in _COLUMNS:
        if name not in names:
            raise FrameError(name, "no such column", "the columns of cohorts()")
    return cells
