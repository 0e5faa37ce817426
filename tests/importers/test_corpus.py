"""The damage corpus itself: what it does to files, and that it finds formats that lose or change something."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from importers.acme import ACME

from crmkit import importers
from crmkit.importers import DamagedFileError, LineColumns, OrderColumns, TableFormat, cells, read
from crmkit.testing import ImporterContract, damage
from crmkit.testing.importer_contract import golden_of

HEADER = "No,Paid,Sum,Fee,Line,Qty\n"
ROWS = "4026100100000000349,2026-11-01 09:00:30,30.00,4.00,26.00,2\n7,2026-11-02 09:00:00,12.50,,12.50,1\n"


def format_of(**changes: Any) -> TableFormat:
    order: dict[str, Any] = {
        "number": cells.identifier("No"),
        "paid_at": cells.moment("Paid", "%Y/%m/%d %H:%M", zone="Asia/Shanghai"),
        "total": cells.money("Sum"),
        "shipping": cells.money("Fee"),
    }
    order.update(changes.pop("order", {}))
    return TableFormat(
        name="corpus",
        header={"No", "Sum"},
        one_order_per="No",
        currency="CNY",
        order=OrderColumns(**order),
        line=LineColumns(total=cells.money("Line"), quantity=cells.whole("Qty")),
        **changes,
    )


def contract(folder: Path, known: TableFormat, text: str = HEADER + ROWS, **attributes: Any) -> ImporterContract:
    sample, golden = folder / "sample.csv", folder / "golden.json"
    sample.write_bytes(text.encode())
    golden.write_text(json.dumps(golden_of(read(sample, format=known).orders)), encoding="utf-8")
    made = {"samples": (sample,), "golden": golden, "format": known, **attributes}
    found: ImporterContract = type("Found", (ImporterContract,), made)()
    return found


def law(found: ImporterContract, number: str) -> None:
    report = found._read(found._files())
    (name,) = [name for name in dir(found) if name.startswith(f"test_{number}_")]
    getattr(found, name)(report)


ALONE = ["F1", "F3", "F4", "F5", "F6", "F7", "F9", "F10", "F11", "F12", "F13", "F14"]


@pytest.mark.parametrize("number", ALONE)
def test_a_sound_format_keeps_the_law(number: str, tmp_path: Path) -> None:
    law(contract(tmp_path, format_of(), defaults=frozenset({"Fee", "Line"})), number)


@pytest.fixture(autouse=True)
def whole_corpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """Damages 200 places here, also where `CRMKIT_TEST_PLACES` asks for fewer."""
    monkeypatch.setattr(damage, "PLACES", 200)


def test_an_amount_that_falls_back_silently_is_found(tmp_path: Path) -> None:
    quiet = cells.parsed("Fee", lambda value: cells.money("").read(value) if value == "4.00" else None)
    found = contract(tmp_path, format_of(order={"shipping": quiet, "total": None}))
    with pytest.raises(AssertionError):
        law(found, "F6")


def test_a_column_that_is_missed_by_nobody_is_found(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        law(contract(tmp_path, format_of(order={"total": None})), "F11")


def test_times_that_a_spreadsheet_has_changed_must_be_understood(tmp_path: Path) -> None:
    strict = cells.parsed("Paid", lambda value: cells.moment("", zone="UTC").read(value) if "-" in value else None)
    with pytest.raises(AssertionError, match="4026100100000000349"):
        law(contract(tmp_path, format_of(order={"paid_at": strict})), "F12")


def test_identifiers_that_are_taken_as_they_come_are_found(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        law(contract(tmp_path, format_of(order={"number": cells.exact("No")})), "F13")


def test_a_format_that_looks_at_blanks_in_names_is_found(tmp_path: Path) -> None:
    found = contract(tmp_path, format_of())
    golden = json.loads(found.golden.read_text(encoding="utf-8"))
    found.golden.write_text(json.dumps(golden[:1]), encoding="utf-8")
    with pytest.raises(AssertionError):
        law(found, "F1")


def test_preambles_tabs_and_bare_quotes_pass_through_the_corpus(tmp_path: Path) -> None:
    text = 'Report of November\n\n""\n'.replace("\n\n", "\n") + HEADER + ROWS
    tabs = (text + "8,,5.00,,5.00,1\n").replace(",", "\t")
    found = contract(tmp_path, format_of(is_quoted=False), tabs, header_rows=3, delimiter="\t", quoted=False)
    for number in ("F3", "F4", "F7", "F9", "F10", "F12", "F13", "F14"):
        law(found, number)


def test_orders_that_are_filled_down_change_places_whole(tmp_path: Path) -> None:
    text = HEADER + "7,,9.00,,5.00,1\n,,,,4.00,1\n8,,2.00,,2.00,1\n9,,3.00,,1.00,1\n,,,,2.00,1\n"
    known = format_of(fills_down=True, order_on="Sum")
    law(contract(tmp_path, known, text, rows_stand_alone=False), "F3")
    with pytest.raises(AssertionError):
        law(contract(tmp_path, known, text), "F3")


def test_two_hundred_places_are_cut_and_flipped() -> None:
    data = bytes(range(32, 127)) * 5
    assert len(list(damage.cuts(data))) == 200
    flipped = list(damage.flips(data))
    assert (len(flipped), len(set(flipped))) == (400, 400)
    assert all(sum(a != b for a, b in zip(data, one, strict=True)) == 1 for one in flipped)


# what the corpus has found


def test_a_cell_that_a_delimiter_tears_moves_no_other() -> None:
    text = "Order No,Paid at,E-mail,SKU,Qty,Price,Cur,Note\n"
    report = read(
        (text + "A-1,,a@b,MUG,3,12.00,EUR,x\nA-2,,a@b,M,UG,3,12.00,EUR,\n").encode(), name="a.csv", format=ACME
    )
    assert [order.number for order in report.orders] == ["A-1"]
    assert [(problem.code, problem.order) for problem in report.problems] == [("damaged_row", "A-2")]


def test_an_empty_cell_at_the_end_of_every_row_is_the_platforms_habit() -> None:
    text = "Order No,Paid at,E-mail,SKU,Qty,Price,Cur\n" + "".join(f"A-{n},,a@b,MUG,3,12.00,EUR,\n" for n in range(4))
    report = read(text.encode(), name="a.csv", format=ACME)
    assert (len(report.orders), report.problems) == (4, ())


def test_a_file_is_read_in_an_encoding_of_its_own_format_only() -> None:
    western = TableFormat(name="western", header={"Nr", "Preis"}, one_order_per="Nr", encodings=("cp1252",), **SUM)
    eastern = TableFormat(name="eastern", header={"No", "Price"}, one_order_per="No", encodings=("gb18030",), **SUM)
    data = "No,Price,Shop\n1,5,示例\n".encode("gb18030")
    try:
        for known in (western, eastern):
            importers.register(known)
        assert read(data, name="o.csv").orders[0].key.shop == "示例"
        page = "".join(f"<tr><td>{row.replace(',', '</td><td>')}</td></tr>" for row in data.decode("gb18030").split())
        assert read(f"<table>{page}</table>".encode("gb18030"), name="o.xls").orders[0].key.shop == "示例"
        with pytest.raises(DamagedFileError, match="utf-8 or cp1252"):
            read("Nr,Preis,Shop\n1,5,\x81@\n".encode("latin-1"), name="o.csv")
    finally:
        for known in (western, eastern):
            importers.registry._registered.pop(known.name, None)


SUM: dict[str, Any] = {
    "currency": "EUR",
    "order": OrderColumns(total=cells.money("Price", also=("Preis",)), shop=cells.text("Shop")),
}
