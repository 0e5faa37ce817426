"""What an explanation says, in English and Chinese: comparisons, levels, decisions, guards."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from crmkit.errors import InputError

__all__ = ["Language", "check_language", "comparison_label", "level_label", "phrase"]

Language = Literal["en", "zh"]

_COMPARISONS: Mapping[str, tuple[str, str]] = MappingProxyType({
    "name": ("name", "姓名"), "phone": ("phone", "电话"), "email": ("e-mail", "邮箱"), "account": ("account", "账号"),
    "card": ("card", "会员卡"), "payer": ("payer", "付款账户"), "birthday": ("birthday", "生日"),
    "address": ("address", "地址"),
})  # fmt: skip
_LEVELS: Mapping[tuple[str, str], tuple[str, str]] = MappingProxyType({
    ("", "same"): ("the same", "相同"),
    ("", "near"): ("nearly the same", "相近"),
    ("", "else"): ("different", "不同"),
    ("name", "same reading"): ("the same reading", "读音相同"),
    ("name", "masked, last character"): ("one is masked; what is visible fits", "一方脱敏，可见字相符"),
    ("name", "masked, length"): ("one is masked; surname and length fit", "一方脱敏，姓氏与字数相符"),
    ("name", "surname"): ("the same surname", "姓氏相同"),
    ("phone", "mask"): ("one is masked; the visible digits fit", "一方脱敏，可见数字相符"),
    ("phone", "one digit"): ("one digit differs", "仅差一位"),
    ("email", "same user"): ("the same before the @", "@ 前相同"),
    ("address", "unit"): ("the same flat", "同一户"),
    ("address", "street"): ("the same street and number", "同一街道门牌"),
    ("address", "district"): ("the same district", "同一区县"),
    ("address", "city"): ("the same city", "同一城市"),
})  # fmt: skip
_PHRASES: Mapping[str, tuple[str, str]] = MappingProxyType({
    "prior": ("before anything is compared", "比较之前"),
    "weight": ("weight", "总权重"),
    "rarity": ("of which rarity {bits}", "其中稀有度 {bits}"),
    "silent": ("Nothing to compare: {names}.", "无可比较：{names}。"),
    "rule": ("one person by rule: {by}", "按规则判为同一人：{by}"),
    "manual": ("one person, as somebody decided", "人工判定为同一人"),
    "model": ("one person by weight: {weight} is at least {accept}", "按权重判为同一人：{weight} ≥ {accept}"),
    "model, joined": (
        "one person: all records of both weigh {joined} together, at least {accept}; these two alone {weight}",
        "判为同一人：双方全部记录合计 {joined} ≥ {accept}，仅此两条为 {weight}",
    ),
    "path": (
        "one person by way of others: the weakest of {steps} links weighs {weakest}",
        "经由其他记录判为同一人：共 {steps} 个连接，最弱为 {weakest}",
    ),
    "path, by rule": (
        "one person by way of others: {steps} links, none by weight",
        "经由其他记录判为同一人：{steps} 个连接，均非按权重",
    ),
    "review": (
        "a human should look: {weight} is at least {review} and under {accept}",
        "待人工核查：{review} ≤ {weight} < {accept}",
    ),
    "review, by": ("a human should look: {by}", "待人工核查：{by}"),
    "none": ("not held to be one person: {weight} is under {review}", "不判为同一人：{weight} < {review}"),
    "none, by": ("not held to be one person: {by}", "不判为同一人：{by}"),
    "refused": ("kept apart: {by}", "未合并：{by}"),
    "by ": ("a guard", "防护规则"),
    "by veto": ("somebody decided that they are two", "人工判定为不同的人"),
    "by distinct": ("their source has each person once", "同一来源中每人只有一条"),
    "by size": ("the person would have too many records", "合并后记录过多"),
    "by household": ("perhaps two people of one household", "可能为同一家庭的两人"),
    "by band": ("the weight lies between no and yes", "权重介于否与是之间"),
    "by name": ("their usual full names are unlike", "常用全名不相近"),
    "by surname": ("their usual surnames are unlike", "常用姓氏不同"),
    "by persons": ("all records of both together weigh less", "双方全部记录合计权重不足"),
    "by known": ("they were known to be one", "原已视为同一人"),
    "by account": ("the same account", "相同账号"),
    "by email": ("the same mailbox", "相同邮箱"),
    "by payer": ("the same payer", "相同付款账户"),
    "by not compared": ("they share nothing by which they would be compared", "没有可供比较的共同信息"),
})  # fmt: skip


def check_language(lang: str) -> int:
    """Returns which of the two words of a pair a language takes.

    Raises:
        InputError: It is not "en" or "zh".
    """
    if lang not in ("en", "zh"):
        raise InputError(f"lang is 'en' or 'zh', got {lang!r}.")
    return 0 if lang == "en" else 1


def comparison_label(comparison: str, lang: Language = "en") -> str:
    """Returns what a comparison is called.

    Example:
        >>> comparison_label("email"), comparison_label("email", "zh"), comparison_label("shoe size")
        ('e-mail', '邮箱', 'shoe size')
    """
    return _COMPARISONS.get(comparison, (comparison, comparison))[check_language(lang)]


def level_label(comparison: str, level: str, lang: Language = "en") -> str:
    """Returns what a level says; a level that has no words here is called by its own name.

    Example:
        >>> level_label("phone", "mask"), level_label("card", "same", "zh"), level_label("name", "pattern")
        ('one is masked; the visible digits fit', '相同', 'pattern')
    """
    both = _LEVELS.get((comparison, level)) or _LEVELS.get(("", level)) or (level, level)
    return both[check_language(lang)]


def phrase(key: str, lang: Language = "en", **values: object) -> str:
    """Returns the words of a key with values filled in; a key without words is its own.

    Example:
        >>> phrase("refused", by=phrase("by name"))
        'kept apart: their usual full names are unlike'
    """
    both = _PHRASES.get(key, (key, key))
    return both[check_language(lang)].format(**values)
