"""The map of an RFM result: which cell holds whom, and where the money is."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, Any, Literal

import attrs

from crmkit.charts.cells import RfmCell, rfm_cells
from crmkit.charts.figures import amount, check_language, count, share
from crmkit.charts.looks import SMALL, load_altair, styled
from crmkit.charts.palette import Palette, Theme, band, palette
from crmkit.charts.wording import WORDS, band_names
from crmkit.errors import InputError
from crmkit.segmentation.labels import Language, label

if TYPE_CHECKING:
    import altair as alt

__all__ = ["rfm_map"]

_WIDE, _HIGH, _GAP = 132, 70, 5
_HINTS = {"segment": "segment", "count": "customers_here", "money": "money_here"}
Colour = Literal["value", "customers"]
Row = dict[str, Any]


def rfm_map(
    frame: Any,
    *,
    lang: Language = "en",
    theme: Theme = "light",
    currency: str | None = None,
    colour: Colour = "value",
    k: int = 5,
) -> alt.LayerChart:
    """Returns the map of an RFM result: recency upwards, frequency to the right, one cell for each pair of scores.

    Each cell tells its segment, how many customers it holds and their share of the money. Its colour is a band of the
    share; a cell without customers has no fill at all, so that it is not taken for one that brought nothing.

    Args:
        frame: Result of `segmentation.rfm`, any frame that Narwhals takes; it is aggregated before it is drawn.
        lang: "en" or "zh".
        theme: "light" or "dark".
        currency: ISO 4217 code of the column `monetary`, for the tooltips of a notebook.
        colour: Colour by the share of "value" or of "customers".
        k: Number of scores on each side.

    Raises:
        FrameError: A column is missing.
        InputError: An unknown language, theme, currency or colour, or a score above `k`.
        MissingExtraError: Altair is not installed.

    Example:
        >>> import pandas as pd
        >>> rfm = pd.DataFrame({"r": [5, 1], "f": [5, 1], "monetary": [30, 10], "segment": ["champions", "lost"]})
        >>> rfm_map(rfm, lang="zh", currency="CNY").to_dict()["layer"][0]["mark"]["type"]
        'rect'
    """
    altair = load_altair()
    look, words = palette(theme), WORDS[check_language(lang)]
    if colour not in ("value", "customers"):
        raise InputError(f"colour is 'value' or 'customers', got {colour!r}.")
    rows = _rows(rfm_cells(frame), _Telling(look=look, lang=lang, currency=currency, colour=colour), k)
    scores, apart = list(range(1, k + 1)), {"paddingInner": _GAP / _WIDE, "paddingOuter": 0}
    x = altair.X("f:O", title=words["frequency"].format(k=k), scale=altair.Scale(domain=scores, **apart))
    y = altair.Y("r:O", title=words["recency"].format(k=k), scale=altair.Scale(domain=scores[::-1], **apart))
    fills = altair.Fill(
        "band:N", title=words[colour], scale=altair.Scale(domain=band_names(lang), range=list(look.steps))
    )
    hints = [altair.Tooltip(f"{key}:N", title=words[word]) for key, word in _HINTS.items()]
    full = altair.Chart(altair.InlineData(values=[row for row in rows if row["people"]])).encode(x=x, y=y)
    empty = altair.Chart(altair.InlineData(values=[row for row in rows if not row["people"]])).encode(x=x, y=y)
    layers = [
        full.mark_rect(cornerRadius=6).encode(fill=fills, tooltip=hints),
        empty.mark_rect(cornerRadius=6, filled=False, stroke=look.line, strokeDash=[3, 3]),
        empty.mark_text(color=look.quiet, fontSize=SMALL, text="0"),
        _text(altair, full, "name", size=SMALL, top=19),
        _text(altair, full, "count", size=20, top=43, weight=600),
        _text(altair, full, "part", size=SMALL, top=61),
    ]
    chart: alt.LayerChart = styled(altair.layer(*layers), look)
    return chart.properties(width=altair.Step(_WIDE), height=altair.Step(_HIGH))


def _text(altair: Any, cells: Any, column: str, *, size: float, top: int, weight: int = 400) -> Any:
    """Gives the text of one column, `top` pixels below the upper edge of each cell."""
    place = {"align": "left", "baseline": "alphabetic", "dx": _GAP + 6 - _WIDE // 2, "dy": top - _HIGH // 2}
    mark = cells.mark_text(fontSize=size, fontWeight=weight, **place)
    return mark.encode(text=f"{column}:N", color=altair.Color("ink:N", scale=None))


@attrs.frozen(kw_only=True, slots=True)
class _Telling:
    """Is how a cell is told: in which colours, language and currency, and what gives the colour."""

    look: Palette
    lang: Language
    currency: str | None
    colour: str


def _rows(cells: tuple[RfmCell, ...], how: _Telling, k: int) -> list[Row]:
    """Gives all k x k cells, from the upper left; who has no customers has only its place."""
    if strange := [cell for cell in cells if not (1 <= cell.r <= k and 1 <= cell.f <= k)]:
        raise InputError(f"The scores {strange[0].r}, {strange[0].f} are not on a map of {k} x {k} cells; give k=.")
    people, total = sum(cell.customers for cell in cells), sum((cell.value for cell in cells), Decimal(0))
    known = {(cell.r, cell.f): cell for cell in cells}
    rows: list[Row] = []
    for r, f in product(range(k, 0, -1), range(1, k + 1)):
        told: Row = {"people": 0}
        if (r, f) in known:
            cell = known[r, f]
            worth = cell.value / total if total > 0 else None
            told = _told(cell, how, worth if how.colour == "value" else Decimal(cell.customers) / people)
        rows.append({"r": r, "f": f, **told})
    return rows


def _told(cell: RfmCell, how: _Telling, part: Decimal | None) -> Row:
    step = band(part or Decimal(0))
    names = [label(name, how.lang) for name in cell.segments]
    return {
        "people": cell.customers,
        "count": count(cell.customers),
        "part": share(part),
        "money": amount(cell.value, how.currency, how.lang),
        "band": band_names(how.lang)[step],
        "ink": how.look.text_on(how.look.steps[step]),
        "segment": ", ".join(names),
        "name": names[0] if len(names) == 1 and _fits(names[0]) else "",
    }


def _fits(text: str) -> bool:
    """Says whether a name fits into a cell; CJK is as wide as high, other letters are about half as wide."""
    return sum(SMALL if ord(sign) > 0x2E7F else SMALL * 0.5 for sign in text) <= _WIDE - 2 * _GAP - 12
