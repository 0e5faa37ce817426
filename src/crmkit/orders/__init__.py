"""Orders: the canonical order, the moves it may make, and how reports of it enter a store."""

from crmkit.orders.bills import BillEntry, BillKind
from crmkit.orders.flow import DEFAULT_FLOW, OrderFlow
from crmkit.orders.merging import filled, merged
from crmkit.orders.model import DEFAULT_SHOP, Address, Buyer, Order, OrderKey, OrderLine, OrderStatus, Recipient
from crmkit.orders.ports import BatchRepository, OrderRepository, OrdersUnit
from crmkit.orders.reconciling import BillMatch, ReconciledOrder, Reconciliation, reconcile
from crmkit.orders.service import Change, OrderBook, apply_many, plan_many
from crmkit.orders.sinks import FulfilmentEvent, FulfilmentSink, LedgerEvent, LedgerSink, Sinks
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
from crmkit.orders.stored import Batch, BeforeImage, Confirmation, OrderRow, OrderState, StoredOrder
from crmkit.orders.undoing import (
    OrderUndone,
    PaymentUndone,
    RefundUndone,
    ShippingUndone,
    StockOutUndone,
    Undoing,
    judged,
    undo_many,
    undoings_of,
)
from crmkit.orders.verdicts import Verdict, classify

__all__ = [
    "DEFAULT_FLOW",
    "DEFAULT_SHOP",
    "Address",
    "Batch",
    "BatchRepository",
    "BeforeImage",
    "BillEntry",
    "BillKind",
    "BillMatch",
    "Buyer",
    "Cancelled",
    "Change",
    "Completed",
    "Confirmation",
    "FulfilmentEvent",
    "FulfilmentSink",
    "LedgerEvent",
    "LedgerSink",
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
    "OrderUndone",
    "OrdersUnit",
    "PaymentReceived",
    "PaymentUndone",
    "Received",
    "Recipient",
    "ReconciledOrder",
    "Reconciliation",
    "RefundUndone",
    "Refunded",
    "Shipped",
    "ShippingUndone",
    "Sinks",
    "StockItem",
    "StockOut",
    "StockOutUndone",
    "StoredOrder",
    "Undoing",
    "Verdict",
    "apply_many",
    "classify",
    "filled",
    "judged",
    "merged",
    "plan_many",
    "reconcile",
    "refusal_of",
    "require_storable",
    "steps",
    "undo_many",
    "undoings_of",
]
