"""Members: which identities are one customer today, for features that keep something per identity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from crmkit.errors import NotFoundError
from crmkit.identifiers import Identifier
from crmkit.identity import IdentityUnit, Sighting, resolve_many
from crmkit.ids import IdGenerator

__all__ = ["IdentityMembers"]


class IdentityMembers:
    """Answers from the identity map in the same unit; a customer is the id of any identity or person.

    Args:
        unit: An open unit.
        ids: Generator of the ids of new identities.
    """

    def __init__(self, unit: IdentityUnit, ids: IdGenerator) -> None:
        self._unit = unit
        self._ids = ids

    def identities_of(self, customer: str) -> tuple[str, ...]:
        """Returns the ids of all identities that are one person with `customer` today, sorted.

        Raises:
            NotFoundError: There is no such customer.
        """
        return self.identities_of_many([customer])[customer]

    def identities_of_many(self, customers: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Returns the same for many customers, by customer, with two statements per 1,000.

        Raises:
            NotFoundError: One of them does not exist.
        """
        wanted = tuple(dict.fromkeys(customers))
        person_of = {identity.id: identity.person for identity in self._unit.identities.find(ids=wanted)}
        for customer in wanted:
            if customer not in person_of:
                raise NotFoundError("customer", customer)
        members: dict[str, list[str]] = defaultdict(list)
        for identity in self._unit.identities.find(persons=set(person_of.values())):
            members[identity.person].append(identity.id)
        return {customer: tuple(members[person_of[customer]]) for customer in wanted}

    def identity_of(self, identifiers: Iterable[Identifier], *, record: str, at: datetime, now: datetime) -> str:
        """Finds or makes the identity of one sighting; see `crmkit.identity.resolve_many`.

        Args:
            identifiers: What the buyer can be recognised by.
            record: The record's own key, the identity of a guest.
            at: When the source saw it, aware.
            now: When events are told to have happened, aware.

        Returns:
            The identity's id: keep this one with what belongs to the buyer.
        """
        return self.identity_of_many([(identifiers, record, at)], now=now)[0]

    def identity_of_many(
        self, sightings: Iterable[tuple[Iterable[Identifier], str, datetime]], *, now: datetime
    ) -> tuple[str, ...]:
        """Does the same for many (identifiers, record, at) at once, and returns one id each, in their order."""
        wanted = [Sighting(tuple(identifiers), at, record=record) for identifiers, record, at in sightings]
        resolved = resolve_many(self._unit, wanted, now=now, ids=self._ids)
        return tuple(one.identity for one in resolved)
