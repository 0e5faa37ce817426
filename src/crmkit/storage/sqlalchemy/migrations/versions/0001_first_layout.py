"""The first layout: orders, identities, points, tickets, batches and the outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from crmkit.storage.sqlalchemy.columns import BigInt, Document, Instant, KeyText, LongText
from crmkit.storage.sqlalchemy.metadata import TABLE_OPTIONS

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "crmkit_batch_orders",
        sa.Column("batch", KeyText(64), nullable=False),
        sa.Column("order", KeyText(32), nullable=False),
        sa.Column("platform", KeyText(64), nullable=False),
        sa.Column("shop", KeyText(128), nullable=False),
        sa.Column("number", KeyText(255), nullable=False),
        sa.Column("kind", KeyText(8), nullable=False),
        sa.Column("version_before", BigInt(), nullable=False),
        sa.Column("version_after", BigInt(), nullable=False),
        sa.Column("before", Document(), nullable=True),
        sa.Column("report_before", KeyText(32), nullable=False),
        sa.Column("batch_before", KeyText(64), nullable=True),
        sa.PrimaryKeyConstraint("batch", "order", name=op.f("pk_crmkit_batch_orders")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "crmkit_batches",
        sa.Column("id", KeyText(64), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("status", KeyText(8), nullable=False),
        sa.Column("sources", Document(), nullable=False),
        sa.Column("counts", Document(), nullable=False),
        sa.Column("version", BigInt(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crmkit_batches")),
        **TABLE_OPTIONS,
    )
    op.create_index(op.f("ix_crmkit_batches_at"), "crmkit_batches", ["at"])
    op.create_table(
        "crmkit_counters",
        sa.Column("name", KeyText(64), nullable=False),
        sa.Column("last", BigInt(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_crmkit_counters")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "crmkit_identifiers",
        sa.Column("identity", KeyText(64), nullable=False),
        sa.Column("digest", KeyText(32), nullable=False),
        sa.Column("kind", KeyText(32), nullable=False),
        sa.Column("scope", LongText(), nullable=False),
        sa.Column("value", KeyText(255), nullable=False),
        sa.Column("form", KeyText(16), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("valid_until", Instant(), nullable=True),
        sa.Column("can_link", sa.Boolean(), nullable=False),
        sa.Column("first_seen", Instant(), nullable=False),
        sa.Column("last_seen", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("identity", "digest", name=op.f("pk_crmkit_identifiers")),
        **TABLE_OPTIONS,
    )
    op.create_index(op.f("ix_crmkit_identifiers_digest_can_link"), "crmkit_identifiers", ["digest", "can_link"])
    op.create_table(
        "crmkit_identities",
        sa.Column("id", KeyText(64), nullable=False),
        sa.Column("digest", KeyText(32), nullable=False),
        sa.Column("key", LongText(), nullable=False),
        sa.Column("first_seen", Instant(), nullable=False),
        sa.Column("person", KeyText(64), nullable=False),
        sa.Column("component", KeyText(64), nullable=False),
        sa.Column("version", BigInt(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crmkit_identities")),
        sa.UniqueConstraint("digest", name=op.f("uq_crmkit_identities_digest")),
        **TABLE_OPTIONS,
    )
    op.create_index(op.f("ix_crmkit_identities_component"), "crmkit_identities", ["component"])
    op.create_index(op.f("ix_crmkit_identities_person"), "crmkit_identities", ["person"])
    op.create_table(
        "crmkit_identity_decisions",
        sa.Column("id", KeyText(64), nullable=False),
        sa.Column("digest", KeyText(32), nullable=False),
        sa.Column("key", LongText(), nullable=False),
        sa.Column("kind", KeyText(16), nullable=False),
        sa.Column("a", KeyText(64), nullable=False),
        sa.Column("b", KeyText(64), nullable=False),
        sa.Column("by", LongText(), nullable=False),
        sa.Column("reason", LongText(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.Column("withdrawn_by", LongText(), nullable=False),
        sa.Column("withdrawn_reason", LongText(), nullable=False),
        sa.Column("version", BigInt(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crmkit_identity_decisions")),
        sa.UniqueConstraint("digest", name=op.f("uq_crmkit_identity_decisions_digest")),
        **TABLE_OPTIONS,
    )
    op.create_index(op.f("ix_crmkit_identity_decisions_a"), "crmkit_identity_decisions", ["a"])
    op.create_index(op.f("ix_crmkit_identity_decisions_b"), "crmkit_identity_decisions", ["b"])
    op.create_table(
        "crmkit_identity_values",
        sa.Column("digest", KeyText(32), nullable=False),
        sa.Column("is_hub", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_crmkit_identity_values")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "crmkit_order_lines",
        sa.Column("order", KeyText(32), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("line_id", LongText(), nullable=True),
        sa.Column("sku", LongText(), nullable=False),
        sa.Column("product_id", LongText(), nullable=False),
        sa.Column("title", LongText(), nullable=False),
        sa.Column("variant", LongText(), nullable=False),
        sa.Column("quantity", BigInt(), nullable=False),
        sa.Column("unit_price", BigInt(), nullable=False),
        sa.Column("total", BigInt(), nullable=False),
        sa.Column("refunded", BigInt(), nullable=True),
        sa.Column("status", KeyText(16), nullable=True),
        sa.PrimaryKeyConstraint("order", "position", name=op.f("pk_crmkit_order_lines")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "crmkit_order_undoings",
        sa.Column("order", KeyText(32), nullable=False),
        sa.Column("times", BigInt(), nullable=False),
        sa.PrimaryKeyConstraint("order", name=op.f("pk_crmkit_order_undoings")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "crmkit_orders",
        sa.Column("id", KeyText(32), nullable=False),
        sa.Column("platform", KeyText(64), nullable=False),
        sa.Column("shop", KeyText(128), nullable=False),
        sa.Column("number", KeyText(255), nullable=False),
        sa.Column("customer", KeyText(64), nullable=False),
        sa.Column("status", KeyText(16), nullable=False),
        sa.Column("currency", KeyText(3), nullable=False),
        sa.Column("total", BigInt(), nullable=False),
        sa.Column("paid", BigInt(), nullable=False),
        sa.Column("refunded", BigInt(), nullable=False),
        sa.Column("refund_unknown", sa.Boolean(), nullable=False),
        sa.Column("shipping", BigInt(), nullable=True),
        sa.Column("discount", BigInt(), nullable=True),
        sa.Column("tax", BigInt(), nullable=True),
        sa.Column("placed_at", Instant(), nullable=True),
        sa.Column("paid_at", Instant(), nullable=True),
        sa.Column("shipped_at", Instant(), nullable=True),
        sa.Column("received_at", Instant(), nullable=True),
        sa.Column("completed_at", Instant(), nullable=True),
        sa.Column("cancelled_at", Instant(), nullable=True),
        sa.Column("reported_at", Instant(), nullable=True),
        sa.Column("buyer", Document(), nullable=True),
        sa.Column("recipient", Document(), nullable=True),
        sa.Column("remark", LongText(), nullable=False),
        sa.Column("buyer_note", LongText(), nullable=False),
        sa.Column("tags", Document(), nullable=True),
        sa.Column("close_reason", LongText(), nullable=False),
        sa.Column("raw", Document(), nullable=True),
        sa.Column("told_at", Document(), nullable=True),
        sa.Column("digest", KeyText(32), nullable=False),
        sa.Column("report", KeyText(32), nullable=False),
        sa.Column("first_seen", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("batch", KeyText(64), nullable=True),
        sa.Column("version", BigInt(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crmkit_orders")),
        **TABLE_OPTIONS,
    )
    op.create_index(op.f("ix_crmkit_orders_customer"), "crmkit_orders", ["customer"])
    op.create_index(op.f("ix_crmkit_orders_platform_number"), "crmkit_orders", ["platform", "number"])
    op.create_index(
        op.f("ix_crmkit_orders_platform_shop_number"), "crmkit_orders", ["platform", "shop", "number"], unique=True
    )
    op.create_table(
        "crmkit_outbox",
        sa.Column("id", KeyText(26), nullable=False),
        sa.Column("name", KeyText(64), nullable=False),
        sa.Column("key", KeyText(512), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("data", Document(), nullable=False),
        sa.Column("position", BigInt(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crmkit_outbox")),
        **TABLE_OPTIONS,
    )
    op.create_index(op.f("ix_crmkit_outbox_position"), "crmkit_outbox", ["position"])
    op.create_table(
        "crmkit_points_accounts",
        sa.Column("id", KeyText(64), nullable=False),
        sa.Column("available", BigInt(), nullable=False),
        sa.Column("pending", BigInt(), nullable=False),
        sa.Column("held", BigInt(), nullable=False),
        sa.Column("lapsed", BigInt(), nullable=False),
        sa.Column("deficit", BigInt(), nullable=False),
        sa.Column("next_change", Instant(), nullable=True),
        sa.Column("seq", BigInt(), nullable=False),
        sa.Column("last_at", Instant(), nullable=True),
        sa.Column("version", BigInt(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crmkit_points_accounts")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "crmkit_points_entries",
        sa.Column("id", KeyText(64), nullable=False),
        sa.Column("account", KeyText(64), nullable=False),
        sa.Column("seq", BigInt(), nullable=False),
        sa.Column("kind", KeyText(16), nullable=False),
        sa.Column("points", BigInt(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("occurred_at", Instant(), nullable=False),
        sa.Column("key", LongText(), nullable=False),
        sa.Column("key_digest", KeyText(32), nullable=False),
        sa.Column("leg", BigInt(), nullable=False),
        sa.Column("content", KeyText(32), nullable=False),
        sa.Column("available_at", Instant(), nullable=True),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.Column("takes", Document(), nullable=False),
        sa.Column("order_key", Document(), nullable=True),
        sa.Column("order_digest", KeyText(32), nullable=True),
        sa.Column("refund", LongText(), nullable=False),
        sa.Column("currency", KeyText(3), nullable=True),
        sa.Column("basis", BigInt(), nullable=True),
        sa.Column("refunded", BigInt(), nullable=True),
        sa.Column("parts", Document(), nullable=False),
        sa.Column("short", BigInt(), nullable=False),
        sa.Column("reason", LongText(), nullable=False),
        sa.Column("actor", LongText(), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("programme", KeyText(32), nullable=False),
        sa.Column("undoes", KeyText(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crmkit_points_entries")),
        sa.UniqueConstraint("account", "seq", name=op.f("uq_crmkit_points_entries_account_seq")),
        sa.UniqueConstraint("key_digest", "leg", name=op.f("uq_crmkit_points_entries_key_digest_leg")),
        **TABLE_OPTIONS,
    )
    op.create_index(
        op.f("ix_crmkit_points_entries_order_digest_kind_undoes"),
        "crmkit_points_entries",
        ["order_digest", "kind", "undoes"],
    )
    op.create_table(
        "crmkit_ticket_audit",
        sa.Column("ticket", KeyText(64), nullable=False),
        sa.Column("seq", BigInt(), autoincrement=False, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor", KeyText(255), nullable=False),
        sa.Column("event", KeyText(64), nullable=False),
        sa.Column("source", KeyText(64), nullable=False),
        sa.Column("target", KeyText(64), nullable=False),
        sa.Column("changes", Document(), nullable=False),
        sa.Column("details", Document(), nullable=False),
        sa.Column("machine", KeyText(32), nullable=False),
        sa.Column("key_digest", KeyText(32), nullable=True),
        sa.PrimaryKeyConstraint("ticket", "seq", name=op.f("pk_crmkit_ticket_audit")),
        sa.UniqueConstraint("key_digest", name=op.f("uq_crmkit_ticket_audit_key_digest")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "crmkit_tickets",
        sa.Column("id", KeyText(64), nullable=False),
        sa.Column("customer", LongText(), nullable=False),
        sa.Column("customer_digest", KeyText(32), nullable=False),
        sa.Column("subject", LongText(), nullable=False),
        sa.Column("state", KeyText(64), nullable=False),
        sa.Column("priority", KeyText(16), nullable=False),
        sa.Column("assignee", KeyText(255), nullable=True),
        sa.Column("tags", Document(), nullable=False),
        sa.Column("order_ref", LongText(), nullable=True),
        sa.Column("channel", KeyText(64), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("entered_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("fired", BigInt(), nullable=False),
        sa.Column("merged_into", KeyText(64), nullable=True),
        sa.Column("version", BigInt(), nullable=False),
        sa.Column("machine", KeyText(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crmkit_tickets")),
        **TABLE_OPTIONS,
    )
    op.create_index(op.f("ix_crmkit_tickets_customer_digest"), "crmkit_tickets", ["customer_digest"])
    op.create_index(op.f("ix_crmkit_tickets_due_at"), "crmkit_tickets", ["due_at"])
    op.create_index(op.f("ix_crmkit_tickets_state_opened_at_id"), "crmkit_tickets", ["state", "opened_at", "id"])


def downgrade() -> None:
    for name in reversed(TABLES):
        op.drop_table(name)


TABLES = (
    "crmkit_batch_orders",
    "crmkit_batches",
    "crmkit_counters",
    "crmkit_identifiers",
    "crmkit_identities",
    "crmkit_identity_decisions",
    "crmkit_identity_values",
    "crmkit_order_lines",
    "crmkit_order_undoings",
    "crmkit_orders",
    "crmkit_outbox",
    "crmkit_points_accounts",
    "crmkit_points_entries",
    "crmkit_ticket_audit",
    "crmkit_tickets",
)
