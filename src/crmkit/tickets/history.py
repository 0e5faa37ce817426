"""Replaying the audit: the records of a ticket alone give the ticket."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import attrs

from crmkit.errors import InputError
from crmkit.tickets.model import AuditRecord, Ticket

__all__ = ["replay"]


def replay(records: Iterable[AuditRecord]) -> Ticket:
    """Returns the ticket that these records tell of, field by field as the store holds it.

    Args:
        records: All records of one ticket in the order of `seq`; the first ones alone give the ticket as it was then.

    Raises:
        InputError: There is no record, or one is missing or of another ticket.

    Example:
        >>> from datetime import UTC, datetime
        >>> from crmkit.tickets import DEFAULT, Assign, Context, Opening
        >>> machine, ctx = DEFAULT.compile(), Context(datetime(2026, 11, 24, 8, tzinfo=UTC))
        >>> opened = machine.open("t-1", Opening(customer="c-1", subject="Parcel is late"), ctx)
        >>> assigned = machine.apply(opened.ticket, Assign(to="mei"), ctx)
        >>> replay([opened.record, assigned.record]) == assigned.ticket
        True
    """
    ticket: Ticket | None = None
    for seq, record in enumerate(records, start=1):
        if record.seq != seq or (ticket is not None and record.ticket != ticket.id):
            raise InputError(f"The record {seq} of the ticket is missing: got {record.seq} of {record.ticket!r}.")
        ticket = _first(record) if ticket is None else _next(ticket, record)
    if ticket is None:
        raise InputError("A ticket has one audit record at least; got none.")
    return ticket


def _first(record: AuditRecord) -> Ticket:
    return Ticket(
        id=record.ticket,
        state=record.target,
        opened_at=record.at,
        updated_at=record.at,
        entered_at=record.at,
        machine=record.machine,
        **_values(record),
    )


def _next(ticket: Ticket, record: AuditRecord) -> Ticket:
    moved: dict[str, Any] = {}
    if record.source != record.target:
        moved = {"entered_at": record.at, "fired": 0}
    moved |= {"state": record.target, "updated_at": record.at, "version": record.seq, "machine": record.machine}
    return attrs.evolve(ticket, **moved | _values(record))


def _values(record: AuditRecord) -> dict[str, Any]:
    values = dict(record.changes)
    if values.get("due_at") is not None:
        values["due_at"] = datetime.fromisoformat(values["due_at"])
    if "tags" in values:
        values["tags"] = tuple(values["tags"])
    return values
