"""How Chinese characters are read, and which simplified character a traditional one is: tables in the package.

`data/readings.txt` has the 8,105 characters of the standard list of 2013 (通用规范汉字表) with their most common
reading, without tones and with u for ü. `data/simplified.txt` has traditional characters of everyday and of names.
Both are read at the first use. The extra `identity-zh` (pypinyin, opencc-py) adds characters beyond the tables and
changes none of theirs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal, Protocol

from crmkit.errors import MissingExtraError

__all__ = ["Source", "is_pinyin", "reading_of", "simplified", "unified"]

Source = Literal["table", "library"]
"""table: the package's own tables; library: the tables, and the extra `identity-zh` for what is not in them."""

_UMLAUT = re.compile("[ln](?:v|ü)|^[ln]yu")


class _Converter(Protocol):
    def convert(self, text: str) -> str: ...


def _lines(file: str) -> list[str]:
    return (files("crmkit.identity.normalise") / "data" / file).read_text("utf-8").splitlines()


@cache
def _readings() -> Mapping[str, str]:
    return {
        character: syllable
        for syllable, characters in (line.split(" ") for line in _lines("readings.txt"))
        for character in characters
    }


@cache
def _simplified() -> tuple[dict[int, str], re.Pattern[str]]:
    pairs = [pair for line in _lines("simplified.txt") for pair in zip(*line.split(" "), strict=True)]
    return {ord(left): right for left, right in pairs}, re.compile(f"[{''.join(left for left, _ in pairs)}]")


@cache
def _syllables() -> re.Pattern[str]:
    known = sorted({*_readings().values(), "lve", "nve"}, key=lambda syllable: (-len(syllable), syllable))
    return re.compile(f"(?:{'|'.join(known)})+")


def simplified(text: str, source: Source = "table") -> str:
    """Returns the text with simplified characters, for keys only.

    Example:
        >>> simplified("歐陽偉"), simplified("张伟")
        ('欧阳伟', '张伟')
    """
    table, traditional = _simplified()
    if traditional.search(text):
        text = text.translate(table)
    if source == "library" and not all(character in _readings() for character in text):
        text = "".join(c if c in _readings() else _converter().convert(c) for c in text)
    return text


def reading_of(text: str, source: Source = "table") -> str:
    """Returns the characters' readings in one piece, or "" where one of them is not known.

    Example:
        >>> reading_of("小明"), reading_of("绿"), reading_of("☃")
        ('xiaoming', 'lu', '')
    """
    readings = _readings()
    try:
        return "".join([readings[character] for character in text])
    except KeyError:
        if source == "table":
            return ""
    found = [readings.get(character) or _library_reading(character) for character in text]
    return "".join(found) if all(found) else ""


def _library_reading(character: str) -> str:
    try:
        from pypinyin import Style, lazy_pinyin
    except ImportError:
        raise MissingExtraError("identity-zh", "Reading characters beyond the table") from None
    found = "".join(lazy_pinyin(character, style=Style.NORMAL, errors="ignore", v_to_u=False))
    return unified(found) if found.isascii() else ""


@cache
def _converter() -> _Converter:
    try:
        from opencc import OpenCC
    except ImportError:
        raise MissingExtraError("identity-zh", "Simplifying characters beyond the table") from None
    converter: _Converter = OpenCC("t2s")
    return converter


def unified(syllables: str) -> str:
    """Returns pinyin with the one spelling of ü that keys use: ü and v after l and n are u, and so is yu in front.

    Example:
        >>> unified("lv"), unified("lyuming"), unified("nve"), unified("linyun")
        ('lu', 'luming', 'nue', 'linyun')
    """
    return _UMLAUT.sub(lambda found: f"{found[0][0]}u", syllables)


@lru_cache(maxsize=32768)
def is_pinyin(token: str) -> bool:
    """Whether a lower-case token is one or more Chinese syllables.

    Example:
        >>> is_pinyin("xiaoming"), is_pinyin("lv"), is_pinyin("robert")
        (True, True, False)
    """
    return _syllables().fullmatch(unified(token)) is not None
