"""What changed between two snapshots, told of the persons of today. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from crmkit.errors import InputError
from crmkit.segments.model import NOBODY, Changes, Move, Snapshot

__all__ = ["changed", "of_today"]


def of_today(snapshot: Snapshot, person_of: Mapping[str, str]) -> dict[str, list[str]]:
    """Returns the segments that each person of today was in, by person: the one of their own id first, then by id.

    They are several where customers of the snapshot have become one person since.

    Args:
        snapshot: The members as they were.
        person_of: From a customer of the snapshot to the person they belong to today; who is missing has not changed.

    Example:
        >>> from datetime import UTC, datetime
        >>> at = datetime(2026, 11, 1, tzinfo=UTC)
        >>> kept = Snapshot.of([("ann", "new"), ("bo", "lost")], name="w", as_of=at, made_at=at, digest="4f",
        ...                    question={}, engine="")
        >>> of_today(kept, {"ann": "bo"})
        {'bo': ['lost', 'new']}
    """
    found: dict[str, list[str]] = defaultdict(list)
    for customer, segment in snapshot.members:
        person = person_of.get(customer, customer)
        found[person].insert(0 if person == customer else len(found[person]), segment)
    return dict(found)


def changed(before: Snapshot, after: Snapshot, person_of: Mapping[str, str]) -> Changes:
    """Returns who is in another segment than before.

    Who is several customers of a snapshot has not moved if one of them was where the person is now: a merge moves
    nobody. Else the one with the person's own id counts.

    Args:
        before: The earlier snapshot.
        after: The later one, of the same question.
        person_of: From a customer of one of them to the person they belong to today.

    Raises:
        InputError: They were asked different questions, or the earlier one is not earlier.

    Example:
        >>> from datetime import UTC, datetime
        >>> def taken(day, **members):
        ...     at = datetime(2026, 11, day, tzinfo=UTC)
        ...     return Snapshot.of(members.items(), name="w", as_of=at, made_at=at, digest="4f", question={}, engine="")
        >>> print(changed(taken(1, ann="new", bo="new", cy="new"), taken(8, ann="loyal", bo="new"), {"cy": "bo"}))
        1 stayed, 1 moved
        loyal: 1 entered, 0 left
        new: 0 entered, 1 left
    """
    if before.info.digest != after.info.digest:
        raise InputError(
            f"The snapshots {before.id} and {after.id} answer different questions; compare two of the same."
        )
    if before.as_of >= after.as_of:
        raise InputError(
            f"The earlier snapshot is of {before.as_of.isoformat()}, the later one of {after.as_of.isoformat()}."
        )
    was, now = of_today(before, person_of), of_today(after, person_of)
    nowhere = [NOBODY]
    persons = sorted({*was, *now})
    ends = [(person, was.get(person, nowhere), now.get(person, nowhere)) for person in persons]
    moves = tuple(Move(who, source[0], target[0]) for who, source, target in ends if not set(source) & set(target))
    return Changes(
        before=before.info,
        after=after.info,
        moves=moves,
        stayed=len(persons) - len(moves),
        merged=len(before.members) - len(was),
    )
