"""Single contacts read one by one, and kept readings as features: the online way to what a frame's columns give."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from crmkit.identity.contacts import Contact
from crmkit.identity.matching.codes import numbered, text_of
from crmkit.identity.matching.crowds import RULES, Crowds
from crmkit.identity.matching.features import Features, Names
from crmkit.identity.matching.parts import address_parts, name_parts
from crmkit.identity.records import Reading, Record

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["crowds_by_key", "features_of_records", "reading_of"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_BIRTHDAYS = ("-01-01", "0101")
_SEPARATOR = "\x1f"


def reading_of(contact: Contact) -> Reading:
    """Returns what of a contact can be compared: what `features_of` reads from a frame's row of the same fields.

    Example:
        >>> said = reading_of(Contact(receiver_name="王小明", receiver_phone="139 0001 0001", city="深圳市"))
        >>> said.name.key, said.phone, said.city
        ('wang xiaoming', '+8613900010001', '广东|深圳')
    """
    raw = {name: text_of(getattr(contact, name)) or "" for name in Contact.__slots__ if name != "__weakref__"}
    place = address_parts(raw["province"], raw["city"], raw["district"], raw["address"], raw["postcode"])
    region = raw["country"].upper() if len(raw["country"]) == 2 else None
    phone, mask = _phone(raw["receiver_phone"], region)
    own_phone, own_mask = _phone(raw["phone"], region)
    birthday = raw["birthday"][:10]
    return Reading(
        platform=raw["platform"], shop=raw["shop"], **_accounts(raw), **_mailbox(raw["email"], raw["shop"]),
        phone=phone, mask=mask, own_phone=own_phone, own_mask=own_mask,
        name=name_parts(raw["receiver_name"]) if raw["receiver_name"] else None,
        own_name=name_parts(raw["name"]) if raw["name"] else None,
        unit=place.unit, street=place.street, district=place.district, city=place.city, postcode=raw["postcode"],
        area=place.city if not place.street.isascii() else "-",
        card=raw["card"], payer=raw["payer_id"], birthday="" if birthday.endswith(_NO_BIRTHDAYS) else birthday,
    )  # fmt: skip


def _accounts(raw: dict[str, str]) -> dict[str, str]:
    account, nick, customer = raw["account"], raw["nick"], raw["customer_no"]
    found = {"account": "", "nick": "", "customer": ""}
    if account and "*" not in account and not account.startswith("~"):
        shop = _SEPARATOR + raw["shop"] if len(account) < 8 and account.isdigit() else ""
        found["account"] = account + _SEPARATOR + raw["platform"] + shop
    if customer:
        found["customer"] = customer + _SEPARATOR + raw["shop"]
    if nick and not set("*~") & set(nick):
        found["nick"] = nick + _SEPARATOR + raw["platform"]
    return found


def _mailbox(text: str, shop: str) -> dict[str, str]:
    from crmkit.customers.emails import email

    found = email(text) if text else None
    if found is None or not found.value or found.form not in ("plain", "relay"):
        return {}
    if found.form == "relay":
        return {"email": found.value + _SEPARATOR + shop}
    return {"email": found.value, "mailbox": found.value, "user": found.value.partition("@")[0]}


def _phone(text: str, region: str | None) -> tuple[str, str]:
    from crmkit.customers.phones import phone

    if not text:
        return "", ""
    found = phone(text, region)
    shown = found.mask and all(found.mask) and found.form in ("plain", "masked")
    return found.value if found.form == "plain" else "", "…".join(found.mask) if shown and found.mask else ""


def features_of_records(records: Sequence[Record]) -> Features:
    """Returns the features of kept records, as `features_of` gives them for the frame they came from."""
    import numpy as np

    ordered = sorted(records, key=lambda record: record.key)
    said = [record.reading for record in ordered]

    def coded(*names: str) -> tuple[list[NDArray[np.int32]], list[Any]]:
        """The columns of these names with codes from one table, and the table."""
        codes, table = numbered(getattr(each, name) or None for name in names for each in said)
        return [np.array(codes[at * len(said) : (at + 1) * len(said)], np.int32) for at in range(len(names))], table

    (phone, own_phone), numbers = coded("phone", "own_phone")
    (mask, own_mask), _ = coded("mask", "own_mask")
    (name, own_name), parts = coded("name", "own_name")
    (email,), mails = coded("email")
    columns = {n: coded(n) for n in ("unit", "street", "district", "city", "postcode", "area", "card", "payer")}
    mailbox = {each.email: each.mailbox for each in said}
    tables = {n: columns[n][1] for n in ("unit", "street", "district", "city", "card")}
    return Features(
        ids=[record.key for record in ordered], row=np.arange(len(ordered)),
        seen=np.array([_ticks(record.at) for record in ordered], np.int64),
        accounts=tuple(coded(n)[0][0] for n in ("account", "customer", "nick")),
        phone=phone, own_phone=own_phone, mask=mask, own_mask=own_mask, name=name, own_name=own_name,
        email=email, email_user=coded("user")[0][0], birthday=coded("birthday")[0][0],
        platform=coded("platform")[0][0], shop=coded("shop")[0][0], names=Names.of(parts),
        tables={"email": [mailbox[text] for text in mails], "phone": numbers, **tables},
        unit=columns["unit"][0][0], street=columns["street"][0][0], district=columns["district"][0][0],
        city=columns["city"][0][0], postcode=columns["postcode"][0][0], area=columns["area"][0][0],
        card=columns["card"][0][0], payer=columns["payer"][0][0],
    )  # fmt: skip


def _ticks(at: datetime) -> int:
    since = at - _EPOCH
    return ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1000


def crowds_by_key(records: Sequence[Record], crowds: frozenset[str]) -> Crowds:
    """Returns which of the records bear a key of a crowd, in the order of `features_of_records`."""
    import numpy as np

    ordered = sorted(records, key=lambda record: record.key)
    keys = [record.keys for record in ordered]
    inside = {rule: np.array([each.get(rule) in crowds for each in keys], bool) for rule in RULES}
    return Crowds({rule: flags for rule, flags in inside.items() if flags.any()}, {})
