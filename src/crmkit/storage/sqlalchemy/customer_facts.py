"""What our own store knows of each customer, as a subquery that saved rules can ask."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Subquery, and_, case, func, literal, select

from crmkit.errors import InputError
from crmkit.storage.sqlalchemy.columns import BigInt, Instant, KeyText
from crmkit.storage.sqlalchemy.identity import identities
from crmkit.storage.sqlalchemy.order_tables import orders

__all__ = ["customer_facts"]


def customer_facts(*, as_of: datetime, currency: str, since: datetime | None = None) -> Subquery:
    """Returns one row for each person who bought, from the stored orders of one currency that are seen.

    The columns are `customer` (person id), `frequency` (orders with a net amount above zero), `monetary` (net amount of
    all orders seen, in whole minor units: ask with `minor={"monetary": 2}`), `first_purchase`, `last_purchase` and
    `currency`. They are those that `segmentation.rfm` counts on `order_frame()` with the same arguments.

    Args:
        as_of: End of what is seen, excluded; aware.
        currency: ISO 4217 code; amounts of several currencies cannot be added up.
        since: Start of what is seen, included, or None.

    Raises:
        InputError: A moment is naive.

    Example:
        >>> from datetime import UTC
        >>> customer_facts(as_of=datetime(2026, 11, 24, tzinfo=UTC), currency="CNY").c.keys()
        ['customer', 'frequency', 'monetary', 'first_purchase', 'last_purchase', 'currency']
    """
    for name, moment in (("as_of", as_of), ("since", since)):
        if moment is not None and moment.tzinfo is None:
            raise InputError(f"Stored orders have instants, so {name} is aware, got {moment.isoformat()}.")
    net = orders.c.paid - orders.c.refunded
    moment_of = func.coalesce(orders.c.placed_at, orders.c.paid_at, type_=Instant())
    seen = and_(orders.c.currency == currency, moment_of < literal(as_of, Instant()))
    if since is not None:
        seen = and_(seen, moment_of >= literal(since, Instant()))
    bought = case((net > 0, moment_of))
    person = func.coalesce(identities.c.person, orders.c.customer, type_=KeyText(64))
    purchases = func.count(bought)
    return (
        select(
            person.label("customer"),
            purchases.label("frequency"),
            # the sum of whole numbers is a decimal on some databases
            func.sum(net, type_=BigInt()).label("monetary"),
            func.min(bought, type_=Instant()).label("first_purchase"),
            func.max(bought, type_=Instant()).label("last_purchase"),
            literal(currency, KeyText(3)).label("currency"),
        )
        .select_from(orders.outerjoin(identities, identities.c.id == orders.c.customer))
        .where(seen)
        .group_by(person)
        .having(purchases > 0)
        .subquery("customer_facts")
    )
