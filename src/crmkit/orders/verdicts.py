"""What becomes of a report of an order: new, changed, known or refused. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import attrs

from crmkit.orders.flow import OrderFlow
from crmkit.orders.merging import is_silent_on_refund
from crmkit.orders.model import Order, OrderKey
from crmkit.orders.storable import refusal_of
from crmkit.orders.stored import OrderState

__all__ = ["CHANGED", "NEW", "Kind", "Verdict", "classify", "judge", "may_fill"]

Kind = Literal["new", "changed", "known", "refused"]


@attrs.frozen(slots=True)
class Verdict:
    """Is what becomes of one report.

    Attributes:
        kind: "new", "changed", "known" or "refused".
        reason: Why it is refused, one sentence, else "".
    """

    kind: Kind
    reason: str = ""


_ALONE = "The item report stands alone: take its order report with it, which knows the buyer and what was paid."
NEW, CHANGED, KNOWN = Verdict("new"), Verdict("changed"), Verdict("known")


def classify(states: Mapping[OrderKey, OrderState], orders: Sequence[Order], flow: OrderFlow) -> tuple[Verdict, ...]:
    """Returns what becomes of each report, given what is stored; two reports of one order are judged apart.

    A report counted as "changed" may turn out to say nothing that is not known, once the whole order is looked at.

    Example:
        >>> from crmkit.orders import DEFAULT_FLOW
        >>> from crmkit.testing import an_order
        >>> [verdict.kind for verdict in classify({}, [an_order()], DEFAULT_FLOW)]
        ['new']
    """
    return tuple(judge(states.get(order.key), order, flow) for order in orders)


def judge(state: OrderState | None, order: Order, flow: OrderFlow) -> Verdict:
    """Returns what becomes of one report.

    A report that is the stored order, or the one taken in last, is known. Of two reports that both say when they were
    written the older never wins; where one does not say, a move that the flow does not hold, or a refund that became
    smaller, shows an older report.
    """
    if state is None:
        reason = refusal_of(order) or (_ALONE if order.lines_only else "")
        return Verdict("refused", reason) if reason else NEW
    if order.digest in (state.digest, state.report):
        return KNOWN
    reason = refusal_of(order) or _older(state, order) or _contradiction(state, order, flow)
    return Verdict("refused", reason) if reason else CHANGED


def may_fill(state: OrderState | None, order: Order) -> bool:
    """Returns whether a report is older than the stored one and may still tell what no newer one did."""
    return (
        state is not None and bool(_older(state, order)) and order.currency == state.currency and not refusal_of(order)
    )


def _older(state: OrderState, order: Order) -> str:
    if state.reported_at is None or order.reported_at is None or order.reported_at >= state.reported_at:
        return ""
    return (
        f"The report of the order {order.key} was written at {order.reported_at.isoformat()}, "
        f"the stored one at {state.reported_at.isoformat()}; an older report does not overwrite a newer one."
    )


def _contradiction(state: OrderState, order: Order, flow: OrderFlow) -> str:
    if order.currency != state.currency:
        return f"The order {order.key} is stored in {state.currency} and reported in {order.currency}."
    if not flow.allows(state.status, order.status):
        return (
            f"The order {order.key} is {state.status} and cannot become {order.status}: the report is older than what "
            "is stored, or the platform makes a move that the OrderFlow does not hold; add it with with_move()."
        )
    is_newer = state.reported_at is not None and order.reported_at is not None and order.reported_at > state.reported_at
    if (
        is_newer
        or order.lines_only
        or order.refunded.minor >= state.refunded
        or is_silent_on_refund(state.paid > 0, order)
    ):
        return ""
    return (
        f"The report of the order {order.key} knows {order.refunded} of refunds, and more is stored: it is older than "
        "what is stored. A newer one says so by its reported_at."
    )
