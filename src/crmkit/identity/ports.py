"""What the identity map needs of a store."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from crmkit.identity.model import Decision, Evidence, Identity, Neighbourhood
from crmkit.unit import Unit

if TYPE_CHECKING:
    from crmkit.identity.linking_values import Adoption, Review
    from crmkit.identity.records import Record

__all__ = [
    "DecisionRepository",
    "IdentityRepository",
    "IdentityUnit",
    "LinkingUnit",
    "ModelRepository",
    "RecordRepository",
    "ReviewRepository",
]


class IdentityRepository(Protocol):
    """Keeps identities, what they were seen with, and which person each belongs to today."""

    def find(
        self, *, ids: Iterable[str] = (), keys: Iterable[str] = (), persons: Iterable[str] = ()
    ) -> tuple[Identity, ...]:
        """Returns the identities with one of these ids, one of these keys or in one of these persons, by id.

        What does not exist is left out.
        """
        ...

    def evidence(self, *, identities: Iterable[str] = (), values: Iterable[str] = ()) -> tuple[Evidence, ...]:
        """Returns the evidence of these identities and for these identifier keys, by (identity, identifier key)."""
        ...

    def neighbourhood(
        self, *, ids: Iterable[str] = (), keys: Iterable[str] = (), values: Iterable[str] = ()
    ) -> Neighbourhood:
        """Returns the whole components of the identities touched, and keeps other writers off them until the unit ends.

        Touched are the identities with one of these ids, with one of these keys as their own, and those that can be
        linked by one of the identifier keys `values`, unless that one is a hub. Keys and values that nobody holds
        yet are kept from other writers as well. A store that keeps records takes records' keys among the values, and
        gives the records of all identities with them.

        Raises:
            StaleRecordError: Other writers changed the components again and again; repeat the unit.
        """
        ...

    def put_many(
        self, identities: Iterable[Identity], *, evidence: Iterable[Evidence] = (), hubs: Iterable[str] = ()
    ) -> None:
        """Writes identities (version 0 is new, else the stored version), evidence, and marks hubs for ever.

        Raises:
            DuplicateError: A new identity's id or key exists.
            StaleRecordError: An identity has another version in the store.
        """
        ...

    def remove_evidence(self, evidence: Iterable[Evidence]) -> None:
        """Removes evidence of identities whose components `neighbourhood` gave; what is not there is left out."""
        ...


class DecisionRepository(Protocol):
    """Keeps what people have decided; nothing is ever removed."""

    def get(self, id_: str) -> Decision:
        """Returns a decision.

        Raises:
            NotFoundError: There is none with this id.
        """
        ...

    def by_keys(self, keys: Iterable[str]) -> dict[str, Decision]:
        """Returns the decisions made under these keys, by key."""
        ...

    def touching(self, identities: Iterable[str]) -> tuple[Decision, ...]:
        """Returns the decisions that name one of these identities, withdrawn ones too, by (at, id)."""
        ...

    def put_many(self, decisions: Iterable[Decision]) -> None:
        """Writes decisions (version 0 is new, else the stored version).

        Raises:
            DuplicateError: A new decision's id or key exists.
            StaleRecordError: A decision has another version in the store.
        """
        ...


class IdentityUnit(Unit, Protocol):
    """Is the slice of a unit that the identity map needs."""

    @property
    def identities(self) -> IdentityRepository:
        """Identities, evidence and the map."""
        ...

    @property
    def identity_decisions(self) -> DecisionRepository:
        """Merges and vetoes."""
        ...


class RecordRepository(Protocol):
    """Keeps what records say, normalised, for a linking model to compare."""

    def by_keys(self, keys: Iterable[str]) -> dict[str, Record]:
        """Returns the records with these keys, by key; what does not exist is left out."""
        ...

    def put_many(self, records: Iterable[Record]) -> None:
        """Writes records, each in place of an earlier one with its key; `neighbourhood` finds them by their keys."""
        ...

    def remove(self, keys: Iterable[str]) -> None:
        """Removes the records with these keys; what does not exist is left out."""
        ...

    def holders(self, *, after: str, limit: int) -> tuple[str, ...]:
        """Returns the ids of identities that have records, those above `after`, sorted, at most `limit`."""
        ...


class ModelRepository(Protocol):
    """Keeps the linking models that were adopted, and which one is in force."""

    def adopted(self) -> Adoption | None:
        """Returns the model in force, or None where none ever was."""
        ...

    def put(self, adoption: Adoption) -> None:
        """Writes an adoption; from then on it is the one in force."""
        ...


class ReviewRepository(Protocol):
    """Keeps the doubts that wait for a human."""

    def of(self, identities: Iterable[str]) -> tuple[Review, ...]:
        """Returns the doubts that name one of these identities, by id."""
        ...

    def get(self, id_: str) -> Review:
        """Returns a doubt.

        Raises:
            NotFoundError: There is none with this id, or none any more.
        """
        ...

    def waiting(self, *, limit: int) -> tuple[Review, ...]:
        """Returns the doubts, those without a weight first, then the weightiest, ties by id; at most `limit`."""
        ...

    def put_many(self, reviews: Iterable[Review]) -> None:
        """Writes doubts, each in place of an earlier one with its id."""
        ...

    def remove(self, ids: Iterable[str]) -> None:
        """Removes doubts; what does not exist is left out."""
        ...


class LinkingUnit(IdentityUnit, Protocol):
    """Is the slice of a unit that online linking needs besides the map."""

    @property
    def identity_records(self) -> RecordRepository:
        """What records say."""
        ...

    @property
    def identity_models(self) -> ModelRepository:
        """The adopted models."""
        ...

    @property
    def identity_reviews(self) -> ReviewRepository:
        """The doubts that wait for a human."""
        ...
