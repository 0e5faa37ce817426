"""The WeChat shop's order export: amounts that repeat or are split, refunds on rows, states, no buyers."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from openpyxl import Workbook

from crmkit import importers
from crmkit.importers import texts
from crmkit.importers.platforms.wechat_shop import ORDERS
from crmkit.orders import Order
from crmkit.testing import ImporterContract

SAMPLES = Path(__file__).parents[1] / "samples" / "wechat_shop"
SAMPLE = SAMPLES / "wechat_shop_orders.csv"


def _names(text: str) -> list[str]:
    return text.split(" ")


Y2023 = _names(
    "订单号 下单时间 订单状态 发货方式 收件人姓名 收件人地址 省 市 区 收件人手机 买家备注 商家备注 订单实际支付金额 "
    "订单运费 支付方式 支付时间 交易单号 物流公司 快递单号 带货人昵称 授权号 预估佣金 实际佣金 实际服务费 技术服务费 "
    "技术服务费（将以人气卡形式返还） 运费险预计投保费用 商品名称 商品编码(平台) 商品编码(自定义) SKU编码(自定义) "
    "商品属性 商品价格 是否预售 商品数量 商品发货 商品售后 商品已退款金额"
)
Y2025 = _names(
    "订单号 订单下单时间 订单发货时间 订单确认收货时间 订单完成结算时间 订单状态 发货方式 收件人姓名 收件人地址 省 "
    "市 区 收件人手机 买家备注 商家备注 打标颜色 商品总价 订单实际支付金额 订单实际收款金额 订单运费 商品优惠 "
    "跨店优惠 商品改价 积分抵扣 支付方式 支付时间 交易单号 物流公司 快递单号 技术服务费 "
    "技术服务费（将以人气卡形式返还） 运费险预计投保费用 带货方式 带货账号类型 带货账号昵称 带货费用渠道 "
    "带货费用类型 带货费用 带货佣金率 礼物单号 商品名称 商品编码(平台) 商品编码(自定义) SKU编码(自定义) 商品属性 "
    "商品价格(单件) 商品实际价格(单件) 商品实际价格(总共) 是否预售 商品数量 商品平台券优惠 商品平均运费 定制信息 "
    "定制预览图 商品发货 商品售后 商品已退款金额"
)
Y2026 = [
    more
    for name in Y2025
    for more in {
        "带货账号昵称": ["带货账号昵称", "带货ID"],
        "礼物单号": ["企微企业ID", "企微工号", "导购最近分享时间", "企业微信加密id", "企微备注", "礼物单号"],
        "商品平均运费": ["商品平均运费", "活动商家补贴"],
    }.get(name, [name])
]
LAYOUTS = {2023: Y2023, 2025: Y2025, 2026: Y2026}
BASE = {
    "订单号": "3700000000000000117",
    "订单下单时间": "2026-11-01 09:12:33",
    "下单时间": "2026-11-01 09:12:33",
    "订单状态": "已完成",
    "收件人姓名": "测*",
    "收件人手机": "138****0011",
    "订单实际支付金额": "87.00",
    "订单运费": "8.00",
    "支付时间": "2026-11-01 09:13:02",
    "商品名称": "亚麻围裙",
    "商品编码(平台)": "10000000000117",
    "SKU编码(自定义)": "APR-01-S",
    "商品属性": "颜色:沙色;尺码:M",
    "商品价格(单件)": "89.00",
    "商品价格": "89.00",
    "商品实际价格(单件)": "79.00",
    "商品实际价格(总共)": "79.00",
    "商品数量": "1",
    "商品售后": "无",
    "商品已退款金额": "0.00",
}
SOAP = {
    "商品名称": "手工皂, 橙花",
    "商品编码(平台)": "10000000000118",
    "商品编码(自定义)": "SOAP",
    "SKU编码(自定义)": "",
    "商品价格(单件)": "20.00",
    "商品价格": "20.00",
    "商品数量": "2",
    "商品实际价格(单件)": "15.00",
    "商品实际价格(总共)": "30.00",
}


def table(*rows: dict[str, str], columns: list[str] = Y2025, encoding: str = "utf-8") -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([(BASE | row).get(name, "") for name in columns] for row in rows or ({},))
    return out.getvalue().encode(encoding)


def only(*rows: dict[str, str], columns: list[str] = Y2025) -> Order:
    (order,) = importers.read(table(*rows, columns=columns), name="o.csv").orders
    return order


def told(order: Order) -> tuple[str, str, str, bool]:
    return order.status.value, str(order.paid.amount), str(order.refunded.amount), order.refund_unknown


class TestWechatShop(ImporterContract):
    samples = (SAMPLE,)
    golden = SAMPLES / "wechat_shop.golden.json"
    encoding = "utf-8-sig"


class TestWechatShopOf2023(ImporterContract):
    samples = (SAMPLES / "wechat_shop_2023.csv",)
    golden = SAMPLES / "wechat_shop_2023.golden.json"
    encoding = "gb18030"


def test_it_is_known_by_its_columns_and_nobody_else_claims_it() -> None:
    first, *others = importers.sniff(SAMPLE)
    assert first.format == "wechat_shop.orders"
    assert [guess for guess in others if guess.confidence >= 0.5] == []


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_column_is_read_or_knowingly_left_alone(layout: int) -> None:
    assert {year: len(columns) for year, columns in LAYOUTS.items()} == {2023: 38, 2025: 57, 2026: 64}
    known = ORDERS.columns | ORDERS.ignored
    assert [name for name in LAYOUTS[layout] if texts.normalised(name) not in known] == []
    assert ORDERS.columns & ORDERS.ignored == frozenset()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout(layout: int) -> None:
    report = importers.read(table(columns=LAYOUTS[layout]), name="o.csv")
    assert report.problems == ()
    (order,) = report.orders
    assert told(order) == ("completed", "87.00", "0.00", False)
    assert (str(order.total), str(order.shipping), str(order.discount)) == ("87.00 CNY", "8.00 CNY", "10.00 CNY")
    assert [(n.sku, str(n.unit_price.amount), str(n.total.amount)) for n in order.lines] == [
        ("APR-01-S", "89.00", "79.00")
    ]
    assert order.placed_at is not None
    assert order.placed_at.isoformat() == "2026-11-01T09:12:33+08:00"


@pytest.mark.parametrize(
    ("word", "paid_at", "back", "expected"),
    [
        ("待付款", "", "", ("pending_payment", "0.00", "0.00", False)),
        ("礼物待收下", "", "", ("pending_payment", "0.00", "0.00", False)),
        ("礼物待收下", "x", "", ("paid", "87.00", "0.00", False)),
        ("待成团", "", "", ("pending_payment", "0.00", "0.00", False)),
        ("待成团", "x", "", ("paid", "87.00", "0.00", False)),
        ("待发货", "x", "", ("paid", "87.00", "0.00", False)),
        ("部分发货", "x", "", ("paid", "87.00", "0.00", False)),
        ("已发货", "x", "20.00", ("shipped", "87.00", "20.00", False)),
        ("待收货", "x", "0.00", ("shipped", "87.00", "0.00", False)),
        ("已完成", "x", "0.00", ("completed", "87.00", "0.00", False)),
        ("完成", "x", "87.00", ("refunded", "87.00", "87.00", False)),
        ("已取消", "x", "87.00", ("refunded", "87.00", "87.00", False)),
        ("已取消", "x", "", ("refunded", "87.00", "0.00", True)),
        ("已取消", "", "", ("cancelled", "0.00", "0.00", False)),
    ],
)
def test_money_and_state(word: str, paid_at: str, back: str, expected: tuple[str, str, str, bool]) -> None:
    row = {"订单状态": word, "商品已退款金额": back, "支付时间": BASE["支付时间"] if paid_at else ""}
    assert told(only(row)) == expected


EMPTY = {"订单实际支付金额": "", "订单运费": "", "支付时间": "", "订单状态": ""}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"订单实际支付金额": "117.00"}, {"订单实际支付金额": "117.00"}),
        ({"订单实际支付金额": "117.00"}, EMPTY),
        ({"订单实际支付金额": "117.00"}, {"订单实际支付金额": "0.00", "订单运费": "0.00"}),
        ({"订单实际支付金额": "84.00", "订单运费": "5.00"}, {"订单实际支付金额": "33.00", "订单运费": "3.00"}),
        ({"订单实际支付金额": "58.50", "订单运费": "4.00"}, {"订单实际支付金额": "58.50", "订单运费": "4.00"}),
    ],
    ids=["repeated", "first row only", "zero below", "split", "split alike"],
)
@pytest.mark.parametrize("turned", [False, True])
def test_amounts_of_the_order_repeat_stand_once_or_are_split(
    first: dict[str, str], second: dict[str, str], turned: bool
) -> None:
    rows = [first, SOAP | second]
    report = importers.read(table(*(rows[::-1] if turned else rows)), name="o.csv")
    assert report.problems == ()
    (order,) = report.orders
    assert (str(order.total), str(order.paid), str(order.shipping)) == ("117.00 CNY", "117.00 CNY", "8.00 CNY")
    assert sorted(str(line.total.amount) for line in order.lines) == ["30.00", "79.00"]


def test_amounts_that_fit_neither_way_are_not_guessed_at() -> None:
    report = importers.read(table({"订单实际支付金额": "60.00"}, SOAP | {"订单实际支付金额": "61.00"}), name="o.csv")
    assert (report.orders, [(p.code, p.column) for p in report.errors]) == (
        (),
        [("does_not_add_up", "订单实际支付金额")],
    )
    alike = importers.read(table({"订单实际支付金额": "90.00"}), name="o.csv")
    assert [(p.code, p.severity) for p in alike.problems] == [("does_not_add_up", "warning")]
    assert str(alike.orders[0].paid) == "90.00 CNY"


def test_rows_of_2023_have_no_amounts_of_their_own_and_share() -> None:
    order = only({"订单实际支付金额": "100.00"}, SOAP | {"订单实际支付金额": "100.00"}, columns=Y2023)
    assert (str(order.total), str(order.discount)) == ("100.00 CNY", "37.00 CNY")
    assert [str(line.total.amount) for line in order.lines] == ["63.47", "28.53"]
    split = only({"订单实际支付金额": "97.00"}, SOAP | {"订单实际支付金额": "48.00"}, columns=Y2023)
    assert (str(split.total), str(split.shipping)) == ("145.00 CNY", "16.00 CNY")
    report = importers.read(
        table({"订单实际支付金额": "60.00"}, SOAP | {"订单实际支付金额": "40.00"}, columns=Y2023), name="o.csv"
    )
    assert [p.code for p in report.errors] == ["does_not_add_up"]


@pytest.mark.parametrize(("layout", "total"), [(2023, "97.00"), (2025, "87.00")])
@pytest.mark.parametrize("amount", ["", "0.00"])
def test_an_unpaid_order_without_an_amount_was_to_cost_its_rows(layout: int, total: str, amount: str) -> None:
    row = {"订单状态": "待付款", "支付时间": "", "订单实际支付金额": amount}
    order = only(row, columns=LAYOUTS[layout])
    assert (str(order.total.amount), told(order)) == (total, ("pending_payment", "0.00", "0.00", False))


def test_refunds_are_those_of_the_rows() -> None:
    both = {"订单实际支付金额": "117.00"}
    order = only(both, SOAP | both | {"商品售后": "退款完成", "商品已退款金额": "30.00"})
    assert told(order) == ("completed", "117.00", "30.00", False)
    assert [line.status.value if line.status else None for line in order.lines] == [None, "refunded"]
    assert told(only({"商品售后": "退款完成", "商品已退款金额": ""})) == ("completed", "87.00", "0.00", True)
    assert told(only({"商品售后": "售后处理中", "商品已退款金额": ""})) == ("completed", "87.00", "0.00", False)
    assert told(only({"商品售后": "售后关闭"})) == ("completed", "87.00", "0.00", False)
    assert told(only(columns=[name for name in Y2025 if name != "商品已退款金额"]))[3] is True


def test_more_refunded_than_paid_is_an_error_and_refunds_without_payment_are_told() -> None:
    report = importers.read(table({"商品已退款金额": "88.00"}), name="o.csv")
    assert (report.orders, [p.code for p in report.errors]) == ((), ["bad_refund"])
    report = importers.read(table({"支付时间": "", "商品已退款金额": "8.00"}), name="o.csv")
    assert [p.code for p in report.problems] == ["no_payment_time"]
    assert told(report.orders[0])[1:] == ("0.00", "0.00", False)


def test_unknown_words_come_through_with_a_warning() -> None:
    report = importers.read(table({"订单状态": "飞行中", "商品售后": "神秘"}), name="o.csv")
    assert [(p.code, p.column) for p in report.problems] == [
        ("unknown_status", "订单状态"),
        ("unknown_status", "商品售后"),
    ]
    assert told(report.orders[0]) == ("paid", "87.00", "0.00", True)


def test_nobody_is_made_a_buyer_of_name_and_phone() -> None:
    order = only({"收件人姓名": "测试甲", "收件人手机": "13800000011", "礼物单号": "G1", "带货账号昵称": "主播甲"})
    assert order.buyer.identifiers == ()
    assert order.buyer.name == ""
    assert order.recipient is not None
    assert (order.recipient.name, order.recipient.phone) == ("测试甲", "13800000011")
    assert order.raw["礼物单号"] == "G1"


def test_columns_that_are_missing_are_named() -> None:
    for column in (
        "订单状态",
        "支付时间",
        "订单运费",
        "商品数量",
        "商品价格(单件)",
        "商品实际价格(总共)",
        "商品已退款金额",
    ):
        report = importers.read(table({}, columns=[name for name in Y2025 if name != column]), name="o.csv")
        assert [p.code for p in report.problems if column in p.reason] == ["missing_column"], column


def test_an_identifier_that_a_spreadsheet_destroyed_leaves_its_order_out() -> None:
    report = importers.read(table({"订单号": "3.70E+18"}, {}), name="o.csv")
    assert [(p.code, p.column) for p in report.errors] == [("damaged_identifier", "订单号")]
    assert [order.number for order in report.orders] == [BASE["订单号"]]


def test_a_workbook_and_other_encodings() -> None:
    book, out = Workbook(), io.BytesIO()
    for row in csv.reader(io.StringIO(table().decode(), newline="")):
        book.active.append(row)
    book.save(out)
    for data in (out.getvalue(), table(encoding="utf-8-sig"), table(encoding="gb18030")):
        (order,) = importers.read(data, name="o").orders
        assert told(order) == ("completed", "87.00", "0.00", False)


def test_times_that_a_spreadsheet_has_saved_again() -> None:
    order = only({"支付时间": "2026/11/1 9:13"})
    assert order.paid_at is not None
    assert order.paid_at.isoformat() == "2026-11-01T09:13:00+08:00"


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_exports_the_one_that_tells_more_refunds_counts_and_nothing_is_doubled(turned: bool) -> None:
    both = {"订单实际支付金额": "117.00"}
    back = {"商品售后": "退款完成", "商品已退款金额": "30.00"}
    old, new = io.BytesIO(table(both, SOAP | both)), io.BytesIO(table(both, SOAP | both | back))
    report = importers.read(*([new, old] if turned else [old, new]))
    assert report.problems == ()
    (order,) = report.orders
    assert (told(order), len(order.lines)) == (("completed", "117.00", "30.00", False), 2)
