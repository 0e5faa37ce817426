"""Western addresses: street, number and flat in one way of writing; city and postcode stand for the district."""

from __future__ import annotations

import re
from functools import lru_cache

import attrs

from crmkit.identity.normalise.address_tables import AddressPolicy
from crmkit.identity.normalise.latin import folded

__all__ = ["western_address"]

_WORDS = re.compile(r"[^\W_]+(?:[-/'][^\W_]+)*")
_TAILS = (
    re.compile(r",?\s*([a-z .'-]+?),?\s+[a-z]{2}\.?\s+([0-9]{5})(?:-[0-9]{4})?\s*$"),  # Springfield, IL 62704
    re.compile(r",\s*([a-z .'-]+?),?\s+([a-z]{1,2}[0-9][0-9a-z]?\s*[0-9][a-z]{2})\s*$"),  # London SW1A 1AA
    re.compile(r",\s*(?:[a-z]{1,2}-)?([0-9]{4,5})\s+([a-z .'-]+?)\s*$"),  # 10115 Berlin
)
_COUNTRY = re.compile(r",\s*(?:usa|u\.s\.a\.|united states(?: of america)?|uk|united kingdom|deutschland|germany)\s*$")
_NUMBER = re.compile(r"[0-9]+[a-z]?(?:-[0-9]+[a-z]?)?")


def western_address(text: str, city: str, postcode: str, policy: AddressPolicy) -> dict[str, str]:
    """Reads an address in Latin letters; returns the fields of its reading that are known.

    Example:
        >>> from crmkit.identity.normalise.address_tables import ADDRESSES
        >>> found = western_address("12 MAIN ST, UNIT 5", "Springfield", "62704", ADDRESSES)
        >>> found["district_key"], found["street_key"], found["unit_key"]
        ('springfield|62704', '12 main st', '12 main st 5')
    """
    line = _COUNTRY.sub("", folded(text))
    city, postcode = folded(city).strip(), folded(postcode).replace(" ", "")
    line, city, postcode = _without_tail(line, city, postcode)
    masked = "*" in line
    form = "masked" if masked else _form(line, policy)
    flat, part = _flat_and_street(line, policy)
    number, road = _street(part, policy)
    key = " ".join(filter(None, (number, road))) if number and not masked else ""
    shared = form in ("pickup", "locker", "forwarder")
    return {
        "form": form,
        "city": city,
        "road": road,
        "number": number,
        "room": flat,
        "district_key": f"{city}|{postcode}" if city and postcode else "",
        "street_key": key,
        "unit_key": f"{key} {flat}" if key and flat and not shared else "",
        "rest": line if not key else "",
        "reason": "" if key or city or shared or masked else "is not an address that can be read",
    }


def _without_tail(line: str, city: str, postcode: str) -> tuple[str, str, str]:
    """Takes city and postcode off the end of a whole address; columns beside it win over what it says."""
    for number, pattern in enumerate(_TAILS):
        found = pattern.search(line)
        if found and line[: found.start()].strip():
            town, code = (found[2], found[1]) if number == 2 else (found[1], found[2])
            return line[: found.start()], city or town.strip(" ,."), postcode or code.replace(" ", "")
    return line, city, postcode


@attrs.frozen(slots=True)
class _Patterns:
    """The policy's words, laid out for one look each."""

    behind: re.Pattern[str]
    alone: re.Pattern[str]
    house: re.Pattern[str]
    short: dict[str, str]


@lru_cache(maxsize=16)
def _patterns(policy: AddressPolicy) -> _Patterns:
    word = "|".join(map(re.escape, policy.flats)) or "(?!)"
    flat = rf"(?:(?:{word})\b[.:]?\s*#?|#)\s*([0-9]+-?[a-z]?|[a-z](?:-?[0-9]+)?)"
    return _Patterns(
        behind=re.compile(rf"(?:[,\s]|\b)\s*{flat}\s*$"),
        alone=re.compile(rf"\s*{flat}\s*"),
        house=re.compile(
            r"\s*(?:(?:building|bldg|block|blk|tower|floor|level|entrance|haus)\b.*|.*\b(?:floor|fl|etage|stock))\s*"
        ),
        short=dict(policy.streets),
    )


def _flat_and_street(line: str, policy: AddressPolicy) -> tuple[str, str]:
    """Returns the flat's number and the part that names the street: the first with a number that is neither."""
    patterns = _patterns(policy)
    parts = [part for part in line.split(",") if part.strip() and not patterns.house.fullmatch(part)]
    flat, streets = "", []
    for part in parts:
        alone = patterns.alone.fullmatch(part)
        behind = None if alone else patterns.behind.search(part)
        if alone or behind:
            found = alone or behind
            flat = flat or (found[1] if found else "")
        if not alone:
            streets.append(part[: behind.start()] if behind else part)
    numbered = [street for street in streets if any(sign.isdigit() for sign in street)]
    return flat, (numbered or streets or [""])[0]


def _street(part: str, policy: AddressPolicy) -> tuple[str, str]:
    short = _patterns(policy).short
    words = [_shortened(word, short) for word in _WORDS.findall(part.replace(".", " "))]
    if words and words[0] in ("no", "nr", "number"):
        words = words[1:]
    at = next((index for index in (0, len(words) - 1) if words and _NUMBER.fullmatch(words[index])), None)
    if at is None or len(words) < 2:
        return "", " ".join(words)
    return words[at], " ".join(words[:at] + words[at + 1 :])


def _shortened(word: str, short: dict[str, str]) -> str:
    if word in short:
        return short[word]
    # German streets are written in one word, with and without the full ending.
    return re.sub("(?<=[a-z]{3})strasse$", "str", word)


def _form(line: str, policy: AddressPolicy) -> str:
    kinds = (("forwarder", policy.forwarders), ("locker", policy.lockers), ("pickup", policy.pickups))
    return next((form for form, words in kinds if any(word in line for word in words)), "home")
