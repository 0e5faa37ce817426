"""The digest of an order: the same for equal orders on every machine, another one for any other order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from json import JSONEncoder
from typing import TYPE_CHECKING, Any

from crmkit.identifiers import Identifier
from crmkit.money import Money

if TYPE_CHECKING:
    from crmkit.orders.model import Buyer, Order, OrderLine, Recipient

__all__ = ["digest_of"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_encode = JSONEncoder(separators=(",", ":"), check_circular=False).encode


def digest_of(order: Order) -> str:
    """Returns 128 bits of BLAKE2b, as 32 hexadecimal digits, of everything by which two orders are compared.

    The fields are written as one ASCII JSON list in a fixed order: amounts as text with the currency's own decimals,
    instants as microseconds since 1970 in UTC. `raw` and `reported_at` are left out, as they are in comparing.
    """
    key = order.key
    fields: list[Any] = [
        key.platform,
        key.shop,
        key.number,
        order.status.value,
        order.currency,
        str(order.total.amount),
        str(order.paid.amount),
        str(order.refunded.amount),
        order.refund_unknown,
        [_line(line) for line in order.lines],
        _micros(order.placed_at),
        _micros(order.paid_at),
        _micros(order.shipped_at),
        _micros(order.received_at),
        _micros(order.completed_at),
        _micros(order.cancelled_at),
        _buyer(order.buyer),
        _recipient(order.recipient),
        _amount(order.shipping),
        _amount(order.discount),
        _amount(order.tax),
        order.remark,
        order.buyer_note,
        order.tags,
        order.close_reason,
    ]
    return blake2b(_encode(fields).encode("ascii"), digest_size=16).hexdigest()


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - _EPOCH) // _MICROSECOND


def _amount(money: Money | None) -> str | None:
    # Every amount of an order is in the order's currency and has that currency's decimals.
    return None if money is None else str(money.amount)


def _line(line: OrderLine) -> tuple[Any, ...]:
    return (
        line.quantity,
        str(line.unit_price.amount),
        str(line.total.amount),
        line.id,
        line.sku,
        line.product_id,
        line.title,
        line.variant,
        _amount(line.refunded),
        None if line.status is None else line.status.value,
    )


def _identifier(item: Identifier) -> tuple[Any, ...]:
    return (item.kind, item.value, item.scope, item.form, item.verified, _micros(item.valid_until))


def _buyer(buyer: Buyer) -> tuple[Any, ...]:
    return ([_identifier(item) for item in buyer.identifiers], buyer.name, buyer.accepts_marketing)


def _recipient(recipient: Recipient | None) -> tuple[str, ...] | None:
    if recipient is None:
        return None
    place = recipient.address
    return (
        recipient.name,
        recipient.phone,
        place.text,
        place.country,
        place.province,
        place.city,
        place.district,
        place.street,
        place.postcode,
    )
