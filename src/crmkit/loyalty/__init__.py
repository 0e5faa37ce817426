"""Loyalty: points that orders earn and customers spend, in a ledger that is only ever added to.

Importing this package is cheap: each name below loads its part at the first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmkit.errors import PolicyError
    from crmkit.loyalty.evaluation import evaluate, paid_goods
    from crmkit.loyalty.events import (
        PointsAdjusted,
        PointsAwarded,
        PointsEarned,
        PointsEvent,
        PointsRedeemed,
        PointsRestored,
        PointsTakenBack,
    )
    from crmkit.loyalty.following import follow_many
    from crmkit.loyalty.ledger import balance, lots, member_balance
    from crmkit.loyalty.model import (
        Account,
        Award,
        Balance,
        Entry,
        EntryKind,
        Lot,
        LotState,
        Member,
        Outcome,
        Part,
        RefundQuote,
        Take,
    )
    from crmkit.loyalty.ports import AccountRepository, EntryRepository, LoyaltyUnit, MemberRepository
    from crmkit.loyalty.programme import Programme
    from crmkit.loyalty.refunds import clawback_due
    from crmkit.loyalty.refusals import KeyReused, NotEnoughPoints
    from crmkit.loyalty.rules import EarnRule, PerSpend, Purchase, Rounding
    from crmkit.loyalty.service import LoyaltyDesk
    from crmkit.loyalty.statements import Statement, StatementLine, statement
    from crmkit.loyalty.undoing import undo_many
    from crmkit.loyalty.verification import Finding, takes, verify

__all__ = [
    "Account",
    "AccountRepository",
    "Award",
    "Balance",
    "EarnRule",
    "Entry",
    "EntryKind",
    "EntryRepository",
    "Finding",
    "KeyReused",
    "Lot",
    "LotState",
    "LoyaltyDesk",
    "LoyaltyUnit",
    "Member",
    "MemberRepository",
    "NotEnoughPoints",
    "Outcome",
    "Part",
    "PerSpend",
    "PointsAdjusted",
    "PointsAwarded",
    "PointsEarned",
    "PointsEvent",
    "PointsRedeemed",
    "PointsRestored",
    "PointsTakenBack",
    "PolicyError",
    "Programme",
    "Purchase",
    "RefundQuote",
    "Rounding",
    "Statement",
    "StatementLine",
    "Take",
    "balance",
    "clawback_due",
    "evaluate",
    "follow_many",
    "lots",
    "member_balance",
    "paid_goods",
    "statement",
    "takes",
    "undo_many",
    "verify",
]

_HOMES = {
    name: f"crmkit.{home}"
    for home, names in {
        "errors": "PolicyError",
        "loyalty.evaluation": "evaluate paid_goods",
        "loyalty.events": (
            "PointsAdjusted PointsAwarded PointsEarned PointsEvent PointsRedeemed PointsRestored PointsTakenBack"
        ),
        "loyalty.following": "follow_many",
        "loyalty.ledger": "balance lots member_balance",
        "loyalty.model": ("Account Award Balance Entry EntryKind Lot LotState Member Outcome Part RefundQuote Take"),
        "loyalty.ports": "AccountRepository EntryRepository LoyaltyUnit MemberRepository",
        "loyalty.programme": "Programme",
        "loyalty.refunds": "clawback_due",
        "loyalty.refusals": "KeyReused NotEnoughPoints",
        "loyalty.rules": "EarnRule PerSpend Purchase Rounding",
        "loyalty.service": "LoyaltyDesk",
        "loyalty.statements": "Statement StatementLine statement",
        "loyalty.undoing": "undo_many",
        "loyalty.verification": "Finding takes verify",
    }.items()
    for name in names.split()
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'crmkit.loyalty' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
