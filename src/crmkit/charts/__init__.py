"""Charts: pictures of frames, by Altair (extra `charts`); they know no store.

Each picture is a function from a frame to an Altair chart, with another one that tells its numbers in words; `svg`
makes a chart a static picture with words.
"""

from crmkit.charts.bars import segment_bars
from crmkit.charts.cells import RfmCell, SegmentShare, rfm_cells, segment_shares
from crmkit.charts.cohort_map import cohort_map, cohort_words
from crmkit.charts.flow import flow_words, stage_flow
from crmkit.charts.grid_map import rfm_map
from crmkit.charts.repeats import repeat_curve, repeat_words
from crmkit.charts.spread import concentration, concentration_words
from crmkit.charts.svg import svg
from crmkit.charts.waterfall_bars import waterfall, waterfall_words
from crmkit.charts.wording import rfm_words

__all__ = [
    "RfmCell",
    "SegmentShare",
    "cohort_map",
    "cohort_words",
    "concentration",
    "concentration_words",
    "flow_words",
    "repeat_curve",
    "repeat_words",
    "rfm_cells",
    "rfm_map",
    "rfm_words",
    "segment_bars",
    "segment_shares",
    "stage_flow",
    "svg",
    "waterfall",
    "waterfall_words",
]
