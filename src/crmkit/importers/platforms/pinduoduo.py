"""Pinduoduo: the order export of the seller centre, in the default columns and with those that the seller adds."""

from __future__ import annotations

from decimal import Decimal

from crmkit.importers import cells
from crmkit.importers.cells import CellFlaw
from crmkit.importers.columns import LineColumns, OrderColumns
from crmkit.importers.drafts import Draft
from crmkit.importers.form import TableFormat
from crmkit.importers.layouts import Values
from crmkit.importers.sharing import allotted
from crmkit.orders import OrderStatus

__all__ = ["FORMATS", "ORDERS"]

_ZONE = "Asia/Shanghai"
_NIL = Decimal(0)
_RESAVED = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y年%m月%d日 %H:%M:%S")
_WORDS: dict[str, OrderStatus | str] = {
    "待支付": OrderStatus.PENDING_PAYMENT,
    "待付款": OrderStatus.PENDING_PAYMENT,
    "未成团": OrderStatus.PENDING_PAYMENT,
    "待成团": OrderStatus.PENDING_PAYMENT,
    "待发货": OrderStatus.PAID,
    "已发货": OrderStatus.SHIPPED,
    "已发货,待收货": OrderStatus.SHIPPED,
    "已发货,待签收": OrderStatus.SHIPPED,
    "已收货": OrderStatus.RECEIVED,
    "已签收": OrderStatus.RECEIVED,
    "已取消": "closed",
    "订单已取消": "closed",
}
_GIVEN_BACK = "退款成功"
_NONE, _PART = "none", "part"
_AFTER_SALE = {
    "无售后或售后取消": _NONE,
    "无售后/取消售后": _NONE,
    "售后处理中": _NONE,
    "退款中": _NONE,
    "待商家处理": _NONE,
    _GIVEN_BACK: _GIVEN_BACK,
    "部分退款成功": _PART,
}
_TIMES = ("paid_at", "concluded_at", "shipped_at", "received_at")

_EXPECTED = {
    "total": "用户实付金额(元)",
    "status": "订单状态",
    "after_sale": "售后状态",
    "shipping": "邮费(元)",
}
_EXPECTED_IN_LINES = {"quantity": "商品数量(件)"}
_LEFT_ALONE = {
    "商家实收金额(元)", "样式ID", "快递单号", "快递公司", "是否分期", "分期期数", "手续费承担方", "分期方式",
    "承诺发货时间", "是否审核中", "商品一级类目", "商品二级类目", "商品三级类目", "商品四级类目", "团ID", "团身份",
    "支付方式", "支付ID", "上门安装费(元)", "送货入户费(元)", "送货入户并安装费(元)", "是否门店自提", "赠品id",
    "订单来源",
}  # fmt: skip


def _at(name: str) -> cells.Cell:
    return cells.moment(name, *_RESAVED, zone=_ZONE)


def _state(value: str) -> OrderStatus | str:
    """A word by its parts: that the money went back wins over how far the parcel came."""
    word = value.replace("，", ",").replace(" ", "")
    if word.endswith(_GIVEN_BACK) and "部分" not in word:
        return OrderStatus.REFUNDED
    found = _WORDS.get(word)
    if found is None:
        raise CellFlaw("unknown_status", "is not a word that this column knows", fatal=False)
    return found


def _settle(draft: Draft) -> None:
    """What the buyer was to pay stands in the file; whether it was paid or given back, its words alone tell."""
    values = draft.values
    draft.miss(_EXPECTED, _EXPECTED_IN_LINES)
    total = _total(values)
    if total is None:
        draft.say("bad_money", "tells no amount", column="用户实付金额(元)", error=True)
        return
    values["total"] = total
    was_paid = _was_paid(values)
    paid = total if was_paid else _NIL
    after_sale = values.get("after_sale")
    whole = values.get("status") == OrderStatus.REFUNDED or values.get("status") == "closed"
    values["paid"] = paid
    values["refunded"] = paid if whole else _NIL
    values["refund_unknown"] = bool(paid) and not whole and after_sale != _NONE
    values["placed_at"] = values.get("concluded_at") or values.get("paid_at")
    if was_paid and values.get("paid_at") is None:
        values["paid_at"] = values.get("concluded_at")
    _part(draft, total)
    values["street"] = " ".join(filter(None, (values.get("street"), values.get("detail"))))


def _total(values: Values) -> Decimal | None:
    """What the buyer was to pay, or its parts where the seller left that column out."""
    total: Decimal | None = values.get("total")
    if total is None and values.get("listed") is not None:
        return Decimal(values["listed"] + (values.get("shipping") or _NIL) - _discounts(values))
    return total


def _discounts(values: Values) -> Decimal:
    return sum((values.get(field) or _NIL for field in ("of_shop", "of_platform", "of_payment")), _NIL)


def _was_paid(values: Values) -> bool:
    """Its word tells it; of a cancelled order the time of payment does, and of one with no known word any time."""
    status = values.get("status")
    if status == "closed":
        return values.get("paid_at") is not None or values.get("after_sale") == _GIVEN_BACK
    if status is None:
        return any(values.get(field) is not None for field in _TIMES)
    return bool(status != OrderStatus.PENDING_PAYMENT)


def _part(draft: Draft, total: Decimal) -> None:
    """Goods, postage and discounts as parts of the total; the lines share the goods, and gifts cost nothing."""
    values, lines = draft.values, draft.lines
    goods = max(total - (values.get("shipping") or _NIL), _NIL)
    values["shipping"], values["discount"] = total - goods, _discounts(values) or None
    if len(lines) == 1 and values.get("listed") is not None:
        lines[0]["price"] = _each(values["listed"], lines[0].get("quantity") or 1)
    for line, share in zip(lines, allotted(goods, lines, draft.format.currency), strict=True):
        line["sku"], line["total"] = line.get("sku") or line.get("sku_of_product"), share
    if values.get("gift"):
        lines.append(_gift(draft))


def _gift(draft: Draft) -> Values:
    values = draft.values
    pieces = values.get("gift_quantity") or "1"
    if not pieces.isdecimal() or not int(pieces):
        draft.say("bad_whole", "has gifts whose number is none; one is counted", column="赠品数量", value=pieces)
        pieces = "1"
    own = {"title": values["gift"], "variant": values.get("gift_variant"), "quantity": int(pieces)}
    return {**own, "price": _NIL, "total": _NIL}


def _each(listed: Decimal, quantity: int) -> Decimal | None:
    """The list price of one piece where it comes out in whole cents."""
    price = listed / quantity
    cents = price.quantize(Decimal("0.01"))
    return cents if cents * quantity == listed else None


ORDERS = TableFormat(
    name="pinduoduo.orders",
    title="Pinduoduo order export, one row an order (orders_export….csv)",
    header={"订单号", "商品id", "商家实收金额(元)"},
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
        total=cells.money("用户实付金额(元)"),
        shipping=cells.money("邮费(元)"),
        status=cells.parsed("订单状态", _state),
        paid_at=_at("支付时间"),
        shipped_at=_at("发货时间"),
        received_at=_at("确认收货时间"),
        recipient_name=cells.text("收货人", personal=True),
        recipient_phone=cells.text("手机", personal=True),
        province=cells.text("省"),
        city=cells.text("市"),
        district=cells.text("区"),
        street=cells.text("街道/镇", personal=True),
        buyer_note=cells.text("买家留言", personal=True),
        remark=cells.text("商家备注", personal=True),
        extra={
            "concluded_at": _at("订单成交时间"),
            "after_sale": cells.parsed(
                "售后状态", cells.choice("", _AFTER_SALE, code="unknown_status").read, blank=_NONE
            ),
            "listed": cells.money("商品总价(元)"),
            "of_shop": cells.money("店铺优惠折扣(元)"),
            "of_platform": cells.money("平台优惠折扣(元)"),
            "of_payment": cells.money("多多支付立减金额(元)"),
            "detail": cells.text("详细地址", personal=True),
            "gift": cells.text("赠品名称"),
            "gift_variant": cells.text("赠品规格"),
            "gift_quantity": cells.text("赠品数量"),
        },
    ),
    line=LineColumns(
        product_id=cells.identifier("商品id"),
        title=cells.text("商品"),
        variant=cells.text("商品规格"),
        sku=cells.text("商家编码-规格维度"),
        quantity=cells.whole("商品数量(件)"),
        extra={"sku_of_product": cells.text("商家编码-商品维度")},
    ),
)
"""One row an order of one article; the file names no buyer and no amount given back."""

FORMATS = (ORDERS,)
