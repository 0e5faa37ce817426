"""Builders: a whole order from the few facts that a test is about."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from crmkit.identifiers import Identifier
from crmkit.money import Money
from crmkit.orders import Buyer, Order, OrderKey, OrderLine, OrderStatus

__all__ = ["a_line", "an_order"]

_PLACED = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
_ORDER_AMOUNTS = ("total", "paid", "refunded", "shipping", "discount", "tax")
_LINE_AMOUNTS = ("unit_price", "total", "refunded")
_UNPAID = (OrderStatus.PENDING_PAYMENT, OrderStatus.CANCELLED)


def _with_money(values: dict[str, Any], names: tuple[str, ...], currency: str) -> dict[str, Any]:
    for name in names:
        if isinstance(values.get(name), str | int | Decimal):
            values[name] = Money(values[name], currency)
    return values


def a_line(*, currency: str = "CNY", **overrides: Any) -> OrderLine:
    """Returns a line of one paper lantern at 30.00, with what `overrides` say; amounts may be given as text or ints.

    Example:
        >>> a_line(quantity=2, total="55.00").total
        Money('55.00', 'CNY')
    """
    values: dict[str, Any] = {"quantity": 1, "sku": "LANTERN-RED", "title": "Paper lantern", "unit_price": 30}
    values |= overrides
    if "total" not in values:
        values["total"] = Money(values["unit_price"], currency) * values["quantity"]
    return OrderLine(**_with_money(values, _LINE_AMOUNTS, currency))


def an_order(*, platform: str = "taobao", shop: str = "paper-lantern", number: str = "1001", **overrides: Any) -> Order:
    """Returns a paid order of one line over 30.00 CNY, with what `overrides` say.

    Amounts may be given as text or ints, the status as text. What was paid follows from the status and the total, the
    refund of a refunded order from what was paid.

    Example:
        >>> order = an_order(number="7", total="12.50")
        >>> print(order.key, order.status, order.paid)
        taobao/paper-lantern/7 paid 12.50 CNY
    """
    values: dict[str, Any] = {"key": OrderKey(platform, shop, number), "status": "paid", "currency": "CNY", "total": 30}
    values |= {"placed_at": _PLACED, "buyer": Buyer(identifiers=(Identifier("account", "mei_shop", scope=platform),))}
    values |= overrides
    values["status"] = OrderStatus(values["status"])
    values.setdefault("paid", 0 if values["status"] in _UNPAID else values["total"])
    if values["status"] is OrderStatus.REFUNDED:
        values.setdefault("refunded", values["paid"])
    if "lines" not in values:
        total = values["total"]
        total = total.amount if isinstance(total, Money) else total
        values["lines"] = (a_line(currency=values["currency"], unit_price=total),)
    return Order(**_with_money(values, _ORDER_AMOUNTS, values["currency"]))
