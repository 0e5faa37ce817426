"""The same order again, sources of every kind, and reading piece by piece."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

import openpyxl
from importers.layouts import D1, D3, NUMBER, S79, Y2012, Y2019, item_rows, order_row, plain, table

from crmkit import importers
from crmkit.orders import Order
from crmkit.problems import Problem

SAMPLES = Path(__file__).parent / "samples"
HEAD = table(Y2019, [order_row()])
LINES = table(D1, item_rows(), extra=",")
SHEET = "order_number,currency,unit_price,quantity,title\n"


def codes(report: importers.ImportReport) -> list[str]:
    return [problem.code for problem in report.problems]


def book(*sheets: list[list[object]]) -> bytes:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for number, rows in enumerate(sheets):
        sheet = made.create_sheet(f"s{number}")
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), data)
    return out.getvalue()


XLSX = book([["order_number", "currency", "unit_price", "quantity"], ["A-1", "CNY", 99.90000000000001, 2]])


# the same order again


def test_the_same_pair_twice_doubles_nothing() -> None:
    once = importers.read(*named(HEAD, LINES))
    twice = importers.read(*named(HEAD, LINES, HEAD, LINES))
    assert twice.orders == once.orders
    assert twice.problems == ()


def test_contradicting_reports_are_told_and_the_newest_counts() -> None:
    later = order_row(订单状态="交易关闭", 退款金额="87.00", 买家实际支付金额="0.00")
    report = importers.read(*named(HEAD, table(Y2019, [later])))
    assert [(p.code, p.severity) for p in report.problems] == [("contradiction", "warning")]
    assert report.orders[0].status.value == "refunded"


def test_a_newer_report_is_no_contradiction() -> None:
    old, new = io.BytesIO(table(Y2019, [order_row(订单状态="卖家已发货，等待买家确认")])), io.BytesIO(HEAD)
    old.name, new.name = "ExportOrderList202611022130.csv", "ExportOrderList202611302130.csv"
    for sources in ((old, new), (new, old)):
        for source in sources:
            source.seek(0)
        report = importers.read(*sources)
        assert (report.problems, report.orders[0].status.value) == ((), "completed")
    assert report.orders[0].reported_at == datetime(2026, 11, 30, 21, 30, tzinfo=timezone(timedelta(hours=8)))


def test_lines_of_an_order_split_over_two_files_come_together() -> None:
    first, second = ([row] for row in item_rows())
    report = importers.read(*named(HEAD, table(D1, first, extra=","), table(D1, second, extra=",")))
    assert [line.sku for line in report.orders[0].lines] == ["APR-01", "CUP-S"]


def test_two_shops_mixed_stay_apart() -> None:
    other = order_row(订单编号='="4026110100000000217"', 店铺名称="另一家店")
    items = item_rows() + item_rows("4026110100000000217")
    report = importers.read(*named(HEAD, table(Y2019, [other]), table(D3, items)))
    assert [(order.shop, len(order.lines)) for order in report.orders] == [("示例布衣小店", 2), ("另一家店", 2)]
    own = importers.read(*named(HEAD, table(Y2019, [other])), shop="mine")
    assert {order.shop for order in own.orders} == {"mine"}


def test_a_whole_order_twice_in_one_file_is_one() -> None:
    told = "Name=#1,Financial Status=paid,Currency=EUR,Total=24.00,Shipping=0,Lineitem name=Mug,Lineitem quantity=2"
    row = dict(cell.split("=") for cell in f"{told},Lineitem price=12.00,Fulfillment Status=unfulfilled".split(","))
    report = importers.read(plain(S79, [row] * 2), name="s.csv")
    assert [(str(o.total), len(o.lines)) for o in report.orders] == [("24.00 EUR", 1)]


# sources, scan, sniff


def named(*files: bytes) -> list[io.BytesIO]:
    found = []
    for number, data in enumerate(files):
        stream = io.BytesIO(data)
        stream.name = f"file{number}.csv"
        found.append(stream)
    return found


def test_sources_of_every_kind(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(HEAD)
    text = HEAD.decode("gb18030")
    with path.open("rb") as binary:
        reports = [
            importers.read(path),
            importers.read(str(path)),
            importers.read(HEAD, name="orders.csv"),
            importers.read(bytearray(HEAD), name="orders.csv"),
            importers.read(binary),
            importers.read(io.StringIO(text), name="orders.csv"),
        ]
        assert not binary.closed
    assert len({report.orders for report in map(lambda r: r, reports)}) == 1  # noqa: C417  # orders are compared


def test_scan_gives_orders_and_problems_as_they_come() -> None:
    data = (SHEET + "1,EUR,5,1,a\n2,EUR,x,1,b\n3,EUR,5,1,c\n").encode()
    found = list(importers.scan(data, name="o.csv"))
    assert [type(item) for item in found] == [Order, Problem, Order]


def test_scan_closes_its_file_when_left(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    path.write_text(SHEET + "".join(f"{n},EUR,5,1,a\n" for n in range(5000)))
    stream = importers.scan(path)
    assert isinstance(next(stream), Order)
    stream.close()
    path.unlink()


def test_sniff_names_the_likeliest_first() -> None:
    first, *_ = importers.sniff(HEAD)
    assert first.format == "taobao.orders"
    assert first.confidence > 0.6
    near = importers.sniff("订单编号,买家应付货款\n".encode())[0]
    assert (near.format, near.missing) in {("taobao.orders", ("宝贝标题",)), ("taobao.orders", ("商品标题",))}
    stream = io.BytesIO(HEAD)
    importers.sniff(stream)
    assert stream.tell() == 0


def test_raw_keeps_the_cells_unless_told_not_to() -> None:
    (order,) = importers.read(*named(HEAD, LINES)).orders
    assert order.raw["买家会员名"] == "测试甲"
    assert order.raw["标题 [3]"] == "陶瓷杯 小号, 带盖"
    assert dict(order.raw)["订单编号"] == f'="{NUMBER}"'
    assert not importers.read(HEAD, name="o.csv", keep_raw=False).orders[0].raw


def test_a_report_shows_itself_in_notebooks() -> None:
    page = importers.read((SHEET + "1,EUR,<b>,1,a\n").encode(), name="o.csv")._repr_html_()
    assert "&lt;b&gt;" in page
    assert "<b>,1" not in page


def test_old_layouts_import_alone_without_a_crash() -> None:
    report = importers.read(table(Y2012, [order_row()]), name="o.csv")
    assert [p.code for p in report.problems] == ["missing_column"]
