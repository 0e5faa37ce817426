"""Personal values on a page that is handed around: enough to recognise somebody, too little to reach them."""

from __future__ import annotations

import re

__all__ = ["mask", "mask_within"]

_EMAIL = re.compile(r"[^\s@<>()\",;:]+@[^\s@<>()\",;:]*[^\s@<>()\",;:.]")
_PHONE = re.compile(r"(?<![\w*])(?!\d{4}[-.]\d\d?[-.]\d\d?(?!\d))\+?\d(?:[ ().-]{0,2}\d){6,14}(?![\w*])")
_ULID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
_DONE = re.compile(r"\+?\d{2,3}\*{4}\d{2,4}")
_CHINA = re.compile(r"(?:\+?86|0086)?(1\d{10})")


def mask(text: str) -> str:
    """Returns a name, e-mail address, phone number or account with most of it hidden; masking twice is masking once.

    Args:
        text: What names the customer. Of a key such as "account:taobao:mei_shop" only the last part is hidden; of an
            internal id, which tells outsiders nothing, the ends stay.

    Example:
        >>> mask("zhang.san@example.com"), mask("+86 138 0000 0012"), mask("陈小美"), mask("Ada Byron")
        ('z***@example.com', '138****0012', '陈**', 'A**')
        >>> mask("account:taobao:mei_shop"), mask("01JD9ZK3V5XQ8M2N7R4T6W0YBC"), mask("")
        ('account:taobao:m**', '01JD…0YBC', '')
    """
    text = text.strip()
    if _DONE.fullmatch(text) or not text:
        return text
    if _EMAIL.fullmatch(text):
        return _email(text)
    if _PHONE.fullmatch(text):
        return _phone(text)
    if _ULID.fullmatch(text):
        return f"{text[:4]}…{text[-4:]}"
    scheme, colon, value = text.rpartition(":")
    if colon and value:
        return f"{scheme}:{mask(value)}"
    return text if re.fullmatch(r"\w{4}…\w{4}", text) else f"{text[0]}**"


def mask_within(text: str) -> str:
    """Returns running text in which e-mail addresses and phone numbers are masked.

    Example:
        >>> mask_within("Call 13800000012 or mail mei@example.com, 4026100100000000349 of 2026-11-24")
        'Call 138****0012 or mail m***@example.com, 4026100100000000349 of 2026-11-24'
    """
    return _PHONE.sub(lambda found: _phone(found[0]), _EMAIL.sub(lambda found: _email(found[0]), text))


def _email(text: str) -> str:
    local, _, domain = text.rpartition("@")
    return f"{local[0]}***@{domain}"


def _phone(text: str) -> str:
    digits = re.sub(r"\D", "", text)
    if chinese := _CHINA.fullmatch(("+" if text.startswith("+") else "") + digits):
        return f"{chinese[1][:3]}****{chinese[1][-4:]}"
    plus, ends = ("+" if text.startswith("+") else ""), 2 if len(digits) < 10 else 3
    return f"{plus}{digits[:ends]}****{digits[-ends:]}"
