"""Frames of the caller's kind: columns out of them, labels out of them, and new ones like them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from crmkit.errors import InputError

__all__ = ["labels_of", "new_frame", "opened"]


def opened(frame: Any, what: str = "frame") -> Any:
    """Returns the Narwhals frame over what the caller gave; a lazy one is collected."""
    import narwhals.stable.v2 as nw

    try:
        native = nw.from_native(frame)
    except TypeError:
        raise InputError(f"{what} is a {type(frame).__name__}; give a frame that Narwhals reads.") from None
    return native.collect() if isinstance(native, nw.LazyFrame) else native


def new_frame(columns: Mapping[str, Any], like: Any) -> Any:
    """Returns a frame of the same kind as `like`; a pandas frame where `like` is none.

    Example:
        >>> new_frame({"a": [1]}, {}).to_dict("list")
        {'a': [1]}
    """
    import narwhals.stable.v2 as nw

    try:
        native = nw.from_native(like)
    except TypeError:
        import pandas as pd

        return pd.DataFrame(dict(columns))
    if isinstance(native, nw.LazyFrame):
        native = native.collect()
    return nw.from_dict(dict(columns), backend=nw.get_native_namespace(native)).to_native()


def labels_of(side: Any, what: str) -> tuple[list[Any], list[Any]]:
    """Returns the records and their labels, from a mapping or a frame of two columns.

    Example:
        >>> labels_of({"a": 1, "b": 1}, "truth")
        (['a', 'b'], [1, 1])
    """
    if isinstance(side, Mapping):
        records, labels = list(side), list(side.values())
    else:
        frame = opened(side, what)
        if len(frame.columns) != 2:
            raise InputError(f"{what} has {len(frame.columns)} columns; give two: the record and its label.")
        key = "record_id" if "record_id" in frame.columns else frame.columns[0]
        label = next(name for name in frame.columns if name != key)
        records, labels = frame[key].to_list(), frame[label].to_list()
    if len(set(records)) < len(records):
        twice = sorted(str(record) for record, count in Counter(records).items() if count > 1)[:5]
        raise InputError(f"{what} names records more than once: {', '.join(twice)}.")
    if bad := [str(r) for r, label in zip(records, labels, strict=True) if label is None or label != label][:5]:
        raise InputError(f"{what} has no label for {', '.join(bad)}.")
    return records, labels
