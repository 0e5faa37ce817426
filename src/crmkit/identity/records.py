"""Records as they are kept: what of a contact can be compared, normalised, and the keys that other records share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import attrs

from crmkit.clock import require_aware

if TYPE_CHECKING:
    from crmkit.identity.matching.parts import NameParts

__all__ = ["Reading", "Record", "crowds_among", "keys_of"]

_NAMES = ("name", "own_name")


@attrs.frozen(slots=True, kw_only=True)
class Reading:
    """Is what of one contact can be compared, normalised; "" where it says nothing.

    Attributes:
        platform: The platform; `shop` the shop in it.
        account: The account in its scope; `customer` the shop's own number, `nick` a plain nick.
        email: The mailbox in its scope, `mailbox` the address where it may be compared by letters, `user` its user.
        phone: The number on the parcel, `mask` its visible digits; `own_phone`, `own_mask` those of the buyer.
        name: The name on the parcel; `own_name` the buyer's where it is given beside it.
        unit: The flat; then what is above it. `area` is where a street is looked for.
        card: A loyalty card; `payer` who paid; `birthday` a day of birth.
    """

    platform: str = ""
    shop: str = ""
    account: str = ""
    customer: str = ""
    nick: str = ""
    email: str = attrs.field(default="", repr=False)
    mailbox: str = attrs.field(default="", repr=False)
    user: str = attrs.field(default="", repr=False)
    phone: str = attrs.field(default="", repr=False)
    mask: str = attrs.field(default="", repr=False)
    own_phone: str = attrs.field(default="", repr=False)
    own_mask: str = attrs.field(default="", repr=False)
    name: NameParts | None = attrs.field(default=None, repr=False)
    own_name: NameParts | None = attrs.field(default=None, repr=False)
    unit: str = attrs.field(default="", repr=False)
    street: str = attrs.field(default="", repr=False)
    district: str = ""
    city: str = ""
    postcode: str = ""
    area: str = ""
    card: str = attrs.field(default="", repr=False)
    payer: str = attrs.field(default="", repr=False)
    birthday: str = attrs.field(default="", repr=False)

    def to_document(self) -> dict[str, Any]:
        """Returns what is known, as JSON takes it."""
        found: dict[str, Any] = {}
        for field in attrs.fields(Reading):
            value = getattr(self, field.name)
            if field.name in _NAMES and value is not None:
                found[field.name] = list(attrs.astuple(value))
            elif value:
                found[field.name] = value
        return found

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Reading:
        """Reads what `to_document` gave."""
        from crmkit.identity.matching.parts import NameParts  # heavy with tables, and needed where records are

        names = {name: NameParts(*document[name]) for name in _NAMES if name in document}
        return cls(**{**document, **names})


@attrs.frozen(slots=True, kw_only=True)
class Record:
    """Is one contact as it is kept.

    Attributes:
        key: The record's own key, as in the sighting.
        identity: Id of the identity it counts to.
        at: When its source saw it.
        reading: What it says.
    """

    key: str
    identity: str
    at: datetime = attrs.field(validator=lambda _, field, value: require_aware(value, field.name))
    reading: Reading = attrs.field(repr=False)

    @cached_property
    def keys(self) -> Mapping[str, str]:
        """By rule the keys that it shares with others; see `keys_of`."""
        return keys_of(self.key, self.reading)


def keys_of(key: str, reading: Reading) -> dict[str, str]:
    """Returns by rule the keys that a record shares with others, as digests: the blocking rules', and its accounts'.

    Those of accounts and of a guest's mailbox begin with "tie:", and no crowd ever breaks them.

    Example:
        >>> one, two = (keys_of(key, Reading(phone="+8613900010001", card=key)) for key in ("a", "b"))
        >>> one["phone"] == two["phone"], one["card"] == two["card"], sorted(one)
        (True, False, ['card', 'phone', 'tie: record'])
    """
    from crmkit.identity.matching.crowds import RULES
    from crmkit.identity.matching.parts import NameParts

    name = reading.own_name or reading.name or NameParts()
    said = {
        "full": name.key if name.written else "",
        "surname": name.surname,
        "given": name.given,
        "phone": reading.own_phone or ("" if reading.own_mask else reading.phone),
        "mask": reading.own_mask or reading.mask,
        "email_user": reading.user,
    }
    found = {"tie: record": key}
    for tie in ("account", "customer", "nick"):
        found[f"tie: {tie}"] = getattr(reading, tie)
    if not (reading.account or reading.customer or reading.nick):
        found["tie: mailbox"] = reading.email
    for rule, parts in RULES.items():
        values = [said[part] if part in said else getattr(reading, part) for part in parts]
        found[rule] = "\x1f".join(values) if all(values) else ""
    return {rule: _digest(rule, text) for rule, text in found.items() if text}


def _digest(rule: str, text: str) -> str:
    return "key:" + blake2b(f"{rule}\x1f{text}".encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _owner(record: Record) -> str:
    said = record.reading
    named = enumerate((said.customer, said.account, said.nick, said.email, said.payer))
    return next((f"{at}{text}" for at, text in named if text), f"record {record.key}")


def crowds_among(records: Iterable[Record], *, max_key: int) -> frozenset[str]:
    """Returns the keys that more than `max_key` owners share; accounts and a guest's mailbox never count."""
    owners: dict[str, set[str]] = defaultdict(set)
    for record in records:
        owner = _owner(record)
        for rule, key in record.keys.items():
            if not rule.startswith("tie:"):
                owners[key].add(owner)
    return frozenset(key for key, who in owners.items() if len(who) > max_key)
