"""Which items are in which basket, once what was given back is out of it; the same for arrays and expressions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import attrs

from crmkit.errors import InputError
from crmkit.segmentation import by_arrays, by_expressions, questions, tables
from crmkit.segmentation.by_arrays import exact_sums
from crmkit.segmentation.by_expressions import Door
from crmkit.segmentation.days import fitted
from crmkit.segmentation.keys import Keys
from crmkit.segmentation.plan import Columns
from crmkit.segmentation.purchases import Asked, refusal
from crmkit.segmentation.refusals import FrameError
from crmkit.segmentation.report import Facts, Report
from crmkit.segmentation.seen_places import seen_with_places

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["BasketQuestion", "CellArrays", "CellRows", "Per", "cells_in"]

Per = Literal["order", "customer"]


def _one_of(_: object, __: object, per: Per) -> None:
    if per not in ("order", "customer"):
        raise InputError(f"per is 'order' or 'customer', got {per!r}.")


@attrs.frozen(slots=True, kw_only=True)
class BasketQuestion:
    """Holds what is asked: the orders, the column of items, and whose basket it is."""

    asked: Asked
    item: str
    per: Per = attrs.field(validator=_one_of)

    def __attrs_post_init__(self) -> None:
        if self.per == "order" and self.asked.columns.order is None:
            raise InputError("per='order' needs order=, the column of order numbers: a row alone is no basket.")


@attrs.frozen(slots=True, kw_only=True)
class CellArrays:
    """Holds one element for each basket and item in it, ordered by both.

    Attributes:
        baskets: Numbers of baskets, dense, in the order of their ids.
        items: Numbers of items, dense, in the order of their ids.
        counts: In how many orders of the basket the item is; 1 where an order is a basket.
        basket_ids: The ids of baskets.
        item_ids: The ids of items.
        source: The caller's frame.
        is_arrow: Whether it is a pyarrow table.
    """

    baskets: NDArray[np.int64]
    items: NDArray[np.int64]
    counts: NDArray[np.int64]
    basket_ids: Any
    item_ids: Any
    source: Any
    is_arrow: bool


@attrs.frozen(slots=True, kw_only=True)
class CellRows:
    """Holds the same as a lazy Narwhals frame: columns `keys`, `item`, `count`.

    Attributes:
        frame: The frame.
        keys: The columns that make a basket, its id first.
        is_eager: The caller gave a frame that is not lazy.
        door: The caller's frame behind its door.
    """

    frame: Any
    keys: tuple[str, ...]
    is_eager: bool
    door: Door


def cells_in(frame: Any, question: BasketQuestion, report: Report) -> CellArrays | CellRows:
    """Returns the items of each basket.

    An order that is no purchase is no basket. An item whose lines in an order come to zero or less was given back or
    was free, and is not in it.

    Raises:
        FrameError: A column is missing or of a wrong type.
        CurrencyMismatch: Seen rows are in several currencies.
        InputError: `strict` and a row cannot be used.
    """
    kind = tables.frame_kind(frame)
    if kind in ("pandas", "pyarrow"):
        return _in_arrays(frame, question, report, is_arrow=kind == "pyarrow")
    return _in_rows(frame, question, report)


def _in_arrays(frame: Any, question: BasketQuestion, report: Report, *, is_arrow: bool) -> CellArrays:
    asked = question.asked
    columns: Columns = asked.columns.found_in(frame.column_names if is_arrow else frame.columns)
    rows = (tables.arrow_rows if is_arrow else tables.pandas_rows)(frame, columns, asked.plan.digits)
    items = tables.keys_in(frame, question.item, is_arrow=is_arrow)
    moments = rows.moments
    window = fitted(asked.plan.window, aware=moments.aware, column=columns.moment, found=moments.found)
    plan = attrs.evolve(asked.plan, window=window)
    found, kept = seen_with_places(rows, plan, [items.codes])
    if asked.strict and (places := by_arrays.first_bad(found, columns)):
        raise InputError(refusal(places))
    codes = items.codes[kept]
    report.ask_with(partial(_facts_of_arrays, rows, found, codes, plan))
    customers, orders, items_in, counts = _cells(found, codes, items.size, question, count_free=plan.count_free)
    number, basket_ids = _numbered(rows.customers if orders is None else rows.orders, customers, orders, rows.customers)
    item_number, item_ids = _dense(items, items_in)
    return CellArrays(
        **_sorted(number, item_number, counts),
        basket_ids=basket_ids,
        item_ids=item_ids,
        source=frame,
        is_arrow=is_arrow,
    )


def _cells(
    found: by_arrays.Seen, items: NDArray[np.int64], size: int, question: BasketQuestion, *, count_free: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64] | None, NDArray[np.int64], NDArray[np.int64]]:
    """Returns customer, order (None where customers are baskets), item and count of each cell."""
    import numpy as np
    import pandas as pd

    size = max(size, 1)
    if found.orders is None:
        levels, pairs, number = found.customers, None, 1
        has_item = items >= 0
    else:
        levels, pairs, number = by_arrays.order_numbers(found)
        has_item = (items >= 0) & _bought(levels, found.minor, len(pairs), count_free=count_free)[levels]
    levels, items = levels[has_item], items[has_item]
    codes, cells = pd.factorize(levels * size + items)
    cells = cells[_bought(codes, found.minor[has_item], len(cells), count_free=count_free)]
    levels, items = cells // size, cells % size
    customers = levels if pairs is None else pairs[levels] // number
    if question.per == "order":
        assert pairs is not None, "baskets that are orders have numbers"
        return customers, pairs[levels] % number, items, np.ones(len(cells), np.int64)
    codes, cells = pd.factorize(customers * size + items)
    return cells // size, None, cells % size, np.bincount(codes, minlength=len(cells)).astype(np.int64, copy=False)


def _bought(codes: NDArray[np.int64], minor: NDArray[np.int64], size: int, *, count_free: bool) -> NDArray[np.bool_]:
    import numpy as np

    net = exact_sums(codes, minor, size)
    bought: NDArray[np.bool_] = net > 0
    if count_free:  # free is what never cost anything, not what was paid back
        bought |= (net == 0) & (np.bincount(codes[minor < 0], minlength=size) == 0)
    return bought


def _dense(keys: Keys, codes: NDArray[np.int64]) -> tuple[NDArray[np.int64], Any]:
    """Returns dense numbers in the order of the ids, and the ids."""
    import numpy as np

    present = np.flatnonzero(np.bincount(codes, minlength=max(keys.size, 1)))
    order, ids = keys.ordered(present)
    rank = np.zeros(max(keys.size, 1), np.int64)
    rank[present[order]] = np.arange(len(present))
    return rank[codes], ids


def _numbered(
    keys: Keys | None, customers: NDArray[np.int64], orders: NDArray[np.int64] | None, who: Keys
) -> tuple[NDArray[np.int64], Any]:
    """Returns the number of each cell's basket, and the ids of baskets: of orders, or of customers."""
    import numpy as np

    assert keys is not None, "baskets have ids"
    if orders is None:
        return _dense(keys, customers)
    (first, ids), (second, people) = _dense(keys, orders), _dense(who, customers)
    wide = max(len(people), 1)
    present, number = np.unique(first * wide + second, return_inverse=True)
    return number, ids.take(present // wide)


def _sorted(
    baskets: NDArray[np.int64], items: NDArray[np.int64], counts: NDArray[np.int64]
) -> dict[str, NDArray[np.int64]]:
    import numpy as np

    order = np.argsort(baskets * (int(items.max(initial=0)) + 1) + items)
    return {"baskets": baskets[order], "items": items[order], "counts": counts[order]}


def _facts_of_arrays(rows: tables.Rows, found: by_arrays.Seen, items: NDArray[np.int64], plan: Any) -> Facts:
    import numpy as np

    codes, _, _, bought = by_arrays.orders_of(found, plan)
    buyers = len(np.unique(codes[bought]))
    facts = by_arrays.facts(rows, found, buyers, len(np.unique(codes)) - buyers, ())
    return _remarked(facts, int((items < 0).sum()))


def _remarked(facts: Facts, missing: int) -> Facts:
    remark = ("null_item", str(missing), "rows have no item; they count for the net amount of their order alone")
    return attrs.evolve(facts, flat=(), remarks=(remark,) if missing else ())


def _in_rows(frame: Any, question: BasketQuestion, report: Report) -> CellRows:
    import narwhals.stable.v2 as nw

    given = nw.from_native(frame)
    is_eager = isinstance(given, nw.DataFrame)
    given = given.lazy() if is_eager and given.implementation.is_polars() else given
    schema = given.collect_schema()
    if question.item not in schema:
        raise FrameError(question.item, "no such column", f"one of {', '.join(map(repr, schema))}" if schema else "one")
    door = by_expressions.opened(given, question.asked.columns, question.asked.plan)
    questions.refuse_several_currencies(door)
    if question.asked.strict and (bad := questions.first_bad(door)):
        raise InputError(refusal(bad))
    item = nw.col(question.item)
    item = item.fill_nan(None) if schema[question.item].is_float() else item
    report.ask_with(partial(_facts_of_rows, door, item))
    cells = _cells_of_rows(door, item, question)
    keys = ("order", "customer") if question.per == "order" else ("customer",)
    return CellRows(frame=cells.select(*keys, "item", "count"), keys=keys, is_eager=is_eager, door=door)


def _cells_of_rows(door: Door, item: nw.Expr, question: BasketQuestion) -> Any:
    import narwhals.stable.v2 as nw

    rows = door.frame.filter(door.usable)
    if door.plan.drop_repeats:
        rows = rows.unique(subset=list(dict.fromkeys((*door.columns.named(), question.item))), keep="any")
    order = {} if door.columns.order is None else {"order": nw.col(door.columns.order)}
    rows = rows.select(
        customer=door.customer, item=item, minor=door.minor, returned=(door.minor < 0).cast(nw.Int64), **order
    )
    cells = rows.group_by("customer", *order, "item").agg(nw.col("minor").sum(), nw.col("returned").max())
    if order:
        net, returned = (nw.col(name).sum().over("customer", "order") for name in ("minor", "returned"))
        cells = cells.with_columns(net=net, any_returned=returned)
        cells = cells.filter(_is_bought("net", "any_returned", count_free=door.plan.count_free))
    cells = cells.filter(~nw.col("item").is_null())
    cells = cells.filter(_is_bought("minor", "returned", count_free=door.plan.count_free))
    cells = cells.with_columns(count=nw.lit(1).cast(nw.Int64))
    if question.per == "customer":
        cells = cells.group_by("customer", "item").agg(nw.col("count").sum())
        cells = cells.with_columns(nw.col("count").cast(nw.Int64))
    return cells


def _is_bought(net: str, returned: str, *, count_free: bool) -> nw.Expr:
    import narwhals.stable.v2 as nw

    bought = nw.col(net) > 0
    return bought | ((nw.col(net) == 0) & (nw.col(returned) == 0)) if count_free else bought


def _facts_of_rows(door: Door, item: nw.Expr) -> Facts:
    import narwhals.stable.v2 as nw

    rows = door.frame.filter(door.usable).select(missing=item.is_null().cast(nw.Int64))
    counted = rows.select(nw.col("missing").sum())
    counted = counted.collect() if hasattr(counted, "collect") else counted
    return _remarked(questions.facts(door, by_expressions.summary(door)), int(counted["missing"].to_list()[0] or 0))
