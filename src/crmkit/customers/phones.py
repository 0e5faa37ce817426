"""Phone numbers as people and platforms write them, and the one form in which two of them can be compared.

Mainland mobile numbers take a fast path; all others go through `phonenumbers`, which is loaded at its first use.
Raw marketplace values never go to it straight: it glues extensions to numbers and reads masks as digits.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

import attrs

from crmkit.customers.cleaning import NOTHING, cleaned, shown
from crmkit.customers.shapes import (
    DASHED,
    DESTROYED,
    EXTENSION,
    HIDDEN,
    LABEL,
    LANDLINE,
    MASKED_MOBILE,
    MOBILE,
    NOISE,
    SEVERAL,
    has_a_placeholder_shape,
    is_service,
)
from crmkit.customers.tables import PHONES, PhonePolicy
from crmkit.problems import Problem

__all__ = ["PhoneForm", "PhoneReading", "phone"]

PhoneForm = Literal["plain", "masked", "virtual", "shared", "service", "placeholder", "none"]
"""plain: a number of its own; masked: digits are hidden; virtual: a privacy number, or a mobile with an extension;
shared: a switchboard with an extension; service: a hot line; placeholder: names nobody; none: nothing usable."""


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
        remark: What was taken off a value that was used nevertheless, one sentence, or "".
        shown: The value as it may stand in a report, where there is a reason or a remark.
    """

    value: str = ""
    form: PhoneForm = "none"
    extension: str = ""
    mask: tuple[str, str] | None = None
    others: tuple[str, ...] = ()
    assumed_region: bool = False
    reason: str = ""
    remark: str = attrs.field(default="", eq=False)
    shown: str = attrs.field(default="", eq=False)

    @property
    def problem(self) -> Problem | None:
        """What there is to say about it; source and line are the caller's to add."""
        if self.reason:
            return Problem(source="", code="bad_phone", reason=self.reason, column="phone", value=self.shown)
        if self.remark:
            code, value = "untidy_phone", self.shown
            return Problem(source="", code=code, reason=self.remark, column="phone", value=value, severity="warning")
        return None

    @property
    def display(self) -> str:
        """One way to write it that is read as the same again, or "" where there is no number."""
        if self.form == "masked":
            first = "****".join(self.mask) if self.mask else "****"
        elif not self.value:
            return ""
        else:
            number = self.value.removeprefix("+86") if self.assumed_region else self.value
            first = f"{number}转{self.extension}" if self.extension else number
        return "/".join((first, *self.others))


@lru_cache(maxsize=65536)
def phone(raw: object, region: str | None = None, policy: PhonePolicy = PHONES) -> PhoneReading:
    """Reads a written phone number.

    Args:
        raw: The cell as it came: with blanks, masks, quotes, an extension, several numbers.
        region: ISO 3166 code of the record's country; None is the policy's home, mainland China.
        policy: The tables to read with.

    Returns:
        What it is. The same text, region and policy always give the same reading.

    Example:
        >>> phone("138 0000 0001").value, phone("138****0001").mask, phone("13800000001转1234").form
        ('+8613800000001', ('138', '0001'), 'virtual')
    """
    region = region or policy.home
    if isinstance(raw, str) and region == "CN":
        fast = MOBILE.fullmatch(raw)
        if fast:
            return _mainland(fast[1], policy)
        hidden = MASKED_MOBILE.fullmatch(raw)
        if hidden:
            return PhoneReading(form="masked", mask=(hidden[1], hidden[2]))
    text, remark = cleaned(raw)
    text = _trimmed(text)
    if text.casefold() in NOTHING:
        return PhoneReading()
    reading = _several(text, region, policy)
    return attrs.evolve(reading, remark=remark, shown=shown(raw)) if remark or reading.reason else reading


def _trimmed(text: str) -> str:
    text = text.strip("'\"`‘’“”<> \n")
    return LABEL.sub("", text).strip().removesuffix(".0")


def _several(text: str, region: str, policy: PhonePolicy) -> PhoneReading:
    if DESTROYED.fullmatch(text):
        return PhoneReading(reason="is a number destroyed by a spreadsheet; export the file again as text")
    readings = [_one(part.strip(), region, policy) for part in SEVERAL.split(text) if part.strip()]
    if len(readings) < 2:
        return readings[0] if readings else PhoneReading(reason="is not a phone number")
    first, *rest = sorted(readings, key=_uselessness)
    others = dict.fromkeys(other.value for other in rest if other.value and other.value != first.value)
    return attrs.evolve(first, others=tuple(others)) if others else first


def _uselessness(reading: PhoneReading) -> int:
    """Orders a cell's numbers: the first that can be compared is the cell's; sorting keeps equals in their order."""
    if reading.value:
        return 0
    return 1 if reading.form == "masked" else 2


def _mainland(digits: str, policy: PhonePolicy, *, assumed: bool = False) -> PhoneReading:
    if digits in policy.placeholders:
        return PhoneReading(form="placeholder")
    return PhoneReading(value=f"+86{digits}", form="plain", mask=(digits[:3], digits[-4:]), assumed_region=assumed)


def _one(text: str, region: str, policy: PhonePolicy) -> PhoneReading:
    text = _trimmed(text)
    if HIDDEN.search(text):
        return _masked(text)
    marked = EXTENSION.fullmatch(text)
    found = marked or DASHED.fullmatch(text)
    if found:
        main = NOISE.sub("", found[1])
        if MOBILE.fullmatch(main) or (region == "CN" and LANDLINE.fullmatch(main)) or marked:
            extended = _extended(main, found[2], region, policy)
            if extended.value or marked:
                return extended
    whole = _whole(NOISE.sub("", text), text, region, policy)
    if whole.reason and region == "CN":
        # One mobile number between words and no other digit is that number: "13812345678 Mei".
        alone = re.fullmatch(r"[^0-9]*(1[3-9][0-9]{9})[^0-9]*", text)
        whole = _mainland(alone[1], policy) if alone else whole
    # Abroad a dash before the last digits is mostly a way of writing, so the whole is tried before a switchboard.
    return _extended(found[1], found[2], region, policy, or_else=whole) if found and whole.reason else whole


def _masked(text: str) -> PhoneReading:
    text = HIDDEN.sub("*", text)
    extended = EXTENSION.fullmatch(text) or re.fullmatch(r"(.*\*.*[0-9])\s*-\s*([0-9]{1,6})", text)
    body = NOISE.sub("", extended[1] if extended else text)
    known = re.fullmatch(r"(?:\+86|0086|86(?=1))?([0-9]*)[^0-9]+([0-9]*)", body)
    mask = (known[1], known[2]) if known and (known[1] or known[2]) else None
    return PhoneReading(form="masked", mask=mask)


def _extended(
    main: str, extension: str, region: str, policy: PhonePolicy, *, or_else: PhoneReading | None = None
) -> PhoneReading:
    mobile = MOBILE.fullmatch(main)
    # A number with an extension is nobody's, so what would be a placeholder without it is none here.
    if mobile and (region == "CN" or len(main) > 11):
        reading = _mainland(mobile[1], PhonePolicy(placeholders=frozenset()))
        return attrs.evolve(reading, form="virtual", extension=extension)
    reading = _whole(NOISE.sub("", main), main, region, policy)
    if reading.form != "plain":
        return or_else or reading
    form: PhoneForm = "virtual" if reading.assumed_region else "shared"
    return attrs.evolve(reading, form=form, extension=extension)


def _whole(compact: str, text: str, region: str, policy: PhonePolicy) -> PhoneReading:
    digits = re.sub(r"^(?:\+|00)86(?=[0-9]{7})|^86(?=[0-9]{11}$)|^\+", "", compact)
    if digits in policy.placeholders or has_a_placeholder_shape(digits):
        return PhoneReading(form="placeholder")
    if is_service(compact, text, region):
        return PhoneReading(form="service")
    mobile = MOBILE.fullmatch(compact)
    if mobile and (region == "CN" or len(compact) > 11):
        return _mainland(mobile[1], policy)
    reading = _parsed(text, region)
    if mobile and reading.reason:
        return _mainland(mobile[1], policy, assumed=True)
    return reading


def _parsed(text: str, region: str) -> PhoneReading:
    import phonenumbers

    try:
        number = phonenumbers.parse(text, region)
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
