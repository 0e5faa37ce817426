"""Named guards and effects: what an edge of a table can ask for, and what it can change, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from crmkit.tickets.commands import Command
from crmkit.tickets.model import Context, Ticket

__all__ = ["EFFECTS", "GUARDS", "SETTABLE", "Effect", "Guard"]

SETTABLE = frozenset({"assignee", "merged_into", "order", "priority", "subject", "tags"})
"""The fields of a ticket that an effect may set; the machine alone sets the others."""


@attrs.frozen(slots=True)
class Guard:
    """Is a named condition on an edge.

    Attributes:
        name: Its name in tables.
        holds: Pure; gets the ticket, the command and the context. Where `available` asks, there is no command yet:
            a guard that judges the command is then left out.
        needs: The fields of the command that it reads.

    Example:
        >>> urgent_only = Guard("is_urgent", lambda ticket, command, ctx: ticket.priority == "urgent")
        >>> urgent_only.name
        'is_urgent'
    """

    name: str
    holds: Callable[[Ticket, Any, Context], bool]
    needs: tuple[str, ...] = attrs.field(default=(), kw_only=True)


@attrs.frozen(slots=True)
class Effect:
    """Is a named change that an edge makes besides the state.

    Attributes:
        name: Its name in tables.
        changes: Pure; gets the ticket, the command and the context, and returns new values of `SETTABLE` fields.
        needs: The fields of the command that it reads.
    """

    name: str
    changes: Callable[[Ticket, Any, Context], Mapping[str, Any]]
    needs: tuple[str, ...] = attrs.field(default=(), kw_only=True)


def _retagged(ticket: Ticket, command: Any, _: Context) -> Mapping[str, Any]:
    tags = (set(ticket.tags) | set(command.add)) - set(command.remove)
    return {"tags": tuple(sorted(tags))}


def _is_actors(ticket: Ticket, _: Command | None, ctx: Context) -> bool:
    return ticket.assignee == ctx.actor.id


GUARDS: Mapping[str, Guard] = {
    guard.name: guard
    for guard in (
        Guard("is_assigned", lambda ticket, command, ctx: ticket.assignee is not None),
        Guard("is_unassigned", lambda ticket, command, ctx: ticket.assignee is None),
        Guard("assignee_is_actor", _is_actors),
        Guard("target_is_another", lambda ticket, command, ctx: command.target != ticket.id, needs=("target",)),
    )
}
"""The guards that every table may name; a host adds its own at `MachineSpec.compile(guards=…)`."""

EFFECTS: Mapping[str, Effect] = {
    effect.name: effect
    for effect in (
        Effect("set_assignee", lambda ticket, command, ctx: {"assignee": command.to}, needs=("to",)),
        Effect("clear_assignee", lambda ticket, command, ctx: {"assignee": None}),
        Effect("assign_actor", lambda ticket, command, ctx: {"assignee": ctx.actor.id}),
        Effect("set_priority", lambda ticket, command, ctx: {"priority": command.to}, needs=("to",)),
        Effect("retag", _retagged, needs=("add", "remove")),
        Effect("set_merged_into", lambda ticket, command, ctx: {"merged_into": command.target}, needs=("target",)),
    )
}
"""The effects that every table may name; a host adds its own at `MachineSpec.compile(effects=…)`."""
