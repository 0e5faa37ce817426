"""What a saved rule is made of: leaves that look at one field each, and the words all, any and not between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Literal, TypeVar

import attrs

__all__ = ["MAX_DEPTH", "MAX_VALUES", "OPERATORS", "AllOf", "AnyOf", "Leaf", "Node", "Not", "Scalar", "fold", "leaves"]

MAX_DEPTH = 20
"""How deep a rule may be nested, its leaves included."""

MAX_VALUES = 10_000
"""How many values an `in` or `not_in` may list."""

Operator = Literal[
    "==", "!=", "<", "<=", ">", ">=", "between", "in", "not_in", "is_null", "starts_with", "contains", "within_days"
]

OPERATORS: tuple[Operator, ...] = (
    "==", "!=", "<", "<=", ">", ">=", "between", "in", "not_in", "is_null", "starts_with", "contains", "within_days",
)  # fmt: skip
"""All there are; none of them runs code."""

Scalar = bool | int | Decimal | str
"""One value of a rule; moments and dates are texts until a column says that they are meant."""

T = TypeVar("T")


def _typed(value: Any) -> Any:
    """Tells True from 1, which Python holds for equal."""
    return tuple(map(_typed, value)) if isinstance(value, tuple) else (isinstance(value, bool), value)


@attrs.frozen(slots=True, kw_only=True)
class Leaf:
    """Looks at one field.

    Attributes:
        field: Name of the column.
        op: One of `OPERATORS`.
        value: One value, or several as a tuple (`between`, `in`, `not_in`); None for `is_null`.
        currency: ISO 4217 code of an amount of money, else None.
    """

    field: str
    op: Operator
    value: Scalar | tuple[Scalar, ...] | None = attrs.field(default=None, eq=_typed)
    currency: str | None = None

    @property
    def values(self) -> tuple[Scalar, ...]:
        """The values as a tuple, however many there are."""
        if self.value is None:
            return ()
        return self.value if isinstance(self.value, tuple) else (self.value,)


@attrs.frozen(slots=True)
class AllOf:
    """Is true if every part is; without a part it is true."""

    parts: tuple[Node, ...]


@attrs.frozen(slots=True)
class AnyOf:
    """Is true if some part is; without a part it is false."""

    parts: tuple[Node, ...]


@attrs.frozen(slots=True)
class Not:
    """Is true if its part is false, which includes a comparison with a value that is missing."""

    part: Node


Node = Leaf | AllOf | AnyOf | Not


def fold(
    node: Node,
    leaf: Callable[[str, Leaf], T],
    several: Callable[[Literal["all", "any"], list[T]], T],
    negated: Callable[[T], T],
    path: str = "",
) -> T:
    """Returns what a rule comes to, from the leaves upwards; a path names a place as `all[1].not.any[0]`."""
    if isinstance(node, Leaf):
        return leaf(path, node)
    dot = f"{path}." if path else ""
    if isinstance(node, Not):
        return negated(fold(node.part, leaf, several, negated, f"{dot}not"))
    word: Literal["all", "any"] = "all" if isinstance(node, AllOf) else "any"
    parts = [fold(part, leaf, several, negated, f"{dot}{word}[{place}]") for place, part in enumerate(node.parts)]
    return several(word, parts)


def leaves(node: Node, path: str = "") -> Iterator[tuple[str, Leaf]]:
    """Yields all leaves with their paths, from left to right."""
    dot = f"{path}." if path else ""
    if isinstance(node, Leaf):
        yield path, node
    elif isinstance(node, Not):
        yield from leaves(node.part, f"{dot}not")
    else:
        word = "all" if isinstance(node, AllOf) else "any"
        for place, part in enumerate(node.parts):
            yield from leaves(part, f"{dot}{word}[{place}]")
