"""What every store's identity map must keep."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from crmkit.errors import DuplicateError, InputError, NotFoundError, StaleRecordError
from crmkit.identifiers import Identifier
from crmkit.identity import (
    MAX_KEY,
    Identity,
    IdentityRegistry,
    MergeVetoed,
    Resolved,
    Sighting,
    partition,
    resolve_many,
    withdraw_many,
)
from crmkit.ids import UlidGenerator
from crmkit.testing.clocks import TickingClock
from crmkit.unit import in_unit

__all__ = ["IdentityContract"]

_START = datetime(2026, 11, 1, tzinfo=UTC)
_NOW = datetime(2026, 11, 24, tzinfo=UTC)
_IDS = UlidGenerator()


def _account(name: str) -> Identifier:
    return Identifier("account", name, scope="taobao")


def _mail(name: str, **how: Any) -> Identifier:
    return Identifier("email", f"{name}@example.com", **how)


def _phone(number: int, **how: Any) -> Identifier:
    return Identifier("phone", f"+86138000000{number:02}", **how)


def _seen(minute: int, *identifiers: Identifier, record: str = "") -> Sighting:
    return Sighting(identifiers, _START + timedelta(minutes=minute), record=record)


def _crowd(random: Random, size: int) -> list[Sighting]:
    """Sightings of some people who are tied to each other in every way."""
    kinds = (
        lambda n: _account(f"buyer{n}"),
        lambda n: Identifier("ouid", f"u{n}", scope="lantern"),
        lambda n: _mail(f"buyer{n}"),
        lambda n: _phone(n, verified=random.random() < 0.5),
        lambda n: Identifier("payer_id", f"p{n}", scope="alipay"),
    )
    return [
        _seen(
            random.randrange(500),
            *(random.choice(kinds)(random.randrange(12)) for _ in range(random.randint(0, 3))),
            record=f"order:{number}",
        )
        for number in range(size)
    ]


class IdentityContract:
    """Holds the laws I1 to I17 of the identity map; subclass it and give the fixture `make_store`."""

    @pytest.fixture
    def make_store(self) -> Any:
        """Gives a function that returns a fresh, empty store."""
        raise NotImplementedError("Give a fixture `make_store` that returns a function making a fresh store.")

    def test_I1_the_stored_map_is_the_fold_of_evidence_and_decisions(self, make_store: Any) -> None:
        store = make_store()
        registry = IdentityRegistry(store, clock=TickingClock())
        random = Random(1)
        for number in range(6):
            self._resolve(store, _crowd(random, 15))
            ids = [identity.id for identity in self._all(store)]
            a, b = random.sample(ids, 2)
            try:
                decision = registry.merge(a, b, by="lin", reason="", key=f"m{number}")
            except MergeVetoed:
                continue
            if number % 3 == 0:
                registry.unmerge(decision.id, by="lin", reason="")
            person = registry.person(random.choice(ids))
            if len(person.identities) > 1:
                registry.split(person.id, [person.identities[:1], person.identities[1:]], by="lin", reason="")
            self._holds_the_fold(store)

    def test_I2_no_order_of_arrival_and_no_size_of_batch_changes_the_map(self, make_store: Any) -> None:
        sightings = _crowd(Random(2), 40)
        maps = []
        for size, seed in ((40, 1), (7, 2), (1, 3)):
            shuffled = list(sightings)
            Random(seed).shuffle(shuffled)
            store = make_store()
            for start in range(0, len(shuffled), size):
                self._resolve(store, shuffled[start : start + size])
            self._holds_the_fold(store)
            maps.append(self._by_key(store))
        assert maps[0] == maps[1] == maps[2]
        assert len(set(maps[0].values())) < len(maps[0])

    def test_I3_the_same_sightings_again_change_nothing(self, make_store: Any) -> None:
        store = make_store()
        sightings = _crowd(Random(3), 30)
        first = self._resolve(store, sightings)
        before = self._everything(store)
        again = self._resolve(store, sightings)
        assert self._everything(store) == before
        assert [r.identity for r in again] == [r.identity for r in first]
        assert any(r.is_new for r in first)
        assert not any(r.is_new for r in again)

    def test_I4_an_arrival_writes_only_in_the_component_it_touches(self, make_store: Any) -> None:
        store = make_store()
        self._resolve(store, [_seen(1, _account("mei"), _mail("mei")), _seen(2, _account("wei"), _mail("wei"))])
        before = {identity.key: identity for identity in self._all(store)}
        self._resolve(store, [_seen(0, _account("new"), _mail("mei"))])
        after = {identity.key: identity for identity in self._all(store)}
        assert after[_account("wei").key] == before[_account("wei").key]
        assert after[_account("mei").key].person == after[_account("new").key].id

    def test_I5_a_second_identity_with_the_same_key_is_refused(self, make_store: Any) -> None:
        store = make_store()
        (found,) = self._resolve(store, [_seen(1, _account("mei"))])
        twin = Identity(id="twin", key=_account("mei").key, first_seen=_START, person="twin", component="twin")
        with pytest.raises(DuplicateError), store.unit() as unit:
            unit.identities.put_many([twin])
        (stored,) = self._all(store)
        with pytest.raises(StaleRecordError), store.unit() as unit:
            unit.identities.put_many([Identity(**{**self._fields(stored), "version": stored.version + 1})])
        assert stored.id == found.identity

    def test_I6_only_what_is_given_in_full_and_speaks_for_one_links(self, make_store: Any) -> None:
        weak = (
            _phone(1),
            _mail("info", form="shared"),
            _mail("none", form="placeholder"),
            _phone(2, form="virtual", verified=True),
            Identifier("phone", "138****5678", form="masked", verified=True),
            Identifier("receiver_phone", "+8613800000003"),
            Identifier("card", "c-1", scope="lantern"),
            Identifier("oaid", "o-1", scope="taobao"),
            _phone(4, verified=True, valid_until=_START),
            Identifier("account", "m**i", scope="taobao", form="masked"),
        )
        store = make_store()
        one, two = self._resolve(store, [_seen(1, _account("mei"), *weak), _seen(2, _account("wei"), *weak)])
        assert one.person != two.person
        sure = _phone(5, verified=True)
        one, two = self._resolve(store, [_seen(3, _account("mei"), sure), _seen(4, _account("wei"), sure)])
        assert one.person == two.person

    def test_I7_unmerge_leaves_the_map_as_if_the_merge_had_never_been(self, make_store: Any) -> None:
        random = Random(7)
        early, late = _crowd(random, 20), _crowd(random, 20)
        plain: dict[str, str] = {}
        merged: dict[str, str] = {}
        for with_merge, result in ((False, plain), (True, merged)):
            store = make_store()
            registry = IdentityRegistry(store, clock=TickingClock())
            found = self._resolve(store, early)
            persons = sorted({r.person for r in found})
            if with_merge:
                decision = registry.merge(persons[0], persons[-1], by="lin", reason="", key="m")
                assert registry.person_of(persons[0]) == registry.person_of(persons[-1])
            self._resolve(store, late)
            if with_merge:
                registry.unmerge(decision.id, by="lin", reason="")
                registry.unmerge(decision.id, by="lin", reason="")
                self._holds_the_fold(store)
            result.update(self._by_key(store))
        assert plain == merged

    def test_I8_identities_under_a_veto_share_no_person_whatever_links_them(self, make_store: Any) -> None:
        store = make_store()
        registry = IdentityRegistry(store, clock=TickingClock())
        one, two = self._resolve(store, [_seen(1, _account("mei"), _mail("m")), _seen(2, _account("wei"), _mail("m"))])
        assert one.person == two.person == one.identity
        (veto,) = registry.split(one.person, [[one.identity], [two.identity]], by="lin", reason="sisters")
        self._resolve(store, [_seen(3, _account("mei"), _mail("x")), _seen(4, _account("wei"), _mail("x"))])
        assert registry.person_of(one.identity) != registry.person_of(two.identity)
        with pytest.raises(MergeVetoed) as refused:
            registry.merge(one.identity, two.identity, by="lin", reason="", key="m")
        assert refused.value.veto == veto.id
        assert registry.history(one.identity) == (veto,)
        registry.unmerge(veto.id, by="lin", reason="they are one")
        assert registry.person_of(two.identity) == one.identity
        self._holds_the_fold(store)

    def test_I9_a_refused_union_names_its_link_and_its_veto(self, make_store: Any) -> None:
        store = make_store()
        registry = IdentityRegistry(store, clock=TickingClock())
        one, two = self._resolve(store, [_seen(1, _account("mei"), _mail("m")), _seen(2, _account("wei"), _mail("m"))])
        (veto,) = registry.split(one.person, [[one.identity], [two.identity]], by="lin", reason="sisters")
        (refusal,) = registry.refused(one.identity)
        assert (refusal.link, refusal.veto) == (_mail("m").key, veto.id)
        assert refusal.against == (one.identity, two.identity)

    def test_I10_ids_of_identities_and_former_persons_stay_good(self, make_store: Any) -> None:
        store = make_store()
        registry = IdentityRegistry(store, clock=TickingClock())
        (late,) = self._resolve(store, [_seen(9, _account("mei"))])
        (early,) = self._resolve(store, [_seen(1, _mail("mei"))])
        self._resolve(store, [_seen(10, _account("mei"), _mail("mei"))])
        assert registry.person(late.person) == registry.person(early.identity)
        assert registry.person(late.person).id == early.identity
        assert registry.identities_of(late.person) == tuple(sorted((late.identity, early.identity)))
        with pytest.raises(NotFoundError):
            registry.person("nobody")

    def test_I11_a_value_that_too_many_hold_links_none_of_them(self, make_store: Any) -> None:
        store = make_store()
        agent = Identifier("payer_id", "agent", scope="alipay")
        sightings = [_seen(n, _account(f"buyer{n}"), agent) for n in range(MAX_KEY + 2)]
        self._resolve(store, sightings[:MAX_KEY])
        assert len(set(self._by_key(store).values())) == 1
        self._resolve(store, sightings[MAX_KEY : MAX_KEY + 1])
        assert len(set(self._by_key(store).values())) == MAX_KEY + 1
        self._resolve(store, sightings[MAX_KEY + 1 :])
        assert len(set(self._by_key(store).values())) == MAX_KEY + 2
        self._holds_the_fold(store)

    def test_I12_a_merge_with_the_same_key_is_one_merge(self, make_store: Any) -> None:
        store = make_store()
        registry = IdentityRegistry(store, clock=TickingClock())
        a, b, c = (r.identity for r in self._resolve(store, [_seen(n, _account(f"b{n}")) for n in range(3)]))
        first = registry.merge(a, b, by="lin", reason="call", key="m")
        before = self._everything(store)
        assert registry.merge(a, b, by="lin", reason="call", key="m") == first
        assert self._everything(store) == before
        assert registry.history(a) == (first,)
        with pytest.raises(InputError):
            registry.merge(a, c, by="lin", reason="", key="m")

    def test_I13_leaving_without_commit_keeps_nothing(self, make_store: Any) -> None:
        store = make_store()
        self._resolve(store, [_seen(1, _account("mei"), _mail("mei"))])
        before = self._everything(store)
        with store.unit() as unit:
            resolve_many(unit, [_seen(0, _account("wei"), _mail("mei"))], now=_NOW, ids=_IDS)
        assert self._everything(store) == before

    def test_I14_what_was_seen_comes_back_as_it_was(self, make_store: Any) -> None:
        store = make_store()
        until = _START + timedelta(days=15, microseconds=1)
        given = (
            Identifier("account", "小梅🐱", scope="taobao"),
            Identifier("phone", "138****5678", form="masked", valid_until=until),
            _mail("Mei", verified=True),
        )
        (found,) = self._resolve(store, [_seen(5, *given)])
        self._resolve(store, [_seen(3, given[0])])
        with store.unit() as unit:
            (identity,) = unit.identities.find(ids=[found.identity])
            evidence = unit.identities.evidence(identities=[found.identity])
        assert (identity.key, identity.first_seen) == (given[0].key, _START + timedelta(minutes=3))
        assert {item.identifier for item in evidence} == set(given)
        assert {(item.first_seen - _START, item.last_seen - _START) for item in evidence} == {
            (timedelta(minutes=3), timedelta(minutes=5)),
            (timedelta(minutes=5), timedelta(minutes=5)),
        }

    def test_I15_people_made_merged_and_parted_are_told_once(self, make_store: Any) -> None:
        store = make_store()
        registry = IdentityRegistry(store, clock=TickingClock())
        one, two = self._resolve(store, [_seen(1, _account("mei")), _seen(2, _account("wei"))])
        decision = registry.merge(one.identity, two.identity, by="lin", reason="", key="m")
        registry.merge(one.identity, two.identity, by="lin", reason="", key="m")
        registry.unmerge(decision.id, by="lin", reason="")
        with store.unit() as unit:
            told = [(entry.name, entry.data["person"]) for entry in unit.outbox.read(after=0, limit=100)]
        assert sorted(told[:2]) == sorted([("PersonMade", one.identity), ("PersonMade", two.identity)])
        assert told[2:] == [("PersonsMerged", one.identity), ("PersonsParted", one.identity)]

    def test_I16_members_are_the_identities_of_one_person(self, make_store: Any) -> None:
        store = make_store()
        with store.unit() as unit:
            a = unit.members.identity_of([_account("mei"), _mail("m")], record="", at=_START, now=_NOW)
            b = unit.members.identity_of([_account("wei"), _mail("m")], record="", at=_START, now=_NOW)
            guest = unit.members.identity_of([], record="order:1", at=_START, now=_NOW)
            both = tuple(sorted((a, b)))
            assert unit.members.identities_of(b) == both
            assert unit.members.identities_of_many([b, guest]) == {b: both, guest: (guest,)}
            with pytest.raises(NotFoundError):
                unit.members.identities_of_many([b, "nobody"])

    def test_I17_what_is_withdrawn_ties_nobody_any_more(self, make_store: Any) -> None:
        store = make_store()
        seen = [Sighting((_account(name), _mail("m")), _START) for name in ("mei", "wei")]
        one, two = self._resolve(store, seen)
        gone = [(two.identity, seen[1])]
        for _ in range(2):
            with store.unit() as unit:
                hood = unit.identities.neighbourhood(ids=[one.identity, two.identity])
                left = withdraw_many(unit, hood, gone, [(one.identity, seen[0])], now=_NOW)
                unit.commit()
            assert left == ()
        with store.unit() as unit:
            persons = {identity.person for identity in unit.identities.find(ids=[one.identity, two.identity])}
            assert unit.identities.evidence(identities=[two.identity]) == ()
            assert len(unit.identities.evidence(values=[_mail("m").key])) == 1
        assert len(persons) == 2
        assert self._resolve(store, [seen[1]])[0].person == one.person

    @staticmethod
    def _resolve(store: Any, sightings: Sequence[Sighting]) -> tuple[Resolved, ...]:
        return in_unit(store, lambda unit: resolve_many(unit, sightings, now=_NOW, ids=_IDS))

    @staticmethod
    def _fields(identity: Identity) -> dict[str, Any]:
        return {name: getattr(identity, name) for name in ("id", "key", "first_seen", "person", "component", "version")}

    def _all(self, store: Any) -> tuple[Identity, ...]:
        keys = [f"record:world:order:{n}" for n in range(60)] + [_account("new").key]
        for name in ("mei", "wei", *(f"buyer{n}" for n in range(MAX_KEY + 2)), *(f"b{n}" for n in range(3))):
            keys += [_account(name).key, _mail(name).key]
        for n in range(12):
            keys += [f"ouid:lantern:u{n}", f"payer_id:alipay:p{n}", _phone(n).key]
        with store.unit() as unit:
            found: tuple[Identity, ...] = unit.identities.find(keys=keys)
        return found

    def _by_key(self, store: Any) -> dict[str, str]:
        """Identity key to the key of its person's first identity: what no generator of ids can change."""
        found = self._all(store)
        key_of = {identity.id: identity.key for identity in found}
        return {identity.key: key_of[identity.person] for identity in found}

    def _everything(self, store: Any) -> Any:
        ids = [identity.id for identity in self._all(store)]
        with store.unit() as unit:
            evidence, decisions = unit.identities.evidence(identities=ids), unit.identity_decisions.touching(ids)
        return self._all(store), evidence, decisions

    def _holds_the_fold(self, store: Any) -> None:
        identities, evidence, decisions = self._everything(store)
        folded = partition(identities, evidence, decisions)
        assert {identity.id: identity.person for identity in identities} == folded
        for identity in identities:
            self._is_whole(identity, identities)

    @staticmethod
    def _is_whole(identity: Identity, identities: Iterable[Identity]) -> None:
        """A person lies within one component, so that it is always loaded whole."""
        assert {i.component for i in identities if i.person == identity.person} == {identity.component}
