"""Who bought, where there is no store: the orders of files, by the persons that their buyers are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crmkit.clock import SystemClock
from crmkit.identity import resolve_many
from crmkit.ids import UlidGenerator
from crmkit.importers import order_frame
from crmkit.intake.buyers import sighting_of
from crmkit.orders import Order
from crmkit.storage.memory import MemoryStore

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["orders_by_person"]


def orders_by_person(orders: Sequence[Order]) -> pd.DataFrame:
    """Returns the frame of the orders, in which a person is called by the first of their accounts and addresses.

    Persons are those that a store would find, and their names are the same in each run over the same orders; a store's
    ids would not be.

    Example:
        >>> from crmkit import demo, importers
        >>> found = orders_by_person(importers.read(*demo.files()).orders)
        >>> len(found), found["customer"].nunique()
        (224, 90)
    """
    now = SystemClock().now()
    with MemoryStore().unit() as unit:
        resolved = resolve_many(unit, [sighting_of(order, now) for order in orders], now=now, ids=UlidGenerator())
        identities = unit.identities.find(ids={one.identity for one in resolved})
    name_of: dict[str, str] = {}
    for identity in sorted(identities, key=lambda identity: identity.key):
        name_of.setdefault(identity.person, identity.key)
    person_of = {identity.id: identity.person for identity in identities}
    return order_frame(orders).assign(customer=[name_of[person_of[one.identity]] for one in resolved])
