"""Records that arrive one by one, in any order, make the persons that a frame of them makes, by the same weights."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from random import Random

import attrs
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from crmkit import Crm
from crmkit.errors import InputError
from crmkit.identifiers import Identifier
from crmkit.identity import Contact, IdentityRegistry, PersonsMerged, Sighting, dedupe, resolve_many, withdraw_many
from crmkit.identity.contacts import contact_of, fields_by
from crmkit.identity.matching.crowds import crowds_of
from crmkit.identity.matching.encoding import crowds_by_key, features_of_records, reading_of
from crmkit.identity.matching.features import features_of
from crmkit.identity.matching.solving import solve
from crmkit.identity.records import Record, crowds_among, keys_of
from crmkit.ids import UlidGenerator
from crmkit.orders import Address, Buyer, Recipient
from crmkit.storage.memory import MemoryStore
from crmkit.storage.sqlalchemy import SqlAlchemyStore
from crmkit.testing import RECORD_COLUMNS, TickingClock, a_model, an_order, some_records

AT = datetime(2026, 11, 11, tzinfo=UTC)


def groups(records, labels) -> set[frozenset[str]]:
    found: dict[str, set[str]] = {}
    for record, label in zip(records, labels, strict=True):
        found.setdefault(label, set()).add(record)
    return {frozenset(group) for group in found.values()}


def in_a_frame(rows, model) -> set[frozenset[str]]:
    persons = dedupe(pd.DataFrame(rows), columns=RECORD_COLUMNS, model=model).persons
    return groups(persons["record_id"], persons["person_id"])


def registry_with(model, store=None) -> IdentityRegistry:
    registry = IdentityRegistry(store or MemoryStore(), clock=TickingClock(), model=model)
    registry.adopt()
    return registry


def today(registry, rows) -> set[frozenset[str]]:
    taken = registry.take(pd.DataFrame(rows), columns=RECORD_COLUMNS)
    return groups(taken["record_id"], taken["person"])


def kept(rows) -> list[Record]:
    fields = fields_by(RECORD_COLUMNS)
    return [
        Record(key=row["record_id"], identity=row["record_id"], at=datetime.fromisoformat(row["seen_at"]),
               reading=reading_of(contact_of(row, fields)))
        for row in rows
    ]  # fmt: skip


@pytest.mark.parametrize("max_key", [64, 3])
def test_kept_records_are_what_a_frame_reads(max_key):
    rows = some_records(3, 400)
    model = attrs.evolve(a_model(), max_key=max_key)
    features = features_of(pd.DataFrame(rows), RECORD_COLUMNS)
    records = kept(rows)
    again = features_of_records(records)
    crowds = crowds_by_key(records, crowds_among(records, max_key=max_key))
    here, there = solve(features, model=model), solve(again, model=model, crowds=crowds)
    expected = crowds_of(features, max_key=max_key).inside
    assert {rule: flags.tolist() for rule, flags in crowds.inside.items()} == {
        r: f.tolist() for r, f in expected.items()
    }
    assert bool(expected) == (max_key == 3)
    assert features.ids == again.ids
    for one, other in ((here.faces.face, there.faces.face), (here.clustered.label, there.clustered.label)):
        assert one.tolist() == other.tolist()
    weights = [
        dict(
            zip(zip(s.candidates.left.tolist(), s.candidates.right.tolist(), strict=True), s.scored.weight, strict=True)
        )
        for s in (here, there)
    ]
    assert weights[0] == weights[1]


@pytest.mark.parametrize("max_key", [64, 3])
def test_what_shares_no_key_has_no_say(max_key):
    rows = some_records(5, 300)
    model = attrs.evolve(a_model(), max_key=max_key)
    whole = in_a_frame(rows, model)
    records = kept(rows)
    crowds = crowds_among(records, max_key=max_key)
    together: dict[str, set[str]] = {record.key: {record.key} for record in records}
    first: dict[str, str] = {}
    for record in records:
        for key in set(keys_of(record.key, record.reading).values()) - crowds:
            mine, theirs = together[record.key], together[first.setdefault(key, record.key)]
            if mine is not theirs:
                theirs |= mine
                together.update(dict.fromkeys(mine, theirs))
    parts = {frozenset(part) for part in together.values()}
    assert len(parts) > (2 if max_key == 64 else 20)
    found = set()
    for part in parts:
        some = [record for record in records if record.key in part]
        features = features_of_records(some)
        solved = solve(features, model=model, crowds=crowds_by_key(some, crowds))
        found |= groups(features.ids, solved.clustered.label[solved.faces.face].tolist())
    assert found == whole


@settings(max_examples=12, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(0, 10**6), st.integers(1, 12))
def test_any_shuffle_of_any_records_in_any_batches(random, seed, size):
    model, rows = a_model(), some_records(seed, 18)
    wanted = in_a_frame(rows, model)
    random.shuffle(rows)
    registry = registry_with(model)
    for start in range(0, len(rows), size):
        registry.take(pd.DataFrame(rows[start : start + size]), columns=RECORD_COLUMNS)
    assert today(registry, rows) == wanted


@settings(max_examples=3, deadline=None)
@given(st.data())
def test_decisions_between_arrivals_can_be_taken_back(data):
    model, rows = a_model(), some_records(data.draw(st.integers(0, 10**6)), 20)
    registry, made, ids = registry_with(model), [], []
    for at, row in enumerate(rows):
        ids += registry.take(pd.DataFrame([row]), columns=RECORD_COLUMNS)["identity"].tolist()
        a, b = data.draw(st.sampled_from(ids)), data.draw(st.sampled_from(ids))
        if a != b and at % 2:
            made.append(registry.merge(a, b, by="lin", reason="", key=f"m{at}").id)
            assert registry.person_of(a) == registry.person_of(b)
    for decision in data.draw(st.permutations(made)):
        registry.unmerge(decision, by="lin", reason="")
    assert today(registry, rows) == in_a_frame(rows, model)


def test_a_withdrawn_record_counts_no_more():
    model, rows = a_model(), some_records(11, 30)
    store = MemoryStore()
    registry = registry_with(model, store)
    taken = registry.take(pd.DataFrame(rows), columns=RECORD_COLUMNS)
    owner = dict(zip(taken["record_id"], taken["identity"], strict=True))
    gone, left = rows[:10], rows[10:]
    with store.unit() as unit:
        hood = unit.identities.neighbourhood(ids=set(owner.values()))
        seen = [(owner[row["record_id"]], Sighting((), AT, record=row["record_id"])) for row in gone]
        withdraw_many(unit, hood, seen, [], now=AT)
        unit.commit()
    assert today(registry, left) == in_a_frame(left, model)


def statements_of(store, work) -> list[str]:
    seen: list[str] = []
    listener = lambda *call: seen.append(call[2])  # noqa: E731 - removed again by identity
    event.listen(store.engine, "before_cursor_execute", listener)
    work()
    event.remove(store.engine, "before_cursor_execute", listener)
    return seen


def test_statements_of_an_arrival_do_not_grow_with_what_is_known():
    def count(known: int) -> tuple[int, int]:
        store = SqlAlchemyStore("sqlite://")
        store.create_schema()
        registry = registry_with(a_model(), store)
        registry.take(pd.DataFrame(some_records(2, known)), columns=RECORD_COLUMNS)
        contact = Contact(platform="jd", account="new", receiver_name="Anna Example", receiver_phone="13900099999")
        same = attrs.evolve(contact, account="newer")
        registry.resolve(at=AT, record="first", contact=contact)
        new = statements_of(store, lambda: registry.resolve(at=AT, record="new", contact=same))
        again = statements_of(store, lambda: registry.resolve(at=AT, record="new", contact=same))
        assert [s for s in again if s.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))] == []
        return len(new), len(again)

    assert count(20) == count(200)
    new, again = count(20)
    assert (new <= 21, again <= 6) == (True, True), (new, again)


def test_writers_of_one_new_buyer_make_one_identity(store):
    registry_with(a_model(), store)
    contact = Contact(platform="jd", account="new", receiver_name="王小明", receiver_phone="13900010001", city="深圳市")
    ids = UlidGenerator()

    def write(seed: int) -> None:
        registry = IdentityRegistry(store, ids=ids)
        for number in Random(seed).sample(range(4), 4):
            other = attrs.evolve(contact, platform="taobao") if number % 2 else contact
            registry.resolve(at=AT + timedelta(days=number), record=f"order:{number}", contact=other)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    with store.unit() as unit:
        keys = [Identifier("account", "new", scope=scope).key for scope in ("jd", "taobao")]
        found = unit.identities.find(keys=keys)
        records = unit.identity_records.by_keys([f"order:{number}" for number in range(4)])
    assert len(found) == 2
    assert len({identity.person for identity in found}) == 1
    assert {record.identity for record in records.values()} == {identity.id for identity in found}


def test_a_merge_by_the_model_is_told():
    told: list[object] = []
    store = MemoryStore()
    registry = registry_with(a_model(), store)
    store.subscribe(told.append)
    said = {
        "receiver_name": "欧阳小明",
        "receiver_phone": "13900010001",
        "city": "深圳市",
        "address": "科技路12号3栋2室",
    }
    one, two = (
        registry.resolve(at=AT, record=platform, contact=Contact(platform=platform, account="mei", **said))
        for platform in ("jd", "taobao")
    )
    assert one.id == two.id
    assert len(two.identities) == 2
    (link,) = registry.links(one.id)
    assert link.digest == a_model().digest
    assert np.isclose(link.weight, registry.explain("jd", "taobao").weight, atol=1e-3)
    assert [
        type(each) for each in told if isinstance(each, PersonsMerged)
    ] == []  # the second came to the first at once


@pytest.mark.parametrize("wrong", ["no id", "twice", "no instant", "no column"])
def test_a_frame_that_cannot_be_taken_is_refused_whole(wrong):
    rows = some_records(1, 4)
    columns = dict(RECORD_COLUMNS)
    if wrong == "no id":
        rows[1]["record_id"] = ""
    elif wrong == "twice":
        rows[1]["record_id"] = rows[0]["record_id"]
    elif wrong == "no instant":
        rows[2]["seen_at"] = "soon"
    else:
        columns.pop("seen_at")
    registry = IdentityRegistry(MemoryStore())
    with pytest.raises(InputError):
        registry.take(pd.DataFrame(rows), columns=columns)
    assert registry.preview(a_model()).persons == 0


def test_orders_are_judged_once_a_model_is_adopted():
    to = Recipient(name="欧阳小明", phone="13900010001", address=Address(text="科技路12号3栋2室", city="深圳市"))

    def order(number: int, platform: str):
        buyer = Buyer(identifiers=(Identifier("account", f"mei_{platform}", scope=platform),))
        return an_order(number=str(number), platform=platform, buyer=buyer, recipient=to)

    crm = Crm.open("memory:")
    crm.take([order(1, "jd"), order(2, "taobao")])
    with crm.store.unit() as unit:
        assert unit.identity_records.holders(after="", limit=1) == ()
    crm.identity.adopt(a_model())
    crm.take([order(3, "jd"), order(4, "taobao"), an_order(number="5", recipient=None)])
    person = crm.identity.lookup(kind="account", value="mei_jd", scope="jd")
    assert person == crm.identity.lookup(kind="account", value="mei_taobao", scope="taobao")
    (link,) = crm.identity.links(person.id)
    assert sorted(link.records) == ["order:jd/paper-lantern/3", "order:taobao/paper-lantern/4"]


def test_a_contact_needs_a_record():
    with pytest.raises(InputError):
        Sighting((Identifier("email", "mei@example.com"),), AT, contact=Contact(phone="13900010001"))


def test_the_store_without_a_model_decides_by_identifiers_alone():
    store = MemoryStore()
    said = Contact(email="mei@example.com", receiver_phone="13900010001", receiver_name="欧阳小明")
    with store.unit() as unit:
        seen = [Sighting((), AT, record=f"r{at}", contact=said) for at in range(2)]
        one, two = resolve_many(unit, seen, now=AT, ids=UlidGenerator())
        unit.commit()
    assert one.person != two.person
