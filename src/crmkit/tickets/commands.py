"""Commands: what can be asked of a ticket, as frozen values; the table decides what each one does in each state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

import attrs

from crmkit.errors import InputError
from crmkit.events import plain
from crmkit.tickets.model import check_priority
from crmkit.tickets.wording import line, tag_set

__all__ = [
    "COMMANDS",
    "Absorb",
    "Assign",
    "Close",
    "Command",
    "CustomerReplied",
    "Do",
    "Hold",
    "MarkSpam",
    "MergeInto",
    "Note",
    "Pend",
    "Reopen",
    "Reply",
    "Resolve",
    "Resume",
    "Retag",
    "SetPriority",
    "Unassign",
]


class Command(Protocol):
    """Is what can be asked of a ticket; a host's own class needs these two and inherits nothing."""

    @property
    def event(self) -> str:
        """The event's name in the table."""
        ...

    def details(self) -> Mapping[str, Any]:
        """Returns what the command says, as plain JSON values for the audit."""
        ...


_NAMES: dict[type, tuple[str, ...]] = {}


def _field_names(command: type[Any]) -> tuple[str, ...]:
    if command not in _NAMES:
        _NAMES[command] = tuple(a.name for a in attrs.fields(command))
    return _NAMES[command]


@attrs.frozen(slots=True)
class _Bare:
    """Is a command that says nothing but its name."""

    event: ClassVar[str]

    def details(self) -> Mapping[str, Any]:
        """Returns what the command says, as plain JSON values for the audit."""
        return {}


class _Telling(_Bare):
    """Is a command whose fields go into the audit under their own names."""

    __slots__ = ()

    def details(self) -> Mapping[str, Any]:
        """Returns the fields as plain JSON values."""
        values = [(name, getattr(self, name)) for name in _field_names(type(self))]
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values}


@attrs.frozen(slots=True)
class _Written(_Telling):
    text: str = line(repr=False)


@attrs.frozen(slots=True)
class _Reasoned(_Telling):
    reason: str = line(default="")


# Making an attrs class takes half a millisecond at import, so that commands with the same fields share one: the classes
# below without a decorator are as frozen, slotted and comparable as the one they derive from.


@attrs.frozen(slots=True)
class Assign(_Bare):
    """Gives the ticket to somebody.

    Attributes:
        to: Id of who works on it from now on.

    Example:
        >>> Assign(to="mei").details()
        {'to': 'mei'}
    """

    event: ClassVar[str] = "assign"
    to: str = line(longest=255, needed=True)

    def details(self) -> Mapping[str, Any]:
        """Returns to whom it goes."""
        return {"to": self.to}


class Unassign(_Bare):
    """Takes the ticket from whoever has it."""

    __slots__ = ()
    event: ClassVar[str] = "unassign"


@attrs.frozen(slots=True)
class Reply(_Written):
    """Answers the customer.

    Attributes:
        text: What is written.
        public: The customer sees it; a reply that is not public goes to a colleague or a supplier.
    """

    event: ClassVar[str] = "reply"
    public: bool = attrs.field(default=True, kw_only=True, converter=bool)


class Note(_Written):
    """Writes something down that the customer does not see.

    Attributes:
        text: What is written.
    """

    __slots__ = ()
    event: ClassVar[str] = "note"


class CustomerReplied(_Written):
    """Tells that the customer wrote again; a resolved, pending or held ticket opens by it.

    Attributes:
        text: What they wrote.
    """

    __slots__ = ()
    event: ClassVar[str] = "customer_replied"


class Pend(_Bare):
    """Waits for the customer."""

    __slots__ = ()
    event: ClassVar[str] = "pend"


class Hold(_Reasoned):
    """Waits for somebody else: the carrier, the supplier.

    Attributes:
        reason: Why, or "".
    """

    __slots__ = ()
    event: ClassVar[str] = "hold"


class Resume(_Bare):
    """Goes on with the work after a wait."""

    __slots__ = ()
    event: ClassVar[str] = "resume"


class Resolve(_Reasoned):
    """Says that the matter is settled; a reply of the customer opens it again.

    Attributes:
        reason: How it was settled ("refunded"), or "".
    """

    __slots__ = ()
    event: ClassVar[str] = "resolve"


class Reopen(_Reasoned):
    """Takes up a ticket that was resolved, or marked as spam by mistake.

    Attributes:
        reason: Why, or "".
    """

    __slots__ = ()
    event: ClassVar[str] = "reopen"


class Close(_Bare):
    """Ends a resolved ticket for good."""

    __slots__ = ()
    event: ClassVar[str] = "close"


class MarkSpam(_Bare):
    """Puts the ticket away as spam."""

    __slots__ = ()
    event: ClassVar[str] = "mark_spam"


@attrs.frozen(slots=True)
class MergeInto(_Telling):
    """Ends the ticket in favour of another one about the same matter, which takes an `Absorb` in the same unit.

    Attributes:
        target: Id of the other ticket.
    """

    event: ClassVar[str] = "merge_into"
    target: str = line(longest=64, needed=True)


@attrs.frozen(slots=True)
class Absorb(_Telling):
    """Notes in a ticket that another one was merged into it; the desk does this by itself with `MergeInto`.

    Attributes:
        merged: Id of the ticket that came in.
    """

    event: ClassVar[str] = "absorb"
    merged: str = line(longest=64, needed=True)


@attrs.frozen(slots=True, kw_only=True)
class Retag(_Telling):
    """Adds and removes tags; a tag that is in both is removed.

    Attributes:
        add: Tags to add.
        remove: Tags to take away.

    Example:
        >>> Retag(add=["vip"], remove="late").details()
        {'add': ['vip'], 'remove': ['late']}
    """

    event: ClassVar[str] = "retag"
    add: tuple[str, ...] = attrs.field(default=(), converter=tag_set)
    remove: tuple[str, ...] = attrs.field(default=(), converter=tag_set)


@attrs.frozen(slots=True)
class SetPriority(_Telling):
    """Sets how urgent the ticket is.

    Attributes:
        to: One of `PRIORITIES`.
    """

    event: ClassVar[str] = "set_priority"
    to: str = attrs.field(validator=check_priority)


def _said(values: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        return dict(plain(values))
    except (TypeError, ValueError) as error:
        raise InputError(f"What a command says must be plain values by name (text, whole numbers): {error}") from error


@attrs.frozen(slots=True)
class Do:
    """Asks for an event of the host's own table by its name.

    Attributes:
        event: The event's name.
        says: What goes into the audit with it: plain JSON values.

    Example:
        >>> Do("escalate", says={"level": 2}).details()
        {'level': 2}
    """

    event: str = line(longest=64, needed=True)
    says: Mapping[str, Any] = attrs.field(factory=dict, kw_only=True, converter=_said)

    def details(self) -> Mapping[str, Any]:
        """Returns what goes into the audit."""
        return dict(self.says)


_ALL: tuple[type[_Bare], ...] = (
    Assign,
    Unassign,
    Reply,
    Note,
    CustomerReplied,
    Pend,
    Hold,
    Resume,
    Resolve,
    Reopen,
    Close,
    MarkSpam,
    MergeInto,
    Absorb,
    Retag,
    SetPriority,
)
COMMANDS: Mapping[str, type[_Bare]] = {command.event: command for command in _ALL}
"""The commands by the name of their event."""
