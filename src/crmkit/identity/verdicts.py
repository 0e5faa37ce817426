"""Answers to reviews: which decision was made on one, and under which key the next is made."""

from __future__ import annotations

from crmkit.identity.model import Decision
from crmkit.identity.ports import LinkingUnit

__all__ = ["decided_on", "review_of"]

_TIMES = 20


def _keys(review: str) -> list[str]:
    return [f"review:{review}:{time}" for time in range(1, _TIMES + 1)]


def decided_on(unit: LinkingUnit, review: str, kind: str) -> Decision | None:
    """Returns the decision of a kind that answers a review and holds, or None."""
    made = unit.identity_decisions.by_keys(_keys(review)).values()
    return next((decision for decision in made if decision.kind == kind and decision.holds), None)


def review_of(unit: LinkingUnit, review: str) -> tuple[str, str, str]:
    """Returns the two identities of a review, and the key of the next decision on it.

    Raises:
        NotFoundError: There is no such review, or none any more.
    """
    found = unit.identity_reviews.get(review)
    used = unit.identity_decisions.by_keys(_keys(review))
    return found.a, found.b, next((key for key in _keys(review) if key not in used), f"review:{review}:{found.digest}")
