"""WooCommerce: the contract, and each rule of its orders."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import pytest

from crmkit.importers import ImportReport, read
from crmkit.money import Money
from crmkit.orders import Order, OrderStatus
from crmkit.testing import JsonImporterContract

SAMPLES = Path(__file__).parents[1] / "samples" / "woocommerce"


class TestOrders(JsonImporterContract):
    samples = (SAMPLES / "orders.json",)
    golden = SAMPLES / "orders.golden.json"
    options: ClassVar[dict[str, Any]] = {"shop": "paper-lantern"}


def an_order(**changes: Any) -> dict[str, Any]:
    line = {
        "id": 1,
        "name": "Mug",
        "product_id": 500,
        "quantity": 2,
        "subtotal": "33.62",
        "total": "33.62",
        "total_tax": "6.38",
        "sku": "MUG-01",
        "price": 16.80999999999999,
        "meta_data": [],
    }
    order = {
        "id": 4001,
        "parent_id": 0,
        "number": "KB-4001",
        "status": "processing",
        "currency": "EUR",
        "total": "44.90",
        "total_tax": "7.16",
        "discount_total": "0.00",
        "shipping_total": "4.12",
        "shipping_tax": "0.78",
        "customer_id": 3,
        "order_key": "wc_order_sample",
        "billing": {"first_name": "Ada", "last_name": "Sample", "email": "ada@example.com", "country": "DE"},
        "shipping": {},
        "date_created": "2026-11-01T10:15:00",
        "date_created_gmt": "2026-11-01T09:15:00",
        "date_modified_gmt": "2026-11-02T09:15:00",
        "date_paid": "2026-11-01T11:15:00",
        "date_paid_gmt": "2026-11-01T10:15:00",
        "date_completed_gmt": None,
        "line_items": [line],
        "fee_lines": [],
        "refunds": [],
    }
    return order | changes


def unpaid(**changes: Any) -> dict[str, Any]:
    return an_order(date_paid=None, date_paid_gmt=None, **changes)


def only(report: ImportReport) -> Order:
    assert report.problems == ()
    (order,) = report.orders
    return order


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("pending", OrderStatus.PENDING_PAYMENT),
        ("on-hold", OrderStatus.PENDING_PAYMENT),
        ("processing", OrderStatus.PAID),
        ("wc-processing", OrderStatus.PAID),
        ("completed", OrderStatus.COMPLETED),
        ("cancelled", OrderStatus.CANCELLED),
        ("failed", OrderStatus.CANCELLED),
        ("refunded", OrderStatus.CANCELLED),
        ("shipped", OrderStatus.SHIPPED),
        ("wc-partial-shipped", OrderStatus.PAID),
        ("delivered", OrderStatus.RECEIVED),
    ],
)
def test_states_of_unpaid_orders(word: str, status: OrderStatus) -> None:
    order = only(read(unpaid(status=word)))
    assert (order.status, order.paid.is_zero) == (status, True)


def test_the_time_of_payment_says_that_it_was_paid() -> None:
    assert only(read(an_order(status="on-hold"))).paid == Money("44.90", "EUR")
    assert only(read(unpaid(status="processing", payment_method="cod"))).paid.is_zero


@pytest.mark.parametrize("word", ["checkout-draft", "auto-draft", "trash"])
def test_drafts_are_skipped(word: str) -> None:
    assert read([an_order(), an_order(id=2, status=word)]).skipped == {"drafts and trash": 1}


def test_children_are_skipped() -> None:
    children = [an_order(id=2, parent_id=4001), an_order(id=3, type="shop_order_refund")]
    assert read([an_order(), *children]).skipped == {"refunds and children of other orders": 2}


def test_refunds_are_negative_amounts() -> None:
    refunds = [{"id": 1, "reason": "", "total": "-20.00"}, {"id": 2, "reason": "", "total": "-4.90"}]
    order = only(read(an_order(status="completed", refunds=refunds)))
    assert (order.refunded, order.status) == (Money("24.90", "EUR"), OrderStatus.COMPLETED)


def test_the_amounts_win_over_a_late_callback() -> None:
    refunds = [{"id": 1, "reason": "", "total": "-44.90"}]
    assert only(read(an_order(status="processing", refunds=refunds))).status is OrderStatus.REFUNDED


def test_refunded_by_hand() -> None:
    order = only(read(an_order(status="refunded")))
    assert (order.status, order.refund_unknown) == (OrderStatus.REFUNDED, True)


def test_a_refund_without_a_payment_is_told() -> None:
    report = read(unpaid(refunds=[{"id": 1, "reason": "", "total": "-4.90"}]))
    assert [problem.code for problem in report.problems] == ["no_payment_time"]
    assert report.orders[0].refunded.is_zero


def test_the_id_is_the_key_and_guests_are_not_one_buyer() -> None:
    order = only(read(an_order(customer_id=0, billing={"email": ""}), shop="kornblume"))
    assert str(order.key) == "woocommerce/kornblume/4001"
    assert order.buyer.strongest is None
    known = only(read(an_order(), shop="kornblume"))
    assert str(known.buyer.strongest) == "customer_id:woocommerce/kornblume:3"


def test_times_are_utc() -> None:
    order = only(read(an_order()))
    assert order.placed_at is not None
    assert order.reported_at is not None
    assert order.placed_at.isoformat() == "2026-11-01T09:15:00+00:00"
    assert order.reported_at.isoformat() == "2026-11-02T09:15:00+00:00"


def test_the_long_price_is_not_read() -> None:
    line = only(read(an_order())).lines[0]
    assert (line.unit_price, line.total) == (Money("16.81", "EUR"), Money("33.62", "EUR"))


def test_entities_and_attributes() -> None:
    line = an_order()["line_items"][0] | {
        "name": "Mug &#8211; Heron &amp; Reed",
        "meta_data": [
            {"key": "pa_colour", "display_key": "Colour", "display_value": "Blue"},
            {"key": "_reduced_stock", "display_key": "_reduced_stock", "display_value": "1"},
        ],
    }
    found = only(read(an_order(line_items=[line]))).lines[0]
    assert (found.title, found.variant) == ("Mug – Heron & Reed", "Colour: Blue")


def test_fees_are_part_of_the_total() -> None:
    fees = [{"id": 1, "name": "Gift wrap", "total": "3.00"}, {"id": 2, "name": "Rebate", "total": "-1.00"}]
    assert only(read(an_order(fee_lines=fees, total="46.90"))).total == Money("46.90", "EUR")
    report = read(an_order(fee_lines=fees))
    assert [problem.code for problem in report.problems] == ["does_not_add_up"] or report.orders[0].discount


def test_amounts_finer_than_the_currency_are_rounded() -> None:
    line = an_order()["line_items"][0] | {"subtotal": "33.6150", "total": "33.6150"}
    order = read(an_order(line_items=[line], total="44.9000")).orders[0]
    assert (order.total, order.lines[0].total) == (Money("44.90", "EUR"), Money("33.62", "EUR"))


def test_of_two_reports_of_one_second_the_longer_list_of_refunds_counts() -> None:
    refunded = an_order(status="completed", refunds=[{"id": 1, "reason": "", "total": "-4.90"}])
    for deliveries in ([refunded, an_order()], [an_order(), refunded]):
        report = read(*deliveries)
        assert report.orders[0].refunded == Money("4.90", "EUR")
        assert report.orders[0].status is OrderStatus.COMPLETED
        assert [problem.code for problem in report.problems] == ["contradiction"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"id": 4001}, "deletions"),
        ({"webhook_id": 5}, "pings of webhooks"),
        ({"id": 3, "email": "ada@example.com", "is_paying_customer": True}, "customers"),
        ({"id": 9, "amount": "5.00", "reason": "", "refunded_by": 1}, "details of refunds"),
    ],
)
def test_other_bodies_are_skipped(body: dict[str, Any], reason: str) -> None:
    report = read([an_order(), body])
    assert (report.skipped, report.problems) == ({reason: 1}, ())
