"""Drafts become orders: what a file leaves out is filled from what it says, and what does not add up is told."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from crmkit.errors import CrmkitError, InputError
from crmkit.importers.buyers import buyer_of, recipient_of
from crmkit.importers.drafts import Draft
from crmkit.importers.layouts import Values
from crmkit.importers.raw import raw_of
from crmkit.importers.sharing import allotted
from crmkit.importers.texts import MarkedAmount, is_marked_for
from crmkit.money import Money
from crmkit.orders import DEFAULT_SHOP, Order, OrderKey, OrderLine, OrderStatus

__all__ = ["Composition", "compose", "state_of"]

_NIL = Decimal(0)
_MEMO_SIZE = 65536
_PAID_STATES = frozenset(
    {OrderStatus.PAID, OrderStatus.SHIPPED, OrderStatus.RECEIVED, OrderStatus.COMPLETED, OrderStatus.REFUNDED}
)


@attrs.frozen(kw_only=True, slots=True)
class Composition:
    """Says how orders are composed.

    Attributes:
        shop: The shop that the caller names; it wins over the file's.
        strict: What does not add up is an error, and the order is left out.
        keep_raw: Keep the source cells.
        zone: Zone of the shop, for what is told in days only.
    """

    shop: str | None = None
    strict: bool = False
    keep_raw: bool = True
    zone: ZoneInfo | None = None


class _Refused(Exception):
    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class _Moneys(dict[Decimal, Money]):
    """Amounts of one currency that were met before."""

    __slots__ = ("currency",)

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self[_NIL] = Money.zero(currency)

    def __missing__(self, amount: Decimal) -> Money:
        try:
            money = Money(amount, self.currency)
        except InputError as error:
            raise _Refused("bad_money", str(error)) from None
        if len(self) >= _MEMO_SIZE:
            self.clear()
            self[_NIL] = Money.zero(self.currency)
        self[amount] = money
        return money


_met: dict[str, _Moneys] = {}


def _moneys(currency: str) -> _Moneys:
    found = _met.get(currency)
    if found is None:
        try:
            found = _met[currency] = _Moneys(currency)
        except InputError as error:
            raise _Refused("no_currency", str(error)) from None
    return found


def compose(draft: Draft, how: Composition) -> Order | str | None:
    """Returns the order of a draft, the reason why it is skipped, or None where it is refused; the draft says why."""
    settle = draft.format.settle
    draft.zone = how.zone
    marked = _marked(draft)
    try:
        if settle is not None:
            skipped = settle(draft)
            if skipped:
                return skipped
            if draft.has_error:
                return None
        order = _order(draft, how)
        _refuse_marks(marked, order.currency)
    except _Refused as refusal:
        draft.say(refusal.code, refusal.reason, error=True)
        return None
    except CrmkitError as error:
        draft.say("bad_order", str(error), error=True)
        return None
    return None if draft.has_error else order


def _order(draft: Draft, how: Composition) -> Order:
    values = draft.values
    get = values.get
    currency = _currency(draft)
    money = _moneys(currency)
    platform = get("platform") or draft.format.platform
    shop = how.shop or get("shop") or DEFAULT_SHOP
    totals = _line_totals(draft, money)
    total, paid, refunded, unknown = _amounts(draft, totals)
    status = _status(draft, paid, refunded, unknown)
    if paid < 0:
        raise _Refused("negative_paid", f"says that {paid} {currency} were paid; is it a refund written as an order?")
    if not _NIL <= refunded <= paid:
        raise _Refused("bad_refund", f"says that {refunded} {currency} of {paid} paid were refunded")
    _check_sum(draft, total, totals, how)
    return Order(
        key=OrderKey(platform, shop, get("number") or draft.key[2]),
        status=status,
        currency=currency,
        total=money[total],
        paid=money[paid],
        refunded=money[refunded],
        refund_unknown=unknown,
        lines=_lines(draft, totals, money, status),
        placed_at=get("placed_at"),
        paid_at=get("paid_at"),
        shipped_at=get("shipped_at"),
        received_at=get("received_at"),
        completed_at=get("completed_at"),
        cancelled_at=get("cancelled_at"),
        buyer=buyer_of(draft, platform, shop),
        recipient=recipient_of(values),
        shipping=_optional(get("shipping"), money),
        discount=_optional(get("discount"), money),
        tax=_optional(get("tax"), money),
        remark=get("remark") or "",
        buyer_note=get("buyer_note") or "",
        tags=get("tags") or (),
        close_reason=get("close_reason") or "",
        lines_only=draft.format.role == "items",
        reported_at=get("reported_at") or draft.place.reported_at,
        raw=raw_of(draft) if how.keep_raw else {},
    )


def _marked(draft: Draft) -> list[MarkedAmount]:
    """The amounts that bear the mark of a currency; few files have any."""
    if not any(getattr(part.layout, "marked", ()) for part in draft.parts):
        return []
    told = (value for values in (draft.values, *draft.lines) for value in values.values())
    return [value for value in told if value.__class__ is MarkedAmount]


def _refuse_marks(amounts: list[MarkedAmount], currency: str) -> None:
    for amount in amounts:
        for mark in amount.marks:
            if not is_marked_for(mark, currency):
                raise _Refused("mixed_currencies", f"is in {currency} and has an amount marked {mark}")


def _optional(amount: Decimal | None, money: _Moneys) -> Money | None:
    return None if amount is None else money[amount]


def _currency(draft: Draft) -> str:
    told = draft.values.get("currency")
    fields = [field for part in draft.parts for field in part.layout.currencies]
    if not told and not fields:
        if not draft.format.currency:
            raise _Refused("no_currency", "tells no currency; give the format one")
        return draft.format.currency
    found = {told} if told else set()
    found |= {code for values in (draft.values, *draft.lines) for field in fields if (code := values.get(field))}
    if len(found) > 1:
        raise _Refused("mixed_currencies", f"has amounts in {' and '.join(sorted(found))}")
    if not found and not draft.format.currency:
        raise _Refused("no_currency", "tells no currency; give the format one")
    return str(found.pop()).upper() if found else draft.format.currency


def _line_totals(draft: Draft, money: _Moneys) -> list[Decimal]:
    """What each line costs: its own amount, its share of the order's goods, or price times quantity."""
    lines = draft.lines
    own = [line.get("total") for line in lines]
    if lines and None not in own:
        return own  # type: ignore[return-value]  # None is not in it
    goods = draft.values.get("goods")
    if goods is None and draft.values.get("total") is not None and all(_is_unpriced(line) for line in lines):
        goods = draft.values["total"] - (draft.values.get("shipping") or _NIL)
    if goods is not None:
        return allotted(goods, lines, money.currency)
    return [_list_price(line) if total is None else total for line, total in zip(lines, own, strict=True)]


def _is_unpriced(line: Values) -> bool:
    return line.get("price") is None and line.get("total") is None


def _list_price(line: Values) -> Decimal:
    price = line.get("price")
    if price is None:
        raise _Refused("bad_money", "has a line without a price and without an amount")
    return Decimal(price * (line.get("quantity") or 1) - (line.get("discount") or _NIL))


def _total(draft: Draft, totals: list[Decimal]) -> Decimal:
    """The total as told, else goods and shipping, else what was paid."""
    get = draft.values.get
    told: Decimal | None = get("total")
    if told is not None:
        return told
    goods: Decimal | None = get("goods")
    if goods is None and draft.lines:
        goods = sum(totals, _NIL)
    if goods is not None:
        return goods + (get("shipping") or _NIL)
    paid: Decimal | None = get("paid")
    if paid is None:
        raise _Refused("bad_money", "tells neither a total nor lines")
    return paid


def _amounts(draft: Draft, totals: list[Decimal]) -> tuple[Decimal, Decimal, Decimal, bool]:
    """Total, paid, refunded, and whether what was refunded is unknown; filled from what the file says."""
    get = draft.values.get
    total = _total(draft, totals)
    paid: Decimal | None = get("paid")
    if paid is None:
        paid = total if _was_paid(draft) else _NIL
    refunded: Decimal | None = get("refunded")
    unknown: bool | None = get("refund_unknown")
    if unknown is None:
        unknown = bool(paid) and refunded is None
    if refunded is None:
        refunded = _NIL
    return total, paid, refunded, unknown


def _was_paid(draft: Draft) -> bool:
    """Whether a file without amounts paid says that the order was paid; one silent about it holds paid orders."""
    values = draft.values
    if values.get("paid_at") is not None:
        return True
    if values.get("status") is not None:
        return values["status"] in _PAID_STATES
    return "paid_at" not in values and "status" not in values and values.get("cancelled_at") is None


def _status(draft: Draft, paid: Decimal, refunded: Decimal, unknown: bool) -> OrderStatus:
    status = draft.values.get("status")
    if draft.format.is_exact and isinstance(status, OrderStatus):
        return status
    if paid > 0 and refunded >= paid:
        return OrderStatus.REFUNDED
    if status == "closed":
        if paid > 0 and not unknown:
            reason = f"was closed with {paid} paid and {refunded} refunded"
            draft.say("closed_with_money", reason)
        return OrderStatus.REFUNDED if paid > 0 else OrderStatus.CANCELLED
    return status if isinstance(status, OrderStatus) else state_of(draft.values, paid)


def state_of(values: Mapping[str, Any], paid: Decimal) -> OrderStatus:
    """Returns the state that times and amounts show, where no word tells it."""
    for field, state in (
        ("cancelled_at", OrderStatus.CANCELLED),
        ("completed_at", OrderStatus.COMPLETED),
        ("received_at", OrderStatus.RECEIVED),
        ("shipped_at", OrderStatus.SHIPPED),
    ):
        if values.get(field) is not None:
            return state
    return OrderStatus.PAID if paid > 0 or values.get("paid_at") is not None else OrderStatus.PENDING_PAYMENT


def _check_sum(draft: Draft, total: Decimal, totals: list[Decimal], how: Composition) -> None:
    if not totals:
        return
    get = draft.values.get
    parts = sum(totals) + (get("shipping") or _NIL)
    if parts == total:
        return
    extra = (get("tax") or _NIL, get("duties") or _NIL)
    discount = get("discount") or _NIL
    sums = {parts + tax + duties for tax in (_NIL, extra[0]) for duties in (_NIL, extra[1])}
    if total in sums:
        return
    if draft.format.role == "whole" and not draft.format.is_exact and total + discount in sums:
        return
    reason = f"has lines and parts of {parts} and a total of {total}; they are {total - parts} apart"
    draft.say("does_not_add_up", reason, error=how.strict)


def _lines(draft: Draft, totals: list[Decimal], money: _Moneys, status: OrderStatus) -> tuple[OrderLine, ...]:
    return tuple([_line(line, total, money, status) for line, total in zip(draft.lines, totals, strict=True)])


def _line(line: Values, total: Decimal, money: _Moneys, order_status: OrderStatus) -> OrderLine:
    get = line.get
    quantity = get("quantity") or 1
    price = get("price")
    if price is None:
        price = Money.round(total / quantity, money.currency).amount
    status = get("status")
    if status == "closed":
        status = OrderStatus.CANCELLED if order_status is OrderStatus.CANCELLED else OrderStatus.REFUNDED
    refunded = get("refunded")
    return OrderLine(
        quantity=quantity,
        unit_price=money[price],
        total=money[total],
        id=get("id") or None,
        sku=get("sku") or "",
        product_id=get("product_id") or "",
        title=get("title") or "",
        variant=get("variant") or "",
        refunded=None if refunded is None else money[refunded],
        status=status,
    )
