"""The page for reviewing by hand: what must stand on it, what must not, and that it loads nothing."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest

from crmkit.errors import InputError
from crmkit.identity import Level, LinkModel, ReviewCase, ReviewSide, explanation
from crmkit.report import render_review, write_review
from crmkit.report.review_strings import REVIEW_STRINGS

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
MODEL = LinkModel(
    comparisons={
        "name": (Level(name="same", m=0.6, u=2e-4), Level(name="else", m=0.12, u=0.99)),
        "email": (
            Level(name="same", m=0.9, u=1e-6), Level(name="same user", m=0.05, u=1e-5),
            Level(name="near", m=0.03, u=1e-5), Level(name="else", m=0.02, u=0.99),
        ),
        "card": (Level(name="same", m=0.98, u=4e-6), Level(name="else", m=0.02, u=0.99)),
    }
)  # fmt: skip


def a_case(left: str = "web/shop/1", right: str = "jd/shop/2", reason: str = "name") -> ReviewCase:
    told = explanation(
        MODEL, {"name": 1, "email": 0}, frequency={"email": 0.5}, left=left, right=right, decision="refused", by="name"
    )
    return ReviewCase(
        reason=reason, explanation=told, merged="web/shop/1",
        left=ReviewSide(
            record=left, person="web/shop/1", records=3, first="2026-01-01", last="2026-02-01",
            values={"name": (("王*明", 3),), "email": (("m***@example.com", 2),), "shop": (("web shop", 3),)},
        ),
        right=ReviewSide(
            record=right, person="jd/shop/2", records=7, first="2026-03-01", last="2026-03-01",
            values={"name": tuple((f"李*{n}", 1) for n in range(6)), "email": (("m***@example.com", 1),)},
        ),
    )  # fmt: skip


def words_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL)).split())


def test_a_case_stands_side_by_side_with_why_and_what_would_change() -> None:
    words = words_of(render_review([a_case()], generated_at=AT))
    for told in (
        "One pair of persons waits", "Person A Person B", "Name 王*明 ×3", "Something strong in common, unlike names",
        "and 2 more", "2026-01-01 – 2026-02-01", "name: different", "e-mail: the same (of which rarity +0.50)",
        "Nothing to compare: card.", "two persons, of 3 and 7 records", "one person of 10 records, known as web/shop/1",
        "Names, numbers and addresses are masked",
    ):  # fmt: skip
        assert told in words, told


def test_it_speaks_chinese() -> None:
    page = render_review([a_case()], generated_at=AT, lang="zh")
    assert '<html lang="zh-CN">' in page
    words = words_of(page)
    for told in ("是否为同一人？", "姓名：不同", "合并后：一人，共10条记录", "无可比较：会员卡。", "另有2个"):
        assert told in words, told
    assert not re.search(
        r"[A-Za-z]{4,} [A-Za-z]{4,} [A-Za-z]{4,} [A-Za-z]{4,}", words.split("crmkit identity merge")[0]
    )


def test_the_command_can_be_copied_into_a_shell() -> None:
    page = render_review([a_case("web/my shop/1", "jd/o'hara/2")], generated_at=AT, url="sqlite:///shop.db")
    (code,) = re.findall(r'<code class="code command">(.*?)</code>', page)
    words = shlex.split(unescape(re.sub("<[^>]+>", "", code)))
    assert words[:5] == ["crmkit", "identity", "merge", "web/my shop/1", "jd/o'hara/2"]
    assert words[5:] == ["--db", "sqlite:///shop.db", "--by", "YOUR-NAME", "--reason", "seen on the review page"]


def test_a_case_that_the_database_keeps_can_be_rejected() -> None:
    kept, other = a_case("web/shop/1", "jd/shop/2"), a_case("web/shop/3", "jd/shop/4")
    words = words_of(render_review([kept, other], generated_at=AT, kept=[("web/shop/1", "jd/shop/2")]))
    assert "If they are two: crmkit identity reject web/shop/1 jd/shop/2 --db" in words
    assert words.count("identity reject") == 1
    assert words.count("nothing need be done") == 1


def test_nothing_is_loaded_and_nothing_runs() -> None:
    evil = "<script>alert(1)</script>"
    page = render_review([a_case(evil, reason=evil)], generated_at=AT, title=evil)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "default-src 'none'" in page
    assert "src=" not in page.replace("default-src", "")
    assert "http://" not in page
    assert "https://" not in page


def test_a_first_page_says_of_how_many() -> None:
    words = words_of(render_review([a_case(), a_case()], generated_at=AT, total=1234))
    assert "the strongest 2 of 1,234 pairs" in words
    assert "Case 2" in words


def test_a_page_of_plain_values_says_so() -> None:
    assert "personal data as it is" in words_of(render_review([a_case()], generated_at=AT, is_masked=False))


def test_bars_and_marks_lie_on_the_scale() -> None:
    page = render_review([a_case()], generated_at=AT)
    bars = re.findall(r'style="left:([\d.]+)%;width:([\d.]+)%"', page)
    assert len(bars) == 4  # prior, name, e-mail, weight
    assert all(0 <= float(left) <= float(left) + float(width) <= 100 for left, width in bars)
    assert all(0 < float(mark) < 100 for mark in re.findall(r'<b style="left:([\d.]+)%"', page))


def test_both_languages_say_everything() -> None:
    assert set(REVIEW_STRINGS["en"]) == set(REVIEW_STRINGS["zh"])
    for key, words in REVIEW_STRINGS["en"].items():
        assert sorted(re.findall(r"{(\w+)}", words)) == sorted(re.findall(r"{(\w+)}", REVIEW_STRINGS["zh"][key]))


def test_writing_leaves_the_whole_page_or_the_old_one(tmp_path: Path) -> None:
    page = tmp_path / "review.html"
    page.write_text("old")
    with pytest.raises(InputError):
        write_review([], page, generated_at=AT, lang="fr")  # type: ignore[arg-type]
    assert page.read_text() == "old"
    write_review([a_case()], page, generated_at=AT)
    assert page.read_text(encoding="utf-8") == render_review([a_case()], generated_at=AT)
    assert list(tmp_path.iterdir()) == [page]


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(InputError):
        render_review([], generated_at=datetime(2026, 11, 24))  # noqa: DTZ001
