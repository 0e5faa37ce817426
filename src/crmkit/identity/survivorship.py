"""Survivorship: which of a person's names, phones, e-mails and addresses is shown; nothing is lost or overwritten."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import attrs

from crmkit.clock import require_aware
from crmkit.customers import email, phone
from crmkit.errors import InputError
from crmkit.identity.normalise import address, name

__all__ = ["SURVIVORSHIP", "Telling", "consents", "survivor"]

SURVIVORSHIP: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "name": ("unmasked", "speaks", "most records", "newest"),
    "phone": ("verified", "valid", "not virtual", "unmasked", "newest"),
    "email": ("verified", "not relay", "newest"),
    "address": ("unmasked", "speaks", "most records of a year", "newest"),
})  # fmt: skip
"""By field the rules in their order; the first that tells two values apart decides, and at last the smaller key."""
_YEAR = timedelta(days=365)
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


def _aware(_: Any, attribute: Any, value: datetime | None) -> None:
    if value is not None:
        require_aware(value, attribute.name)


@attrs.frozen(slots=True, kw_only=True)
class Telling:
    """Is what one record says of one field.

    Attributes:
        value: The value as the record has it.
        record: The record's id.
        seen_at: When the source saw it, aware; None where that is not known.
        verified: The shop has proved it.
        speaks: The record speaks for the buyer: it is no gift, no agent's parcel.
        valid_until: From then on the value names nobody; None where it has no end.
    """

    value: str
    record: str = ""
    seen_at: datetime | None = attrs.field(default=None, validator=_aware)
    verified: bool = False
    speaks: bool = True
    valid_until: datetime | None = attrs.field(default=None, validator=_aware)


@attrs.frozen(slots=True)
class _Read:
    """Is a telling, and what its value was read as."""

    telling: Telling
    key: str
    form: str


@attrs.frozen(slots=True)
class _Value:
    """Is one value of a person, with all tellings that say the same."""

    key: str
    form: str
    tellings: tuple[Telling, ...]


def survivor(
    field: str, tellings: Iterable[Telling], *, as_of: datetime, rules: Mapping[str, Sequence[str]] = SURVIVORSHIP
) -> Telling | None:
    """Returns the telling whose value is shown for a person, or None where nothing usable was told.

    Values that are written differently and mean the same count together; the newest of them is shown as it was written.
    For consent there is no survivor: see `consents`.

    Args:
        field: "name", "phone", "email" or "address".
        tellings: What the person's records say, in any order.
        as_of: The moment for which it is asked, aware.
        rules: By field the rules; the known ones are those of `SURVIVORSHIP`, in any order and number.

    Raises:
        InputError: A field or rule that is not known, or a naive moment.

    Example:
        >>> from datetime import UTC, datetime
        >>> day = lambda n: datetime(2026, 11, n, tzinfo=UTC)
        >>> told = [Telling(value="王**", seen_at=day(10 + n)) for n in range(7)]
        >>> told += [Telling(value="王小明", seen_at=day(1)), Telling(value="王小明", seen_at=day(2))]
        >>> told += [Telling(value="王晓明", seen_at=day(3)), Telling(value="李娜", seen_at=day(4), speaks=False)]
        >>> survivor("name", told, as_of=day(24)).value
        '王小明'
    """
    require_aware(as_of, "as_of")
    if field not in rules or field not in _READERS:
        raise InputError(f"{field!r} has no rules of survivorship; known fields are {', '.join(_READERS)}.")
    if unknown := sorted(set(rules[field]) - set(_RULES)):
        raise InputError(f"{', '.join(unknown)} is no rule of survivorship; known are {', '.join(_RULES)}.")
    values: dict[str, list[_Read]] = {}
    for telling in tellings:
        found = _READERS[field](telling.value)
        if found is not None:
            values.setdefault(found[0], []).append(_Read(telling, *found))
    if not values:
        return None
    candidates = [_Value(key, reads[0].form, tuple(read.telling for read in reads)) for key, reads in values.items()]
    best = min(candidates, key=lambda value: (*(-_RULES[rule](value, as_of) for rule in rules[field]), value.key))
    return min(best.tellings, key=lambda told: (-_age(told), told.record, told.value))


def consents(answers: Iterable[bool | None]) -> bool | None:
    """Returns whether a person may be written to: any "no" of any identity wins; None where nobody said anything.

    Example:
        >>> consents([True, None, False]), consents([None, True]), consents([None])
        (False, True, None)
    """
    said = {answer for answer in answers if answer is not None}
    return None if not said else False not in said


def _age(told: Telling) -> float:
    return ((told.seen_at or _LONG_AGO) - _LONG_AGO).total_seconds()


def _read_name(raw: str) -> tuple[str, str] | None:
    found = name(raw)
    if found.form in ("full", "foreign"):
        return found.characters or found.full_key, "plain"
    usable = found.form in ("masked", "title", "initial", "nickname")
    return (found.display, "masked") if usable and found.display else None


def _read_phone(raw: str) -> tuple[str, str] | None:
    found = phone(raw)
    if found.form in ("placeholder", "none"):
        return None
    return found.display, found.form


def _read_email(raw: str) -> tuple[str, str] | None:
    found = email(raw)
    return (found.value, found.form) if found.value else None


def _read_address(raw: str) -> tuple[str, str] | None:
    found = address(raw)
    key = found.unit_key and f"{found.district_key}|{found.unit_key}"
    return (key or found.display, found.form) if found.display else None


_READERS: Mapping[str, Callable[[str], tuple[str, str] | None]] = MappingProxyType({
    "name": _read_name, "phone": _read_phone, "email": _read_email, "address": _read_address,
})  # fmt: skip


def _of_a_year(value: _Value, as_of: datetime) -> float:
    return sum(told.seen_at is not None and as_of - _YEAR <= told.seen_at <= as_of for told in value.tellings)


def _is_valid(value: _Value, as_of: datetime) -> float:
    return any(told.valid_until is None or told.valid_until > as_of for told in value.tellings)


_RULES: Mapping[str, Callable[[_Value, datetime], float]] = MappingProxyType({
    "verified": lambda value, as_of: any(told.verified for told in value.tellings),
    "unmasked": lambda value, as_of: value.form != "masked",
    "speaks": lambda value, as_of: any(told.speaks for told in value.tellings),
    "valid": _is_valid,
    "not virtual": lambda value, as_of: value.form != "virtual",
    "not relay": lambda value, as_of: value.form != "relay",
    "most records": lambda value, as_of: len(value.tellings),
    "most records of a year": _of_a_year,
    "newest": lambda value, as_of: max(map(_age, value.tellings)),
})  # fmt: skip
