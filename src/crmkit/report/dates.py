"""Dates for people, in the zone of the report."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo

from crmkit.segmentation.labels import Language

__all__ = ["day", "last_day", "moment"]

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def day(value: date, lang: Language = "en", *, short: bool = False) -> str:
    """Returns a date in words.

    Example:
        >>> day(date(2026, 11, 24)), day(date(2026, 11, 24), short=True), day(date(2026, 11, 24), "zh")
        ('24 November 2026', '24 Nov 2026', '2026年11月24日')
    """
    if lang == "zh":
        return f"{value.year}年{value.month}月{value.day}日"
    month = _MONTHS[value.month - 1]
    return f"{value.day} {month[:3] if short else month} {value.year}"


def moment(value: datetime, zone: tzinfo | None, lang: Language = "en") -> str:
    """Returns date and time of an instant in a zone, to the minute.

    Example:
        >>> from datetime import UTC
        >>> moment(datetime(2026, 11, 24, 8, 5, tzinfo=UTC), UTC)
        '24 Nov 2026, 08:05'
    """
    local = value.astimezone(zone)
    return f"{day(local.date(), lang, short=True)}{' ' if lang == 'zh' else ', '}{local:%H:%M}"


def last_day(as_of: datetime) -> date:
    """Returns the last day that is looked at before `as_of`, which is excluded.

    Example:
        >>> from datetime import UTC
        >>> last_day(datetime(2026, 11, 24, tzinfo=UTC)), last_day(datetime(2026, 11, 24, 12, tzinfo=UTC))
        (datetime.date(2026, 11, 23), datetime.date(2026, 11, 24))
    """
    return (as_of - timedelta(microseconds=1)).date()
