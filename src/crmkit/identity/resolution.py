"""Find or make, inside an open unit: sightings in, persons out, the touched part of the map folded anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

import attrs

from crmkit.clock import require_aware
from crmkit.events import Event
from crmkit.identity.arrivals import Arrival, arrivals, brings_news, linking_values, received
from crmkit.identity.clusters import components, hubs_of, partition
from crmkit.identity.events import events_between
from crmkit.identity.model import Decision, Evidence, Identity, Neighbourhood, Resolved, Sighting
from crmkit.identity.ports import IdentityUnit
from crmkit.ids import IdGenerator

__all__ = ["resolve_many", "settle"]


def resolve_many(
    unit: IdentityUnit,
    sightings: Sequence[Sighting],
    *,
    now: datetime,
    ids: IdGenerator,
    told: list[Event] | None = None,
) -> tuple[Resolved, ...]:
    """Finds or makes the identity of each sighting, and says which person it belongs to.

    Does not commit, so it can share a unit with the orders that the sightings come from. The number of statements
    depends neither on the sightings (as long as they bear up to 1,000 identifiers) nor on what is stored.

    Args:
        unit: An open unit.
        sightings: Contacts in any order; the same ones again change nothing.
        now: When events are told to have happened, aware.
        ids: Generator of the ids of new identities.
        told: A list that the emitted events are added to, for a caller that counts them.

    Returns:
        One answer per sighting, in their order.

    Raises:
        StaleRecordError, DuplicateError: Another writer got in between; repeat the unit (`crmkit.unit.in_unit` does).

    Example:
        >>> from datetime import UTC
        >>> from crmkit.identifiers import Identifier
        >>> from crmkit.ids import UlidGenerator
        >>> from crmkit.storage.memory import MemoryStore
        >>> at = datetime(2026, 11, 1, tzinfo=UTC)
        >>> mail = Identifier("email", "mei@example.com")
        >>> account = Identifier("account", "mei_shop", scope="taobao")
        >>> with MemoryStore().unit() as unit:
        ...     one, two = resolve_many(
        ...         unit, [Sighting((mail,), at), Sighting((account, mail), at)], now=at, ids=UlidGenerator()
        ...     )
        >>> one.identity == two.identity, one.person == two.person
        (False, True)
    """
    require_aware(now, "now")
    found = arrivals(sightings)
    known = {identity.key: identity for identity in unit.identities.find(keys=found)}
    news = _news(unit, found, known)
    if news:
        known |= _take_in(unit, news, now=now, ids=ids, told=told)
    answers = []
    made = {key for key, identity in known.items() if identity.version == 0}
    for sighting in sightings:
        identity = known[sighting.key]
        answers.append(Resolved(identity.id, identity.person, is_new=identity.key in made))
        made.discard(identity.key)
    return tuple(answers)


def _news(unit: IdentityUnit, found: dict[str, Arrival], known: dict[str, Identity]) -> list[Arrival]:
    """The arrivals that say something that is not stored yet."""
    stored: dict[str, dict[str, Evidence]] = defaultdict(dict)
    if known:
        for item in unit.identities.evidence(identities=[identity.id for identity in known.values()]):
            stored[item.identity][item.identifier.key] = item
    return [
        arrival
        for key, arrival in found.items()
        if key not in known or brings_news(arrival, known[key], stored[known[key].id])
    ]


def _take_in(
    unit: IdentityUnit, news: Sequence[Arrival], *, now: datetime, ids: IdGenerator, told: list[Event] | None
) -> dict[str, Identity]:
    hood = unit.identities.neighbourhood(keys=[arrival.key for arrival in news], values=linking_values(news))
    by_key, changed = received(news, hood.identities, hood.evidence, ids.new)
    evidence = {(item.identity, item.identifier.key): item for item in hood.evidence} | changed
    after = Neighbourhood(identities=tuple(by_key.values()), evidence=tuple(evidence.values()), hubs=hood.hubs)
    decisions = unit.identity_decisions.touching(identity.id for identity in hood.identities)
    settled = settle(unit, hood, after, decisions, now=now, evidence=changed.values(), told=told)
    return {identity.key: identity for identity in settled}


def settle(
    unit: IdentityUnit,
    before: Neighbourhood,
    after: Neighbourhood,
    decisions: Iterable[Decision],
    *,
    now: datetime,
    evidence: Iterable[Evidence] = (),
    told: list[Event] | None = None,
) -> list[Identity]:
    """Folds the touched components anew, writes the rows that changed, and tells what became of the persons.

    Args:
        unit: An open unit.
        before: The components as they are stored.
        after: The same with what is new.
        decisions: All decisions about their identities.
        now: When it became so.
        evidence: The evidence to be written.
        told: A list that the emitted events are added to.

    Returns:
        All identities of the components with their person, versions as they were before.
    """
    decisions = tuple(decisions)
    hubs = after.hubs | hubs_of(after.evidence)
    persons = partition(after.identities, after.evidence, decisions, hubs=hubs)
    parts = components(after.identities, after.evidence, decisions, hubs=hubs)
    settled = [_placed(identity, persons[identity.id], parts[identity.id]) for identity in after.identities]
    stored = {identity.id: identity for identity in before.identities}
    changed = [identity for identity in settled if stored.get(identity.id) != identity]
    unit.identities.put_many(changed, evidence=evidence, hubs=hubs - before.hubs)
    if events := events_between(stored, settled, at=now):
        unit.emit(events)
        if told is not None:
            told += events
    return settled


def _placed(identity: Identity, person: str, component: str) -> Identity:
    if identity.person == person and identity.component == component:
        return identity  # most stay where they are, and a copy costs more than looking
    return attrs.evolve(identity, person=person, component=component)
