"""The pure core: the fold of evidence and decisions, and the joining of sightings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit.errors import InputError
from crmkit.identifiers import Identifier
from crmkit.identity import Decision, Evidence, Identity, Sighting, components, decide, partition
from crmkit.identity.arrivals import arrivals, joined, received
from crmkit.identity.clusters import hubs_of
from crmkit.identity.model import Neighbourhood
from crmkit.identity.vetoes import checked_groups, pairs_apart

START = datetime(2026, 11, 1, tzinfo=UTC)


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def account(name: str) -> Identifier:
    return Identifier("account", name, scope="taobao")


identifiers = st.one_of(
    st.sampled_from("abcdef").map(account),
    st.builds(
        Identifier,
        st.just("phone"),
        st.sampled_from(["+8613800000001", "+8613800000002", "+8613800000003"]),
        form=st.sampled_from(["plain", "masked", "shared", "virtual", "placeholder"]),
        verified=st.booleans(),
        valid_until=st.sampled_from([None, at(5), at(9)]),
    ),
    st.builds(
        Identifier,
        st.just("email"),
        st.sampled_from(["a@example.com", "b@example.com", "c@example.com"]),
        form=st.sampled_from(["plain", "plain", "shared", "relay"]),
        valid_until=st.sampled_from([None, None, at(5)]),
    ),
    st.sampled_from("uvw").map(lambda v: Identifier("ouid", v, scope="lantern")),
)
sightings = st.builds(
    Sighting,
    st.lists(identifiers, max_size=3).map(tuple),
    st.integers(0, 30).map(at),
    record=st.sampled_from(["order:1", "order:2", "order:3"]),
)


def taken_in(batch):
    """Identities by key and evidence, with ids that depend on the order of arrival."""
    numbers = count()
    by_key, evidence = received(arrivals(batch).values(), [], [], lambda: f"i{next(numbers):03}")
    return by_key, list(evidence.values())


def by_key(persons, identities):
    key_of = {identity.id: identity.key for identity in identities}
    return {key_of[identity]: key_of[person] for identity, person in persons.items()}


def decision(kind: str, a: str, b: str, number: int) -> Decision:
    return Decision(id=f"d{number}", kind=kind, a=a, b=b, by="lin", reason="", key=f"k{number:02}", at=at(number % 3))


@st.composite
def scenes(draw):
    batch = draw(st.lists(sightings, min_size=2, max_size=14))
    keys = sorted({sighting.key for sighting in batch})
    pair = st.tuples(st.sampled_from(["merge", "merge", "veto"]), st.sampled_from(keys), st.sampled_from(keys))
    said = [p for p in draw(st.lists(pair, max_size=5)) if p[1] != p[2]]
    return batch, said


def fold(batch, said, **more):
    found, evidence = taken_in(batch)
    decisions = [decision(kind, found[a].id, found[b].id, n) for n, (kind, a, b) in enumerate(said)]
    identities = list(found.values())
    return by_key(partition(identities, evidence, decisions, **more), identities)


@given(scenes(), st.randoms(use_true_random=False), st.integers(2, 4))
@settings(max_examples=300, deadline=None)
def test_the_fold_does_not_see_the_order_of_arrival(scene, random, max_key):
    batch, said = scene
    shuffled = list(batch)
    random.shuffle(shuffled)
    assert fold(batch, said, max_key=max_key) == fold(shuffled + shuffled[:2], said, max_key=max_key)


@given(scenes())
@settings(max_examples=200, deadline=None)
def test_vetoes_hold_and_refusals_name_them(scene):
    batch, said = scene
    found, evidence = taken_in(batch)
    identities = list(found.values())
    decisions = [decision(kind, found[a].id, found[b].id, n) for n, (kind, a, b) in enumerate(said)]
    verdict = decide(identities, evidence, decisions)
    vetoes = {d.id: d for d in decisions if d.kind == "veto"}
    assert all(verdict.persons[d.a] != verdict.persons[d.b] for d in vetoes.values())
    for refusal in verdict.refused:
        veto, (x, y) = vetoes[refusal.veto], refusal.against
        assert {x, y} == {veto.a, veto.b}
        assert verdict.persons[x] == verdict.persons[refusal.a]
        assert verdict.persons[y] == verdict.persons[refusal.b]


@given(scenes())
@settings(max_examples=200, deadline=None)
def test_a_person_is_named_by_its_first_identity_and_lies_in_one_component(scene):
    batch, said = scene
    found, evidence = taken_in(batch)
    identities = list(found.values())
    decisions = [decision(kind, found[a].id, found[b].id, n) for n, (kind, a, b) in enumerate(said)]
    persons = partition(identities, evidence, decisions)
    parts = components(identities, evidence, decisions)
    known = {identity.id: identity for identity in identities}
    for identity in identities:
        members = [known[i] for i, person in persons.items() if person == persons[identity.id]]
        assert persons[identity.id] == min(members, key=lambda i: (i.first_seen, i.key)).id
        assert {parts[member.id] for member in members} == {parts[identity.id]}


@given(scenes(), st.integers(2, 4))
@settings(max_examples=200, deadline=None)
def test_each_component_can_be_folded_without_the_others(scene, max_key):
    batch, said = scene
    found, evidence = taken_in(batch)
    identities = list(found.values())
    decisions = [decision(kind, found[a].id, found[b].id, n) for n, (kind, a, b) in enumerate(said)]
    parts = components(identities, evidence, decisions, max_key=max_key)
    hubs = hubs_of(evidence, max_key=max_key)
    apart: dict[str, str] = {}
    for part in set(parts.values()):
        mine = [identity for identity in identities if parts[identity.id] == part]
        theirs = [item for item in evidence if parts[item.identity] == part]
        apart |= partition(mine, theirs, decisions, max_key=max_key, hubs=hubs)
    assert apart == partition(identities, evidence, decisions, max_key=max_key)


@given(scenes())
@settings(max_examples=200, deadline=None)
def test_a_withdrawn_decision_is_as_if_it_had_never_been_made(scene):
    batch, said = scene
    found, evidence = taken_in(batch)
    identities = list(found.values())
    decisions = [decision(kind, found[a].id, found[b].id, n) for n, (kind, a, b) in enumerate(said)]
    for gone in decisions:
        others = [d for d in decisions if d is not gone]
        withdrawn = attrs.evolve(gone, withdrawn_at=at(40))
        assert partition(identities, evidence, [*others, withdrawn]) == partition(identities, evidence, others)


@given(scenes(), st.data())
@settings(max_examples=200, deadline=None)
def test_a_split_parts_its_groups(scene, data):
    batch, said = scene
    found, evidence = taken_in(batch)
    decisions = [decision(kind, found[a].id, found[b].id, n) for n, (kind, a, b) in enumerate(said)]
    persons = partition(list(found.values()), evidence, decisions)
    identities = [attrs.evolve(identity, person=persons[identity.id]) for identity in found.values()]
    person = data.draw(st.sampled_from(sorted(set(persons.values()))))
    members = sorted(i for i, p in persons.items() if p == person)
    if len(members) < 2:
        return
    cut = data.draw(st.integers(1, len(members) - 1))
    sides = checked_groups([members[:cut], members[cut:]])
    hood = Neighbourhood(identities=tuple(identities), evidence=tuple(evidence))
    pairs = pairs_apart(person, sides, hood, decisions)
    vetoes = [Decision(id=key, kind="veto", a=a, b=b, by="lin", reason="", key=key, at=at(50)) for a, b, key in pairs]
    after = partition(identities, evidence, [*decisions, *vetoes])
    assert vetoes
    assert not {after[i] for i in members[:cut]} & {after[i] for i in members[cut:]}


@given(st.lists(st.tuples(identifiers, st.integers(0, 30)), min_size=2, max_size=5))
@settings(max_examples=200, deadline=None)
def test_joining_what_was_seen_forgets_the_order(seen):
    parts = [arrivals([Sighting((identifier,), at(n), record="r")]) for identifier, n in seen]
    evidence = [item for part in parts for arrival in part.values() for item in arrival.evidence.values()]
    groups: dict[str, list[Evidence]] = {}
    for item in evidence:
        groups.setdefault(item.identifier.key, []).append(item)
    for items in groups.values():
        forth = back = items[0]
        for item in items:
            forth = joined(forth, item)
        for item in reversed(items):
            back = joined(back, item)
        assert forth == back
        assert joined(forth, items[-1]) is forth


def scene_of(*seen: tuple[str, Identifier]) -> tuple[list[Identity], list[Evidence]]:
    names = sorted({name for name, _ in seen})
    identities = [
        Identity(id=n, key=account(n).key, first_seen=at(k), person=n, component=n) for k, n in enumerate(names)
    ]
    return identities, [Evidence(identity=n, identifier=i, first_seen=at(0), last_seen=at(0)) for n, i in seen]


def mail(name: str) -> Identifier:
    return Identifier("email", f"{name}@example.com")


def test_a_manual_link_goes_before_a_stronger_rule_link():
    identities, evidence = scene_of(("a", mail("x")), ("b", mail("x")), ("c", mail("y")))
    said = [decision("veto", "a", "c", 1), decision("merge", "b", "c", 2)]
    assert partition(identities, evidence, said) == {"a": "a", "b": "b", "c": "b"}
    verdict = decide(identities, evidence, said)
    assert [(r.a, r.b, r.link, r.veto, r.against) for r in verdict.refused] == [
        ("a", "b", mail("x").key, "d1", ("a", "c"))
    ]


def test_a_stronger_identifier_goes_before_a_weaker_one():
    ouid = Identifier("ouid", "u", scope="lantern")
    identities, evidence = scene_of(("a", mail("x")), ("b", mail("x")), ("b", ouid), ("c", ouid))
    assert partition(identities, evidence, [decision("veto", "a", "c", 1)]) == {"a": "a", "b": "b", "c": "b"}


def test_a_holder_that_the_first_may_not_have_goes_to_the_next():
    identities, evidence = scene_of(("a", mail("x")), ("b", mail("x")), ("c", mail("x")))
    said = [decision("veto", "a", "b", 1), decision("veto", "a", "c", 2)]
    assert partition(identities, evidence, said) == {"a": "a", "b": "b", "c": "b"}


def test_the_sixty_fifth_holder_makes_what_sixty_four_were_fall():
    names = [f"n{number:02}" for number in range(65)]
    identities, evidence = scene_of(*((name, mail("agent")) for name in names))
    assert len(set(partition(identities[:64], evidence[:64], []).values())) == 1
    assert len(set(partition(identities, evidence, []).values())) == 65
    assert len(set(partition(identities, evidence, [], max_key=65).values())) == 1


@pytest.mark.parametrize("groups", [[["a", "b"]], [["a"], []], [["a"], ["a", "b"]]])
def test_a_split_needs_groups_that_part(groups):
    with pytest.raises(InputError):
        checked_groups(groups)


def test_a_sighting_of_nothing_is_refused():
    with pytest.raises(InputError):
        Sighting((Identifier("receiver_phone", "+8613800000001"),), START)
    with pytest.raises(InputError):
        Sighting((account("a"),), datetime(2026, 11, 1))  # noqa: DTZ001 - the naive instant is what is refused
