"""Events: what has become true, told in the past tense, and how they lie in the outbox."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, ClassVar

import attrs

from crmkit.money import Money

__all__ = ["Event", "EventHandler", "OutboxEntry", "hand_on", "plain"]


@attrs.frozen(kw_only=True, slots=True)
class Event:
    """Is one thing that has happened; features derive their own, named in the past tense.

    Attributes:
        key: Stable key of the happening: the same happening has the same key on every machine, so that a
            receiver can drop what it has seen.
        at: The instant at which it became true.
    """

    name: ClassVar[str] = ""
    key: str
    at: datetime

    def __init_subclass__(cls) -> None:
        cls.name = cls.__name__

    def data(self) -> dict[str, Any]:
        """Returns the other fields as plain JSON values (money as amount and currency, instants as ISO 8601 UTC)."""
        found = {}
        for name in _own_fields(type(self)):
            value = getattr(self, name)
            # An import tells seven events an order, and most of what they hold is text.
            found[name] = value if value.__class__ is str else plain(value)
        return found


_FIELDS: dict[type, tuple[str, ...]] = {}
_OWN_FIELDS: dict[type, tuple[str, ...]] = {}


def _fields(kind: type[Any]) -> tuple[str, ...]:
    """The names of a class's fields; kept, because `attrs.fields` costs more than reading the fields does."""
    found = _FIELDS.get(kind)
    if found is None:
        found = _FIELDS[kind] = tuple(field.name for field in attrs.fields(kind))
    return found


def _own_fields(kind: type[Event]) -> tuple[str, ...]:
    found = _OWN_FIELDS.get(kind)
    if found is None:
        found = _OWN_FIELDS[kind] = tuple(name for name in _fields(kind) if name not in ("key", "at"))
    return found


EventHandler = Callable[[Event], None]
"""What hears events: it is called once for each, after the commit; what it raises is logged and stops nobody."""

_log = logging.getLogger("crmkit")


def hand_on(events: Iterable[Event], handlers: Sequence[EventHandler]) -> None:
    """Calls every handler with every event; a handler that raises is logged, because the work is kept already."""
    for event in events:
        for handler in handlers:
            try:
                handler(event)
            except Exception:  # whatever a host's code raises must not look like a failure of the work it hears of
                _log.exception("a handler failed on the event %s (%s)", event.name, event.key)


@attrs.frozen(kw_only=True, slots=True)
class OutboxEntry:
    """Is an event as a relay reads it from the outbox.

    Attributes:
        position: Rising number, given when the entry is first read; the relay's cursor.
        id: Sortable id of the entry.
        name: Class name of the event ("PointsEarned").
        key: Stable key of the happening.
        at: When it became true.
        data: The other fields as plain JSON values.
    """

    position: int
    id: str
    name: str
    key: str
    at: datetime
    data: Mapping[str, Any]


def plain(value: Any) -> Any:
    """Returns `value` as JSON can hold it, without loss: Decimals and money as text, instants in UTC.

    Example:
        >>> plain({"paid": Money("9.90", "CNY")})
        {'paid': {'amount': '9.90', 'currency': 'CNY'}}
    """
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    if kind is Money:
        return {"amount": str(value.amount), "currency": value.currency}
    if kind is datetime:
        return value.astimezone(UTC).isoformat()
    return _plain_of_other(value)


def _plain_of_other(value: Any) -> Any:
    """Handles what is rarer than the kinds that every event has."""
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return [plain(item) for item in sorted(value)]
    if attrs.has(type(value)):
        return {name: plain(getattr(value, name)) for name in _fields(type(value))}
    raise TypeError(f"An event cannot carry a {type(value).__name__}.")
