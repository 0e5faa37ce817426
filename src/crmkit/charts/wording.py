"""What pictures say, in English and Chinese, and a picture's numbers in words for those who do not see it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from crmkit.charts.cells import SegmentShare, segment_shares
from crmkit.charts.figures import amount, check_language, count, share
from crmkit.segmentation.labels import Language, label

__all__ = ["WORDS", "rfm_words"]


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
)
"""Everything a picture says, by language and key."""


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
    return ("" if lang == "zh" else " ").join([first, *rest])


def _sentence(one: SegmentShare, pattern: str, lang: Language, currency: str | None) -> str:
    return pattern.format(
        label=label(one.segment or "–", lang),
        customers=count(one.customers),
        customer_share=share(one.customer_share),
        amount=amount(one.value, currency, lang),
        value_share=share(one.value_share),
    )
