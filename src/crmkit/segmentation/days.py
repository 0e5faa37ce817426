"""Shop days: which moments are seen, and on which calendar date of the shop's zone they fall.

All day arithmetic is done on whole dates, as days since 1970-01-01, so that a day of 23 or 25 hours is one day.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs

from crmkit.errors import InputError
from crmkit.segmentation.refusals import FrameError

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "Window",
    "civil_day",
    "days_of_ticks",
    "fitted",
    "hours_of_ticks",
    "window",
    "with_day",
    "with_hour",
    "zone_of",
]

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_LARGEST = 2**63 - 1


@attrs.frozen(slots=True, kw_only=True)
class Window:
    """Holds what is seen, `since <= moment < as_of`, and the zone in which days are counted.

    Attributes:
        as_of: End, excluded.
        since: Start, included, or None for everything before `as_of`.
        zone: The shop's zone; None where moments are naive, which means shop-local.
    """

    as_of: datetime
    since: datetime | None
    zone: tzinfo | None

    @property
    def today(self) -> int:
        """The date of `as_of` in the zone, as days since 1970-01-01."""
        local = self.as_of if self.zone is None else self.as_of.astimezone(self.zone)
        return local.toordinal() - _EPOCH_DAY

    def ticks(self, unit: str) -> tuple[int | None, int | None]:
        """Returns the first tick seen and the first no longer seen, None where the type cannot reach it."""
        low = None if self.since is None else _ticks(self.since, unit)
        high = _ticks(self.as_of, unit)
        return (
            None if low is None or low < -_LARGEST else low,
            None if high > _LARGEST else high,
        )


def _ticks(moment: datetime, unit: str) -> int:
    """Counts the ticks of `unit` up to `moment`, rounded up: `tick < result` is then the same as `instant < moment`."""
    start = datetime(1970, 1, 1, tzinfo=None if moment.tzinfo is None else UTC)
    microseconds = (moment - start) // timedelta(microseconds=1)
    return -(-microseconds * _PER_SECOND[unit] // 10**6)


def zone_of(zone: str | tzinfo | None) -> tzinfo | None:
    """Returns the zone that was named.

    Raises:
        InputError: There is no zone of that name.

    Example:
        >>> zone_of("Asia/Shanghai")
        zoneinfo.ZoneInfo(key='Asia/Shanghai')
    """
    if not isinstance(zone, str):
        return zone
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError(
            f"There is no time zone {zone!r}; name one of the IANA data base, such as 'Asia/Shanghai'."
        ) from None


def window(as_of: datetime, since: datetime | None, zone: str | tzinfo | None) -> Window:
    """Returns the window of the call, with the zone of an aware `as_of` where no zone is given.

    Raises:
        InputError: Not datetimes, one naive and one aware, or nothing between them.
    """
    moments = {
        name: _plain(moment, name) for name, moment in (("as_of", as_of), ("since", since)) if moment is not None
    }
    if "as_of" not in moments:
        raise InputError("as_of is required, such as datetime(2026, 11, 24, tzinfo=UTC): nothing here reads the clock.")
    until, start = moments["as_of"], moments.get("since")
    if start is not None and (start.tzinfo is None) != (until.tzinfo is None):
        raise InputError("since and as_of are both naive or both aware, never one of each.")
    if start is not None and start >= until:
        raise InputError(
            f"since ({start.isoformat()}) lies before as_of ({until.isoformat()}), or nothing can be seen."
        )
    return Window(as_of=until, since=start, zone=zone_of(zone) or until.tzinfo)


def _plain(moment: datetime, name: str) -> datetime:
    if not isinstance(moment, datetime):
        raise InputError(
            f"{name} is a datetime such as datetime(2026, 11, 24, tzinfo=UTC), got {type(moment).__name__}."
        )
    # A pandas Timestamp is a datetime with arithmetic of its own; from here on there is only the plain kind.
    return datetime.combine(moment.date(), moment.timetz())


def fitted(window: Window, *, aware: bool | None, column: str, found: str) -> Window:
    """Returns the window for a column that is naive or aware as said, or that tells nothing (None).

    Raises:
        FrameError: The column is naive and `as_of` aware, or the reverse.
    """
    if aware and window.as_of.tzinfo is None:
        raise FrameError(column, f"{found} (aware)", "naive datetimes, as as_of is naive; or give an aware as_of")
    if aware is False and window.as_of.tzinfo is not None:
        raise FrameError(
            column, f"{found} (naive)", "aware datetimes, as as_of is aware; or give a naive, shop-local as_of"
        )
    return window if window.as_of.tzinfo is not None else attrs.evolve(window, zone=None)


def civil_day(year: nw.Expr, month: nw.Expr, day: nw.Expr | int) -> nw.Expr:
    """Returns the days from 1970-01-01 to a date of the Gregorian calendar, in whole numbers only.

    No division stands within another: in SQL one takes some hundred characters, which repeat its operands five times.

    Example:
        >>> import narwhals.stable.v2 as nw
        >>> import polars as pl
        >>> dates = nw.from_native(pl.DataFrame({"year": [1970, 2000, 1969], "month": [1, 3, 12], "day": [1, 1, 31]}))
        >>> dates.select(civil_day(nw.col("year"), nw.col("month"), nw.col("day")))["year"].to_list()
        [0, 11017, -1]
    """
    import narwhals.stable.v2 as nw

    is_early = (month < 3).cast(nw.Int64)  # a year from March on has its odd day as its last
    years, months = year - is_early, month + is_early * 12 - 3
    return years * 365 + years // 4 - years // 100 + years // 400 + (months * 153 + 2) // 5 + day - 719469


def days_of_ticks(ticks: NDArray[np.int64], unit: str, zone: tzinfo | None) -> NDArray[np.int64]:
    """Returns the shop day of each tick since 1970 (UTC where a zone is given, else shop-local)."""
    import numpy as np

    days: NDArray[np.int64] = _shown_at(ticks, unit, zone).astype("datetime64[D]").astype(np.int64)
    return days


def hours_of_ticks(ticks: NDArray[np.int64], unit: str, zone: tzinfo | None) -> NDArray[np.int64]:
    """Returns the hour that the shop's clock shows at each tick, 0 to 23."""
    import numpy as np

    hours: NDArray[np.int64] = _shown_at(ticks, unit, zone).astype("datetime64[h]").astype(np.int64) % 24
    return hours


def _shown_at(ticks: NDArray[np.int64], unit: str, zone: tzinfo | None) -> Any:
    """Returns what the shop's calendar and clock show at each tick, as naive datetimes."""
    import pandas as pd

    if unit == "ns":  # one step coarser, so that the last hours before 2262 have room for an offset
        ticks, unit = ticks // 1000, "us"
    moments = ticks.view(f"datetime64[{unit}]")
    if zone is not None:
        moments = pd.DatetimeIndex(moments).tz_localize("UTC").tz_convert(zone).tz_localize(None).to_numpy()
    return moments


def with_day(frame: Any, moment: str, day: str, zone: tzinfo | None, *, month: str | None = None) -> Any:
    """Returns the Narwhals frame with the shop day of column `moment` added as whole number `day`.

    Its month, counted from January of year 0, is added under the name `month` where one is given.
    """
    import narwhals.stable.v2 as nw

    frame, local = _with_local(frame, moment, day, zone)
    year, of_year, number = (part.cast(nw.Int64) for part in (local.dt.year(), local.dt.month(), local.dt.day()))
    months = [] if month is None else [(year * 12 + of_year - 1).alias(month)]
    return frame.with_columns(civil_day(year, of_year, number).alias(day), *months)


def with_hour(frame: Any, moment: str, hour: str, zone: tzinfo | None) -> Any:
    """Returns the Narwhals frame with the hour that the shop's clock shows at column `moment` added as `hour`."""
    import narwhals.stable.v2 as nw

    frame, local = _with_local(frame, moment, hour, zone)
    return frame.with_columns(local.dt.hour().cast(nw.Int64).alias(hour))


def _with_local(frame: Any, moment: str, day: str, zone: tzinfo | None) -> tuple[Any, nw.Expr]:
    """Returns the frame, with a new column where the engine needs one, and the expression of the shop's local time."""
    import narwhals.stable.v2 as nw

    local = nw.col(moment)
    if zone is not None:
        name, shift = _named(zone)
        if frame.implementation.is_duckdb():
            frame = _converted_by_duckdb(frame, moment, day, name)
            local = nw.col(day)
        elif frame.implementation.is_pyspark() or frame.implementation.is_pyspark_connect():
            frame = _converted_by_spark(frame, moment, day, name)
            local = nw.col(day)
        else:
            local = local.dt.convert_time_zone(name)
        if shift:
            local = local + shift
    return frame, local


def _converted_by_duckdb(frame: Any, moment: str, local: str, zone: str) -> Any:
    """Adds the naive local time by DuckDB's own function: its aware type keeps the zone in the session."""
    import narwhals.stable.v2 as nw

    zone = zone.replace("'", "''")
    return nw.from_native(frame.to_native().project(f'*, timezone(\'{zone}\', "{moment}") AS "{local}"'))


def _converted_by_spark(frame: Any, moment: str, local: str, zone: str) -> Any:
    """Adds the naive local time by way of the instant in whole microseconds, whatever zone the session has."""
    import narwhals.stable.v2 as nw
    from pyspark.sql import functions

    column, zone = "`" + moment.replace("`", "``") + "`", zone.replace("'", "''")
    seconds = f"CAST(unix_micros({column}) * 0.000001BD AS DECIMAL(18, 6))"
    in_utc = f"TIMESTAMP_NTZ'1970-01-01 00:00:00' + make_dt_interval(0, 0, 0, {seconds})"
    return nw.from_native(
        frame.to_native().withColumn(local, functions.expr(f"convert_timezone('UTC', '{zone}', {in_utc})"))
    )


def _named(zone: tzinfo) -> tuple[str, timedelta | None]:
    """Splits a zone into a name that every engine knows and what remains to be added."""
    name = getattr(zone, "key", None) or getattr(zone, "zone", None)
    if name:
        return str(name), None
    offset = zone.utcoffset(None)
    if offset is None or not isinstance(zone, timezone):
        raise InputError(f"{zone!r} has no name that a query engine knows; give zoneinfo.ZoneInfo('Area/City').")
    return "UTC", offset or None
