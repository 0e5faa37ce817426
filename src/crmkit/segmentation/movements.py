"""Movements: who is in another stage or segment than before, from two results."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import attrs

from crmkit.errors import InputError
from crmkit.events import Event
from crmkit.segmentation.refusals import FrameError

if TYPE_CHECKING:
    from narwhals.stable.v2.typing import IntoFrameT

__all__ = ["SegmentEntered", "SegmentLeft", "movement_events", "movements", "shares_of_rows", "transition_table"]

_NOBODY = "prospect"


@attrs.frozen(kw_only=True, slots=True)
class SegmentEntered(Event):
    """Says that a customer is in a segment or stage in which they were not before.

    Attributes:
        customer: Id of the customer.
        segment: Where they are now.
        previous: Where they were.
        series: Name of the snapshots that tell it; empty where two results were compared by hand.
    """

    customer: str
    segment: str
    previous: str
    series: str = ""


@attrs.frozen(kw_only=True, slots=True)
class SegmentLeft(Event):
    """Says that a customer is no longer in a segment or stage.

    Attributes:
        customer: Id of the customer.
        segment: Where they were.
        next: Where they are now.
        series: Name of the snapshots that tell it; empty where two results were compared by hand.
    """

    customer: str
    segment: str
    next: str
    series: str = ""


def movements(before: IntoFrameT, after: IntoFrameT, *, column: str = "stage") -> IntoFrameT:
    """Returns the customers who are in another stage or segment than before.

    Args:
        before: An earlier result: `customer` and the column.
        after: A later one, of the same kind of frame.
        column: "stage", "segment", or any column of one text a customer.

    Returns:
        The same kind of frame: `customer, from, to`, ordered by customer; who is in one of the results alone is a
        "prospect" in the other.

    Raises:
        FrameError: A column is missing.
        InputError: A customer is in a result twice.

    Example:
        >>> import pandas as pd
        >>> monday = pd.DataFrame({"customer": ["ann", "bo"], "stage": ["active", "at_risk"]})
        >>> sunday = pd.DataFrame({"customer": ["ann", "bo", "cy"], "stage": ["active", "dormant", "new"]})
        >>> movements(monday, sunday).to_dict("records")
        [{'customer': 'bo', 'from': 'at_risk', 'to': 'dormant'}, {'customer': 'cy', 'from': 'prospect', 'to': 'new'}]
    """
    import narwhals.stable.v2 as nw

    joined = _joined(before, after, column)
    moved = joined.filter(nw.col("from") != nw.col("to"))
    result: IntoFrameT = (moved.sort("customer") if isinstance(moved, nw.DataFrame) else moved).to_native()
    return result


def transition_table(before: IntoFrameT, after: IntoFrameT, *, column: str = "stage") -> IntoFrameT:
    """Returns how many customers went from which stage or segment to which between two results.

    Args:
        before: An earlier result: `customer` and the column.
        after: A later one, of the same kind of frame.
        column: "stage", "segment", or any column of one text a customer.

    Returns:
        The same kind of frame: `from, to, customers, share`, as `transitions` gives it.

    Raises:
        FrameError: A column is missing.
        InputError: A customer is in a result twice.

    Example:
        >>> import pandas as pd
        >>> monday = pd.DataFrame({"customer": ["ann", "bo"], "stage": ["active", "active"]})
        >>> sunday = pd.DataFrame({"customer": ["ann", "bo"], "stage": ["active", "at_risk"]})
        >>> transition_table(monday, sunday).values.tolist()
        [['active', 'active', 1, 0.5], ['active', 'at_risk', 1, 0.5]]
    """
    import narwhals.stable.v2 as nw

    joined = _joined(before, after, column)
    found = shares_of_rows(joined.select("from", "to", one=nw.lit(1)))
    result: IntoFrameT = (found.sort("from", "to") if isinstance(found, nw.DataFrame) else found).to_native()
    return result


def movement_events(
    moved: Any, *, at: datetime, kind: str = "stage", series: str = ""
) -> Iterator[SegmentEntered | SegmentLeft]:
    """Yields what the movements mean for journeys: first who left, then who entered, customer by customer.

    Args:
        moved: What `movements` gave; a lazy frame is collected.
        at: The moment of the later result.
        kind: What moved, part of the events' keys.
        series: Name of the snapshots that the results are from, for the events.

    Example:
        >>> from datetime import UTC, datetime
        >>> import pandas as pd
        >>> moved = pd.DataFrame({"customer": ["bo"], "from": ["at_risk"], "to": ["dormant"]})
        >>> for event in movement_events(moved, at=datetime(2026, 11, 24, tzinfo=UTC)):
        ...     print(event.name, event.segment, event.key)
        SegmentLeft at_risk stage:bo:left:at_risk:2026-11-24T00:00:00+00:00
        SegmentEntered dormant stage:bo:entered:dormant:2026-11-24T00:00:00+00:00
    """
    import narwhals.stable.v2 as nw

    frame: Any = nw.from_native(moved)
    frame = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
    for customer, left, entered in frame.select("customer", "from", "to").sort("customer").iter_rows():
        who = str(customer)
        key = f"{kind}:{who}:{{}}:{{}}:{at.isoformat()}"
        told: dict[str, Any] = {"at": at, "customer": who, "series": series}
        yield SegmentLeft(key=key.format("left", left), segment=left, next=entered, **told)
        yield SegmentEntered(key=key.format("entered", entered), segment=entered, previous=left, **told)


def _joined(before: Any, after: Any, column: str) -> Any:
    """Returns `customer, from, to` of everybody who is in one of the results."""
    import narwhals.stable.v2 as nw

    earlier, later = (_result(frame, column, name) for frame, name in ((before, "from"), (after, "to")))
    both = earlier.join(later, on="customer", how="full", suffix="_after")
    return both.select(
        customer=nw.coalesce("customer", "customer_after"),
        **{"from": nw.coalesce("from", nw.lit(_NOBODY)), "to": nw.coalesce("to", nw.lit(_NOBODY))},
    )


def _result(frame: Any, column: str, name: str) -> Any:
    import narwhals.stable.v2 as nw

    found: Any = nw.from_native(frame)
    names = found.collect_schema().names()
    for needed in ("customer", column):
        if needed not in names:
            raise FrameError(needed, "no such column", f"one of {', '.join(map(repr, names))}")
    found = found.select("customer", nw.col(column).alias(name))
    if isinstance(found, nw.DataFrame) and found["customer"].n_unique() < len(found):
        raise InputError(f"A customer is in the result of {column!r} twice; a result has one row a customer.")
    return found


def shares_of_rows(pairs: Any) -> Any:
    """Returns `from, to, customers, share` from one row `from, to, one` a customer."""
    import narwhals.stable.v2 as nw

    counts = pairs.group_by("from", "to").agg(nw.col("one").sum().alias("customers"))
    counts = counts.with_columns(nw.col("customers").cast(nw.Int64))
    totals = counts.select("from", "customers").group_by("from").agg(nw.col("customers").sum().alias("all"))
    share = nw.col("customers").cast(nw.Float64) / nw.col("all").cast(nw.Float64)
    return counts.join(totals, on="from", how="left").select("from", "to", "customers", share.alias("share"))
