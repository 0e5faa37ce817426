"""What a store holds, told without the ids and booking times that differ from run to run."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

__all__ = ["content_of"]


def content_of(store: Any) -> dict[str, Any]:
    """Gives orders, who is who, points, events and batches of a store in a form that two stores can be compared by."""
    with store.unit() as unit:
        stored, after = [], None
        while page := unit.orders.page(after, 1000):
            stored += page
            after = page[-1].key
        identities = unit.identities.find(ids={order.customer for order in stored})
        key_of = {identity.id: identity.key for identity in identities}
        people = defaultdict(set)
        for identity in unit.identities.find(persons={identity.person for identity in identities}):
            people[identity.person].add(identity.key)
            key_of[identity.id] = identity.key
        entries = unit.entries.of_accounts(sorted(key_of))
        events = unit.outbox.read(after=0, limit=10_000_000)
        batches = unit.batches.latest(100)
    return {
        "orders": {order.key: (order.order.digest, order.version, key_of[order.customer]) for order in stored},
        "persons": {frozenset(keys) for keys in people.values()},
        "entries": Counter(
            (key_of[e.account], e.kind, e.points, e.key, e.occurred_at if e.kind == "earn" else None) for e in entries
        ),  # nobody says when a refund happened, so its instant is that of the booking
        "events": Counter(
            event.key for event in events if not event.name.startswith("Person")
        ),  # keys of persons hold ids
        "batches": {(batch.id, batch.status, tuple(sorted(batch.counts.items()))) for batch in batches},
    }
