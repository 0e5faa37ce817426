"""What all pictures of frames have in common: safe, readable, the same on every engine, honest about bad frames."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest
from charts.chart_data import ENGINES, EVIL, THEMES, cohorts, curve, flow, pareto, rows_of

from crmkit import charts
from crmkit.charts.palette import contrast, palette
from crmkit.errors import InputError
from crmkit.segmentation import FrameError, SurvivalCurve

READABLE = 4.5


def curve_frame() -> pd.DataFrame:
    return pd.DataFrame(curve().columns())


PICTURES = {
    "cohorts": (charts.cohort_map, charts.cohort_words, cohorts),
    "repeats": (charts.repeat_curve, charts.repeat_words, curve_frame),
    "spread": (charts.concentration, charts.concentration_words, pareto),
    "flow": (charts.stage_flow, charts.flow_words, flow),
}
EVERY = pytest.mark.parametrize(("draw", "words", "frame"), PICTURES.values(), ids=PICTURES)


@EVERY
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_picture_is_sound_and_loads_nothing(draw: Any, words: Any, frame: Any, lang: str) -> None:
    desc = words(frame(), lang=lang)
    picture = charts.svg(draw(frame(), lang=lang), title="Customers", desc=desc)
    root = ElementTree.fromstring(picture)
    assert root[1].text == desc
    assert set(re.findall(r"https?://[^\"' ]+", picture)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    assert not re.search(r"<(script|image|use|style|foreignObject|a)\b|\burl\((?!#)|\bon\w+=", picture)
    fonts = re.findall(r'font-family="([^"]+)"', picture)
    assert len(fonts) == 1
    assert all(family in fonts[0] for family in ("Noto Sans SC", "PingFang SC", "Microsoft YaHei", "sans-serif"))
    assert bool(re.search("[\u4e00-\u9fff]", picture)) == (lang == "zh")


@EVERY
@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_gives_the_same_picture(draw: Any, words: Any, frame: Any, engine: Any) -> None:
    assert draw(engine(frame())).to_dict() == draw(frame()).to_dict()
    assert words(engine(frame())) == words(frame())


@EVERY
def test_row_order_does_not_matter(draw: Any, words: Any, frame: Any) -> None:
    shuffled = frame().sample(frac=1, random_state=3)
    assert draw(shuffled).to_dict() == draw(frame()).to_dict()
    assert words(shuffled) == words(frame())


@EVERY
def test_a_missing_column_is_named(draw: Any, words: Any, frame: Any) -> None:
    unused = {"revenue", "rate", "share", "value"}
    for column in set(frame().columns) - unused:
        for function in (draw, words):
            with pytest.raises(FrameError) as refused:
                function(frame().drop(columns=column))
            assert refused.value.column == column
    draw(frame().drop(columns=list(unused & set(frame().columns))))


@EVERY
@pytest.mark.parametrize("value", [None, float("nan"), -1.0, 0.5, "many"])
def test_counts_that_cannot_be_are_refused(draw: Any, words: Any, frame: Any, value: Any) -> None:
    column = {"days", "items", "customers"}.intersection(frame().columns).pop()
    bad = frame().astype({column: object})
    bad.loc[0, column] = value
    with pytest.raises(FrameError) as refused:
        draw(bad)
    assert refused.value.column == column


@EVERY
def test_something_that_is_no_frame_is_refused(draw: Any, words: Any, frame: Any) -> None:
    with pytest.raises(FrameError, match="no frame but list"):
        draw([1, 2, 3])


@EVERY
@pytest.mark.parametrize("wrong", [{"lang": "de"}, {"theme": "sepia"}])
def test_unknown_languages_and_themes_are_refused(draw: Any, words: Any, frame: Any, wrong: Any) -> None:
    with pytest.raises(InputError):
        draw(frame(), **wrong)


@EVERY
def test_an_empty_frame_gives_an_empty_picture(draw: Any, words: Any, frame: Any) -> None:
    empty = frame().head(0)
    ElementTree.fromstring(charts.svg(draw(empty), title="Nobody", desc=words(empty)))
    assert words(empty) == "There are no customers to show."
    assert words(empty, lang="zh") == "暂无可显示的客户。"


def inks_and_fills(chart: Any) -> list[tuple[str, str]]:
    """Gives the colour of the text and that of the cell, for each cell that has both."""
    spec = chart.to_dict()
    scale = next(layer["encoding"]["fill"]["scale"] for layer in spec["layer"] if "fill" in layer["encoding"])
    fills = dict(zip(scale["domain"], scale["range"], strict=True))
    return [(row["ink"], fills[row["band"]]) for row in rows_of(chart) if "ink" in row]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", ["cohorts", "flow"])
def test_text_is_readable_on_every_cell(name: str, theme: str) -> None:
    draw, _, frame = PICTURES[name]
    pairs = inks_and_fills(draw(frame(), theme=theme))
    assert len(pairs) > 5
    assert min(contrast(ink, fill) for ink, fill in pairs) >= READABLE


@pytest.mark.parametrize("theme", THEMES)
def test_text_is_readable_on_stripes_and_in_the_area_of_a_curve(theme: Any) -> None:
    look = palette(theme)
    assert contrast(look.ink, look.line) >= READABLE
    tinted = "#" + "".join(
        f"{round(0.86 * int(look.paper[at : at + 2], 16) + 0.14 * int(look.accent[at : at + 2], 16)):02x}"
        for at in (1, 3, 5)
    )
    assert min(contrast(look.ink, tinted), contrast(look.quiet, tinted)) >= READABLE


def test_a_name_is_text_whatever_it_holds() -> None:
    moved = pd.DataFrame({"from": [EVIL, "b"], "to": ["b", EVIL], "customers": [1, 2]})
    picture = charts.svg(charts.stage_flow(moved), title=EVIL, desc=charts.flow_words(moved))
    assert "<script" not in picture
    ElementTree.fromstring(picture)


@pytest.mark.parametrize("bad", [SurvivalCurve(days=(1, 1), at_risk=(2, 1), ended=(1, 0), censored=(0, 1),
                                               survival=(0.5, 0.5))])  # fmt: skip
def test_a_length_twice_is_refused(bad: SurvivalCurve) -> None:
    with pytest.raises(InputError, match="twice"):
        charts.repeat_curve(bad)
