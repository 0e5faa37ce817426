"""From a frame of any engine to plain columns, checked, as a picture needs them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from crmkit.segmentation.refusals import FrameError

__all__ = ["columns_of", "shares", "whole_numbers"]


def columns_of(frame: Any, names: Sequence[str], made_by: str) -> dict[str, list[Any]]:
    """Returns columns of a frame as lists; a lazy frame is collected, and only these columns of it.

    Args:
        frame: Any frame that Narwhals takes.
        names: Columns that the picture needs.
        made_by: The function that makes such frames, for the error.

    Raises:
        FrameError: A column is missing, or this is no frame.

    Example:
        >>> import pandas as pd
        >>> columns_of(pd.DataFrame({"a": [1, 2], "b": [3, 4]}), ["b"], "nobody")
        {'b': [3, 4]}
    """
    import narwhals.stable.v2 as nw

    expected = f"the result of segmentation.{made_by}"
    try:
        table: Any = nw.from_native(frame)
    except TypeError:
        raise FrameError(names[0], f"no frame but {type(frame).__name__}", expected) from None
    given = table.collect_schema().names()
    if missing := [name for name in names if name not in given]:
        raise FrameError(missing[0], "no such column", expected)
    chosen = table.select(*names)
    eager = chosen.collect() if isinstance(chosen, nw.LazyFrame) else chosen
    return {name: eager[name].to_list() for name in names}


def whole_numbers(name: str, values: Sequence[Any], *, least: int = 0) -> list[int]:
    """Returns counts as ints.

    Raises:
        FrameError: One is null, broken or below `least`.

    Example:
        >>> whole_numbers("k", [0, 1.0])
        [0, 1]
    """
    found = []
    for value in values:
        number = _number(value)
        if number is None or not number.is_integer() or number < least:
            raise FrameError(name, repr(value), f"whole numbers from {least} on")
        found.append(int(value))
    return found


def shares(name: str, values: Sequence[Any]) -> list[float]:
    """Returns shares as floats from 0 to 1.

    Raises:
        FrameError: One is null or outside.

    Example:
        >>> shares("survival", [1, 0.25])
        [1.0, 0.25]
    """
    found = []
    for value in values:
        number = _number(value)
        if number is None or not -1e-9 <= number <= 1 + 1e-9:
            raise FrameError(name, repr(value), "shares from 0 to 1")
        found.append(min(max(number, 0.0), 1.0))
    return found


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None
