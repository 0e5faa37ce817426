"""Tickets: matters of customers that somebody works on, in a machine whose table the shop can replace.

Importing this package is cheap: each name below loads its part at the first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmkit.tickets.commands import (
        COMMANDS,
        Absorb,
        Assign,
        Close,
        Command,
        CustomerReplied,
        Do,
        Hold,
        MarkSpam,
        MergeInto,
        Note,
        Pend,
        Reopen,
        Reply,
        Resolve,
        Resume,
        Retag,
        SetPriority,
        Unassign,
    )
    from crmkit.tickets.default import DEFAULT
    from crmkit.tickets.events import (
        TicketAssigned,
        TicketClosed,
        TicketEvent,
        TicketMerged,
        TicketOpened,
        TicketReopened,
        TicketReplied,
        TicketResolved,
        TicketStateChanged,
    )
    from crmkit.tickets.history import replay
    from crmkit.tickets.machine import Machine, Outcome
    from crmkit.tickets.model import PRIORITIES, SYSTEM, TIMER, WORK, Actor, AuditRecord, Context, Opening, Ticket
    from crmkit.tickets.ports import TicketRepository, TicketsUnit
    from crmkit.tickets.refusals import Conflict, Forbidden, GuardFailed, IllegalTransition
    from crmkit.tickets.rules import EFFECTS, GUARDS, SETTABLE, Effect, Guard
    from crmkit.tickets.service import TicketDesk
    from crmkit.tickets.spec import MachineSpec
    from crmkit.tickets.table import CATEGORIES, Category, State, Timer, Transition
    from crmkit.tickets.work import apply_command, open_ticket, settle_ticket

__all__ = [
    "CATEGORIES",
    "COMMANDS",
    "DEFAULT",
    "EFFECTS",
    "GUARDS",
    "PRIORITIES",
    "SETTABLE",
    "SYSTEM",
    "TIMER",
    "WORK",
    "Absorb",
    "Actor",
    "Assign",
    "AuditRecord",
    "Category",
    "Close",
    "Command",
    "Conflict",
    "Context",
    "CustomerReplied",
    "Do",
    "Effect",
    "Forbidden",
    "Guard",
    "GuardFailed",
    "Hold",
    "IllegalTransition",
    "Machine",
    "MachineSpec",
    "MarkSpam",
    "MergeInto",
    "Note",
    "Opening",
    "Outcome",
    "Pend",
    "Reopen",
    "Reply",
    "Resolve",
    "Resume",
    "Retag",
    "SetPriority",
    "State",
    "Ticket",
    "TicketAssigned",
    "TicketClosed",
    "TicketDesk",
    "TicketEvent",
    "TicketMerged",
    "TicketOpened",
    "TicketReopened",
    "TicketReplied",
    "TicketRepository",
    "TicketResolved",
    "TicketStateChanged",
    "TicketsUnit",
    "Timer",
    "Transition",
    "Unassign",
    "apply_command",
    "open_ticket",
    "replay",
    "settle_ticket",
]

_HOMES = {
    name: f"crmkit.tickets.{home}"
    for home, names in {
        "commands": (
            "COMMANDS Absorb Assign Close Command CustomerReplied Do Hold MarkSpam MergeInto Note Pend Reopen "
            "Reply Resolve Resume Retag SetPriority Unassign"
        ),
        "default": "DEFAULT",
        "events": (
            "TicketAssigned TicketClosed TicketEvent TicketMerged TicketOpened TicketReopened TicketReplied "
            "TicketResolved TicketStateChanged"
        ),
        "history": "replay",
        "machine": "Machine Outcome",
        "model": "PRIORITIES SYSTEM TIMER WORK Actor AuditRecord Context Opening Ticket",
        "ports": "TicketRepository TicketsUnit",
        "refusals": "Conflict Forbidden GuardFailed IllegalTransition",
        "rules": "EFFECTS GUARDS SETTABLE Effect Guard",
        "service": "TicketDesk",
        "spec": "MachineSpec",
        "table": "CATEGORIES Category State Timer Transition",
        "work": "apply_command open_ticket settle_ticket",
    }.items()
    for name in names.split()
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'crmkit.tickets' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
