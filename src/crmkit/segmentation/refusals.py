"""What segmentation refuses: frames that do not keep the contract of the door."""

from __future__ import annotations

from typing import Any, ClassVar

import attrs

from crmkit.errors import InputError

__all__ = ["FrameError", "NotConverged", "TooFewRows"]


def _rebuild(column: str, found: str, expected: str, hint: str = "") -> FrameError:
    return FrameError(column, found, expected, hint)


@attrs.define(slots=False)
class FrameError(InputError):
    """Says that a column of the frame is missing or cannot be what its name promises.

    Attributes:
        column: The column's name as the caller gave it; "" where it is no frame at all.
        found: What is there.
        expected: What would be right.
        hint: What to do about it, a sentence, or "".

    Example:
        >>> print(FrameError("moment", "String", "datetimes"))
        Column 'moment' of the frame: found String, expected datetimes.
    """

    code: ClassVar[str] = "frame"
    reason: str = attrs.field(init=False, default="")
    column: str
    found: str
    expected: str
    hint: str = ""

    def __attrs_post_init__(self) -> None:
        self.reason = str(self)

    def __str__(self) -> str:
        place = f"Column {self.column!r} of the frame: found" if self.column else "Found"
        said = f"{place} {self.found}, expected {self.expected}."
        return f"{said} {self.hint}" if self.hint else said

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (self.column, self.found, self.expected, self.hint)


@attrs.define(slots=False)
class TooFewRows(InputError):
    """Says that a frame holds too little for what was asked of it.

    Attributes:
        needed_for: What was asked.
        found: What there is, with its number.
        needed: What would be enough.

    Example:
        >>> print(TooFewRows("BgNbd", "1 customer", "at least 10 customers"))
        BgNbd needs at least 10 customers; the frame holds 1 customer.
    """

    code: ClassVar[str] = "too_few_rows"
    reason: str = attrs.field(init=False, default="")
    needed_for: str
    found: str
    needed: str

    def __attrs_post_init__(self) -> None:
        self.reason = str(self)

    def __str__(self) -> str:
        return f"{self.needed_for} needs {self.needed}; the frame holds {self.found}."

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild_few, (self.needed_for, self.found, self.needed)


def _rebuild_few(needed_for: str, found: str, needed: str) -> TooFewRows:
    return TooFewRows(needed_for, found, needed)


@attrs.define(slots=False)
class NotConverged(InputError):
    """Says that a model has no optimum on these rows, or that none was found; there is never a silent result.

    Attributes:
        model: Name of the model.
        why: What happened.
        parameters: Where the search stood, by name.
        log_likelihood: Its log-likelihood there.
        gradient_norm: Largest slope per customer there, on the logarithms of the parameters.
        n: Number of customers.
        steps: Number of steps taken.
    """

    code: ClassVar[str] = "not_converged"
    reason: str = attrs.field(init=False, default="")
    model: str
    why: str
    parameters: dict[str, float]
    log_likelihood: float
    gradient_norm: float
    n: int
    steps: int

    def __attrs_post_init__(self) -> None:
        self.reason = str(self)

    def __str__(self) -> str:
        there = ", ".join(f"{name} {value:.4g}" for name, value in self.parameters.items())
        return (
            f"{self.model} did not converge on {self.n:,} customers: {self.why} after {self.steps} steps, at {there} "
            f"(log-likelihood {self.log_likelihood:.6g}, slope {self.gradient_norm:.2g} per customer). "
            "Use more customers or a longer history, another model, or a small penalty=0.001."
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild_stuck, tuple(getattr(self, field.name) for field in attrs.fields(type(self)) if field.init)


def _rebuild_stuck(*facts: Any) -> NotConverged:
    return NotConverged(*facts)
