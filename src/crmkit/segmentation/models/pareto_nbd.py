"""Pareto/NBD, the second opinion."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from crmkit.segmentation.models.buying import BuyingModel
from crmkit.segmentation.models.fitted import positive

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from crmkit.segmentation.models.newton import Climb
    from crmkit.segmentation.models.observations import Behaviour

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

__all__ = ["ParetoNbd"]


@attrs.frozen(slots=True, kw_only=True)
class ParetoNbd(BuyingModel):
    """Holds a Pareto/NBD model (Schmittlein, Morrison and Colombo 1987).

    While active, a customer buys at a rate of her own, which varies as Gamma(r, α) in the shop; she may leave at any
    moment, at a rate of her own that varies as Gamma(s, β).

    Attributes:
        r: Shape of the rates of buying.
        alpha: Scale of the rates of buying, a time.
        s: Shape of the rates of leaving.
        beta: Scale of the rates of leaving, a time.

    Example:
        >>> import pandas as pd
        >>> model = ParetoNbd(r=0.553, alpha=10.578, s=0.606, beta=11.669, unit="W")
        >>> customers = pd.DataFrame({"customer": ["ann"], "x": [2], "t_x": [30.43], "T": [38.86]})
        >>> print(model.alive(model.expected(39, customers)).round(3).to_string(index=False))
        customer  x   t_x     T  expected  alive
             ann  2 30.43 38.86     1.455  0.869
    """

    NAMES: ClassVar[tuple[str, ...]] = ("r", "alpha", "s", "beta")
    TIMES: ClassVar[tuple[bool, ...]] = (False, True, False, True)

    r: float = attrs.field(validator=positive)
    alpha: float = attrs.field(validator=positive)
    s: float = attrs.field(validator=positive)
    beta: float = attrs.field(validator=positive)

    @property
    def _given(self) -> tuple[float, ...]:
        return self.r, self.alpha, self.s, self.beta

    @classmethod
    def _climbed(cls, rows: Behaviour, penalty: float) -> Climb:
        import numpy as np

        from crmkit.segmentation.models.fitting import optimum_by_differences
        from crmkit.segmentation.models.pareto import pareto_shop_of

        start = np.log([0.6, 0.3, 0.6, 0.3])
        return optimum_by_differences(pareto_shop_of, rows, len(rows.x), start, penalty)

    def _alive(self, x: Whole, t_x: Floats, age: Floats) -> Floats:
        from crmkit.segmentation.models.pareto import alive

        return alive(self._given, x, t_x, age)

    def _buys(self, horizon: float, x: Whole, age: Floats) -> Floats:
        from crmkit.segmentation.models.observations import pairs
        from crmkit.segmentation.models.pareto import buys

        some_x, some_ages, places = pairs(x, age)
        return buys(self._given, horizon, some_x, some_ages)[places]

    def _expected_if_alive(self, horizons: Floats, x: Whole, age: Floats) -> Floats:
        from crmkit.segmentation.models.pareto import expected

        return expected(self._given, horizons, x, age)
