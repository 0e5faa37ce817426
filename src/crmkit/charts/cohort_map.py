"""The map of cohorts: of those who began together, who bought again in which period."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import attrs

from crmkit.charts.cohort_cells import CohortCell, cohort_cells, cohort_steps
from crmkit.charts.figures import check_language, count, share
from crmkit.charts.looks import SMALL, hatched, load_altair, styled
from crmkit.charts.palette import RATE_BANDS, Palette, Theme, band, palette
from crmkit.charts.wording import WORDS, band_names, joined
from crmkit.errors import InputError
from crmkit.segmentation.labels import Language

if TYPE_CHECKING:
    import altair as alt

__all__ = ["cohort_map", "cohort_name", "cohort_words"]

MOST = 120
"""Most cohorts, and most periods, of a map that can be read."""

_ROOMY = 16
"""Most periods of a map whose cells have room for their number."""

_HINTS = {"name": "cohort", "k": "period_here", "told": "customers_here", "part": "rate_here"}
Row = dict[str, Any]


@attrs.frozen(slots=True)
class _Size:
    """Is how large a cell is, in pixels."""

    wide: int
    high: int
    gap: int


def cohort_map(frame: Any, *, lang: Language = "en", theme: Theme = "light") -> alt.LayerChart:
    """Returns the map of cohorts: one row a cohort, the oldest on top, one column a period since the first purchase.

    A cell tells which part of its cohort bought in the period, which also gives its colour. A cell whose period is not
    over is hatched and has no colour of a share, as it says no more than "at least"; where nobody bought, the cell has
    the colour of nothing. Column 0 tells how many began, framed and on grey, as that is no share. With more than 16
    periods the cells are too small for numbers, and only their colour and a notebook's tooltips tell them.

    Args:
        frame: Result of `segmentation.cohorts`, any frame that Narwhals takes; a lazy one is collected.
        lang: "en" or "zh".
        theme: "light" or "dark".

    Raises:
        FrameError: A column is missing or holds what cannot be.
        InputError: An unknown language or theme, a cell that is there twice, or more than 120 cohorts or periods.
        MissingExtraError: Altair is not installed.

    Example:
        >>> from datetime import datetime
        >>> import pandas as pd
        >>> from crmkit.segmentation import cohorts
        >>> orders = pd.DataFrame({
        ...     "customer": ["ann", "bo", "ann", "cy"],
        ...     "moment": pd.to_datetime(["2026-09-05", "2026-09-20", "2026-10-02", "2026-10-20"]),
        ...     "amount": [20.0, 30.0, 25.0, 40.0],
        ... })
        >>> rows = cohort_map(cohorts(orders, as_of=datetime(2026, 11, 24))).to_dict()["datasets"].values()
        >>> sorted((row["name"], row["k"], row["text"]) for one in rows for row in one)
        [('2026-09', 0, '2'), ('2026-09', 1, '50%'), ('2026-09', 2, '≥0%'), ('2026-10', 0, '1'), ('2026-10', 1, '≥0%')]
    """
    altair = load_altair()
    look, words = palette(theme), WORDS[check_language(lang)]
    cells = _drawable(cohort_cells(frame))
    names, columns = _names(cells), list(range(max((cell.k for cell in cells), default=0) + 1))
    roomy = len(columns) <= _ROOMY
    size = _Size(46, 30, 3) if roomy else _Size(max(9, 736 // len(columns)), max(9, min(22, 900 // len(names))), 1)
    place = {
        "x": altair.X(
            "k:O",
            title=words["periods" if roomy else "periods_small"],
            axis=altair.Axis(orient="top", labelOverlap="greedy"),
            scale=altair.Scale(domain=columns, paddingInner=size.gap / size.wide, paddingOuter=0),
        ),
        "y": altair.Y(
            "name:O",
            title=words["cohort"],
            axis=altair.Axis(labelOverlap="greedy"),
            scale=altair.Scale(domain=names, paddingInner=size.gap / size.high, paddingOuter=0),
        ),
    }
    chart: alt.LayerChart = styled(altair.layer(*_layers(altair, cells, look, lang, place, roomy)), look)
    return chart.properties(width=altair.Step(size.wide), height=altair.Step(size.high))


def cohort_words(frame: Any, *, lang: Language = "en") -> str:
    """Returns the numbers of a map of cohorts as plain sentences: all cohorts together, period by period.

    Args:
        frame: As for `cohort_map`.
        lang: "en" or "zh".

    Raises:
        FrameError: A column is missing or holds what cannot be.
        InputError: An unknown language, or a cell that is there twice.

    Example:
        >>> from datetime import date
        >>> import pandas as pd
        >>> table = pd.DataFrame({"cohort": [date(2026, 9, 1)] * 2, "k": [0, 1], "customers": [4, 1], "size": [4, 4],
        ...                       "complete": [True, True]})
        >>> cohort_words(table)
        'One cohort, 2026-09, of 4 customers. Of those who could be seen in period 1, 25% bought (1 of 4).'
    """
    words = WORDS[check_language(lang)]
    cells = cohort_cells(frame)
    if not cells:
        return words["nobody"]
    names, began = _names(cells), sum(cell.size for cell in cells if not cell.k)
    facts = {"cohorts": count(len(names)), "first": names[0], "last": names[-1], "customers": count(began)}
    found = [words["cohorts_all" if len(names) > 1 else "cohorts_one"].format(**facts)]
    found += [
        words["cohort_at"].format(k=step.k, rate=share(step.share), came=count(step.customers), size=count(step.size))
        for step in cohort_steps(cells)
        if step.k
    ]
    if open_cells := sum(not cell.is_complete for cell in cells if cell.k):
        found.append(words["cohort_open"].format(n=count(open_cells)))
    return joined(found, lang)


def cohort_name(day: date, *, is_month: bool) -> str:
    """Returns what a cohort is called: its month where all cohorts are months (or quarters, or years), else its day.

    Example:
        >>> from datetime import date
        >>> cohort_name(date(2026, 9, 1), is_month=True), cohort_name(date(2026, 9, 7), is_month=False)
        ('2026-09', '2026-09-07')
    """
    return f"{day:%Y-%m}" if is_month else f"{day:%Y-%m-%d}"


def _names(cells: tuple[CohortCell, ...]) -> list[str]:
    days = sorted({cell.cohort for cell in cells})
    is_month = all(day.day == 1 for day in days)
    return [cohort_name(day, is_month=is_month) for day in days]


def _drawable(cells: tuple[CohortCell, ...]) -> tuple[CohortCell, ...]:
    high, wide = len({cell.cohort for cell in cells}), max((cell.k for cell in cells), default=0) + 1
    if high > MOST or wide > MOST:
        raise InputError(
            f"A map of {high:,} cohorts and {wide:,} periods cannot be read; up to {MOST} of each can. Take a longer "
            "period in cohorts(), or keep the rows that you want to see."
        )
    return cells


def _layers(
    altair: Any, cells: tuple[CohortCell, ...], look: Palette, lang: Language, place: dict[str, Any], roomy: bool
) -> list[Any]:
    rows, words = _rows(cells, look, lang), WORDS[lang]
    hints = [altair.Tooltip(f"{key}:N", title=words[word]) for key, word in _HINTS.items()]
    names = band_names(lang, RATE_BANDS)
    fills = altair.Fill("band:N", title=words["rate"], scale=altair.Scale(domain=names, range=list(look.steps)))

    def of(kind: str) -> Any:
        chosen = [row for row in rows if row["kind"] == kind]
        return altair.Chart(altair.InlineData(values=chosen)).encode(**place, tooltip=hints)

    corner = 4 if roomy else 0
    drawn = [
        of("over").mark_rect(cornerRadius=corner).encode(fill=fills),
        of("open").mark_rect(cornerRadius=corner, fill=hatched(look), stroke=look.line, strokeWidth=1),
        # A cell without a fill would look like one in which nothing happened.
        of("began").mark_rect(cornerRadius=corner, fill=look.line, stroke=look.quiet, strokeWidth=1),
    ]
    if not roomy:
        return drawn
    text = {"baseline": "middle", "fontSize": SMALL}
    return [
        *drawn,
        of("over").mark_text(**text).encode(text="text:N", color=altair.Color("ink:N", scale=None)),
        of("open").mark_text(**text, color=look.ink).encode(text="text:N"),
        of("began").mark_text(**text, color=look.ink, fontWeight=600).encode(text="text:N"),
    ]


def _rows(cells: tuple[CohortCell, ...], look: Palette, lang: Language) -> list[Row]:
    legend, is_month = band_names(lang, RATE_BANDS), all(cell.cohort.day == 1 for cell in cells)
    rows: list[Row] = []
    for cell in cells:
        row: Row = {"name": cohort_name(cell.cohort, is_month=is_month), "k": cell.k}
        row |= {"told": f"{count(cell.customers)} / {count(cell.size)}", "part": share(cell.share)}
        if not cell.k:
            row |= {"kind": "began", "text": count(cell.size)}
        elif not cell.is_complete or cell.share is None:
            least = "" if cell.share is None else f"≥{share(cell.share)}"
            row |= {"kind": "open", "part": least or "–", "text": least}
        else:
            step = band(cell.share, RATE_BANDS)
            row |= {"kind": "over", "text": share(cell.share), "band": legend[step]}
            row["ink"] = look.text_on(look.steps[step])
        rows.append(row)
    return rows
