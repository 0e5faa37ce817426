"""A format of somebody else, as the docs show it."""

from __future__ import annotations

from crmkit import importers
from crmkit.importers import cells

ACME = importers.TableFormat(
    name="acme",
    header={"Order No", "Paid at", "E-mail", "SKU", "Qty", "Price", "Cur"},
    one_order_per="Order No",
    order=importers.OrderColumns(
        number=cells.text("Order No"), paid_at=cells.moment("Paid at", "%d/%m/%Y %H:%M", zone="Europe/Berlin")
    ),
    line=importers.LineColumns(sku=cells.text("SKU"), quantity=cells.whole("Qty"), price=cells.money("Price", "Cur")),
)
