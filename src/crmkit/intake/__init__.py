"""Intake: reports of orders enter a store in one step: who bought, what changed, what it earns."""

from crmkit.intake.against_bills import reconcile_stored
from crmkit.intake.model import Plan, PlannedOrder, Reversion, Taken
from crmkit.intake.service import OrderIntake

__all__ = ["OrderIntake", "Plan", "PlannedOrder", "Reversion", "Taken", "reconcile_stored"]
