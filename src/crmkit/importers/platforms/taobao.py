"""Taobao and Tmall: the order report and the item report of the seller centre, in every layout since 2012."""

from __future__ import annotations

import re
from decimal import Decimal

from crmkit.importers import cells
from crmkit.importers.columns import LineColumns, OrderColumns
from crmkit.importers.drafts import Draft
from crmkit.importers.form import TableFormat
from crmkit.importers.layouts import Values
from crmkit.importers.platforms.taobao_columns import BUYERS, LEFT_ALONE, LEFT_ALONE_IN_ITEMS, unread_buyers
from crmkit.orders import Address, OrderStatus

__all__ = ["FORMATS", "ITEMS", "ORDERS"]

_ZONE = "Asia/Shanghai"
_NIL = Decimal(0)
_RESAVED = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y年%m月%d日 %H:%M:%S")
_WORDS = {
    "等待买家付款": OrderStatus.PENDING_PAYMENT,
    "买家已付款，等待卖家发货": OrderStatus.PAID,
    "买家已付款,等待卖家发货": OrderStatus.PAID,
    "买家已付款": OrderStatus.PAID,
    "卖家部分发货": OrderStatus.PAID,
    "卖家已发货，等待买家确认": OrderStatus.SHIPPED,
    "卖家已发货,等待买家确认": OrderStatus.SHIPPED,
    "卖家已发货": OrderStatus.SHIPPED,
    "交易成功": OrderStatus.COMPLETED,
    "交易关闭": "closed",
}
_NOT_CLOSED = frozenset({"订单未关闭", "无"})
_POSTCODE = re.compile(r"(.*?)\s*\((\d{6})\)\s*")
_NEW_ADDRESS = re.compile(r"([^，]{1,60})，((?:86-|\+86)?[\d*\-转]{5,25})，(.*?)，?", re.DOTALL)
_EXPECTED = {
    "shipping": "买家应付邮费",
    "total": "总金额",
    "net": "买家实际支付金额",
    "refunded": "退款金额",
    "status": "订单状态",
    "paid_at": "订单付款时间",
}
_EXPECTED_IN_LINES = {"price": "价格", "quantity": "购买数量"}
_PAID = (OrderStatus.PAID, OrderStatus.SHIPPED, OrderStatus.COMPLETED)


def _at(name: str, *also: str) -> cells.Cell:
    return cells.moment(name, *_RESAVED, zone=_ZONE, also=also)


def _refund(value: str) -> Decimal:
    """A refund's amount; the word for "nobody asked for one" is nothing."""
    if value in ("无退款申请", "没有申请退款"):
        return _NIL
    return Decimal(cells.money("").read(value))


def _variant(value: str) -> str:
    return value.replace("；", ";").replace("：", ":")


def _settle(draft: Draft) -> None:
    """Money is what the seller centre says net of refunds; the payment time alone says whether it was paid."""
    values = draft.values
    draft.miss(_EXPECTED, _expected_in(draft))
    _guests(draft)
    total = _total(values)
    net, back = values.get("net"), values.pop("refunded", None)
    if total is None:
        draft.say("bad_money", "tells no total", column="总金额", error=True)
    elif not _was_paid(values, net):
        values["paid"], values["refunded"] = _NIL, _NIL
        if net or back:
            reason = f"has {net or back} paid or refunded and no payment time"
            draft.say("no_payment_time", reason, column="订单付款时间")
    elif net is None:
        values["paid"], values["refunded"] = total, back
    elif back is not None:
        values["paid"], values["refunded"] = net + back, back
    else:
        _without_refunds(draft, total, net)
    _name(draft)


def _expected_in(draft: Draft) -> dict[str, str]:
    """Lines have amounts of their own in every layout in which they have numbers of their own."""
    has_numbers = any("id" in line for line in draft.lines)
    return _EXPECTED_IN_LINES | ({"total": "买家应付货款"} if has_numbers else {})


def _guests(draft: Draft) -> None:
    """Says, once a file, that nothing in it names a buyer: sellers choose the columns since 2024."""
    if any(field in draft.values for field in ("account", "nickname", "payer")):
        return
    unread = unread_buyers(name for part in draft.parts for name in part.layout.header)
    more = f"; {', '.join(unread)} is not known to name one and is left alone" if unread else ""
    draft.say("missing_column", f"has no column of the buyer ({', '.join(BUYERS)}), so its orders are guests'{more}")


def _total(values: Values) -> Decimal | None:
    """The total, else its parts, else what was paid where the seller left out all columns of what was to be paid."""
    if values.get("total") is None and values.get("goods") is not None:
        values["total"] = values["goods"] + (values.get("shipping") or _NIL)
    elif "total" not in values and "goods" not in values and values.get("net") is not None:
        values["total"] = values["net"] + (values.get("refunded") or _NIL)
        values["is_net_only"] = values.get("refunded") is None
    total: Decimal | None = values.get("total")
    return total


def _was_paid(values: Values, net: Decimal | None) -> bool:
    """The payment time tells it; only a file without that column lets the state and the amount tell it."""
    if "paid_at" in values:
        return values["paid_at"] is not None
    return bool(net) or values.get("status") in _PAID


def _without_refunds(draft: Draft, total: Decimal, net: Decimal) -> None:
    """Layouts to 2016, and those whose seller left the column out, name no refund."""
    values = draft.values
    if values.get("is_net_only"):
        values["paid"], values["refund_unknown"] = net, True
        values["status"] = OrderStatus.REFUNDED if values.get("status") == "closed" else values.get("status")
    elif values.get("status") == "closed" and not net:
        values["paid"] = values["refunded"] = total
    elif net >= total:
        values["paid"], values["refunded"] = net, _NIL
    else:
        values["paid"], values["refund_unknown"] = net, True


def _name(draft: Draft) -> None:
    """Shop, address and close reason in their own form."""
    values = draft.values
    values["account"] = values.get("account") or values.get("nickname")
    memos = (values.get("remark"), values.get("memo"))
    values["remark"] = "\n".join(dict.fromkeys(memo for memo in memos if memo))
    values["shop"] = values.get("shop") or values.get("shop_id")
    if values.get("close_reason") in _NOT_CLOSED:
        values["close_reason"] = ""
    raw = values.get("corrected_address") or values.get("address") or ""
    new = _NEW_ADDRESS.fullmatch(raw) if "，" in raw else None
    if new:
        values["recipient_name"] = values.get("recipient_name") or new[1]
        values["recipient_phone"] = values.get("recipient_phone") or new[2].removeprefix("86-")
        raw = new[3]
    values["address"] = _address(raw) if raw else None
    if not values.get("recipient_phone"):
        values["recipient_phone"] = values.get("recipient_landline") or ""


def _address(raw: str) -> Address:
    """`省 市 区 street(zip)`, split at its first three blanks."""
    coded = _POSTCODE.fullmatch(raw) if raw[-1] == ")" else None
    body, postcode = (coded[1], coded[2]) if coded else (raw, "")
    parts = body.split(" ", 3)
    postcode = "" if postcode == "000000" else postcode
    if len(parts) < 4:
        return Address(text=raw, country="CN", street=body, postcode=postcode)
    province, city, district, street = parts
    return Address(
        text=raw,
        country="CN",
        province=province,
        city=city,
        district=district,
        street=street.strip(),
        postcode=postcode,
    )


def _settle_items(draft: Draft) -> None:
    """An item report alone: what its lines tell of the order; the layout to 2019 tells no money paid."""
    values, lines = draft.values, draft.lines
    draft.miss({}, _expected_in(draft))
    words = [line["status"] for line in lines if line.get("status") is not None]
    open_words = [word for word in words if word != "closed"]
    order = list(OrderStatus)
    values["status"] = min(open_words, key=order.index) if open_words else ("closed" if words else None)
    values["shop"] = ""
    if any(line.get("total") is None or line.get("net") is None for line in lines):
        values["paid"], values["refunded"], values["refund_unknown"] = _NIL, _NIL, True
        if values["status"] == "closed":
            values["status"] = OrderStatus.CANCELLED
        draft.say("amounts_unknown", "is known by list prices only; give the order report with the item report")
        return
    values["total"] = sum((line["total"] for line in lines), _NIL)
    if values.get("paid_at") is None:
        values["paid"] = values["refunded"] = _NIL
        return
    values["refunded"] = sum((line.get("refunded") or _NIL for line in lines), _NIL)
    values["paid"] = sum((line["net"] for line in lines), _NIL) + values["refunded"]


ORDERS = TableFormat(
    name="taobao.orders",
    title="Taobao/Tmall order report, one row an order (ExportOrderList…)",
    header=[
        {"订单编号", "买家应付货款", "宝贝标题"},
        {"订单编号", "买家应付货款", "商品标题"},
        {"订单编号", "买家应付货款", "总金额"},
        {"订单编号", "买家实付金额", "订单付款时间"},
        {"订单编号", "买家实付金额", "确认收货打款金额"},
    ],
    without=frozenset({"子订单编号", "退款编号"}),
    one_order_per="订单编号",
    family="taobao",
    role="orders",
    currency="CNY",
    region="CN",
    payer_scope="alipay",
    numbers_hold_in="platform",
    encodings=("gb18030",),
    reported_in_name=(r"ExportOrder(?:Detail)?List(\d{12})", "%Y%m%d%H%M", _ZONE),
    ends_in_newline=True,
    settle=_settle,
    ignored=LEFT_ALONE,
    order=OrderColumns(
        number=cells.identifier("订单编号"),
        account=cells.text("买家会员名", personal=True),
        payer=cells.text("买家支付宝账号", personal=True),
        goods=cells.money("买家应付货款"),
        shipping=cells.money("买家应付邮费"),
        total=cells.money("总金额"),
        refunded=cells.parsed("退款金额", _refund),
        status=cells.choice("订单状态", _WORDS, code="unknown_status"),
        buyer_note=cells.text("买家留言", personal=True),
        remark=cells.text("订单备注", personal=True),
        recipient_name=cells.text("收货人姓名", personal=True),
        recipient_phone=cells.text("联系手机", personal=True),
        address=cells.text("收货地址", personal=True),
        placed_at=_at("订单创建时间"),
        paid_at=_at("订单付款时间"),
        shipped_at=_at("发货时间"),
        completed_at=_at("确认收货时间"),
        shop=cells.text("店铺名称"),
        close_reason=cells.text("订单关闭原因"),
        extra={
            "net": cells.money("买家实际支付金额", also=("买家实付金额",)),
            "shop_id": cells.parsed("店铺Id", lambda value: "" if value == "0" else value, "店铺ID", blank=""),
            "memo": cells.text("商家备注", "商家备忘", personal=True),
            "nickname": cells.text("买家会员昵称", personal=True),
            "recipient_landline": cells.text("联系电话", personal=True),
            "corrected_address": cells.text("修改后的收货地址", personal=True),
        },
    ),
)
"""One row an order; the file is also complete without its item report, but for the lines."""

ITEMS = TableFormat(
    name="taobao.items",
    title="Taobao/Tmall item report, one row a line (ExportOrderDetailList…)",
    header=[
        {"订单编号", "标题", "外部系统编号"},
        {"子订单编号", "主订单编号", "标题"},
        {"子订单编号", "主订单编号", "商品标题"},
    ],
    without=frozenset({"选购商品"}),
    one_order_per=("主订单编号", "订单编号"),
    family="taobao",
    role="items",
    currency="CNY",
    region="CN",
    platform="taobao",
    numbers_hold_in="platform",
    encodings=("gb18030",),
    reported_in_name=(r"ExportOrder(?:Detail)?List(\d{12})", "%Y%m%d%H%M", _ZONE),
    ends_in_newline=True,
    settle=_settle_items,
    tells_refunds=True,
    ignored=LEFT_ALONE_IN_ITEMS,
    order=OrderColumns(
        placed_at=_at("订单创建时间", "创建时间"),
        paid_at=_at("订单付款时间"),
        shipped_at=_at("发货时间"),
        remark=cells.text("备注", "商家备注", "商家备忘", personal=True),
    ),
    line=LineColumns(
        id=cells.identifier("子订单编号"),
        title=cells.text("标题", "商品标题"),
        price=cells.money("价格", also=("商品价格",)),
        quantity=cells.whole("购买数量"),
        sku=cells.text("商家编码"),
        product_id=cells.text("商品ID"),
        variant=cells.parsed("商品属性", _variant, blank=""),
        status=cells.choice("订单状态", _WORDS, code="unknown_status"),
        total=cells.money("买家应付货款"),
        refunded=cells.parsed("退款金额", _refund),
        extra={
            "net": cells.money("买家实际支付金额", also=("买家实付金额",)),
            "outer_code": cells.text("外部系统编号"),
        },
    ),
)
"""One row a line; joined to the order report by the order's number, or alone with what it knows."""

FORMATS = (ORDERS, ITEMS)
