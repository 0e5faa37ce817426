"""What the page shows of when people come back: the map of cohorts and the repeat curve, each with its table."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

import attrs

from crmkit.charts import cohort_map, cohort_words, repeat_curve, repeat_words
from crmkit.charts.cohort_cells import CohortCell, cohort_cells, cohort_steps
from crmkit.charts.cohort_map import cohort_name
from crmkit.charts.curve_points import CurvePoint, curve_points, marked_days, point_at
from crmkit.charts.figures import share
from crmkit.charts.reading import columns_of
from crmkit.report.pictures import Pictures, in_both_themes
from crmkit.report.sections import ReturnSection
from crmkit.report.strings import say
from crmkit.segmentation.labels import Language

__all__ = ["CohortRow", "ReturnRow", "ReturnView", "return_view"]

FEWEST = 20
"""Customers from which on the pictures say something."""

MOST_COHORTS = 13
"""Cohorts on the page, the newest: a year and the month that runs."""


class CohortRow(NamedTuple):
    """Is one cohort: its month, how many began, and the share of each later period, as text."""

    name: str
    size: int
    parts: tuple[str, ...]


class ReturnRow(NamedTuple):
    """Is how many came back within so many days, with the ends of the 95 % interval, and who is watched for longer."""

    days: int
    came_back: Decimal
    low: Decimal
    high: Decimal
    watched: int


@attrs.frozen(kw_only=True, slots=True)
class ReturnView:
    """Is the section, ready to be written.

    Attributes:
        customers: Customers who were watched.
        cohorts: The newest cohorts; empty where no later period is over.
        of_cohorts: How many cohorts there are in all.
        all_cohorts: The cohorts shown together.
        periods: Numbers of the later periods.
        rows: How many came back within which days; empty where there are too few.
    """

    customers: int
    cohorts: tuple[CohortRow, ...]
    of_cohorts: int
    all_cohorts: CohortRow | None
    periods: range
    rows: tuple[ReturnRow, ...]
    map_pictures: Pictures
    curve_pictures: Pictures


def return_view(section: ReturnSection, lang: Language) -> ReturnView:
    """Returns what the page shows of when people come back."""
    points = curve_points(section.curve)
    customers = sum(point.ended + point.censored for point in points)
    is_enough = customers >= FEWEST
    rows = tuple(_read(points, days) for days in marked_days(points) if days) if is_enough else ()
    every = cohort_cells(section.cohorts)
    newest = sorted({cell.cohort for cell in every})[-MOST_COHORTS:]
    cells = tuple(cell for cell in every if cell.cohort in newest)
    has_map = is_enough and any(cell.k and cell.is_complete for cell in cells)
    recent = _newest(section.cohorts) if has_map else None
    return ReturnView(
        customers=customers,
        cohorts=_cohort_rows(cells) if has_map else (),
        of_cohorts=len({cell.cohort for cell in every}),
        all_cohorts=_together(cells, lang) if has_map else None,
        periods=range(1, max((cell.k for cell in cells), default=0) + 1),
        rows=rows,
        map_pictures=in_both_themes(
            lambda theme: cohort_map(recent, lang=lang, theme=theme),
            title=say(lang, "cohort_title"),
            desc=cohort_words(recent, lang=lang),
        )
        if has_map
        else (),
        curve_pictures=in_both_themes(
            lambda theme: repeat_curve(section.curve, lang=lang, theme=theme),
            title=say(lang, "curve_title"),
            desc=repeat_words(section.curve, lang=lang),
        )
        if rows
        else (),
    )


def _newest(frame: Any) -> Any:
    """Gives the newest cohorts, as the same kind of frame."""
    import narwhals.stable.v2 as nw

    first = sorted(set(columns_of(frame, ["cohort"], "cohorts")["cohort"]))[-MOST_COHORTS:][0]
    table: Any = nw.from_native(frame)
    return table.filter(nw.col("cohort") >= first).to_native()


def _cohort_rows(cells: tuple[CohortCell, ...]) -> tuple[CohortRow, ...]:
    is_month = all(cell.cohort.day == 1 for cell in cells)
    found = []
    for day in sorted({cell.cohort for cell in cells}):
        own = [cell for cell in cells if cell.cohort == day]
        parts = tuple(("" if cell.is_complete else "≥") + share(cell.share) for cell in own if cell.k)
        found.append(CohortRow(cohort_name(day, is_month=is_month), own[0].size, parts))
    return tuple(found)


def _together(cells: tuple[CohortCell, ...], lang: Language) -> CohortRow:
    steps = {step.k: step for step in cohort_steps(cells)}
    last = max(cell.k for cell in cells)
    parts = tuple(share(steps[k].share) if k in steps else "–" for k in range(1, last + 1))
    return CohortRow(say(lang, "all"), sum(cell.size for cell in cells if not cell.k), parts)


def _read(points: tuple[CurvePoint, ...], days: int) -> ReturnRow:
    point = point_at(points, days)
    watched = sum(later.ended + later.censored for later in points if later.days > days)
    if point is None:
        return ReturnRow(days, Decimal(0), Decimal(0), Decimal(0), watched)
    came_back, low, high = (Decimal(str(round(part, 6))) for part in (point.came_back, point.low, point.high))
    return ReturnRow(days, came_back, low, high, watched)
