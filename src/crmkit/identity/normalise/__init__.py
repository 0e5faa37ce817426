"""The normalisation of phones, e-mails, names and addresses: pure functions from a raw cell to a comparable reading.

Importing this package is cheap: each name below loads its part at the first use. Phones and e-mails live with the
customers, as the importers read them too; see `crmkit.customers`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmkit.customers.emails import EmailReading, email
    from crmkit.customers.phones import PhoneReading, phone
    from crmkit.customers.tables import EMAILS, PHONES, EmailPolicy, PhonePolicy
    from crmkit.identity.normalise.address_reading import AddressReading
    from crmkit.identity.normalise.address_tables import ADDRESSES, AddressPolicy
    from crmkit.identity.normalise.addresses import address
    from crmkit.identity.normalise.name_reading import NameReading
    from crmkit.identity.normalise.name_tables import NAMES, NamePolicy
    from crmkit.identity.normalise.names import name
    from crmkit.identity.normalise.nicknames import are_short_forms
    from crmkit.identity.normalise.policy import POLICY, NormalisePolicy

__all__ = [
    "ADDRESSES",
    "EMAILS",
    "NAMES",
    "PHONES",
    "POLICY",
    "AddressPolicy",
    "AddressReading",
    "EmailPolicy",
    "EmailReading",
    "NamePolicy",
    "NameReading",
    "NormalisePolicy",
    "PhonePolicy",
    "PhoneReading",
    "address",
    "are_short_forms",
    "email",
    "name",
    "phone",
]

_HOMES = {
    "ADDRESSES": "crmkit.identity.normalise.address_tables",
    "AddressPolicy": "crmkit.identity.normalise.address_tables",
    "AddressReading": "crmkit.identity.normalise.address_reading",
    "address": "crmkit.identity.normalise.addresses",
    "EMAILS": "crmkit.customers.tables",
    "NAMES": "crmkit.identity.normalise.name_tables",
    "PHONES": "crmkit.customers.tables",
    "POLICY": "crmkit.identity.normalise.policy",
    "NormalisePolicy": "crmkit.identity.normalise.policy",
    "EmailPolicy": "crmkit.customers.tables",
    "EmailReading": "crmkit.customers.emails",
    "NamePolicy": "crmkit.identity.normalise.name_tables",
    "NameReading": "crmkit.identity.normalise.name_reading",
    "PhonePolicy": "crmkit.customers.tables",
    "PhoneReading": "crmkit.customers.phones",
    "are_short_forms": "crmkit.identity.normalise.nicknames",
    "email": "crmkit.customers.emails",
    "name": "crmkit.identity.normalise.names",
    "phone": "crmkit.customers.phones",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'crmkit.identity.normalise' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
