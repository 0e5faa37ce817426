"""What every store of tickets must keep, and the desk on top of it; needs the tickets slice of a unit and `emit`."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from crmkit import tickets
from crmkit.errors import DuplicateError, NotFoundError, StaleRecordError
from crmkit.events import Event

__all__ = ["TicketsContract"]

_START = datetime(2026, 11, 24, 8, 0, 0, 123456, tzinfo=UTC)
_FULL = tickets.Ticket(
    id="t-1",
    customer="account:taobao:" + "美" * 300,
    subject="包裹迟到了 🐱 ",
    state="open",
    priority="high",
    assignee="Mei",
    tags=("late", "vip"),
    order="taobao/paper-lantern/4026100100000000349",
    channel="mail",
    opened_at=_START,
    updated_at=_START + timedelta(microseconds=1),
    entered_at=_START + timedelta(seconds=1),
    due_at=_START + timedelta(days=4),
    fired=1,
    merged_into="t-0",
    version=2,
    machine="m" * 32,
)


def _record(ticket: str, seq: int, **more: Any) -> tickets.AuditRecord:
    values: dict[str, Any] = {"actor": "mei", "event": "note", "source": "open", "target": "open", **more}
    return tickets.AuditRecord(ticket=ticket, seq=seq, at=_START + timedelta(microseconds=seq), **values)


def _ticket(name: str, minute: int = 0, **more: Any) -> tickets.Ticket:
    at = _START + timedelta(minutes=minute)
    return attrs.evolve(_FULL, id=name, opened_at=at, version=1, **more)


def _put(store: Any, *some: tickets.Ticket) -> None:
    with store.unit() as unit:
        for ticket in some:
            unit.tickets.save(ticket, [_record(ticket.id, 1)])
        unit.commit()


def _names(some: Any) -> list[str]:
    return [ticket.id for ticket in some]


class TicketsContract:
    """Holds the laws T1 to T18 of stores that keep tickets; subclass it and give the fixture `make_store`."""

    @pytest.fixture
    def make_store(self) -> Any:
        """Gives a function that returns a fresh, empty store."""
        raise NotImplementedError("Give a fixture `make_store` that returns a function making a fresh store.")

    def test_T1_a_ticket_and_its_records_are_read_as_they_were_saved(self, make_store: Any) -> None:
        store = make_store()
        records = (
            _record("t-1", 1, event="opened", source="", changes={"tags": ["late"], "order": None}, key="a" * 32),
            _record("t-1", 2, details={"text": "第一行\nline 2 \\ 🐱 ", "public": True}, machine="m" * 32),
        )
        with store.unit() as unit:
            unit.tickets.save(_FULL, records)
            unit.commit()
        with store.unit(read_only=True) as unit:
            assert unit.tickets.get("t-1") == _FULL
            assert unit.tickets.history("t-1") == records

    def test_T2_an_unknown_ticket_is_not_found_and_has_no_history(self, make_store: Any) -> None:
        store = make_store()
        _put(store, _ticket("t-1"))
        with store.unit() as unit:
            for unknown in ("T-1", "t-1 ", "t-2"):
                with pytest.raises(NotFoundError):
                    unit.tickets.get(unknown)
                assert unit.tickets.history(unknown) == ()

    def test_T3_saving_over_another_version_is_refused_and_changes_nothing(self, make_store: Any) -> None:
        store = make_store()
        _put(store, _ticket("t-1"))
        for version, number in ((2, 2), (4, 3), (9, 1)):
            stale = version != 2
            with store.unit() as unit:
                if stale:
                    with pytest.raises(StaleRecordError):
                        unit.tickets.save(attrs.evolve(_FULL, version=version), [_record("t-1", version)])
                else:
                    unit.tickets.save(_FULL, [_record("t-1", number)])
                    unit.commit()
        with store.unit() as unit:
            assert unit.tickets.get("t-1") == _FULL
            assert [record.seq for record in unit.tickets.history("t-1")] == [1, 2]

    def test_T4_a_new_ticket_under_a_taken_id_is_a_duplicate(self, make_store: Any) -> None:
        store = make_store()
        _put(store, _ticket("t-1"))
        with pytest.raises(DuplicateError):
            _put(store, _ticket("t-1", subject="another"))
        with store.unit() as unit:
            assert unit.tickets.get("t-1") == _ticket("t-1")

    def test_T5_a_key_finds_its_record_and_is_taken_once(self, make_store: Any) -> None:
        store = make_store()
        with store.unit() as unit:
            unit.tickets.save(_ticket("t-1"), [_record("t-1", 1, key="a" * 32)])
            unit.commit()
        with store.unit() as unit:
            assert unit.tickets.keyed("a" * 32) == _record("t-1", 1, key="a" * 32)
            assert unit.tickets.keyed("A" * 32) is None
            with pytest.raises(DuplicateError):
                unit.tickets.save(_ticket("t-2"), [_record("t-2", 1, key="a" * 32)])
        with store.unit() as unit, pytest.raises(NotFoundError):
            unit.tickets.get("t-2")

    def test_T6_leaving_without_commit_keeps_neither_ticket_nor_record_nor_event(self, make_store: Any) -> None:
        store = make_store()
        heard: list[Event] = []
        store.subscribe(heard.append)
        opened = tickets.TicketOpened(
            key="k", at=_START, ticket="t-1", customer="c", actor="mei", version=1, state="new", order=None, channel=""
        )
        with store.unit() as unit:
            unit.tickets.save(_ticket("t-1"), [_record("t-1", 1, key="a" * 32)])
            unit.emit([opened])
        with store.unit() as unit:
            assert unit.tickets.history("t-1") == ()
            assert unit.tickets.keyed("a" * 32) is None
            assert unit.tickets.of_customers([_FULL.customer]) == ()
        assert heard == []

    def test_T7_the_tickets_of_many_customers_come_in_order_and_no_others(self, make_store: Any) -> None:
        store = make_store()
        mine = [_ticket("b", 2, customer="Mei"), _ticket("a", 2, customer="c" * 700), _ticket("c", 1, customer="Mei")]
        _put(store, *mine, _ticket("d", customer="mei"), _ticket("e", customer="Mei "))
        with store.unit() as unit:
            crowd = [f"nobody-{number}" for number in range(2500)]
            assert _names(unit.tickets.of_customers([*crowd, "Mei", "c" * 700])) == ["c", "a", "b"]
            assert unit.tickets.of_customers([]) == ()

    def test_T8_pages_walk_through_the_asked_states_once_and_in_order(self, make_store: Any) -> None:
        store = make_store()
        some = [_ticket(f"t{n:02}", n // 3, state=("open", "new", "closed")[n % 3]) for n in range(18)]
        _put(store, *random.Random(1).sample(some, len(some)))
        seen, after = [], None
        with store.unit() as unit:
            while page := unit.tickets.page(states=["open", "new"], after=after, limit=5):
                seen += page
                after = (page[-1].opened_at, page[-1].id)
            assert unit.tickets.page(states=[], limit=5) == ()
        assert seen == [ticket for ticket in some if ticket.state != "closed"]

    def test_T9_a_page_of_what_is_due_holds_no_other(self, make_store: Any) -> None:
        store, due = make_store(), _START + timedelta(days=1)
        step = timedelta(microseconds=1)
        _put(store, _ticket("on", due_at=due), _ticket("after", due_at=due + step), _ticket("never", due_at=None))
        with store.unit() as unit:
            assert _names(unit.tickets.page(states=["open"], due_by=due, limit=9)) == ["on"]
            assert _names(unit.tickets.page(states=["open"], due_by=due - step, limit=9)) == []

    def test_T10_opening_twice_with_one_key_opens_once(self, make_store: Any) -> None:
        store = make_store()
        heard: list[Event] = []
        store.subscribe(heard.append)
        desk = tickets.TicketDesk(store)
        first = desk.open(customer="c", subject="Parcel is late", text="Where is it?", key="mail-1")
        assert desk.open(customer="c", subject="Parcel is late", text="Where is it?", key="mail-1") == first
        assert desk.open(customer="c", subject="Parcel is late").id != first.id
        with pytest.raises(tickets.Conflict):
            desk.open(customer="c", subject="Something else", key="mail-1")
        assert len(desk.history(first.id)) == 1
        assert len({event.key for event in heard}) == len(heard) == 2

    def test_T11_a_command_under_one_key_is_applied_once(self, make_store: Any) -> None:
        desk = tickets.TicketDesk(make_store())
        ticket = desk.open(customer="c", subject="s")
        first = desk.apply(ticket.id, tickets.Retag(add=["late"]), key="k", now=_START)
        assert desk.apply(ticket.id, tickets.Retag(add=["late"]), key="k", now=_START) == first
        with pytest.raises(tickets.Conflict):
            desk.apply(ticket.id, tickets.Retag(add=["early"]), key="k")
        assert desk.apply(desk.open(customer="c", subject="s").id, tickets.Note("other"), key="k").version == 2
        assert desk.get(ticket.id) == first

    def test_T12_of_two_agents_with_one_version_one_wins(self, make_store: Any) -> None:
        desk = tickets.TicketDesk(make_store())
        ticket = desk.open(customer="c", subject="s")
        desk.apply(ticket.id, tickets.Assign(to="mei"), expected_version=ticket.version)
        with pytest.raises(StaleRecordError):
            desk.apply(ticket.id, tickets.Assign(to="jun"), expected_version=ticket.version)
        assert desk.get(ticket.id).assignee == "mei"

    def test_T13_a_refusal_leaves_everything_as_it_was(self, make_store: Any) -> None:
        store = make_store()
        heard: list[Event] = []
        desk = tickets.TicketDesk(store)
        ticket = desk.open(customer="c", subject="s")
        store.subscribe(heard.append)
        with pytest.raises(tickets.IllegalTransition):
            desk.apply(ticket.id, tickets.Close(), key="k")
        with pytest.raises(tickets.Forbidden):
            desk.apply(ticket.id, tickets.Note("x"), by=tickets.Actor("c", permissions=()))
        with pytest.raises(tickets.GuardFailed):
            desk.apply(ticket.id, tickets.MergeInto(ticket.id))
        assert (desk.get(ticket.id), len(desk.history(ticket.id)), heard) == (ticket, 1, [])

    def test_T14_replaying_the_history_gives_the_ticket(self, make_store: Any) -> None:
        spec = attrs.evolve(tickets.DEFAULT, timers=[tickets.Timer("resolved", timedelta(hours=3), "close")])
        desk, chance = tickets.TicketDesk(make_store(), spec), random.Random(7)
        ticket = desk.open(customer="c", subject="包裹", text="t", order="o", tags=["a"], now=_START)
        commands = [tickets.Assign(to="mei"), tickets.Unassign(), tickets.Pend(), tickets.CustomerReplied("?")]
        commands += [tickets.Resolve(), tickets.Reopen(), tickets.SetPriority("urgent"), tickets.Retag(remove="a")]
        for hour in range(40):
            command, now = chance.choice(commands), _START + timedelta(hours=hour)
            if command.event in desk.available(ticket.id, now=now):
                after = desk.apply(ticket.id, command, now=now)
                assert tickets.replay(desk.history(ticket.id)) == after == desk.get(ticket.id)
        assert len(desk.history(ticket.id)) > 5

    def test_T15_events_are_heard_once_they_are_true_each_with_its_own_key(self, make_store: Any) -> None:
        store = make_store()
        heard: list[Event] = []
        store.subscribe(heard.append)
        desk = tickets.TicketDesk(store)
        ticket = desk.open(customer="c", subject="s")
        desk.apply(ticket.id, tickets.Assign(to="mei"))
        desk.apply(ticket.id, tickets.Resolve())
        assert [event.name for event in heard] == [
            "TicketOpened",
            "TicketAssigned",
            "TicketStateChanged",
            "TicketStateChanged",
            "TicketResolved",
        ]
        assert len({event.key for event in heard}) == len(heard)

    def test_T16_a_due_timer_fires_once_at_its_instant_and_before_a_later_command(self, make_store: Any) -> None:
        spec = attrs.evolve(tickets.DEFAULT, timers=[tickets.Timer("resolved", timedelta(days=4), "close")])
        desk, due = tickets.TicketDesk(make_store(), spec), _START + timedelta(days=4)
        first, second = (desk.open(customer="c", subject="s", now=_START) for _ in range(2))
        for ticket in (first, second):
            assert desk.apply(ticket.id, tickets.Resolve(), now=_START).due_at == due
        assert desk.tick(now=due - timedelta(microseconds=1)) == ()
        with pytest.raises(tickets.IllegalTransition):
            desk.apply(second.id, tickets.CustomerReplied("still?"), now=due)
        assert {ticket.state for ticket in desk.tick(now=due + timedelta(days=1))} == {"closed"}
        assert desk.tick(now=due + timedelta(days=1)) == ()
        assert desk.history(first.id)[-1].at == desk.get(first.id).updated_at == due

    def test_T17_a_merge_writes_both_tickets_or_none(self, make_store: Any) -> None:
        desk = tickets.TicketDesk(make_store())
        first, second, third = (desk.open(customer="c", subject="s") for _ in range(3))
        assert desk.apply(first.id, tickets.MergeInto(second.id)).merged_into == second.id
        assert desk.history(second.id)[-1].details == {"merged": first.id}
        for target in (first.id, "unknown"):
            with pytest.raises((tickets.IllegalTransition, NotFoundError)):
                desk.apply(third.id, tickets.MergeInto(target))
        assert desk.get(third.id) == third
        assert desk.get(first.id).version == desk.get(second.id).version == 2

    def test_T18_eight_writers_lose_no_update_and_leave_no_gap(self, make_store: Any) -> None:
        desk = tickets.TicketDesk(make_store())
        ticket = desk.open(customer="c", subject="s")

        def write(writer: int) -> int:
            won = 0
            for number in range(10):
                desk.apply(ticket.id, tickets.Retag(add=[f"{writer}-{number}"]))
                try:
                    seen = desk.get(ticket.id).version
                    desk.apply(ticket.id, tickets.Note("x"), expected_version=seen)
                    won += 1
                except StaleRecordError:
                    pass
            return won

        with ThreadPoolExecutor(8) as pool:
            won = sum(pool.map(write, range(8)))
        after, history = desk.get(ticket.id), desk.history(ticket.id)
        assert len(after.tags) == 80
        assert [record.seq for record in history] == list(range(1, 1 + 1 + 80 + won))
        assert tickets.replay(history) == after
