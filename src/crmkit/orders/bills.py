"""Bills of payment services: what really came in and went out, one frozen value an entry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum

import attrs

from crmkit.clock import require_aware
from crmkit.errors import InputError
from crmkit.money import Money

__all__ = ["BillEntry", "BillKind"]


class BillKind(str, Enum):
    """Is what an entry of a bill is; only `payment` and `refund` are money of an order itself.

    Example:
        >>> BillKind("refund") is BillKind.REFUND
        True
    """

    PAYMENT = "payment"
    REFUND = "refund"
    FEE = "fee"
    FEE_REFUND = "fee_refund"
    COMPENSATION = "compensation"
    SPLIT = "split"
    TRANSFER = "transfer"
    DEPOSIT = "deposit"
    OTHER = "other"

    def __str__(self) -> str:
        return self.value


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _aware(_: object, field: attrs.Attribute[datetime], value: datetime) -> None:
    require_aware(value, field.name)


@attrs.frozen(kw_only=True, slots=True)
class BillEntry:
    """Is one entry of a bill: money that came in or went out, and the order that it names.

    Attributes:
        platform: Who wrote the bill ("alipay", "wechat_pay").
        id: The platform's own number of the entry; it makes the entry this entry.
        kind: What the entry is.
        amount: What came in (above zero) or went out (below zero).
        at: When the money moved.
        book: Which of the platform's bills it stands in: "funds", what moved on the account, or "trades", what buyers
            paid. One payment stands in both.
        account: The account or merchant number that the bill is of; "" where it does not say.
        shop: The shop that the bill was read for, or "".
        orders: Numbers of the orders that it names, as printed; mostly one, none where it names none.
        trade: The platform's number of the payment that the entry belongs to.
        settled: What reached the account, where the platform took a part over (coupons); None where it is the amount.
        counterparty: Who paid or was paid, as the bill shows it; often masked, for people only and never a key.
        note: The bill's own remark; free text can hold personal data.
        raw: The source cells, unchanged; not compared, not shown.

    Raises:
        InputError: No id, or a naive instant.

    Example:
        >>> entry = BillEntry(platform="alipay", id="30001", kind=BillKind.PAYMENT, amount=Money("79.00", "CNY"),
        ...                   at=datetime(2026, 11, 8, 12, tzinfo=UTC), orders=("4026100100000000117",))
        >>> entry.key, entry.order, str(entry.amount)
        ('alipay/funds/30001', '4026100100000000117', '79.00 CNY')
    """

    platform: str
    id: str
    kind: BillKind
    amount: Money
    at: datetime = attrs.field(validator=_aware, eq=_utc)
    book: str = "funds"
    account: str = ""
    shop: str = ""
    orders: tuple[str, ...] = ()
    trade: str = ""
    settled: Money | None = None
    counterparty: str = attrs.field(default="", repr=False)
    note: str = attrs.field(default="", repr=False)
    raw: Mapping[str, str] = attrs.field(factory=dict, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if not self.platform or not self.id:
            raise InputError("An entry of a bill has a platform and an id; without them it cannot be told from others.")
        if isinstance(self.orders, str):
            raise InputError("orders is a tuple of numbers, also where it is one.")

    @property
    def key(self) -> str:
        """What makes it this entry: platform, book and id."""
        return f"{self.platform}/{self.book}/{self.id}"

    @property
    def order(self) -> str:
        """The number of the order that it names; "" where it names none or several."""
        return self.orders[0] if len(self.orders) == 1 else ""
