"""TikTok Shop: the order export of the Seller Center (All order-….csv), Tokopedia's orders included."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from crmkit.importers import cells
from crmkit.importers.columns import LineColumns, OrderColumns
from crmkit.importers.drafts import Draft
from crmkit.importers.form import TableFormat
from crmkit.importers.layouts import Values, positions
from crmkit.importers.platforms.countries import COUNTRIES, Country, country_of, moved_to, told_by_caller
from crmkit.importers.platforms.marks import amount_in, doubt, readings, share_unit
from crmkit.importers.platforms.slashes import Slashed, moment
from crmkit.importers.sharing import allotted
from crmkit.importers.texts import sound_identifier
from crmkit.orders import OrderStatus

__all__ = ["FORMATS", "ORDERS"]

_NIL = Decimal(0)
_WORDS = {
    OrderStatus.PENDING_PAYMENT: "unpaid|belum dibayar",
    OrderStatus.PAID: "on hold|to ship|awaiting shipment|awaiting collection|partially shipping|perlu dikirim|ที่จะจัดส่ง",
    OrderStatus.SHIPPED: "shipped|in transit|dikirim|จัดส่งแล้ว",
    OrderStatus.RECEIVED: "delivered",
    OrderStatus.COMPLETED: "completed|selesai|เสร็จสมบูรณ์",
    OrderStatus.CANCELLED: "canceled|cancelled|dibatalkan|ยกเลิกแล้ว",
}
_STATES = {word: state for state, words in _WORDS.items() for word in words.split("|")}
_TIMES = {
    "placed_at": "Created Time",
    "paid_at": "Paid Time",
    "shipped_at": "Shipped Time",
    "received_at": "Delivered Time",
    "cancelled_at": "Cancelled Time",
}
_ORDER_MONEY = {
    "total": "Order Amount",
    "refunded": "Order Refund Amount",
    "shipping": "Shipping Fee After Discount",
    "tax": "Taxes",
    "payment_discount": "Payment platform discount",
}
_FEES = {
    "retail_fee": "Retail Delivery Fee",
    "small_fee": "Small Order Fee",
    "service_fee": "Buyer Service Fee",
    "handling_fee": "Handling Fee",
    "shipping_insurance": "Shipping Insurance",
    "item_insurance": "Item Insurance",
    "distance_shipping_fee": "Distance Shipping Fee",
    "distance_fee": "Distance Fee",
}
_LINE_MONEY = {
    "price": "SKU Unit Original Price",
    "own_total": "SKU Subtotal After Discount",
    "platform_discount": "SKU Platform Discount",
    "seller_discount": "SKU Seller Discount",
}
_EXPECTED = {"told_total": "Order Amount", "told_refunded": "Order Refund Amount", "told_paid_at": "Paid Time"}
_EXPECTED |= {"told_shipping": "Shipping Fee After Discount", "status": "Order Status"}
_EXPECTED_IN_LINES = {"told_own_total": "SKU Subtotal After Discount", "quantity": "Quantity"}
_ADDRESS = ("address1", "address2", "villages", "district", "city", "province", "postcode", "country")
_US_LAYOUT = frozenset({"State", "Zipcode"})
_IGNORED = """Cancelation/Return Type|Normal or Pre-order|Virtual Bundle Seller SKU|SKU Subtotal Before Discount
|Original Shipping Fee|Shipping Fee Seller Discount|Co-Funded Shipping Fee Discount|Shipping Fee Platform Discount
|RTS Time|Cancel By|Fulfillment Type|Warehouse Name|Tracking ID|Delivery Option Type|Delivery Option
|Shipping Provider Name|Delivery Instruction|Payment Method|Weight(kg)|Product Category|Package ID|Shipping Information
|Combined Listing|Order Channel|Checked Status|Checked Marked by|Tokopedia Invoice Number|Dynamic Commission"""


def _state(word: str) -> OrderStatus:
    found = _STATES.get(word.casefold())
    if found is None:
        raise cells.CellFlaw("unknown_status", "is not a word that this column knows", fatal=False)
    return found


def _listing(value: str) -> str:
    """A listing's number; one that a spreadsheet destroyed is left out and the order comes through."""
    try:
        return sound_identifier(value)
    except cells.CellFlaw as flaw:
        raise cells.CellFlaw(flaw.code, str(flaw), fatal=False) from None


def _skips(cell: Callable[[str], str]) -> str | None:
    """The row under the header explains the columns, in the seller's language."""
    told = cell("Order ID")
    if told and not any(sign.isdigit() for sign in told + cell("Order Amount")):
        return "description rows"
    return None


def _settle(draft: Draft) -> None:
    values = draft.values
    draft.miss(_EXPECTED, _EXPECTED_IN_LINES)
    country = _country(draft)
    if country is None:
        reason = "tells no currency: neither the layout nor Country; say where the shop is with zone="
        draft.say("no_currency", reason, column="Country", value=values.get("country") or "", error=True)
        return
    values["currency"] = country.currency
    for field, column in (_ORDER_MONEY | _FEES).items():
        values[field] = amount_in(country, values.get(f"told_{field}"), draft, column)
    for line in draft.lines:
        for field, column in _LINE_MONEY.items():
            line[field] = amount_in(country, line.get(f"told_{field}"), draft, column)
        beside = [values[field] for field in _ORDER_MONEY | _FEES] + [line[field] for field in _LINE_MONEY]
        doubt(draft, line["price"], country.currency, "SKU Unit Original Price", beside, adds_up=True)
    _times(draft, country)
    if values["total"] is None:
        draft.say("bad_money", "tells no total", column="Order Amount", error=True)
        return
    _state_and_refund(draft)
    _shares(draft)
    _people(values)


def _country(draft: Draft) -> Country | None:
    """The Country cell; a layout with State and Zipcode whose times have AM or PM is the American one."""
    values = draft.values
    named = values.get("country") or ""
    if named and "*" not in named:
        return country_of(named)
    marked = any(isinstance(told, Slashed) and told.is_marked for told in values.values())
    if marked and positions(draft.parts[0].layout.header).keys() >= _US_LAYOUT:
        return COUNTRIES["US"]
    return told_by_caller(draft)


def _times(draft: Draft, country: Country) -> None:
    values = draft.values
    for field, column in _TIMES.items():
        told = values.get(f"told_{field}")
        if isinstance(told, Slashed):
            text, told = told.text, told.moment(month_first=told.is_marked or country.code == "US")
            if told is None:
                reason = f"is not a time as {country.code} writes it; days and months are not guessed"
                draft.say("bad_moment", reason, column=column, value=text, error=True)
        values[field] = told
    moved_to(country.zone, values)


def _state_and_refund(draft: Draft) -> None:
    """Only amounts say that money moved; a case of return or cancellation does not."""
    values = draft.values
    states = [values.get("status"), values.get("substatus")]
    if states[0] is OrderStatus.SHIPPED:
        values["status"] = states[1] if states[1] in (OrderStatus.PAID, OrderStatus.RECEIVED) else OrderStatus.SHIPPED
        if values["received_at"] is not None:
            values["status"] = OrderStatus.RECEIVED
    elif states[0] is None:
        values["status"] = states[1]
    has_time = values["paid_at"] is not None if "told_paid_at" in values else _looks_paid(values["status"])
    values["paid"] = values["total"] if has_time else _NIL
    if values["status"] is OrderStatus.PENDING_PAYMENT and values["paid"]:
        values["status"] = OrderStatus.PAID
    back = values["refunded"] or _NIL
    if back and not values["paid"]:
        draft.say("no_payment_time", f"has {back} refunded and no payment time", column="Paid Time")
        back = _NIL
    came_back = any(line.get("returned") for line in draft.lines) or values["status"] is OrderStatus.CANCELLED
    values["refunded"] = back
    values["refund_unknown"] = bool(values["paid"]) and not back and (came_back or "told_refunded" not in values)


def _looks_paid(status: Any) -> bool:
    return status not in (None, OrderStatus.PENDING_PAYMENT, OrderStatus.CANCELLED)


def _shares(draft: Draft) -> None:
    """Fees count as postage; each line gets its share of the discount for the way of payment."""
    values, lines = draft.values, draft.lines
    cut = abs(values["payment_discount"] or _NIL)
    discounts = [line[field] or _NIL for line in lines for field in ("platform_discount", "seller_discount")]
    values["discount"] = cut + sum(map(abs, discounts), _NIL)
    fees = sum((values[field] or _NIL for field in _FEES), _NIL)
    values["shipping"] = (values["shipping"] or _NIL) + fees
    own = [_own_total(line) for line in lines]
    goods = [amount or _NIL for amount in own]
    target = sum(goods, _NIL) - cut
    weights = [{**line, "price": amount, "quantity": 1} for line, amount in zip(lines, goods, strict=True)]
    shares = allotted(target, weights, share_unit(values["currency"], target))
    for line, amount, share in zip(lines, own, shares, strict=True):
        line["total"] = share if cut else amount


def _own_total(line: Values) -> Decimal | None:
    told: Decimal | None = line["own_total"]
    if told is not None or line["price"] is None:
        return told
    parts = (line["platform_discount"], line["seller_discount"])
    return Decimal(line["price"] * (line.get("quantity") or 1) - sum((abs(part or _NIL) for part in parts), _NIL))


def _people(values: Values) -> None:
    name = values.get("account") or ""
    values["account"], values["buyer_name"] = name.casefold(), values.get("nickname") or name
    told = (values.get(field) for field in _ADDRESS)
    values["address"] = ", ".join(dict.fromkeys(part for part in told if part))
    values["street"] = ", ".join(filter(None, (values.get("address1"), values.get("address2"))))
    values["district"] = ", ".join(filter(None, (values.get("villages"), values.get("district"))))
    channel = (values.get("channel") or "").casefold()
    is_sample = not values["total"] and values.get("creator")
    others = (channel,) if channel and "tiktok" not in channel else ()
    values["tags"] = (*others, *(("free sample",) if is_sample else ()))


def _amounts(columns: dict[str, str]) -> dict[str, cells.Cell]:
    return {f"told_{field}": cells.parsed(column, readings) for field, column in columns.items()}


ORDERS = TableFormat(
    name="tiktok.orders",
    title="TikTok Shop orders, one row an order and SKU (All order-….csv)",
    header={"Order ID", "Order Substatus", "SKU ID", "Order Amount"},
    one_order_per="Order ID",
    numbers_hold_in="platform",
    tells_refunds=True,
    ends_in_newline=True,
    skips=_skips,
    ignored=frozenset(name.strip() for name in _IGNORED.split("|")),
    settle=_settle,
    order=OrderColumns(
        status=cells.parsed("Order Status", _state),
        account=cells.text("Buyer Username", personal=True),
        recipient_name=cells.text("Recipient", personal=True),
        recipient_phone=cells.text("Phone #", personal=True),
        country=cells.text("Country"),
        province=cells.text("Province", "State"),
        city=cells.text("Regency and City", "City"),
        district=cells.text("Districts", "District"),
        postcode=cells.text("Zipcode"),
        buyer_note=cells.text("Buyer Message", personal=True),
        remark=cells.text("Seller Note", personal=True),
        close_reason=cells.text("Cancel Reason"),
        extra=_amounts(_ORDER_MONEY | _FEES)
        | {f"told_{field}": cells.parsed(column, moment) for field, column in _TIMES.items()}
        | {
            "substatus": cells.parsed("Order Substatus", lambda word: _STATES.get(word.casefold())),
            "nickname": cells.text("Buyer Nickname", personal=True),
            "address1": cells.text("Detail Address", "Address Line 1", personal=True),
            "address2": cells.text("Additional address information", "Address Line 2", personal=True),
            "villages": cells.text("Villages"),
            "channel": cells.text("Purchase Channel"),
            "creator": cells.text("Creator Handle", personal=True),
        },
    ),
    line=LineColumns(
        sku=cells.text("Seller SKU"),
        product_id=cells.parsed("Product ID", _listing, "SKU ID", blank=""),
        title=cells.text("Product Name"),
        variant=cells.text("Variation"),
        quantity=cells.whole("Quantity"),
        extra=_amounts(_LINE_MONEY) | {"returned": cells.whole("Sku Quantity of return", least=0)},
    ),
)
"""The header is English everywhere; states and the row that explains the columns are in the seller's language."""

FORMATS = (ORDERS,)
