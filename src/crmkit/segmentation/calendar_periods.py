"""Calendar periods as whole numbers that follow one another: days, weeks from Monday, months, quarters, years."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from crmkit.errors import InputError
from crmkit.segmentation.days import civil_day

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["CalendarPeriod", "checked", "period_of", "periods_of_days", "start_of"]

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


def start_of(period: str, number: Any) -> Any:
    """Returns the first day of a period, as days since 1970; of a number, an array or an expression.

    Example:
        >>> start_of("month", 2026 * 12), start_of("week", 1), start_of("year", 1970)
        (20454, 4, 0)
    """
    if period == "day":
        return number
    if period == "week":
        return number * 7 - 3
    month = number * _MONTHS[period]
    year = month // 12
    return civil_day(year, month - year * 12 + 1, 1)
