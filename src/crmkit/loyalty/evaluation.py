"""What an order earns: the paid goods, the rules one after the other, and every point with its reason."""

from __future__ import annotations

from datetime import UTC, datetime

from crmkit.errors import CurrencyMismatch, InputError
from crmkit.loyalty.model import Award, Member
from crmkit.loyalty.programme import Programme
from crmkit.loyalty.rules import Purchase, require_parts
from crmkit.money import Money
from crmkit.orders import Order, OrderStatus

__all__ = ["earned_at", "evaluate", "paid_goods"]

_UNDATED = datetime(1970, 1, 1, tzinfo=UTC)


def paid_goods(order: Order) -> Money:
    """Returns what an order's points are computed from: goods after all discounts, without shipping and tax.

    The sum of the lines' totals, a negative line counting nothing; of an order without lines its total less shipping
    and tax. Never more than what was paid, and never less than nothing.

    Example:
        >>> from crmkit.testing import a_line, an_order
        >>> print(paid_goods(an_order(total="140.00", shipping="5.10", lines=(a_line(unit_price="134.90"),))))
        134.90 CNY
        >>> print(paid_goods(an_order(total="140.00", shipping="5.10", lines=())))
        134.90 CNY
    """
    return Money.of_minor(sum(_shares(order)) if order.lines else _whole(order), order.currency)


def evaluate(programme: Programme, order: Order, member: Member | None = None) -> Award:
    """Returns what an order earns, whether or not it is paid yet; nothing is booked.

    Depends on its arguments alone: the same on every machine, at any time.

    Args:
        programme: The rules.
        order: The order.
        member: What is known of the buyer.

    Returns:
        The award; its parts add up to its points.

    Raises:
        CurrencyMismatch: The order is in another currency than the programme.
        InputError: A rule gave no whole points, less than nothing in all, or more than 10^15.

    Example:
        >>> from crmkit.loyalty import PerSpend
        >>> from crmkit.testing import an_order
        >>> evaluate(Programme(earn=[PerSpend(2, per="1 CNY")]), an_order(total="30.00")).explain()
        '2 per 1.00 CNY +60'
    """
    if order.currency != programme.currency:
        raise CurrencyMismatch(
            f"The order {order.key} is in {order.currency} and the programme counts in {programme.currency}.",
            currencies=tuple(sorted({order.currency, programme.currency})),
        )
    minors = _shares(order)
    shares = tuple(Money.of_minor(share, order.currency) for share in minors)
    basis = Money.of_minor(sum(minors) if order.lines else _whole(order), order.currency)
    purchase = Purchase(order=order, basis=basis, lines=shares, occurred_at=earned_at(order) or _UNDATED)
    who = member or Member()
    parts = tuple(part for rule in programme.earn for part in require_parts(rule, rule.award(purchase, who)))
    points = sum(part.points for part in parts)
    if points < 0:
        raise InputError(f"The rules give {points} points for the order {order.key}; an award is never below zero.")
    return Award(points=points, parts=parts, basis=purchase.basis, programme=programme.version)


def earned_at(order: Order) -> datetime | None:
    """Returns the instant that an order's points count from: when it was paid, else placed, else None."""
    return order.paid_at or order.placed_at


def _whole(order: Order) -> int:
    goods = order.total.minor
    goods -= sum(part.minor for part in (order.shipping, order.tax) if part is not None)
    return _bounded(order, goods)


def _shares(order: Order) -> list[int]:
    """The lines' shares of the basis, in minor units; where less was paid, less in proportion."""
    totals = [max(0, line.total.minor) for line in order.lines]
    goods = sum(totals)
    paid = _bounded(order, goods)
    if paid == goods:
        return totals
    return [share.minor for share in Money.of_minor(paid, order.currency).allot(totals)]


def _bounded(order: Order, goods: int) -> int:
    """Goods within what was paid; an order that is not paid yet is seen as if it were, so that it can be evaluated."""
    is_open = order.status is OrderStatus.PENDING_PAYMENT and order.paid.is_zero
    return max(0, goods if is_open else min(goods, order.paid.minor))
