"""Churn, backtests and recalibration: no look-ahead, every measure by hand, the curve judged on a later window."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from segmentation.frames import ENGINES, rows_of

from crmkit.errors import InputError
from crmkit.segmentation import (
    Backtest,
    BgNbd,
    Calibration,
    ParetoNbd,
    TooFewRows,
    backtest,
    churn,
    recalibrate,
    summary,
)
from crmkit.segmentation.agreement import auc, deciles, log_loss

START = datetime(2025, 1, 1)  # noqa: DTZ001, naive moments are shop-local
MODEL = BgNbd(r=0.8, alpha=40.0, a=0.9, b=2.2)


def orders(n: int = 400, seed: int = 1, days: int = 400, joining: int = 200) -> dict[str, list[Any]]:
    rng = np.random.default_rng(seed)
    columns: dict[str, list[Any]] = {"customer": [], "moment": [], "amount": []}
    for customer in range(n):
        rate, leave, day = rng.gamma(0.8, 1 / 40), rng.beta(0.9, 2.2), float(rng.integers(0, joining))
        while day < days:
            columns["customer"].append(f"c{customer:03}")
            columns["moment"].append(START + timedelta(days=int(day), hours=int(rng.integers(0, 24))))
            columns["amount"].append(round(float(rng.gamma(3, 12)) + 0.01, 2))
            if len(columns["customer"]) > 1 and columns["customer"][-2] == f"c{customer:03}" and rng.random() < leave:
                break
            day += rng.exponential(1 / rate)
    return columns


ROWS = orders()
CUTOFF = START + timedelta(days=250)


def frame(rows: dict[str, list[Any]] = ROWS) -> pd.DataFrame:
    return pd.DataFrame(rows)


@pytest.mark.parametrize("engine", ENGINES)
def test_churn_is_one_less_the_probability_of_a_purchase(engine: str) -> None:
    found = churn(ENGINES[engine](ROWS), as_of=CUTOFF, horizon=90, model=MODEL)
    assert isinstance(found, pl.LazyFrame) == (engine == "polars_lazy")
    customers = MODEL.buys(90, MODEL.alive(summary(frame(), as_of=CUTOFF)))
    rows = rows_of(found)
    assert [list(row) for row in rows[:1]] == [["customer", "alive", "churn"]]
    assert [row["customer"] for row in rows] == customers["customer"].tolist()
    assert [row["churn"] for row in rows] == pytest.approx((1 - customers["buys"]).tolist(), rel=1e-12)
    assert [row["alive"] for row in rows] == pytest.approx(customers["alive"].tolist(), rel=1e-12)


def test_churn_fits_the_model_it_is_named() -> None:
    found = churn(frame(), as_of=CUTOFF, horizon=12, model=BgNbd, unit="W")
    weeks = summary(frame(), as_of=CUTOFF, unit="W")
    expected = BgNbd.fit(weeks, unit="W").buys(12, weeks)
    assert found["churn"].to_numpy() == pytest.approx(1 - expected["buys"].to_numpy(), rel=1e-12)
    with pytest.raises(InputError, match="BgNbd, MbgNbd"):
        churn(frame(), as_of=CUTOFF, horizon=90, model="bg")  # type: ignore[arg-type]


def measures(found: Backtest) -> list[float]:
    names = ("forecast", "brier", "log_loss", "auc", "auc_recency", "calibration_error", "mae", "mae_own_rate", "rmse")
    return [getattr(found, name) for name in names]


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_gives_the_same_backtest(engine: str) -> None:
    found = backtest(ENGINES[engine](ROWS), cutoff=CUTOFF, horizon=90, model=MODEL)
    expected = backtest(frame(), cutoff=CUTOFF, horizon=90, model=MODEL)
    assert (found.customers, found.actual) == (expected.customers, expected.actual)
    assert measures(found) == pytest.approx(measures(expected), rel=1e-10)


def test_the_measures_by_hand() -> None:
    found = backtest(frame(), cutoff=CUTOFF, horizon=90, model=MODEL)
    table = frame().assign(day=lambda rows: rows["moment"].dt.normalize())
    before = table[table["moment"] < CUTOFF]
    after = table[(table["moment"] >= CUTOFF) & (table["moment"] < CUTOFF + timedelta(days=90))]
    customers = MODEL.expected(90, MODEL.buys(90, summary(before, as_of=CUTOFF)))
    days = after.groupby("customer")["day"].nunique()
    counted = customers["customer"].map(days).fillna(0).astype(int).tolist()
    p, expected = customers["buys"].tolist(), customers["expected"].tolist()
    n = len(p)
    assert (found.customers, found.actual) == (n, sum(counted))
    assert 0 < found.actual < len(after) + 1
    assert found.forecast == pytest.approx(sum(expected))
    assert found.mae == pytest.approx(sum(abs(e - c) for e, c in zip(expected, counted, strict=True)) / n)
    assert found.mae_zero == pytest.approx(sum(counted) / n)
    assert found.rmse == pytest.approx(math.sqrt(sum((e - c) ** 2 for e, c in zip(expected, counted, strict=True)) / n))
    assert found.rmse_zero == pytest.approx(math.sqrt(sum(c * c for c in counted) / n))
    hits = [c > 0 for c in counted]
    share = sum(hits) / n
    assert found.brier == pytest.approx(sum((q - h) ** 2 for q, h in zip(p, hits, strict=True)) / n)
    assert found.brier_base == pytest.approx(share * (1 - share))
    surprise = sum(-math.log(q if h else 1 - q) for q, h in zip(p, hits, strict=True)) / n
    assert found.log_loss == pytest.approx(surprise)
    buyers, others = [q for q, h in zip(p, hits, strict=True) if h], [q for q, h in zip(p, hits, strict=True) if not h]
    wins = sum((b > o) + 0.5 * (b == o) for b in buyers for o in others)
    assert found.auc == pytest.approx(wins / len(buyers) / len(others))
    assert sum(part.n for part in found.deciles) == n
    assert found.calibration_error == pytest.approx(
        sum(part.n * abs(part.predicted - part.observed) for part in found.deciles) / n
    )
    assert f"{found.actual:,} counted" in str(found)


def test_nothing_after_the_window_matters() -> None:
    rows, until = frame(), CUTOFF + timedelta(days=90)
    found = backtest(rows, cutoff=CUTOFF, horizon=90)
    cut = backtest(rows[rows["moment"] < until], cutoff=CUTOFF, horizon=90)
    assert found.model == cut.model
    assert measures(found) == measures(cut)
    fitted = BgNbd.fit(summary(rows[rows["moment"] < CUTOFF], as_of=CUTOFF))
    assert found.model == fitted


def test_a_window_that_is_not_over_is_refused() -> None:
    with pytest.raises(InputError, match="earlier cut-off"):
        backtest(frame(), cutoff=CUTOFF, horizon=90, as_of=CUTOFF + timedelta(days=89))
    assert backtest(frame(), cutoff=CUTOFF, horizon=90, as_of=CUTOFF + timedelta(days=90), model=MODEL).customers
    with pytest.raises(InputError, match="naive or all aware"):
        backtest(frame(), cutoff=CUTOFF, horizon=90, as_of=CUTOFF.replace(tzinfo=UTC))
    with pytest.raises(InputError, match="datetime"):
        backtest(frame(), cutoff="2025-09-01", horizon=90)  # type: ignore[arg-type]
    for horizon in (0, 0.5, 10.5):
        with pytest.raises(InputError, match="whole day"):
            backtest(frame(), cutoff=CUTOFF, horizon=horizon)
    with pytest.raises(TooFewRows):
        backtest(frame(), cutoff=START, horizon=90, model=MODEL)


def test_recalibration_is_judged_later_only() -> None:
    rows = frame(orders(3_000, 2, 600, 600))
    first, second = START + timedelta(days=300), START + timedelta(days=390)
    wrong = ParetoNbd(r=0.4, alpha=80.0, s=0.7, beta=60.0)  # says too little
    earlier = backtest(rows, cutoff=first, horizon=90, model=wrong)
    curve = recalibrate(earlier)
    assert list(curve.predicted) == sorted(curve.predicted)
    assert list(curve.observed) == sorted(curve.observed)
    with pytest.raises(InputError, match="learned from"):
        backtest(rows, cutoff=first, horizon=90, model=wrong, calibration=curve)
    with pytest.raises(InputError, match="horizon"):
        backtest(rows, cutoff=second, horizon=60, model=wrong, calibration=curve)
    raw = backtest(rows, cutoff=second, horizon=90, model=wrong)
    moved = backtest(rows, cutoff=second, horizon=90, model=wrong, calibration=curve)
    assert raw.calibration_error > 0.04
    assert moved.calibration_error < raw.calibration_error / 2
    assert moved.brier < raw.brier
    assert Calibration.from_json(curve.to_json()) == curve
    with pytest.raises(InputError, match="no Calibration"):
        Calibration.from_json("{}")
    told = churn(rows, as_of=second, horizon=90, model=wrong, calibration=curve)
    plain = churn(rows, as_of=second, horizon=90, model=wrong)
    assert (1 - told["churn"]).to_numpy() == pytest.approx(curve.of(1 - plain["churn"].to_numpy()), abs=1e-12)


def test_pools_are_those_of_isotonic_regression() -> None:
    found = backtest(frame(), cutoff=CUTOFF, horizon=90, model=MODEL)
    curve = recalibrate(found)
    p, y = found.predicted, found.bought.astype(float)
    values = np.unique(p)
    low, n = [y[p == v].mean() for v in values], [int((p == v).sum()) for v in values]
    for i, value in enumerate(values):  # the textbook's minimax: the best rising fit, one point at a time
        best = max(
            min(np.average(low[a : b + 1], weights=n[a : b + 1]) for b in range(i, len(values)))
            for a in range(i + 1)
        ) if i % 120 == 0 else None  # fmt: skip
        assert best is None or curve.of(value) == pytest.approx(best, abs=1e-12)


def test_ties_count_half_and_stay_together() -> None:
    bought = np.array([True, False, True, False])
    assert auc(np.array([0.5, 0.5, 0.5, 0.5]), bought) == 0.5
    assert auc(np.array([0.9, 0.1, 0.8, 0.2]), bought) == 1.0
    assert math.isnan(auc(np.array([0.9, 0.1]), np.array([True, True])))
    parts = deciles(np.array([0.2] * 15 + [0.7] * 5), np.array([False] * 15 + [True] * 5))
    assert [(n, observed) for _, observed, n in parts] == [(15, 0.0), (5, 1.0)]
    assert math.isfinite(log_loss(np.array([0.0, 1.0]), np.array([True, True])))
