"""Analytics: what is stored, as frames for analysts."""

from crmkit.analytics.frames import order_frame

__all__ = ["order_frame"]
