"""The report: values in, one self-contained page out (extra `cli`; pictures with the extra `charts`)."""

from crmkit.report.masking import mask, mask_within
from crmkit.report.model import (
    Batch,
    CurrencyTotals,
    CustomerCounts,
    Merge,
    OpenTicket,
    PointsSummary,
    ReportData,
    RfmSection,
    Source,
    WaitingOrder,
)
from crmkit.report.page import render, write
from crmkit.report.totals import status_counts, totals_of

__all__ = [
    "Batch",
    "CurrencyTotals",
    "CustomerCounts",
    "Merge",
    "OpenTicket",
    "PointsSummary",
    "ReportData",
    "RfmSection",
    "Source",
    "WaitingOrder",
    "mask",
    "mask_within",
    "render",
    "status_counts",
    "totals_of",
    "write",
]
