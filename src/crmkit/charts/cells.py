"""From an RFM result to the few sums that a picture of it shows."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import attrs

from crmkit.errors import InputError
from crmkit.segmentation.labels import LABELS
from crmkit.segmentation.refusals import FrameError

__all__ = ["RfmCell", "SegmentShare", "rfm_cells", "segment_shares"]

_ORDER = {name: place for place, name in enumerate(LABELS)}


@attrs.frozen(kw_only=True, slots=True)
class RfmCell:
    """Is one cell of the grid of recency and frequency scores.

    Attributes:
        r: Recency score; the highest bought last.
        f: Frequency score.
        customers: Customers in the cell.
        value: Their net total, in the frame's own unit.
        segments: Names of the segments that they are in, sorted; more than one where the grid is not the only ground.
    """

    r: int
    f: int
    customers: int
    value: Decimal
    segments: tuple[str, ...] = ()


@attrs.frozen(kw_only=True, slots=True)
class SegmentShare:
    """Is one segment: how many customers, and how much of the money.

    Attributes:
        segment: The segment's code; "" for customers in none.
        customers: Customers in it.
        value: Their net total, in the frame's own unit.
        customer_share: Part of all customers, 0 to 1.
        value_share: Part of all value, or None where all value together is nothing or less.
    """

    segment: str
    customers: int
    value: Decimal
    customer_share: Decimal
    value_share: Decimal | None


def rfm_cells(frame: Any) -> tuple[RfmCell, ...]:
    """Returns the populated cells of an RFM result, the best corner first.

    Args:
        frame: Any frame that Narwhals takes, with columns `r`, `f`, `monetary` and perhaps `segment`; lazy frames are
            aggregated by their engine before anything is collected.

    Returns:
        One cell for each pair of scores that somebody has, by r, then f, highest first.

    Raises:
        FrameError: A column is missing.

    Example:
        >>> import pandas as pd
        >>> scores = {"r": [5, 5, 1], "f": [1, 1, 2]}
        >>> rfm = pd.DataFrame({**scores, "monetary": [20, 30, 9], "segment": ["new", "new", "lost"]})
        >>> [(cell.r, cell.f, cell.customers, str(cell.value), cell.segments) for cell in rfm_cells(rfm)]
        [(5, 1, 2, '50', ('new',)), (1, 2, 1, '9', ('lost',))]
    """
    found: dict[tuple[int, int], RfmCell] = {}
    for r, f, segment, customers, value in _grouped(frame):
        old = found.get((r, f), RfmCell(r=r, f=f, customers=0, value=Decimal(0)))
        names = tuple(sorted({*old.segments, segment})) if segment else old.segments
        found[r, f] = RfmCell(r=r, f=f, customers=old.customers + customers, value=old.value + value, segments=names)
    return tuple(found[key] for key in sorted(found, reverse=True))


def segment_shares(frame: Any) -> tuple[SegmentShare, ...]:
    """Returns the segments of an RFM result with their shares, the best known first and a shop's own last.

    Args:
        frame: As for `rfm_cells`, with a column `segment`.

    Raises:
        FrameError: A column is missing.

    Example:
        >>> import pandas as pd
        >>> scores = {"r": [5, 5, 1], "f": [1, 5, 2]}
        >>> rfm = pd.DataFrame({**scores, "monetary": [10, 30, 0], "segment": ["new", "champions", "lost"]})
        >>> [(share.segment, share.customers, str(share.value_share)) for share in segment_shares(rfm)]
        [('champions', 1, '0.75'), ('new', 1, '0.25'), ('lost', 1, '0')]
    """
    customers: dict[str, int] = {}
    values: dict[str, Decimal] = {}
    for _, _, segment, number, value in _grouped(frame, needs_segment=True):
        customers[segment] = customers.get(segment, 0) + number
        values[segment] = values.get(segment, Decimal(0)) + value
    everybody, everything = sum(customers.values()), sum(values.values(), Decimal(0))
    return tuple(
        SegmentShare(
            segment=name,
            customers=customers[name],
            value=values[name],
            customer_share=Decimal(customers[name]) / everybody,
            value_share=values[name] / everything if everything > 0 else None,
        )
        for name in sorted(customers, key=lambda name: (_ORDER.get(name, len(_ORDER)), name))
    )


def _grouped(frame: Any, *, needs_segment: bool = False) -> Iterable[tuple[int, int, str, int, Decimal]]:
    """Gives (r, f, segment, customers, value): the frame's engine counts, and a few rows are collected."""
    import narwhals.stable.v2 as nw

    table: Any = nw.from_native(frame)
    names = table.collect_schema().names()
    keys = ["r", "f", "segment"] if needs_segment or "segment" in names else ["r", "f"]
    for name in (*keys, "monetary"):
        if name not in names:
            raise FrameError(name, "no such column", "the result of segmentation.rfm")
    grouped = table.select(*keys, "monetary").group_by(*keys).agg(nw.len().alias("_n"), nw.col("monetary").sum())
    eager = grouped.collect() if isinstance(grouped, nw.LazyFrame) else grouped
    for row in sorted(eager.rows(named=True), key=lambda row: tuple(str(row[key]) for key in keys)):
        segment = row.get("segment")
        # NaN, which is not itself, is the null of some pandas columns.
        name = "" if segment is None or segment != segment else str(segment)
        yield int(row["r"]), int(row["f"]), name, int(row["_n"]), _exact(row["monetary"])


def _exact(value: Any) -> Decimal:
    if value is None:
        return Decimal(0)
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    if not number.is_finite():
        raise InputError(f"The column 'monetary' holds {value!r}, which is no amount; leave such rows out first.")
    return number
