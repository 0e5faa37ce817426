"""Addresses as parcels bear them, by level, and the three keys that compare district, street and flat."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from crmkit.customers.cleaning import NOTHING, cleaned, shown
from crmkit.identity.normalise.address_reading import AddressForm, AddressReading
from crmkit.identity.normalise.address_tables import ADDRESSES, AddressPolicy
from crmkit.identity.normalise.chinese import chinese_address
from crmkit.identity.normalise.western import western_address

__all__ = ["AddressForm", "AddressReading", "address"]

_HAN = re.compile("[\u4e00-\u9fff]")
_MASK = re.compile("[*●×※•]+")


@lru_cache(maxsize=65536)
def address(
    raw: object,
    *,
    province: str = "",
    city: str = "",
    district: str = "",
    postcode: str = "",
    policy: AddressPolicy = ADDRESSES,
) -> AddressReading:
    """Reads a written address.

    The whole text is never compared: two flats of one house differ by one character.

    Args:
        raw: The cell as it came: the street alone, or the whole address in one line.
        province: What a column beside it says.
        city: What a column beside it says; abroad it makes, with the postcode, the district.
        district: What a column beside it says.
        postcode: What a column beside it says; it decides between namesakes.
        policy: The tables to read with.

    Returns:
        Its levels and keys. The same arguments always give the same reading.

    Example:
        >>> whole = address("广东省深圳市南山区科技路12号阳光花园3栋2单元1501室")
        >>> short = address("南山区科技路十二号3幢二单元1501")
        >>> whole.unit_key == short.unit_key, whole.district_key, short.street_key
        (True, '广东|深圳|南山', '科技路12')
        >>> address("朝阳区三里屯路1号").district_key, address("朝阳区三里屯路1号", postcode="100027").district_key
        ('', '北京|北京|朝阳')
    """
    text, remark = cleaned(raw)
    columns = (_column(province), _column(city), _column(district))
    if text.casefold() in NOTHING:
        text = ""
    if not text and not any(columns):
        return AddressReading()
    found: dict[str, Any] = _read(text, columns, _column(postcode), policy)
    told = shown(raw) if remark or found.get("reason") else ""
    return AddressReading(display=text, remark=remark, shown=told, **found)


@lru_cache(maxsize=4096)
def _column(raw: str) -> str:
    text = cleaned(raw)[0]
    return "" if text.casefold() in NOTHING else text


def _read(text: str, columns: tuple[str, str, str], postcode: str, policy: AddressPolicy) -> dict[str, str]:
    text = _MASK.sub("*", text.replace("\n", " "))
    beside = "".join(columns)
    if _HAN.search(text) or (_HAN.search(beside) and not text.strip("*0123456789-# ")):
        return chinese_address(text, beside, postcode, policy)
    if _HAN.search(beside):
        place = chinese_address("", beside, postcode, policy)
        street = western_address(text, "", "", policy)
        return {**place, **{field: value for field, value in street.items() if value}, "reason": ""}
    return western_address(text, columns[1] or columns[2], postcode, policy)
