"""Proofs for hosts and contributors: contract classes, builders, strategies and clocks.

Needs pytest (and Hypothesis for the strategies): install the extra `test`.
"""

from crmkit.testing.clocks import FixedClock, TickingClock
from crmkit.testing.contracts.outbox import OutboxContract

__all__ = ["FixedClock", "OutboxContract", "TickingClock"]
