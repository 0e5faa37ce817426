"""The arms of a campaign: who is assigned to which, by lot and for ever, and what came of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from math import fsum

import attrs

from crmkit.errors import InputError

__all__ = ["Arm", "arm_of"]


@attrs.frozen(slots=True, kw_only=True)
class Arm:
    """Holds the counts of one arm of a campaign.

    Attributes:
        customers: Customers assigned to it, reached or not.
        buyers: Those of them who bought.
        revenue: What all of them spent, or None where it is not looked at.
        squares: The sum of the squares of what each spent; needed with `revenue`.

    Raises:
        InputError: Counts that cannot be.

    Example:
        >>> Arm(customers=10_000, buyers=420).rate
        0.042
    """

    customers: int
    buyers: int
    revenue: float | None = None
    squares: float | None = None

    def __attrs_post_init__(self) -> None:
        if type(self.customers) is not int or type(self.buyers) is not int or not 0 <= self.buyers <= self.customers:
            raise InputError(f"An arm has whole numbers of buyers and customers, buyers not more, got {self}.")
        if not self.customers:
            raise InputError("An arm has at least one customer; nothing can be compared with nobody.")
        if (self.revenue is None) != (self.squares is None):
            raise InputError("revenue and squares come together: an interval needs to know how much revenue varies.")
        if self.revenue is not None and self.squares is not None:
            slack = 1e-9 * abs(self.squares)
            if not self.squares + slack >= self.revenue**2 / self.customers:  # refuses NaN, too
                raise InputError("squares is the sum of the squares of each customer's revenue; it cannot be so small.")

    @classmethod
    def of(cls, spent: Iterable[float]) -> Arm:
        """Returns the arm of customers who spent so much each, zero for who bought nothing.

        Args:
            spent: One number a customer who was assigned, also of those who bought nothing.

        Raises:
            InputError: There is no customer, or a number is none.

        Example:
            >>> Arm.of([0, 0, 12.5, 40])
            Arm(customers=4, buyers=2, revenue=52.5, squares=1756.25)
        """
        amounts = [float(amount) for amount in spent]
        return cls(
            customers=len(amounts),
            buyers=sum(amount > 0 for amount in amounts),
            revenue=fsum(amounts),
            squares=fsum(amount * amount for amount in amounts),
        )

    @property
    def rate(self) -> float:
        """Share of customers who bought."""
        return self.buyers / self.customers


def arm_of(campaign: str, customer: object, shares: Mapping[str, int]) -> str:
    """Returns the arm of a customer, the same whenever and wherever it is asked for.

    It is a matter of the campaign, the customer's id as text and the shares, and of no chance: nobody changes arms,
    and the arms of two campaigns have nothing to do with one another.

    Args:
        campaign: Name of the campaign.
        customer: The customer's id.
        shares: Whole shares by arm, in their order.

    Raises:
        InputError: Shares that are not whole numbers, or of no sum.

    Example:
        >>> [arm_of("spring", customer, {"treated": 2, "control": 1}) for customer in ("ann", "bo", "cy", "dee")]
        ['treated', 'control', 'treated', 'treated']
    """
    parts = list(shares.values())
    if not set(map(type, parts)) <= {int} or any(part < 0 for part in parts) or not sum(parts):
        raise InputError(f"shares are whole numbers by arm, at least one above 0, got {dict(shares)!r}.")
    text = f"{len(campaign)}:{campaign}:{customer}".encode()  # with its length, so that no two pairs read alike
    place = int.from_bytes(sha256(text).digest(), "big") * sum(parts) >> 256
    for name, part in shares.items():
        if place < part:
            return name
        place -= part
    raise AssertionError("the shares add up to their sum")  # pragma: no cover
