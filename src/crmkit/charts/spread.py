"""How value is spread: what the top customers bring, as a curve against the line of equality."""

from __future__ import annotations

import math
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import attrs

from crmkit.charts.figures import check_language, count, share
from crmkit.charts.looks import SMALL, load_altair, styled
from crmkit.charts.palette import Palette, Theme, palette
from crmkit.charts.reading import columns_of, shares, whole_numbers
from crmkit.charts.thinning import thinned
from crmkit.charts.wording import WORDS, joined
from crmkit.errors import InputError
from crmkit.segmentation.labels import Language
from crmkit.segmentation.refusals import FrameError

if TYPE_CHECKING:
    import altair as alt

__all__ = ["SpreadPoint", "concentration", "concentration_words", "gini_of", "held_by_top", "spread_points"]

_SIDE = 360
_TOP = 0.2
_LOUD = {"fontSize": 13, "fontWeight": 600}
_WORDED = (0.01, 0.05, 0.1, 0.2, 0.5)
Of = Literal["customers", "products"]
Row = dict[str, Any]


@attrs.frozen(kw_only=True, slots=True)
class SpreadPoint:
    """Is what the first so many items hold, the largest first.

    Attributes:
        items: Number of items.
        item_share: Part of all items.
        value_share: Part of all value.
    """

    items: int
    item_share: float
    value_share: float


def spread_points(frame: Any) -> tuple[SpreadPoint, ...]:
    """Returns the points of a Pareto curve, by items.

    Args:
        frame: Result of `segmentation.pareto_curve`, any frame that Narwhals takes; a lazy one is collected.

    Raises:
        FrameError: A column is missing or holds what cannot be, such as value shares that fall.

    Example:
        >>> import pandas as pd
        >>> from crmkit.segmentation import pareto_curve
        >>> spent = pd.DataFrame({"customer": list("abcde"), "monetary": [80.0, 5.0, 5.0, 5.0, 5.0]})
        >>> [(point.items, point.value_share) for point in spread_points(pareto_curve(spent))][:2]
        [(1, 0.8), (2, 0.85)]
    """
    columns = columns_of(frame, ("items", "item_share", "value_share"), "pareto_curve")
    items = whole_numbers("items", columns["items"], least=1)
    both = [shares(name, columns[name]) for name in ("item_share", "value_share")]
    rows = sorted(zip(items, *both, strict=True))
    for name, place in (("item_share", 1), ("value_share", 2)):
        if any(later[place] < earlier[place] for earlier, later in pairwise(rows)):
            raise FrameError(name, "shares that fall", "one curve, whose shares rise with the number of items")
    return tuple(SpreadPoint(items=n, item_share=part, value_share=held) for n, part, held in rows)


def held_by_top(points: tuple[SpreadPoint, ...], part: float) -> float:
    """Returns which share of the value the top `part` of the items holds.

    These are the first `ceil(n * part)` items, as for `segmentation.top_share`. Where the curve has no point there, it
    is read on the straight line between its neighbours.

    Example:
        >>> points = (SpreadPoint(items=1, item_share=0.2, value_share=0.8),
        ...           SpreadPoint(items=5, item_share=1.0, value_share=1.0))
        >>> held_by_top(points, 0.15), round(held_by_top(points, 0.4), 9)
        (0.8, 0.85)
    """
    needed = math.ceil(points[-1].items * part - 1e-9) if points else 0
    before = SpreadPoint(items=0, item_share=0.0, value_share=0.0)
    for point in points:
        if point.items >= needed:
            way = (needed - before.items) / (point.items - before.items)
            return before.value_share + (point.value_share - before.value_share) * way
        before = point
    return before.value_share


def gini_of(points: tuple[SpreadPoint, ...]) -> float:
    """Returns the Gini coefficient by trapezoids through the points.

    With a point an item it is exactly that of `segmentation.gini`; with n points it is smaller by at most 1/n.

    Example:
        >>> gini_of((SpreadPoint(items=1, item_share=0.5, value_share=1.0), SpreadPoint(items=2, item_share=1.0,
        ...                                                                             value_share=1.0)))
        0.5
    """
    x, y, area = 0.0, 0.0, 0.0
    for point in points:
        area += (point.item_share - x) * (point.value_share + y) / 2
        x, y = point.item_share, point.value_share
    return 2 * area - 1


def concentration(frame: Any, *, of: Of = "customers", lang: Language = "en", theme: Theme = "light") -> alt.LayerChart:
    """Returns the curve of what the top items bring together, above the line on which all would bring the same.

    It says what the top fifth brings, and the Gini coefficient. The Lorenz curve is the same one turned. A curve of
    more than 1,000 points is thinned; it then leaves the full one by less than 1/500 of the width.

    Args:
        frame: Result of `segmentation.pareto_curve`, any frame that Narwhals takes; a lazy one is collected. With n
            points the Gini coefficient is right to 1/n, with a point an item exactly.
        of: What the items are called: "customers" or "products".
        lang: "en" or "zh".
        theme: "light" or "dark".

    Raises:
        FrameError: A column is missing or holds what cannot be.
        InputError: An unknown `of`, language or theme.
        MissingExtraError: Altair is not installed.

    Example:
        >>> import pandas as pd
        >>> from crmkit.segmentation import pareto_curve
        >>> spent = pd.DataFrame({"customer": list("abcde"), "monetary": [80.0, 5.0, 5.0, 5.0, 5.0]})
        >>> rows = [row for one in concentration(pareto_curve(spent)).to_dict()["datasets"].values() for row in one]
        >>> [row["told"] for row in rows if "told" in row][1:]
        ['The top 20% bring 80%', 'Gini coefficient 0.60']
    """
    altair = load_altair()
    look, words = palette(theme), WORDS[check_language(lang)]
    title = words[f"top_{_checked(of)}"]
    scale = altair.Scale(domain=[0, 1], nice=False)
    axis = altair.Axis(format="%", values=[0, 0.2, 0.4, 0.6, 0.8, 1])
    grid = altair.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1], grid=True, gridColor=look.line, gridOpacity=0.6)
    place = {
        "x": altair.X("x:Q", title=title, scale=scale, axis=axis),
        "y": altair.Y("y:Q", title=words["held"], scale=scale, axis=grid),
    }
    chart: alt.LayerChart = styled(altair.layer(*_layers(altair, spread_points(frame), look, lang, place)), look)
    return chart.properties(width=_SIDE, height=_SIDE)


def concentration_words(frame: Any, *, of: Of = "customers", lang: Language = "en") -> str:
    """Returns the numbers of the curve as plain sentences: what the top 1 %, 5 %, 10 %, 20 % and half bring, and Gini.

    Args:
        frame: As for the picture.
        of: What the items are called.
        lang: "en" or "zh".

    Raises:
        FrameError: A column is missing or holds what cannot be.
        InputError: An unknown `of` or language.

    Example:
        >>> import pandas as pd
        >>> from crmkit.segmentation import pareto_curve
        >>> spent = pd.DataFrame({"customer": list("abcde"), "monetary": [80.0, 5.0, 5.0, 5.0, 5.0]})
        >>> for sentence in concentration_words(pareto_curve(spent)).split(". ")[:2]:
        ...     print(sentence)
        The top 20% of 5 customers bring 80% of the money
        The top 50% of 5 customers bring 90% of the money
    """
    words = WORDS[check_language(lang)]
    pattern = words[f"spread_{_checked(of)}"]
    points = spread_points(frame)
    if not points or not points[-1].value_share:
        return words["nobody"]
    n = points[-1].items
    found = [
        pattern.format(part=_part(part), n=count(n), share=_part(held_by_top(points, part)))
        for part in _WORDED
        if n * part >= 1
    ]
    found.append(words["spread_gini"].format(gini=f"{gini_of(points):.2f}"))
    return joined(found, lang)


def _layers(
    altair: Any, points: tuple[SpreadPoint, ...], look: Palette, lang: Language, place: dict[str, Any]
) -> list[Any]:
    kept = [points[at] for at in thinned([point.item_share for point in points])]
    curve = [_row(0.0, 0.0), *(_row(point.item_share, point.value_share) for point in kept)]
    even, middle = [_row(0.0, 0.0), _row(1.0, 1.0)], [_row(0.5, 0.5, told=WORDS[lang]["equal"])]

    def of(values: list[Row]) -> Any:
        return altair.Chart(altair.InlineData(values=values)).encode(**place)

    lines = [
        of(even).mark_line(color=look.quiet, strokeDash=[3, 4], strokeWidth=1.5),
        of(middle).mark_text(align="left", dx=12, dy=12, color=look.quiet, fontSize=SMALL).encode(text="told:N"),
    ]
    if not points or not points[-1].value_share:
        nobody = [_row(0.5, 0.9, told=WORDS[lang]["nobody"])]
        return [*lines, of(nobody).mark_text(color=look.ink, fontSize=13).encode(text="told:N")]
    held, number = held_by_top(points, _TOP), points[-1].items
    top = _row(math.ceil(number * _TOP - 1e-9) / number, held, part=_part(held))
    told = [_row(0.98, place, told=words) for place, words in zip((0.13, 0.05), _told(points, lang), strict=True)]
    return [
        of(curve).mark_area(color=look.accent, opacity=0.14),
        *lines,
        of(curve).mark_line(color=look.accent, strokeWidth=2.5),
        of([top]).mark_rule(color=look.quiet, strokeDash=[2, 3]).encode(y2=altair.Y2(datum=0)),
        of([top]).mark_circle(color=look.accent, size=70, opacity=1),
        of([top]).mark_text(align="right", dx=-9, dy=-9, **_LOUD, color=look.ink).encode(text="part:N"),
        of(told[:1]).mark_text(align="right", **_LOUD, color=look.ink).encode(text="told:N"),
        of(told[1:]).mark_text(align="right", fontSize=13, color=look.ink).encode(text="told:N"),
    ]


def _row(x: float, y: float, **told: str) -> Row:
    return {"x": round(x, 6), "y": round(y, 6), **told}


def _told(points: tuple[SpreadPoint, ...], lang: Language) -> tuple[str, str]:
    top, words = held_by_top(points, _TOP), WORDS[lang]
    return (
        words["top_label"].format(part=_part(_TOP), share=_part(top)),
        words["gini"].format(gini=f"{gini_of(points):.2f}"),
    )


def _part(part: float) -> str:
    return share(Decimal(str(round(part, 6))))


def _checked(of: Any) -> str:
    if of not in ("customers", "products"):
        raise InputError(f"of is 'customers' or 'products', got {of!r}.")
    return str(of)
