"""Bad input is a value: one `Problem` for each thing that could not be used."""

from __future__ import annotations

from typing import Literal

import attrs

__all__ = ["Problem", "Severity"]

Severity = Literal["error", "warning"]
"""Whether something was left out, or came through with a remark."""

_LONGEST_VALUE = 80


def _cut(value: str) -> str:
    return value if len(value) <= _LONGEST_VALUE else value[: _LONGEST_VALUE - 1] + "…"


@attrs.frozen(kw_only=True, slots=True)
class Problem:
    """Names one thing that could not be used: where it stands, what it says and why it was left out.

    Attributes:
        source: File or source name.
        line: 1-based line as a spreadsheet shows it, or None.
        column: Header of the column, or "".
        value: The offending text, cut to 80 signs and masked by its maker if it is personal.
        code: Stable machine name ("damaged_identifier"); the docs list them all.
        reason: One sentence for a person.
        severity: "error": something was left out; "warning": it came through with a remark.
        sheet: Worksheet name, or "".
        order: Number of the order it belongs to, or "".

    Example:
        >>> print(Problem(source="orders.csv", line=7, column="总金额", value="1.2.3", code="bad_money",
        ...               reason="is not an amount of money"))
        orders.csv:7 [总金额] '1.2.3' is not an amount of money
    """

    source: str
    code: str
    reason: str
    line: int | None = None
    column: str = ""
    value: str = attrs.field(default="", converter=_cut)
    severity: Severity = "error"
    sheet: str = ""
    order: str = ""

    def __str__(self) -> str:
        place = self.source + (f"/{self.sheet}" if self.sheet else "")
        place += f":{self.line}" if self.line is not None else ""
        parts = [place]
        if self.column:
            parts.append(f"[{self.column}]")
        if self.value:
            parts.append(repr(self.value))
        return " ".join([*parts, self.reason])
