"""BG/NBD, the model of buying to begin with."""

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

__all__ = ["BetaGeometric", "BgNbd"]


@attrs.frozen(slots=True, kw_only=True)
class BetaGeometric(BuyingModel):
    """Is what BG/NBD and MBG/NBD share."""

    NAMES: ClassVar[tuple[str, ...]] = ("r", "alpha", "a", "b")
    TIMES: ClassVar[tuple[bool, ...]] = (False, True, False, False)
    SHIFT: ClassVar[int] = 0
    """Chances to leave before the first repeat."""

    r: float = attrs.field(validator=positive)
    alpha: float = attrs.field(validator=positive)
    a: float = attrs.field(validator=positive)
    b: float = attrs.field(validator=positive)

    @property
    def _given(self) -> tuple[float, ...]:
        return self.r, self.alpha, self.a, self.b

    @classmethod
    def _climbed(cls, rows: Behaviour, penalty: float) -> Climb:
        import numpy as np

        from crmkit.segmentation.models.beta_geometric import shop_of
        from crmkit.segmentation.models.fitting import optimum

        start = np.log([0.5, 0.25, 0.8, 2.0])
        return optimum(lambda some: shop_of(some, cls.SHIFT).slope, rows, len(rows.x), start, penalty)

    def _alive(self, x: Whole, t_x: Floats, age: Floats) -> Floats:
        from crmkit.segmentation.models.beta_geometric import alive

        return alive(self._given, x, t_x, age, self.SHIFT)

    def _buys(self, horizon: float, x: Whole, age: Floats) -> Floats:
        from crmkit.segmentation.models.beta_geometric import buys

        return buys(self._given, horizon, x, age)

    def _expected_if_alive(self, horizons: Floats, x: Whole, age: Floats) -> Floats:
        from crmkit.segmentation.models.beta_geometric import expected

        return expected(self._given, horizons, x, age, self.SHIFT)


@attrs.frozen(slots=True, kw_only=True)
class BgNbd(BetaGeometric):
    """Holds a BG/NBD model (Fader, Hardie and Lee 2005, Marketing Science 24(2)).

    While active, a customer buys at a rate of her own, which varies as Gamma(r, α) in the shop; after each repeat she
    leaves for good with a probability of her own, which varies as Beta(a, b). A customer who never came back had no
    chance to leave: for one-time buyers who may be gone take `MbgNbd`.

    Attributes:
        r: Shape of the rates.
        alpha: Scale of the rates, a time.
        a: First parameter of the probabilities to leave.
        b: Second one.

    Example:
        >>> import pandas as pd
        >>> model = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="W")
        >>> customers = pd.DataFrame({"customer": ["ann"], "x": [2], "t_x": [30.43], "T": [38.86]})
        >>> print(model.buys(39, model.alive(model.expected(39, customers))).round(3).to_string(index=False))
        customer  x   t_x     T  expected  alive  buys
             ann  2 30.43 38.86     1.226  0.727 0.555
        >>> BgNbd.from_json(model.to_json()) == model
        True
    """
