"""The loyalty desk: opens a unit, asks the ledger, posts, commits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from typing import TypeVar

from crmkit.clock import Clock, SystemClock, require_aware
from crmkit.errors import InputError
from crmkit.ids import IdGenerator, UlidGenerator
from crmkit.loyalty.following import award_of, earn_many, follow_many
from crmkit.loyalty.ledger import balance, member_balance
from crmkit.loyalty.model import Balance, Entry, Outcome, RefundQuote
from crmkit.loyalty.movements import Grant, Spending, grant, refund_order, spend
from crmkit.loyalty.ports import LoyaltyUnit
from crmkit.loyalty.programme import Programme
from crmkit.loyalty.statements import Statement, statement
from crmkit.loyalty.storable import caller_key, require_points, require_text
from crmkit.money import Money
from crmkit.orders import Order, OrderKey
from crmkit.unit import Store, in_unit

__all__ = ["LoyaltyDesk"]

T = TypeVar("T")
_CHUNK = 1000
_MOMENT = timedelta(microseconds=1)


class LoyaltyDesk:
    """Books points and answers about them, on any store that keeps accounts and entries.

    A customer is the id of any identity or person that the identity map knows. The same call with the same key is the
    same as once, for ever. Every method takes `now`; without it the clock's time counts.

    Args:
        store: Any store whose units have `accounts`, `entries` and `members`; one that joins the host's transaction
            books the points in it.
        programme: The rules.
        clock: Where `now` comes from if it is not given.
        ids: Generator of entry ids.

    Example:
        >>> from crmkit.loyalty import PerSpend
        >>> from crmkit.storage.memory import MemoryStore
        >>> from crmkit.testing import an_order
        >>> desk = LoyaltyDesk(MemoryStore(), Programme(earn=[PerSpend(1, per="1 CNY")]))
        >>> mei = desk.earn(an_order(total="134.90")).account
        >>> desk.redeem(mei, points=100, key="till-7:42")[0].points
        -100
        >>> desk.balance(mei).available
        34
    """

    def __init__(
        self,
        store: Store[LoyaltyUnit],
        programme: Programme,
        *,
        clock: Clock | None = None,
        ids: IdGenerator | None = None,
    ) -> None:
        self._store = store
        self.programme = programme
        self._clock = clock or SystemClock()
        self._ids = ids or UlidGenerator(self._clock)

    def follow(self, order: Order, *, now: datetime | None = None) -> tuple[Entry, ...]:
        """Brings the ledger to what the order says; see `crmkit.loyalty.follow_many`.

        Returns:
            The entries that were missing; none if everything was booked.

        Raises:
            CurrencyMismatch: The order is in another currency than the programme.
            InputError: It was paid in the future, or a rule gives what is no award.
        """
        at = self._at(now)
        outcome = self.follow_many([order], now=at)[0]
        if outcome.problem is not None and outcome.problem.severity == "error":
            award_of(self.programme, order, at)  # raises what the problem says
        return outcome.entries

    def follow_many(self, orders: Iterable[Order], *, now: datetime | None = None) -> tuple[Outcome, ...]:
        """Brings the ledger to what orders say, 1,000 in a unit; one bad order does not stop the others.

        Returns:
            One outcome an order, in their order.
        """
        return self._in_chunks(orders, self._at(now), follow_many)

    def earn(self, order: Order, *, now: datetime | None = None) -> Entry:
        """Books what a paid order earns; again, it returns the first entry.

        Raises:
            CurrencyMismatch: The order is in another currency than the programme.
            InputError: It is not paid, or was paid in the future, or a rule gives what is no award.
            KeyReused: The order has earned before, with other paid goods.
        """
        at = self._at(now)
        return self._in_chunks([order], at, partial(earn_many, strict=True))[0].entries[0]

    def earn_many(self, orders: Iterable[Order], *, now: datetime | None = None) -> tuple[Outcome, ...]:
        """Books what paid orders earn, 1,000 in a unit; one bad order does not stop the others.

        Returns:
            One outcome an order, in their order, with its earning (new or not) or its problem.
        """
        return self._in_chunks(orders, self._at(now), earn_many)

    def award(
        self,
        customer: str,
        *,
        points: int,
        reason: str,
        key: str,
        expiry: datetime | None = None,
        now: datetime | None = None,
    ) -> Entry:
        """Grants points by hand.

        Args:
            customer: Who gets them.
            points: Above zero.
            reason: Why, for people.
            key: The caller's key.
            expiry: From when they cannot be spent any more; None: never.
            now: The present instant.

        Raises:
            NotFoundError: There is no such customer.
            InputError: No whole points above zero, no reason, an expiry that has passed.
            KeyReused: The key was used for something else.
        """
        at = self._at(now)
        if expiry is not None and require_aware(expiry, "expiry") <= at:
            raise InputError(f"expiry must lie after now ({at.isoformat()}), got {expiry.isoformat()}.")
        asked = Grant(
            kind="earn",
            customer=customer,
            points=require_points(points),
            reason=require_text(reason, "reason"),
            key=caller_key(key),
            expires_at=None if expiry is None else expiry.astimezone(UTC),
        )
        return self._write(lambda unit: grant(unit, self.programme, asked, now=at, ids=self._ids))

    def redeem(
        self, customer: str, *, points: int, key: str, order: OrderKey | None = None, now: datetime | None = None
    ) -> tuple[Entry, ...]:
        """Spends points of a person, the soonest to lapse first, from whichever of their accounts.

        Args:
            customer: Who spends.
            points: Above zero.
            key: The caller's key.
            order: The order that they are spent on; when it is refunded, `follow` and `refund` give them back.
            now: The present instant.

        Returns:
            One entry for each account that was touched.

        Raises:
            NotFoundError: There is no such customer.
            NotEnoughPoints: Less is available; nothing is booked, and the key is not used up.
            KeyReused: The key was used for something else.
        """
        asked = Spending(
            kind="redeem", customer=customer, points=require_points(points), key=caller_key(key), order=order
        )
        at = self._at(now)
        return self._write(lambda unit: spend(unit, self.programme, asked, now=at, ids=self._ids))

    def adjust(
        self, customer: str, *, points: int, reason: str, actor: str, key: str, now: datetime | None = None
    ) -> tuple[Entry, ...]:
        """Corrects a balance by hand, up or down.

        Args:
            customer: Whose balance.
            points: Not zero.
            reason: Why, for people.
            actor: Who does it.
            key: The caller's key.
            now: The present instant.

        Raises:
            NotFoundError: There is no such customer.
            NotEnoughPoints: It would bring the balance below zero.
            KeyReused: The key was used for something else.
        """
        at, number = self._at(now), caller_key(key)
        why, who = require_text(reason, "reason"), require_text(actor, "actor", longest=255)
        if type(points) is int and points < 0:
            less = Spending(
                kind="adjust", customer=customer, points=require_points(-points), key=number, reason=why, actor=who
            )
            return self._write(lambda unit: spend(unit, self.programme, less, now=at, ids=self._ids))
        more = Grant(kind="adjust", customer=customer, points=require_points(points), key=number, reason=why, actor=who)
        return (self._write(lambda unit: grant(unit, self.programme, more, now=at, ids=self._ids)),)

    def refund(
        self, order: OrderKey, *, refund_id: str, amount: Money | None = None, now: datetime | None = None
    ) -> RefundQuote:
        """Books what one refund of an order takes back and gives back.

        For shops that book each refund by itself; others give the whole order to `follow`, which knows its refunds as
        one sum. Both may be used on one order: the larger of the two sums counts.

        Args:
            order: Key of an order that has earned.
            refund_id: The shop's id of the refund: the same one is booked once.
            amount: What went back, above zero; more than is left counts as what is left. None: everything that is left.
            now: The present instant.

        Raises:
            NotFoundError: The order has not earned yet: give it to `follow`, which knows its refunds.
            InputError: An amount that is not above zero.
            CurrencyMismatch: An amount in another currency.
            KeyReused: The refund id was used for another amount.
        """
        if amount is not None and amount.amount <= 0:
            raise InputError(f"A refund is an amount above zero, got {amount}.")
        name, at = require_text(refund_id, "refund_id", longest=255), self._at(now)
        return self._write(lambda unit: refund_order(unit, self.programme, order, name, amount, now=at, ids=self._ids))

    def balance(self, customer: str, *, as_of: datetime | None = None, now: datetime | None = None) -> Balance:
        """Returns how a person's points stand, over all their accounts.

        Args:
            customer: Whose points.
            as_of: Any instant, past or future; None: now.
            now: The present instant.

        Raises:
            NotFoundError: There is no such customer.
        """
        moment = self._at(now) if as_of is None else require_aware(as_of, "as_of")
        with self._store.unit(read_only=True) as unit:
            accounts = unit.accounts.by_ids(unit.members.identities_of(customer))
            told = {id_: account.balance for id_, account in accounts.items() if account.is_true_at(moment)}
            entries = unit.entries.of_accounts(accounts.keys() - told.keys())
        folded = [balance(entries, as_of=moment)] if entries else []
        return member_balance([*told.values(), *folded])

    def statement(
        self,
        customer: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        after: str | None = None,
        limit: int = 50,
        now: datetime | None = None,
    ) -> Statement:
        """Returns what happened to a person's points, a page at a time; see `crmkit.loyalty.statement`.

        Args:
            customer: Whose points.
            since: First instant, included; None: from the beginning.
            until: Last instant, not included; None: up to now.
            after: The `after` of the page before.
            limit: The most lines of a page.
            now: The present instant.

        Raises:
            NotFoundError: There is no such customer.
        """
        end = self._at(now) + _MOMENT if until is None else until
        with self._store.unit(read_only=True) as unit:
            accounts = unit.accounts.by_ids(unit.members.identities_of(customer))
            entries = unit.entries.of_accounts(accounts)
        return statement(entries, since=since, until=end, after=after, limit=limit)

    def _in_chunks(
        self, orders: Iterable[Order], now: datetime, work: Callable[..., tuple[Outcome, ...]]
    ) -> tuple[Outcome, ...]:
        outcomes: list[Outcome] = []
        waiting = iter(orders)
        while chunk := list(islice(waiting, _CHUNK)):
            outcomes += self._write(partial(self._one_chunk, chunk, now, work))
        return tuple(outcomes)

    def _one_chunk(
        self, orders: list[Order], now: datetime, work: Callable[..., tuple[Outcome, ...]], unit: LoyaltyUnit
    ) -> tuple[Outcome, ...]:
        return work(unit, self.programme, _owned(unit, orders, now), now=now, ids=self._ids)

    def _write(self, work: Callable[[LoyaltyUnit], T]) -> T:
        return in_unit(self._store, work)

    def _at(self, now: datetime | None) -> datetime:
        return (self._clock.now() if now is None else require_aware(now, "now")).astimezone(UTC)


def _owned(unit: LoyaltyUnit, orders: Sequence[Order], now: datetime) -> list[tuple[Order, str]]:
    """Gives each order with the identity of its buyer."""
    sightings = [
        (order.buyer.identifiers, order.key.record, order.placed_at or order.paid_at or order.reported_at or now)
        for order in orders
    ]
    return list(zip(orders, unit.members.identity_of_many(sightings, now=now), strict=True))
