"""The words of the sections on customers as a whole: how value is spread, when people come back, where they stand."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["SECTION_WORDS"]

SECTION_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        # spread
        "spread": ("How value is spread", "价值如何分布"),
        "spread_in": ("How value is spread, in {currency}", "价值如何分布（{currency}）"),
        "spread_intro": (
            "Customers stand from those who spent most to those who spent least. The further the curve is "
            "above the dotted "
            "line, the more hangs on few of them.",
            "客户按消费金额由高到低排列。曲线高出虚线越多，收入越集中于少数客户。",
        ),
        "spread_few": (
            "Too few customers with a purchase to say ({n}); from {fewest} on, this shows what the best of them bring.",
            "有购买的客户仅{n}位，数量不足；达到{fewest}位后，此处显示头部客户的贡献。",
        ),
        "top_part": ("The top", "头部"),
        "gini": ("Gini coefficient", "基尼系数"),
        "gini_note": ("0 means that all bring the same, 1 that one brings everything.", "0为完全均等，1为集中于一人。"),
        # returns
        "returns": ("When do people come back", "客户何时回购"),
        "returns_few": (
            "Too few customers with a purchase to say ({n}); from {fewest} on, this shows when they come back.",
            "有购买的客户仅{n}位，数量不足；达到{fewest}位后，此处显示回购时间。",
        ),
        "cohort_title": ("Month by month", "逐月回购"),
        "cohort_intro": (
            "A row is the customers who first bought in one month; a cell tells which part of them bought so "
            "many months "
            "later. Hatched months are not over yet.",
            "每行为同月首次购买的客户；每格为若干月后有购买者的占比。斜纹月份尚未结束。",
        ),
        "cohort_few": (
            "No cohort has a later month behind it yet; the map begins with the second full month.",
            "尚无完整的后续月份，自第二个完整月起显示。",
        ),
        "cohort_newest": (
            "The newest {n} of {all} months with new customers.",
            "共{all}个有新客户的月份，此处为最近{n}个。",
        ),
        "cohort_table": ("The same as a table", "以表格查看"),
        "month": ("Month", "月份"),
        "began": ("Began", "新客户"),
        "curve_title": ("After the first purchase", "首次购买之后"),
        "curve_intro": (
            "Of all customers, how many have bought again after how many days. Whoever has not come back yet "
            "counts for as "
            "long as they were watched (a stroke on the curve); the band is the 95% interval.",
            "全部客户在首次购买若干天后已回购的比例。尚未回购者按已观察天数计入（曲线上的短线）；色带为95%置信区间。",
        ),
        "within": ("Within", "天数"),
        "n_days": ("{n} days", "{n}天内"),
        "bought_again": ("Came back", "已回购"),
        "interval": ("95% interval", "95%区间"),
        "watched": ("Still watched", "仍在观察"),
        # stages
        "stages": ("Where customers stand", "客户处于哪一阶段"),
        "stages_intro": (
            "At risk: no purchase for more than {at_risk} days; dormant: more than {dormant}; lost: more "
            "than {lost}. New: "
            "one day with a purchase so far; reactivated: back after more than {dormant} days; active: the others.",
            "预流失：超过{at_risk}天未购买；沉睡：超过{dormant}天；流失：超过{lost}天。新客：仅一个购买日；"
            "回流：间隔超过{dormant}天后再次购买；活跃：其余客户。",
        ),
        "stage": ("Stage", "阶段"),
        "days_ago": ("{days} days ago", "{days}天前"),
        "now": ("Now", "目前"),
        "change": ("Change", "变化"),
        "share_now": ("Share now", "目前占比"),
        "flow_title": ("Who went where in the last {days} days", "近{days}天的流转"),
        "flow_intro": (
            "A row is where customers stood {days} days ago, a column where they stand now; prospects had "
            "not bought yet.",
            "行为{days}天前所处阶段，列为目前所处阶段；潜客为当时尚未购买者。",
        ),
        "flow_few": (
            "Nobody was a customer {days} days ago, so there is no way from there to tell of.",
            "{days}天前尚无客户，暂无流转可示。",
        ),
        "swipe": ("Swipe sideways to see all of the picture.", "左右滑动可查看完整图片。"),
    }
)
"""From key to English and Chinese."""
