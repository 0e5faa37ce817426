"""The words of the page for reviewing by hand, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from crmkit.segmentation.labels import Language

__all__ = ["REVIEW_STRINGS", "say_of_review"]

_BOTH: Mapping[str, tuple[str, str]] = MappingProxyType({
    "title": ("One person or two?", "是否为同一人？"),
    "made": ("Made on {moment}", "生成时间：{moment}"),
    "shown_one": ("One pair of persons waits for a human", "共1对待人工核查"),
    "shown_all": ("{n} pairs of persons wait for a human", "共{n}对待人工核查"),
    "shown_some": ("the strongest {n} of {all} pairs that wait for a human", "共{all}对待核查，此处为权重最高的{n}对"),
    "intro": (
        "Each case shows two persons side by side, what speaks for their being one and what against, and what would "
        "change. Nothing changes until somebody runs the command below a case; a merge can be undone exactly "
        "(crmkit identity unmerge).",
        "每项并列两人的信息、支持与反对的依据以及合并后的变化。只有执行所附命令才会合并，"
        "合并可原样撤销（crmkit identity unmerge）。",
    ),
    "masked": (
        "Names, numbers and addresses are masked. This page is one file: it loads nothing and sends nothing.",
        "姓名、号码与地址均已脱敏。本页为单一文件，不加载也不发送任何数据。",
    ),
    "open_values": (
        "This page shows personal data as it is: keep it where the orders are kept. It loads and sends nothing.",
        "本页包含未脱敏的个人信息，请按订单数据同等保管。本页不加载也不发送任何数据。",
    ),
    "case": ("Case {n}", "第{n}项"),
    "nothing": ("Nothing waits for a human.", "暂无待核查项。"),
    "by_reason": ("Why they wait", "核查原因"),
    "pairs": ("Pairs", "对数"),
    "weight": ("{weight} bits, p {p}", "{weight}比特，概率{p}"),
    "side_a": ("Person A", "甲"),
    "side_b": ("Person B", "乙"),
    "field": ("What is told", "项目"),
    "record": ("Record", "记录"),
    "records": ("Records", "记录数"),
    "seen": ("Seen", "出现时间"),
    "shop": ("Shops", "店铺"),
    "more": ("and {n} more", "另有{n}个"),
    "why": ("Why", "依据"),
    "step": ("What was compared", "比较项"),
    "bits": ("Bits", "比特"),
    "scale": (
        "Plus speaks for one person, minus against; each bit more makes it twice as likely. "
        "Dashed lines: from {review} a human looks, from {accept} two are one.",
        "正值支持同一人，负值反对；每增加1比特，可能性翻倍。虚线：达到{review}由人工核查，达到{accept}自动合并。",
    ),
    "change": ("What would change", "合并后的变化"),
    "before": ("Now: two persons, of {a} and {b} records.", "目前：两人，分别有{a}条与{b}条记录。"),
    "after": ("Merged: one person of {n} records, known as {id}.", "合并后：一人，共{n}条记录，编号{id}。"),
    "if_one": ("If they are one:", "若为同一人："),
    "if_two_kept": ("If they are two:", "若为不同的人："),
    "if_two": ("If they are two, nothing need be done.", "若为不同的人，无需操作。"),
    "reason_text": ("seen on the review page", "经核查页面确认"),
    "you": ("YOUR-NAME", "您的姓名"),
    "reason_model": ("One person by weight, and two in the database", "按权重为同一人，库中为两人"),
    "reason_rule": ("One person by rule, and two in the database", "按规则为同一人，库中为两人"),
    "reason_band": ("The weight lies between no and yes", "权重介于否与是之间"),
    "reason_household": ("Perhaps two people of one household", "可能为同一家庭的两人"),
    "reason_name": ("Something strong in common, unlike names", "有强关联信息但姓名不相近"),
    "reason_surname": ("Something strong in common, other surnames", "有强关联信息但姓氏不同"),
    "reason_size": ("The person would have too many records", "合并后记录过多"),
    "reason_distinct": ("Both from a source that has each person once", "同属每人仅一条的来源"),
    "reason_veto": ("Somebody decided that they are two", "曾由人工判定为不同的人"),
})  # fmt: skip


def _by_language(place: int) -> Mapping[str, str]:
    return MappingProxyType({key: both[place] for key, both in _BOTH.items()})


REVIEW_STRINGS: Mapping[Language, Mapping[str, str]] = MappingProxyType({"en": _by_language(0), "zh": _by_language(1)})
"""From language and key to the words."""


def say_of_review(lang: Language, key: str, **values: Any) -> str:
    """Returns the words of a key with values filled in; a reason without words is its own.

    Example:
        >>> say_of_review("en", "more", n=3), say_of_review("zh", "reason_band")
        ('and 3 more', '权重介于否与是之间')
    """
    return REVIEW_STRINGS[lang].get(key, key.removeprefix("reason_")).format(**values)
