"""Price bands from the frame itself: nearest-rank quantiles as cut-offs, which can be stored and applied later."""

from __future__ import annotations

from datetime import datetime, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING

from crmkit.errors import InputError
from crmkit.segmentation.amounts import Unit
from crmkit.segmentation.dimensions import PriceBands
from crmkit.segmentation.item_values import distinct_values, distinct_values_in
from crmkit.segmentation.purchases import OrderArrays, asked, orders_in
from crmkit.segmentation.refusals import TooFewRows

if TYPE_CHECKING:
    from narwhals.stable.v2.typing import IntoFrame

__all__ = ["price_bands"]


def price_bands(
    frame: IntoFrame,
    *,
    as_of: datetime,
    of: str | None = None,
    parts: int = 10,
    name: str = "price_band",
    customer: str = "customer",
    moment: str = "moment",
    amount: str = "amount",
    order: str | None = None,
    currency: str | None = "currency",
    since: datetime | None = None,
    zone: str | tzinfo | None = None,
    digits: int | None = None,
) -> PriceBands:
    """Returns price bands that hold about as many rows each; on a lazy frame this runs a query.

    The cut-offs are nearest-rank quantiles, the `ceil(n * i / parts)`-th smallest of all prices above zero. Where
    many prices are equal some of them are too, and there are fewer bands: equal prices are never in two.

    Args:
        frame: Orders, in any row order.
        as_of: Only rows before it count.
        of: Column of prices; None for the net amounts of purchases.
        parts: Number of bands.
        name: Name that the bands' column is to have.
        customer: As in `rfm`, and so is every argument below.
        moment: Column of datetimes.
        amount: Column of amounts.
        order: Column of order numbers.
        currency: Column of currency codes.
        since: Start of what is seen.
        zone: The shop's zone.
        digits: Decimals of the smallest unit.

    Raises:
        TooFewRows: No price is above zero.
        FrameError: A column is missing or of a wrong type.
        CurrencyMismatch: Seen rows are in several currencies.
        InputError: `parts` is not a whole number from 2 to 1000.

    Example:
        >>> from datetime import datetime
        >>> import pandas as pd
        >>> orders = pd.DataFrame({"customer": "ann", "moment": datetime(2026, 1, 1), "amount": [9.0, 20.0, 20.0, 99.]})
        >>> price_bands(orders, as_of=datetime(2026, 2, 1), parts=4).labels
        ('<20.00', '>=20.00')
    """
    if type(parts) is not int or not 2 <= parts <= 1000:
        raise InputError(f"parts, the number of bands, is a whole number from 2 to 1000, got {parts!r}.")
    question = asked(
        as_of=as_of,
        customer=customer,
        moment=moment,
        amount=amount if of is None else of,
        order=order if of is None else None,
        currency=currency,
        since=since,
        zone=zone,
        digits=digits,
    )
    orders = orders_in(frame, question)
    if isinstance(orders, OrderArrays):
        values, counts = distinct_values(orders.minor[orders.bought])
    else:
        import narwhals.stable.v2 as nw

        values, counts = distinct_values_in(orders.frame.filter(nw.col("bought") > 0))
    if not len(values):
        raise TooFewRows("price_bands", "no price above zero", "a price above zero")
    values, upto = values[::-1], counts[::-1].cumsum()
    ranks = [-(-int(upto[-1]) * step // parts) for step in range(1, parts)]
    found = {int(values[place]) for place in upto.searchsorted(ranks)} - {int(values[0])}
    if not found:
        found = {int(values[0])}
    return PriceBands(tuple(_price(cut, orders.unit) for cut in sorted(found)), of=of, name=name)


def _price(minor: int, unit: Unit) -> int | Decimal:
    return minor if unit.kind == "int" else Decimal(minor).scaleb(-unit.digits)
