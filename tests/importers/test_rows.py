"""What a format may say of its rows: what they skip, that they are filled down, that nothing is quoted."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from crmkit.errors import InputError
from crmkit.importers import LineColumns, OrderColumns, TableFormat, cells, formats, read, registry, template

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


SPARE = TableFormat(
    name="spare",
    header={"No", "Record", "Sum", "Line"},
    one_order_per="No",
    or_numbered_by="Record",
    counts=lambda cell: int(cell("No")) if cell("Record") == "orders" else None,
    skips=lambda cell: "footer rows" if cell("Record") == "orders" else None,
    currency="EUR",
    **_COLUMNS,
)
SPARE_HEADER = "No,Record,Sum,Title,Qty,Line\n"


def test_an_order_without_a_number_may_have_another() -> None:
    text = SPARE_HEADER + "A-1,7,3,a,1,3\n,8,4,b,1,1\n,8,4,c,1,3\n,,5,d,1,5\n2,orders\n"
    report = read(text.encode(), name="x.csv", format=SPARE)
    assert [(o.number, len(o.lines)) for o in report.orders] == [("A-1", 1), ("8", 2)]
    assert [(p.code, p.line) for p in report.problems] == [("missing_number", 5)]


def test_a_destroyed_spare_number_is_told() -> None:
    report = read((SPARE_HEADER + ",4.50E+17,3,a,1,3\n0,orders\n").encode(), name="x.csv", format=SPARE)
    assert [(p.code, p.line) for p in report.problems] == [("damaged_identifier", 2)]


def test_a_damaged_row_is_told_by_the_spare_number() -> None:
    text = SPARE_HEADER + ",8,4,b,1,1\n,8,4,c,1\nA-1,7,3,a,1,3\n2,orders\n"
    report = read(text.encode(), name="x.csv", format=SPARE)
    assert [o.number for o in report.orders] == ["A-1"]
    assert [(p.code, p.order) for p in report.problems] == [("damaged_row", "8")]


def test_a_file_may_say_how_many_orders_it_holds() -> None:
    rows = "A-1,7,3,a,1,3\n,8,4,b,1,4\n"
    codes = []
    for last in ("2,orders\n", "3,orders\n", ""):
        report = read((SPARE_HEADER + rows + last).encode(), name="x.csv", format=SPARE)
        codes.append([(p.code, p.severity) for p in report.problems])
        assert len(report.orders) == 2
    assert codes == [[], [("orders_missing", "warning")], [("cut_file", "warning")]]


def test_the_newer_of_two_rows_counts_where_a_row_tells_when_it_was_reported() -> None:
    told = TableFormat(
        name="told",
        header={"No", "Sum", "At"},
        one_order_per="No",
        currency="EUR",
        order=OrderColumns(
            total=cells.money("Sum"), paid=cells.money("Sum"), reported_at=cells.moment("At", zone="UTC")
        ),
    )
    for rows in ("1,9,2026-11-01\n1,5,2026-11-02\n", "1,5,2026-11-02\n1,9,2026-11-01\n"):
        report = read(("No,Sum,At\n" + rows).encode(), name="x.csv", format=told)
        assert [str(o.total) for o in report.orders] == ["5.00 EUR"]
        assert not report.problems


def test_a_spreadsheet_quotes_where_the_platform_does_not() -> None:
    plain = TableFormat(
        name="plain", header={"No", "Sum", "Line"}, one_order_per="No", currency="EUR", is_quoted=False, **_COLUMNS
    )
    text = HEADER + '1,3,"5"" nail, long",1,3\n'
    for data in (text.encode(), text.replace(",", "\t").replace("nail\t", "nail,").encode("utf-16")):
        report = read(data, name="x.csv", format=plain)
        assert [line.title for order in report.orders for line in order.lines] == ['5" nail, long']


def test_a_zone_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="IANA"):
        read(HEADER.encode(), name="x.csv", format=DOWN, zone="Mars/Olympus")


@pytest.mark.parametrize(
    ("cell", "total"),
    [("5 EUR", "5.00 EUR"), ("€5", "5.00 EUR"), ("5 USD", None), ("$7", None), ("¥7", None), ("US$ 5", None)],
)
def test_an_amount_marked_with_another_currency_is_never_booked(cell: str, total: str | None) -> None:
    data = f"order_number,currency,unit_price,quantity\n1,EUR,{cell},1\n2,EUR,3,1\n"
    report = read(data.encode(), name="x.csv")
    assert [str(order.total) for order in report.orders if order.number == "1"] == ([total] if total else [])
    assert [problem.code for problem in report.problems] == ([] if total else ["mixed_currencies"])
    assert report.orders[-1].number == "2"


def test_lines_without_any_amount_share_what_the_order_tells() -> None:
    mapped = template(columns={"A": "number", "B": "total", "C": "quantity", "D": "title"}, currency="EUR", decimal=",")
    order = read(b"A;B;C;D\n1;12,50;2;x\n", name="x.csv", format=mapped).orders[0]
    assert (str(order.total), str(order.lines[0].total), order.lines[0].quantity) == ("12.50 EUR", "12.50 EUR", 2)


def test_a_format_of_a_package_that_cannot_be_loaded_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = EntryPoint(name="brew", value="crmkit_no_such_module:FORMAT", group="crmkit.formats")
    monkeypatch.setattr(registry, "entry_points", lambda group: [broken])
    monkeypatch.setattr(registry, "_installed", None)
    with pytest.warns(RuntimeWarning, match="'brew'.*cannot be loaded and is left out"):
        names = [info.name for info in formats()]
    assert "crmkit" in names
    assert "brew" not in names
