"""Lazada: a row a unit, states of units, the equation of its amounts, countries and their marks."""

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
from crmkit.importers.platforms import lazada
from crmkit.importers.texts import normalised
from crmkit.orders import Order
from crmkit.testing import ImporterContract

SAMPLES = Path(__file__).parents[1] / "samples" / "lazada"
FILE = SAMPLES / "lazada_orders.csv"
HEADER, *ROWS = list(csv.reader(io.StringIO(FILE.read_text(encoding="utf-8"), newline="")))


class TestLazada(ImporterContract):
    samples = (FILE,)
    golden = SAMPLES / "lazada_orders.golden.json"


def text(rows: list[list[str]], delimiter: str = ",") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode()


def unit(changed: Mapping[str, str] = MappingProxyType({}), *, at: int = 4) -> list[str]:
    """A row of the sample with some cells changed; by default that of a unit which is pending and costs 30.00."""
    assert set(changed) <= set(HEADER)
    return [changed.get(name, cell) for name, cell in zip(HEADER, ROWS[at], strict=True)]


def read(*rows: list[str], **options: Any) -> importers.ImportReport:
    return importers.read(text([HEADER, *rows]), name="o.csv", **options)


def only(*rows: list[str], **options: Any) -> Order:
    (order,) = read(*rows, **options).orders
    return order


def two(first: Mapping[str, str], second: Mapping[str, str]) -> list[list[str]]:
    return [unit({"orderItemId": "1", **first}), unit({"orderItemId": "2", **second})]


# Recognition


def test_it_is_known_and_nothing_else_fits() -> None:
    guesses = importers.sniff(FILE)
    assert guesses[0].format == "lazada.orders"
    assert [guess for guess in guesses[1:] if guess.confidence >= 0.5] == []


def test_every_column_is_read_or_ignored_on_purpose() -> None:
    known = lazada.ORDERS
    assert len(HEADER) == 77
    assert {normalised(name) for name in HEADER} - known.columns - known.ignored == set()
    assert known.columns & known.ignored == frozenset()


def test_names_with_blanks_and_semicolons_are_the_old_layout() -> None:
    old = [lazada._names(name)[1] for name in HEADER]
    assert old[:7] == [
        "Order Item Id",
        "Order Type",
        "Guarantee",
        "Delivery Type",
        "Lazada Id",
        "Seller Sku",
        "Lazada Sku",
    ]
    report = importers.read(text([old, *ROWS], ";"), name="o.csv")
    assert report.orders == importers.read(FILE).orders


def test_older_files_lack_columns() -> None:
    absent = {"platformDiscountTotal", "semiManaged", "flexibleDeliveryTime", "bundleDiscount"}
    kept = [at for at, name in enumerate(HEADER) if name not in absent]
    report = importers.read(text([[row[at] for at in kept] for row in (HEADER, *ROWS)]), name="o.csv")
    assert [(o.total, o.paid, o.refunded) for o in report.orders] == [
        (o.total, o.paid, o.refunded) for o in importers.read(FILE).orders
    ]
    assert {problem.code for problem in report.problems} == {"unknown_status", "no_currency"}


# Units


def test_three_of_the_same_are_three_lines_with_ids() -> None:
    order = importers.read(FILE).orders[0]
    assert [(line.sku, line.quantity) for line in order.lines] == [("CUP-1", 1)] * 3
    assert len({line.id for line in order.lines}) == 3
    assert sum((line.total.amount for line in order.lines), Decimal("30.01")) == order.total.amount == Decimal("670.00")
    assert order.discount is not None
    assert order.discount.amount == Decimal("110.01")


def test_a_unit_that_comes_twice_counts_once_and_the_newer_row_wins() -> None:
    old = unit({"status": "pending", "updateTime": "02 Nov 2026 10:00"})
    new = unit({"status": "shipped", "updateTime": "03 Nov 2026 10:00"})
    for rows in ((old, new), (new, old)):
        report = read(*rows)
        (order,) = report.orders
        assert (len(order.lines), order.status.value, str(order.total.amount)) == (1, "shipped", "30.00")
        assert "contradiction" in [problem.code for problem in report.problems]


@pytest.mark.parametrize("column", ["orderNumber", "orderItemId"])
def test_digits_that_a_spreadsheet_destroyed_are_refused(column: str) -> None:
    report = read(unit({column: "8.8E+14"}))
    assert (report.orders, [problem.code for problem in report.problems]) == ((), ["damaged_identifier"])


def test_numbers_of_a_workbook_that_lost_digits_are_refused_and_texts_are_taken() -> None:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(HEADER)
    sheet.append(unit({"orderNumber": "8800000000001031"}))
    sheet.append(
        [int("8800000000001032") if name == "orderNumber" else cell for name, cell in zip(HEADER, unit(), strict=True)]
    )
    out = io.BytesIO()
    workbook.save(out)
    report = importers.read(out.getvalue(), name="orders.xlsx")
    assert [order.number for order in report.orders] == ["8800000000001031"]
    assert [problem.code for problem in report.errors] == ["damaged_identifier"]


# States


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("unpaid", "pending_payment"),
        *[(word, "paid") for word in ("pending", "topack", "packed", "repacked", "toship")],
        *[(word, "paid") for word in ("ready_to_ship", "ready_to_ship_pending", "Ready To Ship")],
        ("shipped", "shipped"),
        ("delivered", "received"),
        ("confirmed", "completed"),
        *[(word, "cancelled") for word in ("canceled", "cancelled", "Canceled")],
        *[(word, "shipped") for word in (*lazada._CAME_BACK, *lazada._GONE)],
    ],
)
def test_the_words_of_a_single_unit(word: str, status: str) -> None:
    report = read(unit({"status": word}))
    assert ([order.status.value for order in report.orders], report.problems) == ([status], ())
    is_paid = word.casefold() not in ("unpaid", "canceled", "cancelled")
    assert report.orders[0].paid.amount == (30 if is_paid else 0)


def test_what_came_back_is_tagged_with_the_word() -> None:
    order = only(unit({"status": "lost_by_3pl", "buyerFailedDeliveryReason": "No one at home"}))
    assert (order.tags, order.close_reason, order.refunded.is_zero) == (("lost_by_3pl",), "No one at home", True)


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        ("shipped", "ready_to_ship", "paid"),
        ("confirmed", "delivered", "received"),
        ("canceled", "confirmed", "completed"),
        ("canceled", "cancelled", "cancelled"),
        ("returned", "shipped", "shipped"),
        ("unpaid", "unpaid", "pending_payment"),
    ],
)
def test_the_least_advanced_unit_that_is_left_makes_the_order(first: str, second: str, status: str) -> None:
    assert only(*two({"status": first}, {"status": second})).status.value == status


def test_an_unknown_word_leaves_the_state_to_times_and_amounts() -> None:
    order = only(unit({"status": "frozen", "deliveredDate": "05 Nov 2026 10:00"}))
    assert order.status.value == "received"
    assert [problem.code for problem in read(unit({"status": "frozen"})).problems] == ["unknown_status"]


def test_a_unit_without_a_word_is_told() -> None:
    assert [problem.code for problem in read(unit({"status": ""})).problems] == ["unknown_status"]


# Money


def test_paid_leaves_out_cancelled_and_unpaid_units_and_the_total_does_not() -> None:
    order = only(*two({"status": "canceled"}, {"status": "pending"}))
    assert [str(money.amount) for money in (order.total, order.paid, order.refunded)] == ["60.00", "30.00", "0.00"]


@pytest.mark.parametrize("sign", ["-", ""])
def test_discounts_count_with_either_sign(sign: str) -> None:
    changed = {"unitPrice": "50.00", "sellerDiscountTotal": sign + "12.00", "platformDiscountTotal": sign + "18.00"}
    report = read(unit({**changed, "shippingFee": "10.00"}))
    (order,) = report.orders
    assert (str(order.lines[0].total.amount), str(order.total.amount)) == ("20.00", "30.00")
    assert not report.problems


def test_a_price_without_its_postage_keeps_its_line() -> None:
    order = only(unit({"shippingFee": "10.00"}))
    assert (str(order.lines[0].total.amount), str(order.total.amount)) == ("30.00", "30.00")


@pytest.mark.parametrize(
    ("price", "credit", "bundle"),
    [("40.00", "10.00", ""), ("40.00", "", "-10.00"), ("45.00", "5.00", "10.00"), ("25.00", "5.00", "")],
)
def test_credit_and_bundles_are_parts_of_the_equation(price: str, credit: str, bundle: str) -> None:
    assert read(unit({"unitPrice": price, "walletCredit": credit, "bundleDiscount": bundle})).problems == ()


def test_a_cancelled_unit_that_names_a_refund_was_paid() -> None:
    order = only(unit({"status": "canceled", "refundAmount": "30.00"}))
    assert (order.status.value, str(order.paid.amount), str(order.refunded.amount)) == ("refunded", "30.00", "30.00")


def test_an_order_arrived_when_its_last_unit_did() -> None:
    early, late = {"deliveredDate": "05 Nov 2026 10:00"}, {"deliveredDate": "07 Nov 2026 10:00"}
    order = only(*two({"status": "delivered", **early}, {"status": "delivered", **late}))
    assert order.received_at is not None
    assert order.received_at.isoformat() == "2026-11-07T10:00:00+07:00"
    assert only(*two({"status": "delivered", **early}, {"status": "shipped"})).received_at is None


def test_an_equation_that_does_not_hold_is_told() -> None:
    assert [problem.code for problem in read(unit({"unitPrice": "99.00"})).problems] == ["does_not_add_up"]


def test_a_unit_without_an_amount_leaves_the_order_out() -> None:
    report = read(unit({"paidPrice": ""}))
    assert (report.orders, [problem.code for problem in report.problems]) == ((), ["bad_money"])


def test_refunds_are_the_sum_of_the_units() -> None:
    rows = two({"status": "returned", "refundAmount": "30.00"}, {"status": "confirmed"})
    order = only(*rows)
    assert (order.status.value, str(order.refunded.amount), order.refund_unknown) == ("completed", "30.00", False)
    assert [str(line.refunded.amount) for line in order.lines if line.refunded is not None] == ["30.00"]
    whole = only(unit({"status": "returned", "refundAmount": "30.00"}))
    assert whole.status.value == "refunded"


def test_a_return_that_names_no_money_is_unknown() -> None:
    order = only(unit({"status": "returned"}))
    assert (order.status.value, order.refund_unknown, order.tags) == ("received", True, ("returned",))


def test_a_file_without_refunds_knows_none() -> None:
    at = HEADER.index("refundAmount")
    rows = [row[:at] + row[at + 1 :] for row in (HEADER, unit())]
    report = importers.read(text(rows), name="o.csv")
    assert [order.refund_unknown for order in report.orders] == [True]
    assert [problem.code for problem in report.problems] == ["missing_column"]


def test_more_given_back_than_paid_is_a_problem() -> None:
    report = read(unit({"refundAmount": "31.00"}))
    assert [problem.code for problem in report.errors] == ["bad_refund"]


# Countries and times


@pytest.mark.parametrize(
    ("country", "currency", "placed"),
    [
        ("Thailand", "THB", "2026-11-02T10:00:00+07:00"),
        ("Vietnam", "VND", "2026-11-02T10:00:00+07:00"),
        ("Indonesia", "IDR", "2026-11-02T10:00:00+07:00"),
        ("MALAYSIA", "MYR", "2026-11-02T10:00:00+08:00"),
        ("Philippines", "PHP", "2026-11-02T10:00:00+08:00"),
        ("SG", "SGD", "2026-11-02T10:00:00+08:00"),
    ],
)
def test_the_country_tells_currency_and_zone(country: str, currency: str, placed: str) -> None:
    amounts = {"paidPrice": "30000", "unitPrice": "30000"}
    order = only(unit({"shippingCountry": country, **amounts}))
    assert order.placed_at is not None
    assert (order.currency, order.placed_at.isoformat(), order.total.amount) == (currency, placed, 30000)


def test_the_site_before_the_listing_tells_it_too_and_else_the_caller() -> None:
    assert only(unit({"shippingCountry": "", "lazadaId": "MY-1"})).currency == "MYR"
    assert only(unit({"shippingCountry": ""}), zone="Asia/Manila").currency == "PHP"
    report = read(unit({"shippingCountry": ""}))
    assert (report.orders, [problem.code for problem in report.problems]) == ((), ["no_currency"])


@pytest.mark.parametrize(
    ("country", "cell", "amount"),
    [
        ("Vietnam", "75.000", "75000"),
        ("Vietnam", "75000", "75000"),
        ("Vietnam", "75,000", "75000"),
        ("Indonesia", "1.250.000", "1250000"),
        ("Indonesia", "75000.00", "75000"),
        ("Thailand", "1,250.50", "1250.50"),
    ],
)
def test_marks_are_the_countrys(country: str, cell: str, amount: str) -> None:
    changed = {"shippingCountry": country, "paidPrice": cell, "unitPrice": cell}
    assert only(unit(changed)).total.amount == Decimal(amount)


@pytest.mark.parametrize(("country", "cell"), [("Vietnam", "75.5"), ("Thailand", "1.250.000"), ("Thailand", "1.2.3")])
def test_an_amount_that_the_country_does_not_write_is_refused(country: str, cell: str) -> None:
    report = read(unit({"shippingCountry": country, "paidPrice": cell, "unitPrice": "30000"}))
    assert (report.orders, [problem.code for problem in report.errors]) == ((), ["bad_money"])


def test_a_thousandth_of_an_amount_is_doubted() -> None:
    report = read(unit({"shippingCountry": "Vietnam", "paidPrice": "75", "unitPrice": "75"}))
    assert [problem.code for problem in report.problems] == ["doubtful_amount"]


@pytest.mark.parametrize(
    "cell", ["02 Nov 2026 10:00", "2 Nov 2026 10:00", "2026-11-02 10:00", "2026-11-02 10:00:00", "2026/11/2 10:00"]
)
def test_times_come_with_an_english_month_or_as_dates(cell: str) -> None:
    order = only(unit({"createTime": cell}))
    assert order.placed_at is not None
    assert order.placed_at.isoformat() == "2026-11-02T10:00:00+07:00"


def test_a_day_that_is_none_is_a_problem() -> None:
    assert [problem.code for problem in read(unit({"createTime": "31 Feb 2026 10:00"})).problems] == ["bad_moment"]


# Buyers


def test_masked_names_and_phones_are_no_key() -> None:
    order = only(unit())
    assert (order.buyer.identifiers, order.buyer.name) == ((), "T***g")
    assert order.recipient is not None
    assert order.recipient.phone == "66********12"


def test_an_address_in_full_is_the_buyers_key_and_a_masked_one_is_none() -> None:
    assert [str(i) for i in only(unit({"customerEmail": "Mali@Example.com"})).buyer.identifiers] == [
        "email:mali@example.com"
    ]
    masked = only(unit({"customerEmail": "m***i@example.com"}))
    assert not any(identifier.is_owning for identifier in masked.buyer.identifiers)
