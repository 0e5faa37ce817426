"""Chinese addresses: division, town, road, number, estate, building, entrance, flat."""

from __future__ import annotations

import re
from functools import lru_cache

import attrs

from crmkit.identity.normalise.address_tables import AddressPolicy
from crmkit.identity.normalise.divisions import Place, index_of, short_name
from crmkit.identity.normalise.places import located
from crmkit.identity.normalise.readings import simplified

__all__ = ["Found", "chinese_address"]

Found = dict[str, str]
"""Fields of a reading by their names."""

_NUMERAL = re.compile(r"[零〇一二三四五六七八九十百两]+(?=号|弄|栋|幢|座|单元|室|层|楼|期|组|房|#|门)")
_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_POSTCODE = re.compile(r"(?:邮编|邮政编码)?[:：]?(?<![0-9])([0-9]{6})(?![0-9])$|^([0-9]{6})(?![0-9])")
_TOWN = re.compile(r"([\u4e00-\u9fff]{1,7}?(?:街道办事处|街道|苏木|镇|乡))(?![路街道巷村])")
_WARD = re.compile(r"([\u4e00-\u9fff]{1,4}?[区市])(?![路街道巷])")
_ROAD = re.compile(
    r"([\u4e00-\u9fffA-Za-z0-9]{1,14}?(?:大道|大街|公路|环路|胡同|路|街|道|巷)(?![路街道巷])"
    r"(?:[东南西北中一二三四五六七八九十]段|[东南西北中](?=[0-9]))?)"
    r"[(（]?(?:([0-9]+(?:-[0-9]+(?=号))?)(?:号院?(?!楼)|(弄)|#|(?![0-9]*(?:号楼|期|栋|幢|座|楼|室|单元|层|米|公里))))?"
)
_VILLAGE = re.compile(r"([\u4e00-\u9fff]{1,8}?(?:村|屯|庄|寨))(?:([0-9]+)(?:组|社))?([0-9]+)号(?!楼)")
_BUILDING = re.compile(
    r"([0-9]+|[A-Za-z][0-9]*|[甲乙丙丁东南西北])(?:号楼|栋|幢|座|#楼?|楼(?=[0-9A-Za-z甲乙丙丁]+单元))"
)
_LANE_BUILDING = re.compile(r"([0-9]+)号")
_UNIT = re.compile(r"([0-9]+|[A-Za-z]|[甲乙丙丁东南西北中])(?:单元|门(?=[0-9]))")
_ROOM = re.compile(r"([A-Za-z]?[0-9]{1,5}[A-Za-z]?)(?:室|房间?|户)")
_BARE_ROOM = re.compile(r"(?:^|[^0-9A-Za-z])([A-Za-z]?[0-9]{2,5}[A-Za-z]?)号?$")
_DASHED = re.compile(
    r"(?:^|[^0-9A-Za-z])([0-9]+|[A-Za-z])(?:栋|幢|座|#|号楼)?-(?:([0-9]+)(?:单元)?-)?([A-Za-z]?[0-9]{2,5}[A-Za-z]?)(?:室|房|号)?$"
)
_USUAL = re.compile(
    r"([^0-9A-Za-z甲乙丙丁座栋幢#-]*)([0-9]+)(?:号楼|栋|幢|座|#)(?:([0-9]+)单元)?(?:[0-9]+[层楼])?"
    r"([A-Za-z]?[0-9]{2,5}[A-Za-z]?)(?:室|房)?"
)
_FLOOR = re.compile(r"[0-9]+(?:层|楼)")
# Hong Kong's flats have a letter on each floor: 3樓A室 is 3A.
_LETTERED = re.compile(r"([0-9]+)[楼层]([A-Za-z])(?:室|座|$)")
_ACCOUNT = re.compile(r"[A-Za-z]{1,6}-?[0-9]{2,12}|(?<![0-9])[0-9]{4,12}(?![0-9])")


@attrs.frozen(slots=True)
class _Street:
    """Road and number, and what stands behind them."""

    road: str
    number: str
    is_lane: bool
    tail: str


def chinese_address(text: str, columns: str, postcode: str, policy: AddressPolicy) -> Found:
    """Reads an address in Chinese; returns the fields of its reading that are known.

    Example:
        >>> from crmkit.identity.normalise.address_tables import ADDRESSES
        >>> found = chinese_address("深圳南山区 科技路12号 阳光花园3#2单元1501", "", "", ADDRESSES)
        >>> found["district_key"], found["street_key"], found["unit_key"]
        ('广东|深圳|南山', '科技路12', '科技路12-3-2-1501')
    """
    text = simplified("".join(text.split()) if " " in text else text)
    if text[:1].isdecimal() or text[-1:].isdecimal():
        code = _POSTCODE.search(text)
        if code:
            text, postcode = _POSTCODE.sub("", text), postcode or code[1] or code[2]
    place, end = located(text, columns and simplified("".join(columns.split())), postcode, policy)
    rest = _counted(text[end:].lstrip(" ,.，-"))
    is_bare = place in index_of(policy.divisions, policy.more_divisions).bare
    town = _TOWN.match(rest) or (_WARD.match(rest) if is_bare else None)
    if town:
        rest = rest[town.end() :]
    if town and is_bare:
        place = (place[0], place[1], short_name(town[1]))
    found: Found = {"province": place[0], "city": place[1], "district": place[2], "town": town[1] if town else ""}
    if place[1] and place[2]:
        found["district_key"] = "|".join(place)
    if "*" in rest:
        return {**found, "form": "masked", "rest": rest}
    form = _form(rest, policy)
    street = _street(rest)
    found |= _flat(street, place) if form == "home" else _shared(street, form, found, policy)
    return found


def _counted(text: str) -> str:
    return _NUMERAL.sub(lambda found: _number(found[0]), text)


def _number(numeral: str) -> str:
    """Returns a Chinese numeral below a thousand in digits; without 十 and 百 it is a row of digits.

    Example:
        >>> _number("十二"), _number("一百零三"), _number("二十"), _number("一五〇一")
        ('12', '103', '20', '1501')
    """
    if "十" not in numeral and "百" not in numeral:
        return "".join(str(_DIGITS[sign]) for sign in numeral)
    hundreds, has_hundreds, below = numeral.rpartition("百")
    tens, has_tens, ones = below.rpartition("十")
    value = _DIGITS.get(hundreds[-1:], 1) * 100 if has_hundreds else 0
    value += _DIGITS.get(tens[-1:] or "一", 0) * 10 if has_tens else 0
    return str(value + _DIGITS.get(ones[-1:], 0))


def _street(rest: str) -> _Street:
    village = _VILLAGE.match(rest)
    road = _ROAD.match(rest)
    if village and not (road and road[2]):
        group = f"{village[2]}组" if village[2] else ""
        return _Street(village[1] + group, village[3], False, rest[village.end() :])
    if not road:
        return _Street("", "", False, rest)
    return _Street(road[1], road[2] or "", bool(road[3]), rest[road.end() :])


def _flat(street: _Street, place: Place) -> Found:
    tail = street.tail.strip("()（）,，. -") if not street.tail.startswith("-") else street.tail
    building, unit, room, estate = _parts(tail, street.is_lane)
    key = f"{street.road}{street.number}" if street.number else estate
    parts = [key, building, unit, room] if unit else [key, building, room] if building else [key, room]
    return {
        "form": "home",
        "road": street.road,
        "number": street.number,
        "estate": estate,
        "building": building,
        "unit": unit,
        "room": room,
        "rest": tail if not (building or unit or room or estate) else "",
        "street_key": key,
        "unit_key": "-".join(parts) if key and room else "",
        "reason": "" if place[0] or key or street.road else "is not an address that can be read",
    }


def _parts(tail: str, is_lane: bool) -> tuple[str, str, str, str]:
    """Returns building, entrance, flat and estate of what stands behind road and number."""
    if not tail:
        return "", "", "", ""
    usual = _USUAL.fullmatch(tail)
    if usual:
        return usual[2], usual[3] or "", usual[4].upper(), _estate(usual[1])
    dashed = _DASHED.search(tail) if "-" in tail else None
    if dashed:
        return dashed[1].upper(), dashed[2] or "", dashed[3].upper(), _estate(tail[: dashed.start(1)])
    return _searched(_LETTERED.sub(r"\1\2室", tail), is_lane)


def _searched(tail: str, is_lane: bool) -> tuple[str, str, str, str]:
    building = _BUILDING.search(tail) or (_LANE_BUILDING.search(tail) if is_lane else None)
    unit = _UNIT.search(tail, building.end() if building else 0)
    inside = unit or building
    remaining = _FLOOR.sub("", tail[inside.end() if inside else 0 :])
    room = _ROOM.search(remaining) or (_BARE_ROOM.search(remaining) if inside else None)
    front = min((found.start() for found in (building, unit) if found), default=None)
    if front is None:
        front = tail.find(room[0]) if room else len(tail)
    house, entrance, flat = (match[1].upper() if match else "" for match in (building, unit, room))
    return house, entrance, flat, _estate(_FLOOR.sub("", tail[:front]))


def _estate(text: str) -> str:
    text = text.strip("()（）,，. -号")
    return text if len(text) > 1 and not text.isdigit() else ""


@lru_cache(maxsize=16)
def _words(policy: AddressPolicy) -> tuple[re.Pattern[str], tuple[tuple[str, re.Pattern[str]], ...]]:
    kinds = (("forwarder", policy.forwarders), ("locker", policy.lockers), ("pickup", policy.pickups))
    patterns = tuple((form, "|".join(map(re.escape, words)) or "(?!)") for form, words in kinds)
    anything = re.compile("|".join(pattern for _, pattern in patterns))
    return anything, tuple((form, re.compile(pattern)) for form, pattern in patterns)


def _form(rest: str, policy: AddressPolicy) -> str:
    anything, kinds = _words(policy)
    if not anything.search(rest):
        return "home"
    return next(form for form, words in kinds if words.search(rest))


def _shared(street: _Street, form: str, place: Found, policy: AddressPolicy) -> Found:
    key = f"{street.road}{street.number}" if street.number else ""
    found = {"form": form, "road": street.road, "number": street.number, "rest": street.tail, "street_key": key}
    marker = _words(policy)[1][0][1].search(street.tail) if form == "forwarder" else None
    account = _ACCOUNT.search(street.tail, marker.end()) if marker else None
    if account and marker:
        scope = (place.get("district_key", ""), key or street.tail[: marker.end()])
        found |= {"account": account[0].upper(), "account_scope": "|".join(filter(None, scope))}
    return found
