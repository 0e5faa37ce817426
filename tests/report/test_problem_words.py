"""Every problem that a report can hold is said in Chinese."""

from __future__ import annotations

import re
from pathlib import Path

from report.report_data import bare

import crmkit
from crmkit.errors import CurrencyMismatch
from crmkit.importers import PROBLEM_CODES
from crmkit.problems import Problem
from crmkit.report import render
from crmkit.report.problem_words import CHINESE
from crmkit.segmentation.report import REASONS


def codes_of_intake() -> set[str]:
    rooms = [Path(crmkit.__file__).parent / room for room in ("intake", "loyalty")]
    source = "".join(path.read_text(encoding="utf-8") for room in rooms for path in room.glob("*.py"))
    return set(re.findall(r"\bcode=\"(\w+)\",", source))


def test_every_code_has_a_chinese_sentence() -> None:
    found = codes_of_intake()
    assert {"refused_order", "another_buyer", "negative_line"} <= found
    frames = {*REASONS, "flat", "nothing_seen", "float_ids", "ids_like_missing", "open_window"}
    assert set(CHINESE) == set(PROBLEM_CODES) | found | {"no_award", CurrencyMismatch.code} | frames
    assert all(re.search("[一-鿿].*。$", sentence) for sentence in CHINESE.values())


def test_the_chinese_page_says_it_and_the_english_one_keeps_its_own_sentence() -> None:
    problem = Problem(source="orders.csv", line=3, code="bad_money", reason="is not an amount of money")
    chinese, english = (render(bare(problems=(problem,)), lang=lang) for lang in ("zh", "en"))
    assert chinese.count(CHINESE["bad_money"]) == 2
    assert "is not an amount of money" in chinese
    assert CHINESE["bad_money"] not in english


def test_a_code_that_nobody_knows_keeps_its_sentence() -> None:
    page = render(bare(problems=(Problem(source="x", code="of_a_host", reason="the host's own word"),)), lang="zh")
    assert page.count("the host&#39;s own word") == 2
