"""Shopee: every language, workbooks, and the states."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import pytest
from importers.platforms.shopee_files import FILES, FORMATS, SAMPLES, codes, first, golden, only, rows_of, text
from openpyxl import Workbook

from crmkit import importers
from crmkit.importers import DamagedFileError
from crmkit.importers.texts import normalised
from crmkit.orders import Order
from crmkit.testing import ImporterContract


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
