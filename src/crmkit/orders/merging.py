"""What an order is after another report of it: the newest report's word, and what only older reports knew.

Reports differ in what they can say: one file has the lines and not the buyer, another masks the phone after three
months, a third never tells refunds. The rules, each in one function below:

- state, currency and total are the newest report's; so is paid, but a report in a paid state that names no payment is
  silent about it, and what an older one told stays;
- an item report that stands alone (`lines_only`) tells a state, and lines where none are told, and no amounts;
- a refund that the report does not know stays as an older one told it;
- instants, lines, parts of the total, texts, tags and source cells that the report lacks stay as told before;
- identifiers of the buyer stay where no newer report has any of that kind in full;
- a masked or missing name, phone or address of the recipient does not overwrite one in full.

What was told by which report is remembered (`Order.told_at`), so reports that say when they were written end in the
same order, whichever of them came in first.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import attrs

from crmkit.identifiers import Identifier
from crmkit.money import Money
from crmkit.orders.model import Address, Buyer, Order, OrderStatus, Recipient

__all__ = ["filled", "is_silent_on_payment", "is_silent_on_refund", "merged"]

_PLAIN = (
    "placed_at",
    "paid_at",
    "shipped_at",
    "received_at",
    "completed_at",
    "cancelled_at",
    "remark",
    "buyer_note",
    "tags",
    "close_reason",
    "raw",
)
_AMOUNTS = ("total", "shipping", "discount", "tax")
_UNPAID = (OrderStatus.PENDING_PAYMENT, OrderStatus.CANCELLED)
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_NOTHING, _MASKED, _FULL = 0, 1, 2


def is_silent_on_payment(before_paid: bool, report: Order) -> bool:
    """Returns whether a report names no payment although its state says that there was one, and one is stored."""
    return before_paid and report.paid.is_zero and report.status not in _UNPAID


def is_silent_on_refund(before_paid: bool, report: Order) -> bool:
    """Returns whether a report does not know what was given back."""
    return report.refund_unknown or is_silent_on_payment(before_paid, report)


def merged(before: Order, report: Order) -> Order:
    """Returns the order as it is after a newer report; merging the same report again changes nothing.

    Args:
        before: The order as stored.
        report: The newer report of the same order, in the same currency.

    Example:
        >>> from crmkit.money import Money
        >>> from crmkit.orders import OrderKey
        >>> key, price = OrderKey("taobao", "paper-lantern", "1001"), Money("30.00", "CNY")
        >>> first = Order(key=key, status=OrderStatus.PAID, currency="CNY", total=price, paid=price, remark="no bag")
        >>> merged(first, Order(key=key, status=OrderStatus.SHIPPED, currency="CNY", total=price, paid=price)).remark
        'no bag'
    """
    return _Merging(before, report).order()


def filled(stored: Order, report: Order) -> Order:
    """Returns the order as it is after a report that is older than the stored one: only what is missing is added.

    Args:
        stored: The order as stored, with the instant at which its newest report was written.
        report: An older report of the same order, in the same currency, with its instant.

    Example:
        >>> from crmkit.testing import an_order
        >>> new, old = (datetime(2026, 11, day, tzinfo=UTC) for day in (9, 1))
        >>> order = filled(
        ...     an_order(status="shipped", reported_at=new),
        ...     an_order(status="paid", reported_at=old, remark="no bag"),
        ... )
        >>> print(order.status, order.remark)
        shipped no bag
    """
    return _Merging(report, stored).order()


class _Merging:
    """Merges an order into a newer one, field by field; remembers what comes from whom."""

    def __init__(self, older: Order, newer: Order) -> None:
        self._older, self._newer = older, newer
        before, after = older.reported_at, newer.reported_at
        self._is_dated = before is not None and after is not None and before <= after
        self._told_at: dict[str, datetime] = {}
        self._fields: dict[str, Any] = {"lines_only": False, "reported_at": newer.reported_at or older.reported_at}

    def order(self) -> Order:
        older, newer = self._older, self._newer
        for name in _PLAIN:
            self._fields[name] = self._later(name, getattr(older, name), getattr(newer, name))
        said = [_said_of_lines(one) for one in (older, newer)]
        self._fields["lines"] = self._pick("lines", older.lines, newer.lines, *said)
        for name in _AMOUNTS:
            said = [_NOTHING if one.lines_only else _said(getattr(one, name)) for one in (older, newer)]
            self._fields[name] = self._pick(name, getattr(older, name), getattr(newer, name), *said)
        self._money()
        self._fields["buyer"] = Buyer(
            identifiers=self._identifiers(),
            name=self._text("buyer", older.buyer.name, newer.buyer.name),
            accepts_marketing=self._later("marketing", older.buyer.accepts_marketing, newer.buyer.accepts_marketing),
        )
        self._fields["recipient"] = self._recipient()
        return attrs.evolve(newer, told_at=self._told_at or None, **self._fields)

    def _later(self, name: str, old: Any, new: Any) -> Any:
        return self._pick(name, old, new, _said(old), _said(new))

    def _text(self, name: str, old: str, new: str) -> str:
        """The same for a text that a platform may mask."""
        said = [_MASKED if "*" in text else _said(text) for text in (old, new)]
        return str(self._pick(name, old, new, *said))

    def _pick(self, name: str, old: Any, new: Any, said_old: int, said_new: int) -> Any:
        """The value that says more; of two that say as much, the one that was told later."""
        if said_old and (said_old, self._at(self._older, name)) > (said_new, self._at(self._newer, name)):
            self._remember(name, self._older)
            return old
        self._remember(name, self._newer)
        return new

    def _at(self, side: Order, name: str) -> datetime:
        """When a side's word on a field was written; where one does not say, the newer side's word counts as later."""
        if not self._is_dated:
            return _LAST if side is self._newer else _FIRST
        return _written(side, name) or _FIRST

    def _remember(self, name: str, side: Order) -> None:
        at = _written(side, name)
        if at is not None and at != self._fields["reported_at"]:
            self._told_at[name] = at

    def _money(self) -> None:
        older, newer = self._older, self._newer
        said = [_NOTHING if one.lines_only or _names_no_payment(one) else _FULL for one in (older, newer)]
        paid = self._pick("paid", older.paid, newer.paid, *said)
        refunded, unknown = self._refund(paid)
        self._fields |= {"paid": paid, "refunded": refunded, "refund_unknown": unknown}

    def _refund(self, paid: Money) -> tuple[Money, bool]:
        older, newer = self._older, self._newer
        told_old, told_new = (self._refund_told(one) for one in (older, newer))
        if told_new is not None and (told_old is None or told_new >= told_old):
            self._remember("refunded", newer)
            return min(newer.refunded, paid), newer.refund_unknown
        if told_old is not None:
            self._remember("refunded", older)
        if newer.lines_only:
            return min(older.refunded, paid), older.refund_unknown
        # What an older report told and a later one corrects is no lower bound; what a silent report says itself is one.
        refunded = older.refunded if told_new is not None else max(older.refunded, newer.refunded)
        return min(refunded, paid), self._is_refund_unknown(min(refunded, paid), paid, told_old is not None)

    def _is_refund_unknown(self, refunded: Money, paid: Money, is_told: bool) -> bool:
        """Whether more may have gone back than the refund that was told last: the state has moved since."""
        older, newer = self._older, self._newer
        if not is_told:
            return older.refund_unknown or newer.refund_unknown
        if newer.status == older.status and not older.refund_unknown and not older.refunded.is_zero:
            return False
        return paid.is_zero or refunded != paid

    def _refund_told(self, side: Order) -> datetime | None:
        """When somebody told what was given back, as far as a side knows; None where nobody did."""
        is_kept = side.told_at is not None and "refunded" in side.told_at
        if not is_kept and (side.lines_only or side.refund_unknown or _names_no_payment(side)):
            return None
        return self._at(side, "refunded")

    def _identifiers(self) -> tuple[Identifier, ...]:
        """The newest report's identifiers in its order, then those of older ones, by key."""
        found: dict[str, tuple[Order, Identifier]] = {}
        for side in (self._older, self._newer):
            for item in side.buyer.identifiers:
                there = found.get(item.key)
                if there is None or self._at(side, item.key) >= self._at(there[0], item.key):
                    found[item.key] = (side, item)
        full: dict[tuple[str, str], datetime] = {}
        for side, item in found.values():
            if item.form in ("plain", "relay"):
                group = (item.kind, item.scope)
                full[group] = max(full.get(group, _FIRST), self._at(side, item.key))
        own = tuple(item for item in self._newer.buyer.identifiers if item.key not in (self._newer.told_at or {}))
        named = {item.key for item in own}
        kept = [
            key
            for key, (side, item) in sorted(found.items(), key=lambda pair: pair[0])
            if key not in named and self._at(side, key) >= full.get((item.kind, item.scope), _FIRST)
        ]
        for key in kept:
            self._remember(key, found[key][0])
        return (*own, *(found[key][1] for key in kept))

    def _recipient(self) -> Recipient | None:
        old, new = self._older.recipient, self._newer.recipient
        if old is None and new is None:
            return None
        one, other = old or Recipient(), new or Recipient()
        return Recipient(
            name=self._text("name", one.name, other.name),
            phone=self._text("phone", one.phone, other.phone),
            address=self._pick(
                "address", one.address, other.address, _said_of_address(one.address), _said_of_address(other.address)
            ),
        )


def _written(side: Order, name: str) -> datetime | None:
    return (side.told_at or {}).get(name, side.reported_at)


def _names_no_payment(order: Order) -> bool:
    return order.paid.is_zero and order.status not in _UNPAID


def _said(value: Any) -> int:
    return _NOTHING if value is None or (not value and not isinstance(value, Money | bool)) else _FULL


def _said_of_lines(order: Order) -> int:
    if not order.lines:
        return _NOTHING
    return _MASKED if order.lines_only else _FULL


def _said_of_address(address: Address) -> int:
    parts = [part for part in attrs.astuple(address) if part]
    if not parts:
        return _NOTHING
    return _MASKED if any("*" in part for part in parts) else _FULL
