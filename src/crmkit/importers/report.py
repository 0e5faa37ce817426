"""What came out of reading: orders, problems, and the count of everything that was skipped."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import attrs

from crmkit.importers.refusals import ReportError
from crmkit.money import Money
from crmkit.orders import BillEntry, Order, Reconciliation, reconcile
from crmkit.problems import Problem

__all__ = ["ImportReport", "Rows"]

_MOST_SHOWN = 20


@attrs.frozen(kw_only=True, slots=True)
class Rows:
    """Counts what became of the rows: `read == taken + refused + skipped`.

    Attributes:
        read: Rows under the headers.
        taken: Rows that are part of an order, or entries of a bill.
        refused: Rows of a problem.
        skipped: Rows that were left out on purpose.
    """

    read: int = 0
    taken: int = 0
    refused: int = 0
    skipped: int = 0


def _plural(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


@attrs.frozen(kw_only=True, slots=True)
class ImportReport:
    """Holds the orders of the files that were read, and everything that could not be used.

    Attributes:
        orders: The orders, in the order in which the files first name them.
        problems: What was left out (errors) or came through with a remark (warnings).
        formats: File → name of its format.
        entries: Entries of bills, each one once.
        skipped: Reason → number of rows or files that were left out on purpose.
        rows: What became of the rows.

    Example:
        >>> print(ImportReport())
        0 orders · 0 problems
    """

    orders: tuple[Order, ...] = ()
    problems: tuple[Problem, ...] = ()
    formats: Mapping[str, str] = attrs.field(factory=dict)
    entries: tuple[BillEntry, ...] = ()
    skipped: Mapping[str, int] = attrs.field(factory=dict)
    rows: Rows = Rows()

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that left something out."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The problems that came through with a remark."""
        return tuple(problem for problem in self.problems if problem.severity == "warning")

    @property
    def looks_cut(self) -> bool:
        """Whether a file ends where no file ends by itself."""
        return any(problem.code == "cut_file" for problem in self.problems)

    def raise_if_problems(self, *, warnings: bool = False) -> ImportReport:
        """Returns the report itself if nothing was left out.

        Args:
            warnings: Warnings count as well.

        Raises:
            ReportError: Something was left out; the error names it.

        Example:
            >>> ImportReport().raise_if_problems().orders
            ()
        """
        found = self.problems if warnings else self.errors
        if found:
            told = tuple(map(str, found))
            more = f" and {_plural(len(told) - 3, 'more')}" if len(told) > 3 else ""
            raise ReportError(
                f"The files have {_plural(len(told), 'problem')}: {'; '.join(told[:3])}{more}.", problems=told
            )
        return self

    def reconcile(self, *, tolerance: Money | None = None) -> Reconciliation:
        """Returns how the orders of these files and the entries of their bills agree, as `orders.reconcile` does.

        Args:
            tolerance: Differences up to this amount count as none, for orders in its currency.

        Example:
            >>> print(ImportReport().reconcile())
            nothing to reconcile
        """
        return reconcile(self.orders, self.entries, tolerance=tolerance)

    def __str__(self) -> str:
        parts = [_plural(len(self.orders), "order"), _plural(len(self.problems), "problem")]
        if self.entries:
            parts.insert(1, f"{len(self.entries):,} bill entr{'y' if len(self.entries) == 1 else 'ies'}")
        parts += [f"{number:,} skipped ({reason})" for reason, number in sorted(self.skipped.items())]
        if self.looks_cut:
            parts.append("a file looks cut")
        return " · ".join(parts)

    def _repr_html_(self) -> str:
        files = "".join(f"<li>{escape(file)}: {escape(name)}</li>" for file, name in self.formats.items())
        rows = "".join(
            f"<tr><td>{escape(p.severity)}</td><td>{escape(p.source)}</td><td>{p.line or ''}</td>"
            f"<td>{escape(p.column)}</td><td>{escape(p.value)}</td><td>{escape(p.reason)}</td></tr>"
            for p in self.problems[:_MOST_SHOWN]
        )
        head = "<tr><th></th><th>file</th><th>row</th><th>column</th><th>value</th><th>reason</th></tr>"
        table = f"<table>{head}{rows}</table>" if rows else ""
        left = len(self.problems) - _MOST_SHOWN
        more = f"<p>and {_plural(left, 'more problem')}</p>" if left > 0 else ""
        return f"<div><p><b>{escape(str(self))}</b></p><ul>{files}</ul>{table}{more}</div>"
