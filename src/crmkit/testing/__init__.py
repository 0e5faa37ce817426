"""Proofs for hosts and contributors: contract classes, builders, strategies and clocks.

Needs pytest (and Hypothesis for the strategies): install the extra `test`.
"""

from crmkit.testing.bill_contract import BillContract
from crmkit.testing.builders import a_line, an_order
from crmkit.testing.clocks import FixedClock, TickingClock
from crmkit.testing.contracts.identity import IdentityContract
from crmkit.testing.contracts.linking import LinkingContract
from crmkit.testing.contracts.loyalty import LoyaltyContract
from crmkit.testing.contracts.orders import OrdersContract
from crmkit.testing.contracts.outbox import OutboxContract
from crmkit.testing.contracts.segments import SegmentsContract
from crmkit.testing.contracts.sinks import FulfilmentSinkContract, LedgerSinkContract
from crmkit.testing.contracts.tickets import TicketsContract
from crmkit.testing.contracts.undoing import UndoingContract
from crmkit.testing.earn_rule_contract import EarnRuleContract
from crmkit.testing.importer_contract import ImporterContract
from crmkit.testing.json_importer_contract import JsonImporterContract
from crmkit.testing.people import RECORD_COLUMNS, a_model, some_records

__all__ = [
    "RECORD_COLUMNS",
    "BillContract",
    "EarnRuleContract",
    "FixedClock",
    "FulfilmentSinkContract",
    "IdentityContract",
    "ImporterContract",
    "JsonImporterContract",
    "LedgerSinkContract",
    "LinkingContract",
    "LoyaltyContract",
    "OrdersContract",
    "OutboxContract",
    "SegmentsContract",
    "TicketsContract",
    "TickingClock",
    "UndoingContract",
    "a_line",
    "a_model",
    "an_order",
    "some_records",
]
