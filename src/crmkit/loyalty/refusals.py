"""Refusals of the loyalty desk: the call was understood, and the ledger forbids it now."""

from __future__ import annotations

from typing import ClassVar

import attrs

from crmkit.errors import RefusedError

__all__ = ["KeyReused", "NotEnoughPoints"]


@attrs.define(slots=False)
class NotEnoughPoints(RefusedError):
    """Says that more points were asked for than can be spent now.

    Attributes:
        asked: What was asked for.
        available: What could be spent.

    Example:
        >>> print(NotEnoughPoints(asked=100, available=80))
        100 points were asked for and 80 are available; ask for fewer, or later.
    """

    code: ClassVar[str] = "not_enough_points"
    asked: int
    available: int

    def __str__(self) -> str:
        return f"{self.asked} points were asked for and {self.available} are available; ask for fewer, or later."


@attrs.define(slots=False)
class KeyReused(RefusedError):
    """Says that a key was used before for something else, so that this is no repetition.

    Attributes:
        key: The key.
        stored: Digest of what was booked under it.
        given: Digest of what was asked for now.

    Example:
        >>> print(KeyReused("key:till-7", "aa", "bb"))
        The key 'key:till-7' was used for something else (aa, now bb); give each request a key of its own.
    """

    code: ClassVar[str] = "key_reused"
    key: str
    stored: str
    given: str

    def __str__(self) -> str:
        return (
            f"The key {self.key!r} was used for something else ({self.stored}, now {self.given}); "
            "give each request a key of its own."
        )
