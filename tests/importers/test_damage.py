"""Damaged, hostile and oddly ordered input: what is refused, what comes through, and that nothing is lost."""

from __future__ import annotations

import csv
import io
import random
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from importers.layouts import D1, D2, NUMBER, S79, Y2019, item_rows, order_row, plain, table

from crmkit import importers
from crmkit.demo import files
from crmkit.importers import DamagedFileError, read, reading
from crmkit.importers.files import sheets
from crmkit.orders import Order
from crmkit.problems import Problem

SHEET = "order_number,currency,unit_price,quantity,title\n"
SHOPIFY = {
    "Name": "#1",
    "Financial Status": "paid",
    "Fulfillment Status": "fulfilled",
    "Currency": "EUR",
    "Total": "30.00",
    "Shipping": "6.00",
    "Discount Amount": "0.00",
    "Refunded Amount": "0.00",
    "Outstanding Balance": "0.00",
    "Lineitem quantity": "2",
    "Lineitem name": "Mug",
    "Lineitem price": "12.00",
}


def codes(report: importers.ImportReport) -> list[str]:
    return [problem.code for problem in report.problems]


def named(name: str, data: bytes) -> io.BytesIO:
    stream = io.BytesIO(data)
    stream.name = name
    return stream


def shopify(*rows: dict[str, str], without: str = "") -> importers.ImportReport:
    header = [name for name in S79 if name != without]
    return importers.read(plain(header, [SHOPIFY | row for row in rows]), name="s.csv")


def scanned(data: bytes, name: str) -> tuple[list[Order], list[Problem]]:
    found = list(importers.scan(data, name=name))
    orders = [item for item in found if isinstance(item, Order)]
    return orders, [item for item in found if isinstance(item, Problem)]


# signs in text


@pytest.mark.parametrize("sign", ["\u200d", "\u200e", "\u00ad", "\u2028", "👨\u200d👩\u200d👧", "\x0b", "\x0c"])
def test_invisible_signs_near_the_beginning_do_not_hide_a_table(sign: str) -> None:
    report = importers.read((SHEET + f"1,EUR,5,1,a{sign}b\n").encode(), name="o.csv")
    assert [order.lines[0].title for order in report.orders] == [f"a{sign}b"]


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\x7f"])
def test_control_signs_near_the_beginning_are_no_text(sign: str) -> None:
    with pytest.raises(importers.UnknownFormatError):
        importers.read((f"{sign}{SHEET}1,EUR,5,1,a\n").encode(), name="o.csv")


def test_a_very_long_cell_does_not_lose_its_order() -> None:
    before = csv.field_size_limit(131_072)
    try:
        text = '"' + "x\n" * 70_000 + '"'
        report = importers.read((SHEET + f"1,EUR,5,1,{text}\n2,EUR,5,1,b\n").encode(), name="o.csv")
    finally:
        csv.field_size_limit(max(before, csv.field_size_limit()))
    assert ([order.number for order in report.orders], report.problems) == (["1", "2"], ())


# identifiers


@pytest.mark.parametrize("cell", [f'="{NUMBER}', f"={NUMBER}", f'{NUMBER}"', f'"{NUMBER}'])
def test_half_a_formula_around_an_identifier_is_damage(cell: str) -> None:
    report = importers.read(table(Y2019, [order_row(), order_row(订单编号=cell)]), name="o.csv")
    assert [order.number for order in report.orders] == [NUMBER]
    assert codes(report) == ["damaged_identifier"]


@pytest.mark.parametrize("number", ["402611010000001000", "4026110100000000000", "100000000000000000"])
def test_zeros_at_the_end_are_damage_in_plain_cells_only(number: str) -> None:
    wrapped = importers.read(table(Y2019, [order_row(订单编号=f'="{number}"')]), name="o.csv")
    assert [order.number for order in wrapped.orders] == [number]
    bare = importers.read(table(Y2019, [order_row(订单编号=number)]), name="o.csv")
    assert (bare.orders, codes(bare)) == ((), ["damaged_identifier"])


@pytest.mark.parametrize(
    "number", ["4026110100001000", "40261101000010000", "402611010000000100", "4026110100000349000"]
)
def test_zeros_that_no_spreadsheet_made_are_fine(number: str) -> None:
    report = importers.read(table(Y2019, [order_row(订单编号=number)]), name="o.csv")
    assert [order.number for order in report.orders] == [number]


# Shopify


@pytest.mark.parametrize("told", ["", "0.00"])
def test_a_partial_refund_without_an_amount_is_unknown(told: str) -> None:
    (order,) = shopify({"Financial Status": "partially_refunded", "Refunded Amount": told}).orders
    assert (order.refund_unknown, str(order.paid), order.status.value) == (True, "30.00 EUR", "shipped")


def test_refunds_are_unknown_where_their_column_is_missing() -> None:
    report = shopify({}, {"Name": "#2", "Financial Status": "pending"}, without="Refunded Amount")
    assert [order.refund_unknown for order in report.orders] == [True, False]
    assert codes(report) == ["missing_column"]


def test_an_id_that_a_spreadsheet_destroyed_does_not_matter_to_shopify() -> None:
    report = shopify({"Id": "6.12E+12"})
    assert ([order.number for order in report.orders], report.problems) == (["#1"], ())


@pytest.mark.parametrize("without", ["", "Outstanding Balance"])
@pytest.mark.parametrize("refunded", ["0.00", "20.00"])
def test_a_part_paid_that_nobody_names_is_told(without: str, refunded: str) -> None:
    row = {"Financial Status": "partially_paid", "Outstanding Balance": "", "Refunded Amount": refunded}
    report = shopify(row, without=without)
    (order,) = report.orders
    assert [(p.code, p.severity) for p in report.problems] == [("paid_unknown", "warning")]
    assert (order.paid.amount, order.refunded.amount, order.refund_unknown) == (0, 0, refunded != "0.00")


# scan gives what read gives


def test_scan_of_a_zip_with_the_pair_gives_whole_orders() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("ExportOrderList202611302130.csv", table(Y2019, [order_row()]))
        archive.writestr("ExportOrderDetailList202611302130.csv", table(D2, item_rows()))
    orders, problems = scanned(out.getvalue(), "pair.zip")
    report = importers.read(out.getvalue(), name="pair.zip")
    assert (tuple(orders), tuple(problems)) == (report.orders, report.problems)
    assert [len(order.lines) for order in orders] == [2]


def test_scan_of_rows_that_lie_apart_gives_whole_orders() -> None:
    more = dict.fromkeys(S79, "") | {"Name": "#1", "Lineitem quantity": "1", "Lineitem name": "Bag"}
    rows = [more | {"Lineitem price": "0.00"}, SHOPIFY | {"Name": "#2"}, SHOPIFY]
    data = plain(S79, rows)
    orders, problems = scanned(data, "s.csv")
    assert (tuple(orders), problems) == (importers.read(data, name="s.csv").orders, [])
    assert {order.number: len(order.lines) for order in orders} == {"#1": 2, "#2": 1}


# the same order again


@pytest.mark.parametrize(
    "change",
    [
        {"退款金额": "50.00", "买家实际支付金额": "37.00"},
        {"订单状态": "交易关闭"},
        {"买家实际支付金额": "80.00"},
    ],
)
def test_the_order_of_equally_new_files_does_not_decide_the_money(change: dict[str, str]) -> None:
    one, two = table(Y2019, [order_row()]), table(Y2019, [order_row(**change)])
    forth = importers.read(named("a.csv", one), named("b.csv", two)).orders
    back = importers.read(named("b.csv", two), named("a.csv", one)).orders
    assert forth == back
    if "退款金额" in change:
        assert str(forth[0].refunded) == "50.00 CNY"


def test_the_order_of_equally_new_item_files_does_not_decide_the_lines() -> None:
    head, one = table(Y2019, [order_row()]), table(D2, item_rows())
    two = table(D2, [row | {"买家应付货款": "39.50", "订单状态": "交易关闭"} for row in item_rows()])
    forth = importers.read(named("h.csv", head), named("a.csv", one), named("b.csv", two)).orders
    back = importers.read(named("h.csv", head), named("b.csv", two), named("a.csv", one)).orders
    assert forth == back


@pytest.mark.parametrize("turned", [False, True])
def test_item_files_with_and_without_ids_do_not_double_the_lines(turned: bool) -> None:
    files = [("a.csv", table(D1, item_rows(), extra=",")), ("b.csv", table(D2, item_rows()))]
    sources = [named(*file) for file in (reversed(files) if turned else files)]
    (order,) = importers.read(named("h.csv", table(Y2019, [order_row()])), *sources).orders
    assert [(line.id, str(line.total.amount)) for line in order.lines] == [
        (f"{NUMBER[:-1]}1", "41.65"),
        (f"{NUMBER[:-1]}2", "37.35"),
    ]


def test_the_newer_of_item_files_with_and_without_ids_counts_whole() -> None:
    old = named("ExportOrderDetailList202611302130.csv", table(D2, item_rows()))
    new = named("ExportOrderDetailList202612012130.csv", table(D1, item_rows(), extra=","))
    (order,) = importers.read(named("h.csv", table(Y2019, [order_row()])), old, new).orders
    assert [line.id for line in order.lines] == [None, None]


# files that would fill the memory


def far(cell: str, row: int) -> bytes:
    out = io.BytesIO()
    sheets.write_sheet(out, [SHEET.strip().split(","), ["1", "EUR", "5", "1", "a"]])
    made = io.BytesIO()
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            more = f'<row r="{row}"><c r="{cell}" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'.encode()
            new.writestr(name, old.read(name).replace(b"</sheetData>", more))
    return made.getvalue()


@pytest.mark.parametrize(("cell", "row"), [("XFD1048576", 1048576), ("AZ1048576", 1048576), ("A1", 99_000_000)])
def test_a_cell_absurdly_far_out_is_refused(cell: str, row: int) -> None:
    with pytest.raises(DamagedFileError, match="more than a sheet of orders has"):
        importers.read(far(cell, row), name="far.xlsx")


def test_a_cell_a_little_far_out_is_fine() -> None:
    assert len(importers.read(far("Z900", 900), name="o.xlsx").errors) == 1


def test_wide_cells_of_a_page_are_held_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crmkit.importers.files.markup._MOST_CELLS", 20_000)
    head = "<table><tr>" + "".join(f"<td>{name}</td>" for name in SHEET.strip().split(",")) + "</tr>"
    row = "<tr><td>1</td><td>EUR</td><td>5</td><td>1</td><td colspan=16384>a</td></tr>"
    assert [order.number for order in importers.read((head + row).encode(), name="o.xls").orders] == ["1"]
    with pytest.raises(DamagedFileError, match="20,000 cells"):
        importers.read((head + row * 30).encode(), name="o.xls")


@pytest.mark.parametrize("piece", ["<td ", "<!-- ", "<? ", "<![CDATA[ "])
def test_tags_that_do_not_close_are_refused_at_once(piece: str) -> None:
    with pytest.raises(DamagedFileError, match="do not close"):
        importers.read(("<table>" + piece * 200_000).encode(), name="o.xls")


# the count of rows


def test_a_row_that_is_lost_shows_in_the_count(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = reading.keyed_rows

    def losing(*args: Any) -> Iterator[Any]:
        rows = whole(*args)
        next(rows)
        yield from rows

    data = (SHEET + "1,EUR,5,1,a\n2,EUR,5,1,b\n").encode()
    assert importers.read(data, name="o.csv").rows == importers.Rows(read=2, taken=2, refused=0, skipped=0)
    monkeypatch.setattr(reading, "keyed_rows", losing)
    rows = importers.read(data, name="o.csv").rows
    assert rows.read != rows.taken + rows.refused + rows.skipped


def test_a_file_cut_at_any_byte_gives_its_whole_orders_and_says_so() -> None:
    orders = files()[0]
    whole, name = orders.read_bytes(), orders.name
    expected = {order.number: order for order in read(whole, name=name).orders}
    for end in random.Random(20261124).sample(range(3000, len(whole)), 60):
        report = read(whole[:end], name=name)
        assert all(order == expected[order.number] for order in report.orders), end
        assert report.looks_cut or whole[end - 1 : end] == b"\n", end


def test_the_place_of_bad_bytes_is_that_of_the_encoding_that_comes_furthest() -> None:
    orders = files()[0]
    whole, middle = orders.read_bytes(), 40_000
    with pytest.raises(DamagedFileError, match="gb18030 comes so far") as refused:
        read(whole[:middle] + b"\xff\xff" + whole[middle:], name=orders.name)
    assert abs((refused.value.offset or 0) - middle) <= 4
