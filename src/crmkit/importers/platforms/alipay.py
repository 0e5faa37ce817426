"""Alipay merchant bills: the fund bill of every layout since 2012, and the trade bill."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import attrs

from crmkit.importers import cells
from crmkit.importers.bills.form import BillFormat, BillHead, BillRow, BillTotal
from crmkit.importers.layouts import Values
from crmkit.importers.texts import CellFlaw, sound_identifier
from crmkit.orders import BillEntry, BillKind

__all__ = ["FORMATS", "FUNDS", "FUNDS_2024", "TRADES"]

_ZONE = "Asia/Shanghai"
_NIL = Decimal(0)
_RESAVED = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y年%m月%d日 %H:%M:%S")
_PAYMENTS = frozenset({"交易付款", "在线支付"})
_REFUNDS = frozenset({"交易退款", "退款（交易退款）", "退款(交易退款)", "退款"})
_OF_ORDERS = _PAYMENTS | _REFUNDS | {"交易分账"}
_OWN = frozenset({"提现", "转出到网商银行", "余利宝", "转入余利宝", "余利宝转出"})
_OTHERS = frozenset({"其它", "其他"})
_FEES = ("天猫佣金", "淘宝客佣金", "软件服务费", "代扣返点积分", "公益宝贝", "佣金", "服务费", "手续费")
_IN_MERCHANT = re.compile(r"T\d{1,6}P(\d{6,32})")
_IN_NOTE = re.compile(
    r"T\d{1,6}P(\d{12,20})|[{(\[（【](\d{12,20})[})\]）】]|订单号[:：]?\s*(\d{12,20})(?!\d)", re.ASCII
)
_DAY = r"\s*\[?\s*(\d{4}年\d\d月\d\d日(?: \d\d:\d\d:\d\d)?)"
_AMOUNT = r"(-?[\d,]+(?:\.\d+)?)"


def _number(value: str) -> str:
    """A number of Alipay's own: letters and digits."""
    found = sound_identifier(value)
    if not re.fullmatch(r"[0-9A-Za-z_\-]{1,64}", found):
        raise CellFlaw("damaged_identifier", "is not a number as Alipay writes it")
    return found


def _reference(value: str) -> str:
    """A number that the merchant or the marketplace gave; it may hold several, and never a letter of another script."""
    found = sound_identifier(value)
    if not found.isascii() or not found.isprintable():
        raise CellFlaw("damaged_identifier", "is not a number as merchants write it")
    return found


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _at(name: str, *also: str) -> cells.Cell:
    return cells.moment(name, *_RESAVED, zone=_ZONE, also=also)


def _numbers_of(row: BillRow, *, is_own: bool) -> tuple[str, ...]:
    """The orders that a row names: its base order, else the one in the merchant's number, else those in the remark."""
    base = tuple(dict.fromkeys(re.findall(r"[0-9A-Za-z_\-]+", row.text("base"))))
    if base:
        return tuple((_IN_MERCHANT.fullmatch(number) or [None, number])[1] for number in base)
    merchant = _IN_MERCHANT.fullmatch(row.text("merchant"))
    if merchant:
        return (merchant[1],)
    noted = tuple(dict.fromkeys(next(filter(None, found)) for found in _IN_NOTE.findall(row.text("note"))))
    if noted:
        return noted
    # A merchant's own number is the number of the order that it has paid; of other entries it is a mere reference.
    return (row.text("merchant"),) if is_own and row.text("merchant") else ()


def _kind_of(word: str, note: str, amount: Decimal, *, names_order: bool) -> BillKind | None:
    """What a row is by its word and its remark; None where the word is not known."""
    comes = amount > 0
    if "保证金" in note or "保证金" in word:
        return BillKind.REFUND if "保证金退款" in note and not comes else BillKind.DEPOSIT
    if word in _PAYMENTS:
        return BillKind.PAYMENT if comes else BillKind.OTHER
    if word in _REFUNDS:
        return BillKind.OTHER if comes else BillKind.REFUND
    is_fee = word in ("收费", "退费", "服务费") or any(named in note for named in _FEES)
    if is_fee and (word in ("收费", "退费", "服务费", "转账", "代扣款") or word in _OTHERS):
        return BillKind.FEE_REFUND if comes else BillKind.FEE
    if word == "交易分账":
        return BillKind.SPLIT
    if word == "转账" or "支付宝转账小额打款" in (word, note[:9]):
        return BillKind.COMPENSATION if names_order and not comes else BillKind.TRANSFER
    if word in _OWN:
        return BillKind.TRANSFER
    return BillKind.OTHER if word in _OTHERS else None


def _income(values: Values) -> Decimal:
    found: Decimal | None = values.get("income")
    return found or _NIL


def _outgo(values: Values) -> Decimal:
    """What went out, above zero: some files print it with a minus, some without."""
    found: Decimal | None = values.get("outgo")
    return abs(found or _NIL)


def _of_funds(row: BillRow) -> Sequence[BillEntry] | str:
    income, outgo = _income(row.values), _outgo(row.values)
    if income and outgo:
        raise CellFlaw("bad_money", "tells money in and money out at once")
    amount = income - outgo
    if not amount:
        return "rows of no amount"
    word, note = row.text("word"), row.text("note")
    numbers = _numbers_of(row, is_own=word in _OF_ORDERS)
    kind = _kind_of(word, note, amount, names_order=bool(numbers))
    if kind is None:
        row.warn("unknown_entry", "is of a kind that is not known; it counts as other money", value=word)
    return [row.entry(kind or BillKind.OTHER, amount, orders=numbers)]


def _head(rows: Sequence[Sequence[str]]) -> BillHead:
    text = _text(rows)
    account = re.search(r"账号[:：]\s*\[?\s*([0-9A-Za-z@._\-]+)", text)
    return BillHead(account=account[1] if account else "", since=_day("起始", text), until=_day("终止", text))


def _day(word: str, text: str) -> datetime | None:
    found = re.search(f"{word}日期[:：]{_DAY}", text)
    if not found:
        return None
    try:
        parts = [int(part) for part in re.findall(r"\d+", found[1])]
        return datetime(*parts[:6], tzinfo=ZoneInfo(_ZONE))  # type: ignore[misc, arg-type]  # three or six numbers
    except ValueError:
        return None


def _text(rows: Sequence[Sequence[str]]) -> str:
    """The lines around a table as text; where a separator parted an amount it is joined again."""
    return "\n".join(",".join(row) for row in rows)


def _sum_in(text: str, label: str, words: str = "共") -> tuple[Decimal, Decimal] | None:
    """Number and sum of a line such as `#收入合计：12笔，共1436.16元`."""
    found = re.search(rf"{label}[:：]\s*([\d,]+)\s*笔\s*[，,]\s*{words}\s*{_AMOUNT}\s*元", text)
    return (Decimal(found[1].replace(",", "")), abs(Decimal(found[2].replace(",", "")))) if found else None


def _stated_in_funds(rows: Sequence[Sequence[str]]) -> dict[str, Decimal] | None:
    text = _text(rows)
    found: dict[str, Decimal] = {}
    for name in ("收入", "支出"):
        told = _sum_in(text, f"{name}合计")
        if told is None:
            return None
        found[f"{name}笔数"], found[f"{name}合计"] = told
    return found


FUNDS = BillFormat(
    name="alipay.funds",
    title="Alipay fund bill (支付宝账务明细)",
    header={
        "账务流水号",
        "业务流水号",
        "商户订单号",
        "发生时间",
        "收入金额（+元）",
        "支出金额（-元）",
        "业务类型",
        "备注",
    },
    fields={
        "id": cells.parsed("账务流水号", _number, "支付宝流水号", blank=""),
        "trade": cells.parsed("业务流水号", _number, "支付宝交易号", blank=""),
        "merchant": cells.parsed("商户订单号", _reference, blank=""),
        "base": cells.parsed("业务基础订单号", _reference, blank=""),
        "at": _at("发生时间", "入账时间"),
        "income": cells.money("收入金额（+元）", also=("收入（+元）",)),
        "outgo": cells.money("支出金额（-元）", also=("支出（-元）",)),
        "word": cells.text("业务类型", "账务类型"),
        "counterparty": cells.text("对方账号", "对方账户", personal=True),
        "note": cells.text("备注", personal=True),
    },
    entries=_of_funds,
    head_of=_head,
    stated=_stated_in_funds,
    totals={
        "收入笔数": BillTotal(adds=lambda values: Decimal(bool(_income(values)))),
        "收入合计": BillTotal(adds=_income),
        "支出笔数": BillTotal(adds=lambda values: Decimal(bool(_outgo(values)))),
        "支出合计": BillTotal(adds=_outgo),
    },
    ignored=_names(
        "商品名称 账户余额（元） 交易渠道 业务描述 业务账单来源 业务订单号 序号 服务费（元） 支付渠道 签约产品 "
        "对方名称 银行订单号 付款备注"
    ),
    encodings=("gb18030",),
)
"""The fund bill: what came to the account and left it; the layouts of 2012 and of about 2020."""

FUNDS_2024 = attrs.evolve(
    FUNDS,
    name="alipay.funds.2024",
    title="Alipay fund bill since 2024 (支付宝账务明细)",
    header={"支付宝流水号", "支付宝交易号", "商户订单号", "入账时间", "收入（+元）", "支出（-元）", "账务类型", "备注"},
    trailer_missing="warning",
)
"""The same in the layout of 2024; whether it always ends in totals is not known, so a file without is remarked on."""


def _of_trades(row: BillRow) -> Sequence[BillEntry] | str:
    amount, received = row.amount("amount"), row.amount("received")
    number, orders = row.text("id"), _numbers_of(row, is_own=True)
    if row["is_refund"]:
        # Printed below zero; a sign that a program has dropped is put back.
        amount, received = -abs(amount), -abs(received)
        number = f"{number}/{row.text('refund')}" if row.text("refund") else ""
        if not number:
            raise CellFlaw("missing_number", "is a refund and has no number of it")
    elif amount < 0:
        raise CellFlaw("bad_money", "is a sale below zero")
    kind = BillKind.REFUND if row["is_refund"] else BillKind.PAYMENT
    settled = row.money(received) if received != amount else None
    found = [row.entry(kind, amount, id=number, orders=orders, settled=settled)] if amount else []
    fee, share = row.amount("fee"), row.amount("share")
    if fee:
        kind = BillKind.FEE if fee < 0 else BillKind.FEE_REFUND
        found.append(row.entry(kind, fee, id=f"{number}/fee", orders=orders))
    if share:
        found.append(row.entry(BillKind.SPLIT, share, id=f"{number}/share", orders=orders))
    return found or "rows of no amount"


def _received(values: Values, *, back: bool) -> Decimal:
    is_ours = bool(values.get("is_refund")) is back
    return abs(values.get("received") or _NIL) if is_ours else _NIL


def _is_one(values: Values, *, back: bool) -> Decimal:
    return Decimal(bool(values.get("is_refund")) is back)


def _stated_in_trades(rows: Sequence[Sequence[str]]) -> dict[str, Decimal] | None:
    text = _text(rows)
    found: dict[str, Decimal] = {}
    for name, words in (("交易", "商家实收共"), ("退款", "商家实收退款共")):
        told = _sum_in(text, f"{name}合计", words)
        if told is not None:
            found[f"{name}笔数"], found[f"{name}合计"] = told
    return found if found or "列表结束" in text else None


TRADES = BillFormat(
    name="alipay.trades",
    title="Alipay trade bill (支付宝业务明细)",
    book="trades",
    header={
        "支付宝交易号",
        "商户订单号",
        "业务类型",
        "完成时间",
        "订单金额（元）",
        "商家实收（元）",
        "退款批次号/请求号",
        "服务费（元）",
        "分润（元）",
    },
    fields={
        "id": cells.parsed("支付宝交易号", _number, blank=""),
        "trade": cells.parsed("支付宝交易号", _number, blank=""),
        "merchant": cells.parsed("商户订单号", _reference, blank=""),
        "is_refund": cells.choice("业务类型", {"交易": False, "退款": True}),
        "at": _at("完成时间", "创建时间"),
        "counterparty": cells.text("对方账户", personal=True),
        "amount": cells.money("订单金额（元）"),
        "received": cells.money("商家实收（元）"),
        "refund": cells.parsed("退款批次号/请求号", _reference, blank=""),
        "fee": cells.money("服务费（元）"),
        "share": cells.money("分润（元）"),
        "note": cells.text("备注", personal=True),
    },
    entries=_of_trades,
    head_of=_head,
    stated=_stated_in_trades,
    totals={
        "交易笔数": BillTotal(adds=lambda values: _is_one(values, back=False)),
        "交易合计": BillTotal(adds=lambda values: _received(values, back=False)),
        "退款笔数": BillTotal(adds=lambda values: _is_one(values, back=True)),
        "退款合计": BillTotal(adds=lambda values: _received(values, back=True)),
    },
    ignored=_names(
        "商品名称 创建时间 门店编号 门店名称 操作员 终端号 支付宝红包（元） 集分宝（元） 支付宝优惠（元） "
        "商家优惠（元） 券核销金额（元） 券名称 商家红包消费金额（元） 卡消费金额（元）"
    ),
    encodings=("gb18030",),
)
"""The trade bill: what buyers paid and got back."""

FORMATS = (FUNDS, FUNDS_2024, TRADES)
"""Every format of this file."""
