"""What saved rules refuse, with the place in the rule."""

from __future__ import annotations

from typing import Any, ClassVar

import attrs

from crmkit.errors import PolicyError

__all__ = ["RuleError"]


def _rebuild(path: str, problem: str) -> RuleError:
    return RuleError(path, problem)


@attrs.define(slots=False)
class RuleError(PolicyError):
    """Says what in a saved rule cannot be meant, and where.

    Attributes:
        path: Place in the rule, "" for the whole of it.
        problem: What is there and what would be right.

    Example:
        >>> print(RuleError("all[1].any[0].op", "'like' is no operator; use contains or starts_with"))
        The rule at all[1].any[0].op: 'like' is no operator; use contains or starts_with.
    """

    code: ClassVar[str] = "rule"
    reason: str = attrs.field(init=False, default="")
    path: str
    problem: str

    def __attrs_post_init__(self) -> None:
        self.reason = str(self)

    def __str__(self) -> str:
        return f"The rule{f' at {self.path}' if self.path else ''}: {self.problem}."

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (self.path, self.problem)
