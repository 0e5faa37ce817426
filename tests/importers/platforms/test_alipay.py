"""Alipay: the fund bill in every layout, and the trade bill."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from crmkit import importers
from crmkit.importers import UnknownFormatError
from crmkit.importers.platforms.alipay import FUNDS, FUNDS_2024, TRADES
from crmkit.importers.texts import normalised
from crmkit.orders import BillEntry, BillKind
from crmkit.testing import BillContract

SAMPLES = Path(__file__).parents[1] / "samples" / "alipay"
BILL = SAMPLES / "funds.csv"
TRADE_BILL = SAMPLES / "trades.csv"

SET_A = (
    "账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,"
    "交易渠道,业务类型,备注"
)
SET_B = SET_A + ",业务描述,业务账单来源,业务基础订单号,业务订单号"
SET_C = (
    "序号,入账时间,支付宝交易号,支付宝流水号,商户订单号,账务类型,收入（+元）,支出（-元）,账户余额（元）,服务费（元）,支付渠道,签约产品,"
    "对方账户,对方名称,银行订单号,商品名称,备注,业务基础订单号,业务订单号,业务账单来源,业务描述,付款备注"
)


class TestFunds(BillContract):
    sample = BILL
    golden = SAMPLES / "funds.golden.json"
    format = FUNDS
    encoding = "gb18030"


class TestFundsSavedAgain(BillContract):
    sample = SAMPLES / "funds_2012_resaved.csv"
    golden = SAMPLES / "funds_2012_resaved.golden.json"
    format = FUNDS
    encoding = "utf-8-sig"


class TestFundsOf2024(BillContract):
    sample = SAMPLES / "funds_2024.csv"
    golden = SAMPLES / "funds_2024.golden.json"
    format = FUNDS_2024
    encoding = "gb18030"


class TestTrades(BillContract):
    sample = TRADE_BILL
    golden = SAMPLES / "trades.golden.json"
    format = TRADES
    encoding = "gb18030"


def row(amount: str, word: str, note: str = "", *, merchant: str = "", base: str = "", id: str = "301") -> str:  # noqa: A002
    income, outgo = (amount, "0.00") if not amount.startswith("-") else (" ", amount)
    at = "2026-11-05 10:15:02"
    return f"{id}\t,2026110122\t,{merchant}\t,\t,{at},\t,{income},{outgo},1.00,支付宝,{word},{note},,,{base}\t,\t"


def bill(*rows: str, out: str = "0笔，共0.00元", came: str = "0笔，共0.00元", header: str = SET_B) -> bytes:
    lines = ["#支付宝账务明细查询", "#账号：[2088000000000018]", header, *rows]
    lines += [
        "#----账务明细列表结束----",
        f"#支出合计：{out}",
        f"#收入合计：{came}",
        "#导出时间：[2026年12月01日 09:30:00]",
    ]
    return "\r\n".join([*lines, ""]).encode("gb18030")


def only(data: bytes) -> BillEntry:
    report = importers.read(data, name="bill.csv")
    (entry,) = report.entries
    assert not report.problems
    return entry


def entry_of(amount: str, word: str, note: str = "", **more: str) -> BillEntry:
    total = f"1笔，共{amount}元"
    sums = {"out": total} if amount.startswith("-") else {"came": total}
    return only(bill(row(amount, word, note, **more), **sums))


@pytest.mark.parametrize(
    ("amount", "word", "note", "kind"),
    [
        ("59.80", "交易付款", "", "payment"),
        ("59.80", "在线支付", "", "payment"),
        ("-59.80", "在线支付", "", "other"),
        ("-39.90", "交易退款", "售后退款-T200P4026110300000000132", "refund"),
        ("-39.90", "退款（交易退款）", "", "refund"),
        ("39.90", "交易退款", "", "other"),
        ("-30.00", "其它", "保证金退款-T200P4026110300000000132", "refund"),
        ("-100.00", "其它", "天猫保证金-充值", "deposit"),
        ("100.00", "保证金", "保证金解冻", "deposit"),
        ("-1.20", "收费", "短信服务费", "fee"),
        ("-1.20", "其它", "天猫佣金(4026110300000000132)", "fee"),
        ("-1.20", "其它", "淘宝客佣金代扣款[4026110300000000132]", "fee"),
        ("-1.20", "其它", "代扣返点积分(4026110300000000132)", "fee"),
        ("-1.20", "其它", "公益宝贝捐赠(4026110300000000132)", "fee"),
        ("1.20", "退费", "", "fee_refund"),
        ("1.20", "转账", "淘宝客佣金退款[4026110300000000132]", "fee_refund"),
        ("-6.60", "交易分账", "", "split"),
        ("-5.00", "转账", "支付宝转账小额打款-订单号4026110300000000132", "compensation"),
        ("-210.00", "转账", "货款", "transfer"),
        ("210.00", "转账", "订单号4026110300000000132", "transfer"),
        ("-300.00", "提现", "", "transfer"),
        ("-300.00", "转出到网商银行", "", "transfer"),
        ("-2.00", "其它", "未知", "other"),
    ],
)
def test_what_an_entry_is(amount: str, word: str, note: str, kind: str) -> None:
    entry = entry_of(amount, word, note)
    assert (entry.kind, str(entry.amount)) == (BillKind(kind), f"{amount} CNY")


def test_an_unknown_word_comes_through_with_a_remark() -> None:
    report = importers.read(bill(row("8.00", "红包雨", ""), came="1笔，共8.00元"), name="bill.csv")
    assert [(e.kind, str(e.amount)) for e in report.entries] == [(BillKind.OTHER, "8.00 CNY")]
    assert [(p.code, p.severity, p.value) for p in report.problems] == [("unknown_entry", "warning", "红包雨")]


@pytest.mark.parametrize(
    ("more", "orders"),
    [
        ({"base": "4026110300000000132", "merchant": "T200P4026110300000000999"}, ("4026110300000000132",)),
        ({"merchant": "T200P4026110300000000132"}, ("4026110300000000132",)),
        ({"merchant": "T50060P4026110300000000132"}, ("4026110300000000132",)),
        ({"note": "退款{4026110300000000132}"}, ("4026110300000000132",)),
        ({"note": "退款（4026110300000000132）", "merchant": "CAE_1"}, ("4026110300000000132",)),
        ({"note": "订单号4026110300000000132"}, ("4026110300000000132",)),
        ({"note": "(4026110300000000132)(4026110300000000140)"}, ("4026110300000000132", "4026110300000000140")),
        ({"note": "电话(13800000002)"}, ()),
        ({"merchant": "LANTERN-7"}, ("LANTERN-7",)),
        ({}, ()),
    ],
)
def test_which_order_an_entry_names(more: dict[str, str], orders: tuple[str, ...]) -> None:
    assert entry_of("-9.00", "交易退款", **more).orders == orders


def test_a_merchants_number_of_a_fee_is_no_order() -> None:
    assert entry_of("-9.00", "收费", "服务费", merchant="CAE_CHARITY_1").orders == ()


def test_the_sign_of_money_out_does_not_matter() -> None:
    plain = row("-9.00", "交易退款").replace("-9.00", "9.00")
    assert str(only(bill(plain, out="1笔，共9.00元")).amount) == "-9.00 CNY"
    assert str(only(bill(plain, out="1笔，共-9.00元")).amount) == "-9.00 CNY"


def test_an_empty_first_column_and_thousands_are_read() -> None:
    shifted = "," + row("1000.00", "交易付款")
    assert str(only(bill(shifted, came="1笔，共1,000.00元", header="," + SET_B)).amount) == "1000.00 CNY"


def test_an_empty_bill_is_valid() -> None:
    report = importers.read(bill(), name="bill.csv")
    assert (report.entries, report.problems, report.rows.read) == ((), (), 0)


@pytest.mark.parametrize(
    ("sums", "column"),
    [
        ({"came": "2笔，共8.00元"}, "收入笔数"),
        ({"came": "1笔，共8.01元"}, "收入合计"),
        ({"came": "1笔，共8.00元", "out": "1笔，共0.00元"}, "支出笔数"),
        ({"came": "1笔，共8.00元", "out": "0笔，共-2.00元"}, "支出合计"),
    ],
)
def test_totals_that_do_not_hold_are_told(sums: dict[str, str], column: str) -> None:
    report = importers.read(bill(row("8.00", "交易付款"), **sums), name="bill.csv")
    assert [(p.code, p.severity, p.column) for p in report.problems] == [("does_not_add_up", "error", column)]
    assert len(report.entries) == 1


@pytest.mark.parametrize("without", ["#支出合计", "#收入合计"])
def test_a_trailer_that_is_not_whole_looks_cut(without: str) -> None:
    lines = bill(row("8.00", "交易付款"), came="1笔，共8.00元").decode("gb18030").splitlines(keepends=True)
    kept = "".join(line for line in lines if not line.startswith(without))
    report = importers.read(kept.encode("gb18030"), name="bill.csv")
    assert [(p.code, p.severity) for p in report.problems] == [("cut_file", "error")]
    assert report.looks_cut


def test_the_layout_of_2024_is_remarked_on_where_it_has_no_trailer() -> None:
    lines = (SAMPLES / "funds_2024.csv").read_bytes().decode("gb18030").splitlines(keepends=True)
    kept = "".join(line for line in lines if "合计" not in line)
    report = importers.read(kept.encode("gb18030"), name="bill.csv")
    assert [(p.code, p.severity) for p in report.problems] == [("cut_file", "warning")]
    assert len(report.entries) == 6


def test_rows_outside_the_period_are_told() -> None:
    data = BILL.read_bytes().decode("gb18030").replace("终止日期：[2026年12月01日", "终止日期：[2026年11月30日")
    report = importers.read(data.encode("gb18030"), name="bill.csv")
    assert [(p.code, p.severity) for p in report.problems] == [("does_not_add_up", "warning")]
    assert "1 rows outside the period" in report.problems[0].reason


def test_an_entry_of_two_overlapping_bills_is_one_entry() -> None:
    first = bill(row("8.00", "交易付款", id="301"), came="1笔，共8.00元")
    both = bill(row("8.00", "交易付款", id="301"), row("9.00", "交易付款", id="302"), came="2笔，共17.00元")
    report = importers.read(named(first, "a.csv"), named(both, "b.csv"))
    assert [entry.id for entry in report.entries] == ["301", "302"]
    assert report.skipped == {"entries told before": 1}
    assert not report.problems


def test_an_entry_that_is_told_in_two_ways_is_remarked_on() -> None:
    first = bill(row("8.00", "交易付款"), came="1笔，共8.00元")
    other = bill(row("9.00", "交易付款"), came="1笔，共9.00元")
    report = importers.read(named(first, "a.csv"), named(other, "b.csv"))
    assert [str(entry.amount) for entry in report.entries] == ["8.00 CNY"]
    assert [(p.code, p.source) for p in report.problems] == [("contradiction", "b.csv")]


def test_of_a_zip_the_detail_is_read_and_the_summary_left() -> None:
    header = "类型,收入笔数,收入金额（+元）,支出笔数,支出金额（-元）"
    summary = f"#支付宝账务汇总查询\r\n#账号：[2088]\r\n{header}\r\n合计,1,8.00,0,0.00\r\n"
    packed = zipped({"明细.csv": BILL.read_bytes(), "汇总.csv": summary.encode("gb18030")})
    report = importers.read(packed, name="bill.zip")
    assert report.entries == importers.read(BILL).entries
    assert report.skipped == {"another table": 1}


@pytest.mark.parametrize("value", ["3.00E+14", "4.02611E+18"])
def test_a_number_that_a_spreadsheet_destroyed_is_told(value: str) -> None:
    report = importers.read(bill(row("8.00", "交易付款", id=value), came="1笔，共8.00元"), name="bill.csv")
    assert not report.entries
    assert {p.code for p in report.problems} == {"damaged_identifier", "does_not_add_up"}


def test_money_in_and_out_at_once_is_refused() -> None:
    both = row("8.00", "交易付款").replace(",8.00,0.00,", ",8.00,3.00,")
    report = importers.read(bill(both, came="1笔，共8.00元", out="1笔，共3.00元"), name="bill.csv")
    assert [p.code for p in report.errors] == ["bad_money"]


def test_raw_cells_are_kept_or_not() -> None:
    assert importers.read(BILL).entries[0].raw["业务类型"] == "交易付款"
    assert not importers.read(BILL, keep_raw=False).entries[0].raw


def test_the_counterparty_is_never_shown_in_a_repr() -> None:
    entry = importers.read(BILL).entries[0]
    assert entry.counterparty == "李**(li***@example.com)"
    assert "example.com" not in repr(entry)


def test_the_shop_that_the_caller_names_is_the_entries() -> None:
    assert {entry.shop for entry in importers.read(BILL, shop="paper-lantern").entries} == {"paper-lantern"}


@pytest.mark.parametrize("header", [SET_A, SET_B, SET_C])
def test_every_column_of_every_layout_is_read_or_knowingly_left(header: str) -> None:
    assert {normalised(name) for name in header.split(",")} <= FUNDS.columns | FUNDS.ignored


def test_every_column_of_the_trade_bill_is_read_or_knowingly_left() -> None:
    header = TRADE_BILL.read_bytes().decode("gb18030").splitlines()[4]
    assert len(header.split(",")) == 25
    assert {normalised(name) for name in header.split(",")} <= TRADES.columns | TRADES.ignored


@pytest.mark.parametrize(("path", "name"), [(BILL, "alipay.funds"), (TRADE_BILL, "alipay.trades")])
def test_sniffing_names_the_bill_alone(path: Path, name: str) -> None:
    first, *others = importers.sniff(path)
    assert first.format == name
    assert [guess.format for guess in others if guess.confidence >= 0.5] == []


def test_the_bill_of_another_marketplace_with_the_same_money_columns_is_not_taken() -> None:
    header = "商户订单号,发生时间,收入金额（+元）,支出金额（-元）,账务类型,备注"
    text = f"#拼多多店铺账务明细查询\n{header}\n1,2026-11-01 09:00:00,1,0,交易收入,\n"
    with pytest.raises(UnknownFormatError):
        importers.read(text.encode("gb18030"), name="bill.csv", format=FUNDS)
    guesses = importers.sniff(text.encode("gb18030"))
    assert [guess.format for guess in guesses if guess.confidence >= 0.5 and guess.format.startswith("alipay")] == []


def test_a_bill_in_a_workbook_is_read() -> None:
    from crmkit.importers.files.sheets import write_sheet

    lines = BILL.read_bytes().decode("gb18030").splitlines()
    rows = [[line] if line.startswith("#") else [cell.strip() for cell in line.split(",")] for line in lines]
    out = io.BytesIO()
    write_sheet(out, rows)
    assert importers.read(out.getvalue(), name="bill.xlsx").entries == importers.read(BILL).entries


def test_a_trade_bill_with_wrong_totals_is_told() -> None:
    text = TRADE_BILL.read_bytes().decode("gb18030")
    change: Callable[[str], bytes] = lambda wrong: text.replace("3笔，商家实收共288.50元", wrong).encode("gb18030")  # noqa: E731
    report = importers.read(change("3笔，商家实收共288.40元"), name="bill.csv")
    assert [(p.code, p.column) for p in report.errors] == [("does_not_add_up", "交易合计")]


def named(data: bytes, name: str) -> io.BytesIO:
    source = io.BytesIO(data)
    source.name = name
    return source


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()
