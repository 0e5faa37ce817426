"""The identity map in memory."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from crmkit.errors import DuplicateError, NotFoundError, StaleRecordError
from crmkit.identity import Decision, Evidence, Identity, Neighbourhood
from crmkit.storage.memory.records import Index, MemoryRecords
from crmkit.storage.memory.tables import Table, Tables

__all__ = ["MemoryDecisions", "MemoryIdentities"]


class MemoryIdentities:
    """Keeps identities and evidence, and the indexes that a database would have."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._identities: Table[str, Identity] = tables.table("identities")
        self._evidence: Table[tuple[str, str], Evidence] = tables.table("identity_evidence")
        self._keys: Table[str, str] = tables.table("identity_keys")
        self._hubs: Table[str, bool] = tables.table("identity_hubs")
        self._persons = Index(tables.table("identity_persons"))
        self._components = Index(tables.table("identity_components"))
        self._values = Index(tables.table("identity_values"))
        self._linkable = Index(tables.table("identity_linkable"))
        self._records = MemoryRecords(tables)

    def find(
        self, *, ids: Iterable[str] = (), keys: Iterable[str] = (), persons: Iterable[str] = ()
    ) -> tuple[Identity, ...]:
        """Returns identities by id, key or person; see `crmkit.identity.IdentityRepository`."""
        wanted = {id_ for id_ in ids if id_ in self._identities}
        wanted.update(id_ for key in keys if (id_ := self._keys.get(key)) is not None)
        return self._of(wanted | self._persons.of(persons))

    def evidence(self, *, identities: Iterable[str] = (), values: Iterable[str] = ()) -> tuple[Evidence, ...]:
        """Returns evidence by identity or by value; see `crmkit.identity.IdentityRepository`."""
        places = {(identity, key) for identity in identities for key in self._values.of([identity])}
        places.update((identity, value) for value in values for identity, _ in self._holders(value).items())
        return tuple(item for place in sorted(places) if (item := self._evidence.get(place)) is not None)

    def neighbourhood(
        self, *, ids: Iterable[str] = (), keys: Iterable[str] = (), values: Iterable[str] = ()
    ) -> Neighbourhood:
        """Returns whole components; the store lets one unit in at a time, so nobody else needs to be kept off."""
        touched = self.find(ids=ids, keys=keys)
        shared = [value for value in values if value not in self._hubs]
        touched += self._of(self._linkable.of(shared) | self._records.sharing(shared))
        members = self._components.of({identity.component for identity in touched})
        evidence, records = self.evidence(identities=members), self._records.of(members)
        said = {item.identifier.key for item in evidence}
        said.update(key for record in records for key in record.keys.values())
        hubs = frozenset(key for key in said if key in self._hubs)
        return Neighbourhood(identities=self._of(members), evidence=evidence, hubs=hubs, records=records)

    def put_many(
        self, identities: Iterable[Identity], *, evidence: Iterable[Evidence] = (), hubs: Iterable[str] = ()
    ) -> None:
        """Writes identities, evidence and hubs; see `crmkit.identity.IdentityRepository`."""
        for key in hubs:
            self._hubs.put(key, True)
        for identity in identities:
            self._put(identity)
        for item in evidence:
            key = item.identifier.key
            self._evidence.put((item.identity, key), item)
            self._values.add(item.identity, key)
            self._holders(key).put(item.identity, True)
            if item.can_link and key not in self._hubs:
                self._linkable.add(key, item.identity)

    def remove_evidence(self, evidence: Iterable[Evidence]) -> None:
        """Removes evidence; see `crmkit.identity.IdentityRepository`."""
        for item in evidence:
            key = item.identifier.key
            self._evidence.remove((item.identity, key))
            self._values.remove(item.identity, key)
            self._holders(key).remove(item.identity)
            self._linkable.remove(key, item.identity)

    def _put(self, identity: Identity) -> None:
        old = self._identities.get(identity.id)
        if identity.version == 0 and (old is not None or identity.key in self._keys):
            raise DuplicateError(f"There is an identity with the id {identity.id!r} or its key already.")
        if identity.version and (old is None or old.version != identity.version):
            raise StaleRecordError("identity", identity.id, identity.version, old.version if old else None)
        self._keys.put(identity.key, identity.id)
        for index, name in ((self._persons, "person"), (self._components, "component")):
            if old is not None:
                index.remove(getattr(old, name), identity.id)
            index.add(getattr(identity, name), identity.id)
        self._identities.put(identity.id, attrs.evolve(identity, version=identity.version + 1))

    def _holders(self, value: str) -> Table[str, bool]:
        """A table of its own for each value: some are held by very many identities."""
        return self._tables.table(f"identity_holders/{value}")

    def _of(self, ids: Iterable[str]) -> tuple[Identity, ...]:
        return tuple(identity for id_ in sorted(ids) if (identity := self._identities.get(id_)) is not None)


class MemoryDecisions:
    """Keeps decisions by id."""

    def __init__(self, tables: Tables) -> None:
        self._decisions: Table[str, Decision] = tables.table("identity_decisions")
        self._keys: Table[str, str] = tables.table("identity_decision_keys")
        self._named = Index(tables.table("identity_decisions_of"))

    def get(self, id_: str) -> Decision:
        """Returns a decision; see `crmkit.identity.DecisionRepository`."""
        found = self._decisions.get(id_)
        if found is None:
            raise NotFoundError("decision", id_)
        return found

    def by_keys(self, keys: Iterable[str]) -> dict[str, Decision]:
        """Returns decisions by key; see `crmkit.identity.DecisionRepository`."""
        return {key: self.get(id_) for key in keys if (id_ := self._keys.get(key)) is not None}

    def touching(self, identities: Iterable[str]) -> tuple[Decision, ...]:
        """Returns the decisions about identities; see `crmkit.identity.DecisionRepository`."""
        found = [self.get(id_) for id_ in self._named.of(identities)]
        return tuple(sorted(found, key=lambda d: (d.at, d.id)))

    def put_many(self, decisions: Iterable[Decision]) -> None:
        """Writes decisions; see `crmkit.identity.DecisionRepository`."""
        for decision in decisions:
            old = self._decisions.get(decision.id)
            if decision.version == 0 and (old is not None or decision.key in self._keys):
                raise DuplicateError(f"There is a decision with the id {decision.id!r} or its key already.")
            if decision.version and (old is None or old.version != decision.version):
                raise StaleRecordError("decision", decision.id, decision.version, old.version if old else None)
            self._decisions.put(decision.id, attrs.evolve(decision, version=decision.version + 1))
            self._keys.put(decision.key, decision.id)
            for identity in (decision.a, decision.b):
                self._named.add(identity, decision.id)
