"""Find or make, inside an open unit: sightings in, persons out, the touched part of the map folded anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, cast

import attrs

from crmkit.clock import require_aware
from crmkit.events import Event
from crmkit.identity.arrivals import Arrival, arrivals, brings_news, linking_values, received
from crmkit.identity.clusters import components, decide, hubs_of
from crmkit.identity.events import events_between
from crmkit.identity.model import Decision, Evidence, Identity, Neighbourhood, Resolved, Sighting
from crmkit.identity.ports import IdentityUnit, LinkingUnit
from crmkit.ids import IdGenerator

if TYPE_CHECKING:
    from crmkit.identity.linking_values import Ruling
    from crmkit.identity.records import Record

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
        sightings: Contacts in any order; the same ones again change nothing. Those with a `contact` need a unit that
            keeps records (`LinkingUnit`); once a model is adopted, it is weighed against those of others.
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
    records = _records(unit, found, known)
    news = _news(unit, found, known, records)
    if news:
        known |= _take_in(unit, news, records, now=now, ids=ids, told=told)
    answers = []
    made = {key for key, identity in known.items() if identity.version == 0}
    for sighting in sightings:
        identity = known[sighting.key]
        answers.append(Resolved(identity.id, identity.person, is_new=identity.key in made))
        made.discard(identity.key)
    return tuple(answers)


def _records(unit: IdentityUnit, found: Mapping[str, Arrival], known: Mapping[str, Identity]) -> dict[str, Record]:
    """The records that say something else than is stored under their key, their identity's key in place of its id."""
    told = {key: (arrival.key, *said) for arrival in found.values() for key, said in arrival.contacts.items()}
    if not told:
        return {}
    from crmkit.identity.matching.encoding import reading_of
    from crmkit.identity.records import Record

    stored = cast("LinkingUnit", unit).identity_records.by_keys(told)
    new = {}
    for key, (identity, at, contact) in told.items():
        record = Record(key=key, identity=identity, at=at, reading=reading_of(contact))
        old, owner = stored.get(key), known.get(identity)
        if old is None or owner is None or old != attrs.evolve(record, identity=owner.id):
            new[key] = record
    return new


def _news(
    unit: IdentityUnit, found: dict[str, Arrival], known: dict[str, Identity], records: Mapping[str, Record]
) -> list[Arrival]:
    """The arrivals that say something that is not stored yet."""
    stored: dict[str, dict[str, Evidence]] = defaultdict(dict)
    if known:
        for item in unit.identities.evidence(identities=[identity.id for identity in known.values()]):
            stored[item.identity][item.identifier.key] = item
    return [
        arrival
        for key, arrival in found.items()
        if key not in known
        or not records.keys().isdisjoint(arrival.contacts)
        or brings_news(arrival, known[key], stored[known[key].id])
    ]


def _take_in(
    unit: IdentityUnit, news: Sequence[Arrival], records: Mapping[str, Record], *, now: datetime, ids: IdGenerator,
    told: list[Event] | None,
) -> dict[str, Identity]:  # fmt: skip
    values = linking_values(news).union(*(record.keys.values() for record in records.values()))
    hood = unit.identities.neighbourhood(keys=[arrival.key for arrival in news], values=values)
    by_key, changed = received(news, hood.identities, hood.evidence, ids.new)
    evidence = {(item.identity, item.identifier.key): item for item in hood.evidence} | changed
    written = [attrs.evolve(record, identity=by_key[record.identity].id) for record in records.values()]
    all_records = {record.key: record for record in (*hood.records, *written)}
    after = Neighbourhood(
        identities=tuple(by_key.values()), evidence=tuple(evidence.values()), hubs=hood.hubs,
        records=tuple(all_records.values()),
    )  # fmt: skip
    decisions = unit.identity_decisions.touching(identity.id for identity in hood.identities)
    settled = settle(unit, hood, after, decisions, now=now, evidence=changed.values(), records=written, told=told)
    return {identity.key: identity for identity in settled}


def settle(
    unit: IdentityUnit,
    before: Neighbourhood,
    after: Neighbourhood,
    decisions: Iterable[Decision],
    *,
    now: datetime,
    evidence: Iterable[Evidence] = (),
    records: Sequence[Record] = (),
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
        records: The records to be written.
        told: A list that the emitted events are added to.

    Returns:
        All identities of the components with their person, versions as they were before.
    """
    decisions = tuple(decisions)
    after = attrs.evolve(after, hubs=after.hubs | hubs_of(after.evidence))
    ruling: Ruling | None = None
    tied: list[list[str]] = []
    if before.records or after.records:  # hosts without records need not even load what weighs them
        from crmkit.identity.ruling import keep_reviews, weighed

        after, ruling, tied = weighed(unit, after, decisions)
    verdict = ruling or decide(after.identities, after.evidence, decisions, hubs=after.hubs)
    parts = components(after.identities, after.evidence, decisions, hubs=after.hubs, tied=tied)
    settled = [_placed(identity, verdict.persons[identity.id], parts[identity.id]) for identity in after.identities]
    stored = {identity.id: identity for identity in before.identities}
    changed = [identity for identity in settled if stored.get(identity.id) != identity]
    unit.identities.put_many(changed, evidence=evidence, hubs=after.hubs - before.hubs)
    if records:
        cast("LinkingUnit", unit).identity_records.put_many(records)
    events: list[Event] = [*events_between(stored, settled, at=now)]
    if ruling is not None:
        events += keep_reviews(unit, after, ruling, at=now)
    if events:
        unit.emit(events)
        if told is not None:
            told += events
    return settled


def _placed(identity: Identity, person: str, component: str) -> Identity:
    if identity.person == person and identity.component == component:
        return identity  # most stay where they are, and a copy costs more than looking
    return attrs.evolve(identity, person=person, component=component)
