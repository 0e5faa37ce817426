"""Orders in a database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, delete, or_, select, tuple_, update

from crmkit.errors import NotFoundError, StaleRecordError
from crmkit.orders import (
    Confirmation,
    OrderKey,
    OrderRow,
    OrderState,
    OrderStatus,
    StoredOrder,
    require_storable,
)
from crmkit.storage.sqlalchemy.order_rows import (
    id_of,
    line_rows,
    order_row,
    stored_of,
    told_at_document,
)
from crmkit.storage.sqlalchemy.order_tables import order_lines, orders
from crmkit.storage.sqlalchemy.statements import Statements, chunked

__all__ = ["SqlOrders", "behind"]

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

    def confirm_many(self, told: Mapping[OrderKey, Confirmation]) -> None:
        """Notes newer reports that said nothing new; see `crmkit.orders.OrderRepository`."""
        is_older = or_(_c.reported_at.is_(None), _c.reported_at <= bindparam("at"))
        statement = update(orders).where(_c.id == bindparam("which"), is_older)
        values: dict[str, Any] = {"reported_at": bindparam("at"), "report": bindparam("new_report")}
        kept = [one for one in told.items() if not one[1].is_whole and one[1].told_at is None]
        moved = [one for one in told.items() if one[1].is_whole or one[1].told_at is not None]
        for some, more in ((kept, {}), (moved, {"told_at": bindparam("new_told_at", type_=_c.told_at.type)})):
            rows = sorted((_confirmed(key, one) for key, one in some), key=lambda row: row["which"])
            for chunk in chunked(rows):
                self._db.run(statement.values(values | more), chunk)

    def remove_many(self, some: Sequence[StoredOrder]) -> None:
        """Removes orders, all or none; see `crmkit.orders.OrderRepository`."""
        ordered = sorted(((id_of(stored.key), stored) for stored in some), key=lambda pair: pair[0])
        for chunk in chunked(ordered):
            known = dict(chunk)
            self._check(known)
            self._db.run(delete(order_lines).where(order_lines.c.order.in_(list(known))))
            self._db.run(delete(orders).where(_c.id.in_(list(known))))

    def of_customers(self, customers: Iterable[str]) -> tuple[StoredOrder, ...]:
        """Returns the orders of identities; see `crmkit.orders.OrderRepository`."""
        found: list[StoredOrder] = []
        for chunk in chunked(sorted(set(customers))):
            found += self._whole(self._db.rows(select(orders).where(_c.customer.in_(chunk))))
        return tuple(sorted(found, key=lambda stored: stored.key))

    def page(self, after: OrderKey | None, limit: int) -> tuple[StoredOrder, ...]:
        """Returns a page of orders; see `crmkit.orders.OrderRepository`."""
        return tuple(self._whole(self._db.rows(self._paged(select(orders), after, limit))))

    def frame_rows(self, after: OrderKey | None, limit: int) -> tuple[OrderRow, ...]:
        """Returns a page of light rows; see `crmkit.orders.OrderRepository`."""
        return tuple(map(_light, self._db.rows(self._paged(_FRAME, after, limit))))

    def _paged(self, query: Select[Any], after: OrderKey | None, limit: int) -> Select[Any]:
        if after is not None:
            query = query.where(behind(orders, after, self._db.dialect))
        return query.order_by(_c.platform, _c.shop, _c.number).limit(limit)

    def _whole(self, rows: Sequence[Row[Any]]) -> list[StoredOrder]:
        lines: dict[str, list[Mapping[Any, Any]]] = defaultdict(list)
        for chunk in chunked(row.id for row in rows):
            query = select(order_lines).where(order_lines.c.order.in_(chunk))
            for line in self._db.rows(query.order_by(order_lines.c.order, order_lines.c.position)):
                lines[line.order].append(line._mapping)
        return [stored_of(row._mapping, lines[row.id]) for row in rows]


def behind(table: Any, after: OrderKey, dialect: str) -> ColumnElement[bool]:
    """Returns the condition that a key lies behind `after`, in the form that each database answers from its index."""
    platform, shop, number = table.c.platform, table.c.shop, table.c.number
    if dialect in ("sqlite", "postgresql"):
        return tuple_(platform, shop, number) > tuple_(after.platform, after.shop, after.number)
    return or_(
        platform > after.platform,
        and_(platform == after.platform, shop > after.shop),
        and_(platform == after.platform, shop == after.shop, number > after.number),
    )


def _confirmed(key: OrderKey, told: Confirmation) -> dict[str, Any]:
    told_at = None if told.is_whole else told_at_document(told.told_at)
    row = {"which": id_of(key), "at": told.reported_at, "new_report": told.report}
    return row if told.told_at is None and not told.is_whole else {**row, "new_told_at": told_at}


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
