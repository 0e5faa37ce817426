"""Xiaohongshu (小红书): the order query of the seller centre Qianfan, one row for each SKU of a package."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

import attrs

from crmkit.importers import cells
from crmkit.importers.columns import LineColumns, OrderColumns
from crmkit.importers.drafts import Draft
from crmkit.importers.form import TableFormat
from crmkit.importers.layouts import Values, positions
from crmkit.importers.texts import normalised
from crmkit.money import Money
from crmkit.orders import OrderStatus

__all__ = ["FORMATS", "ORDERS"]

_ZONE = "Asia/Shanghai"
_NIL = Decimal(0)
_RESAVED = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y年%m月%d日 %H:%M:%S")
_WORDS = {
    "待付款": OrderStatus.PENDING_PAYMENT,
    "待支付": OrderStatus.PENDING_PAYMENT,
    "待配货": OrderStatus.PAID,
    "配货中": OrderStatus.PAID,
    "待发货": OrderStatus.PAID,
    "部分发货": OrderStatus.PAID,
    "已发货": OrderStatus.SHIPPED,
    "待收货": OrderStatus.SHIPPED,
    "已签收": OrderStatus.RECEIVED,
    "已完成": OrderStatus.COMPLETED,
    "已取消": "closed",
    "已关闭": "closed",
}
_GIVEN_BACK, _NOTHING_BACK = "done", "none"
_AFTER_SALE = {
    "无": _NOTHING_BACK,
    "无售后": _NOTHING_BACK,
    "售后处理中": _NOTHING_BACK,
    "售后取消": _NOTHING_BACK,
    "售后关闭": _NOTHING_BACK,
    "售后完成": _GIVEN_BACK,
}
_PAID = (OrderStatus.PAID, OrderStatus.SHIPPED, OrderStatus.RECEIVED, OrderStatus.COMPLETED)
_EXPECTED = {"paid_at": "支付时间"}
_EXPECTED_IN_LINES = {
    "total": "用户应付金额(元)",
    "quantity": "SKU件数",
    "status": "订单状态",
    "after_sale": "售后状态",
}
_IDENTITY_CARDS = frozenset(
    map(
        normalised,
        (
            "订购人身份证姓名/ID Name",
            "订购人身份证号/ID Number",
            "订购人身份证姓名",
            "订购人身份证号",
            "收件人身份证姓名",
            "收件人身份证号",
        ),
    )
)
_DISCOUNTS = ("platform_discount", "shop_discount", "channel_discount")
_IGNORED = (
    "订单类型, 订单标记, 区域编码, 达人ID, 达人名称, 达人名称(待下线), 发票/Invoice, SKU商家改价(元), "
    "商家应收金额(元)(支付金额), 支付方式, 支付渠道订单号, 支付期数, 利息费用, 手续费承担方, sku净重(kg), "
    "包裹总净重(kg), 包裹总运费(元), 快递公司, 快递单号, 发货链接, 大头笔/Paint Marker, 集包地/Express Extend 1, "
    "三段码/Express Extend 2, 订购人身份证姓名/ID Name, 订购人身份证号/ID Number, 收件人身份证姓名, 收件人身份证号, "
    "预售订单开始发货时间, 预售订单截止发货时间, 承诺发货时间, 发货仓库, 确认收货类型, 是否延迟收货, 包裹备注标记, "
    "异常原因, 运费模版名称, 物流方案名称, 第三方机构订单号, 国补模式, 供应商id, 供应商名称"
)


def _at(name: str) -> cells.Cell:
    return cells.moment(name, *_RESAVED, zone=_ZONE)


def _settle(draft: Draft) -> None:
    """Amounts stand on each row and add up; a cancelled row keeps its own, so the payment time tells what was paid."""
    _forget_identity_cards(draft)
    values, lines = draft.values, draft.lines
    draft.miss(_EXPECTED, _EXPECTED_IN_LINES)
    if values.get("customer_id") in ("0", "***") or "*" in (values.get("customer_id") or ""):
        values["customer_id"] = ""
    for line in lines:
        if line.get("is_gift") and line.get("total") is None:
            line["total"] = _NIL
    if any(line.get("total") is None for line in lines):
        draft.say(
            "bad_money", "has a row that does not tell what the buyer pays", column="用户应付金额(元)", error=True
        )
        return
    values["total"] = sum((line["total"] for line in lines), _NIL)
    values["discount"] = _discount(lines)
    values["status"] = _state(lines)
    _pay(draft, values["total"])
    for line in lines:
        _finish(line)


def _discount(lines: list[Values]) -> Decimal | None:
    told = [line[field] for line in lines for field in _DISCOUNTS if line.get(field) is not None]
    return sum(told, _NIL) if told else None


def _state(lines: list[Values]) -> OrderStatus | str | None:
    """The least advanced of the rows that are neither cancelled nor gifts."""
    told = [line for line in lines if line.get("status") is not None]
    bought = [line["status"] for line in told if not line.get("is_gift")] or [line["status"] for line in told]
    moving = [word for word in bought if word != "closed"]
    order = list(OrderStatus)
    return min(moving, key=order.index) if moving else ("closed" if bought else None)


def _pay(draft: Draft, total: Decimal) -> None:
    values = draft.values
    state, paid_at = values["status"], values.get("paid_at")
    if paid_at is None and ("paid_at" in values or state not in _PAID):
        values["paid"] = values["refunded"] = _NIL
        if state in _PAID and total:
            draft.say("no_payment_time", "is sold by its state and has no payment time", column="支付时间")
        return
    values["paid"] = total
    values["refunded"], values["refund_unknown"] = _given_back(draft.lines)


def _given_back(lines: list[Values]) -> tuple[Decimal, bool]:
    """A cancelled row whose after-sale case is done went back whole; of others that are done, nobody knows how much."""
    whole = [line for line in lines if line.get("status") == "closed" and line.get("after_sale") == _GIVEN_BACK]
    for line in whole:
        line["refunded"] = line["total"]
    silent = [line for line in lines if line.get("after_sale") is None or (line not in whole and _went_back(line))]
    return sum((line["total"] for line in whole), _NIL), any(line["total"] for line in silent)


def _went_back(line: Values) -> bool:
    return line.get("after_sale") == _GIVEN_BACK or line.get("status") == "closed"


def _finish(line: Values) -> None:
    """A row's price is what one piece costs before the discounts; its SKU the seller's own, else the platform's."""
    line["sku"] = line.get("sku") or line.get("barcode") or line.get("platform_code") or line.get("specification")
    line["product_id"] = line.get("product_id") or line.get("specification")
    goods, quantity = line.get("goods"), line.get("quantity") or 1
    if goods is not None:
        line["price"] = Money.round(goods / quantity, "CNY").amount


@lru_cache(maxsize=64)
def _card_columns(header: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(at for name, at in positions(header).items() if name in _IDENTITY_CARDS)


def _forget_identity_cards(draft: Draft) -> None:
    """Numbers of identity cards (cross-border orders) are never kept, not even among the source cells."""
    for part in draft.parts:
        for at in _card_columns(part.layout.header):
            for _, row in part.rows:
                row[at] = ""


ORDERS = TableFormat(
    name="xiaohongshu.orders",
    title="Xiaohongshu order query, one row a SKU of a package (小红书订单查询….xlsx)",
    header=[{"订单号", "小红书编码", "规格ID"}, {"包裹号", "小红书编码", "规格ID"}],
    one_order_per=("订单号", "包裹号"),
    currency="CNY",
    region="CN",
    numbers_hold_in="platform",
    encodings=("gb18030",),
    reported_in_name=(r"小红书订单查询(\d{4}-\d\d-\d\d-\d\d_\d\d)", "%Y-%m-%d-%H_%M", _ZONE),
    settle=_settle,
    tells_refunds=False,
    ignored=frozenset(_IGNORED.split(", ")),
    order=OrderColumns(
        number=cells.identifier("订单号", "包裹号"),
        customer_id=cells.identifier("用户编号"),
        shop=cells.text("店铺名称"),
        placed_at=_at("订单创建时间"),
        paid_at=_at("支付时间"),
        shipped_at=_at("订单发货时间"),
        completed_at=_at("订单完成时间"),
        recipient_name=cells.text("收件人姓名", personal=True),
        recipient_phone=cells.text("收件人电话", personal=True),
        address=cells.text("收件人地址", personal=True),
        province=cells.text("省"),
        city=cells.text("市"),
        district=cells.text("区"),
        buyer_note=cells.text("用户备注", personal=True),
        remark=cells.text("包裹备注信息", personal=True),
    ),
    line=LineColumns(
        sku=cells.text("商家编码"),
        product_id=cells.text("商品ID"),
        title=cells.text("SKU名称", "商品名称"),
        variant=cells.text("SKU规格"),
        quantity=cells.whole("SKU件数"),
        total=cells.money("用户应付金额(元)"),
        status=cells.choice("订单状态", _WORDS, code="unknown_status"),
        extra={
            "after_sale": attrs.evolve(
                cells.choice("售后状态", _AFTER_SALE, code="unknown_status"), blank=_NOTHING_BACK
            ),
            "goods": cells.money("商品总价(元)"),
            "platform_discount": cells.money("平台优惠(元)"),
            "shop_discount": cells.money("店铺优惠(元)"),
            "channel_discount": cells.money("支付渠道优惠(元)"),
            "is_gift": cells.flag("是否为赠品"),
            "barcode": cells.text("条形码"),
            "platform_code": cells.text("小红书编码"),
            "specification": cells.text("规格ID"),
        },
    ),
)
"""The number (`P…`) is that of the package; nothing in the file tells which packages were ordered together."""

FORMATS = (ORDERS,)
