"""What the identity map needs of a store."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from crmkit.identity.model import Decision, Evidence, Identity, Neighbourhood
from crmkit.unit import Unit

__all__ = ["DecisionRepository", "IdentityRepository", "IdentityUnit"]


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
        yet are kept from other writers as well.

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
