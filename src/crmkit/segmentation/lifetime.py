"""Customer lifetime value: purchases expected step by step, times spend per purchase, discounted."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from crmkit.errors import InputError
from crmkit.segmentation.models.arguments import ahead, number
from crmkit.segmentation.models.buying import BuyingModel
from crmkit.segmentation.models.gamma_gamma import GammaGamma
from crmkit.segmentation.summaries import DAYS

if TYPE_CHECKING:
    import numpy as np
    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

__all__ = ["clv"]

_YEAR = 364
"""A year of 52 weeks, so that days and weeks give the same value."""
_MOST_STEPS = 2_000


def clv(
    summary: IntoFrameT,
    *,
    buying: BuyingModel,
    spending: GammaGamma,
    horizon: float,
    step: float | None = None,
    rate: float = 0.0,
    margin: float = 1.0,
) -> IntoFrameT:
    """Returns the summary with what every customer is expected to be worth within the horizon.

    Args:
        summary: What `summary` returns, with `m`, in the unit of `buying`.
        buying: When customers buy: a `BgNbd`, `MbgNbd` or `ParetoNbd`.
        spending: What they spend.
        horizon: How far ahead, in the unit of `buying`.
        step: Purchases of a step are discounted at its end; the whole horizon is one step where none is given.
        rate: Discount of a year of 52 weeks, a fraction up to 1: 0.1 for ten per cent.
        margin: Share of the spend that is earned, a fraction up to 1.

    Returns:
        The same kind of frame, with `expected` purchases within the horizon, `spend` per purchase, and `clv`, an
        amount as `m` is one.

    Raises:
        InputError: An argument is out of range, or the shop's mean spend is infinite (`q` of 1 or less), so that
            nothing can be said of those who bought once.

    Example:
        >>> import pandas as pd
        >>> from crmkit.segmentation import BgNbd, GammaGamma
        >>> customers = pd.DataFrame({"customer": ["ann"], "x": [2], "t_x": [30.43], "T": [38.86], "m": [22.35]})
        >>> valued = clv(
        ...     customers, buying=BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="W"),
        ...     spending=GammaGamma(p=6.25, q=3.74, gamma=15.44), horizon=52, step=13, rate=0.1, margin=0.3)
        >>> print(valued[["customer", "expected", "spend", "clv"]].round(2).to_string(index=False))
        customer  expected  spend  clv
             ann      1.56  24.66 10.9
    """
    import narwhals.stable.v2 as nw

    from crmkit.segmentation.models.answers import answered

    ends = _ends(horizon, step)
    if not -1 < number(rate) <= 1:
        raise InputError(f"rate is the discount of a year as a fraction, 0.1 for ten per cent, got {rate!r}.")
    if not -math.inf < number(margin) <= 1:
        raise InputError(f"margin is a share as a fraction, 0.3 for thirty per cent, got {margin!r}.")
    if spending.q <= 1:
        raise InputError(
            f"The mean spend of this GammaGamma is infinite (q = {spending.q:.3g} is not above 1), so that no customer "
            "can be valued; fit it on more customers or with a penalty."
        )

    def purchases(x: NDArray[np.int64], t_x: NDArray[np.float64], age: NDArray[np.float64]) -> dict[str, Any]:
        import numpy as np

        until = np.array(ends)
        factors = (1 + rate) ** (-until * DAYS[buying.unit] / _YEAR)
        mixed = np.zeros((2, len(ends)))
        mixed[0, -1] = 1.0
        mixed[1] = factors - np.append(factors[1:], 0.0)  # the sum over steps, by the purchases until their ends
        bought = buying._expected(until, x, t_x, age, mixed)
        return {"expected": bought[0], "clv": bought[1]}

    valued = nw.from_native(spending.expected(answered(summary, buying.unit, purchases)))
    result: IntoFrameT = valued.with_columns((nw.col("clv") * nw.col("spend") * float(margin)).alias("clv")).to_native()
    return result


def _ends(horizon: float, step: float | None) -> list[float]:
    """Returns the ends of the steps; the last one may be shorter."""
    last = ahead(horizon)
    if step is None:
        return [last]
    if not 0 < number(step) < math.inf:
        raise InputError(f"step is a number above 0 in the model's unit, got {step!r}.")
    count = math.ceil(last / step - 1e-9)
    if count > _MOST_STEPS:
        raise InputError(f"A horizon of {horizon!r} has more than {_MOST_STEPS:,} steps of {step!r}; take longer ones.")
    return [min((i + 1) * float(step), last) for i in range(max(count, 1))]
