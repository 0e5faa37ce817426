"""Sightings that turn out never to have been: what they alone said is forgotten, and the map is folded anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, cast

import attrs

from crmkit.clock import require_aware
from crmkit.events import Event
from crmkit.identity.model import Evidence, Identity, Neighbourhood, Sighting, is_kept
from crmkit.identity.ports import IdentityUnit, LinkingUnit
from crmkit.identity.resolution import settle

if TYPE_CHECKING:
    from crmkit.identity.records import Record

__all__ = ["withdraw_many"]

Seen = Sequence[tuple[str, Sighting]]
Instants = Mapping[tuple[str, str], Sequence[datetime]]


def withdraw_many(
    unit: IdentityUnit, hood: Neighbourhood, gone: Seen, kept: Seen, *, now: datetime, told: list[Event] | None = None
) -> tuple[Evidence, ...]:
    """Takes sightings back in an open unit: the map becomes what the other sightings say.

    An identifier is forgotten where only withdrawn sightings told it. It stays where another sighting tells it, or
    where it was seen before the first or after the last withdrawn one, by somebody whom nobody here knows of.
    Identities themselves stay, because points, orders and tickets may bear them. Does not commit.

    Args:
        unit: An open unit.
        hood: The whole components of all identities named, as `unit.identities.neighbourhood` gave them.
        gone: The withdrawn sightings, each with the id of the identity that it was counted to.
        kept: The sightings of the same identities that stay, as far as they are known. Of a record that is both here
            and among the withdrawn ones, what its contact says here is put in place of what is kept.
        now: When events are told to have happened, aware.
        told: A list that the emitted events are added to.

    Returns:
        What was told by a withdrawn sighting, by none that is known to stay, and was left because it was seen at
        another time as well.

    Example:
        >>> from datetime import UTC
        >>> from crmkit.identifiers import Identifier
        >>> from crmkit.identity import resolve_many
        >>> from crmkit.ids import UlidGenerator
        >>> from crmkit.storage.memory import MemoryStore
        >>> at, mail = datetime(2026, 11, 1, tzinfo=UTC), Identifier("email", "mei@example.com")
        >>> seen = [Sighting((Identifier("account", name, scope="taobao"), mail), at) for name in ("mei", "wei")]
        >>> with MemoryStore().unit() as unit:
        ...     one, two = resolve_many(unit, seen, now=at, ids=UlidGenerator())
        ...     hood = unit.identities.neighbourhood(ids=[one.identity])
        ...     _ = withdraw_many(unit, hood, [(two.identity, seen[1])], [(one.identity, seen[0])], now=at)
        ...     parted = {identity.person for identity in unit.identities.find(ids=[one.identity, two.identity])}
        >>> one.person == two.person, len(parted)
        (True, 2)
    """
    require_aware(now, "now")
    back = _records_again(hood, gone, kept)
    if back:  # what they say again may tie them to persons that they have nothing to do with today
        values = {key for record in back for key in record.keys.values()}
        hood = unit.identities.neighbourhood(ids=[identity.id for identity in hood.identities], values=values)
    withdrawn, standing = _instants(gone), _instants(kept)
    judged = {
        (item.identity, item.identifier.key): _rest_of(item, withdrawn, standing)
        for item in hood.evidence
        if (item.identity, item.identifier.key) in withdrawn
    }
    stored = {(item.identity, item.identifier.key): item for item in hood.evidence}
    forgotten = [stored[place] for place, rest in judged.items() if rest is None]
    rewound = [rest for place, rest in judged.items() if rest is not None and rest != stored[place]]
    left = {place: judged.get(place, item) for place, item in stored.items()}
    evidence = tuple(item for item in left.values() if item is not None)
    identities = _rewound(hood.identities, evidence, gone, kept)
    if forgotten:
        unit.identities.remove_evidence(forgotten)
    records = _left(unit, hood, gone, kept, back)
    after = Neighbourhood(identities=identities, evidence=evidence, hubs=hood.hubs, records=records)
    decisions = unit.identity_decisions.touching(identity.id for identity in identities)
    settle(unit, hood, after, decisions, now=now, evidence=rewound, records=back, told=told)
    return tuple(item for place in judged if place not in standing and (item := judged[place]) is not None)


def _left(
    unit: IdentityUnit, hood: Neighbourhood, gone: Seen, kept: Seen, back: Sequence[Record]
) -> tuple[Record, ...]:
    """Removes the records that were withdrawn, and returns the others, with those that say again what they said."""
    withdrawn = {sighting.record for _, sighting in gone} - {sighting.record for _, sighting in kept}
    removed = [record.key for record in hood.records if record.key in withdrawn]
    if removed:
        cast("LinkingUnit", unit).identity_records.remove(removed)
    left = {record.key: record for record in (*hood.records, *back)}
    return tuple(record for record in left.values() if record.key not in withdrawn)


def _records_again(hood: Neighbourhood, gone: Seen, kept: Seen) -> list[Record]:
    """Returns the records whose withdrawn sighting had replaced what a sighting that stays says of them."""
    replaced = {sighting.record for _, sighting in gone} & {record.key for record in hood.records}
    latest_first = sorted(kept, key=lambda seen: seen[1].at, reverse=True)
    told = {s.record: (whose, s) for whose, s in latest_first if s.contact is not None and s.record in replaced}
    if not told:
        return []
    from crmkit.identity.matching.encoding import reading_of
    from crmkit.identity.records import Record

    id_of = {identity.key: identity.id for identity in hood.identities}
    stored = {record.key: record for record in hood.records}
    again = [
        Record(key=key, identity=id_of.get(one.key, whose), at=one.at, reading=reading_of(one.contact))
        for key, (whose, one) in told.items()
        if one.contact is not None
    ]
    return [record for record in again if record != stored[record.key]]


def _instants(seen: Seen) -> dict[tuple[str, str], list[datetime]]:
    found: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for identity, sighting in seen:
        for identifier in sighting.identifiers:
            if is_kept(identifier):
                found[identity, identifier.key].append(sighting.at)
    return dict(found)


def _rest_of(item: Evidence, gone: Instants, kept: Instants) -> Evidence | None:
    """What stays of one piece of evidence, or None."""
    place = (item.identity, item.identifier.key)
    first, last = min(gone[place]), max(gone[place])
    others = kept.get(place)
    if others is None:
        return None if first <= item.first_seen and item.last_seen <= last else item
    begin = min(others) if first <= item.first_seen else item.first_seen
    end = max(others) if item.last_seen <= last else item.last_seen
    return attrs.evolve(item, first_seen=max(begin, item.first_seen), last_seen=min(end, item.last_seen))


def _rewound(
    identities: Iterable[Identity], evidence: Iterable[Evidence], gone: Seen, kept: Seen
) -> tuple[Identity, ...]:
    """The identities with the instant at which those sightings that stay saw them first."""
    first_gone: dict[str, datetime] = {}
    for whose, sighting in gone:
        first_gone[whose] = min(sighting.at, first_gone.get(whose, sighting.at))
    first_kept: dict[str, datetime] = {item.identity: item.first_seen for item in evidence}
    seen = [(item.identity, item.first_seen) for item in evidence] + [(whose, one.at) for whose, one in kept]
    for whose, at in seen:
        first_kept[whose] = min(at, first_kept.get(whose, at))
    return tuple(
        attrs.evolve(one, first_seen=max(one.first_seen, first_kept[one.id]))
        if one.id in first_kept and one.id in first_gone and first_gone[one.id] <= one.first_seen
        else one
        for one in identities
    )
