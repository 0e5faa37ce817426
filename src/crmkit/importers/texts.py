"""What the text of a cell says: cleaned, or read as an amount, an instant, an identifier, a column's name."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

__all__ = [
    "NULL_WORDS",
    "CellFlaw",
    "MarkedAmount",
    "amount_with_comma",
    "amount_with_point",
    "by_forms",
    "clean",
    "is_marked_for",
    "iso_moment",
    "normalised",
    "quick_amount",
    "quick_identifier",
    "quick_text",
    "sound_identifier",
    "was_a_number",
]

NULL_WORDS = frozenset({"", "-", "--", "—", "——", "/", "null", "NULL", "None", "N/A", "nan", "'"})
"""Cells that say nothing."""

_BLANKS = " \t\r\n\u3000\xa0\ufeff\u200b"
_CUT_TO = 15
_LONGEST_AMOUNT = 200
_LONGEST_NAME = 1000
_EXPONENT = re.compile(r"\d+(?:\.\d+)?[eE]\+?\d+")
_WRITTEN_EXPONENT = re.compile(r"\d(?:[.,]\d+)?E\+\d+")
_PLAIN = re.compile(r"-?\d{1,15}(?:\.\d+)?")
_REMARK = re.compile(r"(.*\d)\s*[(（][^()（）]*[^\d()（）.,\s][^()（）]*[)）]")
_SIGNS = re.compile(
    r"(?:[A-Z]{1,3} ?)?[$¥￥€£₩₫฿₱]|[A-Z]{3}(?=[\s\d-])|Rp|RM|元|圆|(?<=\d)\s?(?:[A-Z]{3}|kr|zł|[€₫đ])$"
)
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?", re.ASCII)


class CellFlaw(Exception):
    """Says that a cell's text is not what its column holds; it never leaves the importers.

    A flaw that is not `fatal` leaves the cell empty and the order comes through with a warning.
    """

    def __init__(self, code: str, reason: str, *, fatal: bool = True) -> None:
        super().__init__(reason)
        self.code, self.reason, self.fatal = code, reason, fatal


def clean(raw: str) -> str:
    """Returns a cell's text without blanks at its ends, spreadsheet guards and words that say nothing.

    Example:
        >>> clean('="4026100100000000349"'), clean("'+49 30 1"), clean(" null "), clean("12 ")
        ('4026100100000000349', '+49 30 1', '', '12')
    """
    value = raw.strip(_BLANKS)
    first = value[:1]
    if first == "=" and value[1:2] == '"' and value[-1:] == '"' and len(value) > 2:
        value = value[2:-1].strip(_BLANKS)
    elif first in ("'", "`") and first:
        value = value[1:].strip(_BLANKS)
    return "" if value in NULL_WORDS else value


def quick_text(raw: str) -> str | None:
    """Returns the text of a cell that needs no cleaning, or None."""
    if raw[:1].isalnum():
        return raw if (raw[-1].isalnum() or raw[-1] == ")") and raw not in NULL_WORDS else None
    digits = raw[1:]
    return digits if raw[:1] == "'" and digits.isdigit() else None


def quick_identifier(raw: str) -> str | None:
    """Returns the digits of an identifier in its usual form, or None; those in `="…"` are text, whatever their end."""
    if raw.isdigit():
        return raw if raw[-1] != "0" else None
    cell = raw.strip(_BLANKS)
    inner = cell[2:-1].strip(_BLANKS) if cell[:2] == '="' and cell[-1:] == '"' else ""
    return inner if inner.isdigit() else None


def quick_amount(raw: str) -> Decimal | None:
    """Returns the amount of a plain number, or None."""
    return Decimal(raw) if _PLAIN.fullmatch(raw) else None


def sound_identifier(value: str) -> str:
    """Returns the identifier; raises `CellFlaw` where a spreadsheet destroyed it."""
    if _EXPONENT.fullmatch(value):
        raise CellFlaw(
            "damaged_identifier", "was turned into a number by a spreadsheet; take the file as the platform gives it"
        )
    if "=" in value or '"' in value:
        raise CellFlaw("damaged_identifier", "holds a part of the formula that kept it text; its end may be missing")
    if value.isdigit() and len(value) >= _CUT_TO + 3 and not value[_CUT_TO:].strip("0"):
        raise CellFlaw("damaged_identifier", "ends in zeros as numbers do that a spreadsheet has cut to 15 digits")
    return value


def was_a_number(value: str) -> bool:
    """Whether a spreadsheet that took a long number for an amount writes it so: 4.50E+17, or a tail of zeros."""
    return bool(_WRITTEN_EXPONENT.fullmatch(value)) or (
        value.isdigit() and len(value) >= _CUT_TO + 3 and not value[_CUT_TO:].strip("0")
    )


def amount_with_point(value: str) -> Decimal:
    """Returns the amount; its decimal mark is a point."""
    return _amount(value, ".")


def amount_with_comma(value: str) -> Decimal:
    """Returns the amount; its decimal mark is a comma."""
    return _amount(value, ",")


def _amount(value: str, decimal: str) -> Decimal:
    if len(value) > _LONGEST_AMOUNT:
        raise CellFlaw("bad_money", "is no amount of money, it is a text")
    if decimal == "." and _PLAIN.fullmatch(value):
        return Decimal(value)
    remark = _REMARK.fullmatch(value)
    digits = (remark[1] if remark else value).replace("−", "-").replace("，", ",").replace("．", ".")
    negative = digits.startswith("(") and digits.endswith(")")
    marks = tuple("".join(mark.split()) for mark in _SIGNS.findall(digits))
    digits = _SIGNS.sub("", digits.strip("()") if negative else digits).strip(_BLANKS)
    thousands = "," if decimal == "." else r"\."
    shape = rf"-?(?:\d{{1,15}}|\d{{1,3}}(?:(?:{thousands}|[ \u00a0\u202f'’])\d{{3}})+)(?:{re.escape(decimal)}\d+)?"
    if not re.fullmatch(shape, digits, re.ASCII):
        raise CellFlaw("bad_money", "is not an amount of money")
    number = Decimal(re.sub(r"[^\d.\-]", "", digits if decimal == "." else digits.replace(".", "").replace(",", ".")))
    number = -number if negative else number
    return MarkedAmount.of(number, marks) if marks else number


class MarkedAmount(Decimal):
    """Is an amount that was printed with a mark of its currency, which the order's currency must agree with."""

    marks: tuple[str, ...]

    @classmethod
    def of(cls, number: Decimal, marks: tuple[str, ...]) -> MarkedAmount:
        """Returns the amount with its marks."""
        self = cls(number)
        self.marks = marks
        return self


_DOLLARS = "USD AUD CAD NZD SGD HKD TWD MXN CLP COP ARS BRL UYU FJD JMD TTD BBD BSD BZD XCD BND NAD LRD GYD SRD"
_MEANT = {
    "$": frozenset(_DOLLARS.split()),
    "¥": frozenset({"CNY", "JPY"}),
    "￥": frozenset({"CNY", "JPY"}),
    "£": frozenset({"GBP", "EGP", "SYP", "SSP", "SHP", "GIP", "FKP"}),
    "€": frozenset({"EUR"}),
    "₩": frozenset({"KRW", "KPW"}),
    "₫": frozenset({"VND"}),
    "đ": frozenset({"VND"}),
    "฿": frozenset({"THB"}),
    "₱": frozenset({"PHP"}),
    "Rp": frozenset({"IDR"}),
    "RM": frozenset({"MYR"}),
    "kr": frozenset({"SEK", "NOK", "DKK", "ISK"}),
    "zł": frozenset({"PLN"}),
    "元": frozenset({"CNY", "TWD", "HKD", "MOP"}),
    "圆": frozenset({"CNY"}),
    "NT$": frozenset({"TWD"}),
    "R$": frozenset({"BRL"}),
    "RMB": frozenset({"CNY"}),
}


def is_marked_for(mark: str, currency: str) -> bool:
    """Whether a mark beside an amount, a sign or a code, can stand for this currency.

    Example:
        >>> is_marked_for("US$", "USD"), is_marked_for("$", "EUR"), is_marked_for("USD", "EUR")
        (True, False, False)
    """
    if mark in _MEANT:
        return currency in _MEANT[mark]
    sign = mark[-1:]
    if sign in _MEANT:
        return currency in _MEANT[sign] and currency.startswith(mark[:-1])
    return mark == currency


def iso_moment(value: str) -> datetime | None:
    """Returns the moment that an ISO 8601 text names, with its offset if it has one, or None."""
    if not _ISO.fullmatch(value):
        return None
    joined = value if len(value) <= 19 else value[:11] + value[11:].replace(" ", "").replace("UTC", "+00:00")
    try:
        return datetime.fromisoformat(joined)
    except ValueError:
        return None


def by_forms(value: str, forms: tuple[str, ...]) -> datetime | None:
    """Returns the moment in the first of these `strptime` forms that fits, or None."""
    for form in forms:
        try:
            return datetime.strptime(value, form)  # noqa: DTZ007  # the caller sets the zone
        except ValueError:
            continue
    return None


@lru_cache(maxsize=4096)
def normalised(header: str) -> str:
    """Returns a header cell as it is compared: NFKC, single blanks, no invisible signs, no `*` or "`" at its ends."""
    from unicodedata import category, normalize

    folded = normalize("NFKC", header[:_LONGEST_NAME])
    visible = "".join(" " if c.isspace() else c for c in folded if c.isspace() or category(c) not in ("Cf", "Cc"))
    bare = " ".join(visible.split()).strip("*'\"=`").strip()
    return bare.replace(" (", "(").replace("( ", "(").replace(" )", ")").replace(" /", "/").replace("/ ", "/")
