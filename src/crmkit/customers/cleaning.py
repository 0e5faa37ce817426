"""The first step of every reading: a cell as one clean, bounded text, and a remark on what had to be taken off it."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["LONGEST", "NOTHING", "cleaned", "shown"]

LONGEST = 200
"""Signs of a value that are read; what stands behind them makes no key."""

NOTHING = frozenset(
    {
        *("", "-", "--", "---", "—", "——", "/", ".", "。", "0", "*", "?", "n/a", "#n/a", "na", "<na>", "nan", "nat"),
        *("nil", "null", "none", "(null)", "undefined", "无", "無", "没有", "暂无", "空", "未填写", "未填", "匿名"),
    }
)
"""What people and programs write where they have nothing to say, in lower case."""

_DAMAGE = (
    "\\ud800-\\udfff\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f"
    "\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u206f\\ufff9-\\ufffd"
)
_JOINERS = "\\xad\\u034f\\u180e\\u200b-\\u200d\\u2060-\\u2065\\ufe00-\\ufe0f\\ufeff"
_DAMAGED = re.compile(f"[{_DAMAGE}]")
_UNSEEN = re.compile(f"[{_DAMAGE}{_JOINERS}]")
_BLANKS = re.compile(r"[^\S\n]+")
_PLAIN = re.compile(r"[\x21-\x7e\u4e00-\u9fa5]*(?: [\x21-\x7e\u4e00-\u9fa5]+)*(?<! )")


def cleaned(raw: object) -> tuple[str, str]:
    r"""Returns a cell as clean text, and a remark where signs had to go that do not belong in a text.

    Lone surrogates, control signs and marks of writing direction are taken out, full-width signs become plain ones
    (NFKC), runs of blanks one blank. What programs use for "no value" (None, NaN, NaT) is the empty text.

    Args:
        raw: The cell as it came; frames hold numbers and gaps where people see text.

    Returns:
        The text, at most `LONGEST` signs, and one sentence about what was taken off, or "".

    Example:
        >>> cleaned(" １３８ 1234 "), cleaned(None), cleaned(float("nan"))
        (('138 1234', ''), ('', ''), ('', ''))
        >>> cleaned("王\u202e小明")
        ('王小明', 'held signs that cannot be seen; they were left out')
    """
    text = raw if isinstance(raw, str) else _written(raw)
    if len(text) <= LONGEST and _PLAIN.fullmatch(text):
        return text, ""
    remark = "held signs that cannot be seen; they were left out" if _DAMAGED.search(text) else ""
    text = _line(text[: LONGEST * 4])
    if len(text) > LONGEST:
        text, remark = text[:LONGEST].rstrip(), f"is longer than {LONGEST} signs; the rest was not read"
    return text, remark


def _line(text: str) -> str:
    text = unicodedata.normalize("NFKC", _UNSEEN.sub("", text))
    # Compatibility forms can bring joiners and blanks of their own, and a sign taken out can bring two others together.
    text = unicodedata.normalize("NFKC", _UNSEEN.sub("", text))
    return _BLANKS.sub(" ", text).strip()


def _written(raw: object) -> str:
    if raw is None or raw != raw:
        return ""
    return str(raw)


def shown(raw: object) -> str:
    """Returns a value as it may stand in a report: its ends only.

    Example:
        >>> shown("13812345678"), shown("Mei")
        ('13…78', '…')
    """
    text = cleaned(raw)[0]
    return f"{text[:2]}…{text[-2:]}" if len(text) > 6 else "…"
