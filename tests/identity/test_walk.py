"""A random walk drives a database and the memory store side by side; every answer and every row is the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

import pytest

from crmkit.errors import CrmkitError
from crmkit.identifiers import Identifier
from crmkit.identity import IdentityRegistry, clusters, partition, resolution
from crmkit.identity.normalise import email, phone
from crmkit.storage.memory import MemoryStore
from crmkit.testing import TickingClock

START = datetime(2026, 11, 1, tzinfo=UTC)
NAMES = range(9)


class Numbers:
    """Gives the same ids in each store."""

    def __init__(self) -> None:
        self._next = count()

    def new(self) -> str:
        return f"id{next(self._next):06}"


def some(random: Random) -> list[Identifier]:
    kinds = (
        lambda n: Identifier("account", f"buyer{n}", scope="taobao"),
        lambda n: Identifier("email", f"buyer{n}@example.com"),
        lambda n: Identifier("phone", f"+861380000000{n}", verified=random.random() < 0.5),
        lambda n: Identifier("payer_id", f"p{n % 2}", scope="alipay"),
    )
    return [random.choice(kinds)(random.choice(NAMES)) for _ in range(random.randint(1, 3))]


def step(registry: IdentityRegistry, random: Random, ids: list[str], number: int):
    """One call, the same one for the same random state; a refusal is an answer too."""
    what, a, b = random.random(), *random.sample(ids, 2)
    try:
        if what < 0.5:
            return registry.resolve(some(random), at=START + timedelta(minutes=random.randrange(99)), record="x")
        if what < 0.7:
            return registry.merge(a, b, by="lin", reason="", key=f"m{number % 20}")
        if what < 0.85:
            said = registry.history(a)
            return registry.unmerge(random.choice(said).id, by="lin", reason="") if said else said
        members = list(registry.identities_of(a))
        random.shuffle(members)
        return registry.split(a, [members[:1], members[1:]], by="lin", reason="")
    except CrmkitError as refused:
        return type(refused), str(refused)


def rows(store, ids: list[str]):
    with store.unit() as unit:
        identities = unit.identities.find(ids=ids)
        return identities, unit.identities.evidence(identities=ids), unit.identity_decisions.touching(ids)


@pytest.mark.parametrize("max_key", [64, 3])
def test_every_store_walks_like_memory(store, monkeypatch, max_key):
    for name in ("hubs_of", "decide", "components"):
        original = getattr(clusters, name)
        monkeypatch.setattr(resolution, name, lambda *a, original=original, **k: original(*a, **k, max_key=max_key))
    both = [MemoryStore(), store]
    registries = [IdentityRegistry(one, clock=TickingClock(), ids=Numbers()) for one in both]
    for registry in registries:
        for n in NAMES:
            registry.resolve([Identifier("email", f"buyer{n}@example.com")], at=START + timedelta(minutes=n))
    ids = [f"id{n:06}" for n in range(200)]
    for number in range(35):
        known = [identity.id for identity in rows(both[0], ids)[0]]
        here, there = (step(registry, Random(number), known, number) for registry in registries)
        assert here == there
        assert rows(both[0], ids) == rows(both[1], ids)
        identities, evidence, decisions = rows(store, ids)
        folded = partition(identities, evidence, decisions, max_key=max_key)
        assert {identity.id: identity.person for identity in identities} == folded


def test_normalisation_is_at_hand():
    assert phone("138 0000 0001", "CN").value == "+8613800000001"
    assert email(" Mei@Example.com ").value == "mei@example.com"
