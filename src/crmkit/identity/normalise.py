"""The normalisation of phones and e-mails, where the identity map's users look for it; loaded at the first use.

The functions live with the customers; see `crmkit.customers`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmkit.customers.emails import email
    from crmkit.customers.phones import phone

__all__ = ["email", "phone"]

_HOMES = {"email": "crmkit.customers.emails", "phone": "crmkit.customers.phones"}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'crmkit.identity.normalise' has no attribute {name!r}")
    return getattr(import_module(home), name)
