"""What the report asks of the orders about customers as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from crmkit import report, segmentation

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["purchases_of", "returns_of", "rfm_of", "spread_of", "stages_of"]

_DAYS = 90
_POINTS = 1000


def rfm_of(frame: pd.DataFrame, as_of: datetime) -> Iterator[report.RfmSection]:
    """Yields the RFM result of each currency, the one of most orders first."""
    for currency in frame["currency"].value_counts().index:
        part = frame[(frame["currency"] == currency) & frame["moment"].notna()]
        rfm = segmentation.rfm(part, as_of=as_of)
        yield report.RfmSection(currency=str(currency), frame=rfm, left_out=int(part["customer"].nunique()) - len(rfm))


def spread_of(sections: tuple[report.RfmSection, ...]) -> Iterator[report.SpreadSection]:
    """Yields how the money of each currency is spread."""
    for section in sections:
        if len(section.frame):
            curve = segmentation.pareto_curve(section.frame, points=_POINTS)
            yield report.SpreadSection(currency=section.currency, curve=curve)


def purchases_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Returns when each customer bought, whatever the currency: what was bought does not matter for coming back."""
    bought = frame.loc[frame["moment"].notna() & (frame["amount"] > 0), ["customer", "moment"]]
    return bought.assign(amount=1).reset_index(drop=True)


def returns_of(purchases: pd.DataFrame, as_of: datetime) -> report.ReturnSection:
    """Returns when people come back."""
    return report.ReturnSection(
        cohorts=segmentation.cohorts(purchases, as_of=as_of),
        curve=segmentation.repeat_curve(purchases, as_of=as_of),
    )


def stages_of(purchases: pd.DataFrame, as_of: datetime) -> report.StageSection:
    """Returns where customers stand, and where they stood before."""
    flow = segmentation.transitions(purchases, before=as_of - timedelta(days=_DAYS), after=as_of)
    return report.StageSection(flow=flow, days=_DAYS)
