"""Ladders of life-cycle stages: what each standing of a customer is called, as data that a shop may replace."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import attrs

from crmkit.errors import InputError, PolicyError
from crmkit.segmentation.labels import Language

__all__ = ["GROWTH_LADDER", "LIFE_CYCLE", "RELATIONSHIP_LADDER", "STANDINGS", "Ladder"]

STANDINGS = ("prospect", "new", "reactivated", "growing", "active", "at_risk", "dormant", "lost")
"""The standings that a ladder names; exactly one of them holds for every customer."""

Names = Mapping[str, Mapping[Language, str]]


def _steps(steps: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(steps))


def _labels(labels: Names) -> Names:
    return MappingProxyType({stage: MappingProxyType(dict(names)) for stage, names in labels.items()})


@attrs.frozen(slots=True, kw_only=True)
class Ladder:
    """Names the stage of every standing; several standings may share a stage.

    Attributes:
        steps: From standing (`STANDINGS`) to the code of its stage, each standing named.
        labels: From the code of a stage to its name in each language; codes without one name themselves.

    Raises:
        PolicyError: A standing without a stage, or a standing that there is not.

    Example:
        >>> LIFE_CYCLE.stages
        ('prospect', 'new', 'reactivated', 'active', 'at_risk', 'dormant', 'lost')
        >>> LIFE_CYCLE.label("at_risk"), GROWTH_LADDER.label("growth"), RELATIONSHIP_LADDER.label("won", "en")
        ('预流失', '成长', 'Won')
    """

    steps: Mapping[str, str] = attrs.field(converter=_steps)
    labels: Names = attrs.field(factory=dict, converter=_labels)

    def __attrs_post_init__(self) -> None:
        if missing := [standing for standing in STANDINGS if not self.steps.get(standing)]:
            raise PolicyError(f"A ladder names a stage for every standing; without one: {', '.join(missing)}.")
        if unknown := sorted(set(self.steps) - set(STANDINGS)):
            raise PolicyError(f"There are no standings {', '.join(unknown)}; there are {', '.join(STANDINGS)}.")

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages, each once, from prospect to lost."""
        return tuple(dict.fromkeys(self.steps[standing] for standing in STANDINGS))

    def label(self, stage: str, lang: Language = "zh") -> str:
        """Returns a stage's name for people; a stage without one comes back as it is.

        Raises:
            InputError: Another language.

        Example:
            >>> LIFE_CYCLE.label("new"), LIFE_CYCLE.label("lost", "en")
            ('新客', 'Lost')
        """
        if lang not in ("en", "zh"):
            raise InputError(f"Stages have names in 'en' and 'zh', got {lang!r}.")
        return self.labels.get(stage, {}).get(lang, stage)


def _ladder(names: Mapping[str, tuple[str, str]], steps: tuple[str, ...]) -> Ladder:
    labels: Names = {stage: {"en": english, "zh": chinese} for stage, (english, chinese) in names.items()}
    return Ladder(steps=dict(zip(STANDINGS, steps, strict=True)), labels=labels)


LIFE_CYCLE = _ladder(
    {
        "prospect": ("Prospect", "潜客"),
        "new": ("New", "新客"),
        "reactivated": ("Reactivated", "回流"),
        "active": ("Active", "活跃"),
        "at_risk": ("At risk", "预流失"),
        "dormant": ("Dormant", "沉睡"),
        "lost": ("Lost", "流失"),
    },
    ("prospect", "new", "reactivated", "active", "active", "at_risk", "dormant", "lost"),
)
"""The seven stages of the life cycle (客户生命周期); who grows is active."""

GROWTH_LADDER = _ladder(
    {
        "acquisition": ("Acquisition", "获取"),
        "activation": ("Activation", "激活"),
        "growth": ("Growth", "成长"),
        "maturity": ("Maturity", "成熟"),
        "decline": ("Decline", "衰退"),
        "churn": ("Churn", "流失"),
    },
    ("acquisition", "activation", "activation", "growth", "maturity", "decline", "decline", "churn"),
)
"""获取, 激活, 成长, 成熟, 衰退, 流失: who comes back after a long gap is activated once more."""

RELATIONSHIP_LADDER = _ladder(
    {
        "acquainted": ("Acquainted", "初识"),
        "contacted": ("Contacted", "接触"),
        "won": ("Won", "赢得"),
        "kept": ("Kept", "保持"),
        "fading": ("Fading", "退化"),
    },
    ("acquainted", "contacted", "won", "won", "kept", "fading", "fading", "fading"),
)
"""初识, 接触, 赢得, 保持, 退化: won are those who grow or came back, kept those who stay active."""
