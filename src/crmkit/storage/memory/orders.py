"""Orders and batches in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import nsmallest

import attrs

from crmkit.errors import DuplicateError, NotFoundError, StaleRecordError
from crmkit.orders import (
    Batch,
    BeforeImage,
    OrderKey,
    OrderRow,
    OrderState,
    StoredOrder,
    require_storable,
)
from crmkit.storage.memory.tables import Table, Tables

__all__ = ["MemoryBatches", "MemoryOrders"]


class MemoryOrders:
    """Keeps orders by key."""

    def __init__(self, tables: Tables) -> None:
        self._orders: Table[OrderKey, StoredOrder] = tables.table("orders")
        self._shops: Table[tuple[str, str], tuple[str, ...]] = tables.table("order_shops")

    def get(self, key: OrderKey) -> StoredOrder:
        """Returns an order; see `crmkit.orders.OrderRepository`."""
        found = self._orders.get(key)
        if found is None:
            raise NotFoundError("order", str(key))
        return found

    def by_keys(self, keys: Iterable[OrderKey]) -> dict[OrderKey, StoredOrder]:
        """Returns orders by key; see `crmkit.orders.OrderRepository`."""
        return {key: stored for key in keys if (stored := self._orders.get(key)) is not None}

    def digests(self, keys: Iterable[OrderKey]) -> dict[OrderKey, OrderState]:
        """Returns states by key; see `crmkit.orders.OrderRepository`."""
        return {key: stored.state for key, stored in self.by_keys(keys).items()}

    def by_numbers(self, platform: str, numbers: Iterable[str]) -> dict[str, tuple[OrderKey, ...]]:
        """Returns keys by number; see `crmkit.orders.OrderRepository`."""
        found = {number: self._shops.get((platform, number)) for number in numbers}
        return {
            number: tuple(OrderKey(platform, shop, number) for shop in shops)
            for number, shops in found.items()
            if shops
        }

    def put_many(self, orders: Sequence[StoredOrder]) -> None:
        """Writes orders, all or none; see `crmkit.orders.OrderRepository`."""
        for stored in orders:
            require_storable(stored.order)
            self._check(stored)
        for stored in orders:
            old = self._orders.get(stored.key)
            if old is not None:
                stored = attrs.evolve(stored, customer=old.customer, first_seen=old.first_seen)
            else:
                place = (stored.key.platform, stored.key.number)
                self._shops.put(place, tuple(sorted({*(self._shops.get(place) or ()), stored.key.shop})))
            self._orders.put(stored.key, attrs.evolve(stored, version=stored.version + 1))

    def _check(self, stored: StoredOrder) -> None:
        old = self._orders.get(stored.key)
        if stored.version == 0 and old is not None:
            raise DuplicateError(f"There is an order {str(stored.key)!r} already.")
        if stored.version and (old is None or old.version != stored.version):
            raise StaleRecordError("order", str(stored.key), stored.version, old.version if old else None)

    def page(self, after: OrderKey | None, limit: int) -> tuple[StoredOrder, ...]:
        """Returns a page of orders; see `crmkit.orders.OrderRepository`."""
        texts = ((key.platform, key.shop, key.number) for key, _ in self._orders.items())
        behind = texts if after is None else filter((after.platform, after.shop, after.number).__lt__, texts)
        return tuple(self.get(OrderKey(*key)) for key in nsmallest(limit, behind))

    def frame_rows(self, after: OrderKey | None, limit: int) -> tuple[OrderRow, ...]:
        """Returns a page of light rows; see `crmkit.orders.OrderRepository`."""
        return tuple(map(_row, self.page(after, limit)))


def _row(stored: StoredOrder) -> OrderRow:
    order = stored.order
    return OrderRow(
        key=order.key,
        customer=stored.customer,
        moment=order.paid_at or order.placed_at,
        status=order.status,
        currency=order.currency,
        total=order.total.minor,
        paid=order.paid.minor,
        refunded=order.refunded.minor,
        net=order.net.minor,
        refund_unknown=order.refund_unknown,
        placed_at=order.placed_at,
        paid_at=order.paid_at,
        completed_at=order.completed_at,
    )


class MemoryBatches:
    """Keeps batches by id, and before-images by batch and order."""

    def __init__(self, tables: Tables) -> None:
        self._batches: Table[str, Batch] = tables.table("batches")
        self._images: Table[tuple[str, OrderKey], BeforeImage] = tables.table("batch_orders")

    def get(self, batch: str) -> Batch:
        """Returns a batch; see `crmkit.orders.BatchRepository`."""
        found = self._batches.get(batch)
        if found is None:
            raise NotFoundError("batch", batch)
        return found

    def save(self, batch: Batch) -> None:
        """Writes a batch; see `crmkit.orders.BatchRepository`."""
        old = self._batches.get(batch.id)
        if batch.version == 0 and old is not None:
            raise DuplicateError(f"There is a batch {batch.id!r} already.")
        if batch.version and (old is None or old.version != batch.version):
            raise StaleRecordError("batch", batch.id, batch.version, old.version if old else None)
        self._batches.put(batch.id, attrs.evolve(batch, version=batch.version + 1))

    def latest(self, limit: int) -> tuple[Batch, ...]:
        """Returns the latest batches; see `crmkit.orders.BatchRepository`."""
        by_id = sorted(self._batches.values(), key=lambda batch: batch.id)
        return tuple(sorted(by_id, key=lambda batch: batch.at, reverse=True)[:limit])

    def record(self, images: Sequence[BeforeImage]) -> None:
        """Keeps before-images; see `crmkit.orders.BatchRepository`."""
        for image in images:
            place = (image.batch, image.key)
            old = self._images.get(place)
            self._images.put(place, image if old is None else attrs.evolve(old, version_after=image.version_after))

    def images(self, batch: str, after: OrderKey | None, limit: int) -> tuple[BeforeImage, ...]:
        """Returns before-images; see `crmkit.orders.BatchRepository`."""
        found = [image for (of, key), image in self._images.items() if of == batch and (after is None or key > after)]
        return tuple(sorted(found, key=lambda image: image.key)[:limit])
