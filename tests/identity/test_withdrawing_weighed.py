"""What withdrawn records leave behind under a linking model: the records, doubts and persons of before."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pandas as pd
import pytest

from crmkit.identity import Contact, IdentityRegistry, Sighting, withdraw_many
from crmkit.identity.taking import sighting_of
from crmkit.storage.memory import MemoryStore
from crmkit.testing import RECORD_COLUMNS, TickingClock, a_model, some_records

AT = datetime(2026, 11, 11, tzinfo=UTC)
HOME = Contact(receiver_name="欧阳小明", receiver_phone="13900010001", city="深圳市", address="科技路12号3栋2室")


def seen(record: str, contact: Contact) -> Sighting:
    return sighting_of(record, AT, contact)


def kept(store, *sightings: Sighting):
    """The map, the records and the doubts around some sightings, all that a store keeps of them but versions."""
    with store.unit() as unit:
        hood = unit.identities.neighbourhood(keys=[each.key for each in sightings])
        reviews = unit.identity_reviews.of(identity.id for identity in hood.identities)
        return [(i.key, i.person, i.component) for i in hood.identities], hood.records, hood.evidence, reviews


def withdrawn(store, gone: Sighting, stays: list[Sighting]) -> None:
    with store.unit() as unit:
        identities = unit.identities.neighbourhood(keys=[gone.key, *(each.key for each in stays)])
        id_of = {identity.key: identity.id for identity in identities.identities}
        said = [(id_of[each.key], each) for each in stays]
        withdraw_many(unit, identities, [(id_of[gone.key], gone)], said, now=AT)
        unit.commit()


@pytest.fixture
def registry(store) -> IdentityRegistry:
    registry = IdentityRegistry(store, clock=TickingClock(), model=a_model())
    registry.adopt()
    return registry


def test_a_record_says_again_what_it_said_before_a_withdrawn_change(store, registry):
    one, two = (seen(name, attrs.evolve(HOME, platform=name, account="mei")) for name in ("jd", "taobao"))
    elsewhere = Contact(receiver_name="陈建国", receiver_phone="13700099999", city="杭州市", address="人民路1号")
    changed = seen("taobao", attrs.evolve(elsewhere, platform="taobao", account="mei"))
    for each in (one, two):
        registry.resolve(each.identifiers, at=AT, record=each.record, contact=each.contact)
    before = kept(store, one, two)
    assert len({person for _, person, _ in before[0]}) == 1
    registry.resolve(changed.identifiers, at=AT, record=changed.record, contact=changed.contact)
    assert len({person for _, person, _ in kept(store, one, two)[0]}) == 2
    withdrawn(store, changed, [two])
    assert kept(store, one, two) == before


def test_doubts_about_withdrawn_records_wait_no_more():
    store, rows = MemoryStore(), some_records(11, 40)
    registry = IdentityRegistry(store, clock=TickingClock(), model=a_model())
    registry.adopt()
    taken = registry.take(pd.DataFrame(rows), columns=RECORD_COLUMNS)
    assert registry.reviews()
    seen_of = [
        (whose, Sighting((), AT, record=row["record_id"])) for whose, row in zip(taken["identity"], rows, strict=True)
    ]
    with store.unit() as unit:
        hood = unit.identities.neighbourhood(ids=taken["identity"])
        withdraw_many(unit, hood, seen_of, [], now=AT)
        unit.commit()
    assert registry.reviews() == ()
