"""Basket affinity: which two items are bought together, and how much more often than by chance."""

from __future__ import annotations

from datetime import datetime, tzinfo
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs

from crmkit.errors import InputError
from crmkit.segmentation.basket_cells import BasketQuestion, CellArrays, CellRows, Per, cells_in
from crmkit.segmentation.item_values import ratio
from crmkit.segmentation.purchases import asked
from crmkit.segmentation.report import Facts, Report

if TYPE_CHECKING:
    import numpy as np
    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

__all__ = ["affinity"]

_COLUMNS = ("a", "b", "n_ab", "n_a", "n_b", "n", "support", "confidence", "confidence_back", "lift", "leverage")


def affinity(
    frame: IntoFrameT,
    *,
    as_of: datetime,
    item: str = "item",
    per: Per = "order",
    min_count: int = 5,
    max_basket: int = 50,
    customer: str = "customer",
    moment: str = "moment",
    amount: str = "amount",
    order: str | None = "order",
    currency: str | None = "currency",
    since: datetime | None = None,
    zone: str | tzinfo | None = None,
    count_free: bool = False,
    digits: int | None = None,
    drop_repeats: bool = False,
    strict: bool = False,
    report: Report | None = None,
) -> IntoFrameT:
    """Returns the pairs of items that lie in at least `min_count` baskets together.

    An item counts once in a basket, however many were bought. What was given back is taken out first: items whose
    lines in an order come to zero or less, and orders that are no purchase.

    Args:
        frame: Lines of orders, in any row order; never changed.
        as_of: Only rows before it count.
        item: Column of the item's id, of any type that groups.
        per: A basket is an "order", or all that a "customer" ever bought.
        min_count: Pairs in fewer baskets are left out.
        max_basket: Baskets of more different items are left out, counted in the report and in nothing else.
        customer: Column of the customer's id.
        moment: Column of datetimes.
        amount: Column of amounts, refunds negative.
        order: Column of order numbers; None only with `per="customer"`, where refunds then net with the same item.
        currency: Column of currency codes; "currency" may be missing, None is not looked at.
        since: Start of what is seen, included.
        zone: The shop's zone; nothing here depends on days.
        count_free: Whether an item that never cost anything is in the basket.
        digits: Decimals of the smallest unit of money.
        drop_repeats: Whether rows equal in all named columns count once.
        strict: Whether a row that cannot be used is an error.
        report: Takes what was seen and what was left out.

    Returns:
        The same kind of frame: `a` and `b` with a before b, `n_ab`, `n_a`, `n_b` (baskets with both, with each), `n`
        (all baskets), `support` n_ab/n, `confidence` n_ab/n_a (of those with a, how many have b), `confidence_back`
        n_ab/n_b, `lift` n_ab·n/(n_a·n_b), `leverage` n_ab/n - n_a·n_b/n². Ordered by lift and n_ab, the largest
        first, then a and b, unless lazy.

    Raises:
        FrameError: A column is missing or of a wrong type.
        CurrencyMismatch: Seen rows are in several currencies.
        InputError: An argument contradicts itself, or `strict` and a row cannot be used.

    Example:
        >>> from datetime import datetime
        >>> import pandas as pd
        >>> lines = pd.DataFrame({
        ...     "customer": ["ann"] * 3 + ["bo"] * 3, "order": ["1", "1", "1", "2", "2", "3"],
        ...     "item": ["cup", "tea", "tea", "cup", "tea", "mat"], "amount": [8.0, 5.0, 5.0, 8.0, 5.0, 9.0],
        ...     "moment": [datetime(2026, 11, 1)] * 6})
        >>> pairs = affinity(lines, as_of=datetime(2026, 12, 1), min_count=2)
        >>> print(pairs[["a", "b", "n_ab", "n", "confidence", "lift"]].to_string(index=False))
          a   b  n_ab  n  confidence  lift
        cup tea     2  3         1.0   1.5
    """
    for name, number, least in (("min_count", min_count, 1), ("max_basket", max_basket, 2)):
        if type(number) is not int or number < least:
            raise InputError(f"{name} is a whole number from {least}, got {number!r}.")
    question = BasketQuestion(
        asked=asked(
            as_of=as_of,
            customer=customer,
            moment=moment,
            amount=amount,
            order=order,
            currency=currency,
            since=since,
            zone=zone,
            count_free=count_free,
            digits=digits,
            drop_repeats=drop_repeats,
            strict=strict,
        ),
        item=item,
        per=per,
    )
    inner = Report()
    cells = cells_in(frame, question, inner)
    if report is not None:
        report.ask_with(partial(_facts, inner, cells, max_basket))
    result: IntoFrameT = (
        _of_arrays(cells, min_count, max_basket)
        if isinstance(cells, CellArrays)
        else _of_rows(cells, min_count, max_basket)
    )
    return result


def _facts(inner: Report, cells: CellArrays | CellRows, max_basket: int) -> Facts:
    facts = inner.facts
    large = _large_in_arrays(cells, max_basket) if isinstance(cells, CellArrays) else _large_in_rows(cells, max_basket)
    remark = ("large_baskets", str(large), f"baskets hold more than {max_basket} items and were left out")
    return attrs.evolve(facts, remarks=(*facts.remarks, remark)) if large else facts


def _large_in_arrays(cells: CellArrays, max_basket: int) -> int:
    import numpy as np

    return int((np.bincount(cells.baskets) > max_basket).sum())


def _large_in_rows(cells: CellRows, max_basket: int) -> int:
    import narwhals.stable.v2 as nw

    sizes = cells.frame.with_columns(one=nw.lit(1)).group_by(*cells.keys).agg(nw.col("one").sum())
    large = sizes.filter(nw.col("one") > max_basket).select(large=nw.len())
    return int((large.collect() if hasattr(large, "collect") else large)["large"].to_list()[0])


def _of_arrays(cells: CellArrays, min_count: int, max_basket: int) -> Any:
    import numpy as np

    sizes = np.bincount(cells.baskets)
    fits = sizes[cells.baskets] <= max_basket
    baskets, items = cells.baskets[fits], cells.items[fits]
    n = int((sizes <= max_basket).sum() - (sizes == 0).sum())
    width = len(cells.item_ids)
    n_item = np.bincount(items, minlength=width)
    frequent = n_item[items] >= min_count  # a pair is no more frequent than its rarer item
    pairs, counts = _pairs(baskets[frequent], items[frequent], max(width, 1))
    kept = counts >= min_count
    a, b, n_ab = pairs[kept] // max(width, 1), pairs[kept] % max(width, 1), counts[kept]
    return _framed(cells, a, b, n_ab, n_item[a], n_item[b], n)


def _pairs(
    baskets: NDArray[np.int64], items: NDArray[np.int64], width: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Returns each pair of items as one number, and in how many baskets it is; cells are ordered by basket and item."""
    import numpy as np
    import pandas as pd

    found, counts = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for step in range(1, len(baskets)):  # as many steps as the largest basket has items
        together = baskets[step:] == baskets[:-step]
        if not together.any():
            break
        codes, pairs = pd.factorize(items[:-step][together] * width + items[step:][together])
        found.append(pairs)
        counts.append(np.bincount(codes))
    codes, pairs = pd.factorize(np.concatenate(found))
    return pairs, np.bincount(codes, np.concatenate(counts), minlength=len(pairs)).astype(np.int64)


def _framed(
    cells: CellArrays,
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    n_ab: NDArray[np.int64],
    n_a: NDArray[np.int64],
    n_b: NDArray[np.int64],
    n: int,
) -> Any:
    import numpy as np

    every = np.full(len(a), n, np.int64)
    lift = (n_ab * every) / (n_a * n_b)
    order = np.lexsort((b, a, -n_ab, -lift))
    columns = {
        "n_ab": n_ab,
        "n_a": n_a,
        "n_b": n_b,
        "n": every,
        "support": n_ab / every,
        "confidence": n_ab / n_a,
        "confidence_back": n_ab / n_b,
        "lift": lift,
        "leverage": (n_ab * every - n_a * n_b) / (every * every),
    }
    ids = {name: cells.item_ids.take(places[order]) for name, places in (("a", a), ("b", b))}
    found = {name: values[order] for name, values in columns.items()}
    if cells.is_arrow:
        import pyarrow as pa

        return pa.table({**ids, **found})
    import pandas as pd

    return pd.DataFrame({name: values.reset_index(drop=True) for name, values in ids.items()} | found)


def _of_rows(cells: CellRows, min_count: int, max_basket: int) -> Any:
    import narwhals.stable.v2 as nw

    one = nw.col("one")
    rows = cells.frame.with_columns(one=nw.lit(1).cast(nw.Int64))
    rows = rows.with_columns(size=one.sum().over(*cells.keys)).filter(nw.col("size") <= max_basket)
    baskets = rows.select(*cells.keys).unique(subset=list(cells.keys), keep="any").select(n=nw.len().cast(nw.Int64))
    rows = rows.with_columns(n_item=one.sum().over("item").cast(nw.Int64)).filter(nw.col("n_item") >= min_count)
    left = rows.select(*cells.keys, a="item", n_a="n_item", one="one")
    right = rows.select(*cells.keys, b="item", n_b="n_item")
    both = left.join(right, on=list(cells.keys), how="inner").filter(nw.col("a") < nw.col("b"))
    pairs = both.group_by("a", "b", "n_a", "n_b").agg(one.sum())
    pairs = pairs.filter(one >= min_count).join(baskets, how="cross")
    pairs = pairs.with_columns(one.cast(nw.Int64).alias("n_ab"))
    n_ab, n_a, n_b, n = (nw.col(name) for name in ("n_ab", "n_a", "n_b", "n"))
    pairs = pairs.with_columns(hits=n_ab * n, chance=n_a * n_b, gain=n_ab * n - n_a * n_b, square=n * n)
    result = pairs.with_columns(
        support=ratio("n_ab", "n"),
        confidence=ratio("n_ab", "n_a"),
        confidence_back=ratio("n_ab", "n_b"),
        lift=ratio("hits", "chance"),
        leverage=ratio("gain", "square"),
    ).select(*_COLUMNS)
    if not cells.is_eager:
        return result.to_native()
    result = result.collect() if hasattr(result, "collect") else result
    return result.sort("lift", "n_ab", "a", "b", descending=[True, True, False, False]).to_native()
