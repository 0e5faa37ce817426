"""What a format says of whole rows: which are no order's, and how many orders the file holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from crmkit.importers.files.text import Broken
from crmkit.importers.layouts import Layout, positions
from crmkit.importers.texts import clean, normalised
from crmkit.problems import Problem

__all__ = ["Count", "judging"]

_Judgement = TypeVar("_Judgement", str, int)


def judging(
    layout: Layout, judge: Callable[[Callable[[str], str]], _Judgement | None] | None
) -> Callable[[list[str] | Broken], _Judgement | None] | None:
    """The format's own judgement of rows that are no order's, given a row; None where the format has none."""
    if judge is None:
        return None
    at = positions(layout.header)

    def judged(row: list[str] | Broken) -> _Judgement | None:
        if isinstance(row, Broken):
            return None

        def cell(name: str) -> str:
            where = at.get(normalised(name))
            return clean(row[where]) if where is not None and where < len(row) else ""

        return judge(cell)

    return judged


class Count:
    """Compares how many orders a file says it holds with those that it does; it keeps eight bytes for each."""

    def __init__(self, layout: Layout) -> None:
        self._place = layout.place
        self._judged = judging(layout, layout.format.counts)
        self._said: int | None = None
        self.met: set[int] = set()

    def note(self, row: list[str] | Broken) -> None:
        """Notes what a row says of the whole file."""
        told = self._judged(row) if self._judged is not None else None
        self._said = told if told is not None else self._said

    def end(self, problems: list[Problem]) -> None:
        """Says what is to be said once the table is read."""
        if self._said is None:
            reason = "lacks the row that says how many orders it holds, so it looks cut"
            problems.append(self._place.problem("cut_file", reason, severity="warning"))
        elif self._said != len(self.met):
            reason = f"says that it holds {self._said} orders and holds {len(self.met)}; fetch it again"
            problems.append(self._place.problem("orders_missing", reason, severity="warning"))
