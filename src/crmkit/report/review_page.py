"""The page for reviewing by hand: each case side by side, why, and what would change; a file that loads nothing."""

from __future__ import annotations

import os
import shlex
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from crmkit.charts.figures import check_language
from crmkit.clock import require_aware
from crmkit.errors import MissingExtraError
from crmkit.identity import Explanation, ReviewCase, ReviewSide
from crmkit.identity.explanation_html import bar_places, span_of
from crmkit.identity.explanation_words import comparison_label, phrase
from crmkit.report.dates import moment
from crmkit.report.review_strings import say_of_review
from crmkit.segmentation.labels import Language

__all__ = ["render_review", "write_review"]

_FIELDS = ("name", "phone", "email", "account", "address", "card", "payer", "birthday")
_MOST_VALUES = 4


class _Step(NamedTuple):
    label: str
    rarity: str
    bits: str
    kind: str
    start: float
    width: float


def render_review(
    cases: Sequence[ReviewCase], *, generated_at: datetime, lang: Language = "en", total: int | None = None,
    url: str = "sqlite:///crmkit.db", title: str = "", is_masked: bool = True, kept: Collection[tuple[str, str]] = (),
) -> str:  # fmt: skip
    """Returns the page of some cases as one HTML text, without script and without anything loaded from elsewhere.

    Args:
        cases: What `identity.review_cases` gives; their values are shown as they come, masked or not.
        generated_at: When they were made, aware; its zone is the page's.
        lang: "en" or "zh".
        total: How many cases there are in all, where these are the first of them.
        url: The database that the printed commands name.
        title: Headline; "" takes the usual one.
        is_masked: Whether the cases hold masked values; the page says so.
        kept: The two records of each case that the database keeps as an open review: those can be rejected there.

    Raises:
        MissingExtraError: Jinja2 is not installed.
        InputError: An unknown language, or a naive moment.

    Example:
        >>> from datetime import UTC, datetime
        >>> page = render_review([], generated_at=datetime(2026, 11, 24, tzinfo=UTC), lang="zh")
        >>> "暂无待核查项。" in page, "<script" in page
        (True, False)
    """
    require_aware(generated_at, "generated_at")
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ImportError:
        raise MissingExtraError("cli", "Writing the review page") from None
    say = partial(say_of_review, check_language(lang))
    loader = PackageLoader("crmkit.report")
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.globals.update(t=say, steps=partial(_steps, lang=lang), lines=partial(_lines, lang=lang), phrase=phrase)
    made.globals.update(command=partial(_command, url=url, reason=say("reason_text"), by=say("you")))
    made.globals.update(marks=_marks, values=_values, signed=_signed)
    made.filters["labelled"] = partial(comparison_label, lang=lang)
    page: str = made.get_template("review.html").render(
        cases=cases,
        lang=lang,
        total=len(cases) if total is None else total,
        reasons=Counter(case.reason for case in cases).most_common(),
        made=moment(generated_at, generated_at.tzinfo, lang),
        title=title or say("title"),
        is_masked=is_masked,
        kept=frozenset(kept),
    )
    return page


def write_review(
    cases: Sequence[ReviewCase], path: Path | str, *, generated_at: datetime, lang: Language = "en",
    total: int | None = None, url: str = "sqlite:///crmkit.db", title: str = "", is_masked: bool = True,
    kept: Collection[tuple[str, str]] = (),
) -> Path:  # fmt: skip
    """Writes the page to a file; a reader finds the old page or the new one, never half of it.

    Args:
        cases: As for `render_review`, like all that follows the path.
        path: The file; its folder exists.
        generated_at: When the cases were made.
        lang: "en" or "zh".
        total: How many cases there are in all.
        url: The database that the printed commands name.
        title: Headline.
        is_masked: Whether the cases hold masked values.
        kept: The records of the cases that can be rejected.

    Returns:
        The path.

    Raises:
        MissingExtraError: Jinja2 is not installed.
        OSError: The folder cannot be written to.

    Example:
        >>> from datetime import UTC, datetime
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     write_review([], f"{folder}/review.html", generated_at=datetime(2026, 11, 24, tzinfo=UTC)).name
        'review.html'
    """
    page = render_review(
        cases,
        generated_at=generated_at,
        lang=lang,
        total=total,
        url=url,
        title=title,
        is_masked=is_masked,
        kept=kept,
    )
    target = Path(path)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        part.write_bytes(page.encode("utf-8", "replace"))
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    return target


def _steps(told: Explanation, *, lang: Language) -> list[_Step]:
    """The waterfall's rows: words, bits, and where the bar lies in per cent."""
    places = bar_places(told)
    rows = [_Step(phrase("prior", lang), "", _signed(told.prior), "sum", *places[0])]
    for bar, place in zip(told.bars, places[1:-1], strict=True):
        rarity = phrase("rarity", lang, bits=_signed(bar.frequency)) if bar.frequency else ""
        kind = "for" if bar.total >= 0 else "against"
        rows.append(_Step(bar.label(lang), rarity, _signed(bar.total), kind, *place))
    rows.append(_Step(phrase("weight", lang), "", _signed(told.weight), "sum", *places[-1]))
    return rows


def _marks(told: Explanation) -> list[float]:
    """Where on the bars' scale a human looks, and where two are accepted, in per cent."""
    low, high = span_of(told)
    return [round(100 * (mark - low) / (high - low), 2) for mark in (told.review, told.accept)]


def _lines(case: ReviewCase, *, lang: Language) -> list[tuple[str, str, str]]:
    """The rows that stand side by side: a field's name, how its levels compare ("same", "else", ""), its key."""
    levels = {bar.comparison: "against" if bar.total < 0 else "for" for bar in case.explanation.bars}
    told = [name for name in _FIELDS if case.left.values.get(name) or case.right.values.get(name)]
    labels = (comparison_label(name, lang) for name in told)
    return [(label[:1].upper() + label[1:], levels.get(n, ""), n) for label, n in zip(labels, told, strict=True)]


def _values(side: ReviewSide, key: str) -> tuple[list[str], int]:
    """The first few of a person's values with their counts, and how many more there are."""
    values = side.values.get(key, ())
    told = [value if count == 1 else f"{value} ×{count}" for value, count in values[:_MOST_VALUES]]
    return told, max(len(values) - _MOST_VALUES, 0)


def _command(verb: str, case: ReviewCase, *, url: str, by: str, reason: str) -> list[str]:
    """The words of the command, each quoted for a shell."""
    words = ["crmkit", "identity", verb, case.left.record, case.right.record, "--db", url, "--by", by]
    return [shlex.quote(word) for word in (*words, "--reason", reason)]


def _signed(bits: float) -> str:
    return f"{bits:+.2f}".replace("-", "\N{MINUS SIGN}")
