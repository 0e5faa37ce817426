"""How entries get into the ledger: accounts are locked, folded, posted on, and written together."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs

from crmkit.clock import require_aware
from crmkit.errors import InputError, StaleRecordError
from crmkit.ids import IdGenerator
from crmkit.loyalty.events import event_of
from crmkit.loyalty.ledger import Pile
from crmkit.loyalty.model import Account, Balance, Entry, EntryKind
from crmkit.loyalty.ports import LoyaltyUnit
from crmkit.loyalty.programme import Programme
from crmkit.loyalty.refusals import KeyReused
from crmkit.loyalty.storable import MOST_POINTS

__all__ = ["SKEW", "Books", "require_same"]

SKEW = timedelta(minutes=5)
"""How far the clocks of shop and servers may differ."""


class Books:
    """Is the part of the ledger that one unit works on: locked accounts, their lots, and what is to be written.

    Args:
        unit: An open unit; `write` does not commit it.
        programme: What entries name as theirs.
        now: The present instant, aware.
        ids: Generator of entry ids.
    """

    def __init__(self, unit: LoyaltyUnit, programme: Programme, *, now: datetime, ids: IdGenerator) -> None:
        self._unit = unit
        self._programme = programme
        self._now = require_aware(now, "now").astimezone(UTC)
        self._ids = ids
        self._piles: dict[str, Pile] = {}
        self.accounts: dict[str, Account] = {}
        self.posted: list[Entry] = []

    def lock(self, ids: Collection[str], *, opening: bool = False) -> None:
        """Locks accounts until the unit ends."""
        self.accounts = self._unit.accounts.lock(ids, opening=opening) if ids else {}

    def load(self, ids: Iterable[str]) -> tuple[Entry, ...]:
        """Reads the entries of locked accounts, and of those whose kept balance has changed by itself since.

        Raises:
            StaleRecordError: The transaction sees an older state of the entries than of the account.
        """
        wanted = set(ids) & self.accounts.keys()
        wanted |= {one.id for one in self.accounts.values() if not one.is_true_at(self.at(one.id))}
        counts = {id_: self.accounts[id_].seq for id_ in sorted(wanted)}
        self._piles = {id_: Pile() for id_ in counts}
        entries = self._unit.entries.of_accounts([id_ for id_, count in counts.items() if count])
        for entry in entries:
            counts[entry.account] -= 1
            self._piles[entry.account].add(entry)
        for id_, missing in counts.items():
            if missing:
                account = self.accounts[id_]
                raise StaleRecordError("account", id_, account.seq - missing, account.seq)
        return entries

    def require_loaded(self, accounts: Collection[str]) -> None:
        """Checks that accounts are locked and loaded.

        Raises:
            StaleRecordError: One is not: entries on it came in while the others were locked; repeat the unit.
        """
        for id_ in sorted(set(accounts) - self._piles.keys()):
            raise StaleRecordError("account", id_, 0)

    def at(self, account: str) -> datetime:
        """Returns the instant at which an account is posted on: now, and never before its last entry."""
        last = self.accounts[account].last_at
        return self._now if last is None else max(self._now, last)

    def pile(self, account: str) -> Pile:
        """Returns the lots of a loaded account, as they stand with everything posted so far."""
        return self._piles[account]

    def post(self, account: str, kind: EntryKind, points: int, *, key: str, **facts: Any) -> Entry:
        """Adds an entry to a locked account; what takes from lots needs a loaded one.

        Args:
            account: Id of the account.
            kind: What it does.
            points: Signed.
            key: What makes it unique.
            **facts: The other fields of `Entry`.

        Raises:
            InputError: The account would hold more than any store can.
        """
        owner, at = self.accounts[account], self.at(account)
        facts.setdefault("occurred_at", self._now)
        entry = Entry(
            id=self._ids.new(),
            account=account,
            seq=owner.seq + 1,
            kind=kind,
            points=points,
            at=at,
            key=key,
            is_late=at - self._now > SKEW,
            programme=self._programme.version,
            **facts,
        )
        self.accounts[account] = attrs.evolve(owner, seq=entry.seq, last_at=at, balance=self._after(owner, entry))
        self.posted.append(entry)
        return entry

    def _after(self, owner: Account, entry: Entry) -> Balance:
        pile = self._piles.get(owner.id)
        if pile is not None:
            pile.add(entry)
            after = owner.balance  # folded once, when everything is posted
        else:
            after = _credited(owner.balance, entry)
        if after.available + after.pending > MOST_POINTS:
            raise InputError(f"The account {owner.id!r} would hold more than {MOST_POINTS} points.")
        return after

    def write(self) -> tuple[Entry, ...]:
        """Writes what was posted and tells it; returns the entries."""
        if not self.posted:
            return ()
        self._unit.entries.append_many(self.posted)
        self._unit.accounts.save_many([self._folded(id_) for id_ in sorted({entry.account for entry in self.posted})])
        if told := [event_of(entry) for entry in self.posted if entry.points]:
            self._unit.emit(told)
        return tuple(self.posted)

    def _folded(self, id_: str) -> Account:
        account = self.accounts[id_]
        if id_ not in self._piles or account.last_at is None:
            return account
        folded = self._piles[id_].balance(account.last_at)
        if folded.available + folded.pending > MOST_POINTS:
            raise InputError(f"The account {id_!r} would hold more than {MOST_POINTS} points.")
        return attrs.evolve(account, balance=folded)


def require_same(entry: Entry, content: str) -> Entry:
    """Returns an entry found under a key, if it was made of the same content.

    Raises:
        KeyReused: It was made of another one.
    """
    if entry.content != content:
        raise KeyReused(entry.key, entry.content, content)
    return entry


def _credited(before: Balance, entry: Entry) -> Balance:
    """The balance after a credit on an account where nothing has changed by itself since; no fold is needed."""
    changes = [before.next_change] if before.next_change else []
    waits = entry.available_at is not None and entry.available_at > entry.at
    if entry.points:
        change = entry.available_at if waits else entry.expires_at
        changes += [change] if change else []
    return attrs.evolve(
        before,
        available=before.available + (0 if waits else entry.points),
        pending=before.pending + (entry.points if waits else 0),
        next_change=min(changes, default=None),
    )
