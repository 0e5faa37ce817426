"""From a rule and what the columns hold to exact tests, the same for every engine and database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import attrs

from crmkit.errors import CurrencyMismatch
from crmkit.segmentation.days import Window, fitted
from crmkit.segmentation.rules.instants import stretches
from crmkit.segmentation.rules.kinds import Kind, Range, Unfit, cut, date_of, moment_of, number_range
from crmkit.segmentation.rules.loading import plain_decimal
from crmkit.segmentation.rules.model import Leaf, Node, Scalar, leaves
from crmkit.segmentation.rules.refusals import RuleError

__all__ = ["BoundLeaf", "Contains", "IsNull", "OneOf", "Ranges", "StartsWith", "Test", "bound"]


@attrs.frozen(slots=True)
class Ranges:
    """Is true for a value in one of the ranges."""

    ranges: tuple[Range, ...]


@attrs.frozen(slots=True)
class OneOf:
    """Is true for one of the values."""

    values: tuple[Any, ...]
    among: frozenset[Any] = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "among", frozenset(self.values))


@attrs.frozen(slots=True)
class StartsWith:
    """Is true for a text that starts with this one."""

    text: str


@attrs.frozen(slots=True)
class Contains:
    """Is true for a text that has this one somewhere."""

    text: str


@attrs.frozen(slots=True)
class IsNull:
    """Is true where there is no value."""


Test = Ranges | OneOf | StartsWith | Contains | IsNull


@attrs.frozen(slots=True, kw_only=True)
class BoundLeaf:
    """Holds a leaf with the test that it is on its column.

    It is true where there is a value and the test, or its opposite if `negated`, holds for it; `IsNull` is the one test
    that needs no value.

    Attributes:
        leaf: The leaf of the rule.
        kind: What the column holds.
        test: The test.
        negated: Whether the test must fail, as for `!=` and `not_in`.
        currency: Code that the row's currency must have, where the rows have a currency.
    """

    leaf: Leaf
    kind: Kind
    test: Test
    negated: bool = False
    currency: str | None = None


_ENDS: dict[str, Callable[[Any], Range]] = {
    "==": lambda value: Range(value, value),
    "!=": lambda value: Range(value, value),
    "<": lambda value: Range(None, value, False, True),
    "<=": lambda value: Range(None, value),
    ">": lambda value: Range(value, None, True, False),
    ">=": lambda value: Range(value, None),
}
_NEVER = Ranges(())


def bound(
    node: Node, kind_of: Callable[[str, str], Kind], window: Window, *, has_currency: bool
) -> Mapping[str, BoundLeaf]:
    """Returns the tests of all leaves by their paths.

    Args:
        node: The rule.
        kind_of: Tells what a field's column holds, from its name and the path for a refusal.
        window: The moment of the answer and the shop's zone.
        has_currency: Whether every row has a currency of its own.

    Raises:
        RuleError: A field is unknown, or a value cannot be compared with its column.
        FrameError: Days are asked of aware moments with a naive `as_of`, or the reverse.
        CurrencyMismatch: Amounts of several currencies, and the rows do not tell theirs.
    """
    found = {}
    for path, leaf in leaves(node):
        dot = f"{path}." if path else ""
        found[path] = _bound_leaf(leaf, kind_of(leaf.field, f"{dot}field"), window, dot, has_currency=has_currency)
    if not has_currency:
        codes = sorted({leaf.currency for _, leaf in leaves(node) if leaf.currency is not None})
        if len(codes) > 1:
            reason = f"The rule compares amounts in {' and '.join(codes)}, and the rows do not tell their currency."
            raise CurrencyMismatch(reason, tuple(codes))
    return found


def _bound_leaf(leaf: Leaf, kind: Kind, window: Window, dot: str, *, has_currency: bool) -> BoundLeaf:
    if leaf.currency is not None and not (kind.is_number or kind.name == "nothing"):
        raise RuleError(f"{dot}currency", f"{leaf.field!r} holds {kind}, and only numbers have a currency")
    return BoundLeaf(
        leaf=leaf,
        kind=kind,
        test=_test(leaf, kind, window, dot),
        negated=leaf.op in ("!=", "not_in"),
        currency=leaf.currency if has_currency else None,
    )


def _test(leaf: Leaf, kind: Kind, window: Window, dot: str) -> Test:
    if leaf.op == "is_null":
        return IsNull()
    if kind.name == "nothing":
        return _NEVER
    if leaf.op in ("starts_with", "contains"):
        if kind.name != "text":
            raise RuleError(f"{dot}op", f"{leaf.op} looks into texts, and {leaf.field!r} holds {kind}")
        text = str(leaf.value)
        return StartsWith(text) if leaf.op == "starts_with" else Contains(text)
    if leaf.op == "within_days":
        return _within_days(leaf, kind, window, dot)
    if kind.name == "boolean" and leaf.op not in ("==", "!=", "in", "not_in"):
        raise RuleError(f"{dot}op", f"{leaf.field!r} holds {kind}, which have no order for {leaf.op}")
    values = []
    for place, value in enumerate(leaf.values):
        path = f"{dot}value[{place}]" if isinstance(leaf.value, tuple) else f"{dot}value"
        try:
            values.append(_fitting(value, kind))
        except Unfit as error:
            raise RuleError(path, f"{error}; {leaf.field!r} holds {kind}") from None
    return _comparison(leaf, values, kind, window, dot)


def _fitting(value: Scalar, kind: Kind) -> Any:
    """Returns the value as what the column holds."""
    if kind.is_number:
        number = plain_decimal(value) if isinstance(value, str) else value
        if number is None or isinstance(number, bool):
            raise Unfit(f"{value!r} is no number")
        return Decimal(number)
    if kind.name == "boolean":
        if not isinstance(value, bool):
            raise Unfit(f"{value!r} is neither true nor false")
        return value
    if not isinstance(value, str):
        raise Unfit(f"{value!r} is no text")
    if kind.name == "date":
        day = date_of(value)
        if day is None:
            raise Unfit(f"{value!r} is no date such as 2026-11-24")
        return day
    return moment_of(value, kind) if kind.name == "moment" else value


def _comparison(leaf: Leaf, values: list[Any], kind: Kind, window: Window, dot: str) -> Test:
    if leaf.op == "between":
        low, high = values
        if type(low) is not type(high):
            raise RuleError(f"{dot}value", "the lowest and the highest value are both moments or both dates")
        if low > high:
            raise RuleError(f"{dot}value", f"the lowest value comes first, got {leaf.values[0]} and {leaf.values[1]}")
        return Ranges(_in_column(Range(low, high), kind, window, leaf.field))
    if leaf.op in ("in", "not_in"):
        return _one_of(values, kind, window, leaf.field)
    if kind.name == "boolean":
        return OneOf((values[0],))
    return Ranges(_in_column(_ENDS[leaf.op](values[0]), kind, window, leaf.field))


def _in_column(given: Range, kind: Kind, window: Window, field: str) -> tuple[Range, ...]:
    """Returns a range of the rule's values as ranges of the column's values."""
    if kind.is_number:
        found = number_range(kind, given)
        return () if found is None else (found,)
    if kind.name == "moment" and any(type(end) is date for end in (given.low, given.high)):
        return _days(given, kind, window, field)
    found = cut(given, kind)
    return () if found is None else (found,)


def _one_of(values: list[Any], kind: Kind, window: Window, field: str) -> Test:
    if kind.name in ("text", "boolean"):
        return OneOf(tuple(dict.fromkeys(values)))
    ranges = [part for value in values for part in _in_column(Range(value, value), kind, window, field)]
    if any(part.low is None or part.low != part.high for part in ranges):  # days, or the very ends of a type
        return Ranges(tuple(dict.fromkeys(ranges)))
    return OneOf(tuple(dict.fromkeys(part.low for part in ranges)))


def _within_days(leaf: Leaf, kind: Kind, window: Window, dot: str) -> Test:
    if kind.name not in ("moment", "date"):
        raise RuleError(f"{dot}op", f"within_days counts the days since a moment or date; {leaf.field!r} holds {kind}")
    today = window.today + date(1970, 1, 1).toordinal()
    assert isinstance(leaf.value, int)
    span = Range(date.fromordinal(max(1, today - leaf.value)), date.fromordinal(today))
    if kind.name == "date":
        return Ranges((span,))
    return Ranges(_days(span, kind, window, leaf.field))


def _days(given: Range, kind: Kind, window: Window, field: str) -> tuple[Range, ...]:
    """Returns the moments whose shop day lies in a range of dates."""
    zone = fitted(window, aware=kind.aware, column=field, found=str(kind)).zone
    first, last = given.low, given.high
    if first is not None and given.low_open:
        if first == date.max:
            return ()
        first += timedelta(days=1)
    if last is not None and given.high_open:
        if last == date.min:
            return ()
        last -= timedelta(days=1)
    found = (cut(Range(start, end, False, end is not None), kind) for start, end in stretches(first, last, zone))
    return tuple(part for part in found if part is not None)
