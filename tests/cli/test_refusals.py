"""What a beginner types: files without buyers, missing files, days to come, and all of it in Chinese."""

from __future__ import annotations

import re
import string
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner, Result

from crmkit import demo
from crmkit.cli.commands import cli
from crmkit.cli.sentences import SENTENCES

ORDERS, ITEMS, SHOPIFY = (
    "ExportOrderList202611232200.csv", "ExportOrderDetailList202611232200.csv", "orders_export_1.csv",
)  # fmt: skip
DAY = ["--as-of", "2026-11-23"]
CHINESE = re.compile("[一-鿿]")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    demo.copy_to(tmp_path)
    (tmp_path / "poem.csv").write_text("roses,violets\nred,blue\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def crmkit(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


def test_items_without_buyers_are_no_customers_of_segment() -> None:
    done = crmkit("segment", ITEMS, *DAY)
    assert done.exit_code == 1
    assert f"error: {ITEMS} The files name no buyer of 147 orders" in done.output
    assert "Give the order report that belongs with it" in done.output
    assert "CNY" not in done.output
    assert "Nobody" not in done.output


def test_items_beside_other_orders_count_for_nobody(folder) -> None:
    alone = crmkit("segment", SHOPIFY, *DAY)
    both = crmkit("segment", SHOPIFY, ITEMS, *DAY)
    assert both.exit_code == 1
    assert "no buyer of 147 orders" in both.output
    tables = [[line for line in done.output.splitlines() if line.endswith(" CNY")] for done in (alone, both)]
    assert tables[0] == tables[1] != []
    whole = crmkit("segment", ORDERS, ITEMS, *DAY)
    assert "no buyer" not in whole.output


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_run_folds_refused_items_into_one_problem_and_calls_nothing_known(lang) -> None:
    done = crmkit("run", ITEMS, "--db", "sqlite:///shop.db", *DAY, "--lang", lang)
    assert done.exit_code == 1
    assert "147" in done.output
    assert not re.search("known already|均已入库", done.output)
    told = [line for line in done.output.splitlines() if line.startswith(("  error", "  错误"))]
    assert len(told) == 1
    assert ("no buyer of 147 orders" if lang == "en" else "有147笔订单的文件中没有买家") in told[0]


def test_run_takes_items_of_orders_that_are_known(folder) -> None:
    crmkit("run", ORDERS, "--db", "sqlite:///shop.db", *DAY)
    later = crmkit("run", ITEMS, "--db", "sqlite:///shop.db", *DAY)
    assert "147 refused" not in later.output
    assert " changed" in later.output


def test_review_looks_at_nobody_without_a_buyer() -> None:
    done = crmkit("identity", "review", ITEMS)
    assert done.exit_code == 1
    assert "no buyer of 147 orders" in done.output
    assert "0 records" in done.output


def test_what_all_customers_share_is_told_and_is_no_failure() -> None:
    (head, *rows) = (
        "order_number,currency,unit_price,quantity,email,placed_at,paid_at",
        *(f"{n},EUR,5,1,p{n}@example.com,2026-11-01T09:00Z,2026-11-01T09:05Z" for n in range(3)),
    )
    with open("flat.csv", "w", encoding="utf-8") as out:
        out.write("\n".join([head, *rows]) + "\n")
    english, chinese = crmkit("segment", "flat.csv", *DAY), crmkit("segment", "flat.csv", *DAY, "--lang", "zh")
    assert "warning: orders 'monetary' is equal for all customers; they share one score" in english.output
    assert "提醒：订单 'monetary' 该维度上所有客户相同，得分一样。" in chinese.output
    assert (english.exit_code, chinese.exit_code) == (0, 0)


@pytest.mark.parametrize(
    ("words", "english", "chinese"),
    [
        (["segment", "nope.csv"], "There is no file nope.csv.", "文件 nope.csv 不存在。"),
        (["read", "."], ". is a folder; give the files in it", ". 是文件夹"),
        (["run", "no/x.csv"], "There is no folder no.", "文件夹 no 不存在。"),
        (["segment", ORDERS, "--to", "x.xlsx"], "end the name x.xlsx in .csv", "请使 x.xlsx 以 .csv 结尾"),
        (["segment", ORDERS, "--to", "no/x.csv"], "There is no folder no for the list", "名单所在的文件夹 no 不存在"),
        (["run", ORDERS, "--report", "no/x.html"], "no folder no for the report", "报告所在的文件夹 no 不存在"),
        (["read", ORDERS, "--to", "x.pdf"], ".csv or .jsonl", "以其一结尾"),
        (["read", "poem.csv"], "`crmkit template FILE.csv` writes a table", "其表头为：roses、violets。"),
        (["run", "poem.csv"], "importers.template(columns={…})", "importers.template(columns={…})"),
        (["segment"], "Give order files, or --db URL", "请给出订单文件"),
        (["segment", "--db", "sqlite:///gone.db"], "There is no database gone.db", "数据库 gone.db 不存在"),
        (["segment", ORDERS, "--by", "rfm", "--rule", "r.json"], "leave --by out", "请去掉 --by"),
    ],
)  # fmt: skip
def test_refusals_say_what_helps_in_both_languages(words, english, chinese) -> None:
    for lang, said in (("en", english), ("zh", chinese)):
        done = crmkit(*words, "--lang", lang)
        assert done.exit_code == 2, done.output
        assert said in done.output
        assert "Errno" not in done.output
        assert lang == "en" or CHINESE.search(done.output)


def test_a_file_that_may_not_be_read_is_told(monkeypatch) -> None:
    def refuses(*_, **__):
        raise PermissionError(13, "Permission denied", "secret.csv")

    monkeypatch.setattr("crmkit.importers.read", refuses)
    assert crmkit("read", "secret.csv").output == "crmkit: secret.csv may not be opened: permission denied.\n"


@pytest.mark.parametrize("command", [["segment"], ["run", "--db", "sqlite:///shop.db"]])
def test_a_day_to_come_is_told_and_today_is_not(command) -> None:
    today = datetime.now(UTC).date()
    for days, lang in ((40, "en"), (40, "zh"), (0, "en")):
        day = f"{today + timedelta(days=days):%Y-%m-%d}"
        done = crmkit(*command, SHOPIFY, "--as-of", day, "--zone", "UTC", "--lang", lang)
        said = f"--as-of {day} lies in the future" if lang == "en" else f"--as-of {day} 在未来"
        assert (said in done.output) is (days > 0)


@pytest.mark.parametrize("command", [["segment", *DAY], ["read"], ["run", "--db", "sqlite:///shop.db", *DAY]])
def test_chinese_speaks_chinese_throughout(command) -> None:
    done = crmkit(*command, ORDERS, SHOPIFY, "--lang", "zh")
    assert done.exit_code == 1
    assert "224笔订单 · 5个问题" in done.output
    assert f"错误：{ORDERS}:17 [订单编号] '4.50E+17' 编号被表格软件改坏" in done.output
    assert f"提醒：{ORDERS}:66" in done.output
    own = [line for line in done.output.splitlines() if not CHINESE.search(line)]
    assert all(re.fullmatch(r" *\S+\.csv: \w+\.\w+", line) for line in own), own


def test_both_languages_have_the_same_values() -> None:
    fields = [
        (key, *({name for _, name, _, _ in string.Formatter().parse(text) if name} for text in both))
        for key, both in SENTENCES.items()
    ]
    own = {"unknown_format", "own_format", "several_formats", "cannot"}
    assert [key for key, english, chinese in fields if english != chinese and key not in own] == []
    assert [key for key, (_, chinese) in SENTENCES.items() if not CHINESE.search(chinese)] == []
