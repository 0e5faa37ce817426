"""One value at a time: what a test says of it, in plain Python."""

from __future__ import annotations

from typing import Any

from crmkit.segmentation.rules.binding import BoundLeaf, Contains, IsNull, OneOf, Ranges, StartsWith, Test
from crmkit.segmentation.rules.kinds import Range

__all__ = ["holds", "passes"]


def passes(test: Test, value: Any) -> bool:
    """Whether a value that is there passes the test."""
    if isinstance(test, OneOf):
        return value in test.among
    if isinstance(test, StartsWith):
        return bool(value.startswith(test.text))
    if isinstance(test, Contains):
        return test.text in value
    return isinstance(test, Ranges) and any(_inside(part, value) for part in test.ranges)


def _inside(part: Range, value: Any) -> bool:
    if part.low is not None and (value <= part.low if part.low_open else value < part.low):
        return False
    return part.high is None or not (value >= part.high if part.high_open else value > part.high)


def holds(found: BoundLeaf, value: Any, currency: str | None) -> bool:
    """Whether a leaf holds for a value, None where there is none, in an amount of a currency."""
    if isinstance(found.test, IsNull):
        return value is None
    if value is None or (found.currency is not None and currency != found.currency):
        return False
    return passes(found.test, value) != found.negated
