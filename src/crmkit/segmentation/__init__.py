"""Customer analytics over any frame: RFM values, scores and named segments.

No store and no clock: frames in, the same kind of frame out. The functions import what they need when they are
called, so that importing this package loads no frame library.
"""

from crmkit.segmentation.grid import EIGHT, GRID, SHOPIFY, Eight, Grid
from crmkit.segmentation.labels import LABELS, label
from crmkit.segmentation.refusals import FrameError
from crmkit.segmentation.report import Facts, Report
from crmkit.segmentation.rfm import rfm
from crmkit.segmentation.scores import Cuts

__all__ = [
    "EIGHT",
    "GRID",
    "LABELS",
    "SHOPIFY",
    "Cuts",
    "Eight",
    "Facts",
    "FrameError",
    "Grid",
    "Report",
    "label",
    "rfm",
]
