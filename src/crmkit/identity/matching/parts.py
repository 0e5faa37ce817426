"""What one written name or address gives to compare by: the bridge from the normalisers to the features."""

from __future__ import annotations

import re

import attrs

from crmkit.identity.normalise import address, name

__all__ = ["HASHED", "AddressParts", "NameParts", "address_parts", "name_parts"]

HASHED = "\x1f"
"""Stands in the key of a name of which only hashes are known, between those of its given name, initials and whole."""

_SCRIPTS = {"han": 1, "latin": 2, "other": 3, "mixed": 3}
_WORD = re.compile(r"[^\W\d_]\S*")


@attrs.frozen(slots=True)
class NameParts:
    """Says what of a name can be compared.

    Attributes:
        written: The full name as it is written, simplified or folded; "" where it is not known in full.
        reading: The same in ASCII, tokens sorted, or "" where no reading is known.
        surname: The surname's key, or "".
        given: The given name's key in ASCII, or "".
        length: How many characters a Chinese name has, 1 for others, 0 where unknown.
        last: The last of them, the initials of other names, or "".
        initial: First letter of the given name, or "".
        masked: Parts of it are hidden.
        script: 1 Chinese, 2 Latin, 3 another, 0 unknown: patterns compare within one script.
    """

    written: str = ""
    reading: str = ""
    surname: str = ""
    given: str = ""
    length: int = 0
    last: str = ""
    initial: str = ""
    masked: bool = False
    script: int = 0

    @property
    def key(self) -> str:
        """What two equal full names share."""
        return self.reading or self.written


def name_parts(raw: str) -> NameParts | None:
    """Returns the parts of a written name, or None where it names nobody.

    Example:
        >>> name_parts("WANG, Xiaoming").reading, name_parts("王*明").last, name_parts("小王")
        ('wang xiaoming', '明', None)
    """
    found = name(raw)
    script = _SCRIPTS.get(found.script, 0)
    if found.form == "masked" and found.script == "latin":
        return NameParts(length=1, last=_initials(found.display), masked=True, script=script)
    if found.form not in ("full", "masked", "title", "initial", "foreign"):
        return None
    length, last = found.pattern or (0, None)
    if found.form == "full" and found.script == "latin":
        length, last = 1, _initials(found.full_key)
    return NameParts(
        written=found.characters if found.form in ("full", "foreign") else "",
        reading=found.full_key,
        surname=found.surname_key,
        given=found.given_key,
        length=length,
        last=last or "",
        initial=found.initial,
        masked=found.form == "masked",
        script=script,
    )


def _initials(text: str) -> str:
    return "".join(sorted(word[0].casefold() for word in _WORD.findall(text)))


@attrs.frozen(slots=True)
class AddressParts:
    """Says what of an address can be compared: keys, "" where unknown."""

    district: str = ""
    city: str = ""
    street: str = ""
    unit: str = ""


def address_parts(province: str, city: str, district: str, raw: str, postcode: str) -> AddressParts:
    """Returns the parts of an address from its columns; what many share (lockers, warehouses) is no home.

    Example:
        >>> address_parts("广东省", "深圳市", "南山区", "科技路12号3栋2单元1501室", "").unit
        '科技路12-3-2-1501'
    """
    found = address(raw, province=province, city=city, district=district, postcode=postcode)
    return AddressParts(
        found.district_key, found.city_key or found.district_key, found.street_key,
        "" if found.is_shared else found.unit_key,
    )  # fmt: skip
