"""What the identity map tells: persons made, merged and parted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import blake2b

import attrs

from crmkit.events import Event
from crmkit.identity.model import Identity

__all__ = ["PersonMade", "PersonsMerged", "PersonsParted", "ReviewNeeded", "events_between"]


@attrs.frozen(kw_only=True, slots=True)
class PersonMade(Event):
    """Tells that a buyer was seen whom nothing ties to anybody known.

    Attributes:
        person: The new person's id.
    """

    person: str


@attrs.frozen(kw_only=True, slots=True)
class PersonsMerged(Event):
    """Tells that identities of several persons are one person now, or that an older identity gives the id.

    Attributes:
        person: The id that stands for all of them.
        absorbed: The ids that are persons no more; they still lead to `person`.
    """

    person: str
    absorbed: tuple[str, ...]


@attrs.frozen(kw_only=True, slots=True)
class PersonsParted(Event):
    """Tells that what was one person is several now.

    Attributes:
        person: The id it had.
        parts: The ids of the persons that hold its identities now, sorted.
    """

    person: str
    parts: tuple[str, ...]


@attrs.frozen(kw_only=True, slots=True)
class ReviewNeeded(Event):
    """Tells that a human should say whether two persons are one.

    Attributes:
        review: Id of the review.
        person: The id of the one person; `other` the id of the other.
    """

    review: str
    person: str
    other: str


def events_between(
    before: Mapping[str, Identity], after: Iterable[Identity], *, at: datetime
) -> tuple[PersonMade | PersonsMerged | PersonsParted, ...]:
    """Returns what became of the persons, in a fixed order: made, merged, parted.

    Args:
        before: The stored identities by id.
        after: All identities of the same components, as they will be stored.
        at: When it became so.
    """
    now_of: dict[str, set[str]] = defaultdict(set)
    then_of: dict[str, set[str]] = defaultdict(set)
    for identity in after:
        known = before.get(identity.id)
        then_of[identity.person] |= {known.person} if known else set()
        if known:
            now_of[known.person].add(identity.person)
    made = [
        PersonMade(key=f"person-made:{person}", at=at, person=person)
        for person, then in sorted(then_of.items())
        if not then
    ]
    merged = [
        PersonsMerged(key=_key("merged", person, gone, at), at=at, person=person, absorbed=gone)
        for person, then in sorted(then_of.items())
        if (gone := tuple(sorted(old for old in then if old != person and old not in then_of)))
    ]
    parted = [
        PersonsParted(
            key=_key("parted", person, tuple(sorted(parts)), at), at=at, person=person, parts=tuple(sorted(parts))
        )
        for person, parts in sorted(now_of.items())
        if len(parts) > 1
    ]
    return (*made, *merged, *parted)


def _key(what: str, person: str, others: tuple[str, ...], at: datetime) -> str:
    text = "|".join((what, person, at.isoformat(), *others))
    return f"persons-{what}:{person}:{blake2b(text.encode(), digest_size=8).hexdigest()}"
