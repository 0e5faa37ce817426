"""The divisions at the beginning of a Chinese address: longest match, missing upper levels from a unique lower one."""

from __future__ import annotations

import re
from functools import lru_cache

import attrs

from crmkit.identity.normalise.address_tables import AddressPolicy
from crmkit.identity.normalise.divisions import Index, Place, index_of

__all__ = ["located"]

Places = tuple[Place, ...]

_BETWEEN = re.compile(
    r"(?:[\s,.，。\-_/|·>]|中华人民共和国|中国(?=[^\s路街])|市辖区|其[他它]区|(?:省|自治区)?直辖县级行政(?:区划|单位))*"
)
_BEGINNINGS = frozenset(" ,.，。-_/|·>中市其省自直\t")
_STREETLIKE = re.compile(
    r"[东南西北中上下前后新老]?[一二三四五六七八九十]?"
    r"(?:大?街(?!道)|路|大道|道(?!办)|巷|弄|胡同|里|桥|村|庄|园|苑|花园|小区|大厦|广场|山庄|公寓|新村|酒店|宾馆|大学|[0-9])"
)
_NOWHERE: Places = (("", "", ""),)


def located(text: str, columns: str, postcode: str, policy: AddressPolicy) -> tuple[Place, int]:
    """Returns the place that an address names at its beginning, and how many signs were read.

    Args:
        text: The address, simplified, without blanks.
        columns: Province, city and district as columns beside it say, in one text, or "".
        postcode: Postcode of the record, or "".
        policy: The tables to read with.

    Returns:
        The place as far as it is certain, and where its street begins.

    Example:
        >>> from crmkit.identity.normalise.address_tables import ADDRESSES
        >>> located("浙江省义乌市稠城街道", "", "", ADDRESSES), located("朝阳区三里屯路1号", "", "", ADDRESSES)
        ((('浙江', '金华', '义乌'), 6), (('', '', ''), 3))
        >>> located("朝阳区三里屯路1号", "北京市", "", ADDRESSES)
        (('北京', '北京', '朝阳'), 3)
    """
    index = index_of(policy.divisions, policy.more_divisions)
    told = _walked(index, columns, _NOWHERE)[0] if columns else _NOWHERE
    places, end = _walked(index, text, told)
    if not end and columns:
        # The parcel goes where its own line says; columns that contradict it are a form's leftovers.
        other, end = _walked(index, text, _NOWHERE)
        places = other if end else places
    return _certain(places, text[:end] + columns, postcode, policy), end


@attrs.frozen(slots=True, eq=False)
class _Whereabouts:
    """Where one may be so far, and which names may follow, by their first two characters, as far as was asked."""

    places: Places
    steps: dict[str, tuple[tuple[str, bool, _Whereabouts], ...]] = attrs.field(factory=dict)


@lru_cache(maxsize=8192)
def _at(index: Index, places: Places) -> _Whereabouts:
    return _Whereabouts(places)


def _walked(index: Index, text: str, where: Places) -> tuple[Places, int]:
    here = _at(index, where)
    end, start, names = 0, _after(text, 0), index.names
    while start < len(text):
        beginning = text[start : start + 2]
        if beginning not in names:
            break
        steps = here.steps.get(beginning)
        if steps is None:
            steps = here.steps[beginning] = _steps(index, here.places, beginning)
        for name, is_short, there in steps:
            after = start + len(name)
            if text.startswith(name, start) and not (is_short and _STREETLIKE.match(text, after)):
                here, end = there, after
                break
        else:
            break
        start = _after(text, end)
    return here.places, start if end else 0


def _steps(index: Index, places: Places, beginning: str) -> tuple[tuple[str, bool, _Whereabouts], ...]:
    """Returns the names that may follow the places so far, the longest first, and where one is then.

    A county's short name counts below a known province or city only, or where it is the only one.
    """
    steps = []
    for name in index.names[beginning]:
        is_vague = name.is_short and places == _NOWHERE and len(name.places) > 1 and all(p[2] for p in name.places)
        found = () if is_vague else _narrowed(places, name.places)
        if found:
            steps.append((name.text, name.is_short, _at(index, found)))
    return tuple(steps)


def _after(text: str, start: int) -> int:
    """Returns where the next division may begin; the pattern is tried only where one of its signs stands."""
    if text[start : start + 1] not in _BEGINNINGS:
        return start
    found = _BETWEEN.match(text, start)
    return found.end() if found else start


def _narrowed(places: Places, named: Places) -> Places:
    deeper = (_joined(place, other) for place in places for other in named)
    return tuple(dict.fromkeys(place for place in deeper if place))


def _joined(place: Place, other: Place) -> Place | None:
    """Returns the deeper of two places if one lies in the other."""
    if not place[0]:
        return other
    province, city, county = place
    other_province, other_city, other_county = other
    if province != other_province or (city and other_city and city != other_city):
        return None
    if county and other_county and county != other_county:
        return None
    return other if (other_county or not county) and (other_city or not city) else place


def _certain(places: Places, text: str, postcode: str, policy: AddressPolicy) -> Place:
    if len(places) == 1:
        return places[0]
    if len(postcode) == 6:
        province = dict(policy.postcodes).get(postcode[:2])
        places = tuple(place for place in places if place[0] == province) or places
    meant = {key for name, key in policy.preferred if name in text}
    places = tuple(place for place in places if "|".join(place) in meant) or places
    first = places[0]
    depth = next((level for level in range(3) if any(p[level] != first[level] for p in places)), 3)
    return (first[0] if depth > 0 else "", first[1] if depth > 1 else "", first[2] if depth > 2 else "")
