"""Points that move by a call: granted, spent, corrected, refunded; each inside one open unit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import attrs

from crmkit.errors import NotFoundError
from crmkit.ids import IdGenerator
from crmkit.loyalty.ledger import allocate
from crmkit.loyalty.model import Entry, EntryKind, Lot, RefundQuote, Take
from crmkit.loyalty.ports import LoyaltyUnit
from crmkit.loyalty.posting import Books, require_same
from crmkit.loyalty.programme import Programme
from crmkit.loyalty.refunds import Refunded
from crmkit.loyalty.refusals import NotEnoughPoints
from crmkit.loyalty.returning import earning, standing, take_back
from crmkit.loyalty.storable import digest_of, order_text, refund_key
from crmkit.money import Money
from crmkit.orders import OrderKey

__all__ = ["Grant", "Spending", "grant", "refund_order", "spend"]


@attrs.frozen(kw_only=True, slots=True)
class Grant:
    """Asks for points to be put in.

    Attributes:
        kind: "earn" for an award by hand, "adjust" for a correction.
        customer: Who gets them.
        points: Above zero.
        key: What makes it unique.
        reason: Why; `actor` who did it.
        expires_at: From when they cannot be spent any more, or None.
    """

    kind: EntryKind
    customer: str
    points: int
    key: str
    reason: str = ""
    actor: str = ""
    expires_at: datetime | None = None

    @property
    def content(self) -> str:
        """Digest of what was asked for, times left out."""
        return digest_of(self.kind, self.customer, str(self.points), self.reason, self.actor)


@attrs.frozen(kw_only=True, slots=True)
class Spending:
    """Asks for points to be taken out.

    Attributes:
        kind: "redeem", or "adjust" for a correction.
        customer: Whose points.
        points: Above zero.
        key: What makes it unique.
        order: The order that they are spent on, or None.
        reason: Why; `actor` who did it.
    """

    kind: EntryKind
    customer: str
    points: int
    key: str
    order: OrderKey | None = None
    reason: str = ""
    actor: str = ""

    @property
    def content(self) -> str:
        """Digest of what was asked for."""
        order = "" if self.order is None else order_text(self.order)
        return digest_of(self.kind, self.customer, str(-self.points), order, self.reason, self.actor)


def grant(unit: LoyaltyUnit, programme: Programme, asked: Grant, *, now: datetime, ids: IdGenerator) -> Entry:
    """Puts points into a customer's account; under the same key it returns the first entry."""
    identities = unit.members.identities_of(asked.customer)
    account = asked.customer if asked.customer in identities else identities[0]
    books = Books(unit, programme, now=now, ids=ids)
    books.lock([account], opening=True)
    if done := _done(unit, asked.key, asked.content):
        return done[0]
    books.load(())
    entry = books.post(
        account,
        asked.kind,
        asked.points,
        key=asked.key,
        content=asked.content,
        reason=asked.reason,
        actor=asked.actor,
        expires_at=asked.expires_at,
    )
    books.write()
    return entry


def spend(
    unit: LoyaltyUnit, programme: Programme, asked: Spending, *, now: datetime, ids: IdGenerator
) -> tuple[Entry, ...]:
    """Takes points from a person's accounts in spending order; under the same key it returns the first entries.

    Raises:
        NotEnoughPoints: Less is available; nothing is posted.
    """
    books = Books(unit, programme, now=now, ids=ids)
    books.lock(unit.members.identities_of(asked.customer))
    if done := _done(unit, asked.key, asked.content):
        return done
    books.load(books.accounts)
    for leg, (account, takes) in enumerate(_takes(books, asked.points).items()):
        books.post(
            account,
            asked.kind,
            -sum(take.points for take in takes),
            key=asked.key,
            leg=leg,
            content=asked.content,
            takes=tuple(takes),
            order=asked.order,
            reason=asked.reason,
            actor=asked.actor,
        )
    return books.write()


def _takes(books: Books, points: int) -> dict[str, list[Take]]:
    """What a spending takes, by account, in the order in which the accounts are touched."""
    lots: list[Lot] = []
    available = 0
    for account in books.accounts:
        at = books.at(account)
        lots += books.pile(account).lots(at)
        available += books.pile(account).balance(at).available
    if points > available:
        raise NotEnoughPoints(asked=points, available=max(0, available))
    takes: dict[str, list[Take]] = {}
    for lot, taken in allocate(lots, points):
        takes.setdefault(lot.account, []).append(Take(lot.id, taken))
    return takes


def _done(unit: LoyaltyUnit, key: str, content: str) -> tuple[Entry, ...]:
    """The entries that were posted under a key before; looked up when the accounts are locked, so none is missed."""
    done = unit.entries.by_keys([key]).get(key, ())
    for entry in done[:1]:
        require_same(entry, content)
    return done


def refund_order(
    unit: LoyaltyUnit,
    programme: Programme,
    order: OrderKey,
    refund_id: str,
    amount: Money | None,
    *,
    now: datetime,
    ids: IdGenerator,
) -> RefundQuote:
    """Posts what one refund of an order takes back and gives back; under the same id it returns what was posted.

    Raises:
        NotFoundError: The order has not earned.
        KeyReused: The id was used for another amount.
    """
    known = unit.entries.of_orders([order]).get(order, ())
    books = Books(unit, programme, now=now, ids=ids)
    books.lock({entry.account for entry in known})
    there = {entry.id: entry for entry in known}
    there |= {entry.id: entry for entry in books.load(books.accounts) if entry.order == order}
    history = tuple(there.values())
    live = standing(history)
    earned = earning(live)
    if earned is None or earned.basis is None:
        raise NotFoundError("order that has earned", str(order))
    key, content = refund_key(order, refund_id), digest_of("refund", "" if amount is None else str(amount))
    if done := tuple(entry for entry in history if entry.key == key):
        require_same(done[0], content)
        return RefundQuote.of(done)
    refunded, own = _refunded(live, earned.basis, amount)
    mark = {"refund": refund_id, "refunded": own, "content": content}
    posted = take_back(books, programme, live, refunded, key=key, mark=mark)
    books.write()
    return RefundQuote.of(posted)


def _refunded(history: Sequence[Entry], basis: Money, amount: Money | None) -> tuple[Refunded, Money]:
    """How much has gone back in all with this refund, and how much of it is this one's."""
    before = Money.sum((entry.refunded for entry in history if entry.refunded is not None), currency=basis.currency)
    left = basis - before
    own = left if amount is None or amount > left else amount
    return Refunded(value=before + own, basis=basis, is_whole=amount is None), own
