"""Survival curves by Kaplan and Meier: of spells that ended or were not over, how many last longer than t days.

Source: Kaplan and Meier 1958, Journal of the American Statistical Association 53. Spells that end after t days count
before those that were not over after t days.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

import attrs

from crmkit.errors import InputError
from crmkit.segmentation.purchases import asked
from crmkit.segmentation.report import Report
from crmkit.segmentation.spells import Spells, spells_of

__all__ = ["SurvivalCurve", "gap_curve"]


@attrs.frozen(slots=True, kw_only=True)
class SurvivalCurve:
    """Holds the share of spells that last longer than t days, one element a length that occurs.

    Attributes:
        days: Lengths, rising.
        at_risk: Spells that lasted at least so long.
        ended: Spells that ended after so many days.
        censored: Spells that were not over after so many days.
        survival: Share that lasts longer: the product of `1 - ended / at_risk` up to here.

    Example:
        >>> curve = SurvivalCurve.of([10, 20, 20, 5, 40, 100], [True, True, True, False, False, False])
        >>> curve.survival_at(10), curve.survival_at(20), curve.median
        (0.8, 0.4, 20)
    """

    days: tuple[int, ...]
    at_risk: tuple[int, ...]
    ended: tuple[int, ...]
    censored: tuple[int, ...]
    survival: tuple[float, ...]

    @classmethod
    def of(cls, lengths: Sequence[int], is_over: Sequence[bool]) -> SurvivalCurve:
        """Returns the curve of spells of these whole lengths, each over or not.

        Raises:
            InputError: Negative or broken lengths, or not one mark a length.

        Example:
            >>> SurvivalCurve.of([3, 3], [True, False]).survival
            (0.5,)
        """
        import numpy as np

        given = np.asarray(lengths)
        over = np.asarray(is_over, bool)
        if given.shape != over.shape or given.ndim != 1:
            raise InputError(f"Each length has one mark; got {given.shape} lengths and {over.shape} marks.")
        if given.size and (given.dtype.kind not in "iu" or int(given.min()) < 0):
            raise InputError("Lengths of spells are whole days from 0 on.")
        # Both counts in one pass: a spell that is over is odd.
        both = given.astype(np.int64, copy=False) * 2 + over
        counts = np.bincount(both, minlength=2 * (int(given.max(initial=0)) + 1)).astype(np.int64, copy=False)
        return cls.from_spells(Spells(ended_at=counts[1::2], censored_at=counts[::2]))

    @classmethod
    def from_spells(cls, spells: Spells) -> SurvivalCurve:
        """Returns the curve of counted spells."""
        import numpy as np

        every = spells.ended_at + spells.censored_at
        at_risk = np.cumsum(every[::-1])[::-1]
        stays = 1.0 - spells.ended_at / np.maximum(at_risk, 1)
        some = np.flatnonzero(every)
        survival = np.cumprod(stays)[some]
        columns = (some, at_risk[some], spells.ended_at[some], spells.censored_at[some], survival)
        names = (field.name for field in attrs.fields(cls))
        return cls(**{name: tuple(column.tolist()) for name, column in zip(names, columns, strict=True)})

    @property
    def median(self) -> int | None:
        """The smallest length with a share of at most one half, None where it is never reached."""
        # The product of quotients may lie a rounding above a half that is exact.
        return next((t for t, share in zip(self.days, self.survival, strict=True) if share <= 0.5 + 1e-12), None)

    def survival_at(self, days: int) -> float:
        """Returns the share of spells that last longer than so many days."""
        from bisect import bisect_right

        place = bisect_right(self.days, days)
        return self.survival[place - 1] if place else 1.0

    def ended_within(self, days: int) -> float | None:
        """Returns the share of spells that end within so many days, None where nothing is known of so long a time.

        That is a curve of no spells, and a length beyond the longest one (the last of `days`) unless all had ended by
        then.

        Example:
            >>> round(SurvivalCurve.of([10, 20, 20, 5, 40, 100], [True] * 3 + [False] * 3).ended_within(20), 9)
            0.6
        """
        if not self.days or (days > self.days[-1] and self.survival[-1] > 0):
            return None
        return 1.0 - self.survival_at(days)

    def columns(self) -> dict[str, list[Any]]:
        """Returns the curve as columns, of which every frame library makes a frame.

        Example:
            >>> import pandas as pd
            >>> print(pd.DataFrame(SurvivalCurve.of([10, 20], [True, False]).columns()).to_string(index=False))
             days  at_risk  ended  censored  survival
               10        2      1         0       0.5
               20        1      0         1       0.5
        """
        return {field.name: list(getattr(self, field.name)) for field in attrs.fields(type(self))}


def gap_curve(
    frame: Any,
    *,
    as_of: datetime,
    customer: str = "customer",
    moment: str = "moment",
    amount: str = "amount",
    order: str | None = None,
    currency: str | None = "currency",
    since: datetime | None = None,
    zone: str | tzinfo | None = None,
    count_free: bool = False,
    digits: int | None = None,
    drop_repeats: bool = False,
    strict: bool = False,
    report: Report | None = None,
) -> SurvivalCurve:
    """Returns how long it takes until a customer buys again, counting in the gaps that are not over yet.

    Gaps are whole days between distinct purchase days; each customer's last one is not over, and censored at `as_of`.
    On a lazy frame this runs a query.

    Args:
        frame: Orders, in any row order; never changed.
        as_of: The moment of the answer, excluded; later rows influence nothing.
        customer: Column of the customer's id.
        moment: Column of datetimes.
        amount: Column of amounts, refunds negative.
        order: Column of order numbers, whose rows are netted; None where a row is an order.
        currency: Column of currency codes; "currency" may be missing, None is not looked at.
        since: Start of what is seen, included.
        zone: The shop's zone, in which days are counted; without it the zone of an aware `as_of`.
        count_free: Whether orders of zero are purchases.
        digits: Decimals of the smallest unit of money.
        drop_repeats: Whether rows equal in all named columns count once.
        strict: Whether a row that cannot be used is an error.
        report: Takes what was seen and what was left out.

    Raises:
        FrameError: A column is missing or of a wrong type.
        CurrencyMismatch: Seen rows are in several currencies.
        InputError: An argument contradicts itself, or `strict` and a row cannot be used.

    Example:
        >>> from datetime import datetime
        >>> import pandas as pd
        >>> orders = pd.DataFrame({
        ...     "customer": ["ann", "ann", "ann", "bo"],
        ...     "moment": pd.to_datetime(["2026-10-01", "2026-10-11", "2026-11-10", "2026-11-04"]),
        ...     "amount": [20.0, 30.0, 25.0, 40.0],
        ... })
        >>> curve = gap_curve(orders, as_of=datetime(2026, 11, 24))
        >>> curve.days, curve.survival, curve.median
        ((10, 14, 20, 30), (0.75, 0.75, 0.75, 0.0), 30)
    """
    question = asked(
        as_of=as_of,
        customer=customer,
        moment=moment,
        amount=amount,
        order=order,
        currency=currency,
        since=since,
        zone=zone,
        count_free=count_free,
        digits=digits,
        drop_repeats=drop_repeats,
        strict=strict,
    )
    return SurvivalCurve.from_spells(spells_of(frame, question, report))
