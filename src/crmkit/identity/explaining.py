"""Why two records are one person, or are not: a weight told comparison by comparison, as a frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from math import isclose
from typing import TYPE_CHECKING, Any, Literal

import attrs

from crmkit.errors import InputError
from crmkit.identity.explanation_words import Language, comparison_label, level_label, phrase
from crmkit.identity.matching.comparing import LEVELS

if TYPE_CHECKING:
    import pandas as pd

    from crmkit.identity.matching.model_document import LinkModel

__all__ = ["Bar", "Explanation", "Outcome", "explanation"]

Outcome = Literal["rule", "manual", "model", "path", "review", "refused", "none"]
"""What came of two records; see `Explanation.decision`."""


@attrs.frozen(slots=True, kw_only=True)
class Bar:
    """Is what one comparison adds to the weight.

    Attributes:
        comparison: What was compared: "name", "phone" and so on.
        level: The strongest level that is true of the two.
        bits: What the level is worth.
        frequency: What the value's own rarity adds to that, or takes.
        left: The value on the left, masked, or as it is where the caller may see it; "" where values are not told.
        right: The value on the right.
    """

    comparison: str
    level: str
    bits: float
    frequency: float = 0.0
    left: str = attrs.field(default="", repr=False)
    right: str = attrs.field(default="", repr=False)

    @property
    def total(self) -> float:
        """Bits of the level and of the rarity together."""
        return self.bits + self.frequency

    def label(self, lang: Language = "en") -> str:
        """Returns the bar in words.

        Example:
            >>> Bar(comparison="phone", level="mask", bits=9.97).label("zh")
            '电话：一方脱敏，可见数字相符'
        """
        colon = "：" if lang == "zh" else ": "
        return comparison_label(self.comparison, lang) + colon + level_label(self.comparison, self.level, lang)


@attrs.frozen(slots=True, kw_only=True)
class Explanation:
    """Says why two records are one person, or are not.

    Attributes:
        left: Id of the one record; `right` of the other.
        prior: Bits that a pair has before anything is compared.
        bars: What each comparison adds, in the order in which they are added.
        weight: Prior and bars together, in bits.
        silent: Comparisons of which a side says nothing.
        accept: From this weight two are one person; `review` the weight from which a human looks.
        decision: "rule": the same strong identifier; "manual": somebody said so; "model": by weight; "path": one person
            by way of others; "review": a human should look; "refused": a guard or a veto forbids it; "none".
        by: What decided: the kind of a rule, the guard or reason of a refusal or a review; "" otherwise.
        guards: What stands between the two; `vetoes` ids of the decisions, or "veto", that do.
        joined: What all records of both persons weighed together, where that joined them and not this pair alone.
        path: The links from left to right, of all such ways the one whose weakest link is the strongest.
        digest: The model's, where it was told.

    Raises:
        InputError: The bars do not add up to the weight.
    """

    left: str
    right: str
    prior: float
    bars: tuple[Bar, ...]
    weight: float
    accept: float
    review: float
    decision: Outcome
    silent: tuple[str, ...] = ()
    by: str = ""
    guards: tuple[str, ...] = ()
    vetoes: tuple[str, ...] = ()
    joined: float | None = None
    path: tuple[Explanation, ...] = ()
    digest: str = ""

    def __attrs_post_init__(self) -> None:
        total = self.prior + sum(bar.total for bar in self.bars)
        if not isclose(total, self.weight, rel_tol=0, abs_tol=1e-9):
            raise InputError(f"The bars of {self.left} and {self.right} add up to {total}, not to {self.weight}.")

    @property
    def probability(self) -> float:
        """The probability that the weight stands for, as far as comparisons are independent of each other."""
        return float(1 / (1 + 2.0 ** -min(max(self.weight, -500.0), 500.0)))

    @property
    def is_one_person(self) -> bool:
        """Whether the two are held to be one person."""
        return self.decision in ("rule", "manual", "model", "path")

    @property
    def threshold(self) -> float | None:
        """The weight that decided, or None where a rule, a guard or somebody did."""
        if self.decision == "model":
            return self.accept
        return self.review if self.decision in ("review", "none") and self.by in ("", "band") else None

    @property
    def weakest(self) -> float | None:
        """Weight of the path's weakest link, or None where all of them are by rule or by hand."""
        weights = [_strength(step) for step in self.path if step.decision not in ("rule", "manual")]
        return min(weights, default=None)

    def verdict(self, lang: Language = "en") -> str:
        """Returns what decided, in one sentence without a full stop."""
        key: str = self.decision
        if key == "model" and self.joined is not None:
            key = "model, joined"
        elif key == "path" and self.weakest is None:
            key = "path, by rule"
        elif key in ("review", "none") and self.threshold is None:
            key = f"{key}, by"
        numbers = {name: getattr(self, name) for name in ("weight", "accept", "review", "joined", "weakest")}
        told = {name: "" if number is None else f"{number:.2f}" for name, number in numbers.items()}
        return phrase(key, lang, by=phrase(f"by {self.by}", lang), steps=len(self.path), **told)

    def to_frame(self, *, lang: Language = "en") -> pd.DataFrame:
        """Returns the waterfall as a table, a row a step.

        Its columns are `part` ("prior", "comparison", "weight"), `comparison, level, label, bits, frequency`, `start`
        and `end` (the sums before and after the step), `left` and `right` (the values, where they are told).
        """
        import pandas as pd

        rows: list[dict[str, Any]] = [_row("prior", phrase("prior", lang), self.prior, start=0.0)]
        for bar in self.bars:
            row = _row("comparison", bar.label(lang), bar.bits, frequency=bar.frequency, start=rows[-1]["end"])
            rows.append(row | {key: getattr(bar, key) for key in ("comparison", "level", "left", "right")})
        rows.append(_row("weight", phrase("weight", lang), self.weight, start=0.0))
        return pd.DataFrame(rows)

    def lines(self, lang: Language = "en") -> list[str]:
        """Returns the waterfall in lines for people; the values are not in them."""
        rows = [(phrase("prior", lang), self.prior)]
        rows += [(_told(bar, lang), bar.total) for bar in self.bars]
        rows.append((phrase("weight", lang), self.weight))
        told = [f"{_padded(label, 52)} {bits:+8.3f}" for label, bits in rows]
        told[-1] += f"  p {self.probability:.3f}"
        if self.silent:
            names = [comparison_label(name, lang) for name in self.silent]
            told.append(phrase("silent", lang, names=("、" if lang == "zh" else ", ").join(names)))
        told += [f"  {step.left} – {step.right}: {step.verdict(lang)}" for step in self.path]
        return [f"{self.left} – {self.right}: {self.verdict(lang)}", *told]

    def __str__(self) -> str:
        """The waterfall in lines for people, without the values."""
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        from crmkit.identity.explanation_html import explanation_html

        return explanation_html(self)


def explanation(
    model: LinkModel, levels: Mapping[str, int], *, left: object = "", right: object = "",
    frequency: Mapping[str, float] | None = None, values: Mapping[str, tuple[str, str]] | None = None,
    decision: Outcome | None = None, by: str = "", guards: tuple[str, ...] = (), vetoes: tuple[str, ...] = (),
    joined: float | None = None, digest: str = "",
) -> Explanation:  # fmt: skip
    """Returns why a pair weighs what it weighs: the bars in the order, and to the bit, in which linking adds them.

    Args:
        model: The model.
        levels: By comparison, the place of the pair's level among the model's, -1 where a side says nothing.
        left: Id of the one record.
        right: Id of the other.
        frequency: By comparison, the bits that the value's rarity adds.
        values: By comparison, the two values to tell, masked by the caller unless they may be seen.
        decision: What came of it; None takes what weight, guards and vetoes say by themselves.
        by: What decided, where that is no weight.
        guards: Names of the guards that stand between the two.
        vetoes: Ids of the decisions that do.
        joined: What the two persons weighed together, where that joined them.
        digest: The model's digest, which takes a while to compute and so is asked for once.

    Raises:
        InputError: A level that the model has not.

    Example:
        >>> from crmkit.identity import Level, LinkModel
        >>> card = (Level(name="same", m=0.98, u=4e-6), Level(name="else", m=0.02, u=0.999996))
        >>> told = explanation(LinkModel(comparisons={"card": card}), {"card": 0}, left="a", right="b")
        >>> print(told)
        a – b: a human should look: 1.29 is at least 0.00 and under 4.25
        before anything is compared                           -16.610
        card: the same                                        +17.902
        weight                                                 +1.293  p 0.710
    """
    bars, silent = _bars(model, levels, frequency or {}, values or {})
    weight = model.prior_bits
    for bar in bars:
        weight += bar.total
    standing = ("veto",) if vetoes else guards
    return Explanation(
        left=str(left), right=str(right), prior=model.prior_bits, bars=tuple(bars), weight=weight, silent=tuple(silent),
        accept=model.accept, review=model.review, decision=decision or _outcome(weight, model, guards, vetoes),
        by=by or "".join(standing[:1]), guards=guards, vetoes=vetoes, joined=joined, digest=digest,
    )  # fmt: skip


def _bars(
    model: LinkModel,
    levels: Mapping[str, int],
    frequency: Mapping[str, float],
    values: Mapping[str, tuple[str, str]],
) -> tuple[list[Bar], list[str]]:
    """The bars in the order of the levels known here, others after them; and the comparisons without one."""
    bars: list[Bar] = []
    silent: list[str] = []
    for name in (*(n for n in LEVELS if n in model.comparisons), *(n for n in model.comparisons if n not in LEVELS)):
        level = levels.get(name, -1)
        if level < 0:
            silent.append(name)
            continue
        if level >= len(model.comparisons[name]):
            raise InputError(f"The model has no level {level} of {name}.")
        one, (left, right) = model.comparisons[name][level], values.get(name, ("", ""))
        extra = float(frequency.get(name, 0.0))
        bars.append(Bar(comparison=name, level=one.name, bits=one.bits, frequency=extra, left=left, right=right))
    return bars, silent


def _outcome(weight: float, model: LinkModel, guards: tuple[str, ...], vetoes: tuple[str, ...]) -> Outcome:
    if vetoes or (guards and weight >= model.accept):
        return "refused"
    if weight >= model.accept:
        return "model"
    return "review" if weight >= model.review else "none"


def _strength(step: Explanation) -> float:
    return step.weight if step.joined is None else step.joined


def _told(bar: Bar, lang: Language) -> str:
    label = bar.label(lang)
    return f"{label} ({phrase('rarity', lang, bits=f'{bar.frequency:+.2f}')})" if bar.frequency else label


def _padded(text: str, width: int) -> str:
    """A text filled up to a width at which a Chinese sign counts for two."""
    return text + " " * max(0, width - sum(2 if ord(sign) > 0x2E7F else 1 for sign in text))


def _row(part: str, label: str, bits: float, *, start: float, frequency: float = 0.0) -> dict[str, Any]:
    return {
        "part": part, "comparison": "", "level": "", "label": label, "bits": bits, "frequency": frequency,
        "start": start, "end": start + bits + frequency, "left": "", "right": "",
    }  # fmt: skip
