"""Files that mean harm: they are refused or told in bounded time and memory, nothing is fetched, nothing is run."""

from __future__ import annotations

import base64
import gzip
import io
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from importers.hostile import HEADER, ROW, SOUND, within, workbook, zipped

from crmkit.importers import DamagedFileError, UnknownFormatError, read, scan
from crmkit.importers.files import archives, workbooks
from crmkit.importers.files.text import LONGEST_LINE

# archives


@pytest.mark.parametrize("way", [read, lambda *a, **o: list(scan(*a, **o))])
def test_a_bomb_is_refused_before_it_is_unpacked(way: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_unpack", lambda *_: pytest.fail("unpacked"))
    with pytest.raises(DamagedFileError, match="bomb"):
        way(zipped(("o.csv", b"0" * 5_000_000)), name="o.zip")


def test_archives_within_archives_share_one_allowance() -> None:
    inner = zipped(*((f"{n}.csv", SOUND + ROW.encode() * n) for n in range(40)), packed=False)
    outer = zipped(*((f"{n}.zip", inner) for n in range(20)), packed=False)
    with pytest.raises(DamagedFileError, match="archives within it"):
        read(outer, name="o.zip", max_bytes=len(inner) * 22)
    assert read(outer, name="o.zip", max_bytes=len(inner) * 60).rows.read > 400


def test_archives_nested_too_deep_are_refused() -> None:
    data = SOUND
    for _ in range(5):
        data = zipped(("o.zip", data))
    with pytest.raises(DamagedFileError, match="archives in archives"):
        read(data, name="o.zip")
    data = SOUND
    for _ in range(5):
        data = gzip.compress(data)
    with pytest.raises(DamagedFileError, match="archives in archives"):
        read(data, name="o.gz")


def test_an_archive_of_very_many_files_is_refused() -> None:
    with pytest.raises(DamagedFileError, match="1,001 files"):
        read(zipped(*((f"{n}.csv", b"") for n in range(1001))), name="o.zip")


def test_entries_that_lie_over_each_other_are_refused() -> None:
    """Every entry names the same bytes, so that each claims them for its own."""
    kernel = zipped(("0.csv", b"0" * 1_200_000))
    with zipfile.ZipFile(io.BytesIO(kernel)) as archive:
        entry, begin = archive.infolist()[0], archive.start_dir
    out = io.BytesIO(kernel[:begin])
    archive = zipfile.ZipFile(out, "a")
    archive.filelist = [attrs_of(entry, f"{n}.csv") for n in range(300)]
    archive._didModify = True  # type: ignore[attr-defined]  # so that it writes its list of files
    archive.close()
    with pytest.raises(DamagedFileError, match="bomb"):
        read(out.getvalue(), name="o.zip")


def attrs_of(entry: zipfile.ZipInfo, name: str) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name)
    for field in ("header_offset", "compress_size", "file_size", "CRC", "compress_type"):
        setattr(made, field, getattr(entry, field))
    made.orig_filename = entry.orig_filename
    return made


def test_a_gzip_bomb_is_refused_while_it_is_unpacked() -> None:
    with pytest.raises(DamagedFileError, match="bomb"):
        read(gzip.compress(b"0" * 30_000_000), name="o.csv.gz")


# workbooks

LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha">' + b"".join(
    b'<!ENTITY %c "%s">' % (99 + n, b"&%c;" % (98 + n if n else 97) * 10) for n in range(9)
)


@pytest.mark.parametrize("part", ["sheet1.xml", "workbook.xml", "Content_Types"])
def test_billion_laughs_are_refused(part: str) -> None:
    def laughing(data: bytes) -> bytes:
        return data.replace(b"?>", b"?>" + LAUGHS + b"]>", 1).replace(b">a<", b">&k;<")

    with pytest.raises(DamagedFileError, match="entities"):
        within(2, lambda: read(workbook(**{part: laughing}), name="o.xlsx"))


def test_entities_in_another_encoding_are_refused() -> None:
    for encoding in ("utf-16-le", "utf-16-be"):
        data = workbook(**{"sheet1.xml": lambda data, e=encoding: (LAUGHS.decode() + "]>" + data.decode()).encode(e)})
        with pytest.raises(DamagedFileError):
            read(data, name="o.xlsx")


def test_an_entity_that_names_a_file_gives_none_of_it(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    outside = f'<!DOCTYPE x [<!ENTITY a SYSTEM "{secret.as_uri()}">]>'.encode()
    with pytest.raises(DamagedFileError, match="entities"):
        read(workbook(sheet1=lambda data: data.replace(b"?>", b"?>" + outside, 1)), name="o.xlsx")


def test_absurd_dimensions_cost_nothing() -> None:
    huge = b'<dimension ref="A1:XFD1048576"/><sheetData>'
    data = workbook(sheet1=lambda data: data.replace(b"<sheetData>", huge))
    assert [order.number for order in within(2, lambda: read(data, name="o.xlsx")).orders] == ["1"]


def test_texts_larger_than_those_of_orders_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "_MOST_TEXT", 1000)
    out = io.BytesIO(workbook())
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("xl/sharedStrings.xml", "<sst>" + "<si><t>x</t></si>" * 100 + "</sst>")
    with pytest.raises(DamagedFileError, match="bytes of texts"):
        read(out.getvalue(), name="o.xlsx")


def test_binary_workbooks_are_refused_because_their_cells_cannot_be_counted() -> None:
    out = io.BytesIO(workbook())
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("xl/worksheets/sheet1.bin", b"\0" * 100)
    with pytest.raises(DamagedFileError, match="xlsb"):
        read(out.getvalue(), name="o.xlsb")


def test_formulas_give_their_last_value_and_are_not_worked_out() -> None:
    def with_formula(data: bytes) -> bytes:
        formula = b'<c r="E2"><f>HYPERLINK("http://127.0.0.1:9/x")</f><v>7</v></c>'
        return data.replace(b'<c r="E2" t="inlineStr"><is><t xml:space="preserve">a</t></is></c>', formula)

    (order,) = read(workbook(sheet1=with_formula), name="o.xlsx").orders
    assert order.lines[0].title == "7"


@pytest.mark.parametrize("unclosed", [b"<row r='1'>", b"<row>", b'<c t="s"><v>'])
def test_rows_that_do_not_close_take_no_time(unclosed: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crmkit.importers.files.workbook_pieces._LARGE", 0)
    data = workbook(sheet1=lambda data: data.replace(b"</sheetData>", unclosed * 100_000))
    with pytest.raises(DamagedFileError):
        within(10, lambda: list(scan(data, name="o.xlsx")))


def test_rows_that_hold_nothing_take_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crmkit.importers.files.workbook_pieces._LARGE", 0)
    data = workbook(sheet1=lambda data: data.replace(b"</sheetData>", b"<row/>" * 100_000 + b"</sheetData>"))
    assert len(within(10, lambda: list(scan(data, name="o.xlsx")))) == 1


# old workbooks

OLD = (
    "c-rk)O=uHA6#iy^lC-pGT3ewNYA9H>_EJRj(yj`%Crd4gB0@~lJ%rXxU6Mn*Sgkn<f+vfYLN8vbUi?8pd-EVv^dJa@RF9s73Le_5Z{F^viT2Qd"
    "7Jv3z=FNL==DnSrH}ht9-"
    "z+s3=N@*f;0FvqMaii{s6r>G)cHaT)b2Qv_3H=~C%|8Yx(Ed_q~lrR>#&TWjQ0u@JkS=20w1Ydz!ZivmKonh9Op44g&adaQGvUpiK3lH)xtEzb"
    "O+P>-19lpqpZ2fw4eGG#d$0l!#zj5ReVnA;<hNH-^Xn8fi-<-!z;Opuig@FUmeHnbaL{~Z0OV)Fb|5`kZGBAa<Yh43gA4xI&omt->EO-fqr}S0"
    ";K;|tq*UazpZG%G@OgPzzdXIS5-H_nKhh7y_atrfQ&tE+6gOnY0R`K&8Bj;ZCa^3^~hQ2Y+}kzr%cjc&LypEI-"
    "A!4swPcZE`8*2@XRQ2ho~gkC-"
    "3=K)t+zUz0g2(98JtO^Nxs7R$sgK<?YF_5hKBxY0mTRX|P8=032MC7Gxad77hMs(8Cr7m|kbEyO{4_+Dhw~>h6&?k2x{JeQt1TH+eY7cxUXb;P"
    "(+<_<ZU~XW^5vpZJBLl`E|a?~OTh(QJ*Ay}V}7D|*H39f_xgUkfjDEHiEYDT_pu7>`|t;~jZTSm!u^=0n1j<m`yDq<C}XN-9ZeS<*<-"
    "JkMei&w@ScUVp)!LuE;N4woghs;BfE@jR<M-y5D)iiAp*&B*OuJiI*n!Wd9m@JJ4lvf~Eo5g<T-009C72oT`^g5dX8@EfGY@2BqfK-"
    "l}QvreTH{3iKlF^UXbS^6*?ghjQDd`;_TCv@Ta5?i$K{})P}rMughz!;BXqUQBW-*ck!dA4jA`*mBW*87)g8Ru`l|952W+ZO"
)
"""An .xls of the two rows of `SOUND`, and a number far below them; zlib, base 85."""

NUMBER = struct.pack("<HH", 0x0203, 14)
SIZES = struct.pack("<HH", 0x0200, 14)
TEXTS = 0x00FC


def old() -> bytearray:
    return bytearray(zlib.decompress(base64.b85decode(OLD)))


def test_an_old_workbook_is_read() -> None:
    report = read(bytes(old()), name="o.xls")
    assert [order.number for order in report.orders] == ["1"]
    assert [problem.code for problem in report.problems] == ["missing_number"]


@pytest.mark.parametrize(("row", "column"), [(65535, 65535), (65535, 500), (65000, 0x7FFF)])
def test_a_cell_that_an_old_workbook_cannot_have_is_refused(row: int, column: int) -> None:
    data = old()
    struct.pack_into("<HH", data, data.index(NUMBER) + 4, row, column)
    with pytest.raises(DamagedFileError, match=f"row {row + 1:,}"):
        read(bytes(data), name="o.xls")


@pytest.mark.parametrize("sizes", [(0, 2**31, 0, 60000), (9, 8, 0, 3), (0, 4, 9, 8), (0, 2**32 - 1, 0, 65535)])
def test_sizes_that_a_sheet_cannot_have_are_refused(sizes: tuple[int, int, int, int]) -> None:
    data = old()
    struct.pack_into("<2I2H", data, data.index(SIZES) + 4, *sizes)
    with pytest.raises(DamagedFileError):
        read(bytes(data), name="o.xls")


def test_more_texts_than_bytes_are_refused() -> None:
    data = old()
    at = next(at for at in range(512, len(data)) if data[at : at + 2] == struct.pack("<H", TEXTS) and data[at + 8] == 9)
    struct.pack_into("<I", data, at + 8, 2**31 - 1)
    with pytest.raises(DamagedFileError, match="texts"):
        read(bytes(data), name="o.xls")


FLIPPED = """
import random, sys
from crmkit import importers
names = sys.argv[1:]
for name in names:
    whole, dice, ends = open(name, "rb").read(), random.Random(10), set()
    for time in range(300):
        data = bytearray(whole)
        for _ in range(dice.choice((1, 1, 2, 8))):
            data[dice.randrange(len(data))] = dice.choice((0, 255, 127, 128, dice.randrange(256)))
        data = data[: dice.choice((len(data), len(data), dice.randrange(len(data))))]
        for way in (importers.read, lambda *a, **o: list(importers.scan(*a, **o))):
            try:
                way(bytes(data), name="o")
                ends.add("read")
            except (importers.DamagedFileError, importers.UnknownFormatError):
                ends.add("refused")
    print(sorted(ends))
"""


def test_damaged_containers_never_end_the_process(tmp_path: Path) -> None:
    """In a process of its own: what a reader in another language trips over can end the whole process."""
    page = "<table>" + "".join(f"<tr><td>{row.replace(',', '<td>')}</tr>" for row in (HEADER + ROW).split())
    files = {"o.xls": bytes(old()), "o.xlsx": workbook(), "o.zip": zipped(("a.csv", SOUND)), "p.xls": page.encode()}
    files |= {"o.gz": gzip.compress(SOUND), "u.csv": SOUND.decode().encode("utf-16")}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    paths = [str(tmp_path / name) for name in files]
    done = subprocess.run([sys.executable, "-c", FLIPPED, *paths], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.splitlines() == ["['read', 'refused']"] * len(files)


# text


def test_a_row_of_a_million_columns_is_no_header_and_no_order() -> None:
    wide = "," * 1_000_000 + "\n"
    report = within(20, lambda: read((HEADER + ROW + wide + ROW.replace("1", "2", 1)).encode(), name="o.csv"))
    assert [order.number for order in report.orders] == ["1", "2"]
    assert [problem.code for problem in report.problems] == ["damaged_row"]
    with pytest.raises(UnknownFormatError):
        within(20, lambda: read(("a," * 1_000_000 + "\n").encode(), name="o.csv"))


def test_a_line_without_end_is_refused() -> None:
    with pytest.raises(DamagedFileError, match="line of more than"):
        read((HEADER + "1,EUR,5,1," + "x" * (LONGEST_LINE + 1)).encode(), name="o.csv")
    with pytest.raises((DamagedFileError, UnknownFormatError)):
        read(b"x" * (LONGEST_LINE + 1), name="o.csv")


def test_a_giant_cell_leaves_out_its_order_only() -> None:
    report = read((HEADER + '1,EUR,5,1,"' + "x" * 5_000_000 + '"\n2,EUR,5,1,b\n').encode(), name="o.csv")
    assert [order.number for order in report.orders] == ["2"]
    assert [problem.code for problem in report.problems] == ["damaged_row"]


@pytest.mark.parametrize("column", range(2, 4))
@pytest.mark.parametrize("cell", ["9" * 300_000, "1(" + "a" * 300_000, " ".join("1" * 100_000), "-" * 300_000])
def test_a_giant_number_is_told_at_once(cell: str, column: int) -> None:
    row = ROW.split(",")
    row[column] = cell
    report = within(3, lambda: read((HEADER + ",".join(row)).encode(), name="o.csv"))
    assert (report.orders, len(report.errors)) == ((), 1)
    assert len(report.errors[0].value) <= 80


def test_quotes_that_never_close_are_told_line_by_line() -> None:
    report = within(20, lambda: read((HEADER + '"a\n"b\n' * 30_000 + ROW).encode(), name="o.csv"))
    assert [order.number for order in report.orders] == ["1"]
    assert len(report.errors) == 60_000


# pages


@pytest.mark.parametrize(
    "page",
    [
        "<table>" + "<tr><td><table>" * 50_000,
        "<table>" + "<div><b><span>" * 50_000,
        "<table><tr><td>" + "&" * 500_000,
        "<table><tr><td>" + "&#x41;" * 200_000,
        "<table><tr><td " + "a='b' " * 15_000 + ">x",
    ],
)
def test_deep_pages_take_no_time(page: str) -> None:
    with pytest.raises((UnknownFormatError, DamagedFileError)):
        report = within(15, lambda: read(page.encode(), name="o.xls"))
        raise DamagedFileError(str(report), "read")


@pytest.mark.parametrize("page", ["<table><tr><td " + "a='b' " * 200_000, "<table><script>" + "x" * 5_000_000])
def test_tags_without_end_are_refused(page: str) -> None:
    with pytest.raises(DamagedFileError, match="tag of more than"):
        within(15, lambda: read(page.encode(), name="o.xls"))


def test_rows_of_a_page_come_the_same_whatever_its_length() -> None:
    names = HEADER.strip().split(",")
    row = "<tr><td>{0}</td><td>EUR</td><td>5</td><td>1</td><td>a&amp;b &lt;{0}&gt; é&eacute;</td></tr>"
    page = "<table><tr>" + "".join(f"<td>{name}</td>" for name in names) + "</tr>"
    report = read((page + "".join(row.format(n) for n in range(3000))).encode(), name="o.xls")
    assert [order.lines[0].title for order in report.orders] == [f"a&b <{n}> éé" for n in range(3000)]


def test_a_time_bomb_of_a_date_is_told() -> None:
    cells = {"placed_at": "9" * 300_000, "paid_at": "2026-11-01T09:00" + "0" * 300_000}
    header = HEADER.strip() + "," + ",".join(cells)
    report = within(3, lambda: read(f"{header}\n{ROW.strip()},{','.join(cells.values())}\n".encode(), name="o.csv"))
    assert [problem.code for problem in report.problems] == ["bad_moment"]
