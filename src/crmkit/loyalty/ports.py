"""What the loyalty desk needs of a store."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Protocol

from crmkit.identifiers import Identifier
from crmkit.loyalty.model import Account, Entry
from crmkit.orders import OrderKey
from crmkit.unit import Unit

__all__ = ["AccountRepository", "EntryRepository", "LoyaltyUnit", "MemberRepository"]


class AccountRepository(Protocol):
    """Keeps accounts by id; the laws are those of `LoyaltyContract`."""

    def by_ids(self, ids: Collection[str]) -> dict[str, Account]:
        """Returns those of the accounts that are there, by id."""
        ...

    def lock(self, ids: Collection[str], *, opening: bool) -> dict[str, Account]:
        """Returns accounts by id, locked until the unit ends, so that nobody else can post on them meanwhile.

        Accounts are locked in the order of their ids, so that two units can wait, but never for each other.

        Args:
            ids: The accounts.
            opening: Open those that are not there, empty; otherwise they are left out.
        """
        ...

    def save_many(self, accounts: Sequence[Account]) -> None:
        """Writes accounts, each with a version one higher than the one it was read with.

        Raises:
            StaleRecordError: One was changed since it was read.
        """
        ...


class EntryRepository(Protocol):
    """Keeps entries, which are only ever added; a constant number of statements per 1,000."""

    def append_many(self, entries: Sequence[Entry]) -> None:
        """Adds entries, all or none.

        Raises:
            DuplicateError: Its place (account, seq) or its key (key, leg) is taken.
        """
        ...

    def by_keys(self, keys: Collection[str]) -> dict[str, tuple[Entry, ...]]:
        """Returns the entries that bear these keys, by key, each by `leg`; keys that nobody bears are left out."""
        ...

    def of_accounts(self, accounts: Collection[str]) -> tuple[Entry, ...]:
        """Returns all entries of these accounts, in the order of (account, seq)."""
        ...

    def earned(self, orders: Collection[OrderKey]) -> set[OrderKey]:
        """Returns those of the orders that have earned and of which nothing was undone, without building entries."""
        ...

    def of_orders(self, orders: Collection[OrderKey]) -> dict[OrderKey, tuple[Entry, ...]]:
        """Returns the entries that come from these orders, by order, each in the order of (account, seq)."""
        ...


class MemberRepository(Protocol):
    """Says which identities are one customer today."""

    def identities_of(self, customer: str) -> tuple[str, ...]:
        """Returns the ids of all identities that are one person with `customer` today, sorted.

        Raises:
            NotFoundError: There is no such customer.
        """
        ...

    def identities_of_many(self, customers: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Returns the same for many customers, by customer."""
        ...

    def identity_of(self, identifiers: Iterable[Identifier], *, record: str, at: datetime, now: datetime) -> str:
        """Finds or makes the identity of a buyer, and returns its id.

        Args:
            identifiers: What the buyer can be recognised by.
            record: The key of the record itself, for a guest.
            at: When the buyer was seen, aware.
            now: The present instant, aware.
        """
        ...

    def identity_of_many(
        self, sightings: Iterable[tuple[Iterable[Identifier], str, datetime]], *, now: datetime
    ) -> tuple[str, ...]:
        """Does the same for many (identifiers, record, at) at once; returns one id each, in their order."""
        ...


class LoyaltyUnit(Unit, Protocol):
    """Is the slice of a unit that the loyalty desk needs."""

    @property
    def accounts(self) -> AccountRepository:
        """The points accounts."""
        ...

    @property
    def entries(self) -> EntryRepository:
        """The entries of the ledger."""
        ...

    @property
    def members(self) -> MemberRepository:
        """Which identities are one customer today."""
        ...
