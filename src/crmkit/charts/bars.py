"""Bars of an RFM result: how many customers, how much of the money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmkit.charts.cells import segment_shares
from crmkit.charts.figures import amount, check_language, count, share
from crmkit.charts.looks import SMALL, load_altair, styled
from crmkit.charts.palette import Theme, palette
from crmkit.charts.wording import WORDS
from crmkit.segmentation.labels import Language, label

if TYPE_CHECKING:
    import altair as alt

__all__ = ["segment_bars"]

_HINTS = {"name": "segment", "count": "customers_here", "money": "money_here"}


def segment_bars(
    frame: Any, *, lang: Language = "en", theme: Theme = "light", currency: str | None = None
) -> alt.LayerChart:
    """Returns bars of an RFM result: for each segment its share of the customers and of the money, side by side.

    `rfm_words` tells the same numbers in words.

    Args:
        frame: Result of `segmentation.rfm` with a column `segment`, any frame that Narwhals takes.
        lang: "en" or "zh".
        theme: "light" or "dark".
        currency: ISO 4217 code of the column `monetary`, for the tooltips of a notebook.

    Raises:
        FrameError: A column is missing.
        InputError: An unknown language, theme or currency.
        MissingExtraError: Altair is not installed.

    Example:
        >>> import pandas as pd
        >>> rfm = pd.DataFrame({"r": [5, 1], "f": [5, 1], "monetary": [30, 10], "segment": ["champions", "lost"]})
        >>> rows = next(iter(segment_bars(rfm).to_dict()["datasets"].values()))
        >>> [row["part"] for row in rows]
        ['50%', '75%', '50%', '25%']
    """
    altair = load_altair()
    look, words = palette(theme), WORDS[check_language(lang)]
    kinds = [words["customers"], words["value"]]
    bars = altair.Chart(altair.InlineData(values=_rows(frame, kinds, lang, currency))).encode(
        x=altair.X("share:Q", title=None, axis=altair.Axis(format="%", tickCount=5)),
        y=altair.Y("name:N", title=None, sort=None, axis=altair.Axis(labelLimit=260)),
        yOffset=altair.YOffset("kind:N", sort=kinds),
    )
    fills = altair.Fill(
        "kind:N", title=None, sort=kinds, scale=altair.Scale(domain=kinds, range=[look.second, look.accent])
    )
    hints = [altair.Tooltip(f"{key}:N", title=words[word]) for key, word in _HINTS.items()]
    text = bars.mark_text(align="left", dx=4, fontSize=SMALL, color=look.ink).encode(text="part:N")
    chart: alt.LayerChart = styled(
        altair.layer(bars.mark_bar(cornerRadiusEnd=3).encode(fill=fills, tooltip=hints), text), look
    )
    return chart.properties(width=460, height=altair.Step(17))


def _rows(frame: Any, kinds: list[str], lang: Language, currency: str | None) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for one in segment_shares(frame):
        shown = {"name": label(one.segment or "–", lang), "count": count(one.customers)}
        shown["money"] = amount(one.value, currency, lang)
        for kind, part in zip(kinds, (one.customer_share, one.value_share), strict=True):
            rows.append({**shown, "kind": kind, "share": float(part or 0), "part": share(part)})
    return rows
