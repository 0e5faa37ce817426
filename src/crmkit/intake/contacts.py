"""What an order says that can be compared with other orders, for a linking model."""

from __future__ import annotations

from crmkit.identifiers import KINDS, Identifier
from crmkit.identity import Contact
from crmkit.orders import Order, Recipient

__all__ = ["contact_in"]


def contact_in(order: Order) -> Contact:
    """Returns the contact of an order: the buyer, and the receiver whom the parcel goes to.

    Example:
        >>> from crmkit.testing import an_order
        >>> contact_in(an_order(platform="jd")).platform
        'jd'
    """
    by_kind: dict[str, Identifier] = {}
    for identifier in order.buyer.identifiers:
        by_kind.setdefault(identifier.kind, identifier)
    account, own = by_kind.get("account"), _own_number(order.buyer.identifiers)
    to = order.recipient or Recipient()
    name = order.buyer.name
    return Contact(
        platform=order.platform, shop=order.shop, account=_value(account), customer_no=own,
        email=_value(by_kind.get("email")), phone=_value(by_kind.get("phone")), card=_value(by_kind.get("card")),
        payer_id=_value(by_kind.get("payer_id")), name="" if name == _value(account) else name,
        receiver_name=to.name, receiver_phone=to.phone, province=to.address.province, city=to.address.city,
        district=to.address.district, address=to.address.street or to.address.text, postcode=to.address.postcode,
        country=to.address.country,
    )  # fmt: skip


def _value(identifier: Identifier | None) -> str:
    return "" if identifier is None else identifier.value


def _own_number(identifiers: tuple[Identifier, ...]) -> str:
    """The strongest whole identifier that names the buyer better than a user name does, with its kind and scope."""
    strong = [each for each in identifiers if each.is_owning and KINDS[each.kind].rank < KINDS["account"].rank]
    return min(strong, key=lambda each: (KINDS[each.kind].rank, each.key)).key if strong else ""
