"""Etsy's sold orders and their items: as a pair and alone, days without a zone, and the tax that Etsy keeps."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pytest

from crmkit.importers import ImportReport, read, sniff
from crmkit.importers.platforms.etsy import ITEMS, ORDERS
from crmkit.importers.texts import normalised
from crmkit.orders import Order, OrderStatus
from crmkit.testing import ImporterContract

SAMPLES = Path(__file__).parents[1] / "samples" / "etsy"
ORDERS_FILE, ITEMS_FILE = SAMPLES / "EtsySoldOrders2026.csv", SAMPLES / "EtsySoldOrderItems2026.csv"
BRITISH = SAMPLES / "EtsySoldOrders2026_en_GB.csv"
ZONE: dict[str, Any] = {"zone": "Europe/Amsterdam"}


class TestPair(ImporterContract):
    samples = (ORDERS_FILE, ITEMS_FILE)
    golden = SAMPLES / "pair.golden.json"
    options: ClassVar[dict[str, Any]] = ZONE


class TestOrdersAlone(ImporterContract):
    samples = (ORDERS_FILE,)
    golden = SAMPLES / "orders.golden.json"
    options: ClassVar[dict[str, Any]] = ZONE


class TestItemsAlone(ImporterContract):
    samples = (ITEMS_FILE,)
    golden = SAMPLES / "items.golden.json"
    options: ClassVar[dict[str, Any]] = ZONE


class TestBritishEnglish(ImporterContract):
    samples = (BRITISH,)
    golden = SAMPLES / "orders_en_GB.golden.json"


def _header(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as lines:
        return next(csv.reader(lines))


_USUAL = {
    "Sale Date": "11/02/26",
    "Order ID": "3200000901",
    "Buyer User ID": "ada",
    "Full Name": "Ada Example",
    "Currency": "USD",
    "Order Value": "36.00",
    "Discount Amount": "0.00",
    "Shipping Discount": "0.00",
    "Shipping": "6.50",
    "Sales Tax": "3.41",
    "Order Total": "45.91",
    "Order Net": "44.00",
    "Adjusted Order Total": "0.00",
    "Adjusted Net Order Amount": "0.00",
    "Buyer": "Ada Example (ada)",
}
_USUAL_ITEM = {
    "Sale Date": "11/02/26",
    "Order ID": "3200000901",
    "Item Name": "Candle",
    "Buyer": "ada",
    "Quantity": "2",
    "Price": "18.00",
    "Discount Amount": "0.00",
    "Shipping Discount": "0.00",
    "Order Shipping": "6.50",
    "Order Sales Tax": "3.41",
    "Item Total": "36.00",
    "Currency": "USD",
    "Transaction ID": "3900000901",
    "Listing ID": "1500000901",
}


def _file(name: str, header: list[str], *rows: dict[str, str]) -> io.BytesIO:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header, *([row.get(n, "") for n in header] for row in rows)])
    source = io.BytesIO(out.getvalue().encode())
    source.name = name
    return source


def _orders(*rows: dict[str, str], without: str = "") -> io.BytesIO:
    header = [name for name in _header(ORDERS_FILE) if name != without]
    return _file("orders.csv", header, *(_USUAL | row for row in rows))


def _items(*rows: dict[str, str]) -> io.BytesIO:
    return _file("items.csv", _header(ITEMS_FILE), *(_USUAL_ITEM | row for row in rows))


def _report(*sources: io.BytesIO) -> ImportReport:
    return read(*sources, zone="Europe/Amsterdam")


def _order(*sources: io.BytesIO) -> Order:
    report = _report(*sources)
    assert len(report.orders) == 1, report.problems
    return report.orders[0]


def test_every_column_of_the_known_layouts_is_read_or_knowingly_left_alone() -> None:
    for path, known in ((ORDERS_FILE, ORDERS), (BRITISH, ORDERS), (ITEMS_FILE, ITEMS)):
        folded = {name.casefold() for name in known.columns | known.ignored}
        assert {normalised(name).casefold() for name in _header(path)} <= folded
        assert not known.columns & known.ignored


@pytest.mark.parametrize(
    ("path", "name"), [(ORDERS_FILE, "etsy.orders"), (BRITISH, "etsy.orders"), (ITEMS_FILE, "etsy.items")]
)
def test_its_files_are_nobody_elses(path: Path, name: str) -> None:
    first, *others = sniff(path)
    assert first.format == name
    assert first.confidence >= 0.5
    assert all(guess.confidence < 0.5 for guess in others)


def test_the_british_layout_says_the_same() -> None:
    assert read(BRITISH).orders == read(ORDERS_FILE).orders


@pytest.mark.parametrize(
    ("adjusted", "net", "refunded", "unknown", "status"),
    [
        ("0.00", "0.00", "0.00", False, OrderStatus.PAID),
        ("", "", "0.00", False, OrderStatus.PAID),
        ("", "0.00", "0.00", False, OrderStatus.PAID),
        ("27.00", "22.92", "18.91", False, OrderStatus.PAID),
        ("27.00", "", "18.91", False, OrderStatus.PAID),
        ("0.00", "-0.25", "45.91", False, OrderStatus.REFUNDED),
        ("", "-0.25", "0.00", True, OrderStatus.PAID),
    ],
)
def test_refunds_are_what_the_adjusted_total_lacks(
    adjusted: str, net: str, refunded: str, unknown: bool, status: OrderStatus
) -> None:
    order = _order(_orders({"Adjusted Order Total": adjusted, "Adjusted Net Order Amount": net}))
    assert (str(order.refunded.amount), order.refund_unknown, order.status) == (refunded, unknown, status)
    assert str(order.paid) == str(order.total) == "45.91 USD"


def test_an_adjustment_upwards_is_told_and_no_refund() -> None:
    report = _report(_orders({"Adjusted Order Total": "50.00", "Adjusted Net Order Amount": "48.00"}))
    assert [p.code for p in report.problems] == ["does_not_add_up"]
    assert report.orders[0].refunded.is_zero


@pytest.mark.parametrize(
    ("word", "shipped", "status", "unknown"),
    [
        ("", "", OrderStatus.PAID, False),
        ("", "11/04/26", OrderStatus.SHIPPED, False),
        ("Canceled", "", OrderStatus.CANCELLED, True),
        ("cancelled", "11/04/26", OrderStatus.CANCELLED, True),
        ("Refunded", "11/04/26", OrderStatus.REFUNDED, True),
    ],
)
def test_the_states(word: str, shipped: str, status: OrderStatus, unknown: bool) -> None:
    order = _order(_orders({"Status": word, "Date Shipped": shipped}))
    assert (order.status, order.refund_unknown, str(order.paid)) == (status, unknown, "45.91 USD")


def test_a_refund_in_part_is_no_state() -> None:
    adjusted = {"Adjusted Order Total": "27.00", "Adjusted Net Order Amount": "22.92", "Date Shipped": "11/04/26"}
    assert _order(_orders(adjusted | {"Status": "Refunded"})).status is OrderStatus.SHIPPED


def test_an_unknown_word_is_told_and_the_day_of_shipping_tells_the_state() -> None:
    report = _report(_orders({"Status": "Enchanted", "Date Shipped": "11/04/26"}))
    assert [(p.code, p.value) for p in report.problems] == [("unknown_status", "Enchanted")]
    assert report.orders[0].status is OrderStatus.SHIPPED


def test_the_tax_that_etsy_keeps_is_a_part_of_the_total() -> None:
    order = _order(_orders({"Order Total": "53.91"}), _items({}))
    assert (str(order.total), str(order.paid), str(order.tax)) == ("53.91 USD", "53.91 USD", "11.41 USD")


def test_a_total_below_its_parts_is_told() -> None:
    report = _report(_orders({"Order Total": "40.00"}), _items({}))
    assert [p.code for p in report.problems] == ["does_not_add_up"]


def test_items_of_another_year_are_missed_by_the_amounts() -> None:
    row = {"Order Value": "54.00", "Order Total": "63.91"}
    assert [p.code for p in _report(_orders(row), _items({})).problems] == ["does_not_add_up"]


def test_amounts_of_the_order_repeat_on_its_items_and_count_once() -> None:
    two = ({"Discount Amount": "1.00"}, {"Transaction ID": "3900000902", "Discount Amount": "2.00"})
    order = _order(_items(*({**row, "Shipping Discount": "1.50"} for row in two)))
    assert str(order.total) == "77.41 USD"
    assert (str(order.shipping), str(order.tax), str(order.discount)) == ("5.00 USD", "3.41 USD", "4.50 USD")
    assert order.lines_only
    assert order.refund_unknown


def test_items_alone_say_so_once_a_file() -> None:
    report = _report(_items({}, {"Order ID": "3200000902", "Transaction ID": "3900000902"}))
    assert [p.code for p in report.problems] == ["amounts_unknown"]


@pytest.mark.parametrize(
    ("days", "status"),
    [
        (("11/03/26", "11/04/26"), OrderStatus.SHIPPED),
        (("11/03/26", ""), OrderStatus.PAID),
        (("", ""), OrderStatus.PAID),
    ],
)
def test_items_alone_are_shipped_when_all_are(days: tuple[str, str], status: OrderStatus) -> None:
    rows = [{"Transaction ID": f"390000091{n}", "Date Shipped": day} for n, day in enumerate(days)]
    order = _order(_items(*rows))
    assert order.status is status
    expected = datetime(2026, 11, 4, tzinfo=ZoneInfo("Europe/Amsterdam"))
    assert order.shipped_at == (expected if status is OrderStatus.SHIPPED else None)


def test_the_lines_come_from_the_items_and_the_money_from_the_orders() -> None:
    order = _order(_orders({"Date Shipped": "11/04/26"}), _items({"Variations": "Scent: Pine", "SKU": "CND"}))
    (line,) = order.lines
    assert (line.id, line.product_id, line.sku, line.variant) == ("3900000901", "1500000901", "CND", "Scent: Pine")
    assert (line.quantity, str(line.unit_price), str(line.total)) == (2, "18.00 USD", "36.00 USD")
    assert not order.lines_only
    assert order.status is OrderStatus.SHIPPED


def test_days_become_instants_in_the_zone_that_the_caller_names() -> None:
    order = _order(_orders({"Date Shipped": "11/04/2026"}), _items({"Date Paid": "11/02/26"}))
    zone = ZoneInfo("Europe/Amsterdam")
    assert order.placed_at == order.paid_at == datetime(2026, 11, 2, tzinfo=zone)
    assert order.shipped_at == datetime(2026, 11, 4, tzinfo=zone)


def test_without_a_zone_there_are_no_instants_and_one_warning_a_file() -> None:
    report = read(ORDERS_FILE, ITEMS_FILE)
    assert [p.source for p in report.problems if p.code == "days_only"] == [ORDERS_FILE.name, ITEMS_FILE.name]
    assert all(p.severity == "warning" for p in report.problems)
    moments = [(o.placed_at, o.paid_at, o.shipped_at) for o in report.orders]
    assert set(moments) == {(None, None, None)}
    assert [o.status for o in report.orders] == [o.status for o in read(ORDERS_FILE, ITEMS_FILE, **ZONE).orders]


@pytest.mark.parametrize("day", ["13/01/26", "2026-13-01", "yesterday"])
def test_a_day_with_the_day_first_leaves_the_order_out(day: str) -> None:
    report = _report(_orders({"Sale Date": day}, {"Order ID": "3200000902"}))
    assert [order.number for order in report.orders] == ["3200000902"]
    assert [p.code for p in report.errors] == ["bad_moment"]


def test_a_login_is_a_key_on_etsy_without_regard_to_case_and_a_guest_has_none() -> None:
    assert [str(i) for i in _order(_orders({"Buyer User ID": "AdaMakes"})).buyer.identifiers] == [
        "account:etsy:adamakes"
    ]
    guest = _order(_orders({"Buyer User ID": "", "Buyer": "Madonna", "Full Name": "Madonna"}))
    assert (guest.buyer.identifiers, guest.buyer.name) == ((), "Madonna")


def test_without_its_column_the_login_stands_in_brackets() -> None:
    named = _order(_orders({"Buyer": "Ada (Countess) Example (AdaMakes)"}, without="Buyer User ID"))
    assert [str(i) for i in named.buyer.identifiers] == ["account:etsy:adamakes"]
    assert not _order(_orders({"Buyer": "Ada Example"}, without="Buyer User ID")).buyer.identifiers


def test_a_login_among_items_may_be_a_guests_name() -> None:
    assert [str(i) for i in _order(_items({"Buyer": "AdaMakes"})).buyer.identifiers] == ["account:etsy:adamakes"]
    assert not _order(_items({"Buyer": "Rupert Sample"})).buyer.identifiers
    assert not _order(_items({"Buyer": ""})).buyer.identifiers


def test_a_masked_login_is_no_key() -> None:
    buyer = _order(_orders({"Buyer User ID": "a***a"})).buyer
    assert buyer.strongest is None


def test_the_recipient_is_told_apart_from_the_buyer() -> None:
    place = {"Street 1": "4 Mill Lane", "Street 2": "Flat 2", "Ship City": "Ripon", "Ship Country": "United Kingdom"}
    order = _order(_orders(place), _items({"Ship Name": "Rupert Sample"}))
    assert order.recipient is not None
    assert (order.recipient.name, order.recipient.address.street) == ("Rupert Sample", "4 Mill Lane, Flat 2")
    assert order.buyer.name == "Ada Example"


@pytest.mark.parametrize(
    ("sources", "code"),
    [
        ((_orders({"Currency": "USD"}), _items({"Currency": "EUR"})), "mixed_currencies"),
        ((_orders({"Currency": ""}),), "no_currency"),
        ((_orders({"Order Total": ""}),), "bad_money"),
        ((_orders({"Order Total": "45,91"}),), "bad_money"),
        ((_items({"Item Total": ""}),), "bad_money"),
        ((_items({"Quantity": "0"}),), "bad_whole"),
        ((_items({"Transaction ID": "3.9E+09"}),), "damaged_identifier"),
    ],
)
def test_what_leaves_an_order_out(sources: tuple[io.BytesIO, ...], code: str) -> None:
    report = _report(*sources)
    assert not report.orders
    assert [p.code for p in report.errors] == [code]


def test_the_file_that_tells_a_later_day_is_the_newer_one() -> None:
    older, newer = {"Street 1": "Old Street 1"}, {"Date Shipped": "11/04/26", "Street 1": "New Street 1"}
    for rows in ((older, newer), (newer, older)):
        order = _order(*map(_orders, rows))
        assert order.recipient is not None
        assert (order.status, order.recipient.address.street) == (OrderStatus.SHIPPED, "New Street 1")


def test_a_newer_file_counts_where_it_tells_more() -> None:
    older: dict[str, str] = {}
    newer = {"Date Shipped": "11/04/26", "Adjusted Net Order Amount": "-0.25"}
    for rows in ((older, newer), (newer, older)):
        report = _report(*map(_orders, rows))
        assert [(o.status, str(o.refunded)) for o in report.orders] == [(OrderStatus.REFUNDED, "45.91 USD")]
        assert [p.code for p in report.problems] == ["contradiction"]


@pytest.mark.parametrize("column", ["Adjusted Order Total", "Adjusted Net Order Amount", "Date Shipped", "Sales Tax"])
def test_columns_that_are_missing_are_named(column: str) -> None:
    report = _report(_orders({}, without=column))
    assert [(p.code, column in p.reason) for p in report.problems] == [("missing_column", True)]
    assert report.orders[0].refund_unknown is column.startswith("Adjusted")
