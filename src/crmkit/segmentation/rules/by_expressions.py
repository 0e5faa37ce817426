"""Rules as Narwhals expressions, for polars, DuckDB, Spark and every other engine; lazy frames stay lazy.

Every leaf asks first whether there is a value, so that no comparison is null: engines differ in what they make of a
null, and NaN counts as one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import attrs

from crmkit.segmentation.by_expressions import _found, _of_microseconds, _typeless
from crmkit.segmentation.refusals import FrameError
from crmkit.segmentation.rules.binding import BoundLeaf, Contains, IsNull, OneOf, Ranges, StartsWith, Test
from crmkit.segmentation.rules.kinds import Kind, Range
from crmkit.segmentation.rules.model import Leaf, Node, fold

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

__all__ = ["Columns", "column", "columns_of", "condition", "joined"]

_FEW = 100
_NANOSECONDS = (datetime(1678, 1, 1, tzinfo=UTC), datetime(2262, 1, 1, tzinfo=UTC))


@attrs.frozen(slots=True, kw_only=True)
class Columns:
    """Holds a Narwhals frame with the expressions and kinds of the columns that a rule names.

    Attributes:
        frame: The frame.
        values: Expression of each field, NaN not yet null.
        kinds: What each field holds.
    """

    frame: Any
    values: Mapping[str, nw.Expr]
    kinds: Mapping[str, Kind]


def columns_of(frame: Any, fields: list[str]) -> Columns:
    """Returns the columns of a Narwhals frame that a rule names; one that is missing is left to the binder.

    Raises:
        FrameError: A column holds nothing that can be compared.
    """
    for name in fields:
        frame = _of_microseconds(frame, name)
    schema = frame.collect_schema()
    found = {name: _column(frame, name, schema[name]) for name in fields if name in schema}
    return Columns(
        frame=frame,
        values={name: value for name, (value, _) in found.items()},
        kinds={name: kind for name, (_, kind) in found.items()},
    )


def column(frame: Any, name: str) -> tuple[nw.Expr, Kind]:
    """Returns the expression of a column and what it holds.

    Raises:
        FrameError: It holds nothing that can be compared.
    """
    return _column(frame, name, frame.collect_schema()[name])


def _column(frame: Any, name: str, kind: Any) -> tuple[nw.Expr, Kind]:
    import narwhals.stable.v2 as nw

    value = nw.col(name)
    if _typeless(frame, name):
        return value, Kind(name="nothing")
    if kind == nw.Boolean:
        return value, Kind(name="boolean")
    if kind.is_integer():
        return _whole(value, kind)
    if kind.is_float():
        return value.cast(nw.Float64), Kind(name="fraction")
    if isinstance(kind, nw.Decimal):
        return value, decimal_kind(getattr(kind, "precision", 38) or 38, getattr(kind, "scale", 0) or 0)
    if isinstance(kind, nw.String | nw.Categorical | nw.Enum):
        return (value if kind == nw.String else value.cast(nw.String)), Kind(name="text")
    if kind == nw.Date:
        return value, Kind(name="date")
    if isinstance(kind, nw.Datetime):
        return _moment(frame, value, kind)
    raise FrameError(name, _found(frame, name, kind), "numbers, texts, true and false, moments or dates")


def decimal_kind(precision: int, scale: int) -> Kind:
    """Returns the kind of decimals with a limited number of digits."""
    limit = Decimal(10**precision - 1).scaleb(-scale) if precision <= 28 else _nines(precision, scale)
    return Kind(name="decimal", scale=scale, low=-limit, high=limit)


def _nines(precision: int, scale: int) -> Decimal:
    return Decimal((0, (9,) * precision, -scale))


def _whole(value: nw.Expr, kind: Any) -> tuple[nw.Expr, Kind]:
    import narwhals.stable.v2 as nw

    name = str(kind)
    if name in ("UInt64", "UInt128"):
        return value, Kind(name="whole", low=0, high=2 ** int(name[4:]) - 1)
    if name == "Int128":
        return value, Kind(name="whole", low=-(2**127), high=2**127 - 1)
    return value.cast(nw.Int64), Kind(name="whole", low=-(2**63), high=2**63 - 1)


def _moment(frame: Any, value: nw.Expr, kind: Any) -> tuple[nw.Expr, Kind]:
    import narwhals.stable.v2 as nw

    engine, aware = frame.implementation, kind.time_zone is not None
    keeps_zone_in_session = engine.is_duckdb() or engine.is_pyspark() or engine.is_pyspark_connect()
    if kind.time_zone not in (None, "UTC") and not keeps_zone_in_session:
        value = value.dt.convert_time_zone("UTC")  # polars compares moments of one zone only
    if kind.time_unit in ("s", "ms"):  # else a bound of microseconds would be cut down to the column's unit
        value = value.cast(nw.Datetime("us", None if not aware else "UTC"))
    return value, moment_kind(aware=aware, unit=kind.time_unit)


def moment_kind(*, aware: bool, unit: str) -> Kind:
    """Returns the kind of moments; those in nanoseconds reach from 1678 to 2261 only."""
    if unit != "ns":
        return Kind(name="moment", aware=aware)
    low, high = (end if aware else end.replace(tzinfo=None) for end in _NANOSECONDS)
    return Kind(name="moment", aware=aware, low=low, high=high)


def condition(node: Node, bound: Mapping[str, BoundLeaf], columns: Columns, currency: nw.Expr | None) -> nw.Expr:
    """Returns the expression of a rule, true or false for every row."""
    holds: nw.Expr = fold(node, partial(_bound_leaf, bound, columns, currency), joined, lambda part: ~part)
    return holds


def _bound_leaf(
    bound: Mapping[str, BoundLeaf], columns: Columns, currency: nw.Expr | None, path: str, leaf: Leaf
) -> nw.Expr:
    return leaf_expression(bound[path], columns.values[leaf.field], currency)


def leaf_expression(found: BoundLeaf, value: nw.Expr, currency: nw.Expr | None) -> nw.Expr:
    """Returns the expression of one leaf, true or false for every row."""
    known = ~value.is_null()
    if found.kind.name == "fraction":
        known = known & (value <= float("inf"))  # false for NaN on every engine, whatever its order
    if isinstance(found.test, IsNull):
        return ~known
    if found.currency is not None and currency is not None:
        known = known & ~currency.is_null() & (currency == found.currency)
    test = _test(found.test, value)
    if test is None:
        return known if found.negated else known & ~known
    return known & ~test if found.negated else known & test


def _test(test: Test, value: nw.Expr) -> nw.Expr | None:
    """Returns the expression of a test on values that are there, or None where no value passes."""
    import narwhals.stable.v2 as nw

    if isinstance(test, OneOf):
        if not test.values:
            return None
        if isinstance(test.values[0], datetime) and len(test.values) <= _FEW:
            # Older polars finds no moment of microseconds among those of nanoseconds, and compares them rightly.
            return nw.any_horizontal(*(value == moment for moment in test.values), ignore_nulls=True)
        return value.is_in(list(test.values))
    if isinstance(test, StartsWith):
        return value.str.starts_with(test.text)
    if isinstance(test, Contains):
        return value.str.contains(test.text, literal=True)
    assert isinstance(test, Ranges)
    parts = [_range(part, value) for part in test.ranges]
    return joined("any", parts) if parts else None


def _range(part: Range, value: nw.Expr) -> Any:
    if part.low is not None and part.low == part.high:
        return value == part.low
    ends = []
    if part.low is not None:
        ends.append(value > part.low if part.low_open else value >= part.low)
    if part.high is not None:
        ends.append(value < part.high if part.high_open else value <= part.high)
    return joined("all", ends) if ends else ~value.is_null()


def joined(word: Literal["all", "any"], parts: list[nw.Expr]) -> Any:
    """Returns all or any of the parts, joined by halves, so that a thousand of them are ten deep."""
    import narwhals.stable.v2 as nw

    if not parts:
        return nw.lit(word == "all")
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    first, second = joined(word, parts[:middle]), joined(word, parts[middle:])
    return first & second if word == "all" else first | second
