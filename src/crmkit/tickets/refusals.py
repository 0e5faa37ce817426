"""Refusals of the ticket machine: the call was understood, and the table, a guard or a permission forbids it now."""

from __future__ import annotations

from typing import ClassVar

import attrs

from crmkit.errors import RefusedError

__all__ = ["Conflict", "Forbidden", "GuardFailed", "IllegalTransition"]


@attrs.define(slots=False)
class IllegalTransition(RefusedError):
    """Says that the table has no edge for this event in this state.

    Attributes:
        ticket: Id of the ticket.
        state: The state it is in.
        event: The event that was asked for ("reopen").
        allowed: The events that the table knows in this state, in the table's order.

    Example:
        >>> print(IllegalTransition("t-1", "closed", "reopen", ("note", "retag")))
        The ticket 't-1' is closed, and 'reopen' does nothing there; it can take: note, retag.
    """

    code: ClassVar[str] = "illegal_transition"
    ticket: str
    state: str
    event: str
    allowed: tuple[str, ...]

    def __str__(self) -> str:
        allowed = ", ".join(self.allowed) or "nothing"
        return (
            f"The ticket {self.ticket!r} is {self.state}, and {self.event!r} does nothing there; "
            f"it can take: {allowed}."
        )


@attrs.define(slots=False)
class GuardFailed(RefusedError):
    """Says that the table has an edge and its guard did not hold.

    Attributes:
        ticket: Id of the ticket.
        state: The state it is in.
        event: The event that was asked for.
        name: The first guard that did not hold, of the first edge in the table's order.

    Example:
        >>> print(GuardFailed("t-1", "open", "merge_into", "target_is_another"))
        The ticket 't-1' is open, and 'merge_into' is held back by the guard 'target_is_another': meet it and repeat.
    """

    code: ClassVar[str] = "guard_failed"
    ticket: str
    state: str
    event: str
    name: str

    def __str__(self) -> str:
        return (
            f"The ticket {self.ticket!r} is {self.state}, and {self.event!r} is held back by the guard "
            f"{self.name!r}: meet it and repeat."
        )


@attrs.define(slots=False)
class Forbidden(RefusedError):
    """Says that the actor lacks the permission that the edge asks for.

    Attributes:
        ticket: Id of the ticket.
        event: The event that was asked for.
        actor: Id of who asked.
        permission: What they lack.

    Example:
        >>> print(Forbidden("t-1", "assign", "customer-7", "work"))
        'customer-7' may not 'assign' the ticket 't-1': that needs the permission 'work'.
    """

    code: ClassVar[str] = "forbidden"
    ticket: str
    event: str
    actor: str
    permission: str

    def __str__(self) -> str:
        return (
            f"{self.actor!r} may not {self.event!r} the ticket {self.ticket!r}: "
            f"that needs the permission {self.permission!r}."
        )


@attrs.define(slots=False)
class Conflict(RefusedError):
    """Says that the caller's key was used before for something else, so that this is no repetition.

    Attributes:
        ticket: Id of the ticket that the key belongs to.
        key: The caller's key.
        done: The event that was done under the key.

    Example:
        >>> print(Conflict("t-1", "mail-17", "assign"))
        The key 'mail-17' was used for another 'assign' of the ticket 't-1'; give each request a key of its own.
    """

    code: ClassVar[str] = "conflict"
    ticket: str
    key: str
    done: str

    def __str__(self) -> str:
        return (
            f"The key {self.key!r} was used for another {self.done!r} of the ticket {self.ticket!r}; "
            "give each request a key of its own."
        )
