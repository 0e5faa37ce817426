"""What a store knows of the orders of a chunk already: read by few statements, because most orders are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crmkit.intake.shops import PLATFORM_WIDE, under_one_shop
from crmkit.orders import Confirmation, Order, OrderKey, OrderState, OrdersUnit
from crmkit.orders.confirming import confirmation

__all__ = ["confirm", "parted_by", "states_of"]


def states_of(unit: OrdersUnit, chunk: Sequence[Order]) -> tuple[Sequence[Order], Mapping[OrderKey, OrderState]]:
    """Returns the orders, each under the shop that its number has in the store already, and what is stored of them."""
    states = unit.orders.digests(dict.fromkeys([order.key for order in chunk]))
    numbers: dict[str, list[str]] = {}
    for order in chunk:
        if order.key not in states and order.key.platform in PLATFORM_WIDE:
            numbers.setdefault(order.platform, []).append(order.number)
    if not numbers:
        return chunk, states
    stored = {
        (platform, number): keys
        for platform, wanted in numbers.items()
        for number, keys in unit.orders.by_numbers(platform, wanted).items()
    }
    chunk = under_one_shop(chunk, stored)
    moved = dict.fromkeys(order.key for order in chunk if order.key not in states)
    found = [key for key in moved if key in stored.get((key.platform, key.number), ())]
    return chunk, {**states, **unit.orders.digests(found)} if found else states


def parted_by(states: Mapping[OrderKey, OrderState], chunk: Sequence[Order]) -> tuple[list[Order], list[Order]]:
    """Returns the orders that say what is stored, or what was taken in last, and the others."""
    known: list[Order] = []
    fresh: list[Order] = []
    for order in chunk:
        state = states.get(order.key)
        is_known = state is not None and order.digest in (state.digest, state.report)
        (known if is_known else fresh).append(order)
    return known, fresh


def confirm(unit: OrdersUnit, states: Mapping[OrderKey, OrderState], known: Sequence[Order]) -> None:
    """Notes by which newest report known orders are still so; exports that are taken in again note nothing."""
    told: dict[OrderKey, Confirmation] = {}
    for order in known:
        if order.reported_at is not None:
            one = confirmation(states[order.key], order)
            if one is not None and (order.key not in told or told[order.key].reported_at < one.reported_at):
                told[order.key] = one
    if told:
        unit.orders.confirm_many(told)
