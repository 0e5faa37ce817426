"""The command line as a user meets it: what it prints, what it writes, how it exits."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys

import pytest
from click.testing import CliRunner
from store_content import content_of

from crmkit import importers
from crmkit.cli.commands import cli
from crmkit.demo import copy_to
from crmkit.storage.sqlalchemy import SqlAlchemyStore


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the invented files, as the current one."""
    copy_to(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


FILES = ["ExportOrderList202611232200.csv", "ExportOrderDetailList202611232200.csv", "orders_export_1.csv"]
RUN = ["run", "--db", "sqlite:///shop.db", "--as-of", "2026-11-23"]


def crmkit(*words: str):
    return CliRunner().invoke(cli, list(words))


def held(folder) -> dict[str, object]:
    store = SqlAlchemyStore(f"sqlite:///{folder / 'shop.db'}")
    try:
        return content_of(store)
    finally:
        store.close()


def test_demo_does_what_it_promises(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = crmkit("demo")
    assert done.exit_code == 0, done.output
    assert "224 new" in done.output
    assert "Customers: 90, 12 of them found under a second account" in done.output
    page = (tmp_path / "crmkit-report.html").read_text(encoding="utf-8")
    assert "Parcel is late" in page
    assert crmkit("demo").exit_code == 0  # again, over the files of the first time


def test_demo_as_a_process_writes_plain_lines_into_a_pipe(tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "crmkit.cli", "demo", "--lang", "zh"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert "\x1b" not in done.stdout
    assert "报告：crmkit-report.html" in done.stdout
    page = (tmp_path / "crmkit-report.html").read_text(encoding="utf-8")
    assert 'lang="zh' in page
    assert page.count("<svg") == page.count('role="img"') == 10
    assert "src=" not in page
    assert "http://" not in page.replace("http://www.w3.org/", "")


def test_run_twice_says_nothing_new_and_changes_nothing(folder):
    first = crmkit(*RUN, *FILES)
    assert first.exit_code == 1, first.output  # five bad rows
    before = held(folder)
    second = crmkit(*RUN, *FILES)
    assert second.exit_code == 1
    assert "Nothing new: all 224 orders are known already." in second.output
    assert held(folder) == before


def test_run_without_problems_exits_with_0(folder):
    importers.write(importers.read(*FILES).orders, folder / "clean.csv")
    done = crmkit(*RUN, "clean.csv", "--points", "none")
    assert done.exit_code == 0, done.output
    assert "Points booked" not in done.output


def test_the_order_of_files_and_the_same_files_twice_do_not_matter(folder):
    crmkit(*RUN, *FILES)
    once = held(folder)
    (folder / "shop.db").unlink()
    twice = crmkit(*RUN, *reversed(FILES), *FILES)
    assert twice.exit_code == 1
    assert held(folder)["orders"] == once["orders"]


@pytest.mark.parametrize("target", ["orders.csv", "orders.jsonl"])
def test_read_writes_orders(folder, target):
    done = crmkit("read", *FILES, "--to", target)
    assert done.exit_code == 1
    assert "224 orders written" in done.output
    if target.endswith("csv"):
        again = importers.read(folder / target)
        assert again.problems == ()
        assert set(again.orders) == set(importers.read(*FILES).orders)
    else:
        lines = (folder / target).read_text(encoding="utf-8").splitlines()
        assert len(lines) == 224
        assert json.loads(lines[0])["paid"].keys() == {"amount", "currency"}


def test_read_lists_every_problem_with_file_and_line(folder):
    done = crmkit("read", *FILES)
    for problem in importers.read(*FILES).problems:
        assert f"{problem.source}:{problem.line}" in done.output


def test_formats_lists_each_in_one_line(folder):
    done = crmkit("formats")
    assert done.exit_code == 0
    told = [line.split() for line in done.output.splitlines()]
    assert [(line[0], line[1]) for line in told if line[0] != "crmkit" and "." in line[0]] == [
        (info.name, info.family) for info in importers.formats() if "." in info.name
    ]
    assert len(told) == len(importers.formats())


def test_formats_tells_all_of_one_and_lists_those_of_a_platform(folder):
    done = crmkit("formats", "taobao.orders")
    assert "recognised by: " in done.output
    assert "买家会员名" in done.output
    assert [line.split()[0] for line in crmkit("formats", "taobao").output.splitlines()] == [
        "taobao.items",
        "taobao.orders",
    ]
    unknown = crmkit("formats", "taobaa")
    assert (unknown.exit_code, "no format 'taobaa'" in unknown.output) == (2, True)


def test_a_reader_that_goes_away_sees_no_traceback():
    command = f"{sys.executable} -m crmkit.cli formats | head -n 1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert (done.stdout.count("\n"), done.stderr) == (1, "")


@pytest.mark.parametrize("target", ["template.csv", "template.xlsx"])
def test_template_is_written_and_read_back(folder, target):
    done = crmkit("template", target)
    if target.endswith("xlsx") and done.exit_code == 2:
        assert "xlsx" in done.output
        return
    assert done.exit_code == 0, done.output
    assert len(importers.read(folder / target).orders) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["read", "nothing-here.csv"], "nothing-here.csv"),
        (["read", "poem.csv"], "poem.csv"),
        (["read", *FILES, "--to", "orders.pdf"], ".csv or .jsonl"),
        (["read", "broken.xlsx"], "broken.xlsx"),
        ([*RUN, "poem.csv"], "poem.csv"),
        ([*RUN, *FILES, "--zone", "Moon/Crater"], "Moon/Crater"),
        ([*RUN, *FILES, "--points", "much"], "much"),
        (["run", *FILES, "--db", "sqlite:////no/such/folder/shop.db"], "does its folder exist"),
        (["run", *FILES, "--db", "shop.db"], "is not a database URL"),
        (["run", *FILES, "--db", "foo://x"], "foo://x"),
        (["run", *FILES, "--report", "no/such/folder.html"], "no/such"),
        (["run", *FILES, "--db", "postgresql+psycopg://nobody@127.0.0.1:1/none"], "127.0.0.1"),
    ],
)
def test_what_cannot_be_done_exits_with_2_and_one_line(folder, words, said):
    (folder / "poem.csv").write_text("roses,red\nviolets,blue\n")
    (folder / "broken.xlsx").write_bytes(b"PK\x03\x04 and then nothing that belongs to a workbook")
    done = crmkit(*words)
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output
    assert said in done.output
    assert not isinstance(done.exception, AttributeError | TypeError)


def test_a_password_is_not_printed(folder):
    done = crmkit("run", *FILES, "--db", "postgresql+psycopg://nobody:secret@127.0.0.1:1/none")
    assert done.exit_code == 2
    assert "secret" not in done.output


def test_a_wrong_date_is_refused_at_the_door(folder):
    done = crmkit("run", *FILES, "--as-of", "23.11.2026")
    assert done.exit_code == 2
    assert "YYYY-MM-DD" in done.output


def test_a_locked_database_is_told_and_the_same_command_finishes_later(folder, monkeypatch):
    monkeypatch.setattr("crmkit.storage.sqlalchemy.store._BUSY_SECONDS", 0.2)
    assert crmkit(*RUN, FILES[2]).exit_code == 1
    blocker = sqlite3.connect(folder / "shop.db")
    blocker.execute("BEGIN IMMEDIATE")
    locked = crmkit(*RUN, *FILES)
    blocker.rollback()
    blocker.close()
    assert locked.exit_code == 2, locked.output
    assert "locked" in locked.output
    finished = crmkit(*RUN, *FILES)
    assert finished.exit_code == 1
    assert len(held(folder)["orders"]) == 224


def test_a_file_cut_in_the_middle_gives_its_whole_orders_and_the_whole_file_the_rest(folder):
    whole = (folder / FILES[0]).read_bytes()
    (folder / "cut.csv").write_bytes(whole[: len(whole) * 2 // 3])
    cut = crmkit(*RUN, "cut.csv")
    assert cut.exit_code == 1
    assert "cut" in cut.output
    some = len(held(folder)["orders"])
    assert 50 < some < 148
    assert crmkit(*RUN, *FILES).exit_code == 1
    assert len(held(folder)["orders"]) == 224


def test_an_item_file_first_and_its_order_file_later_are_one_set_of_orders(folder):
    alone = crmkit(*RUN, FILES[1])
    assert alone.exit_code == 1
    assert "Give the order report that belongs with it" in alone.output
    assert crmkit(*RUN, *FILES).exit_code == 1
    later = held(folder)
    (folder / "shop.db").unlink()
    crmkit(*RUN, *FILES)
    at_once = held(folder)
    assert (later["orders"], later["persons"], later["entries"]) == (
        at_once["orders"],
        at_once["persons"],
        at_once["entries"],
    )


def test_an_empty_file_is_a_warning_and_not_a_crash(folder):
    (folder / "empty.csv").write_bytes(b"")
    done = crmkit(*RUN, "empty.csv")
    assert done.exit_code in (1, 2)
    assert "empty" in done.output


def test_read_explains_files_before_the_summary(folder):
    done = crmkit("read", FILES[0], FILES[2], "--explain")
    assert "taobao.orders, because it has" in done.output
    assert "订单编号 -> order.number" in done.output
    assert "Lineitem sku -> line.sku" in done.output
    assert done.output.index("-> order.number") < done.output.index(f"{FILES[0]}: taobao.orders\n")
    assert "rows:" in done.output


def test_read_explains_a_file_of_no_known_format_and_exits_with_2(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("order_number,currency,price\n1,EUR,5\n", encoding="utf-8")
    done = crmkit("read", str(path), "--explain")
    assert done.exit_code == 2
    assert "unit_price" in done.stdout
