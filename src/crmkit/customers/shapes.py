"""The shapes of written phone numbers; ASCII digits only, as the text has been cleaned before."""

from __future__ import annotations

import re

__all__ = [
    "DASHED",
    "DESTROYED",
    "EXTENSION",
    "HIDDEN",
    "LABEL",
    "LANDLINE",
    "MASKED_MOBILE",
    "MOBILE",
    "NOISE",
    "SEVERAL",
    "has_a_placeholder_shape",
    "is_service",
]

MOBILE = re.compile(r"(?:\+86|0086|86)?(1[3-9][0-9]{9})")
"""A mainland mobile number; its eleven digits are the first group."""
MASKED_MOBILE = re.compile(r"(1[3-9][0-9])\*{4}([0-9]{4})")
"""A mainland mobile number as most platforms mask it."""
LANDLINE = re.compile(r"(?:\+86|0086|86)?0?(?:10|2[0-9]|[3-9][0-9]{2})[2-9][0-9]{6,7}")
"""A mainland landline with its area code."""
DESTROYED = re.compile(r"[+-]?[0-9](?:[.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE)
"""What a spreadsheet makes of a long number: 1.38123E+10."""
SEVERAL = re.compile(r"(?:[/、\n|]|;(?!\s*ext))+|,\s*(?=(?:\+?[0-9][\s()-]*){7,})", re.IGNORECASE)
"""Between two numbers in one cell: a comma only before seven digits or more, as it marks an extension else."""
HIDDEN = re.compile(r"[*•●○×✱※∙·]|x{2,}|[?]{2,}|\.{3,}|#{2,}", re.IGNORECASE)
"""A hidden digit."""
LABEL = re.compile(r"^(?:tel|phone|mobile|cell|电话|手机号?码?|联系电话|联系方式)\s*[:.]\s*", re.IGNORECASE)
"""What people write before a number."""
EXTENSION = re.compile(
    r"(.*?[0-9].*?)\s*(?:(?:转|轉)?分[机機]号?|转|轉|,|;?ext(?:ension)?|#|x|_)[.:=]?\s*([0-9]{1,8})", re.IGNORECASE
)
"""A number, a word or sign for "extension", and its digits."""
DASHED = re.compile(r"(.*[0-9].*)-\s*([0-9]{1,6})")
"""A number, a dash, and at most six more digits: an extension, or a way of writing."""
NOISE = re.compile(r"[\s().\-‐‑‒–—−_]+")
"""Signs by which digits are grouped."""

_SERVICE = re.compile(r"(?:\+86|0086|86)?(?:400[0-9]{7}|800[0-9]{7}|95[0-9]{3,6}|96[0-9]{3,4}|1[0-2][0-9]|100[0-9]{2})")
_SERVICE_ABROAD = re.compile(r"(?:\+86|0086|86)?400[0-9]{7}|95[0-9]{3}")
_TOLL_FREE = re.compile(r"\+?1[\s.\-]*\(?8(?:00|33|44|55|66|77|88)\)?[\s.\-]+[0-9A-Za-z]{3}[\s.\-]*[0-9A-Za-z]{4}")
_ASCENDING = "01234567890123456789"


def is_service(compact: str, text: str, region: str) -> bool:
    """Whether it is a hot line: mainland 400, 800, 95 and 10 numbers, and American toll-free ones as they are written.

    Example:
        >>> is_service("4008208820", "400-820-8820", "CN"), is_service("18005550100", "1-800-555-0100", "CN")
        (True, True)
    """
    if _TOLL_FREE.fullmatch(text):
        return True
    return (_SERVICE if region == "CN" else _SERVICE_ABROAD).fullmatch(compact) is not None


def has_a_placeholder_shape(digits: str) -> bool:
    """Whether the digits are one digit again and again, or count upwards.

    Example:
        >>> has_a_placeholder_shape("11111111111"), has_a_placeholder_shape("23456789012")
        (True, True)
    """
    return len(digits) >= 7 and (digits == digits[0] * len(digits) or digits in _ASCENDING)
