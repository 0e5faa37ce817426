"""Saved rules: segments as data that mean the same on every frame and in every database."""

from crmkit.segmentation.rules.explaining import Verdict
from crmkit.segmentation.rules.model import OPERATORS, AllOf, AnyOf, Leaf, Not
from crmkit.segmentation.rules.refusals import RuleError
from crmkit.segmentation.rules.rule import Rule
from crmkit.segmentation.rules.snapshots import Change, Snapshot

__all__ = ["OPERATORS", "AllOf", "AnyOf", "Change", "Leaf", "Not", "Rule", "RuleError", "Snapshot", "Verdict"]
