"""Whoever sees few colours, or little contrast, reads the pictures too."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import crmkit.report
from crmkit.charts import rfm_map
from crmkit.charts.palette import Theme, contrast, palette
from crmkit.errors import InputError
from crmkit.segmentation.grid import GRID

READABLE = 4.5
THEMES: tuple[Theme, ...] = ("light", "dark")


def all_cells() -> Any:
    rows = [(r, f, 0 if (r, f) == (1, 1) else 3 ** (r + f), GRID[r, f]) for r in range(1, 6) for f in range(1, 6)]
    return pd.DataFrame(rows, columns=["r", "f", "monetary", "segment"])


def cells_of(chart: Any) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Gives the rows of the populated cells, and the fill of each band."""
    spec = chart.to_dict()
    layer = next(layer for layer in spec["layer"] if "fill" in layer["encoding"])
    scale = layer["encoding"]["fill"]["scale"]
    return spec["datasets"][layer["data"]["name"]], dict(zip(scale["domain"], scale["range"], strict=True))


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("colour", ["value", "customers"])
def test_text_is_readable_on_every_cell(theme: Theme, colour: Any) -> None:
    cells, fills = cells_of(rfm_map(all_cells(), theme=theme, colour=colour))
    assert len(cells) == 25
    assert min(contrast(cell["ink"], fills[cell["band"]]) for cell in cells) >= READABLE


@pytest.mark.parametrize("theme", THEMES)
def test_text_is_readable_on_every_colour_there_is(theme: Theme) -> None:
    look = palette(theme)
    assert min(contrast(look.text_on(step), step) for step in look.steps) >= READABLE
    assert min(contrast(look.ink, look.paper), contrast(look.quiet, look.paper)) >= READABLE


@pytest.mark.parametrize("theme", THEMES)
def test_more_is_told_by_lightness_alone(theme: Theme) -> None:
    steps = [contrast(step, palette(theme).paper) for step in palette(theme).steps[1:]]
    assert all(later > earlier * 1.15 for earlier, later in pairwise(steps))


@pytest.mark.parametrize("theme", THEMES)
def test_nothing_earned_does_not_look_like_nobody_there(theme: Theme) -> None:
    frame = pd.DataFrame({"r": [5, 1], "f": [5, 1], "monetary": [10, 0], "segment": ["champions", "lost"]})
    chart = rfm_map(frame, theme=theme)
    cells, fills = cells_of(chart)
    zero = next(cell for cell in cells if cell["r"] == 1)
    assert fills[zero["band"]] == palette(theme).steps[0]
    assert palette(theme).steps[0] != palette(theme).paper
    empty = [layer["mark"] for layer in chart.to_dict()["layer"] if layer["mark"].get("strokeDash")]
    assert [mark["filled"] for mark in empty] == [False]


def test_an_unknown_theme_is_refused() -> None:
    with pytest.raises(InputError, match="theme"):
        rfm_map(all_cells(), theme="sepia")  # type: ignore[arg-type]  # the mistake that is tested


def schemes() -> list[dict[str, str]]:
    """Gives the colours that the page declares, for light and for dark."""
    css = (Path(crmkit.report.__file__).parent / "templates" / "report.css").read_text(encoding="utf-8")
    blocks = [block.split("}")[0] for block in css.split(":root {")[1:3]]
    return [
        dict(part.strip().split(": ") for part in block.split(";") if part.strip().startswith("--")) for block in blocks
    ]


@pytest.mark.parametrize("colours", schemes(), ids=THEMES)
@pytest.mark.parametrize(
    ("text", "paper"),
    [("ink", "card"), ("quiet", "card"), ("quiet", "page"), ("accent", "card"), ("warn", "warn-faint"),
     ("band-ink", "band"), ("band-quiet", "band")],
)  # fmt: skip
def test_the_page_is_readable_in_both_schemes(colours: dict[str, str], text: str, paper: str) -> None:
    assert contrast(colours[f"--{text}"], colours[f"--{paper}"]) >= READABLE
