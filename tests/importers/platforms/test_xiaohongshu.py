"""Xiaohongshu's order query: rows that add up, states, refunds nobody tells, buyers, identity cards, its workbook."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from crmkit import importers
from crmkit.importers import texts
from crmkit.importers.platforms.xiaohongshu import ORDERS
from crmkit.orders import Order
from crmkit.testing import ImporterContract

SAMPLES = Path(__file__).parents[1] / "samples" / "xiaohongshu"
SAMPLE = SAMPLES / "xiaohongshu_orders.csv"
COLUMNS = (
    "订单号 订单状态 售后状态 订单类型 订单标记 收件人姓名 收件人电话 收件人地址 省 市 区 区域编码 小红书编码 条形码 "
    "规格ID 达人ID 达人名称 SKU名称 SKU规格 SKU件数 是否为赠品 发票/Invoice 商品总价(元) 用户应付金额(元) "
    "平台优惠(元) 店铺优惠(元) 支付渠道优惠(元) SKU商家改价(元) 商家应收金额(元)（支付金额） 支付方式 支付渠道订单号 "
    "支付期数 利息费用 手续费承担方 支付时间 sku净重(kg) 包裹总净重(kg) 包裹总运费(元) 快递公司 快递单号 发货链接 "
    "大头笔/Paint_Marker 集包地/Express_Extend_1 三段码/Express_Extend_2 订购人身份证姓名/ID_Name "
    "订购人身份证号/ID_Number 收件人身份证姓名 收件人身份证号 订单创建时间 预售订单开始发货时间 预售订单截止发货时间 "
    "承诺发货时间 订单发货时间 订单完成时间 发货仓库 确认收货类型 是否延迟收货 用户备注 包裹备注标记 包裹备注信息 "
    "异常原因 店铺名称 用户编号 运费模版名称 物流方案名称 第三方机构订单号 国补模式 供应商id 供应商名称 商家编码 "
    "商品ID 商品名称"
).replace(" ", "|").replace("_", " ").split("|")  # fmt: skip
BASE = {
    "订单号": "P702611010000000117",
    "订单状态": "已完成",
    "售后状态": "无售后",
    "小红书编码": "XHS-000117",
    "规格ID": "6600000000000000000000a1",
    "SKU名称": "亚麻围裙 沙色",
    "SKU件数": "1",
    "是否为赠品": "否",
    "商品总价(元)": "89.00",
    "用户应付金额(元)": "79.00",
    "平台优惠(元)": "4.00",
    "店铺优惠(元)": "6.00",
    "支付渠道优惠(元)": "0.00",
    "支付时间": "2026-11-01 09:13:02",
    "订单创建时间": "2026-11-01 09:12:33",
    "店铺名称": "示例布衣小店",
    "用户编号": "65aa00000000000000000001",
    "商家编码": "APR-01-S",
}


def table(*rows: dict[str, str], columns: list[str] = COLUMNS) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([(BASE | row).get(name, "") for name in columns] for row in rows or ({},))
    return out.getvalue().encode()


def only(*rows: dict[str, str], columns: list[str] = COLUMNS) -> Order:
    (order,) = importers.read(table(*rows, columns=columns), name="o.csv").orders
    return order


def told(order: Order) -> tuple[str, str, str, bool]:
    return order.status.value, str(order.paid.amount), str(order.refunded.amount), order.refund_unknown


class TestXiaohongshu(ImporterContract):
    samples = (SAMPLE,)
    golden = SAMPLES / "xiaohongshu.golden.json"
    encoding = "utf-8-sig"


def test_it_is_known_by_its_columns_and_nobody_else_claims_it() -> None:
    first, *others = importers.sniff(SAMPLE)
    assert first.format == "xiaohongshu.orders"
    assert [guess for guess in others if guess.confidence >= 0.5] == []


@pytest.mark.parametrize("change", [{}, {"达人名称": "达人名称(待下线)"}, {"订单号": "包裹号"}])
def test_every_column_is_read_or_knowingly_left_alone(change: dict[str, str]) -> None:
    assert len(COLUMNS) == 72
    known = ORDERS.columns | ORDERS.ignored
    assert [name for name in COLUMNS if texts.normalised(change.get(name, name)) not in known] == []
    assert ORDERS.columns & ORDERS.ignored == frozenset()


@pytest.mark.parametrize(
    ("word", "paid_at", "after_sale", "expected"),
    [
        ("待付款", "", "", ("pending_payment", "0.00", "0.00", False)),
        ("待支付", "", "", ("pending_payment", "0.00", "0.00", False)),
        ("待配货", "x", "无售后", ("paid", "79.00", "0.00", False)),
        ("配货中", "x", "", ("paid", "79.00", "0.00", False)),
        ("待发货", "x", "售后处理中", ("paid", "79.00", "0.00", False)),
        ("部分发货", "x", "售后关闭", ("paid", "79.00", "0.00", False)),
        ("已发货", "x", "售后取消", ("shipped", "79.00", "0.00", False)),
        ("待收货", "x", "", ("shipped", "79.00", "0.00", False)),
        ("已签收", "x", "", ("received", "79.00", "0.00", False)),
        ("已完成", "x", "", ("completed", "79.00", "0.00", False)),
        ("已完成", "x", "售后完成", ("completed", "79.00", "0.00", True)),
        ("已取消", "x", "售后完成", ("refunded", "79.00", "79.00", False)),
        ("已关闭", "x", "售后完成", ("refunded", "79.00", "79.00", False)),
        ("已取消", "x", "无售后", ("refunded", "79.00", "0.00", True)),
        ("已取消", "", "无售后", ("cancelled", "0.00", "0.00", False)),
        ("已关闭", "-", "售后完成", ("cancelled", "0.00", "0.00", False)),
    ],
)
def test_money_and_state(word: str, paid_at: str, after_sale: str, expected: tuple[str, str, str, bool]) -> None:
    row = {"订单状态": word, "售后状态": after_sale, "支付时间": BASE["支付时间"] if paid_at == "x" else paid_at}
    assert told(only(row)) == expected


def test_amounts_of_the_rows_add_up() -> None:
    order = only({}, {"规格ID": "b2", "SKU件数": "2", "商品总价(元)": "1,060.00", "用户应付金额(元)": "1,050.50"})
    assert (str(order.total), str(order.paid)) == ("1129.50 CNY", "1129.50 CNY")
    assert [(line.quantity, str(line.unit_price.amount), str(line.total.amount)) for line in order.lines] == [
        (1, "89.00", "79.00"),
        (2, "530.00", "1050.50"),
    ]
    assert str(order.discount) == "20.00 CNY"


def test_a_cancelled_row_among_others_is_a_part_given_back() -> None:
    order = only({}, {"规格ID": "b2", "用户应付金额(元)": "30.00", "订单状态": "已取消", "售后状态": "售后完成"})
    assert told(order) == ("completed", "109.00", "30.00", False)
    assert [line.status.value if line.status else None for line in order.lines] == ["completed", "refunded"]


def test_the_order_is_as_far_as_its_slowest_row_gifts_apart() -> None:
    gift = {"规格ID": "c3", "订单状态": "待发货", "是否为赠品": "是", "商品总价(元)": "0", "用户应付金额(元)": ""}
    assert told(only({}, {"规格ID": "b2", "订单状态": "已发货"}, gift))[:2] == ("shipped", "158.00")
    assert [str(line.total.amount) for line in only({}, gift).lines] == ["79.00", "0.00"]


def test_sold_without_a_payment_time_counts_as_not_paid_and_says_so() -> None:
    report = importers.read(table({"支付时间": ""}), name="o.csv")
    assert told(report.orders[0]) == ("completed", "0.00", "0.00", False)
    assert [(p.code, p.column) for p in report.problems] == [("no_payment_time", "支付时间")]


def test_columns_that_are_missing() -> None:
    no_time = [name for name in COLUMNS if name != "支付时间"]
    assert told(only(columns=no_time))[:2] == ("completed", "79.00")
    assert told(only({"订单状态": "待付款"}, columns=no_time))[:2] == ("pending_payment", "0.00")
    assert told(only(columns=[name for name in COLUMNS if name != "售后状态"])) == ("completed", "79.00", "0.00", True)
    report = importers.read(table(columns=[n for n in COLUMNS if n != "用户应付金额(元)"]), name="o.csv")
    assert (report.orders, {p.code for p in report.errors}) == ((), {"bad_money"})


def test_unknown_words_come_through_with_a_warning() -> None:
    report = importers.read(table({"订单状态": "飞行中", "订单发货时间": "2026-11-02 08:00:00"}), name="o.csv")
    assert [(p.code, p.severity, p.column) for p in report.problems] == [("unknown_status", "warning", "订单状态")]
    assert told(report.orders[0])[:2] == ("shipped", "79.00")
    assert told(only({"售后状态": "神秘"})) == ("completed", "79.00", "0.00", True)


def test_the_buyer_is_the_user_number_within_the_shop_and_never_the_recipient() -> None:
    order = only({"收件人姓名": "张*", "收件人电话": "138****0011"})
    assert [(i.kind, i.value, i.scope) for i in order.buyer.identifiers] == [
        ("customer_id", "65aa00000000000000000001", "xiaohongshu/示例布衣小店")
    ]
    assert order.recipient is not None
    assert (order.recipient.name, order.recipient.phone) == ("张*", "138****0011")
    for nobody in ("", "-", "0", "65aa****0001"):
        assert only({"用户编号": nobody, "收件人电话": "13800000011"}).buyer.identifiers == ()


@pytest.mark.parametrize("column", ["订单号", "用户编号"])
def test_an_identifier_that_a_spreadsheet_destroyed_leaves_its_order_out(column: str) -> None:
    report = importers.read(table({column: "6.50E+17"}, {"订单号": "P702611010000000118"}), name="o.csv")
    assert [(p.code, p.column) for p in report.errors] == [("damaged_identifier", column)]
    assert [order.number for order in report.orders] == ["P702611010000000118"]


def test_numbers_of_identity_cards_are_not_kept() -> None:
    secret = {name: f"证件{at}" for at, name in enumerate(COLUMNS) if "身份证" in name}
    assert len(secret) == 4
    order = only(secret, {"规格ID": "b2", **secret})
    assert not {value for value in order.raw.values() if value.startswith("证件")}
    assert order.raw["用户编号 [2]"] == BASE["用户编号"]


def test_times_that_a_spreadsheet_has_saved_again() -> None:
    order = only({"支付时间": "2026/11/1 9:13", "订单创建时间": "2026/11/01 09:12:33"})
    assert order.paid_at is not None
    assert order.placed_at is not None
    assert (order.paid_at.isoformat(), order.placed_at.isoformat()) == (
        "2026-11-01T09:13:00+08:00",
        "2026-11-01T09:12:33+08:00",
    )


def workbook(rows: list[list[str]]) -> bytes:
    """The workbook as the seller centre writes it: text cells, and a dimension of one cell."""
    book = Workbook()
    book.active.title = "包裹详情"
    for row in rows:
        book.active.append(row)
    out, whole = io.BytesIO(), io.BytesIO()
    book.save(whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name.startswith("xl/worksheets/"):
                data, times = re.subn(rb'<dimension ref="[^"]+"', b'<dimension ref="A1"', data)
                assert times == 1
            target.writestr(name, data)
    return out.getvalue()


def test_the_workbook_with_a_wrong_dimension_gives_the_same_orders() -> None:
    text = SAMPLE.read_text(encoding="utf-8-sig")
    book = workbook(list(csv.reader(io.StringIO(text, newline=""))))
    name = "小红书订单查询2026-11-30-21_30_0a1b.xlsx"
    report = importers.read(book, name=name)
    assert set(report.formats.values()) == {"xiaohongshu.orders"}
    plain = importers.read(SAMPLE)
    assert [str(o.total) for o in report.orders] == [str(o.total) for o in plain.orders]
    assert [o.lines for o in report.orders] == [o.lines for o in plain.orders]
    assert {o.reported_at.isoformat() for o in report.orders if o.reported_at} == {"2026-11-30T21:30:00+08:00"}


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_exports_the_newer_one_counts_by_its_name(turned: bool) -> None:
    soap = {"规格ID": "b2", "SKU名称": "手工皂", "用户应付金额(元)": "30.00"}
    old, new = io.BytesIO(table({}, soap)), io.BytesIO(table({}, soap | {"订单状态": "已取消", "售后状态": "售后完成"}))
    old.name, new.name = "小红书订单查询2026-11-20-09_00_a.csv", "小红书订单查询2026-11-30-09_00_b.csv"
    report = importers.read(*([new, old] if turned else [old, new]))
    assert report.problems == ()
    (order,) = report.orders
    assert (told(order), len(order.lines)) == (("completed", "109.00", "30.00", False), 2)
