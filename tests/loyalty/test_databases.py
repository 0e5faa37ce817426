"""The ledger in databases: how many statements, the host's own transaction, and a walk beside the memory store."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

import attrs
import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from crmkit.errors import CrmkitError
from crmkit.identifiers import Identifier
from crmkit.ids import UlidGenerator
from crmkit.loyalty import LoyaltyDesk, PerSpend, Programme, follow_many, takes, verify
from crmkit.money import Money
from crmkit.orders import Buyer
from crmkit.storage.memory import MemoryStore
from crmkit.storage.sqlalchemy import SqlAlchemyStore
from crmkit.testing import TickingClock, an_order
from crmkit.unit import in_unit

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
PROGRAMME = Programme(earn=[PerSpend(1, per="1 CNY")], zone="Asia/Shanghai")
NAMES = ("mei", "lan", "jun")
KINDS = ("earn", "reverse", "redeem", "restore")


@contextmanager
def statements(store):
    """Gives a list that each statement is written into."""
    seen: list[str] = []

    def note(connection, cursor, statement, *_):
        seen.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(store.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("size", [1, 1000])
def test_a_batch_takes_a_fixed_number_of_statements(sqlite_store, size):
    def follow(orders, owner):
        with statements(sqlite_store) as seen:
            outcomes = in_unit(
                sqlite_store,
                lambda unit: follow_many(
                    unit, PROGRAMME, [(o, owner(o)) for o in orders], now=NOW, ids=UlidGenerator()
                ),
            )
        return [one for one in seen if "BEGIN" not in one], outcomes

    orders = [an_order(number=str(number)) for number in range(size)]
    seen, outcomes = follow(orders, lambda order: f"a{order.number}")
    assert len(seen) <= 7
    assert all(len(outcome.entries) == 1 for outcome in outcomes)
    seen, outcomes = follow(orders, lambda order: "somebody else")
    assert len(seen) == 1
    assert not any(outcome.entries for outcome in outcomes)
    back = [attrs.evolve(order, refunded=Money(10, "CNY")) for order in orders]
    seen, outcomes = follow(back, lambda order: "somebody else")
    assert len(seen) <= 8
    assert {entry.points for outcome in outcomes for entry in outcome.entries} == {-10}


def test_a_redemption_takes_few_statements(sqlite_store):
    desk = LoyaltyDesk(sqlite_store, PROGRAMME)
    mei = desk.earn(an_order()).account
    with statements(sqlite_store) as seen:
        desk.redeem(mei, points=5, key="k")
    ours = [one for one in seen if "crmkit_points" in one or "outbox" in one]
    assert len(ours) <= 8, ours
    with statements(sqlite_store) as seen:
        assert desk.balance(mei).available == 25
    assert sum("crmkit_points_entries" in one for one in seen) == 0


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def database(request, tmp_path):
    if request.param == "sqlite":
        store = SqlAlchemyStore(f"sqlite:///{tmp_path / 'host.db'}")
        store.create_schema()
        yield store
        store.close()
    else:
        from conftest import emptied

        yield emptied(request.getfixturevalue(request.param))


def test_points_stand_and_fall_with_the_hosts_transaction(database):
    with Session(database.engine) as session, session.begin():
        entry = LoyaltyDesk(SqlAlchemyStore.joining(session), PROGRAMME).earn(an_order())
    desk = LoyaltyDesk(database, PROGRAMME)
    assert desk.balance(entry.account).available == 30
    with pytest.raises(ZeroDivisionError), Session(database.engine) as session, session.begin():
        joined = LoyaltyDesk(SqlAlchemyStore.joining(session), PROGRAMME)
        joined.earn(an_order(number="2"))
        assert joined.balance(entry.account).available == 60
        raise ZeroDivisionError
    assert desk.balance(entry.account).available == 30
    assert desk.earn(an_order(number="2")).seq == 2


def test_writers_that_meet_on_orders_and_accounts_book_everything_once(store):
    orders = [an_order(number=str(number), total="100") for number in range(40)]
    owners = {order.key: f"a{index % 5}" for index, order in enumerate(orders)}
    ids = UlidGenerator()

    def write(seed: int) -> None:
        random = Random(seed)
        for back in (0, seed, 20):
            batch = [attrs.evolve(order, refunded=Money(back, "CNY")) for order in random.sample(orders, 25)]
            batch += [attrs.evolve(order, refunded=Money(20, "CNY")) for order in orders] if back == 20 else []
            owned = [(order, owners[order.key]) for order in batch]
            in_unit(store, lambda unit, owned=owned: follow_many(unit, PROGRAMME, owned, now=NOW, ids=ids))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    with store.unit() as unit:
        accounts = unit.accounts.by_ids(set(owners.values()))
        entries = unit.entries.of_accounts(accounts)
    assert sum(entry.points for entry in entries if entry.kind == "earn") == 4000
    assert sum(account.balance.available for account in accounts.values()) == 40 * 80
    for account in accounts.values():
        assert verify(account, [entry for entry in entries if entry.account == account.id]) == ()


class Numbers:
    """Gives the same ids in each store."""

    def __init__(self) -> None:
        self._next = count()

    def new(self) -> str:
        return f"id{next(self._next):06}"


def some_order(random: Random):
    buyer = Buyer(identifiers=(Identifier("account", random.choice(NAMES), scope="taobao"),))
    status = random.choice(["paid", "paid", "shipped", "completed", "refunded", "cancelled"])
    number, paid = str(random.randrange(25)), random.choice([30, 50, 99])
    back = paid if status == "refunded" else random.choice([0, 0, 10, 25])
    return an_order(number=number, total=paid, paid=paid, status=status, refunded=back, buyer=buyer)


def step(desk: LoyaltyDesk, random: Random, customers: list[str], number: int):
    """One call, the same one for the same random state; a refusal is an answer too."""
    what, customer, now = random.random(), random.choice(customers), NOW + timedelta(hours=3 * number)
    try:
        if what < 0.3:
            return desk.follow_many([some_order(random) for _ in range(random.randint(1, 4))], now=now)
        if what < 0.4:
            return desk.earn(some_order(random), now=now)
        if what < 0.6:
            end = None if random.random() < 0.3 else now + timedelta(hours=random.randint(1, 60))
            points, key = random.randint(1, 60), f"a{random.randrange(60)}"
            return desk.award(customer, points=points, reason="r", key=key, expiry=end, now=now)
        if what < 0.8:
            order = some_order(random).key if random.random() < 0.5 else None
            return desk.redeem(customer, points=random.randint(1, 80), key=f"r{number}", order=order, now=now)
        if what < 0.9:
            amount = Money(random.randint(1, 60), "CNY")
            return desk.refund(some_order(random).key, refund_id=str(random.randrange(3)), amount=amount, now=now)
        points = random.randint(-40, 40)
        return desk.adjust(customer, points=points, reason="r", actor="lin", key=f"j{number}", now=now)
    except CrmkitError as refused:
        return type(refused), str(refused)


def assert_laws(store) -> None:
    with store.unit() as unit:
        accounts = unit.accounts.by_ids([f"id{n:06}" for n in range(9)])
        entries = unit.entries.of_accounts(accounts)
    for account in accounts.values():
        own = [entry for entry in entries if entry.account == account.id]
        assert verify(account, own) == ()
        assert account.balance.available >= 0
        derived = takes(own)
        assert all(entry.takes == derived[entry.id] for entry in own if entry.points < 0)
    for order in {entry.order for entry in entries} - {None}:
        sums = {kind: sum(e.points for e in entries if e.order == order and e.kind == kind) for kind in KINDS}
        assert 0 <= -sums["reverse"] <= sums["earn"]
        assert 0 <= sums["restore"] <= -sums["redeem"]


@pytest.mark.parametrize("seed", range(3))
def test_every_store_walks_like_memory(store, seed):
    both = [MemoryStore(), store]
    desks = [LoyaltyDesk(one, PROGRAMME, clock=TickingClock(), ids=Numbers()) for one in both]
    customers: list[str] = []
    for one in both:
        one.ids = Numbers()
        with one.unit() as unit:
            found = [
                unit.members.identity_of([Identifier("account", name, scope="taobao")], record="x", at=NOW, now=NOW)
                for name in NAMES
            ]
            unit.commit()
        customers = found
    for number in range(60):
        here, there = (step(desk, Random(1000 * seed + number), customers, number) for desk in desks)
        assert here == there
        moment = NOW + timedelta(hours=3 * number)
        for customer in customers:
            answers = [desk.balance(customer, as_of=moment) for desk in desks]
            assert answers[0] == answers[1]
    for one in both:
        assert_laws(one)
