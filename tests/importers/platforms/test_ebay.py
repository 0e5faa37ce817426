"""eBay's orders report: preamble and footer, summary rows, three sets of words, currencies and zones."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crmkit.importers import ImportReport, read, scan, sniff
from crmkit.importers.platforms.ebay import ORDERS, ORDERS_DE
from crmkit.importers.texts import normalised
from crmkit.orders import Order, OrderStatus
from crmkit.testing import ImporterContract

SAMPLES = Path(__file__).parents[1] / "samples" / "ebay"
US, UK, AU, DE = (SAMPLES / f"orders_{site}.csv" for site in ("us", "uk", "au", "de"))
NUMBER = "12-00009-00001"


class TestAmerica(ImporterContract):
    samples = (US,)
    golden = SAMPLES / "orders_us.golden.json"
    encoding = "utf-8-sig"
    header_rows = 2


class TestBritain(ImporterContract):
    samples = (UK,)
    golden = SAMPLES / "orders_uk.golden.json"
    encoding = "utf-8-sig"
    header_rows = 2


class TestAustralia(ImporterContract):
    samples = (AU,)
    golden = SAMPLES / "orders_au.golden.json"
    encoding = "utf-8-sig"
    header_rows = 2


class TestGermany(ImporterContract):
    samples = (DE,)
    golden = SAMPLES / "orders_de.golden.json"
    encoding = "utf-8-sig"
    delimiter = ";"
    header_rows = 2


def _header(path: Path) -> list[str]:
    _, line = path.read_text(encoding="utf-8-sig").splitlines()[:2]
    return next(csv.reader([line], delimiter=";" if path == DE else ","))


def _text(*rows: dict[str, str], footer: str | None = None, site: Path = US, without: str = "") -> str:
    header = [name for name in _header(site) if name != without]
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([header, *([row.get(n, "") for n in header] for row in rows)])
    records = {row.get("Order Number") or row.get("Sales Record Number") for row in rows}
    last = f"{len(records)},record(s) downloaded,\r\nSeller ID : lamps\r\n" if footer is None else footer
    return "," * (len(header) - 1) + "\r\n" + out.getvalue() + "\r\n" + last


def _row(**changed: str) -> dict[str, str]:
    """A row that is summary and item at once; keywords are column names with `_` for blanks."""
    usual = {
        "Sales Record Number": "1001",
        "Order Number": NUMBER,
        "Buyer Username": "ada",
        "Item Number": "286000000101",
        "Item Title": "Lamp",
        "Quantity": "1",
        "Sold For": "$20.00",
        "Shipping And Handling": "$5.00",
        "Total Price": "$25.00",
        "Sale Date": "Nov-02-26",
        "Paid On Date": "Nov-03-26",
        "Transaction ID": "10060000000101",
    }
    return usual | {name.replace("_", " "): value for name, value in changed.items()}


def _summary(**changed: str) -> dict[str, str]:
    empty = {"Item_Number": "", "Item_Title": "", "Transaction_ID": "", "Paid_On_Date": ""}
    return _row(**{**empty, "Sold_For": "$32.00", "Quantity": "3", "Total_Price": "$37.00", **changed})


def _item(number: int, **changed: str) -> dict[str, str]:
    return {
        "Sales Record Number": "1001",
        "Order Number": NUMBER,
        "Item Number": f"28600000010{number}",
        "Item Title": f"Part {number}",
        "Quantity": "1",
        "Sold For": "$20.00",
        "Transaction ID": f"1006000000010{number}",
    } | {name.replace("_", " "): value for name, value in changed.items()}


PARTS = (_item(1), _item(2, Quantity="2", Sold_For="$6.00"))


def _report(*rows: dict[str, str], **options: Any) -> ImportReport:
    return read(_text(*rows).encode("utf-8-sig"), name="orders.csv", **options)


def _order(*rows: dict[str, str], **options: Any) -> Order:
    report = _report(*rows, **options)
    assert len(report.orders) == 1, report.problems
    return report.orders[0]


def test_every_column_of_the_known_layouts_is_read_or_knowingly_left_alone() -> None:
    for path, known in ((US, ORDERS), (UK, ORDERS), (AU, ORDERS), (DE, ORDERS_DE)):
        folded = {name.casefold() for name in known.columns | known.ignored}
        assert {normalised(name).casefold() for name in _header(path)} <= folded
        assert not known.columns & known.ignored


@pytest.mark.parametrize("path", [US, UK, AU, DE])
def test_its_files_are_nobody_elses(path: Path) -> None:
    first, *others = sniff(path)
    assert first.format == ("ebay.orders_de" if path == DE else "ebay.orders")
    assert first.confidence >= 0.5
    assert all(guess.confidence < 0.5 for guess in others)


def test_the_rows_around_the_orders_are_counted_and_no_orders() -> None:
    report = read(US)
    assert report.skipped == {"blank rows": 1, "footer rows": 2}
    assert not report.errors


def test_the_footer_says_how_many_orders_there_are() -> None:
    whole, parts = _row(), (_summary(Order_Number="12-00009-00002"), *PARTS)
    rows = (whole, parts[0], *({**part, "Order Number": "12-00009-00002"} for part in PARTS))
    assert not _report(*rows).problems
    report = read(_text(*rows, footer="3,record(s) downloaded,\r\n").encode(), name="orders.csv")
    assert [(p.code, p.severity) for p in report.problems] == [("orders_missing", "warning")]
    assert len(report.orders) == 2


def test_a_file_without_its_footer_looks_cut() -> None:
    text = _text(_row(), footer="")
    for found in (read(text.encode(), name="orders.csv").problems, list(scan(text.encode(), name="orders.csv"))):
        assert [p.code for p in found if not isinstance(p, Order)] == ["cut_file"]


def test_a_summary_row_has_the_money_and_its_items_are_the_lines() -> None:
    order = _order(_summary(Paid_On_Date="Nov-03-26"), *PARTS)
    assert (str(order.total), str(order.paid), str(order.shipping)) == ("37.00 USD", "37.00 USD", "5.00 USD")
    assert [(line.title, line.quantity, str(line.total)) for line in order.lines] == [
        ("Part 1", 1, "20.00 USD"),
        ("Part 2", 2, "12.00 USD"),
    ]
    assert [line.id for line in order.lines] == ["10060000000101", "10060000000102"]


def test_a_summary_row_without_its_items_is_told() -> None:
    report = _report(_summary())
    assert [p.code for p in report.problems] == ["does_not_add_up"]
    assert not report.orders[0].lines


def test_items_without_their_summary_row_are_no_order() -> None:
    report = _report(*PARTS)
    assert not report.orders
    assert [p.code for p in report.errors] == ["no_first_row"]


@pytest.mark.parametrize(
    ("days", "status"),
    [
        ({}, OrderStatus.PAID),
        ({"Shipped_On_Date": "Nov-04-26"}, OrderStatus.SHIPPED),
        ({"Paid_On_Date": ""}, OrderStatus.PENDING_PAYMENT),
        ({"Paid_On_Date": "", "Shipped_On_Date": "Nov-04-26"}, OrderStatus.SHIPPED),
    ],
)
def test_the_days_tell_the_state(days: dict[str, str], status: OrderStatus) -> None:
    order = _order(_row(**days))
    is_paid = days.get("Paid_On_Date") != ""
    assert (order.status, order.paid.amount, order.refund_unknown) == (status, 25 if is_paid else 0, is_paid)


@pytest.mark.parametrize(
    ("shipped", "status"),
    [
        (("", "Nov-04-26", "Nov-05-26"), OrderStatus.SHIPPED),
        (("Nov-05-26", "", ""), OrderStatus.SHIPPED),
        (("", "Nov-05-26", ""), OrderStatus.PAID),
        (("", "", ""), OrderStatus.PAID),
    ],
)
def test_days_may_stand_on_the_rows_of_the_items_only(shipped: tuple[str, str, str], status: OrderStatus) -> None:
    head, one, two = shipped
    rows = (
        _summary(Shipped_On_Date=head),
        _item(1, Shipped_On_Date=one, Paid_On_Date="Nov-03-26"),
        _item(2, Shipped_On_Date=two, Quantity="2", Sold_For="$6.00", Paid_On_Date="Nov-03-26"),
    )
    order = _order(*rows)
    zone = ZoneInfo("America/Los_Angeles")
    assert (order.status, str(order.paid)) == (status, "37.00 USD")
    assert order.paid_at == datetime(2026, 11, 3, tzinfo=zone)
    assert order.shipped_at == (datetime(2026, 11, 5, tzinfo=zone) if status is OrderStatus.SHIPPED else None)


@pytest.mark.parametrize(
    ("seller", "kept", "charges", "total", "tax"),
    [
        ("", "", "", "$25.00", "0.00"),
        ("$2.00", "", "", "$27.00", "2.00"),
        ("", "$1.50", "", "$26.50", "1.50"),
        ("", "$1.50", "$0.25", "$26.75", "1.75"),
        ("", "$1.50", "", "$25.00", "0.00"),
    ],
)
def test_tax_that_ebay_keeps_is_a_part_of_the_total_where_the_total_holds_it(
    seller: str, kept: str, charges: str, total: str, tax: str
) -> None:
    row = _row(Seller_Collected_Tax=seller, eBay_Collected_Tax=kept, eBay_Collected_Charges=charges, Total_Price=total)
    report = _report(row)
    assert not report.problems
    assert str(report.orders[0].tax) == f"{tax} USD"
    assert f"${report.orders[0].paid.amount}" == total


def test_a_total_that_does_not_add_up_is_kept_and_told() -> None:
    report = _report(_row(Total_Price="$22.00"))
    assert [p.code for p in report.problems] == ["does_not_add_up"]
    assert str(report.orders[0].total) == "22.00 USD"


@pytest.mark.parametrize(
    ("amounts", "currency"),
    [
        (("$20.00", "$5.00", "$25.00"), "USD"),
        (("US $20.00", "US $5.00", "$25.00"), "USD"),
        (("C $20.00", "C $5.00", "C $25.00"), "CAD"),
        (("AU $20.00", "AU $5.00", "AU $25.00"), "AUD"),
        (("£20.00", "£5.00", "£25.00"), "GBP"),
        (("EUR 20.00", "EUR 5.00", "EUR 25.00"), "EUR"),
        (("S$20.00", "S$5.00", "S$25.00"), "SGD"),
        (("US$20.00", "US$5.00", "US$25.00"), "USD"),
    ],
)
def test_the_amounts_tell_the_currency(amounts: tuple[str, str, str], currency: str) -> None:
    price, shipping, total = amounts
    order = _order(_row(Sold_For=price, Shipping_And_Handling=shipping, Total_Price=total))
    assert str(order.total) == f"25.00 {currency}"


def test_a_dollar_alone_is_the_american_sites() -> None:
    with_pound = UK.read_text(encoding="utf-8-sig")
    report = read(with_pound.replace("£", "$").encode(), name="orders.csv")
    assert {p.code for p in report.errors} == {"no_currency"}
    assert [order.currency for order in report.orders] == ["EUR"]


@pytest.mark.parametrize(
    ("path", "zone", "month"),
    [
        (US, "America/Los_Angeles", 11),
        (UK, "Europe/London", 11),
        (AU, "Australia/Sydney", 11),
        (DE, "Europe/Berlin", 3),
    ],
)
def test_the_days_begin_in_the_sites_zone_or_in_the_callers(path: Path, zone: str, month: int) -> None:
    first = next(order for order in read(path).orders if order.status is OrderStatus.SHIPPED)
    assert first.placed_at == datetime(2026, month, 2, tzinfo=ZoneInfo(zone))
    moved = next(order for order in read(path, zone="Asia/Tokyo").orders if order.status is OrderStatus.SHIPPED)
    assert moved.placed_at == datetime(2026, month, 2, tzinfo=ZoneInfo("Asia/Tokyo"))


def test_where_nobody_knows_the_site_there_are_no_instants() -> None:
    report = _report(_row(Sold_For="C $20.00", Total_Price="C $25.00"), _row(Order_Number="2", Sales_Record_Number="2"))
    assert [p.code for p in report.problems] == ["days_only"]
    assert [order.placed_at is None for order in report.orders] == [True, False]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Apr-17-25", (2025, 4, 17)),
        ("17-Apr-25", (2025, 4, 17)),
        ("17-Sept-2025", (2025, 9, 17)),
        ("02-Mär-26", (2026, 3, 2)),
        ("02-Mrz-26", (2026, 3, 2)),
        ("10-Okt-25", (2025, 10, 10)),
        ("10-Dez-25", (2025, 12, 10)),
        ("03-Mai-25", (2025, 5, 3)),
        ("2025-04-17", (2025, 4, 17)),
        ("Apr-17-25 23:45:00", (2025, 4, 17, 23, 45)),
    ],
)
def test_the_month_is_a_word(text: str, day: tuple[int, ...]) -> None:
    expected = datetime(*day, tzinfo=ZoneInfo("Europe/Paris"))  # type: ignore[misc, arg-type]
    assert _order(_row(Sale_Date=text), zone="Europe/Paris").placed_at == expected


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ((_row(Sale_Date="4/17/2025"),), "bad_moment"),
        ((_row(Sale_Date="Foo-17-25"),), "bad_moment"),
        ((_row(Sale_Date="Feb-30-25"),), "bad_moment"),
        ((_row(Item_Number="2.86E+11"),), "damaged_identifier"),
        ((_row(Total_Price="#REF!"),), "bad_money"),
        ((_row(Sold_For="£20.00"),), "mixed_currencies"),
        ((_row(Sold_For="20.00", Total_Price="25.00"),), "no_currency"),
        ((_row(Order_Number="12 00009"),), "damaged_identifier"),
        ((_row(Quantity="0"),), "bad_whole"),
    ],
)
def test_what_leaves_an_order_out(rows: tuple[dict[str, str], ...], code: str) -> None:
    report = _report(*rows, _row(Order_Number="12-00009-00003"))
    assert [order.number for order in report.orders] == ["12-00009-00003"]
    assert [p.code for p in report.errors] == [code]


def test_an_order_that_is_won_and_not_paid_has_its_record_number() -> None:
    order = _order(_row(Order_Number="", Paid_On_Date=""))
    assert (order.number, order.status, order.paid.amount) == ("1001", OrderStatus.PENDING_PAYMENT, 0)
    assert _order(_row()).tags == order.tags == ("record 1001",)


def test_rows_with_neither_number_are_told() -> None:
    report = _report(_row(Order_Number="", Sales_Record_Number=""), _row())
    assert [p.code for p in report.errors] == ["missing_number"]


@pytest.mark.parametrize(
    ("name", "value", "form"),
    [
        ("Ada.Example-1", "ada.example-1", "plain"),
        ("star*light_", "star*light_", "plain"),
        ("a***n", "a***n", "masked"),
    ],
)
def test_a_user_name_is_a_key_on_ebay(name: str, value: str, form: str) -> None:
    buyer = _order(_row(Buyer_Username=name)).buyer
    assert [(str(i), i.form) for i in buyer.identifiers] == [(f"account:ebay:{value}", form)]
    assert (buyer.strongest is None) == (form == "masked")


@pytest.mark.parametrize("domain", ["members.ebay.com", "members.ebay.co.uk", "members.ebay.de"])
def test_a_relay_address_holds_in_the_shop_only(domain: str) -> None:
    (email,) = _order(_row(Buyer_Email=f"0a1b@{domain}", Buyer_Username=""), shop="lamps").buyer.identifiers
    assert (email.form, email.scope) == ("relay", f"ebay/lamps/{domain}")


def test_the_recipient_is_told_apart_from_the_buyer() -> None:
    order = _order(
        _row(
            Buyer_Name="Ada Example",
            Ship_To_Name="Ben Sample",
            Ship_To_Phone="+1 202 555 0102",
            Ship_To_Address_1="4 Fiction Road",
            Ship_To_Address_2="Apt 3",
            Buyer_Note="Ring twice",
            My_Item_Note="fragile",
        )
    )
    assert order.recipient is not None
    assert (order.recipient.name, order.recipient.phone) == ("Ben Sample", "+1 202 555 0102")
    assert order.recipient.address.street == "4 Fiction Road, Apt 3"
    assert (order.buyer.name, [i.kind for i in order.buyer.identifiers]) == ("Ada Example", ["account"])
    assert (order.buyer_note, order.remark) == ("Ring twice", "fragile")


def test_a_title_is_unescaped_once() -> None:
    order = _order(_row(Item_Title="Lamp &amp; shade &amp;amp; 12&quot;"))
    assert order.lines[0].title == 'Lamp & shade &amp; 12"'


def test_a_newer_file_counts_whatever_the_order_of_the_files() -> None:
    older, newer = _text(_row(Paid_On_Date="")), _text(_row(Shipped_On_Date="Nov-05-26"))
    for texts in ((older, newer), (newer, older)):
        sources = [io.BytesIO(text.encode()) for text in texts]
        for number, source in enumerate(sources):
            source.name = f"{number}.csv"
        report = read(*sources)
        assert [(o.status, str(o.paid), len(o.lines)) for o in report.orders] == [(OrderStatus.SHIPPED, "25.00 USD", 1)]


@pytest.mark.parametrize("column", ["Shipping And Handling", "eBay Collected Tax", "Paid On Date", "Shipped On Date"])
def test_columns_that_are_missing_are_named(column: str) -> None:
    report = read(_text(_row(), without=column).encode(), name="orders.csv")
    assert ("missing_column", True) in [(p.code, column in p.reason) for p in report.problems]
