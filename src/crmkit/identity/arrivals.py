"""How sightings become identities and evidence: a join that forgets the order in which they came. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import attrs

from crmkit.identifiers import Identifier
from crmkit.identity.model import Evidence, Identity, Sighting, can_link, is_kept

if TYPE_CHECKING:
    from crmkit.identity.contacts import Contact

__all__ = ["Arrival", "arrivals", "brings_news", "joined", "linking_values", "received"]

_FULLEST_FIRST = ("plain", "relay", "shared", "masked")


@attrs.define(slots=True)
class Arrival:
    """Is what a batch of sightings says about one identity."""

    key: str
    first_seen: datetime
    evidence: dict[str, Evidence] = attrs.field(factory=dict)
    contacts: dict[str, tuple[datetime, Contact]] = attrs.field(factory=dict)


def arrivals(sightings: Iterable[Sighting]) -> dict[str, Arrival]:
    """Returns what the sightings say, by identity key, in the order of first appearance."""
    found: dict[str, Arrival] = {}
    for sighting in sightings:
        key = sighting.key
        arrival = found.get(key)
        if arrival is None:
            arrival = found[key] = Arrival(key, sighting.at)
        arrival.first_seen = min(arrival.first_seen, sighting.at)
        if sighting.contact is not None:
            arrival.contacts[sighting.record] = (sighting.at, sighting.contact)
        for identifier in sighting.identifiers:
            if is_kept(identifier):
                _add(arrival.evidence, _evidence(identifier, sighting.at))
    return found


def _evidence(identifier: Identifier, at: datetime, identity: str = "") -> Evidence:
    # A mask or a known shared value cannot be "verified": the proof was about something that is not this value.
    if identifier.verified and identifier.form not in ("plain", "relay"):
        identifier = attrs.evolve(identifier, verified=False)
    return Evidence(identity=identity, identifier=identifier, first_seen=at, last_seen=at)


def _add(evidence: dict[str, Evidence], item: Evidence) -> None:
    key = item.identifier.key
    old = evidence.get(key)
    evidence[key] = item if old is None else joined(old, item)


def joined(old: Evidence, new: Evidence) -> Evidence:
    """Returns what two sightings of the same identity and identifier say together; `old` itself if nothing is new.

    Commutative, associative and idempotent, so that no order of arrival can be told from the result.
    """
    a, b = old.identifier, new.identifier
    if a == b and old.first_seen <= new.first_seen and new.last_seen <= old.last_seen:
        return old
    ends = [end for end in (a.valid_until, b.valid_until) if end is not None]
    identifier = attrs.evolve(
        a,
        form=min(a.form, b.form, key=_FULLEST_FIRST.index),
        verified=a.verified or b.verified,
        valid_until=max(ends) if ends else None,
    )
    both = attrs.evolve(
        old,
        identifier=identifier,
        first_seen=min(old.first_seen, new.first_seen),
        last_seen=max(old.last_seen, new.last_seen),
    )
    return old if both == old else both


def brings_news(arrival: Arrival, known: Identity, evidence: Mapping[str, Evidence]) -> bool:
    """Returns whether an arrival says anything that is not known yet of its identity."""
    if arrival.first_seen < known.first_seen:
        return True
    for key, item in arrival.evidence.items():
        old = evidence.get(key)
        if old is None or joined(old, item) is not old:
            return True
    return False


def linking_values(found: Iterable[Arrival]) -> set[str]:
    """Returns the keys of the identifiers that can link an arrival to other identities."""
    return {key for arrival in found for key, item in arrival.evidence.items() if can_link(item.identifier)}


def received(
    found: Iterable[Arrival],
    known: Iterable[Identity],
    evidence: Iterable[Evidence],
    new_id: Callable[[], str],
) -> tuple[dict[str, Identity], dict[tuple[str, str], Evidence]]:
    """Returns identities by key, and the evidence that is new or changed by (identity, identifier key).

    Args:
        found: What arrived.
        known: The identities known so far; those that nothing arrived for come back as they are.
        evidence: Their evidence.
        new_id: Gives the id of an identity that is new.
    """
    by_key = {identity.key: identity for identity in known}
    stored = {(item.identity, item.identifier.key): item for item in evidence}
    changed: dict[tuple[str, str], Evidence] = {}
    for arrival in found:
        identity = by_key.get(arrival.key)
        if identity is None:
            id_ = new_id()
            identity = Identity(id=id_, key=arrival.key, first_seen=arrival.first_seen, person=id_, component=id_)
        elif arrival.first_seen < identity.first_seen:
            identity = attrs.evolve(identity, first_seen=arrival.first_seen)
        by_key[arrival.key] = identity
        for key, item in arrival.evidence.items():
            old = stored.get((identity.id, key))
            new = item.of(identity.id) if old is None else joined(old, item)
            if new is not old:
                changed[identity.id, key] = new
    return by_key, changed
