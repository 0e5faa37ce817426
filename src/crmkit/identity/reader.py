"""The identity map as it is read: who somebody is, was, and why."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, cast

import attrs

from crmkit.clock import Clock, SystemClock, require_aware
from crmkit.errors import InputError, NotFoundError
from crmkit.identifiers import Identifier
from crmkit.identity.clusters import Refusal
from crmkit.identity.linking_values import Adoption, Link, Review
from crmkit.identity.model import Decision, Identity, Neighbourhood, Person
from crmkit.identity.ports import IdentityUnit, LinkingUnit
from crmkit.identity.refusals import SharedIdentifier
from crmkit.identity.ruling import ruled
from crmkit.identity.vetoes import members_with
from crmkit.unit import Store

if TYPE_CHECKING:
    from crmkit.identity.explaining import Explanation

__all__ = ["IdentityReader", "around", "person_in"]


class IdentityReader:
    """Answers who somebody is, was, and why, and never changes it.

    Everywhere a customer is asked for, the id of any identity or person is good.

    Args:
        store: Where the map is kept.
        clock: Says which identifiers have expired.
    """

    def __init__(self, store: Store[IdentityUnit], *, clock: Clock | None = None) -> None:
        self._store = store
        self._clock = clock or SystemClock()

    @property
    def _linking(self) -> Store[LinkingUnit]:
        """The store, where records are kept: a store that keeps none answers that its unit lacks them."""
        return cast("Store[LinkingUnit]", self._store)

    def lookup(self, *, kind: str, value: str, scope: str = "world") -> Person:
        """Returns the person who was seen with an identifier.

        Where several were, it is the one whose identity has it as its own key.

        Raises:
            NotFoundError: Nobody was, or it names nobody any more.
            SharedIdentifier: Several persons were, and it is nobody's own key.
        """
        key, now = Identifier(kind, value, scope=scope).key, self._clock.now()
        with self._store.unit(read_only=True) as unit:
            owner = unit.identities.find(keys=[key])
            seen = [
                item.identity
                for item in unit.identities.evidence(values=[key])
                if item.identifier.valid_until is None or item.identifier.valid_until > now
            ]
            persons = {i.person for i in owner} or {i.person for i in unit.identities.find(ids=seen)}
            if not persons:
                raise NotFoundError("person with the identifier", f"{kind}:{scope}")
            if len(persons) > 1:
                raise SharedIdentifier(kind, tuple(sorted(persons)))
            return person_in(unit, persons.pop())

    def person(self, customer: str) -> Person:
        """Returns the person that an identity, or a person of any time, belongs to today.

        Raises:
            NotFoundError: There is no such customer.
        """
        with self._store.unit(read_only=True) as unit:
            return person_in(unit, customer)

    def person_of(self, customer: str) -> str:
        """Returns the id of the person that a customer belongs to today.

        Raises:
            NotFoundError: There is no such customer.
        """
        with self._store.unit(read_only=True) as unit:
            return _identity(unit, customer).person

    def identities_of(self, customer: str) -> tuple[str, ...]:
        """Returns the ids of all identities of a customer's person, sorted.

        Raises:
            NotFoundError: There is no such customer.
        """
        return self.person(customer).identities

    def history(self, person: str) -> tuple[Decision, ...]:
        """Returns all decisions that name an identity of the customer's person, withdrawn ones too, oldest first.

        Raises:
            NotFoundError: There is no such customer.
        """
        with self._store.unit(read_only=True) as unit:
            return unit.identity_decisions.touching(person_in(unit, person).identities)

    def links(self, customer: str) -> tuple[Link, ...]:
        """Returns the ties that the adopted model made within a customer's person, as they are today.

        Raises:
            NotFoundError: There is no such customer.
        """
        with self._store.unit() as unit:
            hood, decisions = _surroundings(unit, customer)
            ruling = ruled(unit, hood, decisions)
        members = set(members_with(customer, hood))
        return tuple(link for link in ruling.links if link.a in members)

    def refused(self, customer: str) -> tuple[Refusal, ...]:
        """Returns the unions around a customer's person that vetoes and guards forbid: who, by what link, by which.

        Raises:
            NotFoundError: There is no such customer.
        """
        with self._store.unit() as unit:
            hood, decisions = _surroundings(unit, customer)
            ruling = ruled(unit, hood, decisions)
        members = set(members_with(customer, hood))
        return tuple(r for r in ruling.refused if {r.a, r.b, *r.against} & members)

    def as_of(self, customer: str, at: datetime) -> Person:
        """Returns the person a customer belonged to by what was seen and decided up to an instant.

        The model in force today decides about the records of then, and an identifier that belongs to too many today is
        taken to have done so then.

        Args:
            customer: An identity or person.
            at: The instant, included; aware.

        Raises:
            NotFoundError: There is no such customer, or it had not been seen by then.
        """
        require_aware(at, "at")
        with self._store.unit() as unit:
            hood, decisions = _surroundings(unit, customer)
            then = attrs.evolve(
                hood,
                identities=tuple(identity for identity in hood.identities if identity.first_seen <= at),
                evidence=tuple(item for item in hood.evidence if item.first_seen <= at),
                records=tuple(record for record in hood.records if record.at <= at),
            )
            persons = ruled(unit, then, [_as_of(decision, at) for decision in decisions if decision.at <= at]).persons
        if customer not in persons:
            raise NotFoundError("customer", customer)
        return Person(persons[customer], tuple(sorted(i for i, p in persons.items() if p == persons[customer])))

    def adopted(self) -> Adoption | None:
        """Returns the linking model in force, or None while none was adopted."""
        with self._linking.unit(read_only=True) as unit:
            return unit.identity_models.adopted()

    def reviews(self, *, limit: int = 1000) -> tuple[Review, ...]:
        """Returns the pairs of persons that wait for a human.

        Those that a rule would join come first, then the weightiest, ties by id.

        Args:
            limit: How many at most.
        """
        with self._linking.unit(read_only=True) as unit:
            return unit.identity_reviews.waiting(limit=limit)

    def explain(self, a: str, b: str) -> Explanation:
        """Returns why two customers, or two records, are one person by the adopted model, or why they are not.

        Of two customers the two records that tie them most are told. Values are not: only levels and bits.

        Args:
            a: Id of a customer, or a record's key.
            b: Another.

        Raises:
            NotFoundError: There is no such customer and no such record.
            InputError: Both are the same, or no model was adopted.
        """
        from crmkit.identity.pleading import explained

        with self._linking.unit() as unit:
            adoption = unit.identity_models.adopted()
            if adoption is None:
                raise InputError("No linking model was adopted, so there are no weights to explain: adopt one.")
            named = unit.identity_records.by_keys([a, b])
            hood = around(unit, *(named[each].identity if each in named else each for each in (a, b)))
            decisions = unit.identity_decisions.touching(identity.id for identity in hood.identities)
        return explained(hood, decisions, adoption.model, a, b)


def around(unit: IdentityUnit, *customers: str) -> Neighbourhood:
    """Returns everything that can have a say in who these customers are.

    Raises:
        NotFoundError: One of them does not exist.
    """
    hood = unit.identities.neighbourhood(ids=customers)
    known = {identity.id for identity in hood.identities}
    for customer in customers:
        if customer not in known:
            raise NotFoundError("customer", customer)
    return hood


def person_in(unit: IdentityUnit, customer: str) -> Person:
    """Returns the person that a customer belongs to, in an open unit.

    Raises:
        NotFoundError: There is no such customer.
    """
    person = _identity(unit, customer).person
    return Person(person, tuple(identity.id for identity in unit.identities.find(persons=[person])))


def _identity(unit: IdentityUnit, customer: str) -> Identity:
    found = unit.identities.find(ids=[customer])
    if not found:
        raise NotFoundError("customer", customer)
    return found[0]


def _surroundings(unit: IdentityUnit, customer: str) -> tuple[Neighbourhood, tuple[Decision, ...]]:
    hood = around(unit, customer)
    return hood, unit.identity_decisions.touching(identity.id for identity in hood.identities)


def _as_of(decision: Decision, at: datetime) -> Decision:
    withdrawn = decision.withdrawn_at
    return decision if withdrawn is None or withdrawn <= at else attrs.evolve(decision, withdrawn_at=None)
