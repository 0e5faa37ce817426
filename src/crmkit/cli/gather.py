"""What the report shows, gathered from the store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from crmkit import loyalty, report
from crmkit.cli.customer_sections import purchases_of, returns_of, rfm_of, spread_of, stages_of
from crmkit.crm import Crm
from crmkit.identity import Identity
from crmkit.importers import ImportReport
from crmkit.intake import Taken
from crmkit.orders import OrderKey, OrderStatus, StoredOrder
from crmkit.segmentation.labels import Language

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["gather"]

_CHUNK = 1000
_MOST_TICKETS = 1000


def gather(
    crm: Crm,
    found: ImportReport,
    taken: Taken,
    *,
    shop: str,
    as_of: datetime,
    generated_at: datetime,
    lang: Language,
) -> report.ReportData:
    """Returns everything that the page shows about the orders placed before `as_of`."""
    everything = crm.order_frame()
    everybody = _people(crm, everything["customer"].unique())
    frame = everything[everything["moment"].isna() | (everything["moment"] < as_of)]
    seen = set(frame["customer"])
    people = {person: own for person, own in everybody.items() if person in seen}
    rfm, purchases = tuple(rfm_of(frame, as_of)), purchases_of(frame)
    return report.ReportData(
        shop=shop,
        as_of=as_of,
        generated_at=generated_at,
        lang=lang,
        totals=report.totals_of(frame),
        by_status=report.status_counts(frame),
        customers=_customers(frame, people),
        rfm=rfm,
        spread=tuple(spread_of(rfm)),
        returns=returns_of(purchases, as_of),
        stages=stages_of(purchases, as_of),
        waiting=tuple(_waiting(crm, frame, people)),
        points=_points(crm, everybody, generated_at),
        tickets=_tickets(crm, everybody),
        problems=taken.problems,
        sources=tuple(report.Source(name=name, format=format_) for name, format_ in found.formats.items()),
        batch=report.Batch(
            id=taken.batch, new=taken.new, changed=taken.changed, known=taken.known, refused=taken.refused
        ),
    )


def _people(crm: Crm, persons: Iterable[str]) -> dict[str, list[Identity]]:
    """The identities of each person, the person's own first."""
    people: dict[str, list[Identity]] = defaultdict(list)
    with crm.store.unit(read_only=True) as unit:
        for identity in unit.identities.find(persons=list(persons)):
            people[identity.person].append(identity)
    for person, identities in people.items():
        identities.sort(key=lambda identity: (identity.id != person, identity.key))
    return people


def _label(identity: Identity) -> str:
    """The part of an identity's key that people know: the account, the address."""
    kind, _, rest = identity.key.partition(":")
    return "" if kind == "record" else rest.partition(":")[2]


def _customers(frame: pd.DataFrame, people: Mapping[str, list[Identity]]) -> report.CustomerCounts:
    purchases = frame[frame["amount"] > 0].groupby("customer").size()
    merged = {person: identities for person, identities in people.items() if len(identities) > 1}
    return report.CustomerCounts(
        known=len(people),
        buyers=len(purchases),
        repeat=int((purchases > 1).sum()),
        merges=sum(len(identities) - 1 for identities in merged.values()),
        merged=tuple(
            report.Merge(_label(identities[0]), tuple(_label(identity) for identity in identities))
            for _, identities in sorted(merged.items())
        ),
    )


def _waiting(crm: Crm, frame: pd.DataFrame, people: Mapping[str, list[Identity]]) -> Iterator[report.WaitingOrder]:
    # A platform that never tells of an arrival leaves every parcel "shipped": nobody is waited for there.
    confirming = set(frame.loc[frame["status"].isin(["received", "completed"]), "platform"])
    is_open = (frame["status"] == "pending_payment") | (frame["status"] == "shipped") & frame["platform"].isin(
        confirming
    )
    waiting = frame[is_open]
    keys = [OrderKey(*parts) for parts in zip(waiting["platform"], waiting["shop"], waiting["number"], strict=True)]
    person_of = dict(zip(keys, waiting["customer"], strict=True))
    for stored in _stored(crm, keys):
        order = stored.order
        is_payment = order.status is OrderStatus.PENDING_PAYMENT
        yield report.WaitingOrder(
            number=order.number,
            platform=order.platform,
            shop=order.shop,
            kind="payment" if is_payment else "receipt",
            amount=order.total - order.paid if is_payment else order.paid,
            since=order.placed_at if is_payment else order.shipped_at or order.paid_at,
            customer=order.buyer.name or _label(people[person_of[order.key]][0]),
        )


def _stored(crm: Crm, keys: list[OrderKey]) -> Iterator[StoredOrder]:
    for start in range(0, len(keys), _CHUNK):
        with crm.store.unit(read_only=True) as unit:
            found = unit.orders.by_keys(keys[start : start + _CHUNK])
        yield from found.values()


def _points(crm: Crm, people: Mapping[str, list[Identity]], as_of: datetime) -> report.PointsSummary | None:
    """Points as they are booked now: the ledger knows when something was booked, not how a past day would have been."""
    sums: dict[str, int] = defaultdict(int)
    accounts = sorted(identity.id for identities in people.values() for identity in identities)
    person_of = {identity.id: person for person, identities in people.items() for identity in identities}
    members: set[str] = set()
    for start in range(0, len(accounts), _CHUNK):
        with crm.store.unit(read_only=True) as unit:
            entries = unit.entries.of_accounts(accounts[start : start + _CHUNK])
        by_account: dict[str, list[loyalty.Entry]] = defaultdict(list)
        for entry in entries:
            by_account[entry.account].append(entry)
            sums[entry.kind] += entry.points
        for account, own in by_account.items():
            now = loyalty.balance(own, as_of=max(as_of, own[-1].at))
            owed = now.available + now.pending + now.held
            sums["owed"] += owed
            sums["lapsed"] += now.lapsed
            members |= {person_of[account]} if owed else set()
    if not sums:
        return None
    return report.PointsSummary(
        issued=sums["earn"],
        redeemed=-sums["redeem"] - sums["restore"],
        taken_back=-sums["reverse"],
        lapsed=sums["lapsed"],
        owed=sums["owed"],
        members=len(members),
    )


def _tickets(crm: Crm, people: Mapping[str, list[Identity]]) -> tuple[report.OpenTicket, ...]:
    label_of = {one.id: _label(own[0]) for own in people.values() for one in own}
    return tuple(
        report.OpenTicket(
            id=ticket.id,
            subject=ticket.subject,
            state=ticket.state,
            opened_at=ticket.opened_at,
            assignee=ticket.assignee,
            customer=label_of.get(ticket.customer, ticket.customer),
        )
        for ticket in crm.tickets.open_tickets(limit=_MOST_TICKETS)
    )
