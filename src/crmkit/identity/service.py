"""The identity registry: who somebody is, and what people decide about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import attrs

from crmkit.clock import Clock, SystemClock, require_aware
from crmkit.errors import InputError, NotFoundError
from crmkit.identifiers import Identifier
from crmkit.identity.clusters import Refusal, decide
from crmkit.identity.model import Decision, Identity, Neighbourhood, Person, Sighting
from crmkit.identity.ports import IdentityUnit
from crmkit.identity.refusals import MergeVetoed, SharedIdentifier
from crmkit.identity.resolution import resolve_many, settle
from crmkit.identity.vetoes import checked_groups, is_between, members_with, pairs_apart, veto_between
from crmkit.ids import IdGenerator, UlidGenerator
from crmkit.unit import Store, in_unit

__all__ = ["IdentityRegistry"]


class IdentityRegistry:
    """Answers who somebody is, and keeps what people decide about it.

    Everywhere a customer is asked for, the id of any identity or person is good: every person's id is an identity's
    id, and stays valid for ever.

    Args:
        store: Where the map is kept.
        clock: Gives the instants of decisions and events.
        ids: Generator of ids.

    Example:
        >>> from datetime import UTC, datetime
        >>> from crmkit.storage.memory import MemoryStore
        >>> registry = IdentityRegistry(MemoryStore())
        >>> at = datetime(2026, 11, 1, tzinfo=UTC)
        >>> mei = registry.resolve([Identifier("account", "mei_shop", scope="taobao")], at=at)
        >>> mail = registry.resolve([Identifier("email", "mei@example.com")], at=at)
        >>> decision = registry.merge(mei.id, mail.id, by="lin", reason="told us on the phone", key="call-17")
        >>> registry.person(mail.id) == registry.person(mei.id)
        True
        >>> _ = registry.unmerge(decision.id, by="lin", reason="it was her sister")
        >>> registry.person(mail.id) == mail
        True
    """

    def __init__(
        self, store: Store[IdentityUnit], *, clock: Clock | None = None, ids: IdGenerator | None = None
    ) -> None:
        self._store = store
        self._clock = clock or SystemClock()
        self._ids = ids or UlidGenerator()

    def resolve(self, identifiers: Sequence[Identifier], *, at: datetime, record: str = "") -> Person:
        """Finds or makes the person of one sighting; the same call again changes nothing.

        Args:
            identifiers: What the buyer can be recognised by.
            at: When the source saw it, aware.
            record: The record's own key, for guests.

        Raises:
            InputError: Neither an owning identifier nor a record.
        """
        sighting, now = Sighting(tuple(identifiers), at, record=record), self._clock.now()

        def work(unit: IdentityUnit) -> Person:
            (found,) = resolve_many(unit, [sighting], now=now, ids=self._ids)
            return _person_of(unit, found.identity)

        return in_unit(self._store, work)

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
            return _person_of(unit, persons.pop())

    def person(self, customer: str) -> Person:
        """Returns the person that an identity, or a person of any time, belongs to today.

        Raises:
            NotFoundError: There is no such customer.
        """
        with self._store.unit(read_only=True) as unit:
            return _person_of(unit, customer)

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

    def merge(self, a: str, b: str, *, by: str, reason: str, key: str) -> Decision:
        """Decides that two customers are one person.

        Args:
            a: One customer.
            b: The other.
            by: Who decides.
            reason: Why.
            key: The caller's key; the same key twice is one decision.

        Raises:
            NotFoundError: One of them does not exist.
            MergeVetoed: Somebody has decided that they are different people.
            InputError: Both are the same identity, or the key was used for another decision.
        """
        if a == b or not key:
            raise InputError("A merge needs two different identities and a key of its own.")
        now = self._clock.now()

        def work(unit: IdentityUnit) -> Decision:
            hood = _around(unit, a, b)
            if (made := unit.identity_decisions.by_keys([key]).get(key)) is not None:
                return _same(made, a, b)
            decision = Decision(id=self._ids.new(), kind="merge", a=a, b=b, by=by, reason=reason, key=key, at=now)
            said = unit.identity_decisions.touching(identity.id for identity in hood.identities)
            if (veto := veto_between(a, b, hood, said)) is not None:
                raise MergeVetoed(a, b, veto.id)
            self._decided(unit, hood, [decision], now)
            return attrs.evolve(decision, version=1)

        return in_unit(self._store, work)

    def unmerge(self, decision_id: str, *, by: str, reason: str) -> Decision:
        """Withdraws exactly this decision, be it a merge or a veto: the map is as if it had never been made.

        Withdrawing it again changes nothing.

        Raises:
            NotFoundError: There is no such decision.
        """
        now = self._clock.now()

        def work(unit: IdentityUnit) -> Decision:
            named = unit.identity_decisions.get(decision_id)
            hood = _around(unit, named.a, named.b)
            decision = unit.identity_decisions.get(decision_id)
            if not decision.holds:
                return decision
            gone = attrs.evolve(decision, withdrawn_at=now, withdrawn_by=by, withdrawn_reason=reason)
            self._decided(unit, hood, [gone], now)
            return attrs.evolve(gone, version=gone.version + 1)

        return in_unit(self._store, work)

    def split(self, person: str, groups: Sequence[Sequence[str]], *, by: str, reason: str) -> tuple[Decision, ...]:
        """Decides that the identities of one person are several people, so that no later arrival joins them again.

        Args:
            person: The customer to split.
            groups: The identities of each of the people; together all identities of the person.
            by: Who decides.
            reason: Why.

        Returns:
            The vetoes between the groups: one for each pair of identities that something ties together, or one for
            two groups that nothing ties. Splitting again what is apart returns the vetoes that keep it so.

        Raises:
            NotFoundError: There is no such customer.
            InputError: The groups overlap, leave identities out, or name somebody else's.
        """
        now = self._clock.now()
        sides = checked_groups(groups)

        def work(unit: IdentityUnit) -> tuple[Decision, ...]:
            hood = _around(unit, person, *sides)
            decisions = unit.identity_decisions.touching(identity.id for identity in hood.identities)
            pairs = pairs_apart(person, sides, hood, decisions)
            vetoes = [
                Decision(id=self._ids.new(), kind="veto", a=a, b=b, by=by, reason=reason, key=key, at=now)
                for a, b, key in pairs
            ]
            if vetoes:
                self._decided(unit, hood, vetoes, now)
            standing = [d for d in decisions if is_between(d, sides)]
            return (*standing, *(attrs.evolve(veto, version=1) for veto in vetoes))

        return in_unit(self._store, work)

    def history(self, person: str) -> tuple[Decision, ...]:
        """Returns all decisions that name an identity of the customer's person, withdrawn ones too, oldest first.

        Raises:
            NotFoundError: There is no such customer.
        """
        with self._store.unit(read_only=True) as unit:
            return unit.identity_decisions.touching(_person_of(unit, person).identities)

    def refused(self, customer: str) -> tuple[Refusal, ...]:
        """Returns the unions around a customer's person that vetoes forbid: who, by what link, by which veto.

        Raises:
            NotFoundError: There is no such customer.
        """
        with self._store.unit() as unit:
            hood, decisions = self._surroundings(unit, customer)
        members = set(members_with(customer, hood))
        refused = decide(hood.identities, hood.evidence, decisions, hubs=hood.hubs).refused
        return tuple(r for r in refused if {r.a, r.b, *r.against} & members)

    def as_of(self, customer: str, at: datetime) -> Person:
        """Returns the person a customer belonged to by what was seen and decided up to an instant.

        An identifier that belongs to too many today is taken to have done so then.

        Args:
            customer: An identity or person.
            at: The instant, included; aware.

        Raises:
            NotFoundError: There is no such customer, or it had not been seen by then.
        """
        require_aware(at, "at")
        with self._store.unit() as unit:
            hood, decisions = self._surroundings(unit, customer)
        identities = [identity for identity in hood.identities if identity.first_seen <= at]
        evidence = [item for item in hood.evidence if item.first_seen <= at]
        said = [_as_of(decision, at) for decision in decisions if decision.at <= at]
        persons = decide(identities, evidence, said, hubs=hood.hubs).persons
        if customer not in persons:
            raise NotFoundError("customer", customer)
        return Person(persons[customer], tuple(sorted(i for i, p in persons.items() if p == persons[customer])))

    def _surroundings(self, unit: IdentityUnit, customer: str) -> tuple[Neighbourhood, tuple[Decision, ...]]:
        hood = _around(unit, customer)
        return hood, unit.identity_decisions.touching(identity.id for identity in hood.identities)

    def _decided(self, unit: IdentityUnit, hood: Neighbourhood, decisions: Sequence[Decision], now: datetime) -> None:
        """Writes new or withdrawn decisions and folds the map anew."""
        unit.identity_decisions.put_many(decisions)
        said = unit.identity_decisions.touching(identity.id for identity in hood.identities)
        settle(unit, hood, hood, said, now=now)


def _identity(unit: IdentityUnit, customer: str) -> Identity:
    found = unit.identities.find(ids=[customer])
    if not found:
        raise NotFoundError("customer", customer)
    return found[0]


def _person_of(unit: IdentityUnit, customer: str) -> Person:
    person = _identity(unit, customer).person
    return Person(person, tuple(identity.id for identity in unit.identities.find(persons=[person])))


def _around(unit: IdentityUnit, *customers: str) -> Neighbourhood:
    hood = unit.identities.neighbourhood(ids=customers)
    known = {identity.id for identity in hood.identities}
    for customer in customers:
        if customer not in known:
            raise NotFoundError("customer", customer)
    return hood


def _same(made: Decision, a: str, b: str) -> Decision:
    if made.kind != "merge" or {made.a, made.b} != {a, b}:
        raise InputError(f"The key {made.key!r} was used for another decision ({made.id!r}); give a key of its own.")
    return made


def _as_of(decision: Decision, at: datetime) -> Decision:
    withdrawn = decision.withdrawn_at
    return decision if withdrawn is None or withdrawn <= at else attrs.evolve(decision, withdrawn_at=None)
