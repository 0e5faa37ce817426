"""Orders as records to be linked: a row an order, with everything by which its buyer may be known elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from crmkit.importers.typed_frames import Backend, Kind, frame_of
from crmkit.orders import Address, Order, Recipient

__all__ = ["record_frame"]

_COLUMNS: dict[str, Kind] = {
    "record_id": "text", "seen_at": "instant", "platform": "category", "shop": "text", "account": "text",
    "customer_no": "text", "email": "text", "phone": "text", "name": "text", "receiver_name": "text",
    "receiver_phone": "text", "province": "text", "city": "text", "district": "text", "address": "text",
    "postcode": "text", "country": "text", "card": "text", "payer_id": "text", "nick": "text",
}  # fmt: skip
_STABLE = ("unionid", "ouid", "omid", "open_uid", "openid")
_TOLD = ("plain", "masked", "relay", "shared")
"""Privacy numbers and placeholders are left out: without their extension they look like somebody's own."""
_NOBODY = Recipient()


def record_frame(orders: Iterable[Order], *, backend: Backend = "pandas") -> Any:
    r"""Returns one row an order with the columns that `identity.dedupe` knows, under the names that it knows them by.

    Args:
        orders: The orders, such as `report.orders`.
        backend: Whose frame it is: "pandas", "polars" or "pyarrow".

    Returns:
        A frame with `record_id` (platform, shop and number), `seen_at` (placed, else paid; UTC), `platform, shop,
        account, customer_no, email, phone, name, receiver_name, receiver_phone, province, city, district, address,
        postcode, country, card, payer_id, nick`. What the order does not tell is "". Where the platform gives an id
        that outlives a change of name, that one is the account, and the name is the nick.

    Raises:
        MissingExtraError: The backend is not installed.

    Example:
        >>> from crmkit import identity, importers
        >>> data = "order_number,currency,unit_price,quantity,email,placed_at\n" \
        ...        "1,EUR,5,2,mei@example.com,2026-11-01T09:00Z\n2,EUR,7,1,Mei@example.com,2026-11-02T09:00Z\n"
        >>> records = importers.record_frame(importers.read(data.encode(), name="o.csv").orders)
        >>> found = identity.dedupe(records, columns={name: name for name in records})
        >>> found.persons["person_id"].nunique()
        1
    """
    return frame_of(_COLUMNS, [_row(order) for order in orders], "decimal", backend)


def _row(order: Order) -> tuple[Any, ...]:
    told: dict[str, str] = {}
    for identifier in order.buyer.identifiers:
        if identifier.form in _TOLD:
            told.setdefault(identifier.kind, identifier.value)
    stable = next((told[kind] for kind in _STABLE if kind in told), "")
    account = told.get("account", "")
    recipient = order.recipient or _NOBODY
    return (
        str(order.key),
        order.placed_at or order.paid_at,
        order.platform,
        order.shop,
        stable or account,
        told.get("customer_no") or told.get("customer_id", ""),
        told.get("email", ""),
        told.get("phone", ""),
        order.buyer.name,
        recipient.name,
        recipient.phone,
        *_place(recipient.address),
        told.get("card", ""),
        told.get("payer_id", ""),
        account if stable else "",
    )


def _place(address: Address) -> tuple[str, ...]:
    street = address.street or address.text
    return address.province, address.city, address.district, street, address.postcode, address.country
