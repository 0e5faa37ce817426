"""What pictures say, in English and Chinese, and a picture's numbers in words for those who do not see it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from crmkit.charts.cells import SegmentShare, segment_shares
from crmkit.charts.figures import amount, check_language, count, share
from crmkit.charts.palette import BANDS
from crmkit.segmentation.labels import Language, label

__all__ = ["WORDS", "band_names", "joined", "rfm_words"]


def _words(**texts: tuple[str, str]) -> Mapping[Language, Mapping[str, str]]:
    english = {key: both[0] for key, both in texts.items()}
    chinese = {key: both[1] for key, both in texts.items()}
    return MappingProxyType({"en": MappingProxyType(english), "zh": MappingProxyType(chinese)})


WORDS = _words(
    recency=("Bought last: long ago (1) to lately ({k})", "最近购买：较久（1）至最近（{k}）"),
    frequency=("Buys: seldom (1) to often ({k})", "购买频次：偶尔（1）至经常（{k}）"),
    value=("Share of the money", "金额占比"),
    customers=("Share of the customers", "客户占比"),
    nothing=("nothing", "无"),
    below=("below {high}", "低于{high}"),
    between=("{low} to {high}", "{low}至{high}"),
    from_=("{low} and more", "{low}及以上"),
    segment=("Segment", "客群"),
    customers_here=("Customers", "客户数"),
    money_here=("Money", "金额"),
    all=(
        "{customers} customers brought {amount} in all.",
        "共{customers}位客户，累计{amount}。",
    ),
    one=(
        "{label}: {customers} ({customer_share} of the customers) with {amount} ({value_share} of the money).",
        "{label}：{customers}位（占客户{customer_share}），{amount}（占金额{value_share}）。",
    ),
    nobody=("There are no customers to show.", "暂无可显示的客户。"),
    periods=(
        "Periods since the first purchase; framed, how many began",
        "距首次购买的周期数；加框为该批客户数",
    ),
    periods_small=("Periods since the first purchase; framed, the first", "距首次购买的周期数；加框为首期"),
    cohort=("First purchase", "首次购买"),
    rate=(
        "Bought in the period (hatched: it is not over, at least so many)",
        "当期复购占比（斜纹：周期未结束，至少如此）",
    ),
    rate_here=("Bought in the period", "当期购买"),
    period_here=("Period", "周期"),
    cohorts_all=(
        "{cohorts} cohorts from {first} to {last}, {customers} customers in all.",
        "{first}至{last}共{cohorts}批客户，合计{customers}位。",
    ),
    cohorts_one=("One cohort, {first}, of {customers} customers.", "仅有{first}一批客户，共{customers}位。"),
    cohort_at=(
        "Of those who could be seen in period {k}, {rate} bought ({came} of {size}).",
        "在第{k}个周期，可观察客户中{rate}有购买（{size}位中{came}位）。",
    ),
    cohort_open=("{n} cells are not over yet.", "另有{n}格周期尚未结束。"),
    days=("Days after the purchase", "购买后天数"),
    came_back=("Bought again by then", "届时已复购"),
    watched=("Still watched", "仍在观察"),
    interval=("95% interval", "95%区间"),
    repeat_by=(
        "Within {days} days {share} bought again (95% interval {low} to {high}).",
        "{days}天内{share}复购（95%区间{low}至{high}）。",
    ),
    repeat_all=(
        "{n} customers were watched, {ended} of them until they bought again and {open} who have not yet.",
        "共观察{n}位客户，其中{ended}位已复购，{open}位尚未复购。",
    ),
    repeat_half=("Half of them come back within {days} days.", "半数客户在{days}天内复购。"),
    repeat_no_half=("Fewer than half have come back so far.", "目前复购者不足半数。"),
    top_customers=("Customers, those who spend most first", "客户占比（由高到低）"),
    top_products=("Products, those that sell most first", "商品占比（由高到低）"),
    held=("Share of the money that they bring", "累计金额占比"),
    equal=("if all were equal", "完全均等"),
    top_label=("The top {part} bring {share}", "前{part}贡献{share}"),
    gini=("Gini coefficient {gini}", "基尼系数{gini}"),
    spread_customers=(
        "The top {part} of {n} customers bring {share} of the money.",
        "{n}位客户中前{part}贡献金额的{share}。",
    ),
    spread_products=(
        "The top {part} of {n} products bring {share} of the money.",
        "{n}种商品中前{part}贡献金额的{share}。",
    ),
    spread_gini=(
        "The Gini coefficient is {gini}: 0 where all bring the same, near 1 where one brings everything.",
        "基尼系数为{gini}：0表示完全均等，接近1表示集中于一人。",
    ),
    flow_from=("Before", "此前"),
    flow_to=("After", "此后"),
    everybody=("All", "合计"),
    flow_share=("Share of those who were there before", "占此前该类客户的比例"),
    flow_all=(
        "{customers} customers, of whom {stayed} are where they were.",
        "共{customers}位客户，其中{stayed}位未变动。",
    ),
    flow_one=("{before} to {after}: {customers} ({share}).", "{before}→{after}：{customers}位（{share}）。"),
)
"""Everything a picture says, by language and key."""


def band_names(lang: Language, starts: tuple[Decimal, ...] = BANDS) -> list[str]:
    """Returns what a legend calls each step of the palette.

    Example:
        >>> band_names("en")
        ['nothing', 'below 2%', '2% to 5%', '5% to 10%', '10% to 20%', '20% and more']
    """
    words, marks = WORDS[lang], [share(start) for start in starts[1:]]
    between = [words["between"].format(low=low, high=high) for low, high in pairwise(marks)]
    return [words["nothing"], words["below"].format(high=marks[0]), *between, words["from_"].format(low=marks[-1])]


def joined(sentences: list[str], lang: Language) -> str:
    """Returns sentences as one text, apart as the language has it.

    Example:
        >>> joined(["One.", "Two."], "en"), joined(["一。", "二。"], "zh")
        ('One. Two.', '一。二。')
    """
    return ("" if lang == "zh" else " ").join(sentences)


def rfm_words(frame: Any, *, lang: Language = "en", currency: str | None = None) -> str:
    r"""Returns the numbers of an RFM picture as plain sentences, one for all and one for each segment.

    Args:
        frame: Result of `segmentation.rfm`, any frame that Narwhals takes.
        lang: "en" or "zh".
        currency: ISO 4217 code of the column `monetary`, or None where it is not known.

    Raises:
        FrameError: A column is missing.
        InputError: An unknown language or currency.

    Example:
        >>> import pandas as pd
        >>> rfm = pd.DataFrame({"r": [5, 1], "f": [5, 1], "monetary": [30, 10], "segment": ["champions", "lost"]})
        >>> for sentence in rfm_words(rfm, currency="EUR").split(". "):
        ...     print(sentence.replace("\xa0", " "))
        2 customers brought EUR 40.00 in all
        Champions: 1 (50% of the customers) with EUR 30.00 (75% of the money)
        Lost: 1 (50% of the customers) with EUR 10.00 (25% of the money).
    """
    words = WORDS[check_language(lang)]
    shares = segment_shares(frame)
    if not shares:
        return words["nobody"]
    total = sum((one.value for one in shares), Decimal(0))
    customers = count(sum(one.customers for one in shares))
    first = words["all"].format(customers=customers, amount=amount(total, currency, lang))
    rest = [_sentence(one, words["one"], lang, currency) for one in shares]
    return joined([first, *rest], lang)


def _sentence(one: SegmentShare, pattern: str, lang: Language, currency: str | None) -> str:
    return pattern.format(
        label=label(one.segment or "–", lang),
        customers=count(one.customers),
        customer_share=share(one.customer_share),
        amount=amount(one.value, currency, lang),
        value_share=share(one.value_share),
    )
