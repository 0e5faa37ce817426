"""Churn: the probability that a customer does not buy again within a horizon."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from crmkit.errors import InputError
from crmkit.segmentation.calibration import Calibration
from crmkit.segmentation.customer_summaries import CustomerSummary
from crmkit.segmentation.models.arguments import ahead
from crmkit.segmentation.models.bg_nbd import BgNbd
from crmkit.segmentation.models.buying import BuyingModel
from crmkit.segmentation.report import Report
from crmkit.segmentation.summaries import TimeUnit, summary

if TYPE_CHECKING:
    from narwhals.stable.v2.typing import IntoFrameT

__all__ = ["OrderOptions", "churn", "model_for"]


class OrderOptions(TypedDict, total=False):
    """Names the columns of orders and says how they are read; see `summary`."""

    customer: str
    moment: str
    amount: str
    order: str | None
    currency: str | None
    since: datetime | None
    zone: str | tzinfo | None
    count_free: bool
    digits: int | None
    drop_repeats: bool
    strict: bool


def churn(
    frame: IntoFrameT | CustomerSummary[IntoFrameT],
    *,
    as_of: datetime,
    horizon: float,
    model: type[BuyingModel] | BuyingModel = BgNbd,
    unit: TimeUnit = "D",
    calibration: Calibration | None = None,
    report: Report | None = None,
    **orders: Unpack[OrderOptions],
) -> IntoFrameT:
    """Returns for every customer the probability that she does not buy within the horizon.

    This is one less the probability of a purchase, not one less P(alive): in BG/NBD everybody who bought once is alive
    for certain, however long ago. As a ranking, plain recency is about as good; what the model adds is a probability.

    Args:
        frame: Orders, in any kind of frame, or a `CustomerSummary`.
        as_of: The moment of the answer, excluded.
        horizon: How far ahead, in `unit`.
        model: A kind of model, which is fitted on these orders, or a fitted one.
        unit: Times in days or weeks; a fitted model brings its own.
        calibration: From `recalibrate`, of the same horizon.
        report: Takes what was seen and what was left out.
        **orders: Columns and options as in `summary`.

    Returns:
        The same kind of frame: `customer`, `alive` and `churn`.

    Raises:
        TooFewRows: There is too little to fit a model on.
        NotConverged: The fit found no optimum.

    Example:
        >>> from datetime import datetime
        >>> import pandas as pd
        >>> orders = pd.DataFrame({
        ...     "customer": ["ann", "ann", "bo"],
        ...     "moment": pd.to_datetime(["2026-01-05", "2026-02-02", "2026-01-12"]), "amount": [9.0, 20.0, 15.0]})
        >>> model = BgNbd(r=0.24, alpha=30.9, a=0.79, b=2.43)
        >>> print(churn(orders, as_of=datetime(2026, 3, 2), horizon=90, model=model).round(3).to_string(index=False))
        customer  alive  churn
             ann  0.655  0.616
              bo  1.000  0.834
    """
    import narwhals.stable.v2 as nw

    unit = model.unit if isinstance(model, BuyingModel) else unit
    within = ahead(horizon)
    if calibration is not None:
        calibration.check(horizon=within, unit=unit)
    customers = summary(frame, as_of=as_of, unit=unit, report=report, **orders)
    chosen = model_for(customers, model, unit)

    def told(x: Any, t_x: Any, age: Any) -> dict[str, Any]:
        alive = chosen._alive(x, t_x, age)
        buys = alive * chosen._buys(within, x, age)
        return {"alive": alive, "churn": 1 - (buys if calibration is None else calibration.of(buys))}

    answers: Any = nw.from_native(chosen._answered(customers, told))
    result: IntoFrameT = answers.select("customer", "alive", "churn").to_native()
    return result


def model_for(customers: Any, model: Any, unit: TimeUnit) -> BuyingModel:
    """Returns the model: a fitted one as it is, a kind of model fitted on the customers."""
    if isinstance(model, BuyingModel):
        return model
    if not (isinstance(model, type) and issubclass(model, BuyingModel)):
        raise InputError(f"model is BgNbd, MbgNbd, ParetoNbd or one of them fitted, got {model!r}.")
    return model.fit(customers, unit=unit)
