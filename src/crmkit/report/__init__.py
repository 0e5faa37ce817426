"""The report: values in, one self-contained page out (extra `cli`; pictures with the extra `charts`)."""

from crmkit.customers.masking import mask, mask_within
from crmkit.report.model import (
    Batch,
    CurrencyTotals,
    CustomerCounts,
    Merge,
    OpenTicket,
    PointsSummary,
    ReportData,
    Source,
    WaitingOrder,
)
from crmkit.report.page import render, write
from crmkit.report.review_page import render_review, write_review
from crmkit.report.sections import ReturnSection, RfmSection, SpreadSection, StageSection
from crmkit.report.totals import status_counts, totals_of

__all__ = [
    "Batch",
    "CurrencyTotals",
    "CustomerCounts",
    "Merge",
    "OpenTicket",
    "PointsSummary",
    "ReportData",
    "ReturnSection",
    "RfmSection",
    "Source",
    "SpreadSection",
    "StageSection",
    "WaitingOrder",
    "mask",
    "mask_within",
    "render",
    "render_review",
    "status_counts",
    "totals_of",
    "write",
    "write_review",
]
