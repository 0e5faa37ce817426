"""Shopify's orders in JSON, REST and GraphQL alike: what their branches say, and what was paid, refunded and sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import attrs

from crmkit.importers import cells
from crmkit.importers.documents.values import ABSENT, Node, NodeFlaw, branch
from crmkit.importers.drafts import Draft
from crmkit.importers.layouts import Values
from crmkit.orders import OrderStatus

__all__ = [
    "FULFILMENT",
    "LINE_WORDS",
    "Refunds",
    "allocated",
    "allocated_in_sets",
    "at",
    "consent_of",
    "financial",
    "name_of",
    "refunds_of",
    "settled",
    "shipped_at",
    "shipping_of",
    "sold_at",
    "street_of",
    "tags_of",
]

_NIL = Decimal(0)
_FINANCIAL = ["pending", "authorized", "partially_paid", "paid", "partially_refunded", "refunded", "voided", "expired"]
_PAID = ("paid", "partially_refunded", "refunded")
FULFILMENT = {"fulfilled": "fulfilled", "restocked": "restocked"} | dict.fromkeys(
    [
        "unfulfilled",
        "partial",
        "partially_fulfilled",
        "in_progress",
        "on_hold",
        "scheduled",
        "open",
        "pending_fulfillment",
        "request_declined",
    ],
    "unfulfilled",
)
LINE_WORDS = {"fulfilled": OrderStatus.SHIPPED} | dict.fromkeys(["partial", "not_eligible", "restocked", "unfulfilled"])
_SALES = ("sale", "capture")


@attrs.frozen(slots=True)
class Refunds:
    """Is what the refunds of an order say.

    Attributes:
        amount: Given back by transactions that succeeded.
        by_line: Line id → given back for it, without tax.
        told_at: When the last one was made.
        strange: Currency of a transaction that is not the shop's and names no amount in the shop's.
    """

    amount: Decimal = _NIL
    by_line: dict[str, Decimal] = attrs.field(factory=dict)
    told_at: datetime | None = None
    strange: dict[str, None] = attrs.field(factory=dict)


def _moment(text: str) -> datetime | None:
    found: datetime | None = at("").read(text) if text else None
    return found


def refunds_of(node: Node) -> Refunds:
    """Reads `refunds`: only transactions of kind refund that succeeded moved money."""
    found = Refunds()
    for refund in node.each():
        given = _given_back(refund, found.strange)
        if given:
            for item in refund.each("refund_line_items"):
                line = item.text("line_item_id") or item.text("line_item.id")
                if item.has("subtotal"):
                    found.by_line[line] = found.by_line.get(line, _NIL) + item.needed("subtotal")
        told_at = _moment(refund.text("created_at"))
        newest = max((at for at in (found.told_at, told_at) if at), default=None)
        found = attrs.evolve(found, amount=found.amount + given, told_at=newest)
    return found


def _given_back(refund: Node, strange: dict[str, None]) -> Decimal:
    given = _NIL
    for transaction in _told(refund, "transactions").each():
        kind, status = (_told(transaction, name).text().lower() for name in ("kind", "status"))
        if kind != "refund" or status != "success":
            continue
        in_shop = transaction.amount("amount_set.shop_money.amount")
        if in_shop is None:
            strange[transaction.text("currency").upper()] = None
        given += transaction.needed("amount") if in_shop is None else in_shop
    return given


def _told(node: Node, name: str) -> Node:
    """What stands at a key without which a refund does not say whether money moved."""
    found = node.at(name)
    if found.value is ABSENT:
        raise NodeFlaw("missing_column", "is missing, and without it a refund tells no money", path=found.path)
    return found


def allocated(node: Node) -> Decimal:
    """Returns what `discount_allocations` take off."""
    return sum((each.needed("amount") for each in node.each()), _NIL)


def allocated_in_sets(node: Node) -> Decimal:
    """Returns what `discountAllocations` of GraphQL take off, in the shop's money."""
    path = "allocatedAmountSet.shopMoney.amount"
    return sum((each.needed(path) for each in node.each()), _NIL)


def shipping_of(node: Node) -> Decimal:
    """What shipping costs after its discounts."""
    found = _NIL
    for line in node.each():
        found += line.needed("price") - allocated(line.at("discount_allocations"))
    return found


def sold_at(node: Node) -> datetime | None:
    """When the last payment succeeded, where the transactions are there."""
    paid = [_moment(each.text("processed_at") or each.text("processedAt")) for each in _sales(node)]
    return max((at for at in paid if at), default=None)


def _sales(node: Node) -> Iterator[Node]:
    for each in node.each():
        if each.text("kind").lower() in _SALES and each.text("status").lower() == "success":
            yield each


def shipped_at(node: Node) -> datetime | None:
    """When the last parcel left."""
    left = [
        _moment(each.text("created_at") or each.text("createdAt"))
        for each in node.each()
        if each.text("status").lower() in ("", "success")
    ]
    return max((at for at in left if at), default=None)


def settled(draft: Draft) -> None:
    """What was paid follows from the financial status and what is open; how far the parcel is, from the fulfilment."""
    values = draft.values
    word = values.get("financial")
    values["placed_at"] = values.get("placed_at") or values.get("processed_at")
    for line in draft.lines:
        _total(line)
    if any("price" in line and line["price"] is None and line.get("total") is None for line in draft.lines):
        draft.say(
            "unpriced_lines", "has lines whose price is null; what they cost is no more than a share of the total"
        )
    values["paid"] = _paid(draft, word)
    _refund(draft, word)
    if word == "refunded" and values["refund_unknown"]:
        values["status"] = OrderStatus.REFUNDED
    else:
        values["status"] = _state(values, word)
    if values.get("fulfilment") != "fulfilled":
        values["shipped_at"] = None
    values["duties"] = sum((values.get(part) or _NIL for part in ("duty", "tip")), _NIL)


def _paid(draft: Draft, word: str | None) -> Decimal:
    values = draft.values
    total: Decimal = values["total"]
    received: Decimal | None = values.get("received")
    outstanding: Decimal | None = values.get("outstanding")
    if word in ("pending", "authorized", "voided", "expired"):
        return _NIL
    if word is None and received is None and outstanding is None:
        return _NIL
    if received is not None:
        return received
    if outstanding is None and word == "partially_paid":
        reason = "was paid in part and does not say how much is open; nothing counts as paid"
        draft.say("paid_unknown", reason, column="total_outstanding")
        return _NIL
    return max(total - (outstanding or _NIL), _NIL)


def _refund(draft: Draft, word: str | None) -> None:
    """A refund that the state names and the amounts do not is unknown, and so is what a missing key would tell."""
    values = draft.values
    told: Any = values.get("refunded")
    refunds = values.get("refunds")
    if isinstance(refunds, Refunds):
        told = refunds.amount if told is None else told
        own = (values.get("currency") or "").upper()
        strange = [code for code in refunds.strange if code not in ("", own)]
        if strange:
            reason = f"was refunded in {', '.join(strange)} and not in {own}; how much is unknown"
            draft.say("refund_estimated", reason, column="refunds")
            told = None
        for line in draft.lines:
            if line.get("id") in refunds.by_line:
                line["refunded"] = refunds.by_line[line["id"]]
        if refunds.told_at and values.get("reported_at"):
            values["reported_at"] = max(refunds.told_at, values["reported_at"])
    is_silent = told is None or (word in ("refunded", "partially_refunded") and not told)
    values["refund_unknown"] = bool(is_silent and values["paid"])
    values["refunded"] = told or _NIL


def _state(values: Values, word: str | None) -> OrderStatus:
    if word in ("voided", "expired") or values.get("cancelled_at") is not None:
        return OrderStatus.CANCELLED
    if values.get("fulfilment") == "fulfilled":
        return OrderStatus.SHIPPED
    is_paid = word in _PAID or (word is None and values["paid"] > 0)
    return OrderStatus.PAID if is_paid else OrderStatus.PENDING_PAYMENT


def _total(line: Values) -> None:
    """A line costs its price less its share of all discounts, order and line discounts alike."""
    if line.get("price") is not None and "discount" in line:
        line["total"] = line["price"] * (line.get("quantity") or 1) - (line["discount"] or _NIL)


def at(name: str, *also: str) -> cells.Cell:
    """Returns a cell of an instant; Shopify writes the offset."""
    return cells.moment(name, zone="UTC", also=also)


def name_of(first: str, last: str, *also: str) -> cells.Cell:
    """A cell of a person's name: an object with first and last name."""

    def read(node: Node) -> str:
        whole = node.text("displayName") or node.text("name")
        return whole or " ".join(part for part in (node.text(first), node.text(last)) if part)

    return attrs.evolve(branch(also[0], read, *also[1:], blank=""), is_personal=True)


def street_of(path: str) -> cells.Cell:
    """Returns a cell of the two lines of an address."""

    def read(node: Node) -> str:
        return ", ".join(part for part in (node.text("address1"), node.text("address2")) if part)

    return attrs.evolve(branch(path, read, blank=""), is_personal=True)


def tags_of(node: Node) -> tuple[str, ...]:
    """Tags: words with commas between them, or a list."""
    if isinstance(node.value, str):
        return tuple(part.strip() for part in node.text().split(",") if part.strip())
    return tuple(each.text() for each in node.each() if each.text())


def financial(name: str) -> cells.Cell:
    """Returns a cell of the financial status."""
    return cells.choice(name, {word: word for word in _FINANCIAL}, code="unknown_status")


def consent_of(node: Node) -> bool | None:
    """Returns whether a state of consent to marketing is a yes or a no; pending and invalid are neither."""
    return {"subscribed": True, "unsubscribed": False, "not_subscribed": False}.get(node.text().lower())
