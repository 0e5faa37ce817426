"""The fold: what the entries of accounts say as of an instant. Nothing here depends on when anything was run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from heapq import heapify, heappop

from crmkit.clock import require_aware
from crmkit.loyalty.model import Balance, Entry, Lot, LotState

__all__ = ["NEVER", "Pile", "allocate", "balance", "lots", "member_balance", "spending_order", "state_of"]

NEVER = datetime.max.replace(tzinfo=UTC)
"""Sorts behind every instant."""


def lots(entries: Iterable[Entry], *, as_of: datetime) -> tuple[Lot, ...]:
    """Returns every lot as it stands at an instant, in the order of (account, seq).

    Args:
        entries: All entries of one or more accounts, in any order.
        as_of: The instant, aware; entries booked later do not count.

    Raises:
        InputError: A naive instant.

    Example:
        >>> moment = datetime(2026, 1, 1, tzinfo=UTC)
        >>> entry = Entry(id="a", account="mei", seq=1, kind="earn", points=300, at=moment, occurred_at=moment,
        ...               key="earn:1")
        >>> [(lot.id, lot.left, lot.state) for lot in lots([entry], as_of=moment)]
        [('a', 300, 'open')]
    """
    return Pile(_until(entries, as_of)).lots(as_of)


def balance(entries: Iterable[Entry], *, as_of: datetime) -> Balance:
    """Returns how the points of accounts stand at an instant, past or future.

    A lot whose `expires_at` has come is gone, whether or not anybody wrote it down; one whose `available_at` has come
    can be spent.

    Args:
        entries: All entries of one or more accounts, in any order.
        as_of: The instant, aware; entries booked later do not count.

    Raises:
        InputError: A naive instant.

    Example:
        >>> moment = datetime(2026, 1, 1, tzinfo=UTC)
        >>> entry = Entry(id="a", account="mei", seq=1, kind="earn", points=300, at=moment, occurred_at=moment,
        ...               key="earn:1", expires_at=datetime(2026, 7, 1, tzinfo=UTC))
        >>> balance([entry], as_of=datetime(2026, 6, 30, tzinfo=UTC)).available
        300
        >>> balance([entry], as_of=datetime(2026, 7, 1, tzinfo=UTC)).lapsed
        300
    """
    return Pile(_until(entries, as_of)).balance(as_of)


def member_balance(balances: Iterable[Balance]) -> Balance:
    """Returns the balance of a person whose accounts have these balances.

    Example:
        >>> member_balance([Balance(available=50), Balance(available=20)]).available
        70
    """
    told = tuple(balances)
    return Balance(
        available=sum(one.available for one in told),
        pending=sum(one.pending for one in told),
        held=sum(one.held for one in told),
        lapsed=sum(one.lapsed for one in told),
        deficit=sum(one.deficit for one in told),
        next_change=min((one.next_change for one in told if one.next_change), default=None),
    )


def spending_order(lot: Lot) -> tuple[datetime, datetime, str, int]:
    """Returns the place of a lot in the queue: soonest to lapse first, never-lapsing last, then the older one."""
    return (lot.expires_at or NEVER, lot.at, lot.account, lot.seq)


def allocate(lots: Iterable[Lot], points: int) -> tuple[tuple[Lot, int], ...]:
    """Returns what `points` take from which open lots, in spending order; less than `points` where there is too little.

    Args:
        lots: Lots in any order; those that are not open are left alone.
        points: How many are wanted.
    """
    queue = [(spending_order(lot), lot) for lot in lots if lot.state == "open"]
    heapify(queue)
    taken: list[tuple[Lot, int]] = []
    while points > 0 and queue:
        lot = heappop(queue)[1]
        taken.append((lot, min(points, lot.left)))
        points -= taken[-1][1]
    return tuple(taken)


class Pile:
    """Folds entries into lots, one entry at a time.

    Args:
        entries: Entries whose lots come before what is taken from them.
    """

    __slots__ = ("_left", "_opened", "_owed", "_put_in")

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._opened: dict[str, Entry] = {}
        self._put_in: dict[str, int] = {}
        self._left: dict[str, int] = {}
        self._owed = 0
        for entry in entries:
            self.add(entry)

    def add(self, entry: Entry) -> None:
        """Takes in the next entry; `expire` moves nothing, because the lapse had its effect at its own instant."""
        if entry.kind == "expire":
            return
        gives = entry.points > 0
        for take in entry.takes:
            self._left[take.lot] += take.points if gives else -take.points
        rest = abs(entry.points) - entry.taken
        if not gives:
            self._owed += rest
        elif rest:
            self._opened[entry.id] = entry
            self._put_in[entry.id] = self._left[entry.id] = rest

    def lots(self, as_of: datetime, ids: Iterable[str] | None = None) -> tuple[Lot, ...]:
        """Returns the lots at an instant: all of them, or those with these ids."""
        wanted = self._opened if ids is None else [id_ for id_ in ids if id_ in self._opened]
        return tuple(self._lot(id_, as_of) for id_ in wanted)

    def _lot(self, id_: str, as_of: datetime) -> Lot:
        entry, left = self._opened[id_], self._left[id_]
        return Lot(
            id=id_,
            account=entry.account,
            points=self._put_in[id_],
            left=left,
            at=entry.at,
            seq=entry.seq,
            available_at=entry.available_at or entry.at,
            expires_at=entry.expires_at,
            state=state_of(entry, left, as_of),
        )

    def balance(self, as_of: datetime) -> Balance:
        """Returns the balance at an instant."""
        sums: dict[LotState, int] = defaultdict(int)
        changes: list[datetime] = []
        for id_, entry in self._opened.items():
            if not (left := self._left[id_]):
                continue
            state = state_of(entry, left, as_of)
            sums[state] += left
            change = entry.available_at if state == "pending" else entry.expires_at
            if change is not None and state != "lapsed":
                changes.append(change)
        return Balance(
            available=sums["open"] - self._owed,
            pending=sums["pending"],
            lapsed=sums["lapsed"],
            deficit=self._owed,
            next_change=min(changes, default=None),
        )


def state_of(entry: Entry, left: int, as_of: datetime) -> LotState:
    """Returns how the lot of an entry stands with `left` points in it."""
    if not left:
        return "spent"
    if entry.expires_at is not None and entry.expires_at <= as_of:
        return "lapsed"
    return "pending" if entry.available_at is not None and entry.available_at > as_of else "open"


def _until(entries: Iterable[Entry], as_of: datetime) -> list[Entry]:
    require_aware(as_of, "as_of")
    return sorted((entry for entry in entries if entry.at <= as_of), key=lambda entry: (entry.account, entry.seq))
