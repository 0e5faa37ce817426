"""What an order is after a newer report of it: the report's word, and what only earlier reports knew.

Reports differ in what they can say: one file has the lines and not the buyer, another masks the phone after three
months, a third never tells refunds. The rules, each in one function below:

- state, currency, total and paid are the newer report's; a report in a paid state that names no payment is silent
  about it, and the stored payment stays;
- an item report that stands alone (`lines_only`) tells a state, and lines where none are stored, and no amounts;
- a refund that the report does not know stays as stored;
- instants, lines, parts of the total, texts, tags and source cells that the report lacks stay as stored;
- identifiers of the buyer stay where the report has none of that kind in full;
- a masked or missing name, phone or address of the recipient does not overwrite one that is stored.
"""

from __future__ import annotations

from typing import Any

import attrs

from crmkit.identifiers import Identifier
from crmkit.money import Money
from crmkit.orders.model import Address, Buyer, Order, OrderStatus, Recipient

__all__ = ["is_silent_on_payment", "is_silent_on_refund", "merged"]

_KEPT_IF_MISSING = (
    "lines",
    "placed_at",
    "paid_at",
    "shipped_at",
    "received_at",
    "completed_at",
    "cancelled_at",
    "shipping",
    "discount",
    "tax",
    "remark",
    "buyer_note",
    "tags",
    "close_reason",
    "reported_at",
    "raw",
)
_UNPAID = (OrderStatus.PENDING_PAYMENT, OrderStatus.CANCELLED)


def is_silent_on_payment(before_paid: bool, report: Order) -> bool:
    """Returns whether a report names no payment although its state says that there was one, and one is stored."""
    return before_paid and report.paid.is_zero and report.status not in _UNPAID


def is_silent_on_refund(before_paid: bool, report: Order) -> bool:
    """Returns whether a report does not know what was given back."""
    return report.refund_unknown or is_silent_on_payment(before_paid, report)


def merged(before: Order, report: Order) -> Order:
    """Returns the order as it is after a newer report; merging the same report again changes nothing.

    Args:
        before: The order as stored.
        report: The newer report of the same order, in the same currency.

    Example:
        >>> from crmkit.money import Money
        >>> from crmkit.orders import OrderKey
        >>> key, price = OrderKey("taobao", "paper-lantern", "1001"), Money("30.00", "CNY")
        >>> first = Order(key=key, status=OrderStatus.PAID, currency="CNY", total=price, paid=price, remark="no bag")
        >>> merged(first, Order(key=key, status=OrderStatus.SHIPPED, currency="CNY", total=price, paid=price)).remark
        'no bag'
    """
    kept: dict[str, Any] = {}
    for name in _KEPT_IF_MISSING:
        told = getattr(report, name)
        if told is None or (not told and not isinstance(told, Money)):
            kept[name] = getattr(before, name)
    kept |= _stored_amounts(before) if report.lines_only else _amounts(before, report)
    if report.lines_only and before.lines:
        kept["lines"] = before.lines
    kept["buyer"] = _buyer(before.buyer, report.buyer)
    kept["recipient"] = _recipient(before.recipient, report.recipient)
    return attrs.evolve(report, lines_only=False, **kept)


def _stored_amounts(before: Order) -> dict[str, Any]:
    names = ("total", "paid", "refunded", "refund_unknown", "shipping", "discount", "tax")
    return {name: getattr(before, name) for name in names}


def _amounts(before: Order, report: Order) -> dict[str, Any]:
    before_paid = not before.paid.is_zero
    paid = before.paid if is_silent_on_payment(before_paid, report) else report.paid
    if not is_silent_on_refund(before_paid, report):
        return {"paid": paid}
    refunded = min(max(before.refunded, report.refunded), paid)
    is_known = report.status == before.status and not before.refund_unknown and not before.refunded.is_zero
    says_the_same = report.refund_unknown and before.refund_unknown and refunded == before.refunded
    unknown = says_the_same or not (is_known or (not paid.is_zero and refunded == paid))
    return {"paid": paid, "refunded": refunded, "refund_unknown": unknown}


def _buyer(before: Buyer, report: Buyer) -> Buyer:
    told = {(item.kind, item.scope) for item in report.identifiers if item.form in ("plain", "relay")}
    more = tuple(item for item in before.identifiers if not _is_told(item, told, report.identifiers))
    consent = before.accepts_marketing if report.accepts_marketing is None else report.accepts_marketing
    return Buyer(
        identifiers=report.identifiers + more, name=_fuller(before.name, report.name), accepts_marketing=consent
    )


def _is_told(item: Identifier, told: set[tuple[str, str]], reported: tuple[Identifier, ...]) -> bool:
    return (item.kind, item.scope) in told or item in reported


def _recipient(before: Recipient | None, report: Recipient | None) -> Recipient | None:
    if before is None or report is None:
        return report or before
    return Recipient(
        name=_fuller(before.name, report.name),
        phone=_fuller(before.phone, report.phone),
        address=_address(before.address, report.address),
    )


def _address(before: Address, report: Address) -> Address:
    parts = attrs.astuple(report)
    return before if not any(parts) or (any(map(_is_masked, parts)) and any(attrs.astuple(before))) else report


def _fuller(before: str, report: str) -> str:
    return before if not report or (before and _is_masked(report)) else report


def _is_masked(text: str) -> bool:
    return "*" in text
