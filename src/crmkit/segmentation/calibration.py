"""Recalibration: probabilities moved to what was observed, without changing who comes before whom."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import attrs

from crmkit.errors import InputError
from crmkit.segmentation.summaries import TimeUnit

if TYPE_CHECKING:
    from crmkit.segmentation.backtesting import Backtest

__all__ = ["Calibration", "recalibrate"]


@attrs.frozen(slots=True, kw_only=True)
class Calibration:
    """Holds a rising curve from predicted to observed probabilities; it goes to JSON and back exactly.

    Attributes:
        predicted: Probabilities as the model said them, rising.
        observed: What came of them; straight lines lie between.
        horizon: How far ahead they looked.
        unit: Unit of the horizon.
        until: End of the window that taught the curve: it may be judged, and used, from there on.

    Example:
        >>> from datetime import datetime
        >>> curve = Calibration(predicted=(0.1, 0.4), observed=(0.2, 0.5), horizon=90, until=datetime(2026, 1, 1))
        >>> Calibration.from_json(curve.to_json()) == curve
        True
    """

    predicted: tuple[float, ...]
    observed: tuple[float, ...]
    horizon: float
    unit: TimeUnit = "D"
    until: datetime

    def check(self, *, horizon: float, unit: TimeUnit) -> None:
        """Refuses another horizon than that of the curve.

        Raises:
            InputError: It is another one.
        """
        if (float(horizon), unit) != (float(self.horizon), self.unit):
            raise InputError(
                f"The calibration is for a horizon of {self.horizon:g} {self.unit}, not {horizon:g} {unit}; "
                "a probability of another horizon needs a curve of its own."
            )

    def of(self, probabilities: Any) -> Any:
        """Returns probabilities, an array or a column of them, moved along the curve; beyond its ends it is level."""
        import numpy as np

        return np.interp(probabilities, self.predicted, self.observed)

    def to_json(self) -> str:
        """Returns the curve as JSON."""
        return json.dumps(attrs.asdict(self) | {"until": self.until.isoformat()}, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Calibration:
        """Returns the curve that `to_json` wrote.

        Raises:
            InputError: The text is no such curve.
        """
        try:
            kept = json.loads(text)
            return cls(
                predicted=tuple(map(float, kept["predicted"])),
                observed=tuple(map(float, kept["observed"])),
                horizon=float(kept["horizon"]),
                unit=kept["unit"],
                until=datetime.fromisoformat(kept["until"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"This text is no Calibration as to_json writes it: {error!r}.") from error


def recalibrate(earlier: Backtest) -> Calibration:
    """Returns the rising curve that fits what a backtest observed best (pool adjacent violators).

    A curve says nothing about the window that it was made from: judge it by `backtest(…, calibration=curve)` on a later
    one, which refuses an earlier.

    Args:
        earlier: A backtest on a window before the one to be judged.

    Raises:
        InputError: The orders of the backtest seem to end before its window does.

    Example:
        >>> from datetime import datetime, timedelta
        >>> import pandas as pd
        >>> from crmkit.segmentation import BgNbd, backtest
        >>> orders = pd.DataFrame(
        ...     [(c, datetime(2026, 1, 1) + timedelta(days=d), 10.0)
        ...      for c in range(60) for d in range(c % 9, 40 + 5 * (c % 29), 7 + c)],
        ...     columns=["customer", "moment", "amount"])
        >>> model = BgNbd(r=0.24, alpha=30.9, a=0.79, b=2.43)
        >>> earlier = backtest(orders, cutoff=datetime(2026, 3, 1), horizon=30, model=model)
        >>> curve = recalibrate(earlier)
        >>> later = backtest(orders, cutoff=datetime(2026, 4, 1), horizon=30, model=model, calibration=curve)
        >>> later.cutoff >= curve.until
        True
    """
    import numpy as np

    if earlier.is_open:
        raise InputError(f"A curve is made from a window that is over: {earlier._warning()}.")
    predicted, places = np.unique(earlier.predicted, return_inverse=True)
    n = np.bincount(places).astype(np.float64)
    bought = np.bincount(places, earlier.bought)
    blocks: list[list[float]] = []
    for low, count, hits in zip(predicted.tolist(), n.tolist(), bought.tolist(), strict=True):
        blocks.append([low, low, count, hits])
        while len(blocks) > 1 and blocks[-2][3] * blocks[-1][2] >= blocks[-1][3] * blocks[-2][2]:
            _, high, count, hits = blocks.pop()
            blocks[-1][1:] = [high, blocks[-1][2] + count, blocks[-1][3] + hits]
    corners = [(edge, hits / count) for low, high, count, hits in blocks for edge in dict.fromkeys((low, high))]
    return Calibration(
        predicted=tuple(edge for edge, _ in corners),
        observed=tuple(share for _, share in corners),
        horizon=earlier.horizon,
        unit=earlier.unit,
        until=earlier.until,
    )
