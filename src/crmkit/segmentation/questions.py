"""What is asked of an engine beside the result: currencies, the counts of the report, the first rows that fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmkit.segmentation.amounts import LARGEST
from crmkit.segmentation.by_expressions import Door
from crmkit.segmentation.keys import LIKE_MISSING
from crmkit.segmentation.plan import DIMENSIONS, refuse_currencies
from crmkit.segmentation.report import Facts

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

__all__ = ["facts", "first_bad", "flat_of", "refuse_several_currencies"]


def refuse_several_currencies(door: Door) -> str | None:
    """Refuses seen rows of several currencies, and returns the one there is; on a lazy frame this is a small query."""
    import narwhals.stable.v2 as nw

    if door.columns.currency is None:
        return None
    rows = door.frame.filter(door.usable).select(currency=nw.col(door.columns.currency), one=nw.lit(1))
    counts = _collected(rows.group_by("currency").agg(nw.col("one").sum()))
    codes = counts["currency"].to_list()
    refuse_currencies(zip(codes, counts["one"].to_list(), strict=True))
    return str(codes[0]) if codes and codes[0] is not None else None


def _collected(frame: Any) -> Any:
    return frame.collect() if hasattr(frame, "collect") else frame


def facts(door: Door, values: Any) -> Facts:
    """Returns the counts of the call by asking the engine."""
    import narwhals.stable.v2 as nw

    rows = door.frame.select(reason=_reason(door), one=nw.lit(1))
    found = _collected(rows.group_by("reason").agg(nw.col("one").sum()))
    counts = dict(zip(found["reason"].to_list(), map(int, found["one"].to_list()), strict=True))
    seen = door.frame.filter(door.usable)
    named = list(door.columns.named())
    unequal = _count(seen.select(*named).unique(subset=named, keep="any"))
    customers = _count(seen.select(customer=door.customer).unique(subset=["customer"], keep="any"))
    buyers, flat = flat_of(values)
    usable = counts.pop("", 0)
    return Facts(
        rows=usable + sum(counts.values()),
        before=counts.pop("before", 0),
        later=counts.pop("later", 0),
        dropped=counts,
        repeats=usable - unequal,
        customers=buyers,
        left_out=customers - buyers,
        flat=flat,
        float_ids=door.float_ids,
        are_repeats_dropped=door.plan.drop_repeats,
        like_missing=_count(seen.filter(door.customer.is_in(LIKE_MISSING))) if door.text_ids else 0,
    )


def flat_of(values: Any) -> tuple[int, tuple[str, ...]]:
    """Returns how many customers there are, and in which dimensions all of them are equal."""
    import narwhals.stable.v2 as nw

    ends = values.select(
        *(nw.col(name).min().alias(f"least_{name}") for name in DIMENSIONS),
        *(nw.col(name).max().alias(f"most_{name}") for name in DIMENSIONS),
        customers=nw.len(),
    )
    end = {name: column[0] for name, column in _collected(ends).to_dict(as_series=False).items()}
    buyers = int(end["customers"])
    return buyers, tuple(name for name in DIMENSIONS if buyers and end[f"least_{name}"] == end[f"most_{name}"])


def _count(frame: Any) -> int:
    import narwhals.stable.v2 as nw

    return int(_collected(frame.select(count=nw.len()))["count"][0])


def _reason(door: Door) -> nw.Expr:
    """Returns the first reason why a row is not used, "" where it is."""
    import narwhals.stable.v2 as nw

    amount = nw.col(door.columns.amount)
    steps = [("null_moment", door.moment.is_null())]
    if door.high is not None:
        steps.append(("later", ~door.high))
    if door.low is not None:
        steps.append(("before", ~door.low))
    steps.append(("null_customer", door.customer.is_null()))
    if door.columns.order is not None:
        steps.append(("null_order", nw.col(door.columns.order).is_null()))
    if door.unit.kind == "float":
        steps += [("null_amount", amount.is_null() | amount.is_nan()), ("not_finite", ~amount.is_finite())]
    steps.append(("null_amount", amount.is_null()))
    if door.unit.kind == "decimal":
        steps.append(("amount_too_fine", door.minor.is_null() & (amount.abs() <= LARGEST // 10**door.unit.digits)))
    steps.append(("amount_too_large", door.minor.is_null()))
    reason = nw.lit("")
    for code, fails in reversed(steps):
        reason = nw.when(fails).then(nw.lit(code)).otherwise(reason)
    return reason


def first_bad(door: Door) -> list[str]:
    """Returns up to five rows inside the window that cannot be used, as texts."""
    import narwhals.stable.v2 as nw

    bad = door.frame.with_columns(reason=_reason(door)).filter(~nw.col("reason").is_in(["", "later", "before"]))
    rows = _collected(bad.select(*door.columns.named(), "reason").head(5)).to_dict(as_series=False)
    return [
        ", ".join(f"{name}={value!r}" for name, value in zip(rows, row, strict=True))
        for row in zip(*rows.values(), strict=True)
    ]
