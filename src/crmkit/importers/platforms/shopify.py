"""Shopify: the orders CSV, in its layouts of 79, 75 and 68 columns."""

from __future__ import annotations

from decimal import Decimal

from crmkit.importers import cells
from crmkit.importers.columns import LineColumns, OrderColumns
from crmkit.importers.drafts import Draft
from crmkit.importers.form import TableFormat
from crmkit.importers.sharing import allotted
from crmkit.orders import OrderStatus

__all__ = ["FORMATS", "ORDERS"]

_NIL = Decimal(0)
_FINANCIAL = ["pending", "authorized", "partially_paid", "paid", "partially_refunded", "refunded", "voided", "expired"]
_FULFILMENT = {
    "fulfilled": "fulfilled",
    "unfulfilled": "unfulfilled",
    "partial": "partial",
    "partially_fulfilled": "partial",
    "restocked": "restocked",
}
_LINE_WORDS = {
    "fulfilled": OrderStatus.SHIPPED,
    "pending": None,
    "unfulfilled": None,
    "partial": None,
    "restocked": None,
}
_EXPECTED = {
    "currency": "Currency",
    "total": "Total",
    "shipping": "Shipping",
    "discount": "Discount Amount",
    "refunded": "Refunded Amount",
    "fulfilment": "Fulfillment Status",
    "cancelled_at": "Cancelled at",
    "paid_at": "Paid at",
}
_TEST_GATEWAYS = ("bogus", "(for testing) bogus gateway")


def _at(name: str) -> cells.Cell:
    return cells.moment(name, "%Y-%m-%d %H:%M:%S %z", zone="UTC")


def _settle(draft: Draft) -> str | None:
    """What was paid follows from the financial status; how far the parcel is, from the fulfilment."""
    values = draft.values
    if (values.get("gateway") or "").casefold() in _TEST_GATEWAYS:
        return "test orders"
    draft.miss(_EXPECTED, {"price": "Lineitem price"})
    if values.get("total") is None:
        draft.say("bad_money", "tells no total", column="Total", error=True)
        return None
    values["placed_at"] = values.get("placed_at") or values.get("paid_at")
    word, total = values.get("financial"), values["total"]
    values["paid"] = _paid(word, total, values.get("outstanding"), values.get("paid_at") is not None)
    _refund(draft, word)
    if word == "refunded" and values["refund_unknown"]:
        values["status"] = OrderStatus.REFUNDED
    else:
        values["status"] = _state(draft, word)
    for line in draft.lines:
        if line.get("price") is not None:
            line["total"] = line["price"] * (line.get("quantity") or 1) - (line.get("discount") or _NIL)
    _spread(draft)
    return None


def _refund(draft: Draft, word: str | None) -> None:
    """A refund that the state names and the amounts do not is unknown, and so is what a missing column would tell."""
    values = draft.values
    told = values.get("refunded")
    silent = "refunded" not in values or (word in ("refunded", "partially_refunded") and not told)
    values["refund_unknown"] = silent and bool(values["paid"])
    if word == "partially_paid" and values.get("outstanding") is None:
        reason = "was paid in part and does not say how much is open; nothing counts as paid"
        draft.say("paid_unknown", reason, column="Outstanding Balance")
        values["refund_unknown"], told = bool(told), None
    values["refunded"] = told or _NIL


def _paid(word: str | None, total: Decimal, outstanding: Decimal | None, has_time: bool) -> Decimal:
    if word in ("paid", "partially_refunded", "refunded"):
        return total
    if word == "partially_paid":
        return max(total - (outstanding if outstanding is not None else total), _NIL)
    return total if word is None and has_time else _NIL


def _state(draft: Draft, word: str | None) -> OrderStatus:
    values = draft.values
    if word in ("voided", "expired") or values.get("cancelled_at") is not None:
        return OrderStatus.CANCELLED
    if values.get("fulfilment") == "fulfilled":
        return OrderStatus.SHIPPED
    return OrderStatus.PAID if word in ("paid", "partially_refunded", "refunded") else OrderStatus.PENDING_PAYMENT


def _spread(draft: Draft) -> None:
    """The order's discount is not in its lines: each gets its share, by what it costs."""
    discount, lines = draft.values.get("discount"), draft.lines
    gross = sum((line.get("total") or _NIL for line in lines), _NIL)
    if not discount or not lines or not gross:
        return
    draft.miss({"subtotal": "Subtotal"}, {})
    if draft.values.get("subtotal") != gross - discount:
        return
    currency = (draft.values.get("currency") or "").upper()
    weights = [{**line, "price": line["total"], "quantity": 1} for line in lines]
    shares = allotted(discount, weights, currency)
    for line, share in zip(lines, shares, strict=True):
        line["total"] -= share


ORDERS = TableFormat(
    name="shopify.orders",
    title="Shopify orders CSV, one row a line (orders_export….csv)",
    header={"Name", "Financial Status", "Lineitem name", "Lineitem quantity"},
    one_order_per="Name",
    order_on="Financial Status",
    ends_in_newline=True,
    settle=_settle,
    order=OrderColumns(
        number=cells.text("Name"),
        currency=cells.text("Currency"),
        total=cells.money("Total"),
        shipping=cells.money("Shipping"),
        tax=cells.money("Taxes"),
        discount=cells.money("Discount Amount"),
        refunded=cells.money("Refunded Amount"),
        placed_at=_at("Created at"),
        paid_at=_at("Paid at"),
        shipped_at=_at("Fulfilled at"),
        cancelled_at=_at("Cancelled at"),
        email=cells.text("Email", personal=True),
        phone=cells.text("Phone", personal=True),
        buyer_name=cells.text("Billing Name", personal=True),
        accepts_marketing=cells.flag("Accepts Marketing"),
        recipient_name=cells.text("Shipping Name", personal=True),
        recipient_phone=cells.text("Shipping Phone", personal=True),
        country=cells.text("Shipping Country"),
        province=cells.text("Shipping Province"),
        city=cells.text("Shipping City"),
        street=cells.text("Shipping Street", personal=True),
        postcode=cells.text("Shipping Zip"),
        remark=cells.text("Notes", personal=True),
        tags=cells.words("Tags"),
        extra={
            "financial": cells.choice("Financial Status", {w: w for w in _FINANCIAL}, code="unknown_status"),
            "fulfilment": cells.choice("Fulfillment Status", _FULFILMENT, code="unknown_status"),
            "outstanding": cells.money("Outstanding Balance"),
            "subtotal": cells.money("Subtotal"),
            "duties": cells.money("Duties"),
            "gateway": cells.text("Payment Method"),
            "platform_id": cells.text("Id"),
            "region": cells.text("Billing Country", "Shipping Country"),
        },
    ),
    line=LineColumns(
        sku=cells.text("Lineitem sku"),
        title=cells.text("Lineitem name"),
        quantity=cells.whole("Lineitem quantity"),
        price=cells.money("Lineitem price"),
        discount=cells.money("Lineitem discount"),
        status=cells.choice("Lineitem fulfillment status", _LINE_WORDS, code="unknown_status"),
    ),
)
"""The order's own cells stand on its first row only; numbers (`#1001`) are unique within the shop."""

FORMATS = (ORDERS,)
