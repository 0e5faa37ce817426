"""The tables of orders and batches."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, Table

from crmkit.storage.sqlalchemy.columns import BigInt, Document, Instant, KeyText, LongText
from crmkit.storage.sqlalchemy.metadata import TABLE_OPTIONS, metadata

__all__ = ["batch_orders", "batches", "order_lines", "order_undoings", "orders"]

orders = Table(
    "crmkit_orders",
    metadata,
    Column("id", KeyText(32), primary_key=True),
    Column("platform", KeyText(64), nullable=False),
    Column("shop", KeyText(128), nullable=False),
    Column("number", KeyText(255), nullable=False),
    Column("customer", KeyText(64), nullable=False, index=True),
    Column("status", KeyText(16), nullable=False),
    Column("currency", KeyText(3), nullable=False),
    Column("total", BigInt, nullable=False),
    Column("paid", BigInt, nullable=False),
    Column("refunded", BigInt, nullable=False),
    Column("refund_unknown", Boolean, nullable=False),
    Column("shipping", BigInt),
    Column("discount", BigInt),
    Column("tax", BigInt),
    Column("placed_at", Instant),
    Column("paid_at", Instant),
    Column("shipped_at", Instant),
    Column("received_at", Instant),
    Column("completed_at", Instant),
    Column("cancelled_at", Instant),
    Column("reported_at", Instant),
    Column("buyer", Document),
    Column("recipient", Document),
    Column("remark", LongText, nullable=False),
    Column("buyer_note", LongText, nullable=False),
    Column("tags", Document),
    Column("close_reason", LongText, nullable=False),
    Column("raw", Document),
    Column("told_at", Document),
    Column("digest", KeyText(32), nullable=False),
    Column("report", KeyText(32), nullable=False),
    Column("first_seen", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("batch", KeyText(64)),
    Column("version", BigInt, nullable=False),
    Index(None, "platform", "shop", "number", unique=True),
    Index(None, "platform", "number"),
    **TABLE_OPTIONS,
)
"""One row an order; `id` is a digest of the key, amounts are whole numbers of the currency's minor units."""

order_lines = Table(
    "crmkit_order_lines",
    metadata,
    Column("order", KeyText(32), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("line_id", LongText),
    Column("sku", LongText, nullable=False),
    Column("product_id", LongText, nullable=False),
    Column("title", LongText, nullable=False),
    Column("variant", LongText, nullable=False),
    Column("quantity", BigInt, nullable=False),
    Column("unit_price", BigInt, nullable=False),
    Column("total", BigInt, nullable=False),
    Column("refunded", BigInt),
    Column("status", KeyText(16)),
    **TABLE_OPTIONS,
)

batches = Table(
    "crmkit_batches",
    metadata,
    Column("id", KeyText(64), primary_key=True),
    Column("at", Instant, nullable=False, index=True),
    Column("status", KeyText(8), nullable=False),
    Column("sources", Document, nullable=False),
    Column("counts", Document, nullable=False),
    Column("version", BigInt, nullable=False),
    **TABLE_OPTIONS,
)

batch_orders = Table(
    "crmkit_batch_orders",
    metadata,
    Column("batch", KeyText(64), primary_key=True),
    Column("order", KeyText(32), primary_key=True),
    Column("platform", KeyText(64), nullable=False),
    Column("shop", KeyText(128), nullable=False),
    Column("number", KeyText(255), nullable=False),
    Column("kind", KeyText(8), nullable=False),
    Column("version_before", BigInt, nullable=False),
    Column("version_after", BigInt, nullable=False),
    Column("before", Document),
    Column("report_before", KeyText(32), nullable=False),
    Column("batch_before", KeyText(64)),
    **TABLE_OPTIONS,
)
"""What each order was before a batch: enough to undo it."""

order_undoings = Table(
    "crmkit_order_undoings",
    metadata,
    Column("order", KeyText(32), primary_key=True),
    Column("times", BigInt, nullable=False),
    **TABLE_OPTIONS,
)
"""How often an order was undone; its row stays when the order goes, so that no key of an event is ever told twice."""
