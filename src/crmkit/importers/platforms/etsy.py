"""Etsy: the sold orders and the sold order items, each alone too."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from crmkit.importers import cells
from crmkit.importers.columns import LineColumns, OrderColumns
from crmkit.importers.drafts import Draft
from crmkit.importers.form import TableFormat
from crmkit.importers.layouts import Values
from crmkit.importers.texts import CellFlaw, amount_with_point, by_forms
from crmkit.orders import OrderStatus

__all__ = ["FORMATS", "ITEMS", "ORDERS"]

_NIL = Decimal(0)
_DAYS = ("%m/%d/%y", "%m/%d/%Y", "%Y-%m-%d", "%Y/%m/%d")
_WORDS = {
    "Canceled": OrderStatus.CANCELLED,
    "Cancelled": OrderStatus.CANCELLED,
    "Refunded": OrderStatus.REFUNDED,
}
_BUYER = re.compile(r".*\(([^\s()]+)\)", re.DOTALL)
_EXPECTED = {
    "total": "Order Total",
    "discount": "Discount Amount",
    "shipping": "Shipping",
    "shipping_off": "Shipping Discount",
    "tax": "Sales Tax",
    "currency:Currency": "Currency",
    "adjusted": "Adjusted Order Total",
    "adjusted_net": "Adjusted Net Order Amount",
    "word": "Status",
    "shipped_on": "Date Shipped",
}
_EXPECTED_IN_LINES = {"quantity": "Quantity", "goods": "Item Total", "off": "Discount Amount"}
_EXPECTED_ALONE = {"shipping": "Order Shipping", "shipping_off": "Shipping Discount", "tax": "Order Sales Tax"}
_SHIPPED_ALONE = {"currency:Currency": "Currency", "shipped_on": "Date Shipped"}
_LEFT_ALONE = (
    "First Name,Last Name,Number of Items,Payment Method,Coupon Code,Coupon Details,Card Processing Fees,Order Net,"
    "Adjusted Card Processing Fees,Order Type,Payment Type,InPerson Discount,InPerson Location,SKU"
)
_LEFT_ALONE_IN_ITEMS = (
    "Coupon Code,Coupon Details,Order Type,Listings Type,Payment Type,InPerson Discount,InPerson Location,"
    "VAT Paid by Buyer"
)


def _day(value: str) -> datetime:
    """A day, as if of UTC until a zone is named; its month comes first, and one above 12 was turned round."""
    found = by_forms(value, _DAYS)
    if found is None:
        raise CellFlaw("bad_moment", "is not a day with the month first (MM/DD/YY)")
    return found.replace(tzinfo=UTC)


def _on(name: str, *also: str) -> cells.Cell:
    return cells.parsed(name, _day, *also)


def _login(value: str) -> str:
    """The login name, or that in `Full Name (login)`; what has blanks is the name of a guest."""
    return _login_in_brackets(value) or ("" if " " in value else value.casefold())


def _login_in_brackets(value: str) -> str:
    found = _BUYER.fullmatch(value)
    return found[1].casefold() if found else ""


def _mark(value: str) -> Decimal:
    """One where an adjustment is told: of two reports of an order, the one that tells it counts."""
    return Decimal(1) if amount_with_point(value) else _NIL


def _amount(name: str, *also: str) -> cells.Cell:
    return cells.money(name, "Currency", also=also)


def _settle(draft: Draft) -> str | None:
    """Everything in the file was paid at checkout; what was given back shows in the adjusted amounts."""
    values = draft.values
    draft.miss(_EXPECTED, _EXPECTED_IN_LINES)
    values.pop("refunded", None)
    total = values.get("total")
    if total is None:
        draft.say("bad_money", "tells no total", column="Order Total", error=True)
        return None
    _parts(draft, total)
    values["paid"] = total
    values["refunded"] = _refunded(draft, total)
    if values.get("word") is not None and not values["refunded"]:
        values["refunded"] = None
    values["refund_unknown"] = bool(total) and values["refunded"] is None
    values["status"] = _state(draft)
    _name(draft)
    paid_on = next((day for line in draft.lines if (day := line.get("paid_on"))), None)
    _date(draft, {"placed_at": values.get("sold_on"), "paid_at": paid_on, "shipped_at": values.get("shipped_on")})
    _price_lines(draft)
    return None


def _parts(draft: Draft, total: Decimal) -> None:
    """Shipping less its discount; the tax that Etsy keeps has no column, it is what the total has above the rest."""
    values = draft.values
    off, shipping_off = values.get("discount") or _NIL, values.get("shipping_off") or _NIL
    shipping = (values.get("shipping") or _NIL) - shipping_off
    tax = values.get("tax") or _NIL
    kept = total - ((values.get("goods") or _NIL) - off + shipping + tax)
    values["shipping"], values["discount"], values["tax"] = shipping, off + shipping_off, tax + max(kept, _NIL)


def _refunded(draft: Draft, total: Decimal) -> Decimal | None:
    """What was given back, or None where it is unknown; 0.00 twice says that nothing was adjusted."""
    values = draft.values
    adjusted: Decimal | None = values.get("adjusted")
    if adjusted:
        if adjusted > total:
            reason = f"was adjusted from {total} to {adjusted}, which is more; nothing counts as refunded"
            draft.say("does_not_add_up", reason, column="Adjusted Order Total")
        return max(total - adjusted, _NIL)
    if "adjusted" not in values or "adjusted_net" not in values:
        return None
    if not values["adjusted_net"]:
        return _NIL
    return None if adjusted is None else total


def _state(draft: Draft) -> OrderStatus:
    """The day of shipping tells it; the word stands in few files, and a refund in part is no state."""
    values = draft.values
    word: OrderStatus | None = values.get("word")
    if word is OrderStatus.CANCELLED or (word is OrderStatus.REFUNDED and not values["refunded"]):
        return word
    return OrderStatus.SHIPPED if values.get("shipped_on") else OrderStatus.PAID


def _name(draft: Draft) -> None:
    """An empty login is that of a guest; only a file without the column lets `Full Name (login)` tell it."""
    values = draft.values
    if "account" not in values:
        values["account"] = values.get("buyer_login")
    told = next((name for line in draft.lines if (name := line.get("ship_name"))), "")
    values["recipient_name"] = told or values.get("buyer_name")
    _join_street(values)


def _join_street(values: Values) -> None:
    values["street"] = ", ".join(filter(None, (values.get("street"), values.get("street_2"))))


def _price_lines(draft: Draft) -> None:
    for line in draft.lines:
        if line.get("goods") is not None:
            line["total"] = line["goods"] - (line.get("off") or _NIL)


def _date(draft: Draft, days: Mapping[str, datetime | None]) -> None:
    """Days become instants in the shop's zone; without one, when a day began is not known."""
    zone = draft.zone
    for field, day in days.items():
        draft.values[field] = day.replace(tzinfo=zone) if day and zone else None
    if zone is None and any(days.values()):
        draft.say("days_only", "tells days and no zone, so its instants are unknown; zone= names the shop's")


def _settle_items(draft: Draft) -> str | None:
    """The items alone: what they cost, and neither refunds nor the tax that Etsy keeps."""
    values, lines = draft.values, draft.lines
    draft.miss(_EXPECTED_ALONE, _EXPECTED_IN_LINES | _SHIPPED_ALONE)
    _price_lines(draft)
    if any(line.get("total") is None for line in lines):
        draft.say("bad_money", "has an item without its amount", column="Item Total", error=True)
        return None
    draft.say(
        "amounts_unknown", "tells neither refunds nor the tax that Etsy keeps; give the sold orders with the items"
    )
    shipping_off = values.get("shipping_off") or _NIL
    values["shipping"] = (values.get("shipping") or _NIL) - shipping_off
    values["discount"] = sum((line.get("off") or _NIL for line in lines), shipping_off)
    goods = sum((line["total"] for line in lines), _NIL)
    values["total"] = values["paid"] = goods + values["shipping"] + (values.get("tax") or _NIL)
    _join_street(values)
    shipped = [line.get("shipped_on") for line in lines]
    is_shipped = all(shipped)
    values["status"] = OrderStatus.SHIPPED if is_shipped else OrderStatus.PAID
    paid_on = next((day for line in lines if (day := line.get("paid_on"))), None)
    last = max(filter(None, shipped)) if is_shipped else None
    _date(draft, {"placed_at": values.get("sold_on"), "paid_at": paid_on, "shipped_at": last})
    return None


ORDERS = TableFormat(
    name="etsy.orders",
    title="Etsy sold orders, one row an order (EtsySoldOrders….csv)",
    header={"Order ID", "Order Value", "Order Net"},
    one_order_per="Order ID",
    family="etsy",
    role="orders",
    numbers_hold_in="platform",
    tells_refunds=True,
    settle=_settle,
    ignored=frozenset(_LEFT_ALONE.split(",")),
    order=OrderColumns(
        number=cells.identifier("Order ID"),
        goods=_amount("Order Value"),
        total=_amount("Order Total"),
        shipping=_amount("Shipping", "Delivery"),
        discount=_amount("Discount Amount"),
        tax=_amount("Sales Tax", "Sales tax"),
        refunded=cells.parsed("Adjusted Net Order Amount", _mark),
        account=cells.parsed("Buyer User ID", _login, personal=True, blank=""),
        buyer_name=cells.text("Full Name", personal=True),
        street=cells.text("Street 1", personal=True),
        city=cells.text("Ship City", "Delivery City"),
        province=cells.text("Ship State", "Delivery State"),
        postcode=cells.text("Ship Zipcode", "Delivery Zipcode"),
        country=cells.text("Ship Country", "Delivery Country"),
        extra={
            "shipping_off": _amount("Shipping Discount", "Delivery Discount"),
            "adjusted": _amount("Adjusted Order Total"),
            "adjusted_net": _amount("Adjusted Net Order Amount"),
            "word": cells.choice("Status", _WORDS, code="unknown_status"),
            "sold_on": _on("Sale Date"),
            "shipped_on": _on("Date Shipped", "Date Posted"),
            "buyer_login": cells.parsed("Buyer", _login_in_brackets, personal=True, blank=""),
            "street_2": cells.text("Street 2", personal=True),
        },
    ),
)
"""One row an order; complete without its items, but for the lines and the day of the payment."""

ITEMS = TableFormat(
    name="etsy.items",
    title="Etsy sold order items, one row a line (EtsySoldOrderItems….csv)",
    header={"Order ID", "Transaction ID", "Listing ID", "Item Name"},
    one_order_per="Order ID",
    family="etsy",
    role="items",
    platform="etsy",
    numbers_hold_in="platform",
    tells_refunds=False,
    settle=_settle_items,
    ignored=frozenset(_LEFT_ALONE_IN_ITEMS.split(",")),
    order=OrderColumns(
        shipping=_amount("Order Shipping"),
        tax=_amount("Order Sales Tax"),
        account=cells.parsed("Buyer", _login, personal=True, blank=""),
        recipient_name=cells.text("Ship Name", personal=True),
        street=cells.text("Ship Address1", personal=True),
        city=cells.text("Ship City"),
        province=cells.text("Ship State"),
        postcode=cells.text("Ship Zipcode"),
        country=cells.text("Ship Country"),
        extra={
            "shipping_off": _amount("Shipping Discount"),
            "sold_on": _on("Sale Date"),
            "street_2": cells.text("Ship Address2", personal=True),
        },
    ),
    line=LineColumns(
        id=cells.identifier("Transaction ID"),
        product_id=cells.identifier("Listing ID"),
        sku=cells.text("SKU"),
        title=cells.text("Item Name"),
        variant=cells.text("Variations"),
        quantity=cells.whole("Quantity"),
        price=_amount("Price"),
        extra={
            "goods": _amount("Item Total"),
            "off": _amount("Discount Amount"),
            "paid_on": _on("Date Paid"),
            "shipped_on": _on("Date Shipped"),
            "ship_name": cells.text("Ship Name", personal=True),
        },
    ),
)
"""One row an item; the amounts of the order repeat on each of its rows and count once."""

FORMATS = (ORDERS, ITEMS)
