"""Magento: the contract, and each rule of its orders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

import pytest

from crmkit.importers import ImportReport, read
from crmkit.money import Money
from crmkit.orders import Order, OrderStatus
from crmkit.testing import JsonImporterContract

SAMPLES = Path(__file__).parents[1] / "samples" / "magento"


class TestOrders(JsonImporterContract):
    samples = (SAMPLES / "orders.json",)
    golden = SAMPLES / "orders.golden.json"
    records_in = ("items",)
    options: ClassVar[dict[str, Any]] = {"shop": "paper-lantern"}


def an_item(**changes: Any) -> dict[str, Any]:
    item = {
        "item_id": 1,
        "sku": "MUG",
        "name": "Mug",
        "product_id": 300,
        "product_type": "simple",
        "price": 10,
        "qty_ordered": 2,
        "row_total": 20,
        "discount_amount": 0,
    }
    return item | changes


def an_order(**changes: Any) -> dict[str, Any]:
    order = {
        "entity_id": 1,
        "increment_id": "000000123",
        "base_grand_total": 25,
        "grand_total": 25,
        "order_currency_code": "EUR",
        "state": "processing",
        "total_paid": 25,
        "shipping_amount": 5,
        "tax_amount": 0,
        "discount_amount": 0,
        "created_at": "2026-11-01 09:15:00",
        "updated_at": "2026-11-02 09:15:00",
        "customer_email": "ada@example.com",
        "items": [an_item()],
    }
    return order | changes


def unpaid(**changes: Any) -> dict[str, Any]:
    order = an_order(**changes)
    del order["total_paid"]
    return order


def only(report: ImportReport) -> Order:
    assert report.problems == ()
    (order,) = report.orders
    return order


@pytest.mark.parametrize(
    ("word", "unpaid_status", "paid_status"),
    [
        ("new", OrderStatus.PENDING_PAYMENT, OrderStatus.PENDING_PAYMENT),
        ("pending_payment", OrderStatus.PENDING_PAYMENT, OrderStatus.PAID),
        ("payment_review", OrderStatus.PENDING_PAYMENT, OrderStatus.PAID),
        ("holded", OrderStatus.PENDING_PAYMENT, OrderStatus.PAID),
        ("processing", OrderStatus.PAID, OrderStatus.PAID),
        ("complete", OrderStatus.COMPLETED, OrderStatus.COMPLETED),
        ("canceled", OrderStatus.CANCELLED, OrderStatus.CANCELLED),
    ],
)
def test_states(word: str, unpaid_status: OrderStatus, paid_status: OrderStatus) -> None:
    assert only(read(unpaid(state=word))).status is unpaid_status
    assert only(read(an_order(state=word))).status is paid_status


def test_closed_is_refunded_and_never_cancelled() -> None:
    assert only(read(an_order(state="closed", total_refunded=25))).status is OrderStatus.REFUNDED
    free = unpaid(state="closed", grand_total=0, shipping_amount=0, items=[an_item(price=0, row_total=0)])
    assert only(read(free)).status is OrderStatus.COMPLETED


def test_a_word_of_the_shops_own_is_not_read() -> None:
    assert only(read(an_order(status="shipped_dhl"))).status is OrderStatus.PAID
    report = read(an_order(state="shipped_dhl"))
    assert [problem.code for problem in report.problems] == ["unknown_status"]


def test_the_number_keeps_its_zeros() -> None:
    assert only(read(an_order())).number == "000000123"
    assert only(read(an_order(increment_id="000000123-1"))).number == "000000123-1"


def test_amounts_are_those_that_the_buyer_saw() -> None:
    in_yen = {"order_currency_code": "JPY", "base_currency_code": "EUR", "base_grand_total": 25}
    items = [an_item(price=1650.0, row_total=3300.0)]
    order = only(read(an_order(**in_yen, items=items, grand_total=4125.0, total_paid=4125.0, shipping_amount=825.0)))
    assert order.total == Money("4125", "JPY")


def test_numbers_with_four_decimals() -> None:
    text = json.dumps(an_order(items=[an_item(price=9.9983, row_total=19.9966)]))
    order = read(text.encode()).orders[0]
    assert (order.lines[0].total, order.lines[0].unit_price) == (Money("20.00", "EUR"), Money("10.00", "EUR"))


def test_a_configured_product_is_one_line() -> None:
    parent = an_item(product_type="configurable", sku="TEE-M", name="Tee")
    child = an_item(item_id=2, name="Tee-M", price=0, row_total=0, parent_item_id=1, parent_item=parent)
    (line,) = only(read(an_order(items=[parent, child]))).lines
    assert (line.title, line.variant, line.total) == ("Tee", "Tee-M", Money("20", "EUR"))


@pytest.mark.parametrize("own", [0, 20])
def test_a_bundle_has_its_money_where_it_is(own: int) -> None:
    parent = an_item(product_type="bundle", qty_ordered=1, price=own, row_total=own)
    parts = [an_item(item_id=n, name=f"Part {n}", row_total=10, qty_ordered=1, parent_item_id=1) for n in (2, 3)]
    (line,) = only(read(an_order(items=[parent, *parts]))).lines
    assert (line.total, line.unit_price, line.quantity) == (Money("20", "EUR"), Money("20", "EUR"), 1)


def test_discounts_compensated_tax_and_gift_cards() -> None:
    order = an_order(
        items=[an_item(discount_amount=2)],
        discount_amount=-3,
        shipping_discount_amount=1,
        tax_amount=4,
        discount_tax_compensation_amount=0.5,
        extension_attributes={"gift_cards_amount": 5},
        grand_total=21.5,
        total_paid=21.5,
    )
    found = only(read(order))
    assert (found.discount, found.shipping, found.lines[0].total) == (
        Money("3", "EUR"),
        Money("4", "EUR"),
        Money("18", "EUR"),
    )


def test_a_fraction_of_a_quantity_is_told() -> None:
    report = read(an_order(items=[an_item(qty_ordered=1.5, price=13.33)]))
    (problem,) = report.problems
    assert (problem.code, problem.value, problem.severity) == ("bad_whole", "1.5", "warning")
    assert report.orders[0].lines[0].total == Money("20", "EUR")


def test_who_ordered_and_who_gets_it() -> None:
    to = {"firstname": "Bo", "lastname": "Example", "street": ["Sample Lane 7"], "city": "Kiel", "country_id": "DE"}
    shipping = {"shipping_assignments": [{"shipping": {"address": to}}]}
    order = only(read(an_order(extension_attributes=shipping, customer_firstname="Ada", customer_id=11), shop="k"))
    assert order.buyer.name == "Ada"
    assert [str(found) for found in order.buyer.identifiers] == ["customer_id:magento/k:11", "email:ada@example.com"]
    assert order.recipient is not None
    assert (order.recipient.name, order.recipient.address.text) == ("Bo Example", "Sample Lane 7, Kiel, DE")
    guest = an_order(billing_address={"email": "bo@example.com"})
    del guest["customer_email"]
    assert str(only(read(guest)).buyer.strongest) == "email:bo@example.com"


def test_a_newer_report_without_a_key_has_no_value_there() -> None:
    older = an_order(customer_note="Ring twice", updated_at="2026-11-01 10:00:00")
    assert only(read(older, an_order())).buyer_note == ""


def test_a_payment_that_only_its_twin_names_is_told() -> None:
    report = read(unpaid(base_total_paid=25))
    assert [(problem.code, problem.column) for problem in report.problems] == [("paid_unknown", "total_paid")]
    report = read(an_order(base_total_refunded=5))
    assert report.orders[0].refund_unknown


def test_every_wrapper() -> None:
    order = an_order()
    whole = {"items": [order], "search_criteria": {}, "total_count": 1}
    assert read(whole).orders == read([order]).orders == read(order).orders
