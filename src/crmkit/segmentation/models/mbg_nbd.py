"""MBG/NBD, in which those who bought once may have left."""

from __future__ import annotations

from typing import ClassVar

import attrs

from crmkit.segmentation.models.bg_nbd import BetaGeometric

__all__ = ["MbgNbd"]


@attrs.frozen(slots=True, kw_only=True)
class MbgNbd(BetaGeometric):
    """Holds an MBG/NBD model (Batislam, Denizel and Filiztekin 2007).

    As `BgNbd`, but a customer may leave after her first purchase, too.

    Attributes:
        r: Shape of the rates.
        alpha: Scale of the rates, a time.
        a: First parameter of the probabilities to leave.
        b: Second one.

    Example:
        >>> import pandas as pd
        >>> model = MbgNbd(r=0.525, alpha=6.183, a=0.891, b=1.614, unit="W")
        >>> once = pd.DataFrame({"customer": ["bo"], "x": [0], "t_x": [0.0], "T": [38.86]})
        >>> print(model.alive(once).round(3).to_string(index=False))
        customer  x  t_x     T  alive
              bo  0  0.0 38.86   0.39
    """

    SHIFT: ClassVar[int] = 1
