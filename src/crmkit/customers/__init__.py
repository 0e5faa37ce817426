"""Customers: how the values by which a buyer can be recognised are read and made comparable."""

from crmkit.customers.emails import EmailReading, email
from crmkit.customers.identify import Unusable, identify
from crmkit.customers.phones import PhoneReading, phone
from crmkit.customers.tables import EMAILS, PHONES, EmailPolicy, PhonePolicy

__all__ = [
    "EMAILS",
    "PHONES",
    "EmailPolicy",
    "EmailReading",
    "PhonePolicy",
    "PhoneReading",
    "Unusable",
    "email",
    "identify",
    "phone",
]
