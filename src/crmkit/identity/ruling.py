"""Who decides in an open unit: the adopted model where records are kept, and identifiers alone where not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

import attrs

from crmkit.identity.clusters import MAX_KEY, decide
from crmkit.identity.events import ReviewNeeded
from crmkit.identity.linking_values import Ruling
from crmkit.identity.model import Decision, Neighbourhood
from crmkit.identity.modelling import decide_by_model, record_ties
from crmkit.identity.ports import IdentityUnit, LinkingUnit
from crmkit.identity.records import crowds_among

__all__ = ["keep_reviews", "ruled", "weighed"]


def ruled(unit: IdentityUnit, hood: Neighbourhood, decisions: Sequence[Decision]) -> Ruling:
    """Returns who is one person in a neighbourhood, by the model that is in force in the unit's store."""
    if hood.records:  # only a unit that keeps records ever gives any
        adoption = cast("LinkingUnit", unit).identity_models.adopted()
        if adoption is not None:
            return decide_by_model(hood, decisions, adoption.model, digest=adoption.digest)
    verdict = decide(hood.identities, hood.evidence, decisions, hubs=hood.hubs)
    return Ruling(persons=verdict.persons, refused=verdict.refused)


def weighed(
    unit: IdentityUnit, hood: Neighbourhood, decisions: Sequence[Decision]
) -> tuple[Neighbourhood, Ruling, list[list[str]]]:
    """Returns the neighbourhood with its records' crowds, who is one person in it, and who is looked at together."""
    hubs = hood.hubs | crowds_among(hood.records, max_key=MAX_KEY)
    hood = attrs.evolve(hood, hubs=hubs)
    return hood, ruled(unit, hood, decisions), record_ties(hood.records, hubs)


def keep_reviews(unit: IdentityUnit, hood: Neighbourhood, ruling: Ruling, *, at: datetime) -> list[ReviewNeeded]:
    """Writes the doubts of a neighbourhood in place of those it had, and returns what has to be told of new ones."""
    repository = cast("LinkingUnit", unit).identity_reviews
    before = {review.id: review for review in repository.of(identity.id for identity in hood.identities)}
    after = {review.id: review for review in ruling.reviews}
    if gone := before.keys() - after.keys():
        repository.remove(sorted(gone))
    if changed := [review for review in after.values() if before.get(review.id) != review]:
        repository.put_many(changed)
    person = ruling.persons
    return [
        ReviewNeeded(
            key=f"review-needed:{review.id}:{at.isoformat()}", at=at, review=review.id, person=person[review.a],
            other=person[review.b],
        )
        for review in changed
        if review.id not in before
    ]  # fmt: skip
