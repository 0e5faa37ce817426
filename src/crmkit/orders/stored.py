"""What a store keeps about orders beside the orders themselves: versions, identities, batches, light rows. Values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple

import attrs

from crmkit.orders.model import Order, OrderKey, OrderStatus

__all__ = ["Batch", "BeforeImage", "Confirmation", "OrderRow", "OrderState", "StoredOrder"]


class OrderState(NamedTuple):
    """Is what must be known of a stored order to judge a report of it; a tuple, because stores make many of them.

    Attributes:
        digest: Digest of the order as stored.
        report: Digest of the report that was taken in last; another one where the stored order knows more.
        status: Where it stands.
        version: Its version in the store.
        customer: Id of the identity it came with.
        reported_at: When the source wrote that report, or None.
        currency: Its currency.
        paid, refunded: In minor units.
    """

    digest: str
    report: str
    status: OrderStatus
    version: int
    customer: str
    reported_at: datetime | None
    currency: str
    paid: int
    refunded: int


class OrderRow(NamedTuple):
    """Is a light row of an order for tables; a tuple, because analysts read all of them.

    Attributes:
        key: Platform, shop and number.
        customer: Id of the identity it came with.
        moment: When it was paid, else when it was placed, else None.
        status: Where it stands.
        currency: ISO 4217; the amounts are whole numbers of its minor units.
        total, paid, refunded, net: As in `Order`.
        refund_unknown: As in `Order`.
        placed_at, paid_at, completed_at: As in `Order`.
    """

    key: OrderKey
    customer: str
    moment: datetime | None
    status: OrderStatus
    currency: str
    total: int
    paid: int
    refunded: int
    net: int
    refund_unknown: bool
    placed_at: datetime | None
    paid_at: datetime | None
    completed_at: datetime | None


@attrs.frozen(kw_only=True, slots=True)
class StoredOrder:
    """Is an order as a store keeps it.

    Attributes:
        order: The order.
        customer: Id of the identity it came with; a store never changes it.
        report: Digest of the report that was taken in last.
        first_seen: When it first came in, aware; a store never changes it.
        updated_at: When it changed last, aware.
        batch: The batch that changed it last, or None.
        version: As read from the store; 0 for one that is not in it yet. Each writing makes it one more.
    """

    order: Order
    customer: str
    report: str
    first_seen: datetime
    updated_at: datetime
    batch: str | None = None
    version: int = 0

    @property
    def key(self) -> OrderKey:
        """The order's key."""
        return self.order.key

    @property
    def state(self) -> OrderState:
        """What must be known of it to judge a report."""
        order = self.order
        return OrderState(
            digest=order.digest,
            report=self.report,
            status=order.status,
            version=self.version,
            customer=self.customer,
            reported_at=order.reported_at,
            currency=order.currency,
            paid=order.paid.minor,
            refunded=order.refunded.minor,
        )


@attrs.frozen(kw_only=True, slots=True)
class Confirmation:
    """Is what a newer report says that tells nothing new: the order was still so when it was written.

    Attributes:
        reported_at: When it was written.
        report: Its digest.
        is_whole: It tells everything that is stored; otherwise what older reports told stays told by them.
        told_at: As in `Order`, where it changes; None leaves it alone.
    """

    reported_at: datetime
    report: str
    is_whole: bool = False
    told_at: Mapping[str, datetime] | None = None


@attrs.frozen(kw_only=True, slots=True)
class Batch:
    """Is one taking in of many orders, which may be killed half-way and finished by the same call.

    Attributes:
        id: At most 64 signs; the same orders have the same batch.
        at: When it began, aware.
        status: "open" until everything is in, then "done"; "undone" once it was undone.
        sources: The files and their formats.
        counts: How many orders it made ("new") and changed ("changed"); once it is undone, also how many are gone
            again ("removed") and how many are what they were ("restored").
        version: As read from the store; 0 for a new one.
    """

    id: str
    at: datetime
    status: Literal["open", "done", "undone"] = "open"
    sources: Mapping[str, str] = attrs.field(factory=dict)
    counts: Mapping[str, int] = attrs.field(factory=dict)
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class BeforeImage:
    """Is what an order was before a batch changed it, so that the batch can be undone.

    Attributes:
        batch: Id of the batch.
        key: The order's key.
        kind: "new" or "changed".
        version_before: Version before the batch; 0 for a new order.
        version_after: Version that the batch left.
        before: The order before the batch, or None for a new one.
        report_before: Digest of the report that was taken in last before the batch, or "".
        batch_before: The batch that had changed the order last before this one, or None.
    """

    batch: str
    key: OrderKey
    kind: Literal["new", "changed"]
    version_before: int
    version_after: int
    before: Order | None = None
    report_before: str = ""
    batch_before: str | None = None
