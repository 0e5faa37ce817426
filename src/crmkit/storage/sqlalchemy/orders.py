"""Orders and batches in a database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, delete, or_, select, tuple_, update

from crmkit.errors import NotFoundError, StaleRecordError
from crmkit.orders import (
    Batch,
    BeforeImage,
    OrderKey,
    OrderRow,
    OrderState,
    OrderStatus,
    StoredOrder,
    require_storable,
)
from crmkit.storage.sqlalchemy.order_rows import (
    document_of,
    id_of,
    line_rows,
    order_of_document,
    order_row,
    stored_of,
)
from crmkit.storage.sqlalchemy.order_tables import batch_orders, batches, order_lines, orders
from crmkit.storage.sqlalchemy.statements import Statements, chunked

__all__ = ["SqlBatches", "SqlOrders"]

_KEPT_FOR_EVER = ("id", "platform", "shop", "number", "customer", "first_seen")
_OVERWRITTEN = [column.name for column in orders.columns if column.name not in _KEPT_FOR_EVER]
_STATUS = {status.value: status for status in OrderStatus}
_c = orders.c
_STATE = select(
    _c.id, _c.digest, _c.report, _c.status, _c.version, _c.customer, _c.reported_at, _c.currency, _c.paid, _c.refunded
)
_FRAME = select(
    _c.platform,
    _c.shop,
    _c.number,
    _c.customer,
    _c.status,
    _c.currency,
    _c.total,
    _c.paid,
    _c.refunded,
    _c.refund_unknown,
    _c.placed_at,
    _c.paid_at,
    _c.completed_at,
)


class SqlOrders:
    """Keeps orders in `crmkit_orders` and their lines in `crmkit_order_lines`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def get(self, key: OrderKey) -> StoredOrder:
        """Returns an order; see `crmkit.orders.OrderRepository`."""
        found = self.by_keys([key])
        if not found:
            raise NotFoundError("order", str(key))
        return found[key]

    def by_keys(self, keys: Iterable[OrderKey]) -> dict[OrderKey, StoredOrder]:
        """Returns orders by key; see `crmkit.orders.OrderRepository`."""
        found: dict[OrderKey, StoredOrder] = {}
        for chunk in chunked(dict.fromkeys(keys)):
            rows = self._db.rows(select(orders).where(_c.id.in_([id_of(key) for key in chunk])))
            found |= {stored.key: stored for stored in self._whole(rows)}
        return found

    def digests(self, keys: Iterable[OrderKey]) -> dict[OrderKey, OrderState]:
        """Returns states by key; see `crmkit.orders.OrderRepository`."""
        found: dict[OrderKey, OrderState] = {}
        for chunk in chunked(dict.fromkeys(keys)):
            key_of = {id_of(key): key for key in chunk}
            for row in self._db.rows(_STATE.where(_c.id.in_(list(key_of)))):
                id_, digest, report, status, *rest = tuple(row)
                found[key_of[id_]] = OrderState(digest, report, _STATUS[status], *rest)
        return found

    def by_numbers(self, platform: str, numbers: Iterable[str]) -> dict[str, tuple[OrderKey, ...]]:
        """Returns keys by number; see `crmkit.orders.OrderRepository`."""
        found: dict[str, tuple[OrderKey, ...]] = {}
        for chunk in chunked(dict.fromkeys(numbers)):
            query = select(_c.number, _c.shop).where(_c.platform == platform, _c.number.in_(chunk))
            for row in self._db.rows(query.order_by(_c.shop)):
                found[row.number] = (*found.get(row.number, ()), OrderKey(platform, row.shop, row.number))
        return found

    def put_many(self, orders: Sequence[StoredOrder]) -> None:
        """Writes orders, all or none; see `crmkit.orders.OrderRepository`."""
        for stored in orders:
            require_storable(stored.order)
        # Writers lock rows in the order of their ids, so that two of them can wait but never for each other.
        ordered = sorted(((id_of(stored.key), stored) for stored in orders), key=lambda pair: pair[0])
        for chunk in chunked(ordered):
            known = {id_: stored for id_, stored in chunk if stored.version}
            if known:
                self._check(known)
            self._write(chunk, known)

    def _check(self, known: Mapping[str, StoredOrder]) -> None:
        query = select(_c.id, _c.version).where(_c.id.in_(list(known))).order_by(_c.id)
        found = {row.id: row.version for row in self._db.rows(self._db.locked(query))}
        for id_, stored in known.items():
            if found.get(id_) != stored.version:
                raise StaleRecordError("order", str(stored.key), stored.version, found.get(id_))

    def _write(self, chunk: list[tuple[str, StoredOrder]], known: Mapping[str, StoredOrder]) -> None:
        self._db.insert(orders, [order_row(stored, id_) for id_, stored in chunk if id_ not in known])
        if known:
            changed = [order_row(stored, id_) for id_, stored in known.items()]
            self._db.upsert(orders, changed, key=["id"], update=_OVERWRITTEN)
            self._db.run(delete(order_lines).where(order_lines.c.order.in_(list(known))))
        self._db.insert(order_lines, [row for id_, stored in chunk for row in line_rows(stored.order, id_)])

    def page(self, after: OrderKey | None, limit: int) -> tuple[StoredOrder, ...]:
        """Returns a page of orders; see `crmkit.orders.OrderRepository`."""
        return tuple(self._whole(self._db.rows(self._paged(select(orders), after, limit))))

    def frame_rows(self, after: OrderKey | None, limit: int) -> tuple[OrderRow, ...]:
        """Returns a page of light rows; see `crmkit.orders.OrderRepository`."""
        return tuple(map(_light, self._db.rows(self._paged(_FRAME, after, limit))))

    def _paged(self, query: Select[Any], after: OrderKey | None, limit: int) -> Select[Any]:
        if after is not None:
            query = query.where(_behind(orders, after, self._db.dialect))
        return query.order_by(_c.platform, _c.shop, _c.number).limit(limit)

    def _whole(self, rows: Sequence[Row[Any]]) -> list[StoredOrder]:
        lines: dict[str, list[Mapping[Any, Any]]] = defaultdict(list)
        for chunk in chunked(row.id for row in rows):
            query = select(order_lines).where(order_lines.c.order.in_(chunk))
            for line in self._db.rows(query.order_by(order_lines.c.order, order_lines.c.position)):
                lines[line.order].append(line._mapping)
        return [stored_of(row._mapping, lines[row.id]) for row in rows]


def _behind(table: Any, after: OrderKey, dialect: str) -> ColumnElement[bool]:
    """Says that the key of a row lies behind `after`, in the form that each database answers from its index."""
    platform, shop, number = table.c.platform, table.c.shop, table.c.number
    if dialect in ("sqlite", "postgresql"):
        return tuple_(platform, shop, number) > tuple_(after.platform, after.shop, after.number)
    return or_(
        platform > after.platform,
        and_(platform == after.platform, shop > after.shop),
        and_(platform == after.platform, shop == after.shop, number > after.number),
    )


def _light(row: Row[Any]) -> OrderRow:
    return OrderRow(
        key=OrderKey(row.platform, row.shop, row.number),
        customer=row.customer,
        moment=row.paid_at or row.placed_at,
        status=_STATUS[row.status],
        currency=row.currency,
        total=row.total,
        paid=row.paid,
        refunded=row.refunded,
        net=row.paid - row.refunded,
        refund_unknown=row.refund_unknown,
        placed_at=row.placed_at,
        paid_at=row.paid_at,
        completed_at=row.completed_at,
    )


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
        rows = [_image_row(image, id_of(image.key)) for image in images]
        rows.sort(key=lambda row: (row["batch"], row["order"]))
        for chunk in chunked(rows):
            self._db.upsert(batch_orders, chunk, key=["batch", "order"], update=["version_after"])

    def images(self, batch: str, after: OrderKey | None, limit: int) -> tuple[BeforeImage, ...]:
        """Returns before-images; see `crmkit.orders.BatchRepository`."""
        c = batch_orders.c
        query = select(batch_orders).where(c.batch == batch)
        if after is not None:
            query = query.where(_behind(batch_orders, after, self._db.dialect))
        query = query.order_by(c.platform, c.shop, c.number).limit(limit)
        return tuple(map(_image, self._db.rows(query)))


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
    )
