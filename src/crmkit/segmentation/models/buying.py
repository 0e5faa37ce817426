"""What the three models of buying share: how they meet a summary, and what they answer about its customers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar, Self, overload

import attrs

from crmkit.segmentation.models.arguments import ahead
from crmkit.segmentation.models.fitted import FittedModel
from crmkit.segmentation.refusals import TooFewRows
from crmkit.segmentation.summaries import TimeUnit

if TYPE_CHECKING:
    import numpy as np
    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

    from crmkit.segmentation.models.newton import Climb
    from crmkit.segmentation.models.observations import Behaviour

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

__all__ = ["BuyingModel"]

FEWEST = 10
"""A model of four parameters says nothing about fewer customers."""


@attrs.frozen(slots=True, kw_only=True)
class BuyingModel(FittedModel):
    """Is a model of when customers buy and when they leave; see `BgNbd`."""

    TIMES: ClassVar[tuple[bool, ...]] = ()
    """Which parameters are times, and change with the unit."""

    @classmethod
    def fit(cls, summary: Any, *, unit: TimeUnit = "D", penalty: float = 0.0) -> Self:
        """Returns the model of largest likelihood for the customers of a summary.

        Args:
            summary: What `summary` returns: columns `x`, `t_x` and `T`, in any kind of frame. A lazy frame is grouped
                by its engine, and only distinct customers are collected.
            unit: The unit the summary was made in.
            penalty: Weight, per customer, of the squared logarithms of the parameters, times taken in mean ages; 0.0
                gives the optimum of the textbook.

        Raises:
            FrameError: A column is missing or contradicts itself (`t_x > T`, `x > 0` with `t_x = 0`, negative), or
                nobody was watched for any time, or the times are no whole days though the unit is "D".
            TooFewRows: Fewer than ten customers, or fewer who came back than the model has parameters.
            NotConverged: The likelihood has no optimum, or none was found.
        """
        import numpy as np

        from crmkit.segmentation.models.fitting import fit_of, penalty_of
        from crmkit.segmentation.models.observations import behaviour_of

        weight, rows = penalty_of(penalty), behaviour_of(summary, unit)
        if rows.n < FEWEST or rows.repeaters < len(cls.NAMES):
            raise TooFewRows(
                cls.__name__,
                f"{rows.n:,} of whom {rows.repeaters:,} came back",
                f"at least {FEWEST} customers, {len(cls.NAMES)} of whom came back",
            )
        scale = rows.mean_age
        climb = cls._climbed(rows.scaled(scale), weight)
        units = np.where(cls.TIMES, scale, 1.0)
        shift = -float(rows.weight @ rows.x) * math.log(scale)
        parameters, fitted = fit_of(cls.__name__, climb, cls.NAMES, rows.n, units, shift, weight)
        return cls(unit=unit, fitted=fitted, **parameters)

    @overload
    def expected(self, t: float) -> float: ...

    @overload
    def expected(self, t: float, summary: IntoFrameT) -> IntoFrameT: ...

    def expected(self, t: float, summary: Any = None) -> Any:
        """Returns the number of purchases expected within the next `t`.

        Args:
            t: How far ahead, in the model's unit.
            summary: Customers; without them, the answer is for one who bought for the first time just now.

        Returns:
            The summary with a column `expected`, or one number.
        """
        import numpy as np

        horizon = np.array([ahead(t)])
        if summary is None:
            none, now = np.zeros(1, np.int64), np.zeros(1)
            return float(self._expected(horizon, none, now, now)[0, 0])
        return self._answered(summary, lambda x, t_x, age: {"expected": self._expected(horizon, x, t_x, age)[0]})

    def alive(self, summary: IntoFrameT) -> IntoFrameT:
        """Returns the summary with a column `alive`: the probability that a customer has not left for good.

        It is no score of churn: in BG/NBD it is 1 for everybody who bought once. Ask `buys` instead.
        """
        result: IntoFrameT = self._answered(summary, lambda x, t_x, age: {"alive": self._alive(x, t_x, age)})
        return result

    def buys(self, t: float, summary: IntoFrameT) -> IntoFrameT:
        """Returns the summary with a column `buys`: the probability of at least one purchase within the next `t`."""
        horizon = ahead(t)
        result: IntoFrameT = self._answered(
            summary, lambda x, t_x, age: {"buys": self._alive(x, t_x, age) * self._buys(horizon, x, age)}
        )
        return result

    def _answered(self, summary: Any, answer: Any) -> Any:
        from crmkit.segmentation.models.answers import answered

        return answered(summary, self.unit, answer)

    def _expected(self, horizons: Floats, x: Whole, t_x: Floats, age: Floats, mixed: Floats | None = None) -> Floats:
        """Returns expected purchases, one row a horizon, or one row for each of `mixed`, weights of the horizons.

        What does not depend on t_x is computed once a (x, T).
        """
        from crmkit.segmentation.models.observations import pairs

        some_x, some_ages, places = pairs(x, age)
        found = self._expected_if_alive(horizons, some_x, some_ages)
        if mixed is not None:
            found = mixed @ found
        return found[:, places] * self._alive(x, t_x, age)

    @classmethod
    def _climbed(cls, rows: Behaviour, penalty: float) -> Climb:
        raise NotImplementedError

    def _alive(self, x: Whole, t_x: Floats, age: Floats) -> Floats:
        raise NotImplementedError

    def _buys(self, horizon: float, x: Whole, age: Floats) -> Floats:
        raise NotImplementedError

    def _expected_if_alive(self, horizons: Floats, x: Whole, age: Floats) -> Floats:
        raise NotImplementedError
