"""Youzan (有赞): the order report, one row an order, and the goods report, one row a line."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from crmkit.importers import cells
from crmkit.importers.cells import CellFlaw
from crmkit.importers.columns import LineColumns, OrderColumns
from crmkit.importers.drafts import Draft
from crmkit.importers.form import TableFormat
from crmkit.importers.layouts import Values
from crmkit.orders import OrderStatus

__all__ = ["FORMATS", "ITEMS", "ORDERS"]

_ZONE = "Asia/Shanghai"
_NIL = Decimal(0)
_RESAVED = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y年%m月%d日 %H:%M:%S")
_WORDS = {
    "待付款": OrderStatus.PENDING_PAYMENT,
    "待支付": OrderStatus.PENDING_PAYMENT,
    "等待买家付款": OrderStatus.PENDING_PAYMENT,
    "待成团": OrderStatus.PAID,
    "待接单": OrderStatus.PAID,
    "待发货": OrderStatus.PAID,
    "部分发货": OrderStatus.PAID,
    "已发货": OrderStatus.SHIPPED,
    "交易完成": OrderStatus.COMPLETED,
    "交易成功": OrderStatus.COMPLETED,
    "已完成": OrderStatus.COMPLETED,
    "交易关闭": "closed",
    "已关闭": "closed",
}
_PAID = (OrderStatus.PAID, OrderStatus.SHIPPED, OrderStatus.COMPLETED)
_NOTHING, _SOME, _ALL = "nothing", "some", "all"
_REFUND_WORDS = {
    "退款中": _NOTHING,
    "退款成功": _SOME,
    "退款成功(部分退款)": _SOME,
    "退款成功(全额退款)": _ALL,
}
_EXPECTED = {
    "total": "应收订单金额",
    "paid_amount": "订单实付金额",
    "refunded": "订单已退款金额",
    "status": "订单状态",
    "shipping": "运费",
    "phone": "买家手机号",
}
_EXPECTED_IN_LINES = {"quantity": "商品数量", "total": "商品实际成交金额"}
_EXPECTED_IN_LINES_ALONE = {"refunded": "商品已退款金额"}
_IGNORED = (
    "销售渠道, 订单类型, 推广方式, 订单来源, 付款方式, 支付流水号, 支付优惠合计, 订单实收金额, 订单抵用积分数, "
    "店铺优惠方式, 支付优惠方式, 全部商品名称, 商品种类数, 订单配送方式, 同城送达时间/提货时间, 订单星级, "
    "买家是否会员, 下单网点, 收银员, 分销员, 销售导购, 专属导购, 桌号, 挂账主体, 挂账手机号, 团长订单, 订单风险标签, "
    "分销员手机号, 分销员所属店铺, 分销员所属团队, 分销员所属分组, 分销员等级, 订单佣金类型, 订单佣金金额, "
    "订单下级卖货提成类型, 订单下级卖货提成金额, 订单商品总件数, 会员等级, 下单次数, 客户标签, 优惠券码名称"
)
_IGNORED_IN_LINES = (
    "外部订单号, 商品类型, 商品类目, 商品成本价, 商品优惠方式, 商品优惠后价格, 商品金额小计, 店铺优惠(分摊), "
    "商品抵用积分数, 商品留言, 商品发货状态, 商品发货方式, 商品发货物流公司, 商品发货物流单号, 发货员工, 周期购信息"
)


def _at(name: str) -> cells.Cell:
    return cells.moment(name, *_RESAVED, zone=_ZONE)


def _refund_word(value: str) -> str:
    found = _REFUND_WORDS.get(value.replace("（", "(").replace("）", ")"))
    if found is None:
        raise CellFlaw("unknown_status", "is not a word that this column knows", fatal=False)
    return found


def _went_back(name: str) -> cells.Cell:
    return cells.parsed(name, _refund_word, blank=_NOTHING)


def _settle(draft: Draft) -> None:
    """The payment time says whether the order was paid; what the buyer paid can be less than the total."""
    values = draft.values
    draft.miss(_EXPECTED, _EXPECTED_IN_LINES)
    total = values.get("total")
    if total is None:
        total = values["total"] = _sum_of_parts(values)
    if total is None:
        draft.say("bad_money", "tells no total", column="应收订单金额", error=True)
        return
    values["goods"] = total - (values.get("shipping") or _NIL)
    amount, back = values.get("paid_amount"), values.get("refunded")
    if _was_paid(values):
        values["paid"] = total if amount is None else amount
        values["refunded"], values["refund_unknown"] = _given_back(values, values["paid"])
        _told_by_lines(draft)
    else:
        values["paid"] = values["refunded"] = _NIL
        if back:
            draft.say("no_payment_time", f"has {back} refunded and no payment time", column="买家付款时间")
    _finish(draft)


def _sum_of_parts(values: Values) -> Decimal | None:
    listed: Decimal | None = values.get("listed")
    return None if listed is None else listed + (values.get("shipping") or _NIL) - (values.get("discount") or _NIL)


def _was_paid(values: Values) -> bool:
    """The payment time, without which no file is known as an order report."""
    return values.get("paid_at") is not None


def _given_back(values: Values, paid: Decimal) -> tuple[Decimal, bool]:
    """The amount as told; all of it where the word says so; unknown where something went back or nothing is told."""
    back: Decimal | None = values.get("refunded")
    word = values.get("went_back")
    if not back and word == _ALL:
        return paid, False
    return back or _NIL, not back and (word == _SOME or (word is None and back is None))


def _told_by_lines(draft: Draft) -> None:
    """What went back as the goods report tells it, where the order report leaves the amount out."""
    values = draft.values
    told = [line.get("refunded") for line in draft.lines]
    back = sum((amount for amount in told if amount is not None), _NIL)
    if values["refund_unknown"] and _NIL < back <= values["paid"]:
        values["refunded"], values["refund_unknown"] = back, None in told


def _finish(draft: Draft) -> None:
    """Who the buyer is called, and of the lines their SKU and when the last of them was sent."""
    values, lines = draft.values, draft.lines
    values["buyer_name"] = values.get("buyer_name") or values.get("nickname") or ""
    for line in lines:
        line["sku"] = line.get("sku") or line.get("product_code") or ""
    sent = [line["sent_at"] for line in lines if line.get("sent_at") is not None]
    if lines and len(sent) == len(lines):
        values["shipped_at"] = max(sent)


def _settle_items(draft: Draft) -> None:
    """A goods report alone: amounts without postage, and the states of the lines, which tell whether they were paid."""
    values, lines = draft.values, draft.lines
    draft.miss({}, _EXPECTED_IN_LINES | _EXPECTED_IN_LINES_ALONE)
    if not lines or any(line.get("total") is None for line in lines):
        draft.say("bad_money", "has a row that tells no amount", column="商品实际成交金额", error=True)
        return
    reason = "is known without postage and time of payment; give the order report with the goods report"
    draft.say("amounts_unknown", reason)
    values["total"] = sum((line["total"] for line in lines), _NIL)
    values["status"] = _state(lines)
    known = [_given_back(line, line["total"]) for line in lines]
    back = sum((amount for amount, _ in known), _NIL)
    was_paid = _moved(values, lines) or any(amount or is_unknown for amount, is_unknown in known)
    values["paid"], values["refunded"] = (values["total"], back) if was_paid else (_NIL, _NIL)
    values["refund_unknown"] = was_paid and any(is_unknown for _, is_unknown in known)
    _finish(draft)


def _moved(values: Values, lines: Sequence[Values]) -> bool:
    """Whether the lines show that they were paid: by their state, else by being sent or finished."""
    if values["status"] is not None:
        return values["status"] in _PAID
    return values.get("completed_at") is not None or any(line.get("sent_at") is not None for line in lines)


def _state(lines: Sequence[Values]) -> OrderStatus | str | None:
    """The least advanced of the lines that are not closed."""
    words = [line["status"] for line in lines if line.get("status") is not None]
    moving = [word for word in words if word != "closed"]
    order = list(OrderStatus)
    return min(moving, key=order.index) if moving else ("closed" if words else None)


ORDERS = TableFormat(
    name="youzan.orders",
    title="Youzan order report, one row an order",
    header={"订单号", "全部商品名称", "买家付款时间"},
    one_order_per="订单号",
    family="youzan",
    role="orders",
    currency="CNY",
    region="CN",
    numbers_hold_in="platform",
    encodings=("gb18030",),
    settle=_settle,
    ignored=frozenset(_IGNORED.split(", ")),
    order=OrderColumns(
        number=cells.identifier("订单号"),
        shop=cells.text("归属店铺"),
        status=cells.choice("订单状态", _WORDS, code="unknown_status"),
        total=cells.money("应收订单金额"),
        refunded=cells.money("订单已退款金额"),
        shipping=cells.money("运费"),
        discount=cells.money("店铺优惠合计"),
        placed_at=_at("订单创建时间"),
        paid_at=_at("买家付款时间"),
        completed_at=_at("交易成功时间"),
        phone=cells.text("买家手机号", personal=True),
        buyer_name=cells.text("买家姓名", personal=True),
        recipient_name=cells.text("收货人/提货人", personal=True),
        recipient_phone=cells.text("收货人手机号/提货人手机号", personal=True),
        address=cells.text("详细收货地址/提货地址", personal=True),
        province=cells.text("收货人省份"),
        city=cells.text("收货人城市"),
        district=cells.text("收货人地区"),
        buyer_note=cells.text("买家备注", personal=True),
        remark=cells.text("商家订单备注", personal=True),
        extra={
            "nickname": cells.text("买家昵称", personal=True),
            "listed": cells.money("商品金额合计"),
            "paid_amount": cells.money("订单实付金额"),
            "went_back": _went_back("订单退款状态"),
        },
    ),
)
"""One row an order. 分销员 stands twice: who sold this order, and the head of the commission; both are staff."""

ITEMS = TableFormat(
    name="youzan.items",
    title="Youzan goods report, one row a line",
    header={"订单号", "订单商品状态", "商品实际成交金额"},
    one_order_per="订单号",
    family="youzan",
    role="items",
    currency="CNY",
    region="CN",
    numbers_hold_in="platform",
    encodings=("gb18030",),
    settle=_settle_items,
    tells_refunds=True,
    ignored=frozenset(_IGNORED_IN_LINES.split(", ")),
    order=OrderColumns(
        completed_at=_at("交易成功时间"),
        recipient_name=cells.text("收货人/提货人", personal=True),
        recipient_phone=cells.text("收货人手机号/提货人手机号", personal=True),
        address=cells.text("详细收货地址/提货地址", personal=True),
        province=cells.text("收货人省份"),
        city=cells.text("收货人城市"),
        district=cells.text("收货人地区"),
        buyer_note=cells.text("买家备注", personal=True),
        remark=cells.text("商家订单备注", personal=True),
    ),
    line=LineColumns(
        sku=cells.text("规格编码"),
        title=cells.text("商品名称"),
        variant=cells.text("商品规格"),
        quantity=cells.whole("商品数量"),
        price=cells.money("商品单价"),
        total=cells.money("商品实际成交金额"),
        refunded=cells.money("商品已退款金额"),
        status=cells.choice("订单商品状态", _WORDS, code="unknown_status"),
        extra={
            "product_code": cells.text("商品编码"),
            "went_back": _went_back("商品退款状态"),
            "sent_at": _at("商品发货时间"),
        },
    ),
)
"""One row a line; joined to the order report by the order's number, or alone with what it knows."""

FORMATS = (ORDERS, ITEMS)
