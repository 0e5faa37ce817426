"""What an intake asks of its surroundings: a slice of a unit, a report, and somebody who hears how far it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from crmkit.identity import LinkingUnit
from crmkit.loyalty import LoyaltyUnit
from crmkit.orders import Order, OrdersUnit
from crmkit.problems import Problem

__all__ = ["IntakeUnit", "Progress", "Report"]

Progress = Callable[[int, int], None]
"""Is told how many of how many orders are done."""


class Report(Protocol):
    """Is what a reader of files gives, such as `importers.ImportReport`: orders, problems, and files with formats."""

    @property
    def orders(self) -> tuple[Order, ...]:
        """The orders."""
        ...

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What could not be used."""
        ...

    @property
    def formats(self) -> Mapping[str, str]:
        """File → name of its format."""
        ...


class IntakeUnit(OrdersUnit, LinkingUnit, LoyaltyUnit, Protocol):
    """Is the slice of a unit that an intake needs: orders, the identity map and points."""
