"""What no database can hold is refused by every store, with a reason, before anything is written."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from crmkit.errors import InputError

if TYPE_CHECKING:
    from crmkit.orders.model import Order

__all__ = ["refusal_of", "require_storable"]

_LENGTHS = (("platform", 64), ("shop", 128), ("number", 255))
_LARGEST = 2**63 - 1


def refusal_of(order: Order) -> str:
    """Returns why no database can hold the order, or "" where it can.

    A key needs 1 to 64 signs of platform, 128 of shop and 255 of number. No text may hold the NUL character or half
    of a surrogate pair. Instants lie in the years 1001 to 9998.

    Example:
        >>> from crmkit.testing import an_order
        >>> refusal_of(an_order(remark="no bag")), refusal_of(an_order(number="7" * 300))
        ('', 'The number of the order has 300 signs; a key has 1 to 255 of them.')
    """
    return order.refusal


def refusal(order: Order) -> str:
    """Works out what `refusal_of` returns; an order remembers it, because several parts ask."""
    for name, longest in _LENGTHS:
        length = len(getattr(order.key, name))
        if not 1 <= length <= longest:
            return f"The {name} of the order has {length} signs; a key has 1 to {longest} of them."
    for moment in _moments(order):
        if moment is not None and not 1000 < moment.year < 9999:
            return f"The order {order.key} holds an instant outside the years 1001 to 9998."
    if any(line.quantity > _LARGEST for line in order.lines):
        return f"The order {order.key} has a line of more units than any store can hold."
    return _refusal_of_text("\x01".join(_texts(order)), order)


def require_storable(order: Order) -> None:
    """Raises where no database can hold the order.

    Raises:
        InputError: See `refusal_of`.

    Example:
        >>> from crmkit.testing import an_order
        >>> require_storable(an_order())
    """
    if reason := refusal_of(order):
        raise InputError(reason)


def _refusal_of_text(text: str, order: Order) -> str:
    if "\0" in text:
        return f"The order {str(order.key)!r} holds a NUL character in its texts; remove it."
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return f"The order {str(order.key)!r} holds half of a surrogate pair in its texts; repair the encoding."
    return ""


def _moments(order: Order) -> tuple[datetime | None, ...]:
    return (
        order.placed_at,
        order.paid_at,
        order.shipped_at,
        order.received_at,
        order.completed_at,
        order.cancelled_at,
        order.reported_at,
    )


def _texts(order: Order) -> list[str]:
    key, recipient = order.key, order.recipient
    texts = [key.platform, key.shop, key.number, order.remark, order.buyer_note, order.close_reason, order.buyer.name]
    texts += order.tags
    for item in order.buyer.identifiers:
        texts += (item.value, item.scope)
    for line in order.lines:
        texts += (line.id or "", line.sku, line.product_id, line.title, line.variant)
    if recipient is not None:
        place = recipient.address
        texts += (recipient.name, recipient.phone, place.text, place.country, place.province, place.city)
        texts += (place.district, place.street, place.postcode)
    if order.raw:
        for column, cell in order.raw.items():
            texts += (column, cell)
    return texts
