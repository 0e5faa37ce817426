"""WeChat Pay bills: the trade bill of today and of before 2018, and the fund bill."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from crmkit.importers import cells
from crmkit.importers.bills.form import BillFormat, BillRow, BillTotal
from crmkit.importers.layouts import Values
from crmkit.importers.texts import CellFlaw, clean, sound_identifier
from crmkit.money import Money
from crmkit.orders import BillEntry, BillKind

__all__ = ["FORMATS", "FUNDS", "TRADES"]

_ZONE = "Asia/Shanghai"
_NIL = Decimal(0)
_RESAVED = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M")
_DONE = {"": True, "SUCCESS": True, "PROCESSING": False, "FAIL": False, "CHANGE": False}
_TOTALS_BEGIN = frozenset({"总交易单数", "资金流水总笔数"})


def _number(value: str) -> str:
    """A number of WeChat Pay's own: digits, and letters in some."""
    found = sound_identifier(value)
    if not (found.isascii() and found.isalnum()):
        raise CellFlaw("damaged_identifier", "is not a number as WeChat Pay writes it")
    return found


def _reference(value: str) -> str:
    """A number that the merchant gave, in the signs that WeChat Pay allows."""
    found = sound_identifier(value)
    if not re.fullmatch(r"[0-9A-Za-z_\-|*@.]{1,64}", found):
        raise CellFlaw("damaged_identifier", "is not a number as WeChat Pay lets merchants write it")
    return found


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _at(name: str, *also: str) -> cells.Cell:
    return cells.moment(name, *_RESAVED, zone=_ZONE, also=also)


def _is_aside(row: Sequence[str], follows: bool) -> bool:
    """Whether a row belongs to the totals at the end, which no sign marks: their names, and what follows them."""
    return follows or next((cell for cell in map(clean, row) if cell), "") in _TOTALS_BEGIN


def _stated(rows: Sequence[Sequence[str]]) -> dict[str, Decimal] | None:
    """The totals by their names; None where the row of names or the row of values is not whole."""
    if len(rows) < 2:
        return None
    names = [name for name in map(clean, rows[0]) if name]
    values = [clean(cell) for cell in rows[1]][: len(names)]
    if not names or names[0] not in _TOTALS_BEGIN or len(names) < 5:
        return None
    try:
        return dict(zip(names, map(Decimal, values), strict=True))
    except (InvalidOperation, ValueError):
        return None


def _of_trades(row: BillRow) -> Sequence[BillEntry] | str:
    if row["state"] == "SUCCESS":
        return _payment(row) or "rows of no amount"
    if "is_done" not in row.values:
        raise CellFlaw("missing_column", "is a refund, and no 退款状态 says whether it is done")
    if row["is_done"] is False:
        return "refunds that are not done"
    return _refund(row)


def _orders(row: BillRow) -> tuple[str, ...]:
    return (row.text("merchant"),) if row.text("merchant") else ()


def _ordered(row: BillRow) -> tuple[Decimal, Decimal]:
    """What was paid and what of it is settled; the old layout knows one of them."""
    settled = row.amount("settled")
    return (settled if row["amount"] is None else row.amount("amount")), settled


def _payment(row: BillRow) -> list[BillEntry]:
    amount, settled = _ordered(row)
    if amount < 0 or settled < 0:
        raise CellFlaw("bad_money", "is a payment below zero")
    more = {"orders": _orders(row), "settled": row.money(settled) if settled != amount else None}
    found = [row.entry(BillKind.PAYMENT, amount, **more)] if amount else []
    return found + _fee(row, BillKind.FEE, row.text("id"))


def _refund(row: BillRow) -> list[BillEntry]:
    """Gives back what the buyer was given; the row's order is the one that was paid, and it may have several."""
    settled = abs(row.amount("back"))
    amount = abs(row.amount("asked")) or settled
    number = row.text("refund")
    if row["state"] == "REVOKED" and not amount:
        amount, settled = map(abs, _ordered(row))
        number = number or f"{row.text('id')}/revoked"
    if not number:
        raise CellFlaw("missing_number", "is a refund and has no 微信退款单号")
    if not amount:
        raise CellFlaw("bad_money", "is a refund and has no amount")
    more: dict[str, Any] = {"orders": _orders(row), "id": number, "trade": number}
    more["settled"] = row.money(-settled) if settled != amount else None
    if row["refunded_at"] is not None:
        more["at"] = row["refunded_at"]
    return [row.entry(BillKind.REFUND, -amount, **more), *_fee(row, BillKind.FEE_REFUND, number)]


def _fee(row: BillRow, kind: BillKind, number: str) -> list[BillEntry]:
    """The fee is printed with five decimals; as money it has those of its currency, rounded at the half."""
    fee = abs(row.amount("fee")) * (-1 if kind is BillKind.FEE else 1)
    money = Money.round(fee, row.money(_NIL).currency)
    if money.is_zero:
        return []
    return [row.entry(kind, money, id=f"{number}/fee", trade=number, orders=_orders(row))]


def _adds(field: str) -> Callable[[Values], Decimal]:
    return lambda values: values.get(field) or _NIL


def _adds_if_done(field: str) -> Callable[[Values], Decimal]:
    return lambda values: (values.get(field) or _NIL) if values.get("is_done") is not False else _NIL


def _back(field: str) -> BillTotal:
    """A sum of refunds; whether it holds those that are not done is not known, so both fit."""
    return BillTotal(adds=_adds(field), or_adds=_adds_if_done(field))


_ROWS = BillTotal(adds=lambda _: Decimal(1), or_adds=lambda values: Decimal(values.get("state") == "SUCCESS"))

TRADES = BillFormat(
    name="wechat_pay.trades",
    title="WeChat Pay trade bill (微信支付交易账单)",
    book="trades",
    header=(
        {"交易时间", "公众账号ID", "微信订单号", "商户订单号", "交易状态", "应结订单金额", "订单金额"},
        {"交易时间", "公众账号ID", "微信订单号", "商户订单号", "交易状态", "总金额"},
    ),
    fields={
        "id": cells.parsed("微信订单号", _number, blank=""),
        "trade": cells.parsed("微信订单号", _number, blank=""),
        "merchant": cells.parsed("商户订单号", _reference, blank=""),
        "at": _at("交易时间"),
        "account": cells.text("商户号"),
        "counterparty": cells.text("用户标识", personal=True),
        "state": cells.choice("交易状态", {"SUCCESS": "SUCCESS", "REFUND": "REFUND", "REVOKED": "REVOKED"}),
        "currency": cells.text("货币种类"),
        "settled": cells.money("应结订单金额", also=("总金额",)),
        "amount": cells.money("订单金额"),
        "refund": cells.parsed("微信退款单号", lambda value: "" if value == "0" else _number(value), blank=""),
        "back": cells.money("退款金额"),
        "asked": cells.money("申请退款金额"),
        "coupon_back": cells.money("充值券退款金额", also=("企业红包退款金额",)),
        "is_done": cells.choice("退款状态", _DONE),
        "refunded_at": _at("退款成功时间", "退款申请时间"),
        "fee": cells.money("手续费"),
    },
    entries=_of_trades,
    is_aside=_is_aside,
    stated=_stated,
    totals={
        "总交易单数": _ROWS,
        "应结订单总金额": BillTotal(adds=_adds("settled")),
        "总交易额": BillTotal(adds=_adds("settled")),
        "退款总金额": _back("back"),
        "总退款金额": _back("back"),
        "充值券退款总金额": _back("coupon_back"),
        "总企业红包退款金额": _back("coupon_back"),
        "手续费总金额": BillTotal(adds=_adds("fee"), severity="warning"),
        "订单总金额": BillTotal(adds=_adds("amount")),
        "申请退款总金额": _back("asked"),
    },
    is_backticked=True,
    ignored=_names(
        "特约商户号 子商户号 设备号 交易类型 付款银行 代金券金额 企业红包金额 商户退款单号 退款类型 商品名称 "
        "商户数据包 费率 费率备注 公众账号ID"
    ),
    encodings=("gb18030",),
)
"""The trade bill: what buyers paid and got back."""


_WORDS = {
    "交易": (BillKind.PAYMENT, BillKind.OTHER),
    "退款": (BillKind.OTHER, BillKind.REFUND),
    "扣除交易手续费": (BillKind.FEE_REFUND, BillKind.FEE),
    "交易手续费": (BillKind.FEE_REFUND, BillKind.FEE),
    "退还交易手续费": (BillKind.FEE_REFUND, BillKind.FEE),
    "分账": (BillKind.SPLIT, BillKind.SPLIT),
    "提现": (BillKind.TRANSFER, BillKind.TRANSFER),
    "充值": (BillKind.TRANSFER, BillKind.TRANSFER),
}


def _of_funds(row: BillRow) -> Sequence[BillEntry] | str:
    if row["comes"] is None:
        raise CellFlaw("bad_choice", "does not say whether money came or went (收支类型)")
    amount = row.amount("amount")
    if not amount:
        return "rows of no amount"
    comes = bool(row["comes"]) is (amount > 0)
    word = row.text("word")
    kinds = _WORDS.get(word)
    if kinds is None:
        row.warn("unknown_entry", "is of a kind that is not known; it counts as other money", value=word)
    kind = kinds[0 if comes else 1] if kinds else BillKind.OTHER
    return [row.entry(kind, abs(amount) if comes else -abs(amount))]


def _one_way(field: str, *, comes: bool) -> BillTotal:
    def adds(values: Values) -> Decimal:
        if values.get("comes") is not comes:
            return _NIL
        return Decimal(1) if field == "rows" else abs(values.get("amount") or _NIL)

    return BillTotal(adds=adds)


FUNDS = BillFormat(
    name="wechat_pay.funds",
    title="WeChat Pay fund bill (微信支付资金账单)",
    header={"记账时间", "微信支付业务单号", "资金流水单号", "业务类型", "收支类型", "收支金额(元)"},
    fields={
        "id": cells.parsed("资金流水单号", _number, blank=""),
        "trade": cells.parsed("微信支付业务单号", _number, blank=""),
        "at": _at("记账时间"),
        "word": cells.text("业务类型"),
        "comes": cells.choice("收支类型", {"收入": True, "支出": False}),
        "amount": cells.money("收支金额(元)"),
        "note": cells.text("备注", personal=True),
    },
    entries=_of_funds,
    is_aside=_is_aside,
    stated=_stated,
    totals={
        "资金流水总笔数": BillTotal(adds=lambda _: Decimal(1)),
        "收入笔数": _one_way("rows", comes=True),
        "收入金额": _one_way("amount", comes=True),
        "支出笔数": _one_way("rows", comes=False),
        "支出金额": _one_way("amount", comes=False),
    },
    is_backticked=True,
    ignored=_names("业务名称 账户结余(元) 资金变更提交申请人 业务凭证号"),
    encodings=("gb18030",),
)
"""The fund bill: what came to the account and left it. It names no order: its entries follow the trade bill's."""

FORMATS = (TRADES, FUNDS)
"""Every format of this file."""
