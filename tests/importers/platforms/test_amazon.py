"""Amazon's "All Orders" report: three encodings, amounts by row, states, and what it does not know."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import ClassVar

import pytest

from crmkit.importers import DamagedFileError, ImportReport, read, scan, sniff
from crmkit.importers.platforms.amazon import ORDERS
from crmkit.importers.texts import normalised
from crmkit.orders import Order, OrderStatus
from crmkit.testing import ImporterContract

SAMPLES = Path(__file__).parents[1] / "samples" / "amazon"
NA, EU, JP = (SAMPLES / f"all_orders_{name}.txt" for name in ("na", "eu", "jp"))
HEADER = NA.read_text(encoding="utf-8").split("\n")[0].split("\t")
NUMBER = "114-0000009-0000001"


class TestNorthAmerica(ImporterContract):
    samples = (NA,)
    golden = SAMPLES / "all_orders_na.golden.json"
    delimiter = "\t"
    quoted = False


class TestEurope(ImporterContract):
    samples = (EU,)
    golden = SAMPLES / "all_orders_eu.golden.json"
    encoding = "cp1252"
    delimiter = "\t"
    quoted = False


class TestJapan(ImporterContract):
    samples = (JP,)
    golden = SAMPLES / "all_orders_jp.golden.json"
    encoding = "cp932"
    delimiter = "\t"
    quoted = False


def _text(*rows: dict[str, str]) -> str:
    usual = {
        "amazon-order-id": NUMBER,
        "purchase-date": "2026-11-02T03:10:00+00:00",
        "last-updated-date": "2026-11-03T03:10:00+00:00",
        "order-status": "Shipped",
        "item-status": "Shipped",
        "sales-channel": "Amazon.com",
        "product-name": "Lantern",
        "sku": "LAN",
        "quantity": "1",
        "currency": "USD",
        "item-price": "20.00",
    }
    return "".join(
        "\t".join(cells) + "\n" for cells in [HEADER, *([(usual | r).get(n, "") for n in HEADER] for r in rows)]
    )


def _report(*rows: dict[str, str]) -> ImportReport:
    return read(_text(*rows).encode(), name="orders.txt")


def _order(*rows: dict[str, str]) -> Order:
    report = _report(*rows)
    assert len(report.orders) == 1, report.problems
    return report.orders[0]


def test_every_column_of_the_known_layouts_is_read_or_knowingly_left_alone() -> None:
    for path, encoding in ((NA, "utf-8"), (EU, "cp1252"), (JP, "cp932")):
        header = path.read_bytes().decode(encoding).split("\n")[0].rstrip("\r").split("\t")
        assert {normalised(name) for name in header} <= ORDERS.columns | ORDERS.ignored
    assert not ORDERS.columns & ORDERS.ignored


@pytest.mark.parametrize("path", [NA, EU, JP])
def test_its_files_are_nobody_elses(path: Path) -> None:
    first, *others = sniff(path)
    assert first.format == "amazon.orders"
    assert first.confidence >= 0.5
    assert all(guess.confidence < 0.5 for guess in others)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Pending", OrderStatus.PENDING_PAYMENT),
        ("Pending - Waiting for Pick Up", OrderStatus.PENDING_PAYMENT),
        ("PendingAvailability", OrderStatus.PENDING_PAYMENT),
        ("Unshipped", OrderStatus.PAID),
        ("PartiallyShipped", OrderStatus.PAID),
        ("Shipping", OrderStatus.PAID),
        ("InvoiceUnconfirmed", OrderStatus.PAID),
        ("Unfulfillable", OrderStatus.PAID),
        ("Shipped", OrderStatus.SHIPPED),
        ("Shipped - Picked Up", OrderStatus.SHIPPED),
        ("Shipped - Out for Delivery", OrderStatus.SHIPPED),
        ("Shipped - Delivered to Buyer", OrderStatus.RECEIVED),
        ("shipped - delivered to buyer", OrderStatus.RECEIVED),
        ("Shipped - Rejected by Buyer", OrderStatus.SHIPPED),
        ("Complete", OrderStatus.COMPLETED),
        ("Cancelled", OrderStatus.CANCELLED),
        ("Canceled", OrderStatus.CANCELLED),
    ],
)
def test_the_states(word: str, status: OrderStatus) -> None:
    order = _order({"order-status": word, "item-status": ""})
    assert order.status is status
    is_paid = status not in (OrderStatus.PENDING_PAYMENT, OrderStatus.CANCELLED)
    assert (order.total.amount, order.paid.amount) == (20, 20 if is_paid else 0)
    assert order.refund_unknown is is_paid


@pytest.mark.parametrize(
    "word", ["Returning to Seller", "Returned to Seller", "Rejected by Buyer", "Lost in Transit", "Damaged"]
)
def test_a_parcel_that_came_back_is_no_refund_and_is_tagged(word: str) -> None:
    order = _order({"order-status": f"Shipped - {word}"})
    assert (order.status, order.refunded.amount, order.tags) == (OrderStatus.SHIPPED, 0, (word.lower(),))


def test_an_unknown_word_is_told_and_the_amounts_tell_the_state() -> None:
    report = _report({"order-status": "Teleported"})
    assert [(p.code, p.value) for p in report.problems] == [("unknown_status", "Teleported")]
    assert report.orders[0].status is OrderStatus.PAID


def test_an_amount_is_that_of_the_row_and_all_of_them_are_the_total() -> None:
    order = _order(
        {
            "quantity": "3",
            "item-price": "1,061.00",
            "item-tax": "4.42",
            "shipping-price": "5.99",
            "shipping-tax": "0.43",
            "gift-wrap-price": "3.50",
            "gift-wrap-tax": "0.25",
            "item-promotion-discount": "6.10",
            "ship-promotion-discount": "2.00",
        },
        {"sku": "OIL", "item-price": "8.25"},
    )
    assert str(order.total) == "1075.74 USD"
    assert (str(order.shipping), str(order.tax), str(order.discount)) == ("3.99 USD", "5.10 USD", "8.10 USD")
    assert [(str(line.total.amount), str(line.unit_price.amount)) for line in order.lines] == [
        ("1058.40", "353.67"),
        ("8.25", "8.25"),
    ]


def test_discounts_below_zero_are_discounts_too() -> None:
    below, above = (_order({"item-promotion-discount": text}) for text in ("-2.00", "2.00"))
    assert below.total == above.total
    assert above.total.amount == 18


def test_a_cancelled_line_is_in_the_total_and_not_in_what_was_paid() -> None:
    order = _order({}, {"sku": "OIL", "item-status": "Cancelled", "quantity": "0", "item-price": "8.25"})
    assert (str(order.total), str(order.paid), order.status) == ("28.25 USD", "20.00 USD", OrderStatus.SHIPPED)
    assert [line.status for line in order.lines] == [OrderStatus.SHIPPED, OrderStatus.CANCELLED]


def test_an_order_of_cancelled_lines_is_cancelled() -> None:
    order = _order({"item-status": "Cancelled", "quantity": "0"}, {"item-status": "Canceled", "quantity": "0"})
    assert (order.status, order.paid.amount) == (OrderStatus.CANCELLED, 0)


def test_a_pending_order_without_amounts_is_told_once_a_file() -> None:
    blank = {"order-status": "Pending", "item-status": "Unshipped", "item-price": "", "currency": ""}
    report = _report(blank, blank | {"amazon-order-id": "114-0000009-0000002"})
    assert [p.code for p in report.problems] == ["not_priced_yet"]
    assert [str(order.total) for order in report.orders] == ["0.00 USD", "0.00 USD"]


@pytest.mark.parametrize(
    ("channel", "country", "currency"),
    [
        ("Amazon.ca", "CA", "CAD"),
        ("Amazon.com.mx", "MX", "MXN"),
        ("Amazon.co.uk", "GB", "GBP"),
        ("Amazon.fr", "BE", "EUR"),
        ("Amazon.com.be", "BE", "EUR"),
        ("Amazon.se", "SE", "SEK"),
        ("Amazon.co.jp", "JP", "JPY"),
        ("amazon.com.au", "AU", "AUD"),
        ("Non-Amazon US", "CA", "USD"),
        ("Non-Amazon", "DE", "EUR"),
    ],
)
def test_a_blank_currency_is_that_of_the_site(channel: str, country: str, currency: str) -> None:
    row = {"sales-channel": channel, "ship-country": country, "currency": "", "item-price": ""}
    assert _order(row | {"order-status": "Pending"}).currency == currency


def test_a_blank_currency_is_that_of_another_row() -> None:
    assert _order({"currency": ""}, {"sku": "OIL", "currency": "CAD"}).currency == "CAD"


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([{"currency": "", "sales-channel": "Amazon.example"}], "no_currency"),
        ([{"currency": "QQQ"}], "no_currency"),
        ([{}, {"currency": "CAD"}], "mixed_currencies"),
        ([{"item-price": "#REF!"}], "bad_money"),
        ([{"item-price": "59,9800"}], "bad_money"),
        ([{"quantity": "-1"}], "bad_whole"),
        ([{"purchase-date": "11/2/2026 3:10"}], "bad_moment"),
        ([{"purchase-date": "2026-11-02T03:10:00"}], "bad_moment"),
        ([{"amazon-order-id": "1.14E+16"}], "damaged_identifier"),
        ([{"amazon-order-id": "114-000 009"}], "damaged_identifier"),
    ],
)
def test_what_leaves_an_order_out(rows: list[dict[str, str]], code: str) -> None:
    report = _report(*rows, {"amazon-order-id": "114-0000009-0000003"})
    assert [order.number for order in report.orders] == ["114-0000009-0000003"]
    assert [p.code for p in report.errors] == [code]


def test_a_quantity_of_nothing_on_a_live_line_is_told() -> None:
    report = _report({"quantity": "0"})
    assert [(p.code, p.severity) for p in report.problems] == [("bad_whole", "warning")]
    assert report.orders[0].lines[0].quantity == 1


def test_rows_of_one_order_may_lie_apart_and_equal_rows_are_two_lines() -> None:
    other = {"amazon-order-id": "114-0000009-0000002"}
    report = _report({}, other, {}, {"sku": "OIL"})
    assert {o.number[-1]: [line.sku for line in o.lines] for o in report.orders} == {
        "1": ["LAN", "LAN", "OIL"],
        "2": ["LAN"],
    }
    scanned = list(scan(_text({}, other, {}, {"sku": "OIL"}).encode(), name="orders.txt"))
    assert tuple(scanned) == report.orders


def test_a_newer_report_counts_whatever_the_order_of_the_files() -> None:
    pending = {"order-status": "Pending", "item-price": "", "currency": "", "last-updated-date": "2026-11-02T03:10:00Z"}
    older, newer = _text(pending, pending | {"sku": "OIL"}), _text({}, {"sku": "OIL", "product-name": "Renamed oil"})
    for texts in ((older, newer), (newer, older)):
        sources = [_named(text, f"{number}.txt") for number, text in enumerate(texts)]
        report = read(*sources)
        order = report.orders[0]
        assert (order.status, str(order.total), len(order.lines)) == (OrderStatus.SHIPPED, "40.00 USD", 2)
        assert order.lines[1].title == "Renamed oil"
        assert not report.problems
        assert order.reported_at is not None
        assert order.reported_at.day == 3


def _named(text: str, name: str) -> object:
    source = io.BytesIO(text.encode())
    source.name = name
    return source


def test_the_same_order_twice_in_one_file_is_told_and_the_newest_counts() -> None:
    report = _report({"order-status": "Unshipped", "last-updated-date": "2026-11-02T03:10:00Z"}, {})
    assert [(p.code, p.severity) for p in report.problems] == [("contradiction", "warning")]
    assert (report.orders[0].status, len(report.orders[0].lines)) == (OrderStatus.SHIPPED, 1)


def test_what_a_shop_may_want_to_tell_apart_is_tagged() -> None:
    assert _order({"is-business-order": "true"}).tags == ("business",)
    assert _order({"is-replacement-order": "true", "item-price": "0.0"}).tags == ("replacement",)
    assert _order({"is-exchange-order": "TRUE"}).tags == ("exchange",)
    foreign = _report({"sales-channel": "Non-Amazon US", "item-price": "", "currency": ""})
    assert (foreign.orders[0].tags, foreign.orders[0].paid.amount, foreign.problems) == (("multi-channel",), 0, ())


def test_it_names_no_buyer_but_a_company_and_the_recipient_is_a_place() -> None:
    for path in (NA, EU, JP):
        assert not [order for order in read(path).orders if order.buyer.identifiers]
    company = next(o for o in read(EU).orders if o.buyer.name)
    assert company.buyer.name == "Erfundene Leuchten GmbH & Söhne"
    assert company.recipient is not None
    assert (company.recipient.name, company.recipient.address.city) == ("", "Grünwinkel")


def test_quotes_are_signs_like_others() -> None:
    titles = {line.title for order in read(NA).orders for line in order.lines}
    assert {'Paper Lantern 12" round, white', '"Evening" lamp oil, 1 qt'} <= titles


def test_a_row_with_a_tab_too_many_is_told_by_its_line() -> None:
    text = _text(
        {},
        {"amazon-order-id": "114-0000009-0000002", "product-name": "a\tb"},
        {"amazon-order-id": "114-0000009-0000003"},
    )
    report = read(text.encode(), name="orders.txt")
    assert [order.number[-1] for order in report.orders] == ["1", "3"]
    assert [(p.code, p.line) for p in report.errors] == [("damaged_row", 3)]


class TestEncodings:
    AS_JAPAN: ClassVar[dict[str, str]] = {"sales-channel": "Amazon.co.jp", "currency": "JPY", "item-price": "500"}

    def test_japan_is_told_by_the_sales_channel(self) -> None:
        text = _text(self.AS_JAPAN | {"product-name": "髙～①㈱"})
        assert self._title(text, "cp932") == self._title(text, "utf-8") == "髙～①㈱"

    def test_half_width_kana_are_letters_in_japan_and_others_elsewhere(self) -> None:
        assert self._title(_text(self.AS_JAPAN | {"product-name": "ｱｲﾃﾑ"}), "cp932") == "ｱｲﾃﾑ"
        assert self._title(_text({"product-name": "±²ÃÑ"}), "cp1252") == "±²ÃÑ"

    def test_a_parcel_to_japan_from_elsewhere_is_not_of_japan(self) -> None:
        assert self._title(_text({"product-name": "“Café”", "ship-country": "JP"}), "cp1252") == "“Café”"

    def test_without_the_channel_the_country_tells(self) -> None:
        text = _text(self.AS_JAPAN | {"product-name": "髙", "ship-country": "JP"})
        text = text.replace("sales-channel", "channel").replace("Amazon.co.jp", "")
        assert self._title(text, "cp932") == "髙"

    def test_bytes_of_neither_are_refused_by_their_place(self) -> None:
        data = (
            _text(self.AS_JAPAN | {"product-name": "髙X"})
            .encode("cp932")
            .replace("髙X".encode("cp932"), b"\x85\xff\xff")
        )
        with pytest.raises(DamagedFileError) as caught:
            read(data, name="orders.txt")
        assert caught.value.offset == data.index(b"\x85\xff")

    def test_a_damaged_byte_in_utf_8_does_not_turn_the_file_into_another_encoding(self) -> None:
        data = _text({"product-name": "Café"}).encode() + b"x" + b"\xff"
        with pytest.raises(DamagedFileError):
            read(_text({"product-name": "Café"}).encode() * 2000 + b"\xff" + data, name="orders.txt")

    @staticmethod
    def _title(text: str, encoding: str) -> str:
        report = read(text.encode(encoding), name="orders.txt")
        return report.orders[0].lines[0].title


@pytest.mark.parametrize("text", ["Grünwinkel", "„weiß“", "髙台 ｱｲﾃﾑ", "Mu?oz", "Crème brûlée – 5 €", "ÃO PAULO"])
def test_sound_letters_are_no_damage(text: str) -> None:
    assert not _report({"product-name": text, "ship-city": text}).problems


@pytest.mark.parametrize("text", ["GrÃ¼nwinkel", "weiÃŸ", "Caf\ufffd", "Cafï¿½", "隕区悽", "BeyoncÃ©"])
def test_letters_that_were_read_in_a_wrong_encoding_are_told_once_a_file(text: str) -> None:
    report = _report({"product-name": text}, {"amazon-order-id": "114-0000009-0000002", "ship-city": text})
    assert [(p.code, p.value) for p in report.problems] == [("damaged_text", text)]
    assert len(report.orders) == 2


def test_saved_again_with_commas_cells_are_quoted() -> None:
    out = io.StringIO()
    csv.writer(out).writerows(line.split("\t") for line in NA.read_text(encoding="utf-8").splitlines())
    again = read(out.getvalue().encode(), name="orders.csv")
    assert again.orders == read(NA).orders


def test_saved_again_as_unicode_text_cells_are_quoted() -> None:
    out = io.StringIO()
    csv.writer(out, delimiter="\t").writerows(line.split("\t") for line in NA.read_text(encoding="utf-8").splitlines())
    again = read(out.getvalue().encode("utf-16"), name="orders.txt")
    assert again.orders == read(NA).orders


def test_saved_again_as_tab_text_with_decimal_commas_cells_are_quoted() -> None:
    rows = [line.split("\t") for line in EU.read_text(encoding="cp1252").splitlines()]
    money = [at for at, name in enumerate(rows[0]) if name.endswith(("-price", "-tax", "-discount"))]
    for row in rows[1:]:
        row[:] = [cell.replace(".", ",").removesuffix(",00") if at in money else cell for at, cell in enumerate(row)]
    quoted = [
        '"' + cell.replace('"', '""') + '"' if '"' in cell or "," in cell else cell for row in rows for cell in row
    ]
    width = len(rows[0])
    lines = ["\t".join(quoted[at : at + width]) for at in range(0, len(quoted), width)]
    again = read("\r\n".join([*lines, ""]).encode("cp1252"), name="orders.txt")
    assert again.orders == read(EU).orders
    assert not again.errors


def test_columns_of_money_that_are_missing_are_named() -> None:
    text = _text({}).replace("shipping-price", "another")
    report = read(text.encode(), name="orders.txt")
    assert [(p.code, "shipping-price" in p.reason) for p in report.problems] == [("missing_column", True)]


@pytest.mark.parametrize(
    ("channel", "currency", "total"),
    [("Amazon.com", "USD", "46.39 USD"), ("Amazon.ca", "CAD", "46.39 CAD"), ("Amazon.de", "EUR", "40.00 EUR")],
)
def test_tax_comes_on_top_in_north_america_and_stands_inside_elsewhere(channel: str, currency: str, total: str) -> None:
    taxed = {"sales-channel": channel, "currency": currency, "item-price": "40.00", "item-tax": "6.39"}
    report = _report(taxed)
    assert (str(report.orders[0].total), str(report.orders[0].paid)) == (total, total)
    assert str(report.orders[0].tax) == f"6.39 {currency}"
    assert not report.problems


@pytest.mark.parametrize("parted", ["\t", ";", ","])
def test_one_row_of_japan_does_not_change_the_letters_of_a_european_file(parted: str) -> None:
    header = "amazon-order-id purchase-date order-status sales-channel product-name sku item-status quantity "
    header += "currency item-price"
    rows = [f"302-{n} 2026-11-02T03:10:00+00:00 Shipped Amazon.de Öl L Shipped 1 EUR 40.00" for n in range(5)]
    rows.append("302-9 2026-11-02T03:10:00+00:00 Shipped Amazon.co.jp x L Shipped 1 JPY 40")
    text = "".join(line.replace(" ", parted) + "\r\n" for line in (header, *rows))
    report = read(text.encode("cp1252"), name="orders.txt")
    assert [order.lines[0].title for order in report.orders] == ["Öl"] * 5 + ["x"]
