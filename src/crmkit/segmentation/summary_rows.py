"""A summary of customers by Narwhals expressions, for every engine but pandas and pyarrow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crmkit.segmentation import amounts
from crmkit.segmentation.amounts import Unit, money_of
from crmkit.segmentation.literals import with_date, with_day_number
from crmkit.segmentation.purchases import OrderRows
from crmkit.segmentation.refusals import FrameError
from crmkit.segmentation.results import given_back
from crmkit.segmentation.summary_basis import SummaryBasis

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

__all__ = ["SummaryRows", "combined_rows", "merged_rows", "replaced_rows", "rows_of_orders", "rows_of_table"]

_DAYS = ("first", "last", "previous")
_COUNTS = ("purchases", "purchase_days", "minor")


@attrs.frozen(slots=True, kw_only=True, eq=False)
class SummaryRows:
    """Holds a lazy Narwhals frame of one row a customer who was seen.

    Attributes:
        frame: Columns `customer`; `first`, `last` and `previous`, days since 1970-01-01 or null; `purchases`,
            `purchase_days`; `minor`, and `money` where the amounts are Decimals.
        unit: Unit of `minor`.
        is_eager: The caller gave a frame that is not lazy, and gets one back, ordered.
    """

    frame: Any
    unit: Unit
    is_eager: bool

    @property
    def sums(self) -> tuple[str, ...]:
        """The columns that are added up when two rows are put together."""
        return (*_COUNTS, "money") if self.unit.kind == "decimal" else _COUNTS

    def bought(self) -> SummaryRows:
        """Returns those who have bought."""
        import narwhals.stable.v2 as nw

        return attrs.evolve(self, frame=self.frame.filter(nw.col("purchases") > 0))

    def given_back(self) -> Any:
        """Returns the summary as a frame that can be stored and read back."""
        import narwhals.stable.v2 as nw

        frame = self.frame.rename({name: f"{name}_day" for name in _DAYS})
        for name in _DAYS:
            frame = with_date(frame, f"{name}_day", name)
        total = money_of(self.unit, nw.col("minor"), nw.col("money"))
        found = frame.select("customer", *_DAYS, *_COUNTS[:2], total=total)
        return given_back(found, "customer", is_eager=self.is_eager)


def rows_of_orders(orders: OrderRows) -> SummaryRows:
    """Returns the summary of orders that an engine holds: everybody who was seen, also those who did not buy."""
    import narwhals.stable.v2 as nw

    bought = nw.col("purchases") > 0
    rows = orders.by_customer_day().with_columns(first=nw.when(bought).then(nw.col("day")))
    rows = rows.with_columns(last=nw.col("first").max().over("customer"))
    rows = rows.with_columns(
        previous=nw.when(nw.col("first") < nw.col("last")).then(nw.col("first")), purchase_days=bought.cast(nw.Int64)
    )
    found = SummaryRows(frame=rows, unit=orders.unit, is_eager=orders.is_eager)
    most = [nw.col("first").min(), nw.col("last").max(), nw.col("previous").max()]
    each = rows.select("customer", *_DAYS, *found.sums).group_by("customer")
    return attrs.evolve(found, frame=_whole(each.agg(*most, *(nw.col(name).sum() for name in found.sums))))


def rows_of_table(frame: Any, basis: SummaryBasis) -> SummaryRows:
    """Returns a stored summary as rows.

    Raises:
        FrameError: A column is missing or is not what the summary made.
    """
    import narwhals.stable.v2 as nw

    given = nw.from_native(frame)
    is_eager = isinstance(given, nw.DataFrame)
    given = given.lazy() if is_eager else given
    schema = given.collect_schema()
    for name in ("customer", *_DAYS, *_COUNTS[:2], "total"):
        if name not in schema:
            raise FrameError(name, "no such column", "what CustomerSummary made")
    for name in _DAYS:
        if not isinstance(schema[name], nw.Date | nw.Datetime):
            raise FrameError(name, str(schema[name]), "dates")
        given = with_day_number(given, name)
    kind = schema["total"]
    kinds = {"float": kind.is_float(), "int": kind.is_integer(), "decimal": kind.is_decimal()}
    found = next((name for name, is_it in kinds.items() if is_it), str(kind))
    if found != basis.kind:
        raise FrameError("total", found, f"{basis.kind} amounts as stored")
    money = [nw.col("total").alias("money")] if found == "decimal" else []
    minor = amounts.total_expression("total", basis.unit)
    counts = (nw.col(name).cast(nw.Int64) for name in _COUNTS[:2])
    frame = given.select("customer", *_DAYS, *counts, minor.alias("minor"), *money)
    return SummaryRows(frame=frame, unit=basis.unit, is_eager=is_eager)


def merged_rows(older: SummaryRows, newer: SummaryRows, combined: Any) -> SummaryRows:
    """Returns both together; `combined` makes one row of the columns of two, the newer ones ending in `_new`."""
    import narwhals.stable.v2 as nw

    digits = max(older.unit.digits, newer.unit.digits)
    older, newer = (_scaled(one, digits) for one in (older, newer))
    names = [name for name in newer.frame.collect_schema().names() if name != "customer"]
    other = newer.frame.rename({name: f"{name}_new" for name in names} | {"customer": "customer_new"})
    both = older.frame.join(other, left_on="customer", right_on="customer_new", how="full")
    who = nw.coalesce("customer", "customer_new").alias("customer")
    found = both.select(who, *combined(older))
    is_eager = older.is_eager and newer.is_eager
    return SummaryRows(frame=_whole(found), unit=older.unit, is_eager=is_eager)


def _scaled(one: SummaryRows, digits: int) -> SummaryRows:
    import narwhals.stable.v2 as nw

    if one.unit.digits == digits:
        return one
    frame = one.frame.with_columns(minor=nw.col("minor") * 10 ** (digits - one.unit.digits))
    return attrs.evolve(one, frame=frame, unit=Unit(one.unit.kind, digits))


def combined_rows(older: SummaryRows) -> list[nw.Expr]:
    """Returns what two rows of a customer make together, either of which may be missing."""
    import narwhals.stable.v2 as nw

    last, previous, first_new = nw.col("last"), nw.col("previous"), nw.col("first_new")
    # Null where either did not buy, which is no overlap.
    is_split = nw.when(first_new == last).then(nw.lit(1)).otherwise(nw.lit(0))
    before_new = nw.when(is_split == 1).then(previous).otherwise(last)
    since_new = nw.coalesce(nw.col("previous_new"), before_new)
    sums = {name: nw.coalesce(name, nw.lit(0)) + nw.coalesce(f"{name}_new", nw.lit(0)) for name in _COUNTS}
    sums["purchase_days"] = sums["purchase_days"] - is_split
    if "money" in older.sums:
        money, new = nw.col("money"), nw.col("money_new")
        # Both, or the one there is: a zero of ours would not be a Decimal of theirs.
        sums["money"] = nw.coalesce(money + new, money, new)
    return [
        nw.coalesce("first", "first_new").alias("first"),
        nw.coalesce("last_new", "last").alias("last"),
        nw.when(first_new.is_null()).then(previous).otherwise(since_new).alias("previous"),
        *(expression.alias(name) for name, expression in sums.items()),
    ]


def replaced_rows(older: SummaryRows) -> list[nw.Expr]:
    """Returns the newer row of a customer where there is one."""
    import narwhals.stable.v2 as nw

    is_new = ~nw.col("purchases_new").is_null()
    return [
        nw.when(is_new).then(nw.col(f"{name}_new")).otherwise(nw.col(name)).alias(name)
        for name in (*_DAYS, *older.sums)
    ]


def _whole(frame: Any) -> Any:
    import narwhals.stable.v2 as nw

    return frame.with_columns(nw.col(name).cast(nw.Int64) for name in (*_DAYS, *_COUNTS))
