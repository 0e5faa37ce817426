"""Proofs for hosts and contributors: contract classes, builders, strategies and clocks.

Needs pytest (and Hypothesis for the strategies): install the extra `test`.
"""

from crmkit.testing.builders import a_line, an_order
from crmkit.testing.clocks import FixedClock, TickingClock
from crmkit.testing.contracts.identity import IdentityContract
from crmkit.testing.contracts.loyalty import LoyaltyContract
from crmkit.testing.contracts.orders import OrdersContract
from crmkit.testing.contracts.outbox import OutboxContract
from crmkit.testing.contracts.tickets import TicketsContract
from crmkit.testing.earn_rule_contract import EarnRuleContract
from crmkit.testing.importer_contract import ImporterContract

__all__ = [
    "EarnRuleContract",
    "FixedClock",
    "IdentityContract",
    "ImporterContract",
    "LoyaltyContract",
    "OrdersContract",
    "OutboxContract",
    "TicketsContract",
    "TickingClock",
    "a_line",
    "an_order",
]
