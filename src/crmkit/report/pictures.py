"""A picture for light and for dark paper, or none where the extra is not installed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crmkit.charts import svg
from crmkit.charts.palette import Theme
from crmkit.errors import MissingExtraError

__all__ = ["Pictures", "in_both_themes"]

Pictures = tuple[str, ...]
"""The picture for light and the one for dark paper, or nothing."""

THEMES: tuple[Theme, ...] = ("light", "dark")


def in_both_themes(draw: Callable[[Theme], Any], *, title: str, desc: str) -> Pictures:
    """Returns what `draw` gives for light and for dark paper as SVG; nothing without the extra, as tables say the same.

    Example:
        >>> import pandas as pd
        >>> from crmkit.charts import rfm_map
        >>> rfm = pd.DataFrame({"r": [5, 1], "f": [5, 1], "monetary": [30, 10], "segment": ["champions", "lost"]})
        >>> pictures = in_both_themes(lambda theme: rfm_map(rfm, theme=theme), title="Customers", desc="Two.")
        >>> [picture[:4] for picture in pictures]
        ['<svg', '<svg']
    """
    try:
        return tuple(svg(draw(theme), title=title, desc=desc) for theme in THEMES)
    except MissingExtraError:
        return ()
