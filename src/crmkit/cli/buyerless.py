"""Orders of item reports that stand alone: nobody knows who bought them, so they are no customers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from crmkit.cli.sentences import told
from crmkit.importers import ImportReport
from crmkit.orders import Order
from crmkit.problems import Problem
from crmkit.segmentation.labels import Language

__all__ = ["CODE", "folded", "with_buyers"]

CODE = "no_buyer"
"""Code of the problem that stands for all such orders."""


def with_buyers(read: ImportReport, lang: Language = "en") -> tuple[tuple[Order, ...], tuple[Problem, ...]]:
    """Returns the orders that know their buyer's report, and the problems, with one for all others together.

    Example:
        >>> from crmkit import demo, importers
        >>> items = next(path for path in demo.files() if "Detail" in str(path))
        >>> orders, problems = with_buyers(importers.read(items))
        >>> len(orders), [problem.code for problem in problems]
        (0, ['no_buyer'])
    """
    whole = tuple(order for order in read.orders if not order.lines_only)
    alone = len(read.orders) - len(whole)
    return whole, (*_told(alone, read.formats, lang), *read.problems)


def folded(read: ImportReport, problems: Sequence[Problem], lang: Language = "en") -> tuple[Problem, ...]:
    """Returns the problems of taking files in, with one for all orders whose item report stands alone."""
    alone = {str(order.key) for order in read.orders if order.lines_only}
    rest = [one for one in problems if one.code != "refused_order" or one.source not in alone]
    return (*_told(len(problems) - len(rest), read.formats, lang), *rest)


def _told(orders: int, formats: Mapping[str, str], lang: Language) -> Iterable[Problem]:
    if orders:
        source = ", ".join(name for name, format_ in formats.items() if format_.endswith(".items"))
        reason = told(lang, "no_buyer", n=orders)
        yield Problem(source=source or "files", code=CODE, reason=reason)
