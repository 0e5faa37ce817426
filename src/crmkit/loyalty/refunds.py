"""What a refund takes back and gives back: cumulative, by value, from the points that were really granted and spent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import attrs

from crmkit.loyalty.ledger import Pile, allocate
from crmkit.loyalty.model import Entry, Take
from crmkit.money import Money
from crmkit.orders import Order, OrderStatus

__all__ = ["Refunded", "claw_back", "clawback_due", "give_back", "refunded_of", "says_nothing_back", "split_lapsed"]

_ENDED = (OrderStatus.CANCELLED, OrderStatus.REFUNDED)


@attrs.frozen(kw_only=True, slots=True)
class Refunded:
    """Is how much of an order has gone back.

    Attributes:
        value: How much of the basis went back so far.
        basis: The order's paid goods when it earned.
        is_whole: Everything went back.
    """

    value: Money
    basis: Money
    is_whole: bool = False

    def due(self, points: int) -> int:
        """Returns how many of the order's `points` belong to what went back."""
        return clawback_due(points, refunded=self.value, basis=self.basis, is_whole=self.is_whole)


def clawback_due(granted: int, *, refunded: Money, basis: Money, is_whole: bool = False) -> int:
    """Returns how many points are due after refunds of an order, in all: ⌊granted × refunded / basis⌋, at most granted.

    Cumulative, so that four refunds of a quarter end where one refund of everything ends. A refund in money that may
    hold shipping counts as goods until the goods are covered; what goes beyond them takes no more.

    Args:
        granted: The points that the order earned (or that were spent on it).
        refunded: What went back in all, in money.
        basis: The paid goods that the points were computed from.
        is_whole: The whole order went back.

    Example:
        >>> basis = Money("50.00", "CNY")
        >>> [clawback_due(5, refunded=Money(back, "CNY"), basis=basis) for back in ("12.50", "25", "37.50", "50")]
        [1, 2, 3, 5]
    """
    if not granted or is_whole or (0 < basis.minor <= refunded.minor):
        return granted
    return granted * max(0, refunded.minor) // basis.minor if basis.minor else 0


def refunded_of(order: Order, basis: Money) -> Refunded:
    """Returns what an order says about its refunds.

    Where every line says what was refunded for it, shipping is known to be left out; otherwise the order's own amount
    counts. An amount that nobody knows counts as nothing until it is known, or until the order has ended.

    Args:
        order: The order.
        basis: Its paid goods when it earned.
    """
    is_whole = order.status in _ENDED or (0 < order.paid.minor <= order.refunded.minor)
    if order.refund_unknown:
        return Refunded(value=Money.zero(order.currency), basis=basis, is_whole=order.status in _ENDED)
    told = [line.refunded for line in order.lines]
    known = [amount for amount in told if amount is not None]
    by_line = Money.sum(known, currency=order.currency) if told and len(known) == len(told) else None
    is_told = by_line is not None and (by_line.amount > 0 or order.refunded.is_zero)
    return Refunded(
        value=by_line if by_line is not None and is_told else order.refunded, basis=basis, is_whole=is_whole
    )


def says_nothing_back(order: Order) -> bool:
    """Returns whether an order says that nothing of it went back."""
    return (
        order.status not in _ENDED
        and not order.refund_unknown
        and order.refunded.is_zero
        and all(line.refunded is None or line.refunded.is_zero for line in order.lines)
    )


def claw_back(pile: Pile, earned: Entry, due: int, done: int, at: datetime) -> tuple[tuple[Take, ...], int]:
    """Returns what a claw-back takes now, and how many points it finds nowhere.

    Points of the order's own lot that have lapsed count as taken back. The rest comes from the order's own lot, then
    from the account's other open lots in spending order.

    Args:
        pile: The account's entries so far.
        earned: The order's earning.
        due: What is to be taken back in all.
        done: What earlier claw-backs took, or forgave.
        at: The instant.
    """
    own = pile.lots(at, [earned.id])
    lapsed = sum(lot.left for lot in own if lot.state == "lapsed")
    missing = max(0, due - lapsed - done)
    takes: list[Take] = []
    for lot in own:
        if missing and lot.left and lot.state in ("pending", "open"):
            takes.append(Take(lot.id, min(missing, lot.left)))
            missing -= takes[-1].points
    if missing:
        others = [lot for lot in pile.lots(at) if lot.id != earned.id]
        for lot, points in allocate(others, missing):
            takes.append(Take(lot.id, points))
            missing -= points
    return tuple(takes), missing


def give_back(spent: Iterable[Entry], restored: Sequence[Entry], due: int) -> dict[str, list[Take]]:
    """Returns by account what goes back into which lots: the takes that spent the points, undone from the last one.

    Args:
        spent: The redemptions for the order, oldest first.
        restored: What was given back before.
        due: What is to be given back in all.
    """
    done = sum(entry.points for entry in restored)
    skip, wanted = done, max(0, due - done)
    back: dict[str, list[Take]] = {}
    for entry in sorted(spent, key=lambda one: (one.occurred_at, one.key, one.leg), reverse=True):
        for take in reversed(entry.takes):
            passed = min(skip, take.points)
            skip -= passed
            points = min(wanted, take.points - passed)
            if points:
                back.setdefault(entry.account, []).append(Take(take.lot, points))
                wanted -= points
    return back


def split_lapsed(pile: Pile, takes: Sequence[Take], at: datetime) -> tuple[tuple[Take, ...], int]:
    """Returns those takes that can go back into their lots, and how many points cannot: their lot's day is over.

    Args:
        pile: The account's entries so far.
        takes: What goes back.
        at: The instant.
    """
    ends = {lot.id: lot.expires_at for lot in pile.lots(at, [take.lot for take in takes])}
    kept = tuple(take for take in takes if (end := ends[take.lot]) is None or end > at)
    return kept, sum(take.points for take in takes) - sum(take.points for take in kept)
