"""Rules on arrays, for pandas and pyarrow: every column becomes values and a mask of those that are there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal, localcontext
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import attrs

from crmkit.segmentation.rules.binding import BoundLeaf, IsNull, OneOf, Ranges, Test
from crmkit.segmentation.rules.kinds import Kind, Range
from crmkit.segmentation.rules.model import Leaf, Node, fold
from crmkit.segmentation.rules.plain import passes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Values", "verdicts"]

_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_EXACT = Context(prec=120, Emax=999999, Emin=-999999)


@attrs.frozen(slots=True, kw_only=True)
class Values:
    """Holds a column as an array.

    Attributes:
        kind: What it holds.
        known: Where there is a value.
        values: Whole numbers, binary fractions, or whole multiples of `10**-kind.scale`; ticks of `unit` since 1970 for
            moments, days for dates; for texts the code of each row.
        unit: Unit of the ticks.
        texts: The texts that the codes stand for.
    """

    kind: Kind
    known: NDArray[np.bool_]
    values: NDArray[Any]
    unit: str = ""
    texts: tuple[str, ...] = ()


def verdicts(
    node: Node, bound: Mapping[str, BoundLeaf], columns: Mapping[str, Values], rows: int, currency: Values | None
) -> NDArray[np.bool_]:
    """Returns for each row whether the rule holds."""
    return fold(node, partial(_leaf, bound, columns, currency), partial(_several, rows), lambda part: ~part)


def _leaf(
    bound: Mapping[str, BoundLeaf], columns: Mapping[str, Values], currency: Values | None, path: str, leaf: Leaf
) -> NDArray[np.bool_]:
    found, column = bound[path], columns[leaf.field]
    if isinstance(found.test, IsNull):
        return ~column.known
    known = column.known
    if found.currency is not None and currency is not None:
        known = known & currency.known & _of_texts(currency, lambda text: text == found.currency)
    passed = _test(found.test, column)
    return known & ~passed if found.negated else known & passed


def _several(rows: int, word: Literal["all", "any"], parts: list[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    import numpy as np

    if not parts:
        return np.full(rows, word == "all")
    joined = np.logical_and if word == "all" else np.logical_or
    result: NDArray[np.bool_] = joined.reduce(parts)
    return result


def _test(test: Test, column: Values) -> NDArray[np.bool_]:
    import numpy as np

    if column.kind.name == "text":
        return _of_texts(column, partial(passes, test))
    if isinstance(test, OneOf):
        return _one_of([_number(value, column) for value in test.values], column.values)
    assert isinstance(test, Ranges)
    passed = np.zeros(len(column.values), bool)
    for part in test.ranges:
        passed |= _inside(_ends(part, column), column.values)
    return passed


def _of_texts(column: Values, test: Callable[[str], bool]) -> NDArray[np.bool_]:
    """Asks every text once."""
    import numpy as np

    passed = np.array([*map(test, column.texts), False], bool)
    result: NDArray[np.bool_] = passed[column.values]
    return result


def _one_of(values: list[Any], column: NDArray[Any]) -> NDArray[np.bool_]:
    import numpy as np

    if column.dtype.kind == "O":
        wanted = set(values)
        return np.array([value in wanted for value in column], bool)
    values = [value for value in values if value is not None]
    return np.isin(column, np.array(values, column.dtype))


def _inside(ends: Range, column: NDArray[Any]) -> NDArray[np.bool_]:
    import numpy as np

    inside = np.ones(len(column), bool)
    if ends.low is not None:
        inside &= (column > ends.low if ends.low_open else column >= ends.low).astype(bool)
    if ends.high is not None:
        inside &= (column < ends.high if ends.high_open else column <= ends.high).astype(bool)
    return inside


def _ends(part: Range, column: Values) -> Range:
    """Returns a range of values as a range of what the array holds."""
    if column.kind.name != "moment":
        return attrs.evolve(part, low=_number(part.low, column), high=_number(part.high, column))
    low = None if part.low is None else _ticks(part.low, column.unit)
    high = None if part.high is None else _ticks(part.high, column.unit)
    # Between two ticks there is no moment: a start goes up to the next one, an end goes down to the one before.
    return Range(
        None if low is None else -(-low[0] // low[1]),
        None if high is None else high[0] // high[1],
        bool(low and part.low_open and low[0] % low[1] == 0),
        bool(high and part.high_open and high[0] % high[1] == 0),
    )


def _ticks(moment: datetime, unit: str) -> tuple[int, int]:
    """Returns a moment in ticks as a numerator and a denominator."""
    start = datetime(1970, 1, 1, tzinfo=None if moment.tzinfo is None else UTC)
    microseconds = (moment - start) // timedelta(microseconds=1)
    if unit == "ns":
        return microseconds * 1000, 1
    return microseconds, 10**6 // _PER_SECOND[unit]


def _number(value: Any, column: Values) -> Any:
    """Returns a value as what the array holds, None where it lies between two of them."""
    if isinstance(value, datetime):
        ticks, step = _ticks(value, column.unit)
        return None if ticks % step else ticks // step
    if isinstance(value, date):
        return value.toordinal() - date(1970, 1, 1).toordinal()
    if isinstance(value, Decimal):
        with localcontext(_EXACT):
            return int(value.scaleb(column.kind.scale or 0))
    return value
