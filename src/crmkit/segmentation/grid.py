"""Segments as data: the grid of eleven names on recency and frequency, and the Chinese standard of eight."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from math import isqrt
from types import MappingProxyType
from typing import Any, Literal

import attrs

from crmkit.errors import InputError, PolicyError

__all__ = ["EIGHT", "GRID", "SHOPIFY", "Eight", "Grid"]

Axis = Literal["frequency", "value"]


def _cells(cells: Mapping[tuple[int, int], str]) -> Mapping[tuple[int, int], str]:
    return MappingProxyType(dict(cells))


@attrs.frozen(slots=True)
class Grid:
    """Names a segment for every pair of scores (recency, then frequency or value).

    Attributes:
        cells: From (r, f) to the segment's name; every cell of a square is named.
        axis: "frequency" reads the second score from f, "value" from `(f + m + 1) // 2`.

    Raises:
        PolicyError: A cell without a name, or one outside the square.

    Example:
        >>> GRID[5, 1], GRID[1, 5], GRID.k
        ('new', 'cannot_lose', 5)
        >>> Grid({(1, 1): "all"}, axis="value").k
        1
    """

    cells: Mapping[tuple[int, int], str] = attrs.field(converter=_cells)
    axis: Axis = "frequency"

    def __attrs_post_init__(self) -> None:
        square = {(r, f) for r in range(1, self.k + 1) for f in range(1, self.k + 1)}
        if missing := sorted(square - set(self.cells)):
            raise PolicyError(f"A grid names every cell; without a name: {missing}.")
        if outside := sorted(set(self.cells) - square, key=str):
            raise PolicyError(f"A grid of {self.k} scores has no cells {outside}.")
        if unnamed := sorted(cell for cell, name in self.cells.items() if not name):
            raise PolicyError(f"The names of a grid are texts; these cells have none: {unnamed}.")
        if self.axis not in ("frequency", "value"):
            raise PolicyError(f"The axis of a grid is 'frequency' or 'value', got {self.axis!r}.")

    @property
    def k(self) -> int:
        """How many scores each side has."""
        return max(1, isqrt(len(self.cells) - 1) + 1) if self.cells else 1

    @property
    def names(self) -> tuple[str, ...]:
        """The segments, each once, from the best corner to the worst."""
        return tuple(
            dict.fromkeys(self.cells[cell] for cell in sorted(self.cells, key=lambda cell: (-cell[0], -cell[1])))
        )

    def __getitem__(self, scores: tuple[int, int]) -> str:
        return self.cells[scores]

    def with_names(self, changes: Mapping[tuple[int, int], str]) -> Grid:
        """Returns the grid with some cells named anew.

        Example:
            >>> GRID.with_names({(5, 5): "platinum"})[5, 5]
            'platinum'
        """
        return attrs.evolve(self, cells={**self.cells, **changes})


_ROWS = {
    5: ("new", "potential_loyalists", "potential_loyalists", "champions", "champions"),
    4: ("promising", "potential_loyalists", "potential_loyalists", "loyal", "loyal"),
    3: ("about_to_sleep", "about_to_sleep", "need_attention", "loyal", "loyal"),
    2: ("hibernating", "hibernating", "at_risk", "at_risk", "cannot_lose"),
    1: ("lost", "lost", "at_risk", "at_risk", "cannot_lose"),
}

GRID = Grid({(r, f): name for r, names in _ROWS.items() for f, name in enumerate(names, 1)})
"""The eleven segments: complete and disjoint on the 25 cells of r and f."""

EIGHT: Mapping[tuple[int, int, int], str] = MappingProxyType(
    {
        (1, 1, 1): "key_value",
        (1, 0, 1): "key_develop",
        (0, 1, 1): "key_keep",
        (0, 0, 1): "key_retain",
        (1, 1, 0): "general_value",
        (1, 0, 0): "general_develop",
        (0, 1, 0): "general_keep",
        (0, 0, 0): "general_retain",
    }
)
"""The eight segments of the Chinese standard, from (recent, often, much) to the code."""


@attrs.frozen(slots=True)
class Eight:
    """Splits customers by three thresholds into eight segments; high is strictly better than the threshold.

    Attributes:
        threshold: "mean" (as the method is taught), "median" (nearest rank), or three fixed numbers
            (days, purchases, amount).

    Raises:
        PolicyError: Another threshold.

    Example:
        >>> Eight().threshold
        'mean'
    """

    threshold: Literal["mean", "median"] | tuple[int, int, int | Decimal] = "mean"

    def __attrs_post_init__(self) -> None:
        fixed: Any = self.threshold
        if fixed in ("mean", "median"):
            return
        kinds = (int, int, int | Decimal)
        exact = isinstance(fixed, tuple) and len(fixed) == 3 and all(map(isinstance, fixed, kinds))
        if not exact or any(isinstance(number, bool) for number in fixed):
            raise PolicyError(f"The threshold is 'mean', 'median' or (days, purchases, amount), got {fixed!r}.")


def shape_of(segments: object, k: int) -> Grid | Eight | None:
    """Returns the segments that an argument names, None for a function of the caller or for none.

    Raises:
        InputError: An unknown name, or a grid of another number of scores.
    """
    shape = {"grid": GRID, "eight": Eight()}.get(segments) if isinstance(segments, str) else segments
    if isinstance(shape, Grid) and shape.k != k:
        raise InputError(
            f"The grid has {shape.k} scores and k is {k}; give a Grid of {k} x {k} cells or segments=None."
        )
    if isinstance(shape, Grid | Eight):
        return shape
    if segments is None or callable(segments):
        return None
    raise InputError(f"segments is 'grid', 'eight', a Grid, an Eight, a function or None, got {segments!r}.")


SHOPIFY: Mapping[str, str] = MappingProxyType(
    {
        "champions": "CHAMPIONS",
        "loyal": "LOYAL",
        "potential_loyalists": "ACTIVE",
        "new": "NEW",
        "promising": "PROMISING",
        "need_attention": "NEEDS_ATTENTION",
        "about_to_sleep": "NEEDS_ATTENTION",
        "at_risk": "AT_RISK",
        "cannot_lose": "PREVIOUSLY_LOYAL",
        "hibernating": "ALMOST_LOST",
        "lost": "DORMANT",
        "prospect": "PROSPECTS",
    }
)
"""The nearest of Shopify's ten customer groups for each of the eleven, and PROSPECTS for who has no order yet."""
