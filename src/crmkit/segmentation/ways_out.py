"""What to do about a frame that is refused: the way out that its error names."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from typing import Any

from crmkit.segmentation.plan import Columns
from crmkit.segmentation.refusals import FrameError

__all__ = ["AMOUNTS", "MOMENTS", "missing_column", "refuse_no_frame", "wrong_amounts", "wrong_moments"]

MOMENTS = "datetimes"
AMOUNTS = "float, integer or Decimal amounts"
_MOST_NAMES = 12
_NO_FRAMES = (str, bytes, PathLike, list, tuple, dict, set, int, float)


def missing_column(name: str, count: int, present: Iterable[Any], columns: Columns | None = None) -> FrameError:
    """Returns the error of a column that is not there, or is there more than once."""
    if count:
        return FrameError(name, f"{count} columns of that name", "one column")
    names = [repr(str(column)) for column in present]
    there = ", ".join(names[:_MOST_NAMES]) + (f" and {len(names) - _MOST_NAMES} more" * (len(names) > _MOST_NAMES))
    named = "" if columns is None else f"; name yours by {columns.argument_of(name)}="
    return FrameError(name, "no such column", "one column", f"The frame has {there or 'no columns'}{named}.")


def wrong_moments(name: str, found: str) -> FrameError:
    """Returns the error of a column that holds no moments."""
    if "aware datetime" in found:
        hint = "Give them one zone first, in pandas by pd.to_datetime(column, utc=True)."
    else:
        hint = "Make datetimes first, in pandas by pd.to_datetime(column), in polars by column.str.to_datetime()."
    return FrameError(name, found, MOMENTS, hint)


def wrong_amounts(name: str, found: str, values: Iterable[Any] = ()) -> FrameError:
    """Returns the error of a column that holds no amounts, with one of its values where they are at hand."""
    one = next((f"; one value is {str(value)[:40]!r}" for value in values), "")
    return FrameError(name, found, AMOUNTS, f"Make numbers first, in pandas by pd.to_numeric(column){one}.")


def refuse_no_frame(given: object, argument: str = "frame") -> None:
    """Refuses what is plainly no frame, such as the path of a file.

    Raises:
        FrameError: It is a path, a list, a column or nothing.
    """
    is_series = type(given).__name__ == "Series"
    if given is None or is_series or isinstance(given, _NO_FRAMES):
        expected = "a frame of pandas, polars, pyarrow or another library that Narwhals knows"
        hint = "Read a file first, such as by pd.read_csv(path)." if isinstance(given, str | PathLike) else ""
        raise FrameError("", f"{type(given).__name__} as {argument}", expected, hint)
