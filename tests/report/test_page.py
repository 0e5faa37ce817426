"""The page: complete, self-contained, and safe whatever people call themselves."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from functools import cache, partial
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import attrs
import pytest
from report.report_data import AS_OF, STATES, bare, cny, full, rfm_frame, usd
from report.sketches import sketched

from crmkit.errors import InputError, MissingExtraError
from crmkit.problems import Problem
from crmkit.report import Merge, OpenTicket, ReportData, RfmSection, Source, WaitingOrder, render, write

EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&{{ 7 * 7 }}"
VOID = {"meta", "link", "br", "img", "input", "hr"}


class Outline(HTMLParser):
    """Keeps the tags, the headings and the text of a page, and checks that elements are closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text.append(data)


def words_of(page: str) -> str:
    return re.sub(r"\s+", " ", " ".join(Outline(page).text))


def sketched_page(data: ReportData, lang: Any = None) -> str:
    """The page of `data` without its pictures."""
    with sketched():
        return render(data, lang=lang)


def text_of(data: ReportData) -> str:
    return words_of(sketched_page(data))


@cache
def _full_page(lang: Any) -> str:
    return render(full(), lang=lang) if lang == "en" else sketched_page(full(), lang)


def full_page(lang: Any = "en") -> str:
    """The whole page, in English with its pictures, in Chinese with sketches of them; each made once."""
    return _full_page(lang)


@cache
def _full_text(lang: Any) -> str:
    return words_of(full_page(lang))


def full_text(lang: Any = "en") -> str:
    return _full_text(lang)


PAGES = [
    pytest.param(partial(full_page, "en"), id="full-en"),
    pytest.param(partial(full_page, "zh"), id="full-zh"),
    pytest.param(lambda: render(bare()), id="bare-en"),
    pytest.param(lambda: render(bare(), lang="zh"), id="bare-zh"),
]


@pytest.mark.parametrize("made", PAGES)
def test_the_page_loads_nothing_and_runs_nothing(made: Callable[[], str]) -> None:
    page = made()
    outline = Outline(page)
    assert {tag for tag, _ in outline.tags} & {"script", "link", "img", "iframe", "object", "base", "form"} == set()
    assert not [name for _, attributes in outline.tags for name in attributes if name.startswith("on")]
    assert not [attributes for _, attributes in outline.tags if {"src", "href", "action"} & attributes.keys()]
    assert set(re.findall(r"https?://[^\"'\s]+", page)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    assert not re.search(r"@import|url\((?!#)", page)
    assert "default-src 'none'" in page


@pytest.mark.parametrize("page", PAGES)
def test_the_page_can_be_read_aloud(page: Callable[[], str]) -> None:
    outline = Outline(page())
    names = [tag for tag, _ in outline.tags]
    assert outline.tags[0][0] == "html"
    assert outline.tags[0][1]["lang"] in ("en", "zh-CN")
    levels = [int(tag[1]) for tag in names if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    assert names.count("table") == names.count("caption")
    assert all(attributes.get("scope") in ("row", "col") for tag, attributes in outline.tags if tag == "th")
    ids = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    wanted = {name for _, attributes in outline.tags for name in (attributes.get("aria-labelledby") or "").split()}
    assert wanted <= set(ids)


def test_the_money_adds_up_in_words_too() -> None:
    text = full_text()
    assert "CNY 1,234.50 − 34.50 − 100.00 − 5.00 = 1,095.00 paid; 1,095.00 − 95.00 = 1,000.00 net." in text
    assert "Less other differences CNY −5.00 USD 0.00" in text
    assert "Net CNY 1,000.00 USD 70.00" in text
    assert "and USD 70.00" in text


def test_refunds_of_unknown_amount_are_told() -> None:
    text = full_text()
    assert "Of 2 orders in CNY the files say that money went back" in text
    assert "may be up to CNY 60.00 lower" in text
    assert "Of 1 order in USD" in text
    assert "有2笔CNY订单存在退款但文件未注明金额，净收入最多可能减少¥60.00。" in full_text("zh")


def test_statuses_that_do_not_add_up_are_told() -> None:
    assert "The statuses count 16 orders and the totals 14" in full_text()
    assert "The statuses count" not in text_of(full(by_status={"paid": 14}, rfm=()))


def test_who_waits_longest_comes_first_and_sums_stay_apart() -> None:
    text = full_text()
    assert "Waiting for payment 3 · CNY 30.50 · USD 7.00" in text
    assert text.index("401") < text.index("402") < text.index("403")
    assert "13 Nov 2026" not in text
    assert "15 Nov 2026 8 CNY 10.50" in text


def test_dates_are_those_of_the_shop() -> None:
    assert "Up to and including 23 November 2026 Made on 24 Nov 2026, 09:12" in full_text()
    assert "截至2026年11月23日（含当日） 生成时间：2026年11月24日 09:12" in full_text("zh")


def test_every_problem_is_listed_by_kind() -> None:
    text = full_text()
    assert text.index("damaged_identifier 2") < text.index("bad_money 1") < text.index("no_time 1")
    assert "orders.csv 4 订单编号 4.03E+18 lost digits orders.csv 31" in text
    assert "orders.xlsx/Sheet1 7 1.2.3 is no amount of money" in text
    many = tuple(Problem(source="a.csv", line=line, code="bad_date", reason=f"reason {line}") for line in range(1, 501))
    page = render(bare(problems=many))
    assert page.count('<td class="text">reason') == 500 + 1
    assert "<details>" in page


def test_points_and_tickets_are_shown() -> None:
    text = full_text()
    assert (
        "Issued 1,000 Less redeemed −300 Less taken back after refunds −95 Less lapsed −5 Other corrections 10" in text
    )
    assert "Call 138****0012 A** Open mei 20 Nov 2026 3 t-open" in text
    assert all(f"t-{state}" in text for state in STATES)
    assert "at_carrier" in text


def test_people_are_masked() -> None:
    page = full_page()
    for secret in ("陈小美", "Ada", "Byron", "13800000012", "mei@example.com", "mei_shop"):
        assert secret not in page
    assert "m***@example.com" in page


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_names_are_text_whatever_they_hold(lang: Any) -> None:
    evil_order = WaitingOrder(number=EVIL, platform=EVIL, shop=EVIL, kind="payment", amount=cny("1"), customer=EVIL)
    data = full(
        shop=EVIL,
        title=EVIL,
        by_status={EVIL: 1},
        customers=attrs.evolve(full().customers, merged=(Merge(EVIL, (EVIL, f"a:{EVIL}")),)),
        rfm=(RfmSection(currency="CNY", frame=rfm_frame().assign(segment=EVIL)),),
        waiting=(evil_order,),
        tickets=(OpenTicket(id=EVIL, subject=EVIL, state=EVIL, opened_at=AS_OF, assignee=EVIL, customer=EVIL),),
        problems=(Problem(source=EVIL, code=EVIL, reason=EVIL, column=EVIL, value=EVIL, sheet=EVIL),),
        sources=(Source(name=EVIL, format=EVIL),),
    )
    # The picture that shows names is drawn in one language: its text is escaped the same way in both.
    pictured = bare(rfm=data.rfm)
    drawn = render(pictured) if lang == "en" else sketched_page(pictured, lang)
    outline = Outline(sketched_page(attrs.evolve(data, rfm=()), lang) + drawn)
    assert not {"script", "img"} & {tag for tag, _ in outline.tags}
    assert "{{ 7 * 7 }}" in " ".join(outline.text)


def test_both_schemes_have_their_picture_and_paper_takes_the_light_one() -> None:
    page = full_page()
    assert page.count('<div class="on-light"><svg') == page.count('<div class="on-dark"><svg') == 6
    assert page.count("<desc") == 12
    assert "@media screen and (prefers-color-scheme: dark)" in page
    assert "@media print" in page
    assert not re.search(r"@media \(prefers-color-scheme", page)


def test_the_key_segments_are_told_in_sentences() -> None:
    assert "of the money comes from 4 champions" in full_text()
    assert "of the money comes from one champion" in full_text()
    assert "的收入来自4位冠军客户" in full_text("zh")


@pytest.mark.parametrize("missing", ["altair", "vl_convert"])
def test_without_pictures_the_table_stands_alone(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    page = render(full())
    assert "<svg" not in page
    assert "crmkit[charts]" in page
    assert "Champions" in page


def test_without_jinja_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingExtraError, match=re.escape("crmkit[cli]")):
        render(bare())


def test_the_same_values_give_the_same_page() -> None:
    assert sketched_page(full()) == sketched_page(full())


def test_a_share_of_nothing_is_no_number() -> None:
    frame = rfm_frame().assign(monetary=0)
    text = text_of(full(rfm=(RfmSection(currency="CNY", frame=frame),)))
    assert "champions" not in text
    assert "Champions" in text


def test_naive_instants_and_unknown_languages_are_refused() -> None:
    with pytest.raises(InputError):
        bare(as_of=datetime(2026, 11, 24))  # noqa: DTZ001  # the mistake that is tested
    with pytest.raises(InputError):
        bare(lang="de")
    with pytest.raises(InputError):
        render(bare(), lang="de")  # type: ignore[arg-type]  # the mistake that is tested


def test_the_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "crmkit-report.html"
    with sketched():
        assert write(full(), target) == target
    assert target.read_text(encoding="utf-8") == sketched_page(full())
    write(bare(shop="lone \ud800 surrogate"), str(target))
    assert "lone ? surrogate" in target.read_text(encoding="utf-8")

    def fails(*_: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.replace", fails)
    with pytest.raises(OSError, match="disk full"):
        write(bare(), target)
    assert "lone ? surrogate" in target.read_text(encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


def test_currencies_keep_their_own_sign() -> None:
    assert "¥1,000.00" in full_text("zh")
    assert "USD 70.00" in full_text("zh")
    assert usd("70").currency == "USD"


@pytest.mark.parametrize("module", ["crmkit.charts", "crmkit.report"])
def test_importing_is_cheap(module: str) -> None:
    code = f"import sys, {module}; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"altair", "vl_convert", "jinja2", "narwhals", "pandas", "numpy", "sqlalchemy"} & set(loaded)
