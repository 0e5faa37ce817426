"""Names in Latin letters: accents folded, titles off, in either order; Chinese ones by their syllables."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from crmkit.identity.normalise.name_reading import NameReading
from crmkit.identity.normalise.name_tables import NamePolicy
from crmkit.identity.normalise.readings import is_pinyin, reading_of, unified

__all__ = ["folded", "latin_name"]

_LETTERS = str.maketrans(
    {"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h", "ŋ": "n"}
)
_WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_JOINED = re.compile("[-'’‘`´ʼ‐‑–.]")
_BREAK = re.compile(r"(?<=\.)(?=\w)")
_INITIAL = re.compile(r"(?:\w\.)+\w?\.?|\w|(?!ng$)[bcdfghj-np-twxz]{2,3}", re.IGNORECASE)
_FREQUENT, _RARE = 120, 200  # ranks of surnames: where one is frequent and the other rare, the frequent one is meant
_NICKNAME = NameReading(form="nickname", script="latin")


def folded(text: str) -> str:
    """Returns text in lower case without accents.

    Example:
        >>> folded("José Müller-Straße"), folded("Łukasz Øster")
        ('jose muller-strasse', 'lukasz oster')
    """
    text = text.casefold().translate(_LETTERS)
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def latin_name(text: str, policy: NamePolicy) -> NameReading:
    """Reads a name in Latin letters.

    Example:
        >>> from crmkit.identity.normalise.name_tables import NAMES
        >>> latin_name("José Müller-Lüdenscheidt", NAMES).full_key, latin_name("B. Obrien", NAMES).initial
        ('jose mullerludenscheidt', 'b')
    """
    tokens, is_titled = _tokens(text.replace(",", " "), policy)
    if not tokens or len(tokens) > 6:
        return _NICKNAME
    if len(tokens) == 1:
        key = _key(tokens[0])
        return NameReading(form="title", script="latin", surname_key=key) if is_titled and key else _NICKNAME
    front, _, back = text.partition(",")
    before = len(_tokens(front, policy)[0]) if back and _tokens(back, policy)[0] else 0
    if before:
        return _named(_joined(tokens[before:]), "".join(tokens[:before]))
    chinese = _chinese(tokens, policy)
    if chinese:
        return chinese
    if len(tokens[0]) > 2 and tokens[0].isupper() and not tokens[-1].isupper():
        return _named(tokens[1:], tokens[0])
    start = len(tokens) - 1
    while start > 1 and tokens[start - 1].casefold() in policy.particles:
        start -= 1
    return _named(_joined(tokens[:start]), "".join(tokens[start:]))


def _tokens(text: str, policy: NamePolicy) -> tuple[list[str], bool]:
    written = [token for token in _BREAK.sub(" ", text).split() if any(c.isalpha() for c in token)]
    kept = [token for token in written if token.casefold().strip(".") not in policy.latin_titles]
    return kept, len(kept) < len(written)


def _joined(tokens: list[str]) -> list[str]:
    """Chinese given names are written in one piece or in two: "Xiao Ming" is "Xiaoming"."""
    keys = [_key(token) for token in tokens]
    if len(keys) == 2 and all(is_pinyin(key) and len(key) > 1 for key in keys) and len("".join(keys)) <= 12:
        return ["".join(tokens)]
    return tokens


@lru_cache(maxsize=32768)
def _key(token: str) -> str:
    key = "".join(c for c in _JOINED.sub("", folded(token)) if c.isalpha())
    other = unified(key)
    key = other if other != key and is_pinyin(other) else key
    return key if key.isascii() else ""


@lru_cache(maxsize=32768)
def _spelled(token: str) -> str:
    return _key(unicodedata.normalize("NFC", token).casefold().translate(_WRITTEN_OUT))


def _named(given: list[str], surname: str) -> NameReading:
    key = _key(surname)
    whole = [token for token in given if not _INITIAL.fullmatch(token)]
    initial = next((folded(token)[:1] for token in given if token), "")
    initial = initial if initial.isascii() else ""
    if _INITIAL.fullmatch(surname) or not key:
        return _NICKNAME
    if not whole:
        return NameReading(form="initial", script="latin", surname_key=key, initial=initial)
    full = " ".join(sorted((key, *filter(None, map(_key, whole)))))
    is_ascii = surname.isascii() and all(map(str.isascii, whole))
    second = full if is_ascii else " ".join(sorted((_spelled(surname), *filter(None, map(_spelled, whole)))))
    return NameReading(
        form="full",
        script="latin",
        surname_key=key,
        full_key=full,
        second_key=second if second != full else "",
        characters=full,
        initial=initial,
    )


@lru_cache(maxsize=16)
def _ranks(policy: NamePolicy) -> dict[str, int]:
    readings = dict(policy.surname_readings)
    ranks: dict[str, int] = {}
    for rank, surname in enumerate((*policy.surnames, *policy.compound_surnames)):
        ranks.setdefault(readings.get(surname) or reading_of(surname), rank)
    return ranks


def _chinese(tokens: list[str], policy: NamePolicy) -> NameReading | None:
    """Reads a Chinese name in Latin letters, whose surname stands first or last."""
    keys = [_key(token) for token in tokens]
    if len(tokens) > 3 or not all(len(key) > 1 and is_pinyin(key) for key in keys):
        return None
    ranks = _ranks(policy)
    first, last = ranks.get(keys[0]), ranks.get(keys[-1])
    if first is None and last is None:
        return None
    if first is not None and last is not None:
        first, last = _told_apart(tokens, first, last)
    if first is not None and last is not None:
        # "Wang Li" and "Li Wang" are both good names: the key is one, and the surname is not known.
        full = " ".join(sorted(keys))
        return NameReading(form="full", script="latin", full_key=full, characters=full)
    at_front = first is not None
    return _named(["".join(tokens[1:] if at_front else tokens[:-1])], tokens[0] if at_front else tokens[-1])


def _told_apart(tokens: list[str], first: int, last: int) -> tuple[int | None, int | None]:
    """Keeps the end that is the surname: by capitals, by its two syllables' given name, or else by frequency."""
    loud = [token.isupper() for token in tokens]
    if loud[0] != loud[-1]:
        return (first, None) if loud[0] else (None, last)
    is_one_rare = min(first, last) < _FREQUENT and max(first, last) >= _RARE
    if len(tokens) == 3 or is_one_rare:
        return (first, None) if first <= last else (None, last)
    return first, last
