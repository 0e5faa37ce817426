"""`crmkit run` on a generated Taobao pair, against a plain pandas script on the same files in the same run.

    python benchmarks/run_import.py [--orders 50000] [--lines 80000] [--repeat 3]

Prints medians of wall time and peak memory of whole processes, the ratio to the plain script, the time of a second
import of the same files, and the SQL statements per 1,000 orders.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SHOPS = [sys.executable, Path(__file__).with_name("shops.py"), "taobao"]

PLAIN = """
import sys, sqlite3, pandas as pd
read = dict(dtype=str, encoding="gb18030", index_col=False)
orders, items = (pd.read_csv(name, **read) for name in sys.argv[1:3])
key = "主订单编号" if "主订单编号" in items else "订单编号"
frame = orders.merge(items, left_on="订单编号", right_on=key, how="left", suffixes=("", "_item"))
with sqlite3.connect(sys.argv[3]) as connection:
    frame.to_sql("orders", connection, index=False)
"""

COUNT = """
import sys
from sqlalchemy import event
from crmkit import Crm, importers, loyalty
crm = Crm.open("sqlite:///" + sys.argv[3], programme=loyalty.Programme(earn=[loyalty.PerSpend(1, per="1 CNY")]))
count = []
event.listen(crm.store.engine, "before_cursor_execute", lambda *_: count.append(1))
orders = importers.read(*sys.argv[1:3]).orders
crm.take(orders[:5000]); first = len(count)
crm.take(orders[5000:]); print(first / 5, (len(count) - first) / (len(orders) - 5000) * 1000)
"""


def measured(command: list[str]) -> tuple[float, float]:
    """Runs a command as a process of its own; gives its wall seconds and its peak memory in MB."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begun
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        raise SystemExit(f"failed: {command}")
    return seconds, usage.ru_maxrss / 1024


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--orders", type=int, default=50_000)
    arguments.add_argument("--lines", type=int, default=80_000)
    arguments.add_argument("--repeat", type=int, default=3)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run(
            [*SHOPS, folder, "--orders", f"{given.orders}", "--lines", f"{given.lines}", "--seed", "7"],
            check=True,
        )
        items, orders = sorted(map(str, folder.glob("Export*.csv")))
        figures: dict[str, list[tuple[float, float]]] = {"plain": [], "first": [], "second": []}
        for number in range(given.repeat):
            database = folder / f"plain{number}.db"
            figures["plain"].append(measured([sys.executable, "-c", PLAIN, orders, items, str(database)]))
            run = [sys.executable, "-m", "crmkit.cli", "run", orders, items, "--as-of", "2026-11-24"]
            run += ["--db", f"sqlite:///{folder / f'shop{number}.db'}", "--report", str(folder / "report.html")]
            figures["first"].append(measured(run))
            figures["second"].append(measured(run))
        show(figures, given)
        counted = subprocess.run(
            [sys.executable, "-c", COUNT, orders, items, str(folder / "count.db")],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split()
        print(
            f"SQL statements per 1,000 orders: {float(counted[0]):.1f} in the first 5,000, "
            f"{float(counted[1]):.1f} in the rest"
        )


def show(figures: dict[str, list[tuple[float, float]]], given: argparse.Namespace) -> None:
    print(f"{given.orders:,} orders, {given.lines:,} lines, medians of {given.repeat}")
    labels = {
        "plain": "plain script: pandas.read_csv of both, merge, to_sql",
        "first": "crmkit run into a new SQLite file, report included",
        "second": "crmkit run of the same files again",
    }
    for key, label in labels.items():
        seconds, memory = (statistics.median(column) for column in zip(*figures[key], strict=True))
        print(f"  {label:52} {seconds:7.2f} s {memory:7.0f} MB")
    first = statistics.median(a[0] / b[0] for a, b in zip(figures["first"], figures["plain"], strict=True))
    second = statistics.median(a[0] / b[0] for a, b in zip(figures["second"], figures["first"], strict=True))
    print(f"  first run / plain script {first:.2f} x (goal 4), second run / first run {second:.2f} x (goal 0.5)")


if __name__ == "__main__":
    main()
