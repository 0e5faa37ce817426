"""1688 (Alibaba's wholesale market): the order export, whose order cells stand on an order's first row only."""

from __future__ import annotations

from decimal import Decimal

from crmkit.importers import cells
from crmkit.importers.columns import LineColumns, OrderColumns
from crmkit.importers.drafts import Draft
from crmkit.importers.form import TableFormat
from crmkit.importers.layouts import Values
from crmkit.money import Money
from crmkit.orders import OrderStatus

__all__ = ["FORMATS", "ORDERS"]

_ZONE = "Asia/Shanghai"
_NIL = Decimal(0)
_RESAVED = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y年%m月%d日 %H:%M:%S")
_WORDS = {
    "等待买家付款": OrderStatus.PENDING_PAYMENT,
    "等待卖家发货": OrderStatus.PAID,
    "等待买家确认收货": OrderStatus.SHIPPED,
    "卖家已发货": OrderStatus.SHIPPED,
    "已收货": OrderStatus.RECEIVED,
    "交易成功": OrderStatus.COMPLETED,
    "交易关闭": "closed",
}
_PAID = (OrderStatus.PAID, OrderStatus.SHIPPED, OrderStatus.RECEIVED, OrderStatus.COMPLETED)
_EXPECTED = {"shipping": "运费(元)", "status": "订单状态", "paid_at": "订单付款时间", "shop": "卖家会员名"}
_EXPECTED_IN_LINES = {"price": "单价(元)", "measure": "数量"}
_IGNORED = (
    "卖家公司名, 发货方, 物料编号, 货品种类, 物流公司, 运单号, 物流公司运单号, 发票：购货单位名称, "
    "发票：纳税人识别号, 发票：地址、电话, 发票：开户行及账号, 发票收取地址, 关联编号, 代理商姓名, 代理商联系方式, "
    "是否代发订单, 代发服务商id, 微商订单号, 下单批次号, 下游渠道, 下游订单号, 下单公司主体, 发起人登录名, "
    "业务员昵称, 是否发起免密支付(1:淘货源诚e赊免密支付2:批量下单免密支付)"
)


def _at(name: str) -> cells.Cell:
    return cells.moment(name, *_RESAVED, zone=_ZONE)


def _settle(draft: Draft) -> None:
    """The amount due is told, the payment time says whether it was paid, and no column tells refunds."""
    values = draft.values
    draft.miss(_EXPECTED, _EXPECTED_IN_LINES)
    _goods(values)
    total = values.get("total")
    if total is None:
        draft.say("bad_money", "tells no total", column="实付款(元)", error=True)
        return
    was_paid, is_closed = _was_paid(values), values.get("status") == "closed"
    if not was_paid and values.get("status") == OrderStatus.COMPLETED and total:
        reason = "is completed and has no payment time; nothing counts as paid"
        draft.say("no_payment_time", reason, column="订单付款时间")
    values["paid"] = total if was_paid else _NIL
    values["refunded"] = values["paid"] if is_closed else _NIL
    values["refund_unknown"] = bool(values["paid"]) and not is_closed
    values["recipient_phone"] = values.get("recipient_phone") or values.get("recipient_landline") or ""
    for line in draft.lines:
        _measure(draft, line)


def _goods(values: Values) -> None:
    """Goods after the seller's change of the price: what the lines share; a change downwards is a discount."""
    change, shipping = values.get("change") or _NIL, values.get("shipping") or _NIL
    if values.get("goods") is not None:
        values["goods"] += change
    elif values.get("total") is not None:
        values["goods"] = values["total"] - shipping
    if change < 0:
        values["discount"] = -change


def _was_paid(values: Values) -> bool:
    """The payment time tells it; only a file without that column lets the state tell it."""
    if "paid_at" in values:
        return values["paid_at"] is not None
    return values.get("status") in _PAID


def _measure(draft: Draft, line: Values) -> None:
    """Pieces are counted; what is sold by the metre or the kilogramme is one piece that says how much it is."""
    line["sku"] = line.get("sku") or line.get("article") or line.get("sku_id") or ""
    measure, price = line.get("measure"), line.get("price")
    if measure is None:
        return
    if measure <= 0:
        draft.say("bad_whole", "is below 1", column="数量", value=str(measure), error=True)
    elif measure == int(measure):
        line["quantity"] = int(measure)
    else:
        line["variant"] = " ".join(
            part for part in (line.get("variant"), f"{measure:f}{line.get('unit') or ''}") if part
        )
        price = None if price is None else price * measure
    line["price"] = None if price is None else Money.round(price, "CNY").amount


ORDERS = TableFormat(
    name="1688.orders",
    title="1688 order export, one row a line, order cells on the first",
    header={"订单编号", "货品总价(元)", "实付款(元)", "货品标题"},
    one_order_per="订单编号",
    order_on="订单编号",
    fills_down=True,
    currency="CNY",
    region="CN",
    numbers_hold_in="platform",
    encodings=("gb18030",),
    settle=_settle,
    tells_refunds=False,
    ignored=frozenset(_IGNORED.split(", ")),
    order=OrderColumns(
        number=cells.identifier("订单编号"),
        account=cells.text("买家会员名", personal=True),
        buyer_name=cells.text("买家公司名", personal=True),
        shop=cells.text("卖家会员名"),
        goods=cells.money("货品总价(元)"),
        shipping=cells.money("运费(元)"),
        total=cells.money("实付款(元)"),
        status=cells.choice("订单状态", _WORDS, code="unknown_status"),
        placed_at=_at("订单创建时间"),
        paid_at=_at("订单付款时间"),
        recipient_name=cells.text("收货人姓名", personal=True),
        recipient_phone=cells.text("联系手机", personal=True),
        address=cells.text("收货地址", personal=True),
        postcode=cells.text("邮编"),
        buyer_note=cells.text("买家留言", personal=True),
        extra={
            "change": cells.money("涨价或折扣(元)"),
            "recipient_landline": cells.text("联系电话", personal=True),
        },
    ),
    line=LineColumns(
        sku=cells.text("单品货号"),
        product_id=cells.identifier("Offer ID"),
        title=cells.text("货品标题"),
        variant=cells.text("型号"),
        price=cells.money("单价(元)"),
        extra={
            "measure": cells.money("数量"),
            "unit": cells.text("单位"),
            "article": cells.text("货号"),
            "sku_id": cells.identifier("SKU ID"),
        },
    ),
)
"""A row without a number belongs to the order above it. The shop is who sold, so that an export of purchases shows."""

FORMATS = (ORDERS,)
