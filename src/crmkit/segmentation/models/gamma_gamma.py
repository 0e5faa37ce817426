"""Gamma-Gamma, the model of spend per purchase."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar, Self

import attrs

from crmkit.segmentation.models.fitted import FittedModel, positive
from crmkit.segmentation.refusals import TooFewRows
from crmkit.segmentation.summaries import TimeUnit

if TYPE_CHECKING:
    from narwhals.stable.v2.typing import IntoFrameT

__all__ = ["GammaGamma"]

FEWEST = 10


@attrs.frozen(slots=True, kw_only=True)
class GammaGamma(FittedModel):
    """Holds a Gamma-Gamma model of spend per purchase (Fader and Hardie 2013).

    It takes spend and frequency for independent: look at the correlation of `x` and `m` among those who came back
    before you trust it.

    Attributes:
        p: Shape of a customer's purchases around her own level.
        q: Shape of the levels in the shop.
        gamma: Scale of the levels, an amount.

    Example:
        >>> import pandas as pd
        >>> model = GammaGamma(p=6.25, q=3.74, gamma=15.44)
        >>> customers = pd.DataFrame({"customer": ["ann", "bo"], "x": [2, 0], "m": [22.35, None]})
        >>> print(model.expected(customers).round(2).to_string(index=False))
        customer  x     m  spend
             ann  2 22.35  24.66
              bo  0   NaN  35.22
    """

    NAMES: ClassVar[tuple[str, ...]] = ("p", "q", "gamma")

    p: float = attrs.field(validator=positive)
    q: float = attrs.field(validator=positive)
    gamma: float = attrs.field(validator=positive)

    @property
    def mean(self) -> float:
        """Mean spend per purchase in the shop; infinite where q is 1 or less."""
        return self.p * self.gamma / (self.q - 1) if self.q > 1 else math.inf

    @classmethod
    def fit(cls, summary: Any, *, unit: TimeUnit = "D", penalty: float = 0.0) -> Self:
        """Returns the model of largest likelihood for the customers of a summary who came back and spent something.

        Args:
            summary: What `summary` returns: columns `x` and `m`, in any kind of frame. Rows with `x` 0 or a mean spend
                of 0 or less say nothing here and are not counted in `n`.
            unit: The unit of the summary, kept with the model.
            penalty: Weight, per customer, of the squared logarithms of the parameters, amounts taken in mean spends.

        Raises:
            FrameError: A column is missing, or an amount is infinite.
            TooFewRows: Fewer than ten such customers.
            NotConverged: The likelihood has no optimum, or none was found.
        """
        import numpy as np

        from crmkit.segmentation.models.fitting import fit_of, optimum, penalty_of
        from crmkit.segmentation.models.observations import spending_of
        from crmkit.segmentation.models.spending import spenders_of

        weight, rows = penalty_of(penalty), spending_of(summary)
        if rows.n < FEWEST:
            raise TooFewRows(cls.__name__, f"{rows.n:,}", f"at least {FEWEST} customers who came back and spent")
        scale = float(rows.m.mean())
        start = np.log([6.0, 4.0, 0.5])
        climb = optimum(lambda some: spenders_of(some).slope, rows.scaled(scale), rows.n, start, weight)
        units = np.array([1.0, 1.0, scale])
        shift = -rows.n * math.log(scale)
        parameters, fitted = fit_of(cls.__name__, climb, cls.NAMES, rows.n, units, shift, weight)
        return cls(unit=unit, fitted=fitted, **parameters)

    def expected(self, summary: IntoFrameT) -> IntoFrameT:
        """Returns the summary with a column `spend`: the expected spend per purchase.

        It lies between a customer's own mean and that of the shop, nearer to her own the more she bought.
        """
        from crmkit.segmentation.models.answers import spend_written

        result: IntoFrameT = spend_written(summary, self.p, self.q, self.gamma)
        return result
