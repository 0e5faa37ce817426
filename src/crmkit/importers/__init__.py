"""Importers: order files of marketplaces and shops become orders, and bad rows become problems.

A format is a value (`TableFormat`) of declared columns; `read` takes any mix of files that belong together.
"""

from crmkit.importers import cells
from crmkit.importers.bills.form import BillFormat, BillHead, BillRow, BillTotal
from crmkit.importers.codes import PROBLEM_CODES
from crmkit.importers.columns import LineColumns, OrderColumns
from crmkit.importers.documents.form import JsonBody, JsonFormat
from crmkit.importers.documents.values import Node, branch
from crmkit.importers.drafts import Draft
from crmkit.importers.explaining import Explanation, TableExplanation, WordCount, explain
from crmkit.importers.form import FormatInfo, TableFormat
from crmkit.importers.frames import line_frame, order_frame
from crmkit.importers.reading import read, sniff
from crmkit.importers.recognition import Guess
from crmkit.importers.record_frames import record_frame
from crmkit.importers.refusals import (
    AmbiguousFormatError,
    DamagedFileError,
    ReportError,
    SpillError,
    UnknownFormatError,
)
from crmkit.importers.registry import formats, register
from crmkit.importers.report import ImportReport, Rows
from crmkit.importers.scanning import scan
from crmkit.importers.standard import template
from crmkit.importers.writing import write, write_template

__all__ = [
    "PROBLEM_CODES",
    "AmbiguousFormatError",
    "BillFormat",
    "BillHead",
    "BillRow",
    "BillTotal",
    "DamagedFileError",
    "Draft",
    "Explanation",
    "FormatInfo",
    "Guess",
    "ImportReport",
    "JsonBody",
    "JsonFormat",
    "LineColumns",
    "Node",
    "OrderColumns",
    "ReportError",
    "Rows",
    "SpillError",
    "TableExplanation",
    "TableFormat",
    "UnknownFormatError",
    "WordCount",
    "branch",
    "cells",
    "explain",
    "formats",
    "line_frame",
    "order_frame",
    "read",
    "record_frame",
    "register",
    "scan",
    "sniff",
    "template",
    "write",
    "write_template",
]
