"""Days that shops plan for: Chinese New Year by table, shopping festivals by rule.

A comparison with "the same weeks of last year" is wrong where a festival moved. With its dates as data, a period can be
compared with the one that lies the same number of days from last year's festival.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType

import attrs

from crmkit.errors import InputError

__all__ = [
    "BLACK_FRIDAY",
    "CHINESE_NEW_YEAR",
    "CYBER_MONDAY",
    "DOUBLE_11",
    "DOUBLE_12",
    "FESTIVALS",
    "MID_YEAR_618",
    "Festival",
    "ListedDates",
    "NthWeekday",
    "YearlyDate",
]


@attrs.frozen(slots=True)
class YearlyDate:
    """Says that a festival is on the same date every year.

    Example:
        >>> YearlyDate(11, 11).on(2026)
        datetime.date(2026, 11, 11)
    """

    month: int
    day: int

    def on(self, year: int) -> date | None:
        """Returns the day in a year."""
        return date(year, self.month, self.day)


@attrs.frozen(slots=True)
class NthWeekday:
    """Says that a festival is so many days after the nth weekday of a month.

    Attributes:
        month: Month.
        weekday: 1 for Monday to 7 for Sunday.
        nth: Which one, from 1.
        plus: Days after it.

    Example:
        >>> NthWeekday(11, 4, 4, plus=1).on(2026)
        datetime.date(2026, 11, 27)
    """

    month: int
    weekday: int
    nth: int
    plus: int = attrs.field(default=0, kw_only=True)

    def on(self, year: int) -> date | None:
        """Returns the day in a year."""
        first = date(year, self.month, 1)
        ahead = (self.weekday - first.isoweekday()) % 7
        return first + timedelta(days=ahead + 7 * (self.nth - 1) + self.plus)


@attrs.frozen(slots=True)
class ListedDates:
    """Says the date of each year, for festivals of another calendar.

    Example:
        >>> ListedDates((date(2026, 2, 17),)).on(2027) is None
        True
    """

    dates: tuple[date, ...]

    def on(self, year: int) -> date | None:
        """Returns the day in a year, None where the list does not reach."""
        return next((day for day in self.dates if day.year == year), None)


@attrs.frozen(slots=True, kw_only=True)
class Festival:
    """Holds a festival: its name, its days, and how many days around them belong to its sales.

    Attributes:
        key: Name for programs.
        en: Name for people, in English.
        zh: Name for people, in Chinese.
        days: The day of each year.
        before: Days before it on which its sales run, by custom; a shop's own campaign may differ.
        after: Days after it on which its sales run.

    Example:
        >>> CHINESE_NEW_YEAR.on(2026)
        datetime.date(2026, 2, 17)
        >>> DOUBLE_11.zh, DOUBLE_11.sales_days(2026)
        ('双十一', (datetime.date(2026, 10, 31), datetime.date(2026, 11, 12)))
    """

    key: str
    en: str
    zh: str
    days: YearlyDate | NthWeekday | ListedDates
    before: int = 0
    after: int = 0

    def on(self, year: int) -> date:
        """Returns the day of the festival in a year.

        Raises:
            InputError: Its dates are listed and the list does not reach.
        """
        day = self.days.on(year)
        if day is None:
            raise InputError(
                f"The date of {self.key} in {year} is not in its table; give a Festival with ListedDates that reach."
            )
        return day

    def sales_days(self, year: int) -> tuple[date, date]:
        """Returns the first day of its sales and the first day after them."""
        day = self.on(year)
        return day - timedelta(days=self.before), day + timedelta(days=self.after + 1)


_NEW_YEARS = (
    (2015, 2, 19), (2016, 2, 8), (2017, 1, 28), (2018, 2, 16), (2019, 2, 5), (2020, 1, 25), (2021, 2, 12),
    (2022, 2, 1), (2023, 1, 22), (2024, 2, 10), (2025, 1, 29), (2026, 2, 17), (2027, 2, 6), (2028, 1, 26),
    (2029, 2, 13), (2030, 2, 3), (2031, 1, 23), (2032, 2, 11), (2033, 1, 31), (2034, 2, 19), (2035, 2, 8),
    (2036, 1, 28), (2037, 2, 15), (2038, 2, 4), (2039, 1, 24), (2040, 2, 12),
)  # fmt: skip

CHINESE_NEW_YEAR = Festival(
    key="chinese_new_year",
    en="Chinese New Year",
    zh="春节",
    days=ListedDates(tuple(date(*parts) for parts in _NEW_YEARS)),
    before=28,
    after=14,
)
"""The first day of the lunar year in China's calendar, 2015 to 2040."""

MID_YEAR_618 = Festival(key="618", en="618 mid-year sale", zh="618年中大促", days=YearlyDate(6, 18), before=17, after=2)
"""18 June; its sales from the 1st to the 20th."""

DOUBLE_11 = Festival(key="double_11", en="Double 11 (Singles' Day)", zh="双十一", days=YearlyDate(11, 11), before=11)
"""11 November; its sales from 31 October."""

DOUBLE_12 = Festival(key="double_12", en="Double 12", zh="双十二", days=YearlyDate(12, 12), before=2)
"""12 December; its sales from the 10th."""

BLACK_FRIDAY = Festival(
    key="black_friday",
    en="Black Friday",
    zh="黑色星期五",
    days=NthWeekday(11, 4, 4, plus=1),
    after=3,
)
"""The day after the fourth Thursday of November; its sales up to Cyber Monday."""

CYBER_MONDAY = Festival(
    key="cyber_monday", en="Cyber Monday", zh="网络星期一", days=NthWeekday(11, 4, 4, plus=4), before=3
)
"""The Monday after the fourth Thursday of November; its sales from Black Friday."""

FESTIVALS: Mapping[str, Festival] = MappingProxyType(
    {
        festival.key: festival
        for festival in (CHINESE_NEW_YEAR, MID_YEAR_618, DOUBLE_11, DOUBLE_12, BLACK_FRIDAY, CYBER_MONDAY)
    }
)
"""All festivals of this module by key."""
