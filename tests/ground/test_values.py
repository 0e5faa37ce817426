"""Clocks, ids, problems, events and identifiers."""

from __future__ import annotations

import json
import pickle
import threading
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.clock import SystemClock, require_aware
from crmkit.errors import InputError
from crmkit.events import Event, OutboxEntry, plain
from crmkit.identifiers import KINDS, Identifier, strongest
from crmkit.ids import UlidGenerator
from crmkit.money import Money
from crmkit.problems import Problem
from crmkit.testing import FixedClock, TickingClock
from crmkit.testing.strategies import identifiers, instants

MOMENT = datetime(2026, 11, 24, 8, tzinfo=UTC)


def test_a_naive_instant_is_refused_by_its_name():
    with pytest.raises(InputError, match="as_of must be an aware datetime"):
        require_aware(MOMENT.replace(tzinfo=None), "as_of")
    assert require_aware(MOMENT, "as_of") is MOMENT


def test_clocks_stand_tick_and_tell():
    fixed, ticking = FixedClock(), TickingClock(step=timedelta(minutes=1))
    fixed.advance(timedelta(hours=1))
    assert fixed.now() == fixed.now() == MOMENT + timedelta(hours=1)
    assert [ticking.now(), ticking.now()] == [MOMENT, MOMENT + timedelta(minutes=1)]
    assert SystemClock().now().utcoffset() == timedelta(0)
    with pytest.raises(InputError):
        FixedClock(MOMENT.replace(tzinfo=None))


def test_ids_rise_while_the_clock_stands_or_goes_back():
    clock = FixedClock()
    ids = UlidGenerator(clock)
    made = [ids.new() for _ in range(1000)]
    clock.advance(timedelta(seconds=-5))
    made += [ids.new() for _ in range(1000)]
    clock.advance(timedelta(seconds=10))
    made.append(ids.new())
    assert made == sorted(set(made))
    assert {len(id_) for id_ in made} == {26}


def test_ids_tell_their_time():
    first = UlidGenerator(FixedClock(datetime(2020, 1, 1, tzinfo=UTC))).new()
    assert first < UlidGenerator(FixedClock()).new()


def test_ids_of_many_threads_are_all_different():
    ids, made = UlidGenerator(), []
    threads = [threading.Thread(target=lambda: made.extend(ids.new() for _ in range(500))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 2000


def test_a_problem_says_where_and_why():
    problem = Problem(source="a.xlsx", sheet="Tabelle1", line=3, column="c", value="v" * 100, code="x", reason="is bad")
    assert str(problem) == f"a.xlsx/Tabelle1:3 [c] '{'v' * 79}…' is bad"
    assert str(Problem(source="a.csv", code="x", reason="is cut")) == "a.csv is cut"
    assert problem.severity == "error"
    assert pickle.loads(pickle.dumps(problem)) == problem


class Colour(Enum):
    RED = "red"


@attrs.frozen(kw_only=True, slots=True)
class Painted(Event):
    """Is an event with a field of every sort."""

    price: Money
    when: datetime
    share: Decimal
    colour: Colour
    names: frozenset[str]
    more: dict[str, tuple[int, ...]]
    nothing: None = None


def test_an_event_is_written_as_plain_values():
    shanghai = timezone(timedelta(hours=8))
    event = Painted(
        key="k1",
        at=MOMENT,
        price=Money("9.90", "CNY"),
        when=datetime(2026, 11, 1, 8, tzinfo=shanghai),
        share=Decimal("0.10"),
        colour=Colour.RED,
        names=frozenset({"b", "a"}),
        more={"x": (1, 2)},
    )
    assert event.name == Painted.name == "Painted"
    assert json.loads(json.dumps(event.data())) == {
        "price": {"amount": "9.90", "currency": "CNY"},
        "when": "2026-11-01T00:00:00+00:00",
        "share": "0.10",
        "colour": "red",
        "names": ["a", "b"],
        "more": {"x": [1, 2]},
        "nothing": None,
    }
    assert pickle.loads(pickle.dumps(event)) == event
    with pytest.raises(TypeError, match="cannot carry a object"):
        plain(object())


def test_an_outbox_entry_is_a_value():
    entry = OutboxEntry(position=1, id="i", name="Painted", key="k1", at=MOMENT, data={})
    assert pickle.loads(pickle.dumps(entry)) == entry


@given(instants())
def test_plain_instants_are_utc(moment):
    assert datetime.fromisoformat(plain(moment)) == moment
    assert plain(moment).endswith("+00:00")


def test_an_identifier_is_kind_scope_and_value():
    assert Identifier("email", "mei@example.com").key == "email:world:mei@example.com"
    assert str(Identifier("email", "mei@example.com")) == "email:mei@example.com"
    assert Identifier("account", "mei", scope="jd") != Identifier("account", "mei", scope="taobao")


@pytest.mark.parametrize(("kind", "value"), [("nick", "mei"), ("email", ""), ("email", "m" * 256)])
def test_what_is_no_identifier_is_refused(kind, value):
    with pytest.raises(InputError):
        Identifier(kind, value)


@pytest.mark.parametrize(
    ("identifier", "is_owning", "links_alone"),
    [
        (Identifier("email", "mei@example.com"), True, True),
        (Identifier("email", "m**@example.com", form="masked"), False, False),
        (Identifier("email", "info@example.com", form="shared"), False, False),
        (Identifier("phone", "+8613800000001"), True, False),
        (Identifier("phone", "+8613800000001", verified=True), True, True),
        (Identifier("phone", "+8613800000001", verified=True, valid_until=MOMENT), True, False),
        (Identifier("id_number", "110101199001010000"), False, True),
    ],
)
def test_what_an_identifier_is_worth(identifier, is_owning, links_alone):
    assert (identifier.is_owning, identifier.links_alone) == (is_owning, links_alone)


@given(st.lists(identifiers(), max_size=5).flatmap(lambda found: st.tuples(st.just(found), st.permutations(found))))
def test_the_strongest_identifier_forgets_the_order(pair):
    given_order, other_order = pair
    best = strongest(tuple(given_order))
    assert best == strongest(tuple(other_order)) or best.key == strongest(tuple(other_order)).key
    assert (best is None) == (not any(identifier.is_owning for identifier in given_order))
    assert best is None or KINDS[best.kind].rank == min(KINDS[i.kind].rank for i in given_order if i.is_owning)
