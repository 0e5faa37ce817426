"""The waterfall: its bars, thresholds, words, and what an SVG of it holds."""

from __future__ import annotations

from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest

from crmkit.charts import svg, waterfall, waterfall_words
from crmkit.charts.palette import contrast, palette
from crmkit.charts.waterfall_bars import _AGAINST, _RARITY
from crmkit.errors import InputError
from crmkit.identity import Level, LinkModel, explanation

MODEL = LinkModel(
    comparisons={
        "name": (Level(name="same", m=0.6, u=2e-4), Level(name="else", m=0.12, u=0.99)),
        "phone": (Level(name="same", m=0.62, u=4e-6), Level(name="else", m=0.18, u=0.99)),
    }
)
TOLD = explanation(
    MODEL,
    {"name": 0, "phone": 1},
    frequency={"name": 1.5},
    left="<a>",
    right="b",
    values={"name": ("王小明", "王小明")},
)


def rows_of(chart: Any) -> list[dict[str, Any]]:
    return [row for rows in chart.to_dict()["datasets"].values() for row in rows]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_each_bar_begins_where_the_last_one_ended(lang: Any) -> None:
    bars = [row for row in rows_of(waterfall(TOLD, lang=lang)) if "kind" in row]
    assert len({row["label"] for row in bars}) == 4
    assert len({row["kind"] for row in bars}) == 4  # sum, for, rarity, against
    assert bars[0]["start"] == 0.0
    for before, after in pairwise(bars[:-1]):
        assert after["start"] == before["end"]
    assert bars[-1]["end"] == TOLD.weight == pytest.approx(bars[-2]["end"])


def test_rarity_is_a_bar_of_its_own_without_a_second_number() -> None:
    name, rare = [row for row in rows_of(waterfall(TOLD)) if row.get("label") == "name: the same"]
    assert (rare["kind"], rare["shown"]) == ("rarity of the value", "")
    assert rare["end"] - rare["start"] == pytest.approx(1.5)
    assert name["shown"] == f"{TOLD.bars[0].total:+.2f}"


def test_both_thresholds_are_drawn() -> None:
    marks = [row for row in rows_of(waterfall(TOLD)) if "at" in row]
    assert [(mark["at"], mark["name"]) for mark in marks] == [(0.0, "to a human"), (4.248, "accepted")]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_picture_is_whole_worded_and_tells_no_values(lang: Any, theme: Any) -> None:
    words = waterfall_words(TOLD, lang=lang)
    picture = svg(waterfall(TOLD, lang=lang, theme=theme), title="Why", desc=words)
    root = ElementTree.fromstring(picture)
    assert root.find("{http://www.w3.org/2000/svg}desc").text == words  # type: ignore[union-attr]
    assert ("电话：不同" if lang == "zh" else "phone: different") in picture
    assert "王小明" not in picture
    assert "<script" not in picture


def test_the_words_hold_every_number_and_the_verdict() -> None:
    words = waterfall_words(TOLD)
    for bar in TOLD.bars:
        assert f"{bar.total:+.2f}".replace("-", "−") in words
    assert words.endswith(f"{TOLD.verdict()}.")
    assert waterfall_words(TOLD, lang="zh").endswith("。")


def test_a_pair_with_nothing_to_compare_is_a_picture_too() -> None:
    bare = explanation(MODEL, {})
    assert [row["shown"] for row in rows_of(waterfall(bare)) if "kind" in row] == ["−16.61", "−16.61"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_bars_stand_out_from_paper_and_from_each_other(theme: Any) -> None:
    look = palette(theme)
    for colour in (look.accent, _AGAINST[theme], look.quiet):
        assert contrast(colour, look.paper) >= 3
    assert _AGAINST[theme] != _RARITY[theme]


def test_unknown_words_are_refused() -> None:
    with pytest.raises(InputError, match="lang"):
        waterfall(TOLD, lang="fr")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="theme"):
        waterfall(TOLD, theme="sepia")  # type: ignore[arg-type]
