"""The repeat curve: how many have bought again after how many days."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crmkit.charts.curve_points import CurvePoint, curve_points, marked_days, point_at
from crmkit.charts.figures import check_language, count, share
from crmkit.charts.looks import load_altair, styled
from crmkit.charts.palette import Palette, Theme, palette
from crmkit.charts.thinning import thinned
from crmkit.charts.wording import WORDS, joined
from crmkit.segmentation.labels import Language

if TYPE_CHECKING:
    import altair as alt

__all__ = ["repeat_curve", "repeat_words"]

_WIDE, _HIGH = 560, 290
_HINTS = {"days": "days", "part": "came_back", "range": "interval", "watched": "watched"}
_STEP = "step-after"
Row = dict[str, Any]


def repeat_curve(curve: Any, *, lang: Language = "en", theme: Theme = "light") -> alt.LayerChart:
    """Returns the curve of who has bought again after how many days, by Kaplan and Meier, with its 95 % interval.

    A short upright stroke on the curve is a day after which somebody was watched no longer without having come back. A
    curve of more than 1,000 points is thinned; it then leaves the full one by less than 1/500 of the width.

    Args:
        curve: Result of `segmentation.repeat_curve` or `gap_curve`, or any frame made of its `columns()`.
        lang: "en" or "zh".
        theme: "light" or "dark".

    Raises:
        FrameError: A column is missing or holds what cannot be.
        InputError: An unknown language or theme, or a length that is there twice.
        MissingExtraError: Altair is not installed.

    Example:
        >>> from crmkit.segmentation import SurvivalCurve
        >>> curve = SurvivalCurve.of([10, 20, 40, 100], [True, True, False, False])
        >>> rows = [row for one in repeat_curve(curve).to_dict()["datasets"].values() for row in one]
        >>> sorted({(row["days"], row["part"]) for row in rows if row["days"] in (0, 10, 20, 30, 100)})
        [(0, '0%'), (10, '25%'), (20, '50%'), (30, '50%'), (100, '50%')]
    """
    altair = load_altair()
    look, words = palette(theme), WORDS[check_language(lang)]
    points = curve_points(curve)
    marks = marked_days(points)
    last, most = points[-1].days if points else 30, max((point.high for point in points), default=0.0)
    place = {
        "x": altair.X(
            "days:Q",
            title=words["days"],
            scale=altair.Scale(domain=[0, max(last, 1)], nice=False),
            axis=altair.Axis(values=[0, *marks], format="d", labelOverlap="greedy"),
        ),
        "y": altair.Y(
            "came_back:Q",
            title=words["came_back"],
            scale=altair.Scale(domain=[0, min(1.0, max(1.1 * most, 0.1))], nice=True),
            axis=altair.Axis(format="%", tickCount=5, grid=True, gridColor=look.line, gridOpacity=0.6),
        ),
    }
    chart: alt.LayerChart = styled(altair.layer(*_layers(altair, points, marks, look, lang, place)), look)
    return chart.properties(width=_WIDE, height=_HIGH)


def repeat_words(curve: Any, *, lang: Language = "en") -> str:
    """Returns the numbers of a repeat curve as plain sentences: how many came back within which days.

    Args:
        curve: As for the picture.
        lang: "en" or "zh".

    Raises:
        FrameError: A column is missing or holds what cannot be.
        InputError: An unknown language, or a length that is there twice.

    Example:
        >>> from crmkit.segmentation import SurvivalCurve
        >>> for sentence in repeat_words(SurvivalCurve.of([3, 40, 40], [True, True, False])).split(". "):
        ...     print(sentence)
        3 customers were watched, 2 of them until they bought again and 1 who have not yet
        Within 7 days 33% bought again (95% interval 5.5% to 95%)
        Within 14 days 33% bought again (95% interval 5.5% to 95%)
        Within 30 days 33% bought again (95% interval 5.5% to 95%)
        Half of them come back within 40 days.
    """
    words = WORDS[check_language(lang)]
    points = curve_points(curve)
    if not points:
        return words["nobody"]
    ended = sum(point.ended for point in points)
    censored = sum(point.censored for point in points)
    found = [words["repeat_all"].format(n=count(ended + censored), ended=count(ended), open=count(censored))]
    for days in marked_days(points):
        row = _row(point_at(points, days), days)
        facts = {"low": row["low_part"], "high": row["high_part"]}
        found.append(words["repeat_by"].format(days=count(days), share=row["part"], **facts))
    half = next((point.days for point in points if point.came_back >= 0.5 - 1e-12), None)
    found.append(words["repeat_no_half"] if half is None else words["repeat_half"].format(days=count(half)))
    return joined(found, lang)


def _layers(
    altair: Any,
    points: tuple[CurvePoint, ...],
    marks: tuple[int, ...],
    look: Palette,
    lang: Language,
    place: dict[str, Any],
) -> list[Any]:
    words = WORDS[lang]
    kept = [points[at] for at in thinned([point.days for point in points])]
    rows = [_row(None, 0), *(_row(point, point.days) for point in kept if point.days)] if points else []
    if points and not points[0].days:
        rows[0] = _row(points[0], 0)
    ticks = [row for row, point in zip(rows[-len(kept) :], kept, strict=True) if point.censored] if points else []
    reads = [_row(point_at(points, days), days) for days in marks]
    hints = [altair.Tooltip(f"{key}:N", title=words[word]) for key, word in _HINTS.items()]

    def of(values: list[Row]) -> Any:
        return altair.Chart(altair.InlineData(values=values)).encode(**place)

    dots = of(reads)
    return [
        of(rows)
        .mark_area(interpolate=_STEP, opacity=0.16, color=look.accent)
        .encode(y=altair.Y("low:Q", title=words["came_back"]), y2="high:Q"),
        of(rows).mark_line(interpolate=_STEP, color=look.accent, strokeWidth=2.5),
        of(ticks).mark_tick(orient="vertical", color=look.accent, size=9, thickness=1, opacity=0.75),
        dots.mark_rule(color=look.quiet, strokeDash=[2, 3]).encode(y2=altair.Y2(datum=0)),
        dots.mark_circle(color=look.accent, size=60, opacity=1).encode(tooltip=hints),
        dots.mark_text(align="right", dx=-7, dy=-11, fontSize=13, fontWeight=600, color=look.ink, stroke=None).encode(
            text="part:N"
        ),
    ]


def _row(point: CurvePoint | None, days: int) -> Row:
    if point is None:
        point = CurvePoint(days=0, at_risk=0, ended=0, censored=0, came_back=0.0, low=0.0, high=0.0)
    low, high = (share(Decimal(str(round(part, 6)))) for part in (point.low, point.high))
    return {
        "days": days,
        "came_back": round(point.came_back, 6),
        "low": round(point.low, 6),
        "high": round(point.high, 6),
        "part": share(Decimal(str(round(point.came_back, 6)))),
        "low_part": low,
        "high_part": high,
        "range": f"{low} – {high}",
        "watched": count(point.at_risk),
    }
