"""What people decided about identities, in a database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, Row, Table, bindparam, or_, select, update

from crmkit.errors import NotFoundError, StaleRecordError
from crmkit.identity import Decision
from crmkit.storage.sqlalchemy.columns import BigInt, Instant, KeyText, LongText
from crmkit.storage.sqlalchemy.digests import digest_of
from crmkit.storage.sqlalchemy.metadata import TABLE_OPTIONS, metadata
from crmkit.storage.sqlalchemy.statements import Statements, chunked

__all__ = ["SqlDecisions", "identity_decisions"]

identity_decisions = Table(
    "crmkit_identity_decisions",
    metadata,
    Column("id", KeyText(64), primary_key=True),
    Column("digest", KeyText(32), nullable=False, unique=True),
    Column("key", LongText, nullable=False),
    Column("kind", KeyText(16), nullable=False),
    Column("a", KeyText(64), nullable=False, index=True),
    Column("b", KeyText(64), nullable=False, index=True),
    Column("by", LongText, nullable=False),
    Column("reason", LongText, nullable=False),
    Column("at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
    Column("withdrawn_by", LongText, nullable=False),
    Column("withdrawn_reason", LongText, nullable=False),
    Column("version", BigInt, nullable=False),
    **TABLE_OPTIONS,
)

_FIELDS = ("id", "key", "kind", "a", "b", "by", "reason", "at", "withdrawn_at", "withdrawn_by", "withdrawn_reason")


class SqlDecisions:
    """Keeps decisions in `crmkit_identity_decisions`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def get(self, id_: str) -> Decision:
        """Returns a decision; see `crmkit.identity.DecisionRepository`."""
        rows = self._db.rows(select(identity_decisions).where(identity_decisions.c.id == id_))
        if not rows:
            raise NotFoundError("decision", id_)
        return _decision(rows[0])

    def by_keys(self, keys: Iterable[str]) -> dict[str, Decision]:
        """Returns decisions by key; see `crmkit.identity.DecisionRepository`."""
        digests = sorted({digest_of(key) for key in keys})
        found: dict[str, Decision] = {}
        for chunk in chunked(digests):
            for row in self._db.rows(select(identity_decisions).where(identity_decisions.c.digest.in_(chunk))):
                found[row.key] = _decision(row)
        return found

    def touching(self, identities: Iterable[str]) -> tuple[Decision, ...]:
        """Returns the decisions about identities; see `crmkit.identity.DecisionRepository`."""
        a, b = identity_decisions.c.a, identity_decisions.c.b
        found: dict[str, Decision] = {}
        for chunk in chunked(sorted(set(identities))):
            for row in self._db.rows(select(identity_decisions).where(or_(a.in_(chunk), b.in_(chunk)))):
                found[row.id] = _decision(row)
        return tuple(sorted(found.values(), key=lambda decision: (decision.at, decision.id)))

    def put_many(self, decisions: Iterable[Decision]) -> None:
        """Writes decisions; see `crmkit.identity.DecisionRepository`."""
        ordered = sorted(decisions, key=lambda decision: decision.id)
        new = [decision for decision in ordered if decision.version == 0]
        self._db.insert(identity_decisions, [_row(decision) for decision in new])
        self._update([decision for decision in ordered if decision.version > 0])

    def _update(self, changed: list[Decision]) -> None:
        if not changed:
            return
        withdrawal = ("withdrawn_at", "withdrawn_by", "withdrawn_reason")
        table = identity_decisions
        statement = (
            update(table)
            .where(table.c.id == bindparam("which"), table.c.version == bindparam("read"))
            .values({"version": bindparam("next"), **{name: bindparam(f"new_{name}") for name in withdrawal}})
        )
        rows = [
            {"which": decision.id, "read": decision.version, "next": decision.version + 1}
            | {f"new_{name}": getattr(decision, name) for name in withdrawal}
            for decision in changed
        ]
        if self._db.run(statement, rows).rowcount != len(rows):
            raise StaleRecordError("decision", changed[0].id, changed[0].version)


def _decision(row: Row[Any]) -> Decision:
    return Decision(version=row.version, **{name: getattr(row, name) for name in _FIELDS})


def _row(decision: Decision) -> dict[str, Any]:
    fields = {name: getattr(decision, name) for name in _FIELDS}
    return {"digest": digest_of(decision.key), "version": decision.version + 1, **fields}
