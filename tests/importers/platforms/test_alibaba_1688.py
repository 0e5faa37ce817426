"""1688's order export: order cells on the first row, money, states, measures that are no pieces, buyers and sellers."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from openpyxl import Workbook

from crmkit import importers
from crmkit.importers import texts
from crmkit.importers.platforms.alibaba_1688 import ORDERS
from crmkit.orders import Order
from crmkit.testing import ImporterContract

SAMPLES = Path(__file__).parents[1] / "samples" / "alibaba_1688"
SAMPLE = SAMPLES / "1688_orders.csv"


def _names(text: str) -> list[str]:
    return text.split("|")


COLUMNS = _names(
    "订单编号|买家公司名|买家会员名|卖家公司名|卖家会员名|货品总价(元)|运费(元)|涨价或折扣(元)|实付款(元)|订单状态|"
    "订单创建时间|订单付款时间|发货方|收货人姓名|收货地址|邮编|联系电话|联系手机|货品标题|单价(元)|数量|单位|货号|"
    "型号|Offer ID|SKU ID|物料编号|单品货号|货品种类|买家留言|物流公司|运单号|发票：购货单位名称|"
    "发票：纳税人识别号|发票：地址、电话|发票：开户行及账号|发票收取地址|关联编号|代理商姓名|代理商联系方式|"
    "是否代发订单|代发服务商id|微商订单号|下单批次号|下游渠道|下游订单号|下单公司主体|发起人登录名|"
    "是否发起免密支付(1:淘货源诚e赊免密支付2:批量下单免密支付)"
)
FIRST = {
    "订单编号": "3026110100000000117",
    "买家公司名": "虚构百货商行",
    "买家会员名": "测试批发甲",
    "卖家公司名": "示例布衣厂",
    "卖家会员名": "示例布衣厂01",
    "货品总价(元)": "1,290.00",
    "运费(元)": "8.00",
    "涨价或折扣(元)": "-98.00",
    "实付款(元)": "1,200.00",
    "订单状态": "交易成功",
    "订单创建时间": "2026-11-01 09:12:33",
    "订单付款时间": "2026-11-01 09:13:02",
    "收货人姓名": "收件人01",
    "联系手机": "13800000011",
    "收货地址": "虚构省 示例市 测试区 样板路1号",
}
APRON = {
    "货品标题": "亚麻围裙 厂家批发",
    "单价(元)": "44.50",
    "数量": "20",
    "单位": "件",
    "货号": "APR",
    "型号": "沙色",
    "Offer ID": "700000000117",
    "单品货号": "APR-01-S",
}
SOAP = {
    "货品标题": "手工皂",
    "单价(元)": "4.00",
    "数量": "100",
    "单位": "块",
    "货号": "SOAP",
    "Offer ID": "700000000118",
}


def table(*rows: dict[str, str], columns: list[str] = COLUMNS, encoding: str = "utf-8") -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([row.get(name, "") for name in columns] for row in rows or (FIRST | APRON, SOAP))
    return out.getvalue().encode(encoding)


def only(data: bytes) -> Order:
    (order,) = importers.read(data, name="o.csv").orders
    return order


def told(order: Order) -> tuple[str, str, str, bool]:
    return order.status.value, str(order.paid.amount), str(order.refunded.amount), order.refund_unknown


class Test1688(ImporterContract):
    samples = (SAMPLE,)
    golden = SAMPLES / "1688.golden.json"
    encoding = "gb18030"
    rows_stand_alone = False


def test_it_is_known_by_its_columns_and_nobody_else_claims_it() -> None:
    first, *others = importers.sniff(SAMPLE)
    assert first.format == "1688.orders"
    assert [guess for guess in others if guess.confidence >= 0.5] == []


def test_every_column_is_read_or_knowingly_left_alone() -> None:
    assert len(COLUMNS) == 49
    known = ORDERS.columns | ORDERS.ignored
    assert [name for name in (*COLUMNS, "物流公司运单号") if texts.normalised(name) not in known] == []
    assert ORDERS.columns & ORDERS.ignored == frozenset()


@pytest.mark.parametrize(
    ("word", "paid_at", "expected"),
    [
        ("等待买家付款", "", ("pending_payment", "0.00", "0.00", False)),
        ("等待卖家发货", "x", ("paid", "1200.00", "0.00", True)),
        ("等待买家确认收货", "x", ("shipped", "1200.00", "0.00", True)),
        ("卖家已发货", "x", ("shipped", "1200.00", "0.00", True)),
        ("卖家已发货", "", ("shipped", "0.00", "0.00", False)),
        ("已收货", "x", ("received", "1200.00", "0.00", True)),
        ("交易成功", "x", ("completed", "1200.00", "0.00", True)),
        ("交易关闭", "x", ("refunded", "1200.00", "1200.00", False)),
        ("交易关闭", "", ("cancelled", "0.00", "0.00", False)),
    ],
)
def test_money_and_state(word: str, paid_at: str, expected: tuple[str, str, str, bool]) -> None:
    first = FIRST | APRON | {"订单状态": word, "订单付款时间": FIRST["订单付款时间"] if paid_at else ""}
    report = importers.read(table(first, SOAP), name="o.csv")
    assert report.problems == ()
    (order,) = report.orders
    assert told(order) == expected
    assert (str(order.total), str(order.shipping), str(order.discount)) == ("1200.00 CNY", "8.00 CNY", "98.00 CNY")


def test_rows_below_the_first_are_lines_of_the_order_above_and_share_what_the_goods_cost() -> None:
    order = only(table())
    assert [(n.sku, n.quantity, str(n.unit_price.amount), str(n.total.amount)) for n in order.lines] == [
        ("APR-01-S", 20, "44.50", "822.39"),
        ("SOAP", 100, "4.00", "369.61"),
    ]
    second = FIRST | APRON | {"订单编号": "3026110100000000118"}
    report = importers.read(table(FIRST | APRON, SOAP, second, SOAP, SOAP), name="o.csv")
    assert [len(order.lines) for order in report.orders] == [2, 3]


def test_a_file_that_somebody_filled_down_gives_the_same_order() -> None:
    assert only(table(FIRST | APRON, FIRST | SOAP)).lines == only(table()).lines


def test_rows_below_a_damaged_number_are_not_given_to_the_order_before() -> None:
    broken = FIRST | APRON | {"订单编号": "3.03E+18"}
    report = importers.read(table(FIRST | APRON, broken, SOAP), name="o.csv")
    assert [(o.number, len(o.lines)) for o in report.orders] == [(FIRST["订单编号"], 1)]
    assert [p.code for p in report.errors] == ["damaged_identifier", "missing_number"]


def test_a_price_put_up_is_part_of_the_goods() -> None:
    change = {"货品总价(元)": "890.00", "涨价或折扣(元)": "10.00", "实付款(元)": "908.00"}
    report = importers.read(table(FIRST | APRON | change), name="o.csv")
    assert report.problems == ()
    assert (str(report.orders[0].lines[0].total), report.orders[0].discount) == ("900.00 CNY", None)


def test_parts_that_do_not_give_the_total_are_told() -> None:
    report = importers.read(table(FIRST | APRON | {"实付款(元)": "1150.00"}, SOAP), name="o.csv")
    assert [(p.code, p.severity) for p in report.problems] == [("does_not_add_up", "warning")]
    assert str(report.orders[0].paid) == "1150.00 CNY"


def test_measures_that_are_no_pieces_are_one_piece_that_says_how_much() -> None:
    cloth = {"货品标题": "亚麻布", "单价(元)": "36.00", "数量": "2.5", "单位": "米", "货号": "LIN", "型号": "本白"}
    money = {"货品总价(元)": "90.00", "涨价或折扣(元)": "0.00", "实付款(元)": "98.00"}
    (line,) = only(table(FIRST | cloth | money)).lines
    assert (line.quantity, line.variant, str(line.unit_price.amount), str(line.total.amount)) == (
        1,
        "本白 2.5米",
        "90.00",
        "90.00",
    )
    (whole,) = only(table(FIRST | cloth | money | {"数量": "3.0", "单价(元)": "30.005"})).lines
    assert (whole.quantity, whole.variant, str(whole.total.amount)) == (3, "本白", "90.00")
    report = importers.read(table(FIRST | cloth | money | {"数量": "0"}), name="o.csv")
    assert (report.orders, [p.code for p in report.errors]) == ((), ["bad_whole"])


def test_completed_without_a_payment_time_counts_as_not_paid_and_says_so() -> None:
    report = importers.read(table(FIRST | APRON | {"订单付款时间": ""}, SOAP), name="o.csv")
    assert told(report.orders[0]) == ("completed", "0.00", "0.00", False)
    assert [(p.code, p.column) for p in report.problems] == [("no_payment_time", "订单付款时间")]


def test_columns_that_are_missing_are_named() -> None:
    for column in ("运费(元)", "订单状态", "订单付款时间", "卖家会员名", "单价(元)", "数量"):
        report = importers.read(table(columns=[name for name in COLUMNS if name != column]), name="o.csv")
        assert [p.code for p in report.problems if column in p.reason] == ["missing_column"], column
    assert told(only(table(columns=[n for n in COLUMNS if n != "订单付款时间"])))[:2] == ("completed", "1200.00")


def test_an_unknown_word_comes_through_with_a_warning() -> None:
    report = importers.read(table(FIRST | APRON | {"订单状态": "飞行中"}, SOAP), name="o.csv")
    assert [(p.code, p.column) for p in report.problems] == [("unknown_status", "订单状态")]
    assert told(report.orders[0])[:2] == ("paid", "1200.00")


def test_the_buyer_is_the_member_name_on_the_whole_platform_and_the_shop_is_who_sold() -> None:
    order = only(table())
    assert [str(i) for i in order.buyer.identifiers] == ["account:1688:测试批发甲"]
    assert (order.buyer.name, order.platform, order.shop) == ("虚构百货商行", "1688", "示例布衣厂01")
    assert only(table(FIRST | APRON | {"买家会员名": ""}, SOAP)).buyer.identifiers == ()
    masked = only(table(FIRST | APRON | {"买家会员名": "测**"}, SOAP)).buyer
    assert (masked.strongest, [i.form for i in masked.identifiers]) == (None, ["masked"])
    landline = only(table(FIRST | APRON | {"联系手机": "", "联系电话": "0000-1234567"}, SOAP))
    assert landline.recipient is not None
    assert (landline.recipient.phone, len(landline.buyer.identifiers)) == ("0000-1234567", 1)


def test_a_workbook_whose_cells_are_empty_below_the_first_row() -> None:
    book, out = Workbook(), io.BytesIO()
    for row in csv.reader(io.StringIO(table().decode(), newline="")):
        book.active.append([cell or None for cell in row])
    book.save(out)
    order = only(out.getvalue())
    assert (told(order), len(order.lines)) == (("completed", "1200.00", "0.00", True), 2)


def test_times_that_a_spreadsheet_has_saved_again() -> None:
    order = only(table(FIRST | APRON | {"订单付款时间": "2026/11/1 9:13"}, SOAP))
    assert order.paid_at is not None
    assert order.paid_at.isoformat() == "2026-11-01T09:13:00+08:00"


def test_an_order_that_stands_twice_has_its_lines_once() -> None:
    (order,) = importers.read(table(FIRST | APRON, SOAP, FIRST | APRON, SOAP), name="o.csv").orders
    assert [line.quantity for line in order.lines] == [20, 100]
    twice = importers.read(io.BytesIO(table()), io.BytesIO(table()))
    assert [len(order.lines) for order in twice.orders] == [2]
