"""What a format may say of its rows: what they skip, that they are filled down, that nothing is quoted."""

from __future__ import annotations

import pytest

from crmkit.errors import InputError
from crmkit.importers import LineColumns, OrderColumns, TableFormat, cells, read

_COLUMNS = {
    "order": OrderColumns(total=cells.money("Sum"), paid=cells.money("Sum")),
    "line": LineColumns(title=cells.text("Title"), quantity=cells.whole("Qty"), total=cells.money("Line")),
}
DOWN = TableFormat(
    name="down", header={"No", "Sum", "Line"}, one_order_per="No", order_on="No", fills_down=True, currency="EUR",
    **_COLUMNS,
)  # fmt: skip
HEADER = "No,Sum,Title,Qty,Line\n"


def test_rows_without_a_number_belong_to_the_order_above() -> None:
    report = read((HEADER + "1,3,a,1,1\n,,b,2,2\n2,5,c,1,5\n").encode(), name="x.csv", format=DOWN)
    assert [(o.number, [line.title for line in o.lines]) for o in report.orders] == [("1", ["a", "b"]), ("2", ["c"])]
    assert not report.problems


def test_rows_below_a_damaged_first_row_are_not_given_to_the_order_before_it() -> None:
    text = HEADER + "1,3,a,1,3\n4.50E+17,9,b,1,4\n,,c,1,5\n3,5,d,1,5\n"
    report = read(text.encode(), name="x.csv", format=DOWN)
    assert [(o.number, len(o.lines)) for o in report.orders] == [("1", 1), ("3", 1)]
    assert [(p.code, p.line) for p in report.problems] == [("damaged_identifier", 3), ("missing_number", 4)]
    assert report.rows.read == report.rows.taken + report.rows.refused == 4


def test_a_damaged_row_below_makes_the_order_above_unusable() -> None:
    report = read((HEADER + "1,3,a,1,1\n,,b,2\n2,5,c,1,5\n").encode(), name="x.csv", format=DOWN)
    assert [o.number for o in report.orders] == ["2"]
    assert [(p.code, p.line) for p in report.errors] == [("damaged_row", 3)]


def test_a_format_says_which_rows_are_no_orders_and_they_are_counted() -> None:
    skipping = TableFormat(
        name="skipping",
        header={"No", "Sum", "Line"},
        one_order_per="No",
        currency="EUR",
        skips=lambda cell: "description rows" if cell("Sum").startswith("The ") else None,
        **_COLUMNS,
    )
    text = HEADER + "The number,The sum,,,\n1,3,a,1,3\nThe end,The rest\n"
    report = read(text.encode(), name="x.csv", format=skipping)
    assert [o.number for o in report.orders] == ["1"]
    assert (report.skipped, report.problems) == ({"description rows": 2}, ())
    assert report.rows.read == 3
    assert report.rows.skipped == 2


def test_a_quote_is_a_sign_like_others_where_the_platform_writes_none() -> None:
    plain = TableFormat(
        name="plain", header={"No", "Sum", "Line"}, one_order_per="No", currency="EUR", is_quoted=False, **_COLUMNS
    )
    text = (HEADER + '1,3,5" nail,1,3\n2,3,"x,1,3\n').replace(",", "\t")
    report = read(text.encode(), name="x.txt", format=plain)
    assert [line.title for order in report.orders for line in order.lines] == ['5" nail', '"x']


def test_a_format_may_tell_its_encoding_from_the_bytes() -> None:
    told = TableFormat(
        name="told",
        header={"No", "Sum", "Line"},
        one_order_per="No",
        currency="EUR",
        encodings=("cp1252", "cp932"),
        encoding_of=lambda head: "cp932" if b"JP" in head else None,
        **_COLUMNS,
    )
    text = (HEADER + "1,3,JP 髙,1,3\n").encode("cp932")
    assert read(text, name="x.csv", format=told).orders[0].lines[0].title == "JP 髙"


def test_a_zone_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="IANA"):
        read(HEADER.encode(), name="x.csv", format=DOWN, zone="Mars/Olympus")
