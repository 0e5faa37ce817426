"""The moves that an order may make between its states: a table that a host may replace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from crmkit.errors import PolicyError
from crmkit.orders.model import OrderStatus

__all__ = ["DEFAULT_FLOW", "OrderFlow"]

Moves = frozenset[tuple[OrderStatus, OrderStatus]]
_S = OrderStatus


def _status(value: OrderStatus | str) -> OrderStatus:
    try:
        return OrderStatus(value)
    except ValueError:
        raise PolicyError(f"{value!r} is not a state of an order; known are {', '.join(OrderStatus)}.") from None


def _pairs(table: Mapping[OrderStatus | str, Iterable[OrderStatus | str]] | Moves) -> Moves:
    if isinstance(table, frozenset):
        return table
    return frozenset((_status(before), _status(after)) for before, afters in table.items() for after in afters)


def _checked(_: object, __: object, moves: Moves) -> None:
    for before, after in sorted(moves):
        if before == after:
            raise PolicyError(f"{before} → {after} is not a move: staying in a state is always allowed, leave it out.")
    reached = {_S.PENDING_PAYMENT}
    while found := {after for before, after in moves if before in reached} - reached:
        reached |= found
    if lost := [status for status in OrderStatus if status not in reached]:
        raise PolicyError(f"No move leads from {_S.PENDING_PAYMENT} to {', '.join(lost)}; add the moves that do.")


@attrs.frozen(slots=True)
class OrderFlow:
    """Is the table of moves between the seven states; what is not in it is refused.

    Reports may leave out states, so a jump over several of them is a move of its own in the table.

    Args:
        moves: For each state the states that may follow it. Staying in a state is always allowed.

    Raises:
        PolicyError: An unknown state, a move from a state to itself, or a state that no moves lead to.

    Example:
        >>> DEFAULT_FLOW.allows("paid", "completed"), DEFAULT_FLOW.allows("completed", "paid")
        (True, False)
        >>> reopening = DEFAULT_FLOW.with_move("cancelled", "paid")
        >>> reopening.allows("cancelled", "paid")
        True
    """

    moves: Moves = attrs.field(converter=_pairs, validator=_checked)

    def allows(self, before: OrderStatus | str, after: OrderStatus | str) -> bool:
        """Returns whether an order in the state `before` may be reported in the state `after`.

        Example:
            >>> DEFAULT_FLOW.allows("completed", "refunded")
            True
        """
        return before == after or (before, after) in self.moves

    def with_move(self, before: OrderStatus | str, after: OrderStatus | str) -> OrderFlow:
        """Returns this table with one more move, such as one backwards that a platform really makes.

        Example:
            >>> DEFAULT_FLOW.with_move("completed", "received").allows("completed", "received")
            True
        """
        return OrderFlow(self.moves | {(_status(before), _status(after))})

    def without_move(self, before: OrderStatus | str, after: OrderStatus | str) -> OrderFlow:
        """Returns this table without one of its moves.

        Example:
            >>> DEFAULT_FLOW.without_move("completed", "cancelled").allows("completed", "cancelled")
            False
        """
        return OrderFlow(self.moves - {(_status(before), _status(after))})


DEFAULT_FLOW = OrderFlow(
    {
        _S.PENDING_PAYMENT: (_S.PAID, _S.SHIPPED, _S.RECEIVED, _S.COMPLETED, _S.CANCELLED, _S.REFUNDED),
        _S.PAID: (_S.SHIPPED, _S.RECEIVED, _S.COMPLETED, _S.CANCELLED, _S.REFUNDED),
        _S.SHIPPED: (_S.RECEIVED, _S.COMPLETED, _S.CANCELLED, _S.REFUNDED),
        _S.RECEIVED: (_S.COMPLETED, _S.CANCELLED, _S.REFUNDED),
        _S.COMPLETED: (_S.CANCELLED, _S.REFUNDED),
        _S.CANCELLED: (_S.REFUNDED,),
        _S.REFUNDED: (),
    }
)
"""The moves that no platform contradicts: forwards, also over several states, and out by cancelling or giving back. An
order that is cancelled or refunded stays so."""
