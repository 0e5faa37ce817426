"""Taobao's order report since 2024, whose columns the seller chooses; no column of any layout is overlooked."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path

import pytest
from importers.layouts import D1, D2, D3, ITEM_LAYOUTS, ORDER_LAYOUTS, Y2019, Y2022, Y2024, item_rows, order_row, plain
from openpyxl import Workbook

from crmkit import importers
from crmkit.importers import texts
from crmkit.importers.platforms.taobao import ITEMS, ORDERS
from crmkit.importers.platforms.taobao_columns import unread_buyers
from crmkit.orders import Order
from crmkit.testing import ImporterContract

SAMPLES = Path(__file__).parents[1] / "samples" / "taobao"
SAMPLE = SAMPLES / "ExportOrderList202611302200.csv"


def _names(text: str) -> list[str]:
    return text.split(" ")


DEFAULT = [name for name in Y2024 if name != "退款金额"]
SELECTABLE = _names(
    "退款金额 订单关闭原因 发货时间 是否主动赔付 主动赔付金额 主动赔付出账时间 C2B小额收款 含应开票给个人红包 "
    "收货地址 商家编码"
)
EVERYTHING = [*DEFAULT, *SELECTABLE]
SELECTIONS = {
    "default": DEFAULT,
    "everything": EVERYTHING,
    "accounts": _names(
        "订单编号 支付单号 支付详情 买家实付金额 订单状态 订单付款时间 店铺名称 发货时间 确认收货打款金额"
    ),
    "no state": _names(
        "订单编号 支付单号 买家应付货款 买家应付邮费 总金额 买家实付金额 订单付款时间 商品标题 退款金额"
    ),
    "least": _names("订单编号 订单创建时间 买家实付金额 确认收货打款金额"),
    "no title": _names("订单编号 买家应付货款 买家应付邮费 总金额 订单状态 订单付款时间 买家实付金额 退款金额"),
}


def row(**more: str) -> dict[str, str]:
    """An order of 2024: plain text, no buyer."""
    bare = {"订单编号": "4026110100000000117", "收货地址": "收件人02，86-13800000012，虚构省 示例市 测试区 样板路2号，"}
    return {**order_row(), **bare, **more}


def only(columns: list[str], **more: str) -> Order:
    (order,) = importers.read(plain(columns, [row(**more)]), name="o.csv").orders
    return order


def told(order: Order) -> tuple[str, str, str, bool]:
    return order.status.value, str(order.paid.amount), str(order.refunded.amount), order.refund_unknown


class TestTaobaoSince2024(ImporterContract):
    samples = (SAMPLE,)
    golden = SAMPLES / "taobao_2024.golden.json"
    encoding = "utf-8-sig"


class TestTaobaoPairSince2024(ImporterContract):
    samples = (SAMPLE, SAMPLES / "ExportOrderDetailList202611302200.csv")
    golden = SAMPLES / "taobao_2024_pair.golden.json"
    encoding = "utf-8-sig"


@pytest.mark.parametrize("layout", [*ORDER_LAYOUTS.values(), EVERYTHING], ids=[*map(str, ORDER_LAYOUTS), "everything"])
def test_every_column_of_the_order_report_is_read_or_knowingly_left_alone(layout: list[str]) -> None:
    known = ORDERS.columns | ORDERS.ignored
    assert [name for name in layout if texts.normalised(name) not in known] == []
    assert ORDERS.columns & ORDERS.ignored == frozenset()


@pytest.mark.parametrize("layout", [D1, [*D1, "创建时间"], D2, [*D2, "物流单号", "物流公司", "发货时间"], D3])
def test_every_column_of_the_item_report_is_read_or_knowingly_left_alone(layout: list[str]) -> None:
    known = ITEMS.columns | ITEMS.ignored
    assert [name for name in layout if texts.normalised(name) not in known] == []
    assert ITEMS.columns & ITEMS.ignored == frozenset()


@pytest.mark.parametrize("columns", SELECTIONS.values(), ids=SELECTIONS)
def test_whatever_the_seller_chose_is_known_and_nobody_else_claims_it(columns: list[str]) -> None:
    data = plain(columns, [row()])
    first, *others = importers.sniff(data, name="o.csv")
    assert first.format == "taobao.orders"
    assert [guess for guess in others if guess.confidence >= 0.5] == []
    (order,) = importers.read(data, name="o.csv").orders
    assert (str(order.paid), str(order.total)) == ("87.00 CNY", "87.00 CNY")
    assert order.status.value == ("completed" if "订单状态" in columns else "paid")


@pytest.mark.parametrize(
    ("columns", "word", "net", "back", "expected"),
    [
        ("everything", "交易成功", "62.00", "25.00", ("completed", "87.00", "25.00", False)),
        ("everything", "交易成功", "87.00", "无退款申请", ("completed", "87.00", "0.00", False)),
        ("everything", "交易关闭", "0.00", "87.00", ("refunded", "87.00", "87.00", False)),
        ("default", "交易成功", "62.00", "", ("completed", "62.00", "0.00", True)),
        ("default", "交易成功", "87.00", "", ("completed", "87.00", "0.00", False)),
        ("default", "交易关闭", "0.00", "", ("refunded", "87.00", "87.00", False)),
        ("no state", "", "0.00", "87.00", ("refunded", "87.00", "87.00", False)),
        ("accounts", "交易成功", "62.00", "", ("completed", "62.00", "0.00", True)),
        ("accounts", "交易关闭", "0.00", "", ("refunded", "0.00", "0.00", True)),
        ("least", "", "62.00", "", ("paid", "62.00", "0.00", True)),
    ],
)
def test_money_of_what_the_seller_chose(
    columns: str, word: str, net: str, back: str, expected: tuple[str, str, str, bool]
) -> None:
    assert told(only(SELECTIONS[columns], 订单状态=word, 买家实付金额=net, 退款金额=back, 确认收货时间="")) == expected


def test_columns_that_the_seller_left_out_are_named() -> None:
    report = importers.read(plain(SELECTIONS["accounts"], [row(), row(订单编号="4026110100000000118")]), name="o.csv")
    money, buyer = report.problems
    assert (money.code, buyer.code) == ("missing_column", "missing_column")
    assert money.reason == "lacks 买家应付邮费, 总金额, 退款金额; what they would tell is unknown"


@pytest.mark.parametrize(
    ("more", "named"),
    [([], ""), (["买家昵称", "旺旺ID"], "买家昵称, 旺旺ID")],
)
def test_a_file_without_a_known_buyer_column_has_guests_and_says_so_once(more: list[str], named: str) -> None:
    rows = [row(买家昵称="阿明", 旺旺ID="ming"), row(订单编号="4026110100000000118")]
    report = importers.read(plain([*EVERYTHING, *more], rows), name="o.csv")
    assert [order.buyer.identifiers for order in report.orders] == [(), ()]
    (problem,) = report.problems
    assert (problem.code, problem.severity) == ("missing_column", "warning")
    assert "so its orders are guests'" in problem.reason
    assert (named in problem.reason) if named else ("left alone" not in problem.reason)


@pytest.mark.parametrize("column", ["买家会员名", "买家会员昵称", "买家支付宝账号"])
def test_a_buyer_column_that_the_seller_chose_is_read(column: str) -> None:
    report = importers.read(plain([*EVERYTHING, column], [row(买家会员昵称="阿明")]), name="o.csv")
    assert report.problems == ()
    assert report.orders[0].buyer.identifiers


def test_lines_with_numbers_and_without_amounts_are_told() -> None:
    head, lines = plain(EVERYTHING, [row()]), plain([n for n in D3 if n != "买家应付货款"], item_rows())
    report = importers.read(io.BytesIO(head), io.BytesIO(lines))
    assert [p.reason.partition(";")[0] for p in report.problems if "买家应付货款" in p.reason] == ["lacks 买家应付货款"]


def test_an_item_report_alone_never_had_buyers_and_does_not_say_so() -> None:
    report = importers.read(plain(D3, item_rows()), name="o.csv")
    assert report.problems == ()


def test_columns_that_look_like_buyers() -> None:
    for layout in (*ORDER_LAYOUTS.values(), *ITEM_LAYOUTS.values()):
        assert unread_buyers(layout) == []
    assert unread_buyers(["买家旺旺", "买家ID", "会员账号", "买家留言"]) == ["买家旺旺", "买家ID", "会员账号"]


def test_remark_and_memo_are_both_kept() -> None:
    (order,) = importers.read(plain(Y2022, [row(订单备注="加急", 商家备忘="老客")]), name="o.csv").orders
    assert order.remark == "加急\n老客"
    assert only(EVERYTHING, 商家备注="加急").remark == "加急"


def test_the_address_and_the_time_of_dispatch_of_2024() -> None:
    order = only(EVERYTHING, 发货时间="2026-11-02 08:00:00", 店铺名称="", 店铺ID="123456")
    assert order.recipient is not None
    assert (order.recipient.name, order.recipient.phone, order.recipient.address.street) == (
        "收件人02",
        "13800000012",
        "样板路2号",
    )
    assert order.shipped_at is not None
    assert (order.shop, order.shipped_at.isoformat()) == ("123456", "2026-11-02T08:00:00+08:00")


def workbook(columns: list[str], rows: list[list[object]]) -> bytes:
    book, out = Workbook(), io.BytesIO()
    for cells in (columns, *rows):
        book.active.append(cells)
    book.save(out)
    return out.getvalue()


def test_the_workbook_gives_the_same_orders_as_the_text() -> None:
    columns, *rows = csv.reader(io.StringIO(SAMPLE.read_text(encoding="utf-8-sig"), newline=""))
    book = importers.read(workbook(columns, [list(cells) for cells in rows]), name="ExportOrderList202611302200.xlsx")
    assert [told(order) for order in book.orders] == [told(order) for order in importers.read(SAMPLE).orders]
    assert {str(order.reported_at) for order in book.orders} == {"2026-11-30 22:00:00+08:00"}


def test_number_and_date_cells_of_a_workbook() -> None:
    cells: dict[str, object] = {**row(), "订单付款时间": datetime(2026, 11, 1, 9, 13, 2), "总金额": 87.0}  # noqa: DTZ001
    cells["买家实付金额"] = 86.99999999999999 + 1e-14
    data = workbook(EVERYTHING, [[cells.get(name, "") for name in EVERYTHING]])
    (order,) = importers.read(data, name="o.xlsx").orders
    assert (str(order.paid), order.paid_at and order.paid_at.isoformat()) == ("87.00 CNY", "2026-11-01T09:13:02+08:00")
    cells["订单编号"] = 4026110100000000117
    report = importers.read(workbook(EVERYTHING, [[cells.get(name, "") for name in EVERYTHING]]), name="o.xlsx")
    assert (report.orders, [problem.code for problem in report.errors]) == ((), ["damaged_identifier"])


def test_a_refund_report_is_no_order_report() -> None:
    columns = [*Y2019, "退款编号"]
    with pytest.raises(importers.UnknownFormatError):
        importers.read(plain(columns, [row()]), name="o.csv")
