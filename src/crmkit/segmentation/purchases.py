"""Orders as every question here sees them: whose, on which shop day, for how much, and whether they are a purchase.

Frames in memory (pandas, pyarrow) become arrays; every other engine keeps its rows and gets expressions. Both say the
same in whole numbers, so that a question is asked once for each of the two and answered alike on all engines.
"""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

import attrs

from crmkit.errors import InputError
from crmkit.segmentation import by_arrays, by_expressions, questions, tables
from crmkit.segmentation.amounts import Unit, money_of
from crmkit.segmentation.days import Window, days_of_ticks, fitted, window, with_day
from crmkit.segmentation.keys import Keys
from crmkit.segmentation.plan import Columns, Plan
from crmkit.segmentation.report import Report
from crmkit.segmentation.results import given_back
from crmkit.segmentation.scores import Cuts
from crmkit.segmentation.summary_basis import SummaryBasis

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Asked", "CustomerDays", "OrderArrays", "OrderRows", "asked", "orders_in"]


@attrs.frozen(slots=True, kw_only=True)
class Asked:
    """Holds what is asked of a frame: its columns, the window, and what counts as a purchase."""

    columns: Columns
    plan: Plan
    strict: bool = False


def asked(
    *,
    as_of: datetime,
    customer: str = "customer",
    moment: str = "moment",
    amount: str = "amount",
    order: str | None = None,
    currency: str | None = "currency",
    since: datetime | None = None,
    zone: str | tzinfo | None = None,
    count_free: bool = False,
    digits: int | None = None,
    drop_repeats: bool = False,
    strict: bool = False,
) -> Asked:
    """Returns the question, its arguments checked; they are those of `rfm`."""
    plan = Plan(
        window=window(as_of, since, zone),
        k=5,
        cuts=Cuts(),
        shape=None,
        by="order",
        count_free=count_free,
        digits=digits,
        drop_repeats=drop_repeats,
    )
    columns = Columns(customer=customer, moment=moment, amount=amount, order=order, currency=currency)
    return Asked(columns=columns, plan=plan, strict=strict)


@attrs.frozen(slots=True, kw_only=True)
class CustomerDays:
    """Holds one row for each customer and shop day, ordered by both.

    Attributes:
        codes: The customer's code.
        days: Days since 1970-01-01.
        purchases: Purchases of the day; 0 where only money moved.
        minor: Net amount of the day in whole units.
    """

    codes: NDArray[np.int64]
    days: NDArray[np.int64]
    purchases: NDArray[np.int64]
    minor: NDArray[np.int64]

    def bought(self) -> CustomerDays:
        """Returns the days with a purchase."""
        some = self.purchases > 0
        return CustomerDays(
            codes=self.codes[some], days=self.days[some], purchases=self.purchases[some], minor=self.minor[some]
        )


@attrs.frozen(slots=True, kw_only=True)
class OrderArrays:
    """Holds the seen orders of a frame in memory, one element an order (or a row, where rows are orders).

    Attributes:
        codes: The customer's code, below `ids.size`.
        days: Shop day, days since 1970-01-01.
        minor: Net amount in whole units.
        bought: Whether it is a purchase.
        ids: The way back from codes to ids.
        unit: Unit of `minor`.
        window: What was seen.
        source: The caller's frame.
        columns: The caller's columns.
        is_arrow: Whether it is a pyarrow table.
        seen: The rows that the orders were made of.
        tick_unit: Unit of their ticks.
        plan: What counts as a purchase.
        currency: The currency of all amounts, None where it is not known.
    """

    codes: NDArray[np.int64]
    days: NDArray[np.int64]
    minor: NDArray[np.int64]
    bought: NDArray[np.bool_]
    ids: Keys
    unit: Unit
    window: Window
    source: Any
    columns: Columns
    is_arrow: bool
    seen: by_arrays.Seen
    tick_unit: str
    plan: Plan
    currency: str | None = None

    def by_customer_day(self) -> CustomerDays:
        """Returns one row for each customer and day on which something was seen."""
        import numpy as np

        if not len(self.codes):
            nothing = np.zeros(0, np.int64)
            return CustomerDays(codes=nothing, days=nothing, purchases=nothing, minor=nothing)
        first = int(self.days.min())
        span = int(self.days.max()) - first + 1
        pairs, places = np.unique(self.codes * span + (self.days - first), return_inverse=True)
        return CustomerDays(
            codes=pairs // span,
            days=pairs % span + first,
            purchases=np.bincount(places[self.bought], minlength=len(pairs)).astype(np.int64, copy=False),
            minor=by_arrays.exact_sums(places, self.minor, len(pairs)),
        )

    def frame(self, columns: dict[str, Any], *, codes: NDArray[np.int64], money: tuple[str, ...] = ()) -> Any:
        """Returns results by customer as the caller's kind of frame, ordered by id; `codes` are rising and each once.

        Args:
            columns: Arrays, one element a customer.
            codes: Whose they are.
            money: Columns in whole units, which come out in the kind of the caller's amounts.
        """
        order, ids = self.ids.ordered(codes)
        return self.plain_frame(
            {"customer": ids, **{name: values[order] for name, values in columns.items()}}, money=money
        )

    def plain_frame(self, columns: dict[str, Any], *, money: tuple[str, ...] = ()) -> Any:
        """Returns arrays as the caller's kind of frame, in the order they have."""
        if self.is_arrow:
            return tables.arrow_result(columns, self.unit, money)
        return tables.pandas_result(self.source, columns, self.columns.amount, self.unit, money)


@attrs.frozen(slots=True, kw_only=True)
class OrderRows:
    """Holds the seen orders of any other engine as a lazy Narwhals frame, one row an order.

    Attributes:
        frame: Columns `customer`, `day` (days since 1970-01-01), `month` (from January of year 0), `minor`, `bought`
            (0 or 1), and `money` where the amounts are Decimals.
        door: The caller's frame behind its door.
        is_eager: The caller gave a frame that is not lazy, and gets one back, ordered.
        currency: The currency of all amounts, None where it is not known.
    """

    frame: Any
    door: by_expressions.Door
    is_eager: bool
    currency: str | None = None

    @property
    def unit(self) -> Unit:
        """Unit of `minor`."""
        return self.door.unit

    @property
    def window(self) -> Window:
        """What was seen."""
        return self.door.plan.window

    @property
    def sums(self) -> tuple[str, ...]:
        """The columns that are added up when rows are grouped."""
        return ("minor", "money") if self.unit.kind == "decimal" else ("minor",)

    def by_customer_day(self) -> Any:
        """Returns a lazy frame `customer, day, purchases, minor` (and `money`), one row a customer and day."""
        import narwhals.stable.v2 as nw

        sums = [nw.col("minor").sum().cast(nw.Int64), *(nw.col(name).sum() for name in self.sums[1:])]
        rows = self.frame.rename({"bought": "purchases"})
        return rows.group_by("customer", "day").agg(nw.col("purchases").sum().cast(nw.Int64), *sums)

    def money(self, minor: str = "minor", exact: str = "money") -> Any:
        """Returns the expression of an amount in the caller's kind, from its column in whole units and its Decimals."""
        import narwhals.stable.v2 as nw

        return money_of(self.unit, nw.col(minor), nw.col(exact))

    def given_back(self, result: Any, *by: str) -> Any:
        """Returns a result as the caller's kind of frame; an eager one ordered by these columns."""
        return given_back(result, *by, is_eager=self.is_eager)


def orders_in(frame: Any, question: Asked, report: Report | None = None) -> OrderArrays | OrderRows:
    """Returns the orders of a frame that are seen and can be used.

    Raises:
        FrameError: A column is missing or of a wrong type, or moments and `as_of` are not both naive or both aware.
        CurrencyMismatch: Seen rows are in several currencies.
        InputError: `strict` and a row cannot be used, or the frame is a summary.
    """
    if isinstance(getattr(frame, "basis", None), SummaryBasis):
        raise InputError("This question needs orders; a CustomerSummary does not hold the single ones.")
    collector = Report() if report is None else report
    kind = tables.frame_kind(frame)
    if kind in ("pandas", "pyarrow"):
        return _in_arrays(frame, question, collector, is_arrow=kind == "pyarrow")
    return _in_rows(frame, question, collector)


def _in_arrays(frame: Any, question: Asked, report: Report, *, is_arrow: bool) -> OrderArrays:
    columns = question.columns.found_in(frame.column_names if is_arrow else frame.columns)
    rows = (tables.arrow_rows if is_arrow else tables.pandas_rows)(frame, columns, question.plan.digits)
    moments = rows.moments
    seen_in = fitted(question.plan.window, aware=moments.aware, column=columns.moment, found=moments.found)
    plan = attrs.evolve(question.plan, window=seen_in)
    found = by_arrays.seen(rows, plan)
    if question.strict and (places := by_arrays.first_bad(found, columns)):
        raise InputError(refusal(places))
    codes, ticks, minor, bought = by_arrays.orders_of(found, plan)
    report.ask_with(lambda: _facts(rows, found, codes, bought))
    return OrderArrays(
        codes=codes,
        days=days_of_ticks(ticks, moments.unit, seen_in.zone),
        minor=minor,
        bought=bought,
        ids=rows.customers,
        unit=rows.amounts.unit,
        window=seen_in,
        source=frame,
        columns=columns,
        is_arrow=is_arrow,
        seen=found,
        tick_unit=moments.unit,
        plan=plan,
        currency=by_arrays.currency_of(rows, found),
    )


def _facts(rows: Any, found: Any, codes: NDArray[np.int64], bought: NDArray[np.bool_]) -> Any:
    import numpy as np

    buyers = len(np.unique(codes[bought]))
    return by_arrays.facts(rows, found, buyers, len(np.unique(codes)) - buyers, ())


def _in_rows(frame: Any, question: Asked, report: Report) -> OrderRows:
    import narwhals.stable.v2 as nw

    given = nw.from_native(frame)
    is_eager = isinstance(given, nw.DataFrame)
    # polars plans a query better than it runs single steps
    given = given.lazy() if is_eager and given.implementation.is_polars() else given
    door = by_expressions.opened(given, question.columns, question.plan)
    currency = questions.refuse_several_currencies(door)
    if question.strict and (bad := questions.first_bad(door)):
        raise InputError(refusal(bad))
    orders = by_expressions.orders_of(door)
    exact = ["money"] if door.unit.kind == "decimal" else []
    rows = orders.select("customer", "moment", "minor", *exact, bought=nw.col("bought").cast(nw.Int64))
    report.ask_with(lambda: questions.facts(door, by_expressions.summary(door)))
    days = with_day(rows, "moment", "day", door.plan.window.zone, month="month")
    kept = days.select("customer", "day", "month", "minor", "bought", *exact)
    return OrderRows(frame=kept, door=door, is_eager=is_eager, currency=currency)


def refusal(rows: list[str]) -> str:
    """Returns the sentence that refuses rows under `strict`."""
    return (
        f"Rows that cannot be used, and strict=True; the first of them: {'; '.join(rows)}. Clean them or drop strict."
    )
