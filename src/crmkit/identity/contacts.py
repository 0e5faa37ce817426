"""What a record says that can be compared with another's: the raw fields, as a source wrote them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from crmkit.errors import InputError
from crmkit.identifiers import Identifier

__all__ = ["Contact", "contact_of", "fields_by", "identifiers_of"]

_LONGEST = 200
_NUMBERS = 8


@attrs.frozen(slots=True, kw_only=True)
class Contact:
    """Is what one record says of its buyer and of its parcel's receiver, field by field, as it was written.

    The fields are those that `crmkit.identity.dedupe` compares. What is empty says nothing. Give the buyer's own name
    and phone as `name` and `phone`, those on the parcel as `receiver_name` and `receiver_phone`.

    Example:
        >>> Contact(platform="jd", receiver_name="王*明", receiver_phone="138****5678").email
        ''
    """

    platform: str = ""
    shop: str = ""
    account: str = ""
    customer_no: str = ""
    email: str = attrs.field(default="", repr=False)
    phone: str = attrs.field(default="", repr=False)
    name: str = attrs.field(default="", repr=False)
    receiver_name: str = attrs.field(default="", repr=False)
    receiver_phone: str = attrs.field(default="", repr=False)
    province: str = ""
    city: str = ""
    district: str = ""
    address: str = attrs.field(default="", repr=False)
    postcode: str = ""
    country: str = ""
    birthday: str = attrs.field(default="", repr=False)
    card: str = attrs.field(default="", repr=False)
    payer_id: str = attrs.field(default="", repr=False)
    nick: str = ""


def fields_by(columns: Mapping[str, str]) -> dict[str, str]:
    """Returns the fields of a contact by column; one name or phone beside an address is the parcel's.

    Raises:
        InputError: A field that no contact has.

    Example:
        >>> fields_by({"name": "buyer", "address": "street"})
        {'receiver_name': 'buyer', 'address': 'street'}
    """
    known = {field.name for field in attrs.fields(Contact)} | {"record_id", "seen_at"}
    if wrong := sorted(set(columns) - known):
        raise InputError(f"columns names {', '.join(wrong)}; known fields are {', '.join(sorted(known))}.")
    found = {field: column for field, column in columns.items() if field not in ("record_id", "seen_at")}
    for own, parcel in (("name", "receiver_name"), ("phone", "receiver_phone")):
        if "address" in found and parcel not in found and own in found:
            found = {parcel if field == own else field: column for field, column in found.items()}
    return found


def contact_of(row: Mapping[str, Any], fields: Mapping[str, str]) -> Contact:
    """Returns the contact of a row, by our field names to the row's columns; what says nothing is left out.

    Example:
        >>> contact_of({"to": " 王伟 ", "mail": None}, {"receiver_name": "to", "email": "mail"}).receiver_name
        '王伟'
    """
    from crmkit.identity.matching.codes import text_of

    return Contact(**{field: text_of(row[column]) or "" for field, column in fields.items()})


def identifiers_of(contact: Contact) -> tuple[Identifier, ...]:
    """Returns what the buyer can be recognised by, as far as the record tells it in full.

    Example:
        >>> [str(each) for each in identifiers_of(Contact(platform="jd", account="mei_invented"))]
        ['account:jd:mei_invented']
    """
    from crmkit.customers.emails import email

    found: list[Identifier] = []
    if contact.customer_no and len(contact.customer_no) <= _LONGEST:
        found.append(Identifier("customer_no", contact.customer_no, scope=contact.shop or "world"))
    account = contact.account
    if account and "*" not in account and not account.startswith("~") and len(account) <= _LONGEST:
        # A short bare number is a shop's own: two shops of a platform may both have a customer 1001.
        shop = f"/{contact.shop}" if len(account) < _NUMBERS and account.isdigit() else ""
        found.append(Identifier("account", account, scope=(contact.platform or "world") + shop))
    mail = email(contact.email)
    if mail.value and mail.form in ("plain", "relay"):
        scope = (contact.shop or "world") if mail.form == "relay" else "world"
        found.append(Identifier("email", mail.value, scope=scope, form=mail.form))
    if contact.payer_id and len(contact.payer_id) <= _LONGEST:
        found.append(Identifier("payer_id", contact.payer_id, scope=contact.platform or "world"))
    return tuple(found)
