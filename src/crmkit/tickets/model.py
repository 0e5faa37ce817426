"""What a ticket is: the ticket, its audit record, who acts on it, and what it is opened with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs

from crmkit.clock import require_aware
from crmkit.errors import InputError
from crmkit.tickets.wording import line, require_text, tag_set

__all__ = ["PRIORITIES", "SYSTEM", "TIMER", "WORK", "Actor", "AuditRecord", "Context", "Opening", "Ticket"]

PRIORITIES = ("low", "normal", "high", "urgent")
"""The priorities, the least first."""

WORK = "work"
"""The permission that the default table asks of everybody but the customer."""


def check_priority(_: Any, __: Any, value: str) -> None:
    """Raises InputError unless `value` is one of `PRIORITIES`; for attrs fields."""
    if value not in PRIORITIES:
        raise InputError(f"{value!r} is not a priority; use one of {', '.join(PRIORITIES)}.")


def _aware(_: Any, attribute: attrs.Attribute[Any], value: datetime) -> None:
    require_aware(value, attribute.name)


@attrs.frozen(kw_only=True, slots=True)
class Ticket:
    """Is one matter of one customer, as it stands after its last audit record.

    Attributes:
        id: Its key; ours are ULIDs, which sort by the time of opening.
        customer: The identity it came with; it never changes, a merge of customers changes the identity map alone.
        subject: One line for people.
        state: Where it stands in the table ("open").
        priority: One of `PRIORITIES`.
        assignee: Who works on it, or None.
        tags: Sorted, each once.
        order: The order it is about, as the host writes it, or None.
        channel: How it came in ("mail"), or "".
        opened_at: When it was opened; all instants are aware.
        updated_at: When it last changed.
        entered_at: When it came into its state.
        due_at: When the next timer of its state fires, or None.
        fired: How many timers of the state have fired since it came in.
        merged_into: Id of the ticket that it was merged into, or None.
        version: Number of its audit records; rises by one with each.
        machine: Digest of the table that judged it last.
    """

    id: str
    customer: str
    subject: str
    state: str
    priority: str = "normal"
    assignee: str | None = None
    tags: tuple[str, ...] = ()
    order: str | None = None
    channel: str = ""
    opened_at: datetime = attrs.field(validator=_aware)
    updated_at: datetime = attrs.field(validator=_aware)
    entered_at: datetime = attrs.field(validator=_aware)
    due_at: datetime | None = None
    fired: int = 0
    merged_into: str | None = None
    version: int = 1
    machine: str = ""


@attrs.frozen(kw_only=True, slots=True)
class AuditRecord:
    """Is one thing that happened to a ticket; the records of a ticket alone say all that it is.

    Attributes:
        ticket: Id of the ticket.
        seq: 1, 2, 3 … without gaps.
        at: When it happened; never before the record in front of it.
        actor: Id of who did it ("mei", "system", "timer").
        event: What was done ("assign"; the first is "opened").
        source: State before; "" for the first.
        target: State after.
        changes: The ticket's other fields that have a new value, as plain JSON values.
        details: What the command said (the text of a reply), as plain JSON values.
        machine: Digest of the table that allowed it.
        key: Digest of the caller's key, or "".
    """

    ticket: str
    seq: int
    at: datetime = attrs.field(validator=_aware)
    actor: str
    event: str
    source: str
    target: str
    changes: Mapping[str, Any] = attrs.field(factory=dict)
    details: Mapping[str, Any] = attrs.field(factory=dict, repr=False)
    machine: str = ""
    key: str = ""


@attrs.frozen(slots=True)
class Actor:
    """Is who acts, with what they may do.

    Attributes:
        id: How the audit names them.
        permissions: What they may do; None is everything. An agent may `work`; a customer has no permissions and
            can do what the table allows to everybody.

    Example:
        >>> Actor("mei").may("work"), Actor("customer-7", permissions=()).may("work")
        (True, False)
    """

    id: str = line(longest=255, needed=True)
    permissions: frozenset[str] | None = attrs.field(
        default=frozenset({WORK}), kw_only=True, converter=attrs.converters.optional(frozenset)
    )

    def may(self, permission: str) -> bool:
        """Whether they have this permission."""
        return self.permissions is None or permission in self.permissions


SYSTEM = Actor("system", permissions=None)
"""Who acts where the host names nobody: the host's own code, which may do everything."""

TIMER = Actor("timer", permissions=None)
"""Who acts when a timer fires."""


@attrs.frozen(slots=True)
class Context:
    """Is what the machine needs to know besides the ticket and the command.

    Attributes:
        now: The instant of the event, aware.
        actor: Who acts.
        key: Digest of the caller's key, for the audit record, or "".
    """

    now: datetime = attrs.field(validator=_aware)
    actor: Actor = SYSTEM
    key: str = attrs.field(default="", kw_only=True)


@attrs.frozen(kw_only=True, slots=True)
class Opening:
    """Is what a ticket is opened with.

    Attributes:
        customer: The identity it comes with.
        subject: One line for people.
        text: The first message, or "".
        order: The order it is about, as the host writes it, or None.
        channel: How it came in, or "".
        priority: One of `PRIORITIES`.
        tags: Any tags; kept sorted, each once.

    Raises:
        InputError: An empty customer or subject, an unknown priority, a text that no database keeps.

    Example:
        >>> Opening(customer="account:taobao:mei_shop", subject="Parcel is late", tags=["vip", "late"]).tags
        ('late', 'vip')
    """

    customer: str = line(needed=True)
    subject: str = line(needed=True)
    text: str = line(default="", repr=False)
    order: str | None = line(default=None)
    channel: str = line(default="", longest=64)
    priority: str = attrs.field(default="normal", validator=check_priority)
    tags: tuple[str, ...] = attrs.field(default=(), converter=tag_set)

    def changes(self) -> dict[str, Any]:
        """Returns the fields of the new ticket as plain JSON values, as its first record tells them."""
        return {
            "customer": self.customer,
            "subject": self.subject,
            "order": self.order,
            "channel": self.channel,
            "priority": self.priority,
            "tags": list(self.tags),
        }

    def details(self) -> dict[str, Any]:
        """Returns what is said besides: the first message."""
        return {"text": self.text} if self.text else {}


def require_ticket_id(value: object) -> str:
    """Returns `value` if it can be the id of a ticket: text of 1 to 64 signs."""
    return require_text("A ticket's id", value, longest=64, needed=True)
