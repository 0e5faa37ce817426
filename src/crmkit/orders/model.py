"""The canonical order: one frozen value that every importer, webhook and host gives."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from functools import cached_property
from hashlib import blake2b

import attrs

from crmkit.clock import require_aware
from crmkit.errors import CurrencyMismatch, InputError
from crmkit.identifiers import Identifier, strongest
from crmkit.money import Money, decimals_of
from crmkit.orders.digests import digest_of
from crmkit.orders.storable import refusal

__all__ = ["DEFAULT_SHOP", "Address", "Buyer", "Order", "OrderKey", "OrderLine", "OrderStatus", "Recipient"]


DEFAULT_SHOP = "default"
"""The shop of orders whose source names none and whose caller did not either."""

_LONGEST_RECORD = 255
"""As long as the value of an identifier may be."""


class OrderStatus(str, Enum):
    """Is where an order stands; a partial refund is an amount and never a status.

    Example:
        >>> OrderStatus("paid") is OrderStatus.PAID
        True
    """

    PENDING_PAYMENT = "pending_payment"
    PAID = "paid"
    SHIPPED = "shipped"
    RECEIVED = "received"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"

    def __str__(self) -> str:
        return self.value


@attrs.frozen(slots=True, order=True, cache_hash=True)
class OrderKey:
    """Is what makes an order this order: platform, shop and the number as printed.

    Example:
        >>> print(OrderKey("taobao", "paper-lantern", "4026100100000000349"))
        taobao/paper-lantern/4026100100000000349
    """

    platform: str
    shop: str
    number: str

    @property
    def record(self) -> str:
        """The key of the order as a record that a guest is known by: "order:…", shortened by a digest if very long.

        Example:
            >>> OrderKey("taobao", "paper-lantern", "4026").record
            'order:taobao/paper-lantern/4026'
        """
        text = f"order:{self}"
        if len(text) <= _LONGEST_RECORD:
            return text
        return f"order:{blake2b(text.encode('utf-8', 'surrogatepass'), digest_size=16).hexdigest()}"

    def __str__(self) -> str:
        return f"{self.platform}/{self.shop}/{self.number}"


@attrs.frozen(kw_only=True, slots=True)
class OrderLine:
    """Is one line as the buyer sees it: a configured product is one line, a gift is a line with zero.

    Attributes:
        quantity: Units, a whole number above zero.
        unit_price: List price of one unit, before this line's discounts.
        total: What the line costs after its share of all discounts.
        id: The platform's own line id, or None.
        refunded: Given back for this line so far; None where the source does not say.
        status: The line's own state, or None where the source has none.
    """

    quantity: int
    unit_price: Money
    total: Money
    id: str | None = None
    sku: str = ""
    product_id: str = ""
    title: str = ""
    variant: str = ""
    refunded: Money | None = None
    status: OrderStatus | None = None

    def __attrs_post_init__(self) -> None:
        if type(self.quantity) is not int or self.quantity < 1:
            raise InputError(f"A line's quantity is a whole number above zero, got {self.quantity!r}.")


@attrs.frozen(kw_only=True, slots=True)
class Buyer:
    """Is who ordered, as the platform tells it.

    Attributes:
        identifiers: What the buyer can be recognised by, strongest first or not.
        name: Display name, for people only.
        accepts_marketing: The platform's word on consent; None where it says nothing.
    """

    identifiers: tuple[Identifier, ...] = ()
    name: str = attrs.field(default="", repr=False)
    accepts_marketing: bool | None = None

    @property
    def strongest(self) -> Identifier | None:
        """The strongest identifier that may be an identity's key, or None for a guest."""
        return strongest(self.identifiers)


@attrs.frozen(kw_only=True, slots=True)
class Address:
    """Is a postal address as printed, and its parts where the file has them apart."""

    text: str = ""
    country: str = ""
    province: str = ""
    city: str = ""
    district: str = ""
    street: str = ""
    postcode: str = ""


@attrs.frozen(kw_only=True, slots=True)
class Recipient:
    """Is who gets the parcel; never taken for the buyer."""

    name: str = attrs.field(default="", repr=False)
    phone: str = attrs.field(default="", repr=False)
    address: Address = attrs.field(default=Address(), repr=False)


def _utc(moment: datetime | None) -> datetime | None:
    # Python never calls an instant of a repeated hour equal to one in another zone; in UTC it does.
    return None if moment is None else moment.astimezone(UTC)


_INSTANTS = ("placed_at", "paid_at", "shipped_at", "received_at", "completed_at", "cancelled_at", "reported_at")


def _refuse_strangers(order: Order) -> None:
    amounts = [order.total, order.paid, order.refunded, order.shipping, order.discount, order.tax]
    amounts += [part for line in order.lines for part in (line.total, line.unit_price, line.refunded)]
    strangers = {amount.currency for amount in amounts if amount is not None and amount.currency != order.currency}
    if strangers:
        raise CurrencyMismatch(
            f"The order {order.key} is in {order.currency} and holds amounts in {', '.join(sorted(strangers))}.",
            currencies=tuple(sorted({order.currency, *strangers})),
        )


@attrs.frozen(kw_only=True, slots=True)
class Order:
    """Is one order of one buyer in one currency.

    Attributes:
        key: Platform, shop and number.
        status: One of seven states.
        currency: ISO 4217; every amount of the order is in it.
        total: What the buyer was to pay: goods after discounts + shipping + tax that is not included.
        paid: What was really paid before refunds; zero while unpaid.
        refunded: Given back so far, `0 <= refunded <= paid`; zero when unknown.
        refund_unknown: Money went back, or may have, and the source does not say how much.
        lines: As the buyer sees them.
        placed_at: When it was placed; the other instants likewise, aware, None where unknown.
        buyer: Who ordered.
        recipient: Who gets the parcel; not the buyer.
        shipping: Part of `total`; None where the file has it not. `discount` and `tax` likewise.
        lines_only: The source is an item report that stands alone: it knows neither the buyer nor what the whole order
            cost. It may add lines and a state to an order that is known, and makes no new one in a store.
        reported_at: When the source wrote this report of the order; None where it does not say.
        told_at: Of a field that the newest report does not tell, when the report was written that told it; None where
            the newest one tells everything. Kept by stores, never by sources; not compared.
        raw: The source cells, unchanged; not compared, not shown, may hold personal data.

    Raises:
        InputError: Naive instants, a refund below zero or above what was paid.
        CurrencyMismatch: An amount in another currency.

    Example:
        >>> from datetime import UTC
        >>> order = Order(key=OrderKey("shopify", "paper-lantern", "#1001"), status=OrderStatus.PAID, currency="CNY",
        ...               total=Money("30.00", "CNY"), paid=Money("30.00", "CNY"),
        ...               placed_at=datetime(2026, 11, 1, tzinfo=UTC))
        >>> order.number, str(order.net)
        ('#1001', '30.00 CNY')
    """

    key: OrderKey
    status: OrderStatus
    currency: str
    total: Money
    paid: Money
    refunded: Money = attrs.field()
    refund_unknown: bool = False
    lines: tuple[OrderLine, ...] = ()
    placed_at: datetime | None = attrs.field(default=None, eq=_utc)
    paid_at: datetime | None = attrs.field(default=None, eq=_utc)
    shipped_at: datetime | None = attrs.field(default=None, eq=_utc)
    received_at: datetime | None = attrs.field(default=None, eq=_utc)
    completed_at: datetime | None = attrs.field(default=None, eq=_utc)
    cancelled_at: datetime | None = attrs.field(default=None, eq=_utc)
    buyer: Buyer = Buyer()
    recipient: Recipient | None = None
    shipping: Money | None = None
    discount: Money | None = None
    tax: Money | None = None
    remark: str = attrs.field(default="", repr=False)
    buyer_note: str = attrs.field(default="", repr=False)
    tags: tuple[str, ...] = ()
    close_reason: str = ""
    lines_only: bool = attrs.field(default=False, eq=False, repr=False)
    reported_at: datetime | None = attrs.field(default=None, eq=False)
    raw: Mapping[str, str] = attrs.field(factory=dict, eq=False, repr=False)
    told_at: Mapping[str, datetime] | None = attrs.field(default=None, eq=False, repr=False)

    @refunded.default
    def _nothing_refunded(self) -> Money:
        return Money.zero(self.currency)

    def __attrs_post_init__(self) -> None:
        decimals_of(self.currency)
        for name in _INSTANTS:
            moment = getattr(self, name)
            if moment is not None and moment.tzinfo is not UTC:
                require_aware(moment, name)
        # Written out, because every order of every file passes here.
        own = self.currency
        amounts = [self.total.currency, self.paid.currency, self.refunded.currency]
        for part in (self.shipping, self.discount, self.tax):
            if part is not None:
                amounts.append(part.currency)
        for line in self.lines:
            amounts += (line.total.currency, line.unit_price.currency)
            if line.refunded is not None:
                amounts.append(line.refunded.currency)
        if amounts.count(own) != len(amounts):
            _refuse_strangers(self)
        if self.paid.amount < 0 or not 0 <= self.refunded.amount <= self.paid.amount:
            raise InputError(
                f"The order {self.key} says {self.refunded} refunded of {self.paid} paid; "
                "a refund lies between nothing and what was paid."
            )

    @property
    def number(self) -> str:
        """The order's number as printed."""
        return self.key.number

    @property
    def platform(self) -> str:
        """The platform it was placed on."""
        return self.key.platform

    @property
    def shop(self) -> str:
        """The shop it was placed in."""
        return self.key.shop

    @property
    def net(self) -> Money:
        """What stays: `paid - refunded`."""
        return self.paid - self.refunded

    @property
    def units(self) -> int:
        """Units over all lines."""
        return sum(line.quantity for line in self.lines)

    @cached_property
    def digest(self) -> str:
        """A digest of everything that is compared: two orders are equal if and only if their digests are.

        Made of 128 bits of BLAKE2b over the fields in a fixed order, instants in UTC; the same on every machine.
        """
        return digest_of(self)

    @cached_property
    def refusal(self) -> str:
        """Why no database can hold the order, or ""; see `crmkit.orders.refusal_of`."""
        return refusal(self)
