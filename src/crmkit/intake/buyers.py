"""Who bought: what the reports of a chunk say of their buyers, beside what the store knows of the same orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from datetime import datetime

import attrs

from crmkit.events import Event
from crmkit.identity import Identity, IdentityUnit, PersonMade, PersonsMerged, PersonsParted, Sighting
from crmkit.intake.ports import IntakeUnit
from crmkit.intake.shops import PLATFORM_WIDE
from crmkit.orders import DEFAULT_SHOP, Order, OrderFlow, OrderKey, OrderState, plan_many, refusal_of
from crmkit.problems import Problem

__all__ = [
    "guests_made_known",
    "new_persons",
    "owners_of",
    "sighting_of",
    "sightings_of",
    "strangers_among",
    "tells_buyer",
]


def sighting_of(order: Order, now: datetime, *, weighed: bool = False) -> Sighting:
    """Returns what the order says of its buyer; a guest is known by the order alone.

    Args:
        order: The order.
        now: The instant, where the order tells none.
        weighed: A linking model is in force, so that names, phones and addresses are looked at as well.
    """
    at = order.placed_at or order.paid_at or order.reported_at or now
    if not weighed:
        return Sighting(order.buyer.identifiers, at, record=order.key.record)
    from crmkit.intake.contacts import contact_in

    return Sighting(order.buyer.identifiers, at, record=order.key.record, contact=contact_in(order))


def sightings_of(
    unit: IntakeUnit, orders: Sequence[Order], states: Mapping[OrderKey, OrderState], *, flow: OrderFlow, now: datetime
) -> list[Sighting]:
    """Returns what the reports of orders say of their buyers, one sighting a report.

    Under a linking model, a report of a known order counts as the order that it makes: a later report that hides or
    leaves out the recipient takes nothing back. One that changes nothing says nothing that could be compared.
    """
    if unit.identity_models.adopted() is None:
        return [sighting_of(order, now) for order in orders]
    reports = [(order, "") for order in orders if order.key in states]
    changes = plan_many(unit, reports, flow=flow, now=now) if reports else ()
    made = {change.order.key: change.order for change in changes if change.kind == "changed"}
    return [
        sighting_of(made.get(order.key, order), now, weighed=order.key in made or order.key not in states)
        for order in orders
    ]


def tells_buyer(order: Order, states: Mapping[OrderKey, OrderState]) -> bool:
    """Whether the report makes an identity: one of a known order that names no buyer would only make a guest."""
    if refusal_of(order):
        return False
    return order.buyer.strongest is not None or not (order.lines_only or order.key in states)


def owners_of(
    unit: IdentityUnit, orders: Sequence[Order], states: Mapping[OrderKey, OrderState]
) -> dict[OrderKey, Identity]:
    """Returns the identity that each known order came with."""
    owner_of = {order.key: states[order.key].customer for order in orders if order.key in states}
    identities = {identity.id: identity for identity in unit.identities.find(ids=set(owner_of.values()))}
    return {key: identities[owner] for key, owner in owner_of.items() if owner in identities}


def is_guest(identity: Identity) -> bool:
    """Whether nothing but a record is known of the identity."""
    return identity.key.startswith("record:")


def guests_made_known(orders: Sequence[Order], owners: Mapping[OrderKey, Identity], now: datetime) -> list[Sighting]:
    """Returns sightings that tie the guest whom an order came with to the buyer whom a later report of it names."""
    named = [
        order
        for order in orders
        if order.buyer.strongest is not None and order.key in owners and is_guest(owners[order.key])
    ]
    return [attrs.evolve(sighting_of(order, now), under_record=True) for order in named]


def strangers_among(
    unit: IdentityUnit, orders: Sequence[Order], owners: Mapping[OrderKey, Identity]
) -> dict[OrderKey, Problem]:
    """Returns a problem for each report of a known order that names another person, where no file named the shop.

    There, two shops whose numbers begin alike would overwrite each other's orders.
    """
    asked = {order.key: key for order in orders if (key := _other_key(order, owners.get(order.key)))}
    if not asked:
        return {}
    person_of = {identity.key: identity.person for identity in unit.identities.find(keys=set(asked.values()))}
    return {
        key: Problem(
            source=str(key),
            code="another_buyer",
            reason="is stored with another buyer: the numbers of two shops meet where no file names its shop; "
            "name it (shop=…, on the command line --shop)",
            order=key.number,
        )
        for key, seen in asked.items()
        if person_of.get(seen) != owners[key].person
    }


def _other_key(order: Order, owner: Identity | None) -> str:
    """The key of the buyer, where it is another one of the same kind as the owner's and no shop is named; else ""."""
    buyer = order.buyer.strongest
    if owner is None or buyer is None or order.shop != DEFAULT_SHOP or order.platform in PLATFORM_WIDE:
        return ""
    is_of_one_kind = owner.key.startswith(f"{buyer.kind}:")
    return buyer.key if is_of_one_kind and buyer.key != owner.key else ""


def new_persons(told: Sequence[Event], arrived: Set[str]) -> int:
    """How many more persons there are; of a merge under an identity that has just arrived, that one was none before."""
    made = sum(isinstance(event, PersonMade) for event in told)
    parted = sum(len(event.parts) - 1 for event in told if isinstance(event, PersonsParted))
    merged = [event for event in told if isinstance(event, PersonsMerged)]
    return made + parted - sum(len(event.absorbed) - (event.person in arrived) for event in merged)
