"""Names of the segments for people, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from crmkit.errors import InputError

__all__ = ["LABELS", "Language", "label"]

Language = Literal["en", "zh"]

LABELS: Mapping[str, Mapping[Language, str]] = MappingProxyType(
    {
        code: MappingProxyType({"en": english, "zh": chinese})
        for code, english, chinese in (
            ("champions", "Champions", "冠军客户"),
            ("loyal", "Loyal", "忠诚客户"),
            ("potential_loyalists", "Potential loyalists", "潜力忠诚客户"),
            ("new", "New", "新客户"),
            ("promising", "Promising", "有潜力客户"),
            ("need_attention", "Need attention", "需关注客户"),
            ("about_to_sleep", "About to sleep", "即将沉睡客户"),
            ("at_risk", "At risk", "流失风险客户"),
            ("cannot_lose", "Cannot lose", "不可失去客户"),
            ("hibernating", "Hibernating", "沉睡客户"),
            ("lost", "Lost", "流失客户"),
            ("key_value", "Key customers of value", "重要价值客户"),
            ("key_develop", "Key customers to develop", "重要发展客户"),
            ("key_keep", "Key customers to keep", "重要保持客户"),
            ("key_retain", "Key customers to win back", "重要挽留客户"),
            ("general_value", "General customers of value", "一般价值客户"),
            ("general_develop", "General customers to develop", "一般发展客户"),
            ("general_keep", "General customers to keep", "一般保持客户"),
            ("general_retain", "General customers to win back", "一般挽留客户"),
        )
    }
)
"""From the segment's code to its name in each language."""


def label(segment: str, lang: Language = "zh") -> str:
    """Returns the segment's name for people; a name of the shop's own grid comes back as it is.

    Args:
        segment: Code of the segment ("champions").
        lang: "zh" or "en".

    Raises:
        InputError: Another language.

    Example:
        >>> label("champions"), label("key_value"), label("at_risk", "en"), label("platinum")
        ('冠军客户', '重要价值客户', 'At risk', 'platinum')
    """
    if lang not in ("en", "zh"):
        raise InputError(f"Segments have names in 'en' and 'zh', got {lang!r}.")
    names = LABELS.get(segment)
    return segment if names is None else names[lang]
