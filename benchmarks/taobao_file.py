"""Rows as Taobao's seller console wrote them in 2019: GB18030, `="…"` identifiers, an extra comma after each item."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shops import Line, Sale

ORDER_COLUMNS = (
    "订单编号 买家会员名 买家支付宝账号 支付单号 支付详情 买家应付货款 买家应付邮费 买家支付积分 总金额 "
    "返点积分 买家实际支付金额 买家实际支付积分 订单状态 买家留言 收货人姓名 收货地址␠ 运送方式 "
    "联系电话␠ 联系手机 订单创建时间 订单付款时间␠ 宝贝标题␠ 宝贝种类␠ 物流单号␠ 物流公司 订单备注 "
    "宝贝总数量 店铺Id 店铺名称 订单关闭原因 卖家服务费 买家服务费 发票抬头 是否手机订单 分阶段订单信息 "
    "特权订金订单id 是否上传合同照片 是否上传小票 是否代付 定金排名 修改后的sku 修改后的收货地址 "
    "异常信息 天猫卡券抵扣 集分宝抵扣 是否是O2O交易 新零售交易类型 新零售导购门店名称 新零售导购门店id "
    "新零售发货门店名称 新零售发货门店id 退款金额 预约门店 确认收货时间 打款商家金额 "
    "含应开票给个人的个人红包 是否信用购 体验期结束时间 前N有礼 配送类型 主订单编号"
).split()

ITEM_COLUMNS = (
    "子订单编号 主订单编号 标题 价格 购买数量 外部系统编号 商品属性 套餐信息 备注 订单状态 商家编码 "
    "支付单号 买家应付货款 买家实际支付金额 退款状态 退款金额 订单创建时间 订单付款时间"
).split()

IDENTIFIERS = frozenset(("订单编号", "支付单号", "主订单编号", "子订单编号"))

STATUS = {
    "waiting": "等待买家付款",
    "cancelled": "交易关闭",
    "paid": "买家已付款，等待卖家发货",
    "shipped": "卖家已发货，等待买家确认",
    "done": "交易成功",
    "partly": "交易成功",
    "refunded": "交易关闭",
}

CLOSED = {"cancelled": "买家未付款", "refunded": "退款"}

BAD = {14: "damaged identifier", 37: "unreadable amount", 61: "unknown status"}
"""After which orders of the shipped file a bad row stands."""


def header(columns: list[str]) -> str:
    return ",".join(f'"{name.replace("␠", " ")}"' for name in columns) + "\r\n"


def yuan(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def number_of(sale: Sale, place: int) -> str:
    """Gives a number of 19 digits that never ends with a zero, as a spreadsheet would leave it."""
    person = sale.person.number
    return f"40{sale.placed:%y%m%d}{place:07d}{person % 999:03d}{1 + person % 9}"


def row(columns: list[str], cells: dict[str, str], end: str = "") -> str:
    texts = []
    for column in columns:
        name = column.rstrip("␠")
        text = cells.get(name, "").replace('"', '""')
        texts.append(f'="{text}"' if name in IDENTIFIERS and text != DAMAGED else f'"{text}"')
    return ",".join(texts) + end + "\r\n"


DAMAGED = "4.50E+17"


def rows(sale: Sale, index: int) -> tuple[str, list[str]]:
    """Gives the row of the order file and those of the item file."""
    number = number_of(sale, index * 5)
    payment = f"{sale.placed:%Y%m%d}22001400{index:012d}" if sale.is_paid else ""
    cells = order_cells(sale, number, payment, index)
    single = len(sale.lines) == 1
    items = []
    for place, line in enumerate(sale.lines, start=1):
        child = number if single else number_of(sale, index * 5 + place)
        shared = {"子订单编号": child, "主订单编号": number, "支付单号": payment}
        items.append(row(ITEM_COLUMNS, {**shared, **item_cells(sale, line)}, end=","))
    return row(ORDER_COLUMNS, cells), items


def order_cells(sale: Sale, number: str, payment: str, index: int) -> dict[str, str]:
    person = sale.person
    left = yuan(sale.total - sale.refunded) if sale.is_paid else "0.00"
    sent = sale.fate in ("shipped", "done", "partly")
    received = sale.fate in ("done", "partly")
    return {
        "订单编号": number,
        "买家会员名": person.nick,
        "买家支付宝账号": person.payer,
        "支付单号": payment,
        "买家应付货款": yuan(sale.goods),
        "买家应付邮费": yuan(sale.postage),
        "买家支付积分": "0",
        "总金额": yuan(sale.total),
        "返点积分": "0",
        "买家实际支付金额": left,
        "买家实际支付积分": "0",
        "订单状态": STATUS[sale.fate],
        "买家留言": sale.note or "null",
        "收货人姓名": f"收件人{person.number:02d}",
        "收货地址": f"虚构省 示例市 测试区 样板路{person.number}号(000000)",
        "运送方式": "快递",
        "联系电话": "'",
        "联系手机": f"'{person.phone}",
        "订单创建时间": at(sale.placed),
        "订单付款时间": at(sale.paid_at) if sale.is_paid else "",
        "宝贝标题": "，".join(line.product.title for line in sale.lines),
        "宝贝种类": str(len(sale.lines)),
        "物流单号": f"YT9{index:012d}" if sent else "",
        "物流公司": "圆通速递" if sent else "",
        "订单备注": "null",
        "宝贝总数量": str(sum(line.quantity for line in sale.lines)),
        "店铺Id": "0",
        "店铺名称": "示例纸灯笼小店",
        "订单关闭原因": CLOSED.get(sale.fate, "订单未关闭"),
        "卖家服务费": "0",
        "买家服务费": "0元",
        "是否手机订单": "手机订单" if person.number % 3 else "",
        "是否上传合同照片": "否",
        "是否上传小票": "否",
        "是否代付": "否",
        "退款金额": yuan(sale.refunded),
        "确认收货时间": at(sale.received_at) if received else "null",
        "打款商家金额": (left if received else "0.00") + "元",
        "含应开票给个人的个人红包": "0.00",
        "是否信用购": "否",
    }


def item_cells(sale: Sale, line: Line) -> dict[str, str]:
    closed = line.refunded == line.due and sale.is_paid and line.due > 0
    return {
        "标题": line.product.title,
        "价格": yuan(line.product.cents),
        "购买数量": str(line.quantity),
        "外部系统编号": line.product.sku,
        "商品属性": line.product.variant,
        "备注": "null",
        "订单状态": "交易关闭" if closed else STATUS[sale.fate],
        "商家编码": line.product.sku if line.product.variant else "null",
        "买家应付货款": yuan(line.due),
        "买家实际支付金额": yuan(line.due - line.refunded) if sale.is_paid else "0.00",
        "退款状态": "退款成功" if line.refunded else "没有申请退款",
        "退款金额": yuan(line.refunded) if line.refunded else "无退款申请",
        "订单创建时间": at(sale.placed),
        "订单付款时间": at(sale.paid_at) if sale.is_paid else "",
    }


def bad_row(sale: Sale, index: int) -> str:
    """Gives an order that cannot be used, for one reason; the item file knows nothing of it."""
    earlier = sale.placed - timedelta(seconds=40)
    cells = order_cells(sale, number_of(sale, index * 5 + 4), f"{sale.placed:%Y%m%d}22001499{index:012d}", index)
    cells["订单创建时间"] = at(earlier)
    broken = {
        "damaged identifier": {"订单编号": DAMAGED},
        "unreadable amount": {"总金额": "1.2.8.00"},
        "unknown status": {"订单状态": "卖家已打包"},
    }
    return row(ORDER_COLUMNS, {**cells, **broken[BAD[index]]})
