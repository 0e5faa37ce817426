"""Shopee's money: it repeats on each row, in the numbers of each country; refunds, currencies, and what is no key."""

from __future__ import annotations

import unicodedata
from decimal import Decimal

import attrs
import pytest
from importers.platforms.shopee_files import FORMATS, codes, first, only, rows_of, text

from crmkit import importers
from crmkit.importers.texts import normalised

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
