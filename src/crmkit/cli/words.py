"""How the words of the command line become values."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from crmkit.cli.sentences import told
from crmkit.cli.steps import Steps
from crmkit.errors import InputError
from crmkit.segmentation.labels import Language

__all__ = ["end_of", "parse_date", "tell_future", "without_password", "zone_named"]


def parse_date(context: Any, parameter: Any, text: str | None) -> date | None:
    """Returns the date written YYYY-MM-DD."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a date of the form YYYY-MM-DD.") from None


def zone_named(name: str) -> ZoneInfo:
    """Returns the time zone of that name.

    Raises:
        InputError: There is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError(
            f"{name!r} is not a time zone; write one such as 'Asia/Shanghai' or 'Europe/Berlin'."
        ) from None


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """Returns the first instant after `day` in the shop's zone.

    Example:
        >>> end_of(date(2026, 11, 23), ZoneInfo("Asia/Shanghai")).isoformat()
        '2026-11-24T00:00:00+08:00'
    """
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)


def tell_future(steps: Steps, until: datetime, now: datetime, lang: Language) -> None:
    """Says so where the day that was asked for is not over for a day or more: `until` is the first instant after it."""
    if until - now > timedelta(days=1):
        steps.say(told(lang, "future", day=f"{until - timedelta(days=1):%Y-%m-%d}"))


def without_password(url: str) -> str:
    """Returns a database URL as it may be printed.

    Example:
        >>> without_password("postgresql://shop:secret@db/crm")
        'postgresql://shop:***@db/crm'
    """
    return re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", url)
