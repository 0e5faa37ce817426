"""Rows as Shopify's order export writes them: 79 columns, order cells on the first row only, `'` before phones."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shops import Line, Sale

COLUMNS = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,"
    "Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,"
    "Lineitem fulfillment status,Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,"
    "Billing City,Billing Zip,Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,"
    "Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,Shipping Province,"
    "Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,Payment Method,Payment Reference,"
    "Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,Tags,Risk Level,Source,"
    "Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,"
    "Tax 5 Name,Tax 5 Value,Phone,Receipt Number,Duties,Billing Province Name,Shipping Province Name,Payment ID,"
    "Payment Terms Name,Next Payment Due At,Payment References"
).split(",")

FINANCIAL = {"waiting": "pending", "cancelled": "voided", "partly": "partially_refunded", "refunded": "refunded"}

BAD = {9: "impossible date", 33: "no first row"}
"""After which orders of the shipped file a bad row stands."""


def rows(sales: Iterable[Sale], bad: bool) -> Iterator[str]:
    """Gives the whole file, row by row."""
    yield written(dict(zip(COLUMNS, COLUMNS, strict=True)))
    number = 4000
    for index, sale in enumerate(sales):
        number -= 1
        if bad and index in BAD:
            yield written(bad_row(sale, BAD[index]))
        yield from (written(cells) for cells in order_rows(sale, number))


def order_rows(sale: Sale, number: int) -> Iterator[dict[str, str]]:
    repeated = {"Name": f"#{number}", "Email": email_of(sale), "Created at": at(sale.placed), "Phone": phone_of(sale)}
    for place, line in enumerate(sale.lines):
        first = order_cells(sale, number) if place == 0 else {}
        yield {**repeated, **first, **line_cells(sale, line)}


def email_of(sale: Sale) -> str:
    """Gives the same address in either case, as people write it."""
    email = sale.person.email
    return email.capitalize() if sale.placed.minute % 7 == 0 else email


def phone_of(sale: Sale) -> str:
    return f"'+86{sale.person.phone}" if sale.person.number % 4 == 0 else ""


def at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} +0800"


def money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def order_cells(sale: Sale, number: int) -> dict[str, str]:
    sent = sale.fate in ("shipped", "done", "partly")
    off = sale.listed - sale.goods
    tax = money(round(sale.total * 13 / 113))
    reference = f"rQ{number}example" if sale.is_paid else ""
    return {
        "Financial Status": FINANCIAL.get(sale.fate, "paid"),
        "Paid at": at(sale.paid_at) if sale.is_paid else "",
        "Fulfillment Status": "fulfilled" if sent else "unfulfilled",
        "Fulfilled at": at(sale.shipped_at) if sent else "",
        "Accepts Marketing": "yes" if sale.person.number % 2 else "no",
        "Currency": "CNY",
        "Subtotal": money(sale.goods),
        "Shipping": money(sale.postage),
        "Taxes": tax,
        "Total": money(sale.total),
        "Discount Code": "LANTERN" if off else "",
        "Discount Amount": money(off),
        "Shipping Method": "Standard" if sale.postage else "Free shipping",
        **address("Billing", sale),
        **address("Shipping", sale),
        "Notes": sale.note,
        "Cancelled at": at(sale.shipped_at) if sale.fate == "cancelled" else "",
        "Payment Method": "Alipay" if sale.is_paid else "Bank Deposit",
        "Payment Reference": reference,
        "Refunded Amount": money(sale.refunded),
        "Outstanding Balance": money(sale.total) if sale.fate == "waiting" else "0.00",
        "Id": f"612000000{number}",
        "Tags": "vip, workshop" if sale.person.number < 4 else "",
        "Risk Level": "Low",
        "Source": "web",
        "Tax 1 Name": "CN VAT 13%",
        "Tax 1 Value": tax,
        "Payment ID": reference,
        "Payment References": reference,
    }


def address(part: str, sale: Sale) -> dict[str, str]:
    number = sale.person.number
    street = f"{number} Sample Road"
    return {
        f"{part} Name": f"{sale.person.word.title()} Example{number:02d}",
        f"{part} Street": street,
        f"{part} Address1": street,
        f"{part} City": "Exampleville",
        f"{part} Zip": "'000000",
        f"{part} Country": "CN",
        f"{part} Phone": f"'+86{sale.person.phone}",
        f"{part} Province Name": "Example Province",
    }


def line_cells(sale: Sale, line: Line) -> dict[str, str]:
    product = line.product
    sent = sale.fate in ("shipped", "done", "partly")
    return {
        "Lineitem quantity": str(line.quantity),
        "Lineitem name": " - ".join(filter(None, (product.english, product.english_variant))),
        "Lineitem price": money(product.cents),
        "Lineitem sku": product.sku,
        "Lineitem requires shipping": "true",
        "Lineitem taxable": "true",
        "Lineitem fulfillment status": "fulfilled" if sent else "pending",
        "Vendor": "Paper Lantern Example",
        "Lineitem discount": "0.00",
    }


def bad_row(sale: Sale, fault: str) -> dict[str, str]:
    """Gives a row that cannot be used, for one reason."""
    single = next(order_rows(sale, 4990))
    if fault == "impossible date":
        return {**single, **line_cells(sale, sale.lines[0]), "Created at": "2026-02-30 10:00:00 +0800"}
    kept = ("Name", "Email", "Created at", "Phone", *line_cells(sale, sale.lines[0]))
    return {name: single.get(name, "") for name in kept} | {"Name": "#4991"}


def written(cells: dict[str, str]) -> str:
    out = io.StringIO()
    csv.DictWriter(out, COLUMNS, restval="", lineterminator="\n").writerow(cells)
    return out.getvalue()
