"""Rules in words, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Literal

from crmkit.errors import InputError
from crmkit.segmentation.labels import Language, label
from crmkit.segmentation.rules.model import AllOf, Leaf, Node, Not, Scalar
from crmkit.segmentation.rules.writing import number_text

__all__ = ["FIELDS", "in_words", "label_of", "leaf_in_words"]

FIELDS: Mapping[str, tuple[str, str]] = {
    "customer": ("customer", "客户"),
    "recency": ("days since the last purchase", "距最近一次购买的天数"),
    "frequency": ("number of purchases", "购买次数"),
    "monetary": ("total spent", "消费金额"),
    "r": ("recency score", "R 值"),
    "f": ("frequency score", "F 值"),
    "m": ("monetary score", "M 值"),
    "segment": ("segment", "客户分层"),
    "stage": ("stage", "生命周期阶段"),
    "region": ("region", "地区"),
    "city": ("city", "城市"),
    "province": ("province", "省份"),
    "channel": ("channel", "渠道"),
    "platform": ("platform", "平台"),
    "shop": ("shop", "店铺"),
    "tier": ("tier", "会员等级"),
    "points": ("points", "积分"),
    "gender": ("gender", "性别"),
    "birthday": ("birthday", "生日"),
    "total": ("total spent", "消费金额"),
    "purchases": ("number of purchases", "购买次数"),
    "purchase_days": ("number of purchase days", "购买天数"),
    "first": ("first purchase", "首次购买时间"),
    "last": ("last purchase", "最近一次购买时间"),
    "first_purchase": ("first purchase", "首次购买时间"),
    "last_purchase": ("last purchase", "最近一次购买时间"),
    "registered_at": ("registration", "注册时间"),
}
"""What people call the columns that segmentation makes, and some that shops often have."""

_STAGES: Mapping[str, tuple[str, str]] = {
    "prospect": ("Prospect", "潜客"),
    "dormant": ("Dormant", "沉睡"),
    "at_risk": ("At risk", "预流失"),
    "lost": ("Lost", "流失"),
    "new": ("New", "新客"),
    "reactivated": ("Reactivated", "回流"),
    "active": ("Active", "活跃"),
}

_LEAVES: Mapping[str, tuple[str, str]] = {
    "==": ("{field} is {value}", "{field}为{value}"),
    "!=": ("{field} is there and is not {value}", "{field}不为空且不是{value}"),
    "<": ("{field} is less than {value}", "{field}小于 {value}"),
    "<=": ("{field} is at most {value}", "{field}不超过 {value}"),
    ">": ("{field} is more than {value}", "{field}大于 {value}"),
    ">=": ("{field} is at least {value}", "{field}不低于 {value}"),
    "between": ("{field} is from {low} to {high}", "{field}在 {low} 到 {high} 之间（含两端）"),
    "in": ("{field} is {value}", "{field}为{value}"),
    "not_in": ("{field} is there and is not {value}", "{field}不为空且不是{value}"),
    "is_null": ("{field} is missing", "{field}为空"),
    "starts_with": ("{field} starts with {value}", "{field}以{value}开头"),
    "contains": ("{field} contains {value}", "{field}包含{value}"),
    "within_days": ("{field} is today or at most {value} days ago", "{field}在今天或最近 {value} 天内"),
}

_MOST_VALUES = 12


def in_words(node: Node, lang: Language, names: Mapping[str, str]) -> str:
    """Returns a rule as a sentence.

    Raises:
        InputError: Another language.
    """
    if lang not in ("en", "zh"):
        raise InputError(f"Rules have words in 'en' and 'zh', got {lang!r}.")
    return _words(node, lang, names, is_inside=False)


def _words(node: Node, lang: Language, names: Mapping[str, str], *, is_inside: bool) -> str:
    if isinstance(node, Leaf):
        return leaf_in_words(node, lang, names)
    opening, closing = "()" if lang == "en" else "（）"
    if isinstance(node, Not):
        inner = _words(node.part, lang, names, is_inside=False)
        return f"not {opening}{inner}{closing}" if lang == "en" else f"不满足{opening}{inner}{closing}"
    is_all = isinstance(node, AllOf)
    if not node.parts:
        nothing = {"en": ("everybody", "nobody"), "zh": ("所有客户", "没有客户")}[lang]
        return nothing[0] if is_all else nothing[1]
    parts = [_words(part, lang, names, is_inside=len(node.parts) > 1) for part in node.parts]
    between = {"en": (" and ", " or "), "zh": ("，并且", "，或者")}[lang]
    text = between[0 if is_all else 1].join(parts)
    return f"{opening}{text}{closing}" if is_inside and len(parts) > 1 else text


def leaf_in_words(leaf: Leaf, lang: Language, names: Mapping[str, str]) -> str:
    """Returns a leaf as a clause."""
    column = 0 if lang == "en" else 1
    known = FIELDS.get(leaf.field)
    field = names.get(leaf.field) or (known[column] if known else leaf.field)
    if leaf.op in ("in", "not_in") and not leaf.values:
        return _of_no_values(leaf, lang, field)
    said = partial(_said, leaf, lang)
    values = [said(value) for value in leaf.values]
    return _LEAVES[leaf.op][column].format(
        field=field,
        value=_listed(values, lang),
        low=values[0] if values else "",
        high=values[-1] if values else "",
    )


def _of_no_values(leaf: Leaf, lang: Language, field: str) -> str:
    if leaf.op == "in":
        return f"{field} is one of none" if lang == "en" else f"{field}不在任何值中"
    return f"{field} is there" if lang == "en" else f"{field}不为空"


def _listed(values: list[str], lang: Language) -> str:
    shown = values[:_MOST_VALUES]
    more = len(values) - len(shown)
    if lang == "zh":
        return "、".join(shown) + (f" 等 {len(values):,} 个值之一" if more else "")
    if more:
        return f"{', '.join(shown)} or one of {more:,} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}" if shown else ""


def _said(leaf: Leaf, lang: Language, value: Scalar) -> str:
    if isinstance(value, bool):
        return {"en": ("no", "yes"), "zh": ("否", "是")}[lang][value]
    if isinstance(value, str):
        return _text(leaf, lang, value)
    number = number_text(value)
    return number if leaf.currency is None else f"{number} {leaf.currency}"


def label_of(field: str, text: str, lang: Language) -> str:
    """Returns what people call a segment or stage; any other text comes back as it is.

    Example:
        >>> label_of("segment", "loyal", "zh"), label_of("stage", "lost", "zh"), label_of("city", "lost", "zh")
        ('忠诚客户', '流失', 'lost')
    """
    if field == "stage" and text in _STAGES:
        return _STAGES[text][0 if lang == "en" else 1]
    return label(text, lang) if field == "segment" else text


def _text(leaf: Leaf, lang: Literal["en", "zh"], text: str) -> str:
    if leaf.op in ("starts_with", "contains"):
        return f"“{text}”"
    name = label_of(leaf.field, text, lang)
    return name if name.strip() == name != "" else f"“{name}”"
