"""`crmkit segment`: the same numbers from files and from a store, a list for people, plain answers to bad words."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from crmkit import Crm, demo, importers, segmentation
from crmkit.cli.commands import cli

FILES = ["ExportOrderList202611232200.csv", "ExportOrderDetailList202611232200.csv", "orders_export_1.csv"]
DAY = ["--as-of", "2026-11-23"]
URL = "sqlite:///shop.db"


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A folder with the invented files and a store that holds their orders."""
    folder = tmp_path_factory.mktemp("shop")
    demo.copy_to(folder)
    with Crm.open(f"sqlite:///{folder / 'shop.db'}") as crm:
        crm.take(importers.read(*demo.files()))
    return folder


@pytest.fixture
def folder(shop, monkeypatch):
    monkeypatch.chdir(shop)
    return shop


def crmkit(*words: str):
    return CliRunner().invoke(cli, ["segment", *words])


def table(output: str) -> dict[str, list[str]]:
    """The rows of the table by their first cell."""
    lines = [line.rsplit(maxsplit=4) for line in output.splitlines()]
    return {line[0]: line[1:] for line in lines if line[-1:] == ["CNY"]}


def listed(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("by", ["rfm", "eight", "stages"])
def test_files_and_a_store_have_the_same_table(folder, by):
    from_files, from_store = crmkit(*FILES, *DAY, "--by", by), crmkit("--db", URL, *DAY, "--by", by)
    assert (from_files.exit_code, from_store.exit_code) == (1, 0), from_files.output
    assert table(from_files.output) == table(from_store.output)
    assert table(from_store.output)["All"] == ["86", "100.0%", "41,981.80", "CNY"]


def test_the_table_adds_up_to_what_segmentation_says(folder):
    with Crm.open(URL) as crm:
        found = segmentation.rfm(crm.order_frame(), as_of=demo.AS_OF)
    rows = table(crmkit("--db", URL, *DAY).output)
    told = {name: (int(cells[0]), cells[2].replace(",", "")) for name, cells in rows.items() if name != "All"}
    assert told == {
        segmentation.label(code, "en"): (len(part), str(part["monetary"].sum()))
        for code, part in found.groupby("segment")
    }
    assert list(told) == [segmentation.label(code, "en") for code in segmentation.GRID.names]


def test_a_list_in_chinese_with_its_manifest(folder):
    done = crmkit(*FILES, *DAY, "--lang", "zh", "--to", "名单.csv")
    assert "已将 86 位客户写入 名单.csv" in done.output
    rows = listed(folder / "名单.csv")
    assert (len(rows), len({row["客户"] for row in rows})) == (86, 86)
    assert {row["客户分层"] for row in rows} <= {names["zh"] for names in segmentation.LABELS.values()}
    manifest = json.loads((folder / "名单.csv.manifest.json").read_text(encoding="utf-8"))
    assert (manifest["as_of"], manifest["rows"]) == ("2026-11-24T00:00:00+08:00", 86)
    assert manifest["parameters"]["zone"] == "Asia/Shanghai"
    shown = [line for line in done.output.splitlines() if line.endswith(("消费金额", " CNY"))]
    assert (len(shown), len({sum(1 + (sign > "⺀") for sign in line) for line in shown})) == (13, 1)


def test_a_list_from_files_is_the_same_in_each_run_and_in_any_order_of_files(folder):
    for name, files in (("one.csv", FILES), ("other.csv", FILES[::-1])):
        assert crmkit(*files, *DAY, "--to", name).exit_code == 1
    assert (folder / "one.csv").read_bytes() == (folder / "other.csv").read_bytes()
    assert all(row["customer"].startswith(("account:", "email:")) for row in listed(folder / "one.csv"))


def test_a_saved_rule_from_files_and_store(folder):
    rule = {"v": 1, "all": [{"field": "segment", "op": "in", "value": ["champions", "loyal"]},
                            {"field": "last_purchase", "op": "within_days", "value": 60}]}  # fmt: skip
    (folder / "rule.json").write_text(json.dumps(rule), encoding="utf-8")
    done = crmkit("--db", URL, *DAY, "--rule", "rule.json", "--to", "best.csv")
    assert "segment is Champions or Loyal and last purchase" in done.output
    assert table(done.output)["In the rule"] == table(crmkit(*FILES, *DAY, "--rule", "rule.json").output)["In the rule"]
    with Crm.open(URL) as crm:
        kept = crm.segment(by=segmentation.Rule.load(rule), as_of=demo.AS_OF)
    assert [row["customer"] for row in listed(folder / "best.csv")] == list(kept.customers("member"))
    manifest = json.loads((folder / "best.csv.manifest.json").read_text(encoding="utf-8"))
    assert manifest["rule"] == rule


def test_nobody_is_told_as_nobody(folder):
    done = crmkit("--db", URL, "--as-of", "2001-01-01", "--to", "nobody.csv")
    assert (done.exit_code, "Nobody bought before 2001-01-02" in done.output) == (0, True)
    assert listed(folder / "nobody.csv") == []
    assert "Nobody bought in USD before" in crmkit("--db", URL, "--currency", "usd").output


def test_several_currencies_ask_for_one(folder):
    other = "order_number,currency,unit_price,quantity,email,placed_at,paid_at\n" \
            "1,EUR,5,2,mei@example.com,2026-11-01T09:00Z,2026-11-01T09:05Z\n"  # fmt: skip
    (folder / "euro.csv").write_text(other, encoding="utf-8")
    refused = crmkit(*FILES, "euro.csv", *DAY)
    assert refused.exit_code == 2
    assert "several currencies: CNY (224 orders), EUR (1 orders): give one of them with --currency" in refused.output
    chinese = crmkit(*FILES, "euro.csv", *DAY, "--lang", "zh")
    assert "订单有多个币种（CNY (224笔), EUR (1笔)）；请以 --currency 指定其一。" in chinese.output
    assert "10.00 EUR" in crmkit(*FILES, "euro.csv", *DAY, "--currency", "eur").output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Give order files, or --db URL"),
        ([FILES[0], "--db", URL], "one of the two"),
        (["--db", "sqlite:///missing.db"], "There is no database missing.db"),
        (["--db", "sqlite://"], "There is no database in memory"),
        (["--db", "shop.db"], "is not a database URL"),
        (["--db", "postgresql+psycopg://nobody:secret@127.0.0.1:1/none"], "127.0.0.1"),
        (["poem.csv"], "poem.csv"),
        (["--db", URL, "--by", "nine"], "'nine' is not one of"),
        (["--db", URL, "--rule", "bad.json"], "it is no JSON"),
        (["--db", URL, "--rule", "missing.json"], "missing.json"),
        (["--db", URL, "--rule", "city.json"], "'city' is no column"),
        (["--db", URL, "--rule", "city.json", "--by", "eight"], "leave --by out"),
        (["--db", URL, "--to", "list.xlsx"], "end the name list.xlsx in .csv"),
        (["--db", URL, "--to", "no/such/list.csv"], "There is no folder no/such"),
        (["--db", URL, "--zone", "Moon/Crater"], "Moon/Crater"),
        (["--db", URL, "--as-of", "23.11.2026"], "YYYY-MM-DD"),
    ],
)
def test_what_cannot_be_done_exits_with_2_and_one_line(folder, words, said):
    (folder / "bad.json").write_bytes(b"\xff\xfe{")
    (folder / "city.json").write_text('{"v": 1, "field": "city", "op": "is_null"}', encoding="utf-8")
    done = crmkit(*words)
    assert done.exit_code == 2, done.output
    assert said in done.output
    assert "Traceback" not in done.output
    assert "secret" not in done.output
    assert not (folder / "missing.db").exists()
