"""Phone numbers as people and platforms write them, and the one form in which two of them can be compared.

Mainland mobile numbers take a fast path; all others go through `phonenumbers`, which is loaded at its first use.
Raw marketplace values never go to it straight: it glues extensions to numbers and reads masks as digits.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal

import attrs

__all__ = ["PLACEHOLDER_PHONES", "PhoneForm", "PhoneReading", "phone"]

PhoneForm = Literal["plain", "masked", "virtual", "shared", "service", "placeholder", "none"]
"""plain: a number of its own; masked: digits are hidden; virtual: a privacy number, or a mobile with an extension;
shared: a switchboard with an extension; service: a hot line; placeholder: names nobody; none: nothing usable."""

PLACEHOLDER_PHONES = frozenset({"13800138000", "12345678901", "12345678910", "1234567890", "123456789", "0123456789"})
"""Numbers that people type to get past a form; repeated digits are found by their shape."""

_NOTHING = frozenset({"", "-", "--", "—", "/", "nan", "null", "none", "n/a", "无", "没有", "未填写", "匿名"})
_FAST = re.compile(r"(?:\+86|0086|86)?(1[3-9]\d{9})")
_EXPONENT = re.compile(r"\d(?:\.\d+)?[eE]\+?\d+")
_SPLIT = re.compile(r"[/、;\n]+|,\s*(?=(?:\+?\d[\s()-]*){7,})")
_HIDDEN = re.compile(r"[*•●×?]|[xX]{2,}")
_EXTENSION = re.compile(r"(.*?)\s*(?:转|轉|分机|,|;?ext\.?=?|#|x)\s*(\d{1,8})", re.IGNORECASE)
_DASHED = re.compile(r"(.*\d.*)-\s*(\d{1,6})")
_LANDLINE = re.compile(r"(?:\+86|0086|86)?0?(?:10|2\d|[3-9]\d{2})[2-9]\d{6,7}")
_SERVICE = re.compile(r"(?:\+86|0086|86)?(?:[48]00\d{7}|95\d{3,6}|1?8(?:00|33|44|55|66|77|88)\d{7})")
_NOISE = re.compile(r"[\s().\-–—·_]+")


@attrs.frozen(kw_only=True, slots=True)
class PhoneReading:
    """Says what a written phone number is.

    Attributes:
        value: The number in E.164 (`+8613800000001`), or "" where there is none to compare.
        form: What kind of number it is; only "plain" numbers recognise a person.
        extension: Digits behind the number.
        mask: First and last digits that are known, for comparison with masked numbers; None where unknown.
        others: Further numbers in the same cell, in E.164.
        assumed_region: The number has the shape of a mainland mobile, and is none in the record's own region.
        reason: Why it cannot be used, one sentence; "" where nothing was there or it can.
    """

    value: str = ""
    form: PhoneForm = "none"
    extension: str = ""
    mask: tuple[str, str] | None = None
    others: tuple[str, ...] = ()
    assumed_region: bool = False
    reason: str = ""


@lru_cache(maxsize=65536)
def phone(raw: str, region: str | None = None) -> PhoneReading:
    """Reads a written phone number.

    Args:
        raw: The cell as it came: with blanks, masks, quotes, an extension, several numbers.
        region: ISO 3166 code of the record's country; None reads national numbers as mainland Chinese ones.

    Returns:
        What it is. The same text and region always give the same reading.

    Example:
        >>> phone("138 0000 0001").value, phone("138****0001").mask, phone("13800000001转1234").form
        ('+8613800000001', ('138', '0001'), 'virtual')
    """
    fast = _FAST.fullmatch(raw)
    if fast and region in (None, "CN"):
        return _mainland(fast[1])
    text = _trimmed(raw)
    if text.casefold() in _NOTHING:
        return PhoneReading()
    if _EXPONENT.fullmatch(text):
        return PhoneReading(reason="is a number destroyed by a spreadsheet; export the file again as text")
    first, *rest = [part for part in _SPLIT.split(text) if part.strip()] or [""]
    reading = _one(first.strip(), region)
    others = tuple(other.value for part in rest if (other := _one(part.strip(), region)).value)
    return attrs.evolve(reading, others=others) if others else reading


def _trimmed(raw: str) -> str:
    text = unicodedata.normalize("NFKC", raw.encode("utf-8", "ignore").decode())
    text = "".join(c for c in text if unicodedata.category(c) != "Cf")[:200].strip().strip("'\"`").strip()
    if text.casefold().startswith("tel:"):
        text = text[4:].strip()
    return text.removesuffix(".0")


def _mainland(digits: str, *, assumed: bool = False) -> PhoneReading:
    if _is_placeholder(digits):
        return PhoneReading(form="placeholder")
    return PhoneReading(value=f"+86{digits}", form="plain", mask=(digits[:3], digits[-4:]), assumed_region=assumed)


def _is_placeholder(digits: str) -> bool:
    return digits in PLACEHOLDER_PHONES or (len(digits) >= 7 and len(set(digits)) == 1)


def _one(text: str, region: str | None) -> PhoneReading:
    if _HIDDEN.search(text):
        return _masked(text)
    found = _EXTENSION.fullmatch(text) or _DASHED.fullmatch(text)
    if found:
        extended = _extended(_NOISE.sub("", found[1]), found[2], region)
        if extended:
            return extended
    return _whole(_NOISE.sub("", text), text, region)


def _masked(text: str) -> PhoneReading:
    body = text.removeprefix("+86").removeprefix("86-").strip()
    known = re.fullmatch(r"(\d*)\D+(\d*)", _NOISE.sub("", body))
    return PhoneReading(form="masked", mask=(known[1], known[2]) if known else None)


def _extended(main: str, extension: str, region: str | None) -> PhoneReading | None:
    mobile = _FAST.fullmatch(main)
    if mobile:
        return attrs.evolve(_mainland(mobile[1]), form="virtual", extension=extension)
    if _LANDLINE.fullmatch(main) or region not in (None, "CN"):
        reading = _parsed(main, region)
        return attrs.evolve(reading, form="shared", extension=extension) if reading.value else None
    return None


def _whole(compact: str, text: str, region: str | None) -> PhoneReading:
    digits = compact.lstrip("+")
    if _is_placeholder(digits):
        return PhoneReading(form="placeholder")
    mobile = _FAST.fullmatch(compact)
    if mobile and (region in (None, "CN") or len(compact) > 11):
        return _mainland(mobile[1])
    if _SERVICE.fullmatch(compact):
        return PhoneReading(form="service")
    reading = _parsed(text, region)
    if not reading.value and reading.form == "none" and mobile:
        return _mainland(mobile[1], assumed=True)
    return reading


def _parsed(text: str, region: str | None) -> PhoneReading:
    import phonenumbers

    try:
        number = phonenumbers.parse(text, region or "CN")
    except phonenumbers.NumberParseException:
        return PhoneReading(reason="is not a phone number")
    if not phonenumbers.is_valid_number(number):
        return PhoneReading(reason="is not a phone number that exists")
    kind = phonenumbers.number_type(number)
    kinds = phonenumbers.PhoneNumberType
    if kind in (kinds.TOLL_FREE, kinds.PREMIUM_RATE, kinds.SHARED_COST, kinds.UAN):
        return PhoneReading(form="service")
    national = phonenumbers.national_significant_number(number)
    value = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return PhoneReading(value=value, form="plain", mask=(national[:3], national[-4:]))
