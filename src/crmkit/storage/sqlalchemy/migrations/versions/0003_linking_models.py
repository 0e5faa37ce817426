"""Linking models: what records say, the keys that they share, adopted models and doubts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from crmkit.storage.sqlalchemy.columns import Document, Instant, KeyText, LongText
from crmkit.storage.sqlalchemy.metadata import TABLE_OPTIONS

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "crmkit_identity_models",
        sa.Column("digest", KeyText(32), nullable=False),
        sa.Column("document", LongText(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("cursor", KeyText(64), nullable=True),
        sa.Column("is_in_force", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_crmkit_identity_models")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "crmkit_identity_record_keys",
        sa.Column("digest", KeyText(32), nullable=False),
        sa.Column("record", KeyText(32), nullable=False),
        sa.PrimaryKeyConstraint("digest", "record", name=op.f("pk_crmkit_identity_record_keys")),
        **TABLE_OPTIONS,
    )
    op.create_index(op.f("ix_crmkit_identity_record_keys_record"), "crmkit_identity_record_keys", ["record"])
    op.create_table(
        "crmkit_identity_records",
        sa.Column("digest", KeyText(32), nullable=False),
        sa.Column("key", LongText(), nullable=False),
        sa.Column("identity", KeyText(64), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("reading", Document(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_crmkit_identity_records")),
        **TABLE_OPTIONS,
    )
    op.create_index(op.f("ix_crmkit_identity_records_identity"), "crmkit_identity_records", ["identity"])
    op.create_table(
        "crmkit_identity_reviews",
        sa.Column("id", KeyText(32), nullable=False),
        sa.Column("a", KeyText(64), nullable=False),
        sa.Column("b", KeyText(64), nullable=False),
        sa.Column("left_record", LongText(), nullable=False),
        sa.Column("right_record", LongText(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=True),
        sa.Column("place", sa.Double(), nullable=False),
        sa.Column("reason", KeyText(32), nullable=False),
        sa.Column("digest", KeyText(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crmkit_identity_reviews")),
        **TABLE_OPTIONS,
    )
    for column in ("a", "b"):
        op.create_index(op.f(f"ix_crmkit_identity_reviews_{column}"), "crmkit_identity_reviews", [column])
    op.create_index(op.f("ix_crmkit_identity_reviews_place_id"), "crmkit_identity_reviews", ["place", "id"])


def downgrade() -> None:
    for name in reversed(TABLES):
        op.drop_table(name)


TABLES = (
    "crmkit_identity_models",
    "crmkit_identity_record_keys",
    "crmkit_identity_records",
    "crmkit_identity_reviews",
)
