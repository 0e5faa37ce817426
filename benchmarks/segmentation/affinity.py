"""Pairs of items beside mlxtend's fpgrowth and efficient-apriori, in one run on the same baskets: seconds and ratios.

    python benchmarks/segmentation/affinity.py [orders] [repeats]

Needs mlxtend and efficient-apriori, which are no dependencies of crmkit: run it in an environment of its own that has
crmkit, pandas, pyarrow and both. All must give the same pairs with the same counts, or the run stops. Our time includes
reading the frame of lines; theirs begins with baskets that are ready. Seconds depend on the machine; compare ratios.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from efficient_apriori import itemsets_from_transactions
from mlxtend.frequent_patterns import fpgrowth
from scipy import sparse

from crmkit.segmentation import affinity, to_baskets

ITEMS, LINES, MIN_COUNT = 5_000, 3, 5
AS_OF = datetime(2026, 11, 24)

Pairs = dict[tuple[int, int], int]


def lines(orders: int) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    popular = rng.zipf(1.3, orders * LINES * 2)
    items = popular[popular <= ITEMS][: orders * LINES] - 1
    items = np.concatenate([items, rng.integers(0, ITEMS, orders * LINES - len(items))])
    order = np.repeat(np.arange(orders), LINES)
    moment = np.full(len(items), np.datetime64("2026-11-01", "us"))
    return pd.DataFrame({"customer": order // 2, "order": order, "item": items, "amount": 100, "moment": moment})


def ours(frame: pd.DataFrame) -> pd.DataFrame:
    return affinity(frame, as_of=AS_OF, min_count=MIN_COUNT)


def timed(question: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    seconds, answer = [], None
    for _ in range(repeats):
        start = time.perf_counter()
        answer = question()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), answer


def by_fpgrowth(table: pd.DataFrame, orders: int) -> Pairs:
    found = fpgrowth(table, min_support=(MIN_COUNT - 0.5) / orders, use_colnames=True, max_len=2)
    pairs = found[found["itemsets"].map(len) == 2]
    return {
        tuple(sorted(map(int, pair))): round(share * orders)
        for pair, share in zip(pairs["itemsets"], pairs["support"], strict=True)
    }


def by_apriori(baskets: list[tuple[int, ...]]) -> Pairs:
    found, _ = itemsets_from_transactions(baskets, (MIN_COUNT - 0.5) / len(baskets), max_length=2)
    return {tuple(sorted(pair)): count for pair, count in found.get(2, {}).items()}


def as_pairs(found: pd.DataFrame) -> Pairs:
    return dict(zip(zip(found["a"].tolist(), found["b"].tolist(), strict=True), found["n_ab"].tolist(), strict=True))


def main(orders: int = 200_000, repeats: int = 5) -> None:
    frame = lines(orders)
    baskets = to_baskets(frame, as_of=AS_OF)
    rows, columns = zip(*((row, item) for row, basket in enumerate(baskets) for item in basket), strict=True)
    matrix = sparse.csr_array((np.ones(len(rows), bool), (rows, columns)), shape=(orders, ITEMS))
    table = pd.DataFrame.sparse.from_spmatrix(matrix, columns=list(range(ITEMS)))
    mine, found = timed(lambda: ours(frame), repeats)
    expected = as_pairs(found)
    print(f"crmkit            {mine:8.3f} s   {len(expected):,} pairs in {orders:,} baskets")
    others: tuple[tuple[str, Callable[[], Pairs]], ...] = (
        ("mlxtend fpgrowth", lambda: by_fpgrowth(table, orders)),
        ("efficient-apriori", lambda: by_apriori(baskets)),
    )
    for name, question in others:
        seconds, pairs = timed(question, min(repeats, 3))
        if pairs != expected:
            raise SystemExit(f"{name} gives other counts: {len(pairs):,} pairs instead of {len(expected):,}")
        print(f"{name:17} {seconds:8.3f} s   {seconds / mine:.1f} times crmkit's, same counts")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
