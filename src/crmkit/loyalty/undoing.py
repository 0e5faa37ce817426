"""Orders that are again what they were: what the ledger booked for them since is undone by entries that name it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import attrs

from crmkit.ids import IdGenerator
from crmkit.loyalty.days import end_of_day
from crmkit.loyalty.following import history_of, is_earning
from crmkit.loyalty.ledger import allocate
from crmkit.loyalty.model import Entry, Outcome, Take
from crmkit.loyalty.ports import LoyaltyUnit
from crmkit.loyalty.posting import Books
from crmkit.loyalty.programme import Programme
from crmkit.loyalty.refunds import Refunded, claw_back, refunded_of, split_lapsed
from crmkit.loyalty.returning import GRACE_DAYS, earning, standing
from crmkit.loyalty.storable import order_text
from crmkit.money import Money
from crmkit.orders import Order, OrderKey

__all__ = ["undo_many"]

_FOLLOWED = "back:"
"""What the keys begin with of the entries that `follow_many` books for refunds; those of a host's own calls stay."""


def undo_many(
    unit: LoyaltyUnit,
    programme: Programme,
    orders: Sequence[tuple[OrderKey, Order | None]],
    *,
    now: datetime,
    ids: IdGenerator,
    reason: str = "",
) -> tuple[Outcome, ...]:
    """Takes the ledger back to what earlier states of orders say, in an open unit; does not commit.

    An order that is gone, or was not paid yet, has earned nothing: what it earned is taken back. Refunds that the
    earlier state does not know are undone, newest first. Points that are spent already are found nowhere and forgiven,
    as with refunds. What a host booked by its own calls (`redeem`, `refund`) stays. Call `follow_many` with the earlier
    states afterwards for what they say and is not booked.

    Args:
        unit: An open unit.
        programme: Its zone says when the grace of points that come back late is over.
        orders: The key of each order with the order as it was, or None where it is gone.
        now: The present instant, aware.
        ids: Generator of entry ids.
        reason: Why, for people.

    Returns:
        One outcome for each order that has entries.

    Example:
        >>> from datetime import UTC
        >>> from crmkit.ids import UlidGenerator
        >>> from crmkit.loyalty import PerSpend, follow_many
        >>> from crmkit.storage.memory import MemoryStore
        >>> from crmkit.testing import an_order
        >>> programme, now = Programme(earn=[PerSpend(1, per="1 CNY")]), datetime(2026, 11, 24, tzinfo=UTC)
        >>> with MemoryStore().unit() as unit:
        ...     _ = follow_many(unit, programme, [(an_order(), "mei")], now=now, ids=UlidGenerator())
        ...     [outcome] = undo_many(unit, programme, [(an_order().key, None)], now=now, ids=UlidGenerator())
        >>> [(entry.kind, entry.points) for entry in outcome.entries]
        [('reverse', -30)]
    """
    known = unit.entries.of_orders({key for key, _ in orders}) if orders else {}
    if not known:
        return ()
    books = Books(unit, programme, now=now, ids=ids)
    books.lock({entry.account for entries in known.values() for entry in entries})
    history = history_of(known, books.load(books.accounts))
    outcomes = []
    for key, before in orders:
        if key in known:
            one = _Undoing(books, programme, key, history[key], reason)
            outcomes.append(Outcome(order=key, entries=one.to(before)))
    books.write()
    return tuple(outcomes)


@attrs.define(slots=True)
class _Undoing:
    """Undoes entries of one order."""

    books: Books
    programme: Programme
    order: OrderKey
    history: list[Entry]
    reason: str
    posted: list[Entry] = attrs.field(factory=list)

    def to(self, before: Order | None) -> tuple[Entry, ...]:
        live = sorted(standing(self.history), key=lambda entry: (entry.at, entry.seq), reverse=True)
        earned = earning(live)
        goes = earned is not None and not is_earning(before)
        if earned is not None and not goes:
            self._less(live, "reverse", earned.points, _target(before, earned, live))
        spent = -sum(entry.points for entry in live if entry.kind == "redeem")
        self._less(live, "restore", spent, _target(before, earned, ()))
        if earned is not None and goes:
            self._earning(earned, live)
        return tuple(self.posted)

    def _less(self, live: Sequence[Entry], kind: str, points: int, target: Refunded | None) -> None:
        """Undoes what refunds took or gave back, newest first, as long as it is more than the target says."""
        due = 0 if target is None else target.due(points)
        some = [entry for entry in live if entry.kind == kind]
        done = sum(entry.short + abs(entry.points) for entry in some)
        for entry in some:
            if done <= due:
                break
            if entry.key.startswith(_FOLLOWED):
                done -= entry.short + abs(entry.points)
                if kind == "reverse":
                    self._give_again(entry)
                else:
                    self._spend_again(entry)

    def _earning(self, earned: Entry, live: Sequence[Entry]) -> None:
        at = self.books.at(earned.account)
        done = sum(entry.short - entry.points for entry in live if entry.kind == "reverse")
        takes, short = claw_back(self.books.pile(earned.account), earned, earned.points, done, at)
        self._post(earned, "reverse", -sum(take.points for take in takes), takes=takes, short=short)

    def _give_again(self, entry: Entry) -> None:
        at = self.books.at(entry.account)
        kept, late = split_lapsed(self.books.pile(entry.account), entry.takes, at)
        end = end_of_day(at, after=GRACE_DAYS, zone=self.programme.zone) if late else None
        self._post(entry, "restore", -entry.points, takes=kept, expires_at=end)

    def _spend_again(self, entry: Entry) -> None:
        lots = self.books.pile(entry.account).lots(self.books.at(entry.account))
        takes = tuple(Take(lot.id, points) for lot, points in allocate(lots, entry.points))
        points = sum(take.points for take in takes)
        self._post(entry, "redeem", -points, takes=takes, short=entry.points - points)

    def _post(self, entry: Entry, kind: Any, points: int, **facts: Any) -> None:
        key = f"undo:{order_text(self.order)}:{len(self.history)}"
        facts |= {"order": self.order, "undoes": entry.id, "reason": self.reason}
        self.posted.append(self.books.post(entry.account, kind, points, key=key, leg=len(self.posted), **facts))


def _target(before: Order | None, earned: Entry | None, live: Sequence[Entry]) -> Refunded | None:
    """How much of the order had gone back before; what a host booked as refunds of their own counts as well."""
    if before is None:
        return None
    basis = earned.basis if earned is not None and earned.basis is not None else Money.zero(before.currency)
    told = refunded_of(before, basis)
    own = Money.sum((one.refunded for one in live if one.refunded is not None), currency=basis.currency)
    return attrs.evolve(told, value=max(told.value, own))
