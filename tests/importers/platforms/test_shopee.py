"""Shopee: every language, the states, money that repeats on each row, refunds without an amount, currencies."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import attrs
import pytest
from openpyxl import Workbook

from crmkit import importers
from crmkit.importers import DamagedFileError
from crmkit.importers.platforms import shopee
from crmkit.importers.texts import normalised
from crmkit.orders import Order
from crmkit.testing import ImporterContract

SAMPLES = Path(__file__).parents[1] / "samples" / "shopee"
FILES = {
    "id": "Order.all.20261101_20261107.id.csv",
    "en": "Order.all.20261101_20261104.en.csv",
    "ph": "Order.all.20261105_20261105.ph.csv",
    "th": "Order.all.20261101_20261102.th.csv",
    "vn": "Order.all.20261101_20261102.vn.csv",
    "tw": "Order.all.20261101_20261102.tw.csv",
    "br": "Order.all.20261101_20261103.br.csv",
}
FORMATS = {known.name.rpartition(".")[2]: known for known in shopee.FORMATS}


def golden(language: str) -> Path:
    return SAMPLES / FILES[language].replace(".csv", ".golden.json")


class TestIndonesian(ImporterContract):
    samples = (SAMPLES / FILES["id"],)
    golden = golden("id")


class TestEnglish(ImporterContract):
    samples = (SAMPLES / FILES["en"],)
    golden = golden("en")


class TestEnglishOfThePhilippines(ImporterContract):
    samples = (SAMPLES / FILES["ph"],)
    golden = golden("ph")


class TestThai(ImporterContract):
    samples = (SAMPLES / FILES["th"],)
    golden = golden("th")


class TestVietnamese(ImporterContract):
    samples = (SAMPLES / FILES["vn"],)
    golden = golden("vn")


class TestTaiwanese(ImporterContract):
    samples = (SAMPLES / FILES["tw"],)
    golden = golden("tw")


class TestBrazilian(ImporterContract):
    samples = (SAMPLES / FILES["br"],)
    golden = golden("br")


def rows_of(language: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO((SAMPLES / FILES[language]).read_text(encoding="utf-8"), newline="")))


def text(rows: list[list[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def first(language: str, changed: Mapping[str, str] = MappingProxyType({}), *, lines: int = 1) -> bytes:
    """The first rows of a sample, with some cells changed by column."""
    header, *rows = rows_of(language)
    names = [normalised(name) for name in header]
    wanted = {normalised(name): value for name, value in changed.items()}
    assert set(wanted) <= set(names)
    told = [[wanted.get(name, cell) for name, cell in zip(names, row, strict=True)] for row in rows[:lines]]
    return text([header, *told])


def only(data: bytes, **options: Any) -> Order:
    (order,) = importers.read(data, name="o.csv", **options).orders
    return order


def codes(data: bytes, **options: Any) -> list[str]:
    return [problem.code for problem in importers.read(data, name="o.csv", **options).problems]


# Recognition


@pytest.mark.parametrize("language", FILES)
def test_each_language_is_known_by_its_header_and_nothing_else_fits(language: str) -> None:
    guesses = importers.sniff(SAMPLES / FILES[language])
    assert guesses[0].format == "shopee.orders." + {"ph": "en"}.get(language, language)
    assert [guess for guess in guesses[1:] if guess.confidence >= 0.5] == []


@pytest.mark.parametrize("language", FILES)
def test_every_column_of_the_known_layouts_is_read_or_ignored_on_purpose(language: str) -> None:
    known = FORMATS[{"ph": "en"}.get(language, language)]
    assert {normalised(name) for name in rows_of(language)[0]} - known.columns - known.ignored == set()
    assert known.columns & known.ignored == frozenset()


def test_the_old_header_of_taiwan_has_suffixes() -> None:
    header, *rows = rows_of("tw")
    old = [name + (" (品)" if name.startswith("商品") else " (單)") for name in header]
    report = importers.read(text([old, *rows]), name="o.csv")
    assert [str(order.total) for order in report.orders] == ["765.00 TWD", "180.00 TWD", "1200.00 TWD"]
    assert not report.problems


def test_tiktoks_header_is_not_taken_for_shopees() -> None:
    header = "Order ID,Order Status,Order Substatus,Username (Buyer)\n1,a,b,c\n"
    assert not any(g.format.startswith("shopee") and g.confidence >= 0.5 for g in importers.sniff(header.encode()))


# Workbooks


def book(rows: list[list[Any]], *, stray: bool = False) -> bytes:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "orders"
    for row in rows:
        sheet.append(row)
    if stray:
        sheet.cell(row=len(rows) + 40, column=1).value = ""
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


@pytest.mark.parametrize("language", ["id", "th", "br"])
def test_a_workbook_gives_the_same_orders(language: str) -> None:
    report = importers.read(book(rows_of(language), stray=True), name="Order.all.xlsx")
    assert report.orders == importers.read(SAMPLES / FILES[language]).orders


@pytest.mark.parametrize("told", ["A1", "A1:B2", "A1:AW3"])
def test_a_workbook_that_tells_a_wrong_size_is_read_whole(told: str) -> None:
    source, out = io.BytesIO(book(rows_of("id"))), io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name.endswith("sheet1.xml"):
                part, times = re.subn(rb'<dimension ref="[^"]*"', f'<dimension ref="{told}"'.encode(), part)
                assert times == 1
            new.writestr(name, part)
    expected = importers.read(SAMPLES / FILES["id"]).orders
    assert importers.read(out.getvalue(), name="Order.all.xlsx").orders == expected
    scanned = importers.scan(out.getvalue(), name="Order.all.xlsx")
    assert tuple(item for item in scanned if isinstance(item, Order)) == expected


def test_a_workbook_with_numbers_and_dates_gives_the_same_orders() -> None:
    header, *rows = rows_of("br")

    def typed(cell: str) -> Any:
        return float(cell) if cell.replace(".", "", 1).isdigit() and "." in cell else cell

    report = importers.read(book([header, *[list(map(typed, row)) for row in rows]]), name="Order.all.xlsx")
    assert [(o.total, o.refunded) for o in report.orders] == [
        (o.total, o.refunded) for o in importers.read(SAMPLES / FILES["br"]).orders
    ]


@pytest.mark.parametrize("at", [3_000, 2_500_000])
def test_a_workbook_with_a_password_asks_to_save_it_without_one(at: int) -> None:
    """The stream's name stands in the directory of the container, which may lie far from its beginning."""
    sector = 512
    directory = at // sector
    head = bytearray(sector)
    head[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    head[30:32] = (9).to_bytes(2, "little")
    head[48:52] = (directory - 1).to_bytes(4, "little")
    data = bytes(head) + bytes(sector * (directory - 1)) + "EncryptedPackage".encode("utf-16-le").ljust(sector, b"\0")
    with pytest.raises(DamagedFileError, match="save it without"):
        importers.read(data, name="Order.all.xlsx")


# States


@pytest.mark.parametrize(
    ("language", "column", "word", "status"),
    [
        ("id", "Status Pesanan", "Belum Bayar", "paid"),
        ("id", "Status Pesanan", "PERLU DIKIRIM", "paid"),
        ("id", "Status Pesanan", "Sedang Dikirim", "shipped"),
        ("id", "Status Pesanan", "Telah Dikirim", "shipped"),
        ("id", "Status Pesanan", "Pesanan diterima, namun Pembeli masih dapat …", "received"),
        ("id", "Status Pesanan", "Selesai", "completed"),
        ("id", "Status Pesanan", "Dibatalkan", "refunded"),
        ("en", "Order Status", "Shipping", "shipped"),
        ("en", "Order Status", "Canceled", "refunded"),
        ("en", "Order Status", "Order Received, but …", "received"),
        ("th", "สถานะการสั่งซื้อ", "ที่ต้องชำระ", "paid"),
        ("th", "สถานะการสั่งซื้อ", "การจัดส่ง", "shipped"),
        ("tw", "訂單狀態", "尚未付款", "paid"),
        ("tw", "訂單狀態", "運送中", "shipped"),
        ("tw", "訂單狀態", "已取消", "refunded"),
        ("br", "Status do pedido", "Enviado", "shipped"),
        ("br", "Status do pedido", "Cancelado", "refunded"),
    ],
)
def test_the_words_of_a_paid_order(language: str, column: str, word: str, status: str) -> None:
    report = importers.read(first(language, {column: word}), name="o.csv")
    assert [order.status.value for order in report.orders] == [status]
    assert "unknown_status" not in [problem.code for problem in report.problems]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Chờ xác nhận", "pending_payment"),
        ("Chờ lấy hàng", "paid"),
        ("Đang giao", "shipped"),
        ("Chờ giao hàng", "shipped"),
        ("Đã giao", "received"),
        ("Đã nhận được hàng", "received"),
        ("Hoàn thành", "completed"),
        ("Đã hủy", "cancelled"),
    ],
)
def test_the_words_of_vietnam_on_an_order_without_payment_time(word: str, status: str) -> None:
    header, row, *_ = rows_of("vn")
    cells = dict(zip(map(normalised, header), row, strict=True))
    cells[normalised("Trạng Thái Đơn Hàng")] = word
    cells[normalised("Thời gian đơn hàng được thanh toán")] = ""
    order = only(text([list(cells), list(cells.values())]))
    assert (order.status.value, order.paid.is_zero, order.paid_at) == (status, True, None)


def test_an_unknown_word_leaves_the_state_to_times_and_amounts() -> None:
    data = first("id", {"Status Pesanan": "Entahlah", "Waktu Pesanan Selesai": "-"})
    assert (only(data).status.value, codes(data)[0]) == ("paid", "unknown_status")


def test_the_arranged_pickup_is_no_dispatch_until_the_state_says_so() -> None:
    waiting = only(first("id", {"Status Pesanan": "Perlu Dikirim"}))
    sent = only(first("id", {"Status Pesanan": "Sedang Dikirim"}))
    assert waiting.shipped_at is None
    assert sent.shipped_at is not None
    assert sent.shipped_at.isoformat() == "2026-11-01T15:00:00+07:00"


# Money


def test_amounts_of_the_order_stand_on_every_row_and_count_once() -> None:
    order = only(first("id", lines=2))
    assert [str(m.amount) for m in (order.total, order.paid, order.refunded)] == ["98500.00", "98500.00", "0.00"]
    assert sum((line.total.amount for line in order.lines), Decimal(9000)) == order.total.amount
    assert order.discount is not None
    assert order.discount.amount == 8500


@pytest.mark.parametrize(
    ("cell", "amount"),
    [("3.480.000", "3480000"), ("3480000", "3480000"), ("3,480,000", "3480000"), ("Rp98.500", "98500")],
)
def test_points_and_commas_part_thousands_in_indonesia(cell: str, amount: str) -> None:
    assert only(first("id", {"Total Pembayaran": cell})).total.amount == Decimal(amount)


@pytest.mark.parametrize("cell", ["9.5", "1.2.3", "3,480.000", "#REF!", "48.00"])
def test_an_amount_that_no_rupiah_can_be_leaves_the_order_out(cell: str) -> None:
    report = importers.read(first("id", {"Total Pembayaran": cell}), name="o.csv")
    assert (report.orders, [p.code for p in report.errors]) == ((), ["bad_money"])


CHEAP = {"Harga Setelah Diskon": "25", "Jumlah": "2", "Total Harga Produk": "50"} | dict.fromkeys(
    ("Voucher Ditanggung Penjual", "Voucher Ditanggung Shopee", "Potongan Koin Shopee"), "0"
)


def test_a_thousandth_of_an_amount_leaves_the_order_out() -> None:
    spoilt = importers.read(first("id", CHEAP | {"Ongkos Kirim Dibayar oleh Pembeli": "9", "Total Pembayaran": "59"}))
    assert (spoilt.orders, [p.code for p in spoilt.errors]) == ((), ["doubtful_amount"])


def test_a_price_of_hundreds_beside_one_of_thousands_is_cheap_where_it_all_adds_up() -> None:
    cheap = CHEAP | {"Ongkos Kirim Dibayar oleh Pembeli": "9.000", "Total Pembayaran": "9.050"}
    report = importers.read(first("id", cheap))
    assert [(str(o.total), [p.severity for p in report.problems]) for o in report.orders] == [
        ("9050.00 IDR", ["warning"])
    ]
    # One column alone was made numbers: the total is a thousandth of what the other columns give.
    assert importers.read(first("id", cheap | {"Total Pembayaran": "9"})).orders == ()


def test_two_vietnamese_columns_differ_in_one_capital_letter_only() -> None:
    one_twin = [normalised(name) for name in rows_of("vn")[0]]
    rows = rows_of("vn")[1:3]
    at = one_twin.index("Tổng số tiền người mua thanh toán")
    lines_only = [[cell for i, cell in enumerate(row) if i != at] for row in [one_twin, *rows]]
    assert str(only(text([one_twin, *rows])).total) == "241500 VND"
    # Only the lines' column is left: 150,000 and 85,000, and the postage of 16,500.
    report = importers.read(text(lines_only), name="o.csv")
    assert [str(order.total) for order in report.orders] == ["251500 VND"]


def vietnamese(*lines: tuple[str, str, str], absent: str = "") -> bytes:
    """An order of lines, each of a price and what the two columns of payment say of it (the order's, the line's)."""
    header = [normalised(name) for name in rows_of("vn")[0]]
    cells = dict(zip(header, rows_of("vn")[1], strict=True)) | {"Mã giảm giá của Shop": "0"}
    cells |= {"Phí vận chuyển mà người mua trả": "10000", "Số lượng": "1"}
    own, whole = "Tổng số tiền Người mua thanh toán", "Tổng số tiền người mua thanh toán"
    kept = [name for name in header if name != normalised(absent)]
    told = [
        cells | {"Giá ưu đãi": price, normalised(whole): first, normalised(own): second}
        for price, first, second in lines
    ]
    return text([kept, *[[line[name] for name in kept] for line in told]])


def test_the_twin_that_is_the_same_on_every_row_is_the_orders() -> None:
    usual = vietnamese(("50000", "130000", "50000"), ("70000", "130000", "70000"))
    swapped = vietnamese(("50000", "50000", "130000"), ("70000", "70000", "130000"))
    assert [str(only(data).total) for data in (usual, swapped)] == ["130000 VND"] * 2
    neither = vietnamese(("50000", "1000", "50000"), ("70000", "2000", "70000"))
    assert codes(neither) == ["contradiction"]


def test_a_twin_that_stands_alone_is_the_orders_or_the_lines_whichever_adds_up() -> None:
    absent = "Tổng số tiền người mua thanh toán"
    by_line = vietnamese(("50000", "", "50000"), ("50000", "", "50000"), absent=absent)
    by_order = vietnamese(("50000", "", "110000"), ("50000", "", "110000"), absent=absent)
    assert [str(only(data).total) for data in (by_line, by_order)] == ["110000 VND"] * 2


def test_vouchers_count_with_either_sign() -> None:
    order = only(first("id", {"Voucher Ditanggung Penjual": "-5.000"}, lines=2))
    assert order.discount is not None
    assert order.discount.amount == 8500


def test_words_may_be_in_decomposed_letters() -> None:
    cell = unicodedata.normalize("NFD", "Đang giao")
    assert only(first("vn", {"Trạng Thái Đơn Hàng": cell})).status.value == "shipped"
    assert codes(first("vn", {"Trạng Thái Đơn Hàng": unicodedata.normalize("NFD", "Hoàn thành")}, lines=2)) == []


def test_without_a_grand_total_english_files_tell_it_by_goods_and_postage() -> None:
    header, row, *_ = rows_of("en")
    at = header.index("Grand Total")
    report = importers.read(text([header[:at] + header[at + 1 :], row[:at] + row[at + 1 :]]), name="o.csv")
    assert [str(order.total) for order in report.orders] == ["1239.55 MYR"]


def test_the_payout_of_brazil_is_not_what_the_buyer_paid() -> None:
    assert str(only(first("br")).paid) == "105.80 BRL"


def test_a_cancelled_order_of_nothing_costs_nothing_though_its_lines_have_prices() -> None:
    data = first("id", {"Status Pesanan": "Batal", "Total Pembayaran": "0", "Waktu Pembayaran Dilakukan": "-"})
    order = only(data)
    assert (order.total.is_zero, order.status.value, [line.total.is_zero for line in order.lines]) == (
        True, "cancelled", [True],
    )  # fmt: skip
    assert order.lines[0].unit_price.amount == 25000
    assert codes(data) == []


def test_a_free_order_keeps_its_state() -> None:
    cells = dict.fromkeys(("Harga Setelah Diskon", "Total Harga Produk", "Total Pembayaran"), "0")
    zero = dict.fromkeys(("Voucher Ditanggung Penjual", "Voucher Ditanggung Shopee", "Potongan Koin Shopee"), "0")
    order = only(first("id", {"Ongkos Kirim Dibayar oleh Pembeli": "0", **cells, **zero}))
    assert (order.status.value, order.total.is_zero) == ("completed", True)


def test_a_sum_that_does_not_fit_is_told() -> None:
    assert codes(first("id", {"Total Pembayaran": "98.000"}, lines=2)) == ["does_not_add_up"]


# Refunds


def returned(state: str, back: str) -> tuple[str, str, bool, list[str]]:
    changed = {"Status Pembatalan/ Pengembalian": state, "Returned quantity": back}
    data = first("id", {**changed, "Total Harga Produk": "50.000", "Total Pembayaran": "50.500"})
    order = only(data)
    return order.status.value, str(order.refunded.amount), order.refund_unknown, codes(data)


def test_an_approved_return_of_every_unit_gives_all_money_back() -> None:
    assert returned("Permintaan Disetujui", "2") == ("refunded", "50500.00", False, [])


def test_an_approved_return_of_some_units_is_estimated_from_their_prices() -> None:
    assert returned("Permintaan Disetujui", "1") == ("completed", "25000.00", True, ["refund_estimated"])


def test_an_estimate_is_never_more_than_was_paid() -> None:
    changed = {"Status Pembatalan/ Pengembalian": "Permintaan Disetujui", "Returned quantity": "1", "Jumlah": "2"}
    order = only(first("id", {**changed, "Harga Setelah Diskon": "25.000", "Total Pembayaran": "20.000"}))
    assert (order.paid.amount, order.refunded.amount, order.status.value) == (20000, 20000, "refunded")


def test_a_paid_order_that_was_cancelled_and_shows_nothing_any_more_is_unknown() -> None:
    order = only(first("id", {"Status Pesanan": "Batal", "Total Pembayaran": "0"}))
    assert (order.status.value, order.paid.is_zero, order.refund_unknown) == ("cancelled", True, True)


def test_an_approved_return_without_units_has_an_unknown_amount() -> None:
    assert returned("Permintaan Disetujui", "0") == ("completed", "0.00", True, [])


@pytest.mark.parametrize("state", ["Menunggu Persetujuan", "Sedang Diproses", "-", "Permintaan Ditolak"])
def test_a_return_that_is_open_or_refused_gives_nothing_back(state: str) -> None:
    assert returned(state, "2") == ("completed", "0.00", False, [])


def test_a_return_in_an_unknown_word_is_told_and_unknown() -> None:
    assert returned("Entahlah", "2") == ("completed", "0.00", True, ["unknown_status"])


def test_the_states_of_cells_that_the_file_does_not_have_are_unknown() -> None:
    header, row, *_ = rows_of("id")
    at = header.index("Status Pembatalan/ Pengembalian")
    report = importers.read(text([header[:at] + header[at + 1 :], row[:at] + row[at + 1 :]]), name="o.csv")
    assert [order.refund_unknown for order in report.orders] == [True]
    assert "missing_column" in [problem.code for problem in report.problems]


# Currency and zone


@pytest.mark.parametrize(
    ("country", "currency", "placed"),
    [
        ("MY", "MYR", "2026-11-01T10:00:00+08:00"),
        ("Philippines", "PHP", "2026-11-01T10:00:00+08:00"),
        ("Singapore", "SGD", "2026-11-01T10:00:00+08:00"),
        ("Thailand", "THB", "2026-11-01T10:00:00+07:00"),
    ],
)
def test_the_english_header_takes_the_country_from_its_column(country: str, currency: str, placed: str) -> None:
    order = only(first("en", {"Country": country}))
    assert order.placed_at is not None
    assert (order.currency, order.placed_at.isoformat()) == (currency, placed)


def test_without_a_country_nobody_guesses_the_currency() -> None:
    nowhere = {"Country": "", "Province": ""}
    report = importers.read(first("en", {**nowhere}), name="o.csv")
    assert (report.orders, [problem.code for problem in report.problems]) == ((), ["no_currency"])


def test_the_caller_may_say_where_the_shop_is() -> None:
    nowhere = first("en", {"Country": "", "Province": ""})
    assert only(nowhere, zone="Asia/Manila").currency == "PHP"
    assert only(nowhere, format=attrs.evolve(FORMATS["en"], currency="SGD")).currency == "SGD"
    assert only(first("en"), zone="Asia/Manila").currency == "MYR"


def test_english_amounts_of_countries_that_part_thousands_with_points_are_refused() -> None:
    assert codes(first("en", {"Country": "Vietnam"})) == ["bad_money"]


# Buyers


def test_the_user_name_is_the_key_whatever_its_case_and_the_recipient_is_none() -> None:
    order = only(first("en"))
    assert [(i.key, i.form) for i in order.buyer.identifiers] == [("account:shopee:example_aisyah", "plain")]
    assert order.buyer.name == "Example_Aisyah"
    assert order.recipient is not None
    assert (order.recipient.name, order.recipient.phone) == ("E*****e", "******12")


def test_a_masked_user_name_is_no_key() -> None:
    order = only(first("id", {"Username (Pembeli)": "m*****h"}))
    assert [identifier.is_owning for identifier in order.buyer.identifiers] == [False]


# Numbers


def test_an_e_between_digits_is_a_letter_of_the_order_number() -> None:
    assert only(first("id", {"No. Pesanan": "261107E1234567"})).number == "261107E1234567"


def test_a_number_that_a_spreadsheet_made_of_it_is_refused() -> None:
    report = importers.read(first("id", {"No. Pesanan": "2.61107E+123"}), name="o.csv")
    assert (report.orders, [problem.code for problem in report.problems]) == ((), ["damaged_identifier"])


def test_a_completed_order_without_payment_time_counts_as_unpaid_and_says_so() -> None:
    data = first("id", {"Waktu Pembayaran Dilakukan": "-"})
    assert (only(data).paid.is_zero, "no_payment_time" in codes(data)) == (True, True)
