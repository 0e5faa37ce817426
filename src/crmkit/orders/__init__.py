"""Orders: the canonical order, the moves it may make, and how reports of it enter a store."""

from crmkit.orders.flow import DEFAULT_FLOW, OrderFlow
from crmkit.orders.merging import merged
from crmkit.orders.model import DEFAULT_SHOP, Address, Buyer, Order, OrderKey, OrderLine, OrderStatus, Recipient
from crmkit.orders.ports import BatchRepository, OrderRepository, OrdersUnit
from crmkit.orders.service import Change, OrderBook, apply_many, plan_many
from crmkit.orders.steps import (
    Cancelled,
    Completed,
    OrderEvent,
    OrderPlaced,
    PaymentReceived,
    Received,
    Refunded,
    Shipped,
    StockItem,
    StockOut,
    steps,
)
from crmkit.orders.storable import refusal_of, require_storable
from crmkit.orders.stored import Batch, BeforeImage, OrderRow, OrderState, StoredOrder
from crmkit.orders.verdicts import Verdict, classify

__all__ = [
    "DEFAULT_FLOW",
    "DEFAULT_SHOP",
    "Address",
    "Batch",
    "BatchRepository",
    "BeforeImage",
    "Buyer",
    "Cancelled",
    "Change",
    "Completed",
    "Order",
    "OrderBook",
    "OrderEvent",
    "OrderFlow",
    "OrderKey",
    "OrderLine",
    "OrderPlaced",
    "OrderRepository",
    "OrderRow",
    "OrderState",
    "OrderStatus",
    "OrdersUnit",
    "PaymentReceived",
    "Received",
    "Recipient",
    "Refunded",
    "Shipped",
    "StockItem",
    "StockOut",
    "StoredOrder",
    "Verdict",
    "apply_many",
    "classify",
    "merged",
    "plan_many",
    "refusal_of",
    "require_storable",
    "steps",
]
