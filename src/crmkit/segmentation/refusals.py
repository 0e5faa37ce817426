"""What segmentation refuses: frames that do not keep the contract of the door."""

from __future__ import annotations

from typing import Any, ClassVar

import attrs

from crmkit.errors import InputError

__all__ = ["FrameError"]


def _rebuild(column: str, found: str, expected: str) -> FrameError:
    return FrameError(column, found, expected)


@attrs.define(slots=False)
class FrameError(InputError):
    """Says that a column of the frame is missing or cannot be what its name promises.

    Attributes:
        column: The column's name as the caller gave it.
        found: What is there.
        expected: What would be right.

    Example:
        >>> print(FrameError("moment", "String", "datetimes"))
        Column 'moment' of the frame: found String, expected datetimes.
    """

    code: ClassVar[str] = "frame"
    reason: str = attrs.field(init=False, default="")
    column: str
    found: str
    expected: str

    def __attrs_post_init__(self) -> None:
        self.reason = str(self)

    def __str__(self) -> str:
        return f"Column {self.column!r} of the frame: found {self.found}, expected {self.expected}."

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (self.column, self.found, self.expected)
