"""Taobao's and Tmall's columns that are left alone, and how a file without a known buyer column is told."""

from __future__ import annotations

import re
from collections.abc import Iterable

from crmkit.importers.texts import normalised

__all__ = ["BUYERS", "LEFT_ALONE", "LEFT_ALONE_IN_ITEMS", "unread_buyers"]

BUYERS = ("买家会员名", "买家会员昵称", "买家支付宝账号")
"""Columns that tell the buyer; since 2024 the seller centre has none by default."""

_SINCE_2012 = (
    "买家支付积分, 返点积分, 买家实际支付积分, 运送方式, 宝贝标题, 宝贝种类, 物流单号, 物流公司, 宝贝总数量, "
    "卖家服务费, 买家服务费, 发票抬头, 是否手机订单, 分阶段订单信息, 定金排名, 修改后的sku, 异常信息, "
    "特权订金订单id, 天猫卡券抵扣, 集分宝抵扣, 是否是O2O交易, 是否上传合同照片, 是否上传小票, 是否代付, 预约门店, "
    "新零售交易类型, 新零售导购门店名称, 新零售导购门店id, 新零售发货门店名称, 新零售发货门店id, 打款商家金额, "
    "含应开票给个人的个人红包, 支付单号, 支付详情, 是否信用购, 体验期结束时间, 前N有礼, 配送类型, 主订单编号, "
    "满返红包金额, 直播返现状态, 返现金额, 新零售成交门店昵称, 新零售成交门店id, 新零售成交经销商id, 虚拟号过期时间, "
    "延迟发货自动赔付金额, 预售订单"
)
_SOME_TMALL_SHOPS = (
    "O2O交易类型, O2O店铺id, O2O店铺名称, O2O导购员id, O2O导购员姓名, O2O提货类型, O2O外部订单id, 是否村淘订单"
)
_SINCE_2024 = (
    "买家实付积分, 商品标题, 备注标签, 商品属性SKU, 商家编码, 确认收货打款金额, 总金额(旧版), 是否主动赔付, "
    "主动赔付金额, 主动赔付出账时间, C2B小额收款, 含应开票给个人红包"
)
LEFT_ALONE = frozenset(", ".join((_SINCE_2012, _SOME_TMALL_SHOPS, _SINCE_2024)).split(", "))
"""Columns of the order report, of every layout, that no order needs; its titles are those of all lines in one cell."""

LEFT_ALONE_IN_ITEMS = frozenset(["套餐信息", "支付单号", "退款状态", "物流单号", "物流公司"])
"""Columns of the item report likewise."""

_LIKE_A_BUYER = re.compile(r"(?:买家|会员|旺旺).{0,4}(?:名|昵称|账号|帐号|ID|旺旺)", re.IGNORECASE)


def unread_buyers(header: Iterable[str]) -> list[str]:
    """Returns the columns that look as if they named buyers and are none of the known ones.

    Example:
        >>> unread_buyers(["订单编号", "买家旺旺", "买家会员名"])
        ['买家旺旺']
    """
    names = [normalised(name) for name in header]
    like = [name for name in names if _LIKE_A_BUYER.search(name) or name == "买家旺旺"]
    return [name for name in like if name not in LEFT_ALONE and name not in BUYERS]
