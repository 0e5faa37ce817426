"""Everything that the page shows, as values; whoever has a store fills them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal

import attrs

from crmkit.clock import require_aware
from crmkit.errors import CurrencyMismatch, InputError
from crmkit.money import Money
from crmkit.problems import Problem
from crmkit.report.sections import ReturnSection, RfmSection, SpreadSection, StageSection
from crmkit.segmentation.labels import Language

__all__ = [
    "Batch",
    "CurrencyTotals",
    "CustomerCounts",
    "Merge",
    "OpenTicket",
    "PointsSummary",
    "ReportData",
    "Source",
    "WaitingOrder",
]


def _aware(_: Any, attribute: attrs.Attribute[Any], value: datetime | None) -> None:
    if value is not None:
        require_aware(value, attribute.name)


@attrs.frozen(kw_only=True, slots=True)
class CurrencyTotals:
    """Is the money of all orders in one currency, from what was placed down to what stayed.

    Placed less waiting, cancelled and other is paid; paid less refunded is net. `other` and `net` are computed, so the
    lines always add up, and a remainder that nobody can explain is seen instead of lost.

    Attributes:
        currency: ISO 4217 code; all amounts are in it.
        orders: Orders, whatever their status.
        placed: Sum of what the buyers were to pay.
        waiting: Part of it that is not paid yet.
        cancelled: Part of it that was cancelled without having been paid.
        paid: Sum of what was paid, before refunds.
        refunded: Sum of what is known to have been given back.
        refund_unknown_orders: Orders of which money went back, or may have, without an amount.
        refund_unknown: At most so much more went back for those orders.

    Raises:
        CurrencyMismatch: An amount in another currency.
        InputError: A refund below zero or above what was paid.

    Example:
        >>> cny = lambda text: Money(text, "CNY")
        >>> totals = CurrencyTotals(currency="CNY", orders=3, placed=cny("90.00"), waiting=cny("20.00"),
        ...                         paid=cny("65.00"), refunded=cny("5.00"))
        >>> str(totals.other), str(totals.net)
        ('5.00 CNY', '60.00 CNY')
    """

    currency: str
    orders: int
    placed: Money
    paid: Money
    refunded: Money = attrs.field()
    waiting: Money = attrs.field()
    cancelled: Money = attrs.field()
    refund_unknown_orders: int = 0
    refund_unknown: Money = attrs.field()

    @refunded.default
    @waiting.default
    @cancelled.default
    @refund_unknown.default
    def _nothing(self) -> Money:
        return Money.zero(self.currency)

    def __attrs_post_init__(self) -> None:
        amounts = (self.placed, self.paid, self.refunded, self.waiting, self.cancelled, self.refund_unknown)
        if strange := {amount.currency for amount in amounts} - {self.currency}:
            raise CurrencyMismatch(
                f"The totals are in {self.currency} and hold amounts in {', '.join(sorted(strange))}.",
                currencies=tuple(sorted({self.currency, *strange})),
            )
        if not 0 <= self.refunded.amount <= self.paid.amount:
            raise InputError(f"{self.refunded} refunded of {self.paid} paid: a refund lies between nothing and that.")

    @property
    def other(self) -> Money:
        """What lies between placed and paid for other reasons, such as coupons that the platform settled."""
        return self.placed - self.waiting - self.cancelled - self.paid

    @property
    def net(self) -> Money:
        """What stayed: paid less refunded."""
        return self.paid - self.refunded


@attrs.frozen(slots=True)
class Merge:
    """Is one customer who is known by several accounts.

    Attributes:
        customer: Name or account to show; the page masks it.
        accounts: All accounts that are this one person; the page masks them.
    """

    customer: str
    accounts: tuple[str, ...]


@attrs.frozen(kw_only=True, slots=True)
class CustomerCounts:
    """Is how many customers there are, and how many of them came back.

    Attributes:
        known: Persons behind the orders.
        repeat: Persons with at least two purchases; `buyers` are those with at least one.
        merges: Accounts that were found to belong to a person who was known already.
        merged: The persons with several accounts, as far as they are to be listed.

    Example:
        >>> CustomerCounts(known=12, buyers=10, repeat=4).repeat_share
        Decimal('0.4')
    """

    known: int
    buyers: int = 0
    repeat: int = 0
    merges: int = 0
    merged: tuple[Merge, ...] = ()

    @property
    def repeat_share(self) -> Decimal | None:
        """Part of the buyers who bought at least twice, or None without buyers."""
        return Decimal(self.repeat) / self.buyers if self.buyers else None


@attrs.frozen(kw_only=True, slots=True)
class WaitingOrder:
    """Is an order that waits for the buyer.

    Attributes:
        number: The order's number as printed; `platform` and `shop` say where.
        kind: "payment": placed and not paid; "receipt": shipped and not confirmed.
        amount: What is to be paid, or was.
        since: When it began to wait, or None where that is not known.
        customer: Name or account; the page masks it.
    """

    number: str
    platform: str
    shop: str
    kind: Literal["payment", "receipt"]
    amount: Money
    since: datetime | None = attrs.field(default=None, validator=_aware)
    customer: str = ""


@attrs.frozen(kw_only=True, slots=True)
class PointsSummary:
    """Is the points ledger in seven numbers.

    Attributes:
        issued: Points ever given.
        redeemed: Points that were spent.
        taken_back: Points taken back after refunds.
        lapsed: Points that expired.
        owed: Points that members hold now.
        members: Customers with an account.

    Example:
        >>> PointsSummary(issued=100, redeemed=30, taken_back=5, lapsed=5, owed=62, members=3).other
        2
    """

    issued: int = 0
    redeemed: int = 0
    taken_back: int = 0
    lapsed: int = 0
    owed: int = 0
    members: int = 0

    @property
    def other(self) -> int:
        """What else changed the balances, such as corrections by hand; so the lines always add up."""
        return self.owed - (self.issued - self.redeemed - self.taken_back - self.lapsed)


@attrs.frozen(kw_only=True, slots=True)
class OpenTicket:
    """Is a ticket that is not closed.

    Attributes:
        subject: One line; e-mail addresses and phone numbers in it are masked by the page.
        state: State in its table ("open"); the page knows words for those of the default table.
        customer: Name or account; the page masks it.
    """

    id: str
    subject: str
    state: str
    opened_at: datetime = attrs.field(validator=_aware)
    assignee: str | None = None
    customer: str = ""


@attrs.frozen(kw_only=True, slots=True)
class Source:
    """Is a file that was read: its name, the format it was read as, and how many orders it gave."""

    name: str
    format: str = ""
    orders: int | None = None


@attrs.frozen(kw_only=True, slots=True)
class Batch:
    """Is what the last intake did: orders that were new, changed, known already, and refused."""

    id: str = ""
    new: int = 0
    changed: int = 0
    known: int = 0
    refused: int = 0


def _frozen(counts: Mapping[str, int]) -> Mapping[str, int]:
    return MappingProxyType(dict(counts))


@attrs.frozen(kw_only=True, slots=True, eq=False)
class ReportData:
    """Is everything that the page shows, and nothing of where it comes from.

    Attributes:
        shop: Name of the shop, for the title.
        as_of: The end, excluded, of what was looked at; its zone is the zone of all dates on the page.
        generated_at: When the values were read.
        title: Headline; "" takes the usual one in the page's language.
        lang: Language of the page unless `render` is told another.
        totals: Money by currency, the most important first.
        by_status: Orders by status.
        customers: Counts of customers, or None where nobody was looked for.
        rfm: One section for each currency.
        spread: How the money is spread over the customers, one section for each currency.
        returns: When people come back, or None where nobody asked.
        stages: Where customers stand and how they got there, or None where nobody asked.
        waiting: Orders waiting for payment or for confirmation of receipt.
        points: Points issued and owed, or None without a programme.
        tickets: Open tickets, or None where there is no desk.
        problems: Everything that could not be used; personal values are masked already.
        sources: Files that were read.
        batch: What the last intake did, or None.

    Raises:
        InputError: An instant without a zone, or an unknown language.
    """

    shop: str
    as_of: datetime = attrs.field(validator=_aware)
    generated_at: datetime = attrs.field(validator=_aware)
    title: str = ""
    lang: Language = attrs.field(default="en")
    totals: tuple[CurrencyTotals, ...] = ()
    by_status: Mapping[str, int] = attrs.field(factory=dict, converter=_frozen)
    customers: CustomerCounts | None = None
    rfm: tuple[RfmSection, ...] = ()
    spread: tuple[SpreadSection, ...] = ()
    returns: ReturnSection | None = None
    stages: StageSection | None = None
    waiting: tuple[WaitingOrder, ...] = ()
    points: PointsSummary | None = None
    tickets: tuple[OpenTicket, ...] | None = None
    problems: tuple[Problem, ...] = ()
    sources: tuple[Source, ...] = ()
    batch: Batch | None = None

    @lang.validator
    def _known(self, _: Any, value: str) -> None:
        if value not in ("en", "zh"):
            raise InputError(f"lang is 'en' or 'zh', got {value!r}.")

    @property
    def orders(self) -> int:
        """Orders in all currencies."""
        return sum(totals.orders for totals in self.totals)
