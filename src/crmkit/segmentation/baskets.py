"""Baskets handed over: as tuples for rule miners, as a sparse matrix for recommenders."""

from __future__ import annotations

from datetime import datetime, tzinfo
from importlib import import_module
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import attrs

from crmkit.errors import MissingExtraError
from crmkit.segmentation.basket_cells import BasketQuestion, CellArrays, CellRows, Per, cells_in
from crmkit.segmentation.purchases import asked
from crmkit.segmentation.report import Report

if TYPE_CHECKING:
    import numpy as np
    from narwhals.stable.v2.typing import IntoFrame
    from numpy.typing import NDArray

__all__ = ["BasketMatrix", "to_baskets", "to_csr"]


@attrs.frozen(slots=True, kw_only=True)
class BasketMatrix:
    """Holds baskets as a sparse matrix, with what its rows and columns are.

    Attributes:
        matrix: A `scipy.sparse.csr_array`, one row a basket, one column an item: how many orders of the basket have the
            item (1 where an order is a basket).
        baskets: The id of each row, rising: order numbers or customers.
        items: The id of each column, rising.
    """

    matrix: Any
    baskets: tuple[Any, ...]
    items: tuple[Any, ...]


def to_baskets(
    frame: IntoFrame,
    *,
    as_of: datetime,
    item: str = "item",
    per: Per = "order",
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
) -> list[tuple[Any, ...]]:
    """Returns the items of each basket as tuples; on a lazy frame this runs a query.

    Baskets come in the order of their ids, items in theirs, each once. efficient-apriori takes the list as it is, and
    so does mlxtend's TransactionEncoder. What was given back is taken out first, as in `affinity`.

    Args:
        frame: Lines of orders, in any row order.
        as_of: Only rows before it count.
        item: As in `affinity`, and so is every argument below.
        per: A basket is an "order" or a "customer".
        customer: Column of the customer's id.
        moment: Column of datetimes.
        amount: Column of amounts, refunds negative.
        order: Column of order numbers.
        currency: Column of currency codes.
        since: Start of what is seen.
        zone: The shop's zone.
        count_free: Whether an item that never cost anything is in the basket.
        digits: Decimals of the smallest unit.
        drop_repeats: Whether equal rows count once.
        strict: Whether a row that cannot be used is an error.
        report: Takes what was seen and what was left out.

    Raises:
        FrameError: A column is missing or of a wrong type.
        CurrencyMismatch: Seen rows are in several currencies.
        InputError: An argument contradicts itself, or `strict` and a row cannot be used.

    Example:
        >>> from datetime import datetime
        >>> import pandas as pd
        >>> lines = pd.DataFrame({
        ...     "customer": ["ann"] * 2 + ["bo"] * 2, "order": ["1", "1", "2", "2"], "amount": [8.0, 5.0, 8.0, -8.0],
        ...     "item": ["tea", "cup", "mat", "mat"], "moment": [datetime(2026, 11, 1)] * 4})
        >>> to_baskets(lines, as_of=datetime(2026, 12, 1))
        [('cup', 'tea')]
    """
    question = _question(
        item,
        per,
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
    )
    found = _collected(cells_in(frame, question, Report() if report is None else report))
    names = found.items
    starts = found.starts.tolist()
    columns = [names[place] for place in found.columns.tolist()]
    return [tuple(columns[start:end]) for start, end in pairwise(starts)]


def to_csr(
    frame: IntoFrame,
    *,
    as_of: datetime,
    item: str = "item",
    per: Per = "customer",
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
) -> BasketMatrix:
    """Returns baskets as a sparse matrix of SciPy; on a lazy frame this runs a query.

    implicit takes `matrix` as its user-item matrix; mlxtend takes
    `pd.DataFrame.sparse.from_spmatrix(found.matrix, columns=found.items)` of orders.

    Args:
        frame: Lines of orders, in any row order.
        as_of: Only rows before it count.
        item: As in `affinity`, and so is every argument below.
        per: A basket is a "customer" or an "order".
        customer: Column of the customer's id.
        moment: Column of datetimes.
        amount: Column of amounts, refunds negative.
        order: Column of order numbers; None only with `per="customer"`.
        currency: Column of currency codes.
        since: Start of what is seen.
        zone: The shop's zone.
        count_free: Whether an item that never cost anything is in the basket.
        digits: Decimals of the smallest unit.
        drop_repeats: Whether equal rows count once.
        strict: Whether a row that cannot be used is an error.
        report: Takes what was seen and what was left out.

    Raises:
        MissingExtraError: SciPy is not installed.
        FrameError: A column is missing or of a wrong type.
        CurrencyMismatch: Seen rows are in several currencies.
        InputError: An argument contradicts itself, or `strict` and a row cannot be used.

    Example:
        >>> from datetime import datetime
        >>> import pandas as pd
        >>> lines = pd.DataFrame({
        ...     "customer": ["ann"] * 3 + ["bo"], "order": ["1", "1", "2", "3"], "amount": [8.0, 5.0, 8.0, 8.0],
        ...     "item": ["tea", "cup", "tea", "cup"], "moment": [datetime(2026, 11, 1)] * 4})
        >>> found = to_csr(lines, as_of=datetime(2026, 12, 1))
        >>> found.baskets, found.items, found.matrix.toarray().tolist()
        (('ann', 'bo'), ('cup', 'tea'), [[1, 2], [1, 0]])
    """
    try:
        sparse: Any = import_module("scipy.sparse")
    except ImportError as error:
        raise MissingExtraError("models", "A sparse matrix of baskets") from error
    question = _question(
        item,
        per,
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
    )
    found = _collected(cells_in(frame, question, Report() if report is None else report))
    shape = (len(found.baskets), len(found.items))
    matrix = sparse.csr_array((found.counts, found.columns, found.starts), shape=shape)
    return BasketMatrix(matrix=matrix, baskets=found.baskets, items=found.items)


def _question(item: str, per: Per, **options: Any) -> BasketQuestion:
    return BasketQuestion(asked=asked(**options), item=item, per=per)


@attrs.frozen(slots=True, kw_only=True)
class _Collected:
    """Holds a sparse matrix's parts: where each row starts, then column and count of each cell."""

    starts: NDArray[np.int64]
    columns: NDArray[np.int64]
    counts: NDArray[np.int64]
    baskets: tuple[Any, ...]
    items: tuple[Any, ...]


def _collected(cells: CellArrays | CellRows) -> _Collected:
    import numpy as np

    if isinstance(cells, CellRows):
        return _collected_rows(cells)
    sizes = np.bincount(cells.baskets, minlength=len(cells.basket_ids))
    return _Collected(
        starts=np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]),
        columns=cells.items,
        counts=cells.counts,
        baskets=_plain(cells.basket_ids),
        items=_plain(cells.item_ids),
    )


def _plain(ids: Any) -> tuple[Any, ...]:
    """Returns ids of pandas or pyarrow as Python's own values."""
    return tuple(ids.to_pylist() if hasattr(ids, "to_pylist") else ids.tolist())


def _collected_rows(cells: CellRows) -> _Collected:
    import numpy as np

    frame = cells.frame.collect() if hasattr(cells.frame, "collect") else cells.frame
    frame = frame.sort(*cells.keys, "item")
    keys = [frame[name].to_list() for name in cells.keys]
    items = frame["item"].to_list()
    names = tuple(sorted(set(items)))
    place_of = {name: place for place, name in enumerate(names)}
    baskets = list(zip(*keys, strict=True))
    starts = [place for place, basket in enumerate(baskets) if place == 0 or basket != baskets[place - 1]]
    return _Collected(
        starts=np.array([*starts, len(baskets)], np.int64),
        columns=np.array([place_of[name] for name in items], np.int64),
        counts=np.array(frame["count"].to_list(), np.int64),
        baskets=tuple(baskets[start][0] for start in starts),
        items=names,
    )
