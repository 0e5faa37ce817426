"""Every word of the page, in English and Chinese, as data."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from crmkit.report.section_words import SECTION_WORDS
from crmkit.segmentation.labels import Language

__all__ = ["STRINGS", "say", "say_count", "say_or"]

_BOTH: dict[str, tuple[str, str]] = {
    "title": ("Customers and orders", "客户与订单报告"),
    "as_of": ("Up to and including {day}", "截至{day}（含当日）"),
    "generated": ("Made on {moment}", "生成时间：{moment}"),
    "overview": ("At a glance", "概览"),
    "none": ("None.", "无。"),
    "unknown": ("not known", "未知"),
    # key figures
    "net_revenue": ("Net revenue", "净收入"),
    "after_refunds": ("after {amount} of refunds", "已扣除退款{amount}"),
    "and_more": ("and {amounts}", "另有{amounts}"),
    "orders": ("Orders", "订单"),
    "n_waiting": ("{n} waiting for the buyer", "{n}笔待买家处理"),
    "known_customers": ("Known customers", "已识别客户"),
    "n_merges": ("{n} accounts merged", "已合并{n}个账号"),
    "repeat_share": ("Repeat customers", "复购客户占比"),
    "n_repeat": ("{n} of {all} buyers bought again", "{all}位买家中{n}位复购"),
    "points_owed": ("Points owed", "未兑现积分"),
    "n_members": ("held by {n} members now", "目前由{n}位会员持有"),
    "problems": ("Problems", "问题"),
    "n_lines": ("listed with file, line and reason", "附文件、行号与原因"),
    "all_well": ("everything could be read", "全部读取成功"),
    # money
    "money": ("The money", "金额对账"),
    "money_intro": (
        "From what was placed to what stayed. The lines add up to the last cent.",
        "从下单金额到净收入，逐项对应，分毫不差。",
    ),
    "line": ("Line", "项目"),
    "placed": ("Placed", "下单金额"),
    "less_waiting": ("Less waiting for payment", "减：待付款"),
    "less_cancelled": ("Less cancelled unpaid", "减：未付款取消"),
    "less_other": ("Less other differences", "减：其他差额"),
    "paid": ("Paid", "实付金额"),
    "less_refunded": ("Less refunded", "减：退款"),
    "net": ("Net", "净收入"),
    "check": (
        "Check: {placed} − {waiting} − {cancelled} − {other} = {paid} paid; {paid} − {refunded} = {net} net.",
        "核对：{placed} − {waiting} − {cancelled} − {other} = 实付{paid}；{paid} − {refunded} = 净收入{net}。",
    ),
    "other_note": (
        "Other differences lie between order total and payment, such as coupons that the platform settles.",
        "其他差额指订单金额与实付之间的差异，例如由平台结算的优惠券。",
    ),
    "unknown_one": (
        "Of 1 order in {currency} the file says that money went back, or may have, but not how much: "
        "the net may be up to {amount} lower.",
        "有1笔{currency}订单存在退款但文件未注明金额，净收入最多可能减少{amount}。",
    ),
    "unknown_many": (
        "Of {n} orders in {currency} the files say that money went back, or may have, but not how much: "
        "the net may be up to {amount} lower.",
        "有{n}笔{currency}订单存在退款但文件未注明金额，净收入最多可能减少{amount}。",
    ),
    "by_status": ("Orders by status", "订单状态分布"),
    "status": ("Status", "状态"),
    "share_orders": ("Share of the orders", "订单占比"),
    "status_gap": (
        "The statuses count {counted} orders and the totals {orders}: one of them misses some.",
        "按状态统计为{counted}笔，金额统计为{orders}笔，两者不一致。",
    ),
    "status_pending_payment": ("Waiting for payment", "待付款"),
    "status_paid": ("Paid", "已付款"),
    "status_shipped": ("Shipped", "已发货"),
    "status_received": ("Received", "已签收"),
    "status_completed": ("Completed", "交易成功"),
    "status_cancelled": ("Cancelled", "已取消"),
    "status_refunded": ("Refunded", "已退款"),
    # customers
    "customers": ("Customers", "客户"),
    "buyers": ("Bought at least once", "至少购买一次"),
    "repeats": ("Bought at least twice", "至少购买两次"),
    "merges": ("Accounts merged into a known person", "并入已知客户的账号"),
    "merged_people": ("One person, several accounts", "同一客户的多个账号"),
    "customer": ("Customer", "客户"),
    "accounts": ("Accounts", "账号"),
    # RFM
    "rfm": ("Who brings the money", "谁在贡献收入"),
    "rfm_in": ("Who brings the money, in {currency}", "谁在贡献收入（{currency}）"),
    "rfm_intro": (
        "Each customer is placed by how lately (upwards) and how often (to the right) they bought. "
        "A cell tells how many they are and their share of the money, which also gives the colour.",
        "按最近购买时间（纵向）与购买频次（横向）划分客户。格中为客户数及其金额占比，颜色亦表示金额占比。",
    ),
    "rfm_title": ("Customers by recency and frequency", "按最近购买与频次划分的客户"),
    "no_charts": (
        "The picture needs the extra “charts” (pip install 'crmkit[charts]'); the table says the same.",
        "图示需要安装扩展 charts（pip install 'crmkit[charts]'），下表内容与之相同。",
    ),
    "no_rfm": ("No customer has bought anything yet.", "暂无购买客户。"),
    "left_out": (
        "Customers without a purchase, who are not counted here: {n}.",
        "另有{n}位客户没有购买记录，未计入此处。",
    ),
    "segment": ("Segment", "客群"),
    "n_customers": ("Customers", "客户数"),
    "share_customers": ("Share of the customers", "客户占比"),
    "amount": ("Money", "金额"),
    "share_money": ("Share of the money", "金额占比"),
    "each": ("A head", "人均"),
    "all": ("All", "合计"),
    "say_champions_one": (
        "of the money comes from one champion: thank them first.",
        "的收入来自1位冠军客户，值得优先维护。",
    ),
    "say_champions_many": (
        "of the money comes from {n} champions: thank them first.",
        "的收入来自{n}位冠军客户，值得优先维护。",
    ),
    "say_loyal_one": ("comes from one loyal customer who keeps coming back.", "来自1位持续回购的忠诚客户。"),
    "say_loyal_many": ("comes from {n} loyal customers who keep coming back.", "来自{n}位持续回购的忠诚客户。"),
    "say_young_one": (
        "comes from one customer who is new or on the way to being loyal: the next order decides.",
        "来自1位新客户或成长中的客户，下一单是关键。",
    ),
    "say_young_many": (
        "comes from {n} who are new or on the way to being loyal: the next order decides.",
        "来自{n}位新客户或成长中的客户，下一单是关键。",
    ),
    "say_slipping_one": (
        "came from one good customer who has gone quiet: write to them now.",
        "来自1位近来沉默的优质客户，宜尽快联系。",
    ),
    "say_slipping_many": (
        "came from {n} good customers who have gone quiet: write to them now.",
        "来自{n}位近来沉默的优质客户，宜尽快联系。",
    ),
    "say_fading_one": (
        "came from one whose visits get rarer: a reminder may do.",
        "来自1位渐趋沉默的客户，适时提醒即可。",
    ),
    "say_fading_many": (
        "came from {n} whose visits get rarer: a reminder may do.",
        "来自{n}位渐趋沉默的客户，适时提醒即可。",
    ),
    "say_gone_one": ("came from one who is asleep or lost.", "来自1位沉睡或流失客户。"),
    "say_gone_many": ("came from {n} who are asleep or lost.", "来自{n}位沉睡或流失客户。"),
    **SECTION_WORDS,
    # waiting
    "waiting": ("Orders that wait for the buyer", "待买家处理的订单"),
    "wait_payment": ("Waiting for payment", "待付款"),
    "wait_receipt": ("Waiting for confirmation of receipt", "待确认收货"),
    "order": ("Order", "订单号"),
    "shop": ("Shop", "店铺"),
    "since": ("Since", "起始"),
    "days": ("Days", "天数"),
    # points
    "points": ("Points", "积分"),
    "issued": ("Issued", "已发放"),
    "redeemed": ("Less redeemed", "减：已兑换"),
    "taken_back": ("Less taken back after refunds", "减：退款收回"),
    "lapsed": ("Less lapsed", "减：已过期"),
    "corrections": ("Other corrections", "其他调整"),
    "owed": ("Owed to members", "未兑现"),
    # tickets
    "tickets": ("Open tickets", "处理中的工单"),
    "ticket": ("Ticket", "工单"),
    "subject": ("Subject", "主题"),
    "state": ("State", "状态"),
    "opened": ("Opened", "创建时间"),
    "assignee": ("With", "负责人"),
    "nobody": ("Nobody", "未分配"),
    "state_new": ("New", "新建"),
    "state_open": ("Open", "处理中"),
    "state_pending": ("Waiting for the customer", "待客户回复"),
    "state_on_hold": ("On hold", "挂起"),
    "state_resolved": ("Resolved", "已解决"),
    # problems
    "problems_intro": (
        "What could not be used was left out and stands here; everything else went through.",
        "无法使用的内容已剔除并列于此处，其余均已正常导入。",
    ),
    "kind": ("Kind", "类型"),
    "kinds": ("Problems by kind", "问题分类"),
    "number": ("Number", "数量"),
    "first": ("For example", "示例"),
    "severity_error": ("left out", "已剔除"),
    "severity_warning": ("remark", "提示"),
    "row": ("Line", "行号"),
    "column": ("Column", "列"),
    "value": ("Value", "内容"),
    "listed": ("Every one, with file, line and reason", "逐条列示：文件、行号与原因"),
    "reason": ("Reason", "原因"),
    # sources
    "sources": ("What this is made of", "数据来源"),
    "file": ("File", "文件"),
    "format": ("Format", "格式"),
    "batch": (
        "Last intake: {new} new, {changed} changed, {known} known already, {refused} refused.",
        "最近一次导入：新增{new}，更新{changed}，已存在{known}，拒绝{refused}。",
    ),
    "batch_id": ("Batch {id}", "批次 {id}"),
    "privacy": (
        "Names, addresses and numbers of people are masked. This page is one file: it loads nothing and sends nothing.",
        "个人姓名与联系方式均已脱敏。本页为单一文件，不加载也不发送任何数据。",
    ),
}


def _by_language(place: int) -> Mapping[str, str]:
    return MappingProxyType({key: both[place] for key, both in _BOTH.items()})


STRINGS: Mapping[Language, Mapping[str, str]] = MappingProxyType({"en": _by_language(0), "zh": _by_language(1)})
"""From language and key to the words."""


def say(lang: Language, key: str, **values: Any) -> str:
    """Returns the words of a key with values filled in.

    Example:
        >>> say("en", "n_members", n=3)
        'held by 3 members now'
    """
    return STRINGS[lang][key].format(**values)


def say_count(lang: Language, key: str, number: int, **values: Any) -> str:
    """Returns the words for one, or for several.

    Example:
        >>> say_count("en", "say_gone", 1), say_count("en", "say_gone", 2, n="2")
        ('came from one who is asleep or lost.', 'came from 2 who are asleep or lost.')
    """
    return say(lang, f"{key}_{'one' if number == 1 else 'many'}", **values)


def say_or(lang: Language, key: str, otherwise: str) -> str:
    """Returns the words of a key, or `otherwise` where a shop's own name has none.

    Example:
        >>> say_or("zh", "state_open", "open"), say_or("zh", "state_at_carrier", "at_carrier")
        ('处理中', 'at_carrier')
    """
    return say(lang, key) if key in STRINGS[lang] else otherwise
