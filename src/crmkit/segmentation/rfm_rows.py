"""Scores and segments by Narwhals expressions, over a frame of customers with their values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmkit.segmentation import means
from crmkit.segmentation.amounts import Unit, money_of
from crmkit.segmentation.clusters import cluster_cuts
from crmkit.segmentation.grid import Eight
from crmkit.segmentation.naming import named_frame
from crmkit.segmentation.plan import DIMENSIONS, Plan
from crmkit.segmentation.scores import cut_expression, quantile_expression

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

__all__ = ["compared_rows", "scored_rows"]


def compared_rows(values: Any, plan: Plan) -> Any:
    """Returns the values with the whole numbers that are compared as `recency`, `frequency` and `monetary`."""
    return means.with_mean_ranks(values) if plan.is_mean else values


def scored_rows(values: Any, plan: Plan, unit: Unit) -> Any:
    """Returns customers with r, f, m and the segment, money in the caller's kind.

    Args:
        values: What `compared_rows` gave: `customer, recency, frequency, monetary`, and `money` where the amounts are
            Decimals.
        plan: How to score and name.
        unit: Unit of the money.
    """
    import narwhals.stable.v2 as nw

    values = values.with_columns(customers=nw.len().cast(nw.Int64))
    clusters = _clusters(values, plan)
    scores = zip("rfm", DIMENSIONS, strict=True)
    values = values.with_columns(**{name: _score(each, plan, unit, clusters.get(each)) for name, each in scores})
    if plan.shape is not None:
        values, much = _with_much(values, plan, unit)
        values = named_frame(values, plan.shape, unit, much)
    names = ["r", "f", "m", *(["segment"] if plan.shape is not None else [])]
    return values.select("customer", "recency", "frequency", _money(plan, unit).alias("monetary"), *names)


def _clusters(values: Any, plan: Plan) -> dict[str, tuple[int, ...]]:
    """Returns the cut-offs of k-means for the dimensions that have no fixed ones; this runs a query."""
    import numpy as np

    wanted = [name for name in DIMENSIONS if plan.cuts.of(name, plan.k) is None] if plan.is_clustered else []
    if not wanted:
        return {}
    found = values.select(*wanted)
    found = found.collect() if hasattr(found, "collect") else found
    arrays = {name: found[name].to_numpy().astype(np.int64, copy=False) for name in wanted}
    return {name: cluster_cuts(each, plan.k, falling=name == "recency") for name, each in arrays.items()}


def _score(dimension: str, plan: Plan, unit: Unit, clusters: tuple[int, ...] | None) -> nw.Expr:
    import narwhals.stable.v2 as nw

    falling = dimension == "recency"
    fixed = plan.cuts.of(dimension, plan.k)
    if fixed is not None and dimension == "monetary" and plan.is_mean:
        score = nw.lit(1)
        for bound in (means.bound_of(cut, unit) for cut in fixed):
            step = bound.reached(nw.col("whole"), nw.col("rest"), nw.col("frequency"))
            score = score + step.cast(nw.Int64)
        return score.cast(nw.Int64)
    cuts = clusters if fixed is None else plan.cut_offs(dimension, unit)
    if cuts is None:
        return quantile_expression(dimension, plan.k, nw.col("customers"), falling=falling)
    return cut_expression(dimension, cuts, falling=falling)


def _with_much(values: Any, plan: Plan, unit: Unit) -> tuple[Any, nw.Expr | None]:
    """Returns who is high in money where `monetary` itself cannot tell, with the frame that tells it."""
    import narwhals.stable.v2 as nw

    if not plan.is_mean or not isinstance(plan.shape, Eight) or plan.shape.threshold == "median":
        return values, None
    if plan.shape.threshold == "mean":
        return means.with_above_mean(values), nw.col("is_above_mean")
    return values, means.threshold_expression(plan.shape, unit)


def _money(plan: Plan, unit: Unit) -> nw.Expr:
    import narwhals.stable.v2 as nw

    if not plan.is_mean:
        return money_of(unit, nw.col("monetary"), nw.col("money"))
    purchases = nw.col("frequency") * int(10**unit.digits)
    return nw.col("total").cast(nw.Float64) / purchases.cast(nw.Float64)
