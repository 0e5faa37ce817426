"""What a table of cohorts is made of: its periods, its blocks, and the days that bound them."""

from __future__ import annotations

import attrs

from crmkit.segmentation.calendar_periods import periods_of_days

__all__ = ["Shape"]


@attrs.frozen(slots=True, kw_only=True)
class Shape:
    """Holds how cohorts are cut.

    Attributes:
        period: Calendar period of the first purchase, and of k where there are no blocks.
        blocks: Days of a rolling block, or None.
        is_kept: Whether incomplete cells show their rate.
        today: The date of `as_of`, as days since 1970-01-01.
        last_day: The last date of which anything was seen.
    """

    period: str
    blocks: int | None
    is_kept: bool
    today: int
    last_day: int

    def number(self, day: int) -> int:
        """Returns the number of the calendar period of a day."""
        import numpy as np

        return int(periods_of_days(self.period, np.array([day]))[0])

    @property
    def running(self) -> int:
        """Number of the period that is not over."""
        return self.number(self.today)

    @property
    def last(self) -> int:
        """Number of the last period that has begun."""
        return self.number(self.last_day)
