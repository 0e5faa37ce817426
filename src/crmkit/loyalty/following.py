"""How orders reach the ledger: what they say is compared with what is booked, and only what is missing is booked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs

from crmkit.errors import CrmkitError, CurrencyMismatch, InputError, RefusedError
from crmkit.ids import IdGenerator
from crmkit.loyalty.evaluation import earned_at, evaluate, paid_goods
from crmkit.loyalty.model import Award, Entry, Outcome
from crmkit.loyalty.ports import LoyaltyUnit
from crmkit.loyalty.posting import SKEW, Books, require_same
from crmkit.loyalty.programme import Programme
from crmkit.loyalty.refunds import Refunded, refunded_of, says_nothing_back
from crmkit.loyalty.returning import earning, standing, take_back
from crmkit.loyalty.storable import digest_of, earn_key, order_text
from crmkit.money import Money
from crmkit.orders import Order, OrderKey, OrderStatus
from crmkit.problems import Problem

__all__ = ["award_of", "earn_many", "follow_many", "history_of", "is_earning"]

_EARNING = (OrderStatus.PAID, OrderStatus.SHIPPED, OrderStatus.RECEIVED, OrderStatus.COMPLETED)


@attrs.frozen(kw_only=True, slots=True)
class _Step:
    """What an order asks for, compared with what is booked."""

    order: Order
    owner: str
    award: Award | None = None
    refunded: Refunded | None = None
    accounts: frozenset[str] = frozenset()
    problem: Problem | None = None


def follow_many(
    unit: LoyaltyUnit,
    programme: Programme,
    orders: Sequence[tuple[Order, str]],
    *,
    now: datetime,
    ids: IdGenerator,
) -> tuple[Outcome, ...]:
    """Brings the ledger to what orders say, in an open unit: earns what was paid, takes back what was refunded.

    May be called after every import or webhook, any number of times: only what is missing is booked, and orders whose
    points are booked cost one reading and no writing. The number of statements does not depend on the orders (up to
    1,000 at a time). Does not commit.

    Args:
        unit: An open unit.
        programme: The rules.
        orders: Each order with the id of the identity that it came with, which owns the account; an order that has
            entries stays with the account that it has.
        now: The present instant, aware.
        ids: Generator of entry ids.

    Returns:
        One outcome an order, in their order: what was booked, and what could not be used.

    Raises:
        StaleRecordError, DuplicateError: Another writer got in between; repeat the unit (`crmkit.unit.in_unit` does).

    Example:
        >>> from datetime import UTC
        >>> from crmkit.ids import UlidGenerator
        >>> from crmkit.loyalty import PerSpend
        >>> from crmkit.storage.memory import MemoryStore
        >>> from crmkit.testing import an_order
        >>> programme, now = Programme(earn=[PerSpend(1, per="1 CNY")]), datetime(2026, 11, 24, tzinfo=UTC)
        >>> with MemoryStore().unit() as unit:
        ...     some = [(an_order(), "mei"), (an_order(refunded="10"), "mei"), (an_order(), "mei")]
        ...     outcomes = follow_many(unit, programme, some, now=now, ids=UlidGenerator())
        >>> [[(entry.kind, entry.points) for entry in outcome.entries] for outcome in outcomes]
        [[('earn', 30)], [('reverse', -10)], []]
    """
    known = unit.entries.of_orders({order.key for order, _ in orders}) if orders else {}
    steps = [_step(programme, order, owner, known.get(order.key, ()), now) for order, owner in orders]
    books = Books(unit, programme, now=now, ids=ids)
    books.lock({account for step in steps for account in step.accounts}, opening=True)
    if fresh := {step.order.key for step in steps if step.award}:
        known |= unit.entries.of_orders(fresh)  # again, now that nobody else can earn them on these accounts
    read = books.load({account for step in steps if step.refunded for account in step.accounts})
    history = history_of(known, read)
    outcomes = [_book(books, programme, step, history) for step in steps]
    books.write()
    return tuple(outcomes)


def earn_many(
    unit: LoyaltyUnit,
    programme: Programme,
    orders: Sequence[tuple[Order, str]],
    *,
    now: datetime,
    ids: IdGenerator,
    strict: bool = False,
) -> tuple[Outcome, ...]:
    """Books in an open unit what paid orders earn, and nothing else of them; see `follow_many`.

    Args:
        unit: An open unit.
        programme: The rules.
        orders: Each order with the id of the identity that owns the account.
        now: The present instant, aware.
        ids: Generator of entry ids.
        strict: Raise what is wrong with an order instead of giving it as the outcome's problem.

    Returns:
        One outcome an order; its entry is the order's earning, new or not.
    """
    known = unit.entries.of_orders({order.key for order, _ in orders}) if orders else {}
    asked = [_asked(programme, order, _earned(known, order), now, strict) for order, _ in orders]
    books = Books(unit, programme, now=now, ids=ids)
    books.lock({owner for (_, owner), one in zip(orders, asked, strict=True) if isinstance(one, Award)}, opening=True)
    if len(orders) > 1 and books.accounts:  # a single order rather runs into its unique key and repeats
        known = unit.entries.of_orders({order.key for order, _ in orders})
    books.load(())
    history = history_of(known, ())
    outcomes = []
    for (order, owner), one in zip(orders, asked, strict=True):
        entries = history[order.key]
        if isinstance(one, Award):
            if _earned(history, order) is None:
                entries.append(_post_earning(books, order, owner, one, leg=_earnings(entries)))
            one = _asked(programme, order, _earned(history, order), now, strict)
        outcomes.append(_told(order, one))
    books.write()
    return tuple(outcomes)


def _earned(known: Mapping[OrderKey, Sequence[Entry]], order: Order) -> Entry | None:
    return earning(standing(known.get(order.key, ())))


def _told(order: Order, one: Award | Entry | Problem) -> Outcome:
    if isinstance(one, Problem):
        return Outcome(order=order.key, problem=one)
    return Outcome(order=order.key, entries=(one,) if isinstance(one, Entry) else ())


def award_of(programme: Programme, order: Order, now: datetime) -> Award:
    """Returns what an order earns now.

    Raises:
        CurrencyMismatch: It is in another currency than the programme.
        InputError: It was paid in the future, or a rule gave what is no award.
    """
    moment = earned_at(order)
    if moment is not None and moment > now + SKEW:
        raise InputError(f"The order {order.key} was paid at {moment.isoformat()}, after now ({now.isoformat()}).")
    return evaluate(programme, order)


def _step(programme: Programme, order: Order, owner: str, entries: Sequence[Entry], now: datetime) -> _Step:
    if order.status is OrderStatus.PENDING_PAYMENT:
        return _Step(order=order, owner=owner)
    entries = standing(entries)
    earned, award, problem = earning(entries), None, None
    if earned is None and _is_paid(order):
        try:
            award = award_of(programme, order, now)
        except InputError as error:
            return _Step(order=order, owner=owner, problem=_problem(order, error))
        problem = _remark(order)
    granted = award.points if award else earned.points if earned else 0
    # Most orders gave nothing back and have no entries yet: of them nothing can be missing.
    refunded = None
    if entries or not says_nothing_back(order):
        basis = award.basis if award else _basis(order, earned)
        refunded = _missing(refunded_of(order, basis), granted, entries)
    accounts = {entry.account for entry in entries} if refunded else set()
    if award:
        accounts.add(owner)
    if order.refund_unknown and granted and order.status in _EARNING:
        problem = _unknown(order)
    return _Step(
        order=order, owner=owner, award=award, refunded=refunded, accounts=frozenset(accounts), problem=problem
    )


def is_earning(order: Order | None) -> bool:
    """Returns whether an order is in a state in which it has earned, as far as it knows itself."""
    return order is not None and order.status is not OrderStatus.PENDING_PAYMENT and _is_paid(order)


def _is_paid(order: Order) -> bool:
    """Whether money came in, or none was asked for: on invoice, goods are shipped before they are paid."""
    return not order.paid.is_zero or (order.total.is_zero and order.status in _EARNING)


def _basis(order: Order, earned: Entry | None) -> Money:
    return earned.basis if earned is not None and earned.basis is not None else paid_goods(order)


def _missing(refunded: Refunded, granted: int, entries: Sequence[Entry]) -> Refunded | None:
    """Returns `refunded` if more is to be taken or given back than is booked."""
    taken = sum(entry.short - entry.points for entry in entries if entry.kind == "reverse")
    spent = -sum(entry.points for entry in entries if entry.kind == "redeem")
    restored = sum(entry.points for entry in entries if entry.kind == "restore")
    return refunded if refunded.due(granted) > taken or refunded.due(spent) > restored else None


def history_of(known: Mapping[OrderKey, Sequence[Entry]], read: Iterable[Entry]) -> dict[OrderKey, list[Entry]]:
    """Returns the entries of each order, with those that came in before the accounts were locked."""
    history: dict[OrderKey, list[Entry]] = defaultdict(list, {key: list(entries) for key, entries in known.items()})
    there = {entry.id for entries in known.values() for entry in entries}
    for entry in read:
        if entry.order is not None and entry.id not in there:
            history[entry.order].append(entry)
    return history


def _book(books: Books, programme: Programme, step: _Step, history: dict[OrderKey, list[Entry]]) -> Outcome:
    order, entries = step.order, history[step.order.key]
    before = len(entries)
    if step.award is not None and earning(standing(entries)) is None:
        entries.append(_post_earning(books, order, step.owner, step.award, leg=_earnings(entries)))
    if step.refunded is not None:
        live = standing(entries)
        books.require_loaded({entry.account for entry in live})
        refunded = refunded_of(order, _basis(order, earning(live)))
        entries += take_back(books, programme, live, refunded, key=f"back:{order_text(order.key)}:{len(entries)}")
    return Outcome(order=order.key, entries=tuple(entries[before:]), problem=step.problem)


def _earnings(entries: Iterable[Entry]) -> int:
    """How often the order has earned, undone earnings too: the leg of the next one."""
    return sum(entry.kind == "earn" for entry in entries)


def _post_earning(books: Books, order: Order, owner: str, award: Award, *, leg: int) -> Entry:
    facts: dict[str, Any] = {"order": order.key, "basis": award.basis, "parts": award.parts, "leg": leg}
    if (moment := earned_at(order)) is not None:
        facts["occurred_at"] = moment
    content = _content_of(award.basis)  # the basis of an award is the order's paid goods
    return books.post(owner, "earn", award.points, key=earn_key(order.key), content=content, **facts)


def _content(order: Order) -> str:
    return _content_of(paid_goods(order))


def _content_of(basis: Money) -> str:
    return digest_of("earn", str(basis))


def _asked(
    programme: Programme, order: Order, earned: Entry | None, now: datetime, strict: bool
) -> Award | Entry | Problem:
    """What a call of `earn` asks for: an award, what is there already, or nothing that can be done."""
    try:
        if earned is not None:
            return require_same(earned, _content(order))
        if order.status not in _EARNING or not _is_paid(order):
            raise InputError(
                f"The order {order.key} is {order.status}, {order.paid} were paid; points are earned once it is paid."
            )
        return award_of(programme, order, now)
    except (InputError, RefusedError) as error:
        if strict:
            raise
        return _problem(order, error)


def _problem(order: Order, error: CrmkitError) -> Problem:
    code = error.code if isinstance(error, CurrencyMismatch | RefusedError) else "no_award"
    return Problem(source=str(order.key), code=code, reason=str(error), order=order.number)


def _unknown(order: Order) -> Problem:
    reason = "how much money went back, if any, is not known: no points are taken back until it is"
    return Problem(source=str(order.key), code="refund_unknown", reason=reason, order=order.number, severity="warning")


def _remark(order: Order) -> Problem | None:
    bad = [line for line in order.lines if line.total.amount < 0]
    if not bad:
        return None
    reason = "a line below zero earns nothing and takes nothing from the other lines"
    value = str(bad[0].total)
    return Problem(
        source=str(order.key), code="negative_line", reason=reason, order=order.number, value=value, severity="warning"
    )
