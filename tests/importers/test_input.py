"""What comes and what happens: every row of the table of bad input."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from importers.acme import ACME
from importers.layouts import D1, NUMBER, Y2019, item_rows, order_row, plain, table

from crmkit import importers
from crmkit.importers import AmbiguousFormatError, DamagedFileError, ReportError, UnknownFormatError

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


# containers


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_half_a_workbook_or_archive_is_said_to_be_damaged(share: float) -> None:
    for name, data in (("orders.xlsx", XLSX), ("orders.zip", zipped(a_dot_csv=HEAD))):
        with pytest.raises(DamagedFileError) as caught:
            importers.read(data[: int(len(data) * share)], name=name)
        assert caught.value.source == name
        assert name in str(caught.value)


def test_flipped_bytes_in_a_workbook_never_crash() -> None:
    for place in range(0, len(XLSX), 37):
        data = XLSX[:place] + bytes([XLSX[place] ^ 0x55]) + XLSX[place + 1 :]
        try:
            report = importers.read(data, name="o.xlsx")
        except (DamagedFileError, UnknownFormatError):
            continue
        assert all(str(order.total) == "199.80 CNY" for order in report.orders) or report.problems


def test_bytes_of_no_encoding_name_the_offset() -> None:
    data = (SHEET + "1,EUR,5,1,caf").encode() + b"\xe9\xff\xff\n"
    with pytest.raises(DamagedFileError) as caught:
        importers.read(data, name="orders.csv")
    assert caught.value.offset == data.index(b"\xe9")
    assert "utf-8" in caught.value.encodings


def test_a_broken_byte_far_down_is_found() -> None:
    data = HEAD + table(Y2019, [order_row(订单编号=f'="40261101{n:011d}"') for n in range(11, 300)])[len(HEAD) :]
    data = table(Y2019, [order_row(订单编号=f'="40261101{n:010d}7"') for n in range(300)])
    broken = data[:90_000] + b"\x81\x20" + data[90_000:]
    with pytest.raises(DamagedFileError) as caught:
        importers.read(broken, name="orders.csv")
    assert caught.value.offset is not None
    assert abs(caught.value.offset - 90_000) <= 2


def test_a_zip_is_read_through_with_its_names() -> None:
    inner = zipped(d_dot_csv=LINES)
    report = importers.read(zipped(a__b_dot_csv=HEAD, c_dot_zip=inner, readme_dot_txt=b"hello\nworld\n"), name="x.zip")
    assert report.formats == {"x.zip/a/b.csv": "taobao.orders", "x.zip/c.zip/d.csv": "taobao.items"}
    assert [len(order.lines) for order in report.orders] == [2]
    assert report.skipped == {"another table": 1}


def test_bombs_are_refused() -> None:
    with pytest.raises(DamagedFileError, match="bomb"):
        importers.read(zipped(a_dot_csv=b"0" * 5_000_000), name="bomb.zip")
    with pytest.raises(DamagedFileError, match="bomb"):
        importers.read(zipped(a_dot_csv=HEAD), name="small.zip", max_bytes=100)


def test_an_empty_zip_is_an_empty_report() -> None:
    report = importers.read(zipped(), name="empty.zip")
    assert (report.orders, codes(report)) == ((), ["empty_file"])


def test_html_saved_as_xls() -> None:
    rows = "".join(f"<tr><td>{cells}</td></tr>" for cells in ("A-1</td><td>CNY</td><td>9.90</td><td>2",))
    page = (
        "<html><head><meta charset='utf-8'></head><table><tr><th>订单号<th>币种<th>单价<th>数量</tr>"
        + rows
        + "</table>"
    )
    for data in (page.encode(), page.encode("gb18030")):
        report = importers.read(data, name="orders.xls")
        assert [str(order.total) for order in report.orders] == ["19.80 CNY"]


def test_csv_and_tab_text_named_xls() -> None:
    for data in (HEAD, HEAD.decode("gb18030").replace('","', '"\t"').encode("utf-16")):
        assert len(importers.read(data, name="orders.xls").orders) == 1 or b"=" in data


def test_tab_text_in_utf_16() -> None:
    data = plain(
        ["订单号", "币种", "单价", "数量"], [{"订单号": "1", "币种": "CNY", "单价": "2", "数量": "1"}], delimiter="\t"
    )
    assert len(importers.read(data.decode().encode("utf-16"), name="o.txt").orders) == 1


def test_semicolons_and_their_first_line() -> None:
    data = b"sep=;\norder_number;currency;unit_price;quantity\n1;EUR;5;1\n"
    assert len(importers.read(data, name="o.csv").orders) == 1


def test_workbooks_read_every_sheet_and_round_binary_noise() -> None:
    head = ["order_number", "currency", "unit_price", "quantity", "placed_at"]
    naive = datetime(2026, 11, 1, 9)  # noqa: DTZ001  # workbooks hold naive times
    data = book(
        [["notes"], ["nothing"]],
        [head, ["A-1", "CNY", 99.90000000000001, 2, naive]],
        [head, ["A-2", "CNY", 0.1 + 0.2, 1, None]],
    )
    report = importers.read(data, name="o.xlsx")
    assert [str(order.total) for order in report.orders] == ["199.80 CNY", "0.30 CNY"]
    assert report.orders[0].placed_at == datetime(2026, 11, 1, 9, tzinfo=UTC)
    assert set(report.formats) == {"o.xlsx/s1", "o.xlsx/s2"}


def test_formulas_are_values_only() -> None:
    data = book([["order_number", "currency", "unit_price", "quantity"], ["A-1", "CNY", "=1+1", 2]])
    report = importers.read(data, name="o.xlsx")
    assert codes(report) == ["bad_money"] or report.orders == ()


# formats


def test_an_unknown_format_names_the_header_and_what_is_missing() -> None:
    with pytest.raises(UnknownFormatError) as caught:
        importers.read("订单编号,买家应付货款,数量\n1,2,3\n".encode(), name="mystery.csv")
    error = caught.value
    assert error.header == ("订单编号", "买家应付货款", "数量")
    assert dict(error.nearest)["taobao.orders"] == ("商品标题",) or dict(error.nearest)["taobao.orders"] == (
        "宝贝标题",
    )
    assert "taobao.orders" in str(error)


def test_two_formats_that_fit_are_named_and_format_decides() -> None:
    data = (SAMPLES / "acme.csv").read_bytes()
    twin = importers.template(columns={"Order No": "number", "SKU": "sku", "Qty": "quantity", "Price": "price",
                                       "Cur": "currency", "Paid at": "paid_at", "E-mail": "email"}, name="twin",
                              moments="%d/%m/%Y %H:%M")  # fmt: skip
    importers.register(ACME, replace=True)
    importers.register(twin, replace=True)
    try:
        with pytest.raises(AmbiguousFormatError) as caught:
            importers.read(data, name="acme.csv")
        assert caught.value.formats == ("acme", "twin")
        assert importers.read(data, name="acme.csv", format="twin").orders[0].buyer.strongest is not None
    finally:
        from crmkit.importers import registry

        registry._registered.pop("twin")
        registry._registered.pop("acme")


def test_json_is_refused_clearly() -> None:
    for source in ({"pets": []}, [{"colour": 1}], b'{"pets": []}', b'[{"colour": 1}]'):
        with pytest.raises(UnknownFormatError, match="JSON"):
            importers.read(source, name="x")


def test_pictures_are_no_orders() -> None:
    with pytest.raises(UnknownFormatError):
        importers.read(b"\x89PNG\r\n\x1a\n" + bytes(range(100)), name="x.png")


def test_no_source_is_an_error() -> None:
    with pytest.raises(importers.refusals.InputError):
        importers.read()


# rows


def test_a_bad_row_is_a_problem_and_the_others_go_through() -> None:
    data = (SHEET + "1,EUR,1.2.3,1,a\n2,EUR,5,1,b\n3,EUR,5,0,c\n4,EUR,5,x,d\n").encode()
    report = importers.read(data, name="o.csv")
    assert [order.number for order in report.orders] == ["2"]
    found = [(p.code, p.line, p.column, p.value, p.order) for p in report.problems]
    assert found == [
        ("bad_money", 2, "unit_price", "1.2.3", "1"),
        ("bad_whole", 4, "quantity", "0", "3"),
        ("bad_whole", 5, "quantity", "x", "4"),
    ]
    assert str(report) == "1 order · 3 problems"
    with pytest.raises(ReportError, match="3 problems"):
        report.raise_if_problems()


@pytest.mark.parametrize("number", ["4.50E+17", "4026110100000000000", "4.026110100000000117E18"])
def test_destroyed_identifiers_are_refused(number: str) -> None:
    rows = [order_row(), order_row(订单编号=number)]
    report = importers.read(table(Y2019, rows), name="orders.csv")
    assert [order.number for order in report.orders] == [NUMBER]
    assert [(p.code, p.line, p.column) for p in report.problems] == [("damaged_identifier", 3, "订单编号")]


def test_number_cells_that_hold_long_identifiers_are_refused() -> None:
    report = importers.read(
        book([["订单编号", "买家应付货款", "商品标题"], [4026110100000000117, "1", "x"]]), name="o.xlsx"
    )
    assert "damaged_identifier" in codes(report)
    assert report.orders == ()


def test_a_file_cut_in_a_row_gives_the_whole_orders_and_one_problem() -> None:
    rows = [order_row(订单编号=f'="402611010000000{n:03d}7"') for n in range(1, 6)]
    data = table(Y2019, rows)
    report = importers.read(data[: data.index(b"4026110100000000057") + 200], name="o.csv")
    assert len(report.orders) == 4
    assert codes(report) == ["cut_file"]
    assert report.looks_cut
    assert "looks cut" in str(report)


def test_a_file_cut_in_a_cell_of_several_lines_is_one_problem() -> None:
    note = "first\nsecond\nthird\nfourth"
    data = table(Y2019, [order_row(), order_row(订单编号='="4026110100000000217"', 买家留言=note)])
    report = importers.read(data[: data.index(b"third") + 2], name="o.csv")
    assert (len(report.orders), codes(report)) == (1, ["cut_file"])


def test_quotes_that_do_not_close_lose_no_other_row() -> None:
    data = (SHEET + '1,EUR,5,1,"a\n2,EUR,5,1,"b"\n3,EUR,5,1,c\n4,EUR,5,1,"d, e"\n').encode()
    report = importers.read(data, name="o.csv")
    assert [order.number for order in report.orders] == ["2", "3", "4"]
    assert [(p.code, p.line, p.order) for p in report.problems] == [("damaged_row", 2, "1")]


def test_a_short_row_takes_its_order_with_it() -> None:
    data = (SHEET + "1,EUR,5,1,a\n1,EUR,5\n2,EUR,5,1,b\n").encode()
    report = importers.read(data, name="o.csv")
    assert [order.number for order in report.orders] == ["2"]
    assert codes(report) == ["damaged_row"]
    assert report.rows == importers.Rows(read=3, taken=1, refused=2, skipped=0)


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\n\n \n"])
def test_an_empty_file_is_an_empty_report_with_a_warning(data: bytes) -> None:
    report = importers.read(data, name="o.csv")
    assert (report.orders, codes(report), report.errors) == ((), ["empty_file"], ())


def test_a_header_alone_is_an_empty_report_with_a_warning() -> None:
    report = importers.read(SHEET.encode(), name="o.csv")
    assert (report.orders, codes(report), report.formats) == ((), ["no_rows"], {"o.csv": "crmkit"})


def test_what_does_not_add_up_is_told_with_the_difference_and_strict_refuses_it() -> None:
    data = b"order_number,currency,unit_price,quantity,total\n1,EUR,5,2,11\n"
    report = importers.read(data, name="o.csv")
    (problem,) = report.problems
    assert (problem.code, problem.severity, len(report.orders)) == ("does_not_add_up", "warning", 1)
    assert "1 apart" in problem.reason
    strict = importers.read(data, name="o.csv", strict=True)
    assert (strict.orders, strict.errors[0].code) == ((), "does_not_add_up")


def test_an_unknown_word_is_named_and_the_order_comes_through() -> None:
    report = importers.read(table(Y2019, [order_row(订单状态="交易飞走")]), name="o.csv")
    (problem,) = report.problems
    assert (problem.code, problem.severity, problem.value) == ("unknown_status", "warning", "交易飞走")
    assert report.orders[0].status.value == "completed"


def test_blank_rows_are_skipped_and_counted() -> None:
    report = importers.read((SHEET + ",,,,\n1,EUR,5,1,a\n\n").encode(), name="o.csv")
    assert (len(report.orders), report.skipped) == (1, {"blank rows": 1})
    assert report.rows == importers.Rows(read=2, taken=1, refused=0, skipped=1)


def test_a_row_without_a_number_is_a_problem() -> None:
    assert codes(importers.read((SHEET + ",EUR,5,1,a\n").encode(), name="o.csv")) == ["missing_number"]


def test_currencies_do_not_mix_in_an_order() -> None:
    report = importers.read((SHEET + "1,EUR,5,1,a\n1,USD,5,1,b\n").encode(), name="o.csv")
    assert report.orders == () or "contradiction" in codes(report)
    acme = b"Order No,Paid at,E-mail,SKU,Qty,Price,Cur\n1,,,A,1,5,EUR\n1,,,B,1,5,USD\n2,,,B,1,5,XXX\n3,,,B,1,5,\n"
    mixed = importers.read(acme, name="a.csv", format=ACME)
    assert (mixed.orders, sorted(codes(mixed))) == ((), ["mixed_currencies", "no_currency", "no_currency"])


def test_more_refunded_than_paid_is_refused() -> None:
    data = b"order_number,currency,unit_price,quantity,paid,refunded\n1,EUR,5,1,5,6\n"
    assert codes(importers.read(data, name="o.csv")) == ["bad_refund"]


def test_more_decimals_than_the_currency_has() -> None:
    assert codes(importers.read((SHEET + "1,JPY,5.50,1,a\n").encode(), name="o.csv")) == ["bad_money"]
    assert str(importers.read((SHEET + "1,JPY,4725.00,1,a\n").encode()).orders[0].total) == "4725 JPY"
