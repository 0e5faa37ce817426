"""Columns as whole numbers: equal values bear equal codes, and nothing bears -1."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Codes = NDArray[np.int32]

__all__ = ["combined", "distinct", "joined_labels", "numbered", "recoded", "text_codes", "text_of"]

_MOST = 2**62
_NOTHING = frozenset({"", "nan", "none", "null", "nat", "<na>", "n/a", "无", "-", "--"})


def numbered(values: Iterable[Hashable | None]) -> tuple[list[int], list[Any]]:
    """Returns a number for each value, -1 for None, in order of the first appearance; and the values by number.

    Example:
        >>> numbered(["b", None, "a", "b"])
        ([0, -1, 1, 0], ['b', 'a'])
    """
    kept = list(values)
    known = dict.fromkeys(kept)
    known.pop(None, None)
    table: dict[Any, int] = {value: at for at, value in enumerate(known)} | {None: -1}
    return list(map(table.__getitem__, kept)), list(known)


def text_codes(values: Sequence[Any]) -> tuple[Codes, list[str]]:
    """Returns the codes of a raw column and its distinct texts; what says nothing is -1.

    Example:
        >>> codes, texts = text_codes(["a ", None, "b", "a", float("nan"), "无"])
        >>> codes.tolist(), texts
        ([0, -1, 1, 0, -1, -1], ['a', 'b'])
    """
    import numpy as np
    import pandas as pd

    array = np.empty(len(values), object)
    array[:] = values
    codes, raw = pd.factorize(array)
    return recoded(codes, [text_of(value) for value in raw])


def text_of(value: Any) -> str | None:
    """Returns a cell as text, or None where it says nothing."""
    if value is None or value != value:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip()
    return None if text.casefold() in _NOTHING else text


def recoded(codes: NDArray[Any], values: Sequence[Any]) -> tuple[Codes, list[Any]]:
    """Returns the codes after each code's value was replaced by another, or by None, and the new values by code."""
    import numpy as np

    table, known = numbered(values)
    return np.array([*table, -1], np.int32)[codes], known


def combined(*parts: NDArray[Any], optional: Sequence[int] = ()) -> Codes:
    """Returns one code for several columns together; nothing where a part, unless `optional` by place, is nothing.

    Example:
        >>> import numpy as np
        >>> combined(np.array([0, 0, 1, -1]), np.array([2, 2, 2, 2])).tolist()
        [0, 0, 1, -1]
    """
    import numpy as np
    import pandas as pd

    key = np.zeros(len(parts[0]), np.int64)
    known = np.ones(len(key), bool)
    span = 1
    for place, part in enumerate(parts):
        if place not in optional:
            known &= part >= 0
        width = int(part.max(initial=0)) + 2
        if span * width >= _MOST:  # renumbered before a product leaves 64 bits
            key = pd.factorize(key)[0].astype(np.int64)
            span = int(key.max(initial=0)) + 1
        key = key * width + part + 1
        span *= width
    codes = np.full(len(key), -1, np.int32)
    codes[known] = pd.factorize(key[known])[0]
    return codes


def distinct(groups: NDArray[Any], values: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Returns the distinct pairs of a group and a value, both known, sorted.

    Example:
        >>> import numpy as np
        >>> distinct(np.array([1, 0, 1, 1]), np.array([5, -1, 5, 3]))
        (array([1, 1]), array([3, 5]))
    """
    import numpy as np
    import pandas as pd

    known = (groups >= 0) & (values >= 0)
    width = int(values.max(initial=0)) + 1
    keys = np.sort(pd.unique(groups[known].astype(np.int64) * width + values[known]))  # faster than numpy's
    return keys // width, keys % width


def joined_labels(n: int, columns: Sequence[NDArray[Any]]) -> NDArray[np.int64]:
    """Returns for each row the smallest row that equal values of any column tie it to, step by step.

    Example:
        >>> import numpy as np
        >>> joined_labels(4, [np.array([7, 7, -1, -1]), np.array([-1, 2, 2, -1])]).tolist()
        [0, 0, 0, 3]
    """
    import numpy as np

    label = np.arange(n)
    ties = [(rows, column[rows]) for column in columns if len(rows := np.flatnonzero(column >= 0))]
    sizes = [int(values.max()) + 1 for _, values in ties]
    while True:
        before = label
        for (rows, values), size in zip(ties, sizes, strict=True):
            least = np.full(size, n)
            np.minimum.at(least, values, label[rows])
            label = label.copy()
            # The root of each row takes the smallest label too, so that chains close in few rounds.
            np.minimum.at(label, label[rows], least[values])
            label[rows] = np.minimum(label[rows], least[values])
        label = label[label]
        if np.array_equal(label, before):
            return label
