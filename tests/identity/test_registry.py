"""The registry on the reference store: the worked example, look-ups, refusals, and what it costs."""

from __future__ import annotations

import pickle
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from crmkit.errors import InputError, NotFoundError
from crmkit.identifiers import Identifier
from crmkit.identity import (
    IdentityRegistry,
    MergeVetoed,
    Person,
    PersonMade,
    PersonsMerged,
    PersonsParted,
    SharedIdentifier,
    Sighting,
    resolve_many,
)
from crmkit.ids import UlidGenerator
from crmkit.storage.memory import MemoryStore
from crmkit.testing import FixedClock, TickingClock

START = datetime(2026, 11, 1, tzinfo=UTC)


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def account(name: str, scope: str = "taobao") -> Identifier:
    return Identifier("account", name, scope=scope)


def mail(name: str) -> Identifier:
    return Identifier("email", f"{name}@example.com")


PHONE = Identifier("phone", "+8613800000001", verified=True)


@pytest.fixture
def registry():
    return IdentityRegistry(MemoryStore(), clock=TickingClock())


def together(registry, *ids: str) -> list[set[str]]:
    """The persons that these identities are today, as sets, the largest first."""
    return sorted({frozenset(registry.identities_of(i)) for i in ids}, key=lambda s: (-len(s), sorted(s)))


def test_the_worked_example_of_merge_arrival_and_unmerge(store):
    registry = IdentityRegistry(store, clock=TickingClock())
    tb = registry.resolve([account("mei")], at=at(1)).id
    sf = registry.resolve([account("mei@x", "storefront")], at=at(2)).id
    assert together(registry, tb, sf) == sorted([{tb}, {sf}], key=sorted)
    m1 = registry.merge(tb, sf, by="lin", reason="told us", key="m1")
    assert registry.person(sf) == Person(tb, tuple(sorted((tb, sf))))
    assert registry.resolve([account("mei@x", "storefront"), PHONE], at=at(3)).id == tb
    assert together(registry, tb, sf) == [{tb, sf}]
    jd = registry.resolve([account("mei", "jd"), PHONE], at=at(4))
    assert jd.id == tb
    (jd_id,) = set(jd.identities) - {tb, sf}
    assert together(registry, tb, sf, jd_id) == [{tb, sf, jd_id}]
    before_unmerge = registry._clock.now()
    registry.unmerge(m1.id, by="lin", reason="mistake")
    assert together(registry, tb, sf, jd_id) == [{sf, jd_id}, {tb}]
    assert (registry.person_of(tb), registry.person_of(sf), registry.person_of(jd_id)) == (tb, sf, sf)
    registry.merge(tb, sf, by="lin", reason="no mistake after all", key="m2")
    assert together(registry, tb, sf, jd_id) == [{tb, sf, jd_id}]
    assert registry.as_of(jd_id, before_unmerge).id == tb
    assert [d.key for d in registry.history(sf)] == ["m1", "m2"]


def test_the_map_of_another_day(registry):
    a = registry.resolve([account("a"), mail("x")], at=at(1)).id
    b_person = registry.resolve([account("b")], at=at(2)).id
    registry.resolve([account("b"), mail("x")], at=at(5))
    assert registry.as_of(b_person, at(4)) == Person(b_person, (b_person,))
    assert registry.as_of(b_person, at(5)).id == a
    with pytest.raises(NotFoundError):
        registry.as_of(b_person, at(1))


def test_a_nick_stays_evidence_beside_a_stable_id(registry):
    old = registry.resolve([account("mei_shop")], at=at(1))
    new = registry.resolve([Identifier("ouid", "u1", scope="lantern"), account("mei_shop")], at=at(2))
    assert new.id == old.id
    assert len(new.identities) == 2
    renamed = registry.resolve([Identifier("ouid", "u1", scope="lantern"), account("mei_new")], at=at(3))
    assert registry.lookup(kind="account", value="mei_new", scope="taobao") == renamed == registry.person(old.id)


def test_guests_are_found_by_their_record(registry):
    guest = registry.resolve([Identifier("receiver_phone", "+8613800000002")], at=at(1), record="order:1")
    other = registry.resolve([Identifier("receiver_phone", "+8613800000002")], at=at(1), record="order:2")
    assert guest != other
    assert registry.resolve([], at=at(1), record="order:1") == guest
    with pytest.raises(SharedIdentifier) as refused:
        registry.lookup(kind="receiver_phone", value="+8613800000002")
    assert refused.value.persons == tuple(sorted((guest.id, other.id)))


def test_lookup_prefers_the_owner_and_forgets_what_has_expired(registry):
    typed = Identifier("phone", "+8613800000003")
    owner = registry.resolve([typed], at=at(1))
    registry.resolve([account("wei"), typed], at=at(2))
    assert registry.lookup(kind="phone", value="+8613800000003") == owner
    registry.resolve([account("li"), Identifier("tax_number", "t1", valid_until=at(3))], at=at(2))
    with pytest.raises(NotFoundError, match="tax_number"):
        registry.lookup(kind="tax_number", value="t1")


def test_split_lists_what_ties_the_groups_and_repeats_quietly(registry):
    one = registry.resolve([account("a"), mail("x")], at=at(1)).id
    for number, name in enumerate("bc", start=2):
        registry.resolve([account(name), mail("x"), mail(name)], at=at(number))
    ids = registry.identities_of(one)
    rest = [i for i in ids if i != one]
    vetoes = registry.split(one, [[one], rest], by="lin", reason="agent")
    assert {(v.a, v.b) for v in vetoes} == {(one, i) for i in rest}
    assert registry.split(one, [[one], rest], by="lin", reason="agent") == vetoes
    assert together(registry, *ids) == [set(rest), {one}]
    registry.resolve([account("d"), mail("x"), mail("b")], at=at(0))
    assert registry.person_of(one) != registry.person_of(rest[0])
    for veto in vetoes:
        registry.unmerge(veto.id, by="lin", reason="")
    assert len(registry.identities_of(one)) == 4
    again = registry.split(one, [[one], [i for i in registry.identities_of(one) if i != one]], by="lin", reason="")
    assert {v.id for v in again}.isdisjoint({v.id for v in vetoes})
    assert together(registry, one)[0] == {one}


def test_split_names_the_person_exactly(registry):
    one = registry.resolve([account("a"), mail("x")], at=at(1)).id
    registry.resolve([account("b"), mail("x")], at=at(2))
    stranger = registry.resolve([account("z")], at=at(3)).id
    a, b = registry.identities_of(one)
    with pytest.raises(InputError, match="exactly"):
        registry.split(one, [[a], [b], [stranger]], by="lin", reason="")


def test_groups_that_nothing_ties_get_one_veto(registry):
    a, b, c = (registry.resolve([account(n)], at=at(k)).id for k, n in enumerate("abc"))
    registry.merge(a, b, by="lin", reason="", key="1")
    registry.merge(b, c, by="lin", reason="", key="2")
    vetoes = registry.split(a, [[a], [b], [c]], by="lin", reason="")
    assert {(v.a, v.b) for v in vetoes} == {(a, b), (b, c), (a, c)}


def test_refusals_say_what_stands_in_the_way(registry):
    a, b = (registry.resolve([account(n)], at=at(k)).id for k, n in enumerate("ab"))
    with pytest.raises(InputError):
        registry.merge(a, a, by="lin", reason="", key="k")
    with pytest.raises(NotFoundError):
        registry.merge(a, "nobody", by="lin", reason="", key="k")
    with pytest.raises(NotFoundError):
        registry.unmerge("nothing", by="lin", reason="")
    registry.merge(a, b, by="lin", reason="", key="k")
    (veto,) = registry.split(a, [[a], [b]], by="lin", reason="sisters")
    with pytest.raises(MergeVetoed) as refused:
        registry.merge(b, a, by="lin", reason="", key="again")
    copy = pickle.loads(pickle.dumps(refused.value))
    assert (copy.code, copy.veto, str(copy)) == ("merge_vetoed", veto.id, str(refused.value))


def test_events_say_who_was_absorbed_and_who_parted():
    store, heard = MemoryStore(), []
    store.subscribe(heard.append)
    registry = IdentityRegistry(store, clock=FixedClock())
    late = registry.resolve([account("a"), mail("x")], at=at(5)).id
    early = registry.resolve([account("b"), mail("x")], at=at(1)).id
    (veto,) = registry.split(early, [[late], [early]], by="lin", reason="")
    assert [type(told) for told in heard] == [PersonMade, PersonsMerged, PersonsParted]
    assert heard[1].data() == {"person": early, "absorbed": [late]}
    assert heard[2].data() == {"person": early, "parts": sorted((early, late))}
    assert len({told.key for told in heard}) == 3
    assert (veto.a, veto.b) == (early, late)


@pytest.mark.parametrize("known", [0, 1500])
def test_statements_depend_neither_on_the_batch_nor_on_the_table(sqlite_store, known):
    ids = UlidGenerator()

    def batch(size: int, start: int, minute: int) -> list[Sighting]:
        return [Sighting((account(f"b{n}"), mail(f"b{n // 2}")), at(minute)) for n in range(start, start + size)]

    def statements(sightings: list[Sighting]) -> int:
        seen: list[str] = []
        listener = lambda *call: seen.append(call[2])  # noqa: E731 - removed again by identity
        event.listen(sqlite_store.engine, "before_cursor_execute", listener)
        with sqlite_store.unit() as unit:
            resolve_many(unit, sightings, now=START, ids=ids)
            unit.commit()
        event.remove(sqlite_store.engine, "before_cursor_execute", listener)
        return len(seen)

    if known:
        statements(batch(known, 100_000, 1))
    first = statements(batch(2, 0, 5))
    assert statements(batch(400, 10, 5)) == first <= 10
    assert statements(batch(400, 10, 5)) <= 4
    assert statements(batch(400, 10, 4)) == statements(batch(2, 0, 4)) <= 12


def test_importing_it_is_cheap():
    heavy = "'pandas', 'numpy', 'sqlalchemy', 'narwhals', 'phonenumbers', 'rapidfuzz'"
    script = (
        f"import sys, crmkit.identity, crmkit.identity.normalise; print([m for m in ({heavy}) if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
