"""Kuaishou: the rules of its order export, one by one, and the contract that every format keeps."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import ClassVar

import openpyxl
import pytest

from crmkit.importers import ImportReport, read, sniff
from crmkit.importers.platforms import kuaishou
from crmkit.importers.texts import normalised
from crmkit.orders import Order, OrderStatus
from crmkit.testing import ImporterContract
from crmkit.testing.importer_contract import golden_of

SAMPLES = Path(__file__).parents[1] / "samples" / "kuaishou"


def names(text: str) -> list[str]:
    return text.split()


NOW = names(
    "订单号 赠品订单号 活动订单编号 订单创建时间 订单支付时间 预售定金支付时间 订单状态 实付款 快递费 店铺优惠 "
    "平台补贴 主播补贴 混资活动优惠 支付优惠 支付方式 成交数量 买家留言 账号类型 账号明细 订单备注 旗帜颜色 售后状态 "
    "活动订单 预售/承诺发货时间 订单载体 国补类型 商品名称 商品ID 商品规格 SKU编码 商品单价 渠道 CPS达人ID CPS达人昵称 "
    "预估推广佣金 预估推广者分佣比例 团长ID 团长昵称 快赚客ID 快赚客昵称 授权推广者ID 授权推广者昵称 收货人姓名 "
    "收货人电话 收货地址-省 收货地址-市 收货地址-区 收货地址-街道 收货地址 发货时间 快递公司 快递单号 物流信息 "
    "集运类型 直邮类型 仓库名称 仓库地址 发货类型 实名姓名 服务门店ID 服务门店名称 服务门店地址 国补/类国补/消费券 "
    "订单销售主体"
)
OLDER = [name for name in NOW if name not in ("国补类型", "发货类型", "订单销售主体")]
ROW = {
    "订单号": "2624000000090901",
    "订单创建时间": "2026-09-01 20:00:00",
    "订单支付时间": "2026-09-01 20:00:15",
    "订单状态": "交易成功",
    "实付款": "¥119.00",
    "快递费": "¥6.00",
    "店铺优惠": "¥3.00",
    "平台补贴": "￥1",
    "主播补贴": "¥1.00",
    "支付优惠": "--",
    "成交数量": "2",
    "商品名称": "砚山窑 手工茶杯",
    "商品ID": "21700000000011",
    "商品规格": "青釉,250ml",
    "SKU编码": "CUP-Q",
    "商品单价": "¥59.00",
    "CPS达人ID": "880011.0",
    "CPS达人昵称": "样板主播",
    "预估推广者分佣比例": "30.0%",
    "收货人姓名": "郑*",
    "收货人电话": "1*********5",
    "收货地址-市": "样板市",
    "收货地址-街道": "窑前街道",
    "收货地址": "虚拟省样板市测试区窑前街道*****",
}


def report(*rows: dict[str, str], header: list[str] = NOW) -> ImportReport:
    text = io.StringIO()
    csv.writer(text).writerows([header, *([(ROW | row).get(name, "") for name in header] for row in rows)])
    return read(text.getvalue().encode(), name="kuaishou.csv")


def order(*changes: dict[str, str], header: list[str] = NOW) -> Order:
    (found,) = report(dict(pair for change in changes for pair in change.items()), header=header).orders
    return found


def money(found: Order) -> list[str]:
    return [str(found.total.amount), str(found.paid.amount), str(found.refunded.amount)]


class TestSample(ImporterContract):
    samples = (SAMPLES / "kuaishou_orders.csv",)
    golden = SAMPLES / "kuaishou.golden.json"
    encoding: ClassVar[str] = "utf-8-sig"


def test_the_workbook_with_its_orders_on_two_sheets_gives_the_same_orders() -> None:
    found = read(SAMPLES / "kuaishou_orders.xlsx")
    assert golden_of(found.orders) == json.loads((SAMPLES / "kuaishou.golden.json").read_text(encoding="utf-8"))
    assert list(found.formats.values()) == ["kuaishou.orders", "kuaishou.orders"]
    assert [(p.code, p.sheet, p.line) for p in found.problems] == [("unknown_status", "订单2", 5)]


def test_numbers_in_cells_of_a_workbook_are_the_same() -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    numbers = {"实付款": 119.00000000000001, "快递费": 6, "成交数量": 2, "商品ID": 21700000000011}
    sheet.append(NOW)
    sheet.append([numbers.get(name, ROW.get(name)) for name in NOW])
    data = io.BytesIO()
    book.save(data)
    (found,) = read(data.getvalue(), name="k.xlsx").orders
    assert (money(found), found.lines) == (["119.00", "119.00", "0.00"], order().lines)


@pytest.mark.parametrize("name", ["kuaishou_orders.csv", "kuaishou_orders.xlsx"])
def test_nobody_else_takes_it_for_its_own(name: str) -> None:
    guesses = sniff(SAMPLES / name)
    assert {guess.format for guess in guesses if guess.confidence >= 0.5} == {"kuaishou.orders"}


@pytest.mark.parametrize("header", [NOW, OLDER, NOW[::-1]])
def test_every_column_is_read_or_left_alone_knowingly(header: list[str]) -> None:
    assert len(NOW) == 64
    assert {normalised(name) for name in header} <= kuaishou.ORDERS.columns | kuaishou.ORDERS.ignored
    assert not kuaishou.ORDERS.columns & kuaishou.ORDERS.ignored
    assert money(order(header=header)) == ["119.00", "119.00", "0.00"]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("待发货", "paid"),
        ("已发货", "shipped"),
        ("已收货", "received"),
        ("交易成功", "completed"),
    ],
)
def test_words_of_paid_orders(word: str, status: str) -> None:
    found = order({"订单状态": word})
    assert (found.status.value, money(found), found.refund_unknown) == (status, ["119.00", "119.00", "0.00"], False)


@pytest.mark.parametrize(("word", "status"), [("待付款", "pending_payment"), ("交易关闭", "cancelled")])
def test_words_of_orders_that_were_not_paid(word: str, status: str) -> None:
    found = order({"订单状态": word, "订单支付时间": "-"})
    assert (found.status.value, money(found), found.refund_unknown) == (status, ["119.00", "0.00", "0.00"], False)


@pytest.mark.parametrize("after_sale", ["退款成功", "售后成功", ""])
def test_what_was_paid_and_closed_was_given_back_whole(after_sale: str) -> None:
    found = order({"订单状态": "交易关闭", "售后状态": after_sale})
    assert (found.status, money(found)) == (OrderStatus.REFUNDED, ["119.00", "119.00", "119.00"])
    assert not found.refund_unknown


@pytest.mark.parametrize(
    ("after_sale", "remark", "unknown"),
    [
        ("退款成功", "", True),
        ("售后成功", "", True),
        ("部分退款成功", "", True),
        ("售后关闭", "", False),
        ("退款中", "", False),
        ("—", "", False),
        ("", "已给买家退差价", True),
        ("", "小额打款金额5.00元", True),
        ("", "请尽快发货", False),
    ],
)
def test_a_refund_of_an_order_that_goes_on_is_known_to_be_unknown(after_sale: str, remark: str, unknown: bool) -> None:
    found = order({"售后状态": after_sale, "订单备注": remark})
    assert (found.status, money(found)) == (OrderStatus.COMPLETED, ["119.00", "119.00", "0.00"])
    assert found.refund_unknown is unknown


def test_unknown_words_are_told_and_the_order_comes_through() -> None:
    found = report({"订单状态": "待揽收", "发货时间": "2026-09-06 17:30:00"})
    assert [(p.code, p.severity) for p in found.problems] == [("unknown_status", "warning")]
    assert (found.orders[0].status, money(found.orders[0])) == (OrderStatus.SHIPPED, ["119.00", "119.00", "0.00"])
    after = report({"售后状态": "平台介入"})
    assert [p.code for p in after.problems] == ["unknown_status"]
    assert after.orders[0].refund_unknown


def test_words_and_times_that_contradict_each_other_are_told() -> None:
    refunded = report({"订单状态": "交易关闭", "售后状态": "退款成功", "订单支付时间": ""})
    assert [p.code for p in refunded.problems] == ["no_payment_time"]
    assert money(refunded.orders[0]) == ["119.00", "119.00", "119.00"]
    completed = report({"订单支付时间": ""})
    assert [p.code for p in completed.problems] == ["no_payment_time"]
    assert money(completed.orders[0]) == ["119.00", "0.00", "0.00"]


def test_the_parts_of_the_total() -> None:
    found = order()
    assert (str(found.shipping), str(found.discount)) == ("6.00 CNY", "5.00 CNY")
    (line,) = found.lines
    assert (line.quantity, str(line.unit_price), str(line.total)) == (2, "59.00 CNY", "113.00 CNY")
    assert (line.sku, line.product_id, line.title, line.variant) == (
        "CUP-Q",
        "21700000000011",
        "砚山窑 手工茶杯",
        "青釉,250ml",
    )
    eaten = order({"实付款": "¥2.00"})
    assert (str(eaten.total), str(eaten.shipping), str(eaten.lines[0].total)) == ("2.00 CNY", "2.00 CNY", "0.00 CNY")


@pytest.mark.parametrize(("written", "amount"), [("¥1,299.90", "1299.90"), ("￥0", "0.00"), ("1299.9", "1299.90")])
def test_amounts_are_text_with_a_sign(written: str, amount: str) -> None:
    assert money(order({"实付款": written, "快递费": "￥0"})) == [amount, amount, "0.00"]


@pytest.mark.parametrize("blank", ["", "-", "--", "—", "/"])
def test_cells_that_say_nothing(blank: str) -> None:
    found = order({"发货时间": blank, "订单备注": blank, "店铺优惠": blank, "收货人电话": blank})
    assert (found.shipped_at, found.remark, str(found.discount)) == (None, "", "2.00 CNY")


def test_columns_that_are_missing_are_named() -> None:
    lacking = ("订单支付时间", "售后状态", "快递费", "订单备注")
    found = report({}, header=[name for name in NOW if name not in lacking])
    assert [p.code for p in found.problems] == ["missing_column"]
    assert all(name in found.problems[0].reason for name in lacking)
    assert (money(found.orders[0]), found.orders[0].refund_unknown) == (["119.00", "119.00", "0.00"], True)
    assert [p.code for p in report({"实付款": "-"}).errors] == ["bad_money"]


def test_a_row_that_comes_twice_is_one_order_of_one_line() -> None:
    found = report({}, {})
    assert [len(o.lines) for o in found.orders] == [1]
    assert not found.problems


def test_nobody_is_the_buyer() -> None:
    found = order()
    assert (found.buyer.identifiers, found.buyer.name) == ((), "")
    assert found.recipient is not None
    assert (found.recipient.name, found.recipient.phone) == ("郑*", "1*********5")
    assert found.recipient.address.text == "虚拟省样板市测试区窑前街道*****"
    assert (found.recipient.address.city, found.recipient.address.street) == ("样板市", "窑前街道")


@pytest.mark.parametrize("written", ["2026-09-01 20:00:00", "2026/9/1 20:00", "2026/9/1 20:00:00"])
def test_times_are_those_of_beijing(written: str) -> None:
    found = order({"订单支付时间": written})
    assert found.paid_at is not None
    assert found.paid_at.isoformat() == "2026-09-01T20:00:00+08:00"
    assert found.placed_at is not None
    assert found.placed_at.isoformat() == "2026-09-01T20:00:00+08:00"


@pytest.mark.parametrize("number", ["2.62E+15", "262400000000000000"])
def test_a_number_that_a_spreadsheet_destroyed_is_refused(number: str) -> None:
    found = report({"订单号": number}, {})
    assert [p.code for p in found.errors] == ["damaged_identifier"]
    assert [o.number for o in found.orders] == ["2624000000090901"]
