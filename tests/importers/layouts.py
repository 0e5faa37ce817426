"""The layouts of Taobao's reports and of Shopify's orders, and files made from them."""

from __future__ import annotations

import csv
import io


def _names(text: str) -> list[str]:
    """Names parted by blanks; an underscore is a blank at the end of a name, as the real files have them."""
    return [name.replace("_", " ") for name in text.split()]


def _before(names: list[str], anchor: str, new: str) -> list[str]:
    at = names.index(anchor)
    return [*names[:at], *_names(new), *names[at:]]


def _after(names: list[str], anchor: str, new: str) -> list[str]:
    at = names.index(anchor) + 1
    return [*names[:at], *_names(new), *names[at:]]


def _with(names: list[str], new: str) -> list[str]:
    return [*names, *_names(new)]


Y2012 = _names(
    "订单编号 买家会员名 买家支付宝账号 买家应付货款 买家应付邮费 买家支付积分 总金额 返点积分 买家实际支付金额 "
    "买家实际支付积分 订单状态 买家留言 收货人姓名 收货地址_ 运送方式 联系电话_ 联系手机 订单创建时间 订单付款时间_ "
    "宝贝标题_ 宝贝种类_ 物流单号_ 物流公司 订单备注 宝贝总数量 店铺Id 店铺名称 订单关闭原因"
)
Y2014 = _with(
    Y2012, "卖家服务费 买家服务费 发票抬头 是否手机订单 分阶段订单信息 定金排名 修改后的sku 修改后的收货地址 异常信息"
)
Y2016 = _with(_before(Y2014, "定金排名", "特权订金订单id"), "天猫卡券抵扣 集分宝抵扣 是否是O2O交易")
Y2017 = _with(_after(Y2016, "特权订金订单id", "是否上传合同照片 是否上传小票 是否代付"), "退款金额 预约门店")
Y2018A = _with(
    _before(
        Y2017, "退款金额", "新零售交易类型 新零售导购门店名称 新零售导购门店id 新零售发货门店名称 新零售发货门店id"
    ),
    "确认收货时间 打款商家金额 含应开票给个人的个人红包",
)
Y2018B = _after(Y2018A, "买家支付宝账号", "支付单号 支付详情")
Y2019 = _with(Y2018B, "是否信用购 体验期结束时间 前N有礼 配送类型 主订单编号")
Y2020 = _before(
    _after(Y2019, "是否是O2O交易", "满返红包金额"),
    "主订单编号",
    "直播返现状态 返现金额 新零售成交门店昵称 新零售成交门店id 新零售成交经销商id",
)
_2022 = _after([name for name in Y2020 if name != "满返红包金额"], "联系手机", "虚拟号过期时间")
_2022 = _before(_after(_2022, "返现金额", "延迟发货自动赔付金额"), "主订单编号", "预售订单 发货时间 商家备忘")
Y2022 = ["买家会员昵称" if name == "买家支付宝账号" else name for name in _2022]
VARIANT = _before(
    _after(
        Y2019, "是否是O2O交易", "O2O交易类型 O2O店铺id O2O店铺名称 O2O导购员id O2O导购员姓名 O2O提货类型 O2O外部订单id"
    ),
    "确认收货时间",
    "是否村淘订单",
)
Y2024 = _names(
    "订单编号 支付单号 支付详情 买家应付货款 买家应付邮费 总金额 返点积分 买家实付金额 买家实付积分 订单状态 买家留言 "
    "订单创建时间 订单付款时间 商品标题 宝贝种类 物流单号 物流公司 备注标签 商家备注 宝贝总数量 店铺ID 店铺名称 "
    "商品属性SKU 确认收货时间 确认收货打款金额 买家支付积分 总金额(旧版) 退款金额"
)
ORDER_LAYOUTS = {
    28: Y2012,
    37: Y2014,
    41: Y2016,
    46: Y2017,
    54: Y2018A,
    56: Y2018B,
    61: Y2019,
    67: Y2020,
    71: Y2022,
    69: VARIANT,
    2024: Y2024,
}

D1 = _names("订单编号 标题 价格 购买数量 外部系统编号 商品属性 套餐信息 备注 订单状态 商家编码")
D2 = _names(
    "子订单编号 主订单编号 标题 价格 购买数量 外部系统编号 商品属性 套餐信息 备注 订单状态 商家编码 支付单号 "
    "买家应付货款 买家实际支付金额 退款状态 退款金额 订单创建时间 订单付款时间"
)
D3 = _names(
    "子订单编号 主订单编号 商品标题 商品价格 购买数量 商品属性 套餐信息 订单状态 商家编码 买家应付货款 买家实付金额 "
    "退款状态 退款金额 订单创建时间 订单付款时间 商品ID 商家备注"
)
ITEM_LAYOUTS = {"D1": D1, "D2": D2, "D3": D3}

_SHOPIFY = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,"
    "Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,"
    "Lineitem fulfillment status,Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,"
    "Billing City,Billing Zip,Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,"
    "Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,Shipping Province,"
    "Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,Payment Method,Payment Reference,"
    "Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,Tags,Risk Level,Source,"
    "Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,"
    "Tax 5 Name,Tax 5 Value,Phone,Receipt Number,Duties,Billing Province Name,Shipping Province Name,Payment ID,"
    "Payment Terms Name,Next Payment Due At,Payment References"
)
_POS = {"Outstanding Balance", "Employee", "Location", "Device ID"}
S79 = _SHOPIFY.split(",")
S75 = [name for name in S79 if name not in _POS]
S68 = S75[: S75.index("Receipt Number") + 1]
SHOPIFY_LAYOUTS = {79: S79, 75: S75, 68: S68}

NUMBER = "4026110100000000117"


def order_row(**more: str) -> dict[str, str]:
    """A paid and finished order of 79.00 goods and 8.00 postage."""
    return {
        "订单编号": f'="{NUMBER}"',
        "买家会员名": "测试甲",
        "买家支付宝账号": "mei@example.com",
        "买家应付货款": "79.00",
        "买家应付邮费": "8.00",
        "总金额": "87.00",
        "买家实际支付金额": "87.00",
        "买家实付金额": "87.00",
        "订单状态": "交易成功",
        "买家留言": "null",
        "收货人姓名": "收件人01",
        "收货地址": "虚构省 示例市 测试区 样板路1号(000000)",
        "联系手机": "'13800000011",
        "订单创建时间": "2026-11-01 09:12:33",
        "订单付款时间": "2026-11-01 09:13:02",
        "宝贝标题": "亚麻围裙，陶瓷杯",
        "商品标题": "亚麻围裙，陶瓷杯",
        "店铺Id": "0",
        "店铺ID": "0",
        "店铺名称": "示例布衣小店",
        "订单关闭原因": "订单未关闭",
        "退款金额": "0.00",
        "确认收货时间": "2026-11-08 20:01:11",
        **more,
    }


def item_rows(number: str = NUMBER) -> list[dict[str, str]]:
    """Two lines with list prices of 89.00 and 2 × 39.90."""
    base = {"订单编号": f'="{number}"', "主订单编号": f'="{number}"', "订单状态": "交易成功", "备注": "null"}
    paid = {"订单创建时间": "2026-11-01 09:12:33", "订单付款时间": "2026-11-01 09:13:02", "退款金额": "无退款申请"}
    one = {"标题": "亚麻围裙", "商品标题": "亚麻围裙", "价格": "89.00", "商品价格": "89.00", "购买数量": "1"}
    two = {
        "标题": "陶瓷杯 小号, 带盖",
        "商品标题": "陶瓷杯 小号, 带盖",
        "价格": "39.90",
        "商品价格": "39.90",
        "购买数量": "2",
    }
    money = {"买家应付货款": "41.65", "买家实际支付金额": "41.65", "买家实付金额": "41.65"}
    more = {"买家应付货款": "37.35", "买家实际支付金额": "37.35", "买家实付金额": "37.35"}
    return [
        base
        | paid
        | one
        | money
        | {"子订单编号": f"{number[:-1]}1", "商家编码": "APR-01", "商品属性": "颜色分类：沙色"},
        base | paid | two | more | {"子订单编号": f"{number[:-1]}2", "商家编码": "CUP-S", "商品属性": "颜色分类：青"},
    ]


def table(header: list[str], rows: list[dict[str, str]], *, encoding: str = "gb18030", extra: str = "") -> bytes:
    """The rows as the seller centre writes them: quoted, identifiers as formulas, CRLF."""
    lines = [",".join(f'"{name}"' for name in header)]
    for row in rows:
        cells = [row.get(name.strip(), "") for name in header]
        lines.append(",".join(c if c.startswith('="') else '"' + c.replace('"', '""') + '"' for c in cells) + extra)
    return ("\r\n".join(lines) + "\r\n").encode(encoding)


def plain(header: list[str], rows: list[dict[str, str]], *, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """The rows as most programs write them."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([row.get(name, "") for name in header] for row in rows)
    return out.getvalue().encode(encoding)
