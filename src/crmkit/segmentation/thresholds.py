"""Thresholds of the life cycle: after how many days without a purchase a customer is at risk, dormant, lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs

from crmkit.errors import InputError, PolicyError
from crmkit.segmentation.purchases import asked
from crmkit.segmentation.refusals import TooFewRows
from crmkit.segmentation.report import Report
from crmkit.segmentation.spells import Spells, spells_of

__all__ = ["SLOW_GOODS", "GapBasis", "Thresholds"]

FEWEST_GAPS = 30


def refuse_other_thresholds(given: object, argument: str) -> None:
    """Refuses what is no `Thresholds`, such as the numbers that were stored.

    Raises:
        InputError: It is something else.
    """
    if not isinstance(given, Thresholds):
        raise InputError(
            f"{argument} is a Thresholds, got {type(given).__name__}; "
            "Thresholds.of({'at_risk': 30, 'dormant': 90, 'lost': 180}) makes one of stored days."
        )


@attrs.frozen(slots=True, kw_only=True)
class GapBasis:
    """Holds what thresholds were read from.

    Attributes:
        gaps: Gaps between purchase days that were observed to their end.
        censored: Gaps that were not over yet, one a customer.
        quantiles: Shares of the observed gaps, as texts, that the thresholds cover.
    """

    gaps: int
    censored: int
    quantiles: tuple[str, ...]

    @property
    def censored_share(self) -> float:
        """Share of all gaps that were not over yet; where it is large, the observed ones are too short on average."""
        return self.censored / (self.gaps + self.censored)


@attrs.frozen(slots=True)
class Thresholds:
    """Holds days since the last purchase, 0 < at_risk < dormant < lost; each is exceeded, not reached.

    A value to store with the segment: with the same thresholds the stages of two runs can be compared.

    Attributes:
        at_risk: A customer is at risk when more days than this have passed.
        dormant: Dormant when more than this; also the gap after which a returning customer is reactivated.
        lost: Lost when more than this.
        basis: What they were read from, None where somebody chose them; no part of equality.

    Raises:
        PolicyError: Not whole numbers that rise.

    Example:
        >>> Thresholds()
        Thresholds(at_risk=30, dormant=90, lost=180, basis=None)
        >>> SLOW_GOODS.dormant, Thresholds(7, 14, 28) == Thresholds.of({"at_risk": 7, "dormant": 14, "lost": 28})
        (180, True)
    """

    at_risk: int = 30
    dormant: int = 90
    lost: int = 180
    basis: GapBasis | None = attrs.field(default=None, eq=False, kw_only=True)

    def __attrs_post_init__(self) -> None:
        days: tuple[Any, ...] = (self.at_risk, self.dormant, self.lost)
        if any(not isinstance(number, int) or isinstance(number, bool) for number in days):
            raise PolicyError(f"Thresholds are whole days, got {days!r}.")
        if not 0 < self.at_risk < self.dormant < self.lost:
            raise PolicyError(f"Thresholds rise, 0 < at_risk < dormant < lost; got {days!r}.")

    @classmethod
    def of(cls, stored: Mapping[str, int]) -> Thresholds:
        """Returns thresholds that were stored by `days`.

        Example:
            >>> Thresholds.of(SLOW_GOODS.days()) == SLOW_GOODS
            True
        """
        return cls(stored["at_risk"], stored["dormant"], stored["lost"])

    def days(self) -> dict[str, int]:
        """Returns the three numbers by name, as JSON can hold them.

        Example:
            >>> Thresholds().days()
            {'at_risk': 30, 'dormant': 90, 'lost': 180}
        """
        return {"at_risk": self.at_risk, "dormant": self.dormant, "lost": self.lost}

    @classmethod
    def from_gaps(
        cls,
        frame: Any,
        as_of: datetime,
        *,
        quantiles: Sequence[float | Decimal | Fraction] = (0.5, 0.8, 0.95),
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
    ) -> Thresholds:
        """Returns the shop's own thresholds: nearest-rank quantiles of the gaps between distinct purchase days.

        Read the second as "80 % of those who came back did so within so many days". Gaps that are not over yet are
        not among them, which makes the quantiles too short in a young shop: `basis.censored_share` tells how many
        there are, and `gap_curve` counts them in. On a lazy frame this runs a query.

        Args:
            frame: Orders, in any row order; never changed.
            as_of: The moment of the answer, excluded; later rows influence nothing.
            quantiles: Three rising shares between 0 and 1.
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
            TooFewRows: Fewer than 30 gaps.
            PolicyError: The quantiles fall on the same days.
            FrameError: A column is missing or of a wrong type.
            InputError: An argument contradicts itself.

        Example:
            >>> from datetime import datetime, timedelta
            >>> import pandas as pd
            >>> days = [0]
            >>> for gap in range(1, 41):
            ...     days.append(days[-1] + gap)
            >>> orders = pd.DataFrame({
            ...     "customer": "ann", "moment": [datetime(2024, 1, 1) + timedelta(days=day) for day in days],
            ...     "amount": 9.9})
            >>> found = Thresholds.from_gaps(orders, datetime(2026, 11, 24))
            >>> found.days(), found.basis.gaps, found.basis.censored
            ({'at_risk': 20, 'dormant': 32, 'lost': 38}, 40, 1)
        """
        shares = _shares(quantiles)
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
        return _from_spells(spells_of(frame, question, report), shares)


def _shares(quantiles: Sequence[float | Decimal | Fraction]) -> tuple[Fraction, ...]:
    shares = tuple(Fraction(str(share)) for share in quantiles)  # 0.95 is 19/20, not the double beside it
    if len(shares) != 3 or not 0 < shares[0] < shares[1] < shares[2] <= 1:
        raise InputError(f"quantiles are three rising shares above 0 and up to 1, got {tuple(quantiles)!r}.")
    return shares


def _from_spells(spells: Spells, shares: tuple[Fraction, ...]) -> Thresholds:
    if spells.ended < FEWEST_GAPS:
        raise TooFewRows("Thresholds.from_gaps", f"{spells.ended} gaps", f"at least {FEWEST_GAPS} gaps")
    at_risk, dormant, lost = (spells.nearest_rank(share) for share in shares)
    basis = GapBasis(
        gaps=spells.ended, censored=spells.censored, quantiles=tuple(str(float(share)) for share in shares)
    )
    if not at_risk < dormant < lost:
        raise PolicyError(
            f"The gaps' quantiles are {at_risk}, {dormant} and {lost} days and do not rise; give other quantiles, or "
            "fixed thresholds."
        )
    return Thresholds(at_risk, dormant, lost, basis=basis)


SLOW_GOODS = Thresholds(90, 180, 365)
"""Thresholds for goods that are bought a few times a year."""
