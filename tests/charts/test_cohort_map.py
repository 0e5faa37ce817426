"""The map of cohorts: every cell once, and what is not over never looks like nothing."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest
from charts.chart_data import AS_OF, THEMES, cohorts, orders, rows_of

from crmkit import segmentation
from crmkit.charts import cohort_map, cohort_words, svg
from crmkit.charts.cohort_cells import cohort_cells, cohort_steps
from crmkit.charts.palette import contrast, palette
from crmkit.charts.wording import WORDS
from crmkit.errors import InputError
from crmkit.segmentation import FrameError


def table(high: int, *, days: int = 1) -> pd.DataFrame:
    """Gives a triangle of `high` cohorts, the last period of each not over."""
    start = date(2024, 1, 5)
    cells = [
        (start + timedelta(days=days * row), k, 5 if k == 0 else (row + k) % 4, 5, row + k < high - 1)
        for row in range(high)
        for k in range(high - row)
    ]
    return pd.DataFrame(cells, columns=["cohort", "k", "customers", "size", "complete"])


def layer_of(chart: Any, kind: str) -> dict[str, Any]:
    """Gives the cells of one kind as they are drawn."""
    spec = chart.to_dict()
    for layer in spec["layer"]:
        rows = spec["datasets"][layer["data"]["name"]]
        if rows and rows[0]["kind"] == kind and layer["mark"]["type"] == "rect":
            return dict(layer)
    raise AssertionError(kind)


def test_every_cell_is_drawn_once() -> None:
    rows = {(row["name"], row["k"]): row for row in rows_of(cohort_map(cohorts()))}
    assert set(rows) == {(f"{cell.cohort:%Y-%m}", cell.k) for cell in cohort_cells(cohorts())}
    assert rows["2026-02", 0]["text"] == "4"
    assert rows["2026-02", 1]["text"] == "25%"
    assert (rows["2026-02", 9]["kind"], rows["2026-02", 9]["text"]) == ("open", "≥0%")


@pytest.mark.parametrize("theme", THEMES)
def test_a_period_that_is_not_over_looks_like_no_share(theme: Any) -> None:
    chart = cohort_map(cohorts(), theme=theme)
    fill = layer_of(chart, "open")["mark"]["fill"]
    stripes = {stop["color"] for stop in fill["stops"]}
    assert stripes == {palette(theme).paper, palette(theme).line}
    assert not stripes & set(palette(theme).steps)
    over = layer_of(chart, "over")["encoding"]["fill"]["scale"]
    assert over["range"] == list(palette(theme).steps)
    zero = [row for row in rows_of(chart) if row["kind"] == "over" and row["text"] == "0%"]
    assert {row["band"] for row in zero} == {over["domain"][0]}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("months", [4, 60])
def test_the_column_of_those_who_began_is_framed_and_looks_like_no_share(theme: Any, months: int) -> None:
    look = palette(theme)
    began = [layer for layer in cohort_map(table(months), theme=theme).to_dict()["layer"] if "stroke" in layer["mark"]]
    mark = began[-1]["mark"]
    assert (mark["type"], mark["stroke"]) == ("rect", look.quiet)
    assert mark["fill"] not in (look.paper, *look.steps)
    assert contrast(look.ink, mark["fill"]) >= 4.5
    assert contrast(look.quiet, look.paper) >= 3
    assert "framed" in WORDS["en"]["periods"]


def test_what_is_kept_though_not_over_is_marked_all_the_same() -> None:
    kept = segmentation.cohorts(orders(), as_of=AS_OF, incomplete="keep")
    assert rows_of(cohort_map(kept)) == rows_of(cohort_map(cohorts()))


def test_rolling_blocks_are_drawn_too() -> None:
    blocks = segmentation.cohorts(orders(), as_of=AS_OF, blocks=30)
    cells = {(cell.cohort, cell.k): cell for cell in cohort_cells(blocks)}
    assert all(cell.is_complete == (cell.size > 0) for cell in cells.values())
    assert "Of those who could be seen in period 1" in cohort_words(blocks)
    unseen = [row for row in rows_of(cohort_map(blocks)) if row["kind"] == "open"]
    assert unseen
    assert {(row["text"], row["part"]) for row in unseen} == {("", "–")}


def test_days_are_named_by_day_and_months_by_month() -> None:
    assert {row["name"] for row in rows_of(cohort_map(table(2)))} == {"2024-01-05", "2024-01-06"}
    assert {row["name"] for row in rows_of(cohort_map(cohorts()))} == {f"2026-{month:02}" for month in range(2, 12)}


def test_sixty_cohorts_are_a_picture_without_numbers() -> None:
    chart = cohort_map(table(60))
    spec = chart.to_dict()
    assert {layer["mark"]["type"] for layer in spec["layer"]} == {"rect"}
    assert sum(map(len, spec["datasets"].values())) == 60 * 61 // 2
    assert spec["width"]["step"] * 60 < 800
    picture = svg(chart, title="Sixty", desc="Sixty cohorts.")
    ElementTree.fromstring(picture)
    assert len(picture) < 250_000


def test_what_nobody_could_read_is_refused() -> None:
    with pytest.raises(InputError, match="121 cohorts and 121 periods"):
        cohort_map(table(121))


def test_two_results_in_one_frame_are_refused() -> None:
    with pytest.raises(InputError, match="twice"):
        cohort_map(pd.concat([table(3), table(3)]))


@pytest.mark.parametrize("bad", [{"customers": 6}, {"cohort": "2026-09"}, {"cohort": None}, {"cohort": pd.NaT}])
def test_cells_that_cannot_be_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(FrameError) as refused:
        cohort_map(table(2).assign(**bad))
    assert refused.value.column in bad


def test_steps_are_those_of_the_curve_over_all_cohorts() -> None:
    expected = segmentation.cohort_curve(cohorts())
    steps = cohort_steps(cohort_cells(cohorts()))
    assert [(step.k, step.cohorts, step.size, step.customers) for step in steps] == [
        (row.k, row.cohorts, row.size, row.customers)
        for row in expected.rename(columns={"size": "size"}).itertuples(index=False)
    ]
    assert steps[1].share == Decimal(steps[1].customers) / steps[1].size
