"""An explanation in a notebook: the waterfall as a table with bars, in colours that light and dark pages both bear."""

from __future__ import annotations

from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

from crmkit.identity.explanation_words import Language, comparison_label, phrase

if TYPE_CHECKING:
    from crmkit.identity.explaining import Bar, Explanation

__all__ = ["bar_places", "explanation_html", "span_of"]

_FOR, _AGAINST, _SUM = "#1f8a80", "#c8642f", "#7b8784"


def bar_places(told: Explanation) -> list[tuple[float, float]]:
    """Returns for prior, each bar and the weight where it begins and how wide it is, in per cent of the whole width.

    Example:
        >>> from crmkit.identity.explaining import Explanation
        >>> told = Explanation(left="a", right="b", prior=-4.0, bars=(), weight=-4.0, accept=4.0, review=0.0,
        ...                    decision="none")
        >>> [(round(start), round(width)) for start, width in bar_places(told)]
        [(2, 48), (2, 48)]
    """
    low, high = span_of(told)
    width = high - low
    steps = [*pairwise(_sums(told)), (0.0, told.weight)]
    return [(100 * (min(step) - low) / width, 100 * abs(step[1] - step[0]) / width) for step in steps]


def span_of(told: Explanation) -> tuple[float, float]:
    """Returns the least and the largest number of bits that the bars and both thresholds reach, with some room."""
    reached = [*_sums(told), told.review, told.accept]
    room = (max(reached) - min(reached)) / 40 or 1.0
    return min(reached) - room, max(reached) + room


def _sums(told: Explanation) -> list[float]:
    sums = [0.0, told.prior]
    for bar in told.bars:
        sums.append(sums[-1] + bar.total)
    return sums


def explanation_html(told: Explanation, *, lang: Language = "en") -> str:
    """Returns an explanation as HTML that stands by itself; every text in it is escaped.

    Example:
        >>> from crmkit.identity.explaining import Explanation
        >>> told = Explanation(left="<a>", right="b", prior=-4.0, bars=(), weight=-4.0, accept=4.0, review=0.0,
        ...                    decision="none")
        >>> "&lt;a&gt;" in explanation_html(told), "<script" in explanation_html(told)
        (True, False)
    """
    rows = [(phrase("prior", lang), "", "", told.prior)]
    rows += [(_label(bar, lang), bar.left, bar.right, bar.total) for bar in told.bars]
    rows.append((phrase("weight", lang), "", "", told.weight))
    body = "".join(
        _row(*row, place, is_sum=at in (0, len(rows) - 1))
        for at, (row, place) in enumerate(zip(rows, bar_places(told), strict=True))
    )
    head = f"<b>{escape(told.left)}</b> – <b>{escape(told.right)}</b>: {escape(told.verdict(lang))}"
    parts = [f"<p style='margin:.2em 0'>{head} (p {told.probability:.3f})</p>", f"<table>{body}</table>"]
    if told.silent:
        names = ("、" if lang == "zh" else ", ").join(comparison_label(name, lang) for name in told.silent)
        parts.append(f"<p style='margin:.2em 0;opacity:.7'>{escape(phrase('silent', lang, names=names))}</p>")
    if told.path:
        steps = (f"<li>{escape(s.left)} – {escape(s.right)}: {escape(s.verdict(lang))}</li>" for s in told.path)
        parts.append(f"<ol>{''.join(steps)}</ol>")
    return f"<div>{''.join(parts)}</div>"


def _label(bar: Bar, lang: Language) -> str:
    rarity = f" ({phrase('rarity', lang, bits=f'{bar.frequency:+.2f}')})" if bar.frequency else ""
    return bar.label(lang) + rarity


def _row(label: str, left: str, right: str, bits: float, place: tuple[float, float], *, is_sum: bool) -> str:
    colour = _SUM if is_sum else _FOR if bits >= 0 else _AGAINST
    start, width = place
    bar = f"<div style='margin-left:{start:.1f}%;width:max(2px,{width:.1f}%);height:.8em;background:{colour}'></div>"
    cells = "".join(f"<td style='text-align:left'>{escape(text)}</td>" for text in (label, left, right))
    return f"<tr>{cells}<td style='text-align:right'>{bits:+.3f}</td><td style='width:18em'>{bar}</td></tr>"
