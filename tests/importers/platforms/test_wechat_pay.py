"""WeChat Pay: the trade bill in every layout, and the fund bill."""

from __future__ import annotations

import gzip
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crmkit import importers
from crmkit.importers import DamagedFileError
from crmkit.importers.platforms.wechat_pay import FUNDS, TRADES
from crmkit.importers.texts import normalised
from crmkit.orders import BillKind
from crmkit.testing import BillContract

SAMPLES = Path(__file__).parents[1] / "samples" / "wechat_pay"
BILL = SAMPLES / "trades.csv"

NOW = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,"
    "微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
OLD = (
    "交易时间,公众账号ID,商户号,子商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,总金额,企业红包金额,"
    "微信退款单号,商户退款单号,退款金额,企业红包退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率"
)
SUMS = {"应结订单总金额": "应结订单金额", "退款总金额": "退款金额", "充值券退款总金额": "充值券退款金额"}
SUMS |= {"手续费总金额": "手续费", "订单总金额": "订单金额", "申请退款总金额": "申请退款金额"}


class TestTrades(BillContract):
    sample = BILL
    golden = SAMPLES / "trades.golden.json"
    format = TRADES
    encoding = "utf-8-sig"


class TestTradesOf2016(BillContract):
    sample = SAMPLES / "trades_2016.csv"
    golden = SAMPLES / "trades_2016.golden.json"
    format = TRADES


class TestFunds(BillContract):
    sample = SAMPLES / "funds.csv"
    golden = SAMPLES / "funds.golden.json"
    format = FUNDS
    encoding = "utf-8-sig"


def payment(**cells: str) -> dict[str, str]:
    known = {
        "交易时间": "2026-11-02 10:00:01",
        "公众账号ID": "wx01",
        "商户号": "1900000109",
        "微信订单号": "4200000001",
    }
    known |= {"商户订单号": "LANTERN-1", "用户标识": "oLANTERN-1", "交易状态": "SUCCESS", "货币种类": "CNY"}
    known |= {"应结订单金额": "8.00", "退款金额": "0.00", "充值券退款金额": "0.00", "手续费": "0.05000"}
    return known | {"订单金额": "8.00", "申请退款金额": "0.00"} | cells


def refund(**cells: str) -> dict[str, str]:
    money = {
        "应结订单金额": "0.00",
        "订单金额": "0.00",
        "退款金额": "3.00",
        "申请退款金额": "3.00",
        "手续费": "0.00000",
    }
    known = {"交易状态": "REFUND", "微信退款单号": "5000000001", "退款状态": "SUCCESS"}
    return payment(**(money | known | cells))


def bill(*rows: dict[str, str], header: str = NOW, total: dict[str, str] | None = None) -> bytes:
    names = header.split(",")
    lines = [header, *(",".join(f"`{row.get(name, '')}" for name in names) for row in rows)]
    sums = {"总交易单数": str(len(rows))}
    sums |= {name: str(sum((Decimal(row.get(of) or "0") for row in rows), Decimal(0))) for name, of in SUMS.items()}
    sums |= total or {}
    lines += [",".join(sums), ",".join(f"`{value}" for value in sums.values())]
    return "\r\n".join([*lines, ""]).encode()


def read(*rows: dict[str, str], **more: Any) -> importers.ImportReport:
    return importers.read(bill(*rows, **more), name="bill.csv")


def told(report: importers.ImportReport) -> list[tuple[str, str]]:
    return [(str(entry.kind), str(entry.amount)) for entry in report.entries]


def test_a_payment_and_its_fee() -> None:
    report = read(payment())
    assert told(report) == [("payment", "8.00 CNY"), ("fee", "-0.05 CNY")]
    assert {entry.orders for entry in report.entries} == {("LANTERN-1",)}
    assert {entry.account for entry in report.entries} == {"1900000109"}
    assert not report.problems


def test_a_coupon_is_paid_and_not_settled() -> None:
    entry = read(payment(订单金额="10.00")).entries[0]
    assert (str(entry.amount), str(entry.settled)) == ("10.00 CNY", "8.00 CNY")


def test_a_refund_names_the_order_that_was_paid() -> None:
    entry = read(refund(申请退款金额="3.50", 商户退款单号="R-1")).entries[0]
    assert (entry.kind, entry.id, entry.order) == (BillKind.REFUND, "5000000001", "LANTERN-1")
    assert (str(entry.amount), str(entry.settled)) == ("-3.50 CNY", "-3.00 CNY")


def test_several_refunds_of_one_order_are_several_entries() -> None:
    report = read(payment(), refund(), refund(微信退款单号="5000000002"))
    assert told(report) == [
        ("payment", "8.00 CNY"),
        ("fee", "-0.05 CNY"),
        ("refund", "-3.00 CNY"),
        ("refund", "-3.00 CNY"),
    ]


@pytest.mark.parametrize("state", ["PROCESSING", "FAIL", "CHANGE"])
def test_a_refund_that_is_not_done_is_skipped_and_counted(state: str) -> None:
    report = read(refund(退款状态=state))
    assert (report.entries, report.skipped) == ((), {"refunds that are not done": 1})
    assert not report.problems


def test_totals_with_and_without_refunds_that_are_not_done_hold() -> None:
    rows = (refund(退款状态="PROCESSING"), refund(微信退款单号="5000000002"))
    assert not read(*rows, total={"退款总金额": "3.00", "申请退款总金额": "3.00"}).problems
    assert not read(*rows).problems
    assert read(*rows, total={"退款总金额": "2.00"}).errors


def test_a_revoked_payment_is_a_refund_of_the_whole() -> None:
    assert told(read(payment(交易状态="REVOKED", 手续费="0.00000"))) == [("refund", "-8.00 CNY")]


def test_an_unknown_state_is_a_problem() -> None:
    report = read(payment(交易状态="USERPAYING"))
    assert not report.entries
    assert "bad_choice" in {problem.code for problem in report.errors}


def test_a_comma_in_a_title_shifts_nothing() -> None:
    entry = read(payment(商品名称="套装, 红, 大", 商户数据包='a,b="1')).entries[0]
    assert (str(entry.amount), entry.raw["商品名称"]) == ("8.00 CNY", "`套装, 红, 大")


def test_the_fee_is_rounded_at_the_half_and_its_sum_is_checked_as_printed() -> None:
    report = read(payment(手续费="0.00500"), payment(微信订单号="4200000002", 手续费="0.00499"))
    assert told(report) == [("payment", "8.00 CNY"), ("fee", "-0.01 CNY"), ("payment", "8.00 CNY")]
    assert not report.problems
    wrong = read(payment(), total={"手续费总金额": "0.06000"})
    assert [(p.code, p.severity) for p in wrong.problems] == [("does_not_add_up", "warning")]


def test_the_fee_of_a_refund_comes_back() -> None:
    assert told(read(refund(手续费="-0.02000"))) == [("refund", "-3.00 CNY"), ("fee_refund", "0.02 CNY")]


@pytest.mark.parametrize("zero", ["0", "0.00", "0.00000", ""])
def test_nothing_is_written_in_several_ways(zero: str) -> None:
    assert told(read(payment(手续费=zero))) == [("payment", "8.00 CNY")]


def test_the_header_may_have_backticks() -> None:
    header = ",".join(f"`{name}" for name in NOW.split(","))
    data = bill(payment()).decode().replace(NOW, header).encode()
    assert importers.read(data, name="bill.csv").entries == read(payment()).entries


def test_a_blank_line_may_stand_before_the_totals() -> None:
    data = bill(payment()).decode().replace("总交易单数", "\r\n总交易单数").encode()
    report = importers.read(data, name="bill.csv")
    assert (len(report.entries), report.problems) == (2, ())


def test_a_bill_that_a_spreadsheet_saved_again_is_read() -> None:
    lines = bill(payment(商品名称="套装, 红")).decode().splitlines()
    row = lines[1].replace("`套装, 红", '"`套装, 红"')
    padded = [lines[0], row, lines[2] + "," * 20, lines[3] + "," * 20, ""]
    report = importers.read("\r\n".join(padded).encode("gb18030"), name="bill.csv")
    assert (told(report), report.problems) == ([("payment", "8.00 CNY"), ("fee", "-0.05 CNY")], ())


def test_an_empty_bill_is_valid_and_one_without_totals_is_cut() -> None:
    assert (read().entries, read().problems) == ((), ())
    report = importers.read(f"{NOW}\r\n".encode(), name="bill.csv")
    assert [(p.code, p.severity) for p in report.problems] == [("cut_file", "error")]


def test_a_download_in_gzip_is_read_by_read_and_scan() -> None:
    packed = gzip.compress(BILL.read_bytes())
    assert importers.read(packed, name="bill.csv.gz").entries == importers.read(BILL).entries
    assert len([*importers.scan(packed, name="bill.csv.gz")]) == len(importers.read(BILL).entries)
    assert importers.sniff(packed, name="bill.csv.gz")[0].format == "wechat_pay.trades"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_half_a_gzip_is_damaged(share: float) -> None:
    packed = gzip.compress(BILL.read_bytes())
    with pytest.raises(DamagedFileError, match=r"bill\.csv\.gz cannot be unpacked"):
        importers.read(packed[: int(len(packed) * share)], name="bill.csv.gz")


def test_a_bomb_in_gzip_is_refused() -> None:
    with pytest.raises(DamagedFileError, match="bomb"):
        importers.read(gzip.compress(b"0" * (4 << 20)), name="bill.csv.gz")
    with pytest.raises(DamagedFileError, match="bomb"):
        importers.read(gzip.compress(BILL.read_bytes()), name="bill.csv.gz", max_bytes=100)


@pytest.mark.parametrize("header", [NOW, OLD])
def test_every_column_of_every_layout_is_read_or_knowingly_left(header: str) -> None:
    assert {normalised(name) for name in header.split(",")} <= TRADES.columns | TRADES.ignored


def test_every_column_of_the_fund_bill_is_read_or_knowingly_left() -> None:
    header = (SAMPLES / "funds.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    assert {normalised(name) for name in header.split(",")} <= FUNDS.columns | FUNDS.ignored


@pytest.mark.parametrize(("file", "name"), [("trades.csv", "wechat_pay.trades"), ("funds.csv", "wechat_pay.funds")])
def test_sniffing_names_the_bill_alone(file: str, name: str) -> None:
    first, *others = importers.sniff(SAMPLES / file)
    assert first.format == name
    assert [guess.format for guess in others if guess.confidence >= 0.5] == []


def test_the_payer_is_for_people_only() -> None:
    entry = read(payment()).entries[0]
    assert entry.counterparty == "oLANTERN-1"
    assert "oLANTERN" not in repr(entry)


def test_an_unknown_word_of_the_fund_bill_comes_through_with_a_remark() -> None:
    text = (SAMPLES / "funds.csv").read_text(encoding="utf-8-sig").replace("`提现,`提现", "`红包,`红包")
    report = importers.read(text.encode(), name="funds.csv")
    assert [(p.code, p.severity) for p in report.problems] == [("unknown_entry", "warning")]
    assert report.entries[-1].kind is BillKind.OTHER
