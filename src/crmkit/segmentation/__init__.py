"""Customer analytics over any frame: RFM values, scores and named segments.

No store and no clock: frames in, the same kind of frame out. The functions import what they need when they are
called, so that importing this package loads no frame library.
"""

from crmkit.segmentation.abc import abc
from crmkit.segmentation.affinity import affinity
from crmkit.segmentation.arms import Arm, arm_of
from crmkit.segmentation.backtesting import Backtest, Decile, backtest
from crmkit.segmentation.baskets import BasketMatrix, to_baskets, to_csr
from crmkit.segmentation.breakdowns import breakdown
from crmkit.segmentation.calibration import Calibration, recalibrate
from crmkit.segmentation.churning import churn
from crmkit.segmentation.cohort_matrix import cohort_curve, cohort_matrix
from crmkit.segmentation.cohorts import cohorts
from crmkit.segmentation.concentration import gini, pareto_curve, top_share
from crmkit.segmentation.customer_summaries import CustomerSummary
from crmkit.segmentation.dimensions import Hour, PriceBands, Weekday
from crmkit.segmentation.exporting import Manifest, to_csv
from crmkit.segmentation.festivals import (
    BLACK_FRIDAY,
    CHINESE_NEW_YEAR,
    CYBER_MONDAY,
    DOUBLE_11,
    DOUBLE_12,
    FESTIVALS,
    MID_YEAR_618,
    Festival,
    ListedDates,
    NthWeekday,
    YearlyDate,
)
from crmkit.segmentation.grid import EIGHT, GRID, SHOPIFY, Eight, Grid
from crmkit.segmentation.history import stage_history
from crmkit.segmentation.intervals import intervals
from crmkit.segmentation.labels import LABELS, label
from crmkit.segmentation.ladders import GROWTH_LADDER, LIFE_CYCLE, RELATIONSHIP_LADDER, Ladder
from crmkit.segmentation.lifetime import clv
from crmkit.segmentation.lift import Interval, Lift, lift, needed_size
from crmkit.segmentation.models import BgNbd, Fit, GammaGamma, MbgNbd, ParetoNbd
from crmkit.segmentation.movements import SegmentEntered, SegmentLeft, movement_events, movements, transition_table
from crmkit.segmentation.next_purchase import next_purchase
from crmkit.segmentation.periods import Period, festival_before, period_before, sales_of, year_before
from crmkit.segmentation.price_bands import price_bands
from crmkit.segmentation.refusals import FrameError, NotConverged, TooFewRows
from crmkit.segmentation.repeats import RepeatRate, repeat_curve, repeat_share, repeat_within
from crmkit.segmentation.report import Facts, Report
from crmkit.segmentation.rfm import rfm
from crmkit.segmentation.rules import Change, Rule, RuleError, Snapshot, Verdict
from crmkit.segmentation.scores import Cuts
from crmkit.segmentation.stages import stages
from crmkit.segmentation.summaries import summary
from crmkit.segmentation.summary_basis import SummaryBasis
from crmkit.segmentation.survival import SurvivalCurve, gap_curve
from crmkit.segmentation.thresholds import SLOW_GOODS, GapBasis, Thresholds
from crmkit.segmentation.transitions import rfm_transitions, transitions

__all__ = [
    "BLACK_FRIDAY",
    "CHINESE_NEW_YEAR",
    "CYBER_MONDAY",
    "DOUBLE_11",
    "DOUBLE_12",
    "EIGHT",
    "FESTIVALS",
    "GRID",
    "GROWTH_LADDER",
    "LABELS",
    "LIFE_CYCLE",
    "MID_YEAR_618",
    "RELATIONSHIP_LADDER",
    "SHOPIFY",
    "SLOW_GOODS",
    "Arm",
    "Backtest",
    "BasketMatrix",
    "BgNbd",
    "Calibration",
    "Change",
    "CustomerSummary",
    "Cuts",
    "Decile",
    "Eight",
    "Facts",
    "Festival",
    "Fit",
    "FrameError",
    "GammaGamma",
    "GapBasis",
    "Grid",
    "Hour",
    "Interval",
    "Ladder",
    "Lift",
    "ListedDates",
    "Manifest",
    "MbgNbd",
    "NotConverged",
    "NthWeekday",
    "ParetoNbd",
    "Period",
    "PriceBands",
    "RepeatRate",
    "Report",
    "Rule",
    "RuleError",
    "SegmentEntered",
    "SegmentLeft",
    "Snapshot",
    "SummaryBasis",
    "SurvivalCurve",
    "Thresholds",
    "TooFewRows",
    "Verdict",
    "Weekday",
    "YearlyDate",
    "abc",
    "affinity",
    "arm_of",
    "backtest",
    "breakdown",
    "churn",
    "clv",
    "cohort_curve",
    "cohort_matrix",
    "cohorts",
    "festival_before",
    "gap_curve",
    "gini",
    "intervals",
    "label",
    "lift",
    "movement_events",
    "movements",
    "needed_size",
    "next_purchase",
    "pareto_curve",
    "period_before",
    "price_bands",
    "recalibrate",
    "repeat_curve",
    "repeat_share",
    "repeat_within",
    "rfm",
    "rfm_transitions",
    "sales_of",
    "stage_history",
    "stages",
    "summary",
    "to_baskets",
    "to_csr",
    "to_csv",
    "top_share",
    "transition_table",
    "transitions",
    "year_before",
]
