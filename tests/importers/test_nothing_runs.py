"""What is read is neither fetched nor run, and what is written runs in no spreadsheet."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import zipfile
from pathlib import Path

import attrs
import pytest
from click.testing import CliRunner
from importers.hostile import HEADER, SOUND, workbook, zipped

from crmkit import importers
from crmkit.cli.commands import cli
from crmkit.importers import read
from crmkit.importers.files import workbooks
from crmkit.testing import an_order

# what is written

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "＋1", "－1", "＠x", " =1", "=cmd|' /C calc'!A0"]
RUN_BY_A_SPREADSHEET = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def cells_of(path: Path) -> list[str]:
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [cell for row in csv.reader(file) for cell in row]
    with path.open("rb") as book:
        return [str(cell) for _, rows in workbooks.sheets_of(book, "o.xlsx") for _, row in rows for cell in row]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
@pytest.mark.parametrize("text", FORMULAS)
def test_nothing_that_is_written_runs_in_a_spreadsheet(text: str, suffix: str, tmp_path: Path) -> None:
    order = an_order()
    lines = tuple(attrs.evolve(line, title=text, sku=text, variant=text) for line in order.lines)
    order = attrs.evolve(order, lines=lines, remark=text, buyer_note=text, tags=(text,), close_reason=text)
    path = tmp_path / f"o{suffix}"
    importers.write([order], path)
    assert not [cell for cell in cells_of(path) if cell.startswith(RUN_BY_A_SPREADSHEET)]
    (again,) = read(path).orders
    assert (again.lines[0].title, again.remark, again.tags) == (text, text, (text,))


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_the_template_runs_nothing(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"t{suffix}"
    importers.write_template(path)
    assert not [cell for cell in cells_of(path) if cell.startswith(RUN_BY_A_SPREADSHEET)]


def test_what_the_command_line_writes_runs_nothing(tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(HEADER + '\'=1,EUR,5,1,"=HYPERLINK(""http://127.0.0.1"")"\n', encoding="utf-8")
    done = CliRunner().invoke(cli, ["read", str(source), "--to", str(target)])
    assert done.exit_code == 0, done.output
    found = cells_of(target)
    assert '\'=HYPERLINK("http://127.0.0.1")' in found
    assert not [cell for cell in found if cell.startswith(RUN_BY_A_SPREADSHEET)]


# nothing is fetched, nothing is run

WATCHED = """
import sys, tempfile
import python_calamine
from crmkit import importers
importers.read(b"order_number,currency,unit_price,quantity\\n1,EUR,5,1\\n", name="warm.csv")
seen = []
def hook(event, args):
    if event.split(".")[0] in ("socket", "urllib", "http", "ftplib", "subprocess", "webbrowser", "smtplib"):
        seen.append(event)
    if event in ("os.system", "os.exec", "os.posix_spawn", "os.fork", "pickle.find_class"):
        seen.append(event)
    if event == "open" and str(args[0]) not in allowed and "crmkit-" not in str(args[0]):
        opened.append(str(args[0]))
allowed, opened = {*sys.argv[1:], tempfile.gettempdir()}, []
sys.addaudithook(hook)
for name in sys.argv[1:]:
    importers.read(name), list(importers.scan(name)), importers.sniff(name)
opened = [name for name in opened if not name.endswith((".py", ".pyc", ".so"))]
print(seen, opened)
"""


def test_nothing_is_fetched_and_nothing_is_run(tmp_path: Path) -> None:
    page = (
        '<html><head><link rel="stylesheet" href="http://127.0.0.1:9/a.css"><script src="http://127.0.0.1:9/a.js">'
        '</script><iframe src="file:///etc/hosts"></iframe><img src="http://127.0.0.1:9/a.png"><table><tr>'
    )
    page += "".join(f"<td>{name}</td>" for name in HEADER.strip().split(","))
    (tmp_path / "page.xls").write_text(page + "</tr><tr><td>1<td>EUR<td>5<td>1<td>a</tr></table>", encoding="utf-8")
    linked = workbook(
        sheet1=lambda data: data.replace(b">a<", b">=WEBSERVICE(&quot;http://127.0.0.1:9/&quot;)<"),
    )
    out = io.BytesIO(linked)
    with zipfile.ZipFile(out, "a") as archive:
        relation = '<Relationships><Relationship Id="r" TargetMode="External" Target="http://127.0.0.1:9/b.xlsx"/>'
        archive.writestr("xl/externalLinks/_rels/externalLink1.xml.rels", relation + "</Relationships>")
        archive.writestr("xl/vbaProject.bin", b"Sub AutoOpen()")
    (tmp_path / "book.xlsx").write_bytes(out.getvalue())
    (tmp_path / "text.csv").write_text(HEADER + "1,EUR,5,1,__import__('os').system('id')\n", encoding="utf-8")
    (tmp_path / "zip.zip").write_bytes(zipped(("../../escape.csv", SOUND), ("/etc/escape.csv", SOUND)))
    names = [str(path) for path in sorted(tmp_path.iterdir())]
    done = subprocess.run([sys.executable, "-c", WATCHED, *names], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "[] []"), done.stderr + done.stdout
    assert sorted(map(str, tmp_path.iterdir())) == names
