"""`explain` tells why a file is read as it is, and nothing that reading does not do."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from importers.layouts import Y2019, order_row, table
from importers.test_corpus import format_of

from crmkit import importers
from crmkit.importers import TableExplanation, WordCount, explain
from crmkit.importers.files.sheets import write_sheet

SAMPLES = Path(__file__).parent / "samples"
HEADER = "order_number;currency;unit_price;quantity;status;Mood\n"
ROWS = "1;EUR;5;1;paid;x\n2;EUR;5;1;shipped;x\n3;EUR;5;1;paid;x\n4;EUR;5;1;lost;x\n5;EUR;x;1;paid;x\n"


def only(source: object, **options: object) -> TableExplanation:
    (told,) = explain(source, **options).tables  # type: ignore[arg-type]  # as the tests give them
    return told


def test_the_table_is_described() -> None:
    told = only(HEADER.encode("utf-8-sig") + ROWS.encode(), name="o.csv")
    assert (told.source, told.format, told.header_row) == ("o.csv", "crmkit", 1)
    assert (told.encoding, told.delimiter) == ("utf-8-sig", ";")
    assert "unit_price" in told.because


def test_columns_are_used_ignored_or_unknown() -> None:
    known = format_of(ignored={"Mood ", "Colour"})
    told = only(b"No,Paid,Sum,Fee,Line,Qty,mood,Mood,,Taste\n1,,5,,5,1,a,b,c,d\n", name="o.csv", format=known)
    assert told.used["No"] == ("order.number",)
    assert told.used["Sum"] == ("order.total",)
    assert told.used["Qty"] == ("line.quantity",)
    assert told.ignored == ("Mood",)
    assert told.unknown == ("mood", "Taste")


def test_every_column_is_told_once() -> None:
    for path in SAMPLES.glob("*.csv"):
        for told in explain(path, **({"format": format_of()} if path.name == "acme.csv" else {})).tables:
            names = [*told.used, *told.ignored, *told.unknown]
            assert len(set(names)) == len(names)


def test_words_are_counted_with_the_state_they_became() -> None:
    words = explain((HEADER + ROWS).encode(), name="o.csv").words
    assert set(words) == {
        WordCount(column="status", word="paid", state="paid", orders=2, is_known=True),
        WordCount(column="status", word="shipped", state="shipped", orders=1, is_known=True),
        WordCount(column="status", word="lost", state="pending_payment", orders=1, is_known=False),
    }


def test_two_columns_of_words_are_both_counted() -> None:
    words = explain(SAMPLES / "shopify_orders.csv").words
    assert {told.column for told in words} == {"Financial Status", "Fulfillment Status"}
    assert sum(told.orders for told in words if told.column == "Financial Status") == 5


def test_rows_and_problems_are_counted_as_read_counts_them() -> None:
    told = explain((HEADER + ROWS).encode(), name="o.csv")
    report = importers.read((HEADER + ROWS).encode(), name="o.csv")
    assert (told.rows, told.orders, dict(told.problems)) == (report.rows, 4, {"bad_money": 1, "unknown_status": 1})


def test_the_nearest_other_formats_are_named_with_what_they_miss() -> None:
    near = {guess.format: guess.missing for guess in only(SAMPLES / "ExportOrderList202611302130.csv").near}
    assert near["taobao.items"]


def test_a_preamble_and_sheets_are_seen() -> None:
    out = io.BytesIO()
    header = ["order_number", "currency", "unit_price", "quantity"]
    write_sheet(out, [["Report"], [""], header, ["1", "EUR", "5", "1"]])
    told = only(out.getvalue(), name="o.xlsx")
    assert (told.sheet, told.header_row, told.encoding, told.delimiter) == ("orders", 3, "", "")


def test_each_table_of_an_archive_is_explained() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.csv", table(Y2019, [order_row()]))
        archive.writestr("b.txt", "nothing to see\n")
    told = explain(out.getvalue(), name="o.zip")
    assert [(one.format, one.source) for one in told.tables] == [("taobao.orders", "o.zip/a.csv"), ("", "o.zip/b.txt")]
    assert told.tables[0].encoding == "gb18030"
    assert "o.zip/b.txt: left out (another table)" in str(told)


def test_a_file_of_no_known_format_is_explained() -> None:
    told = explain(b"order_number,currency,price\n1,EUR,5\n", name="x.csv")
    assert told.tables == ()
    assert "unit_price" in str(told)


def test_damage_is_no_matter_of_explaining() -> None:
    with pytest.raises(importers.DamagedFileError):
        explain(b"PK\x03\x04 and no more", name="o.xlsx")


def test_an_open_file_is_explained_and_read_from_its_beginning() -> None:
    stream = io.BytesIO((HEADER + ROWS).encode())
    assert explain(stream, name="o.csv").orders == 4


def test_all_of_it_is_printed() -> None:
    told = str(explain((HEADER + ROWS).encode(), name="o.csv"))
    for part in (
        "o.csv: crmkit, because",
        "header in row 1, utf-8, semicolon",
        "unit_price -> line.price",
        "unknown: Mood",
        "status 'paid' -> paid: 2",
        "status 'lost' -> pending_payment: 1 (a word that is not known)",
        "5 rows: 4 taken, 1 refused, 0 skipped; 4 orders",
        "problem: bad_money: 1",
    ):
        assert part in told
