"""Times with slashes: whether the month or the day comes first, the order's country decides and no cell."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import attrs

from crmkit.importers import cells

__all__ = ["Slashed", "moment"]

_SLASHED = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4})(?:,? (\d{1,2}):(\d\d)(?::(\d\d))?(?: ?([AaPp])\.?[Mm]\.?)?)?", re.ASCII
)
_RESAVED = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M")


@attrs.frozen(kw_only=True, slots=True)
class Slashed:
    """Is a time with slashes, of which the country decides whether the month or the day comes first."""

    text: str
    first: int
    second: int
    rest: tuple[int, int, int, int]
    is_marked: bool

    def moment(self, *, month_first: bool) -> datetime | None:
        """The time as it is written there, or None where it is none."""
        month, day = (self.first, self.second) if month_first else (self.second, self.first)
        try:
            return datetime(self.rest[0], month, day, *self.rest[1:])  # noqa: DTZ001  # the caller sets the zone
        except ValueError:
            return None


_usual: Callable[[str], datetime] = cells.moment("", *_RESAVED, zone="UTC").read


def moment(value: str) -> datetime | Slashed:
    """Returns a time; one with slashes, before it is known whether the month or the day comes first."""
    found = _SLASHED.fullmatch(value)
    if found is None:
        return _usual(value)
    first, second, year = (int(part) for part in found.group(1, 2, 3))
    hour, minute, after = (int(part or 0) for part in found.group(4, 5, 6))
    if found[7]:
        hour = hour % 12 + (12 if found[7] in "Pp" else 0)
    told = Slashed(text=value, first=first, second=second, rest=(year, hour, minute, after), is_marked=bool(found[7]))
    if told.moment(month_first=True) is None and told.moment(month_first=False) is None:
        raise cells.CellFlaw("bad_moment", "is not a time (DD/MM/YYYY HH:MM:SS or MM/DD/YYYY h:mm:ss AM)")
    return told
