"""How orders become rows and rows become orders; explicit, because it runs for every order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from crmkit.identifiers import Identifier
from crmkit.money import Money
from crmkit.orders import (
    Address,
    Buyer,
    Order,
    OrderKey,
    OrderLine,
    OrderStatus,
    Recipient,
    StoredOrder,
)

__all__ = ["document_of", "id_of", "line_rows", "order_of_document", "order_row", "stored_of", "told_at_document"]

_STATUS = {status.value: status for status in OrderStatus}
_MOMENTS = ("placed_at", "paid_at", "shipped_at", "received_at", "completed_at", "cancelled_at", "reported_at")
_PARTS = ("text", "country", "province", "city", "district", "street", "postcode")

Row = Mapping[Any, Any]


def id_of(key: OrderKey) -> str:
    """Returns 128 bits of BLAKE2b of the key, as 32 hexadecimal digits: the primary key of its row.

    NUL parts the three texts; no key that a store takes holds one.
    """
    text = f"{key.platform}\0{key.shop}\0{key.number}"
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def order_row(stored: StoredOrder, id_: str) -> dict[str, Any]:
    """Returns the row of an order, with a version one higher than it was read with."""
    return {
        "id": id_,
        "customer": stored.customer,
        "digest": stored.order.digest,
        "report": stored.report,
        "first_seen": stored.first_seen,
        "updated_at": stored.updated_at,
        "batch": stored.batch,
        "version": stored.version + 1,
        **_facts(stored.order),
    }


def _facts(order: Order) -> dict[str, Any]:
    key = order.key
    return {
        "platform": key.platform,
        "shop": key.shop,
        "number": key.number,
        "status": order.status.value,
        "currency": order.currency,
        "total": order.total.minor,
        "paid": order.paid.minor,
        "refunded": order.refunded.minor,
        "refund_unknown": order.refund_unknown,
        "shipping": _minor(order.shipping),
        "discount": _minor(order.discount),
        "tax": _minor(order.tax),
        "placed_at": order.placed_at,
        "paid_at": order.paid_at,
        "shipped_at": order.shipped_at,
        "received_at": order.received_at,
        "completed_at": order.completed_at,
        "cancelled_at": order.cancelled_at,
        "reported_at": order.reported_at,
        "buyer": _buyer_document(order.buyer),
        "recipient": _recipient_document(order.recipient),
        "remark": order.remark,
        "buyer_note": order.buyer_note,
        "tags": list(order.tags) if order.tags else None,
        "close_reason": order.close_reason,
        "raw": dict(order.raw.items()) if order.raw else None,
        "told_at": told_at_document(order.told_at),
    }


def told_at_document(told_at: Mapping[str, datetime] | None) -> dict[str, Any] | None:
    """Returns when fields were told as a JSON value, or None."""
    return {name: _text_of(at) for name, at in told_at.items()} if told_at else None


def line_rows(order: Order, id_: str) -> list[dict[str, Any]]:
    """Returns the rows of an order's lines."""
    return [
        {
            "order": id_,
            "position": position,
            "line_id": line.id,
            "sku": line.sku,
            "product_id": line.product_id,
            "title": line.title,
            "variant": line.variant,
            "quantity": line.quantity,
            "unit_price": line.unit_price.minor,
            "total": line.total.minor,
            "refunded": _minor(line.refunded),
            "status": None if line.status is None else line.status.value,
        }
        for position, line in enumerate(order.lines)
    ]


def stored_of(row: Row, lines: Iterable[Row]) -> StoredOrder:
    """Returns the order of a row and the rows of its lines, in their order."""
    return StoredOrder(
        order=_order(row, lines),
        customer=row["customer"],
        report=row["report"],
        first_seen=row["first_seen"],
        updated_at=row["updated_at"],
        batch=row["batch"],
        version=row["version"],
    )


def _order(row: Row, lines: Iterable[Row]) -> Order:
    currency = row["currency"]
    return Order(
        key=OrderKey(row["platform"], row["shop"], row["number"]),
        status=_STATUS[row["status"]],
        currency=currency,
        total=Money.of_minor(row["total"], currency),
        paid=Money.of_minor(row["paid"], currency),
        refunded=Money.of_minor(row["refunded"], currency),
        refund_unknown=row["refund_unknown"],
        lines=tuple(_line(line, currency) for line in lines),
        buyer=_buyer(row["buyer"]),
        recipient=_recipient(row["recipient"]),
        shipping=_money(row["shipping"], currency),
        discount=_money(row["discount"], currency),
        tax=_money(row["tax"], currency),
        remark=row["remark"],
        buyer_note=row["buyer_note"],
        tags=tuple(row["tags"] or ()),
        close_reason=row["close_reason"],
        raw=row["raw"] or {},
        told_at={name: datetime.fromisoformat(at) for name, at in row["told_at"].items()} if row["told_at"] else None,
        **{name: row[name] for name in _MOMENTS},
    )


def _line(row: Row, currency: str) -> OrderLine:
    return OrderLine(
        quantity=row["quantity"],
        unit_price=Money.of_minor(row["unit_price"], currency),
        total=Money.of_minor(row["total"], currency),
        id=row["line_id"],
        sku=row["sku"],
        product_id=row["product_id"],
        title=row["title"],
        variant=row["variant"],
        refunded=_money(row["refunded"], currency),
        status=None if row["status"] is None else _STATUS[row["status"]],
    )


def document_of(order: Order) -> dict[str, Any]:
    """Returns an order as one JSON value: its row, with instants as text, and its lines."""
    facts = _facts(order)
    facts |= {name: _text_of(facts[name]) for name in _MOMENTS}
    return {**facts, "lines": line_rows(order, "")}


def order_of_document(document: Row) -> Order:
    """Returns the order of such a JSON value."""
    moments = {name: _moment_of(document[name]) for name in _MOMENTS}
    return _order({**document, **moments}, document["lines"])


def _text_of(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def _moment_of(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _minor(money: Money | None) -> int | None:
    return None if money is None else money.minor


def _money(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else Money.of_minor(minor, currency)


def _buyer_document(buyer: Buyer) -> dict[str, Any] | None:
    document: dict[str, Any] = {}
    if buyer.identifiers:
        document["identifiers"] = [_identifier_document(item) for item in buyer.identifiers]
    if buyer.name:
        document["name"] = buyer.name
    if buyer.accepts_marketing is not None:
        document["accepts_marketing"] = buyer.accepts_marketing
    return document or None


def _buyer(document: Row | None) -> Buyer:
    if not document:
        return Buyer()
    return Buyer(
        identifiers=tuple(map(_identifier, document.get("identifiers", ()))),
        name=document.get("name", ""),
        accepts_marketing=document.get("accepts_marketing"),
    )


def _identifier_document(item: Identifier) -> dict[str, Any]:
    document: dict[str, Any] = {"kind": item.kind, "value": item.value, "scope": item.scope, "form": item.form}
    if item.verified:
        document["verified"] = True
    if item.valid_until is not None:
        document["valid_until"] = _text_of(item.valid_until)
    return document


def _identifier(document: Row) -> Identifier:
    return Identifier(
        document["kind"],
        document["value"],
        scope=document["scope"],
        form=document["form"],
        verified=document.get("verified", False),
        valid_until=_moment_of(document.get("valid_until")),
    )


def _recipient_document(recipient: Recipient | None) -> dict[str, Any] | None:
    if recipient is None:
        return None
    address = {part: text for part in _PARTS if (text := getattr(recipient.address, part))}
    return {"name": recipient.name, "phone": recipient.phone, "address": address}


def _recipient(document: Row | None) -> Recipient | None:
    if document is None:
        return None
    return Recipient(name=document["name"], phone=document["phone"], address=Address(**document["address"]))
