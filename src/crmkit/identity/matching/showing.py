"""The values behind a comparison, from the caller's own frame: masked, or as they are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from crmkit.customers.masking import mask
from crmkit.identity.matching.codes import text_of
from crmkit.identity.matching.tables import opened
from crmkit.identity.normalise import name

__all__ = ["shown", "values_of"]

_FIELDS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "name": (("name",), ("receiver_name",)),
    "phone": (("phone",), ("receiver_phone",)),
    "email": (("email",),),
    "account": (("account",), ("customer_no",), ("nick",)),
    "card": (("card",),),
    "payer": (("payer_id",),),
    "birthday": (("birthday",),),
    "shop": (("platform", "shop"),),
    "address": (("province", "city", "district", "address"), ("postcode",)),
}
"""By comparison, the fields that tell it: the first group that holds something; a group is shown together."""
_PLAIN = frozenset({"province", "city", "district", "platform", "shop"})


def shown(field: str, text: str, *, show: bool = False) -> str:
    """Returns a value as an explanation tells it: cities and districts plain, the rest masked unless `show`.

    Example:
        >>> shown("phone", "13900010001"), shown("city", "深圳市"), shown("address", "科技路12号")
        ('139****0001', '深圳市', '科技**')
        >>> shown("birthday", "1988-03-05"), shown("name", "王小明"), shown("name", "王小明", show=True)
        ('1988-**-**', '王*明', '王小明')
    """
    if show or field in _PLAIN or not text:
        return text
    if field == "birthday":
        return f"{text[:4]}-**-**"
    if field == "address":
        return text if "*" in text[:3] else f"{text[:2]}**"
    if field in ("card", "payer_id", "customer_no", "postcode") and "@" not in text:
        return f"**{text[-2:]}" if len(text) > 3 else "**"
    if field in ("name", "receiver_name", "nick", "account") and "*" in text:
        return text
    if field in ("name", "receiver_name") and (told := name(text).masked):
        return told
    return mask(text.lower() if field == "email" else text)


def values_of(
    frame: Any, columns: Mapping[str, str], rows: Sequence[int], comparisons: Collection[str], *, show: bool = False
) -> list[dict[str, str]]:
    """Returns for each row of a frame the value behind each comparison, "" where the row holds none.

    Args:
        frame: The caller's frame.
        columns: Our field names to its columns.
        rows: Places of the rows.
        comparisons: Which comparisons are asked for.
        show: Tell the values as they are.

    Example:
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"tel": ["13900010001", None]})
        >>> values_of(frame, {"phone": "tel"}, [0, 1], ["phone"])
        [{'phone': '139****0001'}, {'phone': ''}]
    """
    wanted = {field for name in comparisons for group in _FIELDS[name] for field in group}
    known = {field: column for field, column in columns.items() if field in wanted}
    chosen = opened(frame).select(list(dict.fromkeys(known.values())))[list(rows)]
    cells = {column: chosen[column].to_list() for column in chosen.columns}
    told: list[dict[str, str]] = []
    for at in range(len(rows)):
        texts = {field: text_of(cells[column][at]) or "" for field, column in known.items()}
        told.append({name: _value(name, texts, show=show) for name in comparisons})
    return told


def _value(comparison: str, texts: Mapping[str, str], *, show: bool) -> str:
    for group in _FIELDS[comparison]:
        parts = [shown(field, texts[field], show=show) for field in group if texts.get(field)]
        if parts:
            return " ".join(parts)
    return ""
