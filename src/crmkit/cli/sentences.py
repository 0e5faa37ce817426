"""What the commands say, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from crmkit.segmentation.labels import Language

__all__ = ["SENTENCES", "told"]

SENTENCES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        # what was read
        "orders": ("{n:,} orders", "{n:,}笔订单"),
        "problems": ("{n:,} problems", "{n:,}个问题"),
        "entries": ("{n:,} bill entries", "{n:,}条账单"),
        "skipped": ("{n:,} skipped ({reason})", "跳过{n:,}行（{reason}）"),
        "looks_cut": ("a file looks cut", "有文件疑似不完整"),
        "written": ("{n:,} orders written to {path}", "已将{n:,}笔订单写入 {path}"),
        # problems
        "error": ("error", "错误"),
        "warning": ("warning", "提醒"),
        "more": ("… and {n:,} more", "…… 另有{n:,}个"),
        "no_buyer": (
            "The files name no buyer of {n:,} orders: an item report alone knows neither the buyer nor what was paid. "
            "Give the order report that belongs with it as well",
            "有{n:,}笔订单的文件中没有买家：商品明细不含买家与实付金额，请连同配套的订单报表一起提供。",
        ),
        "frame": ("orders", "订单"),
        "future": (
            "--as-of {day} lies in the future: it is taken that nobody buys until then.",
            "--as-of {day} 在未来：按此前不再有人购买计算。",
        ),
        # run
        "reading": ("Read: {summary}", "已读取：{summary}"),
        "no_shop": (
            "  No file names its shop: orders go under 'default'. With more than one shop, give --shop NAME for each.",
            "  文件未注明店铺，订单归入 default。若有多家店铺，请分别以 --shop 指明。",
        ),
        "taking": ("Taking them into {url}", "写入 {url}"),
        "none_taken": ("No order was taken in: all {n:,} are refused.", "没有订单入库：{n:,}笔均未被接受。"),
        "nothing_new": ("Nothing new: all {n:,} orders are known already.", "没有新内容：{n:,}笔订单均已入库。"),
        "nothing_new_but": (
            "Nothing new: {known:,} orders are known already, {refused:,} refused.",
            "没有新内容：{known:,}笔订单已入库，{refused:,}笔未被接受。",
        ),
        "taken": (
            "Orders: {new:,} new, {changed:,} changed, {known:,} known, {refused:,} refused",
            "订单：新增{new:,}笔，更新{changed:,}笔，已有{known:,}笔，未接受{refused:,}笔",
        ),
        "customers": ("Customers: {n:,}{merges}", "客户：{n:,}位{merges}"),
        "merges": (", {n:,} of them found under a second account", "，其中{n:,}位另有账号"),
        "points": ("Points booked: {n:,}", "入账积分：{n:,}"),
        "segments": ("Segments ({currency}): {segments}", "客户分层（{currency}）：{segments}"),
        "page": ("Report: {path}", "报告：{path}"),
        # demo
        "demo": (
            "Invented files in the formats of Taobao and Shopify, as they ship with crmkit:",
            "crmkit 自带的虚构文件（淘宝与 Shopify 格式）：",
        ),
        "complaint": (
            "A complaint about order {order}: ticket opened, given to mei, 200 points as an apology ({balance:,} now)",
            "订单 {order} 的投诉：已建工单并分派给 mei，致歉赠送200积分（现有{balance:,}）",
        ),
        "own_files": (
            "On your own files: crmkit run FILES… (see crmkit run --help)",
            "用于自己的文件：crmkit run 文件…（详见 crmkit run --help）",
        ),
        # refusals
        "no_file": ("There is no file {path}.", "文件 {path} 不存在。"),
        "no_folder": ("There is no folder {path}.", "文件夹 {path} 不存在。"),
        "is_folder": (
            "{path} is a folder; give the files in it, such as {path}/*.csv.",
            "{path} 是文件夹；请给出其中的文件，如 {path}/*.csv。",
        ),
        "not_allowed": ("{path} may not be opened: permission denied.", "无权打开 {path}。"),
        "stopped": (
            "stopped; what was finished is kept, the same command goes on from there.",
            "已停止；已完成的部分均已保留，再次运行同一命令即可继续。",
        ),
        "own_format": (
            "`crmkit template FILE.csv` writes a table to be filled in; in a program, "
            "importers.template(columns={{…}}) maps the columns of any other.",
            "可用 `crmkit template 文件.csv` 生成待填写的模板；"
            "在程序中可用 importers.template(columns={{…}}) 对应任意表格的列。",
        ),
        "unknown_format": ("{source} is of no known format", "{source} 的格式无法识别；其表头为：{header}。"),
        "several_formats": ("{source} fits {formats}", "{source} 同时符合 {formats}；请以 --format 指定其一。"),
        "cannot": ("{reason}", "无法完成：{reason}"),
        "no_list_suffix": (
            "The list is written as CSV only: end the name {path} in .csv.",
            "名单只能写为 CSV：请使 {path} 以 .csv 结尾。",
        ),
        "no_orders_suffix": (
            "Orders are written as .csv or .jsonl: end the name {path} in one of them.",
            "订单只能写为 .csv 或 .jsonl：请使 {path} 以其一结尾。",
        ),
        "no_folder_for": (
            "There is no folder {path} for {what}; make it, or give another {option}.",
            "{what}所在的文件夹 {path} 不存在；请先建立，或以 {option} 另给位置。",
        ),
        "the_list": ("the list", "名单"),
        "the_report": ("the report", "报告"),
        "files_or_db": (
            "Give order files, or --db URL for the orders of a store, one of the two; "
            "`crmkit run FILES --db URL` takes files into a store.",
            "请给出订单文件，或以 --db URL 指明数据库，二者取一；`crmkit run 文件 --db URL` 可将文件写入数据库。",
        ),
        "rule_alone": (
            "--rule says who belongs to it by itself: leave --by out.",
            "--rule 已说明谁属于该规则：请去掉 --by。",
        ),
        "no_database": (
            "There is no database {path}; `crmkit run FILES --db {url}` makes one.",
            "数据库 {path} 不存在；`crmkit run 文件 --db {url}` 可建立。",
        ),
        "in_memory": ("in memory", "（内存）"),
        "one_currency": (
            "{fact}: give one of them with --currency.",
            "订单有多个币种（{fact}）；请以 --currency 指定其一。",
        ),
    }
)
"""Key → the sentence in English and in Chinese."""


def told(lang: Language, key: str, /, **values: Any) -> str:
    """Returns a sentence with its values.

    Example:
        >>> told("en", "points", n=1200), told("zh", "points", n=1200)
        ('Points booked: 1,200', '入账积分：1,200')
    """
    return SENTENCES[key][lang == "zh"].format(**values)
