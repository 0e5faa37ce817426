"""Scores and segments of customers whose values lie in arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crmkit.segmentation import means, results, tables
from crmkit.segmentation.amounts import Unit
from crmkit.segmentation.clusters import cluster_cuts
from crmkit.segmentation.grid import Eight
from crmkit.segmentation.naming import named_arrays
from crmkit.segmentation.plan import DIMENSIONS, Plan
from crmkit.segmentation.scores import cut_scores, quantile_scores

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["ValueArrays", "scored_arrays"]


@attrs.frozen(slots=True, kw_only=True, eq=False)
class ValueArrays:
    """Holds the values of customers who bought, one element a customer, ordered by id.

    Attributes:
        ids: The customers, as the caller's kind of column.
        recency: Days since the last purchase.
        frequency: Purchases.
        total: Net total in whole units.
        unit: Unit of `total`.
        source: A frame of the caller, and `amount`, the column of it whose kind the money has.
        is_arrow: Whether it is a pyarrow table.
    """

    ids: Any
    recency: NDArray[np.int64]
    frequency: NDArray[np.int64]
    total: NDArray[np.int64]
    unit: Unit
    source: Any
    amount: str
    is_arrow: bool

    def compared(self, plan: Plan) -> dict[str, NDArray[np.int64]]:
        """Returns by dimension the whole numbers that are compared."""
        money = means.mean_ranks(self.total, self.frequency) if plan.is_mean else self.total
        return {"recency": self.recency, "frequency": self.frequency, "monetary": money}


def scored_arrays(values: ValueArrays, plan: Plan) -> tuple[Any, tuple[str, ...]]:
    """Returns the result as the caller's kind of frame, and the dimensions in which all customers are equal."""
    compared = values.compared(plan)
    flat = tuple(name for name, each in compared.items() if len(each) and each.min() == each.max())
    scores = {
        name: _scores(values, compared[dimension], dimension, plan)
        for name, dimension in zip("rfm", DIMENSIONS, strict=True)
    }
    money: Any = values.total
    if plan.is_mean:
        money = values.total / (values.frequency * 10**values.unit.digits)
    columns = {"customer": values.ids, "recency": values.recency, "frequency": values.frequency, "monetary": money}
    columns |= scores
    if plan.shape is not None:
        places, names = named_arrays(plan.shape, compared, scores, values.unit, _much(values, plan))
        columns["segment"] = results.texts(places, names, is_arrow=values.is_arrow)
    exact = () if plan.is_mean else ("monetary",)
    if values.is_arrow:
        return tables.arrow_result(columns, values.unit, exact), flat
    return tables.pandas_result(values.source, columns, values.amount, values.unit, exact), flat


def _scores(values: ValueArrays, compared: NDArray[np.int64], dimension: str, plan: Plan) -> NDArray[np.int64]:
    falling = dimension == "recency"
    fixed = plan.cuts.of(dimension, plan.k)
    if fixed is None and not plan.is_clustered:
        return quantile_scores(-compared if falling else compared, plan.k)
    if fixed is None:
        return cut_scores(compared, cluster_cuts(compared, plan.k, falling=falling), falling=falling)
    if dimension == "monetary" and plan.is_mean:
        whole, rest = means.parts(values.total, values.frequency)
        bounds = [means.bound_of(cut, values.unit) for cut in fixed]
        steps = [bound.reached(whole, rest, values.frequency) for bound in bounds]
        reached: NDArray[np.int64] = sum(steps, start=compared * 0 + 1)
        return reached
    return cut_scores(compared, plan.cut_offs(dimension, values.unit) or (), falling=falling)


def _much(values: ValueArrays, plan: Plan) -> NDArray[np.bool_] | None:
    """Tells who is high in money by the mean of the means or a fixed mean; None where `monetary` itself tells."""
    if not plan.is_mean or not isinstance(plan.shape, Eight) or plan.shape.threshold == "median":
        return None
    return means.above_fraction(plan.shape, values.total, values.frequency, values.unit)
