"""Shopify's orders as JSON: the contract, and each rule of REST, webhooks and GraphQL."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pytest

from crmkit.importers import ImportReport, read
from crmkit.importers.platforms import shopify_json
from crmkit.money import Money
from crmkit.orders import Order, OrderStatus
from crmkit.orders.merging import merged
from crmkit.testing import JsonImporterContract

SAMPLES = Path(__file__).parents[1] / "samples" / "shopify_json"
SHOP: dict[str, Any] = {"shop": "paper-lantern"}


class TestRest(JsonImporterContract):
    samples = (SAMPLES / "orders.json",)
    golden = SAMPLES / "orders.golden.json"
    records_in = ("orders",)
    options: ClassVar[dict[str, Any]] = SHOP


class TestWebhooks(JsonImporterContract):
    samples = (SAMPLES / "webhooks.jsonl",)
    golden = SAMPLES / "webhooks.golden.json"
    options: ClassVar[dict[str, Any]] = SHOP


class TestGraphQL(JsonImporterContract):
    samples = (SAMPLES / "graphql.json",)
    golden = SAMPLES / "graphql.golden.json"
    records_in = ("data", "orders", "edges")
    options: ClassVar[dict[str, Any]] = SHOP


class TestBulk(JsonImporterContract):
    samples = (SAMPLES / "bulk.jsonl",)
    golden = SAMPLES / "bulk.golden.json"
    options: ClassVar[dict[str, Any]] = SHOP


def an_order(**changes: Any) -> dict[str, Any]:
    """A small order with everything that is needed; `changes` win."""
    line = {"id": 1, "sku": "LAN-01", "title": "Lantern", "quantity": 2, "price": "12.50", "discount_allocations": []}
    order: dict[str, Any] = {
        "id": 5001,
        "admin_graphql_api_id": "gid://shopify/Order/5001",
        "name": "#1001",
        "created_at": "2026-11-01T10:00:00+01:00",
        "updated_at": "2026-11-02T10:00:00+01:00",
        "currency": "EUR",
        "total_price": "25.00",
        "total_outstanding": "0.00",
        "total_discounts": "0.00",
        "total_tax": "0.00",
        "financial_status": "paid",
        "fulfillment_status": None,
        "cancelled_at": None,
        "test": False,
        "email": "ada@example.com",
        "line_items": [line],
        "shipping_lines": [],
        "refunds": [],
    }
    return order | changes


def a_refund(amount: str, number: int = 9, **changes: Any) -> dict[str, Any]:
    transaction = {"kind": "refund", "status": "success", "amount": amount, "currency": "EUR"} | changes
    return {
        "id": number,
        "order_id": 5001,
        "created_at": "2026-11-05T10:00:00+01:00",
        "refund_line_items": [],
        "transactions": [transaction],
    }


def only(report: ImportReport) -> Order:
    assert report.problems == ()
    (order,) = report.orders
    return order


@pytest.mark.parametrize(
    ("word", "outstanding", "status", "paid"),
    [
        ("pending", "25.00", OrderStatus.PENDING_PAYMENT, "0"),
        ("authorized", "25.00", OrderStatus.PENDING_PAYMENT, "0"),
        ("partially_paid", "10.00", OrderStatus.PENDING_PAYMENT, "15"),
        ("paid", "0.00", OrderStatus.PAID, "25"),
        ("PAID", "0.00", OrderStatus.PAID, "25"),
        ("voided", "0.00", OrderStatus.CANCELLED, "0"),
        ("expired", "0.00", OrderStatus.CANCELLED, "0"),
    ],
)
def test_what_was_paid_follows_from_the_financial_status(
    word: str, outstanding: str, status: OrderStatus, paid: str
) -> None:
    order = only(read(an_order(financial_status=word, total_outstanding=outstanding)))
    assert (order.status, order.paid) == (status, Money(paid, "EUR"))


def test_a_pending_create_books_nothing() -> None:
    order = only(read(an_order(financial_status="pending", total_outstanding="25.00")))
    assert order.paid.is_zero
    assert order.status is OrderStatus.PENDING_PAYMENT
    no_amount = an_order(financial_status="pending")
    del no_amount["total_outstanding"]
    assert read(no_amount).orders[0].paid.is_zero


@pytest.mark.parametrize(
    ("word", "status"),
    [("fulfilled", OrderStatus.SHIPPED), ("partial", OrderStatus.PAID), (None, OrderStatus.PAID)],
)
def test_how_far_the_parcel_is_follows_from_the_fulfilment(word: str | None, status: OrderStatus) -> None:
    left = [{"created_at": "2026-11-03T10:00:00+01:00", "status": "success"}]
    order = only(read(an_order(fulfillment_status=word, fulfillments=left)))
    assert order.status is status
    assert (order.shipped_at is not None) == (status is OrderStatus.SHIPPED)


def test_shipped_on_invoice_is_shipped() -> None:
    order = only(read(an_order(financial_status="pending", total_outstanding="25.00", fulfillment_status="fulfilled")))
    assert (order.status, order.paid.is_zero) == (OrderStatus.SHIPPED, True)


def test_only_refunds_that_succeeded_moved_money() -> None:
    refund = a_refund("5.00")
    refund["transactions"].append({"kind": "refund", "status": "failure", "amount": "5.00", "currency": "EUR"})
    refund["transactions"].append({"kind": "refund", "status": "pending", "amount": "5.00", "currency": "EUR"})
    refund["transactions"].append({"kind": "void", "status": "success", "amount": "5.00", "currency": "EUR"})
    restocked = a_refund("0", 10) | {"transactions": [], "refund_line_items": [{"line_item_id": 1, "subtotal": 12.5}]}
    order = only(read(an_order(financial_status="partially_refunded", refunds=[refund, restocked])))
    assert order.refunded == Money("5.00", "EUR")
    assert order.lines[0].refunded is None
    assert order.status is OrderStatus.PAID


def test_a_line_knows_its_refund() -> None:
    refund = a_refund("12.50") | {"refund_line_items": [{"line_item_id": 1, "quantity": 1, "subtotal": 12.5}]}
    order = only(read(an_order(financial_status="partially_refunded", refunds=[refund])))
    assert order.lines[0].refunded == Money("12.50", "EUR")


def test_paid_and_wholly_given_back_is_refunded_however_it_was_cancelled() -> None:
    cancelled = {"cancelled_at": "2026-11-05T10:00:00+01:00", "cancel_reason": "customer"}
    order = only(read(an_order(financial_status="refunded", refunds=[a_refund("25.00")], **cancelled)))
    assert (order.status, order.close_reason) == (OrderStatus.REFUNDED, "customer")


def test_a_refund_without_an_amount_is_unknown() -> None:
    order = only(read(an_order(financial_status="refunded")))
    assert (order.status, order.refund_unknown, order.refunded.is_zero) == (OrderStatus.REFUNDED, True, True)
    lacking = an_order()
    del lacking["refunds"]
    report = read(lacking)
    assert report.orders[0].refund_unknown
    assert "refunds" in report.problems[0].reason


def test_refunds_in_another_currency_count_in_the_shops_own() -> None:
    in_shop = {"shop_money": {"amount": "5.00", "currency_code": "EUR"}}
    told = a_refund("5.50", currency="USD", amount_set=in_shop)
    assert only(read(an_order(financial_status="partially_refunded", refunds=[told]))).refunded == Money("5", "EUR")
    report = read(an_order(financial_status="partially_refunded", refunds=[a_refund("5.50", currency="USD")]))
    assert report.orders[0].refund_unknown
    assert report.orders[0].refunded.is_zero
    assert "USD" in report.problems[0].reason


def test_a_bad_amount_deep_inside_is_named_by_its_path() -> None:
    refunds = [a_refund("5.00"), a_refund("1.2.3", 10)]
    report = read({"orders": [an_order(name="#1"), an_order(refunds=refunds)]})
    assert [order.number for order in report.orders] == ["#1"]
    (problem,) = report.problems
    assert (problem.line, problem.column, problem.value) == (2, "refunds[1].transactions[0].amount", "1.2.3")
    assert (problem.code, problem.order) == ("bad_money", "#1001")


def test_a_bad_value_of_a_line_is_named_by_its_path() -> None:
    order = an_order()
    order["line_items"] = [order["line_items"][0], order["line_items"][0] | {"id": 2, "quantity": "two"}]
    (problem,) = read(order).problems
    assert (problem.column, problem.value, problem.order) == ("line_items[1].quantity", "two", "#1001")


def test_discounts_are_the_allocations() -> None:
    line = an_order()["line_items"][0] | {"total_discount": "0.00", "discount_allocations": [{"amount": "5.00"}]}
    order = only(read(an_order(line_items=[line], total_price="20.00", total_discounts="5.00")))
    assert order.lines[0].total == Money("20.00", "EUR")
    assert order.lines[0].unit_price == Money("12.50", "EUR")


def test_a_discount_on_shipping_and_tax_on_top() -> None:
    shipping = [{"price": "4.90", "discount_allocations": [{"amount": "4.90"}]}]
    order = only(read(an_order(shipping_lines=shipping, total_tax="2.00", taxes_included=False, total_price="27.00")))
    assert order.shipping == Money("0", "EUR")


def test_amounts_after_edits_are_not_read() -> None:
    order = an_order(current_total_price="12.50", financial_status="paid")
    order["line_items"][0]["current_quantity"] = 1
    assert only(read(order)).total == Money("25.00", "EUR")
    assert only(read(order)).lines[0].quantity == 2


def test_test_orders_are_skipped_and_counted() -> None:
    report = read([an_order(), an_order(name="#1002", test=True)])
    assert len(report.orders) == 1
    assert report.skipped == {"test orders": 1}


def test_an_unknown_word_is_told_and_the_order_comes_through() -> None:
    report = read(an_order(financial_status="half_paid"))
    assert [problem.code for problem in report.problems] == ["unknown_status"]
    assert report.orders[0].paid == Money("25", "EUR")


@pytest.mark.parametrize("wrap", [lambda o: o, lambda o: [o], lambda o: {"order": o}, lambda o: {"orders": [o]}])
def test_every_wrapper(wrap: Any) -> None:
    assert only(read(wrap(an_order()))) == only(read(json.dumps(wrap(an_order())).encode()))


def test_the_newest_webhook_wins_whatever_came_first() -> None:
    created = an_order(financial_status="pending", total_outstanding="25.00", updated_at="2026-11-01T10:00:00+01:00")
    for deliveries in ([created, an_order()], [an_order(), created]):
        report = read(*deliveries)
        assert only(report).paid == Money("25.00", "EUR")
        assert report.skipped == {"older reports of an order": 1}


def test_a_filtered_webhook_leaves_what_it_does_not_name() -> None:
    note = an_order(note="Ring twice", updated_at="2026-11-01T10:00:00+01:00")
    newer = an_order(updated_at="2026-11-03T10:00:00+01:00", tags="vip")
    for gone in ("email", "line_items"):
        del newer[gone]
    order = only(read(note, newer))
    assert (order.remark, order.tags, len(order.lines)) == ("Ring twice", ("vip",), 1)
    assert order.buyer.identifiers[0].value == "ada@example.com"
    alone = read(newer)
    assert [problem.code for problem in alone.problems] == ["missing_column"]
    stored = merged(only(read(note)), alone.orders[0])
    assert (stored.remark, stored.tags, len(stored.lines), stored.buyer.identifiers) == (
        order.remark,
        order.tags,
        len(order.lines),
        order.buyer.identifiers,
    )


def test_null_in_a_newer_webhook_is_no_lack() -> None:
    older = an_order(note="Ring twice", updated_at="2026-11-01T10:00:00+01:00")
    assert only(read(older, an_order(note=None))).remark == ""


def test_what_was_open_once_is_not_taken_for_what_is_open_now() -> None:
    created = an_order(financial_status="pending", total_outstanding="25.00", updated_at="2026-11-01T10:00:00+01:00")
    paid = an_order()
    del paid["total_outstanding"]
    order = read(created, paid).orders[0]
    assert (order.status, order.paid) == (OrderStatus.PAID, Money("25", "EUR"))


def test_the_time_of_the_report_is_the_newest_thing_told() -> None:
    order = only(read(an_order()))
    assert order.reported_at is not None
    assert order.reported_at.isoformat() == "2026-11-02T10:00:00+01:00"
    refunded = only(read(an_order(), a_refund("5.00")))
    assert refunded.reported_at is not None
    assert refunded.reported_at > order.reported_at


def test_a_refund_that_comes_apart_finds_its_order() -> None:
    for deliveries in (
        [an_order(), a_refund("5.00")],
        [a_refund("5.00"), an_order()],
        [[a_refund("5.00"), an_order()]],
    ):
        report = read(*deliveries)
        assert only(report).refunded == Money("5.00", "EUR")
        assert (report.rows.read, report.rows.taken) == (2, 2)
    known = an_order(refunds=[a_refund("5.00")])
    assert only(read(known, a_refund("5.00"), a_refund("5.00"))).refunded == Money("5.00", "EUR")
    assert only(read(an_order(), a_refund("5.00"), a_refund("2.00", 10))).refunded == Money("7.00", "EUR")


def test_a_refund_without_its_order_is_told() -> None:
    report = read(a_refund("5.00"))
    assert report.orders == ()
    (problem,) = report.problems
    assert (problem.code, problem.column) == ("no_order", "order_id")
    assert "refunds without their order (5001)" in problem.reason
    assert (report.rows.read, report.rows.refused) == (1, 1)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"id": 5001}, "deletions"),
        ({"order_edit": {"id": 1, "order_id": 5001}}, "edits of orders"),
        ({"id": 1, "order_id": 5001, "kind": "sale", "gateway": "x", "status": "success"}, "single transactions"),
        ({"id": 7, "email": "ada@example.com", "verified_email": True}, "customers"),
        ({"id": 7, "email": None, "first_name": None, "state": "enabled"}, "customers"),
        ({"shop_id": 1, "shop_domain": "paper-lantern.example.com"}, "requests about personal data"),
    ],
)
def test_other_bodies_are_skipped_and_counted(body: dict[str, Any], reason: str) -> None:
    for report in (read(body), read([an_order(), body]), read(an_order(), body)):
        assert report.problems == ()
        assert report.skipped == {reason: 1}


def test_buyers_by_account_and_mail() -> None:
    customer = {"id": 77, "email": "ada@example.com", "first_name": "Ada", "last_name": "Sample"}
    order = only(read(an_order(customer=customer, phone="+49 431 000001"), shop="paper-lantern"))
    assert [str(found) for found in order.buyer.identifiers] == [
        "customer_id:shopify/paper-lantern:77",
        "email:ada@example.com",
        "phone:+49431000001",
    ]
    assert order.buyer.name == "Ada Sample"
    other = only(read(an_order(email="", contact_email="bo@example.com")))
    assert str(other.buyer.strongest) == "email:bo@example.com"
    nobody = only(read(an_order(email=None, customer=None)))
    assert nobody.buyer.strongest is None


def test_a_csv_and_its_json_are_one_order() -> None:
    csv = (
        b"Name,Email,Financial Status,Fulfillment Status,Currency,Subtotal,Shipping,Taxes,Total,Discount Amount,"
        b"Created at,Paid at,Cancelled at,Refunded Amount,Outstanding Balance,"
        b"Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku\n"
        b"#1001,ada@example.com,pending,unfulfilled,EUR,25.00,0.00,0.00,25.00,0.00,"
        b"2026-11-01 10:00:00 +0100,,,0.00,25.00,2,Lantern,12.50,LAN-01\n"
    )
    report = read(csv, an_order())
    (order,) = report.orders
    assert (order.status, order.paid, len(order.lines)) == (OrderStatus.PAID, Money("25", "EUR"), 1)
    assert read(csv).orders[0].key == order.key


def test_rest_and_graphql_of_an_order_are_one_order() -> None:
    node = json.loads((SAMPLES / "graphql.json").read_text())["data"]["orders"]["edges"][1]["node"] | {"name": "#1001"}
    report = read(an_order(), node)
    assert len(report.orders) == 1


def test_a_bulk_file_cut_between_an_order_and_its_lines() -> None:
    lines = (SAMPLES / "bulk.jsonl").read_text().splitlines(keepends=True)
    report = read("".join(lines[:3]).encode() + lines[3][:40].encode())
    assert [order.number for order in report.orders] == ["#3001"]
    assert report.looks_cut
    assert [problem.line for problem in report.problems] == [4, 3]
    assert report.rows.read == report.rows.taken + report.rows.refused


def test_a_child_without_its_parent_is_told() -> None:
    lines = (SAMPLES / "bulk.jsonl").read_text().splitlines(keepends=True)
    report = read("".join(lines[1:]).encode())
    assert [(problem.code, problem.line) for problem in report.problems] == [("no_order", 1)]
    assert len(report.orders) == 6


def test_graphql_through_nodes_and_single_orders() -> None:
    edges = json.loads((SAMPLES / "graphql.json").read_text())["data"]["orders"]["edges"]
    nodes = [edge["node"] for edge in edges]
    whole = read(SAMPLES / "graphql.json")
    assert read({"data": {"orders": {"nodes": nodes}}}).orders == whole.orders
    assert read({"data": {"order": nodes[0]}}).orders == whole.orders[:1]
    assert read({"data": {"node": nodes[0]}}).orders == whole.orders[:1]


def test_floats_of_a_hosts_own_parser_are_exact() -> None:
    text = json.dumps(an_order(total_price=25.1, total_outstanding=0.0))
    assert json.loads(text)["total_price"].__class__ is float
    assert read(json.loads(text)).orders[0].total == read(text.encode()).orders[0].total == Money("25.10", "EUR")


def test_the_source_is_kept_by_path() -> None:
    data = an_order(refunds=[a_refund("5.00")])
    before = copy.deepcopy(data)
    raw = only(read(data)).raw
    assert raw["refunds[0].transactions[0].amount"] == "5.00"
    assert raw["line_items[0].sku"] == "LAN-01"
    assert raw["fulfillment_status"] == ""
    assert data == before
    assert only(read(data, keep_raw=False)).raw == {}


def test_lines_cost_what_the_order_costs() -> None:
    report = read(SAMPLES / "orders.json")
    for order in report.orders:
        parts = sum((line.total.amount for line in order.lines), Decimal(0))
        rest = order.total.amount - parts - (order.shipping.amount if order.shipping else 0)
        assert rest == (Decimal("13.20") if order.number == "#2015" else 0)


def test_both_formats_say_what_they_are() -> None:
    names = [known.info.name for known in shopify_json.FORMATS]
    assert names == ["shopify.rest", "shopify.graphql"]
    assert all(known.info.tells_refunds for known in shopify_json.FORMATS)
    assert "line_items[].price" in shopify_json.REST.info.columns
