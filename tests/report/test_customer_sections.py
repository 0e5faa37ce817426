"""The sections on customers as a whole: each picture with its table, and a sentence where there is too little."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache
from typing import Any

import pandas as pd
import pytest
from report.report_data import AS_OF, bare, purchases, returns, spread, stages
from report.test_page import Outline, sketched_page, words_of

from crmkit import segmentation
from crmkit.errors import InputError
from crmkit.report import ReturnSection, StageSection, render


def page(lang: Any = "en") -> str:
    """The sections with sketches of their pictures, made once; the whole page is drawn in `test_page`."""
    return _page(lang)


@cache
def _page(lang: Any) -> str:
    data = bare(spread=(spread(),), returns=returns(), stages=stages())
    return sketched_page(data, lang)


def section(name: str, lang: Any = "en") -> str:
    """Gives one section of the page, as HTML."""
    return page(lang).split(f'<section aria-labelledby="{name}">')[1].split("</section>")[0]


def text(name: str, lang: Any = "en") -> str:
    return words_of(section(name, lang))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(("name", "pictures"), [("spread-1", 1), ("returns", 2), ("stages", 1)])
def test_every_picture_has_its_numbers_in_words_and_a_table(name: str, pictures: int, lang: str) -> None:
    html = section(name, lang)
    assert html.count("<figure") == pictures
    assert html.count("<svg") == html.count("<desc") == 2 * pictures
    assert html.count("<table") == pictures
    assert html.count('class="swipe"') == pictures


def test_the_headings_are_in_both_languages() -> None:
    for words in ("How value is spread", "When do people come back", "Where customers stand"):
        assert words in words_of(page("en"))
    for words in ("价值如何分布", "客户何时回购", "客户处于哪一阶段", "近90天的流转"):
        assert words in words_of(page("zh"))


def test_the_spread_is_that_of_segmentation() -> None:
    rfm = segmentation.rfm(purchases(), as_of=AS_OF)
    share = segmentation.top_share(rfm, 0.2)
    assert f"20% 6 {share:.0%}" in text("spread-1")
    assert f"{segmentation.gini(rfm):.2f} " in text("spread-1")


def test_who_came_back_is_told_by_days_with_its_interval() -> None:
    curve = segmentation.repeat_curve(purchases(), as_of=AS_OF)
    assert f"60 days {curve.ended_within(60):.0%} " in text("returns")
    assert re.search(r"30 days 0% 0% – 0% \d+", text("returns"))
    assert "60天内" in text("returns", "zh")


def test_cohorts_stand_in_a_table_with_their_sum() -> None:
    table = section("returns").split("<table class=")[1]
    rows = [words_of(row) for row in re.findall("<tr>.*?</tr>", table, re.DOTALL)]
    assert rows[0].split()[:4] == ["Month", "Began", "1", "2"]
    assert len({row.count("<td") for row in re.findall("<tr>.*?</tr>", table, re.DOTALL)[1:]}) == 1
    began = [int(row.split()[1]) for row in rows[1:]]
    assert began[-1] == sum(began[:-1]) == 30
    assert any("≥" in row for row in rows[1:-1])


def test_stages_then_and_now_add_up() -> None:
    outline = text("stages")
    rows = re.findall(r"(New|Active|At risk|Dormant|Lost|All) (\d+) (\d+) ([+−]?\d+)", outline)
    numbers = {name: (int(before), int(after)) for name, before, after, _ in rows}
    total = numbers.pop("All")
    assert total == tuple(map(sum, zip(*numbers.values(), strict=True)))
    assert total[1] == 30
    assert "At risk: no purchase for more than 30 days; dormant: more than 90; lost: more than 180." in outline


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_too_few_customers_get_a_sentence(lang: Any) -> None:
    few = purchases().head(6)
    made = sketched_page(bare(spread=(spread(customers=9),), returns=returns(few), stages=stages(few)), lang)
    words = words_of(made)
    if lang == "en":
        assert "Too few customers with a purchase to say (9); from 10 on" in words
        assert "Too few customers with a purchase to say (4); from 20 on" in words
    else:
        assert "有购买的客户仅9位" in words
        assert "有购买的客户仅4位" in words
    assert made.count("<figure") == 1, "the flow is right however few there are"


def test_nobody_at_all_gets_sentences() -> None:
    nobody = purchases().head(0)
    words = words_of(render(bare(spread=(spread(customers=0),), returns=returns(nobody), stages=stages(nobody))))
    assert words.count("Too few customers with a purchase to say (0)") == 2
    assert "No customer has bought anything yet." in words


def test_customers_who_all_are_new_get_no_flow() -> None:
    new = purchases().assign(moment=AS_OF - timedelta(days=5))
    made = sketched_page(bare(returns=returns(new), stages=stages(new)))
    assert "Nobody was a customer 90 days ago" in words_of(made)
    assert "No cohort has a later month behind it yet" in words_of(made)
    assert "New 0 30 +30 100%" in words_of(made)


def test_an_old_shop_shows_its_newest_months() -> None:
    rows = [(f"c{n}", AS_OF - timedelta(days=30 * n + 3), 5) for n in range(40)]
    old = pd.DataFrame(rows, columns=["customer", "moment", "amount"])
    made = sketched_page(bare(returns=returns(old)))
    assert "The newest 13 of 38 months with new customers." in words_of(made)
    assert made.count('<tr><th scope="row">202') == 13
    assert "2026-11" in made
    assert "2024-01" not in made


def test_other_frames_and_engines_do_too() -> None:
    polars = pytest.importorskip("polars")
    as_polars = ReturnSection(
        cohorts=polars.from_pandas(returns().cohorts).lazy(), curve=polars.DataFrame(returns().curve.columns())
    )
    flow = StageSection(flow=polars.from_pandas(stages().flow))
    spreads = (type(spread())(currency="CNY", curve=polars.from_pandas(spread().curve)),)
    data = bare(spread=(spread(),), returns=returns(), stages=stages())
    assert sketched_page(bare(spread=spreads, returns=as_polars, stages=flow)) == sketched_page(data)


def test_without_pictures_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "vl_convert", None)
    made = render(bare(spread=(spread(),), returns=returns(), stages=stages()))
    assert "<figure" not in made
    assert '<details class="same" open>' in made
    assert "Prospect to" in words_of(made)
    Outline(made)


@pytest.mark.parametrize("days", [0, -1])
def test_two_moments_are_a_day_apart_at_least(days: int) -> None:
    with pytest.raises(InputError, match="at least 1"):
        StageSection(flow=stages().flow, days=days)
