"""Proofs about a ledger: the takes that its rules give, and where what is stored differs from what the entries say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from heapq import heappop, heappush

import attrs

from crmkit.loyalty.ledger import NEVER, balance, state_of
from crmkit.loyalty.model import Account, Entry, Take

__all__ = ["Finding", "takes", "verify"]


def takes(entries: Iterable[Entry]) -> dict[str, tuple[Take, ...]]:
    """Returns by entry id the takes that the rules of spending give for each debit, whatever the entries say.

    Soonest to lapse first, from a heap, so that a long account costs little more an entry than a short one. What a
    `restore` gave back is read from the entry.

    Args:
        entries: All entries of one account, in any order.

    Example:
        >>> from datetime import UTC
        >>> moment = datetime(2026, 1, 1, tzinfo=UTC)
        >>> same = {"account": "mei", "at": moment, "occurred_at": moment}
        >>> earned = Entry(id="a", seq=1, kind="earn", points=300, key="earn:1", **same)
        >>> takes([earned, Entry(id="b", seq=2, kind="redeem", points=-50, key="key:1", **same)])
        {'b': (Take(lot='a', points=50),)}
    """
    queue = _Queue()
    found: dict[str, tuple[Take, ...]] = {}
    for entry in sorted(entries, key=lambda one: one.seq):
        if entry.points > 0:
            queue.give(entry)
        elif entry.points < 0 and entry.kind != "expire":
            found[entry.id] = queue.take(entry)
    return found


class _Queue:
    """Keeps the lots of one account in spending order while its entries go by."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._left: dict[str, int] = {}
        self._of_order: dict[object, list[str]] = defaultdict(list)
        self._waiting: list[tuple[datetime, str]] = []
        self._open: list[tuple[datetime, datetime, int, str]] = []

    def give(self, entry: Entry) -> None:
        for take in entry.takes:
            self._left[take.lot] += take.points
            self._push(self._entries[take.lot])
        if rest := entry.points - entry.taken:
            self._entries[entry.id] = entry
            self._left[entry.id] = rest
            self._push(entry)
            if entry.kind == "earn" and entry.order is not None:
                self._of_order[entry.order].append(entry.id)

    def take(self, debit: Entry) -> tuple[Take, ...]:
        wanted = -debit.points
        taken: list[Take] = []
        for lot in self._own_lots(debit):
            wanted -= self._from(lot, wanted, taken)
        while self._waiting and self._waiting[0][0] <= debit.at:
            self._push(self._entries[heappop(self._waiting)[1]], debit.at)
        while wanted and self._open:
            expires_at, _, _, lot = self._open[0]
            if expires_at <= debit.at or not self._left[lot]:
                heappop(self._open)
                continue
            wanted -= self._from(lot, wanted, taken)
        return tuple(taken)

    def _own_lots(self, debit: Entry) -> list[str]:
        """For a claw-back the lots of its own order, those that still wait first."""
        if debit.kind != "reverse":
            return []
        own = [self._entries[lot] for lot in self._of_order[debit.order]]
        states = [(state_of(entry, self._left[entry.id], debit.at), entry) for entry in own]
        return [entry.id for state, entry in states if state == "pending"] + [
            entry.id for state, entry in states if state == "open"
        ]

    def _from(self, lot: str, wanted: int, taken: list[Take]) -> int:
        points = min(wanted, self._left[lot])
        if points:
            self._left[lot] -= points
            taken.append(Take(lot, points))
        return points

    def _push(self, entry: Entry, now: datetime | None = None) -> None:
        if entry.available_at is not None and now is None:
            heappush(self._waiting, (entry.available_at, entry.id))
        else:
            heappush(self._open, (entry.expires_at or NEVER, entry.at, entry.seq, entry.id))


@attrs.frozen(slots=True)
class Finding:
    """Is one place where what is stored is not what the entries say.

    Attributes:
        account: Id of the account.
        what: "balance", "seq" or "takes".
        entry: Id of the entry, or "".
        stored: What is stored.
        folded: What the entries say.
    """

    account: str
    what: str
    entry: str
    stored: str
    folded: str


def verify(account: Account, entries: Sequence[Entry]) -> tuple[Finding, ...]:
    """Returns where an account's kept numbers and stored takes differ from the fold; nothing, if all is well.

    Args:
        account: The account as stored.
        entries: All its entries, in any order.

    Example:
        >>> verify(Account(id="mei"), [])
        ()
        >>> [finding.what for finding in verify(Account(id="mei", seq=1), [])]
        ['seq']
    """
    found: list[Finding] = []
    ordered = sorted(entries, key=lambda entry: entry.seq)
    numbers = [entry.seq for entry in ordered]
    if numbers != list(range(1, account.seq + 1)):
        found.append(Finding(account.id, "seq", "", str(account.seq), str(numbers)))
    derived = takes(ordered)
    for entry in ordered:
        expected = derived.get(entry.id, entry.takes)
        if entry.takes != expected:
            found.append(Finding(account.id, "takes", entry.id, str(entry.takes), str(expected)))
    if account.last_at is not None:
        folded = balance(ordered, as_of=account.last_at)
        if folded != account.balance:
            found.append(Finding(account.id, "balance", "", str(account.balance), str(folded)))
    return tuple(found)
