"""From the values to the page: one HTML text that loads nothing, and the file that it is written to."""

from __future__ import annotations

import os
from collections.abc import Iterable
from decimal import Decimal
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from crmkit.charts.figures import check_language, count, money, share
from crmkit.customers.masking import mask, mask_within
from crmkit.errors import MissingExtraError
from crmkit.money import Money
from crmkit.problems import Problem
from crmkit.report.dates import day, last_day, moment
from crmkit.report.model import ReportData, WaitingOrder
from crmkit.report.problem_words import said
from crmkit.report.return_view import FEWEST, return_view
from crmkit.report.rfm_view import rfm_view
from crmkit.report.spread_view import FEWEST as FEWEST_SPREAD
from crmkit.report.spread_view import spread_view
from crmkit.report.stage_view import stage_view
from crmkit.report.strings import say, say_count, say_or
from crmkit.segmentation.labels import Language

__all__ = ["render", "write"]


class _ProblemGroup(NamedTuple):
    code: str
    severity: str
    problems: tuple[Problem, ...]


class _Waiting(NamedTuple):
    kind: str
    orders: tuple[WaitingOrder, ...]
    sums: tuple[Money, ...]


def render(data: ReportData, *, lang: Language | None = None) -> str:
    """Returns the report as one HTML page, without script and without anything that is loaded from elsewhere.

    All names are shown as text, whatever they hold; customers, and addresses and numbers in subjects, are masked.

    Args:
        data: What is to be shown.
        lang: "en" or "zh"; None takes the language of the data.

    Raises:
        MissingExtraError: Jinja2 is not installed. (Without Altair the page has no picture and says so.)
        InputError: An unknown language.
        FrameError: An RFM frame lacks a column.

    Example:
        >>> from datetime import UTC, datetime
        >>> at = datetime(2026, 11, 24, tzinfo=UTC)
        >>> page = render(ReportData(shop="Paper <Lantern>", as_of=at, generated_at=at), lang="zh")
        >>> "Paper &lt;Lantern&gt;" in page, "截至2026年11月23日" in page
        (True, True)
    """
    lang = data.lang if lang is None else check_language(lang)
    template = _environment(data, lang).get_template("report.html")
    page: str = template.render(
        data=data,
        lang=lang,
        title=data.title or say(lang, "title"),
        until=day(last_day(data.as_of), lang),
        rfm=[rfm_view(section, lang) for section in data.rfm],
        spread=[spread_view(section, lang) for section in data.spread],
        returns=return_view(data.returns, lang) if data.returns else None,
        stages=stage_view(data.stages, lang) if data.stages else None,
        waiting=_waiting(data.waiting),
        problem_groups=_grouped(data.problems),
        counted=sum(data.by_status.values()),
    )
    return page


def write(data: ReportData, path: Path | str, *, lang: Language | None = None) -> Path:
    """Writes the report to a file; a reader finds the old page or the new one, never half of it.

    Args:
        data: What is to be shown.
        path: The file; its folder exists.
        lang: As for `render`.

    Returns:
        The path.

    Raises:
        MissingExtraError: Jinja2 is not installed.
        OSError: The folder cannot be written to.

    Example:
        >>> from datetime import UTC, datetime
        >>> from tempfile import TemporaryDirectory
        >>> at = datetime(2026, 11, 24, tzinfo=UTC)
        >>> with TemporaryDirectory() as folder:
        ...     write(ReportData(shop="Paper Lantern", as_of=at, generated_at=at), f"{folder}/report.html").name
        'report.html'
    """
    target = Path(path)
    page = render(data, lang=lang).encode("utf-8", "replace")
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        part.write_bytes(page)
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    return target


def _environment(data: ReportData, lang: Language) -> Any:
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
        from markupsafe import Markup
    except ImportError:
        raise MissingExtraError("cli", "Writing the report") from None
    loader = PackageLoader("crmkit.report")
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters.update(
        count=count,
        money=partial(money, lang=lang),
        share=share,
        moment=partial(moment, zone=data.as_of.tzinfo, lang=lang),
        date=lambda at: day(at.astimezone(data.as_of.tzinfo).date(), lang, short=True),
        waited=lambda at: max((data.as_of - at).days, 0),
        part_of=lambda number, all_of_it: Decimal(number) / all_of_it if all_of_it else None,
        width=lambda part, top: round(100 * min(max(float(part or 0) / (float(top) or 1.0), 0.0), 1.0), 1),
        pair=lambda name: (name, "n"),
        signed=lambda number: f"+{count(number)}" if number > 0 else count(number),
        plain=lambda amount: f"{amount:,}",
        mask=mask,
        mask_within=mask_within,
        picture=Markup,
    )
    made.globals.update(t=partial(say, lang), t_count=partial(say_count, lang), t_or=partial(say_or, lang))
    made.globals.update(fewest=FEWEST, fewest_spread=FEWEST_SPREAD)
    made.globals.update(said=partial(said, lang=lang))
    return made


def _waiting(orders: Iterable[WaitingOrder]) -> list[_Waiting]:
    """Gives both kinds, each with who waits longest first, and its sums by currency."""
    found = []
    for kind in ("payment", "receipt"):
        chosen = [order for order in orders if order.kind == kind]
        chosen.sort(key=lambda order: (order.since is None, order.since or 0, order.platform, order.shop, order.number))
        sums = [
            Money.sum((order.amount for order in chosen if order.amount.currency == currency), currency=currency)
            for currency in sorted({order.amount.currency for order in chosen})
        ]
        found.append(_Waiting(kind, tuple(chosen), tuple(sums)))
    return found


def _grouped(problems: Iterable[Problem]) -> list[_ProblemGroup]:
    """Gives the problems by code, errors and the largest groups first; inside, as they stand in the files."""

    def key(problem: Problem) -> tuple[str, str]:
        return problem.severity, problem.code

    groups = [
        _ProblemGroup(code, severity, tuple(sorted(found, key=_place)))
        for (severity, code), found in groupby(sorted(problems, key=key), key)
    ]
    return sorted(groups, key=lambda group: (group.severity != "error", -len(group.problems), group.code))


def _place(problem: Problem) -> tuple[str, str, int, str]:
    return problem.source, problem.sheet, problem.line or 0, problem.column
