"""TikTok Shop: the row that explains, tabs, dates of either order, amounts that repeat, countries."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from openpyxl import Workbook

from crmkit import importers
from crmkit.importers.platforms import tiktok
from crmkit.importers.texts import normalised
from crmkit.orders import Order
from crmkit.testing import ImporterContract

SAMPLES = Path(__file__).parents[1] / "samples" / "tiktok"
FILES = {"us": SAMPLES / "All order-2026-11-08-us.csv", "id": SAMPLES / "All order-2026-11-20-id.csv"}


class TestAmerican(ImporterContract):
    samples = (FILES["us"],)
    golden = SAMPLES / "All order-2026-11-08-us.golden.json"
    encoding = "utf-8-sig"


class TestIndonesianAndOthers(ImporterContract):
    samples = (FILES["id"],)
    golden = SAMPLES / "All order-2026-11-20-id.golden.json"
    encoding = "utf-8-sig"


def rows_of(layout: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(FILES[layout].read_text(encoding="utf-8-sig"), newline="")))


def text(rows: list[list[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def first(layout: str, changed: Mapping[str, str] = MappingProxyType({}), *, at: int = 2, lines: int = 1) -> bytes:
    """Some rows of a sample, with cells changed by column; the first order has two lines."""
    header, explained, *rows = rows_of(layout)
    assert set(changed) <= set(header)
    told = [[changed.get(name, cell) for name, cell in zip(header, row, strict=True)] for row in rows[at : at + lines]]
    return text([header, explained, *told])


def read(data: bytes, **options: Any) -> importers.ImportReport:
    return importers.read(data, name="o.csv", **options)


def only(data: bytes, **options: Any) -> Order:
    (order,) = read(data, **options).orders
    return order


def codes(data: bytes, **options: Any) -> list[str]:
    return [problem.code for problem in read(data, **options).problems]


# Recognition and rows


@pytest.mark.parametrize("layout", FILES)
def test_it_is_known_and_nothing_else_fits(layout: str) -> None:
    guesses = importers.sniff(FILES[layout])
    assert guesses[0].format == "tiktok.orders"
    assert [guess for guess in guesses[1:] if guess.confidence >= 0.5] == []


@pytest.mark.parametrize(("layout", "columns"), [("us", 63), ("id", 68)])
def test_every_column_is_read_or_ignored_on_purpose(layout: str, columns: int) -> None:
    header, known = rows_of(layout)[0], tiktok.ORDERS
    assert len(header) == columns
    assert {normalised(name) for name in header} - known.columns - known.ignored == set()
    assert known.columns & known.ignored == frozenset()


@pytest.mark.parametrize(
    "words", ["Platform unique order ID.", "ID pesanan unik platform.", "หมายเลขคำสั่งซื้อ", "Mã đơn hàng"]
)
def test_the_row_that_explains_the_columns_is_skipped_in_every_language(words: str) -> None:
    header, explained, *rows = rows_of("us")
    explained[0] = words
    report = read(text([header, explained, rows[2]]))
    assert (len(report.orders), report.skipped, report.problems) == (1, {"description rows": 1}, ())


def test_a_file_of_nothing_but_the_header_and_its_explanation_is_empty() -> None:
    report = read(text(rows_of("us")[:2]))
    assert (report.orders, report.errors, report.skipped) == ((), (), {"description rows": 1})


def test_a_row_whose_number_lost_its_digits_and_that_has_an_amount_is_not_taken_for_an_explanation() -> None:
    report = read(first("us", {"Order ID": "#NAME?"}))
    assert report.skipped.get("description rows") == 1
    assert report.rows.skipped == 1


def test_tabs_at_the_end_of_ids_and_times_and_breaks_in_messages_are_taken_off_or_kept() -> None:
    order = importers.read(FILES["us"]).orders[0]
    assert order.number == "576400000000000101"
    assert order.buyer_note == 'Leave it at the "back" door,\nplease'
    assert (order.lines[0].product_id, order.cancelled_at) == ("1729300000000011", None)


@pytest.mark.parametrize("number", ["5.77E+17", "577000000000000000"])
def test_digits_that_a_spreadsheet_destroyed_are_refused(number: str) -> None:
    report = read(first("us", {"Order ID": number}))
    assert (report.orders, [problem.code for problem in report.problems]) == ((), ["damaged_identifier"])


def test_a_destroyed_listing_number_is_left_out_and_the_order_comes_through() -> None:
    data = first("us", {"Product ID": "1.73E+18"})
    assert (only(data).lines[0].product_id, codes(data)) == ("", ["damaged_identifier"])


def test_a_workbook_gives_the_same_orders() -> None:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "OrderSKUList"
    for row in rows_of("us"):
        sheet.append(row)
    out = io.BytesIO()
    workbook.save(out)
    report = importers.read(out.getvalue(), name="All order.xlsx")
    assert report.orders == importers.read(FILES["us"]).orders
    assert report.skipped == {"description rows": 1}


# Times


def placed(data: bytes, **options: Any) -> str:
    moment = only(data, **options).placed_at
    assert moment is not None
    return moment.isoformat()


@pytest.mark.parametrize(
    ("cell", "instant"),
    [
        ("04/03/2026 9:40:03 PM", "2026-04-03T21:40:03-07:00"),
        ("04/03/2026 12:05:00 AM", "2026-04-03T00:05:00-07:00"),
        ("12/01/2026 12:05:00 PM", "2026-12-01T12:05:00-08:00"),
        ("4/3/2026 21:40", "2026-04-03T21:40:00-07:00"),
        ("2026-04-03 21:40:03", "2026-04-03T21:40:03-07:00"),
        ("2026/4/3 21:40", "2026-04-03T21:40:00-07:00"),
    ],
)
def test_american_times_have_the_month_first(cell: str, instant: str) -> None:
    assert placed(first("us", {"Created Time": cell + "\t"})) == instant


@pytest.mark.parametrize(
    ("country", "instant"),
    [
        ("Indonesia", "2026-03-04T21:40:03+07:00"),
        ("Thailand", "2026-03-04T21:40:03+07:00"),
        ("Vietnam", "2026-03-04T21:40:03+07:00"),
        ("Philippines", "2026-03-04T21:40:03+08:00"),
        ("Malaysia", "2026-03-04T21:40:03+08:00"),
        ("Singapore", "2026-03-04T21:40:03+08:00"),
        ("United Kingdom", "2026-03-04T21:40:03+00:00"),
        ("Spain", "2026-03-04T21:40:03+01:00"),
        ("Mexico", "2026-03-04T21:40:03-06:00"),
        ("United States", "2026-04-03T21:40:03-07:00"),
    ],
)
def test_elsewhere_the_day_comes_first(country: str, instant: str) -> None:
    amounts = dict.fromkeys(("Order Amount", "SKU Subtotal After Discount", "SKU Unit Original Price"), "25000")
    assert placed(first("id", {"Country": country, "Created Time": "04/03/2026 21:40:03", **amounts}, at=3)) == instant


def test_a_mark_of_morning_or_evening_puts_the_month_first_in_every_country() -> None:
    cells = {"Country": "United Kingdom", "Created Time": "04/03/2026 9:40:03 PM"}
    assert placed(first("us", cells)) == "2026-04-03T21:40:03+01:00"


@pytest.mark.parametrize(("layout", "cell"), [("id", "03/17/2026 21:40:03"), ("us", "17/03/2026 21:40:03")])
def test_a_time_that_the_country_does_not_write_is_refused_and_not_turned_round(layout: str, cell: str) -> None:
    report = read(first(layout, {"Created Time": cell}, at=3))
    assert (report.orders, [problem.code for problem in report.errors]) == ((), ["bad_moment"])
    assert report.errors[0].value == cell


def test_a_day_that_is_none_is_a_problem() -> None:
    assert codes(first("id", {"Created Time": "31/02/2026 10:00:00"}, at=3)) == ["bad_moment"]


# Currency


def test_the_american_layout_tells_its_country_by_itself() -> None:
    assert only(first("us", {"Country": ""})).currency == "USD"
    assert only(first("us", {"Country": "***"})).currency == "USD"
    assert only(first("us", {"Country": "United Kingdom", "Created Time": "04/03/2026 10:00:00"})).currency == "GBP"


def test_without_a_country_the_caller_says_where_the_shop_is() -> None:
    nowhere = first("id", {"Country": ""}, at=3)
    assert codes(nowhere) == ["no_currency"]
    assert only(nowhere, zone="Asia/Jakarta").currency == "IDR"
    assert only(first("id", at=3), zone="Asia/Manila").currency == "IDR"
    assert codes(first("id", {"Country": "Atlantis"}, at=3), zone="Asia/Jakarta") == ["no_currency"]


@pytest.mark.parametrize(
    ("country", "currency", "cell", "amount"),
    [
        ("Indonesia", "IDR", "3.480.000", "3480000"),
        ("Indonesia", "IDR", "IDR 25000", "25000"),
        ("Vietnam", "VND", "75.000", "75000"),
        ("Thailand", "THB", "1,250.50", "1250.50"),
        ("United Kingdom", "GBP", "£1,250.50", "1250.50"),
        ("Germany", "EUR", "1.250,50 €", "1250.50"),
        ("Germany", "EUR", "12.34", "12.34"),
        ("France", "EUR", "1.250", "1250"),
        ("Brazil", "BRL", "R$ 1.250,50", "1250.50"),
        ("Japan", "JPY", "4,725", "4725"),
        ("Mexico", "MXN", "$1,250.50", "1250.50"),
    ],
)
def test_currency_and_marks_are_the_countrys(country: str, currency: str, cell: str, amount: str) -> None:
    money = dict.fromkeys(("Order Amount", "SKU Subtotal After Discount", "SKU Unit Original Price"), cell)
    order = only(first("id", {"Country": country, **money}, at=3))
    assert (order.currency, order.total.amount) == (currency, Decimal(amount))


@pytest.mark.parametrize(
    ("country", "cell"),
    [("Indonesia", "12.50"), ("Thailand", "1.250.000"), ("Germany", "1,250.505"), ("Thailand", "1.2.3")],
)
def test_an_amount_that_the_country_does_not_write_is_refused(country: str, cell: str) -> None:
    report = read(first("id", {"Country": country, "Order Amount": cell, "SKU Unit Original Price": "25.000"}, at=3))
    assert report.orders == ()
    assert {problem.code for problem in report.errors} == {"bad_money"}


def test_a_thousandth_of_an_amount_is_doubted() -> None:
    money = dict.fromkeys(("Order Amount", "SKU Subtotal After Discount", "SKU Unit Original Price"), "25")
    assert "doubtful_amount" in codes(first("id", money, at=3))


# Money and refunds


def test_amounts_of_the_order_stand_on_every_row_and_count_once() -> None:
    order = only(first("us", at=0, lines=2))
    assert [str(m.amount) for m in (order.total, order.paid, order.refunded)] == ["47.19", "47.19", "0.00"]
    assert [str(line.total.amount) for line in order.lines] == ["34.13", "4.87"]
    assert order.tax is not None
    assert order.shipping is not None
    assert sum((line.total.amount for line in order.lines), order.tax.amount + order.shipping.amount) == Decimal(
        "47.19"
    )


def test_fees_count_as_postage() -> None:
    fees = {"Buyer Service Fee": "1.000", "Small Order Fee": "2.000", "Handling Fee": "500", "Item Insurance": "500"}
    report = read(first("id", {**fees, "Order Amount": "29.000"}, at=3))
    (order,) = report.orders
    assert order.shipping is not None
    assert (order.shipping.amount, report.problems) == (4000, ())


def test_a_sum_that_does_not_fit_is_told() -> None:
    assert codes(first("us", {"Order Amount": "19.00"})) == ["does_not_add_up"]


def test_a_line_without_its_subtotal_costs_price_times_quantity_without_discounts() -> None:
    cells = {
        "SKU Subtotal After Discount": "",
        "Quantity": "3",
        "SKU Seller Discount": "2.00",
        "SKU Platform Discount": "1",
    }
    order = only(first("us", {**cells, "Order Amount": "58.60"}))
    assert str(order.lines[0].total.amount) == "57.00"


def test_paid_is_by_the_payment_time() -> None:
    assert str(only(first("us", {"Paid Time": "11/02/2026 8:00:00 AM\t"})).paid.amount) == "21.60"
    assert only(first("us", {"Paid Time": "\t"})).paid.is_zero


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"Order Refund Amount": "21.88"}, ("refunded", "21.88", False)),
        ({"Order Refund Amount": "5.00"}, ("paid", "5.00", False)),
        ({"Order Refund Amount": "", "Cancelation/Return Type": "Return/Refund"}, ("paid", "0.00", False)),
        ({"Order Refund Amount": "", "Sku Quantity of return": "1"}, ("paid", "0.00", True)),
        ({"Order Refund Amount": "", "Order Status": "Canceled"}, ("cancelled", "0.00", True)),
        ({"Order Refund Amount": "21.88", "Order Status": "Cancelled"}, ("refunded", "21.88", False)),
    ],
)
def test_only_an_amount_says_that_money_went_back(cells: Mapping[str, str], told: tuple[str, str, bool]) -> None:
    order = only(first("us", cells, at=3))
    assert (order.status.value, str(order.refunded.amount), order.refund_unknown) == told


def test_a_refund_of_what_was_not_paid_is_told() -> None:
    data = first("us", {"Order Refund Amount": "5.00"})
    assert (only(data).refunded.is_zero, codes(data)) == (True, ["no_payment_time"])


def test_more_given_back_than_paid_is_a_problem() -> None:
    assert codes(first("us", {"Order Refund Amount": "99.00"}, at=3)) == ["bad_refund"]


def test_a_free_sample_is_an_order_of_nothing_with_a_tag() -> None:
    order = next(order for order in importers.read(FILES["us"]).orders if order.total.is_zero)
    assert (order.status.value, order.tags, order.paid.is_zero) == ("received", ("free sample",), True)


# States


@pytest.mark.parametrize(
    ("status", "substatus", "state"),
    [
        ("Unpaid", "Unpaid", "paid"),  # with a payment time
        ("On hold", "On hold", "paid"),
        ("To ship", "Awaiting shipment", "paid"),
        ("To ship", "Awaiting collection", "paid"),
        ("To ship", "Partially shipping", "paid"),
        ("Shipped", "In transit", "shipped"),
        ("SHIPPED", "DELIVERED", "received"),
        ("Completed", "Completed", "completed"),
        ("Canceled", "Canceled", "cancelled"),
        ("Cancelled", "Cancelled", "cancelled"),
        ("Perlu dikirim", "…", "paid"),
        ("Dikirim", "…", "shipped"),
        ("Selesai", "…", "completed"),
        ("Dibatalkan", "…", "cancelled"),
        ("ที่จะจัดส่ง", "…", "paid"),
        ("จัดส่งแล้ว", "…", "shipped"),
        ("เสร็จสมบูรณ์", "…", "completed"),
        ("ยกเลิกแล้ว", "…", "cancelled"),
    ],
)
def test_the_words_of_a_paid_order(status: str, substatus: str, state: str) -> None:
    data = first("us", {"Order Status": status, "Order Substatus": substatus}, at=3)
    assert (only(data).status.value, codes(data)) == (state, [])


@pytest.mark.parametrize("word", ["Unpaid", "Belum dibayar"])
def test_the_words_of_an_order_that_is_not_paid(word: str) -> None:
    assert only(first("us", {"Order Status": word})).status.value == "pending_payment"


@pytest.mark.parametrize(
    ("times", "state"),
    [
        ({}, "paid"),
        ({"Shipped Time": "11/03/2026 9:00:00 AM"}, "shipped"),
        ({"Shipped Time": "11/03/2026 9:00:00 AM", "Delivered Time": "11/05/2026 9:00:00 AM"}, "received"),
        ({"Cancelled Time": "11/05/2026 9:00:00 AM"}, "cancelled"),
    ],
)
def test_an_unknown_word_leaves_the_state_to_the_times(times: Mapping[str, str], state: str) -> None:
    data = first("us", {"Order Status": "Đang xử lý", "Order Substatus": "…", **times}, at=3)
    assert (only(data).status.value, codes(data)) == (state, ["unknown_status"])


def test_an_unknown_word_with_a_substatus_that_is_known_takes_that() -> None:
    data = first("us", {"Order Status": "Đang xử lý", "Order Substatus": "In transit"}, at=3)
    assert (only(data).status.value, codes(data)) == ("shipped", ["unknown_status"])


# Buyers


def test_the_user_name_is_the_key_whatever_its_case_and_masked_cells_are_none() -> None:
    order = only(first("us", {"Buyer Username": "Example.Ann", "Buyer Nickname": "Ann"}))
    assert [(i.key, i.form) for i in order.buyer.identifiers] == [("account:tiktok:example.ann", "plain")]
    assert order.buyer.name == "Ann"
    assert order.recipient is not None
    assert (order.recipient.name, order.recipient.phone) == ("J*** E***", "(+1)503*****08")
    masked = only(first("us", {"Buyer Username": "e*****n"}))
    assert [identifier.is_owning for identifier in masked.buyer.identifiers] == [False]


def test_tokopedias_orders_are_tagged_with_their_channel() -> None:
    assert [order.tags for order in importers.read(FILES["id"]).orders][:3] == [(), (), ("tokopedia",)]


def test_the_parts_of_an_address_are_those_of_the_country() -> None:
    order = only(first("id", at=3))
    assert order.recipient is not None
    address = order.recipient.address
    assert address is not None
    assert (address.street, address.district) == ("Jl. Con***", "Kel. Contoh, Kec. Contoh")
    assert (address.city, address.province, address.country) == ("Kota Contoh", "Jawa Barat", "Indonesia")
