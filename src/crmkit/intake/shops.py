"""Which shop an order belongs to, where one file names the shop, another does not, and a third names it anew. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from crmkit.orders import DEFAULT_SHOP, Order, OrderKey

__all__ = ["PLATFORM_WIDE", "under_one_shop"]

PLATFORM_WIDE = frozenset({"taobao"})
"""Platforms that number orders across all their shops: there, one number is one order, whatever shop a file names."""


def under_one_shop(orders: Sequence[Order], stored: Mapping[tuple[str, str], Sequence[OrderKey]]) -> Sequence[Order]:
    """Returns the orders, each under the shop that its number has in the store already.

    A new order that several reports of one call name differently goes under the first of them that names a shop.

    Args:
        orders: Reports in their order.
        stored: Keys in the store by (platform, number), for the platforms that number across shops.

    Example:
        >>> from crmkit.testing import an_order
        >>> report = an_order(key=OrderKey("taobao", "default", "4026"))
        >>> print(under_one_shop([report], {("taobao", "4026"): [OrderKey("taobao", "lantern", "4026")]})[0].key)
        taobao/lantern/4026
    """
    chosen: dict[tuple[str, str], OrderKey] = {}
    for order in sorted(orders, key=lambda order: order.shop == DEFAULT_SHOP):
        if order.platform in PLATFORM_WIDE:
            place = (order.platform, order.number)
            known = stored.get(place, ())
            if place not in chosen:
                chosen[place] = order.key if order.key in known or not known else known[0]
    return [
        order
        if (key := chosen.get((order.platform, order.number), order.key)) == order.key
        else attrs.evolve(order, key=key)
        for order in orders
    ]
