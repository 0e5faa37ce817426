"""Douyin: the rules of its order export in both grains, and the contract that every format keeps."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pytest

from crmkit.importers import ImportReport, read, sniff
from crmkit.importers.platforms import douyin
from crmkit.importers.texts import normalised
from crmkit.orders import Order, OrderStatus
from crmkit.testing import ImporterContract

SAMPLES = Path(__file__).parents[1] / "samples" / "douyin"
BY_SUB_ORDER = SAMPLES / "1790000000_5d0c2a.csv"
BY_ORDER = SAMPLES / "1790000600_7be1f0.csv"


def names(text: str) -> list[str]:
    return text.split()


HEADER = names(
    "主订单编号 子订单编号 选购商品 商品规格 商品数量 商品ID 商家编码 商品单价 订单应付金额 运费 优惠总金额 平台优惠 "
    "商家优惠 达人优惠 商家改价 支付优惠 红包抵扣 支付方式 手续费 收件人 收件人手机号 省 市 区 街道 详细地址 "
    "是否修改过地址 地址修改时段 买家留言 订单提交时间 旗帜颜色 商家备注 订单完成时间 支付完成时间 APP渠道 流量来源 "
    "订单状态 承诺发货时间 订单类型 鲁班落地页ID 达人ID 达人昵称 所属门店ID 售后状态 取消原因 预约发货时间 仓库ID "
    "仓库名称 序列号 是否安心购 广告渠道 流量类型 流量体裁 流量渠道 发货主体 发货主体明细 发货时间 降价类优惠 "
    "平台实际承担优惠金额 商家实际承担优惠金额 达人实际承担优惠金额 预计送达时间 是否平台仓自流转 车型 商品69码 "
    "发货SN码 发货IMEI码1 发货IMEI码2 预约送达时间 建议发货时间（起） 建议发货时间（止） 物流SN码 物流IMEI码1 "
    "物流IMEI码2"
)
OLDER = ["商品金额" if name == "商品单价" else name for name in HEADER]
FEW = names("主订单编号 子订单编号 选购商品 商品数量 订单应付金额 运费 订单状态 售后状态 订单提交时间 支付完成时间")
ROW = {
    "主订单编号": "6918000000000090901",
    "子订单编号": "6918000000000090901",
    "选购商品": "拾光铺 落地纸灯",
    "商品规格": "原木色,大号",
    "商品数量": "2",
    "商品ID": "3700000000000000011",
    "商家编码": "LAMP-L",
    "商品单价": "160.00",
    "商品金额": "160.00",
    "订单应付金额": "318.00",
    "运费": "8.00",
    "优惠总金额": "10.00",
    "订单提交时间": "2026-09-01 09:59:00",
    "支付完成时间": "2026-09-01 10:00:00",
    "订单状态": "已完成",
    "售后状态": "-",
}
UNPAID = {"支付完成时间": "-"}


def data(*rows: dict[str, str], header: list[str] = HEADER) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    cells = [[(ROW | row).get(name, "-") for name in header] for row in rows]
    writer.writerows([header, *([cell if cell == "-" else f"\t{cell}" for cell in row] for row in cells)])
    return text.getvalue().encode()


def report(*rows: dict[str, str], header: list[str] = HEADER) -> ImportReport:
    return read(data(*rows, header=header), name="1790000000_a.csv")


def order(*changes: dict[str, str], header: list[str] = HEADER) -> Order:
    (found,) = report(dict(pair for change in changes for pair in change.items()), header=header).orders
    return found


def money(found: Order) -> list[str]:
    return [str(found.total.amount), str(found.paid.amount), str(found.refunded.amount)]


def second(**cells: str) -> dict[str, str]:
    own = {"子订单编号": "6918000000000090902", "商品单价": "25.90", "订单应付金额": "51.80", "运费": "0.00"}
    return own | {"优惠总金额": "0.00"} | cells


def gift(**cells: str) -> dict[str, str]:
    free = {"子订单编号": "6918000000000090903", "商品单价": "0.00", "订单应付金额": "0.00", "运费": "0.00"}
    return free | {"优惠总金额": "0.00", "商品数量": "1"} | cells


class TestBySubOrder(ImporterContract):
    samples = (BY_SUB_ORDER,)
    golden = SAMPLES / "douyin.golden.json"


class TestByOrder(ImporterContract):
    samples = (BY_ORDER,)
    golden = SAMPLES / "douyin_by_order.golden.json"


@pytest.mark.parametrize("path", [BY_SUB_ORDER, BY_ORDER])
def test_nobody_else_takes_it_for_its_own(path: Path) -> None:
    first, *others = sniff(path)
    assert (first.format, first.confidence > 0.9) == ("douyin.orders", True)
    assert all(guess.confidence < 0.5 for guess in others)


@pytest.mark.parametrize("header", [HEADER, OLDER, FEW])
def test_every_column_is_read_or_left_alone_knowingly(header: list[str]) -> None:
    assert {normalised(name) for name in header} <= douyin.ORDERS.columns | douyin.ORDERS.ignored
    assert not douyin.ORDERS.columns & douyin.ORDERS.ignored
    assert money(order(header=header)) == ["318.00", "318.00", "0.00"]


def test_the_older_name_of_the_price_is_that_of_one_piece() -> None:
    assert str(order(header=OLDER).lines[0].unit_price) == "160.00 CNY"


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("待发货", "paid"),
        ("备货中", "paid"),
        ("部分发货", "paid"),
        ("已发货", "shipped"),
        ("已收货", "received"),
        ("已完成", "completed"),
    ],
)
def test_words_of_paid_orders(word: str, status: str) -> None:
    found = order({"订单状态": word})
    assert (found.status.value, found.lines[0].status) == (status, OrderStatus(status))
    assert (money(found), found.refund_unknown) == (["318.00", "318.00", "0.00"], False)


def test_words_of_orders_that_were_not_paid() -> None:
    waiting = order(UNPAID, {"订单状态": "待支付"})
    assert (waiting.status, money(waiting)) == (OrderStatus.PENDING_PAYMENT, ["318.00", "0.00", "0.00"])
    closed = order(UNPAID, {"订单状态": "已关闭", "取消原因": "超时未支付"})
    assert (closed.status, money(closed)) == (OrderStatus.CANCELLED, ["318.00", "0.00", "0.00"])
    assert (closed.close_reason, closed.lines[0].status) == ("超时未支付", OrderStatus.CANCELLED)


@pytest.mark.parametrize("after_sale", ["退款成功", "已全额退款", "-", "售后关闭"])
def test_what_was_paid_and_closed_was_given_back_whole(after_sale: str) -> None:
    found = order({"订单状态": "已关闭", "售后状态": after_sale})
    assert (found.status, money(found)) == (OrderStatus.REFUNDED, ["318.00", "318.00", "318.00"])
    assert (found.lines[0].status, str(found.lines[0].refunded)) == (OrderStatus.REFUNDED, "310.00 CNY")


@pytest.mark.parametrize(
    ("after_sale", "unknown"),
    [
        ("退款成功", True),
        ("售后待处理", False),
        ("待退货", False),
        ("待收退货", False),
        ("退款中", False),
        ("售后关闭", False),
        ("换货成功", False),
        ("换货待收货", False),
        ("补寄成功", False),
        ("-", False),
    ],
)
def test_after_sale_words_on_an_order_that_goes_on(after_sale: str, unknown: bool) -> None:
    found = order({"售后状态": after_sale})
    assert (found.status, money(found)) == (OrderStatus.COMPLETED, ["318.00", "318.00", "0.00"])
    assert found.refund_unknown is unknown


def test_a_completed_order_that_was_given_back_in_full_is_refunded() -> None:
    found = order({"售后状态": "已全额退款"})
    assert (found.status, money(found)) == (OrderStatus.REFUNDED, ["318.00", "318.00", "318.00"])


def test_unknown_words_are_told_and_the_order_comes_through() -> None:
    found = report({"订单状态": "待揽件", "发货时间": "2026-09-05 15:00:00"})
    assert [(p.code, p.severity) for p in found.problems] == [("unknown_status", "warning")]
    assert found.orders[0].status == OrderStatus.SHIPPED
    after = report({"售后状态": "平台仲裁"})
    assert [p.code for p in after.problems] == ["unknown_status"]
    assert after.orders[0].refund_unknown


def test_amounts_of_sub_orders_add_up_to_the_orders() -> None:
    (found,) = report({}, second(), gift()).orders
    assert money(found) == ["369.80", "369.80", "0.00"]
    assert (str(found.shipping), str(found.discount)) == ("8.00 CNY", "10.00 CNY")
    assert [(line.id, str(line.total)) for line in found.lines] == [
        ("6918000000000090901", "310.00 CNY"),
        ("6918000000000090902", "51.80 CNY"),
        ("6918000000000090903", "0.00 CNY"),
    ]


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("已发货", "待发货", "已发货"), "paid"),
        (("已发货", "已完成", "待发货"), "shipped"),
        (("已完成", "已关闭", "已关闭"), "completed"),
        (("已收货", "已完成", "待支付"), "received"),
        (("已关闭", "已关闭", "已关闭"), "refunded"),
    ],
)
def test_the_least_advanced_line_that_is_neither_closed_nor_a_gift_gives_the_state(
    words: tuple[str, str, str], status: str
) -> None:
    main, other, free = words
    (found,) = report({"订单状态": main}, second(订单状态=other), gift(订单状态=free)).orders
    assert found.status.value == status


def test_closed_lines_of_an_order_that_goes_on_are_a_part_given_back() -> None:
    rows = (
        {"订单状态": "已关闭", "售后状态": "退款成功"},
        second(),
        gift(订单状态="已关闭", 取消原因="主品订单售后完成"),
    )
    (found,) = report(*rows).orders
    assert (found.status, money(found)) == (OrderStatus.COMPLETED, ["369.80", "369.80", "318.00"])
    assert not found.refund_unknown


def test_an_order_whose_only_paid_line_was_given_back_is_refunded_although_its_gift_lives() -> None:
    (found,) = report({"订单状态": "已关闭", "售后状态": "退款成功"}, gift()).orders
    assert (found.status, money(found)) == (OrderStatus.REFUNDED, ["318.00", "318.00", "318.00"])


def test_an_order_of_gifts_alone_has_their_state() -> None:
    assert order(gift(订单状态="已发货")).status == OrderStatus.SHIPPED
    assert order(gift(订单状态="已关闭"), UNPAID).status == OrderStatus.CANCELLED


def test_a_parcel_counts_as_sent_once_all_of_it_is() -> None:
    sent = {"发货时间": "2026-09-05 15:00:00", "订单状态": "已发货"}
    (part,) = report(sent, second(订单状态="待发货")).orders
    assert part.shipped_at is None
    (whole,) = report(sent, second(订单状态="已发货", 发货时间="2026-09-06 15:00:00"), gift()).orders
    assert whole.shipped_at is not None
    assert whole.shipped_at.isoformat() == "2026-09-06T15:00:00+08:00"


def test_words_and_times_that_contradict_each_other_are_told() -> None:
    refunded = report(UNPAID | {"订单状态": "已关闭", "售后状态": "退款成功"})
    assert [p.code for p in refunded.problems] == ["no_payment_time"]
    assert money(refunded.orders[0]) == ["318.00", "318.00", "318.00"]
    completed = report(UNPAID)
    assert [p.code for p in completed.problems] == ["no_payment_time"]
    assert money(completed.orders[0]) == ["318.00", "0.00", "0.00"]


def test_columns_that_are_missing_are_named() -> None:
    found = report({}, header=[n for n in HEADER if n not in ("支付完成时间", "售后状态", "订单应付金额")])
    assert [(p.code, "订单应付金额, 售后状态, 支付完成时间" in p.reason) for p in found.problems] == [
        ("missing_column", True)
    ]
    assert (money(found.orders[0]), found.orders[0].refund_unknown) == (["318.00", "318.00", "0.00"], True)
    silent = report({"订单应付金额": "-", "商品单价": "-"})
    assert [p.code for p in silent.errors] == ["bad_money"]


def test_thousands_have_commas() -> None:
    assert money(order({"订单应付金额": "1,588.00"})) == ["1588.00", "1588.00", "0.00"]


def test_discounts_may_eat_the_postage() -> None:
    found = order({"订单应付金额": "3.00"})
    assert (str(found.shipping), str(found.lines[0].total)) == ("3.00 CNY", "0.00 CNY")


def test_a_sub_order_that_stands_twice_is_one_line() -> None:
    alike = report({}, second(), {}, second())
    assert [len(o.lines) for o in alike.orders] == [2]
    assert not alike.problems
    for rows in ([{"订单状态": "已发货"}, {}], [{}, {"订单状态": "已发货"}]):
        found = report(*rows)
        assert [p.code for p in found.problems] == ["contradiction"]
        assert [(o.status, len(o.lines)) for o in found.orders] == [(OrderStatus.COMPLETED, 1)]


JOINED = {
    "子订单编号": "6918000000000090901;6918000000000090902",
    "选购商品": "拾光铺 落地纸灯;拾光铺 暖光灯泡",
    "商品ID": "3700000000000000011;3700000000000000022",
    "商家编码": "LAMP-L;BULB-2",
    "商品规格": "-",
    "商品单价": "-",
}


def test_a_row_of_several_sub_orders_has_a_line_for_each_if_it_has_a_piece_for_each() -> None:
    found = report(JOINED)
    assert [p.code for p in found.problems] == ["amounts_unknown"]
    (one,) = found.orders
    assert (money(one), str(one.shipping), str(one.discount)) == (["318.00", "318.00", "0.00"], "8.00 CNY", "10.00 CNY")
    assert [(line.id, line.title, line.sku, line.quantity, str(line.total)) for line in one.lines] == [
        ("6918000000000090901", "拾光铺 落地纸灯", "LAMP-L", 1, "155.00 CNY"),
        ("6918000000000090902", "拾光铺 暖光灯泡", "BULB-2", 1, "155.00 CNY"),
    ]


def test_prices_of_the_sub_orders_share_the_amount() -> None:
    found = report(JOINED | {"商品单价": "1,160.00;40.00", "订单应付金额": "1,208.00"})
    assert not found.problems
    assert [(str(line.unit_price), str(line.total)) for line in found.orders[0].lines] == [
        ("1160.00 CNY", "1160.00 CNY"),
        ("40.00 CNY", "40.00 CNY"),
    ]


def test_pieces_that_cannot_be_told_apart_stay_one_line() -> None:
    found = report(JOINED | {"商品数量": "5", "商品单价": "100.00;24.00"})
    assert [(p.code, p.severity) for p in found.problems] == [("bad_whole", "warning")]
    (line,) = found.orders[0].lines
    assert (line.quantity, line.title, str(line.total)) == (5, "拾光铺 落地纸灯;拾光铺 暖光灯泡", "310.00 CNY")


def test_titles_that_cannot_be_split_evenly_stand_on_the_first_line() -> None:
    (found,) = report(JOINED | {"选购商品": "落地纸灯;大号;暖光灯泡"}).orders
    assert [line.title for line in found.lines] == ["落地纸灯;大号;暖光灯泡", ""]


def named(content: bytes, name: str) -> io.BytesIO:
    file = io.BytesIO(content)
    file.name = name
    return file


@pytest.mark.parametrize("joined_is_newer", [False, True])
def test_both_grains_of_one_order_are_one_order(joined_is_newer: bool) -> None:
    apart = data({"订单应付金额": "163.00", "商品数量": "1"}, second(订单应付金额="155.00", 商品数量="1"))
    joined = data(JOINED | {"订单状态": "已关闭", "售后状态": "退款成功"})
    files = [("1790000500_b.csv", apart), ("1790000900_a.csv" if joined_is_newer else "1790000100_a.csv", joined)]
    status = OrderStatus.REFUNDED if joined_is_newer else OrderStatus.COMPLETED
    for told in (files, files[::-1]):
        (found,) = read(*(named(content, name) for name, content in told)).orders
        assert (found.status, len(found.lines), str(found.paid)) == (status, 2, "318.00 CNY")


def test_the_files_name_tells_when_it_was_written() -> None:
    older, newer = ("1790000000_a.csv", data({})), ("1790003600_b.csv", data({"订单状态": "已关闭"}))
    for told in ((older, newer), (newer, older)):
        (found,) = read(*(named(content, name) for name, content in told)).orders
        assert found.status == OrderStatus.REFUNDED
        assert found.reported_at is not None
        assert found.reported_at.isoformat() == "2026-09-21T23:13:20+08:00"


def test_a_zip_around_the_file_is_read_through() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(BY_SUB_ORDER, BY_SUB_ORDER.name)
    found = read(packed.getvalue(), name="orders.zip")
    assert found.orders == read(BY_SUB_ORDER).orders
    assert found.orders[0].reported_at is not None


def test_ciphertext_is_no_contact_and_nobody_is_the_buyer() -> None:
    hidden = order(
        {"收件人": "##c2FtcGxl##", "收件人手机号": "$$MTM4$$", "详细地址": "##YWRk##", "达人昵称": "样板达人"}
    )
    assert (hidden.recipient, hidden.buyer.identifiers, hidden.buyer.name) == (None, (), "")
    masked = order(
        {"收件人": "周*", "收件人手机号": "1*********7", "市": "样板市", "街道": "纸灯街道", "详细地址": "1号"}
    )
    assert masked.recipient is not None
    assert (masked.recipient.name, masked.recipient.phone) == ("周*", "1*********7")
    assert (masked.recipient.address.city, masked.recipient.address.street) == ("样板市", "纸灯街道 1号")
    assert masked.buyer.identifiers == ()


@pytest.mark.parametrize("written", ["2026-09-01 10:00:00", "2026/9/1 10:00", "2026/9/1 10:00:00"])
def test_times_are_those_of_beijing(written: str) -> None:
    paid_at = order({"支付完成时间": written}).paid_at
    assert paid_at is not None
    assert paid_at.isoformat() == "2026-09-01T10:00:00+08:00"


@pytest.mark.parametrize("broken", [{"主订单编号": "6.91E+18"}, {"子订单编号": "6918000000000000000"}])
def test_a_number_that_a_spreadsheet_destroyed_is_refused(broken: dict[str, str]) -> None:
    found = report({"主订单编号": "6918000000000080801"} | broken, {})
    assert [p.code for p in found.errors] == ["damaged_identifier"]
    assert [o.number for o in found.orders] == ["6918000000000090901"]
