"""The identity map in a database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Boolean, Column, Index, Row, Select, Table, bindparam, delete, exists, select, update

from crmkit.errors import StaleRecordError
from crmkit.identifiers import Identifier
from crmkit.identity import Evidence, Identity, Neighbourhood
from crmkit.identity.records import Record
from crmkit.storage.sqlalchemy.columns import BigInt, Instant, KeyText, LongText
from crmkit.storage.sqlalchemy.digests import digest_of
from crmkit.storage.sqlalchemy.identity_records import SqlRecords, identity_record_keys, identity_records
from crmkit.storage.sqlalchemy.metadata import TABLE_OPTIONS, metadata
from crmkit.storage.sqlalchemy.statements import Statements, chunked

__all__ = ["SqlIdentities", "identifiers", "identities", "identity_values"]

identities = Table(
    "crmkit_identities",
    metadata,
    Column("id", KeyText(64), primary_key=True),
    Column("digest", KeyText(32), nullable=False, unique=True),
    Column("key", LongText, nullable=False),
    Column("first_seen", Instant, nullable=False),
    Column("person", KeyText(64), nullable=False, index=True),
    Column("component", KeyText(64), nullable=False, index=True),
    Column("version", BigInt, nullable=False),
    **TABLE_OPTIONS,
)

identifiers = Table(
    "crmkit_identifiers",
    metadata,
    Column("identity", KeyText(64), primary_key=True),
    Column("digest", KeyText(32), primary_key=True),
    Column("kind", KeyText(32), nullable=False),
    Column("scope", LongText, nullable=False),
    Column("value", KeyText(255), nullable=False),
    Column("form", KeyText(16), nullable=False),
    Column("verified", Boolean, nullable=False),
    Column("valid_until", Instant),
    Column("can_link", Boolean, nullable=False),
    Column("first_seen", Instant, nullable=False),
    Column("last_seen", Instant, nullable=False),
    Index(None, "digest", "can_link"),
    **TABLE_OPTIONS,
)

identity_values = Table(
    "crmkit_identity_values",
    metadata,
    Column("digest", KeyText(32), primary_key=True),
    Column("is_hub", Boolean, nullable=False),
    **TABLE_OPTIONS,
)
"""One row per value that writers take turns on, and for ever one per hub."""

ADOPTION = digest_of("adoption")
"""The row of `identity_values` that takers of records share, and that a model which comes into force has for itself."""

_TRIES = 5


class SqlIdentities:
    """Keeps identities in `crmkit_identities` and their evidence in `crmkit_identifiers`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def find(
        self, *, ids: Iterable[str] = (), keys: Iterable[str] = (), persons: Iterable[str] = ()
    ) -> tuple[Identity, ...]:
        """Returns identities by id, key or person; see `crmkit.identity.IdentityRepository`."""
        found: dict[str, Identity] = {}
        for column, values in (
            (identities.c.id, ids),
            (identities.c.digest, [digest_of(key) for key in keys]),
            (identities.c.person, persons),
        ):
            for row in self._in(select(identities), column, values):
                found[row.id] = _identity(row)
        return tuple(found[id_] for id_ in sorted(found))

    def evidence(self, *, identities: Iterable[str] = (), values: Iterable[str] = ()) -> tuple[Evidence, ...]:
        """Returns evidence by identity or by value; see `crmkit.identity.IdentityRepository`."""
        rows = self._in(select(identifiers), identifiers.c.identity, identities)
        rows += self._in(select(identifiers), identifiers.c.digest, [digest_of(value) for value in values])
        found = {(row.identity, row.digest): _evidence(row) for row in rows}
        return tuple(sorted(found.values(), key=_place))

    def neighbourhood(
        self, *, ids: Iterable[str] = (), keys: Iterable[str] = (), values: Iterable[str] = ()
    ) -> Neighbourhood:
        """Returns whole components and locks them: first the values, then the identities, each in a fixed order."""
        wanted, values = sorted(set(ids)), set(values)
        own, shared = ({digest_of(text) for text in texts} for texts in (keys, values))
        if any(value.startswith("key:") for value in values):
            self._bar_adoptions()
        hubs = self._take_turns(own | shared)
        of_records = {digest_of(value) for value in values if value.startswith("key:")} - hubs
        touched = self._touched(wanted, sorted(own), sorted(shared - hubs - of_records), sorted(of_records))
        members, are_recorded = self._locked_members(touched)
        rows = self._in(
            select(identifiers, identity_values.c.is_hub).join_from(
                identifiers, identity_values, identifiers.c.digest == identity_values.c.digest, isouter=True
            ),
            identifiers.c.identity,
            [member.id for member in members],
        )
        evidence = sorted((_evidence(row) for row in rows), key=_place)
        flagged = frozenset(_identifier(row).key for row in rows if row.is_hub)
        records: tuple[Record, ...] = ()
        if are_recorded:
            records = SqlRecords(self._db).of(member.id for member in members)
            flagged |= self._crowded(records)
        return Neighbourhood(identities=members, evidence=tuple(evidence), hubs=flagged, records=records)

    def put_many(
        self, identities: Iterable[Identity], *, evidence: Iterable[Evidence] = (), hubs: Iterable[str] = ()
    ) -> None:
        """Writes identities, evidence and hubs; see `crmkit.identity.IdentityRepository`."""
        ordered = sorted(identities, key=lambda identity: identity.id)
        self._insert([identity for identity in ordered if identity.version == 0])
        self._update([identity for identity in ordered if identity.version > 0])
        self._db.upsert(
            identifiers,
            [_evidence_row(item) for item in sorted(evidence, key=_place)],
            key=["identity", "digest"],
            update=["form", "verified", "valid_until", "can_link", "first_seen", "last_seen"],
        )
        marked = [{"digest": digest, "is_hub": True} for digest in sorted(map(digest_of, hubs))]
        self._db.upsert(identity_values, marked, key=["digest"], update=["is_hub"])

    def remove_evidence(self, evidence: Iterable[Evidence]) -> None:
        """Removes evidence; see `crmkit.identity.IdentityRepository`."""
        rows = [{"whose": item.identity, "what": digest_of(item.identifier.key)} for item in evidence]
        if rows:
            here = (identifiers.c.identity == bindparam("whose")) & (identifiers.c.digest == bindparam("what"))
            self._db.run(delete(identifiers).where(here), rows)

    def _insert(self, new: Sequence[Identity]) -> None:
        self._db.insert(identities, [_identity_row(identity) for identity in new])

    def _update(self, changed: Sequence[Identity]) -> None:
        if not changed:
            return
        statement = (
            update(identities)
            .where(identities.c.id == bindparam("which"), identities.c.version == bindparam("read"))
            .values({name: bindparam(f"new_{name}") for name in ("first_seen", "person", "component", "version")})
        )
        rows = [
            {
                "which": identity.id,
                "read": identity.version,
                "new_first_seen": identity.first_seen,
                "new_person": identity.person,
                "new_component": identity.component,
                "new_version": identity.version + 1,
            }
            for identity in changed
        ]
        if self._db.run(statement, rows).rowcount != len(rows):
            raise StaleRecordError("identity", changed[0].id, changed[0].version)

    def _take_turns(self, digests: Iterable[str]) -> set[str]:
        """Locks the rows of values until the transaction ends, and returns those that are hubs.

        Rows are made and locked in the order of their digests, so that two writers can wait but never for each other.
        SQLite lets one writer in at a time and needs no rows.
        """
        ordered = sorted(digests)
        if self._db.dialect != "sqlite":
            missing = [{"digest": digest, "is_hub": False} for digest in ordered]
            self._db.insert_missing(identity_values, missing, key=["digest"])
        query = select(identity_values).order_by(identity_values.c.digest)
        return {row.digest for row in self._in(self._db.locked(query), identity_values.c.digest, ordered) if row.is_hub}

    def _bar_adoptions(self) -> None:
        """Lets no other model come into force before the transaction ends: it would not see the records in hand."""
        if self._db.dialect != "sqlite":
            self._db.insert_missing(identity_values, [{"digest": ADOPTION, "is_hub": False}], key=["digest"])
            this = select(identity_values.c.digest).where(identity_values.c.digest == ADOPTION)
            self._db.rows(this.with_for_update(read=True))

    def _crowded(self, records: Iterable[Record]) -> frozenset[str]:
        """The keys of records that are hubs."""
        said = {digest_of(key): key for record in records for key in record.keys.values()}
        query = select(identity_values.c.digest).where(identity_values.c.is_hub)
        return frozenset(said[row.digest] for row in self._in(query, identity_values.c.digest, said))

    def _touched(
        self, ids: Sequence[str], own: Sequence[str], shared: Sequence[str], of_records: Sequence[str] = ()
    ) -> dict[str, str]:
        """The identities that are asked for, each with its component."""
        columns = select(identities.c.id, identities.c.component)
        rows = self._in(columns, identities.c.id, ids)
        rows += self._in(columns, identities.c.digest, own)
        held = columns.join_from(identities, identifiers, identities.c.id == identifiers.c.identity)
        rows += self._in(held.where(identifiers.c.can_link), identifiers.c.digest, shared)
        told = columns.join_from(identities, identity_records, identities.c.id == identity_records.c.identity)
        told = told.join(identity_record_keys, identity_records.c.digest == identity_record_keys.c.record)
        rows += self._in(told, identity_record_keys.c.digest, of_records)
        return {row.id: row.component for row in rows}

    def _locked_members(self, touched: dict[str, str]) -> tuple[tuple[Identity, ...], bool]:
        """Locks all identities of the components and returns them, and whether any of them has records.

        Begins again where somebody changed the components.
        """
        if not touched:
            return (), False
        recorded = exists().where(identity_records.c.identity == identities.c.id)
        whole = select(identities, recorded.label("recorded")).order_by(identities.c.component, identities.c.id)
        for _ in range(_TRIES):
            components = sorted(set(touched.values()))
            locked = self._in(self._db.locked(whole), identities.c.component, components)
            rows = locked
            if self._db.dialect != "sqlite":
                rows = self._in(whole, identities.c.component, components)
            if touched.keys() <= {row.id for row in rows} == {row.id for row in locked}:
                members = sorted(map(_identity, rows), key=lambda identity: identity.id)
                return tuple(members), any(row.recorded for row in rows)
            touched = self._touched(sorted(touched), [], [])
        raise StaleRecordError("identity", min(touched), 0)

    def _in(self, query: Select[Any], column: Column[Any], values: Iterable[str]) -> list[Row[Any]]:
        return [row for chunk in chunked(sorted(set(values))) for row in self._db.rows(query.where(column.in_(chunk)))]


def _place(item: Evidence) -> tuple[str, str]:
    return item.identity, item.identifier.key


def _identity(row: Row[Any]) -> Identity:
    return Identity(
        id=row.id,
        key=row.key,
        first_seen=row.first_seen,
        person=row.person,
        component=row.component,
        version=row.version,
    )


def _identity_row(identity: Identity) -> dict[str, Any]:
    return {
        "id": identity.id,
        "digest": digest_of(identity.key),
        "key": identity.key,
        "first_seen": identity.first_seen,
        "person": identity.person,
        "component": identity.component,
        "version": 1,
    }


def _identifier(row: Row[Any]) -> Identifier:
    return Identifier(
        row.kind,
        row.value,
        scope=row.scope,
        form=row.form,
        verified=row.verified,
        valid_until=row.valid_until,
    )


def _evidence(row: Row[Any]) -> Evidence:
    return Evidence(
        identity=row.identity, identifier=_identifier(row), first_seen=row.first_seen, last_seen=row.last_seen
    )


def _evidence_row(item: Evidence) -> dict[str, Any]:
    identifier = item.identifier
    return {
        "identity": item.identity,
        "digest": digest_of(identifier.key),
        "kind": identifier.kind,
        "scope": identifier.scope,
        "value": identifier.value,
        "form": identifier.form,
        "verified": identifier.verified,
        "valid_until": identifier.valid_until,
        "can_link": item.can_link,
        "first_seen": item.first_seen,
        "last_seen": item.last_seen,
    }
