"""The waterfall of an explanation: what speaks for one person, what against, and where the sum ends."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from crmkit.charts.figures import check_language
from crmkit.charts.looks import SMALL, load_altair, styled
from crmkit.charts.palette import Palette, Theme, palette
from crmkit.segmentation.labels import Language

if TYPE_CHECKING:
    import altair as alt

__all__ = ["waterfall", "waterfall_words"]

_AGAINST: Mapping[str, str] = MappingProxyType({"light": "#b3541e", "dark": "#e08a52"})
_RARITY: Mapping[str, str] = MappingProxyType({"light": "#74b9ae", "dark": "#a5e3d8"})
_MINUS = "\N{MINUS SIGN}"
_WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType({
    "en": {
        "axis": "Bits: each bit more makes one person twice as likely", "for": "for one person", "against": "against",
        "rarity": "rarity of the value", "sum": "start and sum", "accept": "accepted", "review": "to a human",
        "step": "Step", "bits": "Bits", "each": "{label}: {bits} bits", "stop": ". ", "comma": ", ",
        "rare": "of which {bits} for the value's rarity",
    },
    "zh": {
        "axis": "比特：每增加1比特，为同一人的可能性翻倍", "for": "支持同一人", "against": "反对",
        "rarity": "取值稀有度", "sum": "起点与总和", "accept": "自动合并", "review": "人工核查", "step": "步骤",
        "bits": "比特", "each": "{label} {bits}比特", "rare": "其中稀有度{bits}", "stop": "。", "comma": "，",
    },
})  # fmt: skip


def waterfall(explanation: Any, *, lang: Language = "en", theme: Theme = "light") -> alt.LayerChart:
    """Returns the waterfall of an explanation: from the prior through each comparison to the weight.

    Dashed lines stand where a human looks and where two are accepted as one person. What the rarity of a value adds is
    a bar of its own, beside its comparison's.

    Args:
        explanation: What `identity.explain` gives; its values, masked or not, are not drawn.
        lang: "en" or "zh".
        theme: "light" or "dark".

    Raises:
        InputError: An unknown language or theme.
        MissingExtraError: Altair is not installed.

    Example:
        >>> from crmkit.identity import Level, LinkModel, explanation
        >>> card = (Level(name="same", m=0.98, u=4e-6), Level(name="else", m=0.02, u=0.999996))
        >>> told = explanation(LinkModel(comparisons={"card": card}), {"card": 0}, left="a", right="b")
        >>> found = waterfall(told).to_dict()["datasets"].values()
        >>> [(row["label"], row["shown"]) for rows in found for row in rows if "label" in row]
        [('before anything is compared', '−16.61'), ('card: the same', '+17.90'), ('weight', '+1.29')]
    """
    altair = load_altair()
    look, words = palette(theme), _WORDS[check_language(lang)]
    rows = _rows(explanation, words, lang)
    steps = [row["label"] for row in rows if row["shown"]]
    base = altair.Chart(altair.InlineData(values=rows)).encode(
        y=altair.Y(
            "label:N", title=None, sort=steps, scale=altair.Scale(domain=steps), axis=altair.Axis(labelLimit=300)
        ),
        tooltip=[altair.Tooltip("label:N", title=words["step"]), altair.Tooltip("told:N", title=words["bits"])],
    )
    axis = altair.Axis(tickCount=7, grid=True, gridColor=look.line, labelFlush=False)
    x = altair.X("start:Q", title=words["axis"], axis=axis)
    kinds = [words[kind] for kind in ("for", "against", "rarity", "sum")]
    colours = [look.accent, _AGAINST[theme], _RARITY[theme], look.quiet]
    fill = altair.Fill("kind:N", title=None, sort=kinds, scale=altair.Scale(domain=kinds, range=colours))
    bars = base.mark_bar(cornerRadius=2, height=15).encode(x=x, x2="end:Q", fill=fill)
    text = base.transform_filter("datum.shown != ''").mark_text(align="left", dx=5, fontSize=SMALL, color=look.ink)
    layers = [*_thresholds(altair, explanation, words, look), bars, text.encode(x=altair.X("right:Q"), text="shown:N")]
    chart: alt.LayerChart = styled(altair.layer(*layers), look)
    # Labels are measured in another font than the one that shows them: some room keeps their first letters whole.
    room = {"left": 14 + max(map(len, steps)), "right": 44, "top": 12, "bottom": 12}
    return chart.properties(width=460, height=altair.Step(25), padding=room)


def waterfall_words(explanation: Any, *, lang: Language = "en") -> str:
    """Returns the numbers of a waterfall as plain sentences, for those who do not see it.

    Args:
        explanation: What `identity.explain` gives.
        lang: "en" or "zh".

    Raises:
        InputError: An unknown language.

    Example:
        >>> from crmkit.identity import Level, LinkModel, explanation
        >>> card = (Level(name="same", m=0.98, u=4e-6), Level(name="else", m=0.02, u=0.999996))
        >>> told = explanation(LinkModel(comparisons={"card": card}), {"card": 0}, left="a", right="b")
        >>> waterfall_words(told).split(". ")[1]
        'card: the same: +17.90 bits'
    """
    words = _WORDS[check_language(lang)]
    told = []
    for row in explanation.to_frame(lang=lang).to_dict("records"):
        sentence = words["each"].format(label=row["label"], bits=_signed(row["bits"] + row["frequency"]))
        rare = words["comma"] + words["rare"].format(bits=_signed(row["frequency"])) if row["frequency"] else ""
        told.append(sentence + rare)
    return words["stop"].join([*told, explanation.verdict(lang)]) + words["stop"].strip()


def _signed(bits: float) -> str:
    return f"{bits:+.2f}".replace("-", _MINUS)


def _rows(explanation: Any, words: Mapping[str, str], lang: Language) -> list[dict[str, Any]]:
    """Gives a row a bar: one for each step, and a second one for rarity, which bears no number of its own."""
    rows: list[dict[str, Any]] = []
    for step in explanation.to_frame(lang=lang).to_dict("records"):
        total = step["bits"] + step["frequency"]
        kind = "sum" if step["part"] != "comparison" else "for" if step["bits"] >= 0 else "against"
        middle = step["start"] + step["bits"]
        told = words["each"].format(label=step["label"], bits=_signed(total))
        row = {
            "label": step["label"], "kind": words[kind], "start": step["start"], "end": middle, "shown": _signed(total),
            "right": max(step["start"], middle, step["end"]), "told": told,
        }  # fmt: skip
        rows.append(row)
        if step["frequency"]:
            rows.append(row | {"kind": words["rarity"], "start": middle, "end": step["end"], "shown": ""})
    return rows


def _thresholds(altair: Any, explanation: Any, words: Mapping[str, str], look: Palette) -> list[Any]:
    marks = [{"at": getattr(explanation, name), "name": words[name]} for name in ("review", "accept")]
    lines = altair.Chart(altair.InlineData(values=marks)).encode(x=altair.X("at:Q"))
    names = lines.mark_text(align="left", dx=3, dy=-6, y=0, fontSize=SMALL, color=look.quiet, angle=335)
    return [lines.mark_rule(strokeDash=[4, 3], color=look.quiet), names.encode(text="name:N")]
