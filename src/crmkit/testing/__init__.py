"""Proofs for hosts and contributors: contract classes, builders, strategies and clocks.

Needs pytest (and Hypothesis for the strategies): install the extra `test`.
"""

from crmkit.testing.bill_contract import BillContract
from crmkit.testing.builders import a_line, an_order
from crmkit.testing.clocks import FixedClock, TickingClock
from crmkit.testing.contracts.identity import IdentityContract
from crmkit.testing.contracts.loyalty import LoyaltyContract
from crmkit.testing.contracts.orders import OrdersContract
from crmkit.testing.contracts.outbox import OutboxContract
from crmkit.testing.contracts.sinks import FulfilmentSinkContract, LedgerSinkContract
from crmkit.testing.contracts.tickets import TicketsContract
from crmkit.testing.contracts.undoing import UndoingContract
from crmkit.testing.earn_rule_contract import EarnRuleContract
from crmkit.testing.importer_contract import ImporterContract
from crmkit.testing.json_importer_contract import JsonImporterContract

__all__ = [
    "BillContract",
    "EarnRuleContract",
    "FixedClock",
    "FulfilmentSinkContract",
    "IdentityContract",
    "ImporterContract",
    "JsonImporterContract",
    "LedgerSinkContract",
    "LoyaltyContract",
    "OrdersContract",
    "OutboxContract",
    "TicketsContract",
    "TickingClock",
    "UndoingContract",
    "a_line",
    "an_order",
]
