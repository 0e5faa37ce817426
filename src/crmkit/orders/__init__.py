"""Orders: the canonical order, the moves it may make, and how reports of it enter a store."""

from crmkit.orders.model import Address, Buyer, Order, OrderKey, OrderLine, OrderStatus, Recipient

__all__ = ["Address", "Buyer", "Order", "OrderKey", "OrderLine", "OrderStatus", "Recipient"]
