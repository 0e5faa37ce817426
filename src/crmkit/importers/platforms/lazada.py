"""Lazada: the order export of the Seller Center, one row a unit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from crmkit.importers import cells
from crmkit.importers.columns import LineColumns, OrderColumns
from crmkit.importers.drafts import Draft
from crmkit.importers.form import TableFormat
from crmkit.importers.layouts import Values
from crmkit.importers.platforms.countries import COUNTRIES, Country, country_of, moved_to, told_by_caller
from crmkit.importers.platforms.marks import amount_in, doubt, readings
from crmkit.orders import OrderStatus

__all__ = ["FORMATS", "ORDERS"]

_NIL = Decimal(0)
_LONG_AGO, _NOW = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_STATES: dict[str, OrderStatus] = {
    "unpaid": OrderStatus.PENDING_PAYMENT,
    **dict.fromkeys(["pending", "topack", "packed", "repacked", "toship"], OrderStatus.PAID),
    **dict.fromkeys(["ready_to_ship", "ready_to_ship_pending"], OrderStatus.PAID),
    "shipped": OrderStatus.SHIPPED,
    "delivered": OrderStatus.RECEIVED,
    "confirmed": OrderStatus.COMPLETED,
    **dict.fromkeys(["canceled", "cancelled"], OrderStatus.CANCELLED),
}
_CAME_BACK = ("shipped_back", "shipped_back_success", "shipped_back_failed", "failed", "failed_delivery")
_GONE = ("lost", "lost_by_3pl", "damaged_by_3pl", "package_scrapped")
_FLAGGED = frozenset({"returned", *_CAME_BACK, *_GONE})
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TIME = re.compile(r"(\d{1,2})[ -]([A-Za-z]{3})[a-z]*[ -](\d{4})(?:,? (\d{1,2}):(\d\d)(?::(\d\d))?)?", re.ASCII)
_RESAVED = ("%Y/%m/%d %H:%M", "%Y/%m/%d %H:%M:%S")
_SITE = re.compile(r"([A-Z]{2})(?![A-Z])", re.ASCII)
_AMOUNTS = ("unitPrice", "paidPrice", "shippingFee", "sellerDiscountTotal", "platformDiscountTotal", "refundAmount")
_EXTRAS = ("walletCredit", "bundleDiscount")
_IGNORED = """orderType Guarantee deliveryType wareHouse rtsSla ttsSla invoiceRequired invoiceNumber
nationalRegistrationNumber shippingPhone2 billingName billingAddr billingAddr2 billingAddr3 billingAddr4 billingAddr5
billingPhone billingPhone2 billingCity billingPostCode billingCountry taxCode branchNumber taxInvoiceRequested payMethod
cdShippingProvider shippingProvider shipmentTypeName shippingProviderType cdTrackingCode trackingCode trackingUrl
shippingProviderFM trackingCodeFM trackingUrlFM promisedShippingTime premium buyerFailedDeliveryReturnInitiator
buyerFailedDeliveryDetail buyerFailedDeliveryUserName bundleId semiManaged flexibleDeliveryTime"""

_EXPECTED_IN_LINES = {"word": "status", "shippingFee_told": "shippingFee", "refundAmount_told": "refundAmount"}


def _names(name: str) -> tuple[str, str]:
    """A column's name, and how files of before 2019 write it: `orderItemId`, `Order Item Id`."""
    return name, re.sub(r"(?<=[a-z])(?=[A-Z0-9])", " ", name[:1].upper() + name[1:])


_usual: Callable[[str], datetime] = cells.moment("", *_RESAVED, zone="Asia/Singapore").read


def _moment(value: str) -> datetime:
    """`17 Apr 2025 21:40`, with an English month whatever the country and the machine's language."""
    found = _TIME.fullmatch(value)
    month = found[2].casefold() if found else ""
    if found is None or month not in _MONTHS:
        return _usual(value)
    hour, minute, second = (int(part or 0) for part in found.group(4, 5, 6))
    try:
        return _usual(f"{found[3]}-{_MONTHS.index(month) + 1:02}-{int(found[1]):02} {hour:02}:{minute:02}:{second:02}")
    except cells.CellFlaw:
        raise cells.CellFlaw("bad_moment", "is not a time (17 Apr 2025 21:40)") from None


def _state(word: str) -> str:
    told = word.casefold().replace(" ", "_")
    if told not in _STATES and told not in _FLAGGED:
        raise cells.CellFlaw("unknown_status", "is not a word that this column knows", fatal=False)
    return told


def _settle(draft: Draft) -> None:
    values = draft.values
    draft.miss({"placed_at": "createTime"}, _EXPECTED_IN_LINES)
    country = country_of(values.get("country")) or _site(draft) or told_by_caller(draft)
    if country is None:
        reason = "tells no currency: neither shippingCountry nor lazadaId; say where the shop is with zone="
        draft.say("no_currency", reason, column="shippingCountry", value=values.get("country") or "", error=True)
        return
    values["currency"] = country.currency
    draft.lines = _each_once(draft)
    for line in draft.lines:
        _line(draft, line, country)
    moved_to(country.zone, values)
    for line in draft.lines:
        moved_to(country.zone, line)
    values["total"] = _sum(draft.lines, "paid_price")
    values["shipping"] = _sum(draft.lines, "postage")
    values["discount"] = _sum(draft.lines, "discounts")
    values["paid"] = _sum((line for line in draft.lines if line["is_paid"]), "paid_price")
    _refund(draft)
    _status(draft)
    _address(values)


def _site(draft: Draft) -> Country | None:
    found = _SITE.match(draft.values.get("lazada_id") or "")
    return COUNTRIES.get(found[1]) if found else None


def _each_once(draft: Draft) -> list[Values]:
    """The units, each once: of two rows of one unit the newer counts, else the later one."""
    units: dict[str, Values] = {}
    for line in draft.lines:
        known = units.get(line.get("id") or "")
        if known is not None and known != line:
            draft.say("contradiction", f"has the unit {line['id']} twice; the newer row counts", column="orderItemId")
        if known is None or (line.get("updated_at") or _NOW) >= (known.get("updated_at") or _LONG_AGO):
            units[line.get("id") or f"#{len(units)}"] = line
    return list(units.values())


def _line(draft: Draft, line: Values, country: Country) -> None:
    """A unit's amounts in its country's way of writing, and what they mean."""
    for name in (*_AMOUNTS, *_EXTRAS):
        line[name] = amount_in(country, line.get(f"{name}_told"), draft, name)
    beside = [line[name] for name in (*_AMOUNTS, *_EXTRAS)]
    doubt(draft, line["unitPrice"], country.currency, "unitPrice", beside, adds_up=True)
    paid = line["paidPrice"]
    if line.get("paidPrice_told") is None:
        draft.say("bad_money", "has a unit without an amount", column="paidPrice", error=True)
    paid = paid or _NIL
    word = line.get("word")
    if word == "":
        draft.say("unknown_status", "has a unit without a status; it counts as paid", column="status")
    is_kept = word not in ("canceled", "cancelled", "unpaid") and "word" in line
    line["quantity"], line["price"], line["paid_price"] = 1, line["unitPrice"], paid
    line["is_paid"] = is_kept or bool(line["refundAmount"])
    line["discounts"] = abs(line["sellerDiscountTotal"] or _NIL) + abs(line["platformDiscountTotal"] or _NIL)
    line["postage"] = _postage(draft, line, paid)
    line["total"] = paid - line["postage"]
    line["refunded"] = line["refundAmount"]
    line["status"] = OrderStatus.SHIPPED if word in _FLAGGED else _STATES.get(word or "")
    if word == "returned":
        is_whole = line["refunded"] is not None and line["refunded"] >= paid > 0
        line["status"] = OrderStatus.REFUNDED if is_whole else OrderStatus.RECEIVED


def _postage(draft: Draft, line: Values, paid: Decimal) -> Decimal:
    """The postage within a unit's `paidPrice`, which is the rest of the equation of Lazada's columns."""
    postage = line["shippingFee"] or _NIL
    if paid == _NIL:
        return _NIL
    has_discounts = "sellerDiscountTotal_told" in line and "platformDiscountTotal_told" in line
    if line["unitPrice"] is None or not has_discounts:
        return postage
    gap = line["unitPrice"] + postage - line["discounts"] - paid
    credit, bundle = (abs(line[name] or _NIL) for name in _EXTRAS)
    if gap in {_NIL, credit, bundle, credit + bundle, -credit, -bundle, -credit - bundle}:
        return postage
    if gap == postage:
        return _NIL
    parts = line["unitPrice"] + postage - line["discounts"]
    draft.say("does_not_add_up", f"has a unit of {parts} in its parts and {paid} paid; they are {gap} apart")
    return postage


def _sum(lines: Iterable[Values], field: str) -> Decimal:
    return sum((line[field] or _NIL for line in lines), _NIL)


def _refund(draft: Draft) -> None:
    """What each unit says was given back; a unit that came back and says nothing makes it unknown."""
    values, lines = draft.values, draft.lines
    values["refunded"] = _sum(lines, "refundAmount")
    silent = [line for line in lines if line.get("word") == "returned" and line["refundAmount"] is None]
    is_told = any("refundAmount_told" in line for line in lines)
    values["refund_unknown"] = bool(values["paid"]) and (not is_told or bool(silent))


def _status(draft: Draft) -> None:
    """The state of the unit that is least far, of those that are neither cancelled nor returned."""
    values, lines = draft.values, draft.lines
    live = [line for line in lines if line["status"] is not OrderStatus.CANCELLED]
    kept = [line["status"] for line in live if line.get("word") != "returned"]
    values["received_at"] = max(_instants(live, "delivered_at"), default=None)
    if not live:
        values["status"] = OrderStatus.CANCELLED
    elif not kept:
        values["status"] = OrderStatus.RECEIVED
    elif None not in kept:
        values["status"] = min(kept, key=list(OrderStatus).index)
    if values.get("status") not in (None, OrderStatus.RECEIVED, OrderStatus.COMPLETED):
        values["received_at"] = None
    values["tags"] = tuple(sorted({line["word"] for line in lines if line.get("word") in _FLAGGED}))
    values["close_reason"] = "; ".join(dict.fromkeys(filter(None, (line.get("reason") for line in lines))))


def _instants(lines: Iterable[Values], field: str) -> Iterator[datetime]:
    return (line[field] for line in lines if line.get(field) is not None)


def _address(values: Values) -> None:
    lines = (values.get(field) for field in ("street", "address2", "address3", "address4", "address5"))
    place = (values.get("city"), values.get("postcode"), values.get("province"), values.get("country"))
    values["address"] = ", ".join(dict.fromkeys(part for part in (*lines, *place) if part))


def _text(name: str, *, personal: bool = False) -> cells.Cell:
    return cells.text(*_names(name), personal=personal)


def _parsed(name: str, read: Callable[[str], Any], blank: Any = None) -> cells.Cell:
    return cells.parsed(_names(name)[0], read, _names(name)[1], blank=blank)


ORDERS = TableFormat(
    name="lazada.orders",
    title="Lazada orders, one row a unit (Seller Center export)",
    header=[
        {_names(name)[style] for name in ("orderItemId", "lazadaSku", "orderNumber", "paidPrice")} for style in (0, 1)
    ],
    one_order_per=_names("orderNumber"),
    numbers_hold_in="platform",
    tells_refunds=True,
    ignored=frozenset(one for name in _IGNORED.split() for one in _names(name)),
    settle=_settle,
    order=OrderColumns(
        placed_at=_parsed("createTime", _moment),
        reported_at=_parsed("updateTime", _moment),
        email=_text("customerEmail", personal=True),
        buyer_name=_text("customerName", personal=True),
        recipient_name=_text("shippingName", personal=True),
        recipient_phone=_text("shippingPhone", personal=True),
        street=_text("shippingAddress", personal=True),
        city=_text("shippingCity"),
        province=_text("shippingRegion"),
        postcode=_text("shippingPostCode"),
        country=_text("shippingCountry"),
        remark=_text("sellerNote", personal=True),
        extra={f"address{at}": _text(f"shippingAddress{at}", personal=True) for at in (2, 3, 4, 5)}
        | {"lazada_id": _text("lazadaId")},
    ),
    line=LineColumns(
        id=cells.identifier(*_names("orderItemId")),
        sku=_text("sellerSku"),
        product_id=_text("lazadaSku"),
        title=_text("itemName"),
        variant=_text("variation"),
        extra={f"{name}_told": _parsed(name, readings) for name in (*_AMOUNTS, *_EXTRAS)}
        | {
            "word": _parsed("status", _state, ""),
            "delivered_at": _parsed("deliveredDate", _moment),
            "updated_at": _parsed("updateTime", _moment),
            "reason": _text("buyerFailedDeliveryReason"),
        },
    ),
)
"""An order is all rows of its number; there is no quantity: each unit has a row, an id and a state of its own."""

FORMATS = (ORDERS,)
