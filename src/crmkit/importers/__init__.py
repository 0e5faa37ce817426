"""Importers: order files of marketplaces and shops become orders, and bad rows become problems.

A format is a value (`TableFormat`) of declared columns; `read` takes any mix of files that belong together.
"""

from crmkit.importers import cells
from crmkit.importers.codes import PROBLEM_CODES
from crmkit.importers.columns import LineColumns, OrderColumns
from crmkit.importers.drafts import Draft
from crmkit.importers.form import FormatInfo, TableFormat
from crmkit.importers.frames import line_frame, order_frame
from crmkit.importers.reading import read, scan, sniff
from crmkit.importers.recognition import Guess
from crmkit.importers.refusals import AmbiguousFormatError, DamagedFileError, ReportError, UnknownFormatError
from crmkit.importers.registry import formats, register
from crmkit.importers.report import ImportReport, Rows
from crmkit.importers.standard import template
from crmkit.importers.writing import write, write_template

__all__ = [
    "PROBLEM_CODES",
    "AmbiguousFormatError",
    "DamagedFileError",
    "Draft",
    "FormatInfo",
    "Guess",
    "ImportReport",
    "LineColumns",
    "OrderColumns",
    "ReportError",
    "Rows",
    "TableFormat",
    "UnknownFormatError",
    "cells",
    "formats",
    "line_frame",
    "order_frame",
    "read",
    "register",
    "scan",
    "sniff",
    "template",
    "write",
    "write_template",
]
