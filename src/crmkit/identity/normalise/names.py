"""Names of people as platforms write them: in several scripts, with titles, masked, in either order.

Display keeps what was written. Keys are for comparison: `surname_key` and `full_key` are ASCII, so that an edit
distance means the same in every engine; `characters` compares what is written in other scripts.
"""

from __future__ import annotations

import re
from functools import lru_cache

import attrs

from crmkit.customers.cleaning import NOTHING, cleaned, shown
from crmkit.identity.normalise.han import han_name, plain_han_name
from crmkit.identity.normalise.latin import folded, latin_name
from crmkit.identity.normalise.name_reading import NameForm, NameReading
from crmkit.identity.normalise.name_tables import NAMES, NamePolicy
from crmkit.identity.normalise.readings import simplified

__all__ = ["NameForm", "NameReading", "name"]

HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f〇]")
_HAN_ONLY = re.compile("[\u4e00-\u9fa5]{2,4}")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_OTHER = re.compile("[\u0370-\u1dff\u1f00-\u1fff\u3040-\u30ff\uac00-\ud7af]")
_MASK = re.compile("[*●○×✱※•]")
_BRACKETS = re.compile(r"[(\[【<{][^()\[\]【】<>{}]*[)\]】>}]")
_SYMBOLS = re.compile(
    '[\u2190-\u25ca\u25cc-\u2bff\u3000\u3002-\u3004\u3012-\u3020\U0001f000-\U0001faff\ue000-\uf8ff~!@$%^=|\\\\<>?"_:：。！？#]'
)
_LABEL = re.compile("^(?:收件人|收货人|联系人|姓名|name|attn)\\s*[:：.]\\s*", re.IGNORECASE)
_TWO = re.compile(r"\s*(?:[&+/、;\n]|,(?=[^a-zA-Z]*[\u4e00-\u9fff])|\b(?:and|und|et|y)\b)\s*", re.IGNORECASE)
_SEVERAL = NameReading(form="several", reason="names more than one person")


@lru_cache(maxsize=65536)
def name(raw: object, policy: NamePolicy = NAMES) -> NameReading:
    """Reads a written name.

    Args:
        raw: The cell as it came: with a title, a mask, two orders, several scripts.
        policy: The tables to read with.

    Returns:
        What it is. The same text and policy always give the same reading.

    Example:
        >>> name("王小明").full_key, name("WANG, XIAOMING").full_key, name("歐陽小明先生").surname_key
        ('wang xiaoming', 'wang xiaoming', 'ouyang')
        >>> name("王*明").surname_key, name("王*明").pattern, name("Ms. Wang").form, name("小王").form
        ('wang', (3, '明'), 'title', 'nickname')
    """
    if isinstance(raw, str) and _HAN_ONLY.fullmatch(raw) and _may_be_plain(raw, policy):
        return plain_han_name(raw, policy)
    text, remark = cleaned(raw)
    return _told(text, remark, raw, policy)


def _may_be_plain(text: str, policy: NamePolicy) -> bool:
    if text in policy.placeholders or text in NOTHING:
        return False
    return len(text) < 4 or not _is_organisation(text, policy)


def _told(text: str, remark: str, raw: object, policy: NamePolicy) -> NameReading:
    reading = _read(text, policy)
    if reading.form == "none":
        return reading
    if remark or reading.reason:
        return attrs.evolve(reading, display=text, remark=remark, shown=shown(raw))
    return attrs.evolve(reading, display=text)


def _read(text: str, policy: NamePolicy) -> NameReading:
    low = text.casefold()
    if low in NOTHING:
        return NameReading()
    if low in policy.placeholders:
        return NameReading(form="placeholder")
    plain = _SYMBOLS.sub(" ", _BRACKETS.sub(" ", _LABEL.sub("", _MASK.sub("*", text)))).strip(" .-,'’`")
    if not plain:
        return NameReading(form="nickname")
    if _is_organisation(plain, policy):
        return NameReading(form="organisation", script=_script(plain))
    return _person(plain, policy)


def _person(text: str, policy: NamePolicy) -> NameReading:
    script = _script(text)
    if "*" in text:
        return _masked(text, script, policy)
    parts = [part for part in _TWO.split(text) if part.strip()]
    if len(parts) > 1:
        readings = [_person(part, policy) for part in parts]
        if sum(reading.form in ("full", "title") for reading in readings) > 1:
            return attrs.evolve(_SEVERAL, script=script)
        text = " ".join(parts)
    if script == "han":
        return han_name(text, policy)
    if script == "latin":
        return latin_name(text, policy)
    if script == "mixed":
        return _mixed(text, policy)
    tokens = sorted(folded(text).split())
    return NameReading(form="foreign" if tokens else "nickname", script=script, characters=" ".join(tokens))


def _mixed(text: str, policy: NamePolicy) -> NameReading:
    """Reads a name in two scripts ("王小明 Wang Xiaoming", "Tony 王"): by its Chinese part, if that is a full name."""
    apart = [part for part in re.split(r"[\s/]+", text) if part]
    chinese = [part for part in apart if _script(part) == "han"]
    if len(chinese) == 1 and len(apart) > 1:
        reading = han_name(chinese[0], policy)
        if reading.form == "full":
            return reading
    return NameReading(form="nickname", script="mixed")


def _masked(text: str, script: str, policy: NamePolicy) -> NameReading:
    if script == "han":
        return han_name(text, policy)
    return NameReading(form="masked", script="latin" if script == "latin" else "")


def _is_organisation(text: str, policy: NamePolicy) -> bool:
    if HAN.search(text):
        plain = simplified(text)
        return len(plain) > 3 and any(part in plain for part in policy.organisations)
    return not policy.latin_organisations.isdisjoint(re.findall(r"\w+", text.casefold()))


def _script(text: str) -> str:
    han, latin, other = (HAN.search(text), _LATIN.search(text), _OTHER.search(text))
    if other:
        return "other"
    if han:
        return "mixed" if latin else "han"
    return "latin" if latin else ""
