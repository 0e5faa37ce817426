"""RFM by arrays, for frames that lie in memory as pandas or pyarrow: counting and looking up instead of grouping."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crmkit.errors import InputError
from crmkit.segmentation import amounts
from crmkit.segmentation.days import days_of_ticks
from crmkit.segmentation.plan import Columns, Plan, refuse_currencies
from crmkit.segmentation.report import REASONS, Facts
from crmkit.segmentation.tables import Rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Seen", "Summary", "currency_of", "exact_sums", "order_numbers", "orders_of", "seen", "summary"]

_EXACT_FLOAT = 2.0**53
_REASONS = {
    amounts.MISSING: "null_amount",
    amounts.NOT_FINITE: "not_finite",
    amounts.TOO_LARGE: "amount_too_large",
    amounts.FINE: "amount_too_fine",
}


@attrs.frozen(slots=True, kw_only=True)
class Seen:
    """Holds the rows that count, as arrays, and what happened to the others."""

    customers: NDArray[np.int64]
    ticks: NDArray[np.int64]
    minor: NDArray[np.int64]
    orders: NDArray[np.int64] | None
    currencies: NDArray[np.int64] | None
    before: int
    later: int
    dropped: dict[str, int]
    bad: NDArray[np.int64]
    repeats: int | None = None

    def repeated(self) -> NDArray[np.bool_]:
        """Tells for each row whether it equals an earlier one in all named columns."""
        import pandas as pd

        parts = (self.customers, self.ticks, self.minor, self.orders, self.currencies)
        return pd.DataFrame({str(i): part for i, part in enumerate(parts) if part is not None}).duplicated().to_numpy()

    def once(self) -> Seen:
        """Returns the rows without those that equal an earlier one."""
        first = ~self.repeated()
        kept: dict[str, Any] = {name: part[first] for name, part in self._parts()}
        return attrs.evolve(self, repeats=int((~first).sum()), **kept)

    def _parts(self) -> list[tuple[str, NDArray[np.int64]]]:
        named = ("customers", "ticks", "minor", "orders", "currencies")
        return [(name, part) for name in named if (part := getattr(self, name)) is not None]


def seen(rows: Rows, plan: Plan) -> Seen:
    """Returns the rows inside the window that can be used.

    Raises:
        CurrencyMismatch: They are in several currencies.
    """
    import numpy as np

    ticks = rows.moments.ticks
    low, high = plan.window.ticks(rows.moments.unit)
    kept = np.ones(len(ticks), bool) if high is None else ticks < high
    later = len(kept) - int(np.count_nonzero(kept))
    dropped: dict[str, int] = {}
    bad = np.zeros(0, np.int64)
    if rows.moments.missing is not None:
        later = int(np.count_nonzero(~kept & ~rows.moments.missing))
        dropped["null_moment"] = int(np.count_nonzero(rows.moments.missing))
        bad = np.flatnonzero(rows.moments.missing)
        kept &= ~rows.moments.missing
    before = 0
    if low is not None:
        before = int(np.count_nonzero(kept & (ticks < low)))
        kept &= ticks >= low
    for code, mask in _unusable(rows):
        hit = kept & mask
        if count := int(np.count_nonzero(hit)):
            dropped[code] = count
            bad = np.concatenate([bad, np.flatnonzero(hit)])
            kept &= ~mask
    everything = bool(kept.all())

    def part(values: NDArray[np.int64]) -> NDArray[np.int64]:
        return values if everything else values[kept]

    found = Seen(
        customers=part(rows.customers.codes),
        ticks=part(ticks),
        minor=part(rows.amounts.minor),
        orders=None if rows.orders is None else part(rows.orders.codes),
        currencies=None if rows.currencies is None else part(rows.currencies.codes),
        before=before,
        later=later,
        dropped=dropped,
        bad=bad,
    )
    _one_currency(rows, found)
    return found.once() if plan.drop_repeats else found


def _unusable(rows: Rows) -> list[tuple[str, NDArray[np.bool_]]]:
    import numpy as np

    masks: list[tuple[str, NDArray[np.bool_]]] = []
    if len(rows.customers.codes) and rows.customers.codes.min() < 0:
        masks.append(("null_customer", rows.customers.codes < 0))
    if rows.orders is not None and len(rows.orders.codes) and rows.orders.codes.min() < 0:
        masks.append(("null_order", rows.orders.codes < 0))
    if rows.amounts.reason is not None:
        present = np.unique(rows.amounts.reason)
        masks.extend((name, rows.amounts.reason == code) for code, name in _REASONS.items() if code in present)
    return masks


def _one_currency(rows: Rows, found: Seen) -> None:
    import numpy as np

    if rows.currencies is None or found.currencies is None:
        return
    counts = np.bincount(found.currencies + 1, minlength=rows.currencies.size + 1)
    present = np.flatnonzero(counts[1:])
    if np.count_nonzero(counts) > 1:
        order, names = rows.currencies.ordered(present)
        listed = list(
            zip(
                map(str, names.tolist() if hasattr(names, "tolist") else names),
                counts[1:][present[order]].tolist(),
                strict=True,
            )
        )
        refuse_currencies([(None, int(counts[0])), *listed])


def currency_of(rows: Rows, found: Seen) -> str | None:
    """Returns the one currency of the seen rows, None where it is not known."""
    if rows.currencies is None or found.currencies is None or not len(found.currencies):
        return None
    code = found.currencies[:1]
    if int(code[0]) < 0:
        return None
    name = rows.currencies.ordered(code)[1][0]
    return str(name.as_py() if hasattr(name, "as_py") else name)


@attrs.frozen(slots=True, kw_only=True)
class Summary:
    """Holds one row a customer who bought: the code, last purchase, purchases and net total."""

    codes: NDArray[np.int64]
    last: NDArray[np.int64]
    purchases: NDArray[np.int64]
    total: NDArray[np.int64]
    left_out: int


def summary(found: Seen, size: int, unit: str, plan: Plan) -> Summary:
    """Returns the values of every customer who bought, by rising code."""
    import numpy as np

    customers, ticks, minor, bought = orders_of(found, plan)
    total = exact_sums(customers, minor, size)
    some = not bought.all()
    buyers, moments = (customers[bought], ticks[bought]) if some else (customers, ticks)
    purchases = np.bincount(buyers, minlength=size)
    last = np.full(size, np.iinfo(np.int64).min)
    np.maximum.at(last, buyers, moments)
    codes = np.flatnonzero(purchases)
    left_out = 0
    if some:
        left_out = int(np.count_nonzero(np.bincount(customers, minlength=size))) - len(codes)
    if plan.by == "day":
        purchases = _days(buyers, days_of_ticks(moments, unit, plan.window.zone), size)
    if len(codes) < size:
        last, purchases, total = last[codes], purchases[codes], total[codes]
    return Summary(
        codes=codes, last=last, purchases=purchases.astype(np.int64, copy=False), total=total, left_out=left_out
    )


def orders_of(
    found: Seen, plan: Plan
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Returns customer, moment, net amount and whether it is a purchase, of every order."""
    import numpy as np

    if found.orders is None:
        return found.customers, found.ticks, found.minor, found.minor >= (0 if plan.count_free else 1)
    codes, pairs, number = order_numbers(found)
    net = exact_sums(codes, found.minor, len(pairs))
    ticks = np.full(len(pairs), np.iinfo(np.int64).max)
    np.minimum.at(ticks, codes, found.ticks)
    bought = net > 0
    if plan.count_free:  # an order is free where it never cost anything, not where it was paid back
        refunded = np.bincount(codes[found.minor < 0], minlength=len(pairs)) > 0
        bought |= (net == 0) & ~refunded
    return pairs // number, ticks, net, bought


def order_numbers(found: Seen) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Returns each row's order as a number, then of each order customer and number in one, and what divides the two."""
    import pandas as pd

    assert found.orders is not None, "rows that are orders need no numbers"
    number = int(found.orders.max(initial=0)) + 1
    codes, pairs = pd.factorize(found.customers * number + found.orders)
    return codes, pairs, number


def exact_sums(codes: NDArray[np.int64], minor: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Returns the exact sum of each code."""
    import numpy as np

    weights = minor.astype(np.float64)
    largest = float(np.abs(weights).sum())
    if largest < _EXACT_FLOAT:  # then every partial sum is a whole number that a double holds exactly
        return np.bincount(codes, weights, minlength=size).astype(np.int64)
    if largest > 2.0**62 and float(np.bincount(codes, np.abs(weights)).max()) > 2.0**62:
        raise InputError(
            "The amounts of one customer add up to more than 64 bits of the smallest unit; give fewer digits."
        )
    sums = np.zeros(size, np.int64)
    np.add.at(sums, codes, minor)
    return sums


def _days(buyers: NDArray[np.int64], days: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Returns the number of distinct days of each code."""
    import numpy as np
    import pandas as pd

    if not len(days):
        return np.zeros(size, np.int64)
    first = int(days.min())
    span = int(days.max()) - first + 1
    pairs = pd.unique(buyers * span + (days - first))
    return np.bincount(pairs // span, minlength=size)


def facts(rows: Rows, found: Seen, customers: int, left_out: int, flat: tuple[str, ...]) -> Facts:
    """Returns the counts of the call; repeats are looked for only here."""
    import numpy as np

    repeats = int(found.repeated().sum()) if found.repeats is None else found.repeats
    return Facts(
        rows=len(rows.moments.ticks),
        before=found.before,
        later=found.later,
        dropped=found.dropped,
        repeats=repeats,
        customers=customers,
        left_out=left_out,
        flat=flat,
        float_ids=rows.customers.floats,
        are_repeats_dropped=found.repeats is not None,
        like_missing=int(np.isin(found.customers, rows.customers.like_missing).sum())
        if rows.customers.like_missing
        else 0,
    )


def first_bad(found: Seen, columns: Columns) -> list[str]:
    """Returns the first five rows that could not be used, as texts with column and reason."""
    import numpy as np

    codes = [code for code, count in found.dropped.items() for _ in range(min(count, 5))]
    places = np.split(found.bad, np.cumsum(list(found.dropped.values()))[:-1]) if found.dropped else []
    first = [int(place) for part in places for place in np.sort(part)[:5]]
    return [_bad_row(place, code, columns) for place, code in sorted(zip(first, codes, strict=True))[:5]]


def _bad_row(place: int, code: str, columns: Columns) -> str:
    argument = {"null_moment": "moment", "null_customer": "customer", "null_order": "order"}.get(code, "amount")
    reason = REASONS[code].removesuffix(" and were left out").replace("have ", "has ", 1)
    return f"row {place} [{getattr(columns, argument)}] {reason}"
