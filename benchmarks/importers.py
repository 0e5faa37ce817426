"""Reads a generated Taobao pair (61 columns, GB18030) and a workbook with crmkit and with pandas, and sniffs samples.

Usage: python benchmarks/importers.py [orders]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from crmkit import importers

OLD = (
    "订单编号 买家会员名 买家支付宝账号 支付单号 支付详情 买家应付货款 买家应付邮费 买家支付积分 总金额 返点积分 "
    "买家实际支付金额 买家实际支付积分 订单状态 买家留言 收货人姓名 收货地址 运送方式 联系电话 联系手机 订单创建时间 "
    "订单付款时间 宝贝标题 宝贝种类 物流单号 物流公司 订单备注 宝贝总数量 店铺Id 店铺名称 订单关闭原因 卖家服务费 "
    "买家服务费 发票抬头 是否手机订单 分阶段订单信息 特权订金订单id 是否上传合同照片 是否上传小票 是否代付 定金排名 "
    "修改后的sku 修改后的收货地址 异常信息 天猫卡券抵扣 集分宝抵扣 是否是O2O交易 新零售交易类型 新零售导购门店名称 "
    "新零售导购门店id 新零售发货门店名称 新零售发货门店id 退款金额 预约门店 确认收货时间 打款商家金额 "
    "含应开票给个人的个人红包 是否信用购 体验期结束时间 前N有礼 配送类型 主订单编号"
).split()
ITEMS = "订单编号 标题 价格 购买数量 外部系统编号 商品属性 套餐信息 备注 订单状态 商家编码".split()

TITLES = [f"样品 秋冬新款加厚羊毛手作围巾 男女同款 {color} 礼盒装" for color in ("青", "赤", "黄", "玄", "素")]
FILLED = {
    "买家支付积分": "0",
    "返点积分": "0",
    "买家实际支付积分": "0",
    "运送方式": "快递",
    "物流公司": "圆通速递",
    "宝贝种类": "1",
    "宝贝总数量": "2",
    "卖家服务费": "0元",
    "买家服务费": "0元",
    "是否手机订单": "手机订单",
    "是否上传合同照片": "否",
    "是否上传小票": "否",
    "是否代付": "否",
    "修改后的sku": "",
    "异常信息": "null",
    "是否是O2O交易": "否",
    "含应开票给个人的个人红包": "0.00",
    "是否信用购": "否",
    "配送类型": "普通配送",
}


def generate(folder: Path, orders: int) -> tuple[Path, Path]:
    """Writes a pair of invented reports and returns their paths."""
    random = Random(1)
    head, items = folder / "ExportOrderList202611302130.csv", folder / "ExportOrderDetailList202611302130.csv"
    with head.open("w", encoding="gb18030", newline="") as a, items.open("w", encoding="gb18030", newline="") as b:
        a.write(",".join(f'"{name}"' for name in OLD) + "\r\n")
        b.write(",".join(f'"{name}"' for name in ITEMS) + "\r\n")
        for index in range(orders):
            number = f"40261{random.randrange(10**10):010d}{index % 10000:04d}7"
            count = random.choice((1, 1, 1, 2, 3))
            goods = 0
            for _ in range(count):
                price, quantity = random.randrange(990, 19990), random.choice((1, 1, 2))
                goods += price * quantity
                row = [
                    f"样品 {price}",
                    f"{price / 100:.2f}",
                    str(quantity),
                    "X",
                    "颜色分类：青",
                    "",
                    "null",
                    "交易成功",
                ]
                b.write(f'="{number}",' + ",".join(f'"{c}"' for c in [*row, f"SKU-{price % 500}"]) + ",\r\n")
            day, second = 1 + index % 28, index % 60
            made, paid = f"2026-11-{day:02d} 10:{index % 60:02d}:{second:02d}", f"2026-11-{day:02d} 11:00:{second:02d}"
            buyer = random.randrange(max(orders // 2, 1))
            cells = dict.fromkeys(OLD, "") | {
                "买家会员名": f"测试买家{buyer}",
                "买家支付宝账号": f"buyer{buyer}@example.com",
                "买家应付货款": f"{goods / 100:.2f}",
                "买家应付邮费": "8.00",
                "总金额": f"{goods / 100 + 8:.2f}",
                "买家实际支付金额": f"{goods / 100 + 8:.2f}",
                "订单状态": "交易成功",
                "买家留言": "null",
                "收货人姓名": f"收件人{index}",
                "收货地址": f"虚构省 示例市 测试区 样板路{index}号(000000)",
                "联系手机": f"'138{index % 10**8:08d}",
                "订单创建时间": made,
                "订单付款时间": paid,
                "店铺Id": "0",
                "店铺名称": "示例布衣小店",
                "订单关闭原因": "订单未关闭",
                "退款金额": "0.00",
                "确认收货时间": f"2026-12-{day:02d} 09:00:{second:02d}",
                **FILLED,
                "支付单号": f"20261101220014{random.randrange(10**14):014d}",
                "支付详情": f"支付宝支付{goods / 100 + 8:.2f}元",
                "物流单号": f"No:YT{random.randrange(10**13):013d}",
                "打款商家金额": f"{goods / 100 + 8:.2f}元",
                "宝贝标题": "，".join(TITLES[random.randrange(len(TITLES))] for _ in range(count)),
            }
            a.write(f'="{number}",' + ",".join(f'"{cells[name]}"' for name in OLD[1:]) + "\r\n")
    return head, items


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - start
    del result
    return seconds


def saved_as_workbook(table: Path, rows: int) -> Path:
    """Returns the first rows of a text table as an xlsx file of text cells."""
    import csv

    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("orders")
    with table.open(encoding="gb18030", newline="") as lines:
        for _, row in zip(range(rows + 1), csv.reader(lines), strict=False):
            sheet.append([cell[2:-1] if cell.startswith('="') else cell for cell in row])
    path = table.with_suffix(".xlsx")
    book.save(path)
    return path


def compared(name: str, ours: Callable[[], object], peer: Callable[[], object], goal: float) -> None:
    """Prints the medians of three runs of both, taken in turn, and their ratio."""
    pairs = [(timed(ours), timed(peer)) for _ in range(3)]
    mine, other = (sorted(column)[1] for column in zip(*pairs, strict=True))
    print(f"{name}: crmkit {mine:.2f} s · pandas {other:.2f} s · ratio {mine / other:.2f} (goal {goal})")


def sniffing() -> None:
    """Prints the slowest sniff of the samples in the tests, over all formats."""
    samples = [
        path
        for path in (Path(__file__).parents[1] / "tests" / "importers" / "samples").rglob("*")
        if path.suffix in (".csv", ".txt", ".xlsx", ".json")
        and "golden" not in path.name
        and not path.name.startswith("acme")
    ]
    for path in samples:
        importers.sniff(path)
    slowest = max(
        (sorted(timed(lambda path=path: importers.sniff(path)) for _ in range(5))[2], path) for path in samples
    )
    print(f"sniff: slowest of {len(samples)} samples {slowest[0] * 1000:.1f} ms ({slowest[1].name}; goal 10 ms)")


def main() -> None:
    """Prints each figure beside its peer's, from the same run."""
    import pandas as pd

    orders = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    with tempfile.TemporaryDirectory() as folder:
        pair = generate(Path(folder), orders)
        size = sum(path.stat().st_size for path in pair) / 1e6
        print(f"{importers.read(*pair)} · {size:.0f} MB")
        compared(
            "text pair",
            lambda: importers.read(*pair),
            lambda: [pd.read_csv(path, dtype=str, encoding="gb18030", index_col=False) for path in pair],
            2.0,
        )
        book = saved_as_workbook(pair[0], min(orders, 100_000))
        compared(
            f"xlsx of {min(orders, 100_000):,} rows",
            lambda: importers.read(book),
            lambda: pd.read_excel(book, engine="calamine", dtype=str),
            1.8,
        )
    sniffing()


if __name__ == "__main__":
    main()
