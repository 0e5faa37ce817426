"""RFM by Narwhals expressions, for polars, DuckDB and every other engine; lazy frames stay lazy.

Rules that keep one answer on all engines: expressions are selected first and aggregated plainly, ordered functions
are ranks only, and whatever could be null or NaN is filtered before anything is compared.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import attrs

from crmkit.segmentation import amounts, ways_out
from crmkit.segmentation.amounts import Unit
from crmkit.segmentation.days import Window, fitted, with_day
from crmkit.segmentation.keys import BLANKS
from crmkit.segmentation.plan import Columns, Plan

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

__all__ = ["Door", "opened", "orders_of", "summary", "used_rows"]

_NANOSECOND_YEARS = (1678, 2261)


@attrs.frozen(slots=True, kw_only=True)
class Door:
    """Holds a Narwhals frame whose columns were checked, with the expressions that read them.

    Attributes:
        frame: The frame, with the columns under the caller's names.
        customer: Id, NaN and blank texts made null.
        moment: Moment, of microseconds or nanoseconds.
        minor: Amount in whole units, null where it cannot be used.
        columns: The caller's names.
        unit: Unit of `minor`.
        plan: What is asked for, its window fitted to the column.
        float_ids: Whether ids are binary fractions.
        text_ids: Whether ids are texts.
        low: Whether a row is not before `since`, or None for always.
        high: Whether a row is before `as_of`, or None for always.
    """

    frame: Any
    customer: nw.Expr
    moment: nw.Expr
    minor: nw.Expr
    columns: Columns
    unit: Unit
    plan: Plan
    float_ids: bool
    text_ids: bool
    low: nw.Expr | None
    high: nw.Expr | None

    @property
    def within(self) -> nw.Expr:
        """Whether a row lies in the window; null where it has no moment."""
        inside = ~self.moment.is_null()
        for bound in (self.low, self.high):
            inside = inside if bound is None else inside & bound
        return inside

    @property
    def usable(self) -> nw.Expr:
        """Whether a row is seen and can be used."""
        import narwhals.stable.v2 as nw

        usable = self.within & ~self.customer.is_null() & ~self.minor.is_null()
        return usable if self.columns.order is None else usable & ~nw.col(self.columns.order).is_null()


def opened(frame: Any, columns: Columns, plan: Plan) -> Door:
    """Returns the frame behind the door, before any work on its rows.

    Raises:
        FrameError: A column is missing or of a wrong type.
    """
    import narwhals.stable.v2 as nw

    frame = _of_microseconds(frame, columns.moment)
    schema = frame.collect_schema()
    columns = columns.found_in(schema)
    for name in columns.named():
        if name not in schema:
            raise ways_out.missing_column(name, 0, schema, columns)
    moment, window = _moment(frame, columns.moment, schema[columns.moment], plan.window)
    kind = schema[columns.amount]
    if _typeless(frame, columns.amount):
        frame, kind = frame.with_columns(nw.col(columns.amount).cast(nw.Float64)), nw.Float64()
    if not kind.is_numeric():
        raise ways_out.wrong_amounts(columns.amount, _found(frame, columns.amount, kind))
    unit, minor = amounts.expression(columns.amount, kind, plan.digits)
    customer = nw.col(columns.customer)
    floats = schema[columns.customer].is_float()
    texts = isinstance(schema[columns.customer], nw.String | nw.Categorical | nw.Enum)
    low, high = _bounds(frame, moment, window, getattr(schema[columns.moment], "time_unit", "us"))
    return Door(
        frame=frame,
        customer=customer.fill_nan(None) if floats else _filled(customer) if texts else customer,
        moment=moment,
        minor=minor,
        columns=columns,
        unit=unit,
        plan=attrs.evolve(plan, window=window),
        float_ids=floats,
        text_ids=texts,
        low=low,
        high=high,
    )


def _filled(customer: nw.Expr) -> nw.Expr:
    """Returns ids of text with null for those that are blank."""
    import narwhals.stable.v2 as nw

    return nw.when(customer.cast(nw.String).str.strip_chars(BLANKS) != "").then(customer)


def _of_microseconds(frame: Any, moment: str) -> Any:
    """Gives DuckDB's aware moments of nanoseconds the type that Narwhals knows; a relation of pandas may have them."""
    import narwhals.stable.v2 as nw

    if not frame.implementation.is_duckdb():
        return frame
    relation = frame.to_native()
    if moment not in relation.columns or str(relation.types[relation.columns.index(moment)]) != "TIMESTAMPTZ_NS":
        return frame
    column = '"' + moment.replace('"', '""') + '"'
    return nw.from_native(relation.project(f"* REPLACE (CAST({column} AS TIMESTAMPTZ) AS {column})"))


def _typeless(frame: Any, column: str) -> bool:
    """Whether the engine itself has no type for the column, as in a frame made of empty lists."""
    if not frame.implementation.is_polars():
        return False
    return str(frame.lazy().to_native().collect_schema()[column]) == "Null"


def _found(frame: Any, column: str, kind: Any) -> str:
    """Names the column's type, by the engine's own word where Narwhals has none."""
    if str(kind) != "Unknown" or not frame.implementation.is_duckdb():
        return str(kind)
    relation = frame.to_native()
    return str(relation.types[relation.columns.index(column)])


def _moment(frame: Any, name: str, kind: Any, window: Window) -> tuple[nw.Expr, Window]:
    import narwhals.stable.v2 as nw

    moment = nw.col(name)
    if _typeless(frame, name):
        zone = None if window.as_of.tzinfo is None else "UTC"
        return moment.cast(nw.Datetime("us", zone)), fitted(window, aware=None, column=name, found="nothing")
    if isinstance(kind, nw.Date):
        return moment.cast(nw.Datetime("us")), fitted(window, aware=False, column=name, found=str(kind))
    if not isinstance(kind, nw.Datetime):
        raise ways_out.wrong_moments(name, _found(frame, name, kind))
    window = fitted(window, aware=kind.time_zone is not None, column=name, found=str(kind))
    if kind.time_zone not in (None, "UTC") and not _keeps_zone_in_session(frame):
        moment = moment.dt.convert_time_zone("UTC")  # polars compares moments of one zone only
    if kind.time_unit in ("s", "ms"):  # else a bound of microseconds would be cut down to the column's unit
        moment = moment.cast(nw.Datetime("us", None if kind.time_zone is None else "UTC"))
    return moment, window


def _keeps_zone_in_session(frame: Any) -> bool:
    """Whether the engine's aware moments are instants that the session only shows in a zone."""
    engine = frame.implementation
    return bool(engine.is_duckdb() or engine.is_pyspark() or engine.is_pyspark_connect())


def _bounds(frame: Any, moment: nw.Expr, window: Window, unit: str) -> tuple[nw.Expr | None, nw.Expr | None]:
    """Returns both bounds, None for one beyond what nanoseconds can hold: it is kept by every row."""
    first, last = _NANOSECOND_YEARS
    low, high = window.since and _in_utc(window.since), _in_utc(window.as_of)
    if unit == "ns" and low is not None and low.year < first:
        low = None
    beyond = unit == "ns" and high.year > last
    start, end = _literal(frame, low), _literal(frame, high)
    return None if low is None else moment >= start, None if beyond else moment < end


def _literal(frame: Any, moment: datetime | None) -> Any:
    """Returns a bound; a naive one for Spark as text, since Spark would read a datetime in the zone of its session."""
    import narwhals.stable.v2 as nw

    is_spark = frame.implementation.is_pyspark() or frame.implementation.is_pyspark_connect()
    if not is_spark or moment is None or moment.tzinfo is not None:
        return moment
    return nw.lit(moment.isoformat(sep=" ")).cast(nw.Datetime("us"))


def _in_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo is None else moment.astimezone(UTC)


def summary(door: Door) -> Any:
    """Returns a lazy frame of customers who bought: customer, recency, frequency, monetary in whole units."""
    import narwhals.stable.v2 as nw

    orders = orders_of(door)
    paid = nw.col("bought")
    rows = orders.select(
        "customer",
        "minor",
        *(["money"] if door.unit.kind == "decimal" else []),
        moment=nw.when(paid).then(nw.col("moment")),
        frequency=paid.cast(nw.Int64),
    )
    sums = ["minor", "frequency", *(["money"] if door.unit.kind == "decimal" else [])]
    if door.plan.by == "day":
        return _by_day(door, rows)
    found = rows.group_by("customer").agg(nw.col("moment").max(), *(nw.col(name).sum() for name in sums))
    return _with_recency(door, found.filter(nw.col("frequency") > 0))


def used_rows(door: Door) -> Any:
    """Returns the rows that are seen and can be used, repeats dropped where that was asked for."""
    rows = door.frame.filter(door.usable)
    return rows.unique(subset=list(door.columns.named()), keep="any") if door.plan.drop_repeats else rows


def orders_of(door: Door) -> Any:
    """Returns one row an order: customer, moment, minor, whether it is a purchase."""
    import narwhals.stable.v2 as nw

    order, decimal = door.columns.order, door.unit.kind == "decimal"
    rows = used_rows(door)
    named: dict[str, nw.Expr] = {"customer": door.customer, "moment": door.moment, "minor": door.minor}
    if decimal:
        named["money"] = nw.col(door.columns.amount)
    minor = nw.col("minor")
    if order is None:
        return rows.select(**named).with_columns(bought=minor >= 0 if door.plan.count_free else minor > 0)
    rows = rows.select(**named, order=nw.col(order), refund=(door.minor < 0).cast(nw.Int64))
    money = [nw.col("money").sum()] if decimal else []
    orders = rows.group_by("customer", "order").agg(nw.col("moment").min(), minor.sum(), nw.col("refund").max(), *money)
    free = (minor == 0) & (nw.col("refund") == 0)  # free is what never cost anything, not what was paid back
    return orders.with_columns(bought=(minor > 0) | free if door.plan.count_free else minor > 0)


def _by_day(door: Door, rows: Any) -> Any:
    """Counts distinct shop days: first one row a customer and day, then one a customer."""
    import narwhals.stable.v2 as nw

    sums = ["minor", *(["money"] if door.unit.kind == "decimal" else [])]
    rows = with_day(rows, "moment", "day", door.plan.window.zone).drop("moment")
    days = rows.group_by("customer", "day").agg(nw.col("frequency").max(), *(nw.col(name).sum() for name in sums))
    found = days.group_by("customer").agg(
        nw.col("day").max(), nw.col("frequency").sum(), *(nw.col(name).sum() for name in sums)
    )
    return _finished(door, found.filter(nw.col("frequency") > 0))


def _with_recency(door: Door, found: Any) -> Any:
    return _finished(door, with_day(found, "moment", "day", door.plan.window.zone))


def _finished(door: Door, found: Any) -> Any:
    import narwhals.stable.v2 as nw

    return found.select(
        "customer",
        *(["money"] if door.unit.kind == "decimal" else []),
        recency=(door.plan.window.today - nw.col("day")).cast(nw.Int64),
        frequency=nw.col("frequency").cast(nw.Int64),
        monetary=nw.col("minor").cast(nw.Int64),
    )
