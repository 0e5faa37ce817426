"""crmkit: the customer-relationship toolkit that online shops embed.

Importing this package is cheap: each name below loads its part at the first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmkit.crm import Crm
    from crmkit.errors import CrmkitError
    from crmkit.identifiers import Identifier
    from crmkit.money import Money
    from crmkit.orders import Order, OrderKey, OrderLine, OrderStatus
    from crmkit.problems import Problem

__version__ = "0.1.0"

__all__ = [
    "Crm",
    "CrmkitError",
    "Identifier",
    "Money",
    "Order",
    "OrderKey",
    "OrderLine",
    "OrderStatus",
    "Problem",
    "__version__",
]

_HOMES = {
    "Crm": "crmkit.crm",
    "CrmkitError": "crmkit.errors",
    "Identifier": "crmkit.identifiers",
    "Money": "crmkit.money",
    "Order": "crmkit.orders",
    "OrderKey": "crmkit.orders",
    "OrderLine": "crmkit.orders",
    "OrderStatus": "crmkit.orders",
    "Problem": "crmkit.problems",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'crmkit' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
