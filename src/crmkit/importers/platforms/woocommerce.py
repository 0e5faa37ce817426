"""WooCommerce: orders as JSON, from the REST API (v2, v3) and from webhooks."""

from __future__ import annotations

from decimal import Decimal
from html import unescape

import attrs

from crmkit.importers import cells
from crmkit.importers.columns import LineColumns, OrderColumns
from crmkit.importers.documents.form import JsonBody, JsonFormat
from crmkit.importers.documents.values import Node, branch
from crmkit.importers.drafts import Draft
from crmkit.importers.rounding import round_to_currency
from crmkit.importers.texts import CellFlaw, sound_identifier
from crmkit.orders import OrderStatus

__all__ = ["FORMATS", "ORDERS"]

_NIL = Decimal(0)
_WORDS: dict[str, OrderStatus | str] = {
    "pending": OrderStatus.PENDING_PAYMENT,
    "on-hold": OrderStatus.PENDING_PAYMENT,
    "processing": OrderStatus.PAID,
    "partial-shipped": OrderStatus.PAID,
    "shipped": OrderStatus.SHIPPED,
    "delivered": OrderStatus.RECEIVED,
    "completed": OrderStatus.COMPLETED,
    "cancelled": OrderStatus.CANCELLED,
    "canceled": OrderStatus.CANCELLED,
    "failed": OrderStatus.CANCELLED,
    "refunded": "closed",
}
_DRAFTS = ("checkout-draft", "auto-draft", "draft", "trash")
_STEPS = tuple(_WORDS)
_EXPECTED = {
    "status": "status",
    "currency": "currency",
    "total": "total",
    "paid_at": "date_paid_gmt",
    "refunded": "refunds",
    "shipping": "shipping_total",
    "tax": "total_tax",
    "fees": "fee_lines",
    "reported_at": "date_modified_gmt",
    "parent": "parent_id",
}
_AMOUNTS = ("total", "refunded", "shipping", "discount", "tax", "fees")


def _skips(order: Node) -> str | None:
    """Drafts and the trash are no orders, and neither is what hangs on one: refunds, renewals of subscriptions."""
    if _bare(order.text("status")) in _DRAFTS:
        return "drafts and trash"
    if order.text("parent_id") not in ("", "0") or "refund" in order.text("type"):
        return "refunds and children of other orders"
    return None


def _bare(word: str) -> str:
    return word.lower().removeprefix("wc-")


def _status(word: str) -> OrderStatus | str:
    found = _WORDS.get(_bare(word))
    if found is None:
        raise CellFlaw("unknown_status", f"{word[:40]!r} is not a state this format knows", fatal=False)
    return found


def _rank(order: Node) -> tuple[int, int]:
    """Of two reports of one second the one with more refunds counts, then the later state."""
    word = _bare(order.text("status"))
    return sum(1 for _ in order.each("refunds")), _STEPS.index(word) if word in _STEPS else -1


def _refunded(node: Node) -> Decimal:
    """What was given back; the list holds negative amounts."""
    return -sum((each.needed("total") for each in node.each()), _NIL)


def _fees(node: Node) -> Decimal:
    return sum((each.needed("total") for each in node.each()), _NIL)


def _variant(node: Node) -> str:
    """The attributes that the buyer sees: those whose key has no `_` before it."""
    shown = []
    for each in node.each():
        key = each.text("display_key") or each.text("key")
        value = each.at("display_value").value or each.at("value").value
        if key and not key.startswith("_") and isinstance(value, str | int):
            shown.append(f"{unescape(key)}: {unescape(str(value))}")
    return ", ".join(shown)


def _settle(draft: Draft) -> str | None:
    """Money was received where there is a time of payment; the word alone does not tell, staff may set it by hand."""
    values = draft.values
    draft.miss(_EXPECTED, {"total": "line_items[].total", "quantity": "line_items[].quantity"})
    if values.get("total") is None:
        draft.say("bad_money", "tells no total", column="total", error=True)
        return None
    round_to_currency(draft, _AMOUNTS, ("subtotal", "total"))
    total, refunded = values["total"], values.get("refunded")
    has_paid = values.get("paid_at") is not None or bool(values.get("paid_locally"))
    if refunded and not has_paid:
        draft.say("no_payment_time", f"has {refunded} refunded and no payment time", column="date_paid_gmt")
        refunded = _NIL
    values["paid"] = total if has_paid else _NIL
    was_set_by_hand = values.get("status") == "closed" and not refunded
    values["refund_unknown"] = has_paid and bool(total) and (refunded is None or was_set_by_hand)
    values["refunded"] = refunded or _NIL
    values["duties"] = values.get("fees")
    for line in draft.lines:
        _price(line)
    round_to_currency(draft, (), ("price",))
    return None


def _price(line: dict[str, object]) -> None:
    """The list price of one unit: the amount before coupons, by the quantity; `price` is rounded at random."""
    whole = line.get("subtotal") if line.get("subtotal") is not None else line.get("total")
    quantity = line.get("quantity") or 1
    if isinstance(whole, Decimal) and isinstance(quantity, int):
        line["price"] = whole / quantity


def _at(name: str) -> cells.Cell:
    return cells.moment(name, zone="UTC")


def _words(name: str, *, personal: bool = True) -> cells.Cell:
    """A cell of text in which signs come as HTML entities (`&amp;`)."""
    return cells.parsed(name, unescape, personal=personal, blank="")


def _whole_name(path: str) -> cells.Cell:
    def read(node: Node) -> str:
        return unescape(" ".join(part for part in (node.text("first_name"), node.text("last_name")) if part))

    return attrs.evolve(branch(path, read, blank=""), is_personal=True)


def _street(path: str) -> cells.Cell:
    def read(node: Node) -> str:
        return unescape(", ".join(part for part in (node.text("address_1"), node.text("address_2")) if part))

    return attrs.evolve(branch(path, read, blank=""), is_personal=True)


def _account(name: str) -> cells.Cell:
    """A cell of the account's id; 0 is every guest."""
    return cells.parsed(name, lambda value: "" if value == "0" else sound_identifier(value), blank="")


ORDERS = JsonFormat(
    name="woocommerce.orders",
    title="WooCommerce orders as JSON: REST API v2 and v3, webhooks",
    known_by={"order_key", "line_items", "billing", "date_created_gmt"},
    number="id",
    lines_in="line_items",
    wrappers={"orders": set(), "order": set()},
    bodies=(
        JsonBody(known_by={"id", "amount", "reason", "refunded_by"}, reason="details of refunds"),
        JsonBody(known_by={"id", "email", "is_paying_customer"}, reason="customers"),
        JsonBody(known_by={"id", "permalink", "regular_price"}, reason="products"),
        JsonBody(known_by={"id", "code", "discount_type", "usage_count"}, reason="coupons"),
        JsonBody(known_by={"webhook_id"}, reason="pings of webhooks", only=True),
        JsonBody(known_by={"id"}, reason="deletions", only=True),
    ),
    skips=_skips,
    rank=_rank,
    together={"status", "total", "date_paid", "date_paid_gmt", "refunds"},
    settle=_settle,
    order=OrderColumns(
        status=cells.parsed("status", _status),
        currency=cells.text("currency"),
        total=cells.money("total"),
        refunded=branch("refunds", _refunded),
        shipping=cells.money("shipping_total"),
        discount=cells.money("discount_total"),
        tax=cells.money("total_tax"),
        placed_at=_at("date_created_gmt"),
        paid_at=_at("date_paid_gmt"),
        completed_at=_at("date_completed_gmt"),
        reported_at=_at("date_modified_gmt"),
        customer_id=_account("customer_id"),
        email=cells.text("billing.email", personal=True),
        phone=cells.text("billing.phone", personal=True),
        buyer_name=_whole_name("billing"),
        recipient_name=_whole_name("shipping"),
        recipient_phone=cells.text("shipping.phone", personal=True),
        country=cells.text("shipping.country"),
        province=cells.text("shipping.state"),
        city=_words("shipping.city"),
        street=_street("shipping"),
        postcode=cells.text("shipping.postcode"),
        buyer_note=_words("customer_note"),
        extra={
            "parent": cells.text("parent_id"),
            "paid_locally": cells.text("date_paid"),
            "fees": branch("fee_lines", _fees),
            "region": cells.text("billing.country", "shipping.country"),
        },
    ),
    line=LineColumns(
        id=cells.identifier("id"),
        sku=cells.text("sku"),
        product_id=_account("product_id"),
        title=_words("name", personal=False),
        variant=branch("meta_data", _variant, blank=""),
        quantity=cells.whole("quantity"),
        total=cells.money("total"),
        extra={"subtotal": cells.money("subtotal")},
    ),
)
"""Amounts of lines, fees and shipping are without tax, whatever the shop shows; plug-ins set `number`, `id` counts."""

FORMATS = (ORDERS,)
