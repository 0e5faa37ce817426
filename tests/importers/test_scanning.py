"""`scan` gives what `read` gives, in bounded memory, and leaves no temporary file behind."""

from __future__ import annotations

import io
import itertools
import random
import re
import sqlite3
import tempfile
import zipfile
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from importers.layouts import D2, Y2019, item_rows, order_row, plain, table

from crmkit import importers
from crmkit.importers import SpillError, spilling
from crmkit.importers.files import workbook_pieces, workbooks
from crmkit.importers.files.sheets import write_sheet
from crmkit.importers.gathering import Part
from crmkit.importers.layouts import Layout
from crmkit.importers.spilling import Repeats, Spill
from crmkit.orders import BillEntry, Order
from crmkit.problems import Problem

SAMPLES = Path(__file__).parent / "samples"
HEADER = ["order_number", "currency", "unit_price", "quantity", "email", "title", "shop"]


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of temporary files, which the test can look into."""
    folder = tmp_path / "room"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setattr(spilling, "_AT_ONCE", 3)
    monkeypatch.setattr(spilling, "_RUN", 4)
    monkeypatch.setattr(spilling, "_BLOCK", 2)
    return folder


def rows_apart(orders: int = 40, seed: int = 1) -> list[list[str]]:
    rows = [
        [f"A-{n}", "EUR", "x" if n % 11 == 5 else f"{n}.50", "1", f"b{n}@example.com", f"Mug {line}", f"s{n % 3}"]
        for n in range(orders)
        for line in range(1 + n % 3)
    ]
    random.Random(seed).shuffle(rows)
    return [*rows, ["A-1"], ["", "EUR", "1", "1", "", "", ""]]


def text(rows: list[list[str]]) -> bytes:
    return "".join(",".join(row) + "\n" for row in [HEADER, *rows]).encode()


def same(sources: Any, **options: Any) -> int:
    """Compares what `scan` yields with what `read` reports, and counts the orders."""
    report = importers.read(*sources(), **options)
    found = list(importers.scan(*sources(), **options))
    assert tuple(item for item in found if isinstance(item, Order)) == report.orders
    problems = [item for item in found if isinstance(item, Problem)]
    assert tuple(item for item in found if isinstance(item, BillEntry)) == report.entries
    assert Counter(problems) == Counter(report.problems)
    return len(report.orders)


def named(name: str, data: bytes) -> io.BytesIO:
    stream = io.BytesIO(data)
    stream.name = name
    return stream


def test_rows_that_lie_apart_come_as_whole_orders_in_the_order_of_read(room: Path) -> None:
    assert same(lambda: [named("o.csv", text(rows_apart()))]) > 30
    assert list(room.iterdir()) == []


def test_rows_that_lie_together_need_no_spill(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Spill, "__enter__", lambda self: pytest.fail("spilled"))
    rows = sorted(rows_apart()[:-2])
    assert same(lambda: [named("o.csv", text(rows))]) > 30
    assert list(room.iterdir()) == []


def test_problems_of_a_spill_come_in_the_order_of_read(room: Path) -> None:
    data = text(rows_apart())
    found = [item for item in importers.scan(named("o.csv", data)) if not isinstance(item, Order)]
    assert tuple(found) == importers.read(named("o.csv", data)).problems


def test_several_files_of_two_families_are_joined(room: Path) -> None:
    rows = rows_apart()
    assert same(
        lambda: [
            named("ExportOrderList202611302130.csv", table(Y2019, [order_row()])),
            named("a.csv", text(rows[::2])),
            named("ExportOrderDetailList202611302130.csv", table(D2, item_rows())),
            named("b.csv", text(rows[1::2])),
        ],
        shop="one",
    )
    assert list(room.iterdir()) == []


def test_json_and_tables_of_one_call_come_in_the_order_of_read(room: Path) -> None:
    paths = sorted(path for path in SAMPLES.rglob("*.json") if ".golden." not in path.name)[:4]
    assert len(paths) == 4
    header_only = named("e.csv", ",".join(HEADER).encode() + b"\n")
    sources = [header_only, named("a.csv", text(rows_apart())), *paths, SAMPLES / "shopify_orders.csv"]
    assert same(lambda: [rewound(source) for source in sources], shop="one") > 34


def rewound(source: Any) -> Any:
    if isinstance(source, io.BytesIO):
        source.seek(0)
    return source


def test_archives_and_workbooks_are_spilled(room: Path) -> None:
    out, book = io.BytesIO(), io.BytesIO()
    write_sheet(book, [HEADER, *(row + [""] * (7 - len(row)) for row in rows_apart())])
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.csv", text(rows_apart()[::2]))
        archive.writestr("b.csv", text(rows_apart()[1::2]))
    for data, name in ((book.getvalue(), "o.xlsx"), (out.getvalue(), "o.zip")):
        assert same(lambda data=data, name=name: [named(name, data)]) > 30
    assert list(room.iterdir()) == []


def test_large_files_in_archives_lie_in_a_temporary_file(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crmkit.importers.files.rooms._IN_MEMORY", 10)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.csv", text(rows_apart()))
    assert same(lambda: [named("o.zip", out.getvalue())]) > 30
    assert list(room.iterdir()) == []


def test_a_scan_that_is_left_half_way_removes_its_files(room: Path) -> None:
    scan = importers.scan(named("o.csv", text(rows_apart())))
    orders = (item for item in scan if isinstance(item, Order))
    assert next(orders)
    assert list(room.iterdir())
    scan.close()  # type: ignore[attr-defined]  # a generator
    assert list(room.iterdir()) == []


def test_an_error_half_way_removes_the_files(room: Path) -> None:
    sources = [named("a.csv", text(rows_apart())), named("b.csv", b"what,is,this\n1,2,3\n")]
    with pytest.raises(importers.UnknownFormatError):
        list(importers.scan(*sources))
    assert list(room.iterdir()) == []


def test_a_missing_folder_is_told_in_plain_words(room: Path) -> None:
    room.rmdir()
    with pytest.raises(SpillError, match="TMPDIR"):
        list(importers.scan(named("o.csv", text(rows_apart()))))
    with pytest.raises(SpillError, match="TMPDIR"):
        list(importers.scan(named("o.csv", text(rows_apart())), named("p.csv", text(rows_apart()))))


def test_a_full_disk_is_told_in_plain_words(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spilling, "_SET_UP", spilling._SET_UP + "PRAGMA max_page_count = 3;")
    many = rows_apart(400)
    with pytest.raises(SpillError, match="full"):
        list(importers.scan(named("a.csv", text(many)), named("b.csv", text(many))))
    assert list(room.iterdir()) == []


def test_cells_come_back_as_they_were(room: Path) -> None:
    rows = [["1", "a\x1fb", "\ud800", "\x00", ""], ["", "示例", "🐱", "x" * 100_000, "\n"], [""]]
    layout = importers.reading.wanted_by("crmkit", None, 1).formats[0]
    with Spill() as spill:
        spill.begin(_layout(layout))
        for line, row in enumerate(rows):
            spill.add(("p", "s\x00", '"'), line, row)
        spill.add(("p", "", "2"), 9, None)
        found = [(key, [(part.rows, part.is_whole) for part in parts]) for _, key, parts in spill.orders()]
    assert found == [(("p", "s\x00", '"'), [(list(enumerate(rows)), True)]), (("p", "", "2"), [([], False)])]


def _layout(known: Any) -> Layout:
    from crmkit.importers.layouts import Place, layout_of

    return layout_of(known, HEADER, Place("x"))


def test_only_one_order_is_in_memory(room: Path) -> None:
    alive: list[Part] = []
    with Spill() as spill:
        spill.begin(_layout(importers.reading.wanted_by("crmkit", None, 1).formats[0]))
        for number in itertools.chain(range(500), range(500)):
            spill.add(("", "", str(number)), number, ["x"])
            assert len(spill._waiting) <= spilling._AT_ONCE
        for _, _, parts in spill.orders():
            alive = parts
    assert [len(part.rows) for part in alive] == [2]


@pytest.mark.parametrize("where", [0, 1, 3, 50, 98])
def test_a_number_that_comes_twice_is_found_across_runs(where: int, room: Path) -> None:
    numbers = [hash(str(n)) for n in range(100)]
    with Repeats() as repeats:
        for number in numbers:
            repeats.add(number)
        assert not repeats.found()
        repeats.add(numbers[where])
        assert repeats.found()
    assert list(room.iterdir()) == []


def test_the_orders_are_read_back_without_sorting_them_again() -> None:
    rows = sqlite3.connect("")
    rows.executescript(spilling._SET_UP + spilling._INDEX)
    plan = " ".join(row[-1] for row in rows.execute("EXPLAIN QUERY PLAN " + spilling._ORDERS))
    rows.close()
    assert "TEMP B-TREE" not in plan


def test_shopify_rows_that_lie_apart_keep_their_first_row(room: Path) -> None:
    head = {"Name": "#1", "Financial Status": "paid", "Currency": "EUR", "Total": "30.00", "Lineitem quantity": "2"}
    header = [*head, "Lineitem name", "Lineitem price"]
    first = head | {"Lineitem name": "Mug", "Lineitem price": "15.00"}
    more = dict.fromkeys(header, "") | {"Name": "#1", "Lineitem quantity": "1", "Lineitem name": "Bag"}
    rows = [more | {"Lineitem price": "0.00"}, first | {"Name": "#2"}, first]
    assert same(lambda: [named("s.csv", plain(header, rows))]) == 2


# workbooks in pieces


def book(rows: list[list[Any]], *, epoch_1904: bool = False) -> bytes:
    from openpyxl import Workbook
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    made = Workbook()
    if epoch_1904:
        made.epoch = CALENDAR_MAC_1904
    made.active.title = "orders & <more>"
    for at, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            if value is not None:
                cell = made.active.cell(at, column, value)
                if isinstance(value, float):
                    cell.number_format = "0.00"
    made.create_sheet("notes").append(["nothing", "here"])
    out = io.BytesIO()
    made.save(out)
    return sharing(out.getvalue())


def sharing(data: bytes) -> bytes:
    """The workbook with all its texts in one list, as most programs write it."""
    texts: dict[bytes, int] = {}
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            part = re.sub(
                rb'(<c [^>]*)t="inlineStr"([^>]*)><is>(.*?)</is></c>',
                lambda found: b'%bt="s"%b><v>%d</v></c>' % (found[1], found[2], texts.setdefault(found[3], len(texts))),
                old.read(name),
                flags=re.DOTALL,
            )
            new.writestr(name, part)
        items = b"".join(b"<si>%b</si>" % text for text in texts)
        new.writestr("xl/sharedStrings.xml", b'<sst xmlns="' + MAIN + b'">' + items + b"</sst>")
    return made.getvalue()


MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
MIXED: list[list[Any]] = [
    [],
    ["A report"],
    [*HEADER, "placed_at"],
    *(
        [
            f"A-{n}",
            "EUR",
            n + 0.5,
            1 + n % 2,
            f"b{n}@example.com",
            f"Mug <{n}> & 'x'",
            "s",
            datetime.fromisoformat(f"2026-11-01 {n % 24:02d}:00"),
        ]
        for n in range(60)
    ),
    [],
    [],
    ["A-99", "EUR", 5, 1, None, "  kept  ", None, datetime.fromisoformat("2026-11-01")],
]


@pytest.mark.parametrize("epoch_1904", [False, True])
def test_a_workbook_in_pieces_says_what_the_whole_one_says(
    epoch_1904: bool, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = book(MIXED, epoch_1904=epoch_1904)
    whole = list(workbooks.sheets_of(io.BytesIO(data), "o.xlsx"))
    told = [(name, list(rows)) for name, rows in whole]
    monkeypatch.setattr(workbook_pieces, "_LARGE", 0)
    for piece, chunk in ((1, 1 << 18), (700, 1 << 18), (1 << 20, 64), (700, 999)):
        monkeypatch.setattr(workbook_pieces, "_PIECE", piece)
        monkeypatch.setattr(workbook_pieces, "_CHUNK", max(chunk, 4096 if chunk > 64 else 2048))
        pieces = [(name, list(rows)) for name, rows in workbooks.sheets_of(io.BytesIO(data), "o.xlsx", in_pieces=True)]
        assert [(name, stripped(rows)) for name, rows in pieces] == [(name, stripped(rows)) for name, rows in told]
    assert same(lambda: [named("o.xlsx", data)]) == 61


def stripped(rows: list[Any]) -> list[Any]:
    return [(line, " ".join(row).rstrip(" ")) for line, row in rows]


def test_a_workbook_in_pieces_that_is_cut_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_pieces, "_LARGE", 0)
    data = book(MIXED)
    for end in range(100, len(data), 331):
        with pytest.raises(importers.DamagedFileError):
            list(importers.scan(named("o.xlsx", data[:end])))


def test_a_text_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_pieces, "_LARGE", 0)
    data = book(MIXED)
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"<v>12</v>", b"<v>9999</v>"))
    with pytest.raises(importers.DamagedFileError, match="not there"):
        list(importers.scan(named("o.xlsx", made.getvalue())))


def test_rows_and_cells_without_places_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    data = book(MIXED)
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name.endswith("sheet1.xml"):
                part = re.sub(rb'(<row|<c) r="\w+"', rb"\1", part).replace(b"<row ", b"<row  ")
            new.writestr(name, part)
    whole = [(n, stripped(list(rows))) for n, rows in workbooks.sheets_of(io.BytesIO(made.getvalue()), "o.xlsx")]
    monkeypatch.setattr(workbook_pieces, "_LARGE", 0)
    monkeypatch.setattr(workbook_pieces, "_PIECE", 700)
    found = workbooks.sheets_of(io.BytesIO(made.getvalue()), "o.xlsx", in_pieces=True)
    assert [(n, stripped(list(rows))) for n, rows in found] == whole
