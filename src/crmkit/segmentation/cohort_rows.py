"""Cohorts by Narwhals expressions, for every engine but pandas and pyarrow: one group-by, then a small table.

Cells without a purchase are made from their neighbours: each cell is repeated up to the next one, and counts only at
its own place. So the orders are read once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmkit.segmentation.calendar_periods import period_of, with_start
from crmkit.segmentation.cohort_shape import Shape
from crmkit.segmentation.literals import repeated, with_date
from crmkit.segmentation.purchases import OrderRows

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

__all__ = ["cohorts_by_expressions"]


def cohorts_by_expressions(orders: OrderRows, shape: Shape, earlier: OrderRows | None) -> Any:
    """Returns the cohorts of orders that an engine holds."""
    import narwhals.stable.v2 as nw

    rows = _with_firsts(orders, shape, earlier)
    if shape.blocks is None:
        cells = _calendar(orders, rows, has_earlier=earlier is not None)
        dense = _dense(orders, cells, shape.last + 1 - nw.col("cohort"))
        dense = dense.with_columns(complete=nw.col("cohort") + nw.col("k") < shape.running)
    else:
        dense = _rolling(orders, shape, rows)
    is_shown = nw.col("size") > 0 if shape.is_kept else (nw.col("size") > 0) & nw.col("complete")
    rate = nw.when(is_shown).then(nw.col("customers").cast(nw.Float64) / nw.col("size").cast(nw.Float64))
    found = with_start(dense.with_columns(rate=rate), shape.period, "cohort", "start")
    found = with_date(found, "start", "first_date")
    found = found.select(
        nw.col("first_date").alias("cohort"),
        *(nw.col(name).cast(nw.Int64) for name in ("k", "customers", "size")),
        "rate",
        orders.money().alias("revenue"),
        "complete",
    )
    return orders.given_back(found, "cohort", "k")


def _with_firsts(orders: OrderRows, shape: Shape, earlier: OrderRows | None) -> Any:
    """Returns rows of customers who bought: `cohort`, `place` and, for blocks, `first_day` of each."""
    import narwhals.stable.v2 as nw

    place = period_of(shape.period, nw.col("day"), nw.col("month"))
    rows = orders.frame.with_columns(place=place)
    is_bought = nw.col("bought") > 0
    firsts = {"own": "place"} if shape.blocks is None else {"own": "place", "first_day": "day"}
    bought = {first: nw.when(is_bought).then(nw.col(name)) for first, name in firsts.items()}
    rows = _with_least(rows, bought)
    rows = rows.filter(~nw.col("own").is_null()).with_columns(cohort=nw.col("own"))
    if earlier is not None:
        rows = _with_earlier(rows, shape, earlier)
    # Rows before the first purchase, such as a refund, belong to its period.
    return rows.with_columns(place=_larger(nw.col("place"), nw.col("cohort")))


def _with_least(rows: Any, values: dict[str, Any]) -> Any:
    """Adds each customer's least of the values."""
    import narwhals.stable.v2 as nw

    if rows.implementation.is_duckdb():  # which groups and joins in half the time that its window takes
        least = rows.select("customer", **values).group_by("customer").agg(*(nw.col(name).min() for name in values))
        return rows.join(least, on="customer", how="inner")
    rows = rows.with_columns(**values)
    return rows.with_columns(*(nw.col(name).min().over("customer") for name in values))


def _with_earlier(rows: Any, shape: Shape, earlier: OrderRows) -> Any:
    import narwhals.stable.v2 as nw

    known = earlier.frame.select(
        "customer", known_place=period_of(shape.period, nw.col("day"), nw.col("month")), known_day=nw.col("day")
    )
    known = known.group_by("customer").agg(nw.col("known_place").min(), nw.col("known_day").min())
    rows = rows.join(known, on="customer", how="left")
    pairs = [("cohort", "known_place"), *([("first_day", "known_day")] if shape.blocks is not None else [])]
    return rows.with_columns(
        nw.when(nw.col(other) < nw.col(mine)).then(nw.col(other)).otherwise(nw.col(mine)).alias(mine)
        for mine, other in pairs
    )


def _larger(one: nw.Expr, other: nw.Expr) -> nw.Expr:
    import narwhals.stable.v2 as nw

    return nw.when(one >= other).then(one).otherwise(other)


def _calendar(orders: OrderRows, rows: Any, *, has_earlier: bool) -> Any:
    """Returns the cells in which something happened: `cohort, k, customers, size, minor` (and `money`)."""
    import narwhals.stable.v2 as nw

    is_bought = nw.col("bought") > 0
    whose = {"customers": is_bought}
    if has_earlier:  # else everybody bought at k = 0
        whose["heads"] = is_bought & (nw.col("place") == nw.col("own"))
    columns: dict[str, nw.Expr] = {name: nw.when(holds).then(nw.col("customer")) for name, holds in whose.items()}
    columns |= {f"no_{name}": (~holds).cast(nw.Int64) for name, holds in whose.items()}
    rows = rows.select("cohort", *orders.sums, k=nw.col("place") - nw.col("cohort"), **columns)
    distinct = [nw.col(name).n_unique() for name in whose]
    nulls = [nw.col(f"no_{name}").max() for name in whose]
    cells = rows.group_by("cohort", "k").agg(*distinct, *nulls, *(nw.col(name).sum() for name in orders.sums))
    # Null is one more distinct value.
    found = [(nw.col(name).cast(nw.Int64) - nw.col(f"no_{name}").cast(nw.Int64)).alias(name) for name in whose]
    cells = cells.with_columns(*(nw.col(name).cast(nw.Int64) for name in ("cohort", "k", "minor")), *found)
    heads = nw.col("heads") if has_earlier else nw.when(nw.col("k") == 0).then(nw.col("customers")).otherwise(nw.lit(0))
    return cells.with_columns(heads=heads).with_columns(size=nw.col("heads").sum().over("cohort"))


def _dense(orders: OrderRows, cells: Any, end: nw.Expr) -> Any:
    """Returns every cell of every cohort below `end`; those that were not there are zeros."""
    import narwhals.stable.v2 as nw

    k = nw.col("k")
    beside = (k.shift(1).over("cohort", order_by="k"), k.shift(-1).over("cohort", order_by="k"))
    cells = cells.with_columns(before=beside[0], after=beside[1], end=end)
    start = nw.when(nw.col("before").is_null()).then(nw.lit(0)).otherwise(k)
    stop = nw.when(nw.col("after").is_null()).then(_larger(nw.col("end"), k + 1)).otherwise(nw.col("after"))
    cells = cells.with_columns(start=start.cast(nw.Int64), steps=(stop - start).cast(nw.Int64))
    lines = repeated(cells, "steps", "step").with_columns(at=nw.col("start") + nw.col("step"))
    is_own = nw.col("at") == k
    money = [
        nw.when(is_own).then(nw.col(name)).otherwise(nw.col(name) - nw.col(name)).alias(name) for name in orders.sums
    ]
    customers = nw.when(is_own).then(nw.col("customers")).otherwise(nw.lit(0))
    lines = lines.with_columns(customers.alias("customers"), *money)
    return lines.with_columns(own_k=k).with_columns(k=nw.col("at")).filter(nw.col("k") < nw.col("end"))


def _rolling(orders: OrderRows, shape: Shape, rows: Any) -> Any:
    """Returns every cell of rolling blocks; a customer is counted out of the size where a block is not over."""
    import narwhals.stable.v2 as nw

    rows = _with_blocks(shape, rows)
    both = nw.concat([_leaving(orders, rows), _bought(orders, shape, rows)], how="vertical")
    sums = [nw.col(name).sum() for name in ("customers", "heads", *orders.sums)]
    cells = _whole(both.group_by("cohort", "k").agg(nw.col("begun").max(), *sums), orders).with_columns(
        total=nw.col("heads").sum().over("cohort"),
        gone=nw.col("heads").cum_sum().over("cohort", order_by="k"),
        last=nw.col("begun").max().over("cohort"),
    )
    dense = _dense(orders, cells, nw.col("last"))
    # Before a cell's own place nobody has left yet of those who leave there.
    gone = nw.when(nw.col("k") < nw.col("own_k")).then(nw.col("gone") - nw.col("heads")).otherwise(nw.col("gone"))
    staying = nw.col("total") - gone
    if shape.is_kept:
        return dense.with_columns(size=nw.col("total"), complete=gone == 0)
    return dense.with_columns(size=staying, complete=staying > 0)


def _with_blocks(shape: Shape, rows: Any) -> Any:
    """Adds the block of each row, how many are over for its customer, and how many have begun."""
    import narwhals.stable.v2 as nw

    assert shape.blocks is not None, "calendar periods are the other branch"
    first, width = nw.col("first_day"), shape.blocks
    return rows.with_columns(
        k=(_larger(nw.col("day"), first) - first) // width,
        over=(shape.today - first) // width,
        begun=(shape.last_day - first) // width + 1,
    )


def _leaving(orders: OrderRows, rows: Any) -> Any:
    """Returns one cell a customer, at the first block that is not over, where they leave the size."""
    import narwhals.stable.v2 as nw

    each = rows.group_by("customer", "cohort").agg(
        nw.col("over").max(), nw.col("begun").max(), *(nw.col(name).sum() for name in orders.sums)
    )
    nothing = [(nw.col(name) - nw.col(name)).alias(name) for name in orders.sums]
    counts = [nw.lit(0).alias("customers"), nw.lit(1).alias("heads")]
    return _whole(each.select("cohort", nw.col("over").alias("k"), "begun", *nothing, *counts), orders)


def _bought(orders: OrderRows, shape: Shape, rows: Any) -> Any:
    """Returns one cell a customer and block in which something was seen."""
    import narwhals.stable.v2 as nw

    rows = rows if shape.is_kept else rows.filter(nw.col("k") < nw.col("over"))
    sums = [nw.col(name).sum() for name in orders.sums]
    pairs = rows.group_by("customer", "cohort", "k").agg(nw.col("bought").max(), nw.col("begun").max(), *sums)
    counts = [nw.col("bought").alias("customers"), nw.lit(0).alias("heads")]
    return _whole(pairs.select("cohort", "k", "begun", *orders.sums, *counts), orders)


def _whole(frame: Any, orders: OrderRows) -> Any:
    import narwhals.stable.v2 as nw

    names = ("cohort", "k", "begun", "customers", "heads", "minor")
    return frame.select(*(nw.col(name).cast(nw.Int64) for name in names), *orders.sums[1:])
