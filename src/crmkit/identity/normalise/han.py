"""Chinese names: the surname apart from the given name, titles off, masks kept as what they hide."""

from __future__ import annotations

import re
from functools import lru_cache

import attrs

from crmkit.identity.normalise.name_reading import NameReading
from crmkit.identity.normalise.name_tables import NamePolicy
from crmkit.identity.normalise.readings import reading_of, simplified

__all__ = ["han_name", "plain_han_name"]

_EDGES = re.compile(r"^[0-9\s.,·\-]+|[0-9\s.,·\-号]+$")
_DOT = re.compile("[·•・‧∙]")
_NICKNAME = NameReading(form="nickname", script="han")


@attrs.frozen(slots=True)
class _Tables:
    """The policy's tables, laid out for one look each."""

    single: frozenset[str]
    compound: frozenset[str]
    readings: dict[str, str]
    titles: re.Pattern[str]
    ends: frozenset[str]


@lru_cache(maxsize=16)
def _tables(policy: NamePolicy) -> _Tables:
    titles = sorted(policy.titles, key=lambda title: (-len(title), title))
    return _Tables(
        single=frozenset(policy.surnames),
        compound=frozenset(policy.compound_surnames),
        readings=dict(policy.surname_readings),
        titles=re.compile(f"(.+?)(?:{'|'.join(titles) or '(?!)'})"),
        ends=frozenset(title[-1] for title in titles),
    )


def han_name(text: str, policy: NamePolicy) -> NameReading:
    """Reads a name in Chinese characters, which may hold stars, dots, digits and blanks.

    Example:
        >>> from crmkit.identity.normalise.name_tables import NAMES
        >>> han_name("单小明", NAMES).full_key, han_name("王**", NAMES).pattern
        ('shan xiaoming', (3, None))
    """
    text = _DOT.sub("·", "".join(text.split()))
    if "*" in text or "·" in text:
        text, _ = _untitled(_EDGES.sub("", simplified(text, policy.simplifying)), _tables(policy))
        if "*" in text:
            return _hidden(text, _tables(policy), policy)
        return _dotted(text, policy) if text else _NICKNAME
    return plain_han_name(text, policy, edges=True)


def plain_han_name(written: str, policy: NamePolicy, *, edges: bool = False) -> NameReading:
    """Reads a name that holds Chinese characters only, or has digits and the like at its edges.

    Example:
        >>> from crmkit.identity.normalise.name_tables import NAMES
        >>> plain_han_name("王小明", NAMES).pattern
        (3, '明')
    """
    tables = _tables(policy)
    text = simplified(written, policy.simplifying)
    text, is_titled = _untitled(_EDGES.sub("", text) if edges else text, tables)
    surname = _surname_of(text, tables) if text else ""
    if not surname or (not is_titled and _is_nickname(text, surname, policy)):
        return attrs.evolve(_NICKNAME, display=written)
    key = _reading(surname, tables, policy)
    given = text[len(surname) :]
    if not given:
        return NameReading(display=written, form="title", script="han", surname_key=key)
    if len(given) > 2 and not (len(given) == 3 and given[0] in tables.single and len(surname) == 1 and not is_titled):
        return attrs.evolve(_NICKNAME, display=written)
    reading = reading_of(given, policy.readings)
    return NameReading(
        display=written,
        form="full",
        script="han",
        surname_key=key,
        full_key="" if not key or not reading else f"{key} {reading}" if key < reading else f"{reading} {key}",
        characters=text,
        pattern=(len(text), text[-1]),
        initial=reading[:1],
    )


def _untitled(text: str, tables: _Tables) -> tuple[str, bool]:
    if len(text) > 2 and text.endswith("收") and not text.endswith("丰收"):
        text = text.removesuffix("收").removesuffix("亲启")
    found = tables.titles.fullmatch(text) if len(text) > 1 and text[-1] in tables.ends else None
    if not found:
        return text, False
    # "哥", "总" and the like are also last characters of given names: they are titles behind a bare surname only.
    if len(text) - len(found[1]) == 1 and found[1] not in tables.single and found[1] not in tables.compound:
        return text, False
    return found[1], True


def _surname_of(text: str, tables: _Tables) -> str:
    if text[:2] in tables.compound:
        return text[:2]
    return text[0] if text[0] in tables.single else ""


def _reading(surname: str, tables: _Tables, policy: NamePolicy) -> str:
    return tables.readings.get(surname) or reading_of(surname, policy.readings)


def _is_nickname(text: str, surname: str, policy: NamePolicy) -> bool:
    if text in policy.not_names or (len(text) in (2, 4) and text[0] == text[1]):
        return True
    return text[0] in policy.nickname_beginnings and len(text) == 2 and len(surname) == 1


def _dotted(text: str, policy: NamePolicy) -> NameReading:
    """Reads a name of several parts ("买买提·艾力"): which of them is the surname is not known."""
    parts = [part for part in text.split("·") if part]
    readings = [reading_of(part, policy.readings) for part in parts]
    key = " ".join(sorted(readings)) if len(parts) > 1 and all(readings) else ""
    characters = "·".join(parts)
    return NameReading(
        form="full", script="han", full_key=key, characters=characters, pattern=(len(characters), characters[-1])
    )


def _hidden(text: str, tables: _Tables, policy: NamePolicy) -> NameReading:
    surname = _surname_of(text, tables)
    last = text[-1] if text[-1] != "*" else None
    is_bare = not text.strip("*") or len(text) > 6
    return NameReading(
        form="masked",
        script="han",
        surname_key=_reading(surname, tables, policy) if surname else "",
        pattern=None if is_bare else (len(text), last),
    )
