"""A host's own store: tickets in one JSON file, without a database.

It inherits nothing from crmkit and stores only tickets; `TicketDesk` asks for no more. That it keeps the laws is proved
by `TicketsContract`: see tests/examples/test_ticket_files.py. Needs a POSIX system, for the lock on a file.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import attrs

from crmkit import tickets
from crmkit.errors import DuplicateError, NotFoundError, StaleRecordError, StorageError
from crmkit.events import Event
from crmkit.unit import Store

Handler = Callable[[Event], None]


class TicketFiles:
    """Keeps tickets in `tickets.json` of one folder; processes and threads take turns by a lock on `tickets.lock`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "tickets.json"
        self.handlers: list[Handler] = []

    def unit(self, *, read_only: bool = False) -> FilesUnit:
        return FilesUnit(self, read_only)

    def subscribe(self, handler: Handler) -> None:
        self.handlers.append(handler)

    def load(self) -> dict[str, Any]:
        if not self.path.exists():
            return {"tickets": {}, "audit": {}, "keys": {}, "outbox": []}
        document: dict[str, Any] = json.loads(self.path.read_text("utf-8"))
        return document

    def replace(self, document: dict[str, Any]) -> None:
        """Puts the new file in place of the old one in a single step: a crash leaves the one or the other, whole."""
        new = self.path.with_suffix(".new")
        with new.open("w", encoding="utf-8") as file:
            json.dump(document, file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, self.path)
        folder = os.open(self.path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)

    def drain(self, relay: Callable[[dict[str, Any]], None]) -> int:
        """Hands each kept event to a relay and forgets it; an event that the relay fails on stays for the next time."""
        with self.unit() as unit:
            outbox = unit.document["outbox"]
            done = len(outbox)
            try:
                while outbox:
                    relay(outbox[0])
                    del outbox[0]
            finally:
                unit.commit()
            return done


class FilesUnit:
    """Is one piece of work: it reads the file under the lock, changes a copy, and replaces the file at `commit`."""

    def __init__(self, store: TicketFiles, read_only: bool) -> None:
        self._store = store
        self._read_only = read_only
        self._lock: int | None = None
        self._told: list[Event] = []
        self._kept: list[Event] = []
        self._document: dict[str, Any] | None = None

    def __enter__(self) -> Self:
        if not self._read_only:  # a reader needs no turn: the file is replaced in a single step
            self._lock = os.open(self._store.path.with_suffix(".lock"), os.O_CREAT | os.O_RDWR, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
        self._document = self._store.load()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._document = None
        if self._lock is not None:
            os.close(self._lock)  # and with it the lock, as when the process dies
            self._lock = None
        for event in self._kept:
            for handler in self._store.handlers:
                handler(event)

    def emit(self, events: Iterable[Event]) -> None:
        for event in events:
            at = event.at.astimezone(UTC).isoformat()
            self.document["outbox"].append({"name": event.name, "key": event.key, "at": at, "data": event.data()})
            self._told.append(event)

    def commit(self) -> None:
        if self._read_only:
            return
        self._store.replace(self.document)
        self._kept += self._told
        self._told = []
        self._document = None

    @property
    def document(self) -> dict[str, Any]:
        if self._document is None:
            raise StorageError("This unit is not open: use it inside `with store.unit() as unit:`, before commit().")
        return self._document

    @property
    def tickets(self) -> FiledTickets:
        return FiledTickets(self.document)


class FiledTickets:
    """Is the repository: rows are plain dicts, and values come out."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._tickets: dict[str, dict[str, Any]] = document["tickets"]
        self._audit: dict[str, list[dict[str, Any]]] = document["audit"]
        self._keys: dict[str, list[Any]] = document["keys"]

    def get(self, ticket_id: str, *, for_change: bool = False) -> tickets.Ticket:
        if ticket_id not in self._tickets:
            raise NotFoundError("ticket", ticket_id)
        return _ticket(self._tickets[ticket_id])

    def save(self, ticket: tickets.Ticket, records: Sequence[tickets.AuditRecord]) -> None:
        before = ticket.version - len(records)
        stored = self._tickets.get(ticket.id)
        if before == 0 and stored is not None:
            raise DuplicateError(f"A ticket {ticket.id!r} exists already; open the new one under another id.")
        if before and (stored is None or stored["version"] != before):
            found = None if stored is None else stored["version"]
            raise StaleRecordError(kind="ticket", key=ticket.id, expected=before, found=found)
        if any(record.key in self._keys for record in records if record.key):
            raise DuplicateError(f"A key of the ticket {ticket.id!r} was used before; read what it did with `keyed`.")
        self._tickets[ticket.id] = _row(ticket)
        self._audit.setdefault(ticket.id, []).extend(_row(record) for record in records)
        self._keys.update({record.key: [record.ticket, record.seq] for record in records if record.key})

    def keyed(self, key: str) -> tickets.AuditRecord | None:
        if key not in self._keys:
            return None
        ticket_id, seq = self._keys[key]
        return _record(self._audit[ticket_id][seq - 1])

    def history(self, ticket_id: str) -> tuple[tickets.AuditRecord, ...]:
        return tuple(_record(row) for row in self._audit.get(ticket_id, ()))

    def of_customers(self, customers: Collection[str]) -> tuple[tickets.Ticket, ...]:
        wanted = set(customers)
        return _in_order(_ticket(row) for row in self._tickets.values() if row["customer"] in wanted)

    def page(
        self,
        *,
        states: Collection[str],
        due_by: datetime | None = None,
        after: tuple[datetime, str] | None = None,
        limit: int,
    ) -> tuple[tickets.Ticket, ...]:
        found = _in_order(_ticket(row) for row in self._tickets.values() if row["state"] in states)
        if due_by is not None:
            found = tuple(ticket for ticket in found if ticket.due_at is not None and ticket.due_at <= due_by)
        if after is not None:
            found = tuple(ticket for ticket in found if (ticket.opened_at, ticket.id) > after)
        return found[:limit]


def _in_order(found: Iterable[tickets.Ticket]) -> tuple[tickets.Ticket, ...]:
    return tuple(sorted(found, key=lambda ticket: (ticket.opened_at, ticket.id)))


def _row(value: tickets.Ticket | tickets.AuditRecord) -> dict[str, Any]:
    def plain(_: Any, __: Any, item: Any) -> Any:
        return item.astimezone(UTC).isoformat() if isinstance(item, datetime) else item

    # By way of JSON text, so that the unit's copy shares nothing with the caller's values.
    row: dict[str, Any] = json.loads(json.dumps(attrs.asdict(value, value_serializer=plain)))
    return row


def _ticket(row: dict[str, Any]) -> tickets.Ticket:
    instants = {
        name: datetime.fromisoformat(row[name])
        for name in ("opened_at", "updated_at", "entered_at", "due_at")
        if row[name] is not None
    }
    return tickets.Ticket(**row | instants | {"tags": tuple(row["tags"])})


def _record(row: dict[str, Any]) -> tickets.AuditRecord:
    return tickets.AuditRecord(**row | {"at": datetime.fromisoformat(row["at"])})


def ticket_desk(folder: Path) -> tickets.TicketDesk:
    """Returns the desk of a shop that keeps its tickets in files; the annotation is what the type checker proves."""
    store: Store[tickets.TicketsUnit] = TicketFiles(folder)
    return tickets.TicketDesk(store)


def main(folder: Path) -> None:
    desk = ticket_desk(folder)
    ticket = desk.open(customer="account:taobao:mei_shop", subject="Parcel is late", key="mail-17")
    desk.apply(ticket.id, tickets.Assign(to="mei"), key="mail-17:assign")
    for record in ticket_desk(folder).history(ticket.id):
        print(record.seq, record.event, record.target)


if __name__ == "__main__":
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as place:
        main(Path(place))
