"""What a value in a JSON document says, and where in the document it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

import attrs

from crmkit.importers.cells import Cell
from crmkit.importers.texts import NULL_WORDS, CellFlaw, amount_with_point

__all__ = ["ABSENT", "Branch", "Node", "NodeFlaw", "SourceTree", "branch", "copied", "leaves", "shown"]

ABSENT: Any = object()
"""Stands for a key that is not there; null is there and says nothing."""

_BLANKS = " \t\r\n\u3000\xa0\ufeff\u200b"
_SMALL = 30
_DEEPEST = 100


class NodeFlaw(CellFlaw):
    """Says that a value deep in an order is not what it should be, and where it stands."""

    def __init__(self, code: str, reason: str, *, path: str, value: Any = "") -> None:
        super().__init__(code, reason)
        self.path, self.value = path, value


@lru_cache(maxsize=4096)
def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.split(".")) if path else ()


class Node:
    """Is a value in a JSON document that knows its path from the order.

    Args:
        value: The value: object, list, text, number, true, false or null.
        path: Where it stands.
        order: Number of the order that it is part of.

    Example:
        >>> order = Node({"name": "#1001", "refunds": [{"transactions": [{"amount": "5.00"}]}]})
        >>> [(t.path, t.amount("amount")) for refund in order.each("refunds") for t in refund.each("transactions")]
        [('refunds[0].transactions[0]', Decimal('5.00'))]
    """

    __slots__ = ("order", "path", "value")

    def __init__(self, value: Any, path: str = "", order: str = "") -> None:
        self.value, self.path, self.order = value, path, order

    def at(self, path: str) -> Node:
        """Returns the node at a path of keys with points between them; its value is `ABSENT` where a key is missing."""
        value = self.value
        for step in _steps(path):
            if value is None:
                return Node(None, self._below(path))
            if not isinstance(value, Mapping):
                raise NodeFlaw("bad_shape", "stands in no object", path=self._below(path))
            value = value.get(step, ABSENT)
            if value is ABSENT:
                break
        return Node(value, self._below(path))

    def has(self, path: str) -> bool:
        """Whether there is something other than null at a path."""
        return self.at(path).value not in (ABSENT, None)

    def text(self, path: str = "") -> str:
        """Returns the text at a path, "" where there is none."""
        node = self.at(path)
        return _told(node.value, node.path)

    def amount(self, path: str = "") -> Decimal | None:
        """Returns the amount at a path, exactly; None where there is none."""
        node = self.at(path)
        told = _told(node.value, node.path)
        if not told:
            return None
        try:
            return amount_with_point(told)
        except CellFlaw as flaw:
            raise NodeFlaw(flaw.code, str(flaw), path=node.path, value=told) from None

    def needed(self, path: str) -> Decimal:
        """Returns the amount at a path, which must be there."""
        found = self.amount(path)
        if found is None:
            raise NodeFlaw("bad_money", "tells no amount", path=self._below(path))
        return found

    def each(self, path: str = "") -> Iterator[Node]:
        """Yields what a list at a path holds; `edges` and `nodes` of a GraphQL connection are seen through."""
        node = self.at(path)
        value = node.value
        if isinstance(value, Mapping) and ("nodes" in value or "edges" in value):
            yield from _connected(Node(value, node.path))
            return
        if value is ABSENT or value is None:
            return
        if not isinstance(value, list | tuple):
            raise NodeFlaw("bad_shape", "holds no list", path=node.path, value=shown(value))
        for index, item in enumerate(value):
            yield Node(item, f"{node.path}[{index}]")

    def _below(self, path: str) -> str:
        return f"{self.path}.{path}" if self.path and path else self.path or path

    def __repr__(self) -> str:
        return f"Node({self.path!r})"


def _connected(connection: Node) -> Iterator[Node]:
    """What a GraphQL connection holds: nodes, or edges around them."""
    if connection.has("nodes"):
        yield from connection.each("nodes")
        return
    for edge in connection.each("edges"):
        node = edge.at("node")
        if node.value is ABSENT:
            raise NodeFlaw("bad_shape", "is missing", path=node.path)
        yield node


def shown(value: Any) -> str:
    """Returns a value as a problem shows it: nothing of what an object or a list holds."""
    if isinstance(value, Mapping):
        return "{…}"
    return "[…]" if isinstance(value, list | tuple) else str(value)[:80]


def _told(value: Any, path: str) -> str:
    """A single value as text; nothing where it is null, absent, blank or a word that says nothing."""
    if value.__class__ is str:
        told = value.strip(_BLANKS)
        if told in NULL_WORDS:
            return ""
        if not told.isascii() and not _is_sound(told):
            raise NodeFlaw("bad_shape", "holds half a character", path=path)
        return str(told.replace("\x00", ""))
    if value is None or value is ABSENT:
        return ""
    try:
        return scalar(value)
    except CellFlaw as flaw:
        raise NodeFlaw(flaw.code, str(flaw), path=path, value=shown(value)) from None


def _is_sound(told: str) -> bool:
    try:
        told.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def scalar(value: Any) -> str:
    """Returns a number, truth or text as text: a number as the platform would write it into a table."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if value.bit_length() < 1024 else f"{value >> (value.bit_length() - 8)}E+9999"
    if isinstance(value, float):
        value = Decimal(repr(value))  # the shortest decimal of a host's own float is what the platform wrote
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise CellFlaw("bad_money", "is not a number")
        return f"{value:f}" if -_SMALL < value.adjusted() < _SMALL else str(value)
    if isinstance(value, str):
        return value
    raise CellFlaw("bad_shape", "holds an object or a list where one value belongs")


@attrs.frozen(kw_only=True, slots=True)
class Branch(Cell):
    """Is a cell whose function reads a whole branch of the document, as a `Node`."""

    read: Callable[[Any], Any]


def branch(path: str, read: Callable[[Node], Any], *also: str, blank: Any = None) -> Branch:
    """Returns a cell that reads the object or list at a path, where there is one.

    Args:
        path: Where it stands; "" is the order itself.
        read: From its `Node` to the value; raises `CellFlaw`.
        also: Other paths of the same branch; the first one that is there counts.
        blank: The value of null.

    Example:
        >>> branch("tags", lambda tags: tuple(tag.text() for tag in tags.each())).read(Node(["vip"]))
        ('vip',)
    """
    return Branch(names=(path, *also), read=read, blank=blank)


def leaves(value: Any) -> dict[str, str]:
    """Returns every single value of a document as text by its path, in the document's order.

    What lies deeper than any order goes is "…", because its paths would grow without end.
    """
    found: dict[str, str] = {}
    stack: list[tuple[str, Any, int]] = [("", value, 0)]
    while stack:
        path, value, depth = stack.pop()
        if depth > _DEEPEST and isinstance(value, Mapping | list | tuple):
            found[path] = "…"
        elif isinstance(value, Mapping) and value:
            inner = [(f"{path}.{key}" if path else str(key), item, depth + 1) for key, item in value.items()]
            stack += reversed(inner)
        elif isinstance(value, list | tuple) and value:
            stack += reversed([(f"{path}[{index}]", item, depth + 1) for index, item in enumerate(value)])
        else:
            found[path] = _leaf(value)
    return found


def _leaf(value: Any) -> str:
    if value is None or isinstance(value, Mapping | list | tuple):
        return ""
    told = value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    return told if told.isascii() else told.encode("utf-8", "backslashreplace").decode("utf-8")


def copied(value: Any) -> Any:
    """Returns a copy of a host's data in dicts and lists, which the host may go on changing."""
    whole: list[Any] = [value]
    stack: list[Any] = [whole]
    while stack:
        holder = stack.pop()
        for key, item in list(holder.items() if isinstance(holder, dict) else enumerate(holder)):
            if isinstance(item, Mapping):
                holder[key] = dict(item)
                stack.append(holder[key])
            elif isinstance(item, list | tuple):
                holder[key] = list(item)
                stack.append(holder[key])
    return whole[0]


class SourceTree(Mapping[str, str]):
    """Gives the source of a JSON order: every single value as text by its path; it copies nothing before it is asked.

    Args:
        value: The order's object.

    Example:
        >>> source = SourceTree({"name": "#1001", "line_items": [{"sku": "APR-01"}]})
        >>> source["line_items[0].sku"], len(source)
        ('APR-01', 2)
    """

    __slots__ = ("_leaves", "_value")

    def __init__(self, value: Any) -> None:
        self._value = value
        self._leaves: dict[str, str] | None = None

    def _whole(self) -> dict[str, str]:
        if self._leaves is None:
            self._leaves = leaves(self._value)
        return self._leaves

    def __getitem__(self, path: str) -> str:
        return self._whole()[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._whole())

    def __len__(self) -> int:
        return len(self._whole())

    def __repr__(self) -> str:
        return f"SourceTree({len(self)} values)"

    def __reduce__(self) -> tuple[type[SourceTree], tuple[Any]]:
        return SourceTree, (self._value,)
