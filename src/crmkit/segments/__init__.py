"""Segments of the store: who belongs to which segment today, kept as snapshots, and who entered and left since."""

from crmkit.segments.events import SnapshotTaken
from crmkit.segments.model import MEMBER, NOBODY, Changes, Member, Move, Snapshot, SnapshotInfo
from crmkit.segments.ports import RuleAsker, SegmentBookUnit, SegmentsUnit, SnapshotRepository
from crmkit.segments.questions import By, Question, question_of
from crmkit.segments.service import SegmentBook

__all__ = [
    "MEMBER",
    "NOBODY",
    "By",
    "Changes",
    "Member",
    "Move",
    "Question",
    "RuleAsker",
    "SegmentBook",
    "SegmentBookUnit",
    "SegmentsUnit",
    "Snapshot",
    "SnapshotInfo",
    "SnapshotRepository",
    "SnapshotTaken",
    "question_of",
]
