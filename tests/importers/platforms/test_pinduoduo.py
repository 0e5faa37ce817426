"""Pinduoduo: the rules of its order export, one by one, and the contract that every format keeps."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import ClassVar

import pytest

from crmkit.importers import ImportReport, read, sniff
from crmkit.importers.platforms import pinduoduo
from crmkit.importers.texts import normalised
from crmkit.orders import Order, OrderStatus
from crmkit.testing import ImporterContract

SAMPLES = Path(__file__).parents[1] / "samples" / "pinduoduo"


def names(text: str) -> list[str]:
    return text.split()


DEFAULT = names(
    "商品 订单号 订单状态 商品总价(元) 邮费(元) 店铺优惠折扣(元) 平台优惠折扣(元) 多多支付立减金额(元) "
    "用户实付金额(元) 商家实收金额(元) 商品数量(件) 发货时间 确认收货时间 商品id 商品规格 样式ID 商家编码-规格维度 "
    "商家编码-商品维度 商家备注 售后状态 快递单号 快递公司 订单成交时间 是否分期 分期期数 手续费承担方 分期方式"
)
ALL = [
    *DEFAULT,
    *names(
        "支付时间 承诺发货时间 是否审核中 收货人 手机 省 市 区 街道/镇 买家留言 商品一级类目 商品二级类目 商品三级类目 "
        "商品四级类目 团ID 团身份 支付方式 支付ID 上门安装费(元) 送货入户费(元) 送货入户并安装费(元) 是否门店自提 "
        "赠品名称 赠品id 赠品规格 赠品数量 订单来源"
    ),
]
ROW = {
    "商品": "纸月堂 折叠纸灯, 小号",
    "订单号": "260901-500000000000901",
    "订单状态": "已收货",
    "商品总价(元)": "59.80",
    "邮费(元)": "6.00",
    "店铺优惠折扣(元)": "5.00",
    "平台优惠折扣(元)": "3.00",
    "多多支付立减金额(元)": "1.00",
    "用户实付金额(元)": "56.80",
    "商家实收金额(元)": "60.80",
    "商品数量(件)": "2",
    "商品id": "700000000011",
    "商品规格": "暖白,小号",
    "商家编码-规格维度": "PM-S-W",
    "商家编码-商品维度": "PM",
    "售后状态": "无售后或售后取消",
    "订单成交时间": "2026-09-01 09:00:00",
}


def report(*rows: dict[str, str], header: list[str] = DEFAULT) -> ImportReport:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([[(ROW | row).get(name, "") + "\t" for name in header] for row in rows])
    return read(text.getvalue().encode("utf-8-sig"), name="orders_export.csv")


def order(*changes: dict[str, str], header: list[str] = DEFAULT) -> Order:
    (found,) = report(dict(pair for change in changes for pair in change.items()), header=header).orders
    return found


class TestSample(ImporterContract):
    samples = (SAMPLES / "orders_export.csv",)
    golden = SAMPLES / "pinduoduo.golden.json"
    encoding: ClassVar[str] = "utf-8-sig"


def test_nobody_else_takes_it_for_its_own() -> None:
    first, *others = sniff(SAMPLES / "orders_export.csv")
    assert (first.format, first.confidence > 0.6) == ("pinduoduo.orders", True)
    assert all(guess.confidence < 0.5 for guess in others)


@pytest.mark.parametrize("header", [DEFAULT, ALL, sorted(ALL)])
def test_every_column_is_read_or_left_alone_knowingly(header: list[str]) -> None:
    assert {normalised(name) for name in header} <= pinduoduo.ORDERS.columns | pinduoduo.ORDERS.ignored
    assert not pinduoduo.ORDERS.columns & pinduoduo.ORDERS.ignored
    assert str(order(header=header).total) == "56.80 CNY"


def test_full_width_brackets_are_brackets() -> None:
    header = [name.replace("(", "（").replace(")", "）") for name in DEFAULT]
    rows = [[ROW.get(name, "") for name in DEFAULT]]
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    (found,) = read(text.getvalue().encode(), name="x.csv").orders
    assert str(found.paid) == "56.80 CNY"


@pytest.mark.parametrize(
    ("word", "status", "paid", "refunded"),
    [
        ("待支付", "pending_payment", "0.00", "0.00"),
        ("待付款", "pending_payment", "0.00", "0.00"),
        ("未成团", "pending_payment", "0.00", "0.00"),
        ("待成团", "pending_payment", "0.00", "0.00"),
        ("待发货", "paid", "56.80", "0.00"),
        ("已发货，待收货", "shipped", "56.80", "0.00"),
        ("已发货,待收货", "shipped", "56.80", "0.00"),
        ("已发货，待签收", "shipped", "56.80", "0.00"),
        ("已收货", "received", "56.80", "0.00"),
        ("已签收", "received", "56.80", "0.00"),
        ("已取消", "cancelled", "0.00", "0.00"),
        ("订单已取消", "cancelled", "0.00", "0.00"),
        ("未发货，退款成功", "refunded", "56.80", "56.80"),
        ("已发货，退款成功", "refunded", "56.80", "56.80"),
        ("已收货，退款成功", "refunded", "56.80", "56.80"),
        ("已签收，退款成功", "refunded", "56.80", "56.80"),
        ("退款成功", "refunded", "56.80", "56.80"),
        ("已取消，退款成功", "refunded", "56.80", "56.80"),
        ("未成交，退款成功", "refunded", "56.80", "56.80"),
    ],
)
def test_words(word: str, status: str, paid: str, refunded: str) -> None:
    found = order({"订单状态": word})
    assert (found.status.value, str(found.paid.amount), str(found.refunded.amount)) == (status, paid, refunded)
    assert (str(found.total.amount), found.refund_unknown) == ("56.80", False)


@pytest.mark.parametrize(
    ("word", "unknown"),
    [
        ("", False),
        ("无售后或售后取消", False),
        ("无售后/取消售后", False),
        ("售后处理中", False),
        ("退款中", False),
        ("待商家处理", False),
        ("退款成功", True),
        ("部分退款成功", True),
    ],
)
def test_after_sale_words_on_an_order_that_goes_on(word: str, unknown: bool) -> None:
    found = order({"售后状态": word})
    assert (found.status, found.refunded.amount, found.refund_unknown) == (OrderStatus.RECEIVED, 0, unknown)


def test_unknown_words_are_told_and_the_order_comes_through() -> None:
    found = report({"订单状态": "已发货，待揽收", "发货时间": "2026-09-12 12:00:00"}, header=DEFAULT)
    assert [(p.code, p.severity) for p in found.problems] == [("unknown_status", "warning")]
    assert (found.orders[0].status, str(found.orders[0].paid)) == (OrderStatus.SHIPPED, "56.80 CNY")
    silent = report({"订单状态": "拼单中", "订单成交时间": ""})
    assert (silent.orders[0].status, silent.orders[0].paid.amount) == (OrderStatus.PENDING_PAYMENT, 0)
    after = report({"售后状态": "平台介入"})
    assert [p.code for p in after.problems] == ["unknown_status"]
    assert after.orders[0].refund_unknown


def test_a_cancelled_order_with_a_payment_time_was_given_back() -> None:
    paid = {"订单状态": "已取消", "支付时间": "2026-09-01 08:59:00"}
    assert order(paid, header=ALL).status == OrderStatus.REFUNDED
    assert str(order(paid, header=ALL).refunded) == "56.80 CNY"
    assert order({"订单状态": "已取消", "售后状态": "退款成功"}).status == OrderStatus.REFUNDED


def test_the_total_is_the_buyers_and_its_parts_are_told() -> None:
    found = order()
    assert (str(found.total), str(found.shipping), str(found.discount)) == ("56.80 CNY", "6.00 CNY", "9.00 CNY")
    (line,) = found.lines
    assert (line.quantity, str(line.unit_price), str(line.total)) == (2, "29.90 CNY", "50.80 CNY")
    assert (line.sku, line.product_id, line.variant) == ("PM-S-W", "700000000011", "暖白,小号")


def test_discounts_may_eat_the_postage() -> None:
    found = order({"用户实付金额(元)": "3.00"})
    assert (str(found.total), str(found.shipping), str(found.lines[0].total)) == ("3.00 CNY", "3.00 CNY", "0.00 CNY")


def test_without_the_buyers_amount_its_parts_give_it() -> None:
    header = [name for name in DEFAULT if name != "用户实付金额(元)"]
    found = report({}, header=header)
    assert [(p.code, "用户实付金额(元)" in p.reason) for p in found.problems] == [("missing_column", True)]
    assert str(found.orders[0].paid) == "56.80 CNY"
    assert [p.code for p in report({"用户实付金额(元)": "-", "商品总价(元)": ""}).errors] == ["bad_money"]


def test_a_file_without_after_sale_words_does_not_tell_refunds() -> None:
    found = report({}, header=[name for name in DEFAULT if name != "售后状态"])
    assert [p.code for p in found.problems] == ["missing_column"]
    assert found.orders[0].refund_unknown


def test_thousands_and_tabs() -> None:
    assert str(order({"用户实付金额(元)": "1,200.00", "邮费(元)": "￥0"}).total) == "1200.00 CNY"


def test_a_row_that_comes_twice_is_one_order_of_one_line() -> None:
    found = report({}, {})
    assert [len(o.lines) for o in found.orders] == [1]
    assert not found.problems
    newer = report({"订单状态": "已发货，待收货"}, {"确认收货时间": "2026-09-16 12:00:00"})
    assert [(len(o.lines), o.status) for o in newer.orders] == [(1, OrderStatus.RECEIVED)]


def test_rows_of_one_number_that_tell_different_amounts_are_told() -> None:
    other = {"商品id": "700000000022", "用户实付金额(元)": "20.00"}
    for rows in ([{}, other], [other, {}]):
        found = report(*rows)
        assert [p.code for p in found.problems] == ["contradiction"]
        assert [(str(o.total), len(o.lines)) for o in found.orders] == [("56.80 CNY", 2)]


def test_times_and_the_number_stand_as_printed() -> None:
    found = order({"支付时间": "2026/9/1 8:59", "发货时间": "2026-09-02 12:00:00"}, header=ALL)
    assert found.number == "260901-500000000000901"
    assert [moment and moment.isoformat() for moment in (found.placed_at, found.paid_at, found.received_at)] == [
        "2026-09-01T09:00:00+08:00",
        "2026-09-01T08:59:00+08:00",
        None,
    ]
    concluded = order()
    assert concluded.paid_at == concluded.placed_at
    assert order({"订单状态": "待支付", "订单成交时间": ""}).placed_at is None


def test_nobody_is_the_buyer() -> None:
    found = order(
        {"收货人": "林*", "手机": "138****1234", "省": "虚拟省", "市": "样板市", "街道/镇": "纸灯镇"}, header=ALL
    )
    assert found.buyer.identifiers == ()
    assert found.recipient is not None
    assert (found.recipient.name, found.recipient.phone) == ("林*", "138****1234")
    assert (found.recipient.address.city, found.recipient.address.street) == ("样板市", "纸灯镇")


def test_a_gift_is_a_line_that_costs_nothing() -> None:
    found = order({"赠品名称": "灯芯", "赠品规格": "十支", "赠品数量": "2"}, header=ALL)
    assert [(line.title, line.quantity, str(line.total)) for line in found.lines] == [
        ("纸月堂 折叠纸灯, 小号", 2, "50.80 CNY"),
        ("灯芯", 2, "0.00 CNY"),
    ]
    assert str(found.total) == "56.80 CNY"
    odd = report({"赠品名称": "灯芯", "赠品数量": "1;2"}, header=ALL)
    assert [(p.code, p.severity) for p in odd.problems] == [("bad_whole", "warning")]
    assert odd.orders[0].lines[1].quantity == 1


def test_a_price_that_does_not_come_out_in_cents_is_that_of_the_amount() -> None:
    (line,) = order({"商品总价(元)": "10.00", "用户实付金额(元)": "9.00", "邮费(元)": "0", "商品数量(件)": "3"}).lines
    assert (str(line.unit_price), str(line.total)) == ("3.00 CNY", "9.00 CNY")
    assert order({"商家编码-规格维度": ""}).lines[0].sku == "PM"


@pytest.mark.parametrize("broken", [{"商品数量(件)": "0"}, {"用户实付金额(元)": "五十"}, {"商品id": "7.00E+11"}])
def test_a_bad_cell_is_a_problem_and_the_next_order_comes_through(broken: dict[str, str]) -> None:
    found = report(broken, {"订单号": "260901-500000000000902"})
    assert len(found.errors) == 1
    assert [o.number for o in found.orders] == ["260901-500000000000902"]
