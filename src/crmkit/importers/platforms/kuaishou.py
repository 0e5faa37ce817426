"""Kuaishou shop: the order export, a workbook whose orders may be spread over several sheets."""

from __future__ import annotations

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
    "待发货": OrderStatus.PAID,
    "已发货": OrderStatus.SHIPPED,
    "已收货": OrderStatus.RECEIVED,
    "交易成功": OrderStatus.COMPLETED,
    "交易关闭": "closed",
}
_NONE, _SOME = "none", "some"
_AFTER_SALE = {
    "退款成功": _SOME,
    "售后成功": _SOME,
    "部分退款成功": _SOME,
    **dict.fromkeys(("无", "无售后", "退款中", "售后中", "售后处理中", "售后关闭", "售后取消"), _NONE),
}
_after_sale = cells.choice("", _AFTER_SALE, code="unknown_status").read
_SMALL_REFUNDS = ("退差价", "小额打款")
_PAID = (OrderStatus.PAID, OrderStatus.SHIPPED, OrderStatus.RECEIVED, OrderStatus.COMPLETED)
_DISCOUNTS = ("of_shop", "of_platform", "of_host", "of_event", "of_payment")

_EXPECTED = {
    "status": "订单状态",
    "after_sale": "售后状态",
    "paid_at": "订单支付时间",
    "shipping": "快递费",
    "remark": "订单备注",
}
_EXPECTED_IN_LINES = {"quantity": "成交数量"}
_LEFT_ALONE = {
    "赠品订单号", "活动订单编号", "预售定金支付时间", "支付方式", "账号类型", "账号明细", "旗帜颜色", "活动订单",
    "预售/承诺发货时间", "订单载体", "国补类型", "渠道", "CPS达人ID", "CPS达人昵称", "预估推广佣金",
    "预估推广者分佣比例", "团长ID", "团长昵称", "快赚客ID", "快赚客昵称", "授权推广者ID", "授权推广者昵称", "快递公司",
    "快递单号", "物流信息", "集运类型", "直邮类型", "仓库名称", "仓库地址", "发货类型", "实名姓名", "服务门店ID",
    "服务门店名称", "服务门店地址", "国补/类国补/消费券", "订单销售主体",
}  # fmt: skip


def _at(name: str) -> cells.Cell:
    return cells.moment(name, *_RESAVED, zone=_ZONE)


def _settle(draft: Draft) -> None:
    """What the buyer was to pay stands in the file; the time of payment tells if it was paid, words if it went back."""
    values = draft.values
    draft.miss(_EXPECTED, _EXPECTED_IN_LINES)
    total = values.get("total")
    if total is None:
        draft.say("bad_money", "tells no amount", column="实付款", error=True)
        return
    paid = total if _was_paid(draft, values) else _NIL
    closed = values.get("status") == "closed"
    values["paid"] = paid
    values["refunded"] = paid if closed else _NIL
    values["refund_unknown"] = bool(paid) and not closed and _may_have_gone_back(values)
    values["goods"] = max(total - (values.get("shipping") or _NIL), _NIL)
    values["shipping"] = total - values["goods"]
    values["discount"] = sum((values.get(field) or _NIL for field in _DISCOUNTS), _NIL) or None


def _was_paid(draft: Draft, values: Values) -> bool:
    """The time of payment tells it; without that column, or where it contradicts the refund, the words do."""
    if values.get("paid_at") is not None:
        return True
    status, refunded = values.get("status"), values.get("after_sale") == _SOME
    if "paid_at" not in values:
        return refunded or status in _PAID
    if values["total"] and (refunded or status == OrderStatus.COMPLETED):
        counts = "was refunded and counts as paid" if refunded else "is completed and counts as not paid"
        draft.say("no_payment_time", f"has no time of payment; it {counts}", column="订单支付时间")
    return refunded


def _may_have_gone_back(values: Values) -> bool:
    """Whether the file says that money went back and not how much; small sums stand in the seller's remark alone."""
    return values.get("after_sale") != _NONE or any(word in (values.get("remark") or "") for word in _SMALL_REFUNDS)


ORDERS = TableFormat(
    name="kuaishou.orders",
    title="Kuaishou shop order export, one row an order",
    header={"订单号", "实付款", "CPS达人ID"},
    one_order_per="订单号",
    order_on="订单号",
    currency="CNY",
    region="CN",
    numbers_hold_in="platform",
    encodings=("gb18030",),
    settle=_settle,
    tells_refunds=True,
    ignored=_LEFT_ALONE,
    order=OrderColumns(
        number=cells.identifier("订单号"),
        total=cells.money("实付款"),
        shipping=cells.money("快递费"),
        status=cells.choice("订单状态", _WORDS, code="unknown_status"),
        placed_at=_at("订单创建时间"),
        paid_at=_at("订单支付时间"),
        shipped_at=_at("发货时间"),
        recipient_name=cells.text("收货人姓名", personal=True),
        recipient_phone=cells.text("收货人电话", personal=True),
        address=cells.text("收货地址", personal=True),
        province=cells.text("收货地址-省"),
        city=cells.text("收货地址-市"),
        district=cells.text("收货地址-区"),
        street=cells.text("收货地址-街道", personal=True),
        buyer_note=cells.text("买家留言", personal=True),
        remark=cells.text("订单备注", personal=True),
        extra={
            "after_sale": cells.parsed("售后状态", _after_sale, blank=_NONE),
            "of_shop": cells.money("店铺优惠"),
            "of_platform": cells.money("平台补贴"),
            "of_host": cells.money("主播补贴"),
            "of_event": cells.money("混资活动优惠"),
            "of_payment": cells.money("支付优惠"),
        },
    ),
    line=LineColumns(
        product_id=cells.identifier("商品ID"),
        title=cells.text("商品名称"),
        variant=cells.text("商品规格"),
        sku=cells.text("SKU编码"),
        quantity=cells.whole("成交数量"),
        price=cells.money("商品单价"),
    ),
)
"""One row an order of one article; the file names no buyer and no amount given back."""

FORMATS = (ORDERS,)
