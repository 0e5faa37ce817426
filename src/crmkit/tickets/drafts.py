"""How frozen values are filled in at speed.

The `__init__` of a frozen class goes around its own lock once a field, which for a ticket takes longer than all the
rest of a transition. A draft has the same layout without the lock: it is made empty, filled in by plain assignments,
and becomes the frozen class by one assignment of `__class__`, before anybody else sees it.
"""

from __future__ import annotations

from typing import Any

__all__ = ["draft_of"]


def draft_of(frozen: type[Any]) -> type[Any]:
    """Returns a class with the layout of a frozen slotted class, whose instances can be filled in.

    Example:
        >>> import attrs
        >>> Point = attrs.make_class("Point", ["x"], frozen=True, slots=True)
        >>> draft = object.__new__(draft_of(Point))
        >>> draft.x = 1
        >>> draft.__class__ = Point
        >>> draft
        Point(x=1)
    """
    open_again = {"__slots__": (), "__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    return type(f"{frozen.__name__}Draft", (frozen,), open_again)
