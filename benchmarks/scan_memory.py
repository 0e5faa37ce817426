"""Peak memory of `importers.scan` over generated files, each in a process of its own.

    python benchmarks/scan_memory.py [--rows 1000000 3000000] [--kinds together apart pair xlsx lines list page]

`together`: a Shopify export, the rows of an order one after the other. `apart`: the same with the second rows of all
orders at the end. `pair`: Taobao's two reports, joined. `xlsx`: 100,000 rows of the template. `lines`, `list`: Shopify
orders as JSON Lines and in `{"orders": […]}`, one a row. `page`: the template as an HTML table. Prints rows, orders,
seconds and the peak resident memory in MB; the goal is 120 MB and the same at three times the rows.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from shopify_file import COLUMNS
from taobao_file import ITEM_COLUMNS, ORDER_COLUMNS

KINDS = ("together", "apart", "pair", "xlsx", "lines", "list", "page")
SCAN = """
import sys
from crmkit import importers
from crmkit.orders import Order
print(sum(isinstance(item, Order) for item in importers.scan(*sys.argv[1:], shop="bench")))
"""


def shopify_rows(orders: int, second: bool) -> Iterator[str]:
    for number in range(orders):
        cells = dict.fromkeys(COLUMNS, "")
        cells |= {"Name": f"#{number}", "Lineitem quantity": "1", "Lineitem name": "Mug, small", "Lineitem sku": "MUG"}
        cells |= {"Lineitem price": "12.00", "Vendor": "Kornblume", "Email": f"b{number}@example.com"}
        if not second:
            cells |= {"Financial Status": "paid", "Currency": "EUR", "Subtotal": "24.00", "Shipping": "4.90"}
            cells |= {"Total": "28.90", "Created at": "2026-11-02 21:14:07 +0100", "Refunded Amount": "0.00"}
            cells |= {"Shipping Name": "Ada Brennwick", "Shipping Street": "12 Harrow Mews", "Shipping Country": "DE"}
            cells |= {
                "Paid at": "2026-11-02 21:14:09 +0100",
                "Outstanding Balance": "0.00",
                "Id": str(6 * 10**12 + number),
            }
        yield ",".join(f'"{cell}"' if "," in cell else cell for cell in cells.values()) + "\n"


def write_shopify(folder: Path, rows: int, *, apart: bool) -> list[Path]:
    path = folder / "orders_export.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(COLUMNS) + "\n")
        firsts, seconds = shopify_rows(rows // 2, False), shopify_rows(rows // 2, True)
        if apart:
            file.writelines(firsts)
            file.writelines(seconds)
        else:
            file.writelines(line for both in zip(firsts, seconds, strict=True) for line in both)
    return [path]


def write_pair(folder: Path, rows: int) -> list[Path]:
    paths = [folder / f"ExportOrder{kind}List202611302130.csv" for kind in ("", "Detail")]
    for path, columns in zip(paths, (ORDER_COLUMNS, ITEM_COLUMNS), strict=True):
        with path.open("w", encoding="gb18030") as file:
            file.write(",".join(name.replace("␠", " ") for name in columns) + "\n")
            for number in range(rows // 2):
                told = f'="4026{number:015d}"'
                cells = dict.fromkeys(columns, "") | {"订单编号": told, "主订单编号": told, "买家应付货款": "89.00"}
                cells |= {"总金额": "97.00", "买家应付邮费": "8.00", "买家实际支付金额": "97.00", "退款金额": "0.00"}
                cells |= {
                    "订单状态": "交易成功",
                    "订单付款时间␠": "2026-11-01 10:05:01",
                    "订单付款时间": "2026-11-01 10:05:01",
                }
                cells |= {"订单创建时间": "2026-11-01 10:00:01", "标题": "亚麻围裙", "价格": "89.00", "购买数量": "1"}
                cells |= {
                    "收货地址␠": "虚构省 示例市 测试区 样板路1号(000000)",
                    "子订单编号": told,
                    "买家会员名": f"测试{number}",
                }
                file.write(",".join(cells[name] for name in columns) + "\n")
    return paths


def write_xlsx(folder: Path) -> list[Path]:
    from crmkit.importers.files.sheets import write_sheet

    path = folder / "orders.xlsx"
    header = ["order_number", "currency", "unit_price", "quantity", "email", "title", *(f"own {n}" for n in range(24))]
    rows = ([f"A-{n}", "EUR", "12.00", "1", f"b{n}@example.com", "Mug", *["of the shop"] * 24] for n in range(100_000))
    with path.open("wb") as file:
        write_sheet(file, (row for part in ([header], rows) for row in part))
    return [path]


def shopify_json(orders: int) -> Iterator[str]:
    for number in range(orders):
        line = {"id": number, "sku": "MUG", "title": "Mug, small", "quantity": 2, "price": "12.00"}
        order = {"id": 6 * 10**12 + number, "name": f"#{number}", "email": f"b{number}@example.com", "currency": "EUR"}
        order |= {"financial_status": "paid", "fulfillment_status": "fulfilled", "total_price": "24.00", "test": False}
        order |= {"total_outstanding": "0.00", "refunds": [], "shipping_lines": [], "cancelled_at": None}
        order |= dict.fromkeys(("created_at", "updated_at"), "2026-11-02T21:14:07+01:00")
        yield json.dumps(order | {"line_items": [line | {"discount_allocations": []}]})


def write_json(folder: Path, rows: int, *, as_lines: bool) -> list[Path]:
    path = folder / "orders.json"
    with path.open("w", encoding="utf-8") as file:
        if as_lines:
            file.writelines(f"{order}\n" for order in shopify_json(rows))
        else:
            file.write('{"orders": [')
            file.writelines(f"{',' if number else ''}{order}" for number, order in enumerate(shopify_json(rows)))
            file.write("]}")
    return [path]


def write_page(folder: Path, rows: int) -> list[Path]:
    path = folder / "orders.xls"
    with path.open("w", encoding="utf-8") as file:
        file.write("<html><table><tr><th>order_number<th>currency<th>unit_price<th>quantity<th>email</tr>\n")
        file.writelines(
            f"<tr><td>A-{n}</td><td>EUR</td><td>12.00</td><td>1</td><td>b{n}@example.com</td></tr>\n"
            for n in range(rows)
        )
        file.write("</table></html>\n")
    return [path]


def files(kind: str, folder: Path, rows: int) -> list[Path]:
    if kind == "pair":
        return write_pair(folder, rows)
    if kind in ("lines", "list"):
        return write_json(folder, rows, as_lines=kind == "lines")
    if kind == "page":
        return write_page(folder, rows)
    return write_xlsx(folder) if kind == "xlsx" else write_shopify(folder, rows, apart=kind == "apart")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 3_000_000])
    arguments.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    chosen = arguments.parse_args()
    print(f"{'kind':10}{'rows':>12}{'orders':>12}{'seconds':>10}{'peak MB':>10}")
    for kind in chosen.kinds:
        for rows in [100_000] if kind == "xlsx" else chosen.rows:
            with tempfile.TemporaryDirectory() as folder:
                command = [sys.executable, "-c", SCAN, *map(str, files(kind, Path(folder), rows))]
                begun = time.perf_counter()
                process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
                assert process.stdout is not None
                orders = process.stdout.read().strip()
                _, status, usage = os.wait4(process.pid, 0)
                if status:
                    raise SystemExit(f"{kind} failed")
                seconds = time.perf_counter() - begun
                print(f"{kind:10}{rows:12,}{orders:>12}{seconds:10.1f}{usage.ru_maxrss / 1024:10.0f}", flush=True)


if __name__ == "__main__":
    main()
