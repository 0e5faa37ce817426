"""Backtests: a model is fitted before a moment and judged by what came after it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Unpack

import attrs

from crmkit.errors import InputError
from crmkit.segmentation.calibration import Calibration
from crmkit.segmentation.churning import OrderOptions, model_for
from crmkit.segmentation.days import window
from crmkit.segmentation.models.arguments import ahead
from crmkit.segmentation.models.bg_nbd import BgNbd
from crmkit.segmentation.models.buying import BuyingModel
from crmkit.segmentation.refusals import TooFewRows
from crmkit.segmentation.report import Report
from crmkit.segmentation.summaries import DAYS, TimeUnit, summary

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Backtest", "Decile", "backtest"]


@attrs.frozen(slots=True, kw_only=True)
class Decile:
    """Holds a tenth of the customers by predicted probability; equal predictions are never parted.

    Attributes:
        predicted: Mean probability.
        observed: Share that bought.
        n: Number of customers.
    """

    predicted: float
    observed: float
    n: int


@attrs.frozen(slots=True, kw_only=True, eq=False)
class Backtest:
    """Holds what a model said at a moment, and what happened.

    Attributes:
        model: The model, fitted before the cut-off.
        cutoff: The moment of the predictions.
        until: End of the window in which purchases were counted, excluded.
        horizon: Its length.
        unit: Unit of the horizon.
        customers: Customers who had bought before the cut-off.
        forecast: Purchase days predicted in total.
        actual: Purchase days counted in total.
        deciles: Predicted and observed share of buyers by tenths of the prediction.
        brier: Mean squared error of the probability of a purchase.
        brier_base: The same of one probability for all, the share that bought.
        log_loss: Mean surprise.
        auc: How often a buyer was given a higher probability than somebody who did not buy, ties half.
        auc_recency: The same of plain recency, which is hard to beat as a ranking.
        calibration_error: Mean distance of predicted and observed over the deciles.
        mae: Mean absolute error of the number of purchases.
        mae_zero: The same of always zero, which is often hard to beat: it proves nothing.
        mae_own_rate: The same of each customer's past rate.
        rmse: Root mean squared error of the number of purchases.
        rmse_zero: The same of always zero.
        silent_days: Whole days at the end of the window in which nobody bought; 0 where `as_of` says that it is over.
        predicted: The probabilities, one a customer.
        bought: Whether each customer bought.
    """

    model: BuyingModel
    cutoff: datetime
    until: datetime
    horizon: float
    unit: TimeUnit
    customers: int
    forecast: float
    actual: int
    deciles: tuple[Decile, ...]
    brier: float
    brier_base: float
    log_loss: float
    auc: float
    auc_recency: float
    calibration_error: float
    mae: float
    mae_zero: float
    mae_own_rate: float
    rmse: float
    rmse_zero: float
    silent_days: int = 0
    predicted: NDArray[np.float64] = attrs.field(repr=False)
    bought: NDArray[np.bool_] = attrs.field(repr=False)

    @property
    def is_open(self) -> bool:
        """Whether the orders seem to end before the window does: nobody bought in more than its last tenth."""
        return self.silent_days > max(1.0, self.horizon * DAYS[self.unit] / 10)

    def _warning(self) -> str:
        return (
            f"nobody bought in the last {self.silent_days} days of the window, which ends at {self.until.isoformat()}: "
            "it may not be over, and what is to come then looks like churn; say with as_of= how far the orders reach"
        )

    def __str__(self) -> str:
        measures = (
            f"{type(self.model).__name__} on {self.customers:,} customers: {self.forecast:,.0f} purchases forecast, "
            f"{self.actual:,} counted; AUC {self.auc:.3f} (recency {self.auc_recency:.3f}), Brier {self.brier:.3f} "
            f"(base {self.brier_base:.3f}), calibration error {self.calibration_error:.3f}, RMSE {self.rmse:.2f} "
            f"(zero {self.rmse_zero:.2f}), MAE {self.mae:.3f} (zero {self.mae_zero:.3f})"
        )
        return f"{measures}; {self._warning()}" if self.is_open else measures


def backtest(
    frame: Any,
    *,
    cutoff: datetime,
    horizon: float,
    as_of: datetime | None = None,
    model: type[BuyingModel] | BuyingModel = BgNbd,
    unit: TimeUnit = "D",
    calibration: Calibration | None = None,
    report: Report | None = None,
    **orders: Unpack[OrderOptions],
) -> Backtest:
    """Returns how well a model that saw nothing after the cut-off foretold the horizon behind it.

    Args:
        frame: Orders, in any kind of frame; a lazy one is queried.
        cutoff: The model sees what lies before; the shop's midnight, since a day is one purchase.
        horizon: Length of the window that is counted, in `unit`, whole days.
        as_of: What is known so far, excluded; a window that ends later is refused, as half of it would look like
            churn. Without it the frame is taken to hold the whole window; where nobody bought in its last tenth, the
            report (`open_window`) and the text of the result say so.
        model: A kind of model, which is fitted before the cut-off, or a fitted one.
        unit: Times in days or weeks; a fitted model brings its own.
        calibration: From `recalibrate` on an earlier window; the probabilities are moved along it.
        report: Takes what was seen before the cut-off.
        **orders: Columns and options as in `summary`.

    Raises:
        InputError: The window is not over, or the calibration was made from it.
        TooFewRows: There is too little to fit a model on.
        NotConverged: The fit found no optimum.

    Example:
        >>> from datetime import datetime, timedelta
        >>> import pandas as pd
        >>> orders = pd.DataFrame(
        ...     [(c, datetime(2026, 1, 1) + timedelta(days=d), 10.0)
        ...      for c in range(60) for d in range(c % 9, 40 + 5 * (c % 29), 7 + c)],
        ...     columns=["customer", "moment", "amount"])
        >>> model = BgNbd(r=0.24, alpha=30.9, a=0.79, b=2.43)
        >>> found = backtest(orders, cutoff=datetime(2026, 4, 1), horizon=60, model=model)
        >>> print(found.customers, round(found.forecast), found.actual)
        60 45 45
    """
    unit = model.unit if isinstance(model, BuyingModel) else unit
    within = ahead(horizon)
    cutoff = window(cutoff, None, None).as_of
    until = cutoff + _days(within * DAYS[unit])
    if as_of is not None and _later(until, as_of):
        raise InputError(
            f"The window ends at {until.isoformat()}, after as_of ({as_of.isoformat()}); take an earlier cut-off."
        )
    if calibration is not None:
        calibration.check(horizon=within, unit=unit)
        if _later(calibration.until, cutoff):
            raise InputError(
                f"The calibration was made from what happened until {calibration.until.isoformat()}, after the cut-off "
                f"({cutoff.isoformat()}): it would be judged by what it learned from."
            )
    before = summary(frame, as_of=cutoff, unit=unit, report=report, **orders)
    options: OrderOptions = {**orders, "since": cutoff}
    after = summary(frame, as_of=until, unit=unit, **options)
    chosen = model_for(before, model, unit)
    x, t_x, age, counted = _side_by_side(before, after)
    if not len(x):
        raise TooFewRows("A backtest", "nobody", "customers who bought before the cut-off")
    silent = _silent_days(after, cutoff, until, unit) if as_of is None else 0
    found = _judged(
        chosen, (x, t_x, age), counted, calibration, cutoff=cutoff, until=until, horizon=within, silent_days=silent
    )
    if report is not None and found.is_open:
        report.remark("open_window", until.isoformat(), found._warning())
    return found


def _silent_days(after: Any, cutoff: datetime, until: datetime, unit: TimeUnit) -> int:
    """Returns the whole days between the last purchase of the window and its end."""
    import narwhals.stable.v2 as nw

    least = nw.from_native(after).select((nw.col("T") - nw.col("t_x")).min().alias("since"))
    eager = least.collect() if isinstance(least, nw.LazyFrame) else least
    since = eager["since"][0]
    return (until - cutoff).days if since is None else max(round(float(since) * DAYS[unit]) - 1, 0)


def _later(one: datetime, other: datetime) -> bool:
    if (one.tzinfo is None) != (other.tzinfo is None):
        raise InputError("The moments of a backtest are all naive or all aware, never one of each.")
    return one > other


def _days(count: float) -> timedelta:
    if count != int(count) or count < 1:
        raise InputError(f"The horizon of a backtest is at least one whole day, got {count:g} days.")
    return timedelta(days=int(count))


def _side_by_side(before: Any, after: Any) -> tuple[Any, ...]:
    """Returns x, t_x and T of the customers before the cut-off, and their purchase days after it."""
    import narwhals.stable.v2 as nw

    from crmkit.segmentation.models.observations import arrays_of

    later = nw.from_native(after).select("customer", (nw.col("x") + 1).alias("counted"))
    joined = nw.from_native(before).join(later, on="customer", how="left")
    wanted = joined.select("x", "t_x", "T", nw.col("counted").fill_null(0).cast(nw.Int64))
    eager = wanted.collect() if isinstance(wanted, nw.LazyFrame) else wanted
    x, t_x, age, counted = arrays_of(eager.to_native(), ("x", "t_x", "T", "counted"))
    return x, t_x.astype(float), age.astype(float), counted


def _judged(
    model: BuyingModel, seen: tuple[Any, Any, Any], counted: Any, calibration: Calibration | None, **window: Any
) -> Backtest:
    import numpy as np

    from crmkit.segmentation import agreement

    x, t_x, age = seen
    horizon = window["horizon"]
    probability = model._alive(x, t_x, age) * model._buys(horizon, x, age)
    if calibration is not None:
        probability = calibration.of(probability)
    expected = model._expected(np.array([horizon]), x, t_x, age)[0]
    own_rate = x / np.maximum(age, 1e-300) * horizon
    bought = counted > 0
    tenths = tuple(Decile(predicted=p, observed=o, n=n) for p, o, n in agreement.deciles(probability, bought))
    return Backtest(
        model=model,
        unit=model.unit,
        customers=len(x),
        forecast=float(expected.sum()),
        actual=int(counted.sum()),
        deciles=tenths,
        brier=agreement.brier(probability, bought),
        brier_base=agreement.brier(np.full(len(x), bought.mean()), bought),
        log_loss=agreement.log_loss(probability, bought),
        auc=agreement.auc(probability, bought),
        auc_recency=agreement.auc(t_x - age, bought),
        calibration_error=sum(part.n * abs(part.predicted - part.observed) for part in tenths) / len(x),
        mae=float(np.abs(expected - counted).mean()),
        mae_zero=float(np.abs(counted).mean()),
        mae_own_rate=float(np.abs(own_rate - counted).mean()),
        rmse=float(np.sqrt(((expected - counted) ** 2).mean())),
        rmse_zero=float(np.sqrt((counted.astype(float) ** 2).mean())),
        predicted=probability,
        bought=bought,
        **window,
    )
