"""Calendar periods as whole numbers that follow one another: days, weeks from Monday, months, quarters, years."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from crmkit.errors import InputError
from crmkit.segmentation.days import civil_day

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["CalendarPeriod", "checked", "period_of", "periods_of_days", "starts_of", "with_start"]

CalendarPeriod = Literal["day", "week", "month", "quarter", "year"]

_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def checked(period: str) -> str:
    """Returns the period.

    Raises:
        InputError: There is no such period.
    """
    if period not in ("day", "week", *_MONTHS):
        raise InputError(f"period is 'day', 'week', 'month', 'quarter' or 'year', got {period!r}.")
    return period


def period_of(period: str, day: Any, month: Any) -> Any:
    """Returns the number of the period from days since 1970 and months since year 0, as numbers or expressions."""
    if period == "day":
        return day
    if period == "week":
        return (day + 3) // 7  # 1970-01-01 was a Thursday; a week starts on Monday
    return month if period == "month" else month // _MONTHS[period]


def periods_of_days(period: str, days: NDArray[np.int64]) -> NDArray[np.int64]:
    """Returns the number of the period of each day since 1970.

    Example:
        >>> import numpy as np
        >>> periods_of_days("week", np.array([-4, -3, 3, 4])).tolist(), periods_of_days("month", np.array([0])).tolist()
        ([-1, 0, 0, 1], [23640])
    """
    import numpy as np

    months = days
    if period in _MONTHS:
        months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 1970 * 12
    numbers: NDArray[np.int64] = period_of(period, days, months)
    return numbers


def starts_of(period: str, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Returns the first day of each period, as days since 1970.

    Example:
        >>> import numpy as np
        >>> [starts_of(period, np.array([number])).tolist() for period, number in (("month", 24312), ("week", 1))]
        [[20454], [4]]
    """
    if period == "day":
        return numbers
    if period == "week":
        return numbers * 7 - 3
    months = (numbers * _MONTHS[period] - 1970 * 12).astype("datetime64[M]")
    days: NDArray[np.int64] = months.astype("datetime64[D]").astype(numbers.dtype)
    return days


def with_start(frame: Any, period: str, number: str, start: str) -> Any:
    """Returns the Narwhals frame with the first day of the period in column `number` added as `start`.

    It goes step by step, each a column of its own, so that no division stands within another.
    """
    import narwhals.stable.v2 as nw

    found = nw.col(number)
    if period in ("day", "week"):
        return frame.with_columns((found if period == "day" else found * 7 - 3).cast(nw.Int64).alias(start))
    frame = frame.with_columns((found * _MONTHS[period]).alias("month_number"))
    frame = frame.with_columns((nw.col("month_number") // 12).alias("year"))
    frame = frame.with_columns((nw.col("month_number") - nw.col("year") * 12).alias("of_year"))
    days = civil_day(nw.col("year"), nw.col("of_year") + 1, 1)
    return frame.with_columns(days.cast(nw.Int64).alias(start))
