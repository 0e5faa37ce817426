"""Which points and texts an entry can hold, and the natural keys of what happens once."""

from __future__ import annotations

from hashlib import blake2b

from crmkit.errors import InputError
from crmkit.orders import OrderKey

__all__ = [
    "MOST_POINTS",
    "caller_key",
    "digest_of",
    "earn_key",
    "order_text",
    "refund_key",
    "require_points",
    "require_text",
]

MOST_POINTS = 2**63 - 1
"""The largest number of points that every store can hold."""


def require_points(points: object, name: str = "points", *, least: int = 1) -> int:
    """Returns `points` if it is a whole number that every store can hold.

    Raises:
        InputError: Not an int (floats and bools are not), below `least` or too large.
    """
    if type(points) is not int:
        raise InputError(f"{name} must be a whole number of points (int), got {points!r}.")
    if points < least:
        raise InputError(f"{name} must be at least {least}, got {points}.")
    if points > MOST_POINTS:
        raise InputError(f"{name} must be at most {MOST_POINTS}, got {points}: no store can hold more.")
    return points


def require_text(text: object, name: str, *, longest: int = 1000, needed: bool = True) -> str:
    """Returns `text` if it is text that every database can keep.

    Raises:
        InputError: Not text, empty though needed, too long, or with a NUL or half a surrogate pair in it.
    """
    if not isinstance(text, str):
        raise InputError(f"{name} must be text, got {type(text).__name__}.")
    if needed and not text:
        raise InputError(f"{name} must not be empty.")
    if len(text) > longest:
        raise InputError(f"{name} must have at most {longest} signs, got {len(text)}.")
    if "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text if sign >= "\ud800"):
        raise InputError(f"{name} holds a NUL or half a surrogate pair, which no database keeps; clean the text.")
    return text


def digest_of(*parts: str) -> str:
    """Returns 32 hex signs (128 bits of BLAKE2b) that stand for these texts, whatever their length.

    Example:
        >>> digest_of("a", "bc") == digest_of("ab", "c"), len(digest_of(""))
        (False, 32)
    """
    text = f"{len(parts[0])}:{parts[0]}" if len(parts) == 1 else "".join([f"{len(part)}:{part}" for part in parts])
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def order_text(order: OrderKey) -> str:
    """Returns the order's key as one text that no other order has, even where a name holds a slash.

    Example:
        >>> order_text(OrderKey("taobao", "lanterns/2", "4026"))
        'taobao/lanterns%2F2/4026'
    """
    parts = (order.platform, order.shop, order.number)
    text = "/".join(parts)
    if "%" not in text and text.count("/") == 2:
        return text
    return "/".join(part.replace("%", "%25").replace("/", "%2F") for part in parts)


def earn_key(order: OrderKey) -> str:
    """Returns the natural key of an order's earning: it happens once."""
    return f"earn:{order_text(order)}"


def refund_key(order: OrderKey, refund_id: str) -> str:
    """Returns the natural key of one refund of an order: it is booked once."""
    return f"refund:{order_text(order)}:{refund_id}"


def caller_key(key: object) -> str:
    """Returns a caller's own key, set apart from the natural ones.

    Raises:
        InputError: It is empty, too long or no text.
    """
    return f"key:{require_text(key, 'key')}"
