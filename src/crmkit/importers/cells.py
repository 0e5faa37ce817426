"""Cells: how one column's text becomes a value. A format is made of these."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from crmkit.errors import InputError
from crmkit.importers.texts import (
    CellFlaw,
    amount_with_comma,
    amount_with_point,
    by_forms,
    clean,
    iso_moment,
    quick_amount,
    quick_identifier,
    quick_text,
    sound_identifier,
)

__all__ = [
    "Cell",
    "CellFlaw",
    "choice",
    "clean",
    "exact",
    "flag",
    "identifier",
    "moment",
    "money",
    "parsed",
    "text",
    "whole",
    "words",
]


@attrs.frozen(kw_only=True, slots=True)
class Cell:
    """Is one column of a format: under which names it comes, and how its text becomes a value.

    Attributes:
        names: The column's names; the first one that the file has counts.
        read: From cleaned text, never empty, to the value; raises `CellFlaw`.
        blank: The value of an empty cell.
        currency: Column that holds the amount's currency, or "".
        is_exact: The text keeps blanks and null words that stand behind a leading apostrophe.
        bare: Checks an exact text that no apostrophe guards; raises `CellFlaw` where a spreadsheet changed it.
        is_personal: Its text is masked in problems.
        quick: From a raw cell in its usual form to the value, or None; it saves time and sees what cleaning takes off.
        repeats: The column's texts repeat, so that remembering what they mean pays.
        tells_state: Its words tell a state, so that people want to see what each one became.
    """

    names: tuple[str, ...]
    read: Callable[[str], Any]
    quick: Callable[[str], Any] | None = None
    blank: Any = None
    currency: str = ""
    is_exact: bool = False
    bare: Callable[[str], Any] | None = None
    is_personal: bool = False
    repeats: bool = True
    tells_state: bool = False


def text(name: str, *also: str, personal: bool = False) -> Cell:
    """Returns a cell of text.

    Args:
        name: Column.
        also: Other names of the same column; the first one that the file has counts.
        personal: Mask the text in problems.

    Example:
        >>> text("SKU").read("APR-01")
        'APR-01'
    """
    return Cell(names=(name, *also), read=str, quick=quick_text, blank="", is_personal=personal, repeats=not personal)


def exact(name: str, *also: str, personal: bool = False) -> Cell:
    """Returns a cell of text that gives back what `write` wrote, blanks at the ends and null words included.

    Example:
        >>> exact("title").is_exact
        True
    """
    return Cell(names=(name, *also), read=str, blank="", is_exact=True, is_personal=personal)


def identifier(name: str, *also: str) -> Cell:
    """Returns a cell of digits or letters that a spreadsheet may have destroyed.

    It refuses `4.50E+17`, what is left of a broken `="…"`, and digits of which all after the 15th are zeros, three of
    them at least; the latter not in `="…"`, which no spreadsheet turns into a number.

    Example:
        >>> identifier("Order").read("4026100100000000349")
        '4026100100000000349'
    """
    return Cell(names=(name, *also), read=sound_identifier, quick=quick_identifier, blank="", repeats=False)


def whole(name: str, *also: str, least: int = 1) -> Cell:
    """Returns a cell of a whole number.

    Args:
        name: Column.
        also: Other names of the same column.
        least: Smallest number that is right.

    Example:
        >>> whole("Qty").read("1,200")
        1200
    """

    def read(value: str) -> int:
        digits = value.replace(",", "").replace("，", "")
        whole_part, _, rest = digits.partition(".")
        if not re.fullmatch(r"-?\d{1,15}", whole_part, re.ASCII) or rest.strip("0"):
            raise CellFlaw("bad_whole", "is not a whole number")
        if int(whole_part) < least:
            raise CellFlaw("bad_whole", f"is below {least}")
        return int(whole_part)

    return Cell(names=(name, *also), read=read)


def money(name: str, currency: str = "", *, also: tuple[str, ...] = (), decimal: str = ".") -> Cell:
    """Returns a cell of an amount, as an exact Decimal; the order makes it money in its currency.

    Args:
        name: Column.
        currency: Column that holds the currency; without it the format's currency counts.
        also: Other names of the same column.
        decimal: The decimal mark of the format, "." or ","; the other one, blanks and `'` part thousands.

    Example:
        >>> money("Price", "Cur").read("¥1,234.50"), money("Preis", decimal=",").read("-1.234,5 €")
        (Decimal('1234.50'), Decimal('-1234.5'))
    """
    if decimal not in (".", ","):
        raise InputError(f"The decimal mark is '.' or ',', got {decimal!r}.")
    plain = decimal == "."
    read = amount_with_point if plain else amount_with_comma
    return Cell(names=(name, *also), read=read, quick=quick_amount if plain else None, currency=currency)


def moment(name: str, *formats: str, zone: str, also: tuple[str, ...] = ()) -> Cell:
    """Returns a cell of an instant.

    Args:
        name: Column.
        formats: `strptime` forms, tried in order; ISO 8601 is always understood after them.
        zone: IANA zone of times that carry no offset.
        also: Other names of the same column.

    Example:
        >>> moment("Paid at", "%d/%m/%Y %H:%M", zone="Europe/Berlin").read("01/11/2026 09:30").isoformat()
        '2026-11-01T09:30:00+01:00'
    """
    local = ZoneInfo(zone)
    iso_first = not any(form.startswith("%Y-%d") for form in formats)

    def read(value: str) -> datetime:
        found = (iso_moment(value) if iso_first else None) or by_forms(value, formats) or iso_moment(value)
        if found is None:
            raise CellFlaw("bad_moment", f"is not a time ({' or '.join(formats) or 'YYYY-MM-DD HH:MM:SS'})")
        return found if found.tzinfo else datetime.combine(found, found.time(), local)

    def quick(raw: str) -> datetime | None:
        if len(raw) != 19 or raw[4] != "-" or raw[7] != "-" or raw[10] != " ":
            return None
        try:
            found = datetime.fromisoformat(raw)
        except ValueError:
            return None
        return None if found.tzinfo else datetime.combine(found, found.time(), local)

    return Cell(names=(name, *also), read=read, quick=quick if iso_first else None, repeats=False)


def choice(name: str, table: Mapping[str, Any], *, also: tuple[str, ...] = (), code: str = "bad_choice") -> Cell:
    """Returns a cell of words from a table, compared without regard to case and to blanks at the ends.

    Args:
        name: Column.
        table: Word → value.
        also: Other names of the same column.
        code: Problem code of an unknown word; "unknown_status" lets the order come through.

    Example:
        >>> choice("Paid?", {"yes": True, "no": False}).read("Yes")
        True
    """
    known = {word.casefold(): value for word, value in table.items()}

    def read(value: str) -> Any:
        found = known.get(value.casefold(), known)
        if found is known:
            raise CellFlaw(code, "is not a word that this column knows", fatal=code != "unknown_status")
        return found

    return Cell(names=(name, *also), read=read, tells_state=code == "unknown_status")


_YES_NO = {"yes": True, "true": True, "1": True, "y": True, "是": True} | {
    "no": False,
    "false": False,
    "0": False,
    "n": False,
    "否": False,
}


def flag(name: str, *also: str) -> Cell:
    """Returns a cell of yes or no, None where it is empty.

    Example:
        >>> flag("Accepts Marketing").read("yes"), flag("同意营销").read("否")
        (True, False)
    """
    return choice(name, _YES_NO, also=also)


def words(name: str, *also: str, separator: str = ",") -> Cell:
    """Returns a cell of several words.

    Example:
        >>> words("Tags").read("vip, wholesale")
        ('vip', 'wholesale')
    """

    def read(value: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in value.split(separator) if part.strip())

    return Cell(names=(name, *also), read=read, blank=())


def parsed(name: str, read: Callable[[str], Any], *also: str, personal: bool = False, blank: Any = None) -> Cell:
    """Returns a cell that a function of the format's file reads.

    Args:
        name: Column.
        read: From cleaned text to the value.
        also: Other names of the same column.
        personal: Mask the text in problems.
        blank: The value of an empty cell.

    Example:
        >>> parsed("Path", lambda value: value.split("/")).read("a/b")
        ['a', 'b']
    """
    return Cell(names=(name, *also), read=read, is_personal=personal, blank=blank)
