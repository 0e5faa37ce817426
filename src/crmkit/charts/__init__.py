"""Charts: pictures of frames, by Altair (extra `charts`); they know no store.

Each picture is a function from a frame to an Altair chart; `svg` makes a chart a static picture with words.
"""

from crmkit.charts.bars import segment_bars
from crmkit.charts.cells import RfmCell, SegmentShare, rfm_cells, segment_shares
from crmkit.charts.grid_map import rfm_map
from crmkit.charts.svg import svg
from crmkit.charts.wording import rfm_words

__all__ = ["RfmCell", "SegmentShare", "rfm_cells", "rfm_map", "rfm_words", "segment_bars", "segment_shares", "svg"]
