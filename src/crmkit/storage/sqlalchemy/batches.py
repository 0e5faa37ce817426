"""Batches in a database, and what orders were before them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, and_, bindparam, delete, select, update

from crmkit.errors import NotFoundError, StaleRecordError
from crmkit.orders import Batch, BeforeImage, OrderKey
from crmkit.storage.sqlalchemy.order_rows import document_of, id_of, order_of_document
from crmkit.storage.sqlalchemy.order_tables import batch_orders, batches, order_undoings
from crmkit.storage.sqlalchemy.orders import behind
from crmkit.storage.sqlalchemy.statements import Statements, chunked

__all__ = ["SqlBatches"]

_b = batch_orders.c
_IMAGE = [column.name for column in batch_orders.columns if not column.primary_key]


class SqlBatches:
    """Keeps batches in `crmkit_batches` and before-images in `crmkit_batch_orders`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def get(self, batch: str) -> Batch:
        """Returns a batch; see `crmkit.orders.BatchRepository`."""
        rows = self._db.rows(select(batches).where(batches.c.id == batch))
        if not rows:
            raise NotFoundError("batch", batch)
        return Batch(**rows[0]._mapping)

    def save(self, batch: Batch) -> None:
        """Writes a batch; see `crmkit.orders.BatchRepository`."""
        row = {
            "id": batch.id,
            "at": batch.at,
            "status": batch.status,
            "sources": dict(batch.sources),
            "counts": dict(batch.counts),
            "version": batch.version + 1,
        }
        if batch.version == 0:
            self._db.insert(batches, [row])
            return
        here = and_(batches.c.id == batch.id, batches.c.version == batch.version)
        if self._db.run(update(batches).where(here).values(row)).rowcount != 1:
            rows = self._db.rows(select(batches.c.version).where(batches.c.id == batch.id))
            raise StaleRecordError("batch", batch.id, batch.version, rows[0].version if rows else None)

    def latest(self, limit: int) -> tuple[Batch, ...]:
        """Returns the latest batches; see `crmkit.orders.BatchRepository`."""
        query = select(batches).order_by(batches.c.at.desc(), batches.c.id).limit(limit)
        return tuple(Batch(**row._mapping) for row in self._db.rows(query))

    def record(self, images: Sequence[BeforeImage]) -> None:
        """Keeps before-images; see `crmkit.orders.BatchRepository`."""
        there = self._ends([(image.batch, image.key) for image in images if image.version_before])
        rows = [(image, _image_row(image, id_of(image.key))) for image in images]
        rows.sort(key=lambda pair: (pair[1]["batch"], pair[1]["order"]))
        longer = [row for image, row in rows if there.get((image.batch, row["order"])) == image.version_before]
        others = [row for image, row in rows if there.get((image.batch, row["order"])) != image.version_before]
        for some, changed in ((longer, ["version_after"]), (others, _IMAGE)):
            for chunk in chunked(some):
                self._db.upsert(batch_orders, chunk, key=["batch", "order"], update=changed)

    def images(self, batch: str, after: OrderKey | None, limit: int) -> tuple[BeforeImage, ...]:
        """Returns before-images; see `crmkit.orders.BatchRepository`."""
        c = batch_orders.c
        query = select(batch_orders).where(c.batch == batch)
        if after is not None:
            query = query.where(behind(batch_orders, after, self._db.dialect))
        query = query.order_by(c.platform, c.shop, c.number).limit(limit)
        return tuple(map(_image, self._db.rows(query)))

    def take_back(self, images: Sequence[BeforeImage], versions: Mapping[OrderKey, int]) -> None:
        """Removes before-images of what was undone; see `crmkit.orders.BatchRepository`."""
        for chunk in chunked(sorted(images, key=lambda image: id_of(image.key))):
            self._count(chunk)
            self._move([image for image in chunk if image.batch_before is not None], versions)
            for batch in sorted({image.batch for image in chunk}):
                ids = [id_of(image.key) for image in chunk if image.batch == batch]
                self._db.run(delete(batch_orders).where(_b.batch == batch, _b.order.in_(ids)))

    def undoings(self, keys: Iterable[OrderKey]) -> dict[OrderKey, int]:
        """Returns how often orders were undone; see `crmkit.orders.BatchRepository`."""
        found: dict[OrderKey, int] = {}
        for chunk in chunked(dict.fromkeys(keys)):
            key_of = {id_of(key): key for key in chunk}
            query = select(order_undoings).where(order_undoings.c.order.in_(list(key_of)))
            found |= {key_of[row.order]: row.times for row in self._db.rows(query)}
        return found

    def _count(self, images: Sequence[BeforeImage]) -> None:
        times = self.undoings(image.key for image in images)
        rows = [{"order": id_of(image.key), "times": times.get(image.key, 0) + 1} for image in images]
        self._db.upsert(order_undoings, rows, key=["order"], update=["times"])

    def _move(self, images: Sequence[BeforeImage], versions: Mapping[OrderKey, int]) -> None:
        """Lets the images of the batches before end where the orders stand now."""
        rows = [
            {
                "which": image.batch_before,
                "whose": id_of(image.key),
                "ended": image.version_before,
                "ends": versions[image.key],
            }
            for image in images
        ]
        if rows:
            here = and_(_b.batch == bindparam("which"), _b.order == bindparam("whose"))
            statement = update(batch_orders).where(here, _b.version_after == bindparam("ended"))
            self._db.run(statement.values(version_after=bindparam("ends")), rows)

    def _ends(self, places: Sequence[tuple[str, OrderKey]]) -> dict[tuple[str, str], int]:
        """Returns by batch and order the version at which an image ends."""
        found: dict[tuple[str, str], int] = {}
        for batch in sorted({batch for batch, _ in places}):
            for chunk in chunked(sorted(id_of(key) for of, key in places if of == batch)):
                query = select(_b.order, _b.version_after).where(_b.batch == batch, _b.order.in_(chunk))
                found |= {(batch, row.order): row.version_after for row in self._db.rows(query)}
        return found


def _image_row(image: BeforeImage, id_: str) -> dict[str, Any]:
    return {
        "batch": image.batch,
        "order": id_,
        "platform": image.key.platform,
        "shop": image.key.shop,
        "number": image.key.number,
        "kind": image.kind,
        "version_before": image.version_before,
        "version_after": image.version_after,
        "before": None if image.before is None else document_of(image.before),
        "report_before": image.report_before,
        "batch_before": image.batch_before,
    }


def _image(row: Row[Any]) -> BeforeImage:
    return BeforeImage(
        batch=row.batch,
        key=OrderKey(row.platform, row.shop, row.number),
        kind=row.kind,
        version_before=row.version_before,
        version_after=row.version_after,
        before=None if row.before is None else order_of_document(row.before),
        report_before=row.report_before,
        batch_before=row.batch_before,
    )
