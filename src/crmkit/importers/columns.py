"""Which columns an order and a line can have: the fields that a format fills with cells."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from crmkit.importers.cells import Cell

__all__ = ["LineColumns", "OrderColumns"]


class _Columns:
    """Gives the declared cells by field, those of `extra` included."""

    __slots__ = ()

    def declared(self) -> dict[str, Cell]:
        """The cells that the format declares, by field."""
        names: tuple[str, ...] = tuple(self.__slots__)
        own = {name: getattr(self, name) for name in names if name not in ("extra", "__weakref__")}
        extra: Mapping[str, Cell] = getattr(self, "extra")  # noqa: B009  # both classes below have it
        return {name: cell for name, cell in own.items() if cell is not None} | dict(extra)


@attrs.frozen(kw_only=True, slots=True)
class OrderColumns(_Columns):
    """Says which cells fill an order; every field may be left out.

    `status` gives an `OrderStatus`, or "closed", which means refunded or cancelled by the payment. Amounts are cells of
    money, `…_at` cells of moments. `goods` is what the lines cost together, allotted to them where they have no own
    amounts. `extra` holds what only the format's own function reads.

    Example:
        >>> from crmkit.importers import cells
        >>> sorted(OrderColumns(number=cells.text("No"), email=cells.text("E-mail")).declared())
        ['email', 'number']
    """

    number: Cell | None = None
    platform: Cell | None = None
    shop: Cell | None = None
    status: Cell | None = None
    currency: Cell | None = None
    goods: Cell | None = None
    total: Cell | None = None
    paid: Cell | None = None
    refunded: Cell | None = None
    refund_unknown: Cell | None = None
    shipping: Cell | None = None
    discount: Cell | None = None
    tax: Cell | None = None
    placed_at: Cell | None = None
    paid_at: Cell | None = None
    shipped_at: Cell | None = None
    received_at: Cell | None = None
    completed_at: Cell | None = None
    cancelled_at: Cell | None = None
    reported_at: Cell | None = None
    identifiers: Cell | None = None
    customer_id: Cell | None = None
    account: Cell | None = None
    email: Cell | None = None
    payer: Cell | None = None
    phone: Cell | None = None
    buyer_name: Cell | None = None
    accepts_marketing: Cell | None = None
    recipient_name: Cell | None = None
    recipient_phone: Cell | None = None
    address: Cell | None = None
    country: Cell | None = None
    province: Cell | None = None
    city: Cell | None = None
    district: Cell | None = None
    street: Cell | None = None
    postcode: Cell | None = None
    remark: Cell | None = None
    buyer_note: Cell | None = None
    tags: Cell | None = None
    close_reason: Cell | None = None
    extra: Mapping[str, Cell] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True, slots=True)
class LineColumns(_Columns):
    """Says which cells fill a line; without `total` it is price × quantity − discount.

    Example:
        >>> from crmkit.importers import cells
        >>> sorted(LineColumns(sku=cells.text("SKU"), quantity=cells.whole("Qty")).declared())
        ['quantity', 'sku']
    """

    id: Cell | None = None
    sku: Cell | None = None
    product_id: Cell | None = None
    title: Cell | None = None
    variant: Cell | None = None
    quantity: Cell | None = None
    price: Cell | None = None
    discount: Cell | None = None
    total: Cell | None = None
    refunded: Cell | None = None
    status: Cell | None = None
    extra: Mapping[str, Cell] = attrs.field(factory=dict)
