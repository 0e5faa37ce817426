"""The points ledger in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

import attrs

from crmkit.errors import DuplicateError, StaleRecordError
from crmkit.loyalty import Account, Entry
from crmkit.orders import OrderKey
from crmkit.storage.memory.tables import Table, Tables

__all__ = ["MemoryAccounts", "MemoryEntries"]


class MemoryAccounts:
    """Keeps accounts by id; the store lets one unit in at a time, so nobody else needs to be kept off."""

    def __init__(self, tables: Tables) -> None:
        self._accounts: Table[str, Account] = tables.table("points_accounts")

    def by_ids(self, ids: Collection[str]) -> dict[str, Account]:
        """Returns accounts by id; see `crmkit.loyalty.AccountRepository`."""
        return {id_: account for id_ in sorted(set(ids)) if (account := self._accounts.get(id_)) is not None}

    def lock(self, ids: Collection[str], *, opening: bool) -> dict[str, Account]:
        """Returns accounts by id, opened where they are missing; see `crmkit.loyalty.AccountRepository`."""
        for id_ in sorted(set(ids)) if opening else ():
            if id_ not in self._accounts:
                self._accounts.put(id_, Account(id=id_, version=1))
        return self.by_ids(ids)

    def save_many(self, accounts: Sequence[Account]) -> None:
        """Writes accounts over the versions they were read with; see `crmkit.loyalty.AccountRepository`."""
        for account in accounts:
            old = self._accounts.get(account.id)
            if old is None or old.version != account.version:
                raise StaleRecordError("account", account.id, account.version, old.version if old else None)
        for account in accounts:
            self._accounts.put(account.id, attrs.evolve(account, version=account.version + 1))


class MemoryEntries:
    """Keeps the entries of each account in a table of its own, and finds them by key and by order."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._keys: Table[tuple[str, int], Entry] = tables.table("points_keys")
        self._orders: Table[OrderKey, tuple[Entry, ...]] = tables.table("points_orders")

    def append_many(self, entries: Sequence[Entry]) -> None:
        """Adds entries, all or none; see `crmkit.loyalty.EntryRepository`."""
        places = {(entry.account, entry.seq) for entry in entries}
        keys = {(entry.key, entry.leg) for entry in entries}
        taken = any(key in self._keys for key in keys) or any(seq in self._of(account) for account, seq in places)
        if taken or len(places) < len(entries) or len(keys) < len(entries):
            raise DuplicateError("An entry's place in its account, or its key, is taken; read what is there.")
        ordered: dict[OrderKey, list[Entry]] = defaultdict(list)
        for entry in entries:
            self._of(entry.account).put(entry.seq, entry)
            self._keys.put((entry.key, entry.leg), entry)
            if entry.order is not None:
                ordered[entry.order].append(entry)
        for order, some in ordered.items():
            self._orders.put(order, (*(self._orders.get(order) or ()), *some))

    def by_keys(self, keys: Collection[str]) -> dict[str, tuple[Entry, ...]]:
        """Returns entries by key; see `crmkit.loyalty.EntryRepository`."""
        found = {key: self._legs(key) for key in keys}
        return {key: legs for key, legs in found.items() if legs}

    def of_accounts(self, accounts: Collection[str]) -> tuple[Entry, ...]:
        """Returns the entries of accounts; see `crmkit.loyalty.EntryRepository`."""
        ordered = sorted(set(accounts))
        return tuple(entry for account in ordered for _, entry in sorted(self._of(account).items()))

    def earned(self, orders: Collection[OrderKey]) -> set[OrderKey]:
        """Returns which orders have earned; see `crmkit.loyalty.EntryRepository`."""
        found = {order: self._orders.get(order) or () for order in orders}
        return {
            order
            for order, entries in found.items()
            if any(entry.kind == "earn" for entry in entries) and not any(entry.undoes for entry in entries)
        }

    def of_orders(self, orders: Collection[OrderKey]) -> dict[OrderKey, tuple[Entry, ...]]:
        """Returns the entries that come from orders; see `crmkit.loyalty.EntryRepository`."""
        found = {order: entries for order in orders if (entries := self._orders.get(order)) is not None}
        return {
            order: tuple(sorted(entries, key=lambda one: (one.account, one.seq))) for order, entries in found.items()
        }

    def _legs(self, key: str) -> tuple[Entry, ...]:
        legs: list[Entry] = []
        while (entry := self._keys.get((key, len(legs)))) is not None:
            legs.append(entry)
        return tuple(legs)

    def _of(self, account: str) -> Table[int, Entry]:
        return self._tables.table(f"points_entries/{account}")
