"""What the pictures show, and what an SVG of them holds."""

from __future__ import annotations

import re
import sys
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest

from crmkit.charts import rfm_map, rfm_words, segment_bars, svg
from crmkit.charts.figures import amount
from crmkit.errors import InputError, MissingExtraError

FRAME = pd.DataFrame(
    {"r": [5, 5, 1, 4], "f": [5, 1, 1, 2], "monetary": [60, 25, 15, 0],
     "segment": ["champions", "new", "lost", "potential_loyalists"]}
)  # fmt: skip
EVIL = "<script>alert('&\"')</script>\x00"


def rows_of(chart: Any) -> list[dict[str, Any]]:
    return [row for rows in chart.to_dict()["datasets"].values() for row in rows]


def drawn(chart: Any, **words: str) -> str:
    return svg(chart, title=words.get("title", "Customers"), desc=words.get("desc", "Four customers."))


def test_the_map_has_all_cells_with_the_best_on_top() -> None:
    chart = rfm_map(FRAME)
    assert {(row["r"], row["f"]) for row in rows_of(chart)} == {(r, f) for r in range(1, 6) for f in range(1, 6)}
    places = {
        text: float(y) for y, text in re.findall(r'translate\([^,]+,([\d.]+)\)"[^>]*>(Champions|Lost)<', drawn(chart))
    }
    assert places["Champions"] < places["Lost"]


def test_a_cell_tells_name_number_and_share() -> None:
    best = next(
        row for row in rows_of(rfm_map(FRAME, lang="zh", currency="CNY")) if row.get("people") and row["f"] == 5
    )
    assert (best["name"], best["count"], best["part"], best["money"]) == ("冠军客户", "1", "60%", "¥60.00")


def test_colour_may_follow_the_customers() -> None:
    parts = {row["part"] for row in rows_of(rfm_map(FRAME, colour="customers")) if row["people"]}
    assert parts == {"25%"}


def test_names_that_do_not_fit_stay_away() -> None:
    long = FRAME.assign(segment=["A name that is much too long for a cell", "b", "c", "d"])
    names = {row["name"] for row in rows_of(rfm_map(long)) if row["people"]}
    assert names == {"", "b", "c", "d"}


def test_customers_without_any_money_have_no_shares() -> None:
    parts = {row["part"] for row in rows_of(rfm_map(FRAME.assign(monetary=0))) if row["people"]}
    assert parts == {"–"}


@pytest.mark.parametrize("wrong", [{"lang": "de"}, {"colour": "red"}, {"k": 4}, {"currency": "XXXX"}])
def test_what_cannot_be_drawn_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        rfm_map(FRAME, **wrong)


def test_other_numbers_of_scores_are_drawn_too() -> None:
    assert len(rows_of(rfm_map(FRAME, k=6))) == 36


def test_bars_stand_in_the_order_of_the_segments() -> None:
    rows = rows_of(segment_bars(FRAME, lang="en", currency="EUR"))
    assert [row["name"] for row in rows[::2]] == ["Champions", "Potential loyalists", "New", "Lost"]
    assert [row["part"] for row in rows] == ["25%", "60%", "25%", "0%", "25%", "25%", "25%", "15%"]


@pytest.mark.parametrize(
    "chart", [rfm_map(FRAME), rfm_map(FRAME.head(0)), segment_bars(FRAME), segment_bars(FRAME.head(0))]
)
def test_a_picture_is_sound_and_loads_nothing(chart: Any) -> None:
    picture = drawn(chart)
    root = ElementTree.fromstring(picture)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert set(re.findall(r"https?://[^\"' ]+", picture)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    assert not re.search(r"<(script|image|use|style|foreignObject|a)\b|\burl\((?!#)|\bon\w+=", picture)


def test_text_stays_text_in_fonts_that_have_chinese() -> None:
    picture = drawn(rfm_map(FRAME, lang="zh"))
    assert ">冠军客户</text>" in picture
    fonts = re.findall(r'font-family="([^"]+)"', picture)
    assert fonts
    assert all(
        family in font for font in fonts for family in ("Noto Sans SC", "PingFang SC", "Microsoft YaHei", "sans-serif")
    )


def test_the_same_chart_gives_the_same_text() -> None:
    assert drawn(rfm_map(FRAME)) == drawn(rfm_map(FRAME))


def test_two_pictures_on_one_page_share_no_id() -> None:
    both = [set(re.findall(r'\bid="([^"]+)"', drawn(rfm_map(FRAME, theme=theme)))) for theme in ("light", "dark")]
    assert all(both)
    assert both[0].isdisjoint(both[1])


def test_words_come_with_the_picture() -> None:
    desc = rfm_words(FRAME, lang="en", currency="CNY")
    root = ElementTree.fromstring(drawn(rfm_map(FRAME), title="Who & where", desc=desc))
    title, description = root[0], root[1]
    assert (title.text, description.text) == ("Who & where", desc)
    assert root.get("aria-labelledby") == title.get("id")
    assert root.get("aria-describedby") == description.get("id")
    assert "Champions: 1 (25% of the customers) with CNY\xa060.00 (60% of the money)." in desc


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_sums_of_floats_are_told_to_the_cent(lang: Any) -> None:
    said = "460,192.67"
    frame = FRAME.assign(segment="champions", monetary=[460192.37, 0.1, 0.1, 0.1000000001])
    assert said in rfm_words(frame, lang=lang)
    assert f"¥{said}" in rfm_words(frame, lang="zh", currency="CNY")
    assert {row["money"] for row in rows_of(segment_bars(frame, lang=lang))} == {said}
    for words in (rfm_words(frame, lang=lang), *(row.get("money", "") for row in rows_of(rfm_map(frame, lang=lang)))):
        assert not re.search(r"\d\.\d{3}", words)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("0.005", "0.01"),
        ("-0.001", "0.00"),
        ("-1234.567", "−1,234.57"),
        ("40", "40"),
        ("40.0", "40.00"),
        ("1e30", "1" + ",000" * 10),
    ],
)
def test_amounts_of_no_currency_are_whole_or_have_two_decimals(value: str, said: str) -> None:
    assert amount(Decimal(value), None) == said


def test_a_name_is_text_whatever_it_holds() -> None:
    frame = FRAME.assign(segment=[EVIL, "b", "c", "d"])
    for chart in (rfm_map(frame), segment_bars(frame)):
        picture = drawn(chart, title=EVIL, desc=rfm_words(frame))
        assert "<script" not in picture
        ElementTree.fromstring(picture)


@pytest.mark.parametrize("missing", ["altair", "vl_convert"])
def test_a_missing_extra_is_named(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    chart = rfm_map(FRAME)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MissingExtraError, match=re.escape("crmkit[charts]")):
        drawn(chart)
    if missing == "altair":
        with pytest.raises(MissingExtraError):
            rfm_map(FRAME)
