"""Orders against bills: what was paid and given back by the orders, and by the entries that name them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import Enum
from html import escape

import attrs

from crmkit.errors import InputError
from crmkit.money import Money
from crmkit.orders.bills import BillEntry, BillKind
from crmkit.orders.joining import Joined, named, without_echoes
from crmkit.orders.model import Order, OrderStatus

__all__ = ["BillMatch", "ReconciledOrder", "Reconciliation", "reconcile"]

_FEES = (BillKind.FEE, BillKind.FEE_REFUND)
_MOST_SHOWN = 20
_OWN = (BillKind.PAYMENT, BillKind.REFUND)


class BillMatch(str, Enum):
    """Is how an order and the bill's entries agree.

    Example:
        >>> BillMatch("short") is BillMatch.SHORT
        True
    """

    MATCHED = "matched"
    SHORT = "short"
    OVER = "over"
    UNKNOWN = "unknown"
    UNBILLED = "unbilled"

    def __str__(self) -> str:
        return self.value


@attrs.frozen(kw_only=True, slots=True)
class ReconciledOrder:
    """Is one order number, with what its order and the bill's entries say.

    Attributes:
        number: The order's number.
        match: How they agree: `matched` where what stays is the same; `short` where the bill holds less and `over`
            where it holds more; `unbilled` where money should stay and the bill holds no payment and no refund of it;
            `unknown` where no order has the number.
        order: The order as it was given; None where it is unknown.
        placed: What the buyer was to pay; zero where the order is unknown, as `paid` and `refunded` are.
        paid: What the order says was paid.
        refunded: What the order says was given back; where it does not know, what the bill says.
        billed: What came in by the entries.
        billed_back: What went back to the buyer by the entries, above zero.
        fees: Fees less fees given back, as a signed amount; apart from the above.
        others: Everything else that names the order: compensations, splits; signed, apart from the above.
        entries: All of these entries.
    """

    number: str
    match: BillMatch
    order: Order | None
    placed: Money
    paid: Money
    refunded: Money
    billed: Money
    billed_back: Money
    fees: Money
    others: Money
    entries: tuple[BillEntry, ...] = attrs.field(default=(), repr=False)

    @property
    def outstanding(self) -> Money:
        """What the buyer was to pay and has not, by the order: `placed - paid`."""
        return self.placed - self.paid

    @property
    def difference(self) -> Money:
        """What the bill holds more than the order; below zero where it holds less."""
        return (self.billed - self.billed_back) - (self.paid - self.refunded)


@attrs.frozen(kw_only=True, slots=True)
class Reconciliation:
    """Is what came out of holding orders against bills: everything that was given is in one of its lists.

    Attributes:
        lines: One for each order that was paid or is named, in the orders' order, then the unknown numbers.
        filled: Orders whose unknown refund the bill names, with that refund: proposals, nothing is stored.
        nameless: Entries that name no order.
        ambiguous: Entries that name several orders, or a number that several orders bear.
        foreign: Entries in another currency than the order that they name.
        echoes: Entries that tell again, in another book, what an entry of this reconciliation tells.
    """

    lines: tuple[ReconciledOrder, ...] = ()
    filled: tuple[Order, ...] = ()
    nameless: tuple[BillEntry, ...] = ()
    ambiguous: tuple[BillEntry, ...] = ()
    foreign: tuple[BillEntry, ...] = ()
    echoes: tuple[BillEntry, ...] = ()

    def by(self, match: BillMatch | str) -> tuple[ReconciledOrder, ...]:
        """Returns the lines that agree in this way.

        Example:
            >>> Reconciliation().by("short")
            ()
        """
        wanted = BillMatch(match)
        return tuple(line for line in self.lines if line.match is wanted)

    def total(self, of: str, currency: str) -> Money:
        """Returns the sum of one amount over the lines in a currency.

        Args:
            of: "placed", "paid", "refunded", "billed", "billed_back", "fees", "others", "outstanding" or "difference".
            currency: ISO 4217 code.

        Example:
            >>> print(Reconciliation().total("fees", "CNY"))
            0.00 CNY
        """
        amounts = (getattr(line, of) for line in self.lines if line.paid.currency == currency)
        return Money.sum(amounts, currency=currency)

    @property
    def is_clean(self) -> bool:
        """Whether every order matches and no entry is left over that should name one."""
        lines = all(line.match is BillMatch.MATCHED for line in self.lines)
        return lines and not (self.ambiguous or self.foreign or any(e.kind in _OWN for e in self.nameless))

    def __str__(self) -> str:
        counts = Counter(line.match for line in self.lines)
        parts = [f"{counts[match]:,} {match}" for match in BillMatch if counts[match]]
        for name in ("filled", "nameless", "ambiguous", "foreign"):
            found = getattr(self, name)
            parts += [f"{len(found):,} {name}"] if found else []
        return " · ".join(parts) or "nothing to reconcile"

    def _repr_html_(self) -> str:
        off = [line for line in self.lines if line.match is not BillMatch.MATCHED]
        rows = "".join(
            f"<tr><td>{escape(line.number)}</td><td>{line.match}</td><td>{line.paid - line.refunded}</td>"
            f"<td>{line.billed - line.billed_back}</td><td>{line.difference}</td></tr>"
            for line in off[:_MOST_SHOWN]
        )
        head = "<tr><th>order</th><th></th><th>stays by the order</th><th>by the bill</th><th>difference</th></tr>"
        more = f"<p>and {len(off) - _MOST_SHOWN:,} more</p>" if len(off) > _MOST_SHOWN else ""
        return f"<div><p><b>{self}</b></p>{f'<table>{head}{rows}</table>' if rows else ''}{more}</div>"


def reconcile(
    orders: Iterable[Order], entries: Iterable[BillEntry], *, tolerance: Money | None = None
) -> Reconciliation:
    """Returns how orders and the entries of bills agree, by order number and amount.

    What stays is compared, `paid - refunded` with what the bill took in and gave back: money that went back before it
    reached the account is in no bill. What does not match is listed and never guessed; currencies are never mixed.

    Args:
        orders: The orders; each key once.
        entries: The entries; an entry that is given twice counts once.
        tolerance: Differences up to this amount count as none, for orders in its currency.

    Returns:
        One line for each order number, what the bill knows of unknown refunds, and the entries that fit nowhere.

    Raises:
        InputError: The tolerance is below zero, or an order is given twice.

    Example:
        >>> from datetime import UTC, datetime
        >>> from crmkit.orders import OrderKey
        >>> order = Order(key=OrderKey("taobao", "paper-lantern", "4026"), status=OrderStatus.COMPLETED, currency="CNY",
        ...               total=Money("79.00", "CNY"), paid=Money("79.00", "CNY"))
        >>> entry = BillEntry(platform="alipay", id="30001", kind=BillKind.PAYMENT, amount=Money("75.00", "CNY"),
        ...                   at=datetime(2026, 11, 8, tzinfo=UTC), orders=("4026",))
        >>> line = reconcile([order], [entry]).lines[0]
        >>> line.number, str(line.match), str(line.difference)
        ('4026', 'short', '-4.00 CNY')
    """
    if tolerance is not None and tolerance.amount < 0:
        raise InputError(f"A tolerance is not below zero, got {tolerance}.")
    known = list(orders)
    kept, echoes = without_echoes({entry.key: entry for entry in entries}.values())
    joined = Joined(known)
    for entry in named(kept):
        joined.put(*entry)
    lines = [line for order in known if (line := _line(order, joined.of[id(order)], tolerance)) is not None]
    return Reconciliation(
        lines=(*lines, *_unknown(joined.unknown)),
        filled=tuple(order for line in lines if (order := _filled(line)) is not None),
        nameless=tuple(joined.nameless),
        ambiguous=tuple(joined.ambiguous),
        foreign=tuple(joined.foreign),
        echoes=tuple(echoes),
    )


def _sum(entries: Iterable[BillEntry], kinds: tuple[BillKind, ...], currency: str) -> Money:
    return Money.sum((entry.amount for entry in entries if entry.kind in kinds), currency=currency)


def _line(order: Order, entries: list[BillEntry], tolerance: Money | None) -> ReconciledOrder | None:
    """The order's line; None where nothing was paid and nothing names it."""
    if order.paid.is_zero and not entries:
        return None
    back = -_sum(entries, (BillKind.REFUND,), order.currency)
    refunded = back if order.refund_unknown and order.refunded.is_zero else order.refunded
    return _matched(order.number, order, entries, order.paid, refunded, tolerance)


def _unknown(entries: Mapping[tuple[str, str], list[BillEntry]]) -> list[ReconciledOrder]:
    nothing = {currency: Money.zero(currency) for _, currency in entries}
    return [
        _matched(number, None, named, nothing[currency], nothing[currency], None)
        for (number, currency), named in entries.items()
    ]


def _matched(
    number: str,
    order: Order | None,
    entries: list[BillEntry],
    paid: Money,
    refunded: Money,
    tolerance: Money | None,
) -> ReconciledOrder:
    currency = paid.currency
    rest = tuple(kind for kind in BillKind if kind not in (*_OWN, *_FEES))
    line = ReconciledOrder(
        number=number,
        match=BillMatch.UNKNOWN,
        order=order,
        placed=Money.zero(currency) if order is None else order.total,
        paid=paid,
        refunded=refunded,
        billed=_sum(entries, (BillKind.PAYMENT,), currency),
        billed_back=-_sum(entries, (BillKind.REFUND,), currency),
        fees=_sum(entries, _FEES, currency),
        others=_sum(entries, rest, currency),
        entries=tuple(entries),
    )
    return line if order is None else attrs.evolve(line, match=_match(line, tolerance))


def _match(line: ReconciledOrder, tolerance: Money | None) -> BillMatch:
    off, stays = line.difference, line.paid - line.refunded
    slack = tolerance.amount if tolerance is not None and tolerance.currency == off.currency else 0
    if abs(off.amount) <= slack:
        return BillMatch.MATCHED
    if stays.amount > 0 and not any(entry.kind in _OWN for entry in line.entries):
        return BillMatch.UNBILLED
    return BillMatch.SHORT if off.amount < 0 else BillMatch.OVER


def _filled(line: ReconciledOrder) -> Order | None:
    """The order with the refund that the bill names, where it did not know it and the refund fits."""
    order, back = line.order, line.billed_back
    if order is None or not order.refund_unknown or back.is_zero or not 0 < back.amount <= order.paid.amount:
        return None
    whole = back == order.paid
    status = OrderStatus.REFUNDED if whole else order.status
    return attrs.evolve(order, refunded=back, refund_unknown=False, status=status)
