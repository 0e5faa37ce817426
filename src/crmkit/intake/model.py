"""What an intake will do, and what it has done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import blake2b

import attrs

from crmkit.orders import Order
from crmkit.problems import Problem

__all__ = ["Plan", "PlannedOrder", "Reversion", "Taken", "batch_of"]

_TOLD = {
    "StockOut": "stock-outs",
    "Shipped": "shipments",
    "PaymentReceived": "payments",
    "Refunded": "refunds",
}


@attrs.frozen(kw_only=True, slots=True)
class PlannedOrder:
    """Is one order of a plan and what would become of it.

    Attributes:
        order: The order as reported.
        kind: "new", "changed", "known" or "refused".
        reason: Why it is refused, else "".
        steps: Names of the events that would be told, in order.
    """

    order: Order
    kind: str
    reason: str = ""
    steps: tuple[str, ...] = ()


@attrs.frozen(kw_only=True, slots=True)
class Plan:
    """Is what taking a report into a store would do; nothing is written by making it.

    Attributes:
        batch: The batch it would be: the same orders are the same batch, on every machine.
        orders: Every order and what would become of it.
        problems: What the files held that could not be used.
        sources: The files and their formats.
    """

    batch: str
    orders: tuple[PlannedOrder, ...]
    problems: tuple[Problem, ...] = ()
    sources: Mapping[str, str] = attrs.field(factory=dict)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many orders are new, changed, known and refused."""
        found = Counter(planned.kind for planned in self.orders)
        return {kind: found[kind] for kind in ("new", "changed", "known", "refused")}

    def __str__(self) -> str:
        kinds = ", ".join(f"{number:,} {kind}" for kind, number in self.counts.items())
        told = Counter(step for planned in self.orders for step in planned.steps)
        steps = [f"{told[name]:,} {words}" for name, words in _TOLD.items() if told[name]]
        return " · ".join([f"{len(self.orders):,} orders: {kinds}", *steps])


@attrs.frozen(kw_only=True, slots=True)
class Taken:
    """Is what an intake has done.

    Attributes:
        batch: Id of the batch in the store.
        new, changed, known, refused: Orders of each kind.
        customers: Persons behind these orders as of now.
        merges: Accounts that were found to belong to a customer who is known by another one.
        points: Points booked, less what was taken back.
        problems: Everything that could not be used, from the files and from the store's rules.
    """

    batch: str
    new: int = 0
    changed: int = 0
    known: int = 0
    refused: int = 0
    customers: int = 0
    merges: int = 0
    points: int = 0
    problems: tuple[Problem, ...] = ()

    @property
    def orders(self) -> int:
        """All orders of the report."""
        return self.new + self.changed + self.known + self.refused

    @property
    def is_nothing_new(self) -> bool:
        """Whether the store knew everything already."""
        return not (self.new or self.changed)

    def __str__(self) -> str:
        problems = f"{len(self.problems):,} problem{'' if len(self.problems) == 1 else 's'}"
        merges = f" ({self.merges:,} new merge{'' if self.merges == 1 else 's'})" if self.merges else ""
        news = " · nothing new" if self.orders and self.is_nothing_new else ""
        return f"{self.orders:,} orders · {problems} · {self.customers:,} customers{merges}{news}"


@attrs.frozen(kw_only=True, slots=True)
class Reversion:
    """Is what undoing a batch has done.

    Attributes:
        batch: Id of the batch.
        removed: Orders that the batch had made, and that are gone.
        restored: Orders that it had changed, and that are what they were before.
        points: Points booked by undoing, as a signed number.
        short: Points that were to be taken back and are spent already; they are forgiven.
        parted: Customers who were one person by what the batch said of them, and are not any more.
        refused: One problem for each order that was changed since, and is left as it is (`changed_since`).
        left: One problem for each identifier that a customer keeps, because it was seen at other times as well
            (`seen_elsewhere`).
    """

    batch: str
    removed: int = 0
    restored: int = 0
    points: int = 0
    short: int = 0
    parted: int = 0
    refused: tuple[Problem, ...] = ()
    left: tuple[Problem, ...] = ()

    @property
    def orders(self) -> int:
        """All orders that were undone."""
        return self.removed + self.restored

    @property
    def is_nothing_new(self) -> bool:
        """Whether there was nothing to undo any more."""
        return not self.orders

    def __str__(self) -> str:
        orders = f"{self.removed:,} order{'' if self.removed == 1 else 's'} removed, {self.restored:,} restored"
        parts = [f"{orders}, {len(self.refused):,} refused"]
        if self.points:
            parts.append(f"{self.points:+,} points")
        if self.parted:
            parts.append(f"{self.parted:,} customer{'' if self.parted == 1 else 's'} parted")
        if self.left:
            parts.append(f"{len(self.left):,} identifier{'' if len(self.left) == 1 else 's'} left")
        return " · ".join([*parts, *(["nothing to undo"] if self.is_nothing_new else [])])


def batch_of(orders: Iterable[Order]) -> str:
    """Returns the id of the batch that these orders are, in whatever order they come.

    Example:
        >>> batch_of([]) == batch_of([])
        True
    """
    digest = blake2b(digest_size=13)
    for line in sorted(f"{order.key}|{order.digest}" for order in orders):
        digest.update(line.encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()
