"""The desk: who acts, what is listed, and calls from several sides at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest

from crmkit import tickets
from crmkit.errors import DuplicateError, InputError, NotFoundError, StaleRecordError, StoreUnavailable
from crmkit.storage.memory import MemoryStore
from crmkit.storage.sqlalchemy import SqlAlchemyStore
from crmkit.testing import FixedClock

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


@pytest.fixture
def desk():
    return tickets.TicketDesk(MemoryStore(), clock=FixedClock())


def test_the_example_of_the_house(desk):
    ticket = desk.open(customer="account:taobao:mei_shop", subject="Parcel is late")
    desk.apply(ticket.id, tickets.Assign(to="mei"))
    assert ticket.customer == "account:taobao:mei_shop"
    assert desk.get(ticket.id).assignee == "mei"


def test_who_acts_is_an_actor_a_name_or_the_system(desk):
    ticket = desk.open(customer="c", subject="s", by=tickets.Actor("c", permissions=()))
    desk.apply(ticket.id, tickets.Note("x"))
    desk.apply(ticket.id, tickets.Note("x"), by="mei")
    assert [record.actor for record in desk.history(ticket.id)] == ["c", "system", "mei"]
    assert desk.available(ticket.id, by=tickets.Actor("c", permissions=())) == ("customer_replied",)
    assert "assign" in desk.available(ticket.id, by="mei")


def test_a_reply_of_the_customer_opens_a_resolved_ticket(desk):
    ticket = desk.open(customer="c", subject="s")
    assert desk.apply(ticket.id, tickets.Resolve()).state == "resolved"
    assert desk.apply(ticket.id, tickets.CustomerReplied("still late")).state == "open"


def test_the_clock_is_used_where_no_instant_is_given(desk):
    china = timezone(timedelta(hours=8))
    assert desk.open(customer="c", subject="s").opened_at == FixedClock().now()
    given = desk.open(customer="c", subject="s", now=NOW.astimezone(china))
    assert (given.opened_at, given.opened_at.tzinfo) == (NOW, UTC)


@pytest.mark.parametrize(
    "bad",
    [
        {"customer": ""},
        {"customer": 7},
        {"subject": ""},
        {"subject": "a\0b"},
        {"text": "\ud83d"},
        {"channel": "x" * 65},
        {"priority": "asap"},
        {"tags": ["x" * 65]},
        {"tags": [""]},
        {"key": ""},
        {"now": datetime(2026, 11, 24)},  # noqa: DTZ001  # the naive instant is what is tested
        {"by": ""},
    ],
)
def test_what_can_never_be_right_is_refused_at_the_door(desk, bad):
    with pytest.raises(InputError):
        desk.open(**{"customer": "c", "subject": "s"} | bad)
    assert desk.open_tickets() == ()


@pytest.mark.parametrize(
    "make",
    [
        lambda: tickets.Assign(""),
        lambda: tickets.Assign("x" * 256),
        lambda: tickets.Reply("\0"),
        lambda: tickets.SetPriority("asap"),
        lambda: tickets.MergeInto(""),
        lambda: tickets.Retag(add=[""]),
        lambda: tickets.Do(""),
        lambda: tickets.Do("x", says={"share": 0.5}),
        lambda: tickets.Do("x", says="text"),
        lambda: tickets.Actor(""),
    ],
)
def test_commands_check_what_they_say(make):
    with pytest.raises(InputError):
        make()


def test_unknown_tickets(desk):
    for call in (desk.get, desk.history, desk.available, lambda id_: desk.apply(id_, tickets.Note("x"))):
        with pytest.raises(NotFoundError, match="no ticket 'nope'"):
            call("nope")


def test_listing_the_open_ones_page_by_page(desk):
    made = [desk.open(customer=f"c{n % 2}", subject="s", now=NOW + timedelta(minutes=n // 2)) for n in range(9)]
    desk.apply(made[4].id, tickets.Resolve(), now=NOW + timedelta(hours=1))
    desk.apply(made[5].id, tickets.Pend(), now=NOW + timedelta(hours=1))
    seen, last = [], None
    while page := desk.open_tickets(limit=3, after=last):
        seen += page
        last = page[-1]
    assert [ticket.id for ticket in seen] == [ticket.id for n, ticket in enumerate(made) if n != 4]
    assert [ticket.id for ticket in desk.of_customers("c1")] == [ticket.id for ticket in made[1::2]]
    assert len(desk.of_customers(["c0", "c1", "c1"])) == 9
    with pytest.raises(InputError):
        desk.open_tickets(limit=0)


def test_a_command_of_the_hosts_own_class_is_as_good(desk):
    class Ring:
        event = "note"

        def details(self):
            return {"minutes": 3}

    ticket = desk.open(customer="c", subject="s")
    assert desk.apply(ticket.id, Ring(), key="call-1").version == 2
    assert desk.apply(ticket.id, Ring(), key="call-1").version == 2
    assert desk.history(ticket.id)[-1].details == {"minutes": 3}


def test_tickets_share_a_unit_with_other_work(store):
    desk = tickets.TicketDesk(store)
    ticket = desk.open(customer="c", subject="s")
    with store.unit() as unit:
        opening = tickets.Opening(customer="c", subject="second")
        second = tickets.open_ticket(unit, desk.machine, "t-2", opening, by=tickets.SYSTEM, now=NOW, key=None)
        tickets.apply_command(unit, desk.machine, ticket.id, tickets.MergeInto("t-2"), by=tickets.SYSTEM, now=NOW)
        assert unit.tickets.get("t-2").version == second.version + 1
    assert desk.get(ticket.id) == ticket
    with pytest.raises(NotFoundError):
        desk.get("t-2")


def test_two_tickets_merged_into_each_other_at_once_leave_one(store):
    desk = tickets.TicketDesk(store)
    for _ in range(5):
        first, second = (desk.open(customer="c", subject="s").id for _ in range(2))

        def merge(pair):
            try:
                return desk.apply(pair[0], tickets.MergeInto(pair[1]))
            except (tickets.IllegalTransition, StaleRecordError):
                return None

        with ThreadPoolExecutor(2) as pool:
            done = [one for one in pool.map(merge, [(first, second), (second, first)]) if one]
        assert len(done) == 1
        assert sorted(desk.get(id_).state for id_ in (first, second)) == ["merged", "new"]


def test_one_version_has_one_winner_among_eight(store):
    desk = tickets.TicketDesk(store)
    ticket = desk.open(customer="c", subject="s")
    for version in range(1, 21):

        def claim(agent, version=version):
            try:
                return desk.apply(ticket.id, tickets.Assign(to=f"agent-{agent}"), expected_version=version).assignee
            except StaleRecordError:
                return None

        with ThreadPoolExecutor(8) as pool:
            winners = [name for name in pool.map(claim, range(8)) if name]
        assert len(winners) == 1
        assert desk.get(ticket.id).assignee == winners[0]
    assert [record.seq for record in desk.history(ticket.id)] == list(range(1, 22))


def test_one_key_from_eight_sides_opens_one_ticket(store):
    desk = tickets.TicketDesk(store)

    def open_it(_):
        for _ in range(20):
            try:
                return desk.open(customer="c", subject="s", key="mail-1").id
            except (DuplicateError, StoreUnavailable):  # a deadlock of the database: the same call is worth repeating
                continue
        raise AssertionError("no attempt came through")

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(open_it, range(8)))) == 1
    assert len(desk.of_customers("c")) == 1


def test_sql_statements_do_not_grow_with_the_number_of_tickets(tmp_path):
    from sqlalchemy import event

    store = SqlAlchemyStore(f"sqlite:///{tmp_path / 'shop.db'}")
    store.create_schema()
    desk = tickets.TicketDesk(store)
    for number in range(30):
        desk.open(customer=f"c{number}", subject="s")
    seen = []
    event.listen(store.engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
    desk.of_customers([f"c{number}" for number in range(30)])
    desk.open_tickets()
    assert [statement.split()[0] for statement in seen if statement != "BEGIN"] == ["SELECT", "SELECT"]
    store.close()
