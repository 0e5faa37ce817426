"""Adopted linking models and doubts in memory."""

from __future__ import annotations

from collections.abc import Iterable

from crmkit.errors import NotFoundError
from crmkit.identity.linking_values import Adoption, Review
from crmkit.storage.memory.records import Index
from crmkit.storage.memory.tables import Table, Tables

__all__ = ["MemoryModels", "MemoryReviews"]


class MemoryModels:
    """Keeps adoptions by digest."""

    def __init__(self, tables: Tables) -> None:
        self._models: Table[str, Adoption] = tables.table("identity_models")
        self._current: Table[str, str] = tables.table("identity_model_in_force")

    def adopted(self) -> Adoption | None:
        """Returns the model in force; see `crmkit.identity.ModelRepository`."""
        digest = self._current.get("")
        return None if digest is None else self._models.get(digest)

    def put(self, adoption: Adoption) -> None:
        """Puts a model into force; see `crmkit.identity.ModelRepository`."""
        self._models.put(adoption.digest, adoption)
        self._current.put("", adoption.digest)


class MemoryReviews:
    """Keeps doubts by id."""

    def __init__(self, tables: Tables) -> None:
        self._reviews: Table[str, Review] = tables.table("identity_reviews")
        self._named = Index(tables.table("identity_reviews_of"))

    def of(self, identities: Iterable[str]) -> tuple[Review, ...]:
        """Returns the doubts about identities; see `crmkit.identity.ReviewRepository`."""
        return tuple(self.get(id_) for id_ in sorted(self._named.of(identities)))

    def get(self, id_: str) -> Review:
        """Returns a doubt; see `crmkit.identity.ReviewRepository`."""
        found = self._reviews.get(id_)
        if found is None:
            raise NotFoundError("review", id_)
        return found

    def waiting(self, *, limit: int) -> tuple[Review, ...]:
        """Returns the doubts that wait; see `crmkit.identity.ReviewRepository`."""
        return tuple(sorted(self._reviews.values(), key=_weightiest)[:limit])

    def put_many(self, reviews: Iterable[Review]) -> None:
        """Writes doubts; see `crmkit.identity.ReviewRepository`."""
        for review in reviews:
            self._reviews.put(review.id, review)
            self._named.add(review.a, review.id)
            self._named.add(review.b, review.id)

    def remove(self, ids: Iterable[str]) -> None:
        """Removes doubts; see `crmkit.identity.ReviewRepository`."""
        for id_ in ids:
            if (review := self._reviews.get(id_)) is not None:
                self._named.remove(review.a, id_)
                self._named.remove(review.b, id_)
                self._reviews.remove(id_)


def _weightiest(review: Review) -> tuple[bool, float, str]:
    return review.weight is not None, -(review.weight or 0.0), review.id
