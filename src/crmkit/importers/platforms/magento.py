"""Magento 2 and Adobe Commerce: orders as JSON, from `GET /V1/orders`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import attrs

from crmkit.importers import cells
from crmkit.importers.columns import LineColumns, OrderColumns
from crmkit.importers.documents.form import JsonFormat
from crmkit.importers.documents.values import Node, branch
from crmkit.importers.drafts import Draft
from crmkit.importers.layouts import Values
from crmkit.importers.rounding import round_to_currency
from crmkit.importers.texts import CellFlaw, amount_with_point, sound_identifier
from crmkit.orders import Address, OrderStatus

__all__ = ["FORMATS", "ORDERS"]

_NIL = Decimal(0)
_WORDS: dict[str, OrderStatus | str] = {
    "new": OrderStatus.PENDING_PAYMENT,
    "pending_payment": "by payment",
    "payment_review": "by payment",
    "holded": "by payment",
    "processing": OrderStatus.PAID,
    "complete": OrderStatus.COMPLETED,
    "closed": "closed",
    "canceled": OrderStatus.CANCELLED,
    "cancelled": OrderStatus.CANCELLED,
}
_EXPECTED = {
    "status": "state",
    "currency": "order_currency_code",
    "total": "grand_total",
    "shipping": "shipping_amount",
    "tax": "tax_amount",
    "reported_at": "updated_at",
}
_EXPECTED_OF_LINES = {
    "id": "items[].item_id",
    "row": "items[].row_total",
    "line_discount": "items[].discount_amount",
    "quantity": "items[].qty_ordered",
}
_AMOUNTS = ("total", "paid", "refunded", "shipping", "discount", "tax", "duties")
_REDUCTIONS = ("gift_cards_amount", "customer_balance_amount", "reward_currency_amount")


def _status(word: str) -> OrderStatus | str:
    found = _WORDS.get(word.lower())
    if found is None:
        raise CellFlaw("unknown_status", f"{word[:40]!r} is not a state this format knows", fatal=False)
    return found


def _settle(draft: Draft) -> str | None:
    """Amounts without `base_` are what the buyer saw; what is null is not written, so no payment is no key."""
    values = draft.values
    draft.lines = _top_lines(draft)
    draft.miss(_EXPECTED, _EXPECTED_OF_LINES)
    if values.get("total") is None:
        draft.say("bad_money", "tells no total", column="grand_total", error=True)
        return None
    if values.get("shipping") is not None:
        values["shipping"] -= values.get("shipping_discount") or _NIL
    if values.get("discount") is not None:
        values["discount"] = abs(values["discount"])
    values["duties"] = values.get("adjustments")
    round_to_currency(draft, _AMOUNTS, ("price", "total", "refunded"))
    _money(draft)
    _settle_state(values)
    return None


def _money(draft: Draft) -> None:
    """A key that is missing beside its `base_` twin was left out on the way, and is not null."""
    values = draft.values
    total, paid, refunded = values["total"], values.get("paid"), values.get("refunded")
    if paid is None and (values.get("base_paid") or (values.get("due") is not None and values["due"] < total)):
        reason = "lacks total_paid and tells elsewhere that something was paid; nothing counts as paid"
        draft.say("paid_unknown", reason, column="total_paid")
    values["paid"] = paid or _NIL
    values["refund_unknown"] = refunded is None and bool(values.get("base_refunded")) and bool(paid)
    if refunded is None and values.get("base_refunded"):
        draft.say("missing_column", "lacks total_refunded; how much was given back is unknown", column="total_refunded")
    values["refunded"] = refunded or _NIL


def _settle_state(values: Values) -> None:
    word = values.get("status")
    if word == "by payment":
        values["status"] = OrderStatus.PAID if values["paid"] > 0 else OrderStatus.PENDING_PAYMENT
    elif word == "closed" and not values["total"]:
        values["status"] = OrderStatus.COMPLETED


def _top_lines(draft: Draft) -> list[Values]:
    """The lines as the buyer sees them: the parts of a configured product or of a bundle are within it."""
    parts: dict[str, list[Values]] = {}
    ids = {line.get("id") for line in draft.lines}
    for line in draft.lines:
        if line.get("parent") in ids and line.get("parent"):
            parts.setdefault(line["parent"], []).append(line)
    top = [line for line in draft.lines if not (line.get("parent") and line["parent"] in ids)]
    for line in top:
        _settle_line(draft, line, parts.get(line.get("id") or "", []))
    return top


def _settle_line(draft: Draft, line: Values, parts: list[Values]) -> None:
    row = _own_or_parts("row", line, parts)
    discount = _own_or_parts("line_discount", line, parts) or _NIL
    if row is not None:
        line["total"] = row - discount
        if not line.get("price") and row:
            line["price"] = row / (line.get("quantity") or 1)
    back = _own_or_parts("back", line, parts)
    if back is not None:
        line["refunded"] = back - (_own_or_parts("discount_back", line, parts) or _NIL)
    names = [part["title"] for part in parts if part.get("title") and part["title"] != line.get("title")]
    line["variant"] = ", ".join(names)
    _settle_quantity(draft, line)


def _own_or_parts(field: str, line: Values, parts: list[Values]) -> Decimal | None:
    """The amount where it is: on the line, or on its parts, as with a bundle of a price that they make."""
    own: Decimal | None = line.get(field)
    if own or not parts:
        return own
    told = [part[field] for part in parts if part.get(field) is not None]
    return sum(told, _NIL) if told else own


def _settle_quantity(draft: Draft, line: Values) -> None:
    """Goods by the metre or by weight have quantities with a fraction: one such line is one piece."""
    quantity: Decimal | None = line.get("quantity")
    if quantity is None:
        return
    if quantity == quantity.to_integral_value() and 1 <= quantity < 10**9:
        line["quantity"] = int(quantity)
        return
    reason = f"has the quantity {quantity}, which is no whole number above zero; the line counts as one piece"
    draft.say("bad_whole", reason, column="items[].qty_ordered", value=str(quantity))
    line["quantity"], line["price"] = 1, line.get("total")


def _adjustments(order: Node) -> Decimal:
    """What moves the total beside goods, shipping and tax: compensated tax, gift cards, store credit, points."""
    found = order.amount("discount_tax_compensation_amount") or _NIL
    found += order.amount("shipping_discount_tax_compensation_amount") or _NIL
    for name in _REDUCTIONS:
        told = order.amount(name)
        if told is None:
            told = order.amount(f"extension_attributes.{name}")
        found -= told or _NIL
    return found


def _ship_to(node: Node) -> Node:
    """The first shipping address among the assignments."""
    for each in node.each():
        if each.has("shipping.address"):
            return each.at("shipping.address")
    return Node(None, node.path)


def _address(node: Node) -> Address | None:
    found = _ship_to(node)
    if found.value is None:
        return None
    street = ", ".join(part.text() for part in found.each("street") if part.text())
    country, postcode, city = (found.text(name) for name in ("country_id", "postcode", "city"))
    province = found.text("region_code") or found.text("region")
    town = " ".join(part for part in (postcode, city) if part)
    text = ", ".join(part for part in (street, town, province, country) if part)
    return Address(text=text, country=country, province=province, city=city, street=street, postcode=postcode)


def _recipient(node: Node) -> str:
    found = _ship_to(node)
    return " ".join(part for part in (found.text("firstname"), found.text("lastname")) if part)


def _name(order: Node) -> str:
    own = " ".join(part for part in (order.text("customer_firstname"), order.text("customer_lastname")) if part)
    if own:
        return own
    return " ".join(part for part in map(order.text, ("billing_address.firstname", "billing_address.lastname")) if part)


def _personal(cell: cells.Cell) -> cells.Cell:
    return attrs.evolve(cell, is_personal=True)


def _number(name: str) -> cells.Cell:
    return cells.parsed(name, amount_with_point)


def _id(name: str) -> cells.Cell:
    return cells.parsed(name, lambda value: "" if value == "0" else sound_identifier(value), blank="")


def _at(name: str) -> cells.Cell:
    return cells.moment(name, "%Y-%m-%d %H:%M:%S", zone="UTC")


_ASSIGNMENTS = "extension_attributes.shipping_assignments"
_EXTRA: dict[str, Any] = {
    "shipping_discount": cells.money("shipping_discount_amount"),
    "adjustments": branch("", _adjustments),
    "base_paid": cells.money("base_total_paid"),
    "base_refunded": cells.money("base_total_refunded"),
    "due": cells.money("total_due"),
    "region": cells.text("billing_address.country_id"),
}

ORDERS = JsonFormat(
    name="magento.orders",
    title="Magento 2 and Adobe Commerce orders as JSON (GET /V1/orders)",
    known_by={"increment_id", "base_grand_total", "items"},
    number="increment_id",
    id="entity_id",
    lines_in="items",
    wrappers={"items": {"search_criteria"}},
    settle=_settle,
    absent_is_null=True,
    order=OrderColumns(
        status=cells.parsed("state", _status),
        currency=cells.text("order_currency_code"),
        total=cells.money("grand_total"),
        paid=cells.money("total_paid"),
        refunded=cells.money("total_refunded"),
        shipping=cells.money("shipping_amount"),
        discount=cells.money("discount_amount"),
        tax=cells.money("tax_amount"),
        placed_at=_at("created_at"),
        reported_at=_at("updated_at"),
        customer_id=_id("customer_id"),
        email=cells.text("customer_email", "billing_address.email", personal=True),
        phone=cells.text("billing_address.telephone", personal=True),
        buyer_name=_personal(branch("", _name, blank="")),
        recipient_name=_personal(branch(_ASSIGNMENTS, _recipient, blank="")),
        recipient_phone=_personal(branch(_ASSIGNMENTS, lambda node: _ship_to(node).text("telephone"), blank="")),
        address=_personal(branch(_ASSIGNMENTS, _address)),
        buyer_note=cells.text("customer_note", personal=True),
        extra=_EXTRA,
    ),
    line=LineColumns(
        id=cells.identifier("item_id"),
        sku=cells.text("sku"),
        product_id=_id("product_id"),
        title=cells.text("name"),
        quantity=_number("qty_ordered"),
        price=cells.money("price"),
        extra={
            "parent": attrs.evolve(_id("parent_item_id"), names=("parent_item_id", "parent_item.item_id")),
            "row": cells.money("row_total"),
            "line_discount": cells.money("discount_amount"),
            "back": cells.money("amount_refunded"),
            "discount_back": cells.money("discount_refunded"),
        },
    ),
)
"""Numbers (`000000123`) are text; keys whose value is null are not written."""

FORMATS = (ORDERS,)
