"""The page says the same in both languages, and every word that it has."""

from __future__ import annotations

import re
import string
from datetime import timedelta
from typing import Any

import pandas as pd
import pytest
from report.report_data import AS_OF, bare, full, one_cell_each, purchases, returns, rfm_frame, spread, stages
from report.sketches import VIEWS, no_picture, sketched

from crmkit.charts.wording import WORDS
from crmkit.report import RfmSection, page, render, strings
from crmkit.report.model import CurrencyTotals


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("words", [strings.STRINGS, WORDS], ids=["page", "pictures"])
def test_both_languages_have_the_same_keys_and_values(words: Any) -> None:
    assert words["en"].keys() == words["zh"].keys()
    for key, english in words["en"].items():
        chinese = words["zh"][key]
        assert english.strip(), key
        assert chinese.strip(), key
        assert fields(chinese) == fields(english) or key.endswith("_one"), key


def test_chinese_is_chinese() -> None:
    plain = [key for key, text in strings.STRINGS["zh"].items() if not re.search("[\u4e00-\u9fff]", text)]
    assert plain == []


def test_every_key_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    used: set[str] = set()
    say = strings.say

    def listening(lang: Any, key: str, **values: Any) -> str:
        used.add(key)
        return say(lang, key, **values)

    monkeypatch.setattr(strings, "say", listening)
    for module in (page, *VIEWS):
        monkeypatch.setattr(module, "say", listening)
    one = full().totals[0]
    with sketched():
        render(full())
    with sketched(no_picture):
        render_every_case(one)
    assert strings.STRINGS["en"].keys() - used == set()


def render_every_case(one: CurrencyTotals) -> None:
    """Renders pages that together say everything else that a page can say."""
    render(full(rfm=(RfmSection(currency="CNY", frame=rfm_frame()),), totals=(one,)))
    render(bare(rfm=(RfmSection(currency="CNY", frame=one_cell_each().head(0)),), tickets=()))
    nobody = purchases().head(0)
    render(bare(spread=(spread(),), returns=returns(nobody), stages=stages(nobody)))
    new = purchases().assign(moment=AS_OF - timedelta(days=5))
    render(bare(returns=returns(new), stages=stages(new)))
    rows = [(f"c{n}", AS_OF - timedelta(days=30 * n + 3), 5) for n in range(20)]
    render(bare(returns=returns(pd.DataFrame(rows, columns=["customer", "moment", "amount"]))))
    single = CurrencyTotals(currency="CNY", orders=1, placed=one.net, paid=one.net, refund_unknown_orders=1)
    points = full().points
    render(full(totals=(single,), points=type(points)(issued=5, owed=6)))
