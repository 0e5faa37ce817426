"""Invented shops: customers who buy and leave as a model says, summarised by whole days."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["beta_geometric_shop", "in_days", "pareto_shop", "with_spend"]


def _summarised(days: np.ndarray, who: np.ndarray, age: np.ndarray) -> pd.DataFrame:
    """Returns x, t_x and T where `days` are the moments of repeats of customers `who`."""
    order = np.lexsort((days, who))
    days, who = days[order], who[order]
    x = np.bincount(who, minlength=len(age))
    last = np.zeros(len(age))
    last[who] = days  # the last one written is the latest
    return pd.DataFrame({"x": x, "t_x": last, "T": age})


def _repeats(rate: np.ndarray, until: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    counts = rng.poisson(rate * until)
    who = np.repeat(np.arange(len(rate)), counts)
    return rng.random(len(who)) * until[who], who


def beta_geometric_shop(
    n: int, seed: int, *, r: float, alpha: float, a: float, b: float, longest: float, first_may_end: bool = False
) -> pd.DataFrame:
    """Returns a shop as BG/NBD (or MBG/NBD) has it, in continuous time."""
    rng = np.random.default_rng(seed)
    rate, p = rng.gamma(r, 1 / alpha, n), rng.beta(a, b, n)
    age = longest * (0.1 + 0.9 * rng.random(n))
    days, who = _repeats(rate, age, rng)
    order = np.lexsort((days, who))
    days, who = days[order], who[order]
    number = np.arange(len(who)) - np.searchsorted(who, who)  # 0 for the first repeat
    with np.errstate(divide="ignore"):
        chances = np.floor(np.log(rng.random(n)) / np.log1p(-p))  # purchases survived, geometric
    kept = number < chances[who] + (0 if first_may_end else 1)
    return _summarised(days[kept], who[kept], age)


def pareto_shop(n: int, seed: int, *, r: float, alpha: float, s: float, beta: float, longest: float) -> pd.DataFrame:
    """Returns a shop as Pareto/NBD has it, in continuous time."""
    rng = np.random.default_rng(seed)
    rate, leaving = rng.gamma(r, 1 / alpha, n), rng.gamma(s, 1 / beta, n)
    age = longest * (0.1 + 0.9 * rng.random(n))
    days, who = _repeats(rate, np.minimum(rng.exponential(1 / leaving), age), rng)
    return _summarised(days, who, age)


def with_spend(shop: pd.DataFrame, seed: int, *, p: float, q: float, gamma: float) -> pd.DataFrame:
    """Returns the shop with mean spend `m` of the repeats as Gamma-Gamma has it, NaN where there is none."""
    rng = np.random.default_rng(seed)
    level = rng.gamma(q, 1 / gamma, len(shop))
    x = shop["x"].to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        m = np.where(x > 0, rng.gamma(np.maximum(p * x, 1e-9), 1 / (level * np.maximum(x, 1))), np.nan)
    return shop.assign(m=m)


def in_days(shop: pd.DataFrame) -> pd.DataFrame:
    """Returns the shop by whole days, as a summary has it: a repeat is on a later day."""
    age = np.ceil(shop["T"])
    t_x = np.where(shop["x"] > 0, np.minimum(np.maximum(np.ceil(shop["t_x"]), 1), age), 0)
    return shop.assign(t_x=t_x.astype(np.int64), T=age.astype(np.int64))
