"""Douyin shop: the order export, one row a sub-order or one row an order."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

from crmkit.importers import cells
from crmkit.importers.columns import LineColumns, OrderColumns
from crmkit.importers.composing import state_of
from crmkit.importers.drafts import Draft
from crmkit.importers.form import TableFormat
from crmkit.importers.gathering import Part
from crmkit.importers.layouts import Values
from crmkit.importers.sharing import allotted
from crmkit.orders import OrderStatus

__all__ = ["FORMATS", "ORDERS"]

_ZONE = "Asia/Shanghai"
_NIL = Decimal(0)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_SEVERAL = ";"
_RESAVED = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y年%m月%d日 %H:%M:%S")
_WORDS = {
    "待支付": OrderStatus.PENDING_PAYMENT,
    "待发货": OrderStatus.PAID,
    "备货中": OrderStatus.PAID,
    "部分发货": OrderStatus.PAID,
    "已发货": OrderStatus.SHIPPED,
    "已收货": OrderStatus.RECEIVED,
    "已完成": OrderStatus.COMPLETED,
    "已关闭": "closed",
}
_NONE, _SOME, _WHOLE = "none", "some", "whole"
_AFTER_SALE = {
    "退款成功": _SOME,
    "已全额退款": _WHOLE,
    **dict.fromkeys(("售后待处理", "待退货", "待收退货", "退款中", "售后关闭"), _NONE),
    **dict.fromkeys(("换货成功", "换货待收货", "补寄成功"), _NONE),
}
_after_sale = cells.choice("", _AFTER_SALE, code="unknown_status").read
_RANKS: dict[object, int] = {status: rank for rank, status in enumerate((*OrderStatus, "closed"))}
_PAID = (OrderStatus.PAID, OrderStatus.SHIPPED, OrderStatus.RECEIVED, OrderStatus.COMPLETED)

_EXPECTED = {"placed_at": "订单提交时间"}
_EXPECTED_IN_LINES = {
    "due": "订单应付金额",
    "postage": "运费",
    "quantity": "商品数量",
    "status": "订单状态",
    "after_sale": "售后状态",
    "paid_at": "支付完成时间",
}
_LEFT_ALONE = {
    "平台优惠", "商家优惠", "达人优惠", "商家改价", "支付优惠", "红包抵扣", "支付方式", "手续费", "是否修改过地址",
    "地址修改时段", "旗帜颜色", "APP渠道", "流量来源", "承诺发货时间", "订单类型", "鲁班落地页ID", "达人ID", "达人昵称",
    "所属门店ID", "预约发货时间", "仓库ID", "仓库名称", "序列号", "是否安心购", "广告渠道", "流量类型", "流量体裁",
    "流量渠道", "发货主体", "发货主体明细", "降价类优惠", "平台实际承担优惠金额", "商家实际承担优惠金额",
    "达人实际承担优惠金额", "预计送达时间", "是否平台仓自流转", "车型", "商品69码", "发货SN码", "发货IMEI码1",
    "发货IMEI码2", "预约送达时间", "建议发货时间（起）", "建议发货时间（止）", "物流SN码", "物流IMEI码1", "物流IMEI码2",
}  # fmt: skip


def _at(name: str) -> cells.Cell:
    return cells.moment(name, *_RESAVED, zone=_ZONE)


def _plain(value: str) -> str:
    """A recipient's cell; ciphertext is nobody's name, it changes from order to order."""
    return "" if value.startswith(("##", "$$")) else value


def _told(name: str) -> cells.Cell:
    return cells.parsed(name, _plain, personal=True, blank="")


def _price(value: str) -> Decimal | tuple[Decimal, ...] | None:
    """The price of one piece, or those of several sub-orders."""
    texts = [cells.clean(text) for text in value.split(_SEVERAL)]
    if not all(texts):
        return None
    prices = tuple(Decimal(cells.money("").read(text)) for text in texts)
    return prices[0] if len(prices) == 1 else prices


def _settle(draft: Draft) -> None:
    """Sub-orders have their own state and amounts; the order is what they are together."""
    draft.miss(_EXPECTED, _EXPECTED_IN_LINES)
    draft.lines = lines = _each_once(draft, _apart(draft, _of_one_grain(draft)))
    for line in lines:
        due = _due(line)
        if due is None:
            draft.say("bad_money", "has a sub-order without an amount", column="订单应付金额", error=True)
            return
        _judge(draft, line, due)
    values = draft.values
    for field in ("due", "paid", "given_back"):
        values[field] = sum((line[field] for line in lines), _NIL)
    values["total"], values["refunded"] = values.pop("due"), values.pop("given_back")
    values["shipping"] = values["total"] - sum((line["total"] for line in lines), _NIL)
    values["discount"] = sum((line.get("discounts") or _NIL for line in lines), _NIL) or None
    values["refund_unknown"] = any(line["is_open"] for line in lines)
    values["close_reason"] = "; ".join(dict.fromkeys(filter(None, (line.get("reason") for line in lines))))
    values["status"] = _state(lines)
    values["street"] = " ".join(filter(None, (values.get("street"), values.get("detail"))))
    _date(values, lines)


def _of_one_grain(draft: Draft) -> list[Values]:
    """The lines of the newer grain where files of both were read: sub-orders, or one row for all of them."""
    joined = [line for line in draft.lines if _SEVERAL in (line.get("id") or "")]
    if not joined or len(joined) == len(draft.lines):
        return joined or draft.lines
    apart = [line for line in draft.lines if line not in joined]
    newest = max(draft.parts, key=lambda part: (part.layout.place.reported_at or _LONG_AGO, not _is_joined(part)))
    is_covered = {own for line in joined for own in _split(line["id"])} <= {line.get("id") for line in apart}
    return apart if is_covered and not _is_joined(newest) else joined


def _is_joined(part: Part) -> bool:
    at = next(at for field, at, _ in part.layout.line if field == "id")
    return any(_SEVERAL in row[at] for _, row in part.rows)


def _split(value: str) -> list[str]:
    return [found.strip() for found in value.split(_SEVERAL) if found.strip()]


def _apart(draft: Draft, lines: Iterable[Values]) -> list[Values]:
    """A row of several sub-orders as their lines, if it has a piece for each; else it stays one line."""
    found: list[Values] = []
    for line in lines:
        ids, prices = _split(line.get("id") or ""), line.get("price")
        count, pieces = len(ids), line.get("quantity") or len(ids)
        if prices.__class__ is tuple:
            line["price"] = None
        if count > 1 and pieces == count and line.get("due") is not None:
            found += _parted(draft, line, ids, prices)
            continue
        if count > 1 and pieces != count:
            reason = f"tells {pieces} pieces of {count} sub-orders and not how many of each; they are one line"
            draft.say("bad_whole", reason, column="商品数量", value=str(pieces))
        found.append(line)
    return found


def _parted(draft: Draft, line: Values, ids: list[str], prices: object) -> list[Values]:
    """The lines of a row; they share its amount by price, and postage and discounts stay with the first."""
    parts: list[Values] = [{**line, "id": own, "quantity": 1, "price": None} for own in ids]
    for field in ("title", "product_id", "sku", "variant"):
        texts = _split(line.get(field) or "")
        for at, part in enumerate(parts):
            part[field] = texts[at] if len(texts) == len(ids) else line.get(field) if at == 0 else ""
    if isinstance(prices, tuple) and len(prices) == len(ids):
        for part, price in zip(parts, prices, strict=True):
            part["price"] = price
    elif "price" in line:
        draft.say("amounts_unknown", "tells one amount for several sub-orders and no prices; they share it alike")
    else:
        draft.say("missing_column", "lacks 商品单价; several sub-orders of one row share its amount alike")
    due, postage = line.get("due") or _NIL, line.get("postage") or _NIL
    for part, share in zip(parts, allotted(max(due - postage, _NIL), parts, draft.format.currency), strict=True):
        part |= {"due": share, "postage": _NIL, "discounts": _NIL}
    parts[0] |= {"due": parts[0]["due"] + min(postage, due), "postage": postage, "discounts": line.get("discounts")}
    return parts


def _each_once(draft: Draft, lines: list[Values]) -> list[Values]:
    """Each sub-order once; of a number that stands twice the row that is further on counts."""
    found: dict[object, Values] = {}
    for at, line in enumerate(lines):
        own = line.get("id") or at
        other = found.setdefault(own, line)
        if other != line:
            reason = f"has the sub-order {own} twice and not alike; the one that is further on counts"
            draft.say("contradiction", reason, column="子订单编号")
            found[own] = max(other, line, key=_progress)
    return list(found.values())


def _progress(line: Values) -> tuple[int, datetime, str]:
    times = [value for value in line.values() if value.__class__ is datetime]
    return _RANKS.get(line.get("status"), -1), max(times, default=_LONG_AGO), str(sorted(line.items()))


def _due(line: Values) -> Decimal | None:
    """What the buyer was to pay for it, postage in, or its parts where the seller left that column out."""
    due: Decimal | None = line.get("due")
    if due is None and line.get("price") is not None:
        goods = line["price"] * (line.get("quantity") or 1) - (line.get("discounts") or _NIL)
        return Decimal(goods + (line.get("postage") or _NIL))
    return due


def _judge(draft: Draft, line: Values, due: Decimal) -> None:
    """What was paid for one sub-order, what of it was given back, and whether that is known."""
    is_closed, after_sale = line.get("status") == "closed", line.get("after_sale")
    was_paid = _was_paid(draft, line)
    paid = due if was_paid else _NIL
    is_whole = was_paid and (is_closed or after_sale == _WHOLE)
    line |= {"due": due, "paid": paid, "was_paid": was_paid, "given_back": paid if is_whole else _NIL}
    line["total"] = max(due - (line.get("postage") or _NIL), _NIL)
    line["refunded"] = None if not is_whole else line["total"]
    line["is_open"] = bool(paid) and not is_whole and after_sale != _NONE
    if is_closed:
        line["status"] = OrderStatus.REFUNDED if was_paid else OrderStatus.CANCELLED
    elif line.get("status") is None:
        line["status"] = state_of(line, paid)


def _was_paid(draft: Draft, line: Values) -> bool:
    """The time of payment tells it; without that column, or where it contradicts a refund, the words do."""
    if line.get("paid_at") is not None:
        return True
    refunded = line.get("after_sale") in (_SOME, _WHOLE)
    if "paid_at" not in line:
        return refunded or line.get("status") in _PAID
    if line.get("due") and (refunded or line.get("status") == OrderStatus.COMPLETED):
        counts = "was refunded and counts as paid" if refunded else "is completed and counts as not paid"
        draft.say("no_payment_time", f"has no time of payment; it {counts}", column="支付完成时间")
    return refunded


def _sold(lines: list[Values]) -> list[Values]:
    """The lines that are neither closed nor gifts; gifts where nothing else goes on."""
    live = [line for line in lines if line["status"] not in (OrderStatus.CANCELLED, OrderStatus.REFUNDED)]
    return [line for line in live if line["due"]] or live


def _state(lines: list[Values]) -> OrderStatus:
    """The least advanced of the lines that go on; of closed ones only, whether any was paid."""
    states: list[OrderStatus] = [line["status"] for line in _sold(lines)]
    if not states:
        return OrderStatus.REFUNDED if any(line["was_paid"] for line in lines) else OrderStatus.CANCELLED
    return min(states, key=_RANKS.__getitem__)


def _date(values: Values, lines: list[Values]) -> None:
    """The first payment; the last parcel and the last end, once every line that goes on has them."""
    sold = _sold(lines) or lines
    values["paid_at"] = min((line["paid_at"] for line in lines if line.get("paid_at") is not None), default=None)
    for field in ("shipped_at", "completed_at"):
        times = [at for line in sold if (at := line.get(field)) is not None]
        values[field] = max(times) if len(times) == len(sold) else None


ORDERS = TableFormat(
    name="douyin.orders",
    title="Douyin shop order export, one row a sub-order or one row an order (<seconds>_….csv)",
    header={"主订单编号", "子订单编号", "选购商品"},
    one_order_per="主订单编号",
    currency="CNY",
    region="CN",
    numbers_hold_in="platform",
    encodings=("gb18030",),
    reported_in_name=(r"(?:^|/)(\d{10})_[\w-]+\.\w+$", "%s", _ZONE),
    settle=_settle,
    tells_refunds=True,
    ignored=_LEFT_ALONE,
    order=OrderColumns(
        number=cells.identifier("主订单编号"),
        placed_at=_at("订单提交时间"),
        recipient_name=_told("收件人"),
        recipient_phone=_told("收件人手机号"),
        province=cells.text("省"),
        city=cells.text("市"),
        district=cells.text("区"),
        street=_told("街道"),
        buyer_note=cells.text("买家留言", personal=True),
        remark=cells.text("商家备注", personal=True),
        extra={"detail": _told("详细地址")},
    ),
    line=LineColumns(
        id=cells.identifier("子订单编号"),
        title=cells.text("选购商品"),
        variant=cells.text("商品规格"),
        product_id=cells.identifier("商品ID"),
        sku=cells.text("商家编码"),
        quantity=cells.whole("商品数量"),
        price=cells.parsed("商品单价", _price, "商品金额"),
        status=cells.choice("订单状态", _WORDS, code="unknown_status"),
        extra={
            "due": cells.money("订单应付金额"),
            "postage": cells.money("运费"),
            "discounts": cells.money("优惠总金额"),
            "after_sale": cells.parsed("售后状态", _after_sale, blank=_NONE),
            "reason": cells.text("取消原因"),
            "paid_at": _at("支付完成时间"),
            "shipped_at": _at("发货时间"),
            "completed_at": _at("订单完成时间"),
        },
    ),
)
"""State, amounts and times belong to the sub-order; the recipient and the remarks to the order."""

FORMATS = (ORDERS,)
