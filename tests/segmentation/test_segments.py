from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest

from crmkit.errors import InputError, PolicyError
from crmkit.segmentation import EIGHT, GRID, LABELS, SHOPIFY, Cuts, Eight, Grid, label


def test_the_grid_is_the_published_one() -> None:
    rows = [" ".join(GRID[r, f] for f in range(1, 6)) for r in range(5, 0, -1)]
    assert rows == [
        "new potential_loyalists potential_loyalists champions champions",
        "promising potential_loyalists potential_loyalists loyal loyal",
        "about_to_sleep about_to_sleep need_attention loyal loyal",
        "hibernating hibernating at_risk at_risk cannot_lose",
        "lost lost at_risk at_risk cannot_lose",
    ]
    assert len(GRID.names) == 11
    assert len(set(EIGHT.values())) == 8


def test_every_segment_has_a_name_in_both_languages_and_a_group_of_shopify() -> None:
    codes = {*GRID.names, *EIGHT.values()}
    assert set(LABELS) == codes
    assert all(label(code, "zh").endswith("客户") and label(code, "en").isascii() for code in codes)
    assert set(SHOPIFY) == {*GRID.names, "prospect"}
    assert len(set(SHOPIFY.values())) == 11
    with pytest.raises(InputError):
        label("champions", "fr")  # type: ignore[arg-type]  # the case


@pytest.mark.parametrize(
    "cells",
    [
        {},
        {(1, 1): "a", (1, 2): "b", (2, 1): "c"},
        {(1, 1): "a", (1, 2): "b", (2, 1): "c", (3, 3): "d"},
        {(1, 1): ""},
    ],
)
def test_a_grid_names_every_cell_and_no_other(cells: dict[tuple[int, int], str]) -> None:
    with pytest.raises(PolicyError):
        Grid(cells)


def test_a_grid_of_another_axis_is_refused() -> None:
    with pytest.raises(PolicyError):
        Grid({(1, 1): "a"}, axis="money")  # type: ignore[arg-type]  # the case


@pytest.mark.parametrize(
    "cuts",
    [{"recency": (3, 3)}, {"monetary": (1.5,)}, {"frequency": (Decimal(2),)}, {"recency": ()}, {"recency": (True,)}],
)
def test_cuts_are_exact_and_rise(cuts: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        Cuts(**cuts)


@pytest.mark.parametrize("threshold", ["mode", (1, 2), (1, 2.5, 3), (1, True, 3)])
def test_thresholds_of_the_eight_are_named_or_exact(threshold: Any) -> None:
    with pytest.raises(PolicyError):
        Eight(threshold)


def test_importing_segmentation_loads_no_frame_library() -> None:
    code = (
        "import sys, crmkit.segmentation; "
        "print([m for m in ('narwhals', 'numpy', 'pandas', 'polars', 'pyarrow', 'scipy') if m in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
