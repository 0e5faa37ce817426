"""How all pictures look: fonts, axes and legends, set by each picture itself."""

from __future__ import annotations

from typing import Any

from crmkit.charts.palette import Palette
from crmkit.errors import MissingExtraError

__all__ = ["FONTS", "SMALL", "hatched", "load_altair", "styled"]

FONTS = "system-ui, Noto Sans SC, PingFang SC, Microsoft YaHei, sans-serif"
"""Families of all text: Chinese shows on every machine that has one of them."""

SMALL = 11.5
"""Size of the smallest text, in pixels."""


def load_altair() -> Any:
    """Returns the module altair.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        import altair
    except ImportError:
        raise MissingExtraError("charts", "Drawing a picture") from None
    return altair


def styled(chart: Any, look: Palette) -> Any:
    """Gives the chart all its looks itself, so that it does not depend on a theme that a notebook has switched on."""
    return (
        chart.configure(background="transparent", font=FONTS, padding=12, aria=False)
        .configure_view(stroke=None)
        .configure_axis(
            domain=False, ticks=False, grid=False, labelAngle=0, labelPadding=8, titlePadding=12,
            labelColor=look.ink, labelFontSize=13, titleColor=look.quiet, titleFontSize=12.5, titleFontWeight=400,
        )
        .configure_legend(
            orient="bottom", direction="horizontal", symbolType="square", symbolSize=190, symbolStrokeWidth=0,
            labelColor=look.ink, labelFontSize=12, titleColor=look.quiet, titleFontSize=12.5, titleFontWeight=400,
            columnPadding=26, titlePadding=8, titleLimit=0, offset=16,
        )
    )  # fmt: skip


def hatched(look: Palette, stripes: int = 4) -> dict[str, Any]:
    """Returns a fill of slanted stripes, as a gradient with hard edges, since Vega has no patterns."""
    stops: list[dict[str, Any]] = []
    for stripe in range(stripes):
        begin = stripe / stripes
        for offset, colour in ((0.0, look.paper), (0.75, look.paper), (0.75, look.line), (1.0, look.line)):
            stops.append({"offset": round(begin + offset / stripes, 4), "color": colour})
    return {"gradient": "linear", "x1": 0, "y1": 0, "x2": 1, "y2": 1, "stops": stops}
