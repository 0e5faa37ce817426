"""Snapshots of segments: who belonged to which segment at a moment."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from crmkit.storage.sqlalchemy.columns import BigInt, Document, Instant, KeyText
from crmkit.storage.sqlalchemy.metadata import TABLE_OPTIONS

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "crmkit_segment_members",
        sa.Column("snapshot", KeyText(32), nullable=False),
        sa.Column("customer", KeyText(64), nullable=False),
        sa.Column("segment", KeyText(64), nullable=False),
        sa.PrimaryKeyConstraint("snapshot", "customer", name=op.f("pk_crmkit_segment_members")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "crmkit_segment_names",
        sa.Column("name", KeyText(128), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_crmkit_segment_names")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "crmkit_segment_snapshots",
        sa.Column("id", KeyText(32), nullable=False),
        sa.Column("name", KeyText(128), nullable=False),
        sa.Column("as_of", Instant(), nullable=False),
        sa.Column("digest", KeyText(32), nullable=False),
        sa.Column("question", Document(), nullable=False),
        sa.Column("engine", KeyText(32), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("customers", BigInt(), nullable=False),
        sa.Column("counts", Document(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crmkit_segment_snapshots")),
        **TABLE_OPTIONS,
    )
    op.create_index(
        op.f("ix_crmkit_segment_snapshots_name_as_of_id"), "crmkit_segment_snapshots", ["name", "as_of", "id"]
    )


def downgrade() -> None:
    for name in reversed(TABLES):
        op.drop_table(name)


TABLES = ("crmkit_segment_members", "crmkit_segment_names", "crmkit_segment_snapshots")
