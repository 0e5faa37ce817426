"""Colours of the pictures: one hue from pale to deep, told apart by lightness alone, so that every eye can.

The steps keep away from the middle greys on which neither dark nor light text can be read; a test measures each pair.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import attrs

from crmkit.errors import InputError

__all__ = ["BANDS", "RATE_BANDS", "Palette", "Theme", "contrast", "palette"]

Theme = Literal["light", "dark"]

BANDS = (Decimal(0), Decimal("0.02"), Decimal("0.05"), Decimal("0.10"), Decimal("0.20"))
"""Where a colour begins: nothing or less; above 0; from 2 %, 5 %, 10 % and 20 % of all."""

RATE_BANDS = (Decimal(0), Decimal("0.05"), Decimal("0.10"), Decimal("0.20"), Decimal("0.40"))
"""The same for shares of a group of their own, such as who of a cohort came back: they are larger."""


@attrs.frozen(kw_only=True, slots=True)
class Palette:
    """Is the set of colours of one theme.

    Attributes:
        paper: What the picture lies on.
        ink: Text on paper; `quiet` is lesser text, `line` thin lines.
        steps: Fill of a cell for each band, from nothing to much.
        dark_text: Text on pale steps; `pale_text` on deep ones.
        accent: The one colour that speaks; `second` stands beside it in bars.
    """

    paper: str
    ink: str
    quiet: str
    line: str
    steps: tuple[str, ...]
    dark_text: str
    pale_text: str
    accent: str
    second: str

    def text_on(self, fill: str) -> str:
        """Returns whichever text colour is read better on `fill`."""
        return max((self.dark_text, self.pale_text), key=lambda text: contrast(text, fill))


_PALETTES: dict[str, Palette] = {
    "light": Palette(
        paper="#ffffff",
        ink="#17211f",
        quiet="#5a6764",
        line="#c6d0cd",
        steps=("#eeece4", "#d5e8e3", "#a9d3ca", "#74b9ae", "#1f7a74", "#0b4f4c"),
        dark_text="#14211f",
        pale_text="#ffffff",
        accent="#0f6b66",
        second="#b9c6c3",
    ),
    "dark": Palette(
        paper="#18201f",
        ink="#e8efed",
        quiet="#9fb0ac",
        line="#3a4845",
        steps=("#34322c", "#1e3d3a", "#1f524d", "#23716a", "#5fb8ac", "#a5e3d8"),
        dark_text="#0b1312",
        pale_text="#f4f8f7",
        accent="#5fc4b7",
        second="#4a5a57",
    ),
}


def palette(theme: Theme) -> Palette:
    """Returns the colours of a theme.

    Raises:
        InputError: Another theme than "light" or "dark".
    """
    try:
        return _PALETTES[theme]
    except (KeyError, TypeError):
        raise InputError(f"theme is 'light' or 'dark', got {theme!r}.") from None


def band(share: Decimal, starts: tuple[Decimal, ...] = BANDS) -> int:
    """Returns which step of the palette a share of all has.

    Example:
        >>> [band(Decimal(share)) for share in ("-1", "0", "0.001", "0.02", "0.3")]
        [0, 0, 1, 2, 5]
        >>> band(Decimal("0.3"), RATE_BANDS)
        4
    """
    if share <= 0:
        return 0
    return sum(share >= start for start in starts[1:]) + 1


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Returns the contrast of two colours "#rrggbb", 1 to 21, as WCAG 2.2 defines it.

    Example:
        >>> contrast("#ffffff", "#000000")
        21.0
    """
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)
