"""What keeping orders asks of a store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from crmkit.orders.model import OrderKey
from crmkit.orders.stored import Batch, BeforeImage, Confirmation, OrderRow, OrderState, StoredOrder
from crmkit.unit import Unit

__all__ = ["BatchRepository", "OrderRepository", "OrdersUnit"]


class OrderRepository(Protocol):
    """Keeps orders by key; everything that takes many keys or orders is a constant number of statements per 1,000."""

    def get(self, key: OrderKey) -> StoredOrder:
        """Returns an order; raises `NotFoundError` where there is none."""
        ...

    def by_keys(self, keys: Iterable[OrderKey]) -> dict[OrderKey, StoredOrder]:
        """Returns those of the orders that are there, by key."""
        ...

    def digests(self, keys: Iterable[OrderKey]) -> dict[OrderKey, OrderState]:
        """Returns the states of those of the orders that are there, by key, without building the orders."""
        ...

    def by_numbers(self, platform: str, numbers: Iterable[str]) -> dict[str, tuple[OrderKey, ...]]:
        """Returns the keys of the orders of a platform that have these numbers, in whatever shop, by number.

        The keys of one number come by shop; numbers that no order has are left out.
        """
        ...

    def put_many(self, orders: Sequence[StoredOrder]) -> None:
        """Writes orders, all of them or none, each with a version one higher than the one it was read with.

        The identity that a known order came with and the moment it was first seen stay as they are.

        Raises:
            InputError: An order that no database can hold; see `crmkit.orders.refusal_of`.
            DuplicateError: An order with version 0 exists already.
            StaleRecordError: An order with another version was changed since it was read, or is gone.
        """
        ...

    def confirm_many(self, told: Mapping[OrderKey, Confirmation]) -> None:
        """Notes that newer reports said nothing new; the orders and their versions stay as they are.

        Where a newer report is noted already, or the order is gone, nothing happens.
        """
        ...

    def remove_many(self, orders: Sequence[StoredOrder]) -> None:
        """Removes orders with their lines, all of them or none.

        Raises:
            StaleRecordError: One was changed since it was read, or is gone.
        """
        ...

    def of_customers(self, customers: Iterable[str]) -> tuple[StoredOrder, ...]:
        """Returns the orders that came with one of these identities, by key."""
        ...

    def page(self, after: OrderKey | None, limit: int) -> tuple[StoredOrder, ...]:
        """Returns up to `limit` orders with keys behind `after`, by key (platform, shop, number, by code point)."""
        ...

    def frame_rows(self, after: OrderKey | None, limit: int) -> tuple[OrderRow, ...]:
        """Returns the same page as light rows, without building the orders."""
        ...


class BatchRepository(Protocol):
    """Keeps batches, and for each order that a batch wrote what it was before."""

    def get(self, batch: str) -> Batch:
        """Returns a batch; raises `NotFoundError` where there is none."""
        ...

    def save(self, batch: Batch) -> None:
        """Writes a batch with a version one higher.

        Raises:
            DuplicateError: A batch with version 0 exists already.
            StaleRecordError: It was changed since it was read.
        """
        ...

    def latest(self, limit: int) -> tuple[Batch, ...]:
        """Returns up to `limit` batches, the latest first; those of one moment by id."""
        ...

    def record(self, images: Sequence[BeforeImage]) -> None:
        """Keeps before-images.

        Where the batch has one of the same order and left it at the version that the new one begins at, the first one
        stays, and only its `version_after` becomes the new one. Where somebody else wrote in between, the new one takes
        its place, so that undoing the batch never undoes the other one's work.
        """
        ...

    def images(self, batch: str, after: OrderKey | None, limit: int) -> tuple[BeforeImage, ...]:
        """Returns up to `limit` before-images of a batch with keys behind `after`, by key."""
        ...

    def take_back(self, images: Sequence[BeforeImage], versions: Mapping[OrderKey, int]) -> None:
        """Notes that orders are again what they were before a batch.

        The images go, and each order's undoings are one more. An image of `batch_before` that ended at the version
        where this one began ends now at the order's new version, so that the batch before can be undone as well.

        Args:
            images: What was undone, all of one batch.
            versions: The version of each order now; those that are gone are left out.
        """
        ...

    def undoings(self, keys: Iterable[OrderKey]) -> dict[OrderKey, int]:
        """Returns how often orders were undone, by key; those that never were are left out."""
        ...


class OrdersUnit(Unit, Protocol):
    """Is the slice of a unit that keeping orders needs."""

    @property
    def orders(self) -> OrderRepository:
        """The orders."""
        ...

    @property
    def batches(self) -> BatchRepository:
        """The batches and their before-images."""
        ...
