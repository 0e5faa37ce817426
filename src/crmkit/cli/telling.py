"""How the commands tell what was read and what could not be used."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from crmkit.cli.sentences import told
from crmkit.cli.steps import Steps
from crmkit.importers import ImportReport
from crmkit.problems import Problem
from crmkit.report.problem_words import said
from crmkit.segmentation.labels import Language

__all__ = ["problem_line", "summary", "tell_problems"]

_SHOWN = 20
_SEE_REASON = frozenset({"refused_order"})


def summary(report: ImportReport, lang: Language) -> str:
    """Returns what was read, in one line.

    Example:
        >>> summary(ImportReport(), "en"), summary(ImportReport(), "zh")
        ('0 orders · 0 problems', '0笔订单 · 0个问题')
    """
    if lang == "en":
        return str(report)
    parts = [told(lang, "orders", n=len(report.orders))]
    parts += [told(lang, "entries", n=len(report.entries))] if report.entries else []
    parts.append(told(lang, "problems", n=len(report.problems)))
    parts += [told(lang, "skipped", n=number, reason=reason) for reason, number in sorted(report.skipped.items())]
    return " · ".join([*parts, *([told(lang, "looks_cut")] if report.looks_cut else [])])


def problem_line(problem: Problem, lang: Language) -> str:
    """Returns a problem in one line: how grave it is, where it stands, and what it is.

    Example:
        >>> problem = Problem(source="a.csv", line=7, code="bad_moment", reason="is no time")
        >>> problem_line(problem, "en"), problem_line(problem, "zh")
        ('error: a.csv:7 is no time', '错误：a.csv:7 单元格不是该格式的时间。')
    """
    chinese = said(problem.code, lang)
    if "详见原因" in chinese or (chinese and problem.code in _SEE_REASON):
        chinese = f"{chinese}（{problem.reason}）"
    shown = attrs.evolve(problem, reason=chinese or problem.reason)
    return f"{told(lang, problem.severity)}{'：' if lang == 'zh' else ': '}{shown}"


def tell_problems(steps: Steps, problems: Sequence[Problem], lang: Language = "en", *, shown: int = _SHOWN) -> None:
    """Lists problems, the first ones in full; the report holds them all."""
    for problem in problems[:shown]:
        steps.say(f"  {problem_line(problem, lang)}")
    if len(problems) > shown:
        steps.say(f"  {told(lang, 'more', n=len(problems) - shown)}")
