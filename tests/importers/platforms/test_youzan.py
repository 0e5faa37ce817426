"""Youzan's order report and goods report: joined and alone, money, states, buyers by phone, and staff that is none."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from openpyxl import Workbook

from crmkit import importers
from crmkit.importers import texts
from crmkit.importers.platforms.youzan import ITEMS, ORDERS
from crmkit.orders import Order
from crmkit.testing import ImporterContract

SAMPLES = Path(__file__).parents[1] / "samples" / "youzan"
HEADS, GOODS = SAMPLES / "youzan_orders.csv", SAMPLES / "youzan_goods.csv"


def _names(text: str) -> list[str]:
    return text.split(" ")


COLUMNS = _names(
    "订单号 销售渠道 归属店铺 订单类型 订单状态 推广方式 订单来源 订单创建时间 买家付款时间 交易成功时间 付款方式 "
    "支付流水号 商品金额合计 运费 店铺优惠合计 应收订单金额 订单实付金额 支付优惠合计 订单实收金额 订单抵用积分数 "
    "店铺优惠方式 支付优惠方式 全部商品名称 商品种类数 订单配送方式 同城送达时间/提货时间 收货人省份 收货人城市 "
    "收货人地区 详细收货地址/提货地址 收货人/提货人 收货人手机号/提货人手机号 买家备注 订单星级 买家昵称 "
    "买家是否会员 买家手机号 下单网点 收银员 分销员 销售导购 专属导购 订单退款状态 订单已退款金额 商家订单备注 桌号 "
    "挂账主体 挂账手机号 团长订单 订单风险标签 分销员 分销员手机号 分销员所属店铺 分销员所属团队 分销员所属分组 "
    "分销员等级 订单佣金类型 订单佣金金额 订单下级卖货提成类型 订单下级卖货提成金额"
)
SELECTABLE = _names("订单商品总件数 买家姓名 会员等级 下单次数 客户标签 优惠券码名称")
GOODS_COLUMNS = _names(
    "订单号 外部订单号 订单商品状态 交易成功时间 商品名称 商品类型 商品类目 商品规格 规格编码 商品编码 商品单价 "
    "商品成本价 商品优惠方式 商品优惠后价格 商品数量 商品金额小计 店铺优惠（分摊） 商品实际成交金额 商品抵用积分数 "
    "商品留言 收货人/提货人 收货人手机号/提货人手机号 收货人省份 收货人城市 收货人地区 详细收货地址/提货地址 "
    "买家备注 商品发货状态 商品发货方式 商品发货物流公司 商品发货物流单号 发货员工 商品发货时间 商品退款状态 "
    "商品已退款金额 商家订单备注 周期购信息"
)
BASE = {
    "订单号": "E20261101091233000100117",
    "归属店铺": "示例布衣小店",
    "订单状态": "交易完成",
    "订单创建时间": "2026-11-01 09:12:33",
    "买家付款时间": "2026-11-01 09:13:02",
    "商品金额合计": "129.00",
    "运费": "8.00",
    "店铺优惠合计": "20.00",
    "应收订单金额": "117.00",
    "订单实付金额": "112.00",
    "支付优惠合计": "5.00",
    "全部商品名称": "亚麻围裙(沙色;M)(1件);手工皂+皂盒(2件)",
    "买家昵称": "阿明",
    "买家手机号": "13800000077",
    "收货人/提货人": "收件人01",
    "收货人手机号/提货人手机号": "13800000011",
    "订单退款状态": "",
    "订单已退款金额": "0.00",
}
APRON = {
    "订单号": BASE["订单号"],
    "订单商品状态": "交易完成",
    "商品名称": "亚麻围裙",
    "商品规格": "沙色;M",
    "规格编码": "APR-01-S",
    "商品单价": "89.00",
    "商品数量": "1",
    "商品实际成交金额": "79.00",
    "商品发货时间": "2026-11-02 09:00:00",
    "商品已退款金额": "0.00",
}
SOAP = APRON | {
    "商品名称": "手工皂+皂盒",
    "商品规格": "-",
    "规格编码": "——",
    "商品编码": "SOAP",
    "商品单价": "20.00",
    "商品数量": "2",
    "商品实际成交金额": "30.00",
    "商品发货时间": "2026-11-03 09:00:00",
}


def table(columns: list[str], rows: list[dict[str, str]], *, encoding: str = "utf-8") -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([row.get(name, "") for name in columns] for row in rows)
    return out.getvalue().encode(encoding)


def heads(*changes: dict[str, str], columns: list[str] = COLUMNS) -> bytes:
    return table(columns, [BASE | change for change in changes or ({},)])


def only(data: bytes) -> Order:
    (order,) = importers.read(data, name="o.csv").orders
    return order


def told(order: Order) -> tuple[str, str, str, bool]:
    return order.status.value, str(order.paid.amount), str(order.refunded.amount), order.refund_unknown


class TestYouzanPair(ImporterContract):
    samples = (HEADS, GOODS)
    golden = SAMPLES / "youzan.golden.json"
    encoding = "utf-8-sig"


class TestYouzanOrders(ImporterContract):
    samples = (HEADS,)
    golden = SAMPLES / "youzan_orders.golden.json"
    encoding = "utf-8-sig"


class TestYouzanGoods(ImporterContract):
    samples = (GOODS,)
    golden = SAMPLES / "youzan_goods.golden.json"
    encoding = "utf-8-sig"


@pytest.mark.parametrize(("sample", "name"), [(HEADS, "youzan.orders"), (GOODS, "youzan.items")])
def test_they_are_known_by_their_columns_and_nobody_else_claims_them(sample: Path, name: str) -> None:
    first, *others = importers.sniff(sample)
    assert first.format == name
    assert [guess for guess in others if guess.confidence >= 0.5] == []


def test_every_column_is_read_or_knowingly_left_alone() -> None:
    assert (len(COLUMNS), len(GOODS_COLUMNS)) == (60, 37)
    for known, columns in ((ORDERS, [*COLUMNS, *SELECTABLE]), (ITEMS, GOODS_COLUMNS)):
        assert [n for n in columns if texts.normalised(n) not in known.columns | known.ignored] == []
        assert known.columns & known.ignored == frozenset()


@pytest.mark.parametrize(
    ("word", "paid_at", "refund", "back", "expected"),
    [
        ("待付款", "", "", "", ("pending_payment", "0.00", "0.00", False)),
        ("待支付", "-", "", "", ("pending_payment", "0.00", "0.00", False)),
        ("等待买家付款", "——", "", "", ("pending_payment", "0.00", "0.00", False)),
        ("待成团", "x", "", "", ("paid", "112.00", "0.00", False)),
        ("待接单", "x", "", "", ("paid", "112.00", "0.00", False)),
        ("待发货", "x", "退款中", "0.00", ("paid", "112.00", "0.00", False)),
        ("部分发货", "x", "", "", ("paid", "112.00", "0.00", False)),
        ("已发货", "x", "", "", ("shipped", "112.00", "0.00", False)),
        ("交易完成", "x", "退款成功（部分退款）", "12.50", ("completed", "112.00", "12.50", False)),
        ("交易完成", "x", "退款成功(部分退款)", "", ("completed", "112.00", "0.00", True)),
        ("交易成功", "x", "", "", ("completed", "112.00", "0.00", False)),
        ("已完成", "x", "退款成功（全额退款）", "112.00", ("refunded", "112.00", "112.00", False)),
        ("交易关闭", "x", "退款成功（全额退款）", "112.00", ("refunded", "112.00", "112.00", False)),
        ("已关闭", "x", "退款成功（全额退款）", "", ("refunded", "112.00", "112.00", False)),
        ("交易关闭", "", "", "", ("cancelled", "0.00", "0.00", False)),
        ("已关闭", " ", "", "0.00", ("cancelled", "0.00", "0.00", False)),
    ],
)
def test_money_and_state(word: str, paid_at: str, refund: str, back: str, expected: tuple[str, str, str, bool]) -> None:
    change = {"订单状态": word, "订单退款状态": refund, "订单已退款金额": back}
    change["买家付款时间"] = BASE["买家付款时间"] if paid_at == "x" else paid_at
    order = only(heads(change))
    assert told(order) == expected
    assert (str(order.total), str(order.shipping), str(order.discount)) == ("117.00 CNY", "8.00 CNY", "20.00 CNY")


def test_a_closed_order_whose_money_stayed_says_so() -> None:
    report = importers.read(heads({"订单状态": "交易关闭"}), name="o.csv")
    assert [(p.code, p.severity) for p in report.problems] == [("closed_with_money", "warning")]
    assert told(report.orders[0]) == ("refunded", "112.00", "0.00", False)


def test_the_two_reports_are_joined() -> None:
    report = importers.read(io.BytesIO(heads()), io.BytesIO(table(GOODS_COLUMNS, [SOAP, APRON])), shop=None)
    assert report.problems == ()
    (order,) = report.orders
    assert told(order) == ("completed", "112.00", "0.00", False)
    assert [(n.sku, n.title, n.variant, n.quantity, str(n.total.amount)) for n in order.lines] == [
        ("SOAP", "手工皂+皂盒", "", 2, "30.00"),
        ("APR-01-S", "亚麻围裙", "沙色;M", 1, "79.00"),
    ]
    assert order.shipped_at is not None
    assert order.shipped_at.isoformat() == "2026-11-03T09:00:00+08:00"


def test_an_order_is_sent_when_its_last_line_is() -> None:
    half = io.BytesIO(table(GOODS_COLUMNS, [APRON, SOAP | {"商品发货时间": ""}]))
    (order,) = importers.read(io.BytesIO(heads({"订单状态": "部分发货"})), half).orders
    assert (order.status.value, order.shipped_at) == ("paid", None)


def test_an_order_report_alone_has_no_lines() -> None:
    order = only(heads())
    assert order.lines == ()
    assert order.raw["全部商品名称"] == BASE["全部商品名称"]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({}, {}, ("completed", "109.00", "0.00", False)),
        ({"订单商品状态": "待付款"}, {"订单商品状态": "待付款"}, ("pending_payment", "0.00", "0.00", False)),
        ({"订单商品状态": "飞行中"}, {"订单商品状态": "飞行中"}, ("shipped", "109.00", "0.00", False)),
        ({"订单商品状态": "已发货"}, {}, ("shipped", "109.00", "0.00", False)),
        ({"订单商品状态": "交易关闭"}, {"订单商品状态": "交易关闭"}, ("cancelled", "0.00", "0.00", False)),
        ({"订单商品状态": "交易关闭", "商品已退款金额": "79.00"}, {}, ("completed", "109.00", "79.00", False)),
        ({"商品退款状态": "退款成功（全额退款）", "商品已退款金额": ""}, {}, ("completed", "109.00", "79.00", False)),
        ({"商品退款状态": "退款成功", "商品已退款金额": ""}, {}, ("completed", "109.00", "0.00", True)),
        (
            {"订单商品状态": "交易关闭", "商品已退款金额": "79.00"},
            {"订单商品状态": "交易关闭", "商品已退款金额": "30.00"},
            ("refunded", "109.00", "109.00", False),
        ),
    ],
)
def test_a_goods_report_alone(
    first: dict[str, str], second: dict[str, str], expected: tuple[str, str, str, bool]
) -> None:
    report = importers.read(table(GOODS_COLUMNS, [APRON | first, SOAP | second]), name="o.csv")
    assert [p.code for p in report.problems if p.code != "unknown_status"] == ["amounts_unknown"]
    (order,) = report.orders
    assert told(order) == expected
    assert (order.lines_only, str(order.total), order.buyer.identifiers) == (True, "109.00 CNY", ())


def test_the_buyer_is_the_phone_and_never_nickname_recipient_or_staff() -> None:
    order = only(heads({"收银员": "员工甲", "分销员": "员工乙", "买家姓名": "王测试"}, columns=[*COLUMNS, *SELECTABLE]))
    assert [str(i) for i in order.buyer.identifiers] == ["phone:+8613800000077"]
    assert order.buyer.name == "王测试"
    assert only(heads()).buyer.name == "阿明"
    assert order.recipient is not None
    assert order.recipient.phone == "13800000011"
    for nobody in ("186******05", "13800000077-1234", "13800000077转1234", "", "-", "——", "0"):
        assert only(heads({"买家手机号": nobody})).buyer.identifiers == ()


def test_a_phone_that_a_spreadsheet_destroyed_is_told() -> None:
    report = importers.read(heads({"买家手机号": "1.38E+10"}), name="o.csv")
    assert [(p.code, p.severity) for p in report.problems] == [("bad_phone", "warning")]
    assert report.orders[0].buyer.identifiers == ()


def test_both_columns_of_one_name_stay_apart() -> None:
    row = [BASE.get(name, "") for name in COLUMNS]
    first, second = [at for at, name in enumerate(COLUMNS) if name == "分销员"]
    row[first], row[second] = "卖货的甲", "佣金的乙"
    out = io.StringIO(newline="")
    csv.writer(out).writerows([COLUMNS, row])
    order = only(out.getvalue().encode())
    assert (order.raw["分销员"], order.raw["分销员 (2)"]) == ("卖货的甲", "佣金的乙")


def test_totals_that_are_left_out_are_reckoned_from_their_parts() -> None:
    columns = [name for name in COLUMNS if name != "应收订单金额"]
    report = importers.read(heads(columns=columns), name="o.csv")
    assert [p.code for p in report.problems] == ["missing_column"]
    assert str(report.orders[0].total) == "117.00 CNY"
    report = importers.read(heads(columns=[name for name in columns if name != "商品金额合计"]), name="o.csv")
    assert (report.orders, [p.code for p in report.errors]) == ((), ["bad_money"])


def test_refunds_that_nothing_tells_are_unknown() -> None:
    silent = [name for name in COLUMNS if name not in ("订单已退款金额", "订单退款状态")]
    assert told(only(heads(columns=silent))) == ("completed", "112.00", "0.00", True)
    report = importers.read(heads({"买家付款时间": "", "订单已退款金额": "5.00"}), name="o.csv")
    assert [p.code for p in report.problems] == ["no_payment_time"]


def test_unknown_words_come_through_with_a_warning() -> None:
    report = importers.read(heads({"订单状态": "飞行中", "订单退款状态": "神秘"}), name="o.csv")
    assert [(p.code, p.column) for p in report.problems] == [
        ("unknown_status", "订单状态"),
        ("unknown_status", "订单退款状态"),
    ]
    assert report.orders[0].status.value == "paid"


def test_an_identifier_that_a_spreadsheet_destroyed_leaves_its_order_out() -> None:
    report = importers.read(heads({"订单号": "2.03E+22"}, {}), name="o.csv")
    assert [p.code for p in report.errors] == ["damaged_identifier"]
    assert [order.number for order in report.orders] == [BASE["订单号"]]


def test_a_workbook_and_other_encodings() -> None:
    book, out = Workbook(), io.BytesIO()
    for row in csv.reader(io.StringIO(heads().decode(), newline="")):
        book.active.append(row)
    book.save(out)
    for data in (
        out.getvalue(),
        table(COLUMNS, [BASE], encoding="utf-8-sig"),
        table(COLUMNS, [BASE], encoding="gb18030"),
    ):
        assert told(only(data)) == ("completed", "112.00", "0.00", False)


def test_times_that_a_spreadsheet_has_saved_again() -> None:
    order = only(heads({"买家付款时间": "2026/11/1 9:13"}))
    assert order.paid_at is not None
    assert order.paid_at.isoformat() == "2026-11-01T09:13:00+08:00"


def test_a_refund_that_only_the_goods_report_states_is_known() -> None:
    goods = table(list(APRON), [APRON | {"商品已退款金额": "20.00"}, SOAP])
    orders = heads({"订单退款状态": "退款成功（部分退款）", "订单已退款金额": ""})
    (alone,) = importers.read(orders, name="o.csv").orders
    (both,) = importers.read(orders, goods).orders
    assert (alone.refunded.amount, alone.refund_unknown) == (0, True)
    assert (both.refunded.amount, both.refund_unknown) == (20, False)
