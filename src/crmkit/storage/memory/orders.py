"""Orders and batches in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from heapq import nsmallest

import attrs

from crmkit.errors import DuplicateError, NotFoundError, StaleRecordError
from crmkit.orders import (
    Batch,
    BeforeImage,
    Confirmation,
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
        self._theirs: Table[str, tuple[OrderKey, ...]] = tables.table("order_customers")

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
                self._list(stored)
            self._orders.put(stored.key, attrs.evolve(stored, version=stored.version + 1))

    def confirm_many(self, told: Mapping[OrderKey, Confirmation]) -> None:
        """Notes newer reports that said nothing new; see `crmkit.orders.OrderRepository`."""
        for key, stored in self.by_keys(told).items():
            one, order = told[key], stored.order
            if order.reported_at is None or order.reported_at <= one.reported_at:
                told_at = None if one.is_whole else one.told_at or order.told_at
                order = attrs.evolve(order, reported_at=one.reported_at, told_at=told_at)
                self._orders.put(key, attrs.evolve(stored, order=order, report=one.report))

    def remove_many(self, orders: Sequence[StoredOrder]) -> None:
        """Removes orders, all or none; see `crmkit.orders.OrderRepository`."""
        for stored in orders:
            self._check(stored)
        for stored in orders:
            key, place = stored.key, (stored.key.platform, stored.key.number)
            self._orders.remove(key)
            self._shops.put(place, tuple(shop for shop in self._shops.get(place) or () if shop != key.shop))
            theirs = self._theirs.get(stored.customer) or ()
            self._theirs.put(stored.customer, tuple(one for one in theirs if one != key))

    def of_customers(self, customers: Iterable[str]) -> tuple[StoredOrder, ...]:
        """Returns the orders of identities; see `crmkit.orders.OrderRepository`."""
        keys = {key for customer in customers for key in self._theirs.get(customer) or ()}
        return tuple(self.get(key) for key in sorted(keys))

    def _list(self, stored: StoredOrder) -> None:
        place = (stored.key.platform, stored.key.number)
        self._shops.put(place, tuple(sorted({*(self._shops.get(place) or ()), stored.key.shop})))
        self._theirs.put(stored.customer, (*(self._theirs.get(stored.customer) or ()), stored.key))

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
        self._undoings: Table[OrderKey, int] = tables.table("order_undoings")

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
            if old is not None and old.version_after == image.version_before:
                image = attrs.evolve(old, version_after=image.version_after)
            self._images.put(place, image)

    def images(self, batch: str, after: OrderKey | None, limit: int) -> tuple[BeforeImage, ...]:
        """Returns before-images; see `crmkit.orders.BatchRepository`."""
        found = [image for (of, key), image in self._images.items() if of == batch and (after is None or key > after)]
        return tuple(sorted(found, key=lambda image: image.key)[:limit])

    def take_back(self, images: Sequence[BeforeImage], versions: Mapping[OrderKey, int]) -> None:
        """Removes before-images of what was undone; see `crmkit.orders.BatchRepository`."""
        for image in images:
            self._images.remove((image.batch, image.key))
            self._undoings.put(image.key, (self._undoings.get(image.key) or 0) + 1)
            if image.batch_before is not None:
                place = (image.batch_before, image.key)
                below = self._images.get(place)
                if below is not None and below.version_after == image.version_before:
                    self._images.put(place, attrs.evolve(below, version_after=versions[image.key]))

    def undoings(self, keys: Iterable[OrderKey]) -> dict[OrderKey, int]:
        """Returns how often orders were undone; see `crmkit.orders.BatchRepository`."""
        return {key: times for key in keys if (times := self._undoings.get(key))}
