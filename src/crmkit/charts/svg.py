"""From a chart to a static SVG: no script, no network, text stays text, and words for those who do not see it."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Any
from unicodedata import category
from xml.sax.saxutils import escape

from crmkit.errors import MissingExtraError

__all__ = ["svg"]

_HEAD = re.compile(r"<svg\b[^>]*>")
_NO_SIGNS = ("Cc", "Cs", "Cn")
_ID = re.compile(r'\bid="([^"]+)"')
_PATH = re.compile(r'(?<=\sd=")[^"<>]+(?=")')
_FONT = re.compile(r' font-family="([^"<>]*)"')
_LONG = re.compile(r"\d+\.\d{3,}")


def svg(chart: Any, *, title: str, desc: str) -> str:
    """Returns a chart as SVG text that can stand inside a page, with `title` and `desc` for screen readers.

    The same chart gives the same text; ids begin with a digest of the picture, so several can stand on one page.

    Args:
        chart: An Altair chart.
        title: What the picture is, a few words.
        desc: Its numbers in words, such as `rfm_words` gives.

    Raises:
        MissingExtraError: Altair or vl-convert-python is not installed.

    Example:
        >>> import pandas as pd
        >>> from crmkit.charts import rfm_map, rfm_words
        >>> rfm = pd.DataFrame({"r": [5, 1], "f": [5, 1], "monetary": [30, 10], "segment": ["champions", "lost"]})
        >>> picture = svg(rfm_map(rfm), title="Customers", desc=rfm_words(rfm))
        >>> picture.startswith("<svg"), "Champions" in picture, "<script" in picture
        (True, True, False)
    """
    try:
        import altair
        import vl_convert
    except ImportError:
        raise MissingExtraError("charts", "Drawing a picture as SVG") from None
    with altair.theme.enable("none"):
        spec = _cleaned(chart.to_dict())
    picture = _PATH.sub(_shorter, vl_convert.vegalite_to_svg(spec).strip())
    return _worded(_fonts_said_once(picture), title, desc)


def _shorter(path: re.Match[str]) -> str:
    """Gives a path to the hundredth of a pixel: the other digits are half of the text and nobody sees them."""
    return _LONG.sub(lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), path[0])


def _fonts_said_once(picture: str) -> str:
    """Gives a picture whose texts inherit their fonts, where all have the same: a map of cells says them 200 times."""
    fonts = set(_FONT.findall(picture))
    if len(fonts) != 1:
        return picture
    return _FONT.sub("", picture).replace("<svg", f'<svg font-family="{fonts.pop()}"', 1)


def _worded(picture: str, title: str, desc: str) -> str:
    picture = _renamed(picture, "part")  # the names that Vega gives count on from picture to picture
    digest = blake2b("\0".join((picture, title, desc)).encode("utf-8", "replace"), digest_size=5).hexdigest()
    picture = _renamed(picture, f"v{digest}")
    words = f'<title id="v{digest}-title">{_text(title)}</title><desc id="v{digest}-desc">{_text(desc)}</desc>'
    opened = _HEAD.search(picture)
    assert opened is not None, "vl-convert gives an SVG element"
    label = f' role="img" aria-labelledby="v{digest}-title" aria-describedby="v{digest}-desc">'
    return picture[: opened.end() - 1] + label + words + picture[opened.end() :]


def _renamed(picture: str, prefix: str) -> str:
    """Gives a picture whose ids are the prefix and a number, in the order in which they are defined."""
    for number, name in enumerate(dict.fromkeys(_ID.findall(picture))):
        own = f"{prefix}-{number}"
        picture = picture.replace(f'id="{name}"', f'id="{own}"').replace(f"url(#{name})", f"url(#{own})")
        picture = picture.replace(f'href="#{name}"', f'href="#{own}"')
    return picture


def _text(words: str) -> str:
    text: str = _cleaned(words)
    return escape(text)


def _cleaned(value: Any) -> Any:
    """Gives a spec or a text without the signs that XML cannot hold, and at which vl-convert ends the whole process."""
    if isinstance(value, str):
        return "".join(sign for sign in value if sign in "\n\t" or category(sign) not in _NO_SIGNS)
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(inner) for key, inner in value.items()}
    return [_cleaned(inner) for inner in value] if isinstance(value, list) else value
