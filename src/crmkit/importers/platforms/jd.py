"""JD POP: the order export of the seller centre, in its layouts of 30 and 48 columns and the workbooks after them."""

from __future__ import annotations

import re
from decimal import Decimal

from crmkit.importers import cells
from crmkit.importers.cells import CellFlaw
from crmkit.importers.columns import LineColumns, OrderColumns
from crmkit.importers.drafts import Draft
from crmkit.importers.form import TableFormat
from crmkit.importers.layouts import Values
from crmkit.orders import OrderStatus

__all__ = ["FORMATS", "ORDERS"]

_ZONE = "Asia/Shanghai"
_NIL = Decimal(0)
_RESAVED = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y年%m月%d日 %H:%M:%S")
_WORDS: dict[str, OrderStatus | str] = {
    "等待付款": OrderStatus.PENDING_PAYMENT,
    "未付款": OrderStatus.PENDING_PAYMENT,
    "等待付款确认": OrderStatus.PENDING_PAYMENT,
    "延迟付款确认": OrderStatus.PENDING_PAYMENT,
    "等待出库": OrderStatus.PAID,
    "调度中": OrderStatus.PAID,
    "新订单": OrderStatus.PAID,
    "暂停": OrderStatus.PAID,
    "等待确认收货": OrderStatus.SHIPPED,
    "完成": OrderStatus.COMPLETED,
    "已取消": "closed",
}
_MARKED = re.compile(r"\((删除|锁定|暂停)\)\s*(.+)")
_SPLIT = re.compile(r"订单拆分为\s*\d{6,}")
_COUNTED = re.compile(r"([\d,]+)\s*件\s*(?:[(（].*[)）])?", re.DOTALL)
_PAID = (OrderStatus.PAID, OrderStatus.SHIPPED, OrderStatus.COMPLETED)
_AT_THE_DOOR = "货到付款"

_EXPECTED = {
    "total": "结算金额",
    "status": "订单状态",
    "paid_at": "付款确认时间",
    "shipping": "运费金额",
    "remark": "商家备注",
}
_EXPECTED_IN_LINES = {"price": "京东价", "quantity": "订购数量"}
_LEFT_ALONE = {
    "订单类型", "发票类型", "发票抬头", "发票内容", "商家备注等级（等级1-5为由高到低）", "增值税发票", "订单来源",
    "订单渠道", "送装服务", "服务费", "仓库id", "仓库名称", "邮箱地址", "商家应收",
}  # fmt: skip


def _at(name: str) -> cells.Cell:
    return cells.moment(name, *_RESAVED, zone=_ZONE)


def _state(value: str) -> OrderStatus | str:
    """The word without its mark; a deleted order is closed whatever it waited for."""
    word = value.replace("（", "(").replace("）", ")")
    marked = _MARKED.fullmatch(word)
    if marked and marked[1] == "删除":
        return "closed"
    found = _WORDS.get(marked[2] if marked else word)
    if found is None:
        raise CellFlaw("unknown_status", "is not a word that this column knows", fatal=False)
    return found


def _units(value: str) -> int:
    """Pieces; some versions write `2件(…)`."""
    counted = _COUNTED.fullmatch(value)
    return int(cells.whole("").read(counted[1] if counted else value))


def _settle(draft: Draft) -> str | None:
    """The settled amount is the order's, the payment time says whether it was paid, and no column tells refunds."""
    values = draft.values
    if values.get("status") == "closed" and _SPLIT.search(values.get("remark") or ""):
        return "superseded parents"
    draft.miss(_EXPECTED, _EXPECTED_IN_LINES)
    total = _total(values)
    if total is None:
        draft.say("bad_money", "tells no settled amount", column="结算金额", error=True)
        return None
    values["total"] = total = _part(draft, total)
    closed, paid = values.get("status") == "closed", _was_paid(values)
    if not paid and values.get("status") == OrderStatus.COMPLETED:
        draft.say(
            "no_payment_time", "is completed and has no payment time; nothing counts as paid", column="付款确认时间"
        )
    values["paid"] = total if paid else _NIL
    values["refunded"] = values["paid"] if closed else _NIL
    values["refund_unknown"] = bool(values["paid"]) and not closed
    for line in draft.lines:
        line["sku"] = line.get("seller_sku") or line.get("sku")
    return None


def _total(values: Values) -> Decimal | None:
    """The settled amount, or what the buyer gave from the balance and was to give besides."""
    total: Decimal | None = values.get("total")
    balance, payable = values.get("balance"), values.get("payable")
    if total is None and balance is not None and payable is not None:
        return Decimal(balance + payable)
    return total


def _part(draft: Draft, settled: Decimal) -> Decimal:
    """Returns the order's total and parts it into goods, postage and discount.

    Nobody knows whether 结算金额 holds the postage: what the buyer gave and was to give tells it, else it is held.
    """
    values = draft.values
    listed, shipping, both = values.get("listed"), values.get("shipping") or _NIL, _both(values)
    total = settled
    if shipping and both == settled + shipping:
        total += shipping
    elif shipping > settled:
        reason = f"has a postage of {shipping} that its total of {settled} does not hold; it is left out"
        draft.say("does_not_add_up", reason, column="运费金额")
        values["shipping"] = shipping = _NIL
    if both not in (_NIL, total):
        reason = f"has {both} in 余额支付 and 应付金额 and is settled at {settled}; they are {both - settled} apart"
        draft.say("does_not_add_up", f"{reason}, and 结算金额 counts", column="结算金额", value=str(settled))
    values["goods"] = total - shipping
    if listed is not None and listed > values["goods"]:
        values["discount"] = listed - values["goods"]
    return total


def _both(values: Values) -> Decimal:
    return (values.get("balance") or _NIL) + (values.get("payable") or _NIL)


def _was_paid(values: Values) -> bool:
    """The payment time tells it; only a file without that column, or a payment at the door, lets the state tell it."""
    if values.get("paid_at") is not None:
        return True
    if "paid_at" not in values:
        return values.get("status") in _PAID
    return values.get("status") == OrderStatus.COMPLETED and values.get("method") == _AT_THE_DOOR


ORDERS = TableFormat(
    name="jd.orders",
    title="JD POP order export, one row a line",
    header={"订单号", "商品ID", "订购数量", "京东价"},
    one_order_per="订单号",
    currency="CNY",
    region="CN",
    numbers_hold_in="platform",
    encodings=("gb18030",),
    settle=_settle,
    tells_refunds=False,
    ignored=_LEFT_ALONE,
    order=OrderColumns(
        number=cells.identifier("订单号"),
        account=cells.text("下单帐号", "下单账号", personal=True),
        total=cells.money("结算金额"),
        shipping=cells.money("运费金额"),
        status=cells.parsed("订单状态", _state),
        buyer_note=cells.text("订单备注", personal=True),
        remark=cells.text("商家备注", personal=True),
        recipient_name=cells.text("客户姓名", personal=True),
        recipient_phone=cells.text("联系电话", personal=True),
        address=cells.text("客户地址", personal=True),
        postcode=cells.text("邮政编码"),
        placed_at=_at("下单时间"),
        paid_at=_at("付款确认时间"),
        completed_at=_at("订单完成时间"),
        extra={
            "listed": cells.money("订单金额"),
            "balance": cells.money("余额支付"),
            "payable": cells.money("应付金额"),
            "method": cells.text("支付方式"),
        },
    ),
    line=LineColumns(
        product_id=cells.identifier("商品ID"),
        title=cells.text("商品名称"),
        sku=cells.text("货号"),
        quantity=cells.parsed("订购数量", _units),
        price=cells.money("京东价"),
        extra={"seller_sku": cells.text("商家SKUID")},
    ),
)
"""The order's own cells repeat on every row; rows that are alike are lines all the same."""

FORMATS = (ORDERS,)
