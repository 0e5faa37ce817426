"""JD: the rules of its order export, one by one, and the contract that every format keeps."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any, ClassVar

import pytest

from crmkit.importers import ImportReport, read, sniff
from crmkit.importers.platforms import FORMATS, jd
from crmkit.importers.texts import normalised
from crmkit.money import Money
from crmkit.orders import Order, OrderStatus
from crmkit.testing import ImporterContract

SAMPLES = Path(__file__).parents[1] / "samples" / "jd"


def names(text: str) -> list[str]:
    return text.split()


CLASSIC = names(
    "订单号 商品ID 商品名称 订购数量 支付方式 下单时间 京东价 订单金额 结算金额 余额支付 应付金额 订单状态 订单类型 "
    "下单帐号 客户姓名 客户地址 联系电话 订单备注 发票类型 发票抬头 发票内容 商家备注 "
    "商家备注等级（等级1-5为由高到低） 运费金额 付款确认时间 增值税发票 货号 订单完成时间 订单来源 订单渠道"
)
LATER = [*CLASSIC, *names("送装服务 服务费 仓库id 仓库名称 商家SKUID 邮政编码 邮箱地址")]
NEWEST = [*LATER, "商家应收"]
ROW = {
    "订单号": "310000000901",
    "商品ID": "100000100011",
    "商品名称": "竹灯斋 手作纸灯笼",
    "订购数量": "1",
    "下单时间": "2026-09-01 10:00:00",
    "京东价": "168.00",
    "订单金额": "168.00",
    "结算金额": "148.00",
    "余额支付": "0.00",
    "应付金额": "148.00",
    "订单状态": "完成",
    "下单帐号": "jd_sample_a",
    "客户姓名": "陶样",
    "客户地址": "虚拟省样板市测试区竹灯路1号",
    "联系电话": "1******0001",
    "运费金额": "0.00",
    "付款确认时间": "2026-09-01 10:00:31",
    "货号": "LAN-M",
}


def report(*rows: dict[str, str], header: list[str] = CLASSIC) -> ImportReport:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([header, *([(ROW | row).get(name, "") for name in header] for row in rows)])
    return read(text.getvalue().encode("gb18030"), name="jd.csv")


def order(header: list[str] = CLASSIC, **cells: str) -> Order:
    (found,) = report(cells, header=header).orders
    return found


class TestSample(ImporterContract):
    samples = (SAMPLES / "jd_orders.csv",)
    golden = SAMPLES / "jd.golden.json"
    encoding = "gb18030"
    options: ClassVar[dict[str, Any]] = {}


def test_nobody_else_takes_it_for_its_own() -> None:
    first, *others = sniff(SAMPLES / "jd_orders.csv")
    assert first.format == "jd.orders"
    assert first.confidence > 0.9
    assert all(guess.confidence < 0.5 for guess in others)
    assert jd.ORDERS in FORMATS


@pytest.mark.parametrize("header", [CLASSIC, LATER, NEWEST])
def test_every_column_is_read_or_left_alone_knowingly(header: list[str]) -> None:
    assert {normalised(name) for name in header} <= jd.ORDERS.columns | jd.ORDERS.ignored
    assert not jd.ORDERS.columns & jd.ORDERS.ignored
    assert order(header).paid.amount == order(header).total.amount == 148


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("等待付款", "pending_payment"),
        ("未付款", "pending_payment"),
        ("等待付款确认", "pending_payment"),
        ("已取消", "cancelled"),
        ("(删除)等待付款", "cancelled"),
        ("(删除)未付款", "cancelled"),
        ("(删除)等待付款确认", "cancelled"),
        ("(删除)延迟付款确认", "cancelled"),
        ("(删除)等待出库", "cancelled"),
        ("（删除）等待确认收货", "cancelled"),
        ("(删除)新订单", "cancelled"),
        ("(删除)暂停", "cancelled"),
    ],
)
def test_words_of_orders_without_a_payment_time(word: str, status: str) -> None:
    found = order(订单状态=word, 付款确认时间="")
    assert (found.status, found.paid.amount, found.refunded.amount) == (status, 0, 0)
    assert not found.refund_unknown


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("等待出库", "paid"),
        ("调度中", "paid"),
        ("新订单", "paid"),
        ("暂停", "paid"),
        ("(锁定)等待出库", "paid"),
        ("等待确认收货", "shipped"),
        ("(锁定)等待确认收货", "shipped"),
        ("(暂停)等待确认收货", "shipped"),
        ("（暂停）等待确认收货", "shipped"),
        ("完成", "completed"),
    ],
)
def test_words_of_paid_orders_whose_refunds_the_file_does_not_tell(word: str, status: str) -> None:
    found = order(订单状态=word)
    assert (found.status, found.paid.amount, found.refunded.amount) == (status, 148, 0)
    assert found.refund_unknown
    assert not jd.ORDERS.info.tells_refunds


@pytest.mark.parametrize("word", ["(删除)等待出库", "(删除)等待确认收货", "(删除)新订单", "(删除)暂停", "已取消"])
def test_what_was_paid_and_closed_was_given_back_whole(word: str) -> None:
    found = order(订单状态=word)
    assert (found.status, found.paid.amount, found.refunded.amount) == (OrderStatus.REFUNDED, 148, 148)
    assert not found.refund_unknown


def test_an_unknown_word_is_told_and_the_order_comes_through() -> None:
    found = report({"订单状态": "(锁定)待打包"})
    assert [(p.code, p.severity, p.value) for p in found.problems] == [("unknown_status", "warning", "(锁定)待打包")]
    assert [o.status for o in found.orders] == [OrderStatus.PAID]


def test_amounts_of_the_order_are_taken_once_and_shared_by_its_lines() -> None:
    both = {"订单金额": "395.70", "结算金额": "375.70"}
    wick = {"商品ID": "100000100022", "京东价": "19.90", "订购数量": "3", "货号": "WICK-10"}
    (found,) = report({**both, "京东价": "168.00", "订购数量": "2"}, both | wick).orders
    assert (str(found.total), str(found.paid), str(found.discount)) == ("375.70 CNY", "375.70 CNY", "20.00 CNY")
    assert [(line.sku, line.quantity, str(line.total.amount)) for line in found.lines] == [
        ("LAN-M", 2, "319.02"),
        ("WICK-10", 3, "56.68"),
    ]


def test_rows_that_are_alike_are_lines_all_the_same() -> None:
    both = {"结算金额": "336.00", "订单金额": "336.00", "应付金额": "336.00"}
    found = report(both, both)
    assert [len(o.lines) for o in found.orders] == [2]
    assert not found.problems


def test_the_settled_amount_holds_the_postage() -> None:
    found = order(结算金额="1,298.00", 订单金额="1,280.00", 京东价="1,280.00", 运费金额="18.00", 应付金额="1,298.00")
    assert (found.total.amount, found.shipping.amount, found.lines[0].total.amount) == (1298, 18, 1280)
    assert found.discount is None


def test_a_postage_on_top_belongs_to_what_the_buyer_was_to_pay() -> None:
    found = report({"应付金额": "140.00", "余额支付": "18.00", "运费金额": "10.00"})
    (only,) = found.orders
    assert not found.problems
    assert (only.total.amount, only.paid.amount, only.shipping, only.lines[0].total.amount) == (
        158,
        158,
        Money("10.00", "CNY"),
        148,
    )


def test_a_postage_that_the_total_cannot_hold_is_told() -> None:
    found = report({"运费金额": "150.00"})
    assert [p.code for p in found.problems] == ["does_not_add_up"]
    assert found.orders[0].total.amount == found.orders[0].lines[0].total.amount == 148


def test_a_settled_amount_that_the_payments_do_not_give_is_told_with_the_difference() -> None:
    found = report({"应付金额": "100.00", "余额支付": "20.00"})
    assert [(p.code, p.severity, p.column) for p in found.problems] == [("does_not_add_up", "warning", "结算金额")]
    assert "-28.00 apart" in found.problems[0].reason
    assert found.orders[0].total.amount == 148
    assert not report({"应付金额": "0.00", "余额支付": "0.00"}).problems


def test_a_split_parent_is_skipped_and_its_children_stay() -> None:
    parent = {"订单状态": "(删除)等待出库", "商家备注": "订单拆分为  310000000902    310000000903"}
    found = report(parent, {"订单号": "310000000902"}, {"订单号": "310000000903"})
    assert [o.number for o in found.orders] == ["310000000902", "310000000903"]
    assert found.skipped == {"superseded parents": 1}
    assert report(parent).skipped == {"superseded parents": 1}


def test_a_remark_about_splitting_skips_no_living_order() -> None:
    assert order(商家备注="订单拆分为  310000000902").status == OrderStatus.COMPLETED
    assert order(订单状态="(删除)等待出库", 商家备注="买家问能否订单拆分为两单").status == OrderStatus.REFUNDED


def test_an_order_completed_without_a_payment_time_is_told_unless_it_was_paid_at_the_door() -> None:
    silent = report({"付款确认时间": ""})
    assert [p.code for p in silent.problems] == ["no_payment_time"]
    assert silent.orders[0].paid.amount == 0
    door = report({"付款确认时间": "", "支付方式": "货到付款"})
    assert not door.problems
    assert door.orders[0].paid.amount == 148
    assert order(付款确认时间="", 支付方式="货到付款", 订单状态="等待出库").paid.amount == 0


def test_columns_that_are_missing_are_named() -> None:
    header = [name for name in CLASSIC if name not in ("结算金额", "付款确认时间", "商家备注")]
    found = report({"余额支付": "48.00", "应付金额": "100.00"}, header=header)
    assert [(p.code, "结算金额, 付款确认时间, 商家备注" in p.reason) for p in found.problems] == [
        ("missing_column", True)
    ]
    assert (found.orders[0].total.amount, found.orders[0].paid.amount) == (148, 148)
    assert [p.code for p in report({"结算金额": "", "余额支付": ""}).errors] == ["bad_money"]


@pytest.mark.parametrize(("written", "units"), [("2", 2), ("2件", 2), ("2件(含赠品)", 2), ("1,200件", 1200)])
def test_quantities(written: str, units: int) -> None:
    assert order(订购数量=written).lines[0].quantity == units


@pytest.mark.parametrize("written", ["0", "两件", "-1"])
def test_a_quantity_that_is_none_is_refused(written: str) -> None:
    assert [p.code for p in report({"订购数量": written}).errors] == ["bad_whole"]


@pytest.mark.parametrize("written", ["2026-09-01 10:00:31", "2026/9/1 10:00:31"])
def test_times_are_those_of_beijing(written: str) -> None:
    paid_at = order(付款确认时间=written).paid_at
    assert paid_at is not None
    assert paid_at.isoformat() == "2026-09-01T10:00:31+08:00"


def test_a_file_that_a_spreadsheet_saved_keeps_its_minutes() -> None:
    paid_at = order(付款确认时间="2026/9/1 10:00").paid_at
    assert paid_at is not None
    assert paid_at.isoformat() == "2026-09-01T10:00:00+08:00"


def test_the_account_is_the_buyer_and_the_customer_gets_the_parcel() -> None:
    found = order()
    assert [(i.kind, i.value, i.scope, i.form) for i in found.buyer.identifiers] == [
        ("account", "jd_sample_a", "jd", "plain")
    ]
    assert found.recipient is not None
    assert (found.recipient.name, found.recipient.phone) == ("陶样", "1******0001")


def test_a_masked_account_is_no_key() -> None:
    assert [i.form for i in order(下单帐号="jd_****_c").buyer.identifiers] == ["masked"]


def test_the_sellers_own_sku_wins_over_the_article_number() -> None:
    assert order(LATER, 商家SKUID="OWN-1").lines[0].sku == "OWN-1"
    assert order(LATER).lines[0].sku == "LAN-M"


def test_cells_are_cleaned_of_tabs_and_line_breaks() -> None:
    found = order(商品名称="竹灯斋 手作纸灯笼\t", 客户姓名="\t陶样\n")
    assert found.lines[0].title == "竹灯斋 手作纸灯笼"
    assert found.recipient is not None
    assert found.recipient.name == "陶样"


@pytest.mark.parametrize("number", ["3.10E+11", "310000000900000000"])
def test_a_number_that_a_spreadsheet_destroyed_is_refused(number: str) -> None:
    found = report({"订单号": number}, {})
    assert [p.code for p in found.errors] == ["damaged_identifier"]
    assert [o.number for o in found.orders] == ["310000000901"]
