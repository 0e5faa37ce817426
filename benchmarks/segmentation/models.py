"""The models of lifetime value: against the package lifetimes in one run, and against the truth of invented shops.

    python benchmarks/segmentation/models.py [customers] [--peer PYTHON_WITH_LIFETIMES] [--shops 200] [--rows 1000]

The peer's interpreter may also be named by CRMKIT_LIFETIMES_PYTHON. Seconds are the
processor's own, so that other work on the machine does not count; the ratios are what to compare.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # idle threads would count as seconds; the peer inherits it

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
from segmentation.invented import beta_geometric_shop, in_days, pareto_shop, with_spend

from crmkit.errors import CrmkitError
from crmkit.segmentation import BgNbd, GammaGamma, MbgNbd, ParetoNbd, clv

BG = {"r": 0.5, "alpha": 60.0, "a": 0.8, "b": 2.5}
PARETO = {"r": 0.55, "alpha": 74.0, "s": 0.6, "beta": 82.0}
SPEND = {"p": 6.25, "q": 3.74, "gamma": 15.44}


def timed(work: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    seconds, answer = [], None
    for _ in range(repeats):
        start = time.process_time()
        answer = work()
        seconds.append(time.process_time() - start)
    return statistics.median(seconds), answer


def peer(python: str, model: str, shop: pd.DataFrame, repeats: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shop.npz"
        np.savez(path, **{name: shop[name].to_numpy() for name in shop})
        script = str(Path(__file__).with_name("peer.py"))
        done = subprocess.run(
            [python, script, model, str(path), str(repeats)], check=True, capture_output=True, text=True
        )
    return json.loads(done.stdout.strip().splitlines()[-1])


def compare(model: type[Any], shop: pd.DataFrame, python: str | None, repeats: int, theirs: int) -> Any:
    seconds, fitted = timed(lambda: model.fit(shop), repeats)
    facts = ", ".join(f"{name} {value:.5g}" for name, value in fitted.parameters.items())
    line = (
        f"{model.__name__:<11} {len(shop):>9,} customers  {seconds:7.3f} s  slope {fitted.gradient_norm:.0e}  {facts}"
    )
    if python:
        found = peer(python, model.__name__, shop, theirs)
        values = list(found["parameters"].values())
        apart = max(abs(ours / value - 1) for ours, value in zip(fitted.parameters.values(), values, strict=True))
        lower = likelihood(model, shop, values) - fitted.log_likelihood
        if lower > 1e-9 * abs(fitted.log_likelihood):
            raise SystemExit(f"{model.__name__}: the peer found a likelier point, by {lower:.3g}")
        line += f"\n{'lifetimes':<11} {'':>19}  {found['seconds']:7.3f} s  ratio {found['seconds'] / seconds:6.1f}"
        line += f"  parameters apart by {apart:.1e}, log-likelihood {lower:+.1e}"
        if "ahead" in found:
            ahead, told = timed(lambda: fitted.expected(365, shop), repeats)
            line += (
                f"\nE[Y(365)]   {'':>19}  {ahead:7.3f} s against {found['ahead']:.3f} s, ratio "
                f"{ahead / found['ahead']:.2f} (total {told['expected'].sum():,.1f}; theirs {found['total']:,.1f} "
                f"with {found['nan']:,} NaN)"
            )
    print(line, flush=True)
    return fitted


def likelihood(model: type[Any], shop: pd.DataFrame, values: list[float]) -> float:
    """Returns the log-likelihood at the peer's optimum by our own function: the peer's is a scaled mean."""
    from crmkit.segmentation.models import beta_geometric, observations, pareto, spending

    if model is GammaGamma:
        prepared: Any = spending.spenders_of(observations.spending_of(shop))
    else:
        rows = observations.behaviour_of(shop, "D")
        prepared = pareto.pareto_shop_of(rows) if model is ParetoNbd else beta_geometric.shop_of(rows, model.SHIFT)
    return float(prepared.slope(np.log(values)).value)


def coverage(name: str, model: type[Any], shop: Callable[[int], pd.DataFrame], truth: dict[str, float], n: int) -> None:
    hits, failed = dict.fromkeys(truth, 0), 0
    start = time.process_time()
    for seed in range(n):
        try:
            intervals = model.fit(shop(seed), unit="W").intervals()
        except CrmkitError:
            failed += 1
            continue
        for key, (low, high) in intervals.items():
            hits[key] += low <= truth[key] <= high
    shares = ", ".join(f"{key} {hit / (n - failed):.1%}" for key, hit in hits.items())
    print(f"{name:<11} {n} shops, {failed} without an optimum; 95 % intervals cover {shares} "
          f"({time.process_time() - start:.0f} s)", flush=True)  # fmt: skip


def simulate(shops: int, size: int) -> None:
    bg = {"r": 0.7, "alpha": 8.0, "a": 0.9, "b": 2.2}
    pareto = {"r": 0.7, "alpha": 8.0, "s": 0.7, "beta": 12.0}
    coverage("BgNbd", BgNbd, lambda seed: beta_geometric_shop(size, seed, **bg, longest=104), bg, shops)
    coverage("MbgNbd", MbgNbd, lambda seed: beta_geometric_shop(size, seed, **bg, longest=104, first_may_end=True),
             bg, shops)  # fmt: skip
    coverage("ParetoNbd", ParetoNbd, lambda seed: pareto_shop(size, seed, **pareto, longest=104), pareto, shops)
    coverage("GammaGamma", GammaGamma, lambda seed: with_spend(
        beta_geometric_shop(size, seed, **bg, longest=104), seed + 1, **SPEND), SPEND, shops)  # fmt: skip


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("customers", type=int, nargs="?", default=1_000_000)
    asked.add_argument("--peer", default=os.environ.get("CRMKIT_LIFETIMES_PYTHON"))
    asked.add_argument("--shops", type=int, default=0)
    asked.add_argument("--size", type=int, default=3_000)
    asked.add_argument("--repeats", type=int, default=5)
    asked.add_argument("--peer-repeats", type=int, default=1)
    asked.add_argument("--rows", type=int, default=0)
    given = asked.parse_args()
    if given.customers:
        shop = in_days(beta_geometric_shop(given.customers, 1, **BG, longest=730))
        spent = with_spend(shop, 2, **SPEND)
        bg = compare(BgNbd, shop, given.peer, given.repeats, given.peer_repeats)
        back = spent[spent["x"] > 0]
        gg = compare(GammaGamma, back, given.peer, given.repeats, given.peer_repeats)
        rest = in_days(pareto_shop(max(1, given.customers // 10), 3, **PARETO, longest=730))
        compare(ParetoNbd, rest, given.peer, max(1, given.repeats // 2), given.peer_repeats)
        for name, work in (
            ("P(buy), 90", lambda: bg.buys(90, shop)),
            ("CLV, 12 × 30", lambda: clv(spent, buying=bg, spending=gg, horizon=360, step=30, rate=0.1)),
        ):
            print(f"{name:<31}  {timed(work, given.repeats)[0]:7.3f} s")
    if given.rows:
        from segmentation.test_models_oracle import worst_row

        print(f"Pareto/NBD, {given.rows:,} random rows: worst relative error {worst_row(given.rows, 11):.1e}")
    if given.shops:
        simulate(given.shops, given.size)


if __name__ == "__main__":
    main()
