"""WeChat shop (视频号小店 / 微信小店): the order export, one row for each product of an order, since 2023."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from crmkit.importers import cells
from crmkit.importers.columns import LineColumns, OrderColumns
from crmkit.importers.drafts import Draft
from crmkit.importers.form import TableFormat
from crmkit.importers.layouts import Values
from crmkit.orders import OrderStatus

__all__ = ["FORMATS", "ORDERS"]

_ZONE = "Asia/Shanghai"
_NIL = Decimal(0)
_RESAVED = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y年%m月%d日 %H:%M:%S")
_WORDS = {
    "待付款": OrderStatus.PENDING_PAYMENT,
    "礼物待收下": "waiting",
    "待成团": "waiting",
    "待发货": OrderStatus.PAID,
    "部分发货": OrderStatus.PAID,
    "已发货": OrderStatus.SHIPPED,
    "待收货": OrderStatus.SHIPPED,
    "已完成": OrderStatus.COMPLETED,
    "完成": OrderStatus.COMPLETED,
    "已取消": "closed",
}
_PAID = (OrderStatus.PAID, OrderStatus.SHIPPED, OrderStatus.COMPLETED)
_GIVEN_BACK = "退款完成"
_NOTHING_BACK = frozenset({"", "无", "售后处理中", "售后关闭"})
_EXPECTED = {"status": "订单状态", "paid_at": "支付时间"}
_EXPECTED_IN_LINES = {
    "quantity": "商品数量",
    "postage": "订单运费",
    "refunded": "商品已退款金额",
}
_EXPECTED_SINCE_2025 = {"price": "商品价格(单件)", "total": "商品实际价格(总共)"}
_IGNORED = (
    "发货方式, 打标颜色, 商品总价, 订单实际收款金额, 商品优惠, 跨店优惠, 商品改价, 积分抵扣, 支付方式, 交易单号, "
    "物流公司, 快递单号, 带货人昵称, 授权号, 预估佣金, 实际佣金, 实际服务费, 技术服务费, "
    "技术服务费(将以人气卡形式返还), 运费险预计投保费用, 带货方式, 带货账号类型, 带货账号昵称, 带货ID, 带货费用渠道, "
    "带货费用类型, 带货费用, 带货佣金率, 企微企业ID, 企微工号, 导购最近分享时间, 企业微信加密id, 企微备注, 礼物单号, "
    "商品实际价格(单件), 是否预售, 商品平台券优惠, 商品平均运费, 活动商家补贴, 定制信息, 定制预览图, 商品发货"
)


def _at(name: str, *also: str) -> cells.Cell:
    return cells.moment(name, *_RESAVED, zone=_ZONE, also=also)


def _settle(draft: Draft) -> None:
    """What the order's amount on each row means is found by what the rows add up to; refunds stand on the rows."""
    values, lines = draft.values, draft.lines
    _complete(draft)
    was_paid = _was_paid(values, lines)
    amounts = _amounts(lines, was_paid=was_paid)
    if amounts is None:
        reason = "has rows with amounts that neither repeat the order's nor add up to it"
        draft.say("does_not_add_up", reason, column="订单实际支付金额", error=True)
        return
    values["total"], values["shipping"] = amounts
    values["goods"] = values["total"] - values["shipping"]
    values["discount"] = _discount(values["goods"], lines)
    values["paid"] = values["total"] if was_paid else _NIL
    _refund(draft)
    if values.get("status") == "waiting":
        values["status"] = OrderStatus.PAID if was_paid else OrderStatus.PENDING_PAYMENT


def _complete(draft: Draft) -> None:
    """Says which columns are missing, and gives each row its SKU and list price in either layout."""
    is_of_2023 = any("price_of_2023" in line for line in draft.lines)
    draft.miss(_EXPECTED, _EXPECTED_IN_LINES if is_of_2023 else _EXPECTED_IN_LINES | _EXPECTED_SINCE_2025)
    for line in draft.lines:
        line["sku"] = line.get("sku") or line.get("product_code") or ""
        line["price"] = line.get("price_of_2023") if is_of_2023 else line.get("price")


def _was_paid(values: Values, lines: Sequence[Values]) -> bool:
    """The payment time tells it; only a file without that column lets the state and the refunds tell it."""
    if "paid_at" in values:
        return values["paid_at"] is not None
    return values.get("status") in _PAID or any(line.get("refunded") for line in lines)


def _amounts(lines: Sequence[Values], *, was_paid: bool) -> tuple[Decimal, Decimal] | None:
    """Total and postage: the order's own amounts repeat on its rows or stand on one, or the rows share them."""
    told, postages = _told(lines, "paid"), _told(lines, "postage")
    own = _told(lines, "total")
    is_known = bool(lines) and len(own) == len(lines)
    goods = sum(own, _NIL) if is_known else _listed(lines)
    postage = postages[0] if postages else _NIL
    if not any(told) and lines and (not was_paid or (is_known and not told)):
        return goods + postage, postage
    is_whole = len(set(told)) == 1 and len(set(postages)) < 2
    if is_whole and told[0] == goods + postage:
        return told[0], postage
    if told and sum(told) == goods + sum(postages):
        return sum(told, _NIL), sum(postages, _NIL)
    return (told[0], postage) if is_whole and (is_known or told[0] >= postage) else None


def _told(lines: Sequence[Values], field: str) -> list[Decimal]:
    return [line[field] for line in lines if line.get(field) is not None]


def _has(lines: Sequence[Values], field: str) -> bool:
    return any(field in line for line in lines)


def _listed(lines: Sequence[Values]) -> Decimal:
    return sum(((line.get("price") or _NIL) * (line.get("quantity") or 1) for line in lines), _NIL)


def _discount(goods: Decimal, lines: Sequence[Values]) -> Decimal | None:
    """What the goods cost less than listed; nothing where the rows do not add up, so that the engine says so."""
    own = _told(lines, "total")
    listed = _listed(lines)
    return listed - goods if listed > goods and sum(own, _NIL) in (goods, _NIL) else None


def _refund(draft: Draft) -> None:
    """Each row tells what went back; one that says so and names no amount, or a closed order without any, does not."""
    values, lines = draft.values, draft.lines
    back = sum(_told(lines, "refunded"), _NIL)
    silent = [line for line in lines if not line.get("refunded") and _went_back(draft, line)]
    closed = values.get("status") == "closed" and not _told(lines, "refunded")
    values["refunded"] = back
    values["refund_unknown"] = bool(values["paid"]) and (bool(silent) or closed or not _has(lines, "refunded"))
    for line in lines:
        if line.get("refunded") and line["refunded"] == line.get("total"):
            line["status"] = OrderStatus.REFUNDED
    if back and not values["paid"]:
        draft.say("no_payment_time", f"has {back} refunded and no payment time", column="支付时间")
        values["refunded"] = _NIL


def _went_back(draft: Draft, line: Values) -> bool:
    word = line.get("after_sale") or ""
    if word not in _NOTHING_BACK and word != _GIVEN_BACK:
        draft.say("unknown_status", "is not a word that this column knows", column="商品售后", value=word)
        return True
    return word == _GIVEN_BACK


ORDERS = TableFormat(
    name="wechat_shop.orders",
    title="WeChat shop order export, one row a product of an order",
    header={"订单号", "商品编码(平台)", "订单实际支付金额"},
    one_order_per="订单号",
    currency="CNY",
    region="CN",
    numbers_hold_in="platform",
    encodings=("gb18030",),
    settle=_settle,
    tells_refunds=True,
    ignored=frozenset(_IGNORED.split(", ")),
    order=OrderColumns(
        number=cells.identifier("订单号"),
        status=cells.choice("订单状态", _WORDS, code="unknown_status"),
        placed_at=_at("订单下单时间", "下单时间"),
        paid_at=_at("支付时间"),
        shipped_at=_at("订单发货时间"),
        received_at=_at("订单确认收货时间"),
        completed_at=_at("订单完成结算时间"),
        recipient_name=cells.text("收件人姓名", personal=True),
        recipient_phone=cells.text("收件人手机", personal=True),
        address=cells.text("收件人地址", personal=True),
        province=cells.text("省"),
        city=cells.text("市"),
        district=cells.text("区"),
        buyer_note=cells.text("买家备注", personal=True),
        remark=cells.text("商家备注", personal=True),
    ),
    line=LineColumns(
        sku=cells.text("SKU编码(自定义)"),
        product_id=cells.identifier("商品编码(平台)"),
        title=cells.text("商品名称"),
        variant=cells.text("商品属性"),
        quantity=cells.whole("商品数量"),
        price=cells.money("商品价格(单件)"),
        total=cells.money("商品实际价格(总共)"),
        refunded=cells.money("商品已退款金额"),
        extra={
            "paid": cells.money("订单实际支付金额"),
            "price_of_2023": cells.money("商品价格"),
            "postage": cells.money("订单运费"),
            "after_sale": cells.text("商品售后"),
            "product_code": cells.text("商品编码(自定义)"),
        },
    ),
)
"""The file names no buyer: its orders are guests', and their recipients nobody's key."""

FORMATS = (ORDERS,)
