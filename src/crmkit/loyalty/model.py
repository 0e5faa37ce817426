"""Points as values: entries of the ledger, the lots they open, what is taken from them, and answers about them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import attrs

from crmkit.money import Money
from crmkit.orders import OrderKey
from crmkit.problems import Problem

__all__ = [
    "Account",
    "Award",
    "Balance",
    "Entry",
    "EntryKind",
    "Lot",
    "LotState",
    "Member",
    "Outcome",
    "Part",
    "RefundQuote",
    "Take",
]

EntryKind = Literal["earn", "redeem", "restore", "reverse", "expire", "adjust"]
"""What an entry does. `earn` is granted by a rule or by hand (`award`), `redeem` spends, `restore` gives back what a
refunded order had spent, `reverse` takes back what it had earned, `adjust` corrects, `expire` writes down a lapse."""

LotState = Literal["pending", "open", "spent", "lapsed"]
"""How a lot stands: waiting for its day, spendable, used up, or past its day with points left in it."""


@attrs.frozen(slots=True)
class Take:
    """Says which lot a debit took how much from; in a `restore`, which lot got how much back.

    Attributes:
        lot: Id of the lot.
        points: A whole number above zero.
    """

    lot: str
    points: int


@attrs.frozen(kw_only=True, slots=True)
class Part:
    """Is one reason for points within an award; what a limit cuts is a part with a negative number.

    Attributes:
        rule: Name of the rule.
        points: What it gives; the parts of an award add up to its points.
        text: The same for people.
        line: Place of the order line it belongs to, counted from 0; None for the whole order.
    """

    rule: str
    points: int
    text: str = ""
    line: int | None = None


@attrs.frozen(kw_only=True, slots=True)
class Entry:
    """Is one line of the ledger; it is never changed.

    Attributes:
        id: Its own id, which is also the id of the lot that it opens.
        account: Id of the account: the identity that the account was opened for.
        seq: 1, 2, 3 … in the account.
        kind: What it does.
        points: Signed; 0 for a mark.
        at: When it was booked; in an account it never goes back.
        occurred_at: When the shop says it happened; windows count from it.
        key: What makes it unique: a natural key, or the caller's behind "key:".
        leg: 0, 1, 2 … where one call books on several accounts.
        content: Digest of what the caller passed, times left out; the same key with another one is refused.
        available_at: From when its lot can be spent; None: at once.
        expires_at: From when its lot cannot be spent any more; None: never.
        takes: What it took from which lots, or for a `restore` gave back.
        order: The order it comes from, if any.
        refund: The caller's id of the refund, or "".
        basis: What the award was computed from: the order's paid goods.
        refunded: How much of the basis the refund with the id `refund` covers.
        parts: The reasons; they add up to the points of an award.
        short: Points that a claw-back found nowhere, and that are forgiven.
        reason: Why, for people.
        actor: Who did it, for corrections by hand.
        is_late: The clock said a time clearly before the account's last entry.
        programme: Version of the programme it was made under.
        undoes: Id of the entry that it makes undone, or "".
    """

    id: str
    account: str
    seq: int
    kind: EntryKind
    points: int
    at: datetime
    occurred_at: datetime
    key: str
    leg: int = 0
    content: str = ""
    available_at: datetime | None = None
    expires_at: datetime | None = None
    takes: tuple[Take, ...] = ()
    order: OrderKey | None = None
    refund: str = ""
    basis: Money | None = None
    refunded: Money | None = None
    parts: tuple[Part, ...] = ()
    short: int = 0
    reason: str = ""
    actor: str = ""
    is_late: bool = False
    programme: str = ""
    undoes: str = ""

    @property
    def taken(self) -> int:
        """The points of all takes."""
        return sum(take.points for take in self.takes)


@attrs.frozen(kw_only=True, slots=True)
class Lot:
    """Is the points that one credit put in, and what is left of them.

    Attributes:
        id: Id of the entry that opened it.
        account: Its account.
        points: What was put in.
        left: What is left; of a lapsed lot, what lapsed.
        at: When it was opened; `seq` likewise.
        available_at: From when it can be spent.
        expires_at: From when it cannot any more; None: never.
        state: pending, open, spent or lapsed.
    """

    id: str
    account: str
    points: int
    left: int
    at: datetime
    seq: int
    available_at: datetime
    expires_at: datetime | None
    state: LotState


@attrs.frozen(kw_only=True, slots=True)
class Balance:
    """Is how points stand at one instant.

    Attributes:
        available: What can be spent, less a deficit.
        pending: In lots that wait for their day.
        held: Set aside for a checkout.
        lapsed: What has lapsed so far.
        deficit: What is owed; it is in `available` already.
        next_change: The earliest later instant at which the answer changes by itself; until then it may be kept.

    Example:
        >>> Balance(available=270, lapsed=30).spendable
        270
    """

    available: int = 0
    pending: int = 0
    held: int = 0
    lapsed: int = 0
    deficit: int = 0
    next_change: datetime | None = None

    @property
    def spendable(self) -> int:
        """What a redemption can take: `available`, never below zero."""
        return max(0, self.available)


@attrs.frozen(kw_only=True, slots=True)
class Account:
    """Is where entries lie; it belongs for ever to the identity it was opened for.

    Attributes:
        id: Id of that identity.
        balance: What the fold gave after the last entry; true from `last_at` until its `next_change`.
        seq: Number of the last entry; 0 before the first.
        last_at: When the last entry was booked.
        version: As read from the store.
    """

    id: str
    balance: Balance = Balance()
    seq: int = 0
    last_at: datetime | None = None
    version: int = 0

    def is_true_at(self, moment: datetime) -> bool:
        """Whether the kept balance is the answer as of `moment`."""
        if self.last_at is None:
            return True
        change = self.balance.next_change
        return self.last_at <= moment and (change is None or moment < change)


@attrs.frozen(kw_only=True, slots=True)
class Member:
    """Is what a rule may know of the buyer.

    Attributes:
        id: The identity that the order came with.
    """

    id: str = ""


@attrs.frozen(kw_only=True, slots=True)
class Award:
    """Is what an order earns, and why.

    Attributes:
        points: The sum of the parts.
        parts: One a reason, in the programme's order.
        basis: The paid goods it was computed from.
        programme: Version of the programme.

    Example:
        >>> part = Part(rule="per_spend", points=134)
        >>> print(Award(points=134, parts=(part,), basis=Money("134.90", "CNY")).explain())
        per_spend +134
    """

    points: int
    parts: tuple[Part, ...]
    basis: Money
    programme: str = ""

    def explain(self) -> str:
        """Returns one line for people: every part with its points."""
        return "; ".join(f"{part.text or part.rule} {part.points:+,}" for part in self.parts) or "nothing"


@attrs.frozen(kw_only=True, slots=True)
class Outcome:
    """Is what became of one order in a batch.

    Attributes:
        order: The order's key.
        entries: What was booked; for `earn_many` the order's earning, whether it was new or not.
        problem: What could not be used, or must be known first.
    """

    order: OrderKey
    entries: tuple[Entry, ...] = ()
    problem: Problem | None = None


@attrs.frozen(kw_only=True, slots=True)
class RefundQuote:
    """Is what a refund did to points.

    Attributes:
        clawed_back: Earned points that were taken back.
        restored: Spent points that were given back.
        short: Points that were to be taken back and found nowhere; they are forgiven.
        entries: What was booked.
    """

    clawed_back: int = 0
    restored: int = 0
    short: int = 0
    entries: tuple[Entry, ...] = ()

    @classmethod
    def of(cls, entries: tuple[Entry, ...]) -> RefundQuote:
        """Returns what these entries of one refund did."""
        return cls(
            clawed_back=-sum(entry.points for entry in entries if entry.kind == "reverse"),
            restored=sum(entry.points for entry in entries if entry.kind == "restore"),
            short=sum(entry.short for entry in entries),
            entries=entries,
        )
