"""Adopted linking models, and the doubts that wait for a human, in a database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Boolean, Column, Double, Index, Row, Table, delete, or_, select, update

from crmkit.errors import NotFoundError
from crmkit.identity.linking_values import Adoption, Review
from crmkit.identity.matching.model_document import LinkModel
from crmkit.storage.sqlalchemy.columns import Instant, KeyText, LongText
from crmkit.storage.sqlalchemy.identity import ADOPTION, identity_values
from crmkit.storage.sqlalchemy.metadata import TABLE_OPTIONS, metadata
from crmkit.storage.sqlalchemy.statements import Statements, chunked

__all__ = ["SqlModels", "SqlReviews", "identity_models", "identity_reviews"]

identity_models = Table(
    "crmkit_identity_models",
    metadata,
    Column("digest", KeyText(32), primary_key=True),
    Column("document", LongText, nullable=False),
    Column("at", Instant, nullable=False),
    Column("cursor", KeyText(64)),
    Column("is_in_force", Boolean, nullable=False),
    **TABLE_OPTIONS,
)

identity_reviews = Table(
    "crmkit_identity_reviews",
    metadata,
    Column("id", KeyText(32), primary_key=True),
    Column("a", KeyText(64), nullable=False, index=True),
    Column("b", KeyText(64), nullable=False, index=True),
    Column("left_record", LongText, nullable=False),
    Column("right_record", LongText, nullable=False),
    Column("weight", Double),
    Column("place", Double, nullable=False),
    Column("reason", KeyText(32), nullable=False),
    Column("digest", KeyText(32), nullable=False),
    Index(None, "place", "id"),
    **TABLE_OPTIONS,
)
"""`place` sorts the doubts: those without a weight first, then the weightiest."""

_FIRST = -1e9


class SqlModels:
    """Keeps adopted models in `crmkit_identity_models`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def adopted(self) -> Adoption | None:
        """Returns the model in force; see `crmkit.identity.ModelRepository`."""
        facts = select(*(column for column in identity_models.c if column.name != "document"))
        rows = self._db.rows(facts.where(identity_models.c.is_in_force))
        if not rows:
            return None
        row = rows[0]
        return Adoption(model=self._model(row.digest), digest=row.digest, at=row.at, cursor=row.cursor)

    def _model(self, digest: str) -> LinkModel:
        """The model of a digest, which no other model has: a document is read once a connection and not an arrival."""
        known: dict[str, LinkModel] = self._db.connection.info.setdefault("crmkit_models", {})
        if digest not in known:
            (row,) = self._db.rows(select(identity_models.c.document).where(identity_models.c.digest == digest))
            known.clear()
            known[digest] = LinkModel.from_json(row.document)
        return known[digest]

    def put(self, adoption: Adoption) -> None:
        """Puts a model into force; see `crmkit.identity.ModelRepository`."""
        in_force = select(identity_models.c.digest).where(identity_models.c.is_in_force)
        if self._db.dialect != "sqlite" and [row.digest for row in self._db.rows(in_force)] != [adoption.digest]:
            self._await_takers()
        others = identity_models.c.is_in_force & (identity_models.c.digest != adoption.digest)
        self._db.run(update(identity_models).where(others).values(is_in_force=False))
        row = {
            "digest": adoption.digest,
            "document": adoption.model.to_json(),
            "at": adoption.at,
            "cursor": adoption.cursor,
            "is_in_force": True,
        }
        self._db.upsert(identity_models, [row], key=["digest"], update=["at", "cursor", "is_in_force"])

    def _await_takers(self) -> None:
        """Waits for those who judge records by the model before, so that the new one finds what they leave."""
        self._db.insert_missing(identity_values, [{"digest": ADOPTION, "is_hub": False}], key=["digest"])
        self._db.rows(self._db.locked(select(identity_values).where(identity_values.c.digest == ADOPTION)))


class SqlReviews:
    """Keeps doubts in `crmkit_identity_reviews`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def of(self, identities: Iterable[str]) -> tuple[Review, ...]:
        """Returns the doubts about identities; see `crmkit.identity.ReviewRepository`."""
        a, b = identity_reviews.c.a, identity_reviews.c.b
        found: dict[str, Review] = {}
        for chunk in chunked(sorted(set(identities))):
            for row in self._db.rows(select(identity_reviews).where(or_(a.in_(chunk), b.in_(chunk)))):
                found[row.id] = _review(row)
        return tuple(found[id_] for id_ in sorted(found))

    def get(self, id_: str) -> Review:
        """Returns a doubt; see `crmkit.identity.ReviewRepository`."""
        rows = self._db.rows(select(identity_reviews).where(identity_reviews.c.id == id_))
        if not rows:
            raise NotFoundError("review", id_)
        return _review(rows[0])

    def waiting(self, *, limit: int) -> tuple[Review, ...]:
        """Returns the doubts that wait; see `crmkit.identity.ReviewRepository`."""
        query = select(identity_reviews).order_by(identity_reviews.c.place, identity_reviews.c.id).limit(limit)
        return tuple(map(_review, self._db.rows(query)))

    def put_many(self, reviews: Iterable[Review]) -> None:
        """Writes doubts; see `crmkit.identity.ReviewRepository`."""
        rows = [_row(review) for review in sorted(reviews, key=lambda review: review.id)]
        changing = [name for name in _row_names() if name != "id"]
        self._db.upsert(identity_reviews, rows, key=["id"], update=changing)

    def remove(self, ids: Iterable[str]) -> None:
        """Removes doubts; see `crmkit.identity.ReviewRepository`."""
        for chunk in chunked(sorted(ids)):
            self._db.run(delete(identity_reviews).where(identity_reviews.c.id.in_(chunk)))


def _review(row: Row[Any]) -> Review:
    return Review(
        id=row.id,
        a=row.a,
        b=row.b,
        records=(row.left_record, row.right_record),
        weight=row.weight,
        reason=row.reason,
        digest=row.digest,
    )


def _row_names() -> list[str]:
    return [column.name for column in identity_reviews.columns]


def _row(review: Review) -> dict[str, Any]:
    return {
        "id": review.id,
        "a": review.a,
        "b": review.b,
        "left_record": review.records[0],
        "right_record": review.records[1],
        "weight": review.weight,
        "place": _FIRST if review.weight is None else -review.weight,
        "reason": review.reason,
        "digest": review.digest,
    }
