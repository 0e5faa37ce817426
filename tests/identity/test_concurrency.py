"""Many writers meet the same new buyers at the same instant."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from random import Random

from sqlalchemy import func, select

from crmkit.identifiers import Identifier
from crmkit.identity import Contact, IdentityRegistry, Sighting, partition, resolve_many
from crmkit.identity.taking import sighting_of
from crmkit.ids import UlidGenerator
from crmkit.storage.sqlalchemy import metadata
from crmkit.testing import a_model
from crmkit.unit import in_unit

AT = datetime(2026, 11, 11, tzinfo=UTC)
WRITERS, ARRIVALS, BUYERS = 8, 40, 10


def known_by(buyer: int) -> tuple[Identifier, ...]:
    return (
        Identifier("account", f"buyer{buyer}", scope="taobao"),
        Identifier("email", f"buyer{buyer}@example.com"),
        Identifier("payer_id", f"p{buyer}", scope="alipay"),
    )


def arrival(random: Random) -> tuple[Identifier, ...]:
    return tuple(random.sample(known_by(random.randrange(BUYERS)), random.randint(1, 3)))


def everything(store):
    with store.unit() as unit:
        keys = [identifier.key for buyer in range(BUYERS) for identifier in known_by(buyer)]
        identities = unit.identities.find(keys=keys)
        return identities, unit.identities.evidence(identities=[identity.id for identity in identities])


def assert_one_person_each(store) -> None:
    identities, evidence = everything(store)
    assert {identity.id: identity.person for identity in identities} == partition(identities, evidence, [])
    assert len({identity.person for identity in identities}) == BUYERS
    if not hasattr(store, "engine"):
        return
    with store.engine.connect() as connection:
        stored = connection.scalar(select(func.count()).select_from(metadata.tables["crmkit_identities"]))
    assert stored == len(identities)


def test_writers_of_single_arrivals(store):
    registry = IdentityRegistry(store)

    def write(seed: int) -> None:
        random = Random(seed)
        for number in range(ARRIVALS):
            registry.resolve(arrival(random), at=AT + timedelta(seconds=random.randrange(1000)))
            if number % 10 == 0:
                registry.resolve(known_by((seed + number) % BUYERS), at=AT)

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    for buyer in range(BUYERS):
        registry.resolve(known_by(buyer), at=AT)
    assert_one_person_each(store)


def test_writers_of_batches(store):
    ids = UlidGenerator()

    def write(seed: int) -> None:
        random = Random(seed)
        batch = [Sighting(arrival(random), AT) for _ in range(ARRIVALS)]
        batch += [Sighting(known_by(buyer), AT) for buyer in range(BUYERS)]
        random.shuffle(batch)
        in_unit(store, lambda unit: resolve_many(unit, batch, now=AT, ids=ids))

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    assert_one_person_each(store)


def test_a_merge_and_an_arrival_at_once(store):
    registry = IdentityRegistry(store)
    people = [registry.resolve([identifier], at=AT) for buyer in range(BUYERS) for identifier in known_by(buyer)[:2]]

    def merge(buyer: int) -> None:
        a, b = people[2 * buyer : 2 * buyer + 2]
        registry.merge(a.id, b.id, by="lin", reason="", key=f"m{buyer}")

    def arrive(buyer: int) -> None:
        registry.resolve((known_by(buyer)[1], known_by(buyer)[2]), at=AT - timedelta(days=1))
        registry.resolve((known_by(buyer)[0], known_by(buyer)[2]), at=AT)

    with ThreadPoolExecutor(WRITERS) as pool:
        done = [pool.submit(work, buyer) for buyer in range(BUYERS) for work in (merge, arrive)]
        for one in done:
            one.result()
    identities, _ = everything(store)
    assert len({identity.person for identity in identities}) == BUYERS


def test_a_model_that_comes_into_force_sees_the_records_that_are_in_hand(store):
    said = {
        "receiver_name": "欧阳小明",
        "receiver_phone": "13900010001",
        "city": "深圳市",
        "address": "科技路12号3栋2室",
    }
    seen = [sighting_of(name, AT, Contact(platform=name, account="mei", **said)) for name in ("jd", "taobao")]
    registry = IdentityRegistry(store)
    with ThreadPoolExecutor(1) as pool:
        with store.unit() as unit:
            found = resolve_many(unit, seen, now=AT, ids=UlidGenerator())
            adopting = pool.submit(registry.adopt, a_model())
            wait([adopting], timeout=0.3)
            unit.commit()
        assert adopting.result().cursor is None
    assert len({registry.person_of(one.identity) for one in found}) == 1
