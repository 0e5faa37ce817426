"""The source cells of an order, unchanged, as one mapping that copies nothing."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, Mapping, Sequence, ValuesView
from functools import lru_cache

from crmkit.importers.documents.values import Node, SourceTree
from crmkit.importers.drafts import Draft

__all__ = ["SourceCells", "raw_of"]


@lru_cache(maxsize=256)
def _names(header: tuple[str, ...], row: int) -> dict[str, int]:
    """Column → position; equal names get a number, and so do those of further rows."""
    found: dict[str, int] = {}
    for at, name in enumerate(header):
        base = name.strip() or f"column {at + 1}"
        label, times = base, 1
        while label in found:
            times += 1
            label = f"{base} ({times})"
        found[label] = at
    return found if row == 0 else {f"{name} [{row + 1}]": at for name, at in found.items()}


class SourceCells(Mapping[str, str]):
    """Gives the cells of an order's rows by column; those of its second row by `column [2]`, and so on.

    Args:
        rows: Header and cells of each row.

    Example:
        >>> cells = SourceCells([(("No", "SKU"), ["1", "A"]), (("No", "SKU"), ["1", "B"])])
        >>> cells["SKU"], cells["SKU [2]"], len(cells)
        ('A', 'B', 4)
    """

    __slots__ = ("_rows",)

    def __init__(self, rows: Sequence[tuple[tuple[str, ...], list[str]]]) -> None:
        self._rows = rows

    def __getitem__(self, name: str) -> str:
        for index, (header, row) in enumerate(self._rows):
            at = _names(header, index).get(name)
            if at is not None:
                return row[at]
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        for index, (header, _) in enumerate(self._rows):
            yield from _names(header, index)

    def items(self) -> ItemsView[str, str]:
        """Returns columns and cells, made in one go: stores write all of them."""
        return self._whole().items()

    def values(self) -> ValuesView[str]:
        """Returns the cells, made in one go."""
        return self._whole().values()

    def _whole(self) -> dict[str, str]:
        whole: dict[str, str] = {}
        for index, (header, row) in enumerate(self._rows):
            whole.update(zip(_names(header, index), row, strict=False))
        return whole

    def __len__(self) -> int:
        return sum(len(header) for header, _ in self._rows)

    def __repr__(self) -> str:
        return f"SourceCells({len(self._rows)} rows)"

    def __reduce__(self) -> tuple[type[SourceCells], tuple[list[tuple[tuple[str, ...], list[str]]]]]:
        return SourceCells, (list(self._rows),)


def raw_of(draft: Draft) -> SourceCells | SourceTree:
    """Returns the source cells of an order's rows, that of the row that speaks for it first; of JSON its object."""
    head = draft.row
    if isinstance(head, Node):
        return SourceTree(head.value)
    parts = [part for part in draft.parts if part.line_rows is None]
    rows = [(parts[0].layout.header, head)]
    for part in parts:
        header = part.layout.header
        for _, row in part.rows:
            if row is head:
                rows[0] = (header, head)
            else:
                rows.append((header, row))
    return SourceCells(rows)
